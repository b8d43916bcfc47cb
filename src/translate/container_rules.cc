// Rows for containerDefinitions[]. Numbers in notes are rows of translation.md §7.
#include <algorithm>
#include <charconv>

#include "taskpod/translate/units.h"
#include "translate/rules.h"

namespace taskpod::translate {
namespace {

using enum Fidelity;
using k8s::Quantity;

const Quantity* amount(const std::map<std::string, Quantity>& list, const std::string& name) {
  auto found = list.find(name);
  return found == list.end() ? nullptr : &found->second;
}

std::vector<std::string> mapped(const std::vector<std::string>& list, std::string (*change)(std::string_view)) {
  std::vector<std::string> out;
  for (const auto& text : list) out.push_back(change(text));
  return out;
}

std::vector<std::string> expanded(const std::vector<std::string>& list, const Variables& variables) {
  std::vector<std::string> out;
  for (const auto& text : list) out.push_back(expandReferences(text, variables));
  return out;
}

void nameToPod(ContainerToPod& c) {
  c.to.name = c.all.containerNames[c.from.name];
  if (c.to.name != c.from.name) c.agent.containerName = c.from.name;
}
void nameToEcs(ContainerToEcs& c) { c.to.name = c.agent.containerName.empty() ? c.from.name : c.agent.containerName; }

// ECS pulls always and falls back to the cached image; IfNotPresent is the form that also works offline (row 63).
void imageToPod(ContainerToPod& c) {
  c.to.image = c.from.image;
  if (c.all.origin == Origin::Ecs && c.from.image.find('@') == std::string::npos) c.to.imagePullPolicy = "IfNotPresent";
}
void imageToEcs(ContainerToEcs& c) { c.to.image = c.from.image; }

void entryPointToPod(ContainerToPod& c) { c.to.command = mapped(c.from.entryPoint, escapeExpansion); }
void entryPointToEcs(ContainerToEcs& c) { c.to.entryPoint = expanded(c.from.command, c.variables); }
void commandToPod(ContainerToPod& c) { c.to.args = mapped(c.from.command, escapeExpansion); }
void commandToEcs(ContainerToEcs& c) { c.to.command = expanded(c.from.args, c.variables); }

void environmentToPod(ContainerToPod& c) {
  for (const auto& pair : c.from.environment) {
    auto& variable = c.to.env.emplace_back();
    variable.name = pair.name;
    variable.value = escapeExpansion(pair.value);
  }
}
void environmentToEcs(ContainerToEcs& c) {
  for (const auto& variable : c.from.env) {
    if (variable.valueFrom) continue;
    auto& pair = c.to.environment.emplace_back();
    pair.name = variable.name;
    pair.value = c.variables.at(variable.name);
  }
}

void secretsToPod(ContainerToPod& c) {
  for (const auto& secret : c.from.secrets) {
    auto& variable = c.to.env.emplace_back();
    variable.name = secret.name;
    SecretReference reference = secretOf(secret.valueFrom);
    auto& key = variable.valueFrom.emplace().secretKeyRef.emplace();
    key.name = reference.name;
    key.key = reference.key;
    if (c.all.origin == Origin::Ecs) c.all.agent.secrets[reference.name + "/" + reference.key] = secret.valueFrom;
  }
}
void secretsToEcs(ContainerToEcs& c) {
  for (const auto& variable : c.from.env) {
    if (!variable.valueFrom) continue;
    std::string kind, name, key;
    if (variable.valueFrom->secretKeyRef) {
      kind = "secrets";
      name = variable.valueFrom->secretKeyRef->name;
      key = variable.valueFrom->secretKeyRef->key;
    } else if (variable.valueFrom->configMapKeyRef) {
      kind = "configmaps";
      name = variable.valueFrom->configMapKeyRef->name;
      key = variable.valueFrom->configMapKeyRef->key;
    } else {
      continue;
    }
    auto& secret = c.to.secrets.emplace_back();
    secret.name = variable.name;
    auto known = c.all.agent.secrets.find(name + "/" + key);
    secret.valueFrom = known == c.all.agent.secrets.end() ? parameterOf(c.all.pod, kind, name, key) : known->second;
  }
}

// A share of the CPU, never a limit (row 1).
void cpuToPod(ContainerToPod& c) {
  if (c.from.cpu && *c.from.cpu > 0) c.to.resources.requests["cpu"] = Quantity::ofMillis(millicoresOf(*c.from.cpu));
}
void cpuToEcs(ContainerToEcs& c) {
  const Quantity* request = amount(c.from.resources.requests, "cpu");
  if (!request) request = amount(c.from.resources.limits, "cpu");
  std::int64_t units = request ? cpuUnitsOf(request->millis().value_or(0)) : 0;
  if (units > 0 && units <= INT32_MAX) c.to.cpu = static_cast<std::int32_t>(units);
}

void memoryToPod(ContainerToPod& c) {
  if (c.from.memory && *c.from.memory > 0) c.to.resources.limits["memory"] = Quantity::ofBytes(*c.from.memory * kMiB);
  if (c.from.memoryReservation && *c.from.memoryReservation > 0)
    c.to.resources.requests["memory"] = Quantity::ofBytes(*c.from.memoryReservation * kMiB);
}
// ECS wants memory > memoryReservation: a request that is the same MiB as the limit is the limit (row 7).
void memoryToEcs(ContainerToEcs& c) {
  const Quantity* limit = amount(c.from.resources.limits, "memory");
  const Quantity* request = amount(c.from.resources.requests, "memory");
  auto mebibytes = [](const Quantity* q) {
    return static_cast<std::int32_t>(std::min<std::int64_t>(mebibytesOf(q->value().value_or(0)), INT32_MAX));
  };
  if (limit && mebibytes(limit) > 0) c.to.memory = mebibytes(limit);
  if (request && mebibytes(request) > 0 && (!c.to.memory || mebibytes(request) < *c.to.memory)) c.to.memoryReservation = mebibytes(request);
  bool taskHasMemory = c.all.pod.spec.resources && amount(c.all.pod.spec.resources->limits, "memory");
  if (c.all.origin == Origin::Pod && !c.to.memory && !c.to.memoryReservation && !taskHasMemory) c.to.memoryReservation = 128;  // row 64
}

void resourceRequirementsToPod(ContainerToPod& c) {
  for (const auto& want : c.from.resourceRequirements)
    if (want.type == "GPU" && !want.value.empty() && want.value != "ALL" && std::all_of(want.value.begin(), want.value.end(), ::isdigit))
      c.to.resources.limits["nvidia.com/gpu"] = {want.value};
}
void resourceRequirementsToEcs(ContainerToEcs& c) {
  const Quantity* gpus = amount(c.from.resources.limits, "nvidia.com/gpu");
  if (!gpus) return;
  auto& want = c.to.resourceRequirements.emplace_back();
  want.type = "GPU";
  want.value = std::to_string(gpus->value().value_or(0));
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char ch) { return static_cast<char>(std::toupper(ch)); });
  return out;
}

