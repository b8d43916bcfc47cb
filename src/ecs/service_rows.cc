#include "json/row.h"
#include "taskpod/ecs/service.h"

namespace taskpod::ecs {

using json::field;

std::span<const json::Row> AdvancedConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&AdvancedConfiguration::alternateTargetGroupArn>("alternateTargetGroupArn"),
      field<&AdvancedConfiguration::productionListenerRule>("productionListenerRule"),
      field<&AdvancedConfiguration::testListenerRule>("testListenerRule"),
      field<&AdvancedConfiguration::roleArn>("roleArn"),
  };
  return kRows;
}

std::span<const json::Row> LoadBalancer::rows() {
  static constexpr json::Row kRows[] = {
      field<&LoadBalancer::targetGroupArn>("targetGroupArn"),
      field<&LoadBalancer::loadBalancerName>("loadBalancerName"),
      field<&LoadBalancer::containerName>("containerName"),
      field<&LoadBalancer::containerPort>("containerPort"),
      field<&LoadBalancer::advancedConfiguration>("advancedConfiguration"),
  };
  return kRows;
}

std::span<const json::Row> ServiceRegistry::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceRegistry::registryArn>("registryArn"),
      field<&ServiceRegistry::port>("port"),
      field<&ServiceRegistry::containerName>("containerName"),
      field<&ServiceRegistry::containerPort>("containerPort"),
  };
  return kRows;
}

std::span<const json::Row> CapacityProviderStrategyItem::rows() {
  static constexpr json::Row kRows[] = {
      field<&CapacityProviderStrategyItem::capacityProvider>("capacityProvider"),
      field<&CapacityProviderStrategyItem::weight>("weight"),
      field<&CapacityProviderStrategyItem::base>("base"),
  };
  return kRows;
}

std::span<const json::Row> ThresholdConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&ThresholdConfiguration::type>("type"),
      field<&ThresholdConfiguration::value>("value"),
  };
  return kRows;
}

std::span<const json::Row> DeploymentCircuitBreaker::rows() {
  static constexpr json::Row kRows[] = {
      field<&DeploymentCircuitBreaker::enable>("enable"),
      field<&DeploymentCircuitBreaker::rollback>("rollback"),
      field<&DeploymentCircuitBreaker::resetOnHealthyTask>("resetOnHealthyTask"),
      field<&DeploymentCircuitBreaker::thresholdConfiguration>("thresholdConfiguration"),
  };
  return kRows;
}

std::span<const json::Row> DeploymentAlarms::rows() {
  static constexpr json::Row kRows[] = {
      field<&DeploymentAlarms::alarmNames>("alarmNames"),
      field<&DeploymentAlarms::rollback>("rollback"),
      field<&DeploymentAlarms::enable>("enable"),
  };
  return kRows;
}

std::span<const json::Row> HookDetails::rows() {
  return {};  // any JSON document
}

std::span<const json::Row> DeploymentLifecycleHookTimeoutConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&DeploymentLifecycleHookTimeoutConfiguration::timeoutInMinutes>("timeoutInMinutes"),
      field<&DeploymentLifecycleHookTimeoutConfiguration::action>("action"),
  };
  return kRows;
}

std::span<const json::Row> DeploymentLifecycleHook::rows() {
  static constexpr json::Row kRows[] = {
      field<&DeploymentLifecycleHook::targetType>("targetType"),
      field<&DeploymentLifecycleHook::hookTargetArn>("hookTargetArn"),
      field<&DeploymentLifecycleHook::roleArn>("roleArn"),
      field<&DeploymentLifecycleHook::lifecycleStages>("lifecycleStages"),
      field<&DeploymentLifecycleHook::hookDetails>("hookDetails"),
      field<&DeploymentLifecycleHook::timeoutConfiguration>("timeoutConfiguration"),
  };
  return kRows;
}

std::span<const json::Row> LinearConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&LinearConfiguration::stepPercent>("stepPercent"),
      field<&LinearConfiguration::stepBakeTimeInMinutes>("stepBakeTimeInMinutes"),
  };
  return kRows;
}

std::span<const json::Row> CanaryConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&CanaryConfiguration::canaryPercent>("canaryPercent"),
      field<&CanaryConfiguration::canaryBakeTimeInMinutes>("canaryBakeTimeInMinutes"),
  };
  return kRows;
}

