// What ECS takes and an API server refuses, taken out of a mapped pod; it stays in the residual.
// Source: kubernetes pkg/apis/core/validation/validation.go; tests/laws holds this against a real kube-apiserver.
#include <algorithm>
#include <set>

#include "translate/rules.h"

namespace taskpod::translate {
namespace {

bool isVariableName(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~' && c != '='; });
}

void dropRepeatedMounts(k8s::Container& container) {
  std::set<std::string> paths;
  std::erase_if(container.volumeMounts, [&](const k8s::VolumeMount& mount) { return !paths.insert(mount.mountPath).second; });
}

void dropRepeatedPortNames(k8s::Container& container) {
  std::set<std::string> names;
  for (auto& port : container.ports)
    if (!port.name.empty() && !names.insert(port.name).second) port.name.clear();
}

bool grantsEverything(const k8s::SecurityContext& security) {
  if (security.privileged == true) return true;
  if (!security.capabilities) return false;
  const auto& added = security.capabilities->add;
  return std::find(added.begin(), added.end(), "CAP_SYS_ADMIN") != added.end();
}

void fitProbe(Boxed<k8s::Probe>& probe) {
  if (probe && (probe->periodSeconds < 1 || probe->timeoutSeconds < 1 || probe->failureThreshold < 1)) probe.reset();
}

void fitResources(k8s::ResourceRequirements& resources) {
  auto request = resources.requests.find("memory"), limit = resources.limits.find("memory");
  bool both = request != resources.requests.end() && limit != resources.limits.end();
  if (both && request->second.value() > limit->second.value()) resources.requests.erase(request);
}

void fitWindows(k8s::Container& container) {
  if (!container.securityContext) return;
  auto& security = *container.securityContext;
  security.capabilities.reset();
  security.privileged.reset();
  security.seLinuxOptions.reset();
  security.appArmorProfile.reset();
  security.runAsUser.reset();
  security.runAsGroup.reset();
  security.readOnlyRootFilesystem.reset();
  security.allowPrivilegeEscalation.reset();
  if (security == k8s::SecurityContext{}) container.securityContext.reset();
}

void fitContainer(k8s::Container& container) {
  std::erase_if(container.env, [](const k8s::EnvVar& variable) { return !isVariableName(variable.name); });
  dropRepeatedMounts(container);
  dropRepeatedPortNames(container);
  fitProbe(container.readinessProbe);
  fitProbe(container.startupProbe);
  fitResources(container.resources);
  if (container.securityContext && grantsEverything(*container.securityContext))
    container.securityContext->allowPrivilegeEscalation.reset();
}

// A port of the node is bound once.
void dropRepeatedHostPorts(k8s::PodSpec& spec) {
  std::set<std::pair<std::int32_t, std::string>> bound;
  for (auto* list : {&spec.containers, &spec.initContainers})
    for (auto& container : *list)
      std::erase_if(container.ports, [&](const k8s::ContainerPort& port) {
        return port.hostPort > 0 && !bound.emplace(port.hostPort, port.protocol).second;
      });
}

}  // namespace

void makeAcceptable(k8s::Pod& pod) {
  auto& spec = pod.spec;
  bool windows = spec.os && spec.os->name == "windows";
  for (auto* list : {&spec.initContainers, &spec.containers}) {
    for (auto& container : *list) {
      fitContainer(container);
      if (windows) fitWindows(container);
    }
  }
  dropRepeatedHostPorts(spec);
  if (spec.securityContext && spec.hostIPC)
    std::erase_if(spec.securityContext->sysctls, [](const k8s::Sysctl& sysctl) { return !sysctl.name.starts_with("net."); });
  if (!windows) return;
  spec.hostPID = spec.hostIPC = false;
  spec.shareProcessNamespace.reset();
  spec.securityContext.reset();
}

}  // namespace taskpod::translate