bool isPort(std::optional<std::int32_t> port) { return port && *port > 0 && *port < 65536; }

std::string portKey(std::int32_t port, std::string_view protocol) { return std::to_string(port) + (protocol == "UDP" ? "/udp" : "/tcp"); }

void addPort(ContainerToPod& c, const ecs::PortMapping& mapping, std::int32_t port) {
  const std::string& mode = c.all.task.networkMode;
  auto& out = c.to.ports.emplace_back();
  out.containerPort = port;
  out.protocol = mapping.protocol.empty() ? "TCP" : upper(mapping.protocol);
  if (isPortName(mapping.name)) out.name = mapping.name;
  if (mode == "host")
    out.hostPort = port;  // row 23
  else if (mode != "awsvpc" && isPort(mapping.hostPort))
    out.hostPort = *mapping.hostPort;  // rows 21, 22
  std::string key = portKey(port, out.protocol);
  if (mapping.hostPort && *mapping.hostPort != out.hostPort) c.agent.hostPorts[key] = *mapping.hostPort;
  if (mapping.hostPort == 0) c.agent.hostPorts[key] = 0;
  if (!mapping.appProtocol.empty()) c.agent.appProtocols[key] = mapping.appProtocol;
}

void portMappingsToPod(ContainerToPod& c) {
  for (const auto& mapping : c.from.portMappings) {
    if (isPort(mapping.containerPort)) {
      addPort(c, mapping, *mapping.containerPort);
      continue;
    }
    std::int32_t first = 0, last = 0;  // row 25: ranges of at most 64 ports are written out
    const std::string& range = mapping.containerPortRange;
    auto dash = range.find('-');
    if (dash == std::string::npos) continue;
    std::from_chars(range.data(), range.data() + dash, first);
    std::from_chars(range.data() + dash + 1, range.data() + range.size(), last);
    if (first < 1 || last > 65535 || last < first || last - first >= 64) continue;
    for (std::int32_t port = first; port <= last; ++port) addPort(c, mapping, port);
  }
}
void portMappingsToEcs(ContainerToEcs& c) {
  for (const auto& port : c.from.ports) {
    if (port.protocol == "SCTP") continue;
    auto& mapping = c.to.portMappings.emplace_back();
    mapping.name = port.name;
    mapping.containerPort = port.containerPort;
    std::string key = portKey(port.containerPort, port.protocol);
    if (port.hostPort > 0)
      mapping.hostPort = port.hostPort;
    else if (auto asked = c.agent.hostPorts.find(key); asked != c.agent.hostPorts.end())
      mapping.hostPort = asked->second;
    if (auto asked = c.agent.appProtocols.find(key); asked != c.agent.appProtocols.end()) mapping.appProtocol = asked->second;
    mapping.protocol = port.protocol == "UDP" ? "udp" : "tcp";
  }
}

void essentialToPod(ContainerToPod& c) {
  if (c.all.origin == Origin::Ecs && c.from.essential == false) c.agent.essential = false;
}
void essentialToEcs(ContainerToEcs& c) { c.to.essential = c.agent.essential.value_or(!c.isInit); }

