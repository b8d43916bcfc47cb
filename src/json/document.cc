#include "taskpod/json/document.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "taskpod/json/codec.h"

namespace taskpod::json {
namespace {

using Element = simdjson::dom::element;

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
    std::vector<Value> items;
    items.reserve(array.size());
    for (Element item : array)
      if (!build(item, depth + 1, items.emplace_back())) return false;
    out = document.array(items);
    return true;
  }

  bool buildObject(Element element, int depth, Value& out) {
    simdjson::dom::object object = element.get_object();
    std::vector<Member> members;
    members.reserve(object.size());
    for (auto member : object) {
      for (const Member& other : members)
        if (other.name == member.key) return fail("duplicate member \"" + std::string(member.key) + "\"");
      Member& added = members.emplace_back();
      added.name = document.intern(member.key);
      if (!build(member.value, depth + 1, added.value)) return false;
    }
    out = document.object(members);
    return true;
  }

  static std::string_view token(Element element) {
    thread_local char buffer[32];
    std::to_chars_result end{};
    if (element.is_double()) {
      end = std::to_chars(buffer, buffer + sizeof buffer, double(element));
    } else if (element.is_int64()) {
      end = std::to_chars(buffer, buffer + sizeof buffer, std::int64_t(element));
    } else {
      end = std::to_chars(buffer, buffer + sizeof buffer, std::uint64_t(element));
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

bool Value::operator==(const Value& other) const {
  if (kind_ != other.kind_ || count_ != other.count_) return false;
  if (data_ == other.data_) return true;
  switch (kind_) {
    case Kind::Null: return true;
    case Kind::Array: return std::ranges::equal(items(), other.items());
    case Kind::Object:
      return std::ranges::all_of(members(), [&](const Member& member) {
        const Value* twin = other.find(member.name);
        return twin && *twin == member.value;
      });
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

Value Document::array(std::span<const Value> items) {
  Value value;
  value.kind_ = Kind::Array;
  value.count_ = static_cast<std::uint32_t>(items.size());
  auto* copy = static_cast<Value*>(arena_->allocate(items.size_bytes() + 1, alignof(Value)));
  std::uninitialized_copy(items.begin(), items.end(), copy);
  value.data_ = copy;
  return value;
}

Value Document::object(std::span<const Member> members) {
  Value value;
  value.kind_ = Kind::Object;
  value.count_ = static_cast<std::uint32_t>(members.size());
  auto* copy = static_cast<Member*>(arena_->allocate(members.size_bytes() + 1, alignof(Member)));
  std::uninitialized_copy(members.begin(), members.end(), copy);
  value.data_ = copy;
  return value;
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
