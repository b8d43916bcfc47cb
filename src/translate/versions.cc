// Which fields a Kubernetes minor knows and has on by default, as far as a translated pod uses them.
// Source: kubernetes pkg/features/kube_features.go and core/v1/types.go of each minor.
#include <algorithm>
#include <cctype>

#include "translate/rules.h"

namespace taskpod::translate {
namespace {

constexpr int kPodLevelResources = 34;      // gate PodLevelResources, beta
constexpr int kContainerRestartRules = 35;  // gate ContainerRestartRules, beta
constexpr int kRelaxedVariableNames = 32;   // gate RelaxedEnvironmentVariableValidation, beta
constexpr int kAppArmorProfile = 30;        // field added

bool fitResources(k8s::Pod& pod) {
  bool had = static_cast<bool>(pod.spec.resources);
  pod.spec.resources.reset();
  return had;
}

// A container's own policy goes to the agent's annotation: the exit codes that it ignores, nullopt if it does not restart.
std::optional<std::vector<std::int32_t>> takeRestart(k8s::Container& container, k8s::AgentTask& agent) {
  bool restarts = container.restartPolicy == "Always" || !container.restartPolicyRules.empty();
  std::vector<std::int32_t> codes;
  if (!container.restartPolicyRules.empty() && container.restartPolicyRules[0].exitCodes)
    codes = container.restartPolicyRules[0].exitCodes->values;
  container.restartPolicy.reset();
  container.restartPolicyRules.clear();
  if (!restarts) return std::nullopt;
  agent.containers[container.name].restart.emplace().ignoredExitCodes = codes;
  return codes;
}

// The pod's own policy comes nearest where all containers have the same one. Sidecars keep theirs, which is older.
bool fitRestarts(k8s::Pod& pod, k8s::AgentTask& agent) {
  bool had = false, all = !pod.spec.containers.empty(), onFailure = all;
  for (auto& container : pod.spec.initContainers) {
    if (!container.restartPolicy || container.restartPolicy == "Always") continue;
    takeRestart(container, agent);
    had = true;
  }
  for (auto& container : pod.spec.containers) {
    had |= container.restartPolicy.has_value();
    auto codes = takeRestart(container, agent);
    all &= codes && codes->empty();
    onFailure &= codes == std::vector<std::int32_t>{0};
  }
  if (all || onFailure) pod.spec.restartPolicy = all ? "Always" : "OnFailure";
  return had;
}

bool isOldVariableName(const std::string& name) {
  auto fits = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-' || c == '.'; };
  return !name.empty() && !std::isdigit(static_cast<unsigned char>(name[0])) && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), fits);
}

template <class Change>
bool everyContainer(k8s::Pod& pod, Change change) {
  bool changed = false;
  for (auto* list : {&pod.spec.initContainers, &pod.spec.containers})
    for (auto& container : *list) changed |= change(container);
  return changed;
}

bool fitVariables(k8s::Container& container) {
  return std::erase_if(container.env, [](const k8s::EnvVar& variable) { return !isOldVariableName(variable.name); }) > 0;
}

bool fitAppArmor(k8s::Container& container) {
  if (!container.securityContext || !container.securityContext->appArmorProfile) return false;
  container.securityContext->appArmorProfile.reset();
  if (*container.securityContext == k8s::SecurityContext{}) container.securityContext.reset();
  return true;
}

}  // namespace

std::vector<std::string> fitVersion(k8s::Pod& pod, k8s::AgentTask& agent, int kubeMinor) {
  std::vector<std::string> notes;
  std::string version = "Kubernetes 1." + std::to_string(kubeMinor);
  if (kubeMinor < kPodLevelResources && fitResources(pod))
    notes.push_back(version + " has no pod-level resources: the task's cpu and memory are kept, the containers' own remain");
  if (kubeMinor < kContainerRestartRules && fitRestarts(pod, agent))
    notes.push_back(version + " has no restart policy for single containers: kubelet-lite obeys the annotation, the pod has the nearest");
  if (kubeMinor < kRelaxedVariableNames && everyContainer(pod, fitVariables))
    notes.push_back(version + " refuses some names of environment variables: they are kept");
  if (kubeMinor < kAppArmorProfile && everyContainer(pod, fitAppArmor))
    notes.push_back(version + " has no field for AppArmor profiles: they are kept");
  return notes;
}

}  // namespace taskpod::translate
