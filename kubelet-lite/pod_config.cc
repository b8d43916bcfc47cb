#include "kubelet-lite/pod_config.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

#include "kubelet-lite/sync_pod.h"

namespace taskpod::kubelet {
namespace {

std::string upperName(std::string_view name) {
  std::string out;
  for (char c : name) out += c == '-' || c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::optional<SecurityProfile> profileOf(const std::string& type, const std::optional<std::string>& path) {
  if (type == "RuntimeDefault") return SecurityProfile{SecurityProfile::Kind::RuntimeDefault, {}};
  if (type == "Unconfined") return SecurityProfile{SecurityProfile::Kind::Unconfined, {}};
  if (type == "Localhost") return SecurityProfile{SecurityProfile::Kind::Localhost, path.value_or("")};
  return std::nullopt;
}

template <class Context>
void fillProfiles(SecurityConfig& out, const Context& context) {
  if (context.seccompProfile) out.seccomp = profileOf(context.seccompProfile->type, context.seccompProfile->localhostProfile);
  if (context.appArmorProfile) out.apparmor = profileOf(context.appArmorProfile->type, context.appArmorProfile->localhostProfile);
  if (!context.seLinuxOptions) return;
  out.selinuxUser = context.seLinuxOptions->user;
  out.selinuxRole = context.seLinuxOptions->role;
  out.selinuxType = context.seLinuxOptions->type;
  out.selinuxLevel = context.seLinuxOptions->level;
}

SecurityConfig namespaces(const k8s::Pod& pod) {
  SecurityConfig out;
  if (pod.spec.hostNetwork) out.network = NamespaceMode::Node;
  if (pod.spec.hostPID)
    out.pid = NamespaceMode::Node;
  else if (pod.spec.shareProcessNamespace == true)
    out.pid = NamespaceMode::Pod;
  if (pod.spec.hostIPC) out.ipc = NamespaceMode::Node;
  return out;
}

bool isPrivileged(const k8s::Pod& pod) {
  auto privileged = [](const k8s::Container& c) { return c.securityContext && c.securityContext->privileged == true; };
  return std::any_of(pod.spec.containers.begin(), pod.spec.containers.end(), privileged) ||
         std::any_of(pod.spec.initContainers.begin(), pod.spec.initContainers.end(), privileged);
}

void fillDns(SandboxConfig& out, const k8s::Pod& pod, const Config& config, const HostDns& host) {
  std::string policy = pod.spec.dnsPolicy.empty() ? "ClusterFirst" : pod.spec.dnsPolicy;
  bool cluster = !config.clusterDns.empty() && ((policy == "ClusterFirst" && !pod.spec.hostNetwork) || policy == "ClusterFirstWithHostNet");
  if (cluster) {
    out.dnsServers = config.clusterDns;
    if (!config.clusterDomain.empty()) {
      out.dnsSearches = {pod.metadata.namespace_ + ".svc." + config.clusterDomain, "svc." + config.clusterDomain, config.clusterDomain};
      out.dnsSearches.insert(out.dnsSearches.end(), host.searches.begin(), host.searches.end());
    }
    out.dnsOptions = {"ndots:5"};
  } else if (policy != "None") {
    out.dnsServers = host.servers;
    out.dnsSearches = host.searches;
    out.dnsOptions = host.options;
  }
  if (!pod.spec.dnsConfig) return;
  auto add = [](std::vector<std::string>& list, const std::vector<std::string>& more) {
    for (const auto& one : more)
      if (std::find(list.begin(), list.end(), one) == list.end()) list.push_back(one);
  };
  add(out.dnsServers, pod.spec.dnsConfig->nameservers);
  add(out.dnsSearches, pod.spec.dnsConfig->searches);
  for (const auto& option : pod.spec.dnsConfig->options) {
    std::erase_if(out.dnsOptions, [&](const std::string& old) { return old.substr(0, old.find(':')) == option.name; });
    out.dnsOptions.push_back(option.name + (option.value ? ":" + *option.value : ""));
  }
}

class EnvBuilder {
 public:
  void set(const std::string& name, std::string value) {
    for (auto& [known, old] : list) {
      if (known != name) continue;
      old = std::move(value);
      return;
    }
    list.emplace_back(name, std::move(value));
  }
  const std::string* get(const std::string& name) const {
    for (const auto& [known, value] : list)
      if (known == name) return &value;
    return nullptr;
  }
  std::vector<std::pair<std::string, std::string>> list;
};

// Docker-links style variables of services (pkg/kubelet/envvars).
void addServices(EnvBuilder& env, const EnvInput& in) {
  bool links = in.pod.spec.enableServiceLinks.value_or(true);
  for (const auto& service : in.services) {
    bool master = service->metadata.namespace_ == "default" && service->metadata.name == "kubernetes";
    if (!master && (!links || service->metadata.namespace_ != in.pod.metadata.namespace_)) continue;
    if (service->spec.clusterIP.empty() || service->spec.clusterIP == "None" || service->spec.ports.empty()) continue;
    std::string name = upperName(service->metadata.name);
    const std::string& ip = service->spec.clusterIP;
    const auto& first = service->spec.ports.front();
    env.set(name + "_SERVICE_HOST", ip);
    env.set(name + "_SERVICE_PORT", std::to_string(first.port));
    for (const auto& port : service->spec.ports)
      if (!port.name.empty()) env.set(name + "_SERVICE_PORT_" + upperName(port.name), std::to_string(port.port));
    for (std::size_t i = 0; i < service->spec.ports.size(); ++i) {
      const auto& port = service->spec.ports[i];
      std::string protocol = port.protocol.empty() ? "TCP" : port.protocol;
      std::string lower = protocol;
      std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      std::string prefix = name + "_PORT_" + std::to_string(port.port) + "_" + protocol;
      std::string url = lower + "://" + ip + ":" + std::to_string(port.port);
      if (i == 0) env.set(name + "_PORT", url);
      env.set(prefix, url);
      env.set(prefix + "_PROTO", lower);
      env.set(prefix + "_PORT", std::to_string(port.port));
      env.set(prefix + "_ADDR", ip);
    }
  }
}

Result<void> addFrom(EnvBuilder& env, const EnvInput& in) {
  for (const auto& source : in.container.envFrom) {
    const std::string& ns = in.pod.metadata.namespace_;
    bool optional = source.configMapRef ? source.configMapRef->optional.value_or(false)
                                        : source.secretRef && source.secretRef->optional.value_or(false);
    if (!source.configMapRef && !source.secretRef) continue;
    auto data = source.configMapRef ? in.objects.configMap(ns, source.configMapRef->name) : in.objects.secret(ns, source.secretRef->name);
    if (!data && optional && data.error().reason == Reason::NotFound) continue;
    if (!data) return data.error();
    for (const auto& [key, value] : **data) env.set(source.prefix + key, value);
  }
  return {};
}

Result<std::optional<std::string>> valueFrom(const EnvInput& in, const k8s::EnvVarSource& source) {
  const std::string& ns = in.pod.metadata.namespace_;
  auto keyed = [&](Result<std::shared_ptr<const Objects::Data>> data, const std::string& key, bool optional,
                   const std::string& what) -> Result<std::optional<std::string>> {
    if (!data && optional && data.error().reason == Reason::NotFound) return std::optional<std::string>();
    if (!data) return data.error();
    auto found = (*data)->find(key);
    if (found != (*data)->end()) return std::optional(found->second);
    if (optional) return std::optional<std::string>();
    return Error{Reason::NotFound, "couldn't find key " + key + " in " + what, 0};
  };
  if (source.configMapKeyRef) {
    const auto& ref = *source.configMapKeyRef;
    return keyed(in.objects.configMap(ns, ref.name), ref.key, ref.optional.value_or(false), "ConfigMap " + ns + "/" + ref.name);
  }
  if (source.secretKeyRef) {
    const auto& ref = *source.secretKeyRef;
    return keyed(in.objects.secret(ns, ref.name), ref.key, ref.optional.value_or(false), "Secret " + ns + "/" + ref.name);
  }
  Result<std::string> value = std::string();
  if (source.fieldRef)
    value = fieldValue(in.pod, source.fieldRef->fieldPath, in.node, in.podIp);
  else if (source.resourceFieldRef)
    value = resourceFieldValue(in.pod, in.container, *source.resourceFieldRef, in.node);
  else
    return Error{Reason::Unimplemented, "this env valueFrom is not supported by kubelet-lite", 0};
  if (!value) return value.error();
  return std::optional(*value);
}

Result<void> fillUser(SecurityConfig& out, const ContainerInput& in) {
  bool nonRoot = false;
  if (const auto& pod = in.pod.spec.securityContext) {
    out.runAsUser = pod->runAsUser;
    out.runAsGroup = pod->runAsGroup;
    nonRoot = pod->runAsNonRoot == true;
    out.supplementalGroups = pod->supplementalGroups;
    if (pod->fsGroup) out.supplementalGroups.push_back(*pod->fsGroup);
  }
  if (const auto& own = in.container.securityContext) {
    if (own->runAsUser) out.runAsUser = own->runAsUser;
    if (own->runAsGroup) out.runAsGroup = own->runAsGroup;
    if (own->runAsNonRoot) nonRoot = *own->runAsNonRoot;
  }
  if (!out.runAsUser) {
    if (in.image.uid)
      out.runAsUser = in.image.uid;
    else
      out.runAsUserName = in.image.userName;
  }
  if (!nonRoot) return {};
  bool imageIsRoot = !out.runAsUser && out.runAsUserName.empty();
  if (imageIsRoot || out.runAsUser == 0)
    return Error{Reason::Invalid,
                 "container has runAsNonRoot and image will run as root (pod: \"" + in.pod.metadata.name + "_" +
                     in.pod.metadata.namespace_ + "(" + in.pod.metadata.uid + ")\", container: " + in.container.name + ")",
                 0};
  if (!out.runAsUser && !out.runAsUserName.empty())
    return Error{Reason::Invalid,
                 "container has runAsNonRoot and image has non-numeric user (" + out.runAsUserName +
                     "), cannot verify user is non-root (pod: \"" + in.pod.metadata.name + "_" + in.pod.metadata.namespace_ + "(" +
                     in.pod.metadata.uid + ")\", container: " + in.container.name + ")",
                 0};
  return {};
}

std::string handlerText(const k8s::Container& container) {
  if (!container.lifecycle || !container.lifecycle->preStop) return {};
  return json::write(*container.lifecycle->preStop);
}

}  // namespace

HostDns readResolvConf(const std::string& path) {
  HostDns out;
  std::ifstream in(path);
  std::string line;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string key, word;
    words >> key;
    std::vector<std::string> rest;
    while (words >> word) rest.push_back(word);
    if (key == "nameserver" && !rest.empty() && out.servers.size() < 3) out.servers.push_back(rest.front());
    if (key == "search") out.searches = rest;
    if (key == "options") out.options = rest;
  }
  return out;
}

std::string hostnameOf(const k8s::Pod& pod) {
  std::string name = pod.spec.hostnameOverride && !pod.spec.hostnameOverride->empty() ? *pod.spec.hostnameOverride
                     : !pod.spec.hostname.empty()                                     ? pod.spec.hostname
                                                                                      : pod.metadata.name;
  if (name.size() > 63) name.resize(63);
  while (!name.empty() && (name.back() == '-' || name.back() == '.')) name.pop_back();
  return name;
}

std::string podLogDir(const Config& config, const k8s::Pod& pod) {
  return config.podLogsDir + "/" + pod.metadata.namespace_ + "_" + pod.metadata.name + "_" + pod.metadata.uid;
}

SandboxConfig sandboxConfig(const k8s::Pod& pod, std::uint32_t attempt, const Config& config, const HostDns& hostDns,
                            const std::string& cgroupParent) {
  SandboxConfig out;
  out.name = pod.metadata.name;
  out.namespace_ = pod.metadata.namespace_;
  out.uid = pod.metadata.uid;
  out.attempt = attempt;
  if (!pod.spec.hostNetwork) out.hostname = hostnameOf(pod);
  out.logDirectory = podLogDir(config, pod);
  fillDns(out, pod, config, hostDns);
  if (!pod.spec.hostNetwork) {
    for (const auto* list : {&pod.spec.containers, &pod.spec.initContainers})
      for (const auto& container : *list)
        for (const auto& port : container.ports)
          if (port.hostPort > 0) out.ports.push_back({port.protocol, port.containerPort, port.hostPort, port.hostIP});
  }
  out.labels = pod.metadata.labels;
  out.labels["io.kubernetes.pod.name"] = pod.metadata.name;
  out.labels["io.kubernetes.pod.namespace"] = pod.metadata.namespace_;
  out.labels["io.kubernetes.pod.uid"] = pod.metadata.uid;
  out.annotations = pod.metadata.annotations;
  out.cgroupParent = cgroupParent;
  out.security = namespaces(pod);
  out.security.privileged = isPrivileged(pod);
  if (const auto& context = pod.spec.securityContext) {
    for (const auto& sysctl : context->sysctls) out.sysctls[sysctl.name] = sysctl.value;
    out.security.runAsUser = context->runAsUser;
    out.security.runAsGroup = context->runAsGroup;
    out.security.supplementalGroups = context->supplementalGroups;
    if (context->fsGroup) out.security.supplementalGroups.push_back(*context->fsGroup);
    fillProfiles(out.security, *context);
  }
  if (!out.security.seccomp) out.security.seccomp = SecurityProfile{SecurityProfile::Kind::RuntimeDefault, {}};
  return out;
}

std::string expand(std::string_view text, const std::function<const std::string*(const std::string&)>& lookUp) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    if (text[i + 1] == '$') {
      out += '$';
      ++i;
      continue;
    }
    std::size_t end = text[i + 1] == '(' ? text.find(')', i + 2) : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += text[i];
      continue;
    }
    std::string name(text.substr(i + 2, end - i - 2));
    const std::string* value = lookUp(name);
    out += value ? *value : "$(" + name + ")";
    i = end;
  }
  return out;
}

