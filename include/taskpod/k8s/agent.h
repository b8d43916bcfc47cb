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

struct AgentSecretOption {
  std::string name;
  std::string valueFrom;
  json::Extra extra;

  bool operator==(const AgentSecretOption&) const = default;
  static std::span<const json::Row> rows();
};

struct AgentLog {
  std::string driver;
  std::map<std::string, std::string> options;
  std::vector<AgentSecretOption> secretOptions;
  json::Extra extra;

  bool operator==(const AgentLog&) const = default;
  static std::span<const json::Row> rows();
};

struct AgentFirelens {
  std::string type;
  std::map<std::string, std::string> options;
  json::Extra extra;

  bool operator==(const AgentFirelens&) const = default;
  static std::span<const json::Row> rows();
};

struct AgentDevice {
  std::string hostPath;
  std::string containerPath;
  std::vector<std::string> permissions;
  json::Extra extra;

  bool operator==(const AgentDevice&) const = default;
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
  std::string containerName;      // as the definition spells it, where a pod cannot
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
  std::map<std::string, std::int32_t> hostPorts;    // "80/tcp" -> the port asked for; 0: any
  std::map<std::string, std::string> appProtocols;  // "80/tcp" -> http, http2, grpc
  std::vector<AgentDevice> devices;
  Boxed<AgentFirelens> firelens;  // this container routes the others' logs
  std::map<std::string, std::string> dockerLabels;
  std::optional<bool> init;  // an init process as PID 1
  json::Extra extra;

  bool operator==(const AgentContainer&) const = default;
  static std::span<const json::Row> rows();
};

struct AgentTask {
  std::string family;                          // as the definition spells it, where a pod's name cannot
  std::string networkMode;                     // bridge or none: what a pod's own network does not say
  std::map<std::string, std::string> volumes;  // volume of the pod -> as the definition spells it
  // What Secrets stand for: "NAME/KEY", or "NAME" for one to pull with -> the reference into Secrets Manager or Parameter Store.
  std::map<std::string, std::string> secrets;
  std::map<std::string, AgentContainer> containers;
  json::Extra extra;

  bool operator==(const AgentTask&) const = default;
  static std::span<const json::Row> rows();
};

}  // namespace taskpod::k8s
