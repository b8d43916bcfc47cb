// What to do about a service: (service, its tasks, its instances, now) -> tasks to start, tasks to stop, the status to write. Pure: no
// clock, no I/O.
//
// Sources: Amazon ECS Developer Guide, "Amazon ECS services" (service scheduler, minimumHealthyPercent and maximumPercent), "How the Amazon
// ECS deployment circuit breaker detects failures", "Service event messages"; Amazon ECS API reference, Service and Deployment.
//
//   lower bound = ceil(desiredCount * minimumHealthyPercent / 100) tasks that run and are healthy, never fewer by our own doing
//   upper bound = floor(desiredCount * maximumPercent / 100) tasks that are not stopped yet, never more
//
// A task counts as healthy when its health checks say so; without any, once it has been running for `healthyAfter`.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "taskpod/base/time.h"
#include "taskpod/ecs/service.h"
#include "taskpod/k8s/custom.h"

namespace taskpod::controller {

struct ServiceTask {
  std::string id;
  std::string deployment;  // ecs-svc/<digits>
  enum class State { Pending, Running, Stopping, Stopped };
  State state = State::Pending;
  bool hasChecks = false, checksPass = false, checksFail = false;
  bool failedToStart = false;   // Stopped without having run
  bool failedChecks = false;    // Stopped because its checks failed
  bool instanceDrains = false;  // its instance takes no tasks any more
  bool instanceMatches = true;  // DAEMON: the instance still satisfies the constraints
  std::string instance, zone;   // "" while it has none
  WallTime createdAt{};
  std::optional<WallTime> startedAt, stoppedAt, protectedUntil;
};

struct ServiceInput {
  const k8s::EcsService& object;
  const ecs::CreateService& spec;
  std::string definition;  // family:revision that spec.taskDefinition means now; "" if there is no such revision
  std::vector<ServiceTask> tasks;
  std::vector<std::string> instances;  // DAEMON: those that get a task
  WallTime now{};
  std::chrono::seconds healthyAfter{40};
};

struct TaskStop {
  std::string id, reason;
};
struct TaskStart {
  std::string instance;  // DAEMON, "" else
};

struct ServicePlan {
  k8s::ServiceStatus status;      // what to write
  bool writeFirst = false;        // a deployment began or ended: the status must be stored before anything is started
  std::vector<TaskStart> starts;  // of the PRIMARY deployment
  std::vector<TaskStop> stops;
  std::optional<WallTime> wakeAt;  // when time alone changes the plan
};

ServicePlan planService(const ServiceInput& input);

// The hash of the part of a service that starts a deployment when it changes (UpdateService in the API reference lists the members).
std::string deploymentHash(const k8s::EcsService& object);

// The members of the spec that a deployment's tasks are made of.
json::Raw configurationOf(const k8s::EcsService& object);

// Adds an event to a status: newest first, at most 100, its id derived from the service and the event. What was told less than `quietFor`
// ago is not told again: for states that last.
void addEvent(k8s::ServiceStatus& status, std::string_view serviceUid, std::string message, WallTime now,
              std::chrono::minutes quietFor = std::chrono::minutes(0));

// Of `candidates`, which to stop first when a service shrinks: by its strategy, else from the zone with most tasks, then from the instance
// with most (Developer Guide, "Task placement"). Returns ids, `count` of them.
std::vector<std::string> scaleInOrder(const std::vector<ecs::PlacementStrategy>& strategy, std::vector<const ServiceTask*> candidates,
                                      std::size_t count);

// How many failures end a deployment; 0 for a circuit breaker that is off.
std::int32_t breakerThreshold(const ecs::CreateService& spec, std::int32_t desiredCount);

struct Bounds {
  std::int32_t lower = 0, upper = 0;
};
Bounds boundsOf(const ecs::CreateService& spec, std::int32_t desiredCount);

}  // namespace taskpod::controller