// Kubernetes' rules can say "restart unless it exited with one of these" exactly (row 11); the attempt period is for the agent.
void restartPolicyToPod(ContainerToPod& c) {
  if (!c.from.restartPolicy) return;
  const auto& policy = *c.from.restartPolicy;
  if (policy.enabled == true && c.all.origin == Origin::Ecs) {
    if (policy.ignoredExitCodes.empty()) {
      c.to.restartPolicy = "Always";
    } else {
      c.to.restartPolicy = "Never";
      auto& rule = c.to.restartPolicyRules.emplace_back();
      rule.action = "Restart";
      rule.exitCodes.emplace().operator_ = "NotIn";
      rule.exitCodes->values = policy.ignoredExitCodes;
    }
  }
  c.agent.restartAttemptPeriod = policy.restartAttemptPeriod;
}
void restartPolicyToEcs(ContainerToEcs& c) {
  const std::string& pod = c.all.pod.spec.restartPolicy;
  bool podRestarts = c.all.origin == Origin::Pod && !c.isInit && (pod.empty() || pod == "Always" || pod == "OnFailure");
  std::optional<ecs::ContainerRestartPolicy> policy;
  if (c.from.restartPolicy == "Always") {
    policy.emplace().enabled = true;
  } else if (c.from.restartPolicyRules.size() == 1 && c.from.restartPolicyRules[0].exitCodes &&
             c.from.restartPolicyRules[0].exitCodes->operator_ == "NotIn") {
    policy.emplace().enabled = true;
    policy->ignoredExitCodes = c.from.restartPolicyRules[0].exitCodes->values;
  } else if (podRestarts && !c.from.restartPolicy) {
    policy.emplace().enabled = true;  // row 12
    if (pod == "OnFailure") policy->ignoredExitCodes = {0};
    policy->restartAttemptPeriod = 60;  // the shortest that ECS takes: Kubernetes restarts what ran however shortly
  }
  if (c.agent.restart) {
    policy.emplace().enabled = true;
    policy->ignoredExitCodes = c.agent.restart->ignoredExitCodes;
  }
  if (c.agent.restartAttemptPeriod) {
    if (!policy) policy.emplace();
    policy->restartAttemptPeriod = c.agent.restartAttemptPeriod;
  }
  if (policy) c.to.restartPolicy = *policy;
}

void addMount(ContainerToPod& c, const ecs::MountPoint& mount, bool readOnly) {
  auto volume = c.all.volumeNames.find(mount.sourceVolume);
  const std::string& path = mount.containerPath;
  bool taken = std::any_of(c.to.volumeMounts.begin(), c.to.volumeMounts.end(), [&](const auto& other) { return other.mountPath == path; });
  bool drive = path.size() > 1 && path[1] == ':' && path.find(':', 2) == std::string::npos;  // C:\data
  if (volume == c.all.volumeNames.end() || path.empty() || taken || (path.find(':') != std::string::npos && !drive)) return;
  auto& out = c.to.volumeMounts.emplace_back();
  out.name = volume->second;
  out.mountPath = path;
  out.readOnly = readOnly;
}

// Row 38: what the source mounts, and what it has from others itself.
void addMountsFrom(ContainerToPod& c, const ecs::ContainerDefinition& user, bool readOnly, std::size_t depth) {
  if (depth > c.all.task.containerDefinitions.size()) return;  // a circle
  for (const auto& from : user.volumesFrom) {
    bool locked = readOnly || from.readOnly.value_or(false);
    for (const auto& source : c.all.task.containerDefinitions) {
      if (source.name != from.sourceContainer) continue;
      for (const auto& mount : source.mountPoints) addMount(c, mount, locked || mount.readOnly.value_or(false));
      addMountsFrom(c, source, locked, depth + 1);
    }
  }
}

void mountPointsToPod(ContainerToPod& c) {
  for (const auto& mount : c.from.mountPoints) addMount(c, mount, mount.readOnly.value_or(false));
  addMountsFrom(c, c.from, false, 0);
}
bool isTmpfs(const ContainerToEcs& c, const k8s::VolumeMount& mount) {
  if (isMadeByTmpfs(mount.name)) return true;
  if (c.all.origin == Origin::Ecs) return false;
  const auto& volumes = c.all.pod.spec.volumes;
  auto volume = std::find_if(volumes.begin(), volumes.end(), [&](const auto& v) { return v.name == mount.name; });
  return volume != volumes.end() && onlyMountOf(c.all.pod, *volume);
}

void mountPointsToEcs(ContainerToEcs& c) {
  for (const auto& mount : c.from.volumeMounts) {
    if (isTmpfs(c, mount)) continue;
    auto& out = c.to.mountPoints.emplace_back();
    out.sourceVolume = volumeNameOf(c.all, mount.name);
    out.containerPath = mount.mountPath;
    if (mount.readOnly) out.readOnly = true;
  }
}

