// The annotation ecs.taskpod.io/agent: what a pod spec cannot say and kubelet-lite obeys. One JSON object, keyed by container name. Any
// kubelet may run such a pod; there these members have no effect. Durations are seconds.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "taskpod/base/boxed.h"
#include "taskpod/json/codec.h"

namespace taskpod::k8s {

struct AgentDependency {
  std::string container;
  std::string condition;  // START, COMPLETE, SUCCESS, HEALTHY
  json::Extra extra;

  bool operator==(const AgentDependency&) const = default;
  static std::span<const json::Row> rows();
};

struct AgentUlimit {
  std::string name;
  std::int32_t soft = 0;
  std::int32_t hard = 0;
  json::Extra extra;

  bool operator==(const AgentUlimit&) const = default;
  static std::span<const json::Row> rows();
};

struct AgentLog {
  std::string driver;
  std::map<std::string, std::string> options;
  json::Extra extra;

  bool operator==(const AgentLog&) const = default;
  static std::span<const json::Row> rows();
};

// The restart policy of a container, where the Kubernetes version has no field for it.
struct AgentRestart {
  std::vector<std::int32_t> ignoredExitCodes;
  json::Extra extra;

  bool operator==(const AgentRestart&) const = default;
  static std::span<const json::Row> rows();
};

struct AgentContainer {
  std::optional<bool> essential;  // absent: true for containers, false for init containers
  std::vector<AgentDependency> dependsOn;
  std::optional<std::int32_t> startTimeout;  // for those that wait for this container
  std::optional<std::int32_t> stopTimeout;
  Boxed<AgentRestart> restart;
  std::optional<std::int32_t> restartAttemptPeriod;
  std::optional<std::int32_t> healthStartPeriod;
  std::string user;  // a name to look up in the image
  std::vector<AgentUlimit> ulimits;
  Boxed<AgentLog> log;
  std::optional<bool> init;  // an init process as PID 1
  json::Extra extra;

  bool operator==(const AgentContainer&) const = default;
  static std::span<const json::Row> rows();
};

struct AgentTask {
  std::map<std::string, AgentContainer> containers;
  json::Extra extra;

  bool operator==(const AgentTask&) const = default;
  static std::span<const json::Row> rows();
};

}  // namespace taskpod::k8s
