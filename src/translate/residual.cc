#include "taskpod/translate/residual.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <set>

namespace taskpod::translate {
namespace {

using json::Document;
using json::Member;
using json::Value;

// Lists of objects are told apart by these members: the value says whether elements are matched by name or by position.
constexpr std::string_view kNamed = "@name";
constexpr std::string_view kPlaced = "@at";
constexpr std::string_view kOrder = "@order";

bool isAbsent(const Value* value) { return !value || value->isNull(); }

// Every item has a name of its own.
bool isNamedList(const Value& list) {
  auto items = list.items();
  constexpr std::size_t kFew = 16;
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::string_view name = items[i].stringAt("name");
    if (name.empty()) return false;
    if (items.size() > kFew) {
      if (!names.insert(name).second) return false;
    } else {
      for (std::size_t k = 0; k < i; ++k)
        if (items[k].stringAt("name") == name) return false;
    }
  }
  return !items.empty();
}

bool isObjectList(const Value& list) {
  return !list.items().empty() && std::all_of(list.items().begin(), list.items().end(), [](const Value& item) { return item.isObject(); });
}

const Value* named(const Value& list, std::string_view name) {
  for (const Value& item : list.items())
    if (item.stringAt("name") == name) return &item;
  return nullptr;
}

Value leaf(Document& d, const Value* source, const Value* mapped) {
  std::vector<Value> parts;
  if (!isAbsent(source))
    parts.push_back(*source);
  else if (!isAbsent(mapped))
    parts.push_back(Value());
  if (!isAbsent(mapped)) parts.push_back(*mapped);
  return d.array(parts);
}

std::optional<Value> difference(Document& d, const Value* source, const Value* mapped);

std::optional<Value> objectDifference(Document& d, const Value& source, const Value& mapped) {
  std::vector<Member> members;
  std::size_t found = 0;
  for (const Member& member : source.members()) {
    const Value* twin = mapped.find(member.name);
    found += twin != nullptr;
    if (auto change = difference(d, &member.value, twin)) members.push_back({member.name, *change});
  }
  if (found < mapped.members().size())
    for (const Member& member : mapped.members())
      if (!source.find(member.name))
        if (auto change = difference(d, nullptr, &member.value)) members.push_back({member.name, *change});
  if (members.empty()) return std::nullopt;
  return d.object(members);
}

bool sameNames(const Value& a, const Value& b) {
  return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(),
                    [](const Value& x, const Value& y) { return x.stringAt("name") == y.stringAt("name"); });
}

std::optional<Value> listDifference(Document& d, const Value& source, const Value& mapped) {
  if (!isObjectList(source) || !isObjectList(mapped)) return source == mapped ? std::nullopt : std::optional(leaf(d, &source, &mapped));
  std::vector<Member> changes;
  if (isNamedList(source) && isNamedList(mapped)) {
    for (std::size_t i = 0; i < source.items().size(); ++i) {
      const Value& item = source.items()[i];
      std::string_view name = item.stringAt("name");
      bool aligned = i < mapped.items().size() && mapped.items()[i].stringAt("name") == name;
      if (auto change = difference(d, &item, aligned ? &mapped.items()[i] : named(mapped, name))) changes.push_back({name, *change});
    }
    for (const Value& item : mapped.items())
      if (!named(source, item.stringAt("name"))) changes.push_back({item.stringAt("name"), leaf(d, nullptr, &item)});
    std::vector<Member> out;
    if (!changes.empty()) out.push_back({kNamed, d.object(changes)});
    if (!sameNames(source, mapped)) {
      std::vector<Value> order;
      for (const Value& item : source.items()) order.push_back(d.string(item.stringAt("name")));
      out.push_back({kOrder, d.array(order)});
    }
    if (out.empty()) return std::nullopt;
    return d.object(out);
  }
  if (source.items().size() != mapped.items().size()) return leaf(d, &source, &mapped);
  for (std::size_t i = 0; i < source.items().size(); ++i)
    if (auto change = difference(d, &source.items()[i], &mapped.items()[i])) changes.push_back({d.intern(std::to_string(i)), *change});
  if (changes.empty()) return std::nullopt;
  Member placed{kPlaced, d.object(changes)};
  return d.object({&placed, 1});
}

std::optional<Value> difference(Document& d, const Value* source, const Value* mapped) {
  if (isAbsent(source) && isAbsent(mapped)) return std::nullopt;
  if (!isAbsent(source) && !isAbsent(mapped)) {
    if (source->isObject() && mapped->isObject()) return objectDifference(d, *source, *mapped);
    if (source->isArray() && mapped->isArray()) return listDifference(d, *source, *mapped);
    if (*source == *mapped) return std::nullopt;
  }
  return leaf(d, source, mapped);
}

std::optional<Value> patched(Document& d, const Value* now, const Value& change);

Value objectPatched(Document& d, const Value& now, const Value& change) {
  std::vector<Member> members;
  for (const Member& member : now.members()) {
    const Value* edit = change.find(member.name);
    if (!edit) {
      members.push_back(member);
    } else if (auto value = patched(d, &member.value, *edit)) {
      members.push_back({member.name, *value});
    }
  }
  for (const Member& edit : change.members())
    if (!now.find(edit.name))
      if (auto value = patched(d, nullptr, edit.value)) members.push_back({edit.name, *value});
  return d.object(members);
}

