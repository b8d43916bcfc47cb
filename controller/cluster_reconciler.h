// A Cluster object that somebody applied with kubectl gets its namespace, as if CreateCluster had been called; one that has been INACTIVE
// for an hour is removed. The leader runs it.
#pragma once

#include <memory>
#include <thread>

#include "controller/ecs_api/view.h"
#include "taskpod/base/work_queue.h"
#include "taskpod/kube/client.h"

namespace taskpod::controller {

class ClusterReconciler {
 public:
  ClusterReconciler(kube::Client& client, View& view);
  ~ClusterReconciler();
  ClusterReconciler(const ClusterReconciler&) = delete;
  ClusterReconciler& operator=(const ClusterReconciler&) = delete;

  void onCluster(const std::shared_ptr<const k8s::EcsCluster>& was, const std::shared_ptr<const k8s::EcsCluster>& is);
  void start();

 private:
  void run();
  Result<void> reconcile(const std::string& name);

  kube::Client& client_;
  View& view_;
  WorkQueue queue_;
  std::jthread thread_;
};

}  // namespace taskpod::controller
