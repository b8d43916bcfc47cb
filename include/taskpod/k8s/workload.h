// Objects that make pods, and those that watch over them: Deployment, DaemonSet, Job, CronJob, PodDisruptionBudget,
// HorizontalPodAutoscaler. Their status and what Taskpod has no use for stay in `extra`. Source: kubernetes/api apps/v1, batch/v1,
// policy/v1, autoscaling/v2.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "taskpod/base/boxed.h"
#include "taskpod/k8s/pod.h"

namespace taskpod::k8s {

struct PodTemplateSpec {
  ObjectMeta metadata;
  PodSpec spec;
  json::Extra extra;

  bool operator==(const PodTemplateSpec&) const = default;
  static std::span<const json::Row> rows();
};

struct RollingUpdateDeployment {
  std::optional<IntOrString> maxUnavailable;
  std::optional<IntOrString> maxSurge;
  json::Extra extra;

  bool operator==(const RollingUpdateDeployment&) const = default;
  static std::span<const json::Row> rows();
};

struct DeploymentStrategy {
  std::string type;
  Boxed<RollingUpdateDeployment> rollingUpdate;
  json::Extra extra;

  bool operator==(const DeploymentStrategy&) const = default;
  static std::span<const json::Row> rows();
};

struct DeploymentSpec {
  std::optional<std::int32_t> replicas;
  Boxed<LabelSelector> selector;
  PodTemplateSpec template_;
  DeploymentStrategy strategy;
  std::int32_t minReadySeconds = 0;
  std::optional<std::int32_t> revisionHistoryLimit;
  bool paused = false;
  std::optional<std::int32_t> progressDeadlineSeconds;
  json::Extra extra;

  bool operator==(const DeploymentSpec&) const = default;
  static std::span<const json::Row> rows();
};

struct Deployment {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  DeploymentSpec spec;
  json::Extra extra;

  bool operator==(const Deployment&) const = default;
  static std::span<const json::Row> rows();
};

struct RollingUpdateDaemonSet {
  std::optional<IntOrString> maxUnavailable;
  std::optional<IntOrString> maxSurge;
  json::Extra extra;

  bool operator==(const RollingUpdateDaemonSet&) const = default;
  static std::span<const json::Row> rows();
};

struct DaemonSetUpdateStrategy {
  std::string type;
  Boxed<RollingUpdateDaemonSet> rollingUpdate;
  json::Extra extra;

  bool operator==(const DaemonSetUpdateStrategy&) const = default;
  static std::span<const json::Row> rows();
};

struct DaemonSetSpec {
  Boxed<LabelSelector> selector;
  PodTemplateSpec template_;
  DaemonSetUpdateStrategy updateStrategy;
  std::int32_t minReadySeconds = 0;
  std::optional<std::int32_t> revisionHistoryLimit;
  json::Extra extra;

  bool operator==(const DaemonSetSpec&) const = default;
  static std::span<const json::Row> rows();
};

struct DaemonSet {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  DaemonSetSpec spec;
  json::Extra extra;

  bool operator==(const DaemonSet&) const = default;
  static std::span<const json::Row> rows();
};

struct JobSpec {
  std::optional<std::int32_t> parallelism;
  std::optional<std::int32_t> completions;
  std::optional<std::int64_t> activeDeadlineSeconds;
  std::optional<std::int32_t> backoffLimit;
  std::optional<std::int32_t> backoffLimitPerIndex;
  std::optional<std::int32_t> maxFailedIndexes;
  Boxed<LabelSelector> selector;
  std::optional<bool> manualSelector;
  PodTemplateSpec template_;
  std::optional<std::int32_t> ttlSecondsAfterFinished;
  std::optional<std::string> completionMode;
  std::optional<bool> suspend;
  std::optional<std::string> podReplacementPolicy;
  std::optional<std::string> managedBy;
  json::Extra extra;

  bool operator==(const JobSpec&) const = default;
  static std::span<const json::Row> rows();
};

struct Job {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  JobSpec spec;
  json::Extra extra;

  bool operator==(const Job&) const = default;
  static std::span<const json::Row> rows();
};

struct JobTemplateSpec {
  ObjectMeta metadata;
  JobSpec spec;
  json::Extra extra;

