#include "controller/service/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <regex>
#include <set>

#include "taskpod/k8s/names.h"

namespace taskpod::controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using State = ServiceTask::State;

const WallTime kStart = *parseTime("2026-11-25T10:00:00Z");

ecs::CreateService specOf(const std::string& text) {
  auto spec = json::read<ecs::CreateService>(text);
  EXPECT_TRUE(spec) << text << ": " << (spec ? "" : spec.error().message);
  return spec ? *spec : ecs::CreateService{};
}

struct Settings {
  std::string definition = "web:1";
  int desired = 1;
  int minimum = 100, maximum = 200;
  std::string breaker = {};  // JSON, "" for none
  std::string more = {};     // further members of the body, each with a comma before it
  bool daemon = false;
};

std::string bodyOf(const Settings& s) {
  std::string out = R"({"serviceName":"web","taskDefinition":")" + s.definition + "\"";
  if (s.daemon)
    out += R"(,"schedulingStrategy":"DAEMON")";
  else
    out += R"(,"schedulingStrategy":"REPLICA","desiredCount":)" + std::to_string(s.desired);
  out += R"(,"deploymentConfiguration":{"minimumHealthyPercent":)" + std::to_string(s.minimum) + R"(,"maximumPercent":)" +
         std::to_string(s.maximum);
  if (!s.breaker.empty()) out += R"(,"deploymentCircuitBreaker":)" + s.breaker;
  return out + "}" + s.more + "}";
}

bool isHealthy(const ServiceTask& task, WallTime now, seconds healthyAfter) {
  if (task.state != State::Running) return false;
  if (task.hasChecks) return task.checksPass;
  return task.startedAt && now - *task.startedAt >= healthyAfter;
}

// A service, its tasks and a clock. What a plan says is done at once, and a started task is PENDING until the test says more.
class World {
 public:
  explicit World(Settings s) : settings(std::move(s)) {
    object.apiVersion = k8s::kCustomApiVersion;
    object.kind = "Service";
    object.metadata.name = "web";
    object.metadata.namespace_ = "default";
    object.metadata.uid = "2f0e5d7c-8a43-4c0b-9a61-000000000001";
    update();
  }
  void update() {
    object.spec.text = bodyOf(settings);
    spec = specOf(object.spec.text);
    ++object.metadata.generation;
  }
  ServicePlan plan() const {
    ServiceInput input{object, spec, hasDefinition ? settings.definition : "", tasks, instances, now};
    return planService(input);
  }
  // Plans and stores until no deployment begins or ends, as the reconciler does; nothing is started or stopped.
  ServicePlan decide() {
    for (int i = 0; i < 6; ++i) {
      ServicePlan made = plan();
      object.status = made.status;
      if (!made.writeFirst) return made;
    }
    ADD_FAILURE() << "the plan wants its status written again and again";
    return plan();
  }
  // Decides, and does it.
  ServicePlan act() {
    ServicePlan made = decide();
    for (const TaskStop& stop : made.stops) task(stop.id).state = State::Stopping;
    for (const TaskStart& start : made.starts) add(start.instance);
    return made;
  }
  ServiceTask& add(const std::string& instance = "") {
    ServiceTask out;
    out.id = "t" + std::to_string(++made_);
    out.deployment = primary().id;
    out.instance = instance;
    out.createdAt = now;
    return tasks.emplace_back(out);
  }
  ServiceTask& task(const std::string& id) {
    auto found = std::find_if(tasks.begin(), tasks.end(), [&](const auto& one) { return one.id == id; });
    EXPECT_NE(found, tasks.end()) << "no task " << id;
    return found == tasks.end() ? tasks.front() : *found;
  }
  k8s::ServiceDeployment primary() const {
    return object.status.deployments.empty() ? k8s::ServiceDeployment{} : object.status.deployments.front();
  }
  void run(ServiceTask& task) {
    task.state = State::Running;
    task.startedAt = now;
  }
  void fail(ServiceTask& task) {
    task.state = State::Stopped;
    task.failedToStart = !task.startedAt;
    task.stoppedAt = now;
  }
  // Pending tasks run, stopping ones are stopped.
  void progress() {
    for (ServiceTask& one : tasks) {
      if (one.state == State::Pending) run(one);
      if (one.state == State::Stopping) {
        one.state = State::Stopped;
        one.stoppedAt = now;
      }
    }
  }
  // Acts and lets time pass until nothing more is to be done.
  void settle() {
    for (int i = 0; i < 200; ++i) {
      ServicePlan made = act();
      progress();
      now += seconds(41);
      if (made.starts.empty() && made.stops.empty() && i > 2 && live() == running()) return;
    }
  }
  int count(State state) const {
    return static_cast<int>(std::count_if(tasks.begin(), tasks.end(), [&](const auto& one) { return one.state == state; }));
  }
  int running() const { return count(State::Running); }
  int live() const { return static_cast<int>(tasks.size()) - count(State::Stopped); }
  int healthy() const {
    return static_cast<int>(std::count_if(tasks.begin(), tasks.end(), [&](const auto& one) { return isHealthy(one, now, seconds(40)); }));
  }
  int ofDeployment(const std::string& id) const {
    return static_cast<int>(
        std::count_if(tasks.begin(), tasks.end(), [&](const auto& one) { return one.state != State::Stopped && one.deployment == id; }));
  }
  std::vector<std::string> messages() const {
    std::vector<std::string> out;
    for (const auto& event : object.status.events) out.push_back(event.message);
    return out;
  }
  int told(const std::string& message) const {
    auto all = messages();
    return static_cast<int>(std::count(all.begin(), all.end(), message));
  }

  Settings settings;
  k8s::EcsService object;
  ecs::CreateService spec;
  std::vector<ServiceTask> tasks;
  std::vector<std::string> instances;
  WallTime now = kStart;
  bool hasDefinition = true;

 private:
  int made_ = 0;
};

// A service with `desired` healthy tasks whose first deployment is complete.
World steady(Settings settings) {
  World world(std::move(settings));
  world.settle();
  EXPECT_EQ(world.primary().rolloutState, "COMPLETED");
  EXPECT_EQ(world.object.status.deployments.size(), 1u);
  return world;
}

std::set<std::string> idsOf(const std::vector<TaskStop>& stops) {
  std::set<std::string> out;
  for (const auto& stop : stops) out.insert(stop.id);
  return out;
}

// ---- bounds and thresholds

TEST(ServiceBounds, AreTheTwoPercentagesOfTheDesiredCountRoundedUpAndDown) {
  struct Case {
    int desired, minimum, maximum, lower, upper;
  };
  for (const Case& c : {Case{10, 100, 200, 10, 20}, Case{10, 50, 100, 5, 10}, Case{7, 50, 150, 4, 10}, Case{3, 0, 100, 0, 3},
                        Case{1, 50, 150, 1, 1}, Case{5, 100, 120, 5, 6}, Case{4, 100, 120, 4, 4}, Case{3, 33, 133, 1, 3},
                        Case{0, 100, 200, 0, 0}, Case{9, 75, 125, 7, 11}, Case{100'000'000, 100, 200, 100'000'000, 200'000'000}}) {
    Bounds bounds = boundsOf(specOf(bodyOf({.minimum = c.minimum, .maximum = c.maximum})), c.desired);
    EXPECT_EQ(bounds.lower, c.lower) << c.desired << " at " << c.minimum << "/" << c.maximum;
    EXPECT_EQ(bounds.upper, c.upper) << c.desired << " at " << c.minimum << "/" << c.maximum;
  }
}

TEST(ServiceBounds, AreAHundredAndTwoHundredPercentForReplicasThatSayNothing) {
  for (const char* body :
       {R"({"serviceName":"web","desiredCount":5})", R"({"serviceName":"web","desiredCount":5,"deploymentConfiguration":{}})"}) {
    Bounds bounds = boundsOf(specOf(body), 5);
    EXPECT_EQ(bounds.lower, 5);
    EXPECT_EQ(bounds.upper, 10);
  }
}

TEST(ServiceBounds, AreNothingAndAHundredPercentForDaemons) {
  Bounds silent = boundsOf(specOf(R"({"schedulingStrategy":"DAEMON"})"), 4);
  EXPECT_EQ(silent.lower, 0);
  EXPECT_EQ(silent.upper, 4);
  Bounds given = boundsOf(specOf(bodyOf({.minimum = 50, .maximum = 200, .daemon = true})), 4);
  EXPECT_EQ(given.lower, 2);
  EXPECT_EQ(given.upper, 4) << "the maximum of daemons is fixed";
}

TEST(CircuitBreaker, EndsADeploymentAfterAsManyFailuresAsItsThresholdSays) {
  struct Case {
    std::string breaker;
    int desired, threshold;
  };
  const std::string on = R"({"enable":true,"rollback":false})";
  auto with = [](const std::string& type, int value) {
    return R"({"enable":true,"thresholdConfiguration":{"type":")" + type + R"(","value":)" + std::to_string(value) + "}}";
  };
  for (const Case& c : {Case{"", 10, 0}, Case{R"({"enable":false,"rollback":true})", 10, 0}, Case{on, 0, 3}, Case{on, 1, 3}, Case{on, 6, 3},
                        Case{on, 7, 4}, Case{on, 25, 13}, Case{on, 400, 200}, Case{on, 5000, 200}, Case{with("BOUNDED_PERCENT", 10), 10, 3},
                        Case{with("BOUNDED_PERCENT", 10), 101, 11}, Case{with("BOUNDED_PERCENT", 100), 500, 200},
                        Case{with("UNBOUNDED_PERCENT", 50), 1, 1}, Case{with("UNBOUNDED_PERCENT", 50), 1000, 500},
                        Case{with("UNBOUNDED_PERCENT", 25), 10, 3}, Case{with("COUNT", 1), 500, 1}, Case{with("COUNT", 17), 1, 17}})
    EXPECT_EQ(breakerThreshold(specOf(bodyOf({.breaker = c.breaker})), c.desired), c.threshold) << c.breaker << " of " << c.desired;
}

// ---- the first deployment

