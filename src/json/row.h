// One row per API field: its name, when it is written, and the functions that read, write and fill it. Private to the *_rows.cc files and
// tests.
//
//   field<&Container::image>("image")      field<&ContainerStatus::ready>("ready", Presence::Always)
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <type_traits>

#include "taskpod/base/boxed.h"
#include "taskpod/json/codec.h"
#include "taskpod/json/document.h"

namespace taskpod::json {

using Random = std::mt19937_64;

enum class Presence : std::uint8_t { WhenSet, Always };

// Where a read is and what it has found wrong. With `all` set a problem is recorded and reading goes on, else the first one ends it.
struct ReadContext {
  ReadOptions options;
  std::vector<Problem>* all = nullptr;
  Problem first;

  bool fail(std::string_view expected, const Value& found);
  bool fail(std::string message);
  void enter(std::string_view member) { steps_.push_back({member, 0}); }
  void enter(std::size_t index) { steps_.push_back({{}, index}); }
  void leave() { steps_.pop_back(); }

 private:
  struct Step {
    std::string_view member;  // "" for a list item
    std::size_t index;
  };
  std::string path() const;
  std::vector<Step> steps_;
};

struct Row {
  std::string_view name;
  Presence presence;
  bool (*read)(void* object, const Value& value, ReadContext& context);
  Value (*tree)(const void* object, Document& document);
  bool (*isEmpty)(const void* object);
  void (*fill)(void* object, Random& random, int depth);  // a random value, for property tests
  std::span<const Row> (*nested)();                       // rows of the struct inside (or of list items), else nullptr
};

bool readRows(void* object, std::span<const Row> rows, const Value& value, ReadContext& context, Extra& extra);
Value treeOfRows(const void* object, std::span<const Row> rows, const Extra& extra, Document& document);
void fillRows(void* object, std::span<const Row> rows, Random& random, int depth);
bool readScalarText(const Value& value, std::string& out, ReadContext& context);
bool readInteger(const Value& value, std::int64_t low, std::int64_t high, std::int64_t& out, ReadContext& context);
Value parsed(Document& document, const std::string& text);  // of text that write() made
std::string randomWord(Random& random);

// How a C++ type is read and written. Specialised for each kind of member.
template <class T>
struct Codec;

template <>
struct Codec<std::string> {
  static bool read(std::string& out, const Value& e, ReadContext& c) { return readScalarText(e, out, c); }
  static Value tree(const std::string& v, Document& d) { return d.string(v); }
  static bool isEmpty(const std::string& v) { return v.empty(); }
  static void fill(std::string& v, Random& r, int) { v = randomWord(r); }
};

template <>
struct Codec<bool> {
  static bool read(bool& out, const Value& e, ReadContext& c) {
    bool isWord = e.text() == "true" || e.text() == "false";
    if (e.kind() != Kind::Boolean && !(c.options.scalarsFromStrings && e.isString() && isWord)) return c.fail("true or false", e);
    out = e.text() == "true";
    return true;
  }
  static Value tree(bool v, Document& d) { return d.boolean(v); }
  static bool isEmpty(bool v) { return !v; }
  static void fill(bool& v, Random& r, int) { v = r() & 1; }
};

template <class T>
requires std::is_integral_v<T>
struct Codec<T> {
  static bool read(T& out, const Value& e, ReadContext& c) {
    std::int64_t value = 0;
    if (!readInteger(e, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), value, c)) return false;
    out = static_cast<T>(value);
    return true;
  }
  static Value tree(T v, Document& d) { return d.integer(v); }
  static bool isEmpty(T v) { return v == 0; }
  static void fill(T& v, Random& r, int) { v = static_cast<T>(1 + r() % 4096); }
};

template <>
struct Codec<double> {
  static bool read(double& out, const Value& e, ReadContext& c);
  static Value tree(double v, Document& d);
  static bool isEmpty(double v) { return v == 0; }
  static void fill(double& v, Random& r, int) { v = static_cast<double>(1 + r() % 64) / 4; }
};

template <>
struct Codec<Raw> {
  static bool read(Raw& out, const Value& e, ReadContext&) {
    write(out.text, e);
    return true;
  }
  static Value tree(const Raw& v, Document& d) { return parsed(d, v.text); }
  static bool isEmpty(const Raw& v) { return v.text.empty(); }
  static void fill(Raw& v, Random& r, int) { v.text = std::to_string(r() % 100000); }
};

template <class T>
concept Struct = requires {
  T::rows();
};

