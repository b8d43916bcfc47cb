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
      field<&TaskDefinition::apiVersion>("apiVersion"),
      field<&TaskDefinition::kind>("kind"),
      field<&TaskDefinition::metadata>("metadata"),
      field<&TaskDefinition::spec>("spec"),
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
      field<&TaskDefinitionRevision::apiVersion>("apiVersion"),
      field<&TaskDefinitionRevision::kind>("kind"),
      field<&TaskDefinitionRevision::metadata>("metadata"),
      field<&TaskDefinitionRevision::spec>("spec"),
      field<&TaskDefinitionRevision::status>("status"),
  };
  return kRows;
}

std::span<const json::Row> EcsService::rows() {
  static constexpr json::Row kRows[] = {
      field<&EcsService::apiVersion>("apiVersion"),
      field<&EcsService::kind>("kind"),
      field<&EcsService::metadata>("metadata"),
      field<&EcsService::spec>("spec"),
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
      field<&EcsCluster::apiVersion>("apiVersion"),
      field<&EcsCluster::kind>("kind"),
      field<&EcsCluster::metadata>("metadata"),
      field<&EcsCluster::spec>("spec"),
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
      field<&EcsCapacityProvider::apiVersion>("apiVersion"),
      field<&EcsCapacityProvider::kind>("kind"),
      field<&EcsCapacityProvider::metadata>("metadata"),
      field<&EcsCapacityProvider::spec>("spec"),
      field<&EcsCapacityProvider::status>("status"),
  };
  return kRows;
}

}  // namespace taskpod::k8s