std::span<const json::Row> DeploymentConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&DeploymentConfiguration::deploymentCircuitBreaker>("deploymentCircuitBreaker"),
      field<&DeploymentConfiguration::maximumPercent>("maximumPercent"),
      field<&DeploymentConfiguration::minimumHealthyPercent>("minimumHealthyPercent"),
      field<&DeploymentConfiguration::alarms>("alarms"),
      field<&DeploymentConfiguration::strategy>("strategy"),
      field<&DeploymentConfiguration::bakeTimeInMinutes>("bakeTimeInMinutes"),
      field<&DeploymentConfiguration::lifecycleHooks>("lifecycleHooks"),
      field<&DeploymentConfiguration::linearConfiguration>("linearConfiguration"),
      field<&DeploymentConfiguration::canaryConfiguration>("canaryConfiguration"),
  };
  return kRows;
}

std::span<const json::Row> PlacementConstraint::rows() {
  static constexpr json::Row kRows[] = {
      field<&PlacementConstraint::type>("type"),
      field<&PlacementConstraint::expression>("expression"),
  };
  return kRows;
}

std::span<const json::Row> PlacementStrategy::rows() {
  static constexpr json::Row kRows[] = {
      json::field<&PlacementStrategy::type>("type"),
      json::field<&PlacementStrategy::field>("field"),
  };
  return kRows;
}

std::span<const json::Row> AwsVpcConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&AwsVpcConfiguration::subnets>("subnets"),
      field<&AwsVpcConfiguration::securityGroups>("securityGroups"),
      field<&AwsVpcConfiguration::assignPublicIp>("assignPublicIp"),
  };
  return kRows;
}

std::span<const json::Row> NetworkConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&NetworkConfiguration::awsvpcConfiguration>("awsvpcConfiguration"),
  };
  return kRows;
}

std::span<const json::Row> DeploymentController::rows() {
  static constexpr json::Row kRows[] = {
      field<&DeploymentController::type>("type"),
  };
  return kRows;
}

std::span<const json::Row> ServiceConnectTestTrafficHeaderMatchRules::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceConnectTestTrafficHeaderMatchRules::exact>("exact"),
  };
  return kRows;
}

std::span<const json::Row> ServiceConnectTestTrafficHeaderRules::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceConnectTestTrafficHeaderRules::name>("name"),
      field<&ServiceConnectTestTrafficHeaderRules::value>("value"),
  };
  return kRows;
}

std::span<const json::Row> ServiceConnectTestTrafficRules::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceConnectTestTrafficRules::header>("header"),
  };
  return kRows;
}

std::span<const json::Row> ServiceConnectClientAlias::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceConnectClientAlias::port>("port"),
      field<&ServiceConnectClientAlias::dnsName>("dnsName"),
      field<&ServiceConnectClientAlias::testTrafficRules>("testTrafficRules"),
  };
  return kRows;
}

std::span<const json::Row> TimeoutConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&TimeoutConfiguration::idleTimeoutSeconds>("idleTimeoutSeconds"),
      field<&TimeoutConfiguration::perRequestTimeoutSeconds>("perRequestTimeoutSeconds"),
  };
  return kRows;
}

std::span<const json::Row> ServiceConnectTlsCertificateAuthority::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceConnectTlsCertificateAuthority::awsPcaAuthorityArn>("awsPcaAuthorityArn"),
  };
  return kRows;
}

std::span<const json::Row> ServiceConnectTlsConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceConnectTlsConfiguration::issuerCertificateAuthority>("issuerCertificateAuthority"),
      field<&ServiceConnectTlsConfiguration::kmsKey>("kmsKey"),
      field<&ServiceConnectTlsConfiguration::roleArn>("roleArn"),
  };
  return kRows;
}

std::span<const json::Row> ServiceConnectService::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceConnectService::portName>("portName"),
      field<&ServiceConnectService::discoveryName>("discoveryName"),
      field<&ServiceConnectService::clientAliases>("clientAliases"),
      field<&ServiceConnectService::ingressPortOverride>("ingressPortOverride"),
      field<&ServiceConnectService::timeout>("timeout"),
      field<&ServiceConnectService::tls>("tls"),
  };
  return kRows;
}

std::span<const json::Row> ServiceConnectAccessLogConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceConnectAccessLogConfiguration::format>("format"),
      field<&ServiceConnectAccessLogConfiguration::includeQueryParameters>("includeQueryParameters"),
  };
  return kRows;
}

std::span<const json::Row> ServiceConnectConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceConnectConfiguration::enabled>("enabled"),
      field<&ServiceConnectConfiguration::namespace_>("namespace"),
      field<&ServiceConnectConfiguration::services>("services"),
      field<&ServiceConnectConfiguration::logConfiguration>("logConfiguration"),
      field<&ServiceConnectConfiguration::accessLogConfiguration>("accessLogConfiguration"),
  };
  return kRows;
}

