// What DescribeServices, DescribeServiceDeployments and DescribeServiceRevisions tell, as in the service model (ecs/2014-11-13,
// service-2.json). Times are seconds since the epoch. What only passes through is kept as JSON text.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "taskpod/base/boxed.h"
#include "taskpod/ecs/cluster.h"

namespace taskpod::ecs {

struct DeploymentEphemeralStorage {
  std::string kmsKeyId;
  json::Extra extra;

  bool operator==(const DeploymentEphemeralStorage&) const = default;
  static std::span<const json::Row> rows();
};

struct Deployment {
  std::string id;
  std::string status;
  std::string taskDefinition;
  std::optional<std::int32_t> desiredCount;
  std::optional<std::int32_t> pendingCount;
  std::optional<std::int32_t> runningCount;
  std::optional<std::int32_t> failedTasks;
  std::optional<double> createdAt;
  std::optional<double> updatedAt;
  std::vector<CapacityProviderStrategyItem> capacityProviderStrategy;
  std::string launchType;
  std::string platformVersion;
  std::string platformFamily;
  Boxed<NetworkConfiguration> networkConfiguration;
  std::string rolloutState;
  std::string rolloutStateReason;
  json::Raw serviceConnectConfiguration;
  std::vector<json::Raw> serviceConnectResources;
  std::vector<json::Raw> volumeConfigurations;
  Boxed<DeploymentEphemeralStorage> fargateEphemeralStorage;
  std::vector<json::Raw> vpcLatticeConfigurations;
  json::Extra extra;

