#include "cli/differences.h"

#include <algorithm>

namespace taskpod::cli {
namespace {

std::string shortText(const json::Value* value) {
  if (!value || value->isNull()) return "absent";
  std::string text = json::write(*value);
  constexpr std::size_t kLongest = 120;
  return text.size() > kLongest ? text.substr(0, kLongest) + "…" : text;
}

void compare(const json::Value* a, const json::Value* b, const std::string& path, std::vector<std::string>& out) {
  bool absentA = !a || a->isNull(), absentB = !b || b->isNull();
  if (absentA && absentB) return;
  if (!absentA && !absentB && a->isObject() && b->isObject()) {
    auto inside = [&](std::string_view name) { return path.empty() ? std::string(name) : path + "." + std::string(name); };
    for (const auto& member : a->members()) compare(&member.value, b->find(member.name), inside(member.name), out);
    for (const auto& member : b->members())
      if (!a->find(member.name)) compare(nullptr, &member.value, inside(member.name), out);
    return;
  }
  if (!absentA && !absentB && a->isArray() && b->isArray()) {
    std::size_t longest = std::max(a->items().size(), b->items().size());
    for (std::size_t i = 0; i < longest; ++i)
      compare(i < a->items().size() ? &a->items()[i] : nullptr, i < b->items().size() ? &b->items()[i] : nullptr,
              path + "[" + std::to_string(i) + "]", out);
    return;
  }
  if (absentA || absentB || !(*a == *b)) out.push_back(path + ": " + shortText(a) + " | " + shortText(b));
}

}  // namespace

std::vector<std::string> differencesOf(const json::Value& a, const json::Value& b) {
  std::vector<std::string> out;
  compare(&a, &b, "", out);
  return out;
}

}  // namespace taskpod::cli
