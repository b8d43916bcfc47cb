// Pod: spec and status. Source: kubernetes/api core/v1/types.go.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "taskpod/k8s/container.h"

namespace taskpod::k8s {

struct Sysctl {
  std::string name;
  std::string value;
  json::Extra extra;

  bool operator==(const Sysctl&) const = default;
  static std::span<const json::Row> rows();
};

struct PodSecurityContext {
  Boxed<SELinuxOptions> seLinuxOptions;
  Boxed<WindowsSecurityContextOptions> windowsOptions;
  std::optional<std::int64_t> runAsUser;
  std::optional<std::int64_t> runAsGroup;
  std::optional<bool> runAsNonRoot;
  std::vector<std::int64_t> supplementalGroups;
  std::optional<std::string> supplementalGroupsPolicy;
  std::optional<std::int64_t> fsGroup;
  std::vector<Sysctl> sysctls;
  std::optional<std::string> fsGroupChangePolicy;
  Boxed<SeccompProfile> seccompProfile;
  Boxed<AppArmorProfile> appArmorProfile;
  std::optional<std::string> seLinuxChangePolicy;
  json::Extra extra;

  bool operator==(const PodSecurityContext&) const = default;
  static std::span<const json::Row> rows();
};

struct NodeSelectorRequirement {
  std::string key;
  std::string operator_;
  std::vector<std::string> values;
  json::Extra extra;

  bool operator==(const NodeSelectorRequirement&) const = default;
  static std::span<const json::Row> rows();
};

struct NodeSelectorTerm {
  std::vector<NodeSelectorRequirement> matchExpressions;
  std::vector<NodeSelectorRequirement> matchFields;
  json::Extra extra;

  bool operator==(const NodeSelectorTerm&) const = default;
  static std::span<const json::Row> rows();
};

struct NodeSelector {
  std::vector<NodeSelectorTerm> nodeSelectorTerms;
  json::Extra extra;

  bool operator==(const NodeSelector&) const = default;
  static std::span<const json::Row> rows();
};

struct PreferredSchedulingTerm {
  std::int32_t weight = 0;
  NodeSelectorTerm preference;
  json::Extra extra;

  bool operator==(const PreferredSchedulingTerm&) const = default;
  static std::span<const json::Row> rows();
};

struct NodeAffinity {
  Boxed<NodeSelector> requiredDuringSchedulingIgnoredDuringExecution;
  std::vector<PreferredSchedulingTerm> preferredDuringSchedulingIgnoredDuringExecution;
  json::Extra extra;

  bool operator==(const NodeAffinity&) const = default;
  static std::span<const json::Row> rows();
};

struct PodAffinityTerm {
  Boxed<LabelSelector> labelSelector;
  std::vector<std::string> namespaces;
  std::string topologyKey;
  Boxed<LabelSelector> namespaceSelector;
  std::vector<std::string> matchLabelKeys;
  std::vector<std::string> mismatchLabelKeys;
  json::Extra extra;

  bool operator==(const PodAffinityTerm&) const = default;
  static std::span<const json::Row> rows();
};

struct WeightedPodAffinityTerm {
  std::int32_t weight = 0;
  PodAffinityTerm podAffinityTerm;
  json::Extra extra;

  bool operator==(const WeightedPodAffinityTerm&) const = default;
  static std::span<const json::Row> rows();
};

struct PodAffinity {
  std::vector<PodAffinityTerm> requiredDuringSchedulingIgnoredDuringExecution;
  std::vector<WeightedPodAffinityTerm> preferredDuringSchedulingIgnoredDuringExecution;
  json::Extra extra;

  bool operator==(const PodAffinity&) const = default;
  static std::span<const json::Row> rows();
};

struct PodAntiAffinity {
  std::vector<PodAffinityTerm> requiredDuringSchedulingIgnoredDuringExecution;
  std::vector<WeightedPodAffinityTerm> preferredDuringSchedulingIgnoredDuringExecution;
  json::Extra extra;

