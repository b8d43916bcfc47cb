#include "json/row.h"
#include "taskpod/ecs/task_definition.h"

namespace taskpod::ecs {

using json::field;

std::span<const json::Row> RepositoryCredentials::rows() {
  static constexpr json::Row kRows[] = {
      field<&RepositoryCredentials::credentialsParameter>("credentialsParameter"),
  };
  return kRows;
}

std::span<const json::Row> PortMapping::rows() {
  static constexpr json::Row kRows[] = {
      field<&PortMapping::containerPort>("containerPort"), field<&PortMapping::hostPort>("hostPort"),
      field<&PortMapping::protocol>("protocol"),           field<&PortMapping::name>("name"),
      field<&PortMapping::appProtocol>("appProtocol"),     field<&PortMapping::containerPortRange>("containerPortRange"),
  };
  return kRows;
}

std::span<const json::Row> ContainerRestartPolicy::rows() {
  static constexpr json::Row kRows[] = {
      field<&ContainerRestartPolicy::enabled>("enabled"),
      field<&ContainerRestartPolicy::ignoredExitCodes>("ignoredExitCodes"),
      field<&ContainerRestartPolicy::restartAttemptPeriod>("restartAttemptPeriod"),
  };
  return kRows;
}

std::span<const json::Row> KeyValuePair::rows() {
  static constexpr json::Row kRows[] = {
      field<&KeyValuePair::name>("name"),
      field<&KeyValuePair::value>("value"),
  };
  return kRows;
}

std::span<const json::Row> EnvironmentFile::rows() {
  static constexpr json::Row kRows[] = {
      field<&EnvironmentFile::value>("value"),
      field<&EnvironmentFile::type>("type"),
  };
  return kRows;
}

std::span<const json::Row> MountPoint::rows() {
  static constexpr json::Row kRows[] = {
      field<&MountPoint::sourceVolume>("sourceVolume"),
      field<&MountPoint::containerPath>("containerPath"),
      field<&MountPoint::readOnly>("readOnly"),
  };
  return kRows;
}

std::span<const json::Row> VolumeFrom::rows() {
  static constexpr json::Row kRows[] = {
      field<&VolumeFrom::sourceContainer>("sourceContainer"),
      field<&VolumeFrom::readOnly>("readOnly"),
  };
  return kRows;
}

std::span<const json::Row> KernelCapabilities::rows() {
  static constexpr json::Row kRows[] = {
      field<&KernelCapabilities::add>("add"),
      field<&KernelCapabilities::drop>("drop"),
  };
  return kRows;
}

std::span<const json::Row> Device::rows() {
  static constexpr json::Row kRows[] = {
      field<&Device::hostPath>("hostPath"),
      field<&Device::containerPath>("containerPath"),
      field<&Device::permissions>("permissions"),
  };
  return kRows;
}

std::span<const json::Row> Tmpfs::rows() {
  static constexpr json::Row kRows[] = {
      field<&Tmpfs::containerPath>("containerPath"),
      field<&Tmpfs::size>("size"),
      field<&Tmpfs::mountOptions>("mountOptions"),
  };
  return kRows;
}

std::span<const json::Row> LinuxParameters::rows() {
  static constexpr json::Row kRows[] = {
      field<&LinuxParameters::capabilities>("capabilities"),
      field<&LinuxParameters::devices>("devices"),
      field<&LinuxParameters::initProcessEnabled>("initProcessEnabled"),
      field<&LinuxParameters::sharedMemorySize>("sharedMemorySize"),
      field<&LinuxParameters::tmpfs>("tmpfs"),
      field<&LinuxParameters::maxSwap>("maxSwap"),
      field<&LinuxParameters::swappiness>("swappiness"),
  };
  return kRows;
}

std::span<const json::Row> Secret::rows() {
  static constexpr json::Row kRows[] = {
      field<&Secret::name>("name"),
      field<&Secret::valueFrom>("valueFrom"),
  };
  return kRows;
}

std::span<const json::Row> ContainerDependency::rows() {
  static constexpr json::Row kRows[] = {
      field<&ContainerDependency::containerName>("containerName"),
      field<&ContainerDependency::condition>("condition"),
  };
  return kRows;
}

std::span<const json::Row> HostEntry::rows() {
  static constexpr json::Row kRows[] = {
      field<&HostEntry::hostname>("hostname"),
      field<&HostEntry::ipAddress>("ipAddress"),
  };
  return kRows;
}

std::span<const json::Row> Ulimit::rows() {
  static constexpr json::Row kRows[] = {
      field<&Ulimit::name>("name"),
      field<&Ulimit::softLimit>("softLimit"),
      field<&Ulimit::hardLimit>("hardLimit"),
  };
  return kRows;
}

std::span<const json::Row> LogConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&LogConfiguration::logDriver>("logDriver"),
      field<&LogConfiguration::options>("options"),
      field<&LogConfiguration::secretOptions>("secretOptions"),
  };
  return kRows;
}

