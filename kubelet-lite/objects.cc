#include "kubelet-lite/objects.h"

#include "taskpod/json/document.h"

namespace taskpod::kubelet {
namespace {

constexpr std::chrono::seconds kRemember{60};

Result<Objects::Data> decoded(const std::map<std::string, std::string>& encoded) {
  Objects::Data out;
  for (const auto& [key, text] : encoded) {
    auto bytes = net::decodeBase64(text);
    if (!bytes) return bytes.error();
    out[key] = std::move(*bytes);
  }
  return out;
}

// The kubelet's words: it looks in its own store, where kinds are singular.
Error named(std::string_view kind, const std::string& name, Error error) {
  if (error.reason == Reason::NotFound) error.message = std::string(kind) + " \"" + name + "\" not found";
  return error;
}

}  // namespace

template <class Fetch>
Result<std::shared_ptr<const Objects::Data>> Objects::remembered(const std::string& key, const Fetch& fetch) {
  auto now = std::chrono::steady_clock::now();
  {
    std::lock_guard lock(mutex_);
    auto found = entries_.find(key);
    if (found != entries_.end() && found->second.until > now) return found->second.data;
  }
  Result<Data> data = fetch();
  std::lock_guard lock(mutex_);
  if (data) {
    auto shared = std::make_shared<const Data>(std::move(*data));
    entries_[key] = {shared, now + kRemember};
    return shared;
  }
  auto stale = entries_.find(key);
  if (isTransient(data.error().reason) && stale != entries_.end()) return stale->second.data;  // better than none while the API is away
  if (stale != entries_.end()) entries_.erase(stale);
  return data.error();
}

Result<std::shared_ptr<const Objects::Data>> Objects::secret(const std::string& namespace_, const std::string& name) {
  return remembered("secret/" + namespace_ + "/" + name, [&]() -> Result<Data> {
    auto object = client_.get<k8s::Secret>(namespace_, name);
    if (!object) return named("secret", name, object.error());
    return decoded(object->data);
  });
}

Result<std::shared_ptr<const Objects::Data>> Objects::configMap(const std::string& namespace_, const std::string& name) {
  return remembered("configmap/" + namespace_ + "/" + name, [&]() -> Result<Data> {
    auto object = client_.get<k8s::ConfigMap>(namespace_, name);
    if (!object) return named("configmap", name, object.error());
    auto binary = decoded(object->binaryData);
    if (!binary) return binary.error();
    Data data = object->data;
    data.merge(*binary);
    return data;
  });
}

Result<std::string> Objects::token(const k8s::Pod& pod, const std::string& audience, std::int64_t seconds) {
  std::string key = pod.metadata.uid + "/" + audience + "/" + std::to_string(seconds);
  auto now = std::chrono::steady_clock::now();
  {
    std::lock_guard lock(mutex_);
    auto found = tokens_.find(key);
    if (found != tokens_.end() && found->second.refreshAt > now) return found->second.text;
  }
  std::string account = pod.spec.serviceAccountName.empty() ? "default" : pod.spec.serviceAccountName;
  std::string body = R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"audiences":[)";
  if (!audience.empty()) json::writeString(body, audience);
  body += "],\"expirationSeconds\":" + std::to_string(seconds) + R"(,"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":)";
  json::writeString(body, pod.metadata.name);
  body += ",\"uid\":";
  json::writeString(body, pod.metadata.uid);
  body += "}}}";
  auto answer = client_.call("POST", "/api/v1/namespaces/" + pod.metadata.namespace_ + "/serviceaccounts/" + account + "/token", body);
  std::lock_guard lock(mutex_);
  if (!answer) {
    auto stale = tokens_.find(key);
    if (isTransient(answer.error().reason) && stale != tokens_.end() && stale->second.expiresAt > now) return stale->second.text;
    return answer.error();
  }
  auto document = json::Document::parse(*answer);
  const json::Value* status = document ? document->root().find("status") : nullptr;
  if (!status || status->stringAt("token").empty()) return Error{Reason::InternalError, "TokenRequest: no token in the answer", 0};
  tokens_[key] = {std::string(status->stringAt("token")), now + std::chrono::seconds(seconds * 4 / 5), now + std::chrono::seconds(seconds)};
  return tokens_[key].text;
}

void Objects::forgetPod(const std::string& uid) {
  std::lock_guard lock(mutex_);
  std::erase_if(tokens_, [&](const auto& entry) { return entry.first.starts_with(uid + "/"); });
}

}  // namespace taskpod::kubelet
