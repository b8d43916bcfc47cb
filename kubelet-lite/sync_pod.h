// What to do next for a pod: pure, (pod, what the runtime shows) -> actions. The order and the decisions are the kubelet's
// (pkg/kubelet/kuberuntime/kuberuntime_manager.go computePodActions; KEP-753 for sidecars, KEP-5307 for restart rules).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kubelet-lite/runtime.h"
#include "taskpod/k8s/pod.h"

namespace taskpod::kubelet {

// Everything the runtime has of one pod, newest first.
struct PodRuntime {
  std::vector<SandboxInfo> sandboxes;
  std::vector<ContainerInfo> containers;

  const SandboxInfo* current() const;  // the newest sandbox if it is ready
  const ContainerInfo* newest(const std::string& container) const;
  const ContainerInfo* newestIn(const std::string& sandboxId, const std::string& container) const;
};

struct StartContainer {
  std::string name;
  bool init = false;
  std::uint32_t attempt = 0;
  bool operator==(const StartContainer&) const = default;
};

struct KillContainer {
  std::string id;
  std::string name;
  std::string message;
  bool operator==(const KillContainer&) const = default;
};

struct Actions {
  bool killPod = false;  // nothing is left to run: the sandbox goes, too
  bool createSandbox = false;
  std::uint32_t sandboxAttempt = 0;
  std::vector<KillContainer> kill;
  std::vector<StartContainer> start;  // in this order; a plain init container is always the last
  bool operator==(const Actions&) const = default;
};

Actions podActions(const k8s::Pod& pod, const PodRuntime& runtime);

// May a container that ended with this code run again, by the pod's and the container's restart policy?
bool restartsAfter(const k8s::Pod& pod, const k8s::Container& container, bool init, std::int32_t exitCode);

// True once the pod can never run again: its containers have ended for good.
bool isDone(const k8s::Pod& pod, const PodRuntime& runtime);

// True once all init containers have done their part in the current sandbox.
bool isInitialized(const k8s::Pod& pod, const PodRuntime& runtime);

// The kubelet's hash of a container: what must not change while it runs (image and name only), as in the annotation
// io.kubernetes.container.hash.
std::string containerHash(const k8s::Container& container);

}  // namespace taskpod::kubelet
