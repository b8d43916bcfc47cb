#include "controller/service/plan.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "taskpod/json/builder.h"
#include "taskpod/k8s/annotations.h"
#include "taskpod/k8s/names.h"
#include "taskpod/net/tls.h"

namespace taskpod::controller {
namespace {

using State = ServiceTask::State;

constexpr std::size_t kMostEvents = 100, kMostRecords = 20, kLongestMessage = 2048;
constexpr std::int32_t kMostTasks = 10'000;  // of a service, whatever its spec says
constexpr std::int32_t kMostStarts = 500;    // of one plan
constexpr std::chrono::hours kTellSteadyAgain{6};
constexpr std::int32_t kFailuresBeforeThrottling = 3;
constexpr std::chrono::seconds kFirstThrottle{10}, kLongestThrottle{900};

constexpr std::string_view kStarting[] = {"taskDefinition",       "networkConfiguration",     "platformVersion",
                                          "loadBalancers",        "serviceRegistries",        "serviceConnectConfiguration",
                                          "volumeConfigurations", "vpcLatticeConfigurations", "launchType"};
constexpr std::string_view kConfiguration[] = {
    "launchType",        "capacityProviderStrategy",    "platformVersion",      "networkConfiguration",    "loadBalancers",
    "serviceRegistries", "serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations"};

template <std::size_t N>
std::string members(const std::string& text, const std::string_view (&names)[N]) {
  auto document = json::Document::parse(text);
  if (!document) return "{}";
  json::Document out;
  json::ObjectBuilder object(out);
  for (std::string_view name : names) {
    const json::Value* value = document->root().find(name);
    if (value && !value->isNull() && !(value->isArray() && value->items().empty())) object.set(name, *value);
  }
  return json::write(object.value());
}

// 19 decimal digits that are always the same for the same text.
std::string digitsOf(const std::string& text) {
  std::string hex = net::sha256Hex(text), out;
  for (std::size_t i = 0; out.size() < 19 && i + 1 < hex.size(); ++i) {
    int value = hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10;
    int digit = (value * 7 + (hex[i + 1] & 7)) % 10;
    if (out.empty() && digit == 0) digit = 1;
    out += static_cast<char>('0' + digit);
  }
  return out;
}

class Planner {
 public:
  explicit Planner(const ServiceInput& input) : in_(input), name_(nameOf(input)) { plan_.status = input.object.status; }

  ServicePlan plan() {
    auto& status = plan_.status;
    bool deleted = !k8s::annotation(in_.object.metadata, k8s::kDeletedAt).empty() || !in_.object.metadata.deletionTimestamp.empty();
    daemon_ = in_.spec.schedulingStrategy == "DAEMON";
    desired_ = deleted   ? 0
               : daemon_ ? static_cast<std::int32_t>(in_.instances.size())
                         : std::clamp(in_.spec.desiredCount.value_or(1), 0, kMostTasks);
    status.observedGeneration = in_.object.metadata.generation;
    if (status.status != "INACTIVE" || !deleted) status.status = deleted ? "DRAINING" : "ACTIVE";
    if (!deleted) follow();
    auto* primary = primaryOf();
    if (primary) {
      primary->desiredCount = desired_;
      count();
      if (!deleted) watchBreaker();
      decide();
      settle();
    }
    counts();
    if (deleted && alive_ == 0) finish();
    return std::move(plan_);
  }

 private:
  static std::string nameOf(const ServiceInput& input) {
    return input.spec.serviceName.empty() ? input.object.metadata.name : input.spec.serviceName;
  }
  k8s::ServiceDeployment* primaryOf() {
    for (auto& deployment : plan_.status.deployments)
      if (deployment.status == "PRIMARY") return &deployment;
    return nullptr;
  }
  void tell(std::string message, std::chrono::minutes quietFor = std::chrono::minutes(0)) {
    addEvent(plan_.status, in_.object.metadata.uid, "(service " + name_ + ") " + std::move(message), in_.now, quietFor);
  }
  void tellOnce(std::string message) { tell(std::move(message), std::chrono::minutes(15)); }
  std::string nowText() const { return formatTime(in_.now); }
  void wake(WallTime at) {
    if (at > in_.now && (!plan_.wakeAt || at < *plan_.wakeAt)) plan_.wakeAt = at;
  }

