#include "taskpod/translate/container_instance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "taskpod/ecs/model.h"
#include "tests/support/documents.h"

namespace taskpod::translate {
namespace {

using tests::parsed;

constexpr const char* kId = "aaaaaaaabbbbccccddddeeeeeeeeeeee";

k8s::Node nodeOf(const std::string& metadata = "", const std::string& spec = "", const std::string& status = "") {
  auto node = json::read<k8s::Node>(
      R"({"metadata":{"name":"n1","uid":"aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee","resourceVersion":"17","creationTimestamp":"2026-11-25T10:00:00Z")" +
      metadata + R"(},"spec":{)" + spec +
      R"(},"status":{"capacity":{"cpu":"4","memory":"8Gi","pods":"110"},"allocatable":{"cpu":"4","memory":"8Gi","pods":"110"},
      "conditions":[{"type":"Ready","status":"True"}],"nodeInfo":{"architecture":"amd64","operatingSystem":"linux","osImage":"Debian","kernelVersion":"6",
      "containerRuntimeVersion":"containerd://1.7.1","kubeletVersion":"v1.36.0","kubeProxyVersion":"","machineID":"","systemUUID":"","bootID":""})" +
      status + "}}");
  EXPECT_TRUE(node) << (node ? "" : node.error().message);
  return node ? *node : k8s::Node{};
}

std::shared_ptr<const k8s::Pod> podOf(const std::string& name, const std::string& container, const std::string& status,
                                      const std::string& annotations = "") {
  auto pod =
      json::read<k8s::Pod>(R"({"metadata":{"name":")" + name + R"(","namespace":"default","uid":"u-)" + name + R"(","annotations":{)" +
                           annotations + R"(}},"spec":{"nodeName":"n1","containers":[)" + container + R"(]},"status":)" + status + "}");
  EXPECT_TRUE(pod) << (pod ? "" : pod.error().message);
  return std::make_shared<const k8s::Pod>(pod ? *pod : k8s::Pod{});
}
const std::string kRunning =
    R"({"phase":"Running","containerStatuses":[{"name":"c","image":"i","imageID":"","state":{"running":{"startedAt":"2026-11-25T10:00:00Z"}}}]})";

ecs::ContainerInstance instance(const k8s::Node& node, std::vector<std::shared_ptr<const k8s::Pod>> pods = {}, bool tags = false,
                                bool health = false) {
  InstanceSurroundings around;
  around.cluster = "prod";
  around.pods = std::move(pods);
  around.withTags = tags;
  around.withHealth = health;
  ecs::ContainerInstance out = instanceOf(node, around);
  json::Document answer = parsed(R"({"containerInstances":[)" + json::write(out) + R"(],"failures":[]})");
  for (const auto& fault : ecs::checkAnswer(*ecs::findOperation("DescribeContainerInstances"), answer.root()))
    ADD_FAILURE() << fault << " in " << json::write(out);
  return out;
}

const ecs::Resource& resource(const std::vector<ecs::Resource>& list, const std::string& name) {
  static const ecs::Resource kNone;
  auto found = std::find_if(list.begin(), list.end(), [&](const auto& one) { return one.name == name; });
  EXPECT_NE(found, list.end()) << name;
  return found == list.end() ? kNone : *found;
}
std::optional<std::string> attribute(const ecs::ContainerInstance& instance, const std::string& name) {
  for (const auto& one : instance.attributes)
    if (one.name == name) return one.value;
  return std::nullopt;
}
std::set<std::string> setOf(const std::vector<std::string>& list) { return {list.begin(), list.end()}; }

TEST(ContainerInstance, IsNamedByTheUidOfItsNode) {
  auto out = instance(nodeOf());
  EXPECT_EQ(out.containerInstanceArn, std::string("arn:aws:ecs:us-east-1:000000000000:container-instance/prod/") + kId);
  EXPECT_EQ(out.registeredAt, 1795600800.0);
  EXPECT_EQ(out.status, "ACTIVE");
  EXPECT_TRUE(out.version);
}

TEST(ContainerInstance, RegistersTheResourcesOfItsNode) {
  auto out = instance(nodeOf());
  const auto& cpu = resource(out.registeredResources, "CPU");
  EXPECT_EQ(cpu.type, "INTEGER");
  EXPECT_EQ(cpu.integerValue, 4096);
  EXPECT_EQ(cpu.longValue, 0);
  EXPECT_EQ(cpu.doubleValue, 0.0);
  EXPECT_EQ(resource(out.registeredResources, "MEMORY").integerValue, 8192);
  const auto& ports = resource(out.registeredResources, "PORTS");
  EXPECT_EQ(ports.type, "STRINGSET");
  for (const char* port : {"22", "2375", "2376", "51678", "51679"}) EXPECT_TRUE(setOf(ports.stringSetValue).contains(port)) << port;
  EXPECT_EQ(resource(out.registeredResources, "PORTS_UDP").type, "STRINGSET");
  EXPECT_EQ(resource(out.remainingResources, "CPU").integerValue, 4096);
  EXPECT_EQ(resource(out.remainingResources, "MEMORY").integerValue, 8192);
}

TEST(ContainerInstance, HasLeftWhatItsTasksDoNotTake) {
  auto web = podOf(
      "web",
      R"({"name":"c","image":"i","ports":[{"containerPort":80,"hostPort":8080,"protocol":"TCP"},{"containerPort":53,"hostPort":5353,"protocol":"UDP"}],"resources":{"requests":{"cpu":"1","memory":"1Gi"}}})",
      kRunning);
  auto small =
      podOf("small", R"({"name":"c","image":"i","resources":{"requests":{"cpu":"250m","memory":"512Mi"}}})", R"({"phase":"Pending"})");
  auto out = instance(nodeOf(), {web, small});
  EXPECT_EQ(resource(out.registeredResources, "CPU").integerValue, 4096);
  EXPECT_EQ(resource(out.remainingResources, "CPU").integerValue, 4096 - 1024 - 256);
  EXPECT_EQ(resource(out.remainingResources, "MEMORY").integerValue, 8192 - 1024 - 512);
  EXPECT_TRUE(setOf(resource(out.remainingResources, "PORTS").stringSetValue).contains("8080"));
  EXPECT_FALSE(setOf(resource(out.remainingResources, "PORTS").stringSetValue).contains("5353"));
  EXPECT_TRUE(setOf(resource(out.remainingResources, "PORTS_UDP").stringSetValue).contains("5353"));
  EXPECT_FALSE(setOf(resource(out.registeredResources, "PORTS").stringSetValue).contains("8080"));
  EXPECT_EQ(out.runningTasksCount, 1);
  EXPECT_EQ(out.pendingTasksCount, 1);
}

TEST(ContainerInstance, WithoutTasksCountsNone) {
  auto out = instance(nodeOf());
  EXPECT_EQ(out.runningTasksCount, 0);
  EXPECT_EQ(out.pendingTasksCount, 0);
}

TEST(ContainerInstance, IsConnectedWhileItsNodeIsReady) {
  EXPECT_EQ(instance(nodeOf()).agentConnected, true);
  k8s::Node node = nodeOf();
  for (const char* status : {"False", "Unknown"}) {
    node.status.conditions[0].status = status;
    EXPECT_EQ(instance(node).agentConnected, false) << status;
  }
  node.status.conditions.clear();
  EXPECT_EQ(instance(node).agentConnected, false) << "nobody has said that it is ready";
}

TEST(ContainerInstance, IsDrainingWhenCordonedAndInactiveWhenDeregistered) {
  EXPECT_EQ(instanceStatusOf(nodeOf()), "ACTIVE");
  EXPECT_EQ(instanceStatusOf(nodeOf("", R"("unschedulable":true)")), "DRAINING");
  EXPECT_EQ(instance(nodeOf("", R"("unschedulable":true)")).status, "DRAINING");
  EXPECT_EQ(instanceStatusOf(nodeOf(R"(,"annotations":{"ecs.taskpod.io/deregistered":"2026-11-25T10:00:00Z"})", R"("unschedulable":true)")),
            "INACTIVE");
}

TEST(ContainerInstance, ServesEveryClusterUnlessItsLabelNamesOne) {
  EXPECT_TRUE(servesCluster(nodeOf(), "prod"));
  k8s::Node tied = nodeOf(R"(,"labels":{"ecs.taskpod.io/cluster":"prod"})");
  EXPECT_TRUE(servesCluster(tied, "prod"));
  EXPECT_FALSE(servesCluster(tied, "test"));
}

TEST(ContainerInstance, HasTheBuiltInAttributes) {
  auto out = instance(nodeOf(
      R"(,"labels":{"topology.kubernetes.io/zone":"us-east-1a","node.kubernetes.io/instance-type":"t3.micro","kubernetes.io/arch":"amd64","kubernetes.io/os":"linux"})"));
  EXPECT_EQ(attribute(out, "ecs.availability-zone"), "us-east-1a");
  EXPECT_EQ(attribute(out, "ecs.instance-type"), "t3.micro");
  EXPECT_EQ(attribute(out, "ecs.cpu-architecture"), "x86_64");
  EXPECT_EQ(attribute(out, "ecs.os-type"), "linux");
  EXPECT_EQ(attribute(out, "ecs.os-family"), "LINUX");
  k8s::Node arm = nodeOf(R"(,"labels":{"kubernetes.io/arch":"arm64","kubernetes.io/os":"linux"})");
  EXPECT_EQ(attribute(instance(arm), "ecs.cpu-architecture"), "arm64");
}

TEST(ContainerInstance, HasItsCustomAttributesWithAndWithoutAValue) {
  auto out = instance(nodeOf(R"(,"annotations":{"ecs.taskpod.io/attributes":"{\"stack\":\"prod\",\"bare\":\"\"}"})"));
  EXPECT_EQ(attribute(out, "stack"), "prod");
  EXPECT_EQ(attribute(out, "bare"), "");
  std::set<std::string> names;
  for (const auto& one : out.attributes) EXPECT_TRUE(names.insert(one.name).second) << one.name << " twice";
}

TEST(ContainerInstance, HasNoAttributesOfABrokenAnnotation) {
  auto out = instance(nodeOf(R"(,"annotations":{"ecs.taskpod.io/attributes":"not JSON"})"));
  EXPECT_EQ(out.status, "ACTIVE");
}

TEST(ContainerInstance, TellsItsProviderItsVersionsAndItsMachine) {
  auto out = instance(
      nodeOf(R"(,"labels":{"ecs.taskpod.io/capacity-provider":"pool"})", R"("providerID":"aws:///us-east-1a/i-0123456789abcdef0")"));
  EXPECT_EQ(out.capacityProviderName, "pool");
  EXPECT_EQ(out.ec2InstanceId, "i-0123456789abcdef0");
  ASSERT_TRUE(out.versionInfo);
  EXPECT_NE(out.versionInfo->agentVersion, "");
}

TEST(ContainerInstance, ShowsTagsAndHealthOnlyWhenAsked) {
  k8s::Node node = nodeOf(R"(,"annotations":{"ecs.taskpod.io/tags":"[{\"key\":\"a\",\"value\":\"b\"}]"})");
  EXPECT_TRUE(instance(node).tags.empty());
  EXPECT_FALSE(instance(node).healthStatus);
  auto all = instance(node, {}, true, true);
  ASSERT_EQ(all.tags.size(), 1u);
  EXPECT_EQ(all.tags[0].key, "a");
  ASSERT_TRUE(all.healthStatus);
  EXPECT_EQ(all.healthStatus->overallStatus, "OK");
}

TEST(ContainerInstance, OfAnEmptyNodeIsStillAnAnswer) {
  k8s::Node empty;
  empty.metadata.name = "n";
  empty.metadata.uid = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
  auto out = instance(empty);
  EXPECT_EQ(out.agentConnected, false);
  EXPECT_EQ(resource(out.registeredResources, "CPU").integerValue, 0);
}

}  // namespace
}  // namespace taskpod::translate
