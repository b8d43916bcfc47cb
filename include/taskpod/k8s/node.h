// Node: spec, status, taints, images. Source: kubernetes/api core/v1/types.go.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "taskpod/k8s/meta.h"

namespace taskpod::k8s {

struct Taint {
  std::string key;
  std::string value;
  std::string effect;
  std::string timeAdded;
  json::Extra extra;

  bool operator==(const Taint&) const = default;
  static std::span<const json::Row> rows();
};

struct NodeSpec {
  std::string podCIDR;
  std::vector<std::string> podCIDRs;
  std::string providerID;
  bool unschedulable = false;
  std::vector<Taint> taints;
  std::string externalID;
  json::Extra extra;

  bool operator==(const NodeSpec&) const = default;
  static std::span<const json::Row> rows();
};

struct NodeCondition {
  std::string type;
  std::string status;
  std::string lastHeartbeatTime;
  std::string lastTransitionTime;
  std::string reason;
  std::string message;
  json::Extra extra;

  bool operator==(const NodeCondition&) const = default;
  static std::span<const json::Row> rows();
};

struct NodeAddress {
  std::string type;
  std::string address;
  json::Extra extra;

  bool operator==(const NodeAddress&) const = default;
  static std::span<const json::Row> rows();
};

struct DaemonEndpoint {
  std::int32_t Port = 0;
  json::Extra extra;

  bool operator==(const DaemonEndpoint&) const = default;
  static std::span<const json::Row> rows();
};

struct NodeDaemonEndpoints {
  DaemonEndpoint kubeletEndpoint;
  json::Extra extra;

  bool operator==(const NodeDaemonEndpoints&) const = default;
  static std::span<const json::Row> rows();
};

struct NodeSwapStatus {
  std::optional<std::int64_t> capacity;
  json::Extra extra;

  bool operator==(const NodeSwapStatus&) const = default;
  static std::span<const json::Row> rows();
};

struct NodeSystemInfo {
  std::string machineID;
  std::string systemUUID;
  std::string bootID;
  std::string kernelVersion;
  std::string osImage;
  std::string containerRuntimeVersion;
  std::string kubeletVersion;
  std::string kubeProxyVersion;
  std::string operatingSystem;
  std::string architecture;
  Boxed<NodeSwapStatus> swap;
  json::Extra extra;

  bool operator==(const NodeSystemInfo&) const = default;
  static std::span<const json::Row> rows();
};

struct ContainerImage {
  std::vector<std::string> names;
  std::int64_t sizeBytes = 0;
  json::Extra extra;

  bool operator==(const ContainerImage&) const = default;
  static std::span<const json::Row> rows();
};

struct NodeRuntimeHandlerFeatures {
  std::optional<bool> recursiveReadOnlyMounts;
  std::optional<bool> userNamespaces;
  json::Extra extra;

  bool operator==(const NodeRuntimeHandlerFeatures&) const = default;
  static std::span<const json::Row> rows();
};

struct NodeRuntimeHandler {
  std::string name;
  Boxed<NodeRuntimeHandlerFeatures> features;
  json::Extra extra;

  bool operator==(const NodeRuntimeHandler&) const = default;
  static std::span<const json::Row> rows();
};

struct NodeFeatures {
  std::optional<bool> supplementalGroupsPolicy;
  json::Extra extra;

  bool operator==(const NodeFeatures&) const = default;
  static std::span<const json::Row> rows();
};

struct NodeStatus {
  std::map<std::string, Quantity> capacity;
  std::map<std::string, Quantity> allocatable;
  std::string phase;
  std::vector<NodeCondition> conditions;
  std::vector<NodeAddress> addresses;
  NodeDaemonEndpoints daemonEndpoints;
  NodeSystemInfo nodeInfo;
  std::vector<ContainerImage> images;
  std::vector<NodeRuntimeHandler> runtimeHandlers;
  Boxed<NodeFeatures> features;
  std::vector<std::string> declaredFeatures;
  json::Extra extra;

  bool operator==(const NodeStatus&) const = default;
  static std::span<const json::Row> rows();
};

struct Node {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  NodeSpec spec;
  NodeStatus status;
  json::Extra extra;

  bool operator==(const Node&) const = default;
  static std::span<const json::Row> rows();
};

}  // namespace taskpod::k8s