  // Begins a deployment when the spec asks for another one than the last.
  void follow() {
    std::string hash = deploymentHash(in_.object);
    auto* primary = primaryOf();
    if (primary && plan_.status.refusedHash == hash) return;
    if (primary && primary->hash == hash) {
      plan_.status.refusedHash.clear();  // the spec has left what was rolled back: it may come again
      return condition("True", "Accepted", "");
    }
    if (in_.definition.empty())
      return condition("False", "TaskDefinitionNotFound", "TaskDefinition not found. spec.taskDefinition is " + in_.spec.taskDefinition);
    condition("True", "Accepted", "");
    auto& status = plan_.status;
    if (primary) primary->status = "ACTIVE";
    plan_.status.refusedHash.clear();
    ++status.sequence;
    std::string seed = in_.object.metadata.uid + "/" + std::to_string(status.sequence);
    k8s::ServiceDeployment fresh;
    fresh.id = "ecs-svc/" + digitsOf(seed);
    fresh.status = "PRIMARY";
    fresh.taskDefinition = in_.definition;
    fresh.configuration = configurationOf(in_.object);
    fresh.hash = hash;
    fresh.createdAt = fresh.updatedAt = fresh.primarySince = nowText();
    fresh.rolloutState = "IN_PROGRESS";
    fresh.rolloutStateReason = "ECS deployment " + fresh.id + " in progress.";
    record(fresh, seed);
    status.deployments.insert(status.deployments.begin(), std::move(fresh));
    status.steadySince.clear();
    plan_.writeFirst = true;
  }

  void record(const k8s::ServiceDeployment& fresh, const std::string& seed) {
    auto& status = plan_.status;
    k8s::ServiceRevisionRecord revision;
    revision.id = digitsOf(seed + "/revision");
    revision.taskDefinition = fresh.taskDefinition;
    revision.configuration = fresh.configuration;
    revision.createdAt = fresh.createdAt;
    k8s::ServiceDeploymentRecord deployment;
    deployment.id = net::sha256Hex(seed + "/deployment").substr(0, 21);
    deployment.deployment = fresh.id;
    deployment.revision = revision.id;
    if (!status.serviceRevisions.empty()) deployment.sourceRevision = status.serviceRevisions.front().id;
    deployment.status = "IN_PROGRESS";
    deployment.createdAt = deployment.updatedAt = fresh.createdAt;
    for (auto& before : status.serviceDeployments) {
      if (before.status == "IN_PROGRESS") close(before, "STOPPED", "A newer deployment has begun.");
      if (before.status == "ROLLBACK_IN_PROGRESS") close(before, "ROLLBACK_FAILED", "A newer deployment has begun.");
    }
    status.serviceRevisions.insert(status.serviceRevisions.begin(), std::move(revision));
    status.serviceDeployments.insert(status.serviceDeployments.begin(), std::move(deployment));
    if (status.serviceRevisions.size() > kMostRecords) status.serviceRevisions.resize(kMostRecords);
    if (status.serviceDeployments.size() > kMostRecords) status.serviceDeployments.resize(kMostRecords);
  }

  void close(k8s::ServiceDeploymentRecord& deployment, std::string status, std::string reason) {
    deployment.status = std::move(status);
    deployment.statusReason = std::move(reason);
    deployment.finishedAt = deployment.updatedAt = nowText();
  }

  k8s::ServiceDeploymentRecord* recordOf(const std::string& deployment) {
    for (auto& one : plan_.status.serviceDeployments)
      if (one.deployment == deployment) return &one;
    return nullptr;
  }

  void condition(std::string_view is, std::string_view reason, const std::string& message) {
    auto& conditions = plan_.status.conditions;
    auto found = std::find_if(conditions.begin(), conditions.end(), [](const auto& one) { return one.type == "Accepted"; });
    if (found == conditions.end()) found = conditions.insert(conditions.end(), k8s::Condition());
    if (found->status != is) found->lastTransitionTime = nowText();
    found->type = "Accepted";
    found->status = is;
    found->reason = reason;
    found->message = message;
    found->observedGeneration = in_.object.metadata.generation;
  }

