#include "taskpod/schedule/predicate.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "taskpod/schedule/snapshot.h"

namespace taskpod::schedule {

class Pattern {
 public:
  explicit Pattern(pcre2_code* code) : code_(code) {}
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  ~Pattern() { pcre2_code_free(code_); }

  bool matches(std::string_view text) const {
    pcre2_match_data* data = pcre2_match_data_create_from_pattern(code_, nullptr);
    pcre2_match_context* context = pcre2_match_context_create(nullptr);
    pcre2_set_match_limit(context, 100'000);
    pcre2_set_depth_limit(context, 10'000);
    int found =
        pcre2_match(code_, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, PCRE2_ANCHORED | PCRE2_ENDANCHORED, data, context);
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    return found >= 0;
  }

 private:
  pcre2_code* code_;
};

Result<std::shared_ptr<const Pattern>> compilePattern(std::string_view expression) {
  int error = 0;
  PCRE2_SIZE at = 0;
  pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(), PCRE2_UTF, &error, &at, nullptr);
  if (code) return std::make_shared<const Pattern>(code);
  char text[160];
  pcre2_get_error_message(error, reinterpret_cast<PCRE2_UCHAR*>(text), sizeof text);
  return Error{Reason::Invalid, "regular expression, character " + std::to_string(at + 1) + ": " + text};
}

namespace {

std::optional<double> number(std::string_view text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<std::vector<std::int64_t>> version(std::string_view text) {
  std::vector<std::int64_t> parts;
  while (true) {
    std::int64_t part = 0;
    auto dot = text.find('.');
    std::string_view piece = text.substr(0, dot);
    auto [end, error] = std::from_chars(piece.data(), piece.data() + piece.size(), part);
    if (error != std::errc() || end != piece.data() + piece.size() || piece.empty()) return std::nullopt;
    parts.push_back(part);
    if (dot == std::string_view::npos) return parts;
    text.remove_prefix(dot + 1);
  }
}

int compare(std::string_view a, std::string_view b) {
  if (auto x = number(a), y = number(b); x && y) return *x < *y ? -1 : *x > *y;
  if (auto x = version(a), y = version(b); x && y) return *x < *y ? -1 : *x > *y;
  return a.compare(b) < 0 ? -1 : a != b;
}

bool isNegative(Predicate::Op op) {
  using Op = Predicate::Op;
  return op == Op::NotEqual || op == Op::NotIn || op == Op::NotMatches || op == Op::NotExists;
}

bool compareText(const Predicate& p, std::string_view text) {
  using Op = Predicate::Op;
  auto listed = [&] { return std::find(p.values.begin(), p.values.end(), text) != p.values.end(); };
  switch (p.op) {
    case Op::Exists: return true;
    case Op::NotExists: return false;
    case Op::Equal:
    case Op::In: return listed();
    case Op::NotEqual:
    case Op::NotIn: return !listed();
    case Op::Less: return compare(text, p.values[0]) < 0;
    case Op::LessOrEqual: return compare(text, p.values[0]) <= 0;
    case Op::Greater: return compare(text, p.values[0]) > 0;
    case Op::GreaterOrEqual: return compare(text, p.values[0]) >= 0;
    case Op::Matches: return p.pattern && p.pattern->matches(text);
    case Op::NotMatches: return !p.pattern || !p.pattern->matches(text);
    default: return false;
  }
}

// A node has a set of groups: a positive comparison asks for one that fits, a negative one for none that is named.
bool compareGroups(const Predicate& p, const Snapshot& snapshot, std::size_t node) {
  bool named = std::any_of(p.values.begin(), p.values.end(), [&](const std::string& group) { return snapshot.hasGroup(node, group); });
  return isNegative(p.op) ? !named : named;
}

bool compareSubject(const Predicate& p, const Snapshot& snapshot, std::size_t node) {
  if (p.subject == Predicate::Subject::Group) return compareGroups(p, snapshot, node);
  if (p.subject == Predicate::Subject::RunningTasks) return compareText(p, std::to_string(snapshot.lanes().pods[node]));
  const auto& attributes = snapshot.attributes(node);
  auto found = attributes.find(p.key);
  return found == attributes.end() ? isNegative(p.op) : compareText(p, found->second);
}

}  // namespace

bool holds(const Predicate& predicate, const Snapshot& snapshot, std::size_t node) {
  using Op = Predicate::Op;
  auto child = [&](const Predicate& p) { return holds(p, snapshot, node); };
  switch (predicate.op) {
    case Op::True: return true;
    case Op::And: return std::all_of(predicate.children.begin(), predicate.children.end(), child);
    case Op::Or: return std::any_of(predicate.children.begin(), predicate.children.end(), child);
    case Op::Not: return !child(predicate.children.front());
    default: return compareSubject(predicate, snapshot, node);
  }
}

}  // namespace taskpod::schedule
