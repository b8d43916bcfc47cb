// Documents for tests: parse or fail, compare as Kubernetes and ECS do (null and absent are the same).
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "taskpod/json/document.h"
#include "tests/support/same_document.h"

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

}  // namespace taskpod::tests