  bool isHealthy(const ServiceTask& task) {
    if (task.state != State::Running) return false;
    if (task.hasChecks) return task.checksPass;
    if (!task.startedAt) return false;
    WallTime at = *task.startedAt + in_.healthyAfter;
    wake(at);
    return at <= in_.now;
  }
  bool isUnhealthy(const ServiceTask& task) {
    if (task.state != State::Running || !task.hasChecks || !task.checksFail || !task.startedAt) return false;
    WallTime graceEnds = *task.startedAt + std::chrono::seconds(in_.spec.healthCheckGracePeriodSeconds.value_or(0));
    wake(graceEnds);
    return graceEnds <= in_.now;
  }
  bool isProtected(const ServiceTask& task) {
    if (!task.protectedUntil) return false;
    wake(*task.protectedUntil);
    return *task.protectedUntil > in_.now;
  }

  std::int32_t keptHealthy() {
    std::int32_t healthy = 0;
    for (const ServiceTask* task : keep_) healthy += isHealthy(*task);
    return healthy;
  }

  // Sorts the tasks: those to keep, those of the current deployment that must be replaced, those of older ones.
  void count() {
    const std::string& current = primaryOf()->id;
    for (const ServiceTask& task : in_.tasks) {
      if (task.state == State::Stopped) continue;
      ++alive_;
      if (task.state == State::Stopping) continue;
      healthy_ += isHealthy(task);
      if (task.deployment != current)
        removable_.push_back(&task);
      else if (isUnhealthy(task) || task.instanceDrains || !task.instanceMatches)
        removable_.push_back(&task);
      else
        keep_.push_back(&task);
    }
  }

  // Failures of the current deployment, and what the circuit breaker makes of them. Stage 1 counts tasks that never ran, and is over once
  // one has; stage 2 counts tasks whose checks failed, since the last one that was healthy.
  void watchBreaker() {
    auto* primary = primaryOf();
    std::optional<WallTime> lastRan, lastHealthy;
    // After a rollback what its tasks did before does not count; else all that it has are its own, whatever the clocks say.
    bool again = primary->primarySince != primary->createdAt;
    WallTime since = again ? parseTime(primary->primarySince).value_or(WallTime{}) : WallTime{};
    auto later = [](std::optional<WallTime>& latest, WallTime at) {
      if (!latest || at > *latest) latest = at;
    };
    for (const ServiceTask& task : in_.tasks) {
      if (task.deployment != primary->id || !task.startedAt || task.createdAt < since) continue;
      later(lastRan, *task.startedAt);
      bool wasHealthy = !task.failedChecks && (!task.hasChecks || task.checksPass);
      if (wasHealthy) later(lastHealthy, *task.startedAt);
    }
    std::int32_t failed = 0, sinceRan = 0, unhealthy = 0;
    for (const ServiceTask& task : in_.tasks) {
      if (task.deployment != primary->id || task.state != State::Stopped || task.createdAt < since) continue;
      auto after = [&](const std::optional<WallTime>& when) { return !when || !task.stoppedAt || *task.stoppedAt > *when; };
      failed += task.failedToStart;
      unhealthy += task.failedChecks && (!resets() || after(lastHealthy));
      if (!task.failedToStart || !after(lastRan)) continue;
      ++sinceRan;
      if (task.stoppedAt) later(lastFailure_, *task.stoppedAt);
    }
    primary->failedTasks = std::max(primary->failedTasks, failed);
    std::int32_t failures = lastRan ? unhealthy : failed;
    std::int32_t threshold = breakerThreshold(in_.spec, desired_);
    if (auto* entry = recordOf(primary->id); entry && entry->status == "IN_PROGRESS") {
      entry->failureCount = std::max(entry->failureCount, failures);
      entry->threshold = threshold;
    }
    if (primary->rolloutState == "IN_PROGRESS" && threshold > 0 && failures >= threshold) return trip();
    throttle(sinceRan);
  }

