#include "taskpod/translate/task_pod.h"

#include <algorithm>

#include "taskpod/k8s/names.h"
#include "taskpod/translate/convert.h"
#include "taskpod/translate/task_needs.h"
#include "taskpod/translate/units.h"

namespace taskpod::translate {
namespace {

Error invalid(std::string message) { return {Reason::Invalid, std::move(message), 0}; }

void mergeEnvironment(std::vector<ecs::KeyValuePair>& environment, const std::vector<ecs::KeyValuePair>& overrides) {
  for (const auto& pair : overrides) {
    auto same = std::find_if(environment.begin(), environment.end(), [&](const auto& one) { return one.name == pair.name; });
    if (same == environment.end())
      environment.push_back(pair);
    else
      same->value = pair.value;
  }
}

void apply(ecs::ContainerDefinition& container, const ecs::ContainerOverride& over) {
  if (!over.command.empty()) container.command = over.command;
  mergeEnvironment(container.environment, over.environment);
  container.environmentFiles.insert(container.environmentFiles.end(), over.environmentFiles.begin(), over.environmentFiles.end());
  if (over.cpu) container.cpu = over.cpu;
  if (over.memory) container.memory = over.memory;
  if (over.memoryReservation) container.memoryReservation = over.memoryReservation;
  if (!over.resourceRequirements.empty()) container.resourceRequirements = over.resourceRequirements;
}

// The request's constraints after the definition's, in one list.
std::string constraintsOf(const std::string& own, const std::string& requested) {
  if (requested.empty() || requested == "[]") return own;
  if (own.empty() || own == "[]") return requested;
  return own.substr(0, own.rfind(']')) + "," + requested.substr(requested.find('[') + 1);
}

void annotate(k8s::Pod& pod, std::string_view key, const std::string& value) {
  if (!value.empty()) pod.metadata.annotations[std::string(key)] = value;
}

// What the API server would fill in and the scheduler counts with (pkg/apis/core/v1/defaults.go): a limit without a request is the request,
// too; on the host's network a port is the host's.
void setDefaults(k8s::Pod& pod) {
  for (auto* containers : {&pod.spec.initContainers, &pod.spec.containers})
    for (auto& container : *containers) {
      for (const auto& [resource, limit] : container.resources.limits) container.resources.requests.emplace(resource, limit);
      if (!pod.spec.hostNetwork) continue;
      for (auto& port : container.ports)
        if (port.hostPort == 0) port.hostPort = port.containerPort;
    }
}

}  // namespace

Result<ecs::TaskDefinition> overridden(ecs::TaskDefinition definition, const ecs::TaskOverride& overrides) {
  for (const auto& over : overrides.containerOverrides) {
    auto container = std::find_if(definition.containerDefinitions.begin(), definition.containerDefinitions.end(),
                                  [&](const auto& one) { return one.name == over.name; });
    if (container == definition.containerDefinitions.end())
      return invalid("Override for container named " + over.name + " is not a container in the TaskDefinition.");
    apply(*container, over);
  }
  if (!overrides.cpu.empty()) definition.cpu = overrides.cpu;
  if (!overrides.memory.empty()) definition.memory = overrides.memory;
  if (!overrides.taskRoleArn.empty()) definition.taskRoleArn = overrides.taskRoleArn;
  if (!overrides.executionRoleArn.empty()) definition.executionRoleArn = overrides.executionRoleArn;
  if (overrides.ephemeralStorage) definition.ephemeralStorage = overrides.ephemeralStorage;
  return definition;
}

Result<k8s::Pod> podForTask(const ecs::TaskDefinition& definition, const TaskSettings& settings) {
  json::Document document;
  auto converted = toPod(json::tree(document, definition), settings.kubeMinor);
  if (!converted) return converted.error();
  auto pod = json::read<k8s::Pod>(converted->document.root());
  if (!pod) return pod.error();
  pod->metadata.name.clear();
  addNeeds(*pod, definition, settings.kubeMinor);
  pod->metadata.namespace_ = settings.cluster;
  pod->metadata.labels[std::string(k8s::kCreatedBy)] = settings.createdBy;
  pod->metadata.labels[std::string(k8s::kFamily)] = slug(definition.family);
  annotate(*pod, k8s::kDefinition, settings.definition);
  annotate(*pod, k8s::kGroup, settings.group);
  annotate(*pod, k8s::kStartedBy, settings.startedBy);
  annotate(*pod, k8s::kLaunchType, settings.launchType);
  annotate(*pod, k8s::kCapacityProvider, settings.capacityProvider);
  annotate(*pod, k8s::kPlatformVersion, settings.platformVersion);
  annotate(*pod, k8s::kNetworkConfiguration, settings.networkConfiguration);
  annotate(*pod, k8s::kOverrides, settings.overrides);
  if (settings.enableExecuteCommand) annotate(*pod, k8s::kExecuteCommand, "true");
  // A definition's tags are the definition's; a task has those that RunTask gave or propagated.
  pod->metadata.annotations.erase(std::string(k8s::kTags));
  annotate(*pod, k8s::kTags, settings.tags);
  std::string& constraints = pod->metadata.annotations[std::string(k8s::kPlacementConstraints)];
  constraints = constraintsOf(constraints, settings.placementConstraints);
  if (constraints.empty()) pod->metadata.annotations.erase(std::string(k8s::kPlacementConstraints));
  annotate(*pod, k8s::kPlacementStrategy, settings.placementStrategy);
  if (!settings.capacityProvider.empty() && settings.capacityProvider != "FARGATE" && settings.capacityProvider != "FARGATE_SPOT")
    pod->spec.nodeSelector[std::string(k8s::kCapacityProvider)] = settings.capacityProvider;
  setDefaults(*pod);
  return pod;
}

}  // namespace taskpod::translate
