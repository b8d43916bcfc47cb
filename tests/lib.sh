# For tests/run and deploy/quickstart: steps with progress, and what has to be installed. Sourced.

total_steps=${total_steps:-1}
step_number=0
began=$SECONDS
# step TEXT COMMAND…: says what it does, does it with its output in a log, says how long it took; shows the end of the log if it fails.
step() {
  local text=$1 from=$SECONDS log
  shift
  step_number=$((step_number + 1))
  log=$logs/$step_number.log
  printf '[%d/%d] %s …\n' "$step_number" "$total_steps" "$text"
  if ! "$@" > "$log" 2>&1; then
    tail -n 60 "$log" >&2
    printf '[%d/%d] %s failed after %d s; all of it is in %s\n' "$step_number" "$total_steps" "$text" $((SECONDS - from)) "$log" >&2
    exit 1
  fi
  printf '[%d/%d] %s: %d s\n' "$step_number" "$total_steps" "$text" $((SECONDS - from))
}

as_root() { if ((EUID == 0)); then "$@"; else sudo "$@"; fi; }

build_packages=(g++ cmake ninja-build pkg-config ccache mold libcpprest-dev libboost-dev libssl-dev libyaml-cpp-dev libspdlog-dev
  libsimdjson-dev nlohmann-json3-dev libnghttp2-dev libprotobuf-dev protobuf-compiler libpcre2-dev libcli11-dev prometheus-cpp-dev zlib1g-dev
  libgtest-dev libbenchmark-dev)
runtime_packages=(containerd runc containernetworking-plugins iproute2 iptables)
bed_packages=(busybox-static bash-static netcat-openbsd curl nginx-light openssl python3 python3-venv jq git ca-certificates gcc libc6-dev)
kind_packages=(docker.io debootstrap)
check_packages=(clang-format-14)

# install_packages NAME…: those of them that are missing.
install_packages() {
  local missing=() name
  for name; do dpkg-query -W -f '${db:Status-Abbrev}\n' "$name" 2> /dev/null | grep -q '^ii' || missing+=("$name"); done
  ((${#missing[@]})) || { echo 'all packages are there'; return; }
  as_root apt-get update -q
  # A package that starts a service must not: the tests start what they need themselves.
  printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d.taskpod > /dev/null
  as_root chmod 755 /usr/sbin/policy-rc.d.taskpod
  local policy=
  [[ -e /usr/sbin/policy-rc.d ]] || { policy=1; as_root mv /usr/sbin/policy-rc.d.taskpod /usr/sbin/policy-rc.d; }
  local code=0
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" || code=$?
  [[ -z $policy ]] || as_root rm -f /usr/sbin/policy-rc.d
  as_root rm -f /usr/sbin/policy-rc.d.taskpod
  return $code
}

# check_go: Go 1.25 or newer is there, or says what to do.
check_go() {
  local version
  version=$(go env GOVERSION 2> /dev/null | sed 's/^go//' || true)
  if [[ -z $version ]] || ! printf '1.25\n%s\n' "$version" | sort -V -C; then
    echo "Go 1.25 or newer is needed to build the real Kubernetes programs (found: ${version:-none}). Install it and put it on PATH, then run this again." >&2
    exit 2
  fi
}
