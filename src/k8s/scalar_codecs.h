// How Quantity and IntOrString are read and written. Included by the *_rows.cc files of k8s before they use field<>.
#pragma once

#include "json/row.h"
#include "taskpod/k8s/quantity.h"

namespace taskpod::json {

template <>
struct Codec<k8s::Quantity> {
  static bool read(k8s::Quantity& out, const Value& e, ReadContext& c) {
    if (!e.isString() && e.kind() != Kind::Number) return c.fail("a quantity such as 500m or 1Gi", e);
    out.text = e.text();
    return out.value() || c.fail("a quantity such as 500m or 1Gi", e);
  }
  static Value tree(const k8s::Quantity& v, Document& d) { return d.string(v.text); }
  static bool isEmpty(const k8s::Quantity& v) { return v.text.empty(); }
  static void fill(k8s::Quantity& v, Random& r, int) {
    v = r() & 1 ? k8s::Quantity::ofBytes(static_cast<std::int64_t>(r() % 4096) << 20)
                : k8s::Quantity::ofMillis(static_cast<std::int64_t>(r() % 8000));
  }
};

template <>
struct Codec<k8s::IntOrString> {
  static bool read(k8s::IntOrString& out, const Value& e, ReadContext& c) {
    out.isString = e.isString();
    if (out.isString) {
      out.text = e.text();
      return true;
    }
    return Codec<std::int32_t>::read(out.number, e, c);
  }
  static Value tree(const k8s::IntOrString& v, Document& d) { return v.isString ? d.string(v.text) : d.integer(v.number); }
  static bool isEmpty(const k8s::IntOrString& v) { return v == k8s::IntOrString{}; }
  static void fill(k8s::IntOrString& v, Random& r, int) {
    v = r() & 1 ? k8s::IntOrString{true, 0, randomWord(r)} : k8s::IntOrString{false, static_cast<std::int32_t>(1 + r() % 60000), {}};
  }
};

}  // namespace taskpod::json