void userToPod(ContainerToPod& c) {
  std::string_view user = c.from.user;
  if (user.empty()) return;
  auto colon = user.find(':');
  auto id = [](std::string_view text) -> std::optional<std::int64_t> {
    std::int64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty() || value < 0 || value > INT32_MAX) return std::nullopt;
    return value;
  };
  auto uid = id(user.substr(0, colon));
  auto gid = colon == std::string_view::npos ? std::nullopt : id(user.substr(colon + 1));
  bool numeric = uid && (colon == std::string_view::npos || gid);
  if (!numeric) {
    c.agent.user = c.from.user;
    return;
  }
  c.to.securityContext.orEmplace().runAsUser = uid;
  if (gid) c.to.securityContext->runAsGroup = gid;
}
void userToEcs(ContainerToEcs& c) {
  if (!c.agent.user.empty()) {
    c.to.user = c.agent.user;
    return;
  }
  std::optional<std::int64_t> uid, gid;
  if (c.all.pod.spec.securityContext) {
    uid = c.all.pod.spec.securityContext->runAsUser;
    gid = c.all.pod.spec.securityContext->runAsGroup;
  }
  if (c.from.securityContext && c.from.securityContext->runAsUser) uid = c.from.securityContext->runAsUser;
  if (c.from.securityContext && c.from.securityContext->runAsGroup) gid = c.from.securityContext->runAsGroup;
  if (uid) c.to.user = std::to_string(*uid) + (gid ? ":" + std::to_string(*gid) : "");
}

void workingDirectoryToPod(ContainerToPod& c) { c.to.workingDir = c.from.workingDirectory; }
void workingDirectoryToEcs(ContainerToEcs& c) { c.to.workingDirectory = c.from.workingDir; }

void privilegedToPod(ContainerToPod& c) {
  if (c.from.privileged) c.to.securityContext.orEmplace().privileged = c.from.privileged;
}
void privilegedToEcs(ContainerToEcs& c) {
  if (c.from.securityContext) c.to.privileged = c.from.securityContext->privileged;
}
void readonlyToPod(ContainerToPod& c) {
  if (c.from.readonlyRootFilesystem) c.to.securityContext.orEmplace().readOnlyRootFilesystem = c.from.readonlyRootFilesystem;
}
void readonlyToEcs(ContainerToEcs& c) {
  if (c.from.securityContext) c.to.readonlyRootFilesystem = c.from.securityContext->readOnlyRootFilesystem;
}
void interactiveToPod(ContainerToPod& c) { c.to.stdin_ = c.from.interactive.value_or(false); }
void interactiveToEcs(ContainerToEcs& c) {
  if (c.from.stdin_) c.to.interactive = true;
}
void ttyToPod(ContainerToPod& c) { c.to.tty = c.from.pseudoTerminal.value_or(false); }
void ttyToEcs(ContainerToEcs& c) {
  if (c.from.tty) c.to.pseudoTerminal = true;
}

void capabilitiesToPod(ContainerToPod& c) {
  if (!c.from.linuxParameters || !c.from.linuxParameters->capabilities) return;
  auto& out = c.to.securityContext.orEmplace().capabilities.emplace();
  out.add = c.from.linuxParameters->capabilities->add;
  out.drop = c.from.linuxParameters->capabilities->drop;
}
void capabilitiesToEcs(ContainerToEcs& c) {
  if (!c.from.securityContext || !c.from.securityContext->capabilities) return;
  const auto& in = *c.from.securityContext->capabilities;
  auto& out = c.to.linuxParameters.orEmplace().capabilities.emplace();
  out.add = in.add;
  out.drop = in.drop;
}

void addMemoryVolume(ContainerToPod& c, const std::string& name, std::int32_t mebibytes, const std::string& path) {
  auto& volume = c.all.pod.spec.volumes.emplace_back();
  volume.name = name;
  auto& directory = volume.emptyDir.emplace();
  directory.medium = "Memory";
  directory.sizeLimit = Quantity::ofBytes(mebibytes * kMiB);
  auto& mount = c.to.volumeMounts.emplace_back();
  mount.name = name;
  mount.mountPath = path;
}
void tmpfsToPod(ContainerToPod& c) {
  if (!c.from.linuxParameters || c.all.origin == Origin::Pod) return;
  const auto& linux_ = *c.from.linuxParameters;
  std::string container = slug(c.from.name).substr(0, 40);
  for (std::size_t i = 0; i < linux_.tmpfs.size(); ++i)
    if (linux_.tmpfs[i].size > 0 && !linux_.tmpfs[i].containerPath.empty())
      addMemoryVolume(c, "ecs-tmpfs-" + std::to_string(i) + "-" + container, linux_.tmpfs[i].size.value_or(0),
                      linux_.tmpfs[i].containerPath);
  if (linux_.sharedMemorySize > 0) addMemoryVolume(c, "ecs-shm-" + container, *linux_.sharedMemorySize, "/dev/shm");
}
void tmpfsToEcs(ContainerToEcs& c) {
  for (const auto& mount : c.from.volumeMounts) {
    if (!isTmpfs(c, mount)) continue;
    std::int64_t size = 0;
    for (const auto& volume : c.all.pod.spec.volumes)
      if (volume.name == mount.name && volume.emptyDir && volume.emptyDir->sizeLimit)
        size = std::min<std::int64_t>(mebibytesOf(volume.emptyDir->sizeLimit->value().value_or(0)), INT32_MAX);
    auto& linux_ = c.to.linuxParameters.orEmplace();
    if (mount.mountPath == "/dev/shm") {
      linux_.sharedMemorySize = static_cast<std::int32_t>(size);
      continue;
    }
    auto& out = linux_.tmpfs.emplace_back();
    out.containerPath = mount.mountPath;
    out.size = static_cast<std::int32_t>(size);
  }
}

