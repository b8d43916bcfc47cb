// Golden cases: what a JSON pointer finds, and whether a document contains what a case lists.
#pragma once

#include <string>
#include <string_view>

#include "taskpod/json/document.h"

namespace taskpod::tests {

const json::Value* at(const json::Value& value, std::string_view pointer);

// Every member that `want` has is in `have`; lists whose items have names are matched by them, others have the same length. `problem` tells
// the first that does not fit.
bool contains(const json::Value& have, const json::Value& want, std::string path, std::string& problem);

}  // namespace taskpod::tests
