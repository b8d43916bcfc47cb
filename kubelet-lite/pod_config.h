// A pod as the runtime wants it: sandbox and container configurations. Pure but for what is passed in (pkg/kubelet/kuberuntime,
// pkg/kubelet/kubelet_pods.go).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kubelet-lite/cgroups.h"
#include "kubelet-lite/config.h"
#include "kubelet-lite/volumes.h"
#include "taskpod/k8s/objects.h"

namespace taskpod::kubelet {

struct HostDns {
  std::vector<std::string> servers, searches, options;
};
HostDns readResolvConf(const std::string& path);

SandboxConfig sandboxConfig(const k8s::Pod& pod, std::uint32_t attempt, const Config& config, const HostDns& hostDns,
                            const std::string& cgroupParent);

// $(NAME) and $$ as Kubernetes expands them; a name that is not there stays as it is.
std::string expand(std::string_view text, const std::function<const std::string*(const std::string&)>& lookUp);

struct EnvInput {
  const k8s::Pod& pod;
  const k8s::Container& container;
  Objects& objects;
  const NodeFacts& node;
  const std::string& podIp;
  std::vector<std::shared_ptr<const k8s::Service>> services;  // of the pod's namespace, and default/kubernetes
};
// The environment in order: services, envFrom, env. Error: Kubernetes' text for CreateContainerConfigError.
Result<std::vector<std::pair<std::string, std::string>>> environment(const EnvInput& input);

std::string podLogDir(const Config& config, const k8s::Pod& pod);

struct ContainerInput {
  const k8s::Pod& pod;
  const k8s::Container& container;
  bool init = false;
  std::uint32_t attempt = 0;
  const Config& config;
  const std::vector<std::pair<std::string, std::string>>& env;
  std::vector<MountConfig> mounts;  // of volumes and of the managed files
  const ImageInfo& image;
  std::string imageReference;
  std::int64_t memoryCapacity = 0;
};
// Error: text for CreateContainerConfigError, e.g. `container has runAsNonRoot and image will run as root`.
Result<ContainerConfig> containerConfig(const ContainerInput& input);

// The lines of the pod's /etc/hosts (pkg/kubelet/util: ManagedHostsHeader).
std::string hostsFile(const k8s::Pod& pod, const std::vector<std::string>& podIps, const std::string& nodeHosts,
                      const std::string& clusterDomain);
std::string hostnameOf(const k8s::Pod& pod);

}  // namespace taskpod::kubelet
