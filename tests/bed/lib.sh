# shellcheck shell=bash
# Shared by the scripts of this folder: where things live, and how steps are told.

bed_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${TASKPOD_CACHE:-$HOME/.cache/taskpod}
bin=$cache/bin
images=$cache/images

KUBERNETES=v1.36.3
ETCD=v3.6.8
KIND=v0.32.0
CONTAINERD=v2.3.7
CNI_PLUGINS=v1.9.1
COREDNS=v1.14.2
LOCAL_PATH_PROVISIONER=v0.0.30
PAUSE=3.10.2
AGNHOST=2.63.0

now_ms() { local t=${EPOCHREALTIME/[.,]/}; echo $((t / 1000)); }
seconds() { printf '%d.%d' $(($1 / 1000)) $(($1 % 1000 / 100)); }

# say TEXT: one line of progress.
say() { printf '%s\n' "$*"; }

# fail TEXT: the reason on stderr, exit 1.
fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# step NAME COMMAND...: runs the command and prints NAME with the time it took.
step() {
  local name=$1 start; shift
  start=$(now_ms)
  "$@" || { printf '  %-28s FAILED\n' "$name"; return 1; }
  printf '  %-28s %6s s\n' "$name" "$(seconds $(($(now_ms) - start)))"
}

# wait_for SECONDS COMMAND...: polls until the command succeeds; 1 when the time is over.
wait_for() {
  local end=$(($(now_ms) + $1 * 1000)); shift
  until "$@" > /dev/null 2>&1; do
    (($(now_ms) < end)) || return 1
    sleep 0.05
  done
}

# need_commands PACKAGES-BY-COMMAND...: each argument is COMMAND=PACKAGE; names all missing packages at once, exit 2.
need_commands() {
  local pair missing=()
  for pair; do
    command -v "${pair%%=*}" > /dev/null || [[ -e ${pair%%=*} ]] || missing+=("${pair#*=}")
  done
  ((${#missing[@]} == 0)) && return
  printf '%s: missing Debian packages: %s\n  apt-get install -y --no-install-recommends %s\n' \
    "${0##*/}" "${missing[*]}" "${missing[*]}" >&2
  exit 2
}

# ---- beds: a bed is a folder; everything below is about the one in $bed.

# open_bed FOLDER: the folder of a bed, and the names derived from it. The id names everything that the bed has outside its
# folder: bridge, cgroups, firewall rules.
open_bed() {
  bed=$(realpath -m "$1")
  bed_id=taskpod-$(sha256sum <<< "$bed" | cut -c1-8)
  bridge=tp-${bed_id#taskpod-}
}

# born PID: when the process started, in clock ticks; together with the pid it names a process for good.
born() {
  local stat
  stat=$(cat "/proc/$1/stat" 2> /dev/null) || return 1
  stat=${stat##*) }
  set -- $stat
  [[ $1 != Z ]] && echo "${20}"
}

# launch NAME COMMAND...: starts a program of the bed in its own session. Its pid goes to pids/NAME before it runs, its
# output to logs/NAME.log.
launch() {
  local name=$1; shift
  ! lives "$name" || fail "$name runs already in $bed"
  rm -f "$bed/pids/$name"
  (
    self=$BASHPID # not in the substitution, which is another process
    echo "$self $(born "$self")" > "$bed/pids/$name"
    exec setsid "$@" < /dev/null >> "$bed/logs/$name.log" 2>&1 3>&- 9>&-
  ) &
  disown
  wait_for 5 test -s "$bed/pids/$name"
}

# lives NAME: whether that program of the bed runs.
lives() {
  local pid since
  [[ -e $bed/pids/$1 ]] || return 1
  read -r pid since < "$bed/pids/$1" 2> /dev/null && [[ $(born "$pid") == "$since" ]]
}

# end NAME: kills that program of the bed, and waits until it is gone.
end() {
  local pid since
  read -r pid since < "$bed/pids/$1" 2> /dev/null || return 0
  [[ $(born "$pid") == "$since" ]] && kill -KILL "$pid" 2> /dev/null
  wait_for 10 eval "! [[ \$(born $pid) == $since ]]" || fail "process $pid ($1) does not end"
  rm -f "$bed/pids/$1"
}

# ready NAME SECONDS COMMAND...: waits until the command succeeds, while that program lives.
ready() {
  local name=$1 limit=$2; shift 2
  local end=$(($(now_ms) + limit * 1000))
  until "$@" > /dev/null 2>&1; do
    if ! lives "$name"; then
      printf '%s ended at once; the end of its log:\n' "$name" >&2
    elif (($(now_ms) >= end)); then
      printf '%s is not ready after %s s; the end of its log:\n' "$name" "$limit" >&2
    else
      sleep 0.05
      continue
    fi
    tail -n 8 "$bed/logs/$name.log" >&2
    return 1
  done
}

# free_ports COUNT: ports of 127.0.0.1 that nothing uses, below the range that the kernel gives to clients.
free_ports() {
  python3 - "$1" << 'PYTHON'
import random, socket, sys
held = []
while len(held) < int(sys.argv[1]):
    s = socket.socket()
    try:
        s.bind(("127.0.0.1", random.randrange(12000, 32000)))
        held.append(s)
    except OSError:
        s.close()
print(*(s.getsockname()[1] for s in held))
PYTHON
}

# certificate NAME SUBJECT [EXTENSION-LINE]...: pki/NAME.key and pki/NAME.crt, signed by the bed's authority.
certificate() {
  local name=$bed/pki/$1 subject=$2; shift 2
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "$subject" \
    -keyout "$name.key" -out "$name.csr" 2> /dev/null
  openssl x509 -req -in "$name.csr" -days 365 -CA "$bed/pki/ca.crt" -CAkey "$bed/pki/ca.key" -out "$name.crt" \
    -set_serial "0x$(openssl rand -hex 12)" -extfile <(printf '%s\n' keyUsage=critical,digitalSignature \
      extendedKeyUsage=clientAuth,serverAuth "$@") 2> /dev/null
  rm "$name.csr"
}

# kubeconfig NAME USER [GROUP]: writes NAME.conf with a client certificate for that user, prints its path.
kubeconfig() {
  local name=$1 user=$2 group=${3:-}
  [[ $user$group != */* ]] || fail "a slash in $user or $group: not supported"
  certificate "$name" "${group:+/O=$group}/CN=$user"
  cat > "$bed/$name.conf" << YAML
apiVersion: v1
kind: Config
current-context: bed
contexts: [{name: bed, context: {cluster: bed, user: "$user"}}]
clusters:
- name: bed
  cluster:
    server: $(cat "$bed/server")
    certificate-authority-data: $(base64 -w0 < "$bed/pki/ca.crt")
users:
- name: "$user"
  user:
    client-certificate-data: $(base64 -w0 < "$bed/pki/$name.crt")
    client-key-data: $(base64 -w0 < "$bed/pki/$name.key")
YAML
  chmod 600 "$bed/$name.conf"
  echo "$bed/$name.conf"
}

kubectl_() { "$bin/kubectl" --kubeconfig "$bed/admin.conf" "$@"; }