void initProcessToPod(ContainerToPod& c) {
  if (c.from.linuxParameters && c.from.linuxParameters->initProcessEnabled == true) c.agent.init = true;
}
void initProcessToEcs(ContainerToEcs& c) {
  if (c.agent.init == true) c.to.linuxParameters.orEmplace().initProcessEnabled = true;
}

void ulimitsToPod(ContainerToPod& c) {
  for (const auto& limit : c.from.ulimits)
    c.agent.ulimits.push_back({limit.name, limit.softLimit.value_or(0), limit.hardLimit.value_or(0), {}});
}
void ulimitsToEcs(ContainerToEcs& c) {
  for (const auto& limit : c.agent.ulimits) {
    auto& out = c.to.ulimits.emplace_back();
    out.name = limit.name;
    out.softLimit = limit.soft;
    out.hardLimit = limit.hard;
  }
}

void logToPod(ContainerToPod& c) {
  if (!c.from.logConfiguration) return;
  auto& log = c.agent.log.emplace();
  log.driver = c.from.logConfiguration->logDriver;
  log.options = c.from.logConfiguration->options;
  for (const auto& option : c.from.logConfiguration->secretOptions) log.secretOptions.push_back({option.name, option.valueFrom, {}});
}
void logToEcs(ContainerToEcs& c) {
  if (!c.agent.log) return;
  auto& log = c.to.logConfiguration.emplace();
  log.logDriver = c.agent.log->driver;
  log.options = c.agent.log->options;
  for (const auto& option : c.agent.log->secretOptions) {
    auto& out = log.secretOptions.emplace_back();
    out.name = option.name;
    out.valueFrom = option.valueFrom;
  }
}

void firelensToPod(ContainerToPod& c) {
  if (!c.from.firelensConfiguration) return;
  auto& firelens = c.agent.firelens.emplace();
  firelens.type = c.from.firelensConfiguration->type;
  firelens.options = c.from.firelensConfiguration->options;
}
void firelensToEcs(ContainerToEcs& c) {
  if (!c.agent.firelens) return;
  auto& firelens = c.to.firelensConfiguration.emplace();
  firelens.type = c.agent.firelens->type;
  firelens.options = c.agent.firelens->options;
}

void devicesToPod(ContainerToPod& c) {
  if (!c.from.linuxParameters) return;
  for (const auto& device : c.from.linuxParameters->devices)
    c.agent.devices.push_back({device.hostPath, device.containerPath, device.permissions, {}});
}
void devicesToEcs(ContainerToEcs& c) {
  for (const auto& device : c.agent.devices) {
    auto& out = c.to.linuxParameters.orEmplace().devices.emplace_back();
    out.hostPath = device.hostPath;
    out.containerPath = device.containerPath;
    out.permissions = device.permissions;
  }
}

void dockerLabelsToPod(ContainerToPod& c) { c.agent.dockerLabels = c.from.dockerLabels; }
void dockerLabelsToEcs(ContainerToEcs& c) { c.to.dockerLabels = c.agent.dockerLabels; }

// ECS' health check only marks: a readiness probe, never a liveness probe, which would restart (row 32).
k8s::Probe probeOf(const ecs::HealthCheck& check) {
  k8s::Probe probe;
  auto& exec = probe.exec.emplace();
  std::vector<std::string> words = check.command;
  if (words.size() >= 2 && words[0] == "CMD-SHELL") {
    exec.command = {"/bin/sh", "-c", escapeExpansion(words[1])};
  } else {
    if (!words.empty() && words[0] == "CMD") words.erase(words.begin());
    exec.command = mapped(words, escapeExpansion);
  }
  probe.periodSeconds = check.interval.value_or(30);
  probe.timeoutSeconds = check.timeout.value_or(5);
  probe.failureThreshold = check.retries.value_or(3);
  return probe;
}
ecs::HealthCheck checkOf(const k8s::Probe& probe, const Variables& variables) {
  ecs::HealthCheck check;
  const auto& words = probe.exec->command;
  if (words.size() == 3 && words[0] == "/bin/sh" && words[1] == "-c") {
    check.command = {"CMD-SHELL", expandReferences(words[2], variables)};
  } else {
    check.command = expanded(words, variables);
    check.command.insert(check.command.begin(), "CMD");
  }
  auto within = [](std::int32_t value, std::int32_t fallback, std::int32_t low, std::int32_t high) {
    return std::clamp(value == 0 ? fallback : value, low, high);
  };
  check.interval = within(probe.periodSeconds, 10, 5, 300);
  check.timeout = within(probe.timeoutSeconds, 1, 2, 60);
  check.retries = within(probe.failureThreshold, 3, 1, 10);
  return check;
}
void healthCheckToPod(ContainerToPod& c) {
  if (!c.from.healthCheck || c.from.healthCheck->command.empty() || c.from.healthCheck->command[0] == "NONE") return;
  k8s::Probe probe = probeOf(*c.from.healthCheck);
  if (probe.exec->command.empty()) return;
  (c.all.origin == Origin::Ecs ? c.to.readinessProbe : c.to.livenessProbe) = probe;
  c.agent.healthStartPeriod = c.from.healthCheck->startPeriod;
}
bool hasCommand(const Boxed<k8s::Probe>& probe) { return probe && probe->exec && !probe->exec->command.empty(); }

