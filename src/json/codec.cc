#include "taskpod/json/codec.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <memory_resource>

#include "json/row.h"
#include "taskpod/json/document.h"

namespace taskpod::json {
namespace {

std::string_view kindName(const Value& value) {
  switch (value.kind()) {
    case Kind::Array: return "a list";
    case Kind::Object: return "an object";
    case Kind::String: return "a string";
    case Kind::Boolean: return "a boolean";
    case Kind::Null: return "null";
    case Kind::Number: return "a number";
  }
  return "";
}

std::string excerpt(const Value& value) {
  std::string text = write(value);
  constexpr std::size_t kLongest = 40;
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "…";
  return text;
}

}  // namespace

bool ReadContext::fail(std::string_view expected, const Value& found) {
  return fail("expected " + std::string(expected) + ", found " + std::string(kindName(found)) + " (" + excerpt(found) + ")");
}

bool ReadContext::fail(std::string message) {
  Problem problem{path(), std::move(message)};
  if (all)
    all->push_back(std::move(problem));
  else
    first = std::move(problem);
  return all != nullptr;
}

std::string ReadContext::path() const {
  std::string out;
  for (const Step& step : steps_) {
    if (step.member.empty())
      out += "[" + std::to_string(step.index) + "]";
    else
      out += (out.empty() ? "" : ".") + std::string(step.member);
  }
  return out;
}

namespace {

const Row* findRow(std::span<const Row> rows, std::string_view name, std::size_t& hint) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::size_t at = hint + i < rows.size() ? hint + i : hint + i - rows.size();
    if (rows[at].name == name) {
      hint = at + 1 < rows.size() ? at + 1 : 0;
      return &rows[at];
    }
  }
  return nullptr;
}

}  // namespace

bool readRows(void* object, std::span<const Row> rows, const Value& value, ReadContext& context, Extra& extra) {
  if (!value.isObject()) return context.fail("an object", value);
  std::size_t hint = 0;
  for (const Member& member : value.members()) {
    if (member.value.isNull()) continue;
    const Row* row = findRow(rows, member.name, hint);
    if (!row) {
      extra.members.emplace_back(std::string(member.name), write(member.value));
      continue;
    }
    context.enter(row->name);
    if (!row->read(object, member.value, context)) return false;
    context.leave();
  }
  return true;
}

Value treeOfRows(const void* object, std::span<const Row> rows, const Extra& extra, Document& document) {
  std::byte stack[4096];
  std::pmr::monotonic_buffer_resource memory(stack, sizeof stack);
  std::pmr::vector<Member> members(&memory);
  members.reserve(std::min<std::size_t>(rows.size(), 64) + extra.members.size());
  for (const Row& row : rows) {
    if (row.presence == Presence::WhenSet && row.isEmpty(object)) continue;
    members.push_back({row.name, row.tree(object, document)});
  }
  for (const auto& [name, text] : extra.members) members.push_back({document.intern(name), parsed(document, text)});
  return document.object(members);
}

Value parsed(Document& document, const std::string& text) {
  auto value = document.add(text);
  return value ? *value : Value();
}

void fillRows(void* object, std::span<const Row> rows, Random& random, int depth) {
  for (const Row& row : rows) {
    if (row.nested && depth <= 0) continue;
    if (random() % 3 == 0) row.fill(object, random, depth - 1);
  }
}

bool readScalarText(const Value& value, std::string& out, ReadContext& context) {
  bool scalar = value.kind() == Kind::Number || value.kind() == Kind::Boolean;
  if (!value.isString() && !(context.options.scalarsFromStrings && scalar)) return context.fail("a string", value);
  out.assign(value.text());
  return true;
}

namespace {

template <class T>
bool parseWhole(std::string_view text, T& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

bool readInteger(const Value& value, std::int64_t low, std::int64_t high, std::int64_t& out, ReadContext& context) {
  bool readable = value.kind() == Kind::Number || (context.options.scalarsFromStrings && value.isString());
  if (!readable || !parseWhole(value.text(), out)) return context.fail("an integer", value);
  if (out < low || out > high) return context.fail("an integer from " + std::to_string(low) + " to " + std::to_string(high), value);
  return true;
}

bool Codec<double>::read(double& out, const Value& value, ReadContext& context) {
  return (value.kind() == Kind::Number && parseWhole(value.text(), out)) || context.fail("a number", value);
}

Value Codec<double>::tree(double v, Document& d) {
  char buffer[32];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, v);
  return d.number({buffer, static_cast<std::size_t>(end - buffer)});
}

std::string randomWord(Random& random) {
  static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string word(1, kLetters[random() % 26]);
  for (std::size_t n = random() % 8; n > 0; --n) word += kLetters[random() % kLetters.size()];
  return word;
}

void writeString(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  std::size_t from = 0;
  static constexpr auto kPlain = [] {
    std::array<bool, 256> plain{};
    for (int c = 0; c < 256; ++c) plain[static_cast<std::size_t>(c)] = c >= 0x20 && c != '"' && c != '\\';
    return plain;
  }();
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (kPlain[c]) continue;
    out.append(text, from, i - from);
    from = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        out += "\\u00";
        out += kHex[c >> 4];
        out += kHex[c & 15];
    }
  }
  out.append(text, from);
  out += '"';
}

Result<void> readObject(void* object, Extra& extra, std::span<const Row> rows, const Value& value, const ReadOptions& options) {
  ReadContext context;
  context.options = options;
  if (readRows(object, rows, value, context, extra)) return {};
  const Problem& problem = context.first;
  return Error{Reason::BadRequest, problem.path.empty() ? problem.message : problem.path + ": " + problem.message};
}

std::vector<Problem> readAll(void* object, Extra& extra, std::span<const Row> rows, const Value& value, const ReadOptions& options) {
  std::vector<Problem> problems;
  ReadContext context;
  context.options = options;
  context.all = &problems;
  readRows(object, rows, value, context, extra);
  return problems;
}

Value treeOfObject(Document& document, const void* object, const Extra& extra, std::span<const Row> rows) {
  return treeOfRows(object, rows, extra, document);
}

}  // namespace taskpod::json
