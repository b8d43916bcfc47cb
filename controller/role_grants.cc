#include "controller/role_grants.h"

#include <algorithm>
#include <set>

#include "taskpod/k8s/names.h"
#include "taskpod/k8s/objects.h"
#include "taskpod/net/tls.h"

namespace taskpod::controller {
namespace {

constexpr const char* kNamespace = "taskpod-system";
constexpr const char* kSecret = "role-grants";
constexpr const char* kField = "key";

std::string messageOf(std::string_view kind, std::string_view namespace_, std::string_view name, const Roles& roles) {
  std::string out;
  for (std::string_view part : {kind, namespace_, name, std::string_view(roles.task), std::string_view(roles.execution)})
    out += std::to_string(part.size()) + ":" + std::string(part);  // no two lists make one text
  return out;
}

}  // namespace

Result<void> RoleGrants::load(kube::Client& client) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    auto there = client.get<k8s::Secret>(kNamespace, kSecret);
    if (there) {
      auto key = net::decodeBase64(there->data[kField]);
      if (!key || key->size() < 32) return Error{Reason::Invalid, "the Secret taskpod-system/role-grants holds no key of 32 bytes", 0};
      key_ = *key;
      return {};
    }
    if (there.error().reason != Reason::NotFound) return there.error();
    k8s::Secret secret;
    secret.apiVersion = "v1";
    secret.kind = "Secret";
    secret.type = "Opaque";
    secret.metadata.name = kSecret;
    secret.metadata.namespace_ = kNamespace;
    secret.data[kField] = net::encodeBase64(net::randomHex(32));
    auto made = client.create<k8s::Secret>(kNamespace, secret);
    if (!made && made.error().reason != Reason::AlreadyExists) return made.error();
  }
  return Error{Reason::Conflict, "the Secret taskpod-system/role-grants comes and goes", 0};
}

std::string RoleGrants::sign(std::string_view kind, std::string_view namespace_, std::string_view name, const Roles& roles) const {
  return key_.empty() ? std::string() : net::hmacSha256Hex(key_, messageOf(kind, namespace_, name, roles));
}

bool RoleGrants::verify(std::string_view grant, std::string_view kind, std::string_view namespace_, std::string_view name,
                        const Roles& roles) const {
  return !key_.empty() && net::equalInConstantTime(grant, sign(kind, namespace_, name, roles));
}

bool RoleGrants::verifyAny(std::string_view grants, std::string_view kind, std::string_view namespace_, std::string_view name,
                           const Roles& roles) const {
  for (std::size_t from = 0; from < grants.size();) {
    std::size_t to = std::min(grants.find(' ', from), grants.size());
    if (verify(grants.substr(from, to - from), kind, namespace_, name, roles)) return true;
    from = to + 1;
  }
  return false;
}

std::string boundTo(std::string_view name, std::string_view definition) { return std::string(name) + "\n" + std::string(definition); }

std::string roleName(std::string_view role) { return std::string(role.substr(role.rfind('/') + 1)); }

bool allowsRoles(const k8s::Namespace& space, const Roles& roles) {
  auto text = space.metadata.annotations.find(std::string(k8s::kAllowedRoles));
  if (text == space.metadata.annotations.end()) return false;
  std::set<std::string> allowed;
  std::string one;
  for (char c : text->second + ",") {
    if (c != ',' && c != ' ') {
      one += c;
    } else if (!one.empty()) {
      allowed.insert(std::move(one));
      one.clear();
    }
  }
  if (allowed.contains("*")) return true;
  if (roles.isEmpty()) return !allowed.empty();
  for (const std::string& role : {roles.task, roles.execution})
    if (!role.empty() && !allowed.contains(roleName(role)) && !allowed.contains(role)) return false;
  return true;
}

}  // namespace taskpod::controller
