#include "translate/validate_rules.h"

#include <algorithm>
#include <charconv>

namespace taskpod::translate {

using json::Document;
using json::Member;
using json::Row;
using json::Value;

namespace {

constexpr std::size_t kLongestExcerpt = 512;

bool endsName(char c) { return c == '.' || c == '['; }

// Takes the next step off a path: "[3]" (or "[memory]", the key of a map) or "name".
std::string_view takeStep(std::string_view& path) {
  if (path.starts_with('.')) path.remove_prefix(1);
  std::size_t end = path.starts_with('[') ? std::min(path.find(']'), path.size() - 1) + 1
                                          : static_cast<std::size_t>(std::find_if(path.begin(), path.end(), endsName) - path.begin());
  std::string_view step = path.substr(0, end);
  path.remove_prefix(end);
  return step;
}

std::uint32_t indexOf(std::string_view step) {
  std::uint32_t index = 0;
  std::from_chars(step.data() + 1, step.data() + step.size(), index);
  return index;
}

// Where a path stands among all paths of its model: compares as the document reads.
std::vector<std::uint32_t> rankOf(std::string_view path, std::span<const Row> rows) {
  std::vector<std::uint32_t> rank;
  while (!path.empty()) {
    std::string_view step = takeStep(path);
    if (step.starts_with('[')) {
      rank.push_back(indexOf(step));
      continue;
    }
    auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.name == step; });
    rank.push_back(static_cast<std::uint32_t>(row - rows.begin()));
    rows = row != rows.end() && row->nested ? row->nested() : std::span<const Row>();
  }
  return rank;
}

}  // namespace

bool Findings::isRefused(std::string_view path) const {
  if (refused_.empty()) return false;
  for (std::size_t i = 0; i < path.size(); ++i)
    if (endsName(path[i]) && refused_.contains(path.substr(0, i))) return true;
  return refused_.contains(path);
}

namespace {

bool hasBelow(const PathSet& paths, std::string_view path) {
  for (char next : {'.', '['}) {
    std::string start = std::string(path) + next;
    auto first = paths.lower_bound(start);
    if (first != paths.end() && first->starts_with(start)) return true;
  }
  return false;
}

}  // namespace

bool Findings::holdsRefused(std::string_view path) const { return hasBelow(refused_, path); }

void Findings::add(Problem problem) {
  if (!isRefused(problem.path)) problems_.push_back(std::move(problem));
}

void Findings::refuse(Problem problem) {
  std::string path = problem.path;
  add(std::move(problem));
  refused_.insert(std::move(path));
}

std::vector<Problem> Findings::inOrder(std::span<const Row> rows) && {
  using Ranked = std::pair<std::vector<std::uint32_t>, std::size_t>;
  std::vector<Ranked> order;
  for (std::size_t i = 0; i < problems_.size(); ++i) order.emplace_back(rankOf(problems_[i].path, rows), i);
  std::sort(order.begin(), order.end());
  std::vector<Problem> out;
  for (const auto& [rank, i] : order) out.push_back(std::move(problems_[i]));
  return out;
}

void visitAll(const Value& root, std::string_view pattern, const Visit& visit, std::string path) {
  if (root.isNull()) return;
  if (pattern.empty()) return visit(path, root);
  if (pattern.starts_with("[]")) {
    for (std::size_t i = 0; i < root.items().size(); ++i) visitAll(root.items()[i], pattern.substr(2), visit, indexed(path, i));
    return;
  }
  std::string_view name = takeStep(pattern);
  if (const Value* member = root.find(name)) visitAll(*member, pattern, visit, path + (path.empty() ? "" : ".") + std::string(name));
}

const Value* valueAtPath(const Value& root, std::string_view path) {
  const Value* at = &root;
  while (at && !path.empty()) {
    std::string_view step = takeStep(path);
    if (!step.starts_with('['))
      at = at->find(step);
    else
      at = indexOf(step) < at->items().size() ? &at->items()[indexOf(step)] : nullptr;
  }
  return at;
}

std::string patternOf(std::string_view path) {
  std::string out;
  bool inIndex = false;
  for (char c : path) {
    if (c == ']') inIndex = false;
    if (!inIndex) out += c;
    if (c == '[') inIndex = true;
  }
  return out;
}

namespace {

class Pruner {
 public:
  Pruner(Document& d, const PathSet& paths) : d_(d), paths_(paths) {}

  Value copy(const Value& value, const std::string& path, int depth) {
    if (paths_.contains(path)) return {};
    if (depth > json::kMaxDepth || !(path.empty() || hasBelow(paths_, path))) return value;
    if (value.isArray()) return list(value, path, depth);
    return value.isObject() ? object(value, path, depth) : value;
  }

 private:
  Value list(const Value& value, const std::string& path, int depth) {
    auto items = d_.newItems(value.items().size());
    for (std::size_t i = 0; i < items.size(); ++i) items[i] = copy(value.items()[i], indexed(path, i), depth + 1);
    return d_.arrayOf(items);
  }

  Value object(const Value& value, const std::string& path, int depth) {
    std::vector<Member> members;
    for (const Member& member : value.members()) {
      std::string at = path + (path.empty() ? "" : ".") + std::string(member.name);
      members.push_back({member.name, copy(member.value, at, depth + 1)});
    }
    return d_.object(members);
  }

  Document& d_;
  const PathSet& paths_;
};

}  // namespace

Value without(Document& d, const Value& value, const PathSet& paths) { return Pruner(d, paths).copy(value, "", 0); }

bool hasWord(std::string_view words, std::string_view word) {
  for (std::size_t from = 0; from <= words.size();) {
    std::size_t end = std::min(words.find(' ', from), words.size());
    if (words.substr(from, end - from) == word) return true;
    from = end + 1;
  }
  return false;
}

std::string joinedWords(std::string_view words, std::string_view separator) {
  std::string out;
  for (char c : words) c == ' ' ? out += separator : out += c;
  return out;
}

std::string excerpt(std::string_view text) {
  if (text.size() <= kLongestExcerpt) return std::string(text);
  std::size_t end = kLongestExcerpt;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not within a character of UTF-8
  return std::string(text.substr(0, end)) + "…";
}

std::string inQuotes(std::string_view text) { return "'" + excerpt(text) + "'"; }

std::string indexed(std::string_view list, std::size_t index) { return std::string(list) + "[" + std::to_string(index) + "]"; }

std::optional<std::int64_t> wholeNumber(std::string_view text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool isGiven(const Value& value) {
  if (value.isArray()) return !value.items().empty();
  if (value.isObject()) return true;
  return !value.isNull() && !value.text().empty() && value.text() != "false";
}

}  // namespace taskpod::translate
