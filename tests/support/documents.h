// Documents for tests: parse or fail, compare as Kubernetes and ECS do (null and absent are the same).
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "taskpod/json/document.h"

namespace taskpod::tests {

inline json::Document parsed(std::string_view text) {
  auto document = json::Document::parse(text);
  if (!document) {
    ADD_FAILURE() << document.error().message << " in " << text.substr(0, 200);
    return {};
  }
  return std::move(*document);
}

inline std::string readFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::string testdata(const std::string& name) { return std::string(TASKPOD_TESTDATA) + "/" + name; }

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
