#include "taskpod/translate/task.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "taskpod/ecs/model.h"
#include "taskpod/k8s/names.h"
#include "taskpod/translate/task_pod.h"
#include "tests/support/documents.h"

namespace taskpod::translate {
namespace {

using tests::parsed;

constexpr const char* kUid = "11111111-2222-3333-4444-555555555555";
constexpr const char* kId = "11111111222233334444555555555555";
constexpr double kTen = 1795600800;  // 2026-11-25T10:00:00Z

k8s::Node theNode() {
  auto node = json::read<k8s::Node>(
      R"({"metadata":{"name":"n1","uid":"aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee","labels":{"topology.kubernetes.io/zone":"us-east-1a"}},"status":{"conditions":[{"type":"Ready","status":"True"}]}})");
  return *node;
}

struct Given {
  std::string definition =
      R"({"family":"web","networkMode":"bridge","containerDefinitions":[{"name":"web","image":"nginx:1","cpu":100,"memory":64,"memoryReservation":32,"portMappings":[{"containerPort":80,"hostPort":8080}]}]})";
  TaskSettings settings = {};
  std::string status = R"({"phase":"Pending"})";
  std::string node = "n1";
  std::map<std::string, std::string> annotations = {};
};

// The pod that RunTask makes, and what it has become.
k8s::Pod podOf(Given given) {
  auto definition = json::read<ecs::TaskDefinition>(given.definition);
  EXPECT_TRUE(definition) << (definition ? "" : definition.error().message);
  TaskSettings& s = given.settings;
  if (s.cluster.empty()) s.cluster = "default";
  if (s.createdBy.empty()) s.createdBy = "run-task";
  if (s.definition.empty()) s.definition = "web:3";
  if (s.group.empty()) s.group = "family:web";
  if (s.launchType.empty() && s.capacityProvider.empty()) s.launchType = "EC2";
  auto pod = podForTask(*definition, s);
  EXPECT_TRUE(pod) << (pod ? "" : pod.error().message);
  k8s::Pod out = pod ? *pod : k8s::Pod{};
  auto status = json::read<k8s::PodStatus>(given.status);
  EXPECT_TRUE(status) << given.status << (status ? "" : status.error().message);
  if (status) out.status = *status;
  out.metadata.name = "web-1";
  out.metadata.uid = kUid;
  out.metadata.creationTimestamp = "2026-11-25T10:00:00Z";
  out.metadata.resourceVersion = "42";
  out.spec.nodeName = given.node;
  for (const auto& [key, value] : given.annotations) out.metadata.annotations[key] = value;
  return out;
}

k8s::Pod kubectlPod(const std::string& text) {
  auto pod = json::read<k8s::Pod>(text);
  EXPECT_TRUE(pod) << (pod ? "" : pod.error().message);
  return pod ? *pod : k8s::Pod{};
}

ecs::Task described(const k8s::Pod& pod, Surroundings around = {}) {
  static const k8s::Node kNode = theNode();
  around.cluster = "default";
  if (!pod.spec.nodeName.empty()) around.node = &kNode;
  ecs::Task out = taskOf(pod, around);
  json::Document answer = parsed(R"({"tasks":[)" + json::write(out) + R"(],"failures":[]})");
  for (const auto& fault : ecs::checkAnswer(*ecs::findOperation("DescribeTasks"), answer.root()))
    ADD_FAILURE() << fault << " in " << json::write(out);
  return out;
}

// With the definition at hand, as the callers of taskOf have it.
ecs::Task described(const Given& given, Surroundings around = {}) {
  auto definition = json::read<ecs::TaskDefinition>(given.definition);
  if (definition) around.definition = &*definition;
  return described(podOf(given), around);
}

std::string containerStatus(const std::string& state, const std::string& name = "web") {
  return R"({"name":")" + name +
         R"(","image":"docker.io/library/nginx:1","imageID":"docker.io/library/nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","containerID":"containerd://abcdef","ready":true,"state":)" +
         state + "}";
}
std::string statusOf(const std::string& phase, const std::string& state, const std::string& more = "") {
  return R"({"phase":")" + phase +
         R"(","startTime":"2026-11-25T10:00:01Z","conditions":[{"type":"PodScheduled","status":"True","lastTransitionTime":"2026-11-25T10:00:01Z"}],"podIP":"10.1.2.3","podIPs":[{"ip":"10.1.2.3"}],"hostIP":"192.168.0.1","containerStatuses":[)" +
         containerStatus(state) + "]" + more + "}";
}
const std::string kRuns = R"({"running":{"startedAt":"2026-11-25T10:00:10Z"}})";
std::string endedWith(int code, const std::string& reason = "Completed") {
  return R"({"terminated":{"exitCode":)" + std::to_string(code) + R"(,"reason":")" + reason +
         R"(","startedAt":"2026-11-25T10:00:10Z","finishedAt":"2026-11-25T10:01:40Z","containerID":"containerd://abcdef"}})";
}
std::string waitsFor(const std::string& reason, const std::string& message = "") {
  return R"({"waiting":{"reason":")" + reason + R"(","message":")" + message + R"("}})";
}
const std::map<std::string, std::string> kStopped = {{"ecs.taskpod.io/stop-code", "UserInitiated"},
                                                     {"ecs.taskpod.io/stop-reason", "we are done"},
                                                     {"ecs.taskpod.io/stopping-at", "2026-11-25T10:01:00Z"}};

