# Shared by the scripts of this folder.

kind_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$kind_dir/../.." && pwd)
source "$kind_dir/../bed/lib.sh"
state=$cache/kind
docker_run_dir=/run/taskpod-docker # of the dockerd that `host` starts; a short path, because sockets are in it
node_image=kindest/node:taskpod
export PATH=$bin:$PATH # kind, kubectl

# manual: prints the comment at the top of the script.
manual() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }

# stage NAME COMMAND...: runs a command and prints NAME with the time it took. Unlike `step` it lets `set -e` work in a
# function: the script ends with the first thing that fails.
stage() {
  local start; start=$(now_ms)
  printf '  %-28s ' "$1"
  "${@:2}"
  printf '%6s s\n' "$(seconds $(($(now_ms) - start)))"
}
