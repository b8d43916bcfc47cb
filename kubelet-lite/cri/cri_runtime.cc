#include "kubelet-lite/cri/cri_runtime.h"

#include "cri.pb.h"
#include "kubelet-lite/cri/grpc_client.h"

namespace taskpod::kubelet {
namespace {

namespace cri = ::runtime::v1;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kUsual = seconds(120);  // the kubelet's runtimeRequestTimeout
constexpr milliseconds kPull = std::chrono::hours(2);

template <class Map>
std::map<std::string, std::string> copied(const Map& map) {
  return {map.begin(), map.end()};
}

cri::NamespaceMode modeOf(NamespaceMode mode) {
  switch (mode) {
    case NamespaceMode::Pod: return cri::POD;
    case NamespaceMode::Container: return cri::CONTAINER;
    case NamespaceMode::Node: return cri::NODE;
    case NamespaceMode::Target: return cri::TARGET;
  }
  return cri::POD;
}

void fillProfile(cri::SecurityProfile& out, const SecurityProfile& profile) {
  out.set_profile_type(profile.kind == SecurityProfile::Kind::RuntimeDefault ? cri::SecurityProfile::RuntimeDefault
                       : profile.kind == SecurityProfile::Kind::Unconfined   ? cri::SecurityProfile::Unconfined
                                                                             : cri::SecurityProfile::Localhost);
  out.set_localhost_ref(profile.path);
}

template <class Message>
void fillCommonSecurity(Message& out, const SecurityConfig& security) {
  auto* options = out.mutable_namespace_options();
  options->set_network(modeOf(security.network));
  options->set_pid(modeOf(security.pid));
  options->set_ipc(modeOf(security.ipc));
  out.set_privileged(security.privileged);
  out.set_readonly_rootfs(security.readonlyRootfs);
  if (security.runAsUser) out.mutable_run_as_user()->set_value(*security.runAsUser);
  if (security.runAsGroup) out.mutable_run_as_group()->set_value(*security.runAsGroup);
  for (auto group : security.supplementalGroups) out.add_supplemental_groups(group);
  if (security.seccomp) fillProfile(*out.mutable_seccomp(), *security.seccomp);
  if (security.apparmor) fillProfile(*out.mutable_apparmor(), *security.apparmor);
  if (!(security.selinuxUser + security.selinuxRole + security.selinuxType + security.selinuxLevel).empty()) {
    auto* selinux = out.mutable_selinux_options();
    selinux->set_user(security.selinuxUser);
    selinux->set_role(security.selinuxRole);
    selinux->set_type(security.selinuxType);
    selinux->set_level(security.selinuxLevel);
  }
}

void fillContainerSecurity(cri::LinuxContainerSecurityContext& out, const SecurityConfig& security) {
  fillCommonSecurity(out, security);
  out.set_run_as_username(security.runAsUserName);
  out.set_no_new_privs(security.noNewPrivileges);
  for (const auto& name : security.addCapabilities) out.mutable_capabilities()->add_add_capabilities(name);
  for (const auto& name : security.dropCapabilities) out.mutable_capabilities()->add_drop_capabilities(name);
  if (security.unmaskedProc || security.privileged) return;
  // What the kubelet hides from containers (pkg/securitycontext, defaultMaskedPaths and defaultReadonlyPaths).
  for (const char* path : {"/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                           "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"})
    out.add_masked_paths(path);
  for (const char* path : {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}) out.add_readonly_paths(path);
}

cri::Protocol protocolOf(const std::string& name) { return name == "UDP" ? cri::UDP : name == "SCTP" ? cri::SCTP : cri::TCP; }

cri::PodSandboxConfig message(const SandboxConfig& config) {
  cri::PodSandboxConfig out;
  auto* meta = out.mutable_metadata();
  meta->set_name(config.name);
  meta->set_namespace_(config.namespace_);
  meta->set_uid(config.uid);
  meta->set_attempt(config.attempt);
  out.set_hostname(config.hostname);
  out.set_log_directory(config.logDirectory);
  auto* dns = out.mutable_dns_config();
  for (const auto& text : config.dnsServers) dns->add_servers(text);
  for (const auto& text : config.dnsSearches) dns->add_searches(text);
  for (const auto& text : config.dnsOptions) dns->add_options(text);
  for (const auto& port : config.ports) {
    auto* mapping = out.add_port_mappings();
    mapping->set_protocol(protocolOf(port.protocol));
    mapping->set_container_port(port.containerPort);
    mapping->set_host_port(port.hostPort);
    mapping->set_host_ip(port.hostIp);
  }
  for (const auto& [key, value] : config.labels) (*out.mutable_labels())[key] = value;
  for (const auto& [key, value] : config.annotations) (*out.mutable_annotations())[key] = value;
  auto* os = out.mutable_linux();
  os->set_cgroup_parent(config.cgroupParent);
  for (const auto& [key, value] : config.sysctls) (*os->mutable_sysctls())[key] = value;
  fillCommonSecurity(*os->mutable_security_context(), config.security);
  return out;
}

cri::ContainerConfig message(const ContainerConfig& config) {
  cri::ContainerConfig out;
  out.mutable_metadata()->set_name(config.name);
  out.mutable_metadata()->set_attempt(config.attempt);
  out.mutable_image()->set_image(config.image);
  for (const auto& text : config.command) out.add_command(text);
  for (const auto& text : config.args) out.add_args(text);
  out.set_working_dir(config.workingDir);
  for (const auto& [key, value] : config.env) {
    auto* pair = out.add_envs();
    pair->set_key(key);
    pair->set_value(value);
  }
  for (const auto& mount : config.mounts) {
    auto* one = out.add_mounts();
    one->set_container_path(mount.containerPath);
    one->set_host_path(mount.hostPath);
    one->set_readonly(mount.readonly);
    one->set_propagation(static_cast<cri::MountPropagation>(mount.propagation));
  }
  for (const auto& [key, value] : config.labels) (*out.mutable_labels())[key] = value;
  for (const auto& [key, value] : config.annotations) (*out.mutable_annotations())[key] = value;
  out.set_log_path(config.logPath);
  out.set_stdin(config.stdin_);
  out.set_stdin_once(config.stdinOnce);
  out.set_tty(config.tty);
  auto* resources = out.mutable_linux()->mutable_resources();
  resources->set_cpu_shares(config.resources.cpuShares);
  resources->set_cpu_quota(config.resources.cpuQuota);
  resources->set_cpu_period(config.resources.cpuPeriod);
  resources->set_memory_limit_in_bytes(config.resources.memoryLimit);
  resources->set_oom_score_adj(config.resources.oomScoreAdj);
  fillContainerSecurity(*out.mutable_linux()->mutable_security_context(), config.security);
  return out;
}

ContainerPhase phaseOf(cri::ContainerState state) {
  switch (state) {
    case cri::CONTAINER_CREATED: return ContainerPhase::Created;
    case cri::CONTAINER_RUNNING: return ContainerPhase::Running;
    case cri::CONTAINER_EXITED: return ContainerPhase::Exited;
    default: return ContainerPhase::Unknown;
  }
}

template <class Message>
SandboxInfo sandboxInfo(const Message& in) {
  SandboxInfo out;
  out.id = in.id();
  out.name = in.metadata().name();
  out.namespace_ = in.metadata().namespace_();
  out.uid = in.metadata().uid();
  out.attempt = in.metadata().attempt();
  out.ready = in.state() == cri::SANDBOX_READY;
  out.createdAt = in.created_at();
  out.labels = copied(in.labels());
  out.annotations = copied(in.annotations());
  return out;
}

ImageInfo imageInfo(const cri::Image& in) {
  ImageInfo out;
  out.id = in.id();
  out.tags.assign(in.repo_tags().begin(), in.repo_tags().end());
  out.digests.assign(in.repo_digests().begin(), in.repo_digests().end());
  out.size = in.size();
  if (in.has_uid()) out.uid = in.uid().value();
  out.userName = in.username();
  return out;
}

class CriRuntime : public Runtime {
 public:
  CriRuntime(const net::Address& runtime, const net::Address& images) : runtime_(runtime), images_(images) {}

  Result<std::string> version() override {
    auto answer = call<cri::VersionResponse>("Version", cri::VersionRequest());
    if (!answer) return answer.error();
    std::string_view number = answer->runtime_version();
    if (number.starts_with('v')) number.remove_prefix(1);
    return answer->runtime_name() + "://" + std::string(number);
  }

  Result<RuntimeState> status() override {
    auto answer = call<cri::StatusResponse>("Status", cri::StatusRequest());
    if (!answer) return answer.error();
    RuntimeState out;
    for (const auto& condition : answer->status().conditions()) {
      if (condition.type() == "RuntimeReady") out.ready = condition.status();
      if (condition.type() == "NetworkReady") out.networkReady = condition.status();
      if (!condition.status()) out.message += (out.message.empty() ? "" : "; ") + condition.reason() + ": " + condition.message();
    }
    return out;
  }

  Result<std::string> cgroupDriver() override {
    auto answer = call<cri::RuntimeConfigResponse>("RuntimeConfig", cri::RuntimeConfigRequest());
    if (!answer) return answer.error();
    return std::string(answer->linux().cgroup_driver() == cri::CGROUPFS ? "cgroupfs" : "systemd");
  }

  Result<std::string> runSandbox(const SandboxConfig& config) override {
    cri::RunPodSandboxRequest request;
    *request.mutable_config() = message(config);
    request.set_runtime_handler(config.runtimeHandler);
    auto answer = call<cri::RunPodSandboxResponse>("RunPodSandbox", request, kUsual * 2);
    if (!answer) return answer.error();
    return answer->pod_sandbox_id();
  }
  Result<void> stopSandbox(const std::string& id) override {
    return byId<cri::StopPodSandboxResponse, cri::StopPodSandboxRequest>("StopPodSandbox", id);
  }
  Result<void> removeSandbox(const std::string& id) override {
    return byId<cri::RemovePodSandboxResponse, cri::RemovePodSandboxRequest>("RemovePodSandbox", id);
  }

  Result<std::vector<SandboxInfo>> listSandboxes(const std::string& uid) override {
    cri::ListPodSandboxRequest request;
    if (!uid.empty()) (*request.mutable_filter()->mutable_label_selector())["io.kubernetes.pod.uid"] = uid;
    auto answer = call<cri::ListPodSandboxResponse>("ListPodSandbox", request);
    if (!answer) return answer.error();
    std::vector<SandboxInfo> out;
    for (const auto& item : answer->items()) out.push_back(sandboxInfo(item));
    return out;
  }

  Result<SandboxInfo> sandbox(const std::string& id) override {
    cri::PodSandboxStatusRequest request;
    request.set_pod_sandbox_id(id);
    auto answer = call<cri::PodSandboxStatusResponse>("PodSandboxStatus", request);
    if (!answer) return answer.error();
    SandboxInfo out = sandboxInfo(answer->status());
    out.hostNetwork = answer->status().linux().namespaces().options().network() == cri::NODE;
    const auto& network = answer->status().network();
    if (!network.ip().empty()) out.ips.push_back(network.ip());
    for (const auto& more : network.additional_ips()) out.ips.push_back(more.ip());
    return out;
  }

  Result<std::string> createContainer(const std::string& sandboxId, const ContainerConfig& config, const SandboxConfig& sandbox) override {
    cri::CreateContainerRequest request;
    request.set_pod_sandbox_id(sandboxId);
    *request.mutable_config() = message(config);
    *request.mutable_sandbox_config() = message(sandbox);
    auto answer = call<cri::CreateContainerResponse>("CreateContainer", request);
    if (!answer) return answer.error();
    return answer->container_id();
  }

  Result<void> startContainer(const std::string& id) override {
    cri::StartContainerRequest request;
    request.set_container_id(id);
    return outcome(call<cri::StartContainerResponse>("StartContainer", request));
  }
  Result<void> stopContainer(const std::string& id, seconds grace) override {
    cri::StopContainerRequest request;
    request.set_container_id(id);
    request.set_timeout(grace.count());
    return outcome(call<cri::StopContainerResponse>("StopContainer", request, kUsual + grace));
  }
  Result<void> removeContainer(const std::string& id) override {
    cri::RemoveContainerRequest request;
    request.set_container_id(id);
    return outcome(call<cri::RemoveContainerResponse>("RemoveContainer", request));
  }

  Result<std::vector<ContainerInfo>> listContainers(const std::string& uid) override {
    cri::ListContainersRequest request;
    if (!uid.empty()) (*request.mutable_filter()->mutable_label_selector())["io.kubernetes.pod.uid"] = uid;
    auto answer = call<cri::ListContainersResponse>("ListContainers", request);
    if (!answer) return answer.error();
    std::vector<ContainerInfo> out;
    for (const auto& item : answer->containers()) {
      ContainerInfo& one = out.emplace_back();
      one.id = item.id();
      one.sandboxId = item.pod_sandbox_id();
      one.name = item.metadata().name();
      one.attempt = item.metadata().attempt();
      one.phase = phaseOf(item.state());
      one.createdAt = item.created_at();
      one.image = item.image().image();
      one.imageRef = item.image_ref();
      one.labels = copied(item.labels());
      one.annotations = copied(item.annotations());
    }
    return out;
  }

  Result<ContainerInfo> container(const std::string& id) override {
    cri::ContainerStatusRequest request;
    request.set_container_id(id);
    auto answer = call<cri::ContainerStatusResponse>("ContainerStatus", request);
    if (!answer) return answer.error();
    const auto& in = answer->status();
    ContainerInfo out;
    out.id = in.id();
    out.name = in.metadata().name();
    out.attempt = in.metadata().attempt();
    out.phase = phaseOf(in.state());
    out.createdAt = in.created_at();
    out.startedAt = in.started_at();
    out.finishedAt = in.finished_at();
    out.exitCode = in.exit_code();
    out.image = in.image().image();
    out.imageRef = in.image_ref();
    out.reason = in.reason();
    out.message = in.message();
    out.logPath = in.log_path();
    out.labels = copied(in.labels());
    out.annotations = copied(in.annotations());
    return out;
  }

  Result<ExecOutcome> execSync(const std::string& id, const std::vector<std::string>& command, seconds timeout) override {
    cri::ExecSyncRequest request;
    request.set_container_id(id);
    for (const auto& word : command) request.add_cmd(word);
    request.set_timeout(timeout.count());
    auto answer = call<cri::ExecSyncResponse>("ExecSync", request, timeout + kUsual);
    if (!answer) return answer.error();
    return ExecOutcome{answer->exit_code(), answer->stdout(), answer->stderr()};
  }

  Result<void> reopenLog(const std::string& id) override {
    cri::ReopenContainerLogRequest request;
    request.set_container_id(id);
    return outcome(call<cri::ReopenContainerLogResponse>("ReopenContainerLog", request));
  }

  Result<std::string> execUrl(const StreamRequest& stream) override {
    cri::ExecRequest request;
    request.set_container_id(stream.containerId);
    for (const auto& word : stream.command) request.add_cmd(word);
    request.set_tty(stream.tty);
    request.set_stdin(stream.in);
    request.set_stdout(stream.out);
    request.set_stderr(stream.err && !stream.tty);
    return url(call<cri::ExecResponse>("Exec", request));
  }
  Result<std::string> attachUrl(const StreamRequest& stream) override {
    cri::AttachRequest request;
    request.set_container_id(stream.containerId);
    request.set_tty(stream.tty);
    request.set_stdin(stream.in);
    request.set_stdout(stream.out);
    request.set_stderr(stream.err && !stream.tty);
    return url(call<cri::AttachResponse>("Attach", request));
  }
  Result<std::string> portForwardUrl(const std::string& sandboxId, const std::vector<std::int32_t>& ports) override {
    cri::PortForwardRequest request;
    request.set_pod_sandbox_id(sandboxId);
    for (auto port : ports) request.add_port(port);
    return url(call<cri::PortForwardResponse>("PortForward", request));
  }

  Result<std::vector<ImageInfo>> listImages() override {
    auto answer = callImages<cri::ListImagesResponse>("ListImages", cri::ListImagesRequest(), kUsual);
    if (!answer) return answer.error();
    std::vector<ImageInfo> out;
    for (const auto& image : answer->images()) out.push_back(imageInfo(image));
    return out;
  }

  Result<std::optional<ImageInfo>> image(const std::string& reference) override {
    cri::ImageStatusRequest request;
    request.mutable_image()->set_image(reference);
    auto answer = callImages<cri::ImageStatusResponse>("ImageStatus", request, kUsual);
    if (!answer) return answer.error();
    if (!answer->has_image()) return std::optional<ImageInfo>();
    return std::optional(imageInfo(answer->image()));
  }

  Result<std::string> pullImage(const std::string& reference, const RegistryLogin* login, const SandboxConfig& sandbox) override {
    cri::PullImageRequest request;
    request.mutable_image()->set_image(reference);
    if (login) {
      auto* auth = request.mutable_auth();
      auth->set_username(login->username);
      auth->set_password(login->password);
      auth->set_auth(login->auth);
      auth->set_server_address(login->server);
      auth->set_identity_token(login->identityToken);
    }
    *request.mutable_sandbox_config() = message(sandbox);
    auto answer = callImages<cri::PullImageResponse>("PullImage", request, kPull);
    if (!answer) return answer.error();
    return answer->image_ref();
  }

 private:
  template <class Answer, class Request>
  Result<Answer> call(std::string_view method, const Request& request, milliseconds timeout = kUsual) {
    return send<Answer>(runtime_, "/runtime.v1.RuntimeService/" + std::string(method), request, timeout);
  }
  template <class Answer, class Request>
  Result<Answer> callImages(std::string_view method, const Request& request, milliseconds timeout) {
    return send<Answer>(images_, "/runtime.v1.ImageService/" + std::string(method), request, timeout);
  }
  template <class Answer, class Request>
  static Result<Answer> send(GrpcClient& client, const std::string& method, const Request& request, milliseconds timeout) {
    auto bytes = client.call(method, request.SerializeAsString(), timeout);
    if (!bytes) return bytes.error();
    Answer answer;
    if (!answer.ParseFromString(*bytes)) return Error{Reason::InternalError, method + ": the answer cannot be read", 0};
    return answer;
  }
  template <class Answer, class Request>
  Result<void> byId(std::string_view method, const std::string& id) {
    Request request;
    request.set_pod_sandbox_id(id);
    return outcome(call<Answer>(method, request));
  }
  template <class Answer>
  static Result<void> outcome(Result<Answer> answer) {
    if (!answer) return answer.error();
    return {};
  }
  template <class Answer>
  static Result<std::string> url(Result<Answer> answer) {
    if (!answer) return answer.error();
    return answer->url();
  }

  GrpcClient runtime_, images_;
};

}  // namespace

std::unique_ptr<Runtime> makeCriRuntime(const net::Address& runtime, const net::Address& images) {
  return std::make_unique<CriRuntime>(runtime, images);
}

}  // namespace taskpod::kubelet