TEST(Task, PassesThroughTheStatesOfItsLifeCycle) {
  struct Case {
    std::string what;
    k8s::Pod pod;
    std::string last, wanted;
  };
  k8s::Pod deleted = podOf({.status = statusOf("Running", kRuns)});
  deleted.metadata.deletionTimestamp = "2026-11-25T10:01:00Z";
  Given provider{.node = ""};
  provider.settings.capacityProvider = "pool";
  for (const Case& c :
       {Case{"waits for capacity", podOf(provider), "PROVISIONING", "RUNNING"}, Case{"bound", podOf({}), "PENDING", "RUNNING"},
        Case{"is being made", podOf({.status = statusOf("Pending", waitsFor("ContainerCreating"))}), "PENDING", "RUNNING"},
        Case{"runs", podOf({.status = statusOf("Running", kRuns)}), "RUNNING", "RUNNING"},
        Case{"is to stop", podOf({.status = statusOf("Running", kRuns), .annotations = kStopped}), "STOPPING", "STOPPED"},
        Case{"is being deleted", deleted, "STOPPING", "STOPPED"},
        Case{"has ended", podOf({.status = statusOf("Succeeded", endedWith(0))}), "STOPPED", "STOPPED"},
        Case{"has failed", podOf({.status = statusOf("Failed", endedWith(3, "Error"))}), "STOPPED", "STOPPED"},
        Case{"was stopped",
             podOf({.status = statusOf("Failed", endedWith(143, "Error"), R"(,"reason":"DeadlineExceeded")"), .annotations = kStopped}),
             "STOPPED", "STOPPED"},
        Case{"was evicted before it ran", podOf({.status = R"({"phase":"Failed","reason":"Evicted","message":"low on memory"})"}),
             "STOPPED", "STOPPED"}}) {
    EXPECT_EQ(lastStatusOf(c.pod), c.last) << c.what;
    EXPECT_EQ(desiredStatusOf(c.pod), c.wanted) << c.what;
    ecs::Task task = described(c.pod);
    EXPECT_EQ(task.lastStatus, c.last) << c.what;
    EXPECT_EQ(task.desiredStatus, c.wanted) << c.what;
    EXPECT_EQ(task.containers.size(), 1u) << c.what;
    EXPECT_EQ(task.stoppedAt.has_value(), c.last == "STOPPED") << c.what;
    EXPECT_EQ(task.stopCode.empty(), c.wanted == "RUNNING") << c.what;
  }
}

