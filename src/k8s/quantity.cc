#include "taskpod/k8s/quantity.h"

#include <array>
#include <limits>

namespace taskpod::k8s {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
constexpr Wide kWideLimit = static_cast<Wide>(1) << 120;

struct Suffix {
  std::string_view text;
  int decimalExponent;
  int binaryExponent;
};

constexpr std::array<Suffix, 16> kSuffixes = {{{"n", -9, 0},
                                               {"u", -6, 0},
                                               {"m", -3, 0},
                                               {"", 0, 0},
                                               {"k", 3, 0},
                                               {"M", 6, 0},
                                               {"G", 9, 0},
                                               {"T", 12, 0},
                                               {"P", 15, 0},
                                               {"E", 18, 0},
                                               {"Ki", 0, 10},
                                               {"Mi", 0, 20},
                                               {"Gi", 0, 30},
                                               {"Ti", 0, 40},
                                               {"Pi", 0, 50},
                                               {"Ei", 0, 60}}};

struct Parsed {
  bool negative = false;
  Wide digits = 0;  // all digits of the mantissa
  int decimal = 0;  // value = digits * 10^decimal * 2^binary
  int binary = 0;
};

bool isDigit(char c) { return c >= '0' && c <= '9'; }

std::optional<int> parseExponent(std::string_view text) {
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return std::nullopt;
  text.remove_prefix(1);
  bool negative = text[0] == '-';
  if (text[0] == '-' || text[0] == '+') text.remove_prefix(1);
  if (text.empty() || text.size() > 3) return std::nullopt;
  int value = 0;
  for (char c : text) {
    if (!isDigit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return negative ? -value : value;
}

std::optional<Parsed> parse(std::string_view text) {
  Parsed out;
  std::size_t i = 0;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) out.negative = text[i++] == '-';
  bool any = false;
  bool point = false;
  for (; i < text.size() && (isDigit(text[i]) || (text[i] == '.' && !point)); ++i) {
    if (text[i] == '.') {
      point = true;
      continue;
    }
    any = true;
    if (out.digits < kWideLimit / 10) {
      out.digits = out.digits * 10 + static_cast<Wide>(text[i] - '0');
      if (point) --out.decimal;
    } else if (!point) {
      ++out.decimal;
    }
  }
  if (!any) return std::nullopt;
  std::string_view rest = text.substr(i);
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.text != rest) continue;
    out.decimal += suffix.decimalExponent;
    out.binary = suffix.binaryExponent;
    return out;
  }
  if (auto exponent = parseExponent(rest)) {
    out.decimal += *exponent;
    return out;
  }
  return std::nullopt;
}

// digits * 10^decimal * 2^binary, rounded away from zero, clamped to 64 bits.
std::int64_t scaled(Parsed parsed) {
  Wide value = parsed.digits;
  bool saturated = false;
  for (int i = 0; i < parsed.binary; ++i) {
    if (value > kWideLimit)
      saturated = true;
    else
      value *= 2;
  }
  for (; parsed.decimal > 0 && !saturated && value != 0; --parsed.decimal) {
    if (value > kWideLimit / 16)
      saturated = true;
    else
      value *= 10;
  }
  bool remainder = false;
  for (; parsed.decimal < 0 && value != 0; ++parsed.decimal) {
    remainder |= value % 10 != 0;
    value /= 10;
  }
  if (remainder) ++value;
  auto result = saturated || value > static_cast<Wide>(kLargest) ? kLargest : static_cast<std::int64_t>(value);
  return parsed.negative ? -result : result;
}

}  // namespace

Quantity Quantity::ofMillis(std::int64_t millis) {
  return {millis % 1000 == 0 ? std::to_string(millis / 1000) : std::to_string(millis) + "m"};
}

Quantity Quantity::ofBytes(std::int64_t bytes) {
  static constexpr std::array<std::string_view, 6> kUnits = {"Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  if (bytes == 0) return {"0"};
  std::size_t unit = 0;
  std::int64_t rest = bytes;
  while (unit < kUnits.size() && rest % 1024 == 0) {
    rest /= 1024;
    ++unit;
  }
  return {std::to_string(rest) + (unit == 0 ? "" : std::string(kUnits[unit - 1]))};
}

Quantity Quantity::ofUnits(std::int64_t units) { return {std::to_string(units)}; }

std::optional<std::int64_t> Quantity::millis() const {
  if (text.empty()) return 0;
  auto parsed = parse(text);
  if (!parsed) return std::nullopt;
  parsed->decimal += 3;
  return scaled(*parsed);
}

std::optional<std::int64_t> Quantity::value() const {
  if (text.empty()) return 0;
  auto parsed = parse(text);
  if (!parsed) return std::nullopt;
  return scaled(*parsed);
}

}  // namespace taskpod::k8s