TEST(ServicePlan, ANewServiceWritesItsDeploymentBeforeItStartsAnything) {
  World world({.desired = 3});
  ServicePlan first = world.plan();
  EXPECT_TRUE(first.writeFirst);
  ASSERT_EQ(first.status.deployments.size(), 1u);
  const auto& deployment = first.status.deployments.front();
  EXPECT_TRUE(std::regex_match(deployment.id, std::regex("ecs-svc/[0-9]{19}"))) << deployment.id;
  EXPECT_EQ(deployment.status, "PRIMARY");
  EXPECT_EQ(deployment.taskDefinition, "web:1");
  EXPECT_EQ(deployment.rolloutState, "IN_PROGRESS");
  EXPECT_EQ(deployment.rolloutStateReason, "ECS deployment " + deployment.id + " in progress.");
  EXPECT_EQ(deployment.desiredCount, 3);
  EXPECT_EQ(deployment.createdAt, formatTime(world.now));
  EXPECT_EQ(first.status.desiredCount, 3);
  EXPECT_EQ(first.status.sequence, 1);
  ServicePlan second = world.decide();
  EXPECT_EQ(second.starts.size(), 3u);
  EXPECT_TRUE(second.stops.empty());
}

TEST(ServicePlan, IsTheSameForTheSameInput) {
  World world({.desired = 3});
  for (int i = 0; i < 8; ++i) {
    ServicePlan one = world.plan(), other = world.plan();
    EXPECT_EQ(one.status, other.status);
    EXPECT_EQ(one.starts.size(), other.starts.size());
    EXPECT_EQ(idsOf(one.stops), idsOf(other.stops));
    EXPECT_EQ(one.wakeAt, other.wakeAt);
    world.act();
    world.progress();
    world.now += seconds(30);
    if (i == 3) {
      world.settings.definition = "web:2";
      world.update();
    }
  }
}

TEST(ServicePlan, GivesADeploymentTheSameIdAgainWhenItsStatusWasNotStored) {
  World world({.desired = 2});
  std::string id = world.plan().status.deployments.front().id;
  world.now += seconds(5);
  EXPECT_EQ(world.plan().status.deployments.front().id, id);
  world.decide();
  EXPECT_EQ(world.primary().id, id);
  world.now += hours(1);
  world.decide();
  EXPECT_EQ(world.primary().id, id);
}

TEST(ServicePlan, StartsNothingForADefinitionThatIsNotThere) {
  World world({.desired = 2});
  world.hasDefinition = false;
  ServicePlan made = world.decide();
  EXPECT_TRUE(made.starts.empty());
  world.hasDefinition = true;
  EXPECT_EQ(world.decide().starts.size(), 2u);
}

TEST(ServicePlan, AServiceOfNoneIsSteadyAtOnce) {
  World world({.desired = 0});
  ServicePlan made = world.act();
  EXPECT_TRUE(made.starts.empty());
  world.act();
  EXPECT_EQ(world.primary().rolloutState, "COMPLETED");
  EXPECT_EQ(world.told("(service web) has reached a steady state."), 1);
}

TEST(ServicePlan, StartsWhatIsMissingAndNoMore) {
  World world({.desired = 5});
  world.act();
  EXPECT_EQ(world.live(), 5);
  EXPECT_TRUE(world.act().starts.empty()) << "pending tasks count";
  world.progress();
  world.now += minutes(1);
  world.act();
  world.tasks[0].state = world.tasks[1].state = State::Stopped;
  world.tasks[0].stoppedAt = world.tasks[1].stoppedAt = world.now;
  EXPECT_EQ(world.act().starts.size(), 2u);
}

TEST(ServicePlan, CountsWhatIsPendingAndRunningForEachDeployment) {
  World world = steady({.desired = 2});
  std::string old = world.primary().id;
  world.settings.definition = "web:2";
  world.update();
  world.act();
  world.decide();
  const auto& status = world.object.status;
  EXPECT_EQ(status.runningCount, 2);
  EXPECT_EQ(status.pendingCount, 2);
  ASSERT_EQ(status.deployments.size(), 2u);
  EXPECT_EQ(status.deployments[0].status, "PRIMARY");
  EXPECT_EQ(status.deployments[0].pendingCount, 2);
  EXPECT_EQ(status.deployments[0].runningCount, 0);
  EXPECT_EQ(status.deployments[1].id, old);
  EXPECT_EQ(status.deployments[1].status, "ACTIVE");
  EXPECT_EQ(status.deployments[1].runningCount, 2);
  EXPECT_EQ(status.deployments[1].taskDefinition, "web:1");
}

// ---- steady state

TEST(SteadyState, IsReachedWhenTheTasksHaveRunForFortySeconds) {
  World world({.desired = 2});
  world.act();
  world.progress();
  ServicePlan made = world.decide();
  EXPECT_EQ(world.primary().rolloutState, "IN_PROGRESS");
  ASSERT_TRUE(made.wakeAt);
  EXPECT_EQ(*made.wakeAt, world.now + seconds(40));
  world.now += seconds(39);
  world.decide();
  EXPECT_EQ(world.primary().rolloutState, "IN_PROGRESS");
  EXPECT_EQ(world.told("(service web) has reached a steady state."), 0);
  world.now += seconds(1);
  world.decide();
  std::string id = world.primary().id;
  EXPECT_EQ(world.primary().rolloutState, "COMPLETED");
  EXPECT_EQ(world.primary().rolloutStateReason, "ECS deployment " + id + " completed.");
  EXPECT_EQ(world.told("(service web) has reached a steady state."), 1);
  EXPECT_EQ(world.told("(service web) (deployment " + id + ") deployment completed."), 1);
  EXPECT_EQ(world.object.status.steadySince, formatTime(world.now));
}

TEST(SteadyState, IsReachedAtOnceWhenChecksPassAndNeverWhileTheyDoNot) {
  World world({.desired = 1});
  world.act();
  world.progress();
  world.tasks[0].hasChecks = true;
  world.now += minutes(5);
  world.decide();
  EXPECT_EQ(world.primary().rolloutState, "IN_PROGRESS") << "its checks have not answered";
  world.tasks[0].checksPass = true;
  world.decide();
  EXPECT_EQ(world.primary().rolloutState, "COMPLETED");
}

TEST(SteadyState, IsToldAgainAboutEverySixHours) {
  World world = steady({.desired = 1});
  const std::string text = "(service web) has reached a steady state.";
  EXPECT_EQ(world.told(text), 1);
  WallTime begin = world.now;
  for (int i = 0; i < 300; ++i) {
    world.now += minutes(1);
    world.decide();
  }
  EXPECT_EQ(world.told(text), 1) << "within five hours";
  ServicePlan made = world.decide();
  ASSERT_TRUE(made.wakeAt) << "time alone changes the plan";
  EXPECT_LE(*made.wakeAt, begin + hours(6) + minutes(1));
  world.now = *made.wakeAt;
  world.decide();
  EXPECT_EQ(world.told(text), 2);
  EXPECT_EQ(world.told("(service web) (deployment " + world.primary().id + ") deployment completed."), 1) << "that is told once";
}

TEST(SteadyState, EndsWhenATaskDiesAndIsToldWhenItIsBack) {
  World world = steady({.desired = 2});
  world.fail(world.tasks[0]);
  world.act();
  EXPECT_EQ(world.object.status.steadySince, "");
  EXPECT_EQ(world.primary().rolloutState, "COMPLETED") << "a dead task is not a deployment";
  world.settle();
  EXPECT_NE(world.object.status.steadySince, "");
  EXPECT_EQ(world.told("(service web) has reached a steady state."), 2);
}

TEST(Events, AreAtMostAHundredNewestFirstWithIdsOfTheirOwn) {
  k8s::ServiceStatus status;
  for (int i = 0; i < 130; ++i) addEvent(status, "uid", "(service web) event " + std::to_string(i), kStart + seconds(i));
  ASSERT_EQ(status.events.size(), 100u);
  EXPECT_EQ(status.events.front().message, "(service web) event 129");
  EXPECT_EQ(status.events.back().message, "(service web) event 30");
  std::set<std::string> ids;
  for (const auto& event : status.events) ids.insert(event.id);
  EXPECT_EQ(ids.size(), 100u);
  EXPECT_GE(status.events.front().createdAt, status.events.back().createdAt);
}

TEST(Events, OfAStateThatLastsAreToldOnceInAWhile) {
  k8s::ServiceStatus status;
  auto tell = [&](int minute) { addEvent(status, "uid", "stuck", kStart + minutes(minute), minutes(5)); };
  tell(0);
  tell(1);
  addEvent(status, "uid", "other", kStart + minutes(2));
  tell(4);
  EXPECT_EQ(status.events.size(), 2u) << "also with another event in between";
  tell(5);
  EXPECT_EQ(status.events.size(), 3u);
  addEvent(status, "uid", "other", kStart + minutes(5));
  EXPECT_EQ(status.events.size(), 4u) << "what does not last is told each time";
}

// ---- rolling

struct Roll {
  int desired, minimum, maximum;
};
class Rolling : public testing::TestWithParam<Roll> {};

TEST_P(Rolling, ReplacesEveryTaskWithinTheBounds) {
  auto [desired, minimum, maximum] = GetParam();
  World world = steady({.desired = desired, .minimum = minimum, .maximum = maximum});
  Bounds bounds = boundsOf(world.spec, desired);
  ASSERT_LT(bounds.lower, bounds.upper) << "a case that can move";
  world.settings.definition = "web:2";
  world.update();
  for (int i = 0; i < 400 && !(world.primary().rolloutState == "COMPLETED" && world.object.status.deployments.size() == 1 && i > 2); ++i) {
    int before = world.healthy();
    ServicePlan made = world.act();
    EXPECT_LE(world.live(), bounds.upper);
    if (!made.stops.empty()) {
      EXPECT_GE(world.healthy(), std::min(before, bounds.lower));
    }
    if (i % 3 == 2) world.progress();
    world.now += seconds(15);
  }
  EXPECT_EQ(world.primary().taskDefinition, "web:2");
  EXPECT_EQ(world.primary().rolloutState, "COMPLETED");
  EXPECT_EQ(world.object.status.deployments.size(), 1u);
  EXPECT_EQ(world.ofDeployment(world.primary().id), desired);
  EXPECT_EQ(world.live(), desired);
}

