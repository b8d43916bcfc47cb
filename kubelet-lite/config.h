// The agent's settings: flags and the KubeletConfiguration file (kubelet.config.k8s.io/v1beta1), flags first.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "taskpod/k8s/node.h"

namespace taskpod::kubelet {

struct Config {
  std::string kubeconfig;
  std::string configFile;
  std::string nodeName;
  std::string runtimeEndpoint = "unix:///run/containerd/containerd.sock";
  std::string imageEndpoint;  // the runtime's if empty
  std::string rootDir = "/var/lib/kubelet";
  std::string podLogsDir = "/var/log/pods";
  std::string containerLogsDir = "/var/log/containers";
  std::string address = "0.0.0.0";
  int port = 10250;
  std::string healthzAddress = "127.0.0.1";
  int healthzPort = 10248;
  std::string nodeIp;
  std::map<std::string, std::string> nodeLabels;
  std::vector<k8s::Taint> taints;  // at registration only
  std::string cgroupRoot = "/";
  std::string cgroupDriver;  // asked of the runtime if empty, cgroupfs if it does not say
  int maxPods = 110;
  std::vector<std::string> clusterDns;
  std::string clusterDomain;
  std::string resolvConf = "/etc/resolv.conf";
  std::string clientCaFile;
  bool anonymous = false;
  bool webhookAuthentication = true;
  std::string authorizationMode = "Webhook";  // or AlwaysAllow
  std::string tlsCertFile, tlsKeyFile;
  int simulate = 0;
  std::vector<std::string> unsupported;  // settings of the file that have no effect, named at start
};

// Reads the file into what no flag has set. `fromFlags`: names of KubeletConfiguration fields that a flag has set already.
Result<void> readConfigFile(Config& config, const std::vector<std::string>& fromFlags);

}  // namespace taskpod::kubelet