std::span<const json::Row> HealthCheck::rows() {
  static constexpr json::Row kRows[] = {
      field<&HealthCheck::command>("command"), field<&HealthCheck::interval>("interval"),       field<&HealthCheck::timeout>("timeout"),
      field<&HealthCheck::retries>("retries"), field<&HealthCheck::startPeriod>("startPeriod"),
  };
  return kRows;
}

std::span<const json::Row> SystemControl::rows() {
  static constexpr json::Row kRows[] = {
      field<&SystemControl::namespace_>("namespace"),
      field<&SystemControl::value>("value"),
  };
  return kRows;
}

std::span<const json::Row> ResourceRequirement::rows() {
  static constexpr json::Row kRows[] = {
      field<&ResourceRequirement::value>("value"),
      field<&ResourceRequirement::type>("type"),
  };
  return kRows;
}

std::span<const json::Row> FirelensConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&FirelensConfiguration::type>("type"),
      field<&FirelensConfiguration::options>("options"),
  };
  return kRows;
}

std::span<const json::Row> ContainerDefinition::rows() {
  static constexpr json::Row kRows[] = {
      field<&ContainerDefinition::name>("name"),
      field<&ContainerDefinition::image>("image"),
      field<&ContainerDefinition::repositoryCredentials>("repositoryCredentials"),
      field<&ContainerDefinition::cpu>("cpu"),
      field<&ContainerDefinition::memory>("memory"),
      field<&ContainerDefinition::memoryReservation>("memoryReservation"),
      field<&ContainerDefinition::links>("links"),
      field<&ContainerDefinition::portMappings>("portMappings"),
      field<&ContainerDefinition::essential>("essential"),
      field<&ContainerDefinition::restartPolicy>("restartPolicy"),
      field<&ContainerDefinition::entryPoint>("entryPoint"),
      field<&ContainerDefinition::command>("command"),
      field<&ContainerDefinition::environment>("environment"),
      field<&ContainerDefinition::environmentFiles>("environmentFiles"),
      field<&ContainerDefinition::mountPoints>("mountPoints"),
      field<&ContainerDefinition::volumesFrom>("volumesFrom"),
      field<&ContainerDefinition::linuxParameters>("linuxParameters"),
      field<&ContainerDefinition::secrets>("secrets"),
      field<&ContainerDefinition::dependsOn>("dependsOn"),
      field<&ContainerDefinition::startTimeout>("startTimeout"),
      field<&ContainerDefinition::stopTimeout>("stopTimeout"),
      field<&ContainerDefinition::versionConsistency>("versionConsistency"),
      field<&ContainerDefinition::hostname>("hostname"),
      field<&ContainerDefinition::user>("user"),
      field<&ContainerDefinition::workingDirectory>("workingDirectory"),
      field<&ContainerDefinition::disableNetworking>("disableNetworking"),
      field<&ContainerDefinition::privileged>("privileged"),
      field<&ContainerDefinition::readonlyRootFilesystem>("readonlyRootFilesystem"),
      field<&ContainerDefinition::dnsServers>("dnsServers"),
      field<&ContainerDefinition::dnsSearchDomains>("dnsSearchDomains"),
      field<&ContainerDefinition::extraHosts>("extraHosts"),
      field<&ContainerDefinition::dockerSecurityOptions>("dockerSecurityOptions"),
      field<&ContainerDefinition::interactive>("interactive"),
      field<&ContainerDefinition::pseudoTerminal>("pseudoTerminal"),
      field<&ContainerDefinition::dockerLabels>("dockerLabels"),
      field<&ContainerDefinition::ulimits>("ulimits"),
      field<&ContainerDefinition::logConfiguration>("logConfiguration"),
      field<&ContainerDefinition::healthCheck>("healthCheck"),
      field<&ContainerDefinition::systemControls>("systemControls"),
      field<&ContainerDefinition::resourceRequirements>("resourceRequirements"),
      field<&ContainerDefinition::firelensConfiguration>("firelensConfiguration"),
      field<&ContainerDefinition::credentialSpecs>("credentialSpecs"),
  };
  return kRows;
}

