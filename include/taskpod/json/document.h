// A JSON document as a tree, for work on documents whose shape the code does not know: the residual, patches, dumps of `kubectl get -o
// json`.
//
// `Value` is a small view into the arena of the `Document` that made it: copy it freely, but it dies with the document. Trees never change;
// an edit builds new nodes that share the old subtrees. Numbers keep one canonical text per value as read (1.10 reads as 1.1).
#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "taskpod/base/result.h"

namespace taskpod::json {

// The largest text any reader here accepts, in bytes, and the deepest nesting.
inline constexpr std::size_t kMaxTextBytes = 16u << 20;
inline constexpr int kMaxDepth = 128;

enum class Kind : std::uint8_t { Null, Boolean, Number, String, Array, Object };

struct Member;

class Value {
 public:
  Value() = default;

  Kind kind() const { return kind_; }
  bool isNull() const { return kind_ == Kind::Null; }
  bool isObject() const { return kind_ == Kind::Object; }
  bool isArray() const { return kind_ == Kind::Array; }
  bool isString() const { return kind_ == Kind::String; }
  // String: the characters. Number, Boolean: the JSON token. Else empty.
  std::string_view text() const;
  std::span<const Value> items() const;     // Array, else empty
  std::span<const Member> members() const;  // Object, else empty
  const Value* find(std::string_view name) const;
  // The text of the string member `name`, or "".
  std::string_view stringAt(std::string_view name) const;

  // Equal documents: the order of members does not count, the order of items does.
  bool operator==(const Value& other) const;

 private:
  friend class Document;
  Kind kind_ = Kind::Null;
  std::uint32_t count_ = 0;
  const void* data_ = nullptr;
};

struct Member {
  std::string_view name;
  Value value;
};

class Document {
 public:
  Document();
  // Refuses text above kMaxTextBytes, nesting above kMaxDepth, duplicate members, trailing text.
  static Result<Document> parse(std::string_view text);

  const Value& root() const { return root_; }
  void setRoot(Value value) { root_ = value; }
  // Parses `text` into this document's arena, leaving root alone.
  Result<Value> add(std::string_view text);

  Value string(std::string_view text);
  Value number(std::string_view token);
  Value integer(std::int64_t value);
  Value boolean(bool value);
  Value array(std::span<const Value> items);
  Value object(std::span<const Member> members);
  // Room for a list or an object that the caller fills and then hands over, without a copy in between.
  std::span<Value> newItems(std::size_t count);
  std::span<Member> newMembers(std::size_t count);
  Value arrayOf(std::span<const Value> items);      // from newItems
  Value objectOf(std::span<const Member> members);  // from newMembers
  // A copy of `text` that lives as long as the document.
  std::string_view intern(std::string_view text);

 private:
  std::unique_ptr<std::pmr::monotonic_buffer_resource> arena_;
  Value root_;
};

void write(std::string& out, const Value& value);  // compact
std::string write(const Value& value);
std::string writePretty(const Value& value);  // two spaces, with a newline at the end

}  // namespace taskpod::json