INSTANTIATE_TEST_SUITE_P(ByPercentages, Rolling,
                         testing::Values(Roll{1, 100, 200}, Roll{2, 100, 200}, Roll{7, 100, 200}, Roll{2, 50, 100}, Roll{5, 50, 100},
                                         Roll{7, 50, 100}, Roll{1, 0, 100}, Roll{3, 0, 100}, Roll{8, 0, 100}, Roll{2, 50, 150},
                                         Roll{3, 50, 150}, Roll{5, 50, 150}, Roll{7, 50, 150}, Roll{9, 50, 150}, Roll{5, 100, 120},
                                         Roll{9, 75, 125}, Roll{10, 100, 110}, Roll{10, 90, 100}, Roll{40, 95, 105}),
                         [](const auto& one) {
                           return std::to_string(one.param.desired) + "At" + std::to_string(one.param.minimum) + "And" +
                                  std::to_string(one.param.maximum);
                         });

TEST(RollingUpdate, StartsAllNewTasksFirstWhereThereIsRoomForThem) {
  World world = steady({.desired = 4});
  world.settings.definition = "web:2";
  world.update();
  ServicePlan made = world.act();
  EXPECT_EQ(made.starts.size(), 4u);
  EXPECT_TRUE(made.stops.empty());
  world.progress();
  world.now += seconds(39);
  EXPECT_TRUE(world.act().stops.empty()) << "the new ones are not healthy yet";
  world.now += seconds(1);
  made = world.act();
  EXPECT_EQ(made.stops.size(), 4u);
  for (const auto& stop : made.stops) {
    EXPECT_EQ(world.task(stop.id).deployment == world.primary().id, false) << "an old one";
    EXPECT_TRUE(stop.reason.starts_with("Scaling activity initiated by (deployment ecs-svc/")) << stop.reason;
  }
}

TEST(RollingUpdate, StopsFirstWhereThereIsNoRoom) {
  World world = steady({.desired = 4, .minimum = 50, .maximum = 100});
  world.settings.definition = "web:2";
  world.update();
  ServicePlan made = world.act();
  EXPECT_TRUE(made.starts.empty());
  EXPECT_EQ(made.stops.size(), 2u);
  EXPECT_TRUE(world.act().starts.empty()) << "a stopping task still has its place";
  world.progress();
  EXPECT_EQ(world.act().starts.size(), 2u);
}

TEST(RollingUpdate, StopsAllAtOnceWhenNoneHasToRun) {
  World world = steady({.desired = 3, .minimum = 0, .maximum = 100});
  world.settings.definition = "web:2";
  world.update();
  EXPECT_EQ(world.act().stops.size(), 3u);
  world.progress();
  EXPECT_EQ(world.act().starts.size(), 3u);
}

TEST(RollingUpdate, UsesBothSidesOfTheBoundsWithAnOddCount) {
  World world = steady({.desired = 5, .minimum = 50, .maximum = 150});
  world.settings.definition = "web:2";
  world.update();
  ServicePlan made = world.act();
  EXPECT_EQ(made.starts.size(), 2u) << "7 at most";
  EXPECT_LE(made.stops.size(), 2u) << "3 at least";
}

TEST(RollingUpdate, ThatCanNeitherStartNorStopSaysSo) {
  for (auto [minimum, maximum] : {std::pair{100, 100}, std::pair{50, 150}, std::pair{100, 150}}) {
    World world = steady({.desired = 1, .minimum = minimum, .maximum = maximum});
    world.settings.definition = "web:2";
    world.update();
    ServicePlan made = world.act();
    EXPECT_TRUE(made.starts.empty() && made.stops.empty());
    EXPECT_EQ(
        world.told("(service web) was unable to stop or start tasks during a deployment because of the service deployment configuration. "
                   "Update the minimumHealthyPercent or maximumPercent value and try again."),
        1)
        << minimum << "/" << maximum;
    world.settings.maximum = 200;
    world.update();
    EXPECT_EQ(world.act().starts.size(), 1u) << "and goes on when it may";
  }
}

TEST(RollingUpdate, StopsPendingOldTasksBeforeHealthyOnes) {
  World world({.desired = 2});
  world.act();
  world.run(world.tasks[0]);
  world.now += minutes(1);
  world.act();
  world.settings.definition = "web:2";
  world.update();
  world.act();
  world.act();
  EXPECT_NE(world.tasks[0].state, State::Stopping) << "the only healthy task of two that there should be";
}

TEST(RollingUpdate, ThatIsOvertakenByAnotherEndsWithTheLast) {
  World world = steady({.desired = 3});
  for (int revision = 2; revision <= 5; ++revision) {
    world.settings.definition = "web:" + std::to_string(revision);
    world.update();
    world.act();
    if (revision % 2) world.progress();
    EXPECT_LE(world.live(), 6);
    world.now += seconds(20);
  }
  EXPECT_EQ(world.object.status.sequence, 5);
  world.settle();
  EXPECT_EQ(world.primary().taskDefinition, "web:5");
  EXPECT_EQ(world.object.status.deployments.size(), 1u);
  EXPECT_EQ(world.ofDeployment(world.primary().id), 3);
  ASSERT_EQ(world.object.status.serviceDeployments.size(), 5u);
  for (const auto& record : world.object.status.serviceDeployments)
    EXPECT_NE(record.finishedAt, "") << record.deployment << " " << record.status;
}

// ---- what begins a deployment (UpdateService)

TEST(DeploymentHash, ChangesWithWhatTheTasksAreMadeOf) {
  World world({.desired = 2});
  std::string before = deploymentHash(world.object);
  for (
      const char* more :
      {R"(,"networkConfiguration":{"awsvpcConfiguration":{"subnets":["subnet-1"]}})", R"(,"platformVersion":"1.4.0")",
       R"(,"loadBalancers":[{"targetGroupArn":"arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/a/1","containerName":"web","containerPort":80}])",
       R"(,"serviceRegistries":[{"registryArn":"arn:aws:servicediscovery:us-east-1:000000000000:service/srv-1"}])",
       R"(,"serviceConnectConfiguration":{"enabled":true})",
       R"(,"volumeConfigurations":[{"name":"data","managedEBSVolume":{"roleArn":"r"}}])",
       R"(,"vpcLatticeConfigurations":[{"roleArn":"r","targetGroupArn":"t","portName":"p"}])"}) {
    world.settings.more = more;
    world.update();
    EXPECT_NE(deploymentHash(world.object), before) << more;
  }
  world.settings.more.clear();
  world.settings.definition = "web:2";
  world.update();
  EXPECT_NE(deploymentHash(world.object), before);
  world.settings.definition = "web:1";
  world.update();
  EXPECT_EQ(deploymentHash(world.object), before);
  world.object.metadata.annotations[std::string(k8s::kForceDeployment)] = "2026-11-25T10:00:00Z";
  EXPECT_NE(deploymentHash(world.object), before) << "forceNewDeployment";
}

TEST(DeploymentHash, StaysWithWhatDoesNotConcernTheTasks) {
  World world({.desired = 2});
  std::string before = deploymentHash(world.object);
  world.settings.desired = 5;
  world.settings.minimum = 0;
  world.settings.maximum = 150;
  world.settings.breaker = R"({"enable":true,"rollback":true})";
  for (const char* more : {R"(,"capacityProviderStrategy":[{"capacityProvider":"FARGATE","weight":1}])",
                           R"(,"availabilityZoneRebalancing":"DISABLED")", R"(,"placementConstraints":[{"type":"distinctInstance"}])",
                           R"(,"placementStrategy":[{"type":"random"}])", R"(,"healthCheckGracePeriodSeconds":30)",
                           R"(,"enableExecuteCommand":true)", R"(,"enableECSManagedTags":true)", R"(,"propagateTags":"SERVICE")"}) {
    world.settings.more = more;
    world.update();
    EXPECT_EQ(deploymentHash(world.object), before) << more;
  }
}

TEST(ServicePlan, AChangedCountStartsAndStopsTasksOfTheSameDeployment) {
  World world = steady({.desired = 2});
  std::string id = world.primary().id;
  world.settings.desired = 5;
  world.update();
  EXPECT_EQ(world.act().starts.size(), 3u);
  EXPECT_EQ(world.primary().id, id);
  EXPECT_EQ(world.object.status.desiredCount, 5);
  world.settle();
  world.settings.desired = 1;
  world.update();
  ServicePlan made = world.act();
  EXPECT_EQ(made.stops.size(), 4u);
  for (const auto& stop : made.stops) EXPECT_EQ(stop.reason, "Scaling activity initiated by (deployment " + id + ")");
  EXPECT_EQ(world.object.status.deployments.size(), 1u);
  EXPECT_EQ(world.object.status.sequence, 1);
}

TEST(ServicePlan, AForcedDeploymentReplacesEveryTask) {
  World world = steady({.desired = 2});
  std::string id = world.primary().id;
  world.object.metadata.annotations[std::string(k8s::kForceDeployment)] = "1";
  world.act();
  EXPECT_NE(world.primary().id, id);
  EXPECT_EQ(world.primary().taskDefinition, "web:1");
  world.settle();
  EXPECT_EQ(world.ofDeployment(id), 0);
  EXPECT_EQ(world.ofDeployment(world.primary().id), 2);
}

TEST(ServicePlan, KeepsTheConfigurationOfADeploymentWithIt) {
  World world({.desired = 1, .more = R"(,"launchType":"EC2","networkConfiguration":{"awsvpcConfiguration":{"subnets":["subnet-1"]}})"});
  world.decide();
  const std::string text = world.primary().configuration.text;
  EXPECT_NE(text.find("subnet-1"), std::string::npos) << text;
  EXPECT_NE(text.find("EC2"), std::string::npos) << text;
  EXPECT_EQ(text, configurationOf(world.object).text);
}

// ---- scale-in

