#include "json/row.h"
#include "taskpod/k8s/custom.h"

namespace taskpod::k8s {

using json::field;

std::span<const json::Row> Condition::rows() {
  static constexpr json::Row kRows[] = {
      field<&Condition::type>("type"),
      field<&Condition::status>("status"),
      field<&Condition::observedGeneration>("observedGeneration"),
      field<&Condition::lastTransitionTime>("lastTransitionTime"),
      field<&Condition::reason>("reason"),
      field<&Condition::message>("message"),
  };
  return kRows;
}

std::span<const json::Row> NamespaceStatus::rows() {
  static constexpr json::Row kRows[] = {
      field<&NamespaceStatus::phase>("phase"),
  };
  return kRows;
}

std::span<const json::Row> Namespace::rows() {
  static constexpr json::Row kRows[] = {
      field<&Namespace::apiVersion>("apiVersion"),
      field<&Namespace::kind>("kind"),
      field<&Namespace::metadata>("metadata"),
      field<&Namespace::status>("status"),
  };
  return kRows;
}

std::span<const json::Row> TaskDefinitionStatus::rows() {
  static constexpr json::Row kRows[] = {
      field<&TaskDefinitionStatus::latestRevision>("latestRevision"),
      field<&TaskDefinitionStatus::observedGeneration>("observedGeneration"),
      field<&TaskDefinitionStatus::conditions>("conditions"),
  };
  return kRows;
}

std::span<const json::Row> TaskDefinition::rows() {
  static constexpr json::Row kRows[] = {
      field<&TaskDefinition::apiVersion>("apiVersion"), field<&TaskDefinition::kind>("kind"),
      field<&TaskDefinition::metadata>("metadata"),     field<&TaskDefinition::spec>("spec"),
      field<&TaskDefinition::status>("status"),
  };
  return kRows;
}

std::span<const json::Row> RevisionSpec::rows() {
  static constexpr json::Row kRows[] = {
      field<&RevisionSpec::family>("family"),
      field<&RevisionSpec::revision>("revision"),
      field<&RevisionSpec::input>("input"),
      field<&RevisionSpec::inputHash>("inputHash"),
      field<&RevisionSpec::registeredBy>("registeredBy"),
  };
  return kRows;
}

std::span<const json::Row> RevisionStatus::rows() {
  static constexpr json::Row kRows[] = {
      field<&RevisionStatus::status>("status"),
      field<&RevisionStatus::deregisteredAt>("deregisteredAt"),
      field<&RevisionStatus::deleteRequestedAt>("deleteRequestedAt"),
  };
  return kRows;
}

std::span<const json::Row> TaskDefinitionRevision::rows() {
  static constexpr json::Row kRows[] = {
      field<&TaskDefinitionRevision::apiVersion>("apiVersion"), field<&TaskDefinitionRevision::kind>("kind"),
      field<&TaskDefinitionRevision::metadata>("metadata"),     field<&TaskDefinitionRevision::spec>("spec"),
      field<&TaskDefinitionRevision::status>("status"),
  };
  return kRows;
}

std::span<const json::Row> ServiceDeployment::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceDeployment::id>("id"),
      field<&ServiceDeployment::status>("status"),
      field<&ServiceDeployment::taskDefinition>("taskDefinition"),
      field<&ServiceDeployment::configuration>("configuration"),
      field<&ServiceDeployment::hash>("hash"),
      field<&ServiceDeployment::primarySince>("primarySince"),
      field<&ServiceDeployment::createdAt>("createdAt"),
      field<&ServiceDeployment::updatedAt>("updatedAt"),
      field<&ServiceDeployment::desiredCount>("desiredCount"),
      field<&ServiceDeployment::pendingCount>("pendingCount"),
      field<&ServiceDeployment::runningCount>("runningCount"),
      field<&ServiceDeployment::failedTasks>("failedTasks"),
      field<&ServiceDeployment::rolloutState>("rolloutState"),
      field<&ServiceDeployment::rolloutStateReason>("rolloutStateReason"),
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

std::span<const json::Row> ServiceDeploymentRecord::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceDeploymentRecord::id>("id"),
      field<&ServiceDeploymentRecord::deployment>("deployment"),
      field<&ServiceDeploymentRecord::revision>("revision"),
      field<&ServiceDeploymentRecord::sourceRevision>("sourceRevision"),
      field<&ServiceDeploymentRecord::status>("status"),
      field<&ServiceDeploymentRecord::statusReason>("statusReason"),
      field<&ServiceDeploymentRecord::createdAt>("createdAt"),
      field<&ServiceDeploymentRecord::finishedAt>("finishedAt"),
      field<&ServiceDeploymentRecord::updatedAt>("updatedAt"),
      field<&ServiceDeploymentRecord::failureCount>("failureCount"),
      field<&ServiceDeploymentRecord::threshold>("threshold"),
      field<&ServiceDeploymentRecord::rollbackReason>("rollbackReason"),
      field<&ServiceDeploymentRecord::rollbackStartedAt>("rollbackStartedAt"),
      field<&ServiceDeploymentRecord::rollbackRevision>("rollbackRevision"),
  };
  return kRows;
}

