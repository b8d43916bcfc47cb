// One worker at a time per pod: it looks at the API's pod and the runtime's containers, decides by the pure functions, acts, and writes the
// status. Work is level-triggered: a change of either side only marks the pod; a pod at rest has no thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "kubelet-lite/images.h"
#include "kubelet-lite/pod_config.h"
#include "kubelet-lite/pod_status.h"
#include "taskpod/kube/events.h"
#include "taskpod/kube/informer.h"

namespace taskpod::kubelet {

struct NodeCapacity {
  std::int64_t milliCpu = 0, memory = 0, storage = 0;
};

class PodWorkers {
 public:
  struct Parts {
    Runtime& runtime;
    kube::Client& client;
    kube::EventRecorder& events;
    Objects& objects;
    Images& images;
    Volumes& volumes;
    PodCgroups& cgroups;
    const Config& config;
    NodeFacts node;
    NodeCapacity capacity;
    // The pod with this UID as the API has it, null if it has none; services for the environment.
    std::function<std::shared_ptr<const k8s::Pod>(const std::string& uid)> pod;
    std::function<std::vector<std::shared_ptr<const k8s::Pod>>()> pods;
    std::function<std::vector<std::shared_ptr<const k8s::Service>>()> services;
  };

  explicit PodWorkers(Parts parts);
  ~PodWorkers();
  PodWorkers(const PodWorkers&) = delete;
  PodWorkers& operator=(const PodWorkers&) = delete;

  // The pod or its containers changed; any thread.
  void update(const std::string& uid);
  // Every second the runtime's lists are compared with the last ones; pods whose containers changed are updated. A container that no pod of
  // the API owns is ended, once `synced` says that the API's list is whole.
  void relist(bool synced);
  // What the last relist saw of the runtime; empty if it answers.
  std::string runtimeProblem() const;
  void stop();

 private:
  struct Worker {
    bool running = false;
    bool again = false;
    // used by the worker only
    std::map<std::string, Waiting> waiting;
    struct Crash {
      int count = 0;
      std::chrono::steady_clock::time_point until;
    };
    std::map<std::string, Crash> crashes;  // by container name and hash
    std::map<std::string, std::chrono::steady_clock::time_point>
        notBefore;                         // a container that could not be started is not tried again sooner
    std::shared_ptr<const k8s::Pod> last;  // the last the API showed: a pod that is gone is ended by it
    std::string lastPatch;                 // not written twice while the watch has not shown it
    bool finished = false;                 // everything of it is gone from this machine
    int mountFailures = 0;
    std::chrono::steady_clock::time_point mountRetryAt{};
    std::string refusedReason, refusedMessage;  // admission said no
  };
  using Steady = std::chrono::steady_clock;

  void loop(const std::string& uid, const std::shared_ptr<Worker>& worker);
  void timerLoop();

  // One pass; the delay after which another is due anyhow, zero for none.
  std::chrono::milliseconds sync(const std::string& uid, Worker& worker);
  std::chrono::milliseconds syncRunning(const k8s::Pod& pod, Worker& worker, PodRuntime& runtime);
  std::chrono::milliseconds syncTerminating(const k8s::Pod& pod, Worker& worker, PodRuntime& runtime, bool gone);
  Result<PodRuntime> look(const std::string& uid);
  bool admit(const k8s::Pod& pod, const PodRuntime& runtime, Worker& worker);
  bool writeStatus(const k8s::Pod& pod, const PodRuntime& runtime, Worker& worker, bool ended, const std::string& reason = {},
                   const std::string& message = {});
  Result<void> killContainers(const k8s::Pod& pod, const PodRuntime& runtime, std::chrono::seconds grace, bool gone);
  Result<void> stopWithHook(const k8s::Pod& pod, const ContainerInfo& info, const std::vector<std::string>& ips,
                            std::chrono::seconds grace);
  Result<void> runHook(const std::string& containerId, const k8s::LifecycleHandler& handler, const k8s::Container& container,
                       const std::vector<std::string>& ips, std::chrono::seconds timeout);
  Result<void> removePod(const k8s::Pod& pod, const PodRuntime& runtime);
  std::chrono::milliseconds act(const k8s::Pod& pod, Worker& worker, PodRuntime& runtime, const Actions& actions);
  std::optional<StartError> startContainer(const k8s::Pod& pod, const SandboxConfig& sandbox, const std::string& sandboxId,
                                           const std::vector<std::string>& ips, const StartContainer& start, Worker& worker,
                                           std::chrono::milliseconds& retry);
  std::vector<MountConfig> mountsOf(const k8s::Pod& pod, const k8s::Container& container, const std::vector<std::string>& ips,
                                    Result<void>& outcome);
  void pruneDead(const PodRuntime& runtime);
  std::map<std::string, std::string> terminationMessages(const k8s::Pod& pod, const PodRuntime& runtime);
  void event(const k8s::Pod& pod, const std::string& container, bool init, std::string_view type, std::string_view reason,
             const std::string& message);
  std::string now() const;

  const Parts parts_;
  const HostDns hostDns_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // guarded by mutex_
  std::map<std::string, std::shared_ptr<Worker>> workers_;
  std::multimap<Steady::time_point, std::string> due_;
  std::size_t running_ = 0;
  bool stopped_ = false;

  mutable std::mutex relistMutex_;
  std::map<std::string, std::string> seen_;  // uid -> fingerprint of its containers, guarded by relistMutex_
  std::string problem_;                      // guarded by relistMutex_

  std::jthread timer_;
};

}  // namespace taskpod::kubelet