ServiceTask placed(const std::string& id, const std::string& zone, const std::string& instance) {
  ServiceTask out;
  out.id = id;
  out.state = State::Running;
  out.zone = zone;
  out.instance = instance;
  out.createdAt = out.startedAt.emplace(kStart);
  return out;
}

std::vector<std::string> scaledIn(const std::string& strategy, const std::vector<ServiceTask>& tasks, std::size_t count) {
  std::vector<ecs::PlacementStrategy> list;
  for (const auto& one : specOf(R"({"placementStrategy":[)" + strategy + "]}").placementStrategy) list.push_back(one);
  std::vector<const ServiceTask*> candidates;
  for (const auto& task : tasks) candidates.push_back(&task);
  auto out = scaleInOrder(list, candidates, count);
  EXPECT_EQ(out.size(), std::min(count, tasks.size()));
  EXPECT_EQ(std::set<std::string>(out.begin(), out.end()).size(), out.size()) << "each but once";
  return out;
}

// Zone a: i1 with two, i2 with one; zone b: i3 with two.
const std::vector<ServiceTask>& fiveTasks() {
  static const std::vector<ServiceTask> tasks = {placed("a1x", "a", "i1"), placed("a1y", "a", "i1"), placed("a2x", "a", "i2"),
                                                 placed("b3x", "b", "i3"), placed("b3y", "b", "i3")};
  return tasks;
}

TEST(ScaleIn, TakesFromTheFullestZoneThenFromTheFullestInstance) {
  auto first = scaledIn("", fiveTasks(), 1);
  EXPECT_TRUE(first[0] == "a1x" || first[0] == "a1y") << first[0];
  auto three = scaledIn("", fiveTasks(), 3);
  std::multiset<char> zones;
  for (const auto& id : three) zones.insert(id[0]);
  EXPECT_EQ(zones.count('a'), 2u) << "one is left in each zone";
  EXPECT_EQ(zones.count('b'), 1u);
}

TEST(ScaleIn, KeepsTheSpreadOverZones) {
  auto first = scaledIn(R"({"type":"spread","field":"attribute:ecs.availability-zone"})", fiveTasks(), 1);
  EXPECT_EQ(first[0][0], 'a');
  auto chain =
      scaledIn(R"({"type":"spread","field":"attribute:ecs.availability-zone"},{"type":"spread","field":"instanceId"})", fiveTasks(), 1);
  EXPECT_EQ(chain[0].substr(0, 2), "a1");
}

TEST(ScaleIn, KeepsTheSpreadOverInstances) {
  std::vector<ServiceTask> tasks = {placed("1", "a", "i1"), placed("2", "b", "i2"), placed("3", "b", "i2"), placed("4", "b", "i2"),
                                    placed("5", "a", "i3"), placed("6", "a", "i4"), placed("7", "a", "i5")};
  for (const char* field : {"instanceId", "host"}) {
    auto two = scaledIn(R"({"type":"spread","field":")" + std::string(field) + "\"}", tasks, 2);
    EXPECT_TRUE((std::set<std::string>{"2", "3", "4"}).contains(two[0]))
        << field << ": the fullest instance, though its zone is not the fullest";
    EXPECT_TRUE((std::set<std::string>{"2", "3", "4"}).contains(two[1])) << field;
  }
}

TEST(ScaleIn, EmptiesInstancesThatWerePacked) {
  std::vector<ServiceTask> tasks = {placed("1", "a", "i1"), placed("2", "a", "i1"), placed("3", "a", "i1"), placed("4", "a", "i2")};
  for (const char* field : {"cpu", "memory"})
    EXPECT_EQ(scaledIn(R"({"type":"binpack","field":")" + std::string(field) + "\"}", tasks, 1)[0], "4") << field;
}

TEST(ScaleIn, PacksInsideTheFullestZoneWhenSpreadComesFirst) {
  auto first =
      scaledIn(R"({"type":"spread","field":"attribute:ecs.availability-zone"},{"type":"binpack","field":"memory"})", fiveTasks(), 1);
  EXPECT_EQ(first[0], "a2x");
}

TEST(ScaleIn, TakesAnyAtRandom) { scaledIn(R"({"type":"random"})", fiveTasks(), 3); }

TEST(ScaleIn, TakesAllWhenAllAreAskedFor) { scaledIn("", fiveTasks(), 9); }

TEST(ScaleIn, StopsWhatIsPendingBeforeWhatIsNeededToStayHealthy) {
  World world({.desired = 4});
  world.act();
  world.run(world.tasks[1]);
  world.run(world.tasks[3]);
  world.now += minutes(1);
  world.settings.desired = 2;
  world.update();
  world.act();
  EXPECT_EQ(world.tasks[1].state, State::Running);
  EXPECT_EQ(world.tasks[3].state, State::Running);
  EXPECT_EQ(world.count(State::Stopping), 2);
}

TEST(ScaleIn, StopsWhatIsNotHealthyYetBeforeWhatIsNeededToStayHealthy) {
  World world({.desired = 4});
  world.act();
  world.run(world.tasks[2]);
  world.run(world.tasks[3]);
  world.now += minutes(1);
  world.run(world.tasks[0]);
  world.run(world.tasks[1]);
  world.settings.desired = 2;
  world.update();
  world.act();
  EXPECT_EQ(world.healthy(), 2) << "never below the lower bound by a stop of ours";
}

TEST(Protection, KeepsATaskFromScalingInUntilItExpires) {
  World world = steady({.desired = 3});
  WallTime until = world.now + hours(2);
  world.tasks[0].protectedUntil = world.tasks[1].protectedUntil = until;
  world.settings.desired = 1;
  world.update();
  ServicePlan made = world.act();
  EXPECT_EQ(idsOf(made.stops), std::set<std::string>{world.tasks[2].id});
  world.progress();
  made = world.act();
  EXPECT_TRUE(made.stops.empty());
  ASSERT_TRUE(made.wakeAt) << "the end of the protection changes the plan";
  for (int i = 0; i < 50 && made.stops.empty() && made.wakeAt; ++i) {
    ASSERT_LE(*made.wakeAt, until);
    ASSERT_GT(*made.wakeAt, world.now);
    world.now = *made.wakeAt;
    made = world.act();
  }
  EXPECT_EQ(world.now, until);
  EXPECT_EQ(made.stops.size(), 1u);
}

TEST(Protection, KeepsATaskThroughADeployment) {
  World world = steady({.desired = 2});
  world.tasks[0].protectedUntil = world.now + hours(1);
  world.settings.definition = "web:2";
  world.update();
  for (int i = 0; i < 20; ++i) {
    world.act();
    world.progress();
    world.now += seconds(41);
  }
  EXPECT_EQ(world.tasks[0].state, State::Running);
  EXPECT_EQ(world.tasks[1].state, State::Stopped);
  world.now += hours(1);
  world.settle();
  EXPECT_EQ(world.tasks[0].state, State::Stopped);
  EXPECT_EQ(world.object.status.deployments.size(), 1u);
}

// ---- unhealthy tasks, draining instances

TEST(Unhealthy, TasksAreReplacedBeforeTheyAreStoppedWhereThereIsRoom) {
  World world = steady({.desired = 2});
  for (auto& task : world.tasks) task.hasChecks = task.checksPass = true;
  world.tasks[0].checksPass = false;
  world.tasks[0].checksFail = true;
  ServicePlan made = world.act();
  EXPECT_EQ(made.starts.size(), 1u);
  EXPECT_TRUE(made.stops.empty());
  world.progress();
  world.tasks.back().hasChecks = true;
  EXPECT_TRUE(world.act().stops.empty()) << "the new one is not healthy yet";
  world.tasks.back().checksPass = true;
  made = world.act();
  ASSERT_EQ(made.stops.size(), 1u);
  EXPECT_EQ(made.stops[0].id, world.tasks[0].id);
  EXPECT_EQ(made.stops[0].reason, "Task failed container health checks");
  EXPECT_EQ(world.primary().rolloutState, "COMPLETED");
}

TEST(Unhealthy, TasksAreStoppedOneByOneWhereThereIsNoRoom) {
  World world = steady({.desired = 3, .minimum = 100, .maximum = 100});
  for (auto& task : world.tasks) task.hasChecks = task.checksPass = true;
  for (int i : {0, 1}) {
    world.tasks[static_cast<std::size_t>(i)].checksPass = false;
    world.tasks[static_cast<std::size_t>(i)].checksFail = true;
  }
  ServicePlan made = world.act();
  EXPECT_TRUE(made.starts.empty());
  ASSERT_EQ(made.stops.size(), 1u);
  EXPECT_NE(made.stops[0].id, world.tasks[2].id) << "not the healthy one";
  EXPECT_EQ(made.stops[0].reason, "Task failed container health checks");
  world.progress();
  EXPECT_EQ(world.act().starts.size(), 1u);
}

TEST(Unhealthy, TasksAreReplacedFirstAlsoWhenTheLowerBoundWouldLetThemGo) {
  World world = steady({.desired = 2, .minimum = 50, .maximum = 200});
  for (auto& task : world.tasks) task.hasChecks = task.checksPass = true;
  world.tasks[0].checksPass = false;
  world.tasks[0].checksFail = true;
  ServicePlan made = world.act();
  EXPECT_EQ(made.starts.size(), 1u);
  EXPECT_TRUE(made.stops.empty()) << "the maximum allows to start its replacement first";
}

TEST(Unhealthy, ATaskWhoseChecksHaveNotAnsweredIsLeftAlone) {
  World world = steady({.desired = 1});
  world.tasks[0].hasChecks = true;
  ServicePlan made = world.act();
  EXPECT_TRUE(made.starts.empty() && made.stops.empty());
}

TEST(DrainingInstance, LosesItsPendingTasksAtOnce) {
  World world = steady({.desired = 2});
  world.settings.desired = 3;
  world.update();
  world.act();
  ASSERT_EQ(world.tasks.back().state, State::Pending);
  world.tasks.back().instance = "i1";
  world.tasks.back().instanceDrains = true;
  ServicePlan made = world.act();
  EXPECT_EQ(idsOf(made.stops), std::set<std::string>{world.tasks[2].id});
}

