// Containers of a pod, probes, hooks, environment, resources. cpu and memory are Quantities as written. Source: kubernetes/api
// core/v1/types.go.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "taskpod/k8s/volume.h"

namespace taskpod::k8s {

struct ContainerPort {
  std::string name;
  std::int32_t hostPort = 0;
  std::int32_t containerPort = 0;
  std::string protocol;
  std::string hostIP;
  json::Extra extra;

  bool operator==(const ContainerPort&) const = default;
  static std::span<const json::Row> rows();
};

struct ConfigMapEnvSource {
  std::string name;
  std::optional<bool> optional;
  json::Extra extra;

  bool operator==(const ConfigMapEnvSource&) const = default;
  static std::span<const json::Row> rows();
};

struct SecretEnvSource {
  std::string name;
  std::optional<bool> optional;
  json::Extra extra;

  bool operator==(const SecretEnvSource&) const = default;
  static std::span<const json::Row> rows();
};

struct EnvFromSource {
  std::string prefix;
  Boxed<ConfigMapEnvSource> configMapRef;
  Boxed<SecretEnvSource> secretRef;
  json::Extra extra;

  bool operator==(const EnvFromSource&) const = default;
  static std::span<const json::Row> rows();
};

struct ConfigMapKeySelector {
  std::string name;
  std::string key;
  std::optional<bool> optional;
  json::Extra extra;

  bool operator==(const ConfigMapKeySelector&) const = default;
  static std::span<const json::Row> rows();
};

struct SecretKeySelector {
  std::string name;
  std::string key;
  std::optional<bool> optional;
  json::Extra extra;

  bool operator==(const SecretKeySelector&) const = default;
  static std::span<const json::Row> rows();
};

struct FileKeySelector {
  std::string volumeName;
  std::string path;
  std::string key;
  std::optional<bool> optional;
  json::Extra extra;

  bool operator==(const FileKeySelector&) const = default;
  static std::span<const json::Row> rows();
};

struct EnvVarSource {
  Boxed<ObjectFieldSelector> fieldRef;
  Boxed<ResourceFieldSelector> resourceFieldRef;
  Boxed<ConfigMapKeySelector> configMapKeyRef;
  Boxed<SecretKeySelector> secretKeyRef;
  Boxed<FileKeySelector> fileKeyRef;
  json::Extra extra;

  bool operator==(const EnvVarSource&) const = default;
  static std::span<const json::Row> rows();
};

struct EnvVar {
  std::string name;
  std::string value;
  Boxed<EnvVarSource> valueFrom;
  json::Extra extra;

  bool operator==(const EnvVar&) const = default;
  static std::span<const json::Row> rows();
};

struct ResourceRequirements {
  std::map<std::string, Quantity> limits;
  std::map<std::string, Quantity> requests;
  json::Extra extra;

  bool operator==(const ResourceRequirements&) const = default;
  static std::span<const json::Row> rows();
};

struct ContainerResizePolicy {
  std::string resourceName;
  std::string restartPolicy;
  json::Extra extra;

  bool operator==(const ContainerResizePolicy&) const = default;
  static std::span<const json::Row> rows();
};

struct ContainerRestartRuleOnExitCodes {
  std::string operator_;
  std::vector<std::int32_t> values;
  json::Extra extra;

  bool operator==(const ContainerRestartRuleOnExitCodes&) const = default;
  static std::span<const json::Row> rows();
};

struct ContainerRestartRule {
  std::string action;
  Boxed<ContainerRestartRuleOnExitCodes> exitCodes;
  json::Extra extra;

  bool operator==(const ContainerRestartRule&) const = default;
  static std::span<const json::Row> rows();
};

struct VolumeMount {
  std::string name;
  bool readOnly = false;
  std::optional<std::string> recursiveReadOnly;
  std::string mountPath;
  std::string subPath;
  std::optional<std::string> mountPropagation;
  std::string subPathExpr;
  json::Extra extra;

  bool operator==(const VolumeMount&) const = default;
  static std::span<const json::Row> rows();
};

struct VolumeDevice {
  std::string name;
  std::string devicePath;
  json::Extra extra;

  bool operator==(const VolumeDevice&) const = default;
  static std::span<const json::Row> rows();
};

struct ExecAction {
  std::vector<std::string> command;
  json::Extra extra;

  bool operator==(const ExecAction&) const = default;
  static std::span<const json::Row> rows();
};

struct HTTPHeader {
  std::string name;
  std::string value;
  json::Extra extra;

  bool operator==(const HTTPHeader&) const = default;
  static std::span<const json::Row> rows();
};

struct HTTPGetAction {
  std::string path;
  IntOrString port;
  std::string host;
  std::string scheme;
  std::vector<HTTPHeader> httpHeaders;
  json::Extra extra;

  bool operator==(const HTTPGetAction&) const = default;
  static std::span<const json::Row> rows();
};

struct TCPSocketAction {
  IntOrString port;
  std::string host;
  json::Extra extra;

  bool operator==(const TCPSocketAction&) const = default;
  static std::span<const json::Row> rows();
};

struct GRPCAction {
  std::int32_t port = 0;
  std::optional<std::string> service;
  json::Extra extra;

