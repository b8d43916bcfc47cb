// The annotations of an object.
#pragma once

#include <string>
#include <string_view>

#include "taskpod/k8s/meta.h"

namespace taskpod::k8s {

// "" if there is none. The text is the object's own.
inline std::string_view annotation(const ObjectMeta& meta, std::string_view key) {
  auto found = meta.annotations.find(std::string(key));
  return found == meta.annotations.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace taskpod::k8s