TEST(DrainingInstance, KeepsARunningTaskUntilItsReplacementIsHealthy) {
  World world = steady({.desired = 2});
  world.tasks[0].instance = "i1";
  world.tasks[0].instanceDrains = true;
  ServicePlan made = world.act();
  EXPECT_EQ(made.starts.size(), 1u);
  EXPECT_TRUE(made.stops.empty());
  world.progress();
  EXPECT_TRUE(world.act().stops.empty());
  world.now += seconds(40);
  made = world.act();
  EXPECT_EQ(idsOf(made.stops), std::set<std::string>{world.tasks[0].id});
  world.progress();
  made = world.act();
  EXPECT_TRUE(made.starts.empty() && made.stops.empty());
}

TEST(DrainingInstance, LosesARunningTaskFirstWhereThereIsNoRoomAbove) {
  World world = steady({.desired = 2, .minimum = 50, .maximum = 100});
  world.tasks[0].instance = "i1";
  world.tasks[0].instanceDrains = true;
  ServicePlan made = world.act();
  EXPECT_TRUE(made.starts.empty());
  EXPECT_EQ(idsOf(made.stops), std::set<std::string>{world.tasks[0].id});
  world.progress();
  EXPECT_EQ(world.act().starts.size(), 1u);
}

TEST(DrainingInstance, IsFirstToLoseTasksWhenTheServiceShrinks) {
  World world = steady({.desired = 3});
  world.tasks[1].instance = "i1";
  world.tasks[1].instanceDrains = true;
  world.settings.desired = 2;
  world.update();
  EXPECT_EQ(idsOf(world.act().stops), std::set<std::string>{world.tasks[1].id});
}

// ---- circuit breaker

constexpr const char* kRollback = R"({"enable":true,"rollback":true})";
constexpr const char* kNoRollback = R"({"enable":true,"rollback":false})";

// Lets each started task fail before it runs, until the primary deployment changes or ends or `most` have failed. Returns how many did.
int failStarts(World& world, int most) {
  std::string id = world.primary().id;
  int failed = 0;
  for (int i = 0; i < 400; ++i) {
    world.act();
    if (world.primary().id != id || world.primary().rolloutState == "FAILED") break;
    for (auto& task : world.tasks)
      if (task.state == State::Pending && task.deployment == id && failed < most) {
        world.fail(task);
        ++failed;
      }
    if (failed >= most) {
      world.decide();
      break;
    }
    world.now += minutes(1);
  }
  return failed;
}

TEST(CircuitBreaker, EndsADeploymentWhoseTasksDoNotStart) {
  World world = steady({.desired = 1, .breaker = kNoRollback});
  world.settings.definition = "web:2";
  world.update();
  world.decide();
  std::string id = world.primary().id;
  EXPECT_EQ(failStarts(world, 2), 2);
  EXPECT_EQ(world.primary().rolloutState, "IN_PROGRESS") << "two of three";
  EXPECT_EQ(world.primary().failedTasks, 2);
  EXPECT_EQ(failStarts(world, 10), 1);
  EXPECT_EQ(world.primary().id, id);
  EXPECT_EQ(world.primary().rolloutState, "FAILED");
  EXPECT_EQ(world.primary().rolloutStateReason, "ECS deployment circuit breaker: tasks failed to start.");
  EXPECT_EQ(world.primary().failedTasks, 3);
  for (int i = 0; i < 30; ++i) {
    world.now += minutes(1);
    ServicePlan made = world.act();
    EXPECT_TRUE(made.starts.empty()) << "no more launches";
    EXPECT_TRUE(made.stops.empty()) << "what runs is kept";
  }
}

TEST(CircuitBreaker, ThatIsOffLetsADeploymentTryForEver) {
  World world = steady({.desired = 1});
  world.settings.definition = "web:2";
  world.update();
  world.decide();
  EXPECT_EQ(failStarts(world, 20), 20);
  EXPECT_EQ(world.primary().rolloutState, "IN_PROGRESS");
  EXPECT_EQ(world.primary().taskDefinition, "web:2");
}

TEST(CircuitBreaker, RollsBackToTheLastCompleteDeployment) {
  World world = steady({.desired = 2, .breaker = kRollback});
  std::string good = world.primary().id;
  world.settings.definition = "web:2";
  world.update();
  world.decide();
  std::string bad = world.primary().id;
  std::string hash = deploymentHash(world.object);
  EXPECT_EQ(failStarts(world, 100), 4) << "two at a time until three";
  EXPECT_EQ(world.primary().taskDefinition, "web:1");
  EXPECT_NE(world.primary().id, bad);
  EXPECT_EQ(world.object.status.refusedHash, hash);
  std::string rolledBackTo = world.primary().id;
  auto failed = std::find_if(world.object.status.deployments.begin(), world.object.status.deployments.end(),
                             [&](const auto& one) { return one.id == bad; });
  if (failed != world.object.status.deployments.end()) {
    EXPECT_EQ(failed->rolloutState, "FAILED");
    EXPECT_TRUE(failed->rolloutStateReason.starts_with("ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/"))
        << failed->rolloutStateReason;
  }
  world.settle();
  EXPECT_EQ(world.primary().id, rolledBackTo);
  EXPECT_EQ(world.primary().rolloutState, "COMPLETED");
  EXPECT_EQ(world.object.status.deployments.size(), 1u);
  EXPECT_EQ(world.running(), 2);
  for (const auto& task : world.tasks)
    if (task.state == State::Running) {
      EXPECT_NE(task.deployment, bad);
    }
  const auto& records = world.object.status.serviceDeployments;
  auto record = std::find_if(records.begin(), records.end(), [&](const auto& one) { return one.deployment == bad; });
  ASSERT_NE(record, records.end());
  EXPECT_EQ(record->status, "ROLLBACK_SUCCESSFUL");
  EXPECT_EQ(record->failureCount, 4);
  EXPECT_EQ(record->threshold, 3);
  EXPECT_NE(record->finishedAt, "");
  EXPECT_NE(record->rollbackReason, "");
  EXPECT_NE(record->rollbackStartedAt, "");
  auto revision = std::find_if(world.object.status.serviceRevisions.begin(), world.object.status.serviceRevisions.end(),
                               [&](const auto& one) { return one.id == record->rollbackRevision; });
  ASSERT_NE(revision, world.object.status.serviceRevisions.end());
  EXPECT_EQ(revision->taskDefinition, "web:1");
  for (int i = 0; i < 30; ++i) {
    world.now += minutes(10);
    ServicePlan made = world.act();
    EXPECT_TRUE(made.starts.empty()) << "the refused one is not tried again";
    EXPECT_EQ(world.primary().taskDefinition, "web:1");
  }
  world.settings.definition = "web:3";
  world.update();
  EXPECT_FALSE(world.act().starts.empty()) << "another is";
  EXPECT_EQ(world.primary().taskDefinition, "web:3");
  world.settle();
  EXPECT_EQ(world.primary().rolloutState, "COMPLETED");
}

TEST(CircuitBreaker, ARefusedDeploymentIsTriedAgainWhenForced) {
  World world = steady({.desired = 1, .breaker = kRollback});
  world.settings.definition = "web:2";
  world.update();
  world.decide();
  failStarts(world, 100);
  world.settle();
  ASSERT_EQ(world.primary().taskDefinition, "web:1");
  world.object.metadata.annotations[std::string(k8s::kForceDeployment)] = "again";
  EXPECT_EQ(world.act().starts.size(), 1u);
  EXPECT_EQ(world.primary().taskDefinition, "web:2");
  world.settle();
  EXPECT_EQ(world.primary().taskDefinition, "web:2");
  EXPECT_EQ(world.primary().rolloutState, "COMPLETED");
}

TEST(CircuitBreaker, TriesARefusedDefinitionAgainAfterAnotherUpdate) {
  World world = steady({.desired = 1, .breaker = kRollback});
  world.settings.definition = "web:2";
  world.update();
  world.decide();
  failStarts(world, 100);
  world.settle();
  world.settings.definition = "web:1";
  world.update();
  world.settle();
  ASSERT_EQ(world.primary().taskDefinition, "web:1");
  world.settings.definition = "web:2";
  world.update();
  world.act();
  EXPECT_EQ(world.primary().taskDefinition, "web:2") << "UpdateService with another definition starts a deployment";
}

TEST(CircuitBreaker, LeavesTheRecordOfTheLastCompleteDeploymentAloneWhenTheRollbackFailsToo) {
  World world = steady({.desired = 1, .minimum = 0, .maximum = 100, .breaker = kRollback});
  std::string good = world.primary().id;
  world.settings.definition = "web:2";
  world.update();
  world.act();
  std::string bad = world.primary().id;
  ASSERT_NE(good, bad);
  world.progress();
  failStarts(world, 100);
  ASSERT_NE(world.primary().id, bad);
  failStarts(world, 100);
  for (int i = 0; i < 20; ++i) {
    world.now += minutes(1);
    world.act();
    for (auto& task : world.tasks)
      if (task.state == State::Pending) world.fail(task);
  }
  for (const auto& record : world.object.status.serviceDeployments) {
    if (record.deployment == good) {
      EXPECT_EQ(record.status, "SUCCESSFUL");
    }
    if (record.deployment == bad) {
      EXPECT_EQ(record.status, "ROLLBACK_FAILED");
      EXPECT_NE(record.finishedAt, "");
    }
  }
}

TEST(CircuitBreaker, WithoutACompleteDeploymentTheServiceStalls) {
  World world({.desired = 1, .breaker = kRollback});
  world.decide();
  std::string id = world.primary().id;
  EXPECT_EQ(failStarts(world, 100), 3);
  EXPECT_EQ(world.primary().id, id);
  EXPECT_EQ(world.primary().rolloutState, "FAILED");
  for (int i = 0; i < 30; ++i) {
    world.now += minutes(1);
    EXPECT_TRUE(world.act().starts.empty());
  }
  world.settings.desired = 4;
  world.update();
  EXPECT_TRUE(world.act().starts.empty()) << "nor for a greater count";
  world.settings.definition = "web:2";
  world.update();
  EXPECT_EQ(world.act().starts.size(), 4u) << "an update is tried";
  EXPECT_EQ(world.primary().rolloutState, "IN_PROGRESS");
}

