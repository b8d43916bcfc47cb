// Who calls the ECS API and what they may do. An access key is a Secret of taskpod-system with the label ecs.taskpod.io/access-key; it
// names a Kubernetes user, and Kubernetes' RBAC decides for that user: writes are sent on their behalf (impersonation), reads are allowed
// by a SubjectAccessReview, remembered for ten seconds. Any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "taskpod/k8s/objects.h"
#include "taskpod/kube/client.h"

namespace taskpod::controller {

struct Caller {
  std::string user;  // "" : nobody in particular, the API acts for itself (--ecs-auth=none)
  std::vector<std::string> groups;
};

struct AccessKey {
  std::string secret;
  Caller caller;
};

// What a read needs.
struct Permission {
  std::string verb;      // get, list, use
  std::string group;     // "", "ecs.taskpod.io"
  std::string resource;  // pods, nodes, services, …
  std::string namespace_;
  std::string name;
  auto operator<=>(const Permission&) const = default;
};

class Access {
 public:
  explicit Access(kube::Client& own) : own_(own) {}

  void onSecret(const std::shared_ptr<const k8s::Secret>& was, const std::shared_ptr<const k8s::Secret>& is);
  std::optional<AccessKey> keyOf(const std::string& accessKeyId) const;

  // The error is the API server's, or Forbidden with its words.
  Result<void> allowed(const Caller& caller, const Permission& permission);
  kube::Client& clientFor(const Caller& caller);

 private:
  Result<bool> review(const Caller& caller, const Permission& permission);

  kube::Client& own_;
  mutable std::mutex mutex_;
  // guarded by mutex_
  std::map<std::string, AccessKey> keys_;
  std::map<std::pair<std::string, Permission>, std::pair<bool, net::Deadline>> reviews_;
  std::map<std::string, std::unique_ptr<kube::Client>> clients_;
};

}  // namespace taskpod::controller
