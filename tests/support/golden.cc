#include "tests/support/golden.h"

#include <cstdlib>

namespace taskpod::tests {

using json::Value;

const Value* at(const Value& value, std::string_view pointer) {
  const Value* now = &value;
  while (!pointer.empty() && now) {
    pointer.remove_prefix(1);
    std::string token(pointer.substr(0, pointer.find('/')));
    pointer.remove_prefix(std::min(token.size(), pointer.size()));
    for (std::size_t tilde = token.find('~'); tilde != std::string::npos; tilde = token.find('~', tilde + 1))
      token.replace(tilde, 2, token.substr(tilde, 2) == "~1" ? "/" : "~");
    if (now->isArray()) {
      auto index = static_cast<std::size_t>(std::atoi(token.c_str()));
      now = index < now->items().size() ? &now->items()[index] : nullptr;
    } else {
      now = now->find(token);
    }
  }
  return now;
}

bool contains(const Value& have, const Value& want, std::string path, std::string& problem) {
  auto fail = [&](const std::string& what) {
    problem = path + ": " + what;
    return false;
  };
  if (want.isObject()) {
    if (!have.isObject()) return fail("expected an object, found " + json::write(have));
    for (const auto& member : want.members()) {
      const Value* found = have.find(member.name);
      if (!found) return fail("no member " + std::string(member.name));
      if (!contains(*found, member.value, path + "/" + std::string(member.name), problem)) return false;
    }
    return true;
  }
  bool named = want.isArray() && !want.items().empty();
  for (const auto& item : want.items()) named = named && !item.stringAt("name").empty();
  if (named) {
    for (const auto& item : want.items()) {
      const Value* found = nullptr;
      for (const auto& other : have.items())
        if (other.stringAt("name") == item.stringAt("name")) found = &other;
      if (!found) return fail("nothing named " + std::string(item.stringAt("name")));
      if (!contains(*found, item, path + "/" + std::string(item.stringAt("name")), problem)) return false;
    }
    return true;
  }
  if (want.isArray() && have.isArray() && want.items().size() == have.items().size()) {
    for (std::size_t i = 0; i < want.items().size(); ++i)
      if (!contains(have.items()[i], want.items()[i], path + "/" + std::to_string(i), problem)) return false;
    return true;
  }
  return want == have || fail("expected " + json::write(want) + ", found " + json::write(have));
}

}  // namespace taskpod::tests