TEST(Task, IsPlacedAndNamed) {
  Given given{.status = statusOf("Running", kRuns)};
  given.settings.startedBy = "me";
  ecs::Task task = described(given);
  EXPECT_EQ(task.taskArn, std::string("arn:aws:ecs:us-east-1:000000000000:task/default/") + kId);
  EXPECT_EQ(task.clusterArn, "arn:aws:ecs:us-east-1:000000000000:cluster/default");
  EXPECT_EQ(task.taskDefinitionArn, "arn:aws:ecs:us-east-1:000000000000:task-definition/web:3");
  EXPECT_EQ(task.containerInstanceArn, "arn:aws:ecs:us-east-1:000000000000:container-instance/default/aaaaaaaabbbbccccddddeeeeeeeeeeee");
  EXPECT_EQ(task.availabilityZone, "us-east-1a");
  EXPECT_EQ(task.group, "family:web");
  EXPECT_EQ(task.startedBy, "me");
  EXPECT_EQ(task.launchType, "EC2");
  EXPECT_EQ(task.connectivity, "CONNECTED");
  EXPECT_EQ(task.connectivityAt, kTen + 1);
  EXPECT_EQ(task.createdAt, kTen);
  EXPECT_EQ(task.startedAt, kTen + 10);
  EXPECT_FALSE(task.stoppingAt);
  EXPECT_TRUE(task.version);
  EXPECT_EQ(idOf(kUid), kId);
}

TEST(Task, WithoutANodeNamesNoInstance) {
  ecs::Task task = described(Given{.node = ""});
  EXPECT_EQ(task.containerInstanceArn, "");
  EXPECT_EQ(task.availabilityZone, "");
  EXPECT_FALSE(task.startedAt);
}

