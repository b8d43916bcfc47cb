// How long to wait before trying again: doubling from a first wait to a longest, with jitter of up to a tenth so that many do not come at
// once.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace taskpod {

struct Backoff {
  std::chrono::milliseconds first{200};
  std::chrono::milliseconds longest{30'000};

  // `failures` counts from 1; `seed` may be anything that differs between those who wait.
  std::chrono::milliseconds after(int failures, std::uint64_t seed = 0) const {
    auto wait = first * (std::int64_t{1} << std::clamp(failures - 1, 0, 20));
    wait = std::min<std::chrono::milliseconds>(wait, longest);
    std::uint64_t mixed = (seed + static_cast<std::uint64_t>(failures)) * 0x9E3779B97F4A7C15ull;
    return wait + std::chrono::milliseconds(wait.count() / 10 * static_cast<std::int64_t>(mixed >> 60) / 16);
  }
};

}  // namespace taskpod