TEST(CircuitBreaker, DoesNotCountFailedStartsOnceATaskRuns) {
  World world = steady({.desired = 4, .breaker = R"({"enable":true,"rollback":true,"thresholdConfiguration":{"type":"COUNT","value":3}})"});
  world.settings.definition = "web:2";
  world.update();
  world.act();
  std::string id = world.primary().id;
  for (auto& task : world.tasks)
    if (task.deployment == id) {
      world.run(task);
      break;
    }
  world.act();
  for (auto& task : world.tasks)
    if (task.state == State::Pending) world.fail(task);
  world.decide();
  EXPECT_EQ(world.primary().id, id);
  EXPECT_EQ(world.primary().rolloutState, "IN_PROGRESS");
}

// Each task that runs fails its checks and is stopped for it.
void failChecks(World& world, int most) {
  std::string id = world.primary().id;
  int failed = 0;
  for (int i = 0; i < 200 && failed < most && world.primary().id == id && world.primary().rolloutState != "FAILED"; ++i) {
    world.act();
    for (auto& task : world.tasks)
      if (task.state == State::Pending && task.deployment == id && failed < most) {
        world.run(task);
        task.hasChecks = true;
        world.decide();
        task.state = State::Stopped;
        task.failedChecks = true;
        task.stoppedAt = world.now;
        ++failed;
        world.decide();
      }
    world.now += minutes(1);
  }
}

TEST(CircuitBreaker, CountsTasksThatWereReplacedForTheirChecks) {
  World world = steady({.desired = 1, .breaker = kNoRollback});
  world.settings.definition = "web:2";
  world.update();
  world.act();
  failChecks(world, 2);
  EXPECT_EQ(world.primary().rolloutState, "IN_PROGRESS");
  failChecks(world, 1);
  EXPECT_EQ(world.primary().rolloutState, "FAILED");
  EXPECT_TRUE(world.primary().rolloutStateReason.starts_with("ECS deployment circuit breaker: ")) << world.primary().rolloutStateReason;
}

TEST(CircuitBreaker, StartsCountingAnewWithAHealthyTaskUnlessToldNotTo) {
  for (bool reset : {true, false}) {
    World world = steady({.desired = 2,
                          .breaker = std::string(R"({"enable":true,"rollback":false,"resetOnHealthyTask":)") + (reset ? "true" : "false") +
                                     R"(,"thresholdConfiguration":{"type":"COUNT","value":3}})"});
    world.settings.definition = "web:2";
    world.update();
    world.act();
    std::string id = world.primary().id;
    failChecks(world, 2);
    ASSERT_EQ(world.primary().rolloutState, "IN_PROGRESS");
    world.act();
    world.now += minutes(1);
    auto pending = std::find_if(world.tasks.begin(), world.tasks.end(),
                                [&](const auto& one) { return one.state == State::Pending && one.deployment == id; });
    ASSERT_NE(pending, world.tasks.end());
    world.run(*pending);
    pending->hasChecks = pending->checksPass = true;
    world.act();
    world.now += minutes(1);
    failChecks(world, 1);
    EXPECT_EQ(world.primary().rolloutState, reset ? "IN_PROGRESS" : "FAILED") << "the third failure, one healthy task in between";
  }
}

TEST(CircuitBreaker, WatchesDeploymentsOnly) {
  World world = steady({.desired = 2, .breaker = kRollback});
  std::string id = world.primary().id;
  for (auto& task : world.tasks) world.fail(task);
  for (int i = 0; i < 60; ++i) {
    world.act();
    for (auto& task : world.tasks)
      if (task.state == State::Pending) world.fail(task);
    world.now += minutes(1);
  }
  EXPECT_EQ(world.primary().id, id);
  EXPECT_EQ(world.primary().rolloutState, "COMPLETED") << "the deployment was complete long before";
  world.now += minutes(16);
  EXPECT_FALSE(world.act().starts.empty()) << "the service goes on trying";
}

// ---- throttling

TEST(Throttling, WaitsLongerWithEachTaskThatDoesNotStartUpToAQuarterOfAnHour) {
  World world({.desired = 1});
  const std::string text = "(service web) is unable to consistently start tasks successfully.";
  std::vector<WallTime> startedAt;
  for (int i = 0; i < 3000 && startedAt.size() < 25; ++i) {
    ServicePlan made = world.act();
    if (!made.starts.empty()) {
      startedAt.push_back(world.now);
      for (auto& task : world.tasks)
        if (task.state == State::Pending) world.fail(task);
      continue;
    }
    ASSERT_TRUE(made.wakeAt) << "waits for time alone";
    ASSERT_GT(*made.wakeAt, world.now);
    world.now = *made.wakeAt;
  }
  ASSERT_EQ(startedAt.size(), 25u);
  std::vector<std::chrono::nanoseconds> waits;
  for (std::size_t i = 1; i < startedAt.size(); ++i) waits.push_back(startedAt[i] - startedAt[i - 1]);
  for (std::size_t i = 1; i < waits.size(); ++i) EXPECT_GE(waits[i], waits[i - 1]) << i;
  EXPECT_LE(waits.front(), minutes(1));
  EXPECT_LE(waits.back(), minutes(15));
  EXPECT_GE(waits.back(), minutes(10));
  EXPECT_GE(world.told(text), 1);
}

TEST(Throttling, AlsoConcernsAServiceThatRanBefore) {
  for (const char* breaker : {"", kRollback}) {
    World world = steady({.desired = 2, .breaker = breaker});
    world.fail(world.tasks[0]);
    int starts = 0;
    for (int i = 0; i < 120; ++i) {
      starts += static_cast<int>(world.act().starts.size());
      for (auto& task : world.tasks)
        if (task.state == State::Pending) world.fail(task);
      world.now += seconds(5);
    }
    EXPECT_LT(starts, 20) << "in ten minutes, with the breaker '" << breaker << "'";
    EXPECT_GE(world.told("(service web) is unable to consistently start tasks successfully."), 1);
  }
}

TEST(Throttling, EndsWithAnUpdate) {
  World world({.desired = 1});
  world.decide();
  failStarts(world, 15);
  ASSERT_TRUE(world.act().starts.empty()) << "it waits";
  world.settings.definition = "web:2";
  world.update();
  EXPECT_EQ(world.act().starts.size(), 1u);
}

TEST(Throttling, DoesNotConcernTasksThatRanAndEnded) {
  World world({.desired = 1});
  for (int i = 0; i < 20; ++i) {
    ServicePlan made = world.act();
    ASSERT_EQ(made.starts.size(), 1u) << i;
    world.progress();
    world.now += minutes(2);
    world.decide();
    for (auto& task : world.tasks)
      if (task.state == State::Running) {
        task.state = State::Stopped;
        task.stoppedAt = world.now;
      }
  }
}

TEST(Throttling, EndsWhenATaskRuns) {
  World world({.desired = 1});
  world.decide();
  failStarts(world, 12);
  world.now += minutes(16);
  ASSERT_EQ(world.act().starts.size(), 1u);
  world.progress();
  world.now += minutes(1);
  world.decide();
  world.settings.desired = 3;
  world.update();
  EXPECT_EQ(world.act().starts.size(), 2u);
}

// ---- daemons

std::map<std::string, int> perInstance(const World& world) {
  std::map<std::string, int> out;
  for (const auto& task : world.tasks)
    if (task.state != State::Stopped) ++out[task.instance];
  return out;
}

TEST(Daemon, HasOneTaskOnEachInstance) {
  World world({.minimum = 0, .maximum = 100, .daemon = true});
  world.instances = {"i1", "i2", "i3"};
  world.act();
  EXPECT_EQ(perInstance(world), (std::map<std::string, int>{{"i1", 1}, {"i2", 1}, {"i3", 1}}));
  EXPECT_EQ(world.object.status.desiredCount, 3);
  world.settle();
  EXPECT_EQ(world.primary().rolloutState, "COMPLETED");
  world.instances.push_back("i4");
  ServicePlan made = world.act();
  ASSERT_EQ(made.starts.size(), 1u);
  EXPECT_EQ(made.starts[0].instance, "i4");
}

TEST(Daemon, ThatIsDeletedStopsAllAndStartsNone) {
  World world({.minimum = 0, .maximum = 100, .daemon = true});
  world.instances = {"i1", "i2"};
  world.settle();
  world.object.metadata.annotations["ecs.taskpod.io/deleted-at"] = formatTime(world.now);
  ServicePlan made = world.act();
  EXPECT_EQ(made.stops.size(), 2u);
  EXPECT_TRUE(made.starts.empty());
  EXPECT_EQ(world.object.status.status, "DRAINING");
  world.settle();
  EXPECT_EQ(world.object.status.status, "INACTIVE");
}

TEST(Daemon, StopsTheTaskOfAnInstanceThatNoLongerMatches) {
  World world({.minimum = 0, .maximum = 100, .daemon = true});
  world.instances = {"i1", "i2"};
  world.settle();
  world.instances = {"i2"};
  auto& lost = *std::find_if(world.tasks.begin(), world.tasks.end(), [](const auto& one) { return one.instance == "i1"; });
  lost.instanceMatches = false;
  ServicePlan made = world.act();
  EXPECT_EQ(idsOf(made.stops), std::set<std::string>{lost.id});
  EXPECT_TRUE(made.starts.empty());
  EXPECT_EQ(world.object.status.desiredCount, 1);
}

TEST(Daemon, ReplacesATaskThatEndedOnItsInstance) {
  World world({.minimum = 0, .maximum = 100, .daemon = true});
  world.instances = {"i1", "i2"};
  world.settle();
  world.fail(world.tasks[0]);
  ServicePlan made = world.act();
  ASSERT_EQ(made.starts.size(), 1u);
  EXPECT_EQ(made.starts[0].instance, world.tasks[0].instance);
}

