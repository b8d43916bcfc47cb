// YAML to documents and back, with the types that kubectl's parser gives plain scalars (go-yaml v2: yes/no/on/off are booleans, 017 is
// octal, dates are strings). Quoted scalars are always strings. Merge keys (`<<`) are honoured. Hostile input ends in an error: aliases may
// not expand beyond 10,000 nodes plus the bytes of the text, nesting not beyond kMaxDepth, keys must be scalars and unique.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "taskpod/json/document.h"

namespace taskpod::json {

inline constexpr std::size_t kMaxYamlBytes = 3u << 20;

struct YamlOptions {
  bool functionTags =
      false;  // CloudFormation's short tags: "!Sub x" is {"Fn::Sub": "x"}, "!Ref x" {"Ref": "x"}; else local tags are errors
};

// One document per YAML document; empty ones are left out. The error names line and column.
Result<std::vector<Document>> readYaml(std::string_view text, const YamlOptions& options = {});

// Block style; strings are quoted wherever a reader could take them for something else.
std::string writeYaml(const Value& value);

}  // namespace taskpod::json