  bool operator==(const GRPCAction&) const = default;
  static std::span<const json::Row> rows();
};

struct Probe {
  Boxed<ExecAction> exec;
  Boxed<HTTPGetAction> httpGet;
  Boxed<TCPSocketAction> tcpSocket;
  Boxed<GRPCAction> grpc;
  std::int32_t initialDelaySeconds = 0;
  std::int32_t timeoutSeconds = 0;
  std::int32_t periodSeconds = 0;
  std::int32_t successThreshold = 0;
  std::int32_t failureThreshold = 0;
  std::optional<std::int64_t> terminationGracePeriodSeconds;
  json::Extra extra;

  bool operator==(const Probe&) const = default;
  static std::span<const json::Row> rows();
};

struct SleepAction {
  std::int64_t seconds = 0;
  json::Extra extra;

  bool operator==(const SleepAction&) const = default;
  static std::span<const json::Row> rows();
};

struct LifecycleHandler {
  Boxed<ExecAction> exec;
  Boxed<HTTPGetAction> httpGet;
  Boxed<TCPSocketAction> tcpSocket;
  Boxed<SleepAction> sleep;
  json::Extra extra;

  bool operator==(const LifecycleHandler&) const = default;
  static std::span<const json::Row> rows();
};

struct Lifecycle {
  Boxed<LifecycleHandler> postStart;
  Boxed<LifecycleHandler> preStop;
  std::optional<std::string> stopSignal;
  json::Extra extra;

  bool operator==(const Lifecycle&) const = default;
  static std::span<const json::Row> rows();
};

struct Capabilities {
  std::vector<std::string> add;
  std::vector<std::string> drop;
  json::Extra extra;

  bool operator==(const Capabilities&) const = default;
  static std::span<const json::Row> rows();
};

struct SELinuxOptions {
  std::string user;
  std::string role;
  std::string type;
  std::string level;
  json::Extra extra;

  bool operator==(const SELinuxOptions&) const = default;
  static std::span<const json::Row> rows();
};

struct WindowsSecurityContextOptions {
  std::optional<std::string> gmsaCredentialSpecName;
  std::optional<std::string> gmsaCredentialSpec;
  std::optional<std::string> runAsUserName;
  std::optional<bool> hostProcess;
  json::Extra extra;

  bool operator==(const WindowsSecurityContextOptions&) const = default;
  static std::span<const json::Row> rows();
};

struct SeccompProfile {
  std::string type;
  std::optional<std::string> localhostProfile;
  json::Extra extra;

  bool operator==(const SeccompProfile&) const = default;
  static std::span<const json::Row> rows();
};

struct AppArmorProfile {
  std::string type;
  std::optional<std::string> localhostProfile;
  json::Extra extra;

  bool operator==(const AppArmorProfile&) const = default;
  static std::span<const json::Row> rows();
};

struct SecurityContext {
  Boxed<Capabilities> capabilities;
  std::optional<bool> privileged;
  Boxed<SELinuxOptions> seLinuxOptions;
  Boxed<WindowsSecurityContextOptions> windowsOptions;
  std::optional<std::int64_t> runAsUser;
  std::optional<std::int64_t> runAsGroup;
  std::optional<bool> runAsNonRoot;
  std::optional<bool> readOnlyRootFilesystem;
  std::optional<bool> allowPrivilegeEscalation;
  std::optional<std::string> procMount;
  Boxed<SeccompProfile> seccompProfile;
  Boxed<AppArmorProfile> appArmorProfile;
  json::Extra extra;

  bool operator==(const SecurityContext&) const = default;
  static std::span<const json::Row> rows();
};

struct Container {
  std::string name;
  std::string image;
  std::vector<std::string> command;
  std::vector<std::string> args;
  std::string workingDir;
  std::vector<ContainerPort> ports;
  std::vector<EnvFromSource> envFrom;
  std::vector<EnvVar> env;
  ResourceRequirements resources;
  std::vector<ContainerResizePolicy> resizePolicy;
  std::optional<std::string> restartPolicy;
  std::vector<ContainerRestartRule> restartPolicyRules;
  std::vector<VolumeMount> volumeMounts;
  std::vector<VolumeDevice> volumeDevices;
  Boxed<Probe> livenessProbe;
  Boxed<Probe> readinessProbe;
  Boxed<Probe> startupProbe;
  Boxed<Lifecycle> lifecycle;
  std::string terminationMessagePath;
  std::string terminationMessagePolicy;
  std::string imagePullPolicy;
  Boxed<SecurityContext> securityContext;
  bool stdin_ = false;
  bool stdinOnce = false;
  bool tty = false;
  json::Extra extra;

  bool operator==(const Container&) const = default;
  static std::span<const json::Row> rows();
};

// What the API server writes where a container names no pull policy: Always for the tag latest or none at all, else IfNotPresent
// (pkg/apis/core/v1/defaults.go).
std::string_view defaultPullPolicy(std::string_view image);

}  // namespace taskpod::k8s
