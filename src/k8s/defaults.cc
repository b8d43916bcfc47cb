#include "taskpod/k8s/container.h"

namespace taskpod::k8s {

std::string_view defaultPullPolicy(std::string_view image) {
  if (image.find('@') != std::string_view::npos) return "IfNotPresent";
  std::string_view last = image.substr(image.rfind('/') == std::string_view::npos ? 0 : image.rfind('/') + 1);
  auto colon = last.rfind(':');
  return colon == std::string_view::npos || last.substr(colon) == ":latest" ? "Always" : "IfNotPresent";
}

}  // namespace taskpod::k8s