TEST(Task, TellsOfItsContainers) {
  ecs::Task task = described(Given{.status = statusOf("Running", kRuns)});
  ASSERT_EQ(task.containers.size(), 1u);
  const auto& container = task.containers[0];
  EXPECT_EQ(container.name, "web");
  EXPECT_EQ(container.image, "nginx:1");
  EXPECT_EQ(container.imageDigest, "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
  EXPECT_EQ(container.runtimeId, "abcdef");
  EXPECT_EQ(container.lastStatus, "RUNNING");
  EXPECT_EQ(container.taskArn, task.taskArn);
  EXPECT_TRUE(container.containerArn.starts_with(std::string("arn:aws:ecs:us-east-1:000000000000:container/default/") + kId + "/"))
      << container.containerArn;
  EXPECT_FALSE(container.exitCode);
  EXPECT_EQ(container.cpu, "100");
  EXPECT_EQ(container.memory, "64");
  EXPECT_EQ(container.memoryReservation, "32");
  EXPECT_EQ(container.healthStatus, "UNKNOWN");
  ASSERT_EQ(container.networkBindings.size(), 1u);
  EXPECT_EQ(container.networkBindings[0].containerPort, 80);
  EXPECT_EQ(container.networkBindings[0].hostPort, 8080);
  EXPECT_EQ(container.networkBindings[0].protocol, "tcp");
}

TEST(Task, HasContainersThatAreNotThereYet) {
  ecs::Task task = described(Given{.node = ""});
  ASSERT_EQ(task.containers.size(), 1u);
  EXPECT_EQ(task.containers[0].lastStatus, "PENDING");
  EXPECT_EQ(task.containers[0].name, "web");
  EXPECT_TRUE(task.containers[0].networkBindings.empty()) << "no port is taken yet";
}

TEST(Task, SpellsContainersAsTheDefinitionDoes) {
  ecs::Task task =
      described(Given{.definition = R"({"family":"Web_App","containerDefinitions":[{"name":"My_Web","image":"nginx","memory":64}]})"});
  ASSERT_EQ(task.containers.size(), 1u);
  EXPECT_EQ(task.containers[0].name, "My_Web");
}

TEST(Task, TellsHowItEnded) {
  ecs::Task task = described(Given{.status = statusOf("Failed", endedWith(3, "Error"))});
  EXPECT_EQ(task.stopCode, "EssentialContainerExited");
  EXPECT_EQ(task.stoppedReason, "Essential container in task exited");
  EXPECT_EQ(task.stoppedAt, kTen + 100);
  EXPECT_EQ(task.executionStoppedAt, kTen + 100);
  EXPECT_EQ(task.startedAt, kTen + 10);
  ASSERT_EQ(task.containers.size(), 1u);
  EXPECT_EQ(task.containers[0].exitCode, 3);
  EXPECT_EQ(task.containers[0].lastStatus, "STOPPED");
  EXPECT_EQ(stoppedAtOf(podOf({.status = statusOf("Failed", endedWith(3, "Error"))})), parseTime("2026-11-25T10:01:40Z"));
  EXPECT_FALSE(stoppedAtOf(podOf({.status = statusOf("Running", kRuns)})));
}

TEST(Task, TellsTheExitCodeOfZeroToo) {
  ecs::Task task = described(Given{.status = statusOf("Succeeded", endedWith(0))});
  EXPECT_EQ(task.containers.at(0).exitCode, 0);
  EXPECT_NE(json::write(task).find(R"("exitCode":0)"), std::string::npos);
  EXPECT_EQ(task.stopCode, "EssentialContainerExited");
}

TEST(Task, TellsWhoStoppedItInHisOwnWords) {
  ecs::Task task = described(Given{.status = statusOf("Failed", endedWith(137, "Error")), .annotations = kStopped});
  EXPECT_EQ(task.stopCode, "UserInitiated");
  EXPECT_EQ(task.stoppedReason, "we are done");
  EXPECT_EQ(task.stoppingAt, kTen + 60);
  EXPECT_EQ(task.stoppedAt, kTen + 100);
  ecs::Task stopping = described(Given{.status = statusOf("Running", kRuns), .annotations = kStopped});
  EXPECT_EQ(stopping.stopCode, "UserInitiated");
  EXPECT_EQ(stopping.stoppingAt, kTen + 60);
  EXPECT_FALSE(stopping.stoppedAt);
}

TEST(Task, TellsThatAContainerRanOutOfMemory) {
  ecs::Task task = described(Given{.status = statusOf("Failed", endedWith(137, "OOMKilled"))});
  EXPECT_EQ(task.containers.at(0).exitCode, 137);
  EXPECT_EQ(task.containers.at(0).reason, "OutOfMemoryError: Container killed due to memory usage");
}

TEST(Task, TellsWhyItDidNotStart) {
  Given given{.status = statusOf("Pending", waitsFor("ErrImagePull", "no such image"))};
  k8s::Pod pod = podOf(given);
  auto why = startFailureOf(pod);
  ASSERT_TRUE(why);
  EXPECT_TRUE(why->starts_with("CannotPullContainerError")) << *why;
  EXPECT_NE(why->find("no such image"), std::string::npos) << *why;
  struct Case {
    const char *reason, *error;
  };
  for (const Case& c :
       {Case{"ImagePullBackOff", "CannotPullContainerError: "}, Case{"InvalidImageName", "CannotPullContainerError: "},
        Case{"CreateContainerError", "CannotCreateContainerError: "}, Case{"RunContainerError", "CannotStartContainerError: "}}) {
    auto error = startFailureOf(podOf({.status = statusOf("Pending", waitsFor(c.reason, "m"))}));
    ASSERT_TRUE(error) << c.reason;
    EXPECT_TRUE(error->starts_with(c.error)) << *error;
  }
  for (const char* hope : {"ContainerCreating", "PodInitializing", ""})
    EXPECT_FALSE(startFailureOf(podOf({.status = statusOf("Pending", waitsFor(hope))}))) << hope;
  EXPECT_FALSE(startFailureOf(podOf({.status = statusOf("Running", kRuns)})));
  EXPECT_FALSE(startFailureOf(podOf({})));
}

TEST(Task, ThatFailedToStartHasNeverStarted) {
  ecs::Task task = described(Given{.status = R"({"phase":"Failed"})",
                                   .annotations = {{"ecs.taskpod.io/stop-code", "TaskFailedToStart"},
                                                   {"ecs.taskpod.io/stop-reason", "CannotPullContainerError: no such image"},
                                                   {"ecs.taskpod.io/stopping-at", "2026-11-25T10:00:30Z"}}});
  EXPECT_EQ(task.lastStatus, "STOPPED");
  EXPECT_EQ(task.stopCode, "TaskFailedToStart");
  EXPECT_EQ(task.stoppedReason, "CannotPullContainerError: no such image");
  EXPECT_FALSE(task.startedAt);
  EXPECT_EQ(task.stoppedAt, kTen + 30);
  EXPECT_EQ(task.containers.at(0).lastStatus, "STOPPED");
  EXPECT_FALSE(task.containers.at(0).exitCode);
}

TEST(Task, IsHealthyWhenItsEssentialContainersAre) {
  const std::string two =
      R"({"family":"web","containerDefinitions":[{"name":"web","image":"i","memory":64,"healthCheck":{"command":["CMD","true"]}},
          {"name":"side","image":"i","memory":64,"essential":false,"healthCheck":{"command":["CMD","true"]}}]})";
  auto with = [&](bool web, bool side) {
    auto one = [](const char* name, bool ready) {
      return std::string(R"({"name":")") + name + R"(","image":"i","imageID":"","started":true,"ready":)" + (ready ? "true" : "false") +
             R"(,"state":)" + kRuns + "}";
    };
    return podOf(
        {.definition = two, .status = R"({"phase":"Running","containerStatuses":[)" + one("web", web) + "," + one("side", side) + "]}"});
  };
  EXPECT_EQ(healthStatusOf(with(true, true)), "HEALTHY");
  EXPECT_EQ(healthStatusOf(with(true, false)), "HEALTHY") << "the other is not essential";
  EXPECT_NE(healthStatusOf(with(false, true)), "HEALTHY");
  EXPECT_EQ(healthStatusOf(podOf({.status = statusOf("Running", kRuns)})), "UNKNOWN") << "no checks";
  EXPECT_EQ(healthStatusOf(podOf({.definition = two})), "UNKNOWN") << "not running yet";
  EXPECT_EQ(described(with(true, true)).healthStatus, "HEALTHY");
}

