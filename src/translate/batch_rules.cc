// RunTask and Job, schedules and CronJob; and what all workloads share (docs/decisions/0004-workloads.md).
#include <algorithm>

#include "taskpod/k8s/names.h"
#include "taskpod/translate/rolling.h"
#include "taskpod/translate/units.h"
#include "translate/rules.h"
#include "translate/workload_rules.h"

namespace taskpod::translate {

void mapServiceToKubernetes(KubernetesGroup& out, const EcsGroup& group, bool wasKubernetes);
void mapServiceToEcs(EcsGroup& out, const KubernetesGroup& group, const std::string& family);

namespace {

void setVariable(k8s::Container& container, const ecs::KeyValuePair& pair) {
  auto found = std::find_if(container.env.begin(), container.env.end(), [&](const auto& variable) { return variable.name == pair.name; });
  k8s::EnvVar& variable = found == container.env.end() ? container.env.emplace_back() : *found;
  variable = {};
  variable.name = pair.name;
  variable.value = escapeExpansion(pair.value);
}

void setAmount(k8s::Container& container, bool limit, const char* name, const k8s::Quantity& quantity) {
  (limit ? container.resources.limits : container.resources.requests)[name] = quantity;
}

// What RunTask says of a container in the place of the definition (Amazon ECS API reference, ContainerOverride).
void override(k8s::Container& container, const ecs::ContainerOverride& with) {
  if (!with.command.empty()) container.args.clear();
  for (const auto& word : with.command) container.args.push_back(escapeExpansion(word));
  for (const auto& pair : with.environment) setVariable(container, pair);
  if (with.cpu > 0) setAmount(container, false, "cpu", k8s::Quantity::ofMillis(millicoresOf(*with.cpu)));
  if (with.memory > 0) setAmount(container, true, "memory", k8s::Quantity::ofBytes(*with.memory * kMiB));
  if (with.memoryReservation > 0) setAmount(container, false, "memory", k8s::Quantity::ofBytes(*with.memoryReservation * kMiB));
}

void override(k8s::PodTemplateSpec& pod, const ecs::TaskOverride& with) {
  for (const auto& one : with.containerOverrides)
    for (auto* list : {&pod.spec.initContainers, &pod.spec.containers})
      for (auto& container : *list)
        if (container.name == slug(one.name)) override(container, one);
  if (!with.taskRoleArn.empty()) pod.metadata.annotations[std::string(k8s::kTaskRole)] = with.taskRoleArn;
  if (!with.executionRoleArn.empty()) pod.metadata.annotations[std::string(k8s::kExecutionRole)] = with.executionRoleArn;
  auto set = [&](const char* name, const k8s::Quantity& quantity) {
    auto& resources = pod.spec.resources.orEmplace();
    resources.limits[name] = resources.requests[name] = quantity;
  };
  if (auto units = parseTaskCpu(with.cpu); units > 0) set("cpu", k8s::Quantity::ofMillis(millicoresOf(*units)));
  if (auto mebibytes = parseTaskMemory(with.memory); mebibytes > 0) set("memory", k8s::Quantity::ofBytes(*mebibytes * kMiB));
}

// A failed task is not tried again and does not end its siblings.
k8s::JobSpec jobOf(k8s::PodTemplateSpec pod, std::int32_t count, bool wasKubernetes) {
  k8s::JobSpec out;
  out.completions = out.parallelism = std::max(count, 1);
  if (!wasKubernetes) {
    out.completionMode = "Indexed";
    out.backoffLimitPerIndex = 0;
    pod.spec.restartPolicy = "Never";
  }
  out.template_ = std::move(pod);
  return out;
}

std::int32_t countOf(const k8s::JobSpec& job) { return job.completions.value_or(job.parallelism.value_or(1)); }

void scheduleToCronJob(KubernetesGroup& out, const ecs::CreateSchedule& from, k8s::PodTemplateSpec pod, bool wasKubernetes) {
  auto& cron = out.cronJob.emplace();
  cron.apiVersion = "batch/v1";
  cron.kind = "CronJob";
  cron.metadata.name = slug(from.name).substr(0, 52);
  cron.spec.schedule = cronJobScheduleOf(from.scheduleExpression).text;
  if (!from.scheduleExpressionTimezone.empty()) cron.spec.timeZone = from.scheduleExpressionTimezone;
  if (from.state == "DISABLED") cron.spec.suspend = true;
  std::int32_t count = from.target && from.target->ecsParameters ? from.target->ecsParameters->taskCount.value_or(1) : 1;
  cron.spec.jobTemplate.spec = jobOf(std::move(pod), count, wasKubernetes);
}

void cronJobToSchedule(EcsGroup& out, const k8s::CronJob& from, const std::string& family) {
  auto& schedule = out.schedule.emplace();
  schedule.name = from.metadata.name;
  schedule.scheduleExpression = scheduleExpressionOf(from.spec.schedule).text;
  schedule.scheduleExpressionTimezone = from.spec.timeZone.value_or("");
  if (from.spec.suspend == true) schedule.state = "DISABLED";
  schedule.flexibleTimeWindow.emplace().mode = "OFF";
  auto& parameters = schedule.target.emplace().ecsParameters.emplace();
  parameters.taskDefinitionArn = family;
  parameters.taskCount = countOf(from.spec.jobTemplate.spec);
}

void runTaskToJob(KubernetesGroup& out, const ecs::RunTask& from, k8s::PodTemplateSpec pod, const std::string& family, bool wasKubernetes) {
  if (from.overrides) override(pod, *from.overrides);
  if (!from.placementStrategy.empty()) pod.metadata.annotations[std::string(k8s::kPlacementStrategy)] = listText(from.placementStrategy);
  auto& job = out.job.emplace();
  job.apiVersion = "batch/v1";
  job.kind = "Job";
  job.metadata.name = slug(family);
  job.spec = jobOf(std::move(pod), from.count.value_or(1), wasKubernetes);
}

}  // namespace

k8s::ObjectMeta& KubernetesGroup::metadata() {
  if (daemonSet) return daemonSet->metadata;
  if (job) return job->metadata;
  if (cronJob) return cronJob->metadata;
  if (!deployment) deployment.emplace();
  return deployment->metadata;
}

k8s::PodTemplateSpec& KubernetesGroup::podTemplate() {
  if (daemonSet) return daemonSet->spec.template_;
  if (job) return job->spec.template_;
  if (cronJob) return cronJob->spec.jobTemplate.spec.template_;
  if (!deployment) deployment.emplace();
  return deployment->spec.template_;
}

KubernetesGroup mapToKubernetes(const EcsGroup& group, const k8s::Pod& pod, const std::string& family, bool wasKubernetes) {
  k8s::PodTemplateSpec made;
  made.metadata = pod.metadata;
  made.metadata.name.clear();
  made.metadata.generateName.clear();
  made.spec = pod.spec;
  KubernetesGroup out;
  if (group.service) {
    out.podTemplate() = std::move(made);
    mapServiceToKubernetes(out, group, wasKubernetes);
  } else if (group.schedule) {
    scheduleToCronJob(out, *group.schedule, std::move(made), wasKubernetes);
  } else if (group.task) {
    runTaskToJob(out, *group.task, std::move(made), family, wasKubernetes);
  }
  return out;
}

EcsGroup mapToEcs(const KubernetesGroup& group, const std::string& family) {
  EcsGroup out;
  if (group.cronJob) {
    cronJobToSchedule(out, *group.cronJob, family);
  } else if (group.job) {
    auto& task = out.task.emplace();
    task.taskDefinition = family;
    task.count = countOf(group.job->spec);
  } else {
    mapServiceToEcs(out, group, family);
  }
  return out;
}

k8s::Pod podOf(const KubernetesGroup& group) {
  const k8s::PodTemplateSpec& from = group.podTemplate();
  k8s::Pod out;
  out.apiVersion = "v1";
  out.kind = "Pod";
  out.metadata = from.metadata;
  out.metadata.creationTimestamp.clear();
  out.metadata.extra = {};
  out.spec = from.spec;
  auto& labels = out.metadata.labels;
  labels.erase(std::string(k8s::kService));
  out.metadata.annotations.erase(std::string(k8s::kPlacementStrategy));
  auto own = readList<ecs::PlacementConstraint>(annotation(out, k8s::kPlacementConstraints));
  if (auto services = group.metadata().annotations.find(std::string(k8s::kPlacementConstraints));
      services != group.metadata().annotations.end()) {
    own.resize(own.size() - std::min(own.size(), readList<ecs::PlacementConstraint>(services->second).size()));
    auto& text = out.metadata.annotations[std::string(k8s::kPlacementConstraints)];
    text = own.empty() ? "" : listText(own);
    if (own.empty()) out.metadata.annotations.erase(std::string(k8s::kPlacementConstraints));
  }
  bool wasTask = out.metadata.annotations.contains(std::string(k8s::kResidual));
  if (wasTask && (out.spec.restartPolicy.empty() || out.spec.restartPolicy == "Always")) out.spec.restartPolicy = "Never";
  auto family = labels.find(std::string(k8s::kFamily));
  out.metadata.name = wasTask && family != labels.end() ? family->second : group.metadata().name;
  if (out.metadata.name.empty()) out.metadata.generateName = group.metadata().generateName;
  return out;
}

}  // namespace taskpod::translate
