// Keeps pods to what ECS promises of tasks, whatever kubelet runs them. The leader runs it. For pods that RunTask, StartTask or a service
// made (label ecs.taskpod.io/created-by):
//   - one that cannot start (its image cannot be pulled, it fits nowhere after all) is stopped with TaskFailedToStart; a kubelet would try
//   for
//     ever;
//   - one whose essential container has ended is stopped;
//   - one on a node that is being taken away (taint ecs.taskpod.io/spot-interruption) is stopped with SpotInterruption;
//   - one whose node is no more is stopped with InfrastructureHealth, and gets its last status here;
//   - one that stopped an hour ago is removed.
// Any pod that StopTask was called for before it had a node gets its last status here, for no kubelet ever will. Otherwise other pods are
// nobody's to touch.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "controller/ecs_api/view.h"
#include "taskpod/base/work_queue.h"
#include "taskpod/kube/client.h"

namespace taskpod::controller {

inline constexpr std::string_view kSpotTaint = "ecs.taskpod.io/spot-interruption";

// What is to be done about a task's pod: pure, for tests.
struct TaskAction {
  enum class Kind { None, Stop, Finish, Remove };
  Kind kind = Kind::None;
  std::string code, reason;      // Stop
  std::chrono::seconds after{};  // None: look again then; 0: a change will tell
};
// `node`: where the pod is, null while it has none or the node is not known; `nodeIsGone`: there is no such node any more.
TaskAction taskAction(const k8s::Pod& pod, const k8s::Node* node, WallTime now, std::chrono::seconds keepStopped, bool nodeIsGone = false);

class TaskReconciler {
 public:
  TaskReconciler(kube::Client& client, View& view, std::chrono::seconds keepStopped);
  ~TaskReconciler();
  TaskReconciler(const TaskReconciler&) = delete;
  TaskReconciler& operator=(const TaskReconciler&) = delete;

  void onPod(const std::shared_ptr<const k8s::Pod>& was, const std::shared_ptr<const k8s::Pod>& is);
  void onNode(const std::shared_ptr<const k8s::Node>& was, const std::shared_ptr<const k8s::Node>& is);
  void start();

 private:
  void run();
  Result<void> reconcile(const std::string& id);

  kube::Client& client_;
  View& view_;
  const std::chrono::seconds keepStopped_;
  WorkQueue queue_;
  std::jthread threads_[4];
};

}  // namespace taskpod::controller
