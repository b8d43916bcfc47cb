#include "taskpod/base/time.h"

#include <charconv>
#include <cstdio>

namespace taskpod {
namespace {

using std::chrono::nanoseconds;

std::string seconds(WallTime time, nanoseconds& fraction) {
  auto whole = std::chrono::floor<std::chrono::seconds>(time);
  auto day = std::chrono::floor<std::chrono::days>(whole);
  std::chrono::year_month_day date(day);
  std::chrono::hh_mm_ss clock(whole - day);
  fraction = time - whole;
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

bool digits(std::string_view text, std::size_t at, std::size_t count, int& out) {
  if (at + count > text.size()) return false;
  auto [end, error] = std::from_chars(text.data() + at, text.data() + at + count, out);
  return error == std::errc() && end == text.data() + at + count;
}

}  // namespace

std::string formatTime(WallTime time) {
  nanoseconds fraction{};
  return seconds(time, fraction) + "Z";
}

std::string formatMicroTime(WallTime time) {
  nanoseconds fraction{};
  std::string out = seconds(time, fraction);
  char text[16];
  std::snprintf(text, sizeof text, ".%06dZ", static_cast<int>(fraction.count() / 1000));
  return out + text;
}

std::string formatNanoTime(WallTime time) {
  nanoseconds fraction{};
  std::string out = seconds(time, fraction);
  char text[16];
  std::snprintf(text, sizeof text, ".%09d", static_cast<int>(fraction.count()));
  std::string tail = text;
  while (tail.size() > 1 && (tail.back() == '0' || tail.back() == '.')) tail.pop_back();
  return out + (tail.size() > 1 ? tail : "") + "Z";
}

std::optional<WallTime> parseTime(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  bool shaped =
      text.size() >= 20 && text[4] == '-' && text[7] == '-' && (text[10] == 'T' || text[10] == 't') && text[13] == ':' && text[16] == ':';
  if (!shaped || !digits(text, 0, 4, year) || !digits(text, 5, 2, month) || !digits(text, 8, 2, day) || !digits(text, 11, 2, hour) ||
      !digits(text, 14, 2, minute) || !digits(text, 17, 2, second))
    return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                   std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  std::size_t at = 19;
  std::int64_t nanos = 0;
  if (text[at] == '.') {
    std::int64_t unit = 100'000'000;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) nanos += (text[at] - '0') * unit;
  }
  std::chrono::minutes offset{0};
  if (at >= text.size()) return std::nullopt;
  if (text[at] == '+' || text[at] == '-') {
    int hours = 0, minutes = 0;
    if (at + 6 != text.size() || !digits(text, at + 1, 2, hours) || !digits(text, at + 4, 2, minutes)) return std::nullopt;
    offset = std::chrono::minutes(hours * 60 + minutes) * (text[at] == '-' ? -1 : 1);
  } else if ((text[at] != 'Z' && text[at] != 'z') || at + 1 != text.size()) {
    return std::nullopt;
  }
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second) +
         nanoseconds(nanos) - offset;
}

}  // namespace taskpod
