#include "controller/binder.h"

#include "taskpod/base/log.h"
#include "taskpod/base/time.h"
#include "taskpod/kube/informer.h"

namespace taskpod::controller {

Binder::Binder(kube::Client& client, kube::EventRecorder& events, std::size_t workers, OnFailed onFailed)
    : client_(client),
      events_(events),
      onFailed_(std::move(onFailed)) {
  for (std::size_t i = 0; i < workers; ++i) threads_.emplace_back([this] { bindLoop(); });
  threads_.emplace_back([this] { conditionLoop(); });
}

Binder::~Binder() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  conditionQueue_.stop();
  threads_.clear();
}

void Binder::bind(BindJob job) {
  std::lock_guard lock(mutex_);
  conditions_.erase(job.pending.pod->metadata.uid);  // it is on its way: that it fitted nowhere is no longer so
  jobs_.push_back(std::move(job));
  changed_.notify_one();
}

void Binder::bindLoop() {
  for (;;) {
    BindJob job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopped_ || !jobs_.empty(); });
      if (stopped_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    bindOne(std::move(job));
  }
}

void Binder::bindOne(BindJob job) {
  const k8s::ObjectMeta& meta = job.pending.pod->metadata;
  k8s::Binding binding;
  binding.apiVersion = "v1";
  binding.kind = "Binding";
  binding.metadata.name = meta.name;
  binding.metadata.namespace_ = meta.namespace_;
  binding.metadata.uid = meta.uid;
  binding.target.kind = "Node";
  binding.target.name = job.node;
  auto bound = client_.call("POST", kube::pathOf(kube::kPathOf<k8s::Pod>, meta.namespace_, meta.name) + "/binding", json::write(binding));
  Error error;
  if (!bound) {
    error = bound.error();
    bool unknown = error.reason == Reason::Unavailable || error.reason == Reason::Timeout;
    auto now = unknown ? client_.get<k8s::Pod>(meta.namespace_, meta.name) : Result<k8s::Pod>(error);
    if (!now || now->metadata.uid != meta.uid || now->spec.nodeName != job.node) {
      log::debug("bind failed", {{"pod", kube::keyOf(meta)}, {"node", job.node}, {"error", error.message}});
      onFailed_(std::move(job), error);
      return;
    }
  }
  events_.record(kube::referenceTo(*job.pending.pod), "Normal", "Scheduled",
                 "Successfully assigned " + meta.namespace_ + "/" + meta.name + " to " + job.node);
}

void Binder::reportUnschedulable(const std::shared_ptr<const k8s::Pod>& pod, const std::string& message) {
  {
    std::lock_guard lock(mutex_);
    conditions_[pod->metadata.uid] = {pod, message};
  }
  conditionQueue_.add(pod->metadata.uid);
}

void Binder::conditionLoop() {
  while (auto uid = conditionQueue_.get()) {
    std::pair<std::shared_ptr<const k8s::Pod>, std::string> latest;
    {
      std::lock_guard lock(mutex_);
      auto found = conditions_.find(*uid);
      if (found != conditions_.end()) {
        latest = std::move(found->second);
        conditions_.erase(found);
      }
    }
    if (latest.first) writeCondition(*latest.first, latest.second);
    conditionQueue_.done(*uid);
  }
}

void Binder::writeCondition(const k8s::Pod& pod, const std::string& message) {
  events_.record(kube::referenceTo(pod), "Warning", "FailedScheduling", message);
  for (const auto& condition : pod.status.conditions)
    if (condition.type == "PodScheduled" && condition.status == "False" && condition.reason == "Unschedulable" &&
        condition.message == message)
      return;
  std::string body = R"({"metadata":{"uid":)";
  json::writeString(body, pod.metadata.uid);
  body +=
      R"(},"status":{"conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","lastProbeTime":null,"lastTransitionTime":")" +
      formatTime(wallNow()) + R"(","message":)";
  json::writeString(body, message);
  body += "}]}}";
  auto done = client_.patch<k8s::Pod>(pod.metadata.namespace_, pod.metadata.name, "status", kube::PatchKind::StrategicMerge, body);
  if (!done && done.error().reason != Reason::NotFound && done.error().reason != Reason::Conflict)
    log::warn("condition not written", {{"pod", kube::keyOf(pod.metadata)}, {"error", done.error().message}});
}

}  // namespace taskpod::controller
