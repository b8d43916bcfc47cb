// The bodies of CreateService and RunTask, member by member as in the service model (ecs/2014-11-13, service-2.json). Percentages are whole
// numbers, periods are seconds. What this build does not know stays in `extra`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "taskpod/base/boxed.h"
#include "taskpod/ecs/task_definition.h"

namespace taskpod::ecs {

struct AdvancedConfiguration {
  std::string alternateTargetGroupArn;
  std::string productionListenerRule;
  std::string testListenerRule;
  std::string roleArn;
  json::Extra extra;

  bool operator==(const AdvancedConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct LoadBalancer {
  std::string targetGroupArn;
  std::string loadBalancerName;
  std::string containerName;
  std::optional<std::int32_t> containerPort;
  Boxed<AdvancedConfiguration> advancedConfiguration;
  json::Extra extra;

  bool operator==(const LoadBalancer&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceRegistry {
  std::string registryArn;
  std::optional<std::int32_t> port;
  std::string containerName;
  std::optional<std::int32_t> containerPort;
  json::Extra extra;

  bool operator==(const ServiceRegistry&) const = default;
  static std::span<const json::Row> rows();
};

struct CapacityProviderStrategyItem {
  std::string capacityProvider;
  std::optional<std::int32_t> weight;
  std::optional<std::int32_t> base;
  json::Extra extra;

  bool operator==(const CapacityProviderStrategyItem&) const = default;
  static std::span<const json::Row> rows();
};

struct ThresholdConfiguration {
  std::string type;
  std::optional<std::int32_t> value;
  json::Extra extra;

  bool operator==(const ThresholdConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct DeploymentCircuitBreaker {
  std::optional<bool> enable;
  std::optional<bool> rollback;
  std::optional<bool> resetOnHealthyTask;
  Boxed<ThresholdConfiguration> thresholdConfiguration;
  json::Extra extra;

  bool operator==(const DeploymentCircuitBreaker&) const = default;
  static std::span<const json::Row> rows();
};

struct DeploymentAlarms {
  std::vector<std::string> alarmNames;
  std::optional<bool> rollback;
  std::optional<bool> enable;
  json::Extra extra;

  bool operator==(const DeploymentAlarms&) const = default;
  static std::span<const json::Row> rows();
};

struct HookDetails {
  json::Extra extra;

  bool operator==(const HookDetails&) const = default;
  static std::span<const json::Row> rows();
};

struct DeploymentLifecycleHookTimeoutConfiguration {
  std::optional<std::int32_t> timeoutInMinutes;
  std::string action;
  json::Extra extra;

  bool operator==(const DeploymentLifecycleHookTimeoutConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct DeploymentLifecycleHook {
  std::string targetType;
  std::string hookTargetArn;
  std::string roleArn;
  std::vector<std::string> lifecycleStages;
  Boxed<HookDetails> hookDetails;
  Boxed<DeploymentLifecycleHookTimeoutConfiguration> timeoutConfiguration;
  json::Extra extra;

  bool operator==(const DeploymentLifecycleHook&) const = default;
  static std::span<const json::Row> rows();
};

struct LinearConfiguration {
  std::optional<double> stepPercent;
  std::optional<std::int32_t> stepBakeTimeInMinutes;
  json::Extra extra;

  bool operator==(const LinearConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct CanaryConfiguration {
  std::optional<double> canaryPercent;
  std::optional<std::int32_t> canaryBakeTimeInMinutes;
  json::Extra extra;

  bool operator==(const CanaryConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct DeploymentConfiguration {
  Boxed<DeploymentCircuitBreaker> deploymentCircuitBreaker;
  std::optional<std::int32_t> maximumPercent;
  std::optional<std::int32_t> minimumHealthyPercent;
  Boxed<DeploymentAlarms> alarms;
  std::string strategy;
  std::optional<std::int32_t> bakeTimeInMinutes;
  std::vector<DeploymentLifecycleHook> lifecycleHooks;
  Boxed<LinearConfiguration> linearConfiguration;
  Boxed<CanaryConfiguration> canaryConfiguration;
  json::Extra extra;

  bool operator==(const DeploymentConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct PlacementConstraint {
  std::string type;
  std::string expression;
  json::Extra extra;

  bool operator==(const PlacementConstraint&) const = default;
  static std::span<const json::Row> rows();
};

struct PlacementStrategy {
  std::string type;
  std::string field;
  json::Extra extra;

  bool operator==(const PlacementStrategy&) const = default;
  static std::span<const json::Row> rows();
};

struct AwsVpcConfiguration {
  std::vector<std::string> subnets;
  std::vector<std::string> securityGroups;
  std::string assignPublicIp;
  json::Extra extra;

  bool operator==(const AwsVpcConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct NetworkConfiguration {
  Boxed<AwsVpcConfiguration> awsvpcConfiguration;
  json::Extra extra;

  bool operator==(const NetworkConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct DeploymentController {
  std::string type;
  json::Extra extra;

  bool operator==(const DeploymentController&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceConnectTestTrafficHeaderMatchRules {
  std::string exact;
  json::Extra extra;

  bool operator==(const ServiceConnectTestTrafficHeaderMatchRules&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceConnectTestTrafficHeaderRules {
  std::string name;
  Boxed<ServiceConnectTestTrafficHeaderMatchRules> value;
  json::Extra extra;

  bool operator==(const ServiceConnectTestTrafficHeaderRules&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceConnectTestTrafficRules {
  Boxed<ServiceConnectTestTrafficHeaderRules> header;
  json::Extra extra;

  bool operator==(const ServiceConnectTestTrafficRules&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceConnectClientAlias {
  std::optional<std::int32_t> port;
  std::string dnsName;
  Boxed<ServiceConnectTestTrafficRules> testTrafficRules;
  json::Extra extra;

  bool operator==(const ServiceConnectClientAlias&) const = default;
  static std::span<const json::Row> rows();
};

struct TimeoutConfiguration {
  std::optional<std::int32_t> idleTimeoutSeconds;
  std::optional<std::int32_t> perRequestTimeoutSeconds;
  json::Extra extra;

  bool operator==(const TimeoutConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceConnectTlsCertificateAuthority {
  std::string awsPcaAuthorityArn;
  json::Extra extra;

  bool operator==(const ServiceConnectTlsCertificateAuthority&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceConnectTlsConfiguration {
  Boxed<ServiceConnectTlsCertificateAuthority> issuerCertificateAuthority;
  std::string kmsKey;
  std::string roleArn;
  json::Extra extra;

  bool operator==(const ServiceConnectTlsConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceConnectService {
  std::string portName;
  std::string discoveryName;
  std::vector<ServiceConnectClientAlias> clientAliases;
  std::optional<std::int32_t> ingressPortOverride;
  Boxed<TimeoutConfiguration> timeout;
  Boxed<ServiceConnectTlsConfiguration> tls;
  json::Extra extra;

  bool operator==(const ServiceConnectService&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceConnectAccessLogConfiguration {
  std::string format;
  std::string includeQueryParameters;
  json::Extra extra;

  bool operator==(const ServiceConnectAccessLogConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceConnectConfiguration {
  std::optional<bool> enabled;
  std::string namespace_;
  std::vector<ServiceConnectService> services;
  Boxed<LogConfiguration> logConfiguration;
  Boxed<ServiceConnectAccessLogConfiguration> accessLogConfiguration;
  json::Extra extra;

  bool operator==(const ServiceConnectConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct EBSTagSpecification {
  std::string resourceType;
  std::vector<Tag> tags;
  std::string propagateTags;
  json::Extra extra;

  bool operator==(const EBSTagSpecification&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceManagedEBSVolumeConfiguration {
  std::optional<bool> encrypted;
  std::string kmsKeyId;
  std::string volumeType;
  std::optional<std::int32_t> sizeInGiB;
  std::string snapshotId;
  std::optional<std::int32_t> volumeInitializationRate;
  std::optional<std::int32_t> iops;
  std::optional<std::int32_t> throughput;
  std::vector<EBSTagSpecification> tagSpecifications;
  std::string roleArn;
  std::string filesystemType;
  json::Extra extra;

  bool operator==(const ServiceManagedEBSVolumeConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceVolumeConfiguration {
  std::string name;
  Boxed<ServiceManagedEBSVolumeConfiguration> managedEBSVolume;
  json::Extra extra;

  bool operator==(const ServiceVolumeConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct VpcLatticeConfiguration {
  std::string roleArn;
  std::string targetGroupArn;
  std::string portName;
  json::Extra extra;

  bool operator==(const VpcLatticeConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct MetricConfiguration {
  std::vector<std::string> metricNames;
  std::optional<std::int32_t> resolutionSeconds;
  json::Extra extra;

  bool operator==(const MetricConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct MonitoringConfiguration {
  std::vector<MetricConfiguration> metricConfigurations;
  json::Extra extra;

  bool operator==(const MonitoringConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct CreateService {
  std::string cluster;
  std::string serviceName;
  std::string taskDefinition;
  std::string availabilityZoneRebalancing;
  std::vector<LoadBalancer> loadBalancers;
  std::vector<ServiceRegistry> serviceRegistries;
  std::optional<std::int32_t> desiredCount;
  std::string clientToken;
  std::string launchType;
  std::vector<CapacityProviderStrategyItem> capacityProviderStrategy;
  std::string platformVersion;
  std::string role;
  Boxed<DeploymentConfiguration> deploymentConfiguration;
  std::vector<PlacementConstraint> placementConstraints;
  std::vector<PlacementStrategy> placementStrategy;
  Boxed<NetworkConfiguration> networkConfiguration;
  std::optional<std::int32_t> healthCheckGracePeriodSeconds;
  std::string schedulingStrategy;
  Boxed<DeploymentController> deploymentController;
  std::vector<Tag> tags;
  std::optional<bool> enableECSManagedTags;
  std::string propagateTags;
  std::optional<bool> enableExecuteCommand;
  Boxed<ServiceConnectConfiguration> serviceConnectConfiguration;
  std::vector<ServiceVolumeConfiguration> volumeConfigurations;
  std::vector<VpcLatticeConfiguration> vpcLatticeConfigurations;
  Boxed<MonitoringConfiguration> monitoring;
  json::Extra extra;

  bool operator==(const CreateService&) const = default;
  static std::span<const json::Row> rows();
};

struct ContainerOverride {
  std::string name;
  std::vector<std::string> command;
  std::vector<KeyValuePair> environment;
  std::vector<EnvironmentFile> environmentFiles;
  std::optional<std::int32_t> cpu;
  std::optional<std::int32_t> memory;
  std::optional<std::int32_t> memoryReservation;
  std::vector<ResourceRequirement> resourceRequirements;
  json::Extra extra;

  bool operator==(const ContainerOverride&) const = default;
  static std::span<const json::Row> rows();
};

struct InferenceAcceleratorOverride {
  std::string deviceName;
  std::string deviceType;
  json::Extra extra;

  bool operator==(const InferenceAcceleratorOverride&) const = default;
  static std::span<const json::Row> rows();
};

struct TaskOverride {
  std::vector<ContainerOverride> containerOverrides;
  std::string cpu;
  std::vector<InferenceAcceleratorOverride> inferenceAcceleratorOverrides;
  std::string executionRoleArn;
  std::string memory;
  std::string taskRoleArn;
  Boxed<EphemeralStorage> ephemeralStorage;
  json::Extra extra;

  bool operator==(const TaskOverride&) const = default;
  static std::span<const json::Row> rows();
};

struct TaskManagedEBSVolumeTerminationPolicy {
  std::optional<bool> deleteOnTermination;
  json::Extra extra;

  bool operator==(const TaskManagedEBSVolumeTerminationPolicy&) const = default;
  static std::span<const json::Row> rows();
};

struct TaskManagedEBSVolumeConfiguration {
  std::optional<bool> encrypted;
  std::string kmsKeyId;
  std::string volumeType;
  std::optional<std::int32_t> sizeInGiB;
  std::string snapshotId;
  std::optional<std::int32_t> volumeInitializationRate;
  std::optional<std::int32_t> iops;
  std::optional<std::int32_t> throughput;
  std::vector<EBSTagSpecification> tagSpecifications;
  std::string roleArn;
  Boxed<TaskManagedEBSVolumeTerminationPolicy> terminationPolicy;
  std::string filesystemType;
  json::Extra extra;

  bool operator==(const TaskManagedEBSVolumeConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct TaskVolumeConfiguration {
  std::string name;
  Boxed<TaskManagedEBSVolumeConfiguration> managedEBSVolume;
  json::Extra extra;

  bool operator==(const TaskVolumeConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct RunTask {
  std::vector<CapacityProviderStrategyItem> capacityProviderStrategy;
  std::string cluster;
  std::optional<std::int32_t> count;
  std::optional<bool> enableECSManagedTags;
  std::optional<bool> enableExecuteCommand;
  std::string group;
  std::string launchType;
  Boxed<NetworkConfiguration> networkConfiguration;
  Boxed<TaskOverride> overrides;
  std::vector<PlacementConstraint> placementConstraints;
  std::vector<PlacementStrategy> placementStrategy;
  std::string platformVersion;
  std::string propagateTags;
  std::string referenceId;
  std::string startedBy;
  std::vector<Tag> tags;
  std::string taskDefinition;
  std::string clientToken;
  std::vector<TaskVolumeConfiguration> volumeConfigurations;
  json::Extra extra;

  bool operator==(const RunTask&) const = default;
  static std::span<const json::Row> rows();
};

}  // namespace taskpod::ecs
