// Signals as a callback on an ordinary thread. Made first in main, before other threads, which then inherit the blocked mask.
#pragma once

#include <csignal>
#include <functional>
#include <initializer_list>
#include <thread>

namespace taskpod {

class SignalWatcher {
 public:
  SignalWatcher(std::initializer_list<int> signals, std::function<void(int)> onSignal);
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

 private:
  int descriptor_;
  int stop_;
  std::thread thread_;
};

}  // namespace taskpod
