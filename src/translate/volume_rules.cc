// Rows for volumes[] (rows 36 to 40). Data that outlives the task never becomes an emptyDir.
#include <algorithm>
#include <filesystem>

#include "taskpod/translate/units.h"
#include "translate/rules.h"

namespace taskpod::translate {
namespace {

using Attributes = std::map<std::string, std::string>;

constexpr std::string_view kEfsDriver = "efs.csi.aws.com";
constexpr std::string_view kS3Driver = "s3.csi.aws.com";
constexpr std::string_view kSmbDriver = "smb.csi.k8s.io";
// Where a Docker volume of the driver "local" that tasks share lives on the node, as any kubelet can mount it.
constexpr std::string_view kSharedVolumes = "/var/lib/taskpod/volumes/";

std::string attribute(const Attributes& attributes, const char* name) {
  auto found = attributes.find(name);
  return found == attributes.end() ? std::string() : found->second;
}

void set(Attributes& attributes, const char* name, const std::string& value) {
  if (!value.empty()) attributes[name] = value;
}

void hostPathToPod(const std::string& source, k8s::Volume& to) {
  auto& out = to.hostPath.emplace();
  // The API server refuses ".." in paths; without links this is the same folder.
  out.path = source.find("..") == std::string::npos ? source : std::filesystem::path(source).lexically_normal().string();
  out.type = "DirectoryOrCreate";  // row 36: Docker makes what is missing
  if (out.path.find("..") == std::string::npos) return;
  to.hostPath.reset();
  to.emptyDir.emplace();
}

void efsToPod(const ecs::EFSVolumeConfiguration& from, k8s::Volume& to) {
  auto& csi = to.csi.emplace();
  csi.driver = kEfsDriver;
  std::string accessPoint = from.authorizationConfig ? from.authorizationConfig->accessPointId : std::string();
  std::string root = from.rootDirectory == "/" ? std::string() : from.rootDirectory;
  csi.volumeAttributes["volumeHandle"] =
      from.fileSystemId + (root.empty() && accessPoint.empty() ? "" : ":" + root) + (accessPoint.empty() ? "" : ":" + accessPoint);
  if (from.transitEncryption == "ENABLED") csi.volumeAttributes["encryptInTransit"] = "true";
}

void efsToEcs(const k8s::CSIVolumeSource& from, ecs::Volume& to) {
  auto& efs = to.efsVolumeConfiguration.emplace();
  std::string handle = attribute(from.volumeAttributes, "volumeHandle");
  std::string_view rest = handle;
  auto next = [&] {
    auto colon = std::min(rest.find(':'), rest.size());
    std::string piece(rest.substr(0, colon));
    rest.remove_prefix(std::min(colon + 1, rest.size()));
    return piece;
  };
  efs.fileSystemId = next();
  efs.rootDirectory = next();
  std::string accessPoint = next();
  if (!accessPoint.empty()) efs.authorizationConfig.emplace().accessPointId = accessPoint;
  if (from.volumeAttributes.contains("encryptInTransit")) efs.transitEncryption = "ENABLED";
}

void s3ToPod(const ecs::S3FilesVolumeConfiguration& from, k8s::Volume& to) {
  auto& csi = to.csi.emplace();
  csi.driver = kS3Driver;
  set(csi.volumeAttributes, "fileSystemArn", from.fileSystemArn);
  set(csi.volumeAttributes, "rootDirectory", from.rootDirectory);
  set(csi.volumeAttributes, "accessPointArn", from.accessPointArn);
}

void s3ToEcs(const Attributes& from, ecs::Volume& to) {
  auto& s3 = to.s3filesVolumeConfiguration.emplace();
  s3.fileSystemArn = attribute(from, "fileSystemArn");
  s3.rootDirectory = attribute(from, "rootDirectory");
  s3.accessPointArn = attribute(from, "accessPointArn");
}

void fsxToPod(const ecs::FSxWindowsFileServerVolumeConfiguration& from, k8s::Volume& to) {
  auto& csi = to.csi.emplace();
  csi.driver = kSmbDriver;
  set(csi.volumeAttributes, "fileSystemId", from.fileSystemId);
  set(csi.volumeAttributes, "rootDirectory", from.rootDirectory);
  if (!from.authorizationConfig) return;
  set(csi.volumeAttributes, "credentialsParameter", from.authorizationConfig->credentialsParameter);
  set(csi.volumeAttributes, "domain", from.authorizationConfig->domain);
}

void fsxToEcs(const Attributes& from, ecs::Volume& to) {
  auto& fsx = to.fsxWindowsFileServerVolumeConfiguration.emplace();
  fsx.fileSystemId = attribute(from, "fileSystemId");
  fsx.rootDirectory = attribute(from, "rootDirectory");
  std::string credentials = attribute(from, "credentialsParameter"), domain = attribute(from, "domain");
  if (credentials.empty() && domain.empty()) return;
  auto& authorization = fsx.authorizationConfig.emplace();
  authorization.credentialsParameter = credentials;
  authorization.domain = domain;
}

// The address in the options of mount.nfs: "addr=10.0.0.5,rw".
std::string addressIn(std::string_view options) {
  for (std::size_t from = 0; from < options.size();) {
    std::size_t comma = std::min(options.find(',', from), options.size());
    std::string_view option = options.substr(from, comma - from);
    if (option.starts_with("addr=")) return std::string(option.substr(5));
    from = comma + 1;
  }
  return {};
}

void dockerToPod(const ecs::DockerVolumeConfiguration& from, const std::string& name, k8s::Volume& to) {
  std::string device = attribute(from.driverOpts, "device");
  std::string address = addressIn(attribute(from.driverOpts, "o"));
  if (attribute(from.driverOpts, "type").starts_with("nfs") && device.starts_with(":/") && !address.empty()) {
    auto& nfs = to.nfs.emplace();
    nfs.server = address;
    nfs.path = device.substr(1);
  } else if (from.scope == "shared") {
    hostPathToPod(std::string(kSharedVolumes) + name, to);
  } else {
    to.emptyDir.emplace();
  }
}

ecs::DockerVolumeConfiguration& sharedVolume(ecs::Volume& to) {
  auto& docker = to.dockerVolumeConfiguration.emplace();
  docker.scope = "shared";
  docker.autoprovision = true;
  return docker;
}

// fs-0123.efs.eu-west-1.amazonaws.com is the file system fs-0123 (Amazon EFS User Guide, "Mounting with DNS").
void nfsToEcs(const k8s::NFSVolumeSource& from, ecs::Volume& to) {
  auto efs = from.server.find(".efs.");
  if (from.server.starts_with("fs-") && efs != std::string::npos) {
    to.efsVolumeConfiguration.emplace().fileSystemId = from.server.substr(0, efs);
    to.efsVolumeConfiguration->rootDirectory = from.path;
    return;
  }
  auto& docker = sharedVolume(to);
  docker.driver = "local";
  docker.driverOpts = {{"type", "nfs"}, {"o", "addr=" + from.server + (from.readOnly ? ",ro" : ",rw")}, {"device", ":" + from.path}};
}

void csiToEcs(const k8s::CSIVolumeSource& from, ecs::Volume& to) {
  if (from.driver == kEfsDriver) efsToEcs(from, to);
  if (from.driver == kS3Driver) s3ToEcs(from.volumeAttributes, to);
  if (from.driver == kSmbDriver) fsxToEcs(from.volumeAttributes, to);
}

}  // namespace

void volumesToPod(ToPod& t) {
  for (const auto& volume : t.task.volumes) {
    auto& out = t.pod.spec.volumes.emplace_back();
    out.name = t.volumeNames[volume.name];
    if (out.name != volume.name && t.origin == Origin::Ecs) t.agent.volumes[out.name] = volume.name;
    if (volume.host && !volume.host->sourcePath.empty())
      hostPathToPod(volume.host->sourcePath, out);
    else if (volume.efsVolumeConfiguration)
      efsToPod(*volume.efsVolumeConfiguration, out);
    else if (volume.s3filesVolumeConfiguration)
      s3ToPod(*volume.s3filesVolumeConfiguration, out);
    else if (volume.fsxWindowsFileServerVolumeConfiguration)
      fsxToPod(*volume.fsxWindowsFileServerVolumeConfiguration, out);
    else if (volume.dockerVolumeConfiguration)
      dockerToPod(*volume.dockerVolumeConfiguration, volume.name, out);
    else
      out.emptyDir.emplace();
  }
}

std::string volumeNameOf(const ToEcs& t, const std::string& name) {
  auto known = t.agent.volumes.find(name);
  return known == t.agent.volumes.end() ? name : known->second;
}

bool isMadeByTmpfs(std::string_view volume) { return volume.starts_with("ecs-tmpfs-") || volume.starts_with("ecs-shm-"); }

// Row 40: memory of a stated size that one container alone mounts whole is that container's tmpfs.
const k8s::VolumeMount* onlyMountOf(const k8s::Pod& pod, const k8s::Volume& volume) {
  bool sized = volume.emptyDir && volume.emptyDir->medium == "Memory" && volume.emptyDir->sizeLimit;
  if (!sized || volume.emptyDir->sizeLimit->value().value_or(0) < kMiB) return nullptr;
  const k8s::VolumeMount* only = nullptr;
  for (const auto* list : {&pod.spec.initContainers, &pod.spec.containers}) {
    for (const auto& container : *list) {
      for (const auto& mount : container.volumeMounts) {
        if (mount.name != volume.name) continue;
        if (only || mount.readOnly || !mount.subPath.empty() || !mount.subPathExpr.empty()) return nullptr;
        only = &mount;
      }
    }
  }
  return only;
}

void volumesToEcs(ToEcs& t) {
  for (const auto& volume : t.pod.spec.volumes) {
    if (isMadeByTmpfs(volume.name) || (t.origin == Origin::Pod && onlyMountOf(t.pod, volume))) continue;
    auto& out = t.task.volumes.emplace_back();
    out.name = volumeNameOf(t, volume.name);
    if (volume.hostPath && volume.hostPath->path.starts_with(kSharedVolumes))
      sharedVolume(out).driver = "local";
    else if (volume.hostPath)
      out.host.emplace().sourcePath = volume.hostPath->path;
    else if (volume.csi)
      csiToEcs(*volume.csi, out);
    else if (volume.nfs)
      nfsToEcs(*volume.nfs, out);
    else if (volume.persistentVolumeClaim)
      sharedVolume(out);
  }
}

}  // namespace taskpod::translate
