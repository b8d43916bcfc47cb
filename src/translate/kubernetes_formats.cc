#include "translate/kubernetes_formats.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "taskpod/json/codec.h"
#include "taskpod/translate/units.h"
#include "translate/validate_rules.h"

namespace taskpod::translate {
namespace {

constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kLongestSubdomain = 253;
constexpr std::size_t kLongestPortName = 15;

constexpr std::string_view kLabelRule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric "
    "character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
constexpr std::string_view kSubdomainRule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
constexpr std::string_view kKeyRule =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or "
    "'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
constexpr std::string_view kValueRule =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

std::string noLongerThan(std::size_t most, std::string_view unit) {
  return "must be no more than " + std::to_string(most) + " " + std::string(unit);
}

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isLower(char c) { return c >= 'a' && c <= 'z'; }
bool isAlphanumeric(char c) { return isDigit(c) || isLower(c) || (c >= 'A' && c <= 'Z'); }

// Of any length, unlike isLabelValue().
bool isWordOfKey(std::string_view text) {
  auto isInner = [](char c) { return isAlphanumeric(c) || c == '-' || c == '_' || c == '.'; };
  return !text.empty() && isAlphanumeric(text.front()) && isAlphanumeric(text.back()) && std::all_of(text.begin(), text.end(), isInner);
}

bool isDnsWord(std::string_view text) {
  auto isInner = [](char c) { return isDigit(c) || isLower(c) || c == '-'; };
  return !text.empty() && text.front() != '-' && text.back() != '-' && std::all_of(text.begin(), text.end(), isInner);
}

bool isDottedDnsWords(std::string_view text) {
  for (std::size_t from = 0; from <= text.size();) {
    std::size_t dot = std::min(text.find('.', from), text.size());
    if (!isDnsWord(text.substr(from, dot - from))) return false;
    from = dot + 1;
  }
  return true;
}

}  // namespace

Complaints complaintsOfLabel(std::string_view text) {
  Complaints out;
  if (text.size() > kLongestLabel) out.push_back(noLongerThan(kLongestLabel, "characters"));
  if (!isDnsWord(text)) out.emplace_back(isDottedDnsWords(text) ? "must not contain dots" : kLabelRule);
  return out;
}

Complaints complaintsOfSubdomain(std::string_view text) {
  Complaints out;
  if (text.size() > kLongestSubdomain) out.push_back(noLongerThan(kLongestSubdomain, "characters"));
  if (!isDottedDnsWords(text)) out.emplace_back(kSubdomainRule);
  return out;
}

Complaints complaintsOfLabelKey(std::string_view text) {
  if (std::count(text.begin(), text.end(), '/') > 1)
    return {"a valid label key " + std::string(kKeyRule) + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"};
  Complaints out;
  std::size_t slash = text.find('/');
  if (slash == 0) out.emplace_back("prefix part must be non-empty");
  if (slash != std::string_view::npos && slash > 0) {
    std::string_view prefix = text.substr(0, slash);
    if (prefix.size() > kLongestSubdomain) out.push_back("prefix part " + noLongerThan(kLongestSubdomain, "bytes"));
    if (!isDottedDnsWords(prefix)) out.push_back("prefix part " + std::string(kSubdomainRule));
  }
  std::string_view name = slash == std::string_view::npos ? text : text.substr(slash + 1);
  if (name.empty()) out.emplace_back("name part must be non-empty");
  if (name.size() > kLongestLabel) out.push_back("name part " + noLongerThan(kLongestLabel, "bytes"));
  if (!isWordOfKey(name)) out.push_back("name part " + std::string(kKeyRule));
  return out;
}

Complaints complaintsOfLabelValue(std::string_view text) {
  Complaints out;
  if (text.size() > kLongestLabel) out.push_back(noLongerThan(kLongestLabel, "bytes"));
  if (!text.empty() && !isWordOfKey(text)) out.emplace_back(kValueRule);
  return out;
}

Complaints complaintsOfPortName(std::string_view text) {
  Complaints out;
  if (text.size() > kLongestPortName) out.push_back(noLongerThan(kLongestPortName, "characters"));
  bool plain = std::all_of(text.begin(), text.end(), [](char c) { return isDigit(c) || isLower(c) || c == '-'; });
  if (text.empty() || !plain) out.emplace_back("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (std::none_of(text.begin(), text.end(), isLower)) out.emplace_back("must contain at least one letter (a-z)");
  if (text.find("--") != std::string_view::npos) out.emplace_back("must not contain consecutive hyphens");
  if (text.starts_with('-') || text.ends_with('-')) out.emplace_back("must not begin or end with a hyphen");
  return out;
}

Complaints complaintsOfVariableName(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~' && c != '='; })) return {};
  return {"a valid environment variable name must consist only of printable ASCII characters other than '='"};
}

Complaints complaintsOfIp(std::string_view text) {
  std::string address(text);
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  bool whole = address.find('\0') == std::string::npos;
  if (whole && (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1))
    return {};
  return {"must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"};
}

// ---- field errors

std::string quoted(std::string_view text) {
  std::string out;
  json::writeString(out, excerpt(text));
  return out;
}

namespace {

std::string body(std::string_view type, const std::string& value, std::string_view detail) {
  std::string out(type);
  if (!value.empty()) out += ": " + value;
  if (!detail.empty()) out += ": " + std::string(detail);
  return out;
}

}  // namespace

std::string required(std::string_view detail) { return body("Required value", "", detail); }
std::string invalid(const std::string& value, std::string_view detail) { return body("Invalid value", value, detail); }
std::string duplicate(std::string_view text) { return body("Duplicate value", quoted(text), ""); }
std::string notFound(std::string_view text) { return body("Not found", quoted(text), ""); }
std::string forbidden(std::string_view detail) { return body("Forbidden", "", detail); }

std::string unsupported(const std::string& value, std::string_view words) {
  return body("Unsupported value", value, "supported values: \"" + joinedWords(words, "\", \"") + "\"");
}

std::string mustBeBetween(std::int64_t low, std::int64_t high) {
  return "must be between " + std::to_string(low) + " and " + std::to_string(high) + ", inclusive";
}

// ---- quantities

namespace {

__extension__ using Wide = __int128;

struct Suffix {
  std::string_view text;
  int base;
  int exponent;
};

constexpr Suffix kSuffixes[] = {{"n", 10, -9}, {"u", 10, -6}, {"m", 10, -3}, {"", 10, 0},   {"k", 10, 3},  {"M", 10, 6},
                                {"G", 10, 9},  {"T", 10, 12}, {"P", 10, 15}, {"E", 10, 18}, {"Ki", 2, 10}, {"Mi", 2, 20},
                                {"Gi", 2, 30}, {"Ti", 2, 40}, {"Pi", 2, 50}, {"Ei", 2, 60}};
constexpr int kSmallestExponent = -9;
// Go reads up to this many digits without its big numbers, and then keeps the text if that is canonical already.
constexpr int kMostFastDigits = 18;
// Beyond, the exact text no longer fits our numbers and is shown as it came.
constexpr std::size_t kMostDigits = 18;

struct Parts {
  bool negative = false;
  std::string_view whole;     // without leading zeros
  std::string_view fraction;  // after the point
  std::string_view suffix;
};

template <class Predicate>
std::string_view takeWhile(std::string_view& text, Predicate predicate) {
  auto end = std::find_if_not(text.begin(), text.end(), predicate);
  std::string_view out = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(out.size());
  return out;
}

// nullopt: not of the form of a quantity.
std::optional<Parts> partsOf(std::string_view text) {
  Parts out;
  if (text.starts_with('-') || text.starts_with('+')) {
    out.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  takeWhile(text, [](char c) { return c == '0'; });
  out.whole = takeWhile(text, isDigit);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    out.fraction = takeWhile(text, isDigit);
  }
  out.suffix = text;
  takeWhile(text, [](char c) { return std::string_view("eEinumkKMGTP").find(c) != std::string_view::npos; });
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  takeWhile(text, isDigit);
  if (!text.empty()) return std::nullopt;
  return out;
}

std::optional<Suffix> suffixOf(std::string_view text) {
  for (const Suffix& suffix : kSuffixes)
    if (suffix.text == text) return suffix;
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return std::nullopt;
  std::string_view number = text.substr(text[1] == '+' ? 2 : 1);
  int exponent = 0;
  auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), exponent);
  if (number.empty() || error != std::errc() || end != number.data() + number.size()) return std::nullopt;
  return Suffix{text, 10, exponent};
}

std::string textOf(Wide value) {
  std::string out;
  for (; value != 0; value /= 10) out.insert(out.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
  return out.empty() ? "0" : out;
}

std::string_view suffixFor(int base, int exponent) {
  for (const Suffix& suffix : kSuffixes)
    if (suffix.base == base && suffix.exponent == exponent) return suffix.text;
  return "";
}

// digits * 10^exponent with an exponent that is a multiple of three and as large as can be.
std::string decimalText(Wide digits, int exponent, bool scientific) {
  while (digits % 10 == 0) digits /= 10, ++exponent;
  while (exponent % 3 != 0) digits *= 10, --exponent;
  if (!scientific) return textOf(digits) + std::string(suffixFor(10, exponent));
  return textOf(digits) + (exponent == 0 ? "" : "e" + std::to_string(exponent));
}

// nullopt: not a whole number of at least 1024, which is shown in decimal.
std::optional<std::string> binaryText(Wide digits, int exponent, int power) {
  Wide value = digits * (static_cast<Wide>(1) << power);
  for (; exponent < 0; ++exponent, value /= 10)
    if (value % 10 != 0) return std::nullopt;
  if (value < 1024) return std::nullopt;
  int suffix = 0;
  for (; value % 1024 == 0 && suffix < 60; suffix += 10) value /= 1024;
  return textOf(value) + std::string(suffix == 0 ? "" : suffixFor(2, suffix));
}

// Where ParseQuantity keeps the text: what it takes for canonical.
bool isKept(const Parts& parts, const Suffix& suffix, const std::string& digits) {
  if (digits.size() > kMostFastDigits) return false;
  if (suffix.base == 2) {
    Wide value = 0;
    for (char c : digits) value = value * 10 + (c - '0');
    return parts.fraction.empty() && value % 8 != 0;
  }
  int scale = suffix.exponent - static_cast<int>(parts.fraction.size());
  return scale % 3 == 0 && !digits.ends_with("000") && digits.front() != '0';
}

}  // namespace

std::string quantityComplaint(std::string_view text) {
  takeWhile(text, [](char c) { return c == ' '; });
  while (text.ends_with(' ')) text.remove_suffix(1);
  auto parts = partsOf(text);
  if (text.empty() || !parts) return "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  return suffixOf(parts->suffix) ? "unable to parse numeric part of quantity" : "unable to parse quantity's suffix";
}

std::string canonicalQuantity(std::string_view text) {
  auto parts = partsOf(text);
  auto suffix = parts ? suffixOf(parts->suffix) : std::nullopt;
  if (!suffix) return std::string(text);
  std::string digits = (parts->whole.empty() ? "0" : std::string(parts->whole)) + std::string(parts->fraction);
  if (isKept(*parts, *suffix, digits)) return std::string(text);
  if (digits.size() > kMostDigits) return std::string(text);
  Wide value = 0;
  for (char c : digits) value = value * 10 + (c - '0');
  if (value == 0) return "0";
  std::string sign = parts->negative ? "-" : "";
  int exponent = -static_cast<int>(parts->fraction.size());
  if (suffix->base == 2) {
    if (auto binary = binaryText(value, exponent, suffix->exponent)) return sign + *binary;
    value *= static_cast<Wide>(1) << std::min(suffix->exponent, 60);
    return sign + decimalText(value, exponent, false);
  }
  exponent += suffix->exponent;
  if (exponent < kSmallestExponent) return std::string(text);  // Go rounds it up; nobody writes that
  bool scientific = suffix->text.size() > 1;
  return sign + decimalText(value, exponent, scientific);
}

}  // namespace taskpod::translate
