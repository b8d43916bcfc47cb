# Shared by the scripts of this folder: access to a kind cluster and to its nodes, and what runs on a node.

source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

longest=${TASKPOD_KIND_TIMEOUT:-120} # seconds that a node or a rollout may take

now() { date -u +%FT%T; }

# use_cluster NAME: `k` is kubectl on that cluster from now on. The user's kubeconfig is neither read nor written.
use_cluster() {
  cluster=$1
  kind get clusters 2> /dev/null | grep -qx "$cluster" || fail "there is no kind cluster called $cluster"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  kind get kubeconfig --name "$cluster" > "$work/kubeconfig"
}

k() { kubectl --kubeconfig "$work/kubeconfig" "$@"; }

# use_node NODE: the same for the cluster of NODE, which must be one of its workers.
use_node() {
  node=$1
  local label=io.x-k8s.kind role
  docker inspect "$node" > /dev/null 2>&1 || fail "there is no container called $node (kind get nodes)"
  role=$(docker inspect -f "{{index .Config.Labels \"$label.role\"}}" "$node")
  [[ $role == worker ]] || fail "$node is no worker of a kind cluster but: ${role:-an unrelated container}"
  [[ $(docker inspect -f '{{.State.Running}}' "$node") == true ]] || fail "$node does not run"
  use_cluster "$(docker inspect -f "{{index .Config.Labels \"$label.cluster\"}}" "$node")"
  k get node "$node" > /dev/null || fail "the cluster $cluster does not know a node $node"
}

# on_node COMMAND...
on_node() { docker exec "$node" "$@"; }

# unit_runs UNIT: whether systemd in the node runs it.
unit_runs() { on_node systemctl -q is-active "$1"; }

# agent_version: what serves the node now, or did last.
agent_version() { k get node "$node" -o jsonpath='{.status.nodeInfo.kubeletVersion}'; }

# is_served_since TIME VERSION: whether the node is Ready, under an agent whose version has the text VERSION in it, and has
# shown a sign of life after TIME.
is_served_since() {
  local ready version renewed
  ready=$(k get node "$node" -o jsonpath='{.status.conditions[?(@.type=="Ready")].status}') || return
  version=$(agent_version) || return
  renewed=$(k -n kube-node-lease get lease "$node" -o jsonpath='{.spec.renewTime}') || return
  [[ $ready == True && $version == *"$2"* && $renewed > $1 ]]
}

# wait_until_served TIME VERSION UNIT
wait_until_served() {
  local end=$((SECONDS + longest))
  until is_served_since "$1" "$2" 2> /dev/null; do
    if ((SECONDS >= end)); then
      k get node "$node" -o wide >&2 || true
      on_node journalctl --no-pager -o cat -n 30 --since "${1/T/ } UTC" -u "$3" >&2 || true
      fail "$node was not Ready under $3, with '$2' in its version, within $longest s; the unit's log is above" \
        "(deploy/kind/give-back $node returns it to its kubelet, whatever state it is in)"
    fi
    sleep 0.5
  done
}

# remove_agent: takes everything out of the node that take-over has put there.
remove_agent() {
  on_node rm -rf /opt/taskpod /usr/local/bin/kubelet-lite /etc/default/kubelet-lite \
    /etc/systemd/system/kubelet-lite.service /etc/systemd/system/kubelet-lite.service.d
  on_node systemctl daemon-reload
  on_node systemctl reset-failed
}

# running_containers: POD UID CONTAINER ID RESTARTS PROCESS of each running container on the node; the process as the
# runtime knows it, so that a restart cannot hide behind a status that nobody writes.
running_containers() {
  local line='{{if .state.running}}{{$pod.namespace}}/{{$pod.name}} {{$pod.uid}} {{.name}} {{.containerID}} {{.restartCount}}
{{end}}'
  local template="{{range .items}}{{\$pod := .metadata}}{{range .status.initContainerStatuses}}$line{{end}}"
  template+="{{range .status.containerStatuses}}$line{{end}}{{end}}"
  awk 'NR == FNR { process[$1] = $2; next } { id = $4; sub(".*//", "", id); print $0, id in process ? process[id] : "none" }' \
    <(on_node ctr -n k8s.io tasks list 2> /dev/null | grep RUNNING) \
    <(k get pods -A --field-selector "spec.nodeName=$node" -o go-template="$template") | sort
}

# check_unharmed BEFORE: every container of that list (of running_containers) must still run, unless its pod has been
# deleted meanwhile. A new agent looks at all pods when it starts, so what it does to them it has done after some seconds.
check_unharmed() {
  sleep 5
  local now_running alive pod uid rest lost=
  now_running=$(running_containers)
  alive=$(k get pods -A --field-selector "spec.nodeName=$node" -o jsonpath='{.items[*].metadata.uid}')
  while read -r pod uid rest; do
    if [[ -n $uid && $alive == *"$uid"* ]] && ! grep -qxF "$pod $uid $rest" <<< "$now_running"; then
      lost+="  before: $pod ${rest}"$'\n'"  now:    $(grep -F "$pod $uid ${rest%% *} " <<< "$now_running" || echo 'not running')"$'\n'
    fi
  done <<< "$1"
  [[ -z $lost ]] || fail "containers did not live through the change:"$'\n'"$lost"
}
