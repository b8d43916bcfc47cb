// The Node object of this machine and its Lease: registration, heartbeat, status (node-agent.md §1.1 rows 1 to 3).
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "kubelet-lite/config.h"
#include "kubelet-lite/pod_workers.h"
#include "kubelet-lite/runtime.h"
#include "taskpod/kube/client.h"

namespace taskpod::kubelet {

inline constexpr std::string_view kKubeletVersion = "v1.36.3-taskpod-" TASKPOD_VERSION;  // what the agent claims to be compatible with

NodeCapacity readCapacity(const std::string& rootDir);

// The desired status: pure. `problem`: why the runtime is not ready, "" if it is.
k8s::Node nodeObject(const Config& config, const NodeCapacity& capacity, const std::string& runtimeVersion);
std::vector<k8s::NodeCondition> nodeConditions(const std::vector<k8s::NodeCondition>& old, const std::string& problem,
                                               const std::string& now);

class NodeAgent {
 public:
  struct Parts {
    kube::Client& client;
    Runtime& runtime;
    const Config& config;
    NodeCapacity capacity;
    kube::EventRecorder& events;
    std::function<std::string()> problem;  // beside what the runtime's own status says
  };
  explicit NodeAgent(Parts parts) : parts_(std::move(parts)) {}
  ~NodeAgent();

  // Registers, trying until it works or the canceller is signalled; then keeps lease and status.
  Result<void> registerNode(const std::shared_ptr<net::Canceller>& canceller);
  void start(const std::shared_ptr<net::Canceller>& canceller);

 private:
  Result<void> registerOnce();
  Result<void> renewLease();
  Result<void> writeStatus();
  std::string runtimeProblem();

  const Parts parts_;
  std::string nodeUid_;
  std::string runtimeVersion_;
  // used by the status thread only, after registration
  std::string lastWritten_;
  std::chrono::steady_clock::time_point lastWrite_{};
  bool ready_ = false;
  std::jthread leaseThread_, statusThread_;
};

// Lease of a node: made or renewed; shared with simulated nodes.
Result<void> renewNodeLease(kube::Client& client, const std::string& nodeName, const std::string& nodeUid);

}  // namespace taskpod::kubelet
