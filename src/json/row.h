// One row per API field: its name, when it is written, and the functions that read, write and fill it. Private to the *_rows.cc files and
// tests.
//
//   field<&Container::image>("image")      field<&ContainerStatus::ready>("ready", Presence::Always)
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <type_traits>

#include "taskpod/base/boxed.h"
#include "taskpod/json/codec.h"

namespace taskpod::json {

using Element = simdjson::dom::element;
using Random = std::mt19937_64;

enum class Presence : std::uint8_t { WhenSet, Always };

struct ReadContext {
  ReadOptions options;
  std::string path;  // built from the inside out while an error unwinds
  std::string problem;

  bool fail(std::string_view expected, Element found);
  bool fail(std::string problem);
  void within(std::string_view member);
  void within(std::size_t index);
};

struct Row {
  std::string_view name;
  Presence presence;
  bool (*read)(void* object, Element element, ReadContext& context);
  void (*write)(const void* object, std::string& out);
  bool (*isEmpty)(const void* object);
  void (*fill)(void* object, Random& random, int depth);  // a random value, for property tests
  std::span<const Row> (*nested)();                       // rows of the struct inside (or of list items), else nullptr
};

bool readRows(void* object, std::span<const Row> rows, Element element, ReadContext& context, Extra& extra);
void writeRows(const void* object, std::span<const Row> rows, const Extra& extra, std::string& out);
void fillRows(void* object, std::span<const Row> rows, Random& random, int depth);
bool readScalarText(Element element, std::string& out, ReadContext& context);
bool readInteger(Element element, std::int64_t low, std::int64_t high, std::int64_t& out, ReadContext& context);
void writeElement(Element element, std::string& out);
std::string randomWord(Random& random);

// How a C++ type is read and written. Specialised for each kind of member.
template <class T>
struct Codec;

template <>
struct Codec<std::string> {
  static bool read(std::string& out, Element e, ReadContext& c) { return readScalarText(e, out, c); }
  static void write(const std::string& v, std::string& out) { writeString(out, v); }
  static bool isEmpty(const std::string& v) { return v.empty(); }
  static void fill(std::string& v, Random& r, int) { v = randomWord(r); }
};

template <>
struct Codec<bool> {
  static bool read(bool& out, Element e, ReadContext& c) {
    if (e.get_bool().get(out) == simdjson::SUCCESS) return true;
    std::string_view text;
    if (c.options.scalarsFromStrings && e.get_string().get(text) == simdjson::SUCCESS && (text == "true" || text == "false")) {
      out = text == "true";
      return true;
    }
    return c.fail("true or false", e);
  }
  static void write(bool v, std::string& out) { out += v ? "true" : "false"; }
  static bool isEmpty(bool v) { return !v; }
  static void fill(bool& v, Random& r, int) { v = r() & 1; }
};

template <class T>
requires std::is_integral_v<T>
struct Codec<T> {
  static bool read(T& out, Element e, ReadContext& c) {
    std::int64_t value = 0;
    if (!readInteger(e, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), value, c)) return false;
    out = static_cast<T>(value);
    return true;
  }
  static void write(T v, std::string& out) { out += std::to_string(v); }
  static bool isEmpty(T v) { return v == 0; }
  static void fill(T& v, Random& r, int) { v = static_cast<T>(1 + r() % 4096); }
};

template <>
struct Codec<double> {
  static bool read(double& out, Element e, ReadContext& c) { return e.get_double().get(out) == simdjson::SUCCESS || c.fail("a number", e); }
  static void write(double v, std::string& out);
  static bool isEmpty(double v) { return v == 0; }
  static void fill(double& v, Random& r, int) { v = static_cast<double>(1 + r() % 64) / 4; }
};

template <>
struct Codec<Raw> {
  static bool read(Raw& out, Element e, ReadContext&) {
    writeElement(e, out.text);
    return true;
  }
  static void write(const Raw& v, std::string& out) { out += v.text; }
  static bool isEmpty(const Raw& v) { return v.text.empty(); }
  static void fill(Raw& v, Random& r, int) { v.text = std::to_string(r() % 100000); }
};

