// Images: pull policy, credentials, back-off (pkg/kubelet/images). One pull of an image at a time per pod worker; failures back off 10 s to
// 5 min.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "kubelet-lite/objects.h"
#include "kubelet-lite/runtime.h"

namespace taskpod::kubelet {

// Kubernetes' waiting reason and message, where a plain Error has none of them.
struct StartError {
  std::string reason, message;
};

struct ImageReady {
  std::string reference;  // for CreateContainer
  ImageInfo info;
  std::string event;  // text of the Pulled event
};

// What is said while an image is fetched.
class ImageEvents {
 public:
  virtual ~ImageEvents() = default;
  virtual void pulling(const std::string& message) = 0;
  virtual void failed(std::string_view type, std::string_view reason, const std::string& message) = 0;
};

class Images {
 public:
  Images(Runtime& runtime, Objects& objects) : runtime_(runtime), objects_(objects) {}
  // The image on the node, pulled if the policy says so. StartError: ErrImagePull, ImagePullBackOff, ErrImageNeverPull, InvalidImageName,
  // ImageInspectError.
  std::variant<ImageReady, StartError> ensure(const k8s::Pod& pod, const k8s::Container& container, const SandboxConfig& sandbox,
                                              ImageEvents& events);

 private:
  std::vector<RegistryLogin> logins(const k8s::Pod& pod, const std::string& image);
  bool backsOff(const std::string& key, std::chrono::seconds& left);

  struct Failure {
    int count = 0;
    std::chrono::steady_clock::time_point until;
    std::string message;
  };
  Runtime& runtime_;
  Objects& objects_;
  std::mutex mutex_;
  std::map<std::string, Failure> failures_;  // guarded by mutex_; key: pod uid/image
};

// Always for :latest and no tag, else IfNotPresent (pkg/apis/core/v1/defaults.go).
std::string pullPolicyOf(const k8s::Container& container);
// "docker.io/library/nginx:latest" for "nginx"; "" if it is no image name.
std::string normalizedReference(std::string_view image);

}  // namespace taskpod::kubelet
