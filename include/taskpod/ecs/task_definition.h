// The ECS task definition: the body of RegisterTaskDefinition, member by member as in the service model (ecs/2014-11-13, service-2.json).
// cpu of a container is in CPU units (1024 = one vCPU), its memory in MiB; cpu and memory of the task are text ("256", "1 vCPU", "0.5 GB").
// Integers are also read from strings ("100"), as CloudFormation and the console write them. What DescribeTaskDefinition adds (ARN,
// revision, status, …) and what this build does not know stays in `extra`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "taskpod/base/boxed.h"
#include "taskpod/json/codec.h"

namespace taskpod::ecs {

struct RepositoryCredentials {
  std::string credentialsParameter;
  json::Extra extra;

  bool operator==(const RepositoryCredentials&) const = default;
  static std::span<const json::Row> rows();
};

struct PortMapping {
  std::optional<std::int32_t> containerPort;
  std::optional<std::int32_t> hostPort;
  std::string protocol;
  std::string name;
  std::string appProtocol;
  std::string containerPortRange;
  json::Extra extra;

  bool operator==(const PortMapping&) const = default;
  static std::span<const json::Row> rows();
};

struct ContainerRestartPolicy {
  std::optional<bool> enabled;
  std::vector<std::int32_t> ignoredExitCodes;
  std::optional<std::int32_t> restartAttemptPeriod;
  json::Extra extra;

  bool operator==(const ContainerRestartPolicy&) const = default;
  static std::span<const json::Row> rows();
};

struct KeyValuePair {
  std::string name;
  std::string value;
  json::Extra extra;

  bool operator==(const KeyValuePair&) const = default;
  static std::span<const json::Row> rows();
};

struct EnvironmentFile {
  std::string value;
  std::string type;
  json::Extra extra;

  bool operator==(const EnvironmentFile&) const = default;
  static std::span<const json::Row> rows();
};

struct MountPoint {
  std::string sourceVolume;
  std::string containerPath;
  std::optional<bool> readOnly;
  json::Extra extra;

  bool operator==(const MountPoint&) const = default;
  static std::span<const json::Row> rows();
};

struct VolumeFrom {
  std::string sourceContainer;
  std::optional<bool> readOnly;
  json::Extra extra;

  bool operator==(const VolumeFrom&) const = default;
  static std::span<const json::Row> rows();
};

struct KernelCapabilities {
  std::vector<std::string> add;
  std::vector<std::string> drop;
  json::Extra extra;

  bool operator==(const KernelCapabilities&) const = default;
  static std::span<const json::Row> rows();
};

struct Device {
  std::string hostPath;
  std::string containerPath;
  std::vector<std::string> permissions;
  json::Extra extra;

  bool operator==(const Device&) const = default;
  static std::span<const json::Row> rows();
};

struct Tmpfs {
  std::string containerPath;
  std::optional<std::int32_t> size;
  std::vector<std::string> mountOptions;
  json::Extra extra;

  bool operator==(const Tmpfs&) const = default;
  static std::span<const json::Row> rows();
};

struct LinuxParameters {
  Boxed<KernelCapabilities> capabilities;
  std::vector<Device> devices;
  std::optional<bool> initProcessEnabled;
  std::optional<std::int32_t> sharedMemorySize;
  std::vector<Tmpfs> tmpfs;
  std::optional<std::int32_t> maxSwap;
  std::optional<std::int32_t> swappiness;
  json::Extra extra;

  bool operator==(const LinuxParameters&) const = default;
  static std::span<const json::Row> rows();
};

struct Secret {
  std::string name;
  std::string valueFrom;
  json::Extra extra;

  bool operator==(const Secret&) const = default;
  static std::span<const json::Row> rows();
};

struct ContainerDependency {
  std::string containerName;
  std::string condition;
  json::Extra extra;

  bool operator==(const ContainerDependency&) const = default;
  static std::span<const json::Row> rows();
};

struct HostEntry {
  std::string hostname;
  std::string ipAddress;
  json::Extra extra;

