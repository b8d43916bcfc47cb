#include "json/row.h"
#include "taskpod/ecs/service_state.h"

namespace taskpod::ecs {

using json::field;
using json::Presence;

std::span<const json::Row> DeploymentEphemeralStorage::rows() {
  static constexpr json::Row kRows[] = {
      field<&DeploymentEphemeralStorage::kmsKeyId>("kmsKeyId"),
  };
  return kRows;
}

std::span<const json::Row> Deployment::rows() {
  static constexpr json::Row kRows[] = {
      field<&Deployment::id>("id"),
      field<&Deployment::status>("status"),
      field<&Deployment::taskDefinition>("taskDefinition"),
      field<&Deployment::desiredCount>("desiredCount"),
      field<&Deployment::pendingCount>("pendingCount"),
      field<&Deployment::runningCount>("runningCount"),
      field<&Deployment::failedTasks>("failedTasks"),
      field<&Deployment::createdAt>("createdAt"),
      field<&Deployment::updatedAt>("updatedAt"),
      field<&Deployment::capacityProviderStrategy>("capacityProviderStrategy"),
      field<&Deployment::launchType>("launchType"),
      field<&Deployment::platformVersion>("platformVersion"),
      field<&Deployment::platformFamily>("platformFamily"),
      field<&Deployment::networkConfiguration>("networkConfiguration"),
      field<&Deployment::rolloutState>("rolloutState"),
      field<&Deployment::rolloutStateReason>("rolloutStateReason"),
      field<&Deployment::serviceConnectConfiguration>("serviceConnectConfiguration"),
      field<&Deployment::serviceConnectResources>("serviceConnectResources"),
      field<&Deployment::volumeConfigurations>("volumeConfigurations"),
      field<&Deployment::fargateEphemeralStorage>("fargateEphemeralStorage"),
      field<&Deployment::vpcLatticeConfigurations>("vpcLatticeConfigurations"),
  };
  return kRows;
}

std::span<const json::Row> ServiceEvent::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceEvent::id>("id"),
      field<&ServiceEvent::createdAt>("createdAt"),
      field<&ServiceEvent::message>("message"),
  };
  return kRows;
}

std::span<const json::Row> ServiceCurrentRevisionSummary::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceCurrentRevisionSummary::arn>("arn"),
      field<&ServiceCurrentRevisionSummary::requestedTaskCount>("requestedTaskCount"),
      field<&ServiceCurrentRevisionSummary::runningTaskCount>("runningTaskCount"),
      field<&ServiceCurrentRevisionSummary::pendingTaskCount>("pendingTaskCount"),
  };
  return kRows;
}

std::span<const json::Row> Service::rows() {
  static constexpr json::Row kRows[] = {
      field<&Service::serviceArn>("serviceArn"),
      field<&Service::serviceName>("serviceName"),
      field<&Service::clusterArn>("clusterArn"),
      field<&Service::loadBalancers>("loadBalancers", Presence::Always),
      field<&Service::serviceRegistries>("serviceRegistries", Presence::Always),
      field<&Service::status>("status"),
      field<&Service::desiredCount>("desiredCount"),
      field<&Service::runningCount>("runningCount"),
      field<&Service::pendingCount>("pendingCount"),
      field<&Service::launchType>("launchType"),
      field<&Service::capacityProviderStrategy>("capacityProviderStrategy"),
      field<&Service::platformVersion>("platformVersion"),
      field<&Service::platformFamily>("platformFamily"),
      field<&Service::taskDefinition>("taskDefinition"),
      field<&Service::deploymentConfiguration>("deploymentConfiguration"),
      field<&Service::taskSets>("taskSets"),
      field<&Service::deployments>("deployments", Presence::Always),
      field<&Service::roleArn>("roleArn"),
      field<&Service::events>("events", Presence::Always),
      field<&Service::createdAt>("createdAt"),
      field<&Service::currentServiceDeployment>("currentServiceDeployment"),
      field<&Service::currentServiceRevisions>("currentServiceRevisions"),
      field<&Service::placementConstraints>("placementConstraints", Presence::Always),
      field<&Service::placementStrategy>("placementStrategy", Presence::Always),
      field<&Service::networkConfiguration>("networkConfiguration"),
      field<&Service::healthCheckGracePeriodSeconds>("healthCheckGracePeriodSeconds"),
      field<&Service::schedulingStrategy>("schedulingStrategy"),
      field<&Service::deploymentController>("deploymentController"),
      field<&Service::tags>("tags", Presence::Always),
      field<&Service::createdBy>("createdBy"),
      field<&Service::enableECSManagedTags>("enableECSManagedTags"),
      field<&Service::propagateTags>("propagateTags"),
      field<&Service::enableExecuteCommand>("enableExecuteCommand"),
      field<&Service::availabilityZoneRebalancing>("availabilityZoneRebalancing"),
      field<&Service::resourceManagementType>("resourceManagementType"),
  };
  return kRows;
}

std::span<const json::Row> ServiceRevisionSummary::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceRevisionSummary::arn>("arn"),
      field<&ServiceRevisionSummary::requestedTaskCount>("requestedTaskCount"),
      field<&ServiceRevisionSummary::runningTaskCount>("runningTaskCount"),
      field<&ServiceRevisionSummary::pendingTaskCount>("pendingTaskCount"),
      field<&ServiceRevisionSummary::requestedTestTrafficWeight>("requestedTestTrafficWeight"),
      field<&ServiceRevisionSummary::requestedProductionTrafficWeight>("requestedProductionTrafficWeight"),
  };
  return kRows;
}