std::span<const json::Row> HostVolumeProperties::rows() {
  static constexpr json::Row kRows[] = {
      field<&HostVolumeProperties::sourcePath>("sourcePath"),
  };
  return kRows;
}

std::span<const json::Row> DockerVolumeConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&DockerVolumeConfiguration::scope>("scope"),   field<&DockerVolumeConfiguration::autoprovision>("autoprovision"),
      field<&DockerVolumeConfiguration::driver>("driver"), field<&DockerVolumeConfiguration::driverOpts>("driverOpts"),
      field<&DockerVolumeConfiguration::labels>("labels"),
  };
  return kRows;
}

std::span<const json::Row> EFSAuthorizationConfig::rows() {
  static constexpr json::Row kRows[] = {
      field<&EFSAuthorizationConfig::accessPointId>("accessPointId"),
      field<&EFSAuthorizationConfig::iam>("iam"),
  };
  return kRows;
}

std::span<const json::Row> EFSVolumeConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&EFSVolumeConfiguration::fileSystemId>("fileSystemId"),
      field<&EFSVolumeConfiguration::rootDirectory>("rootDirectory"),
      field<&EFSVolumeConfiguration::transitEncryption>("transitEncryption"),
      field<&EFSVolumeConfiguration::transitEncryptionPort>("transitEncryptionPort"),
      field<&EFSVolumeConfiguration::authorizationConfig>("authorizationConfig"),
  };
  return kRows;
}

std::span<const json::Row> S3FilesVolumeConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&S3FilesVolumeConfiguration::fileSystemArn>("fileSystemArn"),
      field<&S3FilesVolumeConfiguration::rootDirectory>("rootDirectory"),
      field<&S3FilesVolumeConfiguration::transitEncryptionPort>("transitEncryptionPort"),
      field<&S3FilesVolumeConfiguration::accessPointArn>("accessPointArn"),
  };
  return kRows;
}

std::span<const json::Row> FSxWindowsFileServerAuthorizationConfig::rows() {
  static constexpr json::Row kRows[] = {
      field<&FSxWindowsFileServerAuthorizationConfig::credentialsParameter>("credentialsParameter"),
      field<&FSxWindowsFileServerAuthorizationConfig::domain>("domain"),
  };
  return kRows;
}

std::span<const json::Row> FSxWindowsFileServerVolumeConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&FSxWindowsFileServerVolumeConfiguration::fileSystemId>("fileSystemId"),
      field<&FSxWindowsFileServerVolumeConfiguration::rootDirectory>("rootDirectory"),
      field<&FSxWindowsFileServerVolumeConfiguration::authorizationConfig>("authorizationConfig"),
  };
  return kRows;
}

