#include "json/row.h"
#include "taskpod/ecs/automation.h"

namespace taskpod::ecs {

using json::field;

std::span<const json::Row> EcsParameters::rows() {
  static constexpr json::Row kRows[] = {
      field<&EcsParameters::taskDefinitionArn>("TaskDefinitionArn"),
      field<&EcsParameters::taskCount>("TaskCount"),
  };
  return kRows;
}

std::span<const json::Row> ScheduleTarget::rows() {
  static constexpr json::Row kRows[] = {
      field<&ScheduleTarget::arn>("Arn"),
      field<&ScheduleTarget::roleArn>("RoleArn"),
      field<&ScheduleTarget::ecsParameters>("EcsParameters"),
  };
  return kRows;
}

std::span<const json::Row> FlexibleTimeWindow::rows() {
  static constexpr json::Row kRows[] = {
      field<&FlexibleTimeWindow::mode>("Mode"),
  };
  return kRows;
}

std::span<const json::Row> CreateSchedule::rows() {
  static constexpr json::Row kRows[] = {
      field<&CreateSchedule::name>("Name"),
      field<&CreateSchedule::scheduleExpression>("ScheduleExpression"),
      field<&CreateSchedule::scheduleExpressionTimezone>("ScheduleExpressionTimezone"),
      field<&CreateSchedule::state>("State"),
      field<&CreateSchedule::flexibleTimeWindow>("FlexibleTimeWindow"),
      field<&CreateSchedule::target>("Target"),
  };
  return kRows;
}

std::span<const json::Row> RegisterScalableTarget::rows() {
  static constexpr json::Row kRows[] = {
      field<&RegisterScalableTarget::serviceNamespace>("ServiceNamespace"),
      field<&RegisterScalableTarget::resourceId>("ResourceId"),
      field<&RegisterScalableTarget::scalableDimension>("ScalableDimension"),
      field<&RegisterScalableTarget::minCapacity>("MinCapacity"),
      field<&RegisterScalableTarget::maxCapacity>("MaxCapacity"),
  };
  return kRows;
}

std::span<const json::Row> PredefinedMetricSpecification::rows() {
  static constexpr json::Row kRows[] = {
      field<&PredefinedMetricSpecification::predefinedMetricType>("PredefinedMetricType"),
  };
  return kRows;
}

std::span<const json::Row> TargetTrackingScalingPolicyConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&TargetTrackingScalingPolicyConfiguration::targetValue>("TargetValue"),
      field<&TargetTrackingScalingPolicyConfiguration::predefinedMetricSpecification>("PredefinedMetricSpecification"),
      field<&TargetTrackingScalingPolicyConfiguration::scaleOutCooldown>("ScaleOutCooldown"),
      field<&TargetTrackingScalingPolicyConfiguration::scaleInCooldown>("ScaleInCooldown"),
      field<&TargetTrackingScalingPolicyConfiguration::disableScaleIn>("DisableScaleIn"),
  };
  return kRows;
}

std::span<const json::Row> PutScalingPolicy::rows() {
  static constexpr json::Row kRows[] = {
      field<&PutScalingPolicy::policyName>("PolicyName"),
      field<&PutScalingPolicy::serviceNamespace>("ServiceNamespace"),
      field<&PutScalingPolicy::resourceId>("ResourceId"),
      field<&PutScalingPolicy::scalableDimension>("ScalableDimension"),
      field<&PutScalingPolicy::policyType>("PolicyType"),
      field<&PutScalingPolicy::targetTrackingScalingPolicyConfiguration>("TargetTrackingScalingPolicyConfiguration"),
  };
  return kRows;
}

}  // namespace taskpod::ecs