TEST(Daemon, RollsByStoppingFirstAndNeverHasTwoOnAnInstance) {
  for (int minimum : {0, 50}) {
    World world({.minimum = minimum, .maximum = 100, .daemon = true});
    world.instances = {"i1", "i2", "i3", "i4"};
    world.settle();
    world.settings.definition = "web:2";
    world.update();
    ServicePlan made = world.act();
    EXPECT_TRUE(made.starts.empty()) << "each instance has its task still";
    EXPECT_EQ(made.stops.size(), minimum ? 2u : 4u);
    for (int i = 0; i < 40; ++i) {
      for (const auto& [instance, count] : perInstance(world)) EXPECT_EQ(count, 1) << instance;
      if (minimum) {
        EXPECT_GE(world.healthy(), 2);
      }
      if (i % 2) world.progress();
      world.now += seconds(20);
      world.act();
    }
    EXPECT_EQ(world.primary().rolloutState, "COMPLETED");
    EXPECT_EQ(world.object.status.deployments.size(), 1u);
    EXPECT_EQ(world.ofDeployment(world.primary().id), 4);
  }
}

TEST(Daemon, IsSteadyWithoutInstances) {
  World world({.minimum = 0, .maximum = 100, .daemon = true});
  world.settle();
  EXPECT_EQ(world.primary().rolloutState, "COMPLETED");
  EXPECT_EQ(world.object.status.desiredCount, 0);
  EXPECT_EQ(world.live(), 0);
}

// ---- the end

TEST(DeletedService, DrainsAndIsInactiveWhenItsTasksAreGone) {
  World world = steady({.desired = 3});
  world.object.metadata.annotations[std::string(k8s::kDeletedAt)] = formatTime(world.now);
  ServicePlan made = world.act();
  EXPECT_EQ(made.status.status, "DRAINING");
  EXPECT_EQ(made.stops.size(), 3u);
  EXPECT_TRUE(made.starts.empty());
  made = world.act();
  EXPECT_EQ(made.status.status, "DRAINING") << "its tasks are stopping";
  EXPECT_TRUE(made.stops.empty()) << "once is enough";
  world.progress();
  made = world.act();
  EXPECT_EQ(made.status.status, "INACTIVE");
  EXPECT_EQ(made.status.runningCount, 0);
  EXPECT_EQ(made.status.desiredCount, 0);
  for (int i = 0; i < 5; ++i) {
    world.now += minutes(5);
    made = world.act();
    EXPECT_EQ(made.status.status, "INACTIVE");
    EXPECT_TRUE(made.starts.empty() && made.stops.empty());
  }
}

TEST(DeletedService, WithoutTasksIsInactiveAtOnce) {
  World world = steady({.desired = 0});
  world.object.metadata.annotations[std::string(k8s::kDeletedAt)] = formatTime(world.now);
  EXPECT_EQ(world.act().status.status, "INACTIVE");
}

TEST(DeletedService, IsNotSavedByAnUpdateOrADeploymentThatWasUnderWay) {
  World world = steady({.desired = 2});
  world.settings.definition = "web:2";
  world.update();
  world.act();
  world.object.metadata.annotations[std::string(k8s::kDeletedAt)] = formatTime(world.now);
  ServicePlan made = world.act();
  EXPECT_EQ(made.stops.size(), 4u);
  EXPECT_TRUE(made.starts.empty());
  world.progress();
  EXPECT_EQ(world.act().status.status, "INACTIVE");
  for (const auto& record : world.object.status.serviceDeployments) EXPECT_NE(record.finishedAt, "") << record.status << " for ever";
}

// ---- ids, order, history

TEST(ServicePlan, NumbersItsDeploymentsAndNeverUsesAnIdTwice) {
  World world({.desired = 1});
  std::set<std::string> ids;
  for (int revision = 1; revision <= 6; ++revision) {
    world.settings.definition = "web:" + std::to_string(revision % 2 + 1);
    world.object.metadata.annotations[std::string(k8s::kForceDeployment)] = std::to_string(revision);
    world.update();
    world.settle();
    EXPECT_TRUE(ids.insert(world.primary().id).second) << world.primary().id;
    EXPECT_TRUE(std::regex_match(world.primary().id, std::regex("ecs-svc/[0-9]{19}"))) << world.primary().id;
    EXPECT_EQ(world.object.status.sequence, revision);
  }
  World other({.desired = 1});
  other.object.metadata.uid = "2f0e5d7c-8a43-4c0b-9a61-000000000002";
  other.decide();
  EXPECT_FALSE(ids.contains(other.primary().id)) << "another service has other ids";
}

TEST(ServicePlan, IsBackAtTheFirstDefinitionWithANewDeployment) {
  World world = steady({.desired = 1});
  std::string first = world.primary().id;
  for (const char* definition : {"web:2", "web:1"}) {
    world.settings.definition = definition;
    world.update();
    world.settle();
  }
  EXPECT_NE(world.primary().id, first);
  EXPECT_EQ(world.primary().taskDefinition, "web:1");
  EXPECT_EQ(world.object.status.sequence, 3);
}

TEST(History, TellsWhatEachDeploymentReplacedAndHowItEnded) {
  World world({.desired = 1, .breaker = kNoRollback});
  world.decide();
  {
    const auto& status = world.object.status;
    ASSERT_EQ(status.serviceDeployments.size(), 1u);
    const auto& record = status.serviceDeployments[0];
    EXPECT_EQ(record.deployment, world.primary().id);
    EXPECT_EQ(record.status, "IN_PROGRESS");
    EXPECT_EQ(record.sourceRevision, "");
    EXPECT_EQ(record.finishedAt, "");
    EXPECT_EQ(record.createdAt, formatTime(kStart));
    EXPECT_EQ(record.threshold, 3);
    EXPECT_NE(record.id, "");
    ASSERT_EQ(status.serviceRevisions.size(), 1u);
    EXPECT_EQ(status.serviceRevisions[0].id, record.revision);
    EXPECT_TRUE(std::regex_match(record.revision, std::regex("[0-9]+"))) << record.revision;
    EXPECT_EQ(status.serviceRevisions[0].taskDefinition, "web:1");
    EXPECT_EQ(status.serviceRevisions[0].configuration, configurationOf(world.object));
  }
  world.settle();
  EXPECT_EQ(world.object.status.serviceDeployments[0].status, "SUCCESSFUL");
  EXPECT_NE(world.object.status.serviceDeployments[0].finishedAt, "");
  world.settings.definition = "web:2";
  world.update();
  world.settle();
  const auto& status = world.object.status;
  ASSERT_EQ(status.serviceDeployments.size(), 2u);
  ASSERT_EQ(status.serviceRevisions.size(), 2u);
  EXPECT_EQ(status.serviceDeployments[0].status, "SUCCESSFUL");
  EXPECT_EQ(status.serviceDeployments[0].sourceRevision, status.serviceDeployments[1].revision);
  EXPECT_EQ(status.serviceRevisions[0].taskDefinition, "web:2") << "newest first";
  EXPECT_NE(status.serviceDeployments[0].id, status.serviceDeployments[1].id);
  EXPECT_NE(status.serviceRevisions[0].id, status.serviceRevisions[1].id);
}

TEST(History, OfManyDeploymentsDoesNotGrowForEver) {
  World world({.desired = 0});
  for (int i = 0; i < 300; ++i) {
    world.object.metadata.annotations[std::string(k8s::kForceDeployment)] = std::to_string(i);
    world.now += minutes(1);
    world.act();
    world.act();
  }
  EXPECT_EQ(world.object.status.sequence, 300);
  EXPECT_LE(world.object.status.serviceDeployments.size(), 200u) << "an object of the API has at most 1.5 MB";
  EXPECT_LE(world.object.status.serviceRevisions.size(), 200u);
  EXPECT_EQ(world.object.status.serviceDeployments.front().deployment, world.primary().id);
  EXPECT_EQ(world.object.status.deployments.size(), 1u);
}

// ---- a world by chance

struct Chance {
  explicit Chance(std::uint64_t seed) : engine(seed) {}
  std::uint64_t below(std::uint64_t end) { return engine() % end; }
  bool oneIn(std::uint64_t n) { return below(n) == 0; }
  template <class T>
  const T& of(const std::vector<T>& list) {
    return list[below(list.size())];
  }
  std::mt19937_64 engine;
};

// Time passes, tasks start or do not, nodes drain, the spec changes, and a controller that is killed now and then looks after it all.
class RandomWorld {
 public:
  explicit RandomWorld(std::uint64_t seed) : chance_(seed), world_(settings()) {
    for (int i = 0; i < 5; ++i) nodes_.push_back("i" + std::to_string(i));
    refreshInstances();
    if (world_.settings.daemon) world_.settings.minimum = static_cast<int>(chance_.below(2) * 50), world_.settings.maximum = 100;
    world_.update();
  }

  void run() {
    for (int i = 0; i < 150 && !testing::Test::HasFailure(); ++i) {
      disturb();
      reconcile(false);
    }
    rest();
  }

 private:
  Settings settings() {
    Settings out;
    out.daemon = chance_.oneIn(5);
    percentages(out);
    out.desired = static_cast<int>(chance_.below(7));
    out.breaker = chance_.of<std::string>(
        {"", kRollback, kNoRollback,
         R"({"enable":true,"rollback":true,"resetOnHealthyTask":false,"thresholdConfiguration":{"type":"COUNT","value":2}})"});
    return out;
  }
  void percentages(Settings& out) {
    auto [minimum, maximum] =
        chance_.of<std::pair<int, int>>({{100, 200}, {50, 100}, {0, 100}, {50, 150}, {100, 150}, {75, 125}, {0, 200}});
    out.minimum = minimum;
    out.maximum = maximum;
  }
  Bounds bounds() const { return boundsOf(world_.spec, world_.settings.desired); }

