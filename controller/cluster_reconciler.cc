#include "controller/cluster_reconciler.h"

#include "taskpod/base/log.h"
#include "taskpod/k8s/names.h"

namespace taskpod::controller {

ClusterReconciler::ClusterReconciler(kube::Client& client, View& view)
    : client_(client),
      view_(view),
      queue_(Backoff{std::chrono::milliseconds(200), std::chrono::milliseconds(30'000)}) {}

ClusterReconciler::~ClusterReconciler() { queue_.stop(); }

void ClusterReconciler::onCluster(const std::shared_ptr<const k8s::EcsCluster>&, const std::shared_ptr<const k8s::EcsCluster>& is) {
  if (is) queue_.add(is->metadata.name);
}

void ClusterReconciler::start() {
  thread_ = std::jthread([this] { run(); });
}

void ClusterReconciler::run() {
  while (auto name = queue_.get()) {
    auto done = reconcile(*name);
    if (done)
      queue_.forget(*name);
    else
      queue_.addAgain(*name);
    if (!done && done.error().reason != Reason::Conflict)
      log::warn("a cluster could not be brought to its state", {{"cluster", *name}, {"error", done.error().message}});
    queue_.done(*name);
  }
}

Result<void> ClusterReconciler::reconcile(const std::string& name) {
  auto object = client_.get<k8s::EcsCluster>("", name);
  if (!object) return object.error().reason == Reason::NotFound ? Result<void>() : object.error();
  if (object->status.status == "INACTIVE") {
    auto since = parseTime(object->status.inactiveSince).value_or(wallNow());
    if (auto left = since + kRemembered - wallNow(); left.count() > 0) {
      queue_.addAfter(name, std::chrono::duration_cast<std::chrono::milliseconds>(left) + std::chrono::seconds(1));
      return {};
    }
    auto removed = client_.remove<k8s::EcsCluster>("", name);
    if (!removed && removed.error().reason != Reason::NotFound) return removed.error();
    return {};
  }
  if (object->status.observedGeneration == object->metadata.generation || !isCluster(name)) return {};
  k8s::Namespace space;
  space.apiVersion = "v1";
  space.kind = "Namespace";
  space.metadata.name = name;
  space.metadata.labels[std::string(k8s::kCreatedBy)] = "create-cluster";
  auto made = client_.create<k8s::Namespace>("", space);
  if (!made && made.error().reason != Reason::AlreadyExists) return made.error();
  object->status.status = "ACTIVE";
  object->status.observedGeneration = object->metadata.generation;
  auto written = client_.updateStatus<k8s::EcsCluster>(*object);
  if (!written) return written.error();
  return {};
}

}  // namespace taskpod::controller