// How long a startup probe gives the container, if it asks the same as the check and ECS can say it (row "startupProbe" of §3).
std::optional<std::int32_t> startPeriodOf(const k8s::Probe& startup, const k8s::Probe& check) {
  constexpr std::int64_t kLongest = 300;
  if (!startup.exec || startup.exec->command != check.exec->command) return std::nullopt;
  std::int64_t seconds =
      std::int64_t{startup.periodSeconds > 0 ? startup.periodSeconds : 10} * (startup.failureThreshold > 0 ? startup.failureThreshold : 3);
  if (seconds > kLongest) return std::nullopt;
  return static_cast<std::int32_t>(seconds);
}

void healthCheckToEcs(ContainerToEcs& c) {
  bool ownProbes = c.all.origin == Origin::Pod;
  const Boxed<k8s::Probe>* probe = ownProbes ? &c.from.livenessProbe : &c.from.readinessProbe;
  if (ownProbes && c.isInit && !hasCommand(*probe)) probe = &c.from.startupProbe;  // what others wait for
  if (!hasCommand(*probe)) return;
  c.to.healthCheck = checkOf(**probe, c.variables);
  c.to.healthCheck->startPeriod = c.agent.healthStartPeriod;
  if (ownProbes && c.from.startupProbe && probe != &c.from.startupProbe)
    c.to.healthCheck->startPeriod = startPeriodOf(*c.from.startupProbe, **probe);
}

void dependsOnToPod(ContainerToPod& c) {
  if (c.all.origin == Origin::Pod) return;  // the chain of init containers says it
  for (const auto& dependency : c.from.dependsOn) {
    auto name = c.all.containerNames.find(dependency.containerName);
    if (name != c.all.containerNames.end()) c.agent.dependsOn.push_back({name->second, dependency.condition, {}});
  }
}
void dependsOnToEcs(ContainerToEcs& c) {
  for (const auto& dependency : c.agent.dependsOn) {
    auto& out = c.to.dependsOn.emplace_back();
    auto waitedFor = c.all.agent.containers.find(dependency.container);
    bool renamed = waitedFor != c.all.agent.containers.end() && !waitedFor->second.containerName.empty();
    out.containerName = renamed ? waitedFor->second.containerName : dependency.container;
    out.condition = dependency.condition;
  }
}

void startTimeoutToPod(ContainerToPod& c) { c.agent.startTimeout = c.from.startTimeout; }
void startTimeoutToEcs(ContainerToEcs& c) { c.to.startTimeout = c.agent.startTimeout; }

void stopTimeoutToPod(ContainerToPod& c) {
  if (c.from.stopTimeout && c.all.origin == Origin::Ecs) c.agent.stopTimeout = c.from.stopTimeout;
}
void stopTimeoutToEcs(ContainerToEcs& c) {
  if (c.agent.stopTimeout)
    c.to.stopTimeout = c.agent.stopTimeout;
  else if (c.all.origin == Origin::Pod && c.all.pod.spec.terminationGracePeriodSeconds)
    c.to.stopTimeout = static_cast<std::int32_t>(std::min<std::int64_t>(*c.all.pod.spec.terminationGracePeriodSeconds, INT32_MAX));
}

void securityOptionsToPod(ContainerToPod& c) {
  for (const auto& option : c.from.dockerSecurityOptions) {
    if (option == "no-new-privileges") c.to.securityContext.orEmplace().allowPrivilegeEscalation = false;
    if (option.starts_with("apparmor:")) {
      auto& profile = c.to.securityContext.orEmplace().appArmorProfile.emplace();
      profile.type = "Localhost";
      profile.localhostProfile = option.substr(9);
    }
    if (!option.starts_with("label:")) continue;
    std::string_view label = std::string_view(option).substr(6);
    auto colon = label.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view kind = label.substr(0, colon);
    std::string value(label.substr(colon + 1));
    auto& linux_ = c.to.securityContext.orEmplace().seLinuxOptions.orEmplace();
    if (kind == "user")
      linux_.user = value;
    else if (kind == "role")
      linux_.role = value;
    else if (kind == "type")
      linux_.type = value;
    else if (kind == "level")
      linux_.level = value;
  }
}
void securityOptionsToEcs(ContainerToEcs& c) {
  if (!c.from.securityContext) return;
  const auto& in = *c.from.securityContext;
  auto& out = c.to.dockerSecurityOptions;
  if (in.allowPrivilegeEscalation == false) out.emplace_back("no-new-privileges");
  if (in.appArmorProfile && in.appArmorProfile->type == "Localhost" && in.appArmorProfile->localhostProfile)
    out.push_back("apparmor:" + *in.appArmorProfile->localhostProfile);
  if (!in.seLinuxOptions) return;
  auto label = [&](std::string_view kind, const std::string& value) {
    if (!value.empty()) out.push_back("label:" + std::string(kind) + ":" + value);
  };
  label("user", in.seLinuxOptions->user);
  label("role", in.seLinuxOptions->role);
  label("type", in.seLinuxOptions->type);
  label("level", in.seLinuxOptions->level);
}

