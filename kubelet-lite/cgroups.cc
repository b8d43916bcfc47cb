#include "kubelet-lite/cgroups.h"

#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "taskpod/schedule/requests.h"

namespace taskpod::kubelet {
namespace {

namespace fs = std::filesystem;
using ResourceList = std::map<std::string, k8s::Quantity>;

std::int64_t amount(const ResourceList& list, const std::string& name) {
  auto found = list.find(name);
  if (found == list.end()) return 0;
  return (name == "cpu" ? found->second.millis() : found->second.value()).value_or(0);
}

bool isPodLevelSet(const k8s::Pod& pod) {
  return pod.spec.resources && !(pod.spec.resources->limits.empty() && pod.spec.resources->requests.empty());
}

bool equalCpuAndMemory(const k8s::ResourceRequirements& resources) {
  for (const char* name : {"cpu", "memory"}) {
    std::int64_t limit = amount(resources.limits, name);
    std::int64_t request = resources.requests.contains(name) ? amount(resources.requests, name) : limit;
    if (limit == 0 || limit != request) return false;
  }
  return true;
}

bool isEmpty(const k8s::ResourceRequirements& resources) {
  return amount(resources.limits, "cpu") + amount(resources.limits, "memory") + amount(resources.requests, "cpu") +
             amount(resources.requests, "memory") ==
         0;
}

template <class Visit>
void forContainers(const k8s::Pod& pod, const Visit& visit) {
  for (const auto& container : pod.spec.initContainers) visit(container);
  for (const auto& container : pod.spec.containers) visit(container);
}

bool isUnified() {
  struct statfs info {};
  constexpr long kCgroup2 = 0x63677270;
  return ::statfs("/sys/fs/cgroup", &info) == 0 && info.f_type == kCgroup2;
}

void put(const fs::path& file, const std::string& value) {
  std::ofstream out(file);
  out << value;
}

std::vector<fs::path> hierarchies() {
  std::vector<fs::path> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/sys/fs/cgroup", error))
    if (entry.is_directory() && !entry.is_symlink()) out.push_back(entry.path());
  return out;
}

std::string underscored(std::string text) {
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

}  // namespace

std::string_view toString(Qos qos) { return qos == Qos::Guaranteed ? "Guaranteed" : qos == Qos::Burstable ? "Burstable" : "BestEffort"; }

// pkg/apis/core/v1/helper/qos
Qos qosOf(const k8s::Pod& pod) {
  if (isPodLevelSet(pod))
    return isEmpty(*pod.spec.resources) ? Qos::BestEffort : equalCpuAndMemory(*pod.spec.resources) ? Qos::Guaranteed : Qos::Burstable;
  bool guaranteed = true;
  bool any = false;
  forContainers(pod, [&](const k8s::Container& container) {
    any |= !isEmpty(container.resources);
    guaranteed &= equalCpuAndMemory(container.resources);
  });
  return !any ? Qos::BestEffort : guaranteed ? Qos::Guaranteed : Qos::Burstable;
}

std::int64_t sharesOf(std::int64_t milliCpu) { return std::clamp<std::int64_t>(milliCpu * 1024 / 1000, 2, 262144); }
std::int64_t quotaOf(std::int64_t milliCpu) { return milliCpu == 0 ? 0 : std::max<std::int64_t>(milliCpu * 100, 1000); }

ResourceConfig containerResources(const k8s::Pod& pod, const k8s::Container& container, std::int64_t memoryCapacity) {
  ResourceConfig out;
  const auto& resources = container.resources;
  std::int64_t cpuRequest = resources.requests.contains("cpu") ? amount(resources.requests, "cpu") : amount(resources.limits, "cpu");
  out.cpuShares = sharesOf(cpuRequest);
  out.cpuPeriod = 100'000;
  out.cpuQuota = quotaOf(amount(resources.limits, "cpu"));
  out.memoryLimit = amount(resources.limits, "memory");
  std::int64_t memoryRequest = resources.requests.contains("memory") ? amount(resources.requests, "memory") : out.memoryLimit;
  switch (qosOf(pod)) {
    case Qos::Guaranteed: out.oomScoreAdj = -997; break;
    case Qos::BestEffort: out.oomScoreAdj = 1000; break;
    case Qos::Burstable:
      out.oomScoreAdj = std::clamp<std::int64_t>(1000 - (memoryCapacity > 0 ? 1000 * memoryRequest / memoryCapacity : 0), 3, 999);
      break;
  }
  return out;
}

ResourceConfig podResources(const k8s::Pod& pod) {
  ResourceConfig out;
  schedule::PodRequests requests = schedule::requestsOf(pod);
  std::int64_t cpuLimit = 0, memoryLimit = 0;
  bool allCpu = true, allMemory = true;
  for (const auto& container : pod.spec.containers) {
    std::int64_t cpu = amount(container.resources.limits, "cpu"), memory = amount(container.resources.limits, "memory");
    cpuLimit += cpu;
    memoryLimit += memory;
    allCpu &= cpu > 0;
    allMemory &= memory > 0;
  }
  for (const auto& container : pod.spec.initContainers) {
    allCpu &= amount(container.resources.limits, "cpu") > 0;
    allMemory &= amount(container.resources.limits, "memory") > 0;
    cpuLimit = std::max(cpuLimit, amount(container.resources.limits, "cpu"));
    memoryLimit = std::max(memoryLimit, amount(container.resources.limits, "memory"));
  }
  if (pod.spec.resources) {
    if (std::int64_t cpu = amount(pod.spec.resources->limits, "cpu"); cpu > 0) {
      cpuLimit = cpu;
      allCpu = true;
    }
    if (std::int64_t memory = amount(pod.spec.resources->limits, "memory"); memory > 0) {
      memoryLimit = memory;
      allMemory = true;
    }
  }
  out.cpuShares = sharesOf(requests.milliCpu);
  out.cpuPeriod = 100'000;
  if (allCpu) out.cpuQuota = quotaOf(cpuLimit + amount(pod.spec.overhead, "cpu"));
  if (allMemory) out.memoryLimit = memoryLimit + amount(pod.spec.overhead, "memory");
  return out;
}

PodCgroups::PodCgroups(std::string root, bool systemd)
    : root_(root == "/" ? "" : std::move(root)),
      systemd_(systemd),
      unified_(isUnified()) {}

std::string PodCgroups::pathOf(Qos qos, const std::string& uid) const {
  if (!systemd_) {
    std::string out = root_ + "/kubepods";
    if (qos == Qos::Burstable) out += "/burstable";
    if (qos == Qos::BestEffort) out += "/besteffort";
    return out + "/pod" + uid;
  }
  // /kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod<uid>.slice
  std::vector<std::string> parts;
  for (std::size_t from = root_.starts_with('/') ? 1 : 0; from < root_.size();) {
    std::size_t slash = std::min(root_.find('/', from), root_.size());
    parts.push_back(underscored(root_.substr(from, slash - from)));
    from = slash + 1;
  }
  parts.emplace_back("kubepods");
  if (qos == Qos::Burstable) parts.emplace_back("burstable");
  if (qos == Qos::BestEffort) parts.emplace_back("besteffort");
  parts.push_back("pod" + underscored(uid));
  std::string path, name;
  for (const auto& part : parts) {
    name += (name.empty() ? "" : "-") + part;
    path += "/" + name + ".slice";
  }
  return path;
}

std::string PodCgroups::parentOf(const k8s::Pod& pod) const {
  std::string path = pathOf(qosOf(pod), pod.metadata.uid);
  return systemd_ ? path.substr(path.rfind('/') + 1) : path;
}

void PodCgroups::write(const std::string& path, const ResourceConfig& figures) const {
  std::error_code error;
  if (unified_) {
    fs::path folder = "/sys/fs/cgroup" + path;
    if (!fs::exists(folder, error)) return;
    put(folder / "cpu.weight", std::to_string(1 + (figures.cpuShares - 2) * 9999 / 262142));
    put(folder / "cpu.max", (figures.cpuQuota > 0 ? std::to_string(figures.cpuQuota) : "max") + " 100000");
    put(folder / "memory.max", figures.memoryLimit > 0 ? std::to_string(figures.memoryLimit) : "max");
    return;
  }
  fs::path cpu = "/sys/fs/cgroup/cpu" + path;
  fs::path memory = "/sys/fs/cgroup/memory" + path;
  if (fs::exists(cpu, error)) {
    put(cpu / "cpu.shares", std::to_string(figures.cpuShares));
    put(cpu / "cpu.cfs_quota_us", std::to_string(figures.cpuQuota > 0 ? figures.cpuQuota : -1));
  }
  if (fs::exists(memory, error))
    put(memory / "memory.limit_in_bytes", figures.memoryLimit > 0 ? std::to_string(figures.memoryLimit) : "-1");
}

Result<void> PodCgroups::make(const k8s::Pod& pod) const {
  if (systemd_) return {};
  std::string path = pathOf(qosOf(pod), pod.metadata.uid);
  std::error_code error;
  if (unified_) {
    fs::path folder = "/sys/fs/cgroup";
    for (const auto& part : fs::path(path).relative_path()) {
      put(folder / "cgroup.subtree_control", "+cpu +memory +pids");
      folder /= part;
      fs::create_directory(folder, error);
    }
    if (!fs::exists(folder, error)) return Error{Reason::InternalError, "make cgroup " + path + ": " + error.message(), 0};
  } else {
    for (const char* controller : {"cpu", "memory"}) fs::create_directories("/sys/fs/cgroup/" + std::string(controller) + path, error);
    if (error) return Error{Reason::InternalError, "make cgroup " + path + ": " + error.message(), 0};
  }
  write(path, podResources(pod));
  return {};
}

void PodCgroups::limit(const k8s::Pod& pod) const {
  if (systemd_) write(pathOf(qosOf(pod), pod.metadata.uid), podResources(pod));
}

void PodCgroups::remove(const std::string& uid) const {
  if (systemd_) return;  // systemd removes a slice that is empty
  for (Qos qos : {Qos::Guaranteed, Qos::Burstable, Qos::BestEffort}) {
    std::string path = pathOf(qos, uid);
    if (unified_) {
      ::rmdir(("/sys/fs/cgroup" + path).c_str());
      continue;
    }
    for (const auto& hierarchy : hierarchies()) ::rmdir((hierarchy.string() + path).c_str());
  }
}

}  // namespace taskpod::kubelet
