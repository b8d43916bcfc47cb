#include "translate/inputs/compose_values.h"

#include <cctype>
#include <charconv>
#include <cmath>

namespace taskpod::translate::inputs {
namespace {

bool isNameCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// The end of ${…} that begins before `from`, nested ones counted.
std::size_t closing(std::string_view text, std::size_t from) {
  int open = 1;
  for (std::size_t i = from; i < text.size(); ++i) {
    if (text[i] == '{') ++open;
    if (text[i] == '}' && --open == 0) return i;
  }
  return std::string_view::npos;
}

Error unset(std::string_view name) {
  return {Reason::BadRequest, "the variable " + std::string(name) + " has no value and no default (${" + std::string(name) + ":-…})"};
}

Result<std::string> braced(std::string_view inside, int depth) {
  std::size_t end = 0;
  while (end < inside.size() && isNameCharacter(inside[end])) ++end;
  std::string_view name = inside.substr(0, end), rest = inside.substr(end);
  if (rest.starts_with(":-")) return interpolated(rest.substr(2), depth + 1);
  if (rest.starts_with("-")) return interpolated(rest.substr(1), depth + 1);
  if (rest.starts_with(":+") || rest.starts_with("+")) return std::string();
  return unset(name);
}

template <class T>
bool parseWhole(std::string_view text, T& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

struct Range {
  std::int32_t first = 0, last = 0;
};
std::optional<Range> rangeOf(std::string_view text) {
  Range out;
  auto dash = text.find('-');
  if (!parseWhole(text.substr(0, dash), out.first)) return std::nullopt;
  out.last = out.first;
  if (dash != std::string_view::npos && !parseWhole(text.substr(dash + 1), out.last)) return std::nullopt;
  constexpr std::int32_t kMost = 1000;
  bool valid = out.first >= 0 && out.last <= 65535 && out.last >= out.first && out.last - out.first < kMost;
  return valid ? std::optional(out) : std::nullopt;
}

}  // namespace

Result<std::string> interpolated(std::string_view text, int depth) {
  constexpr int kDeepest = 16;
  if (depth > kDeepest) return Error{Reason::BadRequest, "defaults nested deeper than " + std::to_string(kDeepest)};
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 == text.size()) {
      out += text[i];
    } else if (text[i + 1] == '$') {
      out += '$';
      ++i;
    } else if (text[i + 1] == '{') {
      std::size_t end = closing(text, i + 2);
      if (end == std::string_view::npos) return Error{Reason::BadRequest, "\"${\" is not closed"};
      auto value = braced(text.substr(i + 2, end - i - 2), depth);
      if (!value) return value.error();
      out += *value;
      i = end;
    } else if (isNameCharacter(text[i + 1]) && !std::isdigit(static_cast<unsigned char>(text[i + 1]))) {
      std::size_t end = i + 1;
      while (end < text.size() && isNameCharacter(text[end])) ++end;
      return unset(text.substr(i + 1, end - i - 1));
    } else {
      out += text[i];
    }
  }
  return out;
}

std::optional<std::vector<std::string>> shellWords(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  bool inWord = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      char next = text[++i];
      if (quote == '"' && next != '"' && next != '\\' && next != '$' && next != '`') word += '\\';
      word += next;
      inWord = true;
    } else if (quote) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '"' || c == '\'') {
      quote = c;
      inWord = true;
    } else if (std::isspace(static_cast<unsigned char>(c))) {
      if (inWord) out.push_back(std::move(word));
      word.clear();
      inWord = false;
    } else {
      word += c;
      inWord = true;
    }
  }
  if (quote) return std::nullopt;
  if (inWord) out.push_back(std::move(word));
  return out;
}

std::optional<std::int64_t> secondsOf(std::string_view duration) {
  double sum = 0;
  std::int64_t plain = 0;
  if (parseWhole(duration, plain)) return plain;
  static constexpr std::pair<std::string_view, double> kUnits[] = {{"ms", 0.001}, {"us", 0.000001}, {"ns", 0.000000001},
                                                                   {"h", 3600},   {"m", 60},        {"s", 1}};
  while (!duration.empty()) {
    double amount = 0;
    auto [end, error] = std::from_chars(duration.data(), duration.data() + duration.size(), amount);
    if (error != std::errc()) return std::nullopt;
    duration.remove_prefix(static_cast<std::size_t>(end - duration.data()));
    bool found = false;
    for (const auto& [unit, seconds] : kUnits) {
      if (!duration.starts_with(unit)) continue;
      duration.remove_prefix(unit.size());
      sum += amount * seconds;
      found = true;
      break;
    }
    if (!found || sum > 1e9) return std::nullopt;
  }
  return static_cast<std::int64_t>(std::ceil(sum));
}

std::optional<std::int64_t> bytesOf(std::string_view size) {
  double amount = 0;
  auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), amount);
  if (error != std::errc() || amount < 0 || amount > 1e15) return std::nullopt;
  std::string unit;
  for (const char* c = end; c != size.data() + size.size(); ++c)
    if (*c != ' ') unit += static_cast<char>(std::tolower(static_cast<unsigned char>(*c)));
  if (unit.ends_with('b')) unit.pop_back();
  if (unit.ends_with('i')) unit.pop_back();
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"", 1}, {"k", 1024}, {"m", 1048576}, {"g", 1073741824}, {"t", 1099511627776}};
  for (const auto& [name, factor] : kUnits)
    if (unit == name && amount * factor < 9e18) return static_cast<std::int64_t>(amount * factor);
  return std::nullopt;
}

std::vector<Port> portsOf(std::string_view text) {
  Port base;
  if (auto slash = text.rfind('/'); slash != std::string_view::npos) {
    base.protocol = std::string(text.substr(slash + 1));
    text = text.substr(0, slash);
  }
  auto lastColon = text.rfind(':');
  std::string_view container = lastColon == std::string_view::npos ? text : text.substr(lastColon + 1);
  std::string_view before = lastColon == std::string_view::npos ? std::string_view() : text.substr(0, lastColon);
  auto addressEnd = before.rfind(':');
  std::string_view host = addressEnd == std::string_view::npos ? before : before.substr(addressEnd + 1);
  if (addressEnd != std::string_view::npos) base.address = std::string(before.substr(0, addressEnd));
  auto inside = rangeOf(container);
  auto outside = host.empty() ? std::optional(Range{}) : rangeOf(host);
  if (!inside || inside->first < 1 || !outside) return {};
  bool sameLength = outside->last - outside->first == inside->last - inside->first;
  if (!host.empty() && !sameLength && outside->first != outside->last) return {};
  std::vector<Port> out;
  for (std::int32_t port = inside->first; port <= inside->last; ++port) {
    Port& added = out.emplace_back(base);
    added.container = port;
    if (!host.empty()) added.host = outside->first + (sameLength ? port - inside->first : 0);
  }
  return out;
}

}  // namespace taskpod::translate::inputs