std::span<const json::Row> EBSTagSpecification::rows() {
  static constexpr json::Row kRows[] = {
      field<&EBSTagSpecification::resourceType>("resourceType"),
      field<&EBSTagSpecification::tags>("tags"),
      field<&EBSTagSpecification::propagateTags>("propagateTags"),
  };
  return kRows;
}

std::span<const json::Row> ServiceManagedEBSVolumeConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceManagedEBSVolumeConfiguration::encrypted>("encrypted"),
      field<&ServiceManagedEBSVolumeConfiguration::kmsKeyId>("kmsKeyId"),
      field<&ServiceManagedEBSVolumeConfiguration::volumeType>("volumeType"),
      field<&ServiceManagedEBSVolumeConfiguration::sizeInGiB>("sizeInGiB"),
      field<&ServiceManagedEBSVolumeConfiguration::snapshotId>("snapshotId"),
      field<&ServiceManagedEBSVolumeConfiguration::volumeInitializationRate>("volumeInitializationRate"),
      field<&ServiceManagedEBSVolumeConfiguration::iops>("iops"),
      field<&ServiceManagedEBSVolumeConfiguration::throughput>("throughput"),
      field<&ServiceManagedEBSVolumeConfiguration::tagSpecifications>("tagSpecifications"),
      field<&ServiceManagedEBSVolumeConfiguration::roleArn>("roleArn"),
      field<&ServiceManagedEBSVolumeConfiguration::filesystemType>("filesystemType"),
  };
  return kRows;
}

std::span<const json::Row> ServiceVolumeConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceVolumeConfiguration::name>("name"),
      field<&ServiceVolumeConfiguration::managedEBSVolume>("managedEBSVolume"),
  };
  return kRows;
}

std::span<const json::Row> VpcLatticeConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&VpcLatticeConfiguration::roleArn>("roleArn"),
      field<&VpcLatticeConfiguration::targetGroupArn>("targetGroupArn"),
      field<&VpcLatticeConfiguration::portName>("portName"),
  };
  return kRows;
}

std::span<const json::Row> MetricConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&MetricConfiguration::metricNames>("metricNames"),
      field<&MetricConfiguration::resolutionSeconds>("resolutionSeconds"),
  };
  return kRows;
}

std::span<const json::Row> MonitoringConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&MonitoringConfiguration::metricConfigurations>("metricConfigurations"),
  };
  return kRows;
}

std::span<const json::Row> CreateService::rows() {
  static constexpr json::Row kRows[] = {
      field<&CreateService::cluster>("cluster"),
      field<&CreateService::serviceName>("serviceName"),
      field<&CreateService::taskDefinition>("taskDefinition"),
      field<&CreateService::availabilityZoneRebalancing>("availabilityZoneRebalancing"),
      field<&CreateService::loadBalancers>("loadBalancers"),
      field<&CreateService::serviceRegistries>("serviceRegistries"),
      field<&CreateService::desiredCount>("desiredCount"),
      field<&CreateService::clientToken>("clientToken"),
      field<&CreateService::launchType>("launchType"),
      field<&CreateService::capacityProviderStrategy>("capacityProviderStrategy"),
      field<&CreateService::platformVersion>("platformVersion"),
      field<&CreateService::role>("role"),
      field<&CreateService::deploymentConfiguration>("deploymentConfiguration"),
      field<&CreateService::placementConstraints>("placementConstraints"),
      field<&CreateService::placementStrategy>("placementStrategy"),
      field<&CreateService::networkConfiguration>("networkConfiguration"),
      field<&CreateService::healthCheckGracePeriodSeconds>("healthCheckGracePeriodSeconds"),
      field<&CreateService::schedulingStrategy>("schedulingStrategy"),
      field<&CreateService::deploymentController>("deploymentController"),
      field<&CreateService::tags>("tags"),
      field<&CreateService::enableECSManagedTags>("enableECSManagedTags"),
      field<&CreateService::propagateTags>("propagateTags"),
      field<&CreateService::enableExecuteCommand>("enableExecuteCommand"),
      field<&CreateService::serviceConnectConfiguration>("serviceConnectConfiguration"),
      field<&CreateService::volumeConfigurations>("volumeConfigurations"),
      field<&CreateService::vpcLatticeConfigurations>("vpcLatticeConfigurations"),
      field<&CreateService::monitoring>("monitoring"),
  };
  return kRows;
}

