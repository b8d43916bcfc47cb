// Pod cgroups: names, figures and files (pkg/kubelet/cm). The names and figures are pure; PodCgroups writes them on cgroup v1 and v2 with
// the cgroupfs driver. With the systemd driver the runtime makes the pod's slice; its limits are then written into it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kubelet-lite/runtime.h"
#include "taskpod/k8s/pod.h"

namespace taskpod::kubelet {

enum class Qos { Guaranteed, Burstable, BestEffort };
Qos qosOf(const k8s::Pod& pod);
std::string_view toString(Qos qos);

std::int64_t sharesOf(std::int64_t milliCpu);  // 2 .. 262144
std::int64_t quotaOf(std::int64_t milliCpu);   // microseconds per 100 ms, at least 1000; 0: none

// What a container gets. `memoryCapacity`: of the node, in bytes, for oom_score_adj.
ResourceConfig containerResources(const k8s::Pod& pod, const k8s::Container& container, std::int64_t memoryCapacity);
// What the pod as a whole gets; 0 means no limit.
ResourceConfig podResources(const k8s::Pod& pod);

class PodCgroups {
 public:
  PodCgroups(std::string root, bool systemd);
  // The cgroup_parent of the pod's sandbox: /kubepods/burstable/pod<uid>, or kubepods-burstable-pod<uid>.slice.
  std::string parentOf(const k8s::Pod& pod) const;
  // Makes the pod's cgroup with its figures (cgroupfs); does nothing for systemd.
  Result<void> make(const k8s::Pod& pod) const;
  // After the sandbox: the figures of a slice that systemd has made.
  void limit(const k8s::Pod& pod) const;
  // Removes what is empty of it, whatever class it was in.
  void remove(const std::string& uid) const;

 private:
  std::string pathOf(Qos qos, const std::string& uid) const;  // below a hierarchy's mount point
  void write(const std::string& path, const ResourceConfig& figures) const;

  const std::string root_;
  const bool systemd_;
  const bool unified_;  // cgroup v2
};

}  // namespace taskpod::kubelet
