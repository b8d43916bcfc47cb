// Quantity: a fixed-point number with a suffix, kept as it was written ("100m", "1Gi", "0.5"). The arithmetic is exact and rounds up, as in
// apimachinery pkg/api/resource/quantity.go; there is no floating point. IntOrString: a port or percentage member.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace taskpod::k8s {

struct Quantity {
  std::string text;  // as written; "" counts as 0

  static Quantity ofMillis(std::int64_t millis);  // "250m", "2"
  static Quantity ofBytes(std::int64_t bytes);    // "128Mi" where exact, else the plain number
  static Quantity ofUnits(std::int64_t units);    // "3"

  // The value times 1000 (cpu in millicores) and the value (memory in bytes), rounded up; nullopt if the text is no quantity.
  // Values beyond 64 bits are clamped to the largest.
  std::optional<std::int64_t> millis() const;
  std::optional<std::int64_t> value() const;

  bool operator==(const Quantity&) const = default;
};

struct IntOrString {
  bool isString = false;
  std::int32_t number = 0;
  std::string text;
  bool operator==(const IntOrString&) const = default;
};

}  // namespace taskpod::k8s
