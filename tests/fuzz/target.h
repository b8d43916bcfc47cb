// What the fuzz targets share. Each target is a file with LLVMFuzzerTestOneInput; tests/fuzz/run builds, seeds and runs them. What must
// hold: no crash, no sanitizer report, no more memory or time than the limits of the run, and what a target asserts.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#define MUST_HOLD(condition)                                               \
  do {                                                                     \
    if (!(condition)) {                                                    \
      std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                        \
    }                                                                      \
  } while (false)

inline std::string_view textOf(const std::uint8_t* data, std::size_t size) { return {reinterpret_cast<const char*>(data), size}; }
