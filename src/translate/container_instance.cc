#include "taskpod/translate/container_instance.h"

#include <algorithm>

#include "taskpod/k8s/names.h"
#include "taskpod/schedule/requests.h"
#include "taskpod/translate/placement.h"
#include "taskpod/translate/task.h"
#include "taskpod/translate/units.h"

namespace taskpod::translate {
namespace {

std::int64_t allocatable(const k8s::Node& node, const char* resource, bool millis) {
  auto found = node.status.allocatable.find(resource);
  if (found == node.status.allocatable.end()) return 0;
  return (millis ? found->second.millis() : found->second.value()).value_or(0);
}

ecs::Resource integerResource(const char* name, std::int64_t value) {
  ecs::Resource out;
  out.name = name;
  out.type = "INTEGER";
  out.doubleValue = 0;
  out.longValue = 0;
  out.integerValue = static_cast<std::int32_t>(std::clamp<std::int64_t>(value, INT32_MIN, INT32_MAX));
  return out;
}

ecs::Resource setResource(const char* name, std::vector<std::string> values) {
  ecs::Resource out;
  out.name = name;
  out.type = "STRINGSET";
  out.doubleValue = 0;
  out.longValue = 0;
  out.integerValue = 0;
  out.stringSetValue = std::move(values);
  return out;
}

// What the ECS agent keeps for itself and the host (amazon-ecs-agent, agent/config).
std::vector<std::string> reservedPorts() { return {"22", "2375", "2376", "51678", "51679"}; }

std::vector<ecs::Resource> resourcesOf(std::int64_t millis, std::int64_t bytes, std::int64_t gpus, std::vector<std::string> tcp,
                                       std::vector<std::string> udp) {
  std::vector<ecs::Resource> out;
  out.push_back(integerResource("CPU", cpuUnitsOf(std::max<std::int64_t>(millis, 0))));
  out.push_back(integerResource("MEMORY", std::max<std::int64_t>(bytes, 0) / kMiB));
  out.push_back(setResource("PORTS", std::move(tcp)));
  out.push_back(setResource("PORTS_UDP", std::move(udp)));
  if (gpus > 0) {
    std::vector<std::string> ids;
    for (std::int64_t i = 0; i < gpus; ++i) ids.push_back("GPU-" + std::to_string(i));
    out.push_back(setResource("GPU", std::move(ids)));
  }
  return out;
}

void addAttribute(std::vector<ecs::Attribute>& out, std::string name, std::string value) {
  ecs::Attribute attribute;
  attribute.name = std::move(name);
  attribute.value = std::move(value);
  out.push_back(std::move(attribute));
}

// What kubelet-lite can do, in the ECS agent's words (amazon-ecs-agent, agent/app/agent_capability.go).
constexpr std::string_view kCapabilities[] = {"com.amazonaws.ecs.capability.privileged-container",
                                              "com.amazonaws.ecs.capability.docker-remote-api.1.17",
                                              "com.amazonaws.ecs.capability.docker-remote-api.1.18",
                                              "com.amazonaws.ecs.capability.docker-remote-api.1.19",
                                              "com.amazonaws.ecs.capability.docker-remote-api.1.20",
                                              "com.amazonaws.ecs.capability.docker-remote-api.1.21",
                                              "com.amazonaws.ecs.capability.logging-driver.json-file",
                                              "com.amazonaws.ecs.capability.task-iam-role",
                                              "ecs.capability.task-eni",
                                              "ecs.capability.task-cpu-mem-limit",
                                              "ecs.capability.container-health-check",
                                              "ecs.capability.container-ordering",
                                              "ecs.capability.pid-ipc-namespace-sharing",
                                              "ecs.capability.full-sync"};

std::vector<ecs::Attribute> attributesOf(const k8s::Node& node) {
  std::vector<ecs::Attribute> out;
  for (std::string_view name : kCapabilities) {
    ecs::Attribute attribute;
    attribute.name = name;
    out.push_back(std::move(attribute));
  }
  auto facts = factsOf(std::make_shared<const k8s::Node>(node));
  static constexpr std::string_view kSubjects[] = {"agentConnected", "agentVersion", "ec2InstanceId", "registeredAt"};
  for (const auto& [name, value] : facts.attributes) {
    if (std::find(std::begin(kSubjects), std::end(kSubjects), name) != std::end(kSubjects)) continue;
    if (node.metadata.labels.contains(name)) continue;  // a label is not an attribute that somebody put
    addAttribute(out, name, value);
  }
  return out;
}

bool isReady(const k8s::Node& node) {
  return std::any_of(node.status.conditions.begin(), node.status.conditions.end(),
                     [](const auto& condition) { return condition.type == "Ready" && condition.status == "True"; });
}

void counts(ecs::ContainerInstance& out, const InstanceSurroundings& around) {
  std::int32_t running = 0, pending = 0;
  for (const auto& pod : around.pods) {
    auto status = lastStatusOf(*pod);
    running += status == "RUNNING";
    pending += status == "PENDING" || status == "PROVISIONING";
  }
  out.runningTasksCount = running;
  out.pendingTasksCount = pending;
}

void resources(ecs::ContainerInstance& out, const k8s::Node& node, const InstanceSurroundings& around) {
  std::int64_t millis = allocatable(node, "cpu", true), bytes = allocatable(node, "memory", false);
  std::int64_t gpus = allocatable(node, "nvidia.com/gpu", false);
  out.registeredResources = resourcesOf(millis, bytes, gpus, reservedPorts(), {});
  auto tcp = reservedPorts();
  std::vector<std::string> udp;
  for (const auto& pod : around.pods) {
    auto wanted = schedule::requestsOf(*pod);
    millis -= wanted.milliCpu;
    bytes -= wanted.memory;
    for (const auto& [name, amount] : wanted.scalars)
      if (name == "nvidia.com/gpu") gpus -= amount;
    for (const auto& port : wanted.ports) (port.protocol == "UDP" ? udp : tcp).push_back(std::to_string(port.port));
  }
  out.remainingResources = resourcesOf(millis, bytes, gpus, std::move(tcp), std::move(udp));
}

void health(ecs::ContainerInstance& out, const k8s::Node& node) {
  auto& status = out.healthStatus.emplace();
  status.overallStatus = isReady(node) ? "OK" : "IMPAIRED";
  for (const auto& condition : node.status.conditions) {
    if (condition.type != "Ready") continue;
    ecs::InstanceHealthCheckResult result;
    result.type = "CONTAINER_RUNTIME";
    result.status = condition.status == "True" ? "OK" : "IMPAIRED";
    result.lastUpdated = secondsOf(condition.lastHeartbeatTime);
    result.lastStatusChange = secondsOf(condition.lastTransitionTime);
    status.details.push_back(std::move(result));
  }
}

}  // namespace

std::string_view instanceStatusOf(const k8s::Node& node) {
  if (node.metadata.annotations.contains(std::string(k8s::kDeregistered))) return "INACTIVE";
  return node.spec.unschedulable ? "DRAINING" : "ACTIVE";
}

bool servesCluster(const k8s::Node& node, std::string_view cluster) {
  auto label = node.metadata.labels.find(std::string(k8s::kCluster));
  return label == node.metadata.labels.end() || label->second == cluster;
}

ecs::ContainerInstance instanceOf(const k8s::Node& node, const InstanceSurroundings& around) {
  ecs::ContainerInstance out;
  out.containerInstanceArn = ecs::arnInCluster(around.place, "container-instance", around.cluster, idOf(node.metadata.uid));
  std::string_view provider = node.spec.providerID;
  out.ec2InstanceId = provider.starts_with("aws://") ? std::string(provider.substr(provider.rfind('/') + 1)) : node.metadata.name;
  if (auto label = node.metadata.labels.find(std::string(k8s::kCapacityProvider)); label != node.metadata.labels.end())
    out.capacityProviderName = label->second;
  out.version = 1 + static_cast<std::int64_t>(around.pods.size());
  auto& version = out.versionInfo.emplace();
  version.agentVersion = node.status.nodeInfo.kubeletVersion;
  if (version.agentVersion.starts_with('v')) version.agentVersion.erase(0, 1);
  version.dockerVersion = "DockerVersion: " + node.status.nodeInfo.containerRuntimeVersion;
  resources(out, node, around);
  out.status = std::string(instanceStatusOf(node));
  out.agentConnected = isReady(node);
  counts(out, around);
  out.attributes = attributesOf(node);
  out.registeredAt = secondsOf(node.metadata.creationTimestamp);
  if (around.withHealth) health(out, node);
  if (around.withTags) out.tags = tagsOf(node.metadata);
  return out;
}

}  // namespace taskpod::translate
