#include "taskpod/translate/units.h"

#include <algorithm>
#include <cctype>

namespace taskpod::translate {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// A decimal such as "1", ".25", "0.5" times `scale`, exact to the unit; nullopt unless the text is a decimal whose product is whole.
std::optional<std::int64_t> scaledDecimal(std::string_view text, std::int64_t scale) {
  std::int64_t digits = 0;
  std::int64_t divisor = 1;
  bool point = false;
  bool any = false;
  for (char c : text) {
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9' || digits > 1'000'000'000 || divisor > 1'000'000'000) return std::nullopt;
    digits = digits * 10 + (c - '0');
    if (point) divisor *= 10;
    any = true;
  }
  if (!any || (digits * scale) % divisor != 0) return std::nullopt;
  return digits * scale / divisor;
}

std::optional<std::int64_t> withUnit(std::string_view text, std::string_view unit, std::int64_t scale) {
  std::string word = lower(text);
  if (!word.ends_with(unit)) return scaledDecimal(word, 1);
  word.resize(word.size() - unit.size());
  while (!word.empty() && word.back() == ' ') word.pop_back();
  return scaledDecimal(word, scale);
}

std::string hashSuffix(std::string_view name) {
  std::uint32_t hash = 2166136261u;  // FNV-1a
  for (unsigned char c : name) hash = (hash ^ c) * 16777619u;
  static constexpr char kDigits[] = "0123456789abcdefghijklmnopqrstuv";
  std::string out = "-";
  for (int i = 0; i < 5; ++i, hash >>= 5) out += kDigits[hash & 31];
  return out;
}

bool isLabelCharacter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// True if Kubernetes' expansion (third_party/forked/golang/expansion) would leave the text as it is.
bool isUntouchedByExpansion(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i)
    if (text[i] == '$' && (text[i + 1] == '$' || text[i + 1] == '(')) return false;
  return true;
}

}  // namespace

std::optional<std::int64_t> parseTaskCpu(std::string_view text) { return withUnit(text, "vcpu", 1024); }
std::optional<std::int64_t> parseTaskMemory(std::string_view text) { return withUnit(text, "gb", 1024); }

bool isDnsLabel(std::string_view name) {
  if (name.empty() || name.size() > 63 || name.front() == '-' || name.back() == '-') return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return isLabelCharacter(c) || c == '-'; });
}

std::string slug(std::string_view name) {
  if (isDnsLabel(name)) return std::string(name);
  std::string out = lower(name);
  for (char& c : out)
    if (!isLabelCharacter(c)) c = '-';
  out.erase(0, out.find_first_not_of('-'));
  std::string suffix = hashSuffix(name);
  if (out.size() > 63 - suffix.size()) out.resize(63 - suffix.size());
  while (!out.empty() && out.back() == '-') out.pop_back();
  return (out.empty() ? "x" : out) + suffix;
}

bool isPortName(std::string_view name) {
  if (name.size() > 15 || !isDnsLabel(name) || name.find("--") != std::string_view::npos) return false;
  return std::any_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

std::string escapeExpansion(std::string_view text) {
  if (isUntouchedByExpansion(text)) return std::string(text);
  std::string out;
  for (char c : text) {
    out += c;
    if (c == '$') out += '$';
  }
  return out;
}

std::string expandReferences(std::string_view text, const Variables& variables) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 == text.size()) {
      out += text[i];
    } else if (text[i + 1] == '$') {
      out += '$';
      ++i;
    } else if (std::size_t end = text.find(')', i); text[i + 1] == '(' && end != std::string_view::npos) {
      auto known = variables.find(std::string(text.substr(i + 2, end - i - 2)));
      out += known == variables.end() ? std::string(text.substr(i, end + 1 - i)) : known->second;
      i = end;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool isLabelValue(std::string_view value) {
  auto isEdge = [](unsigned char c) { return std::isalnum(c); };
  if (value.empty()) return true;
  return value.size() <= 63 && isEdge(static_cast<unsigned char>(value.front())) && isEdge(static_cast<unsigned char>(value.back())) &&
         std::all_of(value.begin(), value.end(), [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; });
}

bool isLabelKey(std::string_view key) {
  auto slash = key.find('/');
  if (slash == std::string_view::npos) return !key.empty() && isLabelValue(key);
  std::string_view prefix = key.substr(0, slash), name = key.substr(slash + 1);
  return isHostName(prefix) && !name.empty() && isLabelValue(name);
}

bool isHostName(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  for (std::size_t from = 0; from <= name.size();) {
    std::size_t dot = std::min(name.find('.', from), name.size());
    if (!isDnsLabel(name.substr(from, dot - from))) return false;
    from = dot + 1;
  }
  return true;
}

}  // namespace taskpod::translate
