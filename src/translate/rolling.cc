#include "taskpod/translate/rolling.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>
#include <vector>

namespace taskpod::translate {
namespace {

std::int64_t ceilPart(std::int64_t count, std::int64_t percent) { return (count * percent + 99) / 100; }
std::int64_t floorPart(std::int64_t count, std::int64_t percent) { return count * percent / 100; }

k8s::IntOrString percentText(std::int64_t percent) { return {true, 0, std::to_string(percent) + "%"}; }
k8s::IntOrString number(std::int64_t value) { return {false, static_cast<std::int32_t>(value), {}}; }

std::optional<std::int64_t> percentIn(const k8s::IntOrString& value) {
  if (!value.isString || !value.text.ends_with('%')) return std::nullopt;
  std::int64_t out = 0;
  auto [end, error] = std::from_chars(value.text.data(), value.text.data() + value.text.size() - 1, out);
  bool whole = error == std::errc() && end == value.text.data() + value.text.size() - 1;
  return whole && out >= 0 && out <= 100'000 ? std::optional(out) : std::nullopt;
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

// Every number of a day-of-week field moved by `shift`, modulo 7 from `first`; names, steps and "*" stay.
std::string shiftDays(const std::string& field, int shift, int first) {
  std::string out;
  for (std::size_t i = 0; i < field.size();) {
    bool step = i > 0 && field[i - 1] == '/';
    if (!std::isdigit(static_cast<unsigned char>(field[i])) || step) {
      out += field[i++];
      continue;
    }
    int day = 0;
    while (i < field.size() && std::isdigit(static_cast<unsigned char>(field[i])) && day < 100) day = day * 10 + (field[i++] - '0');
    out += std::to_string((day + shift - first + 7) % 7 + first);
  }
  return out;
}

bool any(const std::string& field) { return field == "*" || field == "?"; }

std::string starred(const std::string& field) { return field == "?" ? "*" : field; }

// "rate(5 minutes)" in minutes; 0 if it is no rate.
std::int64_t rateMinutes(const std::string& expression) {
  if (!expression.starts_with("rate(") || !expression.ends_with(')')) return 0;
  auto parts = words(expression.substr(5, expression.size() - 6));
  if (parts.size() != 2 || parts[0].size() > 6 || parts[0].find_first_not_of("0123456789") != std::string::npos) return 0;
  std::int64_t amount = std::stoll(parts[0]);
  if (parts[1].starts_with("minute")) return amount;
  if (parts[1].starts_with("hour")) return amount * 60;
  return parts[1].starts_with("day") ? amount * 24 * 60 : 0;
}

Schedule rateSchedule(std::int64_t minutes) {
  if (minutes < 60) {
    bool even = 60 % minutes == 0;
    return {minutes == 1 ? "* * * * *" : "*/" + std::to_string(minutes) + " * * * *", even};
  }
  std::int64_t hours = minutes / 60;
  if (hours < 24) return {hours == 1 ? "0 * * * *" : "0 */" + std::to_string(hours) + " * * *", minutes % 60 == 0 && 24 % hours == 0};
  std::int64_t days = hours / 24;
  if (days == 1) return {"0 0 * * *", minutes == 24 * 60};
  return {"0 0 */" + std::to_string(std::min<std::int64_t>(days, 31)) + " * *", false};
}

}  // namespace

Rolling rollingOf(Percentages percentages, std::int32_t count) {
  std::int64_t unavailable = 100 - percentages.minimumHealthy;
  std::int64_t surge = percentages.maximum - 100;
  std::int64_t most = floorPart(count, percentages.maximum) - count;
  Rolling out{percentText(std::max<std::int64_t>(unavailable, 0)), percentText(std::max<std::int64_t>(surge, 0))};
  bool stuck = floorPart(count, unavailable) == 0 && most == 0;
  if (surge > 0 && ceilPart(count, surge) != most && !stuck) out.maxSurge = number(most);
  if (unavailable <= 0 && surge <= 0) out.maxSurge = percentText(1);  // ECS could never replace a task, the API server refuses that
  return out;
}

Percentages percentagesOf(const Rolling& rolling, std::int32_t count) {
  Percentages out{75, 125};
  if (auto percent = percentIn(rolling.maxUnavailable)) {
    out.minimumHealthy = static_cast<std::int32_t>(std::max<std::int64_t>(100 - *percent, 0));
  } else if (!rolling.maxUnavailable.isString) {
    std::int64_t stay = std::max<std::int64_t>(std::int64_t{count} - rolling.maxUnavailable.number, 0);
    out.minimumHealthy = count > 0 ? static_cast<std::int32_t>(100 * stay / count) : rolling.maxUnavailable.number > 0 ? 0 : 100;
  }
  std::int64_t surge = rolling.maxSurge.number;
  if (auto percent = percentIn(rolling.maxSurge)) {
    out.maximum = static_cast<std::int32_t>(100 + *percent);
    surge = ceilPart(count, *percent);
    if (floorPart(count, out.maximum) - count == surge) return out;
  } else if (rolling.maxSurge.isString) {
    return out;
  }
  // The least percentage whose floor is that number; without tasks any will do.
  out.maximum = count > 0   ? static_cast<std::int32_t>(std::min<std::int64_t>((100 * (count + surge) + count - 1) / count, INT32_MAX))
                : surge > 0 ? 200
                            : 100;
  return out;
}

Schedule cronJobScheduleOf(const std::string& expression) {
  if (std::int64_t minutes = rateMinutes(expression); minutes > 0) return rateSchedule(minutes);
  std::vector<std::string> f;
  if (expression.starts_with("cron(") && expression.ends_with(')')) f = words(expression.substr(5, expression.size() - 6));
  if (f.size() != 6) return {"0 0 1 1 *", false};  // at(…), or nothing that can be read
  bool special = (f[2] + f[4]).find_first_of("LW#") != std::string::npos;
  bool bothDays = !any(f[2]) && !any(f[4]);
  if (special) return {f[0] + " " + f[1] + " 1 " + starred(f[3]) + " *", false};
  return {f[0] + " " + f[1] + " " + starred(f[2]) + " " + starred(f[3]) + " " + shiftDays(starred(f[4]), -1, 0), any(f[5]) && !bothDays};
}

Schedule scheduleExpressionOf(const std::string& cron) {
  static constexpr std::pair<std::string_view, std::string_view> kNamed[] = {
      {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"}, {"@weekly", "0 0 * * 0"},
      {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@hourly", "0 * * * *"}};
  for (const auto& [name, fields] : kNamed)
    if (cron == name) return scheduleExpressionOf(std::string(fields));
  auto f = words(cron);
  if (f.size() != 5) return {"cron(0 0 1 1 ? *)", false};
  // Kubernetes runs when either of two given days matches, EventBridge takes one of them only.
  bool bothDays = !any(f[2]) && !any(f[4]);
  std::string weekDay = any(f[4]) ? "?" : shiftDays(f[4], 1, 1);
  std::string monthDay = any(f[4]) ? starred(f[2]) : "?";
  return {"cron(" + f[0] + " " + f[1] + " " + monthDay + " " + f[3] + " " + weekDay + " *)", !bothDays};
}

}  // namespace taskpod::translate
