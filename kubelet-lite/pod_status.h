// The status of a pod as the API shows it: pure, from the pod, what the runtime shows and why containers wait. Phases, waiting reasons and
// conditions are the kubelet's (pkg/kubelet/kubelet_pods.go getPhase, pkg/kubelet/status/generate.go).
#pragma once

#include <map>
#include <string>

#include "kubelet-lite/sync_pod.h"

namespace taskpod::kubelet {

struct Waiting {
  std::string reason, message;
};

struct StatusInput {
  const k8s::Pod& pod;  // its status is the last one known
  const PodRuntime& runtime;
  std::map<std::string, Waiting> waiting;       // containers that could not be started, by name
  std::map<std::string, std::string> messages;  // termination messages, by container id
  std::string hostIp;
  std::string now;                          // RFC 3339
  bool ended = false;                       // all containers are stopped for good and the phase may be terminal
  std::string failedReason, failedMessage;  // the pod is refused or was ended by us: phase Failed
};

k8s::PodStatus podStatus(const StatusInput& input);

// The patch that makes the API's status this one: strategic merge, our conditions only. "" if there is nothing to change.
std::string statusPatch(const k8s::Pod& pod, const k8s::PodStatus& status);

}  // namespace taskpod::kubelet
