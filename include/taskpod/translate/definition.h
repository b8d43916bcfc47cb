// A task definition as DescribeTaskDefinition shows it: the registered body with what ECS fills in (ecs.md §1.1 names the members), the
// attributes that an instance needs for it, and the launch types that it is good for. Pure.
#pragma once

#include "taskpod/ecs/task_definition.h"
#include "taskpod/json/document.h"

namespace taskpod::translate {

// The `taskDefinition` member of an answer but for what the registration adds (ARN, revision, status, times).
// `input` is a value of `document` and says the same as `definition`.
json::Value normalizedDefinition(json::Document& document, const json::Value& input, const ecs::TaskDefinition& definition);

}  // namespace taskpod::translate