template <class T>
concept Struct = requires {
  T::rows();
};

template <Struct T>
struct Codec<T> {
  static bool read(T& out, Element e, ReadContext& c) { return readRows(&out, T::rows(), e, c, out.extra); }
  static void write(const T& v, std::string& out) { writeRows(&v, T::rows(), v.extra, out); }
  static bool isEmpty(const T& v) { return v == T{}; }
  static void fill(T& v, Random& r, int depth) { fillRows(&v, T::rows(), r, depth); }
};

template <class T>
struct Codec<std::optional<T>> {
  static bool read(std::optional<T>& out, Element e, ReadContext& c) { return Codec<T>::read(out.emplace(), e, c); }
  static void write(const std::optional<T>& v, std::string& out) { Codec<T>::write(*v, out); }
  static bool isEmpty(const std::optional<T>& v) { return !v; }
  static void fill(std::optional<T>& v, Random& r, int depth) { Codec<T>::fill(v.emplace(), r, depth); }
};

template <class T>
struct Codec<Boxed<T>> {
  static bool read(Boxed<T>& out, Element e, ReadContext& c) { return Codec<T>::read(out.emplace(), e, c); }
  static void write(const Boxed<T>& v, std::string& out) { Codec<T>::write(*v, out); }
  static bool isEmpty(const Boxed<T>& v) { return !v; }
  static void fill(Boxed<T>& v, Random& r, int depth) { Codec<T>::fill(v.emplace(), r, depth); }
};

template <class T>
struct Codec<std::vector<T>> {
  static bool read(std::vector<T>& out, Element e, ReadContext& c) {
    simdjson::dom::array array;
    if (e.get_array().get(array) != simdjson::SUCCESS) return c.fail("a list", e);
    out.reserve(array.size());
    for (Element item : array) {
      if (!Codec<T>::read(out.emplace_back(), item, c)) {
        c.within(out.size() - 1);
        return false;
      }
    }
    return true;
  }
  static void write(const std::vector<T>& v, std::string& out) {
    out += '[';
    bool first = true;
    for (const auto& item : v) {
      if (!first) out += ',';
      first = false;
      Codec<T>::write(item, out);
    }
    out += ']';
  }
  static bool isEmpty(const std::vector<T>& v) { return v.empty(); }
  static void fill(std::vector<T>& v, Random& r, int depth) {
    v.resize(1 + r() % 2);
    for (auto& item : v) Codec<T>::fill(item, r, depth);
  }
};

template <class T>
struct Codec<std::map<std::string, T>> {
  static bool read(std::map<std::string, T>& out, Element e, ReadContext& c) {
    simdjson::dom::object object;
    if (e.get_object().get(object) != simdjson::SUCCESS) return c.fail("an object", e);
    for (auto member : object) {
      auto [at, fresh] = out.try_emplace(std::string(member.key));
      if (!fresh) return c.fail("duplicate member \"" + std::string(member.key) + "\"");
      if (member.value.is_null()) continue;
      if (!Codec<T>::read(at->second, member.value, c)) {
        c.within(member.key);
        return false;
      }
    }
    return true;
  }
  static void write(const std::map<std::string, T>& v, std::string& out) {
    out += '{';
    bool first = true;
    for (const auto& [name, value] : v) {
      if (!first) out += ',';
      first = false;
      writeString(out, name);
      out += ':';
      Codec<T>::write(value, out);
    }
    out += '}';
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
      [](void* object, Element e, ReadContext& c) { return C::read(At::get(object), e, c); },
      [](const void* object, std::string& out) { C::write(At::get(object), out); },
      [](const void* object) { return C::isEmpty(At::get(object)); },
      [](void* object, Random& r, int depth) { C::fill(At::get(object), r, depth); },
      nestedRowsOf<typename At::Type>(),
  };
}

}  // namespace taskpod::json