#define ECS(path) "containerDefinitions[]." path
#define POD(path) "spec.containers[]." path

constexpr ContainerRule kRules[] = {
    {{ECS("name"), POD("name"), Exact, "names that DNS-1123 refuses are slugged, the original is kept"}, nameToPod, nameToEcs},
    {{ECS("image"), POD("image"), Exact, "imagePullPolicy IfNotPresent unless pinned by digest: ECS falls back to the cached image"},
     imageToPod,
     imageToEcs},
    {{ECS("entryPoint"), POD("command"), Exact,
      "ECS entryPoint is Kubernetes command; $(VAR) and $$ are escaped, ECS does not expand them"},
     entryPointToPod,
     entryPointToEcs},
    {{ECS("command"), POD("args"), Exact, "ECS command is Kubernetes args; $(VAR) and $$ are escaped, ECS does not expand them"},
     commandToPod,
     commandToEcs},
    {{ECS("environment"), POD("env[].value"), Exact, "$(VAR) and $$ are escaped, ECS does not expand them"},
     environmentToPod,
     environmentToEcs},
    {{ECS("environment[].name"), POD("env[].name"), Exact, ""}, nullptr, nullptr},
    {{ECS("environment[].value"), POD("env[].value"), Exact, ""}, nullptr, nullptr},
    {{ECS("secrets"), POD("env[].valueFrom.secretKeyRef"), Converted,
      "a Secret named after the reference; its key is the JSON key or \"value\"; the reference is annotated"},
     secretsToPod,
     secretsToEcs},
    {{ECS("secrets[].name"), POD("env[].name"), Exact, ""}, nullptr, nullptr},
    {{ECS("secrets[].valueFrom"), POD("env[].valueFrom.secretKeyRef"), Converted, "the Secret must be made from it"}, nullptr, nullptr},
    {{ECS("cpu"), POD("resources.requests.cpu"), Converted, "1024 CPU units are 1000 millicores, rounded up; a share, never a limit"},
     cpuToPod,
     cpuToEcs},
    {{ECS("memory"), POD("resources.limits.memory"), Converted, "MiB, a hard limit on both sides"}, memoryToPod, memoryToEcs},
    {{ECS("memoryReservation"), POD("resources.requests.memory"), Converted, "MiB, what the scheduler counts on both sides"},
     nullptr,
     nullptr},
    {{ECS("resourceRequirements"), POD("resources.limits.nvidia\\.com/gpu"), Converted, "GPU counts only"},
     resourceRequirementsToPod,
     resourceRequirementsToEcs},
    {{ECS("portMappings"), POD("ports"), Converted, ""}, portMappingsToPod, portMappingsToEcs},
    {{ECS("portMappings[].containerPort"), POD("ports[].containerPort"), Exact, ""}, nullptr, nullptr},
    {{ECS("portMappings[].containerPortRange"), POD("ports[].containerPort"), Approximated, "ranges of at most 64 ports are written out"},
     nullptr,
     nullptr},
    {{ECS("portMappings[].hostPort"), POD("ports[].hostPort"), Approximated,
      "not with awsvpc, where the port is the task's own; 0 (dynamic) is annotated for the node agent"},
     nullptr,
     nullptr},
    {{ECS("portMappings[].protocol"), POD("ports[].protocol"), Exact, "tcp is TCP"}, nullptr, nullptr},
    {{ECS("portMappings[].name"), POD("ports[].name"), Exact, "where it is an IANA service name of at most 15 characters"},
     nullptr,
     nullptr},
    {{ECS("portMappings[].appProtocol"), "metadata.annotations.ecs\\.taskpod\\.io/agent", Annotated, "for Service Connect"},
     nullptr,
     nullptr},
    {{ECS("essential"), "metadata.annotations.ecs\\.taskpod\\.io/agent", Annotated,
      "a pod has no field for it; the node agent is to stop the task when an essential container ends"},
     essentialToPod,
     essentialToEcs},
    {{ECS("restartPolicy"), POD("restartPolicy"), Approximated,
      "Kubernetes backs off between restarts, ECS does not; the annotation is exact"},
     restartPolicyToPod,
     restartPolicyToEcs},
    {{ECS("restartPolicy.enabled"), POD("restartPolicy"), Exact, ""}, nullptr, nullptr},
    {{ECS("restartPolicy.ignoredExitCodes"), POD("restartPolicyRules[].exitCodes"), Exact, "one rule: Restart, NotIn"}, nullptr, nullptr},
    {{ECS("restartPolicy.restartAttemptPeriod"), "metadata.annotations.ecs\\.taskpod\\.io/agent", Annotated, "for the node agent to obey"},
     nullptr,
     nullptr},
    {{ECS("mountPoints"), POD("volumeMounts"), Exact, ""}, mountPointsToPod, mountPointsToEcs},
    {{ECS("mountPoints[].sourceVolume"), POD("volumeMounts[].name"), Exact, ""}, nullptr, nullptr},
    {{ECS("mountPoints[].containerPath"), POD("volumeMounts[].mountPath"), Exact, ""}, nullptr, nullptr},
    {{ECS("mountPoints[].readOnly"), POD("volumeMounts[].readOnly"), Exact, ""}, nullptr, nullptr},
    {{ECS("user"), POD("securityContext.runAsUser"), Converted,
      "numbers go to runAsUser and runAsGroup; names are for the node agent to look up"},
     userToPod,
     userToEcs},
    {{ECS("workingDirectory"), POD("workingDir"), Exact, ""}, workingDirectoryToPod, workingDirectoryToEcs},
    {{ECS("privileged"), POD("securityContext.privileged"), Exact, ""}, privilegedToPod, privilegedToEcs},
    {{ECS("readonlyRootFilesystem"), POD("securityContext.readOnlyRootFilesystem"), Exact, ""}, readonlyToPod, readonlyToEcs},
    {{ECS("interactive"), POD("stdin"), Exact, ""}, interactiveToPod, interactiveToEcs},
    {{ECS("pseudoTerminal"), POD("tty"), Exact, ""}, ttyToPod, ttyToEcs},
    {{ECS("linuxParameters.capabilities"), POD("securityContext.capabilities"), Exact, ""}, capabilitiesToPod, capabilitiesToEcs},
    {{ECS("linuxParameters.tmpfs"), "spec.volumes[].emptyDir", Approximated, "an emptyDir in memory of that size; mount options are kept"},
     tmpfsToPod,
     tmpfsToEcs},
    {{ECS("linuxParameters.sharedMemorySize"), "spec.volumes[].emptyDir", Approximated, "an emptyDir in memory at /dev/shm"},
     nullptr,
     nullptr},
    {{ECS("linuxParameters.initProcessEnabled"), "metadata.annotations.ecs\\.taskpod\\.io/agent", Annotated,
      "for the node agent to put an init process first"},
     initProcessToPod,
     initProcessToEcs},
    {{ECS("linuxParameters"), "", Approximated, "swap is kept"}, nullptr, nullptr},
    {{ECS("linuxParameters.devices"), "metadata.annotations.ecs\\.taskpod\\.io/agent", Annotated,
      "a pod gets devices from plugins only; for the node agent to add"},
     devicesToPod,
     devicesToEcs},
    {{ECS("firelensConfiguration"), "metadata.annotations.ecs\\.taskpod\\.io/agent", Annotated,
      "for the node agent to make the log router"},
     firelensToPod,
     firelensToEcs},
    {{ECS("dockerLabels"), "metadata.annotations.ecs\\.taskpod\\.io/agent", Annotated,
      "a pod's labels have a narrower alphabet and select things; for the node agent to set on the container"},
     dockerLabelsToPod,
     dockerLabelsToEcs},
    {{ECS("ulimits"), "metadata.annotations.ecs\\.taskpod\\.io/agent", Annotated,
      "no pod field (kubernetes/kubernetes 3595); for the node agent to set"},
     ulimitsToPod,
     ulimitsToEcs},
    {{ECS("logConfiguration"), "metadata.annotations.ecs\\.taskpod\\.io/agent", Annotated,
      "Kubernetes logs per node; the driver is for the node agent"},
     logToPod,
     logToEcs},
    {{ECS("healthCheck"), POD("readinessProbe"), Approximated,
      "a readiness probe: an ECS health check marks a container, it never restarts it"},
     healthCheckToPod,
     healthCheckToEcs},
    {{ECS("healthCheck.startPeriod"), "metadata.annotations.ecs\\.taskpod\\.io/agent", Annotated, "for the node agent to obey"},
     nullptr,
     nullptr},
    {{ECS("dependsOn"), "spec.initContainers[]", Approximated,
      "SUCCESS and COMPLETE become init containers, HEALTHY and START sidecars where they can; the annotation is exact"},
     dependsOnToPod,
     dependsOnToEcs},
    {{ECS("startTimeout"), "metadata.annotations.ecs\\.taskpod\\.io/agent", Annotated, "for the node agent to obey"},
     startTimeoutToPod,
     startTimeoutToEcs},
    {{ECS("stopTimeout"), "spec.terminationGracePeriodSeconds", Approximated,
      "the pod gets the longest; each one is annotated for the node agent"},
     stopTimeoutToPod,
     stopTimeoutToEcs},
    {{ECS("dockerSecurityOptions"), POD("securityContext"), Converted,
      "no-new-privileges, apparmor and label have fields; the rest is kept"},
     securityOptionsToPod,
     securityOptionsToEcs},
};

}  // namespace

std::span<const ContainerRule> containerRules() { return kRules; }

}  // namespace taskpod::translate
