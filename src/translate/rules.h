// The rules of the table: small functions that each map one matter. Private to translate.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "taskpod/k8s/agent.h"
#include "taskpod/translate/convert.h"

namespace taskpod::translate {

// Everything the rules of one conversion share.
struct ToPod {
  const ecs::TaskDefinition& task;
  k8s::Pod& pod;
  k8s::AgentTask& agent;
  Origin origin;
  std::map<std::string, std::string> containerNames;  // ECS name -> pod name
  std::map<std::string, std::string> volumeNames;
};

struct ContainerToPod {
  ToPod& all;
  const ecs::ContainerDefinition& from;
  k8s::Container& to;
  k8s::AgentContainer& agent;
};

struct ToEcs {
  const k8s::Pod& pod;
  const k8s::AgentTask& agent;
  ecs::TaskDefinition& task;
  Origin origin;
};

struct ContainerToEcs {
  ToEcs& all;
  const k8s::Container& from;
  const k8s::AgentContainer& agent;
  bool isInit;
  ecs::ContainerDefinition& to;
};

struct TaskRule {
  FieldRow row;
  void (*toPod)(ToPod&);
  void (*toEcs)(ToEcs&);
};

struct ContainerRule {
  FieldRow row;
  void (*toPod)(ContainerToPod&);
  void (*toEcs)(ContainerToEcs&);
};

// mapToPod and mapToTaskDefinition, with what the agent's annotation says beside the pod: whoever has just made one need not read it again.
struct Mapped {
  k8s::Pod pod;
  k8s::AgentTask agent;
};
Mapped mapDefinition(const ecs::TaskDefinition& definition, Origin origin);
ecs::TaskDefinition mapPod(const k8s::Pod& pod, const k8s::AgentTask& agent, Origin origin);

std::span<const TaskRule> taskRules();
std::span<const ContainerRule> containerRules();

}  // namespace taskpod::translate
