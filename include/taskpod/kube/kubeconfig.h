// Where the API server is and who we are there: a kubeconfig file (client-go tools/clientcmd/api) or the ServiceAccount files inside a pod.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "taskpod/base/result.h"
#include "taskpod/net/tls.h"

namespace taskpod::kube {

struct ExecPlugin {
  std::string command;
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;
  std::string apiVersion;
};

struct ClientConfig {
  std::string server;  // https://HOST:PORT[/PREFIX]
  std::string tlsServerName;
  net::TlsSettings tls;
  std::string token;
  std::string tokenFile;  // read again once a minute: bound tokens rotate
  std::string username, password;
  std::optional<ExecPlugin> exec;
  std::string namespace_ = "default";
  std::string impersonateUser;
  std::vector<std::string> impersonateGroups;
};

// A context of the file, its current one if `context` is empty. Relative paths in it are relative to it.
Result<ClientConfig> loadKubeconfig(const std::string& path, const std::string& context = "");
Result<ClientConfig> inClusterConfig();

// KUBECONFIG or ~/.kube/config if `path` is empty; inside a pod, where neither exists, the ServiceAccount.
Result<ClientConfig> findConfig(const std::string& path);

// Credentials that change while we run.
class Credentials {
 public:
  explicit Credentials(ClientConfig config);
  // The value of the Authorization header, "" for none. Reads files and calls the exec plugin when what it has is too old.
  Result<std::string> authorization();
  // Forgets what it has, after a 401.
  void refresh();

 private:
  Result<std::string> callPlugin(std::chrono::system_clock::time_point& expires) const;

  const ClientConfig config_;
  std::mutex mutex_;
  std::string value_;  // guarded by mutex_
  std::chrono::system_clock::time_point expires_{};
};

}  // namespace taskpod::kube
