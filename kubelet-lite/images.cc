#include "kubelet-lite/images.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

#include "taskpod/base/backoff.h"
#include "taskpod/json/document.h"

namespace taskpod::kubelet {
namespace {

constexpr Backoff kPullBackoff{std::chrono::seconds(10), std::chrono::seconds(300)};

std::string secondsText(std::chrono::steady_clock::duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3gs", std::chrono::duration<double>(duration).count());
  return text;
}

std::string registryOf(std::string_view reference) { return std::string(reference.substr(0, reference.find('/'))); }

void addLogins(const Objects::Data& data, const std::string& registry, std::vector<RegistryLogin>& out) {
  bool modern = data.contains(".dockerconfigjson");
  auto text = data.find(modern ? ".dockerconfigjson" : ".dockercfg");
  if (text == data.end()) return;
  auto document = json::Document::parse(text->second);
  if (!document) return;
  const json::Value* auths = modern ? document->root().find("auths") : &document->root();
  if (!auths) return;
  for (const auto& member : auths->members()) {
    std::string_view host = member.name;
    for (std::string_view scheme : {"https://", "http://"})
      if (host.starts_with(scheme)) host.remove_prefix(scheme.size());
    host = host.substr(0, host.find('/'));
    bool hub = registry == "docker.io" && (host == "index.docker.io" || host == "docker.io");
    if (host != registry && !hub) continue;
    RegistryLogin login;
    login.username = std::string(member.value.stringAt("username"));
    login.password = std::string(member.value.stringAt("password"));
    login.auth = std::string(member.value.stringAt("auth"));
    login.identityToken = std::string(member.value.stringAt("identitytoken"));
    out.push_back(std::move(login));
  }
}

}  // namespace

std::string pullPolicyOf(const k8s::Container& container) {
  if (!container.imagePullPolicy.empty()) return container.imagePullPolicy;
  return std::string(k8s::defaultPullPolicy(container.image));
}

std::string normalizedReference(std::string_view image) {
  if (image.empty()) return {};
  for (char c : image)
    if (std::isspace(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) < 0x21) return {};
  std::string out(image);
  auto slash = out.find('/');
  std::string first = out.substr(0, slash);
  bool hasRegistry =
      slash != std::string::npos && (first.find('.') != std::string::npos || first.find(':') != std::string::npos || first == "localhost");
  if (!hasRegistry) out = (slash == std::string::npos ? "docker.io/library/" : "docker.io/") + out;
  std::string_view path = std::string_view(out).substr(out.find('/') + 1);
  std::string_view repository = path.substr(0, path.find_first_of(":@"));
  bool gap = repository.empty() || repository.front() == '/' || repository.back() == '/' || repository.find("//") != std::string_view::npos;
  if (gap || std::any_of(repository.begin(), repository.end(), [](unsigned char c) {
        return !(std::islower(c) || std::isdigit(c) || c == '/' || c == '.' || c == '_' || c == '-');
      }))
    return {};
  if (path.find_first_of(":@") == std::string_view::npos) out += ":latest";
  return out;
}

bool Images::backsOff(const std::string& key, std::chrono::seconds& left) {
  std::lock_guard lock(mutex_);
  auto found = failures_.find(key);
  if (found == failures_.end()) return false;
  auto now = std::chrono::steady_clock::now();
  left = std::chrono::duration_cast<std::chrono::seconds>(found->second.until - now) + std::chrono::seconds(1);
  return found->second.until > now;
}

std::vector<RegistryLogin> Images::logins(const k8s::Pod& pod, const std::string& image) {
  std::vector<RegistryLogin> out;
  for (const auto& reference : pod.spec.imagePullSecrets) {
    auto data = objects_.secret(pod.metadata.namespace_, reference.name);
    if (data) addLogins(**data, registryOf(image), out);
  }
  return out;
}

std::variant<ImageReady, StartError> Images::ensure(const k8s::Pod& pod, const k8s::Container& container, const SandboxConfig& sandbox,
                                                    ImageEvents& events) {
  std::string reference = normalizedReference(container.image);
  if (reference.empty()) {
    std::string message = "Failed to apply default image tag \"" + container.image + "\": couldn't parse image name \"" + container.image +
                          "\": invalid reference format";
    events.failed("Warning", "InspectFailed", message);
    return StartError{"InvalidImageName", message};
  }
  auto present = runtime_.image(reference);
  if (!present) {
    std::string message = "Failed to inspect image \"" + reference + "\": " + present.error().message;
    events.failed("Warning", "InspectFailed", message);
    return StartError{"ImageInspectError", message};
  }
  std::string policy = pullPolicyOf(container);
  if (*present && policy != "Always")
    return ImageReady{(*present)->id, **present, "Container image \"" + container.image + "\" already present on machine"};
  if (policy == "Never") {
    std::string message = "Container image \"" + container.image + "\" is not present with pull policy of Never";
    events.failed("Warning", "ErrImageNeverPull", message);
    return StartError{"ErrImageNeverPull", message};
  }
  std::string key = pod.metadata.uid + "/" + reference;
  std::chrono::seconds left{};
  if (backsOff(key, left)) {
    std::string message = "Back-off pulling image \"" + container.image + "\"";
    events.failed("Normal", "BackOff", message);
    std::lock_guard lock(mutex_);
    return StartError{"ImagePullBackOff", message + ": ErrImagePull: " + failures_[key].message};
  }
  events.pulling("Pulling image \"" + container.image + "\"");
  auto begin = std::chrono::steady_clock::now();
  std::vector<RegistryLogin> keys = logins(pod, reference);
  Result<std::string> pulled = Error{Reason::NotFound, "", 0};
  for (const auto& login : keys)
    if (pulled = runtime_.pullImage(reference, &login, sandbox); pulled) break;
  if (!pulled) pulled = runtime_.pullImage(reference, nullptr, sandbox);
  if (!pulled) {
    std::string message = "failed to pull and unpack image \"" + container.image + "\": " + pulled.error().message;
    events.failed("Warning", "Failed", "Failed to pull image \"" + container.image + "\": " + pulled.error().message);
    std::lock_guard lock(mutex_);
    Failure& failure = failures_[key];
    failure.message = message;
    failure.until = std::chrono::steady_clock::now() + kPullBackoff.after(++failure.count);
    return StartError{"ErrImagePull", message};
  }
  {
    std::lock_guard lock(mutex_);
    failures_.erase(key);
  }
  auto info = runtime_.image(*pulled);
  if (!info || !*info) return StartError{"ImageInspectError", "image \"" + container.image + "\" was pulled but cannot be found"};
  std::string took = secondsText(std::chrono::steady_clock::now() - begin);
  return ImageReady{*pulled, **info,
                    "Successfully pulled image \"" + container.image + "\" in " + took + " (" + took +
                        " including waiting). Image size: " + std::to_string((*info)->size) + " bytes."};
}

}  // namespace taskpod::kubelet