  void disturb() {
    switch (chance_.below(14)) {
      case 0: return changeSpec();
      case 1: return drain();
      case 2:
      case 3: world_.now += seconds(chance_.below(60)); return;
      case 4: world_.now += minutes(chance_.below(20)); return forget();
      default: return moveTask();
    }
  }
  void changeSpec() {
    Settings& s = world_.settings;
    switch (chance_.below(5)) {
      case 0: s.definition = "web:" + std::to_string(++revision_); break;
      case 1: s.definition = "web:" + std::to_string(1 + chance_.below(static_cast<std::uint64_t>(revision_))); break;
      case 2: world_.object.metadata.annotations[std::string(k8s::kForceDeployment)] = std::to_string(++forced_); break;
      case 3: s.desired = static_cast<int>(chance_.below(7)); break;
      default:
        if (!s.daemon) percentages(s);
    }
    failing_ = chance_.oneIn(3);
    world_.update();
  }
  void drain() {
    const std::string& node = chance_.of(nodes_);
    if (!draining_.erase(node)) draining_.insert(node);
    refreshInstances();
  }
  void refreshInstances() {
    world_.instances.clear();
    if (world_.settings.daemon)
      for (const auto& node : nodes_)
        if (!draining_.contains(node)) world_.instances.push_back(node);
    for (auto& task : world_.tasks) task.instanceDrains = draining_.contains(task.instance);
  }
  void moveTask() {
    std::vector<ServiceTask*> live;
    for (auto& task : world_.tasks)
      if (task.state != State::Stopped) live.push_back(&task);
    if (live.empty()) return;
    ServiceTask& task = *chance_.of(live);
    if (task.state == State::Stopping || chance_.oneIn(20)) {
      task.stoppedAt = world_.now;
      task.failedToStart = task.state == State::Pending;
      task.state = State::Stopped;
    } else if (task.state == State::Pending) {
      if (failing_ && !chance_.oneIn(5)) return world_.fail(task);
      world_.run(task);
    } else if (task.hasChecks) {
      task.checksPass = !chance_.oneIn(4);
      task.checksFail = !task.checksPass;
    } else if (chance_.oneIn(6)) {
      task.protectedUntil = world_.now + minutes(chance_.below(120));
    }
  }
  // Pods that stopped an hour ago are removed.
  void forget() {
    std::erase_if(world_.tasks, [&](const auto& one) { return one.state == State::Stopped && world_.now - *one.stoppedAt > hours(1); });
  }

  // What a controller does with a plan. It may be killed after any write: the rest of the plan, the status with it, is lost.
  ServicePlan reconcile(bool calm) {
    ServicePlan plan = world_.plan();
    check(plan);
    Bounds then = bounds();
    auto generation = world_.object.metadata.generation;
    bool late = !calm && chance_.oneIn(5);
    if (late)
      for (auto n = 1 + chance_.below(3); n; --n) disturb();
    bool killed = !calm && chance_.oneIn(8);
    std::uint64_t writes = killed ? chance_.below(plan.stops.size() + plan.starts.size() + 1) : ~0ull;
    if (!plan.writeFirst) {
      for (const auto& stop : plan.stops) {
        if (!writes--) return plan;
        if (calm || !chance_.oneIn(15)) stopTask(stop);
      }
      for (const auto& start : plan.starts) {
        if (!writes--) return plan;
        if (calm || !chance_.oneIn(15)) startTask(start, plan, std::max(then.upper, bounds().upper));
      }
    }
    if (killed) return plan;
    if (generation == world_.object.metadata.generation) world_.object.status = plan.status;  // else a conflict
    return plan;
  }
  void stopTask(const TaskStop& stop) {
    for (auto& task : world_.tasks)
      if (task.id == stop.id && (task.state == State::Pending || task.state == State::Running)) task.state = State::Stopping;
  }
  void startTask(const TaskStart& start, const ServicePlan& plan, int upper) {
    ServiceTask& task = world_.add(start.instance.empty() ? free() : start.instance);
    task.deployment = plan.status.deployments.front().id;
    task.zone = task.instance == "i0" ? "a" : "b";
    task.hasChecks = chance_.oneIn(2);
    if (!world_.settings.daemon) {
      EXPECT_LE(world_.live(), upper) << "more than the upper bound";
    }
    refreshInstances();
  }
  std::string free() {
    std::vector<std::string> nodes;
    for (const auto& node : nodes_)
      if (!draining_.contains(node)) nodes.push_back(node);
    return nodes.empty() ? "" : chance_.of(nodes);
  }

  void check(const ServicePlan& plan) {
    Bounds limits = bounds();
    if (world_.settings.daemon) limits = boundsOf(world_.spec, static_cast<int>(world_.instances.size()));
    std::map<std::string, const ServiceTask*> byId;
    std::map<std::string, int> on;
    for (const auto& task : world_.tasks) {
      byId[task.id] = &task;
      if (task.state != State::Stopped) ++on[task.instance];
    }
    int healthy = world_.healthy(), lost = 0;
    std::set<std::string> stopped;
    for (const auto& stop : plan.stops) {
      ASSERT_TRUE(byId.contains(stop.id)) << "a stop of a task that is not there";
      const ServiceTask& task = *byId[stop.id];
      EXPECT_TRUE(stopped.insert(stop.id).second) << "stopped twice in one plan";
      EXPECT_TRUE(task.state == State::Pending || task.state == State::Running) << "a stop of what is stopping";
      EXPECT_NE(stop.reason, "");
      lost += isHealthy(task, world_.now, seconds(40));
    }
    // An instance that drains or matches no more takes its daemon's task with it, and the desired count too.
    if (lost && !world_.settings.daemon) {
      EXPECT_GE(healthy - lost, limits.lower) << "stopped below the lower bound";
    }
    if (!plan.starts.empty()) {
      ASSERT_FALSE(plan.status.deployments.empty());
      const auto& primary = plan.status.deployments.front();
      EXPECT_EQ(primary.status, "PRIMARY");
      EXPECT_NE(primary.rolloutState, "FAILED") << "a start for a deployment that failed";
      for (const auto& record : plan.status.serviceDeployments)
        if (record.deployment == primary.id) {
          EXPECT_FALSE(record.status.starts_with("ROLLBACK")) << "a start for a deployment that was refused";
        }
      if (!world_.settings.daemon) {
        EXPECT_LE(world_.live() + static_cast<int>(plan.starts.size()), limits.upper) << "starts above the upper bound";
      }
    }
    for (const auto& start : plan.starts) EXPECT_EQ(start.instance.empty(), !world_.settings.daemon);
    for (const auto& start : plan.starts)
      if (!start.instance.empty()) {
        EXPECT_EQ(on[start.instance]++, 0) << "two daemons on " << start.instance;
      }
    if (plan.wakeAt) {
      EXPECT_GT(*plan.wakeAt, world_.now) << "wakes in the past";
    }
    EXPECT_LE(plan.status.events.size(), 100u);
    EXPECT_GE(plan.status.sequence, world_.object.status.sequence);
    int primaries = 0;
    for (const auto& deployment : plan.status.deployments) primaries += deployment.status == "PRIMARY";
    EXPECT_LE(primaries, 1);
  }

  // Nothing is disturbed any more and every start succeeds: only time passes, and only as far as the plan says that it must.
  void rest() {
    if (testing::Test::HasFailure()) return;
    failing_ = false;
    if (!world_.settings.daemon && bounds().lower == bounds().upper) {
      world_.settings.minimum = 100, world_.settings.maximum = 200;
      world_.update();
    }
    draining_.clear();
    refreshInstances();
    int quiet = 0, i = 0;
    for (; i < 3000 && quiet < 3 && !testing::Test::HasFailure(); ++i) {
      bool moved = false;
      for (auto& task : world_.tasks) {
        moved = moved || task.state == State::Pending || task.state == State::Stopping ||
                (task.state == State::Running && task.hasChecks && !task.checksPass && !task.checksFail);
        if (task.state == State::Running && task.hasChecks && !task.checksFail) task.checksPass = true;
      }
      world_.progress();
      auto before = world_.object.status;
      ServicePlan plan = reconcile(true);
      moved = moved || plan.writeFirst || !plan.starts.empty() || !plan.stops.empty() || (!ended() && !(before == world_.object.status));
      if (moved) {
        quiet = 0;
        continue;
      }
      if (ended() || !plan.wakeAt) ++quiet;
      if (plan.wakeAt) world_.now = *plan.wakeAt;
      forget();
    }
    EXPECT_LT(i, 3000) << "never comes to rest: " << json::write(world_.object) << " at " << formatTime(world_.now);
    if (!testing::Test::HasFailure()) expectEnded();
  }
  bool isStalled() const { return world_.primary().rolloutState == "FAILED"; }
  bool ended() const {
    return isStalled() || (world_.primary().rolloutState == "COMPLETED" && world_.object.status.deployments.size() == 1 &&
                           !world_.object.status.steadySince.empty());
  }
  void expectEnded() const {
    const auto& status = world_.object.status;
    for (const auto& record : status.serviceDeployments)
      EXPECT_NE(record.finishedAt, "") << "deployment " << record.deployment << " is " << record.status << " for ever";
    if (isStalled()) return;
    int desired = world_.settings.daemon ? static_cast<int>(world_.instances.size()) : world_.settings.desired;
    EXPECT_EQ(world_.primary().rolloutState, "COMPLETED");
    EXPECT_EQ(status.deployments.size(), 1u);
    EXPECT_EQ(status.desiredCount, desired);
    EXPECT_EQ(status.runningCount, desired);
    EXPECT_EQ(status.pendingCount, 0);
    EXPECT_EQ(world_.live(), desired);
    EXPECT_EQ(world_.ofDeployment(world_.primary().id), desired) << "old tasks are left";
    EXPECT_EQ(world_.healthy(), desired);
    EXPECT_NE(status.steadySince, "");
  }

  Chance chance_;
  World world_;
  std::vector<std::string> nodes_;
  std::set<std::string> draining_;
  int revision_ = 1, forced_ = 0;
  bool failing_ = false;
};

TEST(ServicePlan, KeepsItsPromisesInEveryWorldAndComesToRest) {
  int rounds = std::getenv("TASKPOD_PROPERTY_ROUNDS") ? std::atoi(std::getenv("TASKPOD_PROPERTY_ROUNDS")) : 1000;
  for (int seed = 1; seed <= rounds && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomWorld(static_cast<std::uint64_t>(seed)).run();
  }
}

}  // namespace
}  // namespace taskpod::controller