  bool resets() const {
    if (!in_.spec.deploymentConfiguration || !in_.spec.deploymentConfiguration->deploymentCircuitBreaker) return true;
    return in_.spec.deploymentConfiguration->deploymentCircuitBreaker->resetOnHealthyTask.value_or(true);
  }

  void throttle(std::int32_t failures) {
    if (failures < kFailuresBeforeThrottling || !lastFailure_) return;
    auto delay = kFirstThrottle * (1 << std::min(failures - kFailuresBeforeThrottling, 7));
    throttledUntil_ = *lastFailure_ + std::min<std::chrono::seconds>(delay, kLongestThrottle);
    wake(*throttledUntil_);
    tellOnce("is unable to consistently start tasks successfully.");
  }

  // The deployment has failed: back to the last one that was complete, if that is wanted and there is one.
  void trip() {
    auto* failed = primaryOf();
    auto& status = plan_.status;
    failed->rolloutState = "FAILED";
    failed->rolloutStateReason = "ECS deployment circuit breaker: tasks failed to start.";
    failed->updatedAt = nowText();
    plan_.writeFirst = true;
    tell("(deployment " + failed->id + ") deployment failed: tasks failed to start.");
    for (auto& one : status.serviceDeployments)
      if (one.status == "ROLLBACK_IN_PROGRESS") close(one, "ROLLBACK_FAILED", failed->rolloutStateReason);
    auto* entry = recordOf(failed->id);
    if (entry && entry->status != "IN_PROGRESS") entry = nullptr;  // it was complete once: this is a rollback that fails
    bool rollsBack = in_.spec.deploymentConfiguration->deploymentCircuitBreaker->rollback.value_or(false);
    auto before = std::find_if(status.deployments.begin(), status.deployments.end(),
                               [](const auto& one) { return one.status == "ACTIVE" && one.rolloutState == "COMPLETED"; });
    if (!rollsBack || before == status.deployments.end()) {
      if (entry) close(*entry, "STOPPED", failed->rolloutStateReason);
      return;
    }
    status.refusedHash = failed->hash;
    failed->status = "ACTIVE";
    before->status = "PRIMARY";
    before->rolloutState = "IN_PROGRESS";
    before->rolloutStateReason = "ECS deployment circuit breaker: rolling back to deploymentId " + before->id + ".";
    before->updatedAt = before->primarySince = nowText();
    tell("rolling back to deployment " + before->id + ".");
    if (entry) {
      entry->status = "ROLLBACK_IN_PROGRESS";
      entry->rollbackReason = "Service deployment rolled back because the circuit breaker threshold was exceeded.";
      entry->rollbackStartedAt = entry->updatedAt = nowText();
      if (auto* target = recordOf(before->id)) entry->rollbackRevision = target->revision;
    }
    std::rotate(status.deployments.begin(), before, before + 1);
    keep_.clear();
    removable_.clear();
    alive_ = healthy_ = 0;
    primaryOf()->desiredCount = desired_;
    count();
  }

  void decide() {
    if (daemon_ && plan_.status.status == "ACTIVE")
      decideDaemon();
    else
      decideReplica();
    stopRemovable();
  }

  void decideReplica() {
    auto* primary = primaryOf();
    Bounds bounds = boundsOf(in_.spec, desired_);
    auto kept = static_cast<std::int32_t>(keep_.size());
    if (kept > desired_) shrink(static_cast<std::size_t>(kept - desired_), bounds.lower);
    if (primary->rolloutState == "FAILED") return;  // stalled: no more launches
    if (throttledUntil_ && *throttledUntil_ > in_.now) return;
    std::int32_t room = bounds.upper - alive_;
    for (std::int32_t n = std::min({desired_ - kept, room, kMostStarts}); n > 0; --n) plan_.starts.push_back({});
  }

