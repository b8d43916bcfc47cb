#include "kubelet-lite/sync_pod.h"

#include <algorithm>
#include <charconv>

#include "taskpod/json/codec.h"
#include "taskpod/schedule/requests.h"

namespace taskpod::kubelet {
namespace {

using schedule::isSidecar;

std::uint32_t nextAttempt(const PodRuntime& runtime, const std::string& name) {
  const ContainerInfo* last = runtime.newest(name);
  return last ? last->attempt + 1 : 0;
}

bool hostNetworkChanged(const k8s::Pod& pod, const SandboxInfo& sandbox) { return pod.spec.hostNetwork != sandbox.hostNetwork; }

bool needsSandbox(const k8s::Pod& pod, const PodRuntime& runtime) {
  auto ready = std::count_if(runtime.sandboxes.begin(), runtime.sandboxes.end(), [](const SandboxInfo& s) { return s.ready; });
  if (runtime.sandboxes.empty() || ready != 1 || !runtime.sandboxes.front().ready) return true;
  const SandboxInfo& newest = runtime.sandboxes.front();
  return hostNetworkChanged(pod, newest) || (!pod.spec.hostNetwork && newest.ips.empty());
}

bool succeededBefore(const PodRuntime& runtime, const std::string& name) {
  const ContainerInfo* last = runtime.newest(name);
  return last && last->phase == ContainerPhase::Exited && last->exitCode == 0;
}

Actions withNewSandbox(const k8s::Pod& pod, const PodRuntime& runtime) {
  Actions out;
  out.killPod = !runtime.sandboxes.empty();
  out.createSandbox = true;
  out.sandboxAttempt = runtime.sandboxes.empty() ? 0 : runtime.sandboxes.front().attempt + 1;
  bool never = pod.spec.restartPolicy == "Never";
  if (never && out.sandboxAttempt != 0 && !runtime.containers.empty()) {
    out.createSandbox = false;  // it has run, it may not run again
    return out;
  }
  for (const auto& container : pod.spec.containers) {
    if (pod.spec.restartPolicy == "OnFailure" && succeededBefore(runtime, container.name)) continue;
    out.start.push_back({container.name, false, nextAttempt(runtime, container.name)});
  }
  if (out.start.empty()) {
    out.createSandbox = false;
    return out;
  }
  if (!pod.spec.initContainers.empty()) {
    const auto& first = pod.spec.initContainers.front();
    out.start = {{first.name, true, nextAttempt(runtime, first.name)}};
  }
  return out;
}

enum class InitState { Done, Waiting, Failed };

bool anyMainStarted(const k8s::Pod& pod, const PodRuntime& runtime, const std::string& sandbox) {
  return std::any_of(pod.spec.containers.begin(), pod.spec.containers.end(),
                     [&](const k8s::Container& c) { return runtime.newestIn(sandbox, c.name) != nullptr; });
}

// Starts what is due among the init containers and says whether the others may begin.
InitState initActions(const k8s::Pod& pod, const PodRuntime& runtime, Actions& out) {
  const std::string& sandbox = runtime.sandboxes.front().id;
  bool initialized = anyMainStarted(pod, runtime, sandbox);
  for (const auto& container : pod.spec.initContainers) {
    bool sidecar = isSidecar(container);
    if (initialized && !sidecar) continue;
    const ContainerInfo* last = runtime.newestIn(sandbox, container.name);
    StartContainer start{container.name, true, nextAttempt(runtime, container.name)};
    if (!last) {
      out.start.push_back(start);
      if (!sidecar) return InitState::Waiting;
      continue;
    }
    if (last->phase == ContainerPhase::Running) {
      if (!sidecar) return InitState::Waiting;
      continue;
    }
    if (last->phase != ContainerPhase::Exited) {
      out.kill.push_back({last->id, container.name,
                          "Init container is in " + std::string(last->phase == ContainerPhase::Created ? "created" : "unknown") +
                              " state, try killing it before restart"});
      out.start.push_back(start);
      if (!sidecar) return InitState::Waiting;
      continue;
    }
    if (!sidecar && last->exitCode == 0) continue;
    if (!restartsAfter(pod, container, true, last->exitCode)) return InitState::Failed;
    out.start.push_back(start);
    if (!sidecar) return InitState::Waiting;
  }
  return InitState::Done;
}

}  // namespace

const SandboxInfo* PodRuntime::current() const { return !sandboxes.empty() && sandboxes.front().ready ? &sandboxes.front() : nullptr; }

const ContainerInfo* PodRuntime::newest(const std::string& container) const {
  for (const auto& info : containers)
    if (info.name == container) return &info;
  return nullptr;
}

const ContainerInfo* PodRuntime::newestIn(const std::string& sandboxId, const std::string& container) const {
  for (const auto& info : containers)
    if (info.name == container && info.sandboxId == sandboxId) return &info;
  return nullptr;
}

bool restartsAfter(const k8s::Pod& pod, const k8s::Container& container, bool init, std::int32_t exitCode) {
  for (const auto& rule : container.restartPolicyRules) {
    if (!rule.exitCodes) continue;
    const auto& values = rule.exitCodes->values;
    bool listed = std::find(values.begin(), values.end(), exitCode) != values.end();
    if (rule.exitCodes->operator_ == "NotIn" ? !listed : listed) return rule.action == "Restart";
  }
  std::string policy = container.restartPolicy.value_or(pod.spec.restartPolicy.empty() ? "Always" : pod.spec.restartPolicy);
  if (policy == "Never") return false;
  bool onFailure = policy == "OnFailure" || (init && !isSidecar(container));
  return !onFailure || exitCode != 0;
}

Actions podActions(const k8s::Pod& pod, const PodRuntime& runtime) {
  if (needsSandbox(pod, runtime)) return withNewSandbox(pod, runtime);
  Actions out;
  InitState init = initActions(pod, runtime, out);
  if (init == InitState::Failed) {
    out = {};
    out.killPod = true;
    return out;
  }
  if (init == InitState::Waiting) return out;
  int kept = 0;
  for (const auto& container : pod.spec.containers) {
    const ContainerInfo* last = runtime.newestIn(runtime.sandboxes.front().id, container.name);
    StartContainer start{container.name, false, nextAttempt(runtime, container.name)};
    if (!last) {
      out.start.push_back(start);
      continue;
    }
    if (last->phase == ContainerPhase::Running) {
      auto hash = last->annotations.find("io.kubernetes.container.hash");
      if (hash == last->annotations.end() || hash->second == containerHash(container)) {
        ++kept;
        continue;
      }
      out.kill.push_back({last->id, container.name, "Container " + container.name + " definition changed, will be restarted"});
      out.start.push_back(start);
      continue;
    }
    if (last->phase != ContainerPhase::Exited) {
      out.kill.push_back({last->id, container.name, "Container is in a state that cannot go on, try killing it before restart"});
      out.start.push_back(start);
    } else if (restartsAfter(pod, container, false, last->exitCode)) {
      out.start.push_back(start);
    }
  }
  bool startsMain = std::any_of(out.start.begin(), out.start.end(), [](const StartContainer& s) { return !s.init; });
  if (kept == 0 && !startsMain) {
    out = {};
    out.killPod = true;
  }
  return out;
}

bool isInitialized(const k8s::Pod& pod, const PodRuntime& runtime) {
  const SandboxInfo* sandbox = runtime.sandboxes.empty() ? nullptr : &runtime.sandboxes.front();
  if (!sandbox) return pod.spec.initContainers.empty();
  if (anyMainStarted(pod, runtime, sandbox->id)) return true;
  return std::all_of(pod.spec.initContainers.begin(), pod.spec.initContainers.end(), [&](const k8s::Container& container) {
    const ContainerInfo* last = runtime.newestIn(sandbox->id, container.name);
    if (!last) return false;
    return isSidecar(container) ? last->phase == ContainerPhase::Running : last->phase == ContainerPhase::Exited && last->exitCode == 0;
  });
}

bool isDone(const k8s::Pod& pod, const PodRuntime& runtime) {
  for (const auto& container : pod.spec.initContainers) {
    const ContainerInfo* last = runtime.newest(container.name);
    if (!isSidecar(container) && last && last->phase == ContainerPhase::Exited && last->exitCode != 0 &&
        !restartsAfter(pod, container, true, last->exitCode))
      return true;
  }
  return std::all_of(pod.spec.containers.begin(), pod.spec.containers.end(), [&](const k8s::Container& container) {
    const ContainerInfo* last = runtime.newest(container.name);
    return last && last->phase == ContainerPhase::Exited && !restartsAfter(pod, container, false, last->exitCode);
  });
}

// FNV-1a 32 over the decimal bytes of {"image":…,"name":…} as Go prints a byte slice (pkg/kubelet/container/helpers.go HashContainer).
std::string containerHash(const k8s::Container& container) {
  std::string text = "{\"image\":";
  json::writeString(text, container.image);
  text += ",\"name\":";
  json::writeString(text, container.name);
  text += "}";
  std::string escaped;
  for (char c : text) {
    if (c == '<')
      escaped += "\\u003c";
    else if (c == '>')
      escaped += "\\u003e";
    else if (c == '&')
      escaped += "\\u0026";
    else
      escaped += c;
  }
  std::string printed = "([]uint8)[";
  for (std::size_t i = 0; i < escaped.size(); ++i) printed += (i == 0 ? "" : " ") + std::to_string(static_cast<unsigned char>(escaped[i]));
  printed += "]";
  std::uint32_t hash = 2166136261u;
  for (unsigned char c : printed) hash = (hash ^ c) * 16777619u;
  char hex[16];
  auto end = std::to_chars(hex, hex + sizeof hex, hash, 16).ptr;
  return {hex, end};
}

}  // namespace taskpod::kubelet