std::span<const json::Row> ServiceRevisionRecord::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceRevisionRecord::id>("id"),
      field<&ServiceRevisionRecord::taskDefinition>("taskDefinition"),
      field<&ServiceRevisionRecord::configuration>("configuration"),
      field<&ServiceRevisionRecord::createdAt>("createdAt"),
  };
  return kRows;
}

std::span<const json::Row> ServiceStatus::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceStatus::status>("status"),
      field<&ServiceStatus::desiredCount>("desiredCount"),
      field<&ServiceStatus::runningCount>("runningCount"),
      field<&ServiceStatus::pendingCount>("pendingCount"),
      field<&ServiceStatus::deployments>("deployments"),
      field<&ServiceStatus::events>("events"),
      field<&ServiceStatus::serviceDeployments>("serviceDeployments"),
      field<&ServiceStatus::serviceRevisions>("serviceRevisions"),
      field<&ServiceStatus::sequence>("sequence"),
      field<&ServiceStatus::refusedHash>("refusedHash"),
      field<&ServiceStatus::steadySince>("steadySince"),
      field<&ServiceStatus::steadyToldAt>("steadyToldAt"),
      field<&ServiceStatus::observedGeneration>("observedGeneration"),
      field<&ServiceStatus::conditions>("conditions"),
  };
  return kRows;
}

std::span<const json::Row> EcsService::rows() {
  static constexpr json::Row kRows[] = {
      field<&EcsService::apiVersion>("apiVersion"), field<&EcsService::kind>("kind"),
      field<&EcsService::metadata>("metadata"),     field<&EcsService::spec>("spec"),
      field<&EcsService::status>("status"),
  };
  return kRows;
}

std::span<const json::Row> ClusterStatus::rows() {
  static constexpr json::Row kRows[] = {
      field<&ClusterStatus::status>("status"),
      field<&ClusterStatus::inactiveSince>("inactiveSince"),
      field<&ClusterStatus::observedGeneration>("observedGeneration"),
      field<&ClusterStatus::conditions>("conditions"),
  };
  return kRows;
}

std::span<const json::Row> EcsCluster::rows() {
  static constexpr json::Row kRows[] = {
      field<&EcsCluster::apiVersion>("apiVersion"), field<&EcsCluster::kind>("kind"),
      field<&EcsCluster::metadata>("metadata"),     field<&EcsCluster::spec>("spec"),
      field<&EcsCluster::status>("status"),
  };
  return kRows;
}

std::span<const json::Row> CapacityProviderStatus::rows() {
  static constexpr json::Row kRows[] = {
      field<&CapacityProviderStatus::status>("status"),
      field<&CapacityProviderStatus::updateStatus>("updateStatus"),
      field<&CapacityProviderStatus::observedGeneration>("observedGeneration"),
      field<&CapacityProviderStatus::conditions>("conditions"),
  };
  return kRows;
}

std::span<const json::Row> EcsCapacityProvider::rows() {
  static constexpr json::Row kRows[] = {
      field<&EcsCapacityProvider::apiVersion>("apiVersion"), field<&EcsCapacityProvider::kind>("kind"),
      field<&EcsCapacityProvider::metadata>("metadata"),     field<&EcsCapacityProvider::spec>("spec"),
      field<&EcsCapacityProvider::status>("status"),
  };
  return kRows;
}

}  // namespace taskpod::k8s