  bool operator==(const PodAntiAffinity&) const = default;
  static std::span<const json::Row> rows();
};

struct Affinity {
  Boxed<NodeAffinity> nodeAffinity;
  Boxed<PodAffinity> podAffinity;
  Boxed<PodAntiAffinity> podAntiAffinity;
  json::Extra extra;

  bool operator==(const Affinity&) const = default;
  static std::span<const json::Row> rows();
};

struct Toleration {
  std::string key;
  std::string operator_;
  std::string value;
  std::string effect;
  std::optional<std::int64_t> tolerationSeconds;
  json::Extra extra;

  bool operator==(const Toleration&) const = default;
  static std::span<const json::Row> rows();
};

struct HostAlias {
  std::string ip;
  std::vector<std::string> hostnames;
  json::Extra extra;

  bool operator==(const HostAlias&) const = default;
  static std::span<const json::Row> rows();
};

struct PodDNSConfigOption {
  std::string name;
  std::optional<std::string> value;
  json::Extra extra;

  bool operator==(const PodDNSConfigOption&) const = default;
  static std::span<const json::Row> rows();
};

struct PodDNSConfig {
  std::vector<std::string> nameservers;
  std::vector<std::string> searches;
  std::vector<PodDNSConfigOption> options;
  json::Extra extra;

  bool operator==(const PodDNSConfig&) const = default;
  static std::span<const json::Row> rows();
};

struct PodReadinessGate {
  std::string conditionType;
  json::Extra extra;

  bool operator==(const PodReadinessGate&) const = default;
  static std::span<const json::Row> rows();
};

struct TopologySpreadConstraint {
  std::int32_t maxSkew = 0;
  std::string topologyKey;
  std::string whenUnsatisfiable;
  Boxed<LabelSelector> labelSelector;
  std::optional<std::int32_t> minDomains;
  std::optional<std::string> nodeAffinityPolicy;
  std::optional<std::string> nodeTaintsPolicy;
  std::vector<std::string> matchLabelKeys;
  json::Extra extra;

  bool operator==(const TopologySpreadConstraint&) const = default;
  static std::span<const json::Row> rows();
};

struct PodOS {
  std::string name;
  json::Extra extra;

  bool operator==(const PodOS&) const = default;
  static std::span<const json::Row> rows();
};

struct PodSchedulingGate {
  std::string name;
  json::Extra extra;

  bool operator==(const PodSchedulingGate&) const = default;
  static std::span<const json::Row> rows();
};

struct PodSpec {
  std::vector<Volume> volumes;
  std::vector<Container> initContainers;
  std::vector<Container> containers;
  std::string restartPolicy;
  std::optional<std::int64_t> terminationGracePeriodSeconds;
  std::optional<std::int64_t> activeDeadlineSeconds;
  std::string dnsPolicy;
  std::map<std::string, std::string> nodeSelector;
  std::string serviceAccountName;
  std::string serviceAccount;
  std::optional<bool> automountServiceAccountToken;
  std::string nodeName;
  bool hostNetwork = false;
  bool hostPID = false;
  bool hostIPC = false;
  std::optional<bool> shareProcessNamespace;
  Boxed<PodSecurityContext> securityContext;
  std::vector<LocalObjectReference> imagePullSecrets;
  std::string hostname;
  std::string subdomain;
  Boxed<Affinity> affinity;
  std::string schedulerName;
  std::vector<Toleration> tolerations;
  std::vector<HostAlias> hostAliases;
  std::string priorityClassName;
  std::optional<std::int32_t> priority;
  Boxed<PodDNSConfig> dnsConfig;
  std::vector<PodReadinessGate> readinessGates;
  std::optional<std::string> runtimeClassName;
  std::optional<bool> enableServiceLinks;
  std::optional<std::string> preemptionPolicy;
  std::map<std::string, Quantity> overhead;
  std::vector<TopologySpreadConstraint> topologySpreadConstraints;
  std::optional<bool> setHostnameAsFQDN;
  Boxed<PodOS> os;
  std::optional<bool> hostUsers;
  std::vector<PodSchedulingGate> schedulingGates;
  Boxed<ResourceRequirements> resources;
  std::optional<std::string> hostnameOverride;
  json::Extra extra;

