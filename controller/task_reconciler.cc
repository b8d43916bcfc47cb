#include "controller/task_reconciler.h"

#include <algorithm>

#include "controller/ecs_api/tasks.h"
#include "taskpod/base/log.h"
#include "taskpod/k8s/agent.h"
#include "taskpod/k8s/names.h"
#include "taskpod/translate/task.h"

namespace taskpod::controller {
namespace {

bool isFinished(const k8s::Pod& pod) { return pod.status.phase == "Succeeded" || pod.status.phase == "Failed"; }

bool essentialHasEnded(const k8s::Pod& pod) {
  if (pod.status.phase != "Running") return false;
  k8s::AgentTask agent;
  if (auto text = pod.metadata.annotations.find(std::string(k8s::kAgent)); text != pod.metadata.annotations.end())
    if (auto read = json::read<k8s::AgentTask>(text->second)) agent = std::move(*read);
  return std::any_of(pod.status.containerStatuses.begin(), pod.status.containerStatuses.end(), [&](const auto& status) {
    if (!status.state.terminated) return false;
    auto known = agent.containers.find(status.name);
    bool restarts = known != agent.containers.end() && known->second.restart;
    return !restarts && (known == agent.containers.end() || known->second.essential.value_or(true));
  });
}

// The scheduler found no node for what was placed when it was made. With a capacity provider it waits.
bool fitsNowhere(const k8s::Pod& pod) {
  if (!pod.spec.nodeName.empty() || pod.metadata.annotations.contains(std::string(k8s::kCapacityProvider))) return false;
  return std::any_of(pod.status.conditions.begin(), pod.status.conditions.end(),
                     [](const auto& one) { return one.type == "PodScheduled" && one.status == "False" && one.reason == "Unschedulable"; });
}

// The last status of a pod that no kubelet has seen.
std::string finishedStatus(const k8s::Pod& pod) {
  json::Document d;
  json::ObjectBuilder status(d), patch(d);
  status.set("phase", "Failed").set("reason", "Stopped");
  auto reason = pod.metadata.annotations.find(std::string(k8s::kStopReason));
  if (reason != pod.metadata.annotations.end()) status.set("message", reason->second);
  patch.set("status", status.value());
  return json::write(patch.value());
}

}  // namespace

TaskAction taskAction(const k8s::Pod& pod, const k8s::Node* node, WallTime now, std::chrono::seconds keepStopped, bool nodeIsGone) {
  using Kind = TaskAction::Kind;
  if (!pod.metadata.deletionTimestamp.empty()) return {};
  bool ours = pod.metadata.labels.contains(std::string(k8s::kCreatedBy));
  if (isFinished(pod)) {
    if (!ours) return {};
    auto left = std::chrono::duration_cast<std::chrono::seconds>(translate::stoppedAtOf(pod).value_or(now) + keepStopped - now);
    if (left.count() <= 0) return {Kind::Remove, {}, {}, {}};
    return {Kind::None, {}, {}, left + std::chrono::seconds(1)};
  }
  if (pod.metadata.annotations.contains(std::string(k8s::kStop)))
    return {pod.spec.nodeName.empty() || nodeIsGone ? Kind::Finish : Kind::None, {}, {}, {}};
  if (!ours) return {};
  if (nodeIsGone) return {Kind::Stop, "InfrastructureHealth", "Host EC2 (instance " + pod.spec.nodeName + ") terminated.", {}};
  if (node && std::any_of(node->spec.taints.begin(), node->spec.taints.end(), [](const auto& taint) { return taint.key == kSpotTaint; }))
    return {Kind::Stop, "SpotInterruption", "Your Spot Task was interrupted.", {}};
  if (auto failure = translate::startFailureOf(pod)) return {Kind::Stop, "TaskFailedToStart", *failure, {}};
  if (fitsNowhere(pod))
    return {Kind::Stop, "TaskFailedToStart", "Task failed to start: no container instance met all of its requirements.", {}};
  if (essentialHasEnded(pod)) return {Kind::Stop, "EssentialContainerExited", "Essential container in task exited", {}};
  return {};
}

TaskReconciler::TaskReconciler(kube::Client& client, View& view, std::chrono::seconds keepStopped)
    : client_(client),
      view_(view),
      keepStopped_(keepStopped),
      queue_(Backoff{std::chrono::milliseconds(200), std::chrono::milliseconds(30'000)}) {}

TaskReconciler::~TaskReconciler() { queue_.stop(); }

void TaskReconciler::onPod(const std::shared_ptr<const k8s::Pod>&, const std::shared_ptr<const k8s::Pod>& is) {
  if (!is) return;
  const auto& meta = is->metadata;
  if (meta.labels.contains(std::string(k8s::kCreatedBy)) || meta.annotations.contains(std::string(k8s::kStop)))
    queue_.add(translate::idOf(meta.uid));
}

void TaskReconciler::onNode(const std::shared_ptr<const k8s::Node>& was, const std::shared_ptr<const k8s::Node>& is) {
  if (was && is && was->spec.taints == is->spec.taints) return;
  for (const auto& pod : view_.podsOn((is ? is : was)->metadata.name)) onPod(nullptr, pod);
}

void TaskReconciler::start() {
  for (auto& thread : threads_) thread = std::jthread([this] { run(); });
}

void TaskReconciler::run() {
  while (auto id = queue_.get()) {
    auto done = reconcile(*id);
    if (done)
      queue_.forget(*id);
    else
      queue_.addAgain(*id);
    if (!done && done.error().reason != Reason::Conflict)
      log::warn("a task could not be brought to its state", {{"task", *id}, {"error", done.error().message}});
    queue_.done(*id);
  }
}

Result<void> TaskReconciler::reconcile(const std::string& id) {
  auto entry = view_.task(id);
  if (!entry || !entry->goneAt.empty()) return {};
  const k8s::Pod& pod = *entry->pod;
  auto node = pod.spec.nodeName.empty() ? nullptr : view_.node(pod.spec.nodeName);
  bool nodeIsGone = false;
  if (!node && !pod.spec.nodeName.empty() && !isFinished(pod)) {
    auto live = client_.get<k8s::Node>("", pod.spec.nodeName);  // the view may be behind
    nodeIsGone = !live && live.error().reason == Reason::NotFound;
  }
  TaskAction action = taskAction(pod, node.get(), wallNow(), keepStopped_, nodeIsGone);
  switch (action.kind) {
    case TaskAction::Kind::None:
      if (action.after.count() > 0) queue_.addAfter(id, action.after);
      return {};
    case TaskAction::Kind::Remove: {
      auto removed =
          client_.remove<k8s::Pod>(pod.metadata.namespace_, pod.metadata.name, R"({"preconditions":{"uid":")" + pod.metadata.uid + "\"}}");
      if (!removed && removed.error().reason != Reason::NotFound) return removed.error();
      return {};
    }
    case TaskAction::Kind::Stop: {
      auto stopped = client_.patch<k8s::Pod>(pod.metadata.namespace_, pod.metadata.name, "", kube::PatchKind::Merge,
                                             stopPatch(action.code, action.reason, wallNow()));
      if (!stopped) return stopped.error().reason == Reason::NotFound ? Result<void>() : stopped.error();
      view_.onPod(entry->pod, std::make_shared<const k8s::Pod>(std::move(*stopped)));
      return {};
    }
    case TaskAction::Kind::Finish: {
      auto finished =
          client_.patch<k8s::Pod>(pod.metadata.namespace_, pod.metadata.name, "status", kube::PatchKind::Merge, finishedStatus(pod));
      if (!finished) return finished.error().reason == Reason::NotFound ? Result<void>() : finished.error();
      view_.onPod(entry->pod, std::make_shared<const k8s::Pod>(std::move(*finished)));
      return {};
    }
  }
  return {};
}

}  // namespace taskpod::controller
