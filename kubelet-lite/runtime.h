// The seam to whatever runs containers, in CRI's verbs and our own plain structs. cri_runtime.cc speaks to containerd and CRI-O. Every call
// blocks, may be made from any thread, and carries its own deadline. Reason Unimplemented: the runtime is too old for the call.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "taskpod/base/result.h"

namespace taskpod::kubelet {

enum class NamespaceMode { Pod, Container, Node, Target };

struct SecurityProfile {
  enum class Kind { RuntimeDefault, Unconfined, Localhost } kind = Kind::RuntimeDefault;
  std::string path;
};

struct SecurityConfig {
  bool privileged = false;
  NamespaceMode network = NamespaceMode::Pod, pid = NamespaceMode::Container, ipc = NamespaceMode::Pod;
  std::optional<std::int64_t> runAsUser, runAsGroup;
  std::string runAsUserName;
  bool readonlyRootfs = false;
  bool noNewPrivileges = false;
  std::vector<std::int64_t> supplementalGroups;
  std::vector<std::string> addCapabilities, dropCapabilities;
  std::optional<SecurityProfile> seccomp, apparmor;
  std::string selinuxUser, selinuxRole, selinuxType, selinuxLevel;
  bool unmaskedProc = false;
};

struct PortMap {
  std::string protocol;  // TCP, UDP, SCTP
  std::int32_t containerPort = 0, hostPort = 0;
  std::string hostIp;
};

struct SandboxConfig {
  std::string name, namespace_, uid;
  std::uint32_t attempt = 0;
  std::string hostname;
  std::string logDirectory;
  std::vector<std::string> dnsServers, dnsSearches, dnsOptions;
  std::vector<PortMap> ports;
  std::map<std::string, std::string> labels, annotations;
  std::string cgroupParent;
  std::map<std::string, std::string> sysctls;
  SecurityConfig security;
  std::string runtimeHandler;
};

struct MountConfig {
  std::string containerPath, hostPath;
  bool readonly = false;
  int propagation = 0;  // 0 private, 1 host to container, 2 bidirectional
};

struct ResourceConfig {
  std::int64_t cpuShares = 0, cpuQuota = 0, cpuPeriod = 0, memoryLimit = 0, oomScoreAdj = 0;
};

struct ContainerConfig {
  std::string name;
  std::uint32_t attempt = 0;
  std::string image;  // what CRI knows the image by
  std::vector<std::string> command, args;
  std::string workingDir;
  std::vector<std::pair<std::string, std::string>> env;
  std::vector<MountConfig> mounts;
  std::map<std::string, std::string> labels, annotations;
  std::string logPath;  // below the sandbox's log directory
  bool stdin_ = false, stdinOnce = false, tty = false;
  ResourceConfig resources;
  SecurityConfig security;
};

struct SandboxInfo {
  std::string id, name, namespace_, uid;
  std::uint32_t attempt = 0;
  bool ready = false;
  std::int64_t createdAt = 0;  // nanoseconds since the epoch, here and below
  std::vector<std::string> ips;
  bool hostNetwork = false;
  std::map<std::string, std::string> labels, annotations;
};

enum class ContainerPhase { Created, Running, Exited, Unknown };

struct ContainerInfo {
  std::string id, sandboxId, name;
  std::uint32_t attempt = 0;
  ContainerPhase phase = ContainerPhase::Unknown;
  std::int64_t createdAt = 0, startedAt = 0, finishedAt = 0;
  std::int32_t exitCode = 0;
  std::string image, imageRef, reason, message, logPath;
  std::map<std::string, std::string> labels, annotations;
};

struct ImageInfo {
  std::string id;
  std::vector<std::string> tags, digests;
  std::uint64_t size = 0;
  std::optional<std::int64_t> uid;
  std::string userName;
};

struct RegistryLogin {
  std::string username, password, auth, server, identityToken;
};

struct RuntimeState {
  bool ready = false, networkReady = false;
  std::string message;
};

struct ExecOutcome {
  std::int32_t exitCode = 0;
  std::string output, error;
};

struct StreamRequest {
  std::string containerId;
  std::vector<std::string> command;  // exec
  bool tty = false, in = false, out = false, err = false;
};

class Runtime {
 public:
  virtual ~Runtime() = default;
  virtual Result<std::string> version() = 0;  // "containerd://1.6.20"
  virtual Result<RuntimeState> status() = 0;
  virtual Result<std::string> cgroupDriver() = 0;  // "systemd" or "cgroupfs"

  virtual Result<std::string> runSandbox(const SandboxConfig& config) = 0;
  virtual Result<void> stopSandbox(const std::string& id) = 0;
  virtual Result<void> removeSandbox(const std::string& id) = 0;
  // Without addresses; `uid` empty: all.
  virtual Result<std::vector<SandboxInfo>> listSandboxes(const std::string& uid) = 0;
  virtual Result<SandboxInfo> sandbox(const std::string& id) = 0;

  virtual Result<std::string> createContainer(const std::string& sandboxId, const ContainerConfig& config,
                                              const SandboxConfig& sandbox) = 0;
  virtual Result<void> startContainer(const std::string& id) = 0;
  virtual Result<void> stopContainer(const std::string& id, std::chrono::seconds grace) = 0;
  virtual Result<void> removeContainer(const std::string& id) = 0;
  virtual Result<std::vector<ContainerInfo>> listContainers(const std::string& uid) = 0;  // without exit codes
  virtual Result<ContainerInfo> container(const std::string& id) = 0;
  virtual Result<ExecOutcome> execSync(const std::string& id, const std::vector<std::string>& command, std::chrono::seconds timeout) = 0;
  virtual Result<void> reopenLog(const std::string& id) = 0;

  // URLs of the runtime's streaming server, each good once.
  virtual Result<std::string> execUrl(const StreamRequest& request) = 0;
  virtual Result<std::string> attachUrl(const StreamRequest& request) = 0;
  virtual Result<std::string> portForwardUrl(const std::string& sandboxId, const std::vector<std::int32_t>& ports) = 0;

  virtual Result<std::vector<ImageInfo>> listImages() = 0;
  virtual Result<std::optional<ImageInfo>> image(const std::string& reference) = 0;
  virtual Result<std::string> pullImage(const std::string& reference, const RegistryLogin* login,
                                        const SandboxConfig& sandbox) = 0;  // its id
};

}  // namespace taskpod::kubelet
