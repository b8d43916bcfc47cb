#include "taskpod/base/work_queue.h"

#include <functional>

namespace taskpod {

void WorkQueue::enqueue(const std::string& key) {
  if (stopped_ || !dirty_.insert(key).second || processing_.contains(key)) return;
  ready_.push_back(key);
  changed_.notify_one();
}

void WorkQueue::add(const std::string& key) {
  std::lock_guard lock(mutex_);
  enqueue(key);
}

void WorkQueue::addAfter(const std::string& key, std::chrono::milliseconds delay) {
  std::lock_guard lock(mutex_);
  auto due = Clock::now() + delay;
  auto [known, fresh] = due_.try_emplace(key, due);
  if (!fresh && known->second <= due) return;
  known->second = due;
  later_.emplace(due, key);
  changed_.notify_one();
}

void WorkQueue::addAgain(const std::string& key) {
  int failures = 0;
  {
    std::lock_guard lock(mutex_);
    failures = ++failures_[key];
  }
  addAfter(key, backoff_.after(failures, std::hash<std::string>{}(key)));
}

void WorkQueue::forget(const std::string& key) {
  std::lock_guard lock(mutex_);
  failures_.erase(key);
}

void WorkQueue::release(Clock::time_point now) {
  while (!later_.empty() && later_.begin()->first <= now) {
    auto [due, key] = *later_.begin();
    later_.erase(later_.begin());
    auto known = due_.find(key);
    if (known == due_.end() || known->second != due) continue;  // an earlier entry has taken its place
    due_.erase(known);
    enqueue(key);
  }
}

std::optional<std::string> WorkQueue::get() {
  std::unique_lock lock(mutex_);
  for (;;) {
    release(Clock::now());
    if (stopped_) return std::nullopt;
    if (!ready_.empty()) break;
    auto due = later_.empty() ? Clock::time_point::max() : later_.begin()->first;  // a copy: another worker may take the entry
    if (later_.empty())
      changed_.wait(lock);
    else
      changed_.wait_until(lock, due);
  }
  std::string key = std::move(ready_.front());
  ready_.pop_front();
  dirty_.erase(key);
  processing_.insert(key);
  return key;
}

void WorkQueue::done(const std::string& key) {
  std::lock_guard lock(mutex_);
  processing_.erase(key);
  if (!dirty_.contains(key)) return;
  ready_.push_back(key);
  changed_.notify_one();
}

void WorkQueue::stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace taskpod
