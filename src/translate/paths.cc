#include "translate/paths.h"

#include <vector>

namespace taskpod::translate {

using json::Document;
using json::Member;
using json::Value;

Value with(Document& d, const Value& object, std::string_view name, std::optional<Value> value) {
  std::vector<Member> members;
  bool done = false;
  for (const Member& member : object.members()) {
    if (member.name != name) {
      members.push_back(member);
    } else if (value) {
      members.push_back({name, *value});
      done = true;
    }
  }
  if (value && !done) members.push_back({d.intern(name), *value});
  return d.object(members);
}

std::optional<Value> withPath(Document& d, const Value* object, std::span<const std::string_view> path, std::optional<Value> value) {
  if (path.empty()) return value;
  Value base = object && object->isObject() ? *object : d.object({});
  auto child = withPath(d, base.find(path[0]), path.subspan(1), value);
  Value out = with(d, base, path[0], child);
  if (out.members().empty()) return std::nullopt;
  return out;
}

const Value* valueAt(const Value& value, std::span<const std::string_view> path) {
  const Value* now = &value;
  for (auto name : path) {
    now = now->find(name);
    if (!now) return nullptr;
  }
  return now;
}

Value unwrapped(Document& d, const Value& source) {
  const Value* inner = source.find("taskDefinition");
  if (!inner || !inner->isObject()) return source;
  const Value* tags = source.find("tags");
  return tags && !inner->find("tags") ? with(d, *inner, "tags", *tags) : *inner;
}

namespace {

std::size_t carrierOf(const Value& list) {
  for (std::size_t i = 0; i < list.items().size(); ++i) {
    const Value* essential = list.items()[i].find("essential");
    if (!essential || essential->text() == "true") return i;
  }
  return 0;
}

}  // namespace

Value withLabel(Document& d, const Value& definition, std::string_view name, std::optional<Value> label) {
  const Value* list = definition.find("containerDefinitions");
  if (!list || list->items().empty()) return definition;
  std::vector<Value> items(list->items().begin(), list->items().end());
  const std::string_view path[] = {"dockerLabels", name};
  if (label) {
    Value& item = items[carrierOf(*list)];
    item = *withPath(d, &item, path, label);
  } else {
    for (Value& item : items)
      if (valueAt(item, path)) item = withPath(d, &item, path, std::nullopt).value_or(d.object({}));
  }
  return with(d, definition, "containerDefinitions", d.array(items));
}

std::optional<std::string> labelIn(const Value& definition, std::string_view name) {
  const Value* list = definition.find("containerDefinitions");
  if (!list) return std::nullopt;
  const std::string_view path[] = {"dockerLabels", name};
  for (const Value& item : list->items())
    if (const Value* label = valueAt(item, path); label && label->isString()) return std::string(label->text());
  return std::nullopt;
}

}  // namespace taskpod::translate
