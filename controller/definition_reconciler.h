// A TaskDefinition object that somebody changed with kubectl becomes a revision, as if RegisterTaskDefinition had been called with its
// spec; what is wrong with it is told in its condition and an event. Revisions that are DELETE_IN_PROGRESS and that nothing uses any more
// are removed. The leader runs it.
#pragma once

#include <memory>
#include <thread>

#include "controller/ecs_api/view.h"
#include "taskpod/base/work_queue.h"
#include "taskpod/kube/events.h"
#include "taskpod/kube/informer.h"

namespace taskpod::controller {

class DefinitionReconciler {
 public:
  DefinitionReconciler(kube::Client& client, View& view, kube::EventRecorder& events);
  ~DefinitionReconciler();
  DefinitionReconciler(const DefinitionReconciler&) = delete;
  DefinitionReconciler& operator=(const DefinitionReconciler&) = delete;

  void onRevision(const std::shared_ptr<const k8s::TaskDefinitionRevision>& was,
                  const std::shared_ptr<const k8s::TaskDefinitionRevision>& is);
  void start();

 private:
  void run();
  Result<void> reconcile(const k8s::TaskDefinition& object);
  Result<void> writeStatus(const k8s::TaskDefinition& object, std::int64_t latest, std::string_view is, std::string_view reason,
                           const std::string& message);
  void removeDeleted(const std::string& name);

  kube::Client& client_;
  View& view_;
  kube::EventRecorder& events_;
  WorkQueue queue_;  // "d/NAME": a TaskDefinition; "r/NAME": a revision
  kube::Informer<k8s::TaskDefinition> definitions_;
  std::jthread thread_;
};

}  // namespace taskpod::controller