TEST(Task, OfANetworkInterfaceOfItsOwnHasAnAttachment) {
  Given given{
      .definition =
          R"({"family":"web","networkMode":"awsvpc","containerDefinitions":[{"name":"web","image":"nginx:1","memory":64,"portMappings":[{"containerPort":80}]}]})",
      .status = statusOf("Running", kRuns)};
  given.settings.networkConfiguration = R"({"awsvpcConfiguration":{"subnets":["subnet-1"],"securityGroups":["sg-1"]}})";
  ecs::Task task = described(given);
  ASSERT_EQ(task.attachments.size(), 1u);
  EXPECT_EQ(task.attachments[0].type, "ElasticNetworkInterface");
  EXPECT_EQ(task.attachments[0].status, "ATTACHED");
  std::map<std::string, std::string> details;
  for (const auto& one : task.attachments[0].details) details[one.name] = one.value;
  EXPECT_EQ(details["privateIPv4Address"], "10.1.2.3");
  EXPECT_EQ(details["subnetId"], "subnet-1");
  ASSERT_EQ(task.containers.at(0).networkInterfaces.size(), 1u);
  EXPECT_EQ(task.containers[0].networkInterfaces[0].privateIpv4Address, "10.1.2.3");
  EXPECT_EQ(task.containers[0].networkInterfaces[0].attachmentId, task.attachments[0].id);
  EXPECT_TRUE(task.containers[0].networkBindings.empty());
}

TEST(Task, OfABridgeHasNoAttachment) { EXPECT_TRUE(described(Given{.status = statusOf("Running", kRuns)}).attachments.empty()); }

TEST(Task, OfACapacityProviderNamesItAndTheLaunchTypeOfItsInstances) {
  Given given{};
  given.settings.capacityProvider = "pool";
  ecs::Task task = described(given);
  EXPECT_EQ(task.capacityProviderName, "pool");
  EXPECT_EQ(task.launchType, "EC2");
  for (const char* provider : {"FARGATE", "FARGATE_SPOT"}) {
    Given fargate{};
    fargate.settings.capacityProvider = provider;
    task = described(fargate);
    EXPECT_EQ(task.capacityProviderName, provider);
    EXPECT_EQ(task.launchType, "FARGATE");
  }
}

