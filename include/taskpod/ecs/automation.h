// What starts and scales ECS tasks from outside ECS, as far as it has a Kubernetes form: EventBridge Scheduler's CreateSchedule
// (EventBridge Scheduler API reference), Application Auto Scaling's RegisterScalableTarget and PutScalingPolicy (its API reference).
// Cooldowns are seconds. Everything else of these bodies stays in `extra`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "taskpod/base/boxed.h"
#include "taskpod/json/codec.h"

namespace taskpod::ecs {

struct EcsParameters {
  std::string taskDefinitionArn;
  std::optional<std::int32_t> taskCount;
  json::Extra extra;

  bool operator==(const EcsParameters&) const = default;
  static std::span<const json::Row> rows();
};

struct ScheduleTarget {
  std::string arn;
  std::string roleArn;
  Boxed<EcsParameters> ecsParameters;
  json::Extra extra;

  bool operator==(const ScheduleTarget&) const = default;
  static std::span<const json::Row> rows();
};

struct FlexibleTimeWindow {
  std::string mode;
  json::Extra extra;

  bool operator==(const FlexibleTimeWindow&) const = default;
  static std::span<const json::Row> rows();
};

struct CreateSchedule {
  std::string name;
  std::string scheduleExpression;
  std::string scheduleExpressionTimezone;
  std::string state;
  Boxed<FlexibleTimeWindow> flexibleTimeWindow;
  Boxed<ScheduleTarget> target;
  json::Extra extra;

  bool operator==(const CreateSchedule&) const = default;
  static std::span<const json::Row> rows();
};

struct RegisterScalableTarget {
  std::string serviceNamespace;
  std::string resourceId;
  std::string scalableDimension;
  std::optional<std::int32_t> minCapacity;
  std::optional<std::int32_t> maxCapacity;
  json::Extra extra;

  bool operator==(const RegisterScalableTarget&) const = default;
  static std::span<const json::Row> rows();
};

struct PredefinedMetricSpecification {
  std::string predefinedMetricType;
  json::Extra extra;

  bool operator==(const PredefinedMetricSpecification&) const = default;
  static std::span<const json::Row> rows();
};

struct TargetTrackingScalingPolicyConfiguration {
  std::optional<double> targetValue;
  Boxed<PredefinedMetricSpecification> predefinedMetricSpecification;
  std::optional<std::int32_t> scaleOutCooldown;
  std::optional<std::int32_t> scaleInCooldown;
  std::optional<bool> disableScaleIn;
  json::Extra extra;

  bool operator==(const TargetTrackingScalingPolicyConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct PutScalingPolicy {
  std::string policyName;
  std::string serviceNamespace;
  std::string resourceId;
  std::string scalableDimension;
  std::string policyType;
  Boxed<TargetTrackingScalingPolicyConfiguration> targetTrackingScalingPolicyConfiguration;
  json::Extra extra;

  bool operator==(const PutScalingPolicy&) const = default;
  static std::span<const json::Row> rows();
};

}  // namespace taskpod::ecs