std::span<const json::Row> Volume::rows() {
  static constexpr json::Row kRows[] = {
      field<&Volume::name>("name"),
      field<&Volume::host>("host"),
      field<&Volume::dockerVolumeConfiguration>("dockerVolumeConfiguration"),
      field<&Volume::efsVolumeConfiguration>("efsVolumeConfiguration"),
      field<&Volume::s3filesVolumeConfiguration>("s3filesVolumeConfiguration"),
      field<&Volume::fsxWindowsFileServerVolumeConfiguration>("fsxWindowsFileServerVolumeConfiguration"),
      field<&Volume::configuredAtLaunch>("configuredAtLaunch"),
  };
  return kRows;
}

std::span<const json::Row> TaskDefinitionPlacementConstraint::rows() {
  static constexpr json::Row kRows[] = {
      field<&TaskDefinitionPlacementConstraint::type>("type"),
      field<&TaskDefinitionPlacementConstraint::expression>("expression"),
  };
  return kRows;
}

std::span<const json::Row> Tag::rows() {
  static constexpr json::Row kRows[] = {
      field<&Tag::key>("key"),
      field<&Tag::value>("value", json::Presence::Always),
  };
  return kRows;
}

std::span<const json::Row> ProxyConfiguration::rows() {
  static constexpr json::Row kRows[] = {
      field<&ProxyConfiguration::type>("type"),
      field<&ProxyConfiguration::containerName>("containerName"),
      field<&ProxyConfiguration::properties>("properties"),
  };
  return kRows;
}

std::span<const json::Row> InferenceAccelerator::rows() {
  static constexpr json::Row kRows[] = {
      field<&InferenceAccelerator::deviceName>("deviceName"),
      field<&InferenceAccelerator::deviceType>("deviceType"),
  };
  return kRows;
}

std::span<const json::Row> EphemeralStorage::rows() {
  static constexpr json::Row kRows[] = {
      field<&EphemeralStorage::sizeInGiB>("sizeInGiB"),
  };
  return kRows;
}

std::span<const json::Row> RuntimePlatform::rows() {
  static constexpr json::Row kRows[] = {
      field<&RuntimePlatform::cpuArchitecture>("cpuArchitecture"),
      field<&RuntimePlatform::operatingSystemFamily>("operatingSystemFamily"),
  };
  return kRows;
}

std::span<const json::Row> TaskDefinition::rows() {
  static constexpr json::Row kRows[] = {
      field<&TaskDefinition::family>("family"),
      field<&TaskDefinition::taskRoleArn>("taskRoleArn"),
      field<&TaskDefinition::executionRoleArn>("executionRoleArn"),
      field<&TaskDefinition::networkMode>("networkMode"),
      field<&TaskDefinition::containerDefinitions>("containerDefinitions"),
      field<&TaskDefinition::volumes>("volumes"),
      field<&TaskDefinition::placementConstraints>("placementConstraints"),
      field<&TaskDefinition::requiresCompatibilities>("requiresCompatibilities"),
      field<&TaskDefinition::cpu>("cpu"),
      field<&TaskDefinition::memory>("memory"),
      field<&TaskDefinition::tags>("tags"),
      field<&TaskDefinition::pidMode>("pidMode"),
      field<&TaskDefinition::ipcMode>("ipcMode"),
      field<&TaskDefinition::proxyConfiguration>("proxyConfiguration"),
      field<&TaskDefinition::inferenceAccelerators>("inferenceAccelerators"),
      field<&TaskDefinition::ephemeralStorage>("ephemeralStorage"),
      field<&TaskDefinition::runtimePlatform>("runtimePlatform"),
      field<&TaskDefinition::enableFaultInjection>("enableFaultInjection"),
  };
  return kRows;
}

}  // namespace taskpod::ecs