Result<std::vector<std::pair<std::string, std::string>>> environment(const EnvInput& in) {
  EnvBuilder env;
  addServices(env, in);
  EnvBuilder own;
  if (auto done = addFrom(own, in); !done) return done.error();
  auto lookUp = [&](const std::string& name) {
    const std::string* value = own.get(name);
    return value ? value : env.get(name);
  };
  for (const auto& variable : in.container.env) {
    if (!variable.valueFrom) {
      own.set(variable.name, expand(variable.value, lookUp));
      continue;
    }
    auto value = valueFrom(in, *variable.valueFrom);
    if (!value) return value.error();
    if (*value) own.set(variable.name, **value);
  }
  for (auto& [name, value] : own.list) env.set(name, value);
  return env.list;
}

Result<ContainerConfig> containerConfig(const ContainerInput& in) {
  ContainerConfig out;
  const k8s::Container& container = in.container;
  out.name = container.name;
  out.attempt = in.attempt;
  out.image = in.imageReference;
  auto lookUp = [&](const std::string& name) -> const std::string* {
    for (const auto& [known, value] : in.env)
      if (known == name) return &value;
    return nullptr;
  };
  for (const auto& word : container.command) out.command.push_back(expand(word, lookUp));
  for (const auto& word : container.args) out.args.push_back(expand(word, lookUp));
  out.workingDir = container.workingDir;
  out.env = in.env;
  out.mounts = in.mounts;
  out.labels = {{"io.kubernetes.pod.name", in.pod.metadata.name},
                {"io.kubernetes.pod.namespace", in.pod.metadata.namespace_},
                {"io.kubernetes.pod.uid", in.pod.metadata.uid},
                {"io.kubernetes.container.name", container.name}};
  out.annotations = {{"io.kubernetes.container.hash", containerHash(container)},
                     {"io.kubernetes.container.restartCount", std::to_string(in.attempt)},
                     {"io.kubernetes.container.terminationMessagePath", container.terminationMessagePath},
                     {"io.kubernetes.container.terminationMessagePolicy", container.terminationMessagePolicy}};
  if (in.pod.spec.terminationGracePeriodSeconds)
    out.annotations["io.kubernetes.pod.terminationGracePeriod"] = std::to_string(*in.pod.spec.terminationGracePeriodSeconds);
  if (std::string handler = handlerText(container); !handler.empty()) out.annotations["io.kubernetes.container.preStopHandler"] = handler;
  if (!container.ports.empty()) {
    std::string ports = "[";
    for (const auto& port : container.ports) ports += (ports.size() > 1 ? "," : "") + json::write(port);
    out.annotations["io.kubernetes.container.ports"] = ports + "]";
  }
  out.logPath = container.name + "/" + std::to_string(in.attempt) + ".log";
  out.stdin_ = container.stdin_;
  out.stdinOnce = container.stdinOnce;
  out.tty = container.tty;
  out.resources = containerResources(in.pod, container, in.memoryCapacity);
  out.security = namespaces(in.pod);
  if (in.pod.spec.securityContext) fillProfiles(out.security, *in.pod.spec.securityContext);
  if (auto done = fillUser(out.security, in); !done) return done.error();
  if (const auto& context = container.securityContext) {
    out.security.privileged = context->privileged == true;
    out.security.readonlyRootfs = context->readOnlyRootFilesystem == true;
    out.security.noNewPrivileges = context->allowPrivilegeEscalation == false;
    out.security.unmaskedProc = context->procMount == "Unmasked";
    if (context->capabilities) {
      out.security.addCapabilities = context->capabilities->add;
      out.security.dropCapabilities = context->capabilities->drop;
    }
    fillProfiles(out.security, *context);
  }
  if (!out.security.seccomp) out.security.seccomp = SecurityProfile{SecurityProfile::Kind::Unconfined, {}};
  return out;
}

std::string hostsFile(const k8s::Pod& pod, const std::vector<std::string>& podIps, const std::string& nodeHosts,
                      const std::string& clusterDomain) {
  std::string out;
  if (pod.spec.hostNetwork) {
    out = "# Kubernetes-managed hosts file (host network).\n" + nodeHosts;
  } else {
    out =
        "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost "
        "ip6-loopback\nfe00::\tip6-localnet\nfe00::\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n";
    std::string name = hostnameOf(pod);
    bool qualified = !pod.spec.subdomain.empty() && !clusterDomain.empty();
    for (const auto& ip : podIps)
      out += ip + "\t" +
             (qualified ? name + "." + pod.spec.subdomain + "." + pod.metadata.namespace_ + ".svc." + clusterDomain + "\t" : "") + name +
             "\n";
  }
  if (pod.spec.hostAliases.empty()) return out;
  out += "\n# Entries added by HostAliases.\n";
  for (const auto& alias : pod.spec.hostAliases) {
    out += alias.ip;
    for (const auto& name : alias.hostnames) out += "\t" + name;
    out += "\n";
  }
  return out;
}

}  // namespace taskpod::kubelet
