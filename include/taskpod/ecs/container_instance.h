// What DescribeContainerInstances tells of a container instance, as in the service model (ecs/2014-11-13, service-2.json). Times are
// seconds since the epoch. Computed from a node by translate/container_instance.h, never stored.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "taskpod/base/boxed.h"
#include "taskpod/ecs/task.h"

namespace taskpod::ecs {

struct VersionInfo {
  std::string agentVersion;
  std::string agentHash;
  std::string dockerVersion;
  json::Extra extra;

  bool operator==(const VersionInfo&) const = default;
  static std::span<const json::Row> rows();
};

struct Resource {
  std::string name;
  std::string type;
  std::optional<double> doubleValue;
  std::optional<std::int64_t> longValue;
  std::optional<std::int32_t> integerValue;
  std::vector<std::string> stringSetValue;
  json::Extra extra;

  bool operator==(const Resource&) const = default;
  static std::span<const json::Row> rows();
};

struct InstanceHealthCheckResult {
  std::string type;
  std::string status;
  std::string statusReason;
  std::optional<double> lastUpdated;
  std::optional<double> lastStatusChange;
  json::Extra extra;

  bool operator==(const InstanceHealthCheckResult&) const = default;
  static std::span<const json::Row> rows();
};

struct ContainerInstanceHealthStatus {
  std::string overallStatus;
  std::vector<InstanceHealthCheckResult> details;
  json::Extra extra;

  bool operator==(const ContainerInstanceHealthStatus&) const = default;
  static std::span<const json::Row> rows();
};

struct ContainerInstance {
  std::string containerInstanceArn;
  std::string ec2InstanceId;
  std::string capacityProviderName;
  std::optional<std::int64_t> version;
  Boxed<VersionInfo> versionInfo;
  std::vector<Resource> remainingResources;
  std::vector<Resource> registeredResources;
  std::string status;
  std::string statusReason;
  std::optional<bool> agentConnected;
  std::optional<std::int32_t> runningTasksCount;
  std::optional<std::int32_t> pendingTasksCount;
  std::string agentUpdateStatus;
  std::vector<Attribute> attributes;
  std::optional<double> registeredAt;
  std::vector<Attachment> attachments;
  std::vector<Tag> tags;
  Boxed<ContainerInstanceHealthStatus> healthStatus;
  json::Extra extra;

  bool operator==(const ContainerInstance&) const = default;
  static std::span<const json::Row> rows();
};

}  // namespace taskpod::ecs
