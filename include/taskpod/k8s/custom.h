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

// One roll-out of a service: what ECS calls a deployment (ecs-svc/<digits>), with what of the spec its tasks are made of.
struct ServiceDeployment {
  std::string id;              // ecs-svc/<digits>
  std::string status;          // PRIMARY, ACTIVE
  std::string taskDefinition;  // family:revision
  json::Raw configuration;     // launchType, capacityProviderStrategy, platformVersion, networkConfiguration, …, as in CreateService
  std::string hash;            // of the part of the spec that started it
  std::string primarySince;    // RFC 3339; a rollback makes an older deployment PRIMARY again
  std::string createdAt;
  std::string updatedAt;
  std::int32_t desiredCount = 0;
  std::int32_t pendingCount = 0;
  std::int32_t runningCount = 0;
  std::int32_t failedTasks = 0;
  std::string rolloutState;  // IN_PROGRESS, COMPLETED, FAILED
  std::string rolloutStateReason;
  json::Extra extra;

  bool operator==(const ServiceDeployment&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceEvent {
  std::string id;
  std::string createdAt;
  std::string message;
  json::Extra extra;

  bool operator==(const ServiceEvent&) const = default;
  static std::span<const json::Row> rows();
};

// The record of a roll-out, kept after it: ListServiceDeployments, DescribeServiceDeployments.
struct ServiceDeploymentRecord {
  std::string id;              // the last part of the service deployment's ARN
  std::string deployment;      // ecs-svc/<digits>
  std::string revision;        // of the service: digits, the last part of its ARN
  std::string sourceRevision;  // what it replaced, "" for the first
  std::string status;          // as in ServiceDeploymentStatus
  std::string statusReason;
  std::string createdAt;
  std::string finishedAt;
  std::string updatedAt;
  std::int32_t failureCount = 0;
  std::int32_t threshold = 0;
  std::string rollbackReason;
  std::string rollbackStartedAt;
  std::string rollbackRevision;
  json::Extra extra;

  bool operator==(const ServiceDeploymentRecord&) const = default;
  static std::span<const json::Row> rows();
};

// What a roll-out was of: DescribeServiceRevisions.
struct ServiceRevisionRecord {
  std::string id;
  std::string taskDefinition;
  json::Raw configuration;
  std::string createdAt;
  json::Extra extra;

  bool operator==(const ServiceRevisionRecord&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceStatus {
  std::string status;  // ACTIVE (also when absent), DRAINING, INACTIVE
  std::int32_t desiredCount = 0;
  std::int32_t runningCount = 0;
  std::int32_t pendingCount = 0;
  std::vector<ServiceDeployment> deployments;               // PRIMARY first
  std::vector<ServiceEvent> events;                         // newest first, at most 100
  std::vector<ServiceDeploymentRecord> serviceDeployments;  // newest first
  std::vector<ServiceRevisionRecord> serviceRevisions;      // newest first
  std::int64_t sequence = 0;                                // how many deployments there have been
  std::string refusedHash;                                  // of the spec whose roll-out was rolled back: it is not tried again
  std::string steadySince;                                  // RFC 3339; "" while it is not steady
  std::string steadyToldAt;                                 // when the steady state was last told
  std::int64_t observedGeneration = 0;
  std::vector<Condition> conditions;
  json::Extra extra;

  bool operator==(const ServiceStatus&) const = default;
  static std::span<const json::Row> rows();
};

// spec: the body of CreateService, without cluster and clientToken.
struct EcsService {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  json::Raw spec;
  ServiceStatus status;
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