std::span<const json::Row> ContainerOverride::rows() {
  static constexpr json::Row kRows[] = {
      field<&ContainerOverride::name>("name"),
      field<&ContainerOverride::command>("command"),
      field<&ContainerOverride::environment>("environment"),
      field<&ContainerOverride::environmentFiles>("environmentFiles"),
      field<&ContainerOverride::cpu>("cpu"),
      field<&ContainerOverride::memory>("memory"),
      field<&ContainerOverride::memoryReservation>("memoryReservation"),
      field<&ContainerOverride::resourceRequirements>("resourceRequirements"),
  };
  return kRows;
}

std::span<const json::Row> InferenceAcceleratorOverride::rows() {
  static constexpr json::Row kRows[] = {
      field<&InferenceAcceleratorOverride::deviceName>("deviceName"),
      field<&InferenceAcceleratorOverride::deviceType>("deviceType"),
  };
  return kRows;
}

std::span<const json::Row> TaskOverride::rows() {
  static constexpr json::Row kRows[] = {
      field<&TaskOverride::containerOverrides>("containerOverrides"),
      field<&TaskOverride::cpu>("cpu"),
      field<&TaskOverride::inferenceAcceleratorOverrides>("inferenceAcceleratorOverrides"),
      field<&TaskOverride::executionRoleArn>("executionRoleArn"),
      field<&TaskOverride::memory>("memory"),
      field<&TaskOverride::taskRoleArn>("taskRoleArn"),
      field<&TaskOverride::ephemeralStorage>("ephemeralStorage"),
  };
  return kRows;
}

std::span<const json::Row> TaskManagedEBSVolumeTerminationPolicy::rows() {
  static constexpr json::Row kRows[] = {
      field<&TaskManagedEBSVolumeTerminationPolicy::deleteOnTermination>("deleteOnTermination"),
  };
  return kRows;
}

std::span<const json::Row> TaskManagedEBSVolumeConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&TaskManagedEBSVolumeConfiguration::encrypted>("encrypted"),
      field<&TaskManagedEBSVolumeConfiguration::kmsKeyId>("kmsKeyId"),
      field<&TaskManagedEBSVolumeConfiguration::volumeType>("volumeType"),
      field<&TaskManagedEBSVolumeConfiguration::sizeInGiB>("sizeInGiB"),
      field<&TaskManagedEBSVolumeConfiguration::snapshotId>("snapshotId"),
      field<&TaskManagedEBSVolumeConfiguration::volumeInitializationRate>("volumeInitializationRate"),
      field<&TaskManagedEBSVolumeConfiguration::iops>("iops"),
      field<&TaskManagedEBSVolumeConfiguration::throughput>("throughput"),
      field<&TaskManagedEBSVolumeConfiguration::tagSpecifications>("tagSpecifications"),
      field<&TaskManagedEBSVolumeConfiguration::roleArn>("roleArn"),
      field<&TaskManagedEBSVolumeConfiguration::terminationPolicy>("terminationPolicy"),
      field<&TaskManagedEBSVolumeConfiguration::filesystemType>("filesystemType"),
  };
  return kRows;
}

std::span<const json::Row> TaskVolumeConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&TaskVolumeConfiguration::name>("name"),
      field<&TaskVolumeConfiguration::managedEBSVolume>("managedEBSVolume"),
  };
  return kRows;
}

std::span<const json::Row> RunTask::rows() {
  static constexpr json::Row kRows[] = {
      field<&RunTask::capacityProviderStrategy>("capacityProviderStrategy"),
      field<&RunTask::cluster>("cluster"),
      field<&RunTask::count>("count"),
      field<&RunTask::enableECSManagedTags>("enableECSManagedTags"),
      field<&RunTask::enableExecuteCommand>("enableExecuteCommand"),
      field<&RunTask::group>("group"),
      field<&RunTask::launchType>("launchType"),
      field<&RunTask::networkConfiguration>("networkConfiguration"),
      field<&RunTask::overrides>("overrides"),
      field<&RunTask::placementConstraints>("placementConstraints"),
      field<&RunTask::placementStrategy>("placementStrategy"),
      field<&RunTask::platformVersion>("platformVersion"),
      field<&RunTask::propagateTags>("propagateTags"),
      field<&RunTask::referenceId>("referenceId"),
      field<&RunTask::startedBy>("startedBy"),
      field<&RunTask::tags>("tags"),
      field<&RunTask::taskDefinition>("taskDefinition"),
      field<&RunTask::clientToken>("clientToken"),
      field<&RunTask::volumeConfigurations>("volumeConfigurations"),
  };
  return kRows;
}

}  // namespace taskpod::ecs