TEST(Task, ShowsTagsOnlyWhenAsked) {
  Given given{};
  given.settings.tags = R"([{"key":"team","value":"red"}])";
  EXPECT_TRUE(described(given).tags.empty());
  Surroundings around;
  around.withTags = true;
  ecs::Task task = described(given, around);
  ASSERT_EQ(task.tags.size(), 1u);
  EXPECT_EQ(task.tags[0].key, "team");
  EXPECT_EQ(task.tags[0].value, "red");
}

TEST(Task, ShowsItsOverridesAndThatCommandsMayBeRun) {
  Given given{};
  given.settings.overrides = R"({"containerOverrides":[{"name":"web","command":["sleep","1"]}],"cpu":"256"})";
  given.settings.enableExecuteCommand = true;
  ecs::Task task = described(given);
  ASSERT_TRUE(task.overrides);
  ASSERT_EQ(task.overrides->containerOverrides.size(), 1u);
  EXPECT_EQ(task.overrides->containerOverrides[0].command, (std::vector<std::string>{"sleep", "1"}));
  EXPECT_EQ(task.overrides->cpu, "256");
  EXPECT_EQ(task.enableExecuteCommand, true);
  EXPECT_EQ(described(Given{}).enableExecuteCommand, false);
}

TEST(Task, OfATaskSizeTellsIt) {
  ecs::Task task = described(Given{
      .definition =
          R"({"family":"web","networkMode":"awsvpc","cpu":"256","memory":"512","containerDefinitions":[{"name":"web","image":"i"}]})"});
  EXPECT_EQ(task.cpu, "256");
  EXPECT_EQ(task.memory, "512");
}

TEST(Task, OfAServiceIsInItsGroup) {
  Given given{};
  given.settings.createdBy = "service";
  given.settings.group = "service:shop";
  given.settings.startedBy = "ecs-svc/1234567890123456789";
  k8s::Pod pod = podOf(given);
  EXPECT_EQ(serviceOf(pod), "shop");
  EXPECT_EQ(startedByOf(pod), "ecs-svc/1234567890123456789");
  EXPECT_EQ(familyOf(pod), "web");
  EXPECT_EQ(definitionOf(pod), "web:3");
  EXPECT_EQ(launchTypeOf(pod), "EC2");
  EXPECT_EQ(described(pod).group, "service:shop");
  EXPECT_EQ(serviceOf(podOf({})), "");
}

// ---- pods that nobody made through ECS

TEST(Task, OfAPodMadeWithKubectlIsOfTheFamilyOfItsName) {
  k8s::Pod pod = kubectlPod(
      R"({"metadata":{"name":"shell","namespace":"default","uid":"11111111-2222-3333-4444-555555555555","creationTimestamp":"2026-11-25T10:00:00Z"},
          "spec":{"nodeName":"n1","containers":[{"name":"sh","image":"busybox","resources":{"requests":{"cpu":"250m","memory":"64Mi"},"limits":{"memory":"128Mi"}},"ports":[{"containerPort":80,"hostPort":81}]}]},
          "status":{"phase":"Running","podIP":"10.0.0.1","containerStatuses":[{"name":"sh","image":"busybox","imageID":"","ready":true,"state":{"running":{"startedAt":"2026-11-25T10:00:10Z"}}}]}})");
  ecs::Task task = described(pod);
  EXPECT_EQ(task.group, "family:shell");
  EXPECT_EQ(familyOf(pod), "shell");
  EXPECT_EQ(definitionOf(pod), "");
  EXPECT_EQ(task.taskDefinitionArn, "");
  EXPECT_EQ(task.lastStatus, "RUNNING");
  EXPECT_EQ(task.launchType, "EC2");
  EXPECT_EQ(task.startedBy, "");
  ASSERT_EQ(task.containers.size(), 1u);
  EXPECT_EQ(task.containers[0].name, "sh");
  EXPECT_EQ(task.containers[0].lastStatus, "RUNNING");
  EXPECT_EQ(task.containers[0].cpu, "256");
  EXPECT_EQ(task.containers[0].memory, "128");
  EXPECT_EQ(task.containers[0].memoryReservation, "64");
}