Value namedListPatched(Document& d, const Value& now, const Value& change, const Value* order) {
  std::vector<Value> items;
  for (const Value& item : now.items()) {
    const Value* edit = change.find(item.stringAt("name"));
    if (!edit) {
      items.push_back(item);
    } else if (auto value = patched(d, &item, *edit)) {
      items.push_back(*value);
    }
  }
  for (const Member& edit : change.members())
    if (!named(now, edit.name))
      if (auto value = patched(d, nullptr, edit.value)) items.push_back(*value);
  if (!order) return d.array(items);
  auto rank = [&](const Value& item) {
    for (std::size_t i = 0; i < order->items().size(); ++i)
      if (order->items()[i].text() == item.stringAt("name")) return i;
    return order->items().size();
  };
  std::stable_sort(items.begin(), items.end(), [&](const Value& a, const Value& b) { return rank(a) < rank(b); });
  return d.array(items);
}

Value placedListPatched(Document& d, const Value& now, const Value& change) {
  std::vector<Value> items(now.items().begin(), now.items().end());
  for (const Member& edit : change.members()) {
    std::size_t at = 0;
    for (char c : edit.name) at = at * 10 + static_cast<std::size_t>(c - '0');
    if (at >= items.size()) continue;
    if (auto value = patched(d, &items[at], edit.value)) items[at] = *value;
  }
  return d.array(items);
}

// The value with the change put back, nullopt for "absent".
std::optional<Value> patched(Document& d, const Value* now, const Value& change) {
  if (change.isArray()) {
    auto parts = change.items();
    const Value* was = parts.size() > 1 ? &parts[1] : nullptr;
    bool untouched = isAbsent(now) ? isAbsent(was) : was && *now == *was;
    if (!untouched) return isAbsent(now) ? std::nullopt : std::optional(*now);
    if (parts.empty() || parts[0].isNull()) return std::nullopt;
    return parts[0];
  }
  if (isAbsent(now)) return std::nullopt;
  if (now->isArray()) {
    const Value* byPlace = change.find(kPlaced);
    if (byPlace && byPlace->isObject()) return placedListPatched(d, *now, *byPlace);
    const Value* byName = change.find(kNamed);
    return namedListPatched(d, *now, byName ? *byName : Value(), change.find(kOrder));
  }
  if (!now->isObject()) return *now;
  return objectPatched(d, *now, change);
}

void collectPaths(const Value& change, const std::string& path, std::set<std::string>& out) {
  if (change.isArray()) {
    out.insert(path);
    return;
  }
  for (const Member& member : change.members()) {
    if (member.name == kOrder) {
      out.insert(path + std::string(kOrder));
    } else if (member.name == kNamed || member.name == kPlaced) {
      for (const Member& item : member.value.members()) collectPaths(item.value, path + "[]", out);
    } else {
      collectPaths(member.value, path.empty() ? std::string(member.name) : path + "." + std::string(member.name), out);
    }
  }
}

Value sorted(Document& d, const Value& value) {
  if (value.isArray()) {
    std::vector<Value> items;
    for (const Value& item : value.items()) items.push_back(sorted(d, item));
    return d.array(items);
  }
  if (!value.isObject()) return value;
  std::vector<Member> members;
  for (const Member& member : value.members()) members.push_back({member.name, sorted(d, member.value)});
  std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.name < b.name; });
  return d.object(members);
}

std::string checksum(std::string_view text) {
  std::uint32_t hash = 2166136261u;  // FNV-1a
  for (unsigned char c : text) hash = (hash ^ c) * 16777619u;
  char out[9];
  std::snprintf(out, sizeof out, "%08x", hash);
  return out;
}

}  // namespace

std::string sealResidual(std::string_view text, int kubeMinor) {
  std::string kube = kubeMinor > 0 ? "\"kube\":" + std::to_string(kubeMinor) + "," : "";
  return "{\"v\":1," + kube + "\"sum\":\"" + checksum(text) + "\",\"rest\":" + std::string(text) + "}";
}

Result<Opened> openResidual(Document& document, std::string_view sealed) {
  if (sealed.size() > kMaxResidualBytes)
    return Error{Reason::RequestEntityTooLarge,
                 "has " + std::to_string(sealed.size()) + " bytes, at most " + std::to_string(kMaxResidualBytes) + " are read"};
  auto envelope = document.add(sealed);
  if (!envelope) return envelope.error();
  const Value* version = envelope->find("v");
  const Value* rest = envelope->find("rest");
  if (!version || !rest || !rest->isObject()) return Error{Reason::BadRequest, "is not of the form {\"v\":1,\"sum\":…,\"rest\":{…}}"};
  if (version->text() != "1") return Error{Reason::BadRequest, "has version " + std::string(version->text()) + ", only 1 is known"};
  if (envelope->stringAt("sum") != checksum(json::write(*rest)))
    return Error{Reason::BadRequest, "was cut or edited: its checksum does not fit; edit the native fields in its place"};
  Opened out{*rest};
  if (const Value* kube = envelope->find("kube"); kube && kube->text().size() == 2)
    std::from_chars(kube->text().data(), kube->text().data() + 2, out.kubeMinor);
  return out;
}

std::string residualText(const Value& residual) {
  Document scratch;
  return json::write(sorted(scratch, residual));
}

std::optional<Value> residualOf(Document& document, const Value& source, const Value& mapped) {
  return difference(document, &source, &mapped);
}

Value applyResidual(Document& document, const Value& mapped, const Value& residual) {
  return patched(document, &mapped, residual).value_or(mapped);
}

std::vector<std::string> residualPaths(const Value& residual) {
  std::set<std::string> paths;
  collectPaths(residual, "", paths);
  return {paths.begin(), paths.end()};
}

}  // namespace taskpod::translate
