#include "controller/scheduling_queue.h"

#include <algorithm>

namespace taskpod::controller {

void SchedulingQueue::unlink(const std::string& uid, const Entry& entry) {
  if (entry.state == State::Active) {
    active_.erase(rankOf(entry));
    return;
  }
  auto [from, to] = due_.equal_range(entry.due);
  for (auto it = from; it != to; ++it) {
    if (it->second != uid) continue;
    due_.erase(it);
    return;
  }
}

void SchedulingQueue::activate(const std::string& uid, Entry& entry) {
  entry.state = State::Active;
  entry.age = arrivals_++;
  active_.emplace(rankOf(entry), uid);
}

void SchedulingQueue::schedule(const std::string& uid, Entry& entry, State state, Time due) {
  entry.state = state;
  entry.due = due;
  due_.emplace(due, uid);
}

Time SchedulingQueue::backoffEnd(const Entry& entry, Time from) {
  auto wait = kFirstBackoff * (std::int64_t{1} << std::clamp(entry.pending.attempts - 1, 0, 10));
  return from + std::min<std::chrono::seconds>(wait, kLongestBackoff);
}

void SchedulingQueue::set(std::shared_ptr<const k8s::Pod> pod, Time now) {
  std::string uid = pod->metadata.uid;
  auto [at, fresh] = entries_.try_emplace(uid);
  Entry& entry = at->second;
  if (fresh) {
    entry.pending.pod = std::move(pod);
    activate(uid, entry);
    return;
  }
  bool specChanged = entry.pending.pod->spec != pod->spec || entry.pending.pod->metadata.labels != pod->metadata.labels ||
                     entry.pending.pod->metadata.annotations != pod->metadata.annotations;
  unlink(uid, entry);
  entry.pending.pod = std::move(pod);
  if (entry.state == State::Active) {
    active_.emplace(rankOf(entry), uid);
  } else if (entry.state == State::Waiting && specChanged) {
    schedule(uid, entry, State::BackingOff, std::max(now, backoffEnd(entry, entry.failedAt)));
  } else {
    schedule(uid, entry, entry.state, entry.due);
  }
}

void SchedulingQueue::remove(const std::string& uid) {
  auto found = entries_.find(uid);
  if (found == entries_.end()) return;
  unlink(uid, found->second);
  entries_.erase(found);
}

std::optional<PendingPod> SchedulingQueue::pop(Time now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    std::string uid = due_.begin()->second;
    due_.erase(due_.begin());
    activate(uid, entries_.at(uid));
  }
  if (active_.empty()) return std::nullopt;
  std::string uid = active_.begin()->second;
  active_.erase(active_.begin());
  auto found = entries_.find(uid);
  PendingPod pending = std::move(found->second.pending);
  entries_.erase(found);
  ++pending.attempts;
  return pending;
}

void SchedulingQueue::failed(PendingPod pod, Time now) {
  std::string uid = pod.pod->metadata.uid;
  auto [at, fresh] = entries_.try_emplace(uid);
  if (!fresh) {
    at->second.pending.attempts = pod.attempts;  // a newer version arrived meanwhile and is active already
    return;
  }
  at->second.pending = std::move(pod);
  at->second.failedAt = now;
  schedule(uid, at->second, State::Waiting, now + kLongestWait);
}

void SchedulingQueue::putBack(PendingPod pod, Time now) {
  std::string uid = pod.pod->metadata.uid;
  auto [at, fresh] = entries_.try_emplace(uid);
  if (!fresh) return;
  at->second.pending = std::move(pod);
  at->second.failedAt = now;
  schedule(uid, at->second, State::BackingOff, backoffEnd(at->second, now));
}

void SchedulingQueue::wake(Time now) {
  for (auto& [uid, entry] : entries_) {
    if (entry.state != State::Waiting) continue;
    unlink(uid, entry);
    Time due = backoffEnd(entry, entry.failedAt);
    if (due <= now)
      activate(uid, entry);
    else
      schedule(uid, entry, State::BackingOff, due);
  }
}

Time SchedulingQueue::nextDue() const {
  if (!active_.empty()) return Time::min();
  return due_.empty() ? Time::max() : due_.begin()->first;
}

}  // namespace taskpod::controller
