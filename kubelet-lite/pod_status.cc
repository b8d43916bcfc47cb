#include "kubelet-lite/pod_status.h"

#include <algorithm>

#include "taskpod/base/time.h"
#include "taskpod/json/codec.h"
#include "taskpod/schedule/requests.h"

namespace taskpod::kubelet {
namespace {

using schedule::isSidecar;

std::string timeText(std::int64_t nanos) { return nanos <= 0 ? std::string() : formatTime(WallTime(std::chrono::nanoseconds(nanos))); }

k8s::ContainerStateTerminated terminated(const StatusInput& in, const ContainerInfo& info) {
  k8s::ContainerStateTerminated out;
  out.exitCode = info.exitCode;
  out.reason = !info.reason.empty() ? info.reason : info.exitCode == 0 ? "Completed" : "Error";
  auto message = in.messages.find(info.id);
  out.message = message != in.messages.end() && !message->second.empty() ? message->second : info.exitCode == 0 ? "" : info.message;
  out.startedAt = timeText(info.startedAt);
  out.finishedAt = timeText(info.finishedAt);
  out.containerID = "containerd://" + info.id;
  return out;
}

const k8s::ContainerStatus* lastKnown(const std::vector<k8s::ContainerStatus>& statuses, const std::string& name) {
  for (const auto& status : statuses)
    if (status.name == name) return &status;
  return nullptr;
}

const ContainerInfo* before(const PodRuntime& runtime, const ContainerInfo& info) {
  for (const auto& other : runtime.containers)
    if (other.name == info.name && other.id != info.id && other.createdAt <= info.createdAt && other.phase == ContainerPhase::Exited)
      return &other;
  return nullptr;
}

std::string defaultWait(const StatusInput& in, bool init) {
  if (in.pod.spec.initContainers.empty()) return "ContainerCreating";
  if (init) return "PodInitializing";
  return isInitialized(in.pod, in.runtime) ? "ContainerCreating" : "PodInitializing";
}

k8s::ContainerStatus containerStatus(const StatusInput& in, const k8s::Container& container, bool init) {
  k8s::ContainerStatus out;
  out.name = container.name;
  out.image = container.image;
  const auto& known = init ? in.pod.status.initContainerStatuses : in.pod.status.containerStatuses;
  const k8s::ContainerStatus* old = lastKnown(known, container.name);
  const ContainerInfo* info = in.runtime.newest(container.name);
  auto waits = in.waiting.find(container.name);
  out.started = false;
  if (!info) {
    if (old) {
      out.restartCount = old->restartCount;
      out.lastState = old->lastState;
    }
    if (in.ended && old && (old->state.running || old->state.terminated)) {
      // It has run and the runtime no longer knows how it ended.
      out.state = old->state;
      if (old->state.running) {
        out.state.running.reset();
        auto& lost = out.state.terminated.emplace();
        lost.exitCode = 137;
        lost.reason = "ContainerStatusUnknown";
        lost.message = "The container could not be located when the pod was terminated";
      }
      out.containerID = old->containerID;
      out.imageID = old->imageID;
      return out;
    }
    auto& waiting = out.state.waiting.emplace();
    waiting.reason = waits != in.waiting.end() ? waits->second.reason : defaultWait(in, init);
    if (waits != in.waiting.end()) waiting.message = waits->second.message;
    return out;
  }
  out.restartCount = static_cast<std::int32_t>(info->attempt);
  out.containerID = "containerd://" + info->id;
  out.imageID = info->imageRef;
  if (!info->image.empty() && !info->image.starts_with("sha256:")) out.image = info->image;
  const ContainerInfo* previous = before(in.runtime, *info);
  if (previous)
    out.lastState.terminated = terminated(in, *previous);
  else if (old && old->lastState.terminated && out.restartCount > 0)
    out.lastState = old->lastState;
  switch (info->phase) {
    case ContainerPhase::Running: {
      out.state.running.emplace().startedAt = timeText(info->startedAt);
      out.started = true;
      out.ready = true;
      break;
    }
    case ContainerPhase::Exited: {
      bool sandboxGone = in.runtime.current() == nullptr && !in.ended && restartsAfter(in.pod, container, init, info->exitCode);
      if (waits != in.waiting.end() && !in.ended) {
        out.state.waiting.emplace();
        out.state.waiting->reason = waits->second.reason;
        out.state.waiting->message = waits->second.message;
        out.lastState = {};
        out.lastState.terminated = terminated(in, *info);
      } else {
        out.state.terminated = terminated(in, *info);
      }
      if (init && !isSidecar(container)) out.ready = info->exitCode == 0;
      if (sandboxGone) out.ready = false;
      break;
    }
    default:
      out.state.waiting.emplace().reason = waits != in.waiting.end() ? waits->second.reason : "ContainerCreating";
      if (waits != in.waiting.end()) out.state.waiting->message = waits->second.message;
  }
  return out;
}

std::string phaseOf(const StatusInput& in, const k8s::PodStatus& status) {
  const auto& spec = in.pod.spec;
  if (!in.failedReason.empty()) return "Failed";
  bool initialized = isInitialized(in.pod, in.runtime);
  int pendingInit = 0, failedInit = 0;
  for (std::size_t i = 0; i < spec.initContainers.size(); ++i) {
    const auto& container = spec.initContainers[i];
    const auto& state = status.initContainerStatuses[i];
    if (isSidecar(container)) {
      if (!initialized && !(state.started && *state.started)) ++pendingInit;
      continue;
    }
    const auto* ended = state.state.terminated ? &*state.state.terminated : nullptr;
    if (ended && ended->exitCode == 0) continue;
    if (ended && !restartsAfter(in.pod, container, true, ended->exitCode))
      ++failedInit;
    else if (!initialized)
      ++pendingInit;
  }
  int waiting = 0, running = 0, stopped = 0, succeeded = 0;
  bool mayRestart = false;
  for (std::size_t i = 0; i < spec.containers.size(); ++i) {
    const auto& state = status.containerStatuses[i];
    if (state.state.running) {
      ++running;
    } else if (const auto* ended = state.state.terminated ? &*state.state.terminated : nullptr) {
      ++stopped;
      if (ended->exitCode == 0) ++succeeded;
      mayRestart |= restartsAfter(in.pod, spec.containers[i], false, ended->exitCode);
    } else if (state.lastState.terminated) {
      ++stopped;
      mayRestart = true;
    } else {
      ++waiting;
    }
  }
  if (failedInit > 0) return in.ended ? "Failed" : "Pending";
  if (in.ended) return waiting == 0 && pendingInit == 0 && stopped == succeeded && stopped > 0 ? "Succeeded" : "Failed";
  if (pendingInit > 0) return "Pending";
  if (waiting > 0) return "Pending";
  if (running > 0) return "Running";
  if (stopped > 0 && mayRestart) return "Running";
  if (stopped > 0) return "Running";  // terminal, but not before everything has been stopped (ended)
  return "Pending";
}

void condition(const StatusInput& in, k8s::PodStatus& status, const std::string& type, bool value, const std::string& reason = {},
               const std::string& message = {}) {
  k8s::PodCondition out;
  out.type = type;
  out.status = value ? "True" : "False";
  out.reason = reason;
  out.message = message;
  out.lastTransitionTime = in.now;
  for (const auto& old : in.pod.status.conditions)
    if (old.type == type && old.status == out.status && !old.lastTransitionTime.empty()) out.lastTransitionTime = old.lastTransitionTime;
  if (in.pod.metadata.generation > 0) out.observedGeneration = in.pod.metadata.generation;
  status.conditions.push_back(std::move(out));
}

std::string unreadyNames(const k8s::PodStatus& status, const k8s::PodSpec& spec) {
  std::string names;
  for (std::size_t i = 0; i < status.initContainerStatuses.size(); ++i)
    if (isSidecar(spec.initContainers[i]) && !status.initContainerStatuses[i].ready)
      names += (names.empty() ? "" : " ") + status.initContainerStatuses[i].name;
  for (const auto& container : status.containerStatuses)
    if (!container.ready) names += (names.empty() ? "" : " ") + container.name;
  return names;
}

void conditions(const StatusInput& in, k8s::PodStatus& status) {
  bool terminal = status.phase == "Succeeded" || status.phase == "Failed";
  condition(in, status, "PodReadyToStartContainers", in.runtime.current() != nullptr && !terminal);
  bool initialized = isInitialized(in.pod, in.runtime) || (terminal && status.phase == "Succeeded");
  std::string pending;
  for (const auto& init : status.initContainerStatuses)
    if (!init.ready) pending += (pending.empty() ? "" : " ") + init.name;
  if (initialized)
    condition(in, status, "Initialized", true, status.phase == "Succeeded" ? "PodCompleted" : "");
  else
    condition(in, status, "Initialized", false, "ContainersNotInitialized", "containers with incomplete status: [" + pending + "]");
  std::string unready = unreadyNames(status, in.pod.spec);
  if (terminal) {
    std::string reason = status.phase == "Succeeded" ? "PodCompleted" : "PodFailed";
    condition(in, status, "Ready", false, reason);
    condition(in, status, "ContainersReady", false, reason);
  } else if (!unready.empty()) {
    std::string message = "containers with unready status: [" + unready + "]";
    condition(in, status, "Ready", false, "ContainersNotReady", message);
    condition(in, status, "ContainersReady", false, "ContainersNotReady", message);
  } else {
    std::string missing;
    for (const auto& gate : in.pod.spec.readinessGates) {
      bool met = std::any_of(in.pod.status.conditions.begin(), in.pod.status.conditions.end(),
                             [&](const k8s::PodCondition& c) { return c.type == gate.conditionType && c.status == "True"; });
      if (!met) missing = "the status of pod readiness gate \"" + gate.conditionType + "\" is not \"True\", but False";
    }
    condition(in, status, "Ready", missing.empty(), missing.empty() ? "" : "ReadinessGatesNotReady", missing);
    condition(in, status, "ContainersReady", true);
  }
  condition(in, status, "PodScheduled", true);
}

bool sameConditions(const std::vector<k8s::PodCondition>& have, const std::vector<k8s::PodCondition>& want) {
  return std::all_of(want.begin(), want.end(), [&](const k8s::PodCondition& w) {
    return std::any_of(have.begin(), have.end(), [&](const k8s::PodCondition& h) {
      return h.type == w.type && h.status == w.status && h.reason == w.reason && h.message == w.message &&
             h.observedGeneration == w.observedGeneration;
    });
  });
}

template <class T>
std::string listText(const std::vector<T>& list) {
  std::string out = "[";
  for (const auto& item : list) out += (out.size() > 1 ? "," : "") + json::write(item);
  return out + "]";
}

}  // namespace

k8s::PodStatus podStatus(const StatusInput& in) {
  k8s::PodStatus out;
  for (const auto& container : in.pod.spec.initContainers) out.initContainerStatuses.push_back(containerStatus(in, container, true));
  for (const auto& container : in.pod.spec.containers) out.containerStatuses.push_back(containerStatus(in, container, false));
  out.phase = phaseOf(in, out);
  const std::string& old = in.pod.status.phase;
  if (old == "Succeeded" || old == "Failed") out.phase = old;  // never left again
  out.reason = in.failedReason;
  out.message = in.failedMessage;
  if (in.failedReason.empty() && out.phase == old) {
    out.reason = in.pod.status.reason;
    out.message = in.pod.status.message;
  }
  bool ranNothing = !in.failedReason.empty() && in.runtime.containers.empty() && in.runtime.sandboxes.empty();
  if (ranNothing) {
    out.containerStatuses.clear();
    out.initContainerStatuses.clear();
  }
  out.qosClass = in.pod.status.qosClass;
  out.startTime = in.pod.status.startTime.empty() ? in.now : in.pod.status.startTime;
  out.hostIP = in.hostIp;
  out.hostIPs.push_back({in.hostIp, {}});
  std::vector<std::string> ips;
  if (in.pod.spec.hostNetwork)
    ips = {in.hostIp};
  else if (const SandboxInfo* sandbox = in.runtime.sandboxes.empty() ? nullptr : &in.runtime.sandboxes.front())
    ips = sandbox->ips;
  if (ips.empty())
    for (const auto& ip : in.pod.status.podIPs) ips.push_back(ip.ip);
  if (ranNothing) ips.clear();
  for (const auto& ip : ips) out.podIPs.push_back({ip, {}});
  if (!ips.empty()) out.podIP = ips.front();
  if (in.pod.metadata.generation > 0) out.observedGeneration = in.pod.metadata.generation;
  conditions(in, out);
  return out;
}

std::string statusPatch(const k8s::Pod& pod, const k8s::PodStatus& status) {
  const k8s::PodStatus& old = pod.status;
  bool same = old.phase == status.phase && old.reason == status.reason && old.message == status.message && old.podIP == status.podIP &&
              old.hostIP == status.hostIP && old.startTime == status.startTime &&
              old.initContainerStatuses == status.initContainerStatuses && old.containerStatuses == status.containerStatuses &&
              sameConditions(old.conditions, status.conditions);
  if (same) return {};
  std::string out = "{\"metadata\":{\"uid\":";
  json::writeString(out, pod.metadata.uid);
  out += "},\"status\":{\"phase\":";
  json::writeString(out, status.phase);
  auto text = [&](std::string_view name, const std::string& value, const std::string& before) {
    if (value == before) return;
    out += ",\"" + std::string(name) + "\":";
    if (value.empty())
      out += "null";
    else
      json::writeString(out, value);
  };
  text("reason", status.reason, old.reason);
  text("message", status.message, old.message);
  text("podIP", status.podIP, old.podIP);
  text("hostIP", status.hostIP, old.hostIP);
  text("startTime", status.startTime, old.startTime);
  if (status.observedGeneration != old.observedGeneration) out += ",\"observedGeneration\":" + std::to_string(status.observedGeneration);
  if (status.podIPs != old.podIPs)
    out += ",\"podIPs\":" + (old.podIPs.empty() ? listText(status.podIPs)
                                                : "[{\"$patch\":\"replace\"}" + std::string(status.podIPs.empty() ? "" : ",") +
                                                      listText(status.podIPs).substr(1));
  if (status.hostIPs != old.hostIPs) out += ",\"hostIPs\":" + listText(status.hostIPs);
  out += ",\"conditions\":" + listText(status.conditions);
  if (!status.initContainerStatuses.empty()) out += ",\"initContainerStatuses\":" + listText(status.initContainerStatuses);
  if (!status.containerStatuses.empty()) out += ",\"containerStatuses\":" + listText(status.containerStatuses);
  return out + "}}";
}

}  // namespace taskpod::kubelet
