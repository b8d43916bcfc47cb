#include "taskpod/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>

namespace taskpod::log {
namespace {

std::atomic<bool> asJson{false};

bool needsQuotes(std::string_view text) { return text.empty() || text.find_first_of(" \"=\n\t\\") != std::string_view::npos; }

void appendQuoted(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else if (static_cast<unsigned char>(c) >= 0x20)
      out += c;
  }
  out += '"';
}

void write(spdlog::level::level_enum level, std::string_view message, Pairs pairs) {
  auto* logger = spdlog::default_logger_raw();
  if (!logger->should_log(level)) return;
  std::string line;
  if (asJson) {
    appendQuoted(line, message);
    for (const auto& [key, value] : pairs) {
      line += ',';
      appendQuoted(line, key);
      line += ':';
      appendQuoted(line, value);
    }
  } else {
    line = message;
    for (const auto& [key, value] : pairs) {
      line += ' ';
      line += key;
      line += '=';
      if (needsQuotes(value))
        appendQuoted(line, value);
      else
        line += value;
    }
  }
  logger->log(level, line);
}

}  // namespace

void setUp(Level level, bool json) {
  asJson = json;
  auto logger = std::make_shared<spdlog::logger>("taskpod", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern(json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%v})" : "%Y-%m-%dT%H:%M:%S.%eZ %^%-5l%$ %v",
                      spdlog::pattern_time_type::utc);
  static constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                          spdlog::level::err};
  logger->set_level(kLevels[static_cast<int>(level)]);
  spdlog::set_default_logger(std::move(logger));
}

void debug(std::string_view message, Pairs pairs) { write(spdlog::level::debug, message, pairs); }
void info(std::string_view message, Pairs pairs) { write(spdlog::level::info, message, pairs); }
void warn(std::string_view message, Pairs pairs) { write(spdlog::level::warn, message, pairs); }
void error(std::string_view message, Pairs pairs) { write(spdlog::level::err, message, pairs); }

}  // namespace taskpod::log
