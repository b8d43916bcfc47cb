#include "taskpod/json/document.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "taskpod/json/codec.h"

namespace taskpod::json {
namespace {

using Element = simdjson::dom::element;

// One text per number: 1e5 and 100000.0 are 100000. `buffer` has 32 bytes.
std::string_view canonicalText(double value, char* buffer) {
  constexpr double kExact = 1LL << 53;  // whole numbers up to here are exact in a double
  bool whole = value > -kExact && value < kExact && value == std::trunc(value) && !(value == 0 && std::signbit(value));
  auto end = whole ? std::to_chars(buffer, buffer + 32, static_cast<std::int64_t>(value)) : std::to_chars(buffer, buffer + 32, value);
  return {buffer, static_cast<std::size_t>(end.ptr - buffer)};
}

struct Builder {
  Document& document;
  std::string problem;

  bool build(Element element, int depth, Value& out) {
    if (depth > kMaxDepth) return fail("nested deeper than " + std::to_string(kMaxDepth));
    switch (element.type()) {
      case simdjson::dom::element_type::ARRAY: return buildArray(element, depth, out);
      case simdjson::dom::element_type::OBJECT: return buildObject(element, depth, out);
      case simdjson::dom::element_type::STRING: out = document.string(element.get_string()); return true;
      case simdjson::dom::element_type::BOOL: out = document.boolean(bool(element)); return true;
      case simdjson::dom::element_type::NULL_VALUE: out = Value(); return true;
      default: out = document.number(token(element)); return true;
    }
  }

  bool buildArray(Element element, int depth, Value& out) {
    simdjson::dom::array array = element.get_array();
    auto items = document.newItems(sizeOf(array));
    std::size_t count = 0;
    for (Element item : array)
      if (!build(item, depth + 1, items[count++])) return false;
    out = document.arrayOf(items);
    return true;
  }

  bool buildObject(Element element, int depth, Value& out) {
    simdjson::dom::object object = element.get_object();
    auto members = document.newMembers(sizeOf(object));
    std::size_t count = 0;
    for (auto member : object) {
      Member& added = members[count++];
      added.name = document.intern(member.key);
      if (!build(member.value, depth + 1, added.value)) return false;
    }
    if (auto twice = repeatedName(members); !twice.empty()) return fail("duplicate member \"" + std::string(twice) + "\"");
    out = document.objectOf(members);
    return true;
  }

  // simdjson counts up to 2^24 - 1 only.
  template <class Container>
  static std::size_t sizeOf(const Container& container) {
    std::size_t size = container.size();
    if (size < 0xFFFFFF) return size;
    return static_cast<std::size_t>(std::distance(container.begin(), container.end()));
  }

  static std::string_view repeatedName(std::span<const Member> members) {
    constexpr std::size_t kFew = 16;
    if (members.size() <= kFew) {
      for (std::size_t i = 1; i < members.size(); ++i)
        for (std::size_t k = 0; k < i; ++k)
          if (members[i].name == members[k].name) return members[i].name;
      return {};
    }
    std::vector<std::string_view> names;
    names.reserve(members.size());
    for (const Member& member : members) names.push_back(member.name);
    std::sort(names.begin(), names.end());
    auto twice = std::adjacent_find(names.begin(), names.end());
    return twice == names.end() ? std::string_view() : *twice;
  }

  static std::string_view token(Element element) {
    thread_local char buffer[32];
    std::to_chars_result end{};
    // Integers first: simdjson takes each of them for a double too.
    if (element.is_int64()) {
      end = std::to_chars(buffer, buffer + sizeof buffer, std::int64_t(element));
    } else if (element.is_uint64()) {
      end = std::to_chars(buffer, buffer + sizeof buffer, std::uint64_t(element));
    } else {
      return canonicalText(double(element), buffer);
    }
    return {buffer, static_cast<std::size_t>(end.ptr - buffer)};
  }

