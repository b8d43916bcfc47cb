// The small languages inside Compose files. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "taskpod/base/result.h"

namespace taskpod::translate::inputs {

// ${VAR:-default}, ${VAR-default}, $$; no variable has a value here, so one without a default is an error that names it.
Result<std::string> interpolated(std::string_view text, int depth = 0);

// Words as a shell splits them: quotes and backslashes, no expansion. nullopt: a quote is not closed.
std::optional<std::vector<std::string>> shellWords(std::string_view text);

std::optional<std::int64_t> secondsOf(std::string_view duration);  // "1m30s", "90"
std::optional<std::int64_t> bytesOf(std::string_view size);        // "64m", "1gb", "1048576"

struct Port {
  std::string address;
  std::int32_t host = 0;  // 0: any
  std::int32_t container = 0;
  std::string protocol;
};
// "[[IP:]HOST:]CONTAINER[/PROTOCOL]", with ranges written out; empty if it cannot be read.
std::vector<Port> portsOf(std::string_view text);

}  // namespace taskpod::translate::inputs
