#include "kubelet-lite/node.h"

#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "taskpod/base/log.h"
#include "taskpod/base/time.h"

namespace taskpod::kubelet {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kLeaseDuration{40};
constexpr seconds kLeaseRenew{10};
constexpr seconds kStatusCheck{10};
constexpr std::chrono::minutes kStatusReport{5};
constexpr std::size_t kMostImages = 50;

std::string firstLine(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

std::string osName() {
  std::ifstream in("/etc/os-release");
  std::string line;
  while (std::getline(in, line))
    if (line.starts_with("PRETTY_NAME=\"")) return line.substr(13, line.size() - 14);
  return "Linux";
}

std::string architecture() {
  utsname names{};
  ::uname(&names);
  std::string machine = names.machine;
  return machine == "x86_64" ? "amd64" : machine == "aarch64" ? "arm64" : machine;
}

k8s::NodeCondition condition(const std::vector<k8s::NodeCondition>& old, const std::string& type, bool value, const std::string& reason,
                             const std::string& message, const std::string& now) {
  k8s::NodeCondition out;
  out.type = type;
  out.status = value ? "True" : "False";
  out.reason = reason;
  out.message = message;
  out.lastHeartbeatTime = now;
  out.lastTransitionTime = now;
  for (const auto& known : old)
    if (known.type == type && known.status == out.status && !known.lastTransitionTime.empty())
      out.lastTransitionTime = known.lastTransitionTime;
  return out;
}

template <class T>
std::string listText(const std::vector<T>& list) {
  std::string out = "[";
  for (const auto& item : list) out += (out.size() > 1 ? "," : "") + json::write(item);
  return out + "]";
}

}  // namespace

NodeCapacity readCapacity(const std::string& rootDir) {
  NodeCapacity out;
  out.milliCpu = ::sysconf(_SC_NPROCESSORS_ONLN) * 1000;
  struct sysinfo info {};
  if (::sysinfo(&info) == 0) out.memory = static_cast<std::int64_t>(info.totalram) * info.mem_unit;
  struct statvfs disk {};
  if (::statvfs(rootDir.c_str(), &disk) == 0)
    out.storage = static_cast<std::int64_t>(disk.f_blocks) * static_cast<std::int64_t>(disk.f_frsize);
  return out;
}

k8s::Node nodeObject(const Config& config, const NodeCapacity& capacity, const std::string& runtimeVersion) {
  k8s::Node node;
  node.apiVersion = "v1";
  node.kind = "Node";
  node.metadata.name = config.nodeName;
  std::string arch = architecture();
  node.metadata.labels = config.nodeLabels;
  for (const char* prefix : {"", "beta."}) {
    node.metadata.labels[std::string(prefix) + "kubernetes.io/os"] = "linux";
    node.metadata.labels[std::string(prefix) + "kubernetes.io/arch"] = arch;
  }
  node.metadata.labels["kubernetes.io/hostname"] = config.nodeName;
  node.spec.taints = config.taints;
  auto& status = node.status;
  status.capacity["cpu"] = k8s::Quantity::ofMillis(capacity.milliCpu);
  status.capacity["memory"] = {std::to_string(capacity.memory / 1024) + "Ki"};
  status.capacity["ephemeral-storage"] = {std::to_string(capacity.storage / 1024) + "Ki"};
  status.capacity["pods"] = k8s::Quantity::ofUnits(config.maxPods);
  status.allocatable = status.capacity;
  status.addresses.push_back({"InternalIP", config.nodeIp, {}});
  status.addresses.push_back({"Hostname", config.nodeName, {}});
  status.daemonEndpoints.kubeletEndpoint.Port = config.port;
  auto& info = status.nodeInfo;
  info.machineID = firstLine("/etc/machine-id");
  info.systemUUID = info.machineID;
  info.bootID = firstLine("/proc/sys/kernel/random/boot_id");
  utsname names{};
  ::uname(&names);
  info.kernelVersion = names.release;
  info.osImage = osName();
  info.containerRuntimeVersion = runtimeVersion;
  info.kubeletVersion = kKubeletVersion;
  info.operatingSystem = "linux";
  info.architecture = arch;
  return node;
}

std::vector<k8s::NodeCondition> nodeConditions(const std::vector<k8s::NodeCondition>& old, const std::string& problem,
                                               const std::string& now) {
  return {condition(old, "MemoryPressure", false, "KubeletHasSufficientMemory", "kubelet has sufficient memory available", now),
          condition(old, "DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure", now),
          condition(old, "PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available", now),
          problem.empty() ? condition(old, "Ready", true, "KubeletReady", "kubelet is posting ready status", now)
                          : condition(old, "Ready", false, "KubeletNotReady", problem, now)};
}

Result<void> renewNodeLease(kube::Client& client, const std::string& nodeName, const std::string& nodeUid) {
  constexpr std::string_view kNamespace = "kube-node-lease";
  auto lease = client.get<k8s::Lease>(kNamespace, nodeName);
  if (!lease && lease.error().reason != Reason::NotFound) return lease.error();
  bool fresh = !lease;
  k8s::Lease wanted = fresh ? k8s::Lease() : *lease;
  wanted.apiVersion = "coordination.k8s.io/v1";
  wanted.kind = "Lease";
  wanted.metadata.name = nodeName;
  wanted.metadata.namespace_ = kNamespace;
  wanted.spec.holderIdentity = nodeName;
  wanted.spec.leaseDurationSeconds = static_cast<std::int32_t>(kLeaseDuration.count());
  wanted.spec.renewTime = formatMicroTime(wallNow());
  if (fresh && !nodeUid.empty())
    wanted.metadata.ownerReferences.push_back({"v1", "Node", nodeName, nodeUid, std::nullopt, std::nullopt, {}});
  auto done = fresh ? client.create(kNamespace, wanted) : client.update(wanted);
  if (!done) return done.error();
  return {};
}

NodeAgent::~NodeAgent() = default;

std::string NodeAgent::runtimeProblem() {
  if (std::string own = parts_.problem(); !own.empty()) return "container runtime is down: " + own;
  auto status = parts_.runtime.status();
  if (!status) return "container runtime is down: " + status.error().message;
  if (!status->ready) return "container runtime not ready: " + status->message;
  if (!status->networkReady) return "container runtime network not ready: " + status->message;
  return {};
}

Result<void> NodeAgent::registerOnce() {
  auto version = parts_.runtime.version();
  runtimeVersion_ = version ? *version : "containerd://unknown";
  k8s::Node node = nodeObject(parts_.config, parts_.capacity, runtimeVersion_);
  node.status.conditions = nodeConditions({}, runtimeProblem(), formatTime(wallNow()));
  auto created = parts_.client.create("", node);
  if (created) {
    nodeUid_ = created->metadata.uid;
    return {};
  }
  if (created.error().reason != Reason::AlreadyExists) return created.error();
  auto known = parts_.client.get<k8s::Node>("", parts_.config.nodeName);
  if (!known) return known.error();
  nodeUid_ = known->metadata.uid;
  std::string labels;
  for (const auto& [key, value] : node.metadata.labels) {
    auto have = known->metadata.labels.find(key);
    if (have != known->metadata.labels.end() && have->second == value) continue;
    labels += labels.empty() ? "" : ",";
    json::writeString(labels, key);
    labels += ":";
    json::writeString(labels, value);
  }
  if (!labels.empty()) {
    auto patched = parts_.client.patch<k8s::Node>("", parts_.config.nodeName, "", kube::PatchKind::Merge,
                                                  "{\"metadata\":{\"labels\":{" + labels + "}}}");
    if (!patched) return patched.error();
  }
  return writeStatus();
}

Result<void> NodeAgent::registerNode(const std::shared_ptr<net::Canceller>& canceller) {
  Backoff backoff{milliseconds(100), seconds(7)};
  for (int failures = 1;; ++failures) {
    auto done = registerOnce();
    if (done) {
      log::info("node registered", {{"node", parts_.config.nodeName}, {"runtime", runtimeVersion_}});
      return {};
    }
    if (failures == 1) log::warn("node not registered, trying again", {{"node", parts_.config.nodeName}, {"error", done.error().message}});
    if (canceller->sleepUntil(net::in(backoff.after(failures)))) return Error{Reason::Cancelled, "cancelled", 0};
  }
}

Result<void> NodeAgent::renewLease() { return renewNodeLease(parts_.client, parts_.config.nodeName, nodeUid_); }

Result<void> NodeAgent::writeStatus() {
  auto now = std::chrono::steady_clock::now();
  auto known = parts_.client.get<k8s::Node>("", parts_.config.nodeName);
  if (!known) return known.error();
  std::string problem = runtimeProblem();
  if (auto version = parts_.runtime.version()) runtimeVersion_ = *version;
  k8s::Node node = nodeObject(parts_.config, parts_.capacity, runtimeVersion_);
  if (auto images = parts_.runtime.listImages()) {
    std::sort(images->begin(), images->end(), [](const ImageInfo& a, const ImageInfo& b) { return a.size > b.size; });
    for (const auto& image : *images) {
      if (node.status.images.size() >= kMostImages) break;
      auto& entry = node.status.images.emplace_back();
      entry.names = image.digests;
      entry.names.insert(entry.names.end(), image.tags.begin(), image.tags.end());
      if (entry.names.size() > 5) entry.names.resize(5);
      entry.sizeBytes = static_cast<std::int64_t>(image.size);
    }
  }
  bool ready = problem.empty();
  k8s::ObjectReference self;
  self.kind = "Node";
  self.name = parts_.config.nodeName;
  self.uid = parts_.config.nodeName;
  if (ready != ready_) {
    parts_.events.record(self, "Normal", ready ? "NodeReady" : "NodeNotReady",
                         "Node " + parts_.config.nodeName + " status is now: " + (ready ? "NodeReady" : "NodeNotReady"));
    if (!ready) log::warn("node not ready", {{"reason", problem}});
  }
  ready_ = ready;
  // What changes without a heartbeat; the time of the heartbeat itself is no change.
  std::string print = problem + json::write(node);
  bool readyThere = std::any_of(known->status.conditions.begin(), known->status.conditions.end(),
                                [&](const k8s::NodeCondition& c) { return c.type == "Ready" && c.status == (ready ? "True" : "False"); });
  if (print == lastWritten_ && readyThere && now - lastWrite_ < kStatusReport) return {};
  std::string amounts;
  for (const auto& [name, amount] : node.status.capacity)
    amounts += (amounts.empty() ? "{\"" : ",\"") + name + "\":\"" + amount.text + "\"";
  amounts += "}";
  std::string body = "{\"status\":{\"addresses\":" + listText(node.status.addresses) +
                     ",\"conditions\":" + listText(nodeConditions(known->status.conditions, problem, formatTime(wallNow()))) +
                     ",\"capacity\":" + amounts + ",\"allocatable\":" + amounts +
                     ",\"daemonEndpoints\":{\"kubeletEndpoint\":{\"Port\":" + std::to_string(parts_.config.port) +
                     "}},\"nodeInfo\":" + json::write(node.status.nodeInfo) + ",\"images\":" + listText(node.status.images) + "}}";
  auto done = parts_.client.patch<k8s::Node>("", parts_.config.nodeName, "status", kube::PatchKind::StrategicMerge, body);
  if (!done) return done.error();
  lastWritten_ = print;
  lastWrite_ = now;
  return {};
}

void NodeAgent::start(const std::shared_ptr<net::Canceller>& canceller) {
  leaseThread_ = std::jthread([this, canceller] {
    bool reported = false;
    for (;;) {
      auto done = renewLease();
      if (!done && !reported) log::warn("lease not renewed, trying again", {{"error", done.error().message}});
      reported = !done;
      if (canceller->sleepUntil(net::in(done ? milliseconds(kLeaseRenew) : milliseconds(1000)))) return;
    }
  });
  statusThread_ = std::jthread([this, canceller] {
    bool reported = false;
    for (;;) {
      auto done = writeStatus();
      if (!done && done.error().reason == Reason::NotFound) done = registerOnce();  // somebody deleted our Node
      if (!done && !reported) log::warn("node status not written, trying again", {{"error", done.error().message}});
      reported = !done;
      if (canceller->sleepUntil(net::in(done && ready_ ? milliseconds(kStatusCheck) : milliseconds(1000)))) return;
    }
  });
}

}  // namespace taskpod::kubelet
