#include "controller/scheduler_loop.h"

#include "taskpod/base/log.h"
#include "taskpod/k8s/names.h"
#include "taskpod/translate/placement.h"

namespace taskpod::controller {
namespace {

bool isFinished(const k8s::Pod& pod) { return pod.status.phase == "Succeeded" || pod.status.phase == "Failed"; }

// A node changed in a way that may let a pod in: more room, other taints or labels, or it is new. Heartbeats do not count.
bool mayHelp(const k8s::Node* was, const k8s::Node& is) {
  return !was || was->spec != is.spec || was->metadata.labels != is.metadata.labels ||
         was->metadata.annotations != is.metadata.annotations || was->status.allocatable != is.status.allocatable;
}

}  // namespace

SchedulerLoop::SchedulerLoop(kube::Client& client, kube::EventRecorder& events, Metrics& metrics, SchedulerOptions options)
    : options_(std::move(options)),
      metrics_(metrics),
      binder_(client, events, options_.bindWorkers, [this](BindJob job, Error error) {
        post(BindFailure{std::move(job), std::move(error)});
      }) {}

SchedulerLoop::~SchedulerLoop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void SchedulerLoop::start() {
  thread_ = std::jthread([this] { run(); });
}

void SchedulerLoop::post(Change change) {
  std::lock_guard lock(mutex_);
  inbox_.push_back(std::move(change));
  changed_.notify_one();
}

void SchedulerLoop::onNode(const std::shared_ptr<const k8s::Node>& was, const std::shared_ptr<const k8s::Node>& is) {
  post(NodeChange{was, is});
}
void SchedulerLoop::onPod(const std::shared_ptr<const k8s::Pod>& was, const std::shared_ptr<const k8s::Pod>& is) {
  post(PodChange{was, is});
}

bool SchedulerLoop::isPending(const k8s::Pod& pod) const {
  return pod.spec.nodeName.empty() && options_.schedulerNames.contains(pod.spec.schedulerName) && pod.metadata.deletionTimestamp.empty() &&
         !isFinished(pod) && pod.spec.schedulingGates.empty() && !pod.metadata.annotations.contains(std::string(k8s::kStop));
}

void SchedulerLoop::run() {
  while (takeChanges()) {
    if (auto pending = queue_.pop(std::chrono::steady_clock::now())) scheduleOne(std::move(*pending));
    metrics_.pendingActive.Set(static_cast<double>(queue_.active()));
    metrics_.pendingWaiting.Set(static_cast<double>(queue_.waiting()));
  }
}

bool SchedulerLoop::takeChanges() {
  std::deque<Change> changes;
  {
    std::unique_lock lock(mutex_);
    Time due = queue_.nextDue();
    auto ready = [&] { return stopped_ || !inbox_.empty(); };
    if (due == Time::max())
      changed_.wait(lock, ready);
    else if (due > std::chrono::steady_clock::now())
      changed_.wait_until(lock, due, ready);
    if (stopped_) return false;
    changes.swap(inbox_);
  }
  for (Change& change : changes) std::visit([&](auto& one) { apply(one); }, change);
  return true;
}

void SchedulerLoop::apply(const NodeChange& change) {
  if (!change.is) {
    snapshot_.removeNode(change.was->metadata.name);
    return;
  }
  bool helps = mayHelp(change.was.get(), *change.is);
  snapshot_.setNode(translate::factsOf(change.is));
  if (helps) queue_.wake(std::chrono::steady_clock::now());
}

void SchedulerLoop::apply(const PodChange& change) {
  auto now = std::chrono::steady_clock::now();
  if (change.was && change.is && change.was->metadata.uid != change.is->metadata.uid) apply(PodChange{change.was, nullptr});
  const std::string& uid = (change.is ? change.is : change.was)->metadata.uid;
  snapshot_.removeNominated(uid);
  if (!change.is || isFinished(*change.is)) {
    bool freed = snapshot_.hasPod(uid);
    snapshot_.removePod(uid);
    queue_.remove(uid);
    assumed_.erase(uid);
    if (freed) queue_.wake(now);
    return;
  }
  if (!change.is->spec.nodeName.empty()) {
    queue_.remove(uid);
    assumed_.erase(uid);
    snapshot_.setPod(translate::factsOf(change.is));
    return;
  }
  if (!change.is->status.nominatedNodeName.empty()) snapshot_.setNominated(*change.is);
  if (assumed_.contains(uid)) {
    if (change.is->metadata.deletionTimestamp.empty()) return;  // on its way to a node
  }
  if (isPending(*change.is))
    queue_.set(change.is, now);
  else
    queue_.remove(uid);
}

void SchedulerLoop::apply(BindFailure& failure) {
  const std::string& uid = failure.job.pending.pod->metadata.uid;
  auto assumed = assumed_.find(uid);
  if (assumed == assumed_.end()) return;  // bound or gone meanwhile: the informer knows better
  assumed_.erase(assumed);
  snapshot_.removePod(uid);
  metrics_.failed.Increment();
  auto now = std::chrono::steady_clock::now();
  if (failure.error.reason != Reason::NotFound) queue_.putBack(std::move(failure.job.pending), now);
  queue_.wake(now);
}

void SchedulerLoop::scheduleOne(PendingPod pending) {
  auto policy = translate::policyOf(*pending.pod);
  if (!policy) {
    binder_.reportUnschedulable(pending.pod, policy.error().message);
    metrics_.unschedulable.Increment();
    queue_.failed(std::move(pending), std::chrono::steady_clock::now());
    return;
  }
  auto begin = std::chrono::steady_clock::now();
  schedule::Request request(*pending.pod, std::move(*policy));
  schedule::Decision decision = scheduler_.decide(snapshot_, request, schedule::seedOf(pending.pod->metadata.uid));
  metrics_.algorithmSeconds.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  if (decision.slot < 0) {
    metrics_.unschedulable.Increment();
    binder_.reportUnschedulable(pending.pod, scheduler_.explain(snapshot_, request).message);
    queue_.failed(std::move(pending), std::chrono::steady_clock::now());
    return;
  }
  metrics_.scheduled.Increment();
  std::string node = snapshot_.node(static_cast<std::size_t>(decision.slot)).metadata.name;
  auto facts = translate::factsOf(pending.pod);
  facts.nodeName = node;
  snapshot_.setPod(facts);
  snapshot_.removeNominated(pending.pod->metadata.uid);
  assumed_[pending.pod->metadata.uid] = node;
  binder_.bind({std::move(pending), std::move(node)});
}

}  // namespace taskpod::controller
