// The pod of a new task: a definition, with the overrides of RunTask applied to it as ECS does, translated by the one table, and told what
// it is for. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "taskpod/ecs/service.h"
#include "taskpod/k8s/pod.h"

namespace taskpod::translate {

// What RunTask, StartTask or a service say of their tasks beside the definition.
struct TaskSettings {
  std::string cluster;     // the namespace
  std::string createdBy;   // run-task, start-task, service
  std::string definition;  // "family:revision"
  std::string group;       // "family:web", "service:web", or what the caller chose
  std::string startedBy;
  std::string launchType;        // "" with a capacity provider
  std::string capacityProvider;  // "" without
  std::string platformVersion;
  std::string placementConstraints;  // JSON, the request's; those of the definition are added
  std::string placementStrategy;     // JSON, "" for none
  std::string networkConfiguration;  // JSON, "" for none
  std::string overrides;             // JSON, "" for none
  std::string tags;                  // JSON: [{"key":…,"value":…}], "" for none
  bool enableExecuteCommand = false;
  int kubeMinor = 36;
};

// Errors are AWS': an override for a container that is not in the definition (InvalidParameterException).
Result<ecs::TaskDefinition> overridden(ecs::TaskDefinition definition, const ecs::TaskOverride& overrides);

// Without a name: the caller gives one to each copy, with nameTask (task_needs.h). A definition with secrets, environment files, registry
// logins or roles gets a scheduling gate, which the controller takes away when all of that is there.
Result<k8s::Pod> podForTask(const ecs::TaskDefinition& definition, const TaskSettings& settings);

}  // namespace taskpod::translate
