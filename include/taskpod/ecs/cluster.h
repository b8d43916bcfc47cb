// Clusters and capacity providers as DescribeClusters and DescribeCapacityProviders tell them (ecs/2014-11-13, service-2.json). What only
// passes through is kept as JSON text.
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

struct ClusterSetting {
  std::string name;
  std::string value;
  json::Extra extra;

  bool operator==(const ClusterSetting&) const = default;
  static std::span<const json::Row> rows();
};

struct Cluster {
  std::string clusterArn;
  std::string clusterName;
  json::Raw configuration;
  std::string status;
  std::optional<std::int32_t> registeredContainerInstancesCount;
  std::optional<std::int32_t> runningTasksCount;
  std::optional<std::int32_t> pendingTasksCount;
  std::optional<std::int32_t> activeServicesCount;
  std::vector<KeyValuePair> statistics;
  std::vector<Tag> tags;
  std::vector<ClusterSetting> settings;
  std::vector<std::string> capacityProviders;
  std::vector<CapacityProviderStrategyItem> defaultCapacityProviderStrategy;
  std::vector<Attachment> attachments;
  std::string attachmentsStatus;
  json::Raw serviceConnectDefaults;
  json::Extra extra;

  bool operator==(const Cluster&) const = default;
  static std::span<const json::Row> rows();
};

struct CapacityProvider {
  std::string capacityProviderArn;
  std::string name;
  std::string cluster;
  std::string status;
  json::Raw autoScalingGroupProvider;
  json::Raw managedInstancesProvider;
  std::string updateStatus;
  std::string updateStatusReason;
  std::vector<Tag> tags;
  std::string type;
  json::Extra extra;

  bool operator==(const CapacityProvider&) const = default;
  static std::span<const json::Row> rows();
};

}  // namespace taskpod::ecs