TEST(Task, OfAPodOfAnOwnerIsOfTheFamilyOfTheOwner) {
  k8s::Pod pod = kubectlPod(
      R"({"metadata":{"name":"web-5d9c-x1","namespace":"default","uid":"11111111-2222-3333-4444-555555555555","ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-5d9c","uid":"r","controller":true}]},
          "spec":{"containers":[{"name":"c","image":"i"}]},"status":{"phase":"Pending"}})");
  EXPECT_EQ(described(pod).group, "family:web-5d9c");
}

TEST(Task, OfAPodWithInitContainersNamesThemToo) {
  k8s::Pod pod = kubectlPod(
      R"({"metadata":{"name":"p","namespace":"default","uid":"11111111-2222-3333-4444-555555555555"},
          "spec":{"nodeName":"n1","initContainers":[{"name":"init","image":"i"}],"containers":[{"name":"c","image":"i"}]},
          "status":{"phase":"Pending","initContainerStatuses":[{"name":"init","image":"i","imageID":"","state":{"running":{"startedAt":"2026-11-25T10:00:10Z"}}}],
          "containerStatuses":[{"name":"c","image":"i","imageID":"","state":{"waiting":{"reason":"PodInitializing"}}}]}})");
  ecs::Task task = described(pod);
  EXPECT_EQ(task.lastStatus, "PENDING");
  std::map<std::string, std::string> states;
  for (const auto& one : task.containers) states[one.name] = one.lastStatus;
  EXPECT_EQ(states, (std::map<std::string, std::string>{{"init", "RUNNING"}, {"c", "PENDING"}}));
}

TEST(Task, OfAPodThatKubernetesDeletedIsStopped) {
  k8s::Pod pod = podOf({.status = statusOf("Running", kRuns)});
  Surroundings around;
  around.gone = true;
  around.goneAt = "2026-11-25T10:02:00Z";
  ecs::Task task = described(pod, around);
  EXPECT_EQ(task.lastStatus, "STOPPED");
  EXPECT_EQ(task.desiredStatus, "STOPPED");
  EXPECT_EQ(task.stoppedAt, kTen + 120);
  EXPECT_NE(task.stopCode, "");
  EXPECT_NE(task.stoppedReason, "");
  EXPECT_EQ(task.containers.at(0).lastStatus, "STOPPED");
}

TEST(Task, OfADeletedPodThatHadEndedKeepsItsOwnEnd) {
  k8s::Pod pod = podOf({.status = statusOf("Failed", endedWith(3, "Error"))});
  Surroundings around;
  around.gone = true;
  around.goneAt = "2026-11-25T11:02:00Z";
  ecs::Task task = described(pod, around);
  EXPECT_EQ(task.stoppedAt, kTen + 100);
  EXPECT_EQ(task.stopCode, "EssentialContainerExited");
  EXPECT_EQ(task.containers.at(0).exitCode, 3);
}

TEST(Task, OfAnEmptyPodIsStillAnAnswer) {
  k8s::Pod pod;
  pod.metadata.uid = kUid;
  pod.metadata.name = "p";
  pod.spec.containers.emplace_back().name = "c";
  EXPECT_EQ(described(pod).taskArn, std::string("arn:aws:ecs:us-east-1:000000000000:task/default/") + kId);
}

TEST(Task, OfBrokenAnnotationsIsStillAnAnswer) {
  k8s::Pod pod = podOf({.status = statusOf("Running", kRuns),
                        .annotations = {{"ecs.taskpod.io/overrides", "{"},
                                        {"ecs.taskpod.io/tags", "7"},
                                        {"ecs.taskpod.io/agent", "[]"},
                                        {"ecs.taskpod.io/task-definition", "web"},
                                        {"ecs.taskpod.io/network-configuration", "nothing"},
                                        {"ecs.taskpod.io/launch-type", "LAMBDA"},
                                        {"ecs.taskpod.io/stop-code", "Bored"},
                                        {"ecs.taskpod.io/stopping-at", "yesterday"}}});
  Surroundings around;
  around.withTags = true;
  described(pod, around);
}

