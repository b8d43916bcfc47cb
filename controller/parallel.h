// Calls `work(0)` … `work(count - 1)` on at most `width` threads and waits for all of them.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace taskpod::controller {

template <class F>
void inParallel(std::size_t count, std::size_t width, const F& work) {
  if (count <= 1) {
    if (count == 1) work(0);
    return;
  }
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < std::min(count, width); ++i)
    threads.emplace_back([&] {
      for (std::size_t n = next++; n < count; n = next++) work(n);
    });
}

}  // namespace taskpod::controller
