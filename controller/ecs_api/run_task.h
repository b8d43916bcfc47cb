// Making tasks: what RunTask, StartTask and services ask of a definition before a pod is made of it.
#pragma once

#include "controller/ecs_api/tasks.h"
#include "taskpod/ecs/service.h"
#include "taskpod/translate/task_pod.h"

namespace taskpod::controller {

// The revision that a name or ARN means, active ones only.
Result<std::shared_ptr<const DefinitionEntry>, Fault> findActive(View& view, const std::string& given);

// What goes together: launch type and strategy, network mode and network configuration, Fargate and its sizes, placement expressions.
struct Launch {
  std::string launchType;
  std::vector<ecs::CapacityProviderStrategyItem> strategy;
  const json::Value* networkConfiguration = nullptr;
  const json::Value* placementConstraints = nullptr;
  const json::Value* placementStrategy = nullptr;
};
Result<void, Fault> checkLaunch(const View& view, const DefinitionEntry& definition, const Launch& launch);

// The roles that a definition names, and whether the caller may use them: AccessDeniedException.
Roles rolesOf(const ecs::TaskDefinition& definition);
Result<void, Fault> mayUse(Call& call, const ClusterEntry& cluster, const Roles& roles);

// For the scheduler: this node and no other, beside what the pod asks for already.
void pinTo(k8s::Pod& pod, const std::string& node);

// A name for a pod of the family: "web-0f3a…".
std::string podName(const std::string& family, const std::string& suffix);

}  // namespace taskpod::controller