  // Those that do not count as healthy go first; of the others, what the lower bound spares.
  void shrink(std::size_t count, std::int32_t lower) {
    for (bool healthy : {false, true}) {
      std::vector<const ServiceTask*> candidates;
      for (const ServiceTask* task : keep_)
        if (!isProtected(*task) && isHealthy(*task) == healthy) candidates.push_back(task);
      std::size_t most = healthy ? std::min<std::size_t>(count, static_cast<std::size_t>(std::max(0, healthy_ - lower))) : count;
      for (const std::string& id : scaleInOrder(in_.spec.placementStrategy, candidates, most)) {
        auto task = std::find_if(keep_.begin(), keep_.end(), [&](const auto* one) { return one->id == id; });
        healthy_ -= healthy;
        --count;
        stop(**task, "Scaling activity initiated by (deployment " + primaryOf()->id + ")");
        keep_.erase(task);
      }
    }
  }

  void decideDaemon() {
    if (primaryOf()->rolloutState == "FAILED" || (throttledUntil_ && *throttledUntil_ > in_.now)) return;
    std::set<std::string> taken;
    for (const ServiceTask& task : in_.tasks)
      if (task.state != State::Stopped) taken.insert(task.instance);  // at most one at a time: maximumPercent is 100
    for (const std::string& instance : in_.instances)
      if (!taken.contains(instance)) plan_.starts.push_back({instance});
  }

  // Tasks that are to go, as far as the lower bound lets them.
  void stopRemovable() {
    Bounds bounds = boundsOf(in_.spec, desired_);
    auto kept = static_cast<std::int32_t>(keep_.size());
    bool noRoom = kept < desired_ && alive_ >= bounds.upper;
    std::int32_t spare = healthy_ - bounds.lower;
    bool forced = false, blocked = kept < desired_ && plan_.starts.empty() && plan_.stops.empty() && !throttledUntil_;
    std::sort(removable_.begin(), removable_.end(),
              [](const auto* a, const auto* b) { return std::tie(a->createdAt, a->id) < std::tie(b->createdAt, b->id); });
    for (const ServiceTask* task : removable_) {
      bool unhealthy = isUnhealthy(*task), healthy = isHealthy(*task);
      if (!unhealthy && isProtected(*task)) continue;
      bool goes = task->state == State::Pending;
      if (unhealthy) {
        // Its replacement comes first where there is room for it; else they go one at a time.
        goes = task->deployment != primaryOf()->id ? spare >= 0 || (noRoom && !forced) : keptHealthy() >= desired_ || (noRoom && !forced);
        forced = forced || goes;
      } else if (healthy) {
        goes = spare > 0;
        spare -= goes;
      } else if (task->state == State::Running) {
        goes = spare >= 0;  // it does not count yet, but it may serve: enough others must
      }
      if (goes)
        stop(*task,
             unhealthy ? "Task failed container health checks" : "Scaling activity initiated by (deployment " + primaryOf()->id + ")");
      blocked = blocked && healthy && !goes;
    }
    for (const ServiceTask& task : in_.tasks)
      blocked = blocked && task.state != State::Stopping && (task.state != State::Pending || task.deployment != primaryOf()->id);
    if (blocked && !removable_.empty() && primaryOf()->rolloutState == "IN_PROGRESS")
      tellOnce(
          "was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the "
          "minimumHealthyPercent or maximumPercent value and try again.");
  }

  void stop(const ServiceTask& task, std::string reason) { plan_.stops.push_back({task.id, std::move(reason)}); }

  // Ends a deployment whose tasks all run and whose predecessors have none left; tells the steady state.
  void settle() {
    auto* primary = primaryOf();
    bool steady = keptHealthy() == desired_ && static_cast<std::int32_t>(keep_.size()) == desired_ && alive_ == desired_ &&
                  plan_.starts.empty() && plan_.stops.empty();
    auto& status = plan_.status;
    if (!steady) {
      status.steadySince.clear();
      return dropEmpty();
    }
    if (primary->rolloutState == "IN_PROGRESS") complete(*primary);
    dropEmpty();
    bool again = !parseTime(status.steadyToldAt) || in_.now - *parseTime(status.steadyToldAt) >= kTellSteadyAgain;
    if (status.steadySince.empty())
      status.steadySince = nowText();
    else if (!again)
      return wake(*parseTime(status.steadyToldAt) + kTellSteadyAgain);
    status.steadyToldAt = nowText();
    tell("has reached a steady state.");
  }

