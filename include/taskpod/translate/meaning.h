// What a document means, for comparing: the task definition that it is, with ECS' defaults written out and one spelling for everything.
#pragma once

#include "taskpod/base/result.h"
#include "taskpod/json/document.h"

namespace taskpod::translate {

// `source`: a task definition, or a pod (as it was written or as an API server has it). Residuals and read-only members are left out.
Result<json::Document> meaningOf(const json::Value& source);

}  // namespace taskpod::translate
