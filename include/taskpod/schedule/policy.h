// What one pod wants of the scheduler, beside what its spec says. A plain pod has an empty Policy: the Kubernetes filters and one level of
// weighted scores. ECS placement adds constraints (more filters) and replaces the scores by ordered levels: each level keeps the nodes that
// are best by it, the next one chooses among those (Amazon ECS Developer Guide, "task placement strategies"). Built by
// translate/placement.h.
#pragma once

#include <string>
#include <vector>

#include "taskpod/k8s/pod.h"
#include "taskpod/schedule/predicate.h"

namespace taskpod::schedule {

struct Constraint {
  enum class Kind { MemberOf, DistinctInstance };
  Kind kind = Kind::MemberOf;
  Predicate predicate;  // MemberOf
  std::string group;    // DistinctInstance: the group that may have one counted pod per node
  std::string text;     // as the user wrote it, for explanations
  bool operator==(const Constraint&) const = default;
};

struct Level {
  enum class Kind { BinpackCpu, BinpackMemory, SpreadAttribute, SpreadNode };
  Kind kind = Kind::SpreadNode;
  std::string key;    // SpreadAttribute: the attribute
  std::string group;  // Spread*: the pods counted
  bool operator==(const Level&) const = default;
};

struct Policy {
  bool ordered = false;  // true: `levels` decide, and an empty list means any node (ECS "random"); false: the Kubernetes scores
  std::vector<Constraint> constraints;
  std::vector<Level> levels;
  std::vector<k8s::Toleration> tolerations;  // beside the pod's own
  std::string suggestedNode;                 // taken if the pod fits there, whatever is better; "" for none
  bool operator==(const Policy&) const = default;
};

}  // namespace taskpod::schedule
