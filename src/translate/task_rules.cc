// Rows for the task as a whole. Numbers in notes are rows of translation.md §7.
#include <arpa/inet.h>

#include <algorithm>
#include <set>

#include "taskpod/k8s/names.h"
#include "taskpod/translate/units.h"
#include "translate/rules.h"

namespace taskpod::translate {

std::string annotation(const k8s::Pod& pod, std::string_view key) {
  auto found = pod.metadata.annotations.find(std::string(key));
  return found == pod.metadata.annotations.end() ? std::string() : found->second;
}

void annotate(ToPod& t, std::string_view key, const std::string& value) {
  if (!value.empty()) t.pod.metadata.annotations[std::string(key)] = value;
}

namespace {

using enum Fidelity;
using k8s::Quantity;

constexpr std::string_view kLocalhost = "127.0.0.1";

void familyToPod(ToPod& t) {
  t.pod.metadata.name = slug(t.task.family.empty() ? "task" : t.task.family);
  if (t.origin != Origin::Ecs) return;
  t.pod.metadata.labels[std::string(k8s::kFamily)] = t.pod.metadata.name;
  if (t.pod.metadata.name != t.task.family) t.agent.family = t.task.family;
}
void familyToEcs(ToEcs& t) {
  // A pod that was given another name since is of another family.
  bool renamed = t.agent.family.empty() || slug(t.agent.family) != t.pod.metadata.name;
  t.task.family = renamed ? t.pod.metadata.name : t.agent.family;
  if (!t.task.family.empty()) return;
  t.task.family = t.pod.metadata.generateName;  // "migrate-"
  while (t.task.family.ends_with('-')) t.task.family.pop_back();
  if (t.task.family.empty()) t.task.family = "task";
}

void taskRoleToPod(ToPod& t) { annotate(t, k8s::kTaskRole, t.task.taskRoleArn); }
void taskRoleToEcs(ToEcs& t) { t.task.taskRoleArn = annotation(t.pod, k8s::kTaskRole); }
void executionRoleToPod(ToPod& t) { annotate(t, k8s::kExecutionRole, t.task.executionRoleArn); }
void executionRoleToEcs(ToEcs& t) { t.task.executionRoleArn = annotation(t.pod, k8s::kExecutionRole); }

void networkModeToPod(ToPod& t) {
  t.pod.spec.hostNetwork = t.task.networkMode == "host";
  bool ownNetwork = t.task.networkMode == "bridge" || t.task.networkMode == "none";
  if (ownNetwork && t.origin == Origin::Ecs) t.agent.networkMode = t.task.networkMode;
}
void networkModeToEcs(ToEcs& t) {
  bool hostPorts = std::any_of(t.pod.spec.containers.begin(), t.pod.spec.containers.end(), [](const k8s::Container& c) {
    return std::any_of(c.ports.begin(), c.ports.end(), [](const k8s::ContainerPort& p) { return p.hostPort > 0; });
  });
  std::string own = hostPorts ? "bridge" : "awsvpc";
  t.task.networkMode = t.pod.spec.hostNetwork ? "host" : t.agent.networkMode.empty() ? own : t.agent.networkMode;
}

std::int64_t amount(const std::map<std::string, Quantity>& list, const std::string& name) {
  auto found = list.find(name);
  if (found == list.end()) return 0;
  return (name == "cpu" ? found->second.millis() : found->second.value()).value_or(0);
}

// Row 4: the pod's own limit, at least what its containers add up to, as the API server demands.
void taskSizeToPod(ToPod& t) {
  bool windows = t.task.runtimePlatform && t.task.runtimePlatform->operatingSystemFamily.starts_with("WINDOWS");
  if (windows) return;
  std::int64_t cpu = 0, memory = 0, largest = 0;
  for (const auto& container : t.task.containerDefinitions) {
    std::int64_t limit = container.memory.value_or(0), reserved = container.memoryReservation.value_or(0);
    cpu += millicoresOf(std::max(container.cpu.value_or(0), 0));
    memory += std::max<std::int64_t>(reserved > 0 ? reserved : limit, 0) * kMiB;
    largest = std::max(largest, limit * kMiB);
  }
  auto set = [&](const std::string& name, const Quantity& quantity) {
    auto& resources = t.pod.spec.resources.orEmplace();
    resources.limits[name] = resources.requests[name] = quantity;
  };
  if (auto units = parseTaskCpu(t.task.cpu); units && *units > 0) set("cpu", Quantity::ofMillis(std::max(millicoresOf(*units), cpu)));
  if (auto mebibytes = parseTaskMemory(t.task.memory); mebibytes && *mebibytes > 0)
    set("memory", Quantity::ofBytes(std::max({*mebibytes * kMiB, memory, largest})));
}
void taskSizeToEcs(ToEcs& t) {
  if (!t.pod.spec.resources) return;
  const auto& limits = t.pod.spec.resources->limits;
  if (std::int64_t cpu = amount(limits, "cpu"); cpu > 0) t.task.cpu = std::to_string(cpuUnitsOf(cpu));
  if (std::int64_t memory = amount(limits, "memory"); memory > 0) t.task.memory = std::to_string(mebibytesOf(memory));
}

void pidModeToPod(ToPod& t) {
  t.pod.spec.hostPID = t.task.pidMode == "host";
  if (t.task.pidMode == "task") t.pod.spec.shareProcessNamespace = true;
}
void pidModeToEcs(ToEcs& t) { t.task.pidMode = t.pod.spec.hostPID ? "host" : t.pod.spec.shareProcessNamespace == true ? "task" : ""; }
void ipcModeToPod(ToPod& t) { t.pod.spec.hostIPC = t.task.ipcMode == "host"; }
void ipcModeToEcs(ToEcs& t) {
  if (t.pod.spec.hostIPC) t.task.ipcMode = "host";
}

void compatibilitiesToPod(ToPod& t) {
  std::string joined;
  for (const auto& word : t.task.requiresCompatibilities) joined += (joined.empty() ? "" : ",") + word;
  annotate(t, k8s::kCompatibilities, joined);
}
void compatibilitiesToEcs(ToEcs& t) {
  std::string joined = annotation(t.pod, k8s::kCompatibilities);
  for (std::size_t from = 0; from < joined.size();) {
    std::size_t comma = std::min(joined.find(',', from), joined.size());
    t.task.requiresCompatibilities.push_back(joined.substr(from, comma - from));
    from = comma + 1;
  }
}

void platformToPod(ToPod& t) {
  if (!t.task.runtimePlatform) return;
  const auto& platform = *t.task.runtimePlatform;
  if (platform.cpuArchitecture == "X86_64") t.pod.spec.nodeSelector[std::string(kArchLabel)] = "amd64";
  if (platform.cpuArchitecture == "ARM64") t.pod.spec.nodeSelector[std::string(kArchLabel)] = "arm64";
  if (platform.operatingSystemFamily == "LINUX") t.pod.spec.os.emplace().name = "linux";
  if (platform.operatingSystemFamily.starts_with("WINDOWS")) t.pod.spec.os.emplace().name = "windows";
}
void platformToEcs(ToEcs& t) {
  ecs::RuntimePlatform platform;
  auto arch = t.pod.spec.nodeSelector.find(std::string(kArchLabel));
  if (arch != t.pod.spec.nodeSelector.end())
    platform.cpuArchitecture = arch->second == "amd64" ? "X86_64" : arch->second == "arm64" ? "ARM64" : "";
  if (t.pod.spec.os && t.pod.spec.os->name == "linux") platform.operatingSystemFamily = "LINUX";
  if (platform != ecs::RuntimePlatform{}) t.task.runtimePlatform = platform;
}

// A pod's labels are a definition's tags; the tags of a definition stay tags, since labels select things.
void tagsToPod(ToPod& t) {
  if (t.origin == Origin::Pod) {
    for (const auto& tag : t.task.tags)
      if (isLabelKey(tag.key) && isLabelValue(tag.value)) t.pod.metadata.labels.emplace(tag.key, tag.value);
  } else if (!t.task.tags.empty()) {
    annotate(t, k8s::kTags, listText(t.task.tags));
  }
}
void tagsToEcs(ToEcs& t) {
  constexpr std::size_t kMostTags = 50, kLongestKey = 128;
  if (t.origin == Origin::Ecs) t.task.tags = readList<ecs::Tag>(annotation(t.pod, k8s::kTags));
  if (t.origin == Origin::Ecs || t.pod.metadata.labels.size() > kMostTags) return;
  for (const auto& [key, value] : t.pod.metadata.labels) {
    if (key.size() > kLongestKey || key.starts_with("aws:")) continue;
    auto& tag = t.task.tags.emplace_back();
    tag.key = key;
    tag.value = value;
  }
}

// Rows 42 to 45: what is the pod's in Kubernetes and each container's in ECS goes over where all containers agree.
template <class T>
const T* common(const ecs::TaskDefinition& task, T ecs::ContainerDefinition::*member) {
  if (task.containerDefinitions.empty()) return nullptr;
  const T& first = task.containerDefinitions.front().*member;
  for (const auto& container : task.containerDefinitions)
    if (container.*member != first) return nullptr;
  return first == T{} ? nullptr : &first;
}

bool isAddress(const std::string& text) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, text.c_str(), bytes) == 1 || inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

void addAlias(k8s::Pod& pod, const std::string& ip, const std::string& name) {
  auto& aliases = pod.spec.hostAliases;
  auto alias = std::find_if(aliases.begin(), aliases.end(), [&](const auto& a) { return a.ip == ip; });
  if (alias == aliases.end()) {
    alias = aliases.emplace(aliases.end());
    alias->ip = ip;
  }
  auto& names = alias->hostnames;
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

// Row 43: the union of all containers' entries, unless one name has two addresses.
void hostsToPod(ToPod& t) {
  std::map<std::string, std::string> addressOf;
  for (const auto& container : t.task.containerDefinitions)
    for (const auto& host : container.extraHosts)
      if (addressOf.emplace(host.hostname, host.ipAddress).first->second != host.ipAddress) return;
  for (const auto& container : t.task.containerDefinitions)
    for (const auto& host : container.extraHosts)
      if (isAddress(host.ipAddress) && isHostName(host.hostname)) addAlias(t.pod, host.ipAddress, host.hostname);
}
void hostsToEcs(ToEcs& t) {
  for (auto& container : t.task.containerDefinitions) {
    for (const auto& alias : t.pod.spec.hostAliases) {
      if (t.origin == Origin::Ecs && alias.ip == kLocalhost) continue;  // links
      for (const auto& name : alias.hostnames) {
        auto& host = container.extraHosts.emplace_back();
        host.hostname = name;
        host.ipAddress = alias.ip;
      }
    }
  }
}

// Row 20: two containers that bind the same port cannot share a pod's network.
bool fitsOneNetwork(const ecs::TaskDefinition& task) {
  std::set<std::pair<std::int32_t, std::string>> bound;
  for (const auto& container : task.containerDefinitions)
    for (const auto& mapping : container.portMappings)
      if (mapping.containerPort && !bound.emplace(*mapping.containerPort, mapping.protocol == "udp" ? "udp" : "tcp").second) return false;
  return true;
}

// Row 19: in one network a linked container is on localhost.
void linksToPod(ToPod& t) {
  if (t.origin == Origin::Pod || !fitsOneNetwork(t.task)) return;
  for (const auto& container : t.task.containerDefinitions) {
    for (const auto& link : container.links) {
      std::string alias = link.substr(link.find(':') == std::string::npos ? 0 : link.find(':') + 1);
      if (isHostName(alias)) addAlias(t.pod, std::string(kLocalhost), alias);
    }
  }
}

// Row 54: pull secrets are the pod's; every container gets the first.
void pullSecretsToPod(ToPod& t) {
  std::set<std::string> seen;
  for (const auto& container : t.task.containerDefinitions) {
    if (!container.repositoryCredentials || container.repositoryCredentials->credentialsParameter.empty()) continue;
    const std::string& reference = container.repositoryCredentials->credentialsParameter;
    std::string name = secretOf(reference).name;
    if (t.origin == Origin::Ecs) t.agent.secrets[name] = reference;
    if (seen.insert(name).second) t.pod.spec.imagePullSecrets.emplace_back().name = name;
  }
}
void pullSecretsToEcs(ToEcs& t) {
  if (t.pod.spec.imagePullSecrets.empty()) return;
  const std::string& name = t.pod.spec.imagePullSecrets.front().name;
  auto known = t.agent.secrets.find(name);
  std::string reference = known == t.agent.secrets.end() ? parameterOf(t.pod, "secrets", name, "") : known->second;
  for (auto& container : t.task.containerDefinitions) container.repositoryCredentials.emplace().credentialsParameter = reference;
}

// Row 58. A limit on the first essential container, with a request of nothing: the size is made at launch, no node must have it free.
constexpr const char* kStorage = "ephemeral-storage";
constexpr std::int64_t kGiB = 1 << 30;
void storageToPod(ToPod& t) {
  if (!t.task.ephemeralStorage || t.pod.spec.containers.empty() || t.origin == Origin::Pod) return;
  std::int64_t size = t.task.ephemeralStorage->sizeInGiB.value_or(0);
  if (size <= 0) return;
  auto& resources = t.pod.spec.containers.front().resources;
  resources.limits[kStorage] = Quantity::ofBytes(size * kGiB);
  resources.requests[kStorage] = Quantity::ofUnits(0);
}
void storageToEcs(ToEcs& t) {
  std::int64_t bytes = 0;
  for (const auto& container : t.pod.spec.containers) bytes += std::min(amount(container.resources.limits, kStorage), INT64_MAX / 1024);
  if (bytes > 0 && bytes / kGiB < INT32_MAX)
    t.task.ephemeralStorage.emplace().sizeInGiB = static_cast<std::int32_t>((bytes + kGiB - 1) / kGiB);
}

void dnsToPod(ToPod& t) {
  const auto* servers = common(t.task, &ecs::ContainerDefinition::dnsServers);
  const auto* searches = common(t.task, &ecs::ContainerDefinition::dnsSearchDomains);
  bool serversFit = servers && servers->size() <= 3 && std::all_of(servers->begin(), servers->end(), isAddress);
  bool searchesFit = searches && searches->size() <= 32 && std::all_of(searches->begin(), searches->end(), isHostName);
  if (!serversFit && !searchesFit) return;
  auto& config = t.pod.spec.dnsConfig.emplace();
  if (serversFit) config.nameservers = *servers;
  if (searchesFit) config.searches = *searches;
  if (t.origin == Origin::Ecs) t.pod.spec.dnsPolicy = serversFit ? "None" : "Default";
}
void dnsToEcs(ToEcs& t) {
  if (!t.pod.spec.dnsConfig) return;
  for (auto& container : t.task.containerDefinitions) {
    container.dnsServers = t.pod.spec.dnsConfig->nameservers;
    container.dnsSearchDomains = t.pod.spec.dnsConfig->searches;
  }
}

void hostnameToPod(ToPod& t) {
  const auto* hostname = common(t.task, &ecs::ContainerDefinition::hostname);
  if (hostname && isDnsLabel(*hostname)) t.pod.spec.hostname = *hostname;
}
void hostnameToEcs(ToEcs& t) {
  for (auto& container : t.task.containerDefinitions) container.hostname = t.pod.spec.hostname;
}

bool isSysctlName(const std::string& name) {
  return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

void sysctlsToPod(ToPod& t) {
  const auto* controls = common(t.task, &ecs::ContainerDefinition::systemControls);
  if (!controls) return;
  std::set<std::string> seen;
  for (const auto& control : *controls) {
    if (!isSysctlName(control.namespace_) || (t.pod.spec.hostNetwork && control.namespace_.starts_with("net."))) continue;
    if (!seen.insert(control.namespace_).second) continue;
    auto& out = t.pod.spec.securityContext.orEmplace().sysctls.emplace_back();
    out.name = control.namespace_;
    out.value = control.value;
  }
}
void sysctlsToEcs(ToEcs& t) {
  if (!t.pod.spec.securityContext) return;
  for (auto& container : t.task.containerDefinitions) {
    for (const auto& sysctl : t.pod.spec.securityContext->sysctls) {
      auto& out = container.systemControls.emplace_back();
      out.namespace_ = sysctl.name;
      out.value = sysctl.value;
    }
  }
}

void graceToPod(ToPod& t) {
  std::int32_t longest = -1;
  for (const auto& container : t.task.containerDefinitions) longest = std::max(longest, container.stopTimeout.value_or(-1));
  if (longest >= 0) t.pod.spec.terminationGracePeriodSeconds = t.origin == Origin::Pod ? longest : std::max(longest, 0);
}
void graceToEcs(ToEcs&) {}

constexpr TaskRule kRules[] = {
    {{"family", "metadata.name", Exact, "names that DNS-1123 refuses are slugged, the original is kept"}, familyToPod, familyToEcs},
    {{"taskRoleArn", "metadata.annotations.iam\\.amazonaws\\.com/role", Annotated, "the key that kube2iam and others read"},
     taskRoleToPod,
     taskRoleToEcs},
    {{"executionRoleArn", "metadata.annotations.ecs\\.taskpod\\.io/execution-role", Annotated,
      "for pulling, secrets and logs; never the application's"},
     executionRoleToPod,
     executionRoleToEcs},
    {{"networkMode", "spec.hostNetwork", Approximated,
      "host is hostNetwork; awsvpc is a pod's own network; bridge and none are annotated for the node agent"},
     networkModeToPod,
     networkModeToEcs},
    {{"volumes", "spec.volumes", Approximated, ""}, volumesToPod, volumesToEcs},
    {{"volumes[].name", "spec.volumes[].name", Exact, "names that DNS-1123 refuses are slugged, the original is kept"}, nullptr, nullptr},
    {{"volumes[].host", "spec.volumes[].emptyDir", Exact, "without a sourcePath: an empty directory for the task's life"},
     nullptr,
     nullptr},
    {{"volumes[].host.sourcePath", "spec.volumes[].hostPath.path", Exact, "type DirectoryOrCreate: Docker makes what is missing"},
     nullptr,
     nullptr},
    {{"volumes[].efsVolumeConfiguration", "spec.volumes[].csi", Converted, "driver efs.csi.aws.com"}, nullptr, nullptr},
    {{"volumes[].dockerVolumeConfiguration", "spec.volumes[].emptyDir", Approximated, "an empty directory; driver and options are kept"},
     nullptr,
     nullptr},
    {{"volumes[].s3filesVolumeConfiguration", "spec.volumes[].emptyDir", Unsupported, "an empty directory; the configuration is kept"},
     nullptr,
     nullptr},
    {{"volumes[].fsxWindowsFileServerVolumeConfiguration", "spec.volumes[].emptyDir", Unsupported,
      "an empty directory; the configuration is kept"},
     nullptr,
     nullptr},
    {{"volumes[].configuredAtLaunch", "spec.volumes[].emptyDir", Approximated, "an empty directory; what is attached is chosen at launch"},
     nullptr,
     nullptr},
    {{"cpu", "spec.resources.limits.cpu", Converted, "the pod's own limit and request, at least what its containers ask for together"},
     taskSizeToPod,
     taskSizeToEcs},
    {{"memory", "spec.resources.limits.memory", Converted,
      "the pod's own limit and request, at least what its containers ask for together"},
     nullptr,
     nullptr},
    {{"pidMode", "spec.hostPID", Exact, "task is shareProcessNamespace"}, pidModeToPod, pidModeToEcs},
    {{"ipcMode", "spec.hostIPC", Approximated, "the containers of a pod always share IPC; none and absent are kept"},
     ipcModeToPod,
     ipcModeToEcs},
    {{"requiresCompatibilities", "metadata.annotations.ecs\\.taskpod\\.io/requires-compatibilities", Annotated, "launch types"},
     compatibilitiesToPod,
     compatibilitiesToEcs},
    {{"runtimePlatform.cpuArchitecture", "spec.nodeSelector.kubernetes\\.io/arch", Exact, "X86_64 is amd64, ARM64 is arm64"},
     platformToPod,
     platformToEcs},
    {{"runtimePlatform.operatingSystemFamily", "spec.os.name", Converted, "Windows versions are kept"}, nullptr, nullptr},
    {{"placementConstraints", "metadata.annotations.ecs\\.taskpod\\.io/placement-constraints", Annotated,
      "Taskpod's scheduler evaluates the expression"},
     constraintsToPod,
     constraintsToEcs},
    {{"tags", "metadata.annotations.ecs\\.taskpod\\.io/tags", Annotated, "labels have a narrower alphabet"}, tagsToPod, tagsToEcs},
    {{"containerDefinitions[].extraHosts", "spec.hostAliases", Approximated,
      "one list for the pod, unless a name has two addresses; grouped by address"},
     hostsToPod,
     hostsToEcs},
    {{"containerDefinitions[].links", "spec.hostAliases", Approximated, "the alias is on localhost, since a pod has one network"},
     linksToPod,
     nullptr},
    {{"containerDefinitions[].repositoryCredentials", "spec.imagePullSecrets", Approximated,
      "one list for the pod; the Secret must be made from the one in Secrets Manager"},
     pullSecretsToPod,
     pullSecretsToEcs},
    {{"ephemeralStorage", "spec.containers[].resources.limits.ephemeral-storage", Approximated,
      "a limit of the first container; a pod has no single field for it"},
     storageToPod,
     storageToEcs},
    {{"containerDefinitions[].dnsServers", "spec.dnsConfig.nameservers", Approximated, "where all containers agree, at most 3"},
     dnsToPod,
     dnsToEcs},
    {{"containerDefinitions[].dnsSearchDomains", "spec.dnsConfig.searches", Approximated, "where all containers agree"}, nullptr, nullptr},
    {{"containerDefinitions[].hostname", "spec.hostname", Approximated, "where all containers agree"}, hostnameToPod, hostnameToEcs},
    {{"containerDefinitions[].systemControls", "spec.securityContext.sysctls", Approximated,
      "where all containers agree; not net.* with the host's network"},
     sysctlsToPod,
     sysctlsToEcs},
    {{"containerDefinitions[].stopTimeout", "spec.terminationGracePeriodSeconds", Approximated, "the longest of all containers"},
     graceToPod,
     graceToEcs},
};

}  // namespace

std::span<const TaskRule> taskRules() { return kRules; }

}  // namespace taskpod::translate
