// Who may use a role was decided when a task was asked for; the task's pod carries the decision to the one that fetches the credentials. A
// grant is an HMAC over what the pod or Service is and the roles it names, with a key that only the controller has (the Secret
// taskpod-system/role-grants): RunTask and CreateService write it after RBAC has allowed the caller to `use` roles.ecs.taskpod.io/<name>; a
// pod that somebody else labelled has none. What has no grant is honoured only for roles that the namespace's annotation
// ecs.taskpod.io/allowed-roles lists ("*" for all), which is its administrator's to write. Any thread, once loaded.
#pragma once

#include <string>
#include <string_view>

#include "taskpod/ecs/task_definition.h"
#include "taskpod/k8s/custom.h"
#include "taskpod/kube/client.h"

namespace taskpod::controller {

struct Roles {
  std::string task, execution;  // ARNs or names, "" for none
  bool isEmpty() const { return task.empty() && execution.empty(); }
};

class RoleGrants {
 public:
  RoleGrants() = default;
  explicit RoleGrants(std::string key) : key_(std::move(key)) {}
  // Reads the key, making it where there is none.
  Result<void> load(kube::Client& client);

  // kind: "pod" or "service". "" without a key.
  std::string sign(std::string_view kind, std::string_view namespace_, std::string_view name, const Roles& roles) const;
  // Any of several, with blanks between: a service keeps those of its earlier definitions, to roll back to.
  bool verifyAny(std::string_view grants, std::string_view kind, std::string_view namespace_, std::string_view name,
                 const Roles& roles) const;
  bool verify(std::string_view grant, std::string_view kind, std::string_view namespace_, std::string_view name, const Roles& roles) const;

 private:
  std::string key_;
};

// What a grant is for: the object and the definition, so that another definition with the same roles is another grant.
std::string boundTo(std::string_view name, std::string_view definition);

// What follows the last slash of an ARN, or the name.
std::string roleName(std::string_view role);
// Does the namespace list every role? Without roles: does it list any?
bool allowsRoles(const k8s::Namespace& space, const Roles& roles);

}  // namespace taskpod::controller