  bool operator==(const Deployment&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceEvent {
  std::string id;
  std::optional<double> createdAt;
  std::string message;
  json::Extra extra;

  bool operator==(const ServiceEvent&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceCurrentRevisionSummary {
  std::string arn;
  std::optional<std::int32_t> requestedTaskCount;
  std::optional<std::int32_t> runningTaskCount;
  std::optional<std::int32_t> pendingTaskCount;
  json::Extra extra;

  bool operator==(const ServiceCurrentRevisionSummary&) const = default;
  static std::span<const json::Row> rows();
};

struct Service {
  std::string serviceArn;
  std::string serviceName;
  std::string clusterArn;
  std::vector<LoadBalancer> loadBalancers;
  std::vector<ServiceRegistry> serviceRegistries;
  std::string status;
  std::optional<std::int32_t> desiredCount;
  std::optional<std::int32_t> runningCount;
  std::optional<std::int32_t> pendingCount;
  std::string launchType;
  std::vector<CapacityProviderStrategyItem> capacityProviderStrategy;
  std::string platformVersion;
  std::string platformFamily;
  std::string taskDefinition;
  Boxed<DeploymentConfiguration> deploymentConfiguration;
  std::vector<json::Raw> taskSets;
  std::vector<Deployment> deployments;
  std::string roleArn;
  std::vector<ServiceEvent> events;
  std::optional<double> createdAt;
  std::string currentServiceDeployment;
  std::vector<ServiceCurrentRevisionSummary> currentServiceRevisions;
  std::vector<PlacementConstraint> placementConstraints;
  std::vector<PlacementStrategy> placementStrategy;
  Boxed<NetworkConfiguration> networkConfiguration;
  std::optional<std::int32_t> healthCheckGracePeriodSeconds;
  std::string schedulingStrategy;
  Boxed<DeploymentController> deploymentController;
  std::vector<Tag> tags;
  std::string createdBy;
  std::optional<bool> enableECSManagedTags;
  std::string propagateTags;
  std::optional<bool> enableExecuteCommand;
  std::string availabilityZoneRebalancing;
  std::string resourceManagementType;
  json::Extra extra;

  bool operator==(const Service&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceRevisionSummary {
  std::string arn;
  std::optional<std::int32_t> requestedTaskCount;
  std::optional<std::int32_t> runningTaskCount;
  std::optional<std::int32_t> pendingTaskCount;
  std::optional<double> requestedTestTrafficWeight;
  std::optional<double> requestedProductionTrafficWeight;
  json::Extra extra;

  bool operator==(const ServiceRevisionSummary&) const = default;
  static std::span<const json::Row> rows();
};

struct Rollback {
  std::string reason;
  std::optional<double> startedAt;
  std::string serviceRevisionArn;
  json::Extra extra;

  bool operator==(const Rollback&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceDeploymentCircuitBreaker {
  std::string status;
  std::optional<std::int32_t> failureCount;
  std::optional<std::int32_t> threshold;
  json::Extra extra;

  bool operator==(const ServiceDeploymentCircuitBreaker&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceDeploymentAlarms {
  std::string status;
  std::vector<std::string> alarmNames;
  std::vector<std::string> triggeredAlarmNames;
  json::Extra extra;

  bool operator==(const ServiceDeploymentAlarms&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceDeployment {
  std::string serviceDeploymentArn;
  std::string serviceArn;
  std::string clusterArn;
  std::optional<double> createdAt;
  std::optional<double> startedAt;
  std::optional<double> finishedAt;
  std::optional<double> stoppedAt;
  std::optional<double> updatedAt;
  std::vector<ServiceRevisionSummary> sourceServiceRevisions;
  Boxed<ServiceRevisionSummary> targetServiceRevision;
  std::string status;
  std::string statusReason;
  std::string lifecycleStage;
  std::vector<json::Raw> lifecycleHookDetails;
  Boxed<DeploymentConfiguration> deploymentConfiguration;
  Boxed<Rollback> rollback;
  Boxed<ServiceDeploymentCircuitBreaker> deploymentCircuitBreaker;
  Boxed<ServiceDeploymentAlarms> alarms;
  json::Extra extra;

  bool operator==(const ServiceDeployment&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceDeploymentBrief {
  std::string serviceDeploymentArn;
  std::string serviceArn;
  std::string clusterArn;
  std::optional<double> startedAt;
  std::optional<double> createdAt;
  std::optional<double> finishedAt;
  std::string targetServiceRevisionArn;
  std::string status;
  std::string statusReason;
  json::Extra extra;

  bool operator==(const ServiceDeploymentBrief&) const = default;
  static std::span<const json::Row> rows();
};

struct ContainerImage {
  std::string containerName;
  std::string imageDigest;
  std::string image;
  json::Extra extra;

  bool operator==(const ContainerImage&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceRevision {
  std::string serviceRevisionArn;
  std::string serviceArn;
  std::string clusterArn;
  std::string taskDefinition;
  std::vector<CapacityProviderStrategyItem> capacityProviderStrategy;
  std::string launchType;
  std::string platformVersion;
  std::string platformFamily;
  std::vector<LoadBalancer> loadBalancers;
  std::vector<ServiceRegistry> serviceRegistries;
  Boxed<NetworkConfiguration> networkConfiguration;
  std::vector<ContainerImage> containerImages;
  std::optional<bool> guardDutyEnabled;
  json::Raw serviceConnectConfiguration;
  std::vector<json::Raw> volumeConfigurations;
  Boxed<DeploymentEphemeralStorage> fargateEphemeralStorage;
  std::optional<double> createdAt;
  std::vector<json::Raw> vpcLatticeConfigurations;
  json::Raw resolvedConfiguration;
  json::Raw ecsManagedResources;
  json::Raw overrides;
  json::Raw monitoring;
  json::Extra extra;

  bool operator==(const ServiceRevision&) const = default;
  static std::span<const json::Row> rows();
};

struct ProtectedTask {
  std::string taskArn;
  std::optional<bool> protectionEnabled;
  std::optional<double> expirationDate;
  json::Extra extra;

  bool operator==(const ProtectedTask&) const = default;
  static std::span<const json::Row> rows();
};

}  // namespace taskpod::ecs
