// Two documents side by side.
#pragma once

#include <string>
#include <vector>

#include "taskpod/json/document.h"

namespace taskpod::cli {

// "spec.containers[0].image: "a" | "b"", a line per place where they differ, in the order of the first; null and absent are the same.
std::vector<std::string> differencesOf(const json::Value& a, const json::Value& b);

}  // namespace taskpod::cli