template <Struct T>
struct Codec<T> {
  static bool read(T& out, const Value& e, ReadContext& c) { return readRows(&out, T::rows(), e, c, out.extra); }
  static Value tree(const T& v, Document& d) { return treeOfRows(&v, T::rows(), v.extra, d); }
  static bool isEmpty(const T& v) { return v == T{}; }
  static void fill(T& v, Random& r, int depth) { fillRows(&v, T::rows(), r, depth); }
};

template <class T>
struct Codec<std::optional<T>> {
  static bool read(std::optional<T>& out, const Value& e, ReadContext& c) { return Codec<T>::read(out.emplace(), e, c); }
  static Value tree(const std::optional<T>& v, Document& d) { return Codec<T>::tree(*v, d); }
  static bool isEmpty(const std::optional<T>& v) { return !v; }
  static void fill(std::optional<T>& v, Random& r, int depth) { Codec<T>::fill(v.emplace(), r, depth); }
};

template <class T>
struct Codec<Boxed<T>> {
  static bool read(Boxed<T>& out, const Value& e, ReadContext& c) { return Codec<T>::read(out.emplace(), e, c); }
  static Value tree(const Boxed<T>& v, Document& d) { return Codec<T>::tree(*v, d); }
  static bool isEmpty(const Boxed<T>& v) { return !v; }
  static void fill(Boxed<T>& v, Random& r, int depth) { Codec<T>::fill(v.emplace(), r, depth); }
};

template <class T>
struct Codec<std::vector<T>> {
  static bool read(std::vector<T>& out, const Value& e, ReadContext& c) {
    if (!e.isArray()) return c.fail("a list", e);
    out.reserve(e.items().size());
    for (const Value& item : e.items()) {
      c.enter(out.size());
      if (!Codec<T>::read(out.emplace_back(), item, c)) return false;
      c.leave();
    }
    return true;
  }
  static Value tree(const std::vector<T>& v, Document& d) {
    auto items = d.newItems(v.size());
    for (std::size_t i = 0; i < v.size(); ++i) items[i] = Codec<T>::tree(v[i], d);
    return d.arrayOf(items);
  }
  static bool isEmpty(const std::vector<T>& v) { return v.empty(); }
  static void fill(std::vector<T>& v, Random& r, int depth) {
    v.resize(1 + r() % 2);
    for (auto& item : v) Codec<T>::fill(item, r, depth);
  }
};

template <class T>
struct Codec<std::map<std::string, T>> {
  static bool read(std::map<std::string, T>& out, const Value& e, ReadContext& c) {
    if (!e.isObject()) return c.fail("an object", e);
    for (const Member& member : e.members()) {
      if (member.value.isNull()) continue;
      T& value = out[std::string(member.name)];
      c.enter(member.name);
      if (!Codec<T>::read(value, member.value, c)) return false;
      c.leave();
    }
    return true;
  }
  static Value tree(const std::map<std::string, T>& v, Document& d) {
    auto members = d.newMembers(v.size());
    std::size_t i = 0;
    for (const auto& [name, value] : v) members[i++] = {d.intern(name), Codec<T>::tree(value, d)};
    return d.objectOf(members);
  }
  static bool isEmpty(const std::map<std::string, T>& v) { return v.empty(); }
  static void fill(std::map<std::string, T>& v, Random& r, int depth) { Codec<T>::fill(v[randomWord(r)], r, depth); }
};

template <class T>
constexpr auto nestedRowsOf() -> std::span<const Row> (*)() {
  if constexpr (Struct<T>) {
    return &T::rows;
  } else if constexpr (requires { typename T::mapped_type; }) {
    return nestedRowsOf<typename T::mapped_type>();
  } else if constexpr (!std::is_same_v<T, std::string> && requires { typename T::value_type; }) {
    return nestedRowsOf<typename T::value_type>();
  } else {
    return nullptr;
  }
}

template <auto Pointer>
struct MemberOf;

template <class S, class M, M S::*Pointer>
struct MemberOf<Pointer> {
  using Type = M;
  static M& get(void* object) { return static_cast<S*>(object)->*Pointer; }
  static const M& get(const void* object) { return static_cast<const S*>(object)->*Pointer; }
};

template <auto Pointer>
constexpr Row field(std::string_view name, Presence presence = Presence::WhenSet) {
  using At = MemberOf<Pointer>;
  using C = Codec<typename At::Type>;
  return Row{
      name,
      presence,
      [](void* object, const Value& e, ReadContext& c) { return C::read(At::get(object), e, c); },
      [](const void* object, Document& d) { return C::tree(At::get(object), d); },
      [](const void* object) { return C::isEmpty(At::get(object)); },
      [](void* object, Random& r, int depth) { C::fill(At::get(object), r, depth); },
      nestedRowsOf<typename At::Type>(),
  };
}

}  // namespace taskpod::json
