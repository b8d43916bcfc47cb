// Rules for the containers of a pod. Source: kubernetes 1.36 pkg/apis/core/validation/validation.go.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "translate/validate_pod_rules.h"

namespace taskpod::translate {
namespace {

using Names = std::unordered_set<std::string_view>;

enum class Role : std::uint8_t { Main, Init };

// One container and where it stands.
struct ContainerCheck {
  PodCheck& pod;
  const k8s::Container& container;
  std::string path;
  Role role;

  void complain(const std::string& member, std::string message) const {
    translate::complain(pod.found, path + "." + member, std::move(message));
  }
};

// ---- ports

void checkPorts(const ContainerCheck& check) {
  Names names;
  for (std::size_t i = 0; i < check.container.ports.size(); ++i) {
    const k8s::ContainerPort& port = check.container.ports[i];
    std::string path = indexed(check.path + ".ports", i);
    if (!port.name.empty()) {
      Complaints complaints = complaintsOfPortName(port.name);
      complain(check.pod.found, path + ".name", port.name, complaints);
      if (complaints.empty() && !names.insert(port.name).second) complain(check.pod.found, path + ".name", duplicate(port.name));
    }
    bool differs = port.hostPort != 0 && port.hostPort != port.containerPort && !check.pod.found.isRefused(path + ".containerPort");
    if (check.pod.spec.hostNetwork && check.role == Role::Main && differs)
      complain(check.pod.found, path + ".hostPort",
               invalid(std::to_string(port.hostPort), "must match `containerPort` when `hostNetwork` is true"));
  }
}

using HostPorts = std::unordered_set<std::string>;

void takeHostPorts(const ContainerCheck& check, HostPorts& taken) {
  bool sameAsContainer = check.pod.spec.hostNetwork && check.pod.kind == PodKind::Pod && check.role == Role::Main;
  for (std::size_t i = 0; i < check.container.ports.size(); ++i) {
    const k8s::ContainerPort& port = check.container.ports[i];
    std::int32_t number = port.hostPort == 0 && sameAsContainer ? port.containerPort : port.hostPort;
    if (number == 0) continue;
    std::string key = (port.protocol.empty() ? "TCP" : port.protocol) + "/" + port.hostIP + "/" + std::to_string(number);
    if (!taken.insert(key).second) complain(check.pod.found, indexed(check.path + ".ports", i) + ".hostPort", duplicate(key));
  }
}

// ---- environment

void checkSource(const k8s::EnvVar& variable, const std::string& path, Findings& found) {
  const k8s::EnvVarSource& from = *variable.valueFrom;
  int sources = (from.fieldRef ? 1 : 0) + (from.resourceFieldRef ? 1 : 0) + (from.configMapKeyRef ? 1 : 0) + (from.secretKeyRef ? 1 : 0) +
                (from.fileKeyRef ? 1 : 0);
  if (sources == 0 && found.holdsRefused(path)) return;
  if (sources == 0)
    complain(found, path,
             invalid("\"\"", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"));
  else if (!variable.value.empty())
    complain(found, path, invalid("\"\"", "may not be specified when `value` is not empty"));
  else if (sources > 1)
    complain(found, path, invalid("\"\"", "may not have more than one field specified at a time"));
}

void checkEnvironment(const ContainerCheck& check) {
  for (std::size_t i = 0; i < check.container.env.size(); ++i) {
    const k8s::EnvVar& variable = check.container.env[i];
    std::string path = indexed(check.path + ".env", i);
    complain(check.pod.found, path + ".name", variable.name, complaintsOfVariableName(variable.name));
    if (variable.valueFrom) checkSource(variable, path + ".valueFrom", check.pod.found);
  }
}

void checkEnvironmentSources(const ContainerCheck& check) {
  bool none = false, both = false;  // the server names the list, not the item
  for (std::size_t i = 0; i < check.container.envFrom.size(); ++i) {
    const k8s::EnvFromSource& source = check.container.envFrom[i];
    std::string path = indexed(check.path + ".envFrom", i);
    complain(check.pod.found, path + ".prefix", source.prefix, complaintsOfVariableName(source.prefix));
    both |= source.configMapRef && source.secretRef;
    bool isBroken = check.pod.found.isRefused(path) || check.pod.found.holdsRefused(path);
    none |= !source.configMapRef && !source.secretRef && !isBroken;
  }
  if (both) check.complain("envFrom", invalid("\"\"", "may not have more than one field specified at a time"));
  if (none) check.complain("envFrom", invalid("\"\"", "must specify one of: `configMapRef` or `secretRef`"));
}

// ---- resources

bool isAbove(const k8s::Quantity& a, const k8s::Quantity& b) {
  auto wholeA = a.value(), wholeB = b.value();
  return wholeA == wholeB ? a.millis() > b.millis() : wholeA > wholeB;
}

bool isSame(const k8s::Quantity& a, const k8s::Quantity& b) { return !isAbove(a, b) && !isAbove(b, a); }

bool isHugePages(std::string_view name) { return name.starts_with("hugepages-"); }
bool isNative(std::string_view name) {
  return name.find('/') == std::string_view::npos || name.find("kubernetes.io/") != std::string_view::npos;
}
bool isOvercommitAllowed(std::string_view name) { return isNative(name) && !isHugePages(name); }

Complaints complaintsOfResourceName(std::string_view name) {
  Complaints out = complaintsOfLabelKey(name);
  bool plain = name.find('/') == std::string_view::npos;
  if (plain && !hasWord("cpu memory ephemeral-storage", name) && !isHugePages(name))
    out.emplace_back("must be a standard resource for containers");
  if (!isNative(name) && name.starts_with("requests.")) out.emplace_back("doesn't follow extended resource name standard");
  return out;
}

using Amounts = std::map<std::string, k8s::Quantity>;

void checkAmounts(const ContainerCheck& check, const std::string& path, const Amounts& amounts) {
  for (const auto& [name, amount] : amounts) {
    std::string at = path + "[" + name + "]";
    complain(check.pod.found, at, name, complaintsOfResourceName(name));
    if (amount.value() < 0)
      complain(check.pod.found, at, invalid(quoted(canonicalQuantity(amount.text)), "must be greater than or equal to 0"));
    if (!isNative(name) && amount.millis().value_or(0) % 1000 != 0)
      complain(check.pod.found, at, invalid(quoted(canonicalQuantity(amount.text)), "must be an integer"));
  }
}

void checkResources(const ContainerCheck& check) {
  const k8s::ResourceRequirements& resources = check.container.resources;
  std::string limits = check.path + ".resources.limits", requests = check.path + ".resources.requests";
  checkAmounts(check, limits, resources.limits);
  checkAmounts(check, requests, resources.requests);
  for (const auto& [name, request] : resources.requests) {
    auto limit = resources.limits.find(name);
    if (check.pod.found.isRefused(limits + "[" + name + "]") || check.pod.found.isRefused(requests + "[" + name + "]")) continue;
    if (limit == resources.limits.end()) {
      if (!isOvercommitAllowed(name)) complain(check.pod.found, limits, required("Limit must be set for non overcommitable resources"));
      continue;
    }
    bool mustEqual = !isOvercommitAllowed(name);
    if (mustEqual ? isSame(request, limit->second) : !isAbove(request, limit->second)) continue;
    std::string rule = std::string(mustEqual ? "must be equal to " : "must be less than or equal to ") + name + " limit of " +
                       canonicalQuantity(limit->second.text);
    complain(check.pod.found, requests, invalid(quoted(canonicalQuantity(request.text)), rule));
  }
}

// ---- volumes

void checkMounts(const ContainerCheck& check, const Names& volumes) {
  Names paths;
  for (std::size_t i = 0; i < check.container.volumeMounts.size(); ++i) {
    const k8s::VolumeMount& mount = check.container.volumeMounts[i];
    std::string path = indexed(check.path + ".volumeMounts", i);
    if (!mount.name.empty() && !volumes.contains(mount.name)) complain(check.pod.found, path + ".name", notFound(mount.name));
    if (!mount.mountPath.empty() && !paths.insert(mount.mountPath).second)
      complain(check.pod.found, path + ".mountPath", invalid(quoted(mount.mountPath), "must be unique"));
    if (!mount.subPath.empty() && !mount.subPathExpr.empty())
      complain(check.pod.found, path + ".subPathExpr",
               invalid(quoted(mount.subPathExpr), "subPathExpr and subPath are mutually exclusive"));
  }
  for (std::size_t i = 0; i < check.container.volumeDevices.size(); ++i) {
    const std::string& name = check.container.volumeDevices[i].name;
    if (!name.empty() && !volumes.contains(name))
      complain(check.pod.found, indexed(check.path + ".volumeDevices", i) + ".name", notFound(name));
  }
}

// ---- probes and hooks

struct Handler {
  const Boxed<k8s::ExecAction>& exec;
  const Boxed<k8s::HTTPGetAction>& httpGet;
  const Boxed<k8s::TCPSocketAction>& tcpSocket;
  const k8s::GRPCAction* grpc;
  const k8s::SleepAction* sleep;
};

void checkPort(const k8s::IntOrString& port, const std::string& path, Findings& found) {
  if (port.isString)
    complain(found, path, port.text, complaintsOfPortName(port.text));
  else if (port.number < 1 || port.number > 65535)
    complain(found, path, invalid(std::to_string(port.number), mustBeBetween(1, 65535)));
}

void checkHandler(const Handler& handler, const std::string& path, Findings& found) {
  bool any = false;
  auto isFirst = [&](bool given, std::string_view name) {
    if (!given) return false;
    if (!std::exchange(any, true)) return true;
    complain(found, path + "." + std::string(name), forbidden("may not specify more than 1 handler type"));
    return false;
  };
  if (isFirst(static_cast<bool>(handler.exec), "exec") && handler.exec->command.empty())
    complain(found, path + ".exec.command", required());
  if (isFirst(static_cast<bool>(handler.httpGet), "httpGet")) checkPort(handler.httpGet->port, path + ".httpGet.port", found);
  if (isFirst(static_cast<bool>(handler.tcpSocket), "tcpSocket")) checkPort(handler.tcpSocket->port, path + ".tcpSocket.port", found);
  if (isFirst(handler.grpc != nullptr, "grpc")) checkPort({false, handler.grpc->port, ""}, path + ".grpc.port", found);
  isFirst(handler.sleep != nullptr, "sleep");
  if (!any && !found.holdsRefused(path)) complain(found, path, required("must specify a handler type"));
}

void checkProbe(const ContainerCheck& check, const Boxed<k8s::Probe>& probe, std::string_view name) {
  if (!probe) return;
  std::string path = check.path + "." + std::string(name);
  checkHandler({probe->exec, probe->httpGet, probe->tcpSocket, probe->grpc ? &*probe->grpc : nullptr, nullptr}, path, check.pod.found);
  bool isReadiness = name == "readinessProbe";
  if (!isReadiness && probe->successThreshold > 1)
    complain(check.pod.found, path + ".successThreshold", invalid(std::to_string(probe->successThreshold), "must be 1"));
  if (isReadiness && probe->terminationGracePeriodSeconds)
    complain(check.pod.found, path + ".terminationGracePeriodSeconds",
             invalid(std::to_string(*probe->terminationGracePeriodSeconds), "must not be set for readinessProbes"));
}

void checkHook(const ContainerCheck& check, const Boxed<k8s::LifecycleHandler>& hook, const std::string& name) {
  if (!hook) return;
  checkHandler({hook->exec, hook->httpGet, hook->tcpSocket, nullptr, hook->sleep ? &*hook->sleep : nullptr},
               check.path + ".lifecycle." + name, check.pod.found);
}

void checkHandlers(const ContainerCheck& check) {
  const k8s::Container& container = check.container;
  if (check.role == Role::Init && container.restartPolicy != "Always") {
    constexpr std::string_view kRule = "may not be set for init containers without restartPolicy=Always";
    if (container.lifecycle) check.complain("lifecycle", forbidden(kRule));
    if (container.livenessProbe) check.complain("livenessProbe", forbidden(kRule));
    if (container.readinessProbe) check.complain("readinessProbe", forbidden(kRule));
    if (container.startupProbe) check.complain("startupProbe", forbidden(kRule));
    return;
  }
  checkProbe(check, container.livenessProbe, "livenessProbe");
  checkProbe(check, container.readinessProbe, "readinessProbe");
  checkProbe(check, container.startupProbe, "startupProbe");
  if (!container.lifecycle) return;
  checkHook(check, container.lifecycle->postStart, "postStart");
  checkHook(check, container.lifecycle->preStop, "preStop");
}

// ---- the container itself

void checkSecurity(const ContainerCheck& check) {
  const auto& security = check.container.securityContext;
  if (!security || security->allowPrivilegeEscalation != false) return;
  std::string value = excerpt(json::write(*security));
  if (security->privileged == true)
    check.complain("securityContext", invalid(value, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"));
  if (!security->capabilities) return;
  const auto& added = security->capabilities->add;
  if (std::find(added.begin(), added.end(), "CAP_SYS_ADMIN") != added.end())
    check.complain("securityContext",
                   invalid(value, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"));
}

void checkImage(const ContainerCheck& check) {
  const std::string& image = check.container.image;
  bool hasMargin = !image.empty() && (hasWord("\t \n \v \f \r", {&image.front(), 1}) || image.front() == ' ' || image.back() == ' ' ||
                                      hasWord("\t \n \v \f \r", {&image.back(), 1}));
  if (hasMargin && check.pod.kind == PodKind::Pod)
    check.complain("image", invalid(quoted(image), "must not have leading or trailing whitespace"));
}

void checkContainer(const ContainerCheck& check, Names& names, const Names& volumes) {
  const std::string& name = check.container.name;
  if (!name.empty()) {
    complain(check.pod.found, check.path + ".name", name, complaintsOfLabel(name));
    if (!names.insert(name).second) check.complain("name", duplicate(name));
  }
  if (!check.container.restartPolicy && !check.container.restartPolicyRules.empty())
    check.complain("restartPolicy", required("must specify restartPolicy when restart rules are used"));
  checkImage(check);
  checkPorts(check);
  checkEnvironment(check);
  checkEnvironmentSources(check);
  checkResources(check);
  checkMounts(check, volumes);
  checkHandlers(check);
  checkSecurity(check);
}

}  // namespace

void checkPodContainers(PodCheck& check) {
  const k8s::PodSpec& spec = check.spec;
  if (spec.containers.empty()) complain(check.found, check.path + ".containers", required());
  Names names, volumes;
  for (const auto& volume : spec.volumes) volumes.insert(volume.name);
  HostPorts hostPorts;  // of containers that run at the same time
  for (std::size_t i = 0; i < spec.containers.size(); ++i) {
    ContainerCheck container{check, spec.containers[i], indexed(check.path + ".containers", i), Role::Main};
    checkContainer(container, names, volumes);
    takeHostPorts(container, hostPorts);
  }
  for (std::size_t i = 0; i < spec.initContainers.size(); ++i) {
    ContainerCheck container{check, spec.initContainers[i], indexed(check.path + ".initContainers", i), Role::Init};
    checkContainer(container, names, volumes);
    HostPorts alone;
    takeHostPorts(container, alone);
  }
}

}  // namespace taskpod::translate