  void complete(k8s::ServiceDeployment& primary) {
    primary.rolloutState = "COMPLETED";
    primary.rolloutStateReason = "ECS deployment " + primary.id + " completed.";
    primary.updatedAt = nowText();
    tell("(deployment " + primary.id + ") deployment completed.");
    for (auto& one : plan_.status.serviceDeployments) {
      if (one.status == "ROLLBACK_IN_PROGRESS") close(one, "ROLLBACK_SUCCESSFUL", one.rollbackReason);
      if (one.deployment == primary.id && one.status == "IN_PROGRESS") close(one, "SUCCESSFUL", "");
    }
  }

  // Older deployments without a task are over; while the newest is in progress the last complete one stays, to roll back to.
  void dropEmpty() {
    bool complete = primaryOf()->rolloutState != "IN_PROGRESS";
    std::erase_if(plan_.status.deployments, [&](const k8s::ServiceDeployment& one) {
      if (one.status == "PRIMARY") return false;
      bool empty = std::none_of(in_.tasks.begin(), in_.tasks.end(),
                                [&](const ServiceTask& task) { return task.deployment == one.id && task.state != State::Stopped; });
      return empty && (complete || one.rolloutState != "COMPLETED");
    });
  }

  void counts() {
    auto& status = plan_.status;
    status.desiredCount = daemon_ || status.status != "ACTIVE" ? desired_ : std::min(in_.spec.desiredCount.value_or(1), kMostTasks);
    status.runningCount = status.pendingCount = 0;
    alive_ = 0;
    for (auto& deployment : status.deployments) {
      std::int32_t running = 0, pending = 0;
      for (const ServiceTask& task : in_.tasks) {
        if (task.deployment != deployment.id) continue;
        running += task.state == State::Running;
        pending += task.state == State::Pending;
      }
      if (deployment.runningCount != running || deployment.pendingCount != pending) deployment.updatedAt = nowText();
      deployment.runningCount = running;
      deployment.pendingCount = pending;
      if (deployment.status != "PRIMARY") deployment.desiredCount = running + pending;
    }
    for (const ServiceTask& task : in_.tasks) {
      alive_ += task.state != State::Stopped;
      status.runningCount += task.state == State::Running;
      status.pendingCount += task.state == State::Pending;
    }
  }

  void finish() {
    if (plan_.status.status == "INACTIVE") return;
    plan_.status.status = "INACTIVE";
    plan_.status.deployments.clear();
  }

