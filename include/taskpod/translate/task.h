// A pod as an ECS task, whoever made it (Amazon ECS Developer Guide, "Amazon ECS task lifecycle"; Task and Container of the service model).
// Computed from the pod each time: there is no second copy of a task's state. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "taskpod/base/time.h"
#include "taskpod/ecs/arn.h"
#include "taskpod/ecs/task.h"
#include "taskpod/ecs/task_definition.h"
#include "taskpod/k8s/node.h"
#include "taskpod/k8s/pod.h"

namespace taskpod::translate {

// What a pod alone does not say.
struct Surroundings {
  ecs::Place place;
  std::string cluster;                              // as ECS spells it
  const k8s::Node* node = nullptr;                  // where the pod is
  const ecs::TaskDefinition* definition = nullptr;  // what it was made from
  bool withTags = false;                            // include: TAGS
  bool gone = false;                                // the object is no more: a task that is STOPPED whatever its last state says
  std::string goneAt;                               // RFC 3339, with `gone`
};

// Task and container instance ids are UIDs without dashes.
std::string idOf(std::string_view uid);

// The tags of any object of ours: one annotation, a list as in TagResource. What cannot be read is left out: an annotation is anyone's to
// write.
std::vector<ecs::Tag> tagsOf(const k8s::ObjectMeta& meta);

// PROVISIONING, PENDING, RUNNING, STOPPING or STOPPED.
std::string_view lastStatusOf(const k8s::Pod& pod);
// RUNNING or STOPPED.
std::string_view desiredStatusOf(const k8s::Pod& pod);
// HEALTHY, UNHEALTHY or UNKNOWN, over the essential containers that have a check.
std::string_view healthStatusOf(const k8s::Pod& pod);
// "family:revision" of the definition, "" for a pod that came from none.
std::string_view definitionOf(const k8s::Pod& pod);
// The family that ListTasks filters by: of the definition, else of the group.
std::string familyOf(const k8s::Pod& pod);
std::string startedByOf(const k8s::Pod& pod);
// EC2, FARGATE or EXTERNAL; of a task of a capacity provider, what the provider has.
std::string launchTypeOf(const k8s::Pod& pod);
// The name of the service, from group service:NAME; "" for none.
std::string serviceOf(const k8s::Pod& pod);

ecs::Task taskOf(const k8s::Pod& pod, const Surroundings& around);

// When a stopped pod's last container ended, or when it was wanted stopped; nullopt for one that runs.
std::optional<WallTime> stoppedAtOf(const k8s::Pod& pod);

// True once a container of the task has run.
bool hasRun(const k8s::Pod& pod);

// Why a task that has not started never will, as ECS words it: "CannotPullContainerError: …". nullopt while there is hope. A kubelet would
// try for ever; an ECS task is stopped for it.
std::optional<std::string> startFailureOf(const k8s::Pod& pod);

// Times of the API (RFC 3339) in seconds since the epoch.
std::optional<double> secondsOf(std::string_view time);
std::optional<double> secondsOf(std::optional<WallTime> time);

}  // namespace taskpod::translate
