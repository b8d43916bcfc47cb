// Writes decisions to the API: Bindings by many workers at once, then, in their own time, PodScheduled conditions and events. A POST that
// got no answer is never sent again: the pod is read instead.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "controller/scheduling_queue.h"
#include "taskpod/base/work_queue.h"
#include "taskpod/kube/events.h"

namespace taskpod::controller {

struct BindJob {
  PendingPod pending;
  std::string node;
};

class Binder {
 public:
  // `onFailed` is called from a worker for a pod that is not bound to the node it was meant for.
  using OnFailed = std::function<void(BindJob, Error)>;
  Binder(kube::Client& client, kube::EventRecorder& events, std::size_t workers, OnFailed onFailed);
  ~Binder();
  Binder(const Binder&) = delete;
  Binder& operator=(const Binder&) = delete;

  void bind(BindJob job);
  // The pod fits nowhere: the condition and a FailedScheduling event. Only the latest message of a pod is written, and nothing that is
  // there already.
  void reportUnschedulable(const std::shared_ptr<const k8s::Pod>& pod, const std::string& message);

 private:
  void bindLoop();
  void conditionLoop();
  void bindOne(BindJob job);
  void writeCondition(const k8s::Pod& pod, const std::string& message);

  kube::Client& client_;
  kube::EventRecorder& events_;
  const OnFailed onFailed_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // guarded by mutex_
  std::deque<BindJob> jobs_;
  bool stopped_ = false;
  std::map<std::string, std::pair<std::shared_ptr<const k8s::Pod>, std::string>> conditions_;  // by UID, the latest

  WorkQueue conditionQueue_;
  std::vector<std::jthread> threads_;
};

}  // namespace taskpod::controller
