// The loop around the pure scheduler. Informers put changes into an inbox; one thread takes them, keeps the snapshot and the queue, decides
// for one pod after the other, assumes the result and hands it to the binder. Nothing but the inbox is shared; a restart begins with the
// lists.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <variant>

#include "controller/binder.h"
#include "controller/metrics.h"
#include "controller/scheduling_queue.h"
#include "taskpod/kube/informer.h"
#include "taskpod/schedule/scheduler.h"

namespace taskpod::controller {

struct SchedulerOptions {
  std::set<std::string> schedulerNames{"taskpod"};
  std::size_t bindWorkers = 32;
};

class SchedulerLoop {
 public:
  SchedulerLoop(kube::Client& client, kube::EventRecorder& events, Metrics& metrics, SchedulerOptions options);
  ~SchedulerLoop();
  SchedulerLoop(const SchedulerLoop&) = delete;
  SchedulerLoop& operator=(const SchedulerLoop&) = delete;

  // For the informers; any thread.
  void onNode(const std::shared_ptr<const k8s::Node>& was, const std::shared_ptr<const k8s::Node>& is);
  void onPod(const std::shared_ptr<const k8s::Pod>& was, const std::shared_ptr<const k8s::Pod>& is);

  // Begins to decide. Called once both informers have their first list, so that no pod is placed on half a cluster.
  void start();

 private:
  struct NodeChange {
    std::shared_ptr<const k8s::Node> was, is;
  };
  struct PodChange {
    std::shared_ptr<const k8s::Pod> was, is;
  };
  struct BindFailure {
    BindJob job;
    Error error;
  };
  using Change = std::variant<NodeChange, PodChange, BindFailure>;

  void post(Change change);
  void run();
  bool takeChanges();  // waits for a change or the queue's next due time; false when stopped
  void apply(const NodeChange& change);
  void apply(const PodChange& change);
  void apply(BindFailure& change);
  bool isPending(const k8s::Pod& pod) const;
  void scheduleOne(PendingPod pending);

  const SchedulerOptions options_;
  Metrics& metrics_;

  // used by the loop's thread only
  schedule::Snapshot snapshot_;
  schedule::Scheduler scheduler_;
  SchedulingQueue queue_;
  std::unordered_map<std::string, std::string> assumed_;  // UID -> node, until the informer shows it bound

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Change> inbox_;  // guarded by mutex_
  bool stopped_ = false;      // guarded by mutex_

  Binder binder_;
  std::jthread thread_;
};

}  // namespace taskpod::controller