  const ServiceInput& in_;
  const std::string name_;
  ServicePlan plan_;
  bool daemon_ = false;
  std::int32_t desired_ = 0, alive_ = 0, healthy_ = 0;
  std::vector<const ServiceTask*> keep_, removable_;
  std::optional<WallTime> lastFailure_, throttledUntil_;
};

}  // namespace

ServicePlan planService(const ServiceInput& input) { return Planner(input).plan(); }

std::string deploymentHash(const k8s::EcsService& object) {
  return net::sha256Hex(members(object.spec.text, kStarting) + std::string(k8s::annotation(object.metadata, k8s::kForceDeployment)))
      .substr(0, 16);
}

json::Raw configurationOf(const k8s::EcsService& object) { return {members(object.spec.text, kConfiguration)}; }

void addEvent(k8s::ServiceStatus& status, std::string_view serviceUid, std::string message, WallTime now, std::chrono::minutes quietFor) {
  for (const auto& event : status.events)
    if (auto at = parseTime(event.createdAt); event.message == message && at && now - *at < quietFor) return;
  if (message.size() > kLongestMessage) message.resize(kLongestMessage);
  k8s::ServiceEvent event;
  event.createdAt = formatNanoTime(now);
  std::string hash = net::sha256Hex(std::string(serviceUid) + message + event.createdAt);
  event.id = hash.substr(0, 8) + "-" + hash.substr(8, 4) + "-" + hash.substr(12, 4) + "-" + hash.substr(16, 4) + "-" + hash.substr(20, 12);
  event.message = std::move(message);
  status.events.insert(status.events.begin(), std::move(event));
  if (status.events.size() > kMostEvents) status.events.resize(kMostEvents);
}

std::int32_t breakerThreshold(const ecs::CreateService& spec, std::int32_t desiredCount) {
  if (!spec.deploymentConfiguration || !spec.deploymentConfiguration->deploymentCircuitBreaker) return 0;
  const auto& breaker = *spec.deploymentConfiguration->deploymentCircuitBreaker;
  if (!breaker.enable.value_or(false)) return 0;
  std::string type = breaker.thresholdConfiguration ? breaker.thresholdConfiguration->type : std::string();
  std::int64_t value = breaker.thresholdConfiguration ? breaker.thresholdConfiguration->value.value_or(50) : 50;
  if (type == "COUNT") return static_cast<std::int32_t>(std::max<std::int64_t>(value, 1));
  auto share = static_cast<std::int32_t>((std::int64_t{desiredCount} * value + 99) / 100);
  return type == "UNBOUNDED_PERCENT" ? std::max(share, 1) : std::clamp(share, 3, 200);
}

Bounds boundsOf(const ecs::CreateService& spec, std::int32_t desiredCount) {
  bool daemon = spec.schedulingStrategy == "DAEMON";
  std::int64_t least = daemon ? 0 : 100, most = daemon ? 100 : 200;
  if (spec.deploymentConfiguration) {
    least = spec.deploymentConfiguration->minimumHealthyPercent.value_or(static_cast<std::int32_t>(least));
    if (!daemon) most = spec.deploymentConfiguration->maximumPercent.value_or(static_cast<std::int32_t>(most));
  }
  auto whole = [](std::int64_t n) { return static_cast<std::int32_t>(std::min<std::int64_t>(n, INT32_MAX)); };
  return {whole((desiredCount * least + 99) / 100), whole(desiredCount * most / 100)};
}

std::vector<std::string> scaleInOrder(const std::vector<ecs::PlacementStrategy>& strategy, std::vector<const ServiceTask*> candidates,
                                      std::size_t count) {
  std::vector<std::string> out;
  auto byInstance = [](const ServiceTask& task) { return task.instance; };
  auto byZone = [](const ServiceTask& task) { return task.zone; };
  // Each level prefers a task of the value with most (spread) or fewest (binpack: to empty an instance) tasks.
  struct Level {
    std::function<std::string(const ServiceTask&)> value;
    bool most;
  };
  std::vector<Level> levels;
  for (const auto& one : strategy) {
    if (one.type == "spread" && (one.field == "instanceId" || one.field == "host")) levels.push_back({byInstance, true});
    if (one.type == "spread" && one.field == "attribute:ecs.availability-zone") levels.push_back({byZone, true});
    if (one.type == "binpack") levels.push_back({byInstance, false});
  }
  if (strategy.empty()) levels = {{byZone, true}, {byInstance, true}};
  while (out.size() < count && !candidates.empty()) {
    std::vector<const ServiceTask*> best = candidates;
    // A task that has not started is the first to go.
    std::vector<const ServiceTask*> pending;
    for (const auto* task : best)
      if (task->state == ServiceTask::State::Pending) pending.push_back(task);
    if (!pending.empty()) best = pending;
    for (const Level& level : levels) {
      std::map<std::string, std::size_t> tasks;
      for (const auto* task : candidates) ++tasks[level.value(*task)];
      auto wanted = tasks[level.value(*best.front())];
      for (const auto* task : best) {
        std::size_t n = tasks[level.value(*task)];
        wanted = level.most ? std::max(wanted, n) : std::min(wanted, n);
      }
      std::erase_if(best, [&](const auto* task) { return tasks[level.value(*task)] != wanted; });
    }
    // The youngest of those that are equal.
    const ServiceTask* chosen = *std::max_element(best.begin(), best.end(), [](const auto* a, const auto* b) {
      return std::tie(a->createdAt, a->id) < std::tie(b->createdAt, b->id);
    });
    out.push_back(chosen->id);
    std::erase(candidates, chosen);
  }
  return out;
}

}  // namespace taskpod::controller
