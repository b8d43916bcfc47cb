#include <gtest/gtest.h>

#include "controller/task_reconciler.h"
#include "tests/support/documents.h"

namespace taskpod::controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Kind = TaskAction::Kind;

const WallTime kNow = *parseTime("2026-11-25T10:00:00Z");

struct PodText {
  std::string createdBy = "run-task";
  std::string annotations = {};  // JSON members
  std::string node = "n1";
  std::string status = R"({"phase":"Pending"})";
  std::string containers = R"([{"name":"web","image":"nginx"}])";
};

k8s::Pod podOf(const PodText& text) {
  std::string labels = text.createdBy.empty() ? "" : R"("ecs.taskpod.io/created-by":")" + text.createdBy + "\"";
  auto pod = json::read<k8s::Pod>(
      R"({"metadata":{"name":"p","namespace":"default","uid":"11111111-2222-3333-4444-555555555555","creationTimestamp":"2026-11-25T08:00:00Z","labels":{)" +
      labels + R"(},"annotations":{)" + text.annotations + R"(}},"spec":{"nodeName":")" + text.node +
      R"(","restartPolicy":"Never","containers":)" + text.containers + R"(},"status":)" + text.status + "}");
  EXPECT_TRUE(pod) << (pod ? "" : pod.error().message);
  return pod ? *pod : k8s::Pod{};
}

k8s::Node nodeWith(const std::string& taint) {
  k8s::Node out;
  out.metadata.name = "n1";
  if (!taint.empty()) {
    out.spec.taints.emplace_back().key = taint;
    out.spec.taints.back().effect = "NoSchedule";
  }
  return out;
}

TaskAction actionOn(const PodText& text, const std::string& taint = "", WallTime now = kNow) {
  k8s::Pod pod = podOf(text);
  k8s::Node node = nodeWith(taint);
  return taskAction(pod, text.node.empty() ? nullptr : &node, now, hours(1));
}

std::string waiting(const std::string& reason, const std::string& message = "why") {
  return R"({"phase":"Pending","containerStatuses":[{"name":"web","image":"nginx","imageID":"","state":{"waiting":{"reason":")" + reason +
         R"(","message":")" + message + R"("}}}]})";
}
const std::string kRunning =
    R"({"phase":"Running","containerStatuses":[{"name":"web","image":"nginx","imageID":"","state":{"running":{"startedAt":"2026-11-25T09:00:00Z"}}}]})";
std::string ended(const std::string& at, const std::string& phase = "Succeeded") {
  return R"({"phase":")" + phase +
         R"(","containerStatuses":[{"name":"web","image":"nginx","imageID":"","state":{"terminated":{"exitCode":0,"startedAt":"2026-11-25T08:00:00Z","finishedAt":")" +
         at + R"("}}}]})";
}

TEST(TaskAction, IsNoneForATaskThatRunsOrStarts) {
  EXPECT_EQ(actionOn({.status = kRunning}).kind, Kind::None);
  EXPECT_EQ(actionOn({.status = kRunning}).after, seconds(0)) << "a change will tell";
  EXPECT_EQ(actionOn({}).kind, Kind::None);
  EXPECT_EQ(actionOn({.status = waiting("ContainerCreating")}).kind, Kind::None);
  EXPECT_EQ(actionOn({.status = waiting("PodInitializing")}).kind, Kind::None);
}

TEST(TaskAction, StopsATaskThatCannotStart) {
  struct Case {
    const char *reason, *error;
  };
  for (const Case& c :
       {Case{"ImagePullBackOff", "CannotPullContainerError"}, Case{"ErrImagePull", "CannotPullContainerError"},
        Case{"InvalidImageName", "CannotPullContainerError"}, Case{"CreateContainerConfigError", "Cannot"},
        Case{"CreateContainerError", "CannotCreateContainerError"}, Case{"RunContainerError", "CannotStartContainerError"}}) {
    TaskAction action = actionOn({.status = waiting(c.reason)});
    EXPECT_EQ(action.kind, Kind::Stop) << c.reason;
    EXPECT_EQ(action.code, "TaskFailedToStart") << c.reason;
    EXPECT_TRUE(action.reason.starts_with(c.error)) << c.reason << ": " << action.reason;
  }
}

TEST(TaskAction, StopsATaskWhoseEssentialContainerEnded) {
  const std::string status =
      R"({"phase":"Running","containerStatuses":[{"name":"web","image":"nginx","imageID":"","state":{"terminated":{"exitCode":1,"finishedAt":"2026-11-25T09:59:00Z"}}},
        {"name":"side","image":"nginx","imageID":"","state":{"running":{"startedAt":"2026-11-25T09:00:00Z"}}}]})";
  const std::string two = R"([{"name":"web","image":"nginx"},{"name":"side","image":"nginx"}])";
  TaskAction action = actionOn({.status = status, .containers = two});
  EXPECT_EQ(action.kind, Kind::Stop);
  EXPECT_EQ(action.code, "EssentialContainerExited");
  EXPECT_EQ(action.reason, "Essential container in task exited");
  PodText optional{
      .annotations = R"("ecs.taskpod.io/agent":"{\"containers\":{\"web\":{\"essential\":false}}}")", .status = status, .containers = two};
  EXPECT_EQ(actionOn(optional).kind, Kind::None) << "one that is not essential may end";
}

