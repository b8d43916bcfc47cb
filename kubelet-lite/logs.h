// Container logs as `kubectl logs` asks for them, from the runtime's files (CRI format: <time> <stream> <P|F> <text>).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "taskpod/base/result.h"
#include "taskpod/base/time.h"
#include "taskpod/net/conn.h"

namespace taskpod::kubelet {

struct LogOptions {
  bool follow = false, previous = false, timestamps = false;
  std::optional<std::int64_t> tailLines, limitBytes, sinceSeconds;
  std::optional<WallTime> since;
  std::string stream;  // "", "All", "Stdout", "Stderr"
};
Result<LogOptions> parseLogOptions(std::string_view query);

// Sends the file's lines; with follow goes on, across rotation, until `running` says no, the canceller is signalled or `send` returns
// false.
void sendLog(const std::string& path, const LogOptions& options, WallTime now, const net::Canceller& canceller,
             const std::function<bool()>& running, const std::function<bool(std::string_view)>& send);

}  // namespace taskpod::kubelet
