// Pods that wait for a node, by UID. Active ones come out by priority, then by age; one that fitted nowhere waits until the cluster
// changes, then backs off (1 s, doubling to 10 s) before it is active again; after 5 minutes it is tried anyhow. Semantics of
// kube-scheduler's queues (pkg/scheduler/backend/queue), without per-plugin hints: every change that could help wakes all. Time is an
// argument; one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "taskpod/k8s/pod.h"

namespace taskpod::controller {

using Time = std::chrono::steady_clock::time_point;

struct PendingPod {
  std::shared_ptr<const k8s::Pod> pod;
  int attempts = 0;
};

class SchedulingQueue {
 public:
  static constexpr std::chrono::seconds kFirstBackoff{1}, kLongestBackoff{10}, kLongestWait{300};

  // A new pod, or a new version of one that waits.
  void set(std::shared_ptr<const k8s::Pod> pod, Time now);
  void remove(const std::string& uid);

  // The next pod to try; its attempts already count this try. The caller answers with failed(), putBack() or nothing (it is on its way).
  std::optional<PendingPod> pop(Time now);
  // It fitted nowhere: waits for wake().
  void failed(PendingPod pod, Time now);
  // Something went wrong on the way: tried again after the back-off.
  void putBack(PendingPod pod, Time now);
  // The cluster has changed in a way that may help.
  void wake(Time now);

  // When pop may have something without further calls; max() if never.
  Time nextDue() const;
  std::size_t active() const { return active_.size(); }
  std::size_t waiting() const { return entries_.size() - active_.size(); }

 private:
  enum class State { Active, BackingOff, Waiting };
  struct Entry {
    PendingPod pending;
    State state = State::Active;
    std::uint64_t age = 0;  // order of arrival in the active queue
    Time due{};             // BackingOff: end of the back-off. Waiting: when it is tried anyhow
    Time failedAt{};
  };
  using Rank = std::pair<std::int64_t, std::uint64_t>;  // (-priority, age)

  static Rank rankOf(const Entry& entry) { return {-std::int64_t{entry.pending.pod->spec.priority.value_or(0)}, entry.age}; }
  void unlink(const std::string& uid, const Entry& entry);
  void activate(const std::string& uid, Entry& entry);
  void schedule(const std::string& uid, Entry& entry, State state, Time due);
  static Time backoffEnd(const Entry& entry, Time from);

  std::unordered_map<std::string, Entry> entries_;
  std::map<Rank, std::string> active_;
  std::multimap<Time, std::string> due_;  // BackingOff and Waiting
  std::uint64_t arrivals_ = 0;
};

}  // namespace taskpod::controller