TEST(TaskAction, FinishesATaskThatIsToStopBeforeItHasANode) {
  PodText text{
      .annotations =
          R"("ecs.taskpod.io/stop-code":"UserInitiated","ecs.taskpod.io/stop-reason":"enough","ecs.taskpod.io/stopping-at":"2026-11-25T09:59:59Z")",
      .node = ""};
  EXPECT_EQ(actionOn(text).kind, Kind::Finish);
  text.node = "n1";
  EXPECT_EQ(actionOn(text).kind, Kind::None) << "its kubelet does it";
  text.status = kRunning;
  EXPECT_EQ(actionOn(text).kind, Kind::None) << "once is enough";
}

TEST(TaskAction, StopsATaskOnANodeThatIsTakenAway) {
  TaskAction action = actionOn({.status = kRunning}, std::string(kSpotTaint));
  EXPECT_EQ(action.kind, Kind::Stop);
  EXPECT_EQ(action.code, "SpotInterruption");
  EXPECT_EQ(action.reason, "Your Spot Task was interrupted.");
  EXPECT_EQ(actionOn({.status = kRunning}, "node.kubernetes.io/unschedulable").kind, Kind::None) << "another taint";
  EXPECT_EQ(actionOn({.annotations = R"("ecs.taskpod.io/stop-code":"UserInitiated","ecs.taskpod.io/stopping-at":"2026-11-25T09:59:59Z")",
                      .status = kRunning},
                     std::string(kSpotTaint))
                .kind,
            Kind::None)
      << "it is stopping already";
}

TEST(TaskAction, RemovesATaskThatStoppedAnHourAgo) {
  EXPECT_EQ(actionOn({.status = ended("2026-11-25T08:59:59Z")}).kind, Kind::Remove);
  EXPECT_EQ(actionOn({.status = ended("2026-11-25T08:59:59Z", "Failed")}).kind, Kind::Remove);
  TaskAction later = actionOn({.status = ended("2026-11-25T09:30:00Z")});
  EXPECT_EQ(later.kind, Kind::None);
  EXPECT_GE(later.after, minutes(30));
  EXPECT_LE(later.after, minutes(30) + seconds(1));
}

TEST(TaskAction, RemovesATaskThatWasStoppedBeforeItRan) {
  PodText text{.annotations = R"("ecs.taskpod.io/stop-code":"UserInitiated","ecs.taskpod.io/stopping-at":"2026-11-25T08:00:00Z")",
               .node = "",
               .status = R"({"phase":"Failed"})"};
  EXPECT_EQ(actionOn(text).kind, Kind::Remove);
  text.annotations = R"("ecs.taskpod.io/stop-code":"UserInitiated","ecs.taskpod.io/stopping-at":"2026-11-25T09:50:00Z")";
  EXPECT_EQ(actionOn(text).kind, Kind::None);
}

TEST(TaskAction, StopsATaskThatFitsNowhereAfterAllUnlessItsCapacityProviderMayHelp) {
  const std::string status =
      R"({"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/3 nodes are available","lastTransitionTime":"2026-11-25T08:00:00Z"}]})";
  TaskAction action = actionOn({.node = "", .status = status});
  EXPECT_EQ(action.kind, Kind::Stop);
  EXPECT_EQ(action.code, "TaskFailedToStart");
  PodText waits{.annotations = R"("ecs.taskpod.io/capacity-provider":"pool")", .node = "", .status = status};
  EXPECT_EQ(actionOn(waits, "", *parseTime("2026-11-25T08:05:00Z")).kind, Kind::None) << "it waits in PROVISIONING";
}

TEST(TaskAction, IsTheSameForTasksOfServicesAndOfStartTask) {
  for (const char* by : {"run-task", "start-task", "service"}) {
    EXPECT_EQ(actionOn({.createdBy = by, .status = waiting("ImagePullBackOff")}).kind, Kind::Stop) << by;
    EXPECT_EQ(actionOn({.createdBy = by, .status = ended("2026-11-25T08:00:00Z")}).kind, Kind::Remove) << by;
  }
}

TEST(TaskAction, IsNeverAnythingForPodsOfOthers) {
  for (const auto& status : {waiting("ImagePullBackOff"), ended("2026-11-24T08:00:00Z"), kRunning})
    EXPECT_EQ(actionOn({.createdBy = "", .status = status}, std::string(kSpotTaint)).kind, Kind::None) << status;
}

TEST(TaskAction, StopsATaskWhoseNodeIsNoMoreAndThenFinishesIt) {
  k8s::Pod pod = podOf({.status = kRunning});
  TaskAction action = taskAction(pod, nullptr, kNow, hours(1), true);
  EXPECT_EQ(action.kind, Kind::Stop);
  EXPECT_EQ(action.code, "InfrastructureHealth");
  EXPECT_EQ(action.reason, "Host EC2 (instance n1) terminated.");
  pod.metadata.annotations["ecs.taskpod.io/stop-code"] = action.code;
  EXPECT_EQ(taskAction(pod, nullptr, kNow, hours(1), true).kind, Kind::Finish);
  EXPECT_EQ(taskAction(pod, nullptr, kNow, hours(1)).kind, Kind::None) << "a node that is only not known yet";
}

TEST(TaskAction, LeavesAPodAloneThatIsBeingDeleted) {
  k8s::Pod pod = podOf({.status = kRunning});
  pod.metadata.deletionTimestamp = "2026-11-25T09:59:00Z";
  k8s::Node node = nodeWith("");
  EXPECT_EQ(taskAction(pod, &node, kNow, hours(1)).kind, Kind::None);
}

}  // namespace
}  // namespace taskpod::controller
