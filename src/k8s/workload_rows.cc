#include "json/row.h"
#include "k8s/scalar_codecs.h"
#include "taskpod/k8s/workload.h"

namespace taskpod::k8s {

using json::field;
using json::Presence;

std::span<const json::Row> PodTemplateSpec::rows() {
  static constexpr json::Row kRows[] = {
      field<&PodTemplateSpec::metadata>("metadata"),
      field<&PodTemplateSpec::spec>("spec"),
  };
  return kRows;
}

std::span<const json::Row> RollingUpdateDeployment::rows() {
  static constexpr json::Row kRows[] = {
      field<&RollingUpdateDeployment::maxUnavailable>("maxUnavailable"),
      field<&RollingUpdateDeployment::maxSurge>("maxSurge"),
  };
  return kRows;
}

std::span<const json::Row> DeploymentStrategy::rows() {
  static constexpr json::Row kRows[] = {
      field<&DeploymentStrategy::type>("type"),
      field<&DeploymentStrategy::rollingUpdate>("rollingUpdate"),
  };
  return kRows;
}

std::span<const json::Row> DeploymentSpec::rows() {
  static constexpr json::Row kRows[] = {
      field<&DeploymentSpec::replicas>("replicas"),
      field<&DeploymentSpec::selector>("selector", Presence::Always),
      field<&DeploymentSpec::template_>("template"),
      field<&DeploymentSpec::strategy>("strategy"),
      field<&DeploymentSpec::minReadySeconds>("minReadySeconds"),
      field<&DeploymentSpec::revisionHistoryLimit>("revisionHistoryLimit"),
      field<&DeploymentSpec::paused>("paused"),
      field<&DeploymentSpec::progressDeadlineSeconds>("progressDeadlineSeconds"),
  };
  return kRows;
}

std::span<const json::Row> Deployment::rows() {
  static constexpr json::Row kRows[] = {
      field<&Deployment::apiVersion>("apiVersion"),
      field<&Deployment::kind>("kind"),
      field<&Deployment::metadata>("metadata"),
      field<&Deployment::spec>("spec"),
  };
  return kRows;
}

std::span<const json::Row> RollingUpdateDaemonSet::rows() {
  static constexpr json::Row kRows[] = {
      field<&RollingUpdateDaemonSet::maxUnavailable>("maxUnavailable"),
      field<&RollingUpdateDaemonSet::maxSurge>("maxSurge"),
  };
  return kRows;
}

std::span<const json::Row> DaemonSetUpdateStrategy::rows() {
  static constexpr json::Row kRows[] = {
      field<&DaemonSetUpdateStrategy::type>("type"),
      field<&DaemonSetUpdateStrategy::rollingUpdate>("rollingUpdate"),
  };
  return kRows;
}

std::span<const json::Row> DaemonSetSpec::rows() {
  static constexpr json::Row kRows[] = {
      field<&DaemonSetSpec::selector>("selector", Presence::Always),
      field<&DaemonSetSpec::template_>("template"),
      field<&DaemonSetSpec::updateStrategy>("updateStrategy"),
      field<&DaemonSetSpec::minReadySeconds>("minReadySeconds"),
      field<&DaemonSetSpec::revisionHistoryLimit>("revisionHistoryLimit"),
  };
  return kRows;
}

std::span<const json::Row> DaemonSet::rows() {
  static constexpr json::Row kRows[] = {
      field<&DaemonSet::apiVersion>("apiVersion"),
      field<&DaemonSet::kind>("kind"),
      field<&DaemonSet::metadata>("metadata"),
      field<&DaemonSet::spec>("spec"),
  };
  return kRows;
}

std::span<const json::Row> JobSpec::rows() {
  static constexpr json::Row kRows[] = {
      field<&JobSpec::parallelism>("parallelism"),
      field<&JobSpec::completions>("completions"),
      field<&JobSpec::activeDeadlineSeconds>("activeDeadlineSeconds"),
      field<&JobSpec::backoffLimit>("backoffLimit"),
      field<&JobSpec::backoffLimitPerIndex>("backoffLimitPerIndex"),
      field<&JobSpec::maxFailedIndexes>("maxFailedIndexes"),
      field<&JobSpec::selector>("selector"),
      field<&JobSpec::manualSelector>("manualSelector"),
      field<&JobSpec::template_>("template"),
      field<&JobSpec::ttlSecondsAfterFinished>("ttlSecondsAfterFinished"),
      field<&JobSpec::completionMode>("completionMode"),
      field<&JobSpec::suspend>("suspend"),
      field<&JobSpec::podReplacementPolicy>("podReplacementPolicy"),
      field<&JobSpec::managedBy>("managedBy"),
  };
  return kRows;
}

std::span<const json::Row> Job::rows() {
  static constexpr json::Row kRows[] = {
      field<&Job::apiVersion>("apiVersion"),
      field<&Job::kind>("kind"),
      field<&Job::metadata>("metadata"),
      field<&Job::spec>("spec"),
  };
  return kRows;
}

std::span<const json::Row> JobTemplateSpec::rows() {
  static constexpr json::Row kRows[] = {
      field<&JobTemplateSpec::metadata>("metadata"),
      field<&JobTemplateSpec::spec>("spec"),
  };
  return kRows;
}

std::span<const json::Row> CronJobSpec::rows() {
  static constexpr json::Row kRows[] = {
      field<&CronJobSpec::schedule>("schedule", Presence::Always),
      field<&CronJobSpec::timeZone>("timeZone"),
      field<&CronJobSpec::startingDeadlineSeconds>("startingDeadlineSeconds"),
      field<&CronJobSpec::concurrencyPolicy>("concurrencyPolicy"),
      field<&CronJobSpec::suspend>("suspend"),
      field<&CronJobSpec::jobTemplate>("jobTemplate"),
      field<&CronJobSpec::successfulJobsHistoryLimit>("successfulJobsHistoryLimit"),
      field<&CronJobSpec::failedJobsHistoryLimit>("failedJobsHistoryLimit"),
  };
  return kRows;
}

std::span<const json::Row> CronJob::rows() {
  static constexpr json::Row kRows[] = {
      field<&CronJob::apiVersion>("apiVersion"),
      field<&CronJob::kind>("kind"),
      field<&CronJob::metadata>("metadata"),
      field<&CronJob::spec>("spec"),
  };
  return kRows;
}

std::span<const json::Row> PodDisruptionBudgetSpec::rows() {
  static constexpr json::Row kRows[] = {
      field<&PodDisruptionBudgetSpec::minAvailable>("minAvailable"),
      field<&PodDisruptionBudgetSpec::selector>("selector"),
      field<&PodDisruptionBudgetSpec::maxUnavailable>("maxUnavailable"),
      field<&PodDisruptionBudgetSpec::unhealthyPodEvictionPolicy>("unhealthyPodEvictionPolicy"),
  };
  return kRows;
}

std::span<const json::Row> PodDisruptionBudget::rows() {
  static constexpr json::Row kRows[] = {
      field<&PodDisruptionBudget::apiVersion>("apiVersion"),
      field<&PodDisruptionBudget::kind>("kind"),
      field<&PodDisruptionBudget::metadata>("metadata"),
      field<&PodDisruptionBudget::spec>("spec"),
  };
  return kRows;
}

std::span<const json::Row> CrossVersionObjectReference::rows() {
  static constexpr json::Row kRows[] = {
      field<&CrossVersionObjectReference::kind>("kind", Presence::Always),
      field<&CrossVersionObjectReference::name>("name", Presence::Always),
      field<&CrossVersionObjectReference::apiVersion>("apiVersion"),
  };
  return kRows;
}

std::span<const json::Row> MetricTarget::rows() {
  static constexpr json::Row kRows[] = {
      field<&MetricTarget::type>("type", Presence::Always),
      field<&MetricTarget::value>("value"),
      field<&MetricTarget::averageValue>("averageValue"),
      field<&MetricTarget::averageUtilization>("averageUtilization"),
  };
  return kRows;
}

std::span<const json::Row> ResourceMetricSource::rows() {
  static constexpr json::Row kRows[] = {
      field<&ResourceMetricSource::name>("name", Presence::Always),
      field<&ResourceMetricSource::target>("target"),
  };
  return kRows;
}

std::span<const json::Row> MetricSpec::rows() {
  static constexpr json::Row kRows[] = {
      field<&MetricSpec::type>("type", Presence::Always),
      field<&MetricSpec::resource>("resource"),
  };
  return kRows;
}

std::span<const json::Row> HPAScalingPolicy::rows() {
  static constexpr json::Row kRows[] = {
      field<&HPAScalingPolicy::type>("type", Presence::Always),
      field<&HPAScalingPolicy::value>("value", Presence::Always),
      field<&HPAScalingPolicy::periodSeconds>("periodSeconds", Presence::Always),
  };
  return kRows;
}

std::span<const json::Row> HPAScalingRules::rows() {
  static constexpr json::Row kRows[] = {
      field<&HPAScalingRules::stabilizationWindowSeconds>("stabilizationWindowSeconds"),
      field<&HPAScalingRules::selectPolicy>("selectPolicy"),
      field<&HPAScalingRules::policies>("policies"),
      field<&HPAScalingRules::tolerance>("tolerance"),
  };
  return kRows;
}

std::span<const json::Row> HorizontalPodAutoscalerBehavior::rows() {
  static constexpr json::Row kRows[] = {
      field<&HorizontalPodAutoscalerBehavior::scaleUp>("scaleUp"),
      field<&HorizontalPodAutoscalerBehavior::scaleDown>("scaleDown"),
  };
  return kRows;
}

std::span<const json::Row> HorizontalPodAutoscalerSpec::rows() {
  static constexpr json::Row kRows[] = {
      field<&HorizontalPodAutoscalerSpec::scaleTargetRef>("scaleTargetRef"),
      field<&HorizontalPodAutoscalerSpec::minReplicas>("minReplicas"),
      field<&HorizontalPodAutoscalerSpec::maxReplicas>("maxReplicas", Presence::Always),
      field<&HorizontalPodAutoscalerSpec::metrics>("metrics"),
      field<&HorizontalPodAutoscalerSpec::behavior>("behavior"),
  };
  return kRows;
}

std::span<const json::Row> HorizontalPodAutoscaler::rows() {
  static constexpr json::Row kRows[] = {
      field<&HorizontalPodAutoscaler::apiVersion>("apiVersion"),
      field<&HorizontalPodAutoscaler::kind>("kind"),
      field<&HorizontalPodAutoscaler::metadata>("metadata"),
      field<&HorizontalPodAutoscaler::spec>("spec"),
  };
  return kRows;
}

}  // namespace taskpod::k8s
