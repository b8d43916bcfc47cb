// The custom resources of ecs.taskpod.io/v1alpha1 (manifests/crd). Bodies of ECS requests are kept as they came, as JSON text: `ecs` gives
// them types. Namespaces are here because a cluster is one.
#pragma once

#include "taskpod/k8s/meta.h"

namespace taskpod::k8s {

inline constexpr std::string_view kCustomApiVersion = "ecs.taskpod.io/v1alpha1";

struct Condition {
  std::string type;
  std::string status;
  std::int64_t observedGeneration = 0;
  std::string lastTransitionTime;
  std::string reason;
  std::string message;
  json::Extra extra;

  bool operator==(const Condition&) const = default;
  static std::span<const json::Row> rows();
};

struct NamespaceStatus {
  std::string phase;  // Active, Terminating
  json::Extra extra;

  bool operator==(const NamespaceStatus&) const = default;
  static std::span<const json::Row> rows();
};

struct Namespace {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  NamespaceStatus status;
  json::Extra extra;

  bool operator==(const Namespace&) const = default;
  static std::span<const json::Row> rows();
};

// spec: the body of RegisterTaskDefinition.
struct TaskDefinitionStatus {
  std::int64_t latestRevision = 0;
  std::int64_t observedGeneration = 0;
  std::vector<Condition> conditions;
  json::Extra extra;

  bool operator==(const TaskDefinitionStatus&) const = default;
  static std::span<const json::Row> rows();
};

struct TaskDefinition {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  json::Raw spec;
  TaskDefinitionStatus status;
  json::Extra extra;

  bool operator==(const TaskDefinition&) const = default;
  static std::span<const json::Row> rows();
};

struct RevisionSpec {
  std::string family;
  std::int64_t revision = 0;
  json::Raw input;        // the body of RegisterTaskDefinition, as it came
  std::string inputHash;  // sha256 of its canonical text
  std::string registeredBy;
  json::Extra extra;

  bool operator==(const RevisionSpec&) const = default;
  static std::span<const json::Row> rows();
};

struct RevisionStatus {
  std::string status;  // ACTIVE (also when absent), INACTIVE, DELETE_IN_PROGRESS
  std::string deregisteredAt;
  std::string deleteRequestedAt;
  json::Extra extra;

  bool operator==(const RevisionStatus&) const = default;
  static std::span<const json::Row> rows();
};

struct TaskDefinitionRevision {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  RevisionSpec spec;
  RevisionStatus status;
  json::Extra extra;

  bool operator==(const TaskDefinitionRevision&) const = default;
  static std::span<const json::Row> rows();
};

// spec: the body of CreateService, without cluster and clientToken. status: see translate/service_status.h.
struct EcsService {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  json::Raw spec;
  json::Raw status;
  json::Extra extra;

  bool operator==(const EcsService&) const = default;
  static std::span<const json::Row> rows();
};

struct ClusterStatus {
  std::string status;  // ACTIVE (also when absent), INACTIVE
  std::string inactiveSince;
  std::int64_t observedGeneration = 0;
  std::vector<Condition> conditions;
  json::Extra extra;

  bool operator==(const ClusterStatus&) const = default;
  static std::span<const json::Row> rows();
};

// spec: the body of CreateCluster.
struct EcsCluster {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  json::Raw spec;
  ClusterStatus status;
  json::Extra extra;

  bool operator==(const EcsCluster&) const = default;
  static std::span<const json::Row> rows();
};

// spec: the body of CreateCapacityProvider, without its name and tags.
struct CapacityProviderStatus {
  std::string status;
  std::string updateStatus;
  std::int64_t observedGeneration = 0;
  std::vector<Condition> conditions;
  json::Extra extra;

  bool operator==(const CapacityProviderStatus&) const = default;
  static std::span<const json::Row> rows();
};

struct EcsCapacityProvider {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  json::Raw spec;
  CapacityProviderStatus status;
  json::Extra extra;

  bool operator==(const EcsCapacityProvider&) const = default;
  static std::span<const json::Row> rows();
};

}  // namespace taskpod::k8s