TEST(Times, AreSecondsSinceTheEpochWithAFraction) {
  EXPECT_EQ(secondsOf("2026-11-25T10:00:00Z"), kTen);
  EXPECT_EQ(secondsOf("2026-11-25T10:00:00.250000Z"), kTen + 0.25);
  EXPECT_FALSE(secondsOf(""));
  EXPECT_FALSE(secondsOf("yesterday"));
  EXPECT_FALSE(secondsOf(std::optional<WallTime>()));
}

// ---- the way there: overrides

ecs::TaskDefinition definitionOfText(const std::string& text) { return *json::read<ecs::TaskDefinition>(text); }
ecs::TaskOverride overrideOf(const std::string& text) { return *json::read<ecs::TaskOverride>(text); }

TEST(Overrides, ReplaceCommandsAndSizesAndAddToTheEnvironment) {
  auto definition = definitionOfText(
      R"({"family":"f","taskRoleArn":"old","containerDefinitions":[{"name":"a","image":"i","cpu":1,"memory":64,"command":["x"],"environment":[{"name":"A","value":"1"},{"name":"B","value":"2"}]},{"name":"b","image":"i","memory":64}]})");
  auto out = overridden(
      definition,
      overrideOf(
          R"({"taskRoleArn":"new","cpu":"512","containerOverrides":[{"name":"a","command":["y","z"],"cpu":7,"memory":99,"memoryReservation":9,"environment":[{"name":"B","value":"3"},{"name":"C","value":"4"}]}]})"));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->taskRoleArn, "new");
  EXPECT_EQ(out->cpu, "512");
  const auto& a = out->containerDefinitions[0];
  EXPECT_EQ(a.command, (std::vector<std::string>{"y", "z"}));
  EXPECT_EQ(a.cpu, 7);
  EXPECT_EQ(a.memory, 99);
  EXPECT_EQ(a.memoryReservation, 9);
  std::map<std::string, std::string> environment;
  for (const auto& one : a.environment) environment[one.name] = one.value;
  EXPECT_EQ(environment, (std::map<std::string, std::string>{{"A", "1"}, {"B", "3"}, {"C", "4"}}));
  EXPECT_EQ(out->containerDefinitions[1], definition.containerDefinitions[1]);
}

TEST(Overrides, OfNothingChangeNothing) {
  auto definition = definitionOfText(R"({"family":"f","containerDefinitions":[{"name":"a","image":"i","memory":64,"command":["x"]}]})");
  auto out = overridden(definition, overrideOf(R"({"containerOverrides":[{"name":"a"}]})"));
  ASSERT_TRUE(out);
  EXPECT_EQ(*out, definition);
}

TEST(Overrides, ForAContainerThatIsNotInTheDefinitionAreRefused) {
  auto out = overridden(definitionOfText(R"({"family":"f","containerDefinitions":[{"name":"a","image":"i","memory":64}]})"),
                        overrideOf(R"({"containerOverrides":[{"name":"nobody"}]})"));
  ASSERT_FALSE(out);
  EXPECT_NE(out.error().message.find("nobody"), std::string::npos) << out.error().message;
}

TEST(TaskPod, CarriesWhatItIsFor) {
  Given given{};
  given.settings.startedBy = "me";
  k8s::Pod pod = podOf(given);
  EXPECT_EQ(pod.metadata.namespace_, "default");
  EXPECT_EQ(pod.metadata.labels[std::string(k8s::kCreatedBy)], "run-task");
  EXPECT_EQ(pod.metadata.annotations[std::string(k8s::kDefinition)], "web:3");
  EXPECT_EQ(pod.metadata.annotations[std::string(k8s::kGroup)], "family:web");
  EXPECT_EQ(pod.metadata.annotations[std::string(k8s::kStartedBy)], "me");
  EXPECT_EQ(pod.spec.restartPolicy, "Never");
  EXPECT_EQ(pod.spec.enableServiceLinks, false);
  EXPECT_EQ(pod.spec.automountServiceAccountToken, false);
  EXPECT_EQ(pod.spec.schedulerName, k8s::kSchedulerName);
}

}  // namespace
}  // namespace taskpod::translate