  bool operator==(const HostEntry&) const = default;
  static std::span<const json::Row> rows();
};

struct Ulimit {
  std::string name;
  std::optional<std::int32_t> softLimit;
  std::optional<std::int32_t> hardLimit;
  json::Extra extra;

  bool operator==(const Ulimit&) const = default;
  static std::span<const json::Row> rows();
};

struct LogConfiguration {
  std::string logDriver;
  std::map<std::string, std::string> options;
  std::vector<Secret> secretOptions;
  json::Extra extra;

  bool operator==(const LogConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct HealthCheck {
  std::vector<std::string> command;
  std::optional<std::int32_t> interval;
  std::optional<std::int32_t> timeout;
  std::optional<std::int32_t> retries;
  std::optional<std::int32_t> startPeriod;
  json::Extra extra;

  bool operator==(const HealthCheck&) const = default;
  static std::span<const json::Row> rows();
};

struct SystemControl {
  std::string namespace_;
  std::string value;
  json::Extra extra;

  bool operator==(const SystemControl&) const = default;
  static std::span<const json::Row> rows();
};

struct ResourceRequirement {
  std::string value;
  std::string type;
  json::Extra extra;

  bool operator==(const ResourceRequirement&) const = default;
  static std::span<const json::Row> rows();
};

struct FirelensConfiguration {
  std::string type;
  std::map<std::string, std::string> options;
  json::Extra extra;

  bool operator==(const FirelensConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct ContainerDefinition {
  std::string name;
  std::string image;
  Boxed<RepositoryCredentials> repositoryCredentials;
  std::optional<std::int32_t> cpu;
  std::optional<std::int32_t> memory;
  std::optional<std::int32_t> memoryReservation;
  std::vector<std::string> links;
  std::vector<PortMapping> portMappings;
  std::optional<bool> essential;
  Boxed<ContainerRestartPolicy> restartPolicy;
  std::vector<std::string> entryPoint;
  std::vector<std::string> command;
  std::vector<KeyValuePair> environment;
  std::vector<EnvironmentFile> environmentFiles;
  std::vector<MountPoint> mountPoints;
  std::vector<VolumeFrom> volumesFrom;
  Boxed<LinuxParameters> linuxParameters;
  std::vector<Secret> secrets;
  std::vector<ContainerDependency> dependsOn;
  std::optional<std::int32_t> startTimeout;
  std::optional<std::int32_t> stopTimeout;
  std::string versionConsistency;
  std::string hostname;
  std::string user;
  std::string workingDirectory;
  std::optional<bool> disableNetworking;
  std::optional<bool> privileged;
  std::optional<bool> readonlyRootFilesystem;
  std::vector<std::string> dnsServers;
  std::vector<std::string> dnsSearchDomains;
  std::vector<HostEntry> extraHosts;
  std::vector<std::string> dockerSecurityOptions;
  std::optional<bool> interactive;
  std::optional<bool> pseudoTerminal;
  std::map<std::string, std::string> dockerLabels;
  std::vector<Ulimit> ulimits;
  Boxed<LogConfiguration> logConfiguration;
  Boxed<HealthCheck> healthCheck;
  std::vector<SystemControl> systemControls;
  std::vector<ResourceRequirement> resourceRequirements;
  Boxed<FirelensConfiguration> firelensConfiguration;
  std::vector<std::string> credentialSpecs;
  json::Extra extra;

  bool operator==(const ContainerDefinition&) const = default;
  static std::span<const json::Row> rows();
};

struct HostVolumeProperties {
  std::string sourcePath;
  json::Extra extra;

  bool operator==(const HostVolumeProperties&) const = default;
  static std::span<const json::Row> rows();
};

struct DockerVolumeConfiguration {
  std::string scope;
  std::optional<bool> autoprovision;
  std::string driver;
  std::map<std::string, std::string> driverOpts;
  std::map<std::string, std::string> labels;
  json::Extra extra;

  bool operator==(const DockerVolumeConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct EFSAuthorizationConfig {
  std::string accessPointId;
  std::string iam;
  json::Extra extra;

  bool operator==(const EFSAuthorizationConfig&) const = default;
  static std::span<const json::Row> rows();
};

struct EFSVolumeConfiguration {
  std::string fileSystemId;
  std::string rootDirectory;
  std::string transitEncryption;
  std::optional<std::int32_t> transitEncryptionPort;
  Boxed<EFSAuthorizationConfig> authorizationConfig;
  json::Extra extra;

  bool operator==(const EFSVolumeConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct S3FilesVolumeConfiguration {
  std::string fileSystemArn;
  std::string rootDirectory;
  std::optional<std::int32_t> transitEncryptionPort;
  std::string accessPointArn;
  json::Extra extra;

  bool operator==(const S3FilesVolumeConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct FSxWindowsFileServerAuthorizationConfig {
  std::string credentialsParameter;
  std::string domain;
  json::Extra extra;

  bool operator==(const FSxWindowsFileServerAuthorizationConfig&) const = default;
  static std::span<const json::Row> rows();
};

struct FSxWindowsFileServerVolumeConfiguration {
  std::string fileSystemId;
  std::string rootDirectory;
  Boxed<FSxWindowsFileServerAuthorizationConfig> authorizationConfig;
  json::Extra extra;

  bool operator==(const FSxWindowsFileServerVolumeConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct Volume {
  std::string name;
  Boxed<HostVolumeProperties> host;
  Boxed<DockerVolumeConfiguration> dockerVolumeConfiguration;
  Boxed<EFSVolumeConfiguration> efsVolumeConfiguration;
  Boxed<S3FilesVolumeConfiguration> s3filesVolumeConfiguration;
  Boxed<FSxWindowsFileServerVolumeConfiguration> fsxWindowsFileServerVolumeConfiguration;
  std::optional<bool> configuredAtLaunch;
  json::Extra extra;

  bool operator==(const Volume&) const = default;
  static std::span<const json::Row> rows();
};

struct TaskDefinitionPlacementConstraint {
  std::string type;
  std::string expression;
  json::Extra extra;

  bool operator==(const TaskDefinitionPlacementConstraint&) const = default;
  static std::span<const json::Row> rows();
};

struct Tag {
  std::string key;
  std::string value;
  json::Extra extra;

  bool operator==(const Tag&) const = default;
  static std::span<const json::Row> rows();
};

struct ProxyConfiguration {
  std::string type;
  std::string containerName;
  std::vector<KeyValuePair> properties;
  json::Extra extra;

  bool operator==(const ProxyConfiguration&) const = default;
  static std::span<const json::Row> rows();
};

struct InferenceAccelerator {
  std::string deviceName;
  std::string deviceType;
  json::Extra extra;

  bool operator==(const InferenceAccelerator&) const = default;
  static std::span<const json::Row> rows();
};

struct EphemeralStorage {
  std::optional<std::int32_t> sizeInGiB;
  json::Extra extra;

  bool operator==(const EphemeralStorage&) const = default;
  static std::span<const json::Row> rows();
};

struct RuntimePlatform {
  std::string cpuArchitecture;
  std::string operatingSystemFamily;
  json::Extra extra;

  bool operator==(const RuntimePlatform&) const = default;
  static std::span<const json::Row> rows();
};

struct TaskDefinition {
  std::string family;
  std::string taskRoleArn;
  std::string executionRoleArn;
  std::string networkMode;
  std::vector<ContainerDefinition> containerDefinitions;
  std::vector<Volume> volumes;
  std::vector<TaskDefinitionPlacementConstraint> placementConstraints;
  std::vector<std::string> requiresCompatibilities;
  std::string cpu;
  std::string memory;
  std::vector<Tag> tags;
  std::string pidMode;
  std::string ipcMode;
  Boxed<ProxyConfiguration> proxyConfiguration;
  std::vector<InferenceAccelerator> inferenceAccelerators;
  Boxed<EphemeralStorage> ephemeralStorage;
  Boxed<RuntimePlatform> runtimePlatform;
  std::optional<bool> enableFaultInjection;
  json::Extra extra;

  bool operator==(const TaskDefinition&) const = default;
  static std::span<const json::Row> rows();
};

}  // namespace taskpod::ecs
