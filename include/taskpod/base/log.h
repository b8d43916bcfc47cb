// Logs: a constant message, then key=value in the API's words. Set up once by main; safe from any thread. Never secrets, never whole
// objects.
//
//   log::info("pod bound", {{"pod", "default/web"}, {"node", "node-3"}});
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace taskpod::log {

enum class Level { Debug, Info, Warn, Error };
using Pairs = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// Text for people, or one JSON object a line; both to standard error.
void setUp(Level level, bool json);

void debug(std::string_view message, Pairs pairs = {});
void info(std::string_view message, Pairs pairs = {});
void warn(std::string_view message, Pairs pairs = {});
void error(std::string_view message, Pairs pairs = {});

}  // namespace taskpod::log
