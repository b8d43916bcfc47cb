// A queue of keys, each at most once, none handed to two workers at the same time (the contract of client-go's workqueue).
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "taskpod/base/backoff.h"

namespace taskpod {

class WorkQueue {
 public:
  explicit WorkQueue(Backoff backoff = {}) : backoff_(backoff) {}

  void add(const std::string& key);
  void addAfter(const std::string& key, std::chrono::milliseconds delay);
  // Again after a failure: later each time, until forget().
  void addAgain(const std::string& key);
  void forget(const std::string& key);

  // The next key, waiting for one; nullopt once the queue is stopped. The caller must call done() with it.
  std::optional<std::string> get();
  void done(const std::string& key);
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  void enqueue(const std::string& key);  // with mutex_ held
  void release(Clock::time_point now);   // moves what is due from later_ to ready_, with mutex_ held

  const Backoff backoff_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // guarded by mutex_
  std::deque<std::string> ready_;     // in dirty_ and not in processing_
  std::set<std::string> dirty_;       // wants work
  std::set<std::string> processing_;  // a worker has it; if also dirty, it comes again when done
  std::multimap<Clock::time_point, std::string> later_;
  std::map<std::string, Clock::time_point> due_;  // the earliest entry of a key in later_
  std::map<std::string, int> failures_;
  bool stopped_ = false;
};

}  // namespace taskpod
