// Volumes of pods as folders on this machine, laid out as the kubelet's (ROOT/pods/<uid>/volumes/kubernetes.io~<plugin>/<name>), so that
// either agent finds the other's. Files of configMap, secret, downwardAPI and projected volumes are replaced all at once by renaming the
// link `..data`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "kubelet-lite/objects.h"
#include "taskpod/k8s/pod.h"

namespace taskpod::kubelet {

struct VolumeFile {
  std::string content;
  int mode = 0644;
  bool operator==(const VolumeFile&) const = default;
};

// What the node knows and pods may ask for by fieldRef and resourceFieldRef.
struct NodeFacts {
  std::string nodeName, nodeIp;
  std::int64_t allocatableMilliCpu = 0, allocatableMemory = 0, allocatableStorage = 0;
};

// metadata.name, metadata.labels['x'], spec.nodeName, status.podIP, …; Error for a path that is not one.
Result<std::string> fieldValue(const k8s::Pod& pod, const std::string& path, const NodeFacts& node, const std::string& podIp);
// limits.cpu, requests.memory, … divided by the divisor, rounded up; the node's allocatable where the container has no limit.
Result<std::string> resourceFieldValue(const k8s::Pod& pod, const k8s::Container& container, const k8s::ResourceFieldSelector& field,
                                       const NodeFacts& node);

class Volumes {
 public:
  Volumes(std::filesystem::path rootDir, Objects& objects) : root_(std::move(rootDir)), objects_(objects) {}

  // Makes or refreshes all volumes of the pod. The error is Kubernetes' text for a FailedMount event, without "MountVolume.SetUp failed for
  // volume".
  struct Failure {
    std::string volume, message;
  };
  std::optional<Failure> setUp(const k8s::Pod& pod, const NodeFacts& node);
  // The folder (or file) that a mount of the volume binds.
  std::filesystem::path pathOf(const k8s::Pod& pod, const k8s::Volume& volume) const;
  std::filesystem::path podDir(const std::string& uid) const { return root_ / "pods" / uid; }
  // Unmounts and removes everything of the pod.
  Result<void> tearDown(const std::string& uid);

 private:
  using Files = std::map<std::string, VolumeFile>;
  Result<void> setUpOne(const k8s::Pod& pod, const k8s::Volume& volume, const NodeFacts& node);
  Result<Files> filesOf(const k8s::Pod& pod, const k8s::Volume& volume, const NodeFacts& node);

  const std::filesystem::path root_;
  Objects& objects_;
};

// Writes `files` into `folder` so that readers see either all of the old or all of the new (pkg/volume/util/atomic_writer.go).
Result<void> writeAtomically(const std::filesystem::path& folder, const std::map<std::string, VolumeFile>& files,
                             std::optional<std::int64_t> group);

}  // namespace taskpod::kubelet
