// What DescribeTasks tells of a task, member by member as in the service model (ecs/2014-11-13, service-2.json). Times are seconds since
// the epoch with a fraction. Computed from a pod by translate/task.h, never stored.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "taskpod/base/boxed.h"
#include "taskpod/ecs/service.h"

namespace taskpod::ecs {

struct Attachment {
  std::string id;
  std::string type;
  std::string status;
  std::vector<KeyValuePair> details;
  json::Extra extra;

  bool operator==(const Attachment&) const = default;
  static std::span<const json::Row> rows();
};

struct Attribute {
  std::string name;
  std::string value;
  std::string targetType;
  std::string targetId;
  json::Extra extra;

  bool operator==(const Attribute&) const = default;
  static std::span<const json::Row> rows();
};

struct NetworkBinding {
  std::string bindIP;
  std::optional<std::int32_t> containerPort;
  std::optional<std::int32_t> hostPort;
  std::string protocol;
  std::string containerPortRange;
  std::string hostPortRange;
  json::Extra extra;

  bool operator==(const NetworkBinding&) const = default;
  static std::span<const json::Row> rows();
};

struct NetworkInterface {
  std::string attachmentId;
  std::string privateIpv4Address;
  std::string ipv6Address;
  json::Extra extra;

  bool operator==(const NetworkInterface&) const = default;
  static std::span<const json::Row> rows();
};

struct ManagedAgent {
  std::optional<double> lastStartedAt;
  std::string name;
  std::string reason;
  std::string lastStatus;
  json::Extra extra;

  bool operator==(const ManagedAgent&) const = default;
  static std::span<const json::Row> rows();
};

struct Container {
  std::string containerArn;
  std::string taskArn;
  std::string name;
  std::string image;
  std::string imageDigest;
  std::string runtimeId;
  std::string lastStatus;
  std::optional<std::int32_t> exitCode;
  std::string reason;
  std::vector<NetworkBinding> networkBindings;
  std::vector<NetworkInterface> networkInterfaces;
  std::string healthStatus;
  std::vector<ManagedAgent> managedAgents;
  std::string cpu;
  std::string memory;
  std::string memoryReservation;
  std::vector<std::string> gpuIds;
  std::vector<std::string> neuronDeviceIds;
  json::Extra extra;

  bool operator==(const Container&) const = default;
  static std::span<const json::Row> rows();
};

struct TaskEphemeralStorage {
  std::optional<std::int32_t> sizeInGiB;
  std::string kmsKeyId;
  json::Extra extra;

  bool operator==(const TaskEphemeralStorage&) const = default;
  static std::span<const json::Row> rows();
};

struct Task {
  std::vector<Attachment> attachments;
  std::vector<Attribute> attributes;
  std::string availabilityZone;
  std::string capacityProviderName;
  std::string clusterArn;
  std::string connectivity;
  std::optional<double> connectivityAt;
  std::string containerInstanceArn;
  std::vector<Container> containers;
  std::string cpu;
  std::optional<double> createdAt;
  std::string desiredStatus;
  std::optional<bool> enableExecuteCommand;
  std::optional<double> executionStoppedAt;
  std::string group;
  std::string healthStatus;
  std::vector<InferenceAccelerator> inferenceAccelerators;
  std::string lastStatus;
  std::string launchType;
  std::string memory;
  Boxed<TaskOverride> overrides;
  std::string platformVersion;
  std::string platformFamily;
  std::optional<double> pullStartedAt;
  std::optional<double> pullStoppedAt;
  std::optional<double> startedAt;
  std::string startedBy;
  std::string stopCode;
  std::optional<double> stoppedAt;
  std::string stoppedReason;
  std::optional<double> stoppingAt;
  std::vector<Tag> tags;
  std::string taskArn;
  std::string taskDefinitionArn;
  std::optional<std::int64_t> version;
  Boxed<EphemeralStorage> ephemeralStorage;
  Boxed<TaskEphemeralStorage> fargateEphemeralStorage;
  json::Extra extra;

  bool operator==(const Task&) const = default;
  static std::span<const json::Row> rows();
};

struct Failure {
  std::string arn;
  std::string reason;
  std::string detail;
  json::Extra extra;

  bool operator==(const Failure&) const = default;
  static std::span<const json::Row> rows();
};

}  // namespace taskpod::ecs