  bool operator==(const PodSpec&) const = default;
  static std::span<const json::Row> rows();
};

struct PodCondition {
  std::string type;
  std::int64_t observedGeneration = 0;
  std::string status;
  std::string lastProbeTime;
  std::string lastTransitionTime;
  std::string reason;
  std::string message;
  json::Extra extra;

  bool operator==(const PodCondition&) const = default;
  static std::span<const json::Row> rows();
};

struct HostIP {
  std::string ip;
  json::Extra extra;

  bool operator==(const HostIP&) const = default;
  static std::span<const json::Row> rows();
};

struct PodIP {
  std::string ip;
  json::Extra extra;

  bool operator==(const PodIP&) const = default;
  static std::span<const json::Row> rows();
};

struct ContainerStateWaiting {
  std::string reason;
  std::string message;
  json::Extra extra;

  bool operator==(const ContainerStateWaiting&) const = default;
  static std::span<const json::Row> rows();
};

struct ContainerStateRunning {
  std::string startedAt;
  json::Extra extra;

  bool operator==(const ContainerStateRunning&) const = default;
  static std::span<const json::Row> rows();
};

struct ContainerStateTerminated {
  std::int32_t exitCode = 0;
  std::int32_t signal = 0;
  std::string reason;
  std::string message;
  std::string startedAt;
  std::string finishedAt;
  std::string containerID;
  json::Extra extra;

  bool operator==(const ContainerStateTerminated&) const = default;
  static std::span<const json::Row> rows();
};

struct ContainerState {
  Boxed<ContainerStateWaiting> waiting;
  Boxed<ContainerStateRunning> running;
  Boxed<ContainerStateTerminated> terminated;
  json::Extra extra;

  bool operator==(const ContainerState&) const = default;
  static std::span<const json::Row> rows();
};

struct ImageVolumeStatus {
  std::string imageRef;
  json::Extra extra;

  bool operator==(const ImageVolumeStatus&) const = default;
  static std::span<const json::Row> rows();
};

struct VolumeStatus {
  Boxed<ImageVolumeStatus> image;
  json::Extra extra;

  bool operator==(const VolumeStatus&) const = default;
  static std::span<const json::Row> rows();
};

struct VolumeMountStatus {
  std::string name;
  std::string mountPath;
  bool readOnly = false;
  std::optional<std::string> recursiveReadOnly;
  Boxed<VolumeStatus> volumeStatus;
  json::Extra extra;

  bool operator==(const VolumeMountStatus&) const = default;
  static std::span<const json::Row> rows();
};

struct ContainerStatus {
  std::string name;
  ContainerState state;
  ContainerState lastState;
  bool ready = false;
  std::int32_t restartCount = 0;
  std::string image;
  std::string imageID;
  std::string containerID;
  std::optional<bool> started;
  std::map<std::string, Quantity> allocatedResources;
  Boxed<ResourceRequirements> resources;
  std::vector<VolumeMountStatus> volumeMounts;
  std::optional<std::string> stopSignal;
  json::Extra extra;

  bool operator==(const ContainerStatus&) const = default;
  static std::span<const json::Row> rows();
};

struct PodStatus {
  std::int64_t observedGeneration = 0;
  std::string phase;
  std::vector<PodCondition> conditions;
  std::string message;
  std::string reason;
  std::string nominatedNodeName;
  std::string hostIP;
  std::vector<HostIP> hostIPs;
  std::string podIP;
  std::vector<PodIP> podIPs;
  std::string startTime;
  std::vector<ContainerStatus> initContainerStatuses;
  std::vector<ContainerStatus> containerStatuses;
  std::string qosClass;
  std::vector<ContainerStatus> ephemeralContainerStatuses;
  std::string resize;
  std::map<std::string, Quantity> allocatedResources;
  Boxed<ResourceRequirements> resources;
  json::Extra extra;

  bool operator==(const PodStatus&) const = default;
  static std::span<const json::Row> rows();
};

struct Pod {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  PodSpec spec;
  PodStatus status;
  json::Extra extra;

  bool operator==(const Pod&) const = default;
  static std::span<const json::Row> rows();
};

}  // namespace taskpod::k8s