  bool operator==(const JobTemplateSpec&) const = default;
  static std::span<const json::Row> rows();
};

struct CronJobSpec {
  std::string schedule;
  std::optional<std::string> timeZone;
  std::optional<std::int64_t> startingDeadlineSeconds;
  std::string concurrencyPolicy;
  std::optional<bool> suspend;
  JobTemplateSpec jobTemplate;
  std::optional<std::int32_t> successfulJobsHistoryLimit;
  std::optional<std::int32_t> failedJobsHistoryLimit;
  json::Extra extra;

  bool operator==(const CronJobSpec&) const = default;
  static std::span<const json::Row> rows();
};

struct CronJob {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  CronJobSpec spec;
  json::Extra extra;

  bool operator==(const CronJob&) const = default;
  static std::span<const json::Row> rows();
};

struct PodDisruptionBudgetSpec {
  std::optional<IntOrString> minAvailable;
  Boxed<LabelSelector> selector;
  std::optional<IntOrString> maxUnavailable;
  std::optional<std::string> unhealthyPodEvictionPolicy;
  json::Extra extra;

  bool operator==(const PodDisruptionBudgetSpec&) const = default;
  static std::span<const json::Row> rows();
};

struct PodDisruptionBudget {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  PodDisruptionBudgetSpec spec;
  json::Extra extra;

  bool operator==(const PodDisruptionBudget&) const = default;
  static std::span<const json::Row> rows();
};

struct CrossVersionObjectReference {
  std::string kind;
  std::string name;
  std::string apiVersion;
  json::Extra extra;

  bool operator==(const CrossVersionObjectReference&) const = default;
  static std::span<const json::Row> rows();
};

struct MetricTarget {
  std::string type;
  std::optional<Quantity> value;
  std::optional<Quantity> averageValue;
  std::optional<std::int32_t> averageUtilization;
  json::Extra extra;

  bool operator==(const MetricTarget&) const = default;
  static std::span<const json::Row> rows();
};

struct ResourceMetricSource {
  std::string name;
  MetricTarget target;
  json::Extra extra;

  bool operator==(const ResourceMetricSource&) const = default;
  static std::span<const json::Row> rows();
};

struct MetricSpec {
  std::string type;
  Boxed<ResourceMetricSource> resource;
  json::Extra extra;

  bool operator==(const MetricSpec&) const = default;
  static std::span<const json::Row> rows();
};

struct HPAScalingPolicy {
  std::string type;
  std::int32_t value = 0;
  std::int32_t periodSeconds = 0;
  json::Extra extra;

  bool operator==(const HPAScalingPolicy&) const = default;
  static std::span<const json::Row> rows();
};

struct HPAScalingRules {
  std::optional<std::int32_t> stabilizationWindowSeconds;
  std::optional<std::string> selectPolicy;
  std::vector<HPAScalingPolicy> policies;
  std::optional<Quantity> tolerance;
  json::Extra extra;

  bool operator==(const HPAScalingRules&) const = default;
  static std::span<const json::Row> rows();
};

struct HorizontalPodAutoscalerBehavior {
  Boxed<HPAScalingRules> scaleUp;
  Boxed<HPAScalingRules> scaleDown;
  json::Extra extra;

  bool operator==(const HorizontalPodAutoscalerBehavior&) const = default;
  static std::span<const json::Row> rows();
};

struct HorizontalPodAutoscalerSpec {
  CrossVersionObjectReference scaleTargetRef;
  std::optional<std::int32_t> minReplicas;
  std::int32_t maxReplicas = 0;
  std::vector<MetricSpec> metrics;
  Boxed<HorizontalPodAutoscalerBehavior> behavior;
  json::Extra extra;

  bool operator==(const HorizontalPodAutoscalerSpec&) const = default;
  static std::span<const json::Row> rows();
};

struct HorizontalPodAutoscaler {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  HorizontalPodAutoscalerSpec spec;
  json::Extra extra;

  bool operator==(const HorizontalPodAutoscaler&) const = default;
  static std::span<const json::Row> rows();
};

}  // namespace taskpod::k8s
