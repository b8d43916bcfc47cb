// The mapping of workloads without residual: one ECS service, task or schedule and the Kubernetes objects it is. Private to translate.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "taskpod/ecs/automation.h"
#include "taskpod/ecs/service.h"
#include "taskpod/k8s/objects.h"
#include "taskpod/k8s/workload.h"

namespace taskpod::translate {

// What belongs together on the ECS side beside the task definition.
struct EcsGroup {
  std::optional<ecs::CreateService> service;
  std::optional<ecs::RunTask> task;
  std::optional<ecs::CreateSchedule> schedule;
  std::vector<ecs::RegisterScalableTarget> targets;
  std::vector<ecs::PutScalingPolicy> policies;
};

// And on the Kubernetes side. One of the first four is set.
struct KubernetesGroup {
  std::optional<k8s::Deployment> deployment;
  std::optional<k8s::DaemonSet> daemonSet;
  std::optional<k8s::Job> job;
  std::optional<k8s::CronJob> cronJob;
  std::vector<k8s::Service> services;
  std::vector<k8s::PodDisruptionBudget> budgets;
  std::vector<k8s::HorizontalPodAutoscaler> autoscalers;

  k8s::ObjectMeta& metadata();
  const k8s::ObjectMeta& metadata() const { return const_cast<KubernetesGroup*>(this)->metadata(); }
  k8s::PodTemplateSpec& podTemplate();
  const k8s::PodTemplateSpec& podTemplate() const { return const_cast<KubernetesGroup*>(this)->podTemplate(); }
  bool operator==(const KubernetesGroup&) const = default;
};

// `pod` is what the task definition became; `family` names it where the group has no name of its own. `wasKubernetes`: the definition was
// made from Kubernetes objects, nothing is added to the template.
KubernetesGroup mapToKubernetes(const EcsGroup& group, const k8s::Pod& pod, const std::string& family, bool wasKubernetes);
EcsGroup mapToEcs(const KubernetesGroup& group, const std::string& family);

// The pod of a template: what toTaskDefinition converts. `kService` and what the service put into its annotations are taken out again.
k8s::Pod podOf(const KubernetesGroup& group);

}  // namespace taskpod::translate
