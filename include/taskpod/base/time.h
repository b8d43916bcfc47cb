// Points in time as the Kubernetes API writes them: RFC 3339, UTC, whole seconds or microseconds.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace taskpod {

using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

std::string formatTime(WallTime time);       // 2026-11-25T10:00:00Z
std::string formatMicroTime(WallTime time);  // 2026-11-25T10:00:00.000000Z
std::string formatNanoTime(WallTime time);   // 2026-11-25T10:00:00.123456789Z, trailing zeros dropped
std::optional<WallTime> parseTime(std::string_view text);

inline WallTime wallNow() { return std::chrono::system_clock::now(); }

}  // namespace taskpod
