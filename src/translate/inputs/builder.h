// Making documents member by member. Private to translate/inputs.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "taskpod/json/document.h"
#include "taskpod/translate/inputs.h"

namespace taskpod::translate::inputs {

class ObjectBuilder {
 public:
  explicit ObjectBuilder(json::Document& d) : d_(d) {}

  void set(std::string_view name, const json::Value& value) {
    for (auto& member : members_)
      if (member.name == name) {
        member.value = value;
        return;
      }
    members_.push_back({d_.intern(name), value});
  }
  void text(std::string_view name, std::string_view value) { set(name, d_.string(value)); }
  void number(std::string_view name, std::int64_t value) { set(name, d_.integer(value)); }
  void flag(std::string_view name, bool value) { set(name, d_.boolean(value)); }
  void list(std::string_view name, const std::vector<json::Value>& items) {
    if (!items.empty()) set(name, d_.array(items));
  }
  bool empty() const { return members_.empty(); }
  json::Value build() const { return d_.object(members_); }

 private:
  json::Document& d_;
  std::vector<json::Member> members_;
};

inline json::Value strings(json::Document& d, const std::vector<std::string>& list) {
  std::vector<json::Value> items;
  for (const auto& text : list) items.push_back(d.string(text));
  return d.array(items);
}

// Everything in one place and warned about once.
inline void warn(std::vector<std::string>& warnings, std::string text) {
  if (std::find(warnings.begin(), warnings.end(), text) == warnings.end()) warnings.push_back(std::move(text));
}

json::Document documentOf(const json::Value& value);  // a copy of its own

Result<Expansion> fromCompose(const json::Value& source);
Result<Expansion> fromCloudFormation(const json::Value& source);
Result<Expansion> fromTerraform(const json::Value& source);

}  // namespace taskpod::translate::inputs
