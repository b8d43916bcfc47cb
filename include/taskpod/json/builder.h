// Builds an object of a Document member by member, for answers whose shape is no struct.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "taskpod/json/codec.h"
#include "taskpod/json/document.h"

namespace taskpod::json {

class ObjectBuilder {
 public:
  explicit ObjectBuilder(Document& document) : document_(document) {}
  // Begins with the members of `value`.
  ObjectBuilder(Document& document, const Value& value) : document_(document), members_(value.members().begin(), value.members().end()) {}

  ObjectBuilder& set(std::string_view name, Value value) {
    auto found = find(name);
    if (found != members_.end())
      found->value = value;
    else
      members_.push_back({document_.intern(name), value});
    return *this;
  }
  ObjectBuilder& set(std::string_view name, std::string_view text) { return set(name, document_.string(text)); }
  ObjectBuilder& set(std::string_view name, const char* text) { return set(name, document_.string(text)); }
  template <class T>
  requires requires { T::rows(); }
  ObjectBuilder& set(std::string_view name, const T& object) { return set(name, tree(document_, object)); }
  template <class T>
  requires requires { T::rows(); }
  ObjectBuilder& set(std::string_view name, const std::vector<T>& objects) {
    auto items = document_.newItems(objects.size());
    for (std::size_t i = 0; i < objects.size(); ++i) items[i] = tree(document_, objects[i]);
    return set(name, document_.arrayOf(items));
  }
  ObjectBuilder& set(std::string_view name, const std::vector<std::string>& texts) {
    auto items = document_.newItems(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) items[i] = document_.string(texts[i]);
    return set(name, document_.arrayOf(items));
  }
  ObjectBuilder& setMissing(std::string_view name, Value value) { return has(name) ? *this : set(name, value); }
  ObjectBuilder& remove(std::string_view name) {
    std::erase_if(members_, [&](const Member& member) { return member.name == name; });
    return *this;
  }
  bool has(std::string_view name) const {
    return std::any_of(members_.begin(), members_.end(), [&](const Member& member) { return member.name == name; });
  }
  Value value() const { return document_.object(members_); }

 private:
  std::vector<Member>::iterator find(std::string_view name) {
    return std::find_if(members_.begin(), members_.end(), [&](const Member& member) { return member.name == name; });
  }
  Document& document_;
  std::vector<Member> members_;
};

}  // namespace taskpod::json