  bool fail(std::string text) {
    problem = std::move(text);
    return false;
  }
};

void writeValue(std::string& out, const Value& value, int indent, bool pretty) {
  auto line = [&](int depth) {
    if (!pretty) return;
    out += '\n';
    out.append(static_cast<std::size_t>(depth) * 2, ' ');
  };
  switch (value.kind()) {
    case Kind::Null: out += "null"; return;
    case Kind::Boolean:
    case Kind::Number: out += value.text(); return;
    case Kind::String: return writeString(out, value.text());
    case Kind::Array: {
      out += '[';
      bool first = true;
      for (const Value& item : value.items()) {
        if (!first) out += ',';
        first = false;
        line(indent + 1);
        writeValue(out, item, indent + 1, pretty);
      }
      if (!first) line(indent);
      out += ']';
      return;
    }
    case Kind::Object: {
      out += '{';
      bool first = true;
      for (const Member& member : value.members()) {
        if (!first) out += ',';
        first = false;
        line(indent + 1);
        writeString(out, member.name);
        out += pretty ? ": " : ":";
        writeValue(out, member.value, indent + 1, pretty);
      }
      if (!first) line(indent);
      out += '}';
      return;
    }
  }
}

}  // namespace

std::string_view Value::text() const {
  if (kind_ == Kind::Array || kind_ == Kind::Object || kind_ == Kind::Null) return {};
  return {static_cast<const char*>(data_), count_};
}

std::span<const Value> Value::items() const {
  if (kind_ != Kind::Array) return {};
  return {static_cast<const Value*>(data_), count_};
}

std::span<const Member> Value::members() const {
  if (kind_ != Kind::Object) return {};
  return {static_cast<const Member*>(data_), count_};
}

const Value* Value::find(std::string_view name) const {
  for (const Member& member : members())
    if (member.name == name) return &member.value;
  return nullptr;
}

std::string_view Value::stringAt(std::string_view name) const {
  const Value* value = find(name);
  return value && value->isString() ? value->text() : std::string_view();
}

namespace {

bool sameMembers(std::span<const Member> a, std::span<const Member> b) {
  std::size_t same = 0;
  while (same < a.size() && a[same].name == b[same].name && a[same].value == b[same].value) ++same;
  if (same == a.size()) return true;
  std::vector<const Member*> left, right;  // sorted, so that large objects in different orders stay cheap
  for (std::size_t i = same; i < a.size(); ++i) left.push_back(&a[i]), right.push_back(&b[i]);
  auto byName = [](const Member* x, const Member* y) { return x->name < y->name; };
  std::sort(left.begin(), left.end(), byName);
  std::sort(right.begin(), right.end(), byName);
  return std::ranges::equal(left, right, [](const Member* x, const Member* y) { return x->name == y->name && x->value == y->value; });
}

}  // namespace

bool Value::operator==(const Value& other) const {
  if (kind_ != other.kind_ || count_ != other.count_) return false;
  if (data_ == other.data_) return true;
  switch (kind_) {
    case Kind::Null: return true;
    case Kind::Array: return std::ranges::equal(items(), other.items());
    case Kind::Object: return sameMembers(members(), other.members());
    default: return text() == other.text();
  }
}

Document::Document() : arena_(std::make_unique<std::pmr::monotonic_buffer_resource>(4096)) {}

Result<Document> Document::parse(std::string_view text) {
  Document document;
  auto root = document.add(text);
  if (!root) return root.error();
  document.root_ = *root;
  return document;
}

Result<Value> Document::add(std::string_view text) {
  if (text.empty()) return Error{Reason::BadRequest, "an empty text is no JSON", 0};
  if (text.size() > kMaxTextBytes)
    return Error{Reason::RequestEntityTooLarge,
                 "the document has " + std::to_string(text.size()) + " bytes, at most " + std::to_string(kMaxTextBytes) + " are read"};
  thread_local simdjson::dom::parser parser;
  Element element;
  if (auto error = parser.parse(text.data(), text.size()).get(element); error != simdjson::SUCCESS)
    return Error{Reason::BadRequest, std::string("not JSON: ") + simdjson::error_message(error)};
  Builder builder{*this, {}};
  Value value;
  if (!builder.build(element, 0, value)) return Error{Reason::BadRequest, builder.problem};
  return value;
}

std::string_view Document::intern(std::string_view text) {
  if (text.empty()) return "";
  auto* copy = static_cast<char*>(arena_->allocate(text.size(), 1));
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

Value Document::string(std::string_view text) {
  Value value;
  value.kind_ = Kind::String;
  value.count_ = static_cast<std::uint32_t>(text.size());
  value.data_ = intern(text).data();
  return value;
}

Value Document::number(std::string_view token) {
  char buffer[32];
  double real = 0;
  bool isInteger = token.find_first_not_of("-0123456789") == std::string_view::npos;
  if (!isInteger && std::from_chars(token.data(), token.data() + token.size(), real).ec == std::errc()) token = canonicalText(real, buffer);
  Value value = string(token);
  value.kind_ = Kind::Number;
  return value;
}

Value Document::boolean(bool flag) {
  static constexpr std::string_view kWords[] = {"false", "true"};
  Value value;
  value.kind_ = Kind::Boolean;
  value.count_ = static_cast<std::uint32_t>(kWords[flag].size());
  value.data_ = kWords[flag].data();
  return value;
}

Value Document::integer(std::int64_t value) {
  char buffer[24];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return number({buffer, static_cast<std::size_t>(end - buffer)});
}

std::span<Value> Document::newItems(std::size_t count) {
  if (count == 0) return {};
  auto* room = static_cast<Value*>(arena_->allocate(count * sizeof(Value), alignof(Value)));
  std::uninitialized_default_construct_n(room, count);
  return {room, count};
}

std::span<Member> Document::newMembers(std::size_t count) {
  if (count == 0) return {};
  auto* room = static_cast<Member*>(arena_->allocate(count * sizeof(Member), alignof(Member)));
  std::uninitialized_default_construct_n(room, count);
  return {room, count};
}

Value Document::arrayOf(std::span<const Value> items) {
  Value value;
  value.kind_ = Kind::Array;
  value.count_ = static_cast<std::uint32_t>(items.size());
  value.data_ = items.data();
  return value;
}

Value Document::objectOf(std::span<const Member> members) {
  Value value;
  value.kind_ = Kind::Object;
  value.count_ = static_cast<std::uint32_t>(members.size());
  value.data_ = members.data();
  return value;
}

Value Document::array(std::span<const Value> items) {
  auto copy = newItems(items.size());
  std::copy(items.begin(), items.end(), copy.begin());
  return arrayOf(copy);
}

Value Document::object(std::span<const Member> members) {
  auto copy = newMembers(members.size());
  std::copy(members.begin(), members.end(), copy.begin());
  return objectOf(copy);
}

void write(std::string& out, const Value& value) { writeValue(out, value, 0, false); }

std::string write(const Value& value) {
  std::string out;
  writeValue(out, value, 0, false);
  return out;
}

std::string writePretty(const Value& value) {
  std::string out;
  writeValue(out, value, 0, true);
  out += '\n';
  return out;
}

}  // namespace taskpod::json