std::span<const json::Row> Rollback::rows() {
  static constexpr json::Row kRows[] = {
      field<&Rollback::reason>("reason"),
      field<&Rollback::startedAt>("startedAt"),
      field<&Rollback::serviceRevisionArn>("serviceRevisionArn"),
  };
  return kRows;
}

std::span<const json::Row> ServiceDeploymentCircuitBreaker::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceDeploymentCircuitBreaker::status>("status"),
      field<&ServiceDeploymentCircuitBreaker::failureCount>("failureCount"),
      field<&ServiceDeploymentCircuitBreaker::threshold>("threshold"),
  };
  return kRows;
}

std::span<const json::Row> ServiceDeploymentAlarms::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceDeploymentAlarms::status>("status"),
      field<&ServiceDeploymentAlarms::alarmNames>("alarmNames"),
      field<&ServiceDeploymentAlarms::triggeredAlarmNames>("triggeredAlarmNames"),
  };
  return kRows;
}

std::span<const json::Row> ServiceDeployment::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceDeployment::serviceDeploymentArn>("serviceDeploymentArn"),
      field<&ServiceDeployment::serviceArn>("serviceArn"),
      field<&ServiceDeployment::clusterArn>("clusterArn"),
      field<&ServiceDeployment::createdAt>("createdAt"),
      field<&ServiceDeployment::startedAt>("startedAt"),
      field<&ServiceDeployment::finishedAt>("finishedAt"),
      field<&ServiceDeployment::stoppedAt>("stoppedAt"),
      field<&ServiceDeployment::updatedAt>("updatedAt"),
      field<&ServiceDeployment::sourceServiceRevisions>("sourceServiceRevisions"),
      field<&ServiceDeployment::targetServiceRevision>("targetServiceRevision"),
      field<&ServiceDeployment::status>("status"),
      field<&ServiceDeployment::statusReason>("statusReason"),
      field<&ServiceDeployment::lifecycleStage>("lifecycleStage"),
      field<&ServiceDeployment::lifecycleHookDetails>("lifecycleHookDetails"),
      field<&ServiceDeployment::deploymentConfiguration>("deploymentConfiguration"),
      field<&ServiceDeployment::rollback>("rollback"),
      field<&ServiceDeployment::deploymentCircuitBreaker>("deploymentCircuitBreaker"),
      field<&ServiceDeployment::alarms>("alarms"),
  };
  return kRows;
}

std::span<const json::Row> ServiceDeploymentBrief::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceDeploymentBrief::serviceDeploymentArn>("serviceDeploymentArn"),
      field<&ServiceDeploymentBrief::serviceArn>("serviceArn"),
      field<&ServiceDeploymentBrief::clusterArn>("clusterArn"),
      field<&ServiceDeploymentBrief::startedAt>("startedAt"),
      field<&ServiceDeploymentBrief::createdAt>("createdAt"),
      field<&ServiceDeploymentBrief::finishedAt>("finishedAt"),
      field<&ServiceDeploymentBrief::targetServiceRevisionArn>("targetServiceRevisionArn"),
      field<&ServiceDeploymentBrief::status>("status"),
      field<&ServiceDeploymentBrief::statusReason>("statusReason"),
  };
  return kRows;
}

std::span<const json::Row> ContainerImage::rows() {
  static constexpr json::Row kRows[] = {
      field<&ContainerImage::containerName>("containerName"),
      field<&ContainerImage::imageDigest>("imageDigest"),
      field<&ContainerImage::image>("image"),
  };
  return kRows;
}

std::span<const json::Row> ServiceRevision::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceRevision::serviceRevisionArn>("serviceRevisionArn"),
      field<&ServiceRevision::serviceArn>("serviceArn"),
      field<&ServiceRevision::clusterArn>("clusterArn"),
      field<&ServiceRevision::taskDefinition>("taskDefinition"),
      field<&ServiceRevision::capacityProviderStrategy>("capacityProviderStrategy"),
      field<&ServiceRevision::launchType>("launchType"),
      field<&ServiceRevision::platformVersion>("platformVersion"),
      field<&ServiceRevision::platformFamily>("platformFamily"),
      field<&ServiceRevision::loadBalancers>("loadBalancers"),
      field<&ServiceRevision::serviceRegistries>("serviceRegistries"),
      field<&ServiceRevision::networkConfiguration>("networkConfiguration"),
      field<&ServiceRevision::containerImages>("containerImages"),
      field<&ServiceRevision::guardDutyEnabled>("guardDutyEnabled"),
      field<&ServiceRevision::serviceConnectConfiguration>("serviceConnectConfiguration"),
      field<&ServiceRevision::volumeConfigurations>("volumeConfigurations"),
      field<&ServiceRevision::fargateEphemeralStorage>("fargateEphemeralStorage"),
      field<&ServiceRevision::createdAt>("createdAt"),
      field<&ServiceRevision::vpcLatticeConfigurations>("vpcLatticeConfigurations"),
      field<&ServiceRevision::resolvedConfiguration>("resolvedConfiguration"),
      field<&ServiceRevision::ecsManagedResources>("ecsManagedResources"),
      field<&ServiceRevision::overrides>("overrides"),
      field<&ServiceRevision::monitoring>("monitoring"),
  };
  return kRows;
}

std::span<const json::Row> ProtectedTask::rows() {
  static constexpr json::Row kRows[] = {
      field<&ProtectedTask::taskArn>("taskArn"),
      field<&ProtectedTask::protectionEnabled>("protectionEnabled"),
      field<&ProtectedTask::expirationDate>("expirationDate"),
  };
  return kRows;
}

}  // namespace taskpod::ecs
