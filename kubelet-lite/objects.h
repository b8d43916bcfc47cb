// Secrets, ConfigMaps and tokens that pods of this node use. Read one by one, as the Node authorizer allows, and remembered for a minute.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "taskpod/kube/client.h"

namespace taskpod::kubelet {

class Objects {
 public:
  explicit Objects(kube::Client& client) : client_(client) {}
  using Data = std::map<std::string, std::string>;  // key -> bytes

  // Error NotFound: `secret "x" not found`, in the API server's words.
  Result<std::shared_ptr<const Data>> secret(const std::string& namespace_, const std::string& name);
  Result<std::shared_ptr<const Data>> configMap(const std::string& namespace_, const std::string& name);

  // A token for the pod's ServiceAccount, bound to the pod; a new one once four fifths of its life are over (KEP-1205).
  Result<std::string> token(const k8s::Pod& pod, const std::string& audience, std::int64_t seconds);
  void forgetPod(const std::string& uid);

 private:
  struct Entry {
    std::shared_ptr<const Data> data;
    std::chrono::steady_clock::time_point until;
  };
  struct Token {
    std::string text;
    std::chrono::steady_clock::time_point refreshAt, expiresAt;
  };
  template <class Fetch>
  Result<std::shared_ptr<const Data>> remembered(const std::string& key, const Fetch& fetch);

  kube::Client& client_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // guarded by mutex_
  std::map<std::string, Token> tokens_;   // guarded by mutex_; key: uid/audience/seconds
};

}  // namespace taskpod::kubelet
