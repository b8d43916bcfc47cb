// The scheduler: (snapshot, pod, policy, seed) -> node, or the reason for every node. Pure: no clock, no I/O, no randomness but the seed.
//
// The way through: `decide` narrows the live nodes by the filters (filters.h: names, order and texts of kube-scheduler 1.36,
// pkg/scheduler/framework/plugins), scores every node that is left (scores.h: the exact integer formulas), and picks among the best with a
// generator seeded by the caller. All nodes are looked at, always. A Scheduler keeps scratch memory between decisions: one thread at a
// time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "taskpod/schedule/policy.h"
#include "taskpod/schedule/snapshot.h"

namespace taskpod::schedule {

enum class Code { Unschedulable, UnschedulableAndUnresolvable };  // the latter: no preemption could help

struct Rejection {
  std::string_view plugin;  // "" if no single plugin is to blame
  Code code = Code::UnschedulableAndUnresolvable;
  std::vector<std::string> reasons;  // texts as in the PodScheduled condition
};

// The scores of a feasible node, each already normalised and weighted.
struct NodeScores {
  int taintToleration = 0, nodeAffinity = 0, nodeResourcesFit = 0, balancedAllocation = 0, imageLocality = 0;
  int total() const { return taintToleration + nodeAffinity + nodeResourcesFit + balancedAllocation + imageLocality; }
};

struct Decision {
  std::int64_t slot = -1;  // the chosen node, -1 if none fits
  std::size_t feasible = 0;
  std::size_t best = 0;  // how many nodes were equally good
};

struct Explanation {
  std::string gated;             // PreEnqueue: why the pod is not tried at all
  std::string preFilterMessage;  // one reason that holds for every node
  std::string message;           // "0/3 nodes are available: …." ; empty if a node fits
  struct Node {
    std::size_t slot = 0;
    bool feasible = false;
    bool best = false;
    Rejection rejection;
    NodeScores scores;
  };
  std::vector<Node> nodes;      // every live node, by slot
  bool scoredAffinity = false;  // false: the plugin had nothing to score and skipped itself
  bool scoredBalance = false;
};

// A pod made ready for deciding: requests summed, affinity parsed. Build once per pod and policy.
class Request {
 public:
  Request(const k8s::Pod& pod, Policy policy);
  struct Parts;
  const Parts& parts() const { return *parts_; }
  const PodRequests& requests() const;

 private:
  std::shared_ptr<const Parts> parts_;
};

class Scheduler {
 public:
  Decision decide(const Snapshot& snapshot, const Request& request, std::uint64_t seed);
  Explanation explain(const Snapshot& snapshot, const Request& request);

 private:
  void scan(const Snapshot& snapshot, const Request& request);
  void score(const Snapshot& snapshot, const Request& request);
  void narrow(const Snapshot& snapshot, const Level& level);

  std::vector<std::uint32_t> feasible_;  // slots
  std::vector<std::uint8_t> fits_;
  std::vector<std::int32_t> resourceScore_;  // NodeResourcesFit + NodeResourcesBalancedAllocation
  std::vector<std::int32_t> total_;          // by index into feasible_
  std::vector<std::uint8_t> admitted_;       // by admission class
  std::vector<std::int32_t> classScore_;
  std::vector<std::int32_t> affinity_;
  std::vector<std::uint32_t> best_;
};

// A seed from a pod's UID, so that one pod always breaks ties the same way.
std::uint64_t seedOf(std::string_view uid);

}  // namespace taskpod::schedule
