// The node's HTTPS API: logs, exec, attach, port-forward, pods, health. Callers bring a client certificate or a token; the API server
// decides what they may (TokenReview, SubjectAccessReview: node-agent.md §1.1 row 42). Streams are spliced to the runtime's own streaming
// server.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "kubelet-lite/config.h"
#include "kubelet-lite/runtime.h"
#include "taskpod/k8s/pod.h"
#include "taskpod/kube/client.h"
#include "taskpod/net/http.h"

namespace taskpod::kubelet {

class NodeServer {
 public:
  struct Parts {
    Runtime& runtime;
    kube::Client& client;
    const Config& config;
    std::function<std::vector<std::shared_ptr<const k8s::Pod>>()> pods;
  };
  static Result<std::unique_ptr<NodeServer>> start(Parts parts);
  ~NodeServer();
  int port() const;

 private:
  struct Caller {
    std::string user;
    std::vector<std::string> groups;
  };
  explicit NodeServer(Parts parts) : parts_(std::move(parts)) {}
  void handle(net::Exchange& exchange);
  Result<Caller> authenticate(net::Exchange& exchange);
  Result<void> authorize(const Caller& caller, const std::string& method, const std::string& path);
  void logs(net::Exchange& exchange, const std::vector<std::string>& parts, std::string_view query);
  void stream(net::Exchange& exchange, const std::vector<std::string>& parts, std::string_view query);
  std::shared_ptr<const k8s::Pod> findPod(const std::string& namespace_, const std::string& name) const;

  const Parts parts_;
  std::mutex mutex_;
  struct Verdict {
    bool allowed = false;
    std::chrono::steady_clock::time_point until;
  };
  std::map<std::string, Verdict> verdicts_;  // guarded by mutex_
  struct KnownToken {
    Caller caller;
    std::chrono::steady_clock::time_point until;
  };
  std::map<std::string, KnownToken> tokens_;  // guarded by mutex_, by hash
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace taskpod::kubelet
