// Equality as Kubernetes and ECS have it: null and absent are the same.
#pragma once

#include <vector>

#include "taskpod/json/document.h"

namespace taskpod::tests {

// The document without null members.
inline json::Value withoutNulls(json::Document& d, const json::Value& value) {
  if (value.isArray()) {
    std::vector<json::Value> items;
    for (const auto& item : value.items()) items.push_back(withoutNulls(d, item));
    return d.array(items);
  }
  if (!value.isObject()) return value;
  std::vector<json::Member> members;
  for (const auto& member : value.members())
    if (!member.value.isNull()) members.push_back({member.name, withoutNulls(d, member.value)});
  return d.object(members);
}

inline bool sameDocument(const json::Value& a, const json::Value& b) {
  json::Document d;
  return withoutNulls(d, a) == withoutNulls(d, b);
}

}  // namespace taskpod::tests
