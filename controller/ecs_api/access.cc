#include "controller/ecs_api/access.h"

#include "taskpod/base/log.h"
#include "taskpod/json/builder.h"
#include "taskpod/net/tls.h"

namespace taskpod::controller {
namespace {

constexpr std::chrono::seconds kRemembered{10};
constexpr std::size_t kMostReviews = 10'000;

std::string field(const k8s::Secret& secret, const char* name) {
  auto found = secret.data.find(name);
  if (found == secret.data.end()) return {};
  auto decoded = net::decodeBase64(found->second);
  return decoded ? *decoded : std::string();
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t from = 0; from < text.size();) {
    std::size_t to = std::min(text.find(',', from), text.size());
    std::string part = text.substr(from, to - from);
    part.erase(0, part.find_first_not_of(" \n"));
    part.erase(part.find_last_not_of(" \n") + 1);
    if (!part.empty()) out.push_back(std::move(part));
    from = to + 1;
  }
  return out;
}

// Two callers with the same user and other groups are two.
std::string identityOf(const Caller& caller) {
  std::string out = caller.user;
  for (const std::string& group : caller.groups) out += "\n" + group;
  return out;
}

}  // namespace

void Access::onSecret(const std::shared_ptr<const k8s::Secret>& was, const std::shared_ptr<const k8s::Secret>& is) {
  std::lock_guard lock(mutex_);
  if (was) keys_.erase(field(*was, "accessKeyId"));
  if (!is) return;
  AccessKey key{field(*is, "secretAccessKey"), {field(*is, "user"), split(field(*is, "groups"))}};
  std::string id = field(*is, "accessKeyId");
  if (id.empty() || key.secret.empty() || key.caller.user.empty()) {
    log::warn("an access key without accessKeyId, secretAccessKey or user is not used", {{"secret", is->metadata.name}});
    return;
  }
  keys_[id] = std::move(key);
}

std::optional<AccessKey> Access::keyOf(const std::string& accessKeyId) const {
  std::lock_guard lock(mutex_);
  auto found = keys_.find(accessKeyId);
  return found == keys_.end() ? std::nullopt : std::optional(found->second);
}

Result<bool> Access::review(const Caller& caller, const Permission& permission) {
  json::Document d;
  json::ObjectBuilder attributes(d), spec(d), review(d);
  attributes.set("verb", permission.verb).set("group", permission.group).set("resource", permission.resource);
  if (!permission.namespace_.empty()) attributes.set("namespace", permission.namespace_);
  if (!permission.name.empty()) attributes.set("name", permission.name);
  spec.set("user", caller.user).set("resourceAttributes", attributes.value());
  // An impersonated write is made by a member of this group, too.
  auto groups = caller.groups;
  groups.push_back("system:authenticated");
  spec.set("groups", groups);
  review.set("apiVersion", "authorization.k8s.io/v1").set("kind", "SubjectAccessReview").set("spec", spec.value());
  auto body = own_.call("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", json::write(review.value()));
  if (!body) return body.error();
  auto answer = json::Document::parse(*body);
  if (!answer) return answer.error();
  const json::Value* status = answer->root().find("status");
  const json::Value* allowed = status ? status->find("allowed") : nullptr;
  return allowed && allowed->text() == "true";
}

Result<void> Access::allowed(const Caller& caller, const Permission& permission) {
  if (caller.user.empty()) return {};
  auto key = std::pair(identityOf(caller), permission);
  std::optional<bool> known;
  {
    std::lock_guard lock(mutex_);
    auto found = reviews_.find(key);
    if (found != reviews_.end() && found->second.second > net::Clock::now()) known = found->second.first;
  }
  if (!known) {
    auto reviewed = review(caller, permission);
    if (!reviewed) return reviewed.error();
    known = *reviewed;
    std::lock_guard lock(mutex_);
    if (reviews_.size() >= kMostReviews) reviews_.clear();
    reviews_[key] = {*known, net::in(kRemembered)};
  }
  if (*known) return {};
  std::string where = permission.namespace_.empty() ? "at the cluster scope" : "in the namespace \"" + permission.namespace_ + "\"";
  return Error{Reason::Forbidden,
               "User \"" + caller.user + "\" cannot " + permission.verb + " resource \"" + permission.resource + "\" in API group \"" +
                   permission.group + "\" " + where,
               0};
}

kube::Client& Access::clientFor(const Caller& caller) {
  if (caller.user.empty()) return own_;
  std::lock_guard lock(mutex_);
  auto& client = clients_[identityOf(caller)];
  if (!client) client = own_.as(caller.user, caller.groups);
  return *client;
}

}  // namespace taskpod::controller
