// What a pod asks of a node: the sum that kube-scheduler counts with (component-helpers resource/helpers.go, KEP-753 for sidecars, KEP-2837
// for pod-level resources, KEP-1287 for pods that are being resized). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "taskpod/k8s/pod.h"

namespace taskpod::schedule {

struct HostPort {
  std::string ip;        // "0.0.0.0" for any
  std::string protocol;  // "TCP", "UDP", "SCTP"
  std::int32_t port = 0;
  bool operator==(const HostPort&) const = default;
};

// True if two sets of ports could not be served on one node: same port and protocol, same address or either any.
bool portsConflict(const std::vector<HostPort>& a, const std::vector<HostPort>& b);

struct PodRequests {
  std::int64_t milliCpu = 0;
  std::int64_t memory = 0;                                    // bytes
  std::int64_t ephemeralStorage = 0;                          // bytes
  std::vector<std::pair<std::string, std::int64_t>> scalars;  // extended resources and huge pages, sorted by name
  // What LeastAllocated counts with: 100m and 200 MiB for each container that names none. A pod on a node counts with its pod-level
  // resources, a pod that is being placed without them (pkg/scheduler/framework/plugins/noderesources/resource_allocation.go, v1.36, leaves
  // them out there).
  std::int64_t nonZeroMilliCpu = 0;
  std::int64_t nonZeroMemory = 0;
  std::int64_t askedMilliCpu = 0;
  std::int64_t askedMemory = 0;
  std::vector<HostPort> ports;

  bool isEmpty() const { return milliCpu == 0 && memory == 0 && ephemeralStorage == 0 && scalars.empty(); }
};

PodRequests requestsOf(const k8s::Pod& pod);

// True for an init container that keeps running beside the others (a native sidecar).
bool isSidecar(const k8s::Container& initContainer);

}  // namespace taskpod::schedule
