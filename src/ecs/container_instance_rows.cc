#include "json/row.h"
#include "taskpod/ecs/container_instance.h"

namespace taskpod::ecs {

using json::field;
using json::Presence;

std::span<const json::Row> VersionInfo::rows() {
  static constexpr json::Row kRows[] = {
      field<&VersionInfo::agentVersion>("agentVersion"),
      field<&VersionInfo::agentHash>("agentHash"),
      field<&VersionInfo::dockerVersion>("dockerVersion"),
  };
  return kRows;
}

std::span<const json::Row> Resource::rows() {
  static constexpr json::Row kRows[] = {
      field<&Resource::name>("name"),
      field<&Resource::type>("type"),
      field<&Resource::doubleValue>("doubleValue"),
      field<&Resource::longValue>("longValue"),
      field<&Resource::integerValue>("integerValue"),
      field<&Resource::stringSetValue>("stringSetValue"),
  };
  return kRows;
}

std::span<const json::Row> InstanceHealthCheckResult::rows() {
  static constexpr json::Row kRows[] = {
      field<&InstanceHealthCheckResult::type>("type"),
      field<&InstanceHealthCheckResult::status>("status"),
      field<&InstanceHealthCheckResult::statusReason>("statusReason"),
      field<&InstanceHealthCheckResult::lastUpdated>("lastUpdated"),
      field<&InstanceHealthCheckResult::lastStatusChange>("lastStatusChange"),
  };
  return kRows;
}

std::span<const json::Row> ContainerInstanceHealthStatus::rows() {
  static constexpr json::Row kRows[] = {
      field<&ContainerInstanceHealthStatus::overallStatus>("overallStatus"),
      field<&ContainerInstanceHealthStatus::details>("details"),
  };
  return kRows;
}

std::span<const json::Row> ContainerInstance::rows() {
  static constexpr json::Row kRows[] = {
      field<&ContainerInstance::containerInstanceArn>("containerInstanceArn"),
      field<&ContainerInstance::ec2InstanceId>("ec2InstanceId"),
      field<&ContainerInstance::capacityProviderName>("capacityProviderName"),
      field<&ContainerInstance::version>("version"),
      field<&ContainerInstance::versionInfo>("versionInfo"),
      field<&ContainerInstance::remainingResources>("remainingResources", Presence::Always),
      field<&ContainerInstance::registeredResources>("registeredResources", Presence::Always),
      field<&ContainerInstance::status>("status"),
      field<&ContainerInstance::statusReason>("statusReason"),
      field<&ContainerInstance::agentConnected>("agentConnected", Presence::Always),
      field<&ContainerInstance::runningTasksCount>("runningTasksCount"),
      field<&ContainerInstance::pendingTasksCount>("pendingTasksCount"),
      field<&ContainerInstance::agentUpdateStatus>("agentUpdateStatus"),
      field<&ContainerInstance::attributes>("attributes", Presence::Always),
      field<&ContainerInstance::registeredAt>("registeredAt"),
      field<&ContainerInstance::attachments>("attachments", Presence::Always),
      field<&ContainerInstance::tags>("tags", Presence::Always),
      field<&ContainerInstance::healthStatus>("healthStatus"),
  };
  return kRows;
}

}  // namespace taskpod::ecs
