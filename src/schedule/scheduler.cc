#include "taskpod/schedule/scheduler.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "schedule/request_parts.h"

namespace taskpod::schedule {
namespace {

std::set<std::string> namesIn(const k8s::NodeSelectorTerm& term, bool& named) {
  std::set<std::string> names;
  named = false;
  for (const auto& want : term.matchFields) {
    if (want.key != "metadata.name" || want.operator_ != "In") continue;
    std::set<std::string> values(want.values.begin(), want.values.end());
    if (named) std::erase_if(values, [&](const std::string& value) { return !names.contains(value); });
    names = std::move(values);
    named = true;
  }
  return names;
}

std::optional<std::set<std::string>> namedNodes(const std::vector<k8s::NodeSelectorTerm>& terms) {
  std::set<std::string> all;
  for (const auto& term : terms) {
    bool named = false;
    all.merge(namesIn(term, named));
    if (!named) return std::nullopt;
  }
  if (terms.empty()) return std::nullopt;
  return all;
}

bool hasScalars(const Snapshot& snapshot, const Request::Parts& request, std::size_t slot) {
  return std::all_of(request.requests.scalars.begin(), request.requests.scalars.end(), [&](const auto& want) {
    return want.second == 0 || want.second <= snapshot.allocatableScalar(slot, want.first) - snapshot.requestedScalar(slot, want.first);
  });
}

bool isNamed(const Snapshot& snapshot, const Request::Parts& request, std::size_t slot) {
  return !request.namedNodes || request.namedNodes->contains(snapshot.node(slot).metadata.name);
}

// The first filter that rejects the node, in kube-scheduler's order.
std::optional<Rejection> whyNot(const Snapshot& snapshot, const Request::Parts& request, std::size_t slot) {
  // The node nominated for the pod is filtered by itself, before the others are narrowed by name.
  bool narrowed = !isNamed(snapshot, request, slot) && snapshot.node(slot).metadata.name != request.nominatedNode;
  if (narrowed) return Rejection{"", Code::UnschedulableAndUnresolvable, {"node(s) didn't satisfy plugin(s) [NodeAffinity]"}};
  auto byClass = rejectionByClass(snapshot.admissionClasses()[snapshot.lanes().admissionClass[slot]], request);
  if (byClass && byClass->plugin == "NodeUnschedulable") return byClass;
  for (const Filter& filter : filters()) {
    if (filter.plugin == "NodeAffinity" && byClass) return byClass;
    if (!filter.isActive(request)) continue;
    if (auto rejection = filter.whyNot(snapshot, request, slot)) return rejection;
  }
  return std::nullopt;
}

std::string fitError(std::size_t nodes, const Explanation& explanation) {
  std::string text = "0/" + std::to_string(nodes) + " nodes are available:";
  if (!explanation.preFilterMessage.empty()) return text + " " + explanation.preFilterMessage + ".";
  std::map<std::string, int> counts;
  for (const auto& node : explanation.nodes)
    for (const auto& reason : node.rejection.reasons) ++counts[reason];
  std::vector<std::string> parts;
  for (const auto& [reason, count] : counts) parts.push_back(std::to_string(count) + " " + reason);
  std::sort(parts.begin(), parts.end());
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? " " : ", ") + parts[i];
  return parts.empty() ? text : text + ".";
}

}  // namespace

// One step of SplitMix64: neighbouring seeds give unrelated numbers.
static std::uint64_t mixed(std::uint64_t seed) {
  seed += 0x9E3779B97F4A7C15ull;
  seed = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9ull;
  seed = (seed ^ (seed >> 27)) * 0x94D049BB133111EBull;
  return seed ^ (seed >> 31);
}

std::uint64_t seedOf(std::string_view uid) {
  std::uint64_t hash = 14695981039346656037ull;  // FNV-1a
  for (unsigned char c : uid) hash = (hash ^ c) * 1099511628211ull;
  return hash;
}

Request::Request(const k8s::Pod& pod, Policy policy) {
  auto parts = std::make_shared<Parts>();
  parts->policy = std::move(policy);
  parts->requests = requestsOf(pod);
  parts->uid = pod.metadata.uid;
  parts->priority = pod.spec.priority.value_or(0);
  parts->nominatedNode = pod.status.nominatedNodeName;
  parts->nodeName = pod.spec.nodeName;
  for (const auto& gate : pod.spec.schedulingGates) parts->gates.push_back(gate.name);
  parts->nodeSelector = pod.spec.nodeSelector;
  parts->tolerations = pod.spec.tolerations;
  parts->tolerations.insert(parts->tolerations.end(), parts->policy.tolerations.begin(), parts->policy.tolerations.end());
  if (pod.spec.affinity && pod.spec.affinity->nodeAffinity) {
    const auto& affinity = *pod.spec.affinity->nodeAffinity;
    if (affinity.requiredDuringSchedulingIgnoredDuringExecution) {
      parts->hasRequiredTerms = true;
      parts->requiredTerms = affinity.requiredDuringSchedulingIgnoredDuringExecution->nodeSelectorTerms;
      parts->namedNodes = namedNodes(parts->requiredTerms);
    }
    for (const auto& term : affinity.preferredDuringSchedulingIgnoredDuringExecution)
      if (term.weight != 0 && !(term.preference.matchExpressions.empty() && term.preference.matchFields.empty()))
        parts->preferredTerms.push_back(term);
  }
  for (const auto& container : pod.spec.initContainers) parts->images.push_back(normalizedImageName(container.image));
  for (const auto& container : pod.spec.containers) parts->images.push_back(normalizedImageName(container.image));
  for (const auto& volume : pod.spec.volumes)
    if (volume.image) parts->images.push_back(normalizedImageName(volume.image->reference));
  parts->containers = static_cast<int>(pod.spec.initContainers.size() + pod.spec.containers.size());
  parts->scoresBalance = parts->requests.milliCpu != 0 || parts->requests.memory != 0;
  parts_ = std::move(parts);
}

const PodRequests& Request::requests() const { return parts_->requests; }

// Fills feasible_ (and resourceScore_ for all slots). The filters that most pods do not need are not asked; cpu, memory, storage and pod
// count are checked for all nodes in one pass. tests/schedule checks that this equals asking every filter of every node.
void Scheduler::scan(const Snapshot& snapshot, const Request& request) {
  const Request::Parts& parts = request.parts();
  const auto& lanes = snapshot.lanes();
  std::size_t n = snapshot.slots();
  fits_.resize(n);
  resourceScore_.resize(n);
  admitted_.assign(snapshot.admissionClasses().size(), 0);
  for (std::size_t id = 1; id < admitted_.size(); ++id) admitted_[id] = !rejectionByClass(snapshot.admissionClasses()[id], parts);
  scanResources(lanes, parts, fits_.data(), resourceScore_.data());

  feasible_.clear();
  if (std::int64_t nominated = parts.nominatedNode.empty() ? -1 : snapshot.slotOf(parts.nominatedNode); nominated >= 0) {
    auto slot = static_cast<std::size_t>(nominated);
    if (!whyNot(snapshot, parts, slot)) {  // the room made for this pod comes first; other nodes are not looked at
      feasible_.push_back(static_cast<std::uint32_t>(slot));
      return;
    }
  }
  feasible_.reserve(n);
  for (std::size_t slot = 0; slot < n; ++slot)
    if (fits_[slot] & admitted_[lanes.admissionClass[slot]]) feasible_.push_back(static_cast<std::uint32_t>(slot));

  if (parts.namedNodes) std::erase_if(feasible_, [&](std::uint32_t slot) { return !isNamed(snapshot, parts, slot); });
  if (!parts.requests.scalars.empty()) std::erase_if(feasible_, [&](std::uint32_t slot) { return !hasScalars(snapshot, parts, slot); });
  for (const Filter& filter : filters()) {
    bool scanned = filter.plugin == "NodeResourcesFit" && !snapshot.hasNominated();
    if (scanned || !filter.isActive(parts)) continue;
    std::erase_if(feasible_, [&](std::uint32_t slot) { return filter.whyNot(snapshot, parts, slot).has_value(); });
  }
}

// total_[i] for feasible_[i]. Plugins whose raw scores cannot differ between nodes add the same to all and are left out of the sum.
void Scheduler::score(const Snapshot& snapshot, const Request& request) {
  const Request::Parts& parts = request.parts();
  const auto& lanes = snapshot.lanes();
  std::size_t n = feasible_.size();
  total_.resize(n);
  for (std::size_t i = 0; i < n; ++i) total_[i] = resourceScore_[feasible_[i]];

  classScore_.assign(snapshot.admissionClasses().size(), 0);
  bool soft = false;
  for (std::size_t id = 1; id < classScore_.size(); ++id) {
    classScore_[id] = untoleratedSoftTaints(snapshot.admissionClasses()[id], parts);
    soft |= classScore_[id] != 0;
  }
  if (soft) {
    int most = 0;
    for (auto slot : feasible_) most = std::max(most, classScore_[lanes.admissionClass[slot]]);
    for (std::size_t i = 0; i < n && most > 0; ++i)
      total_[i] += kTaintTolerationWeight * (100 - 100 * classScore_[lanes.admissionClass[feasible_[i]]] / most);
  }
  if (!parts.preferredTerms.empty()) {
    affinity_.resize(n);
    for (std::size_t i = 0; i < n; ++i) affinity_[i] = preferredWeight(snapshot.node(feasible_[i]), parts);
    int most = n == 0 ? 0 : *std::max_element(affinity_.begin(), affinity_.end());
    for (std::size_t i = 0; i < n && most != 0; ++i) total_[i] += kNodeAffinityWeight * (100 * affinity_[i] / most);
  }
  if (anyImagePresent(snapshot, parts))
    for (std::size_t i = 0; i < n; ++i) total_[i] += imageScore(snapshot, parts, feasible_[i]);
}

// Keeps the nodes of best_ that are best by one ECS level.
void Scheduler::narrow(const Snapshot& snapshot, const Level& level) {
  const auto& lanes = snapshot.lanes();
  std::unordered_map<std::string, int> perValue;
  auto valueOf = [&](std::size_t slot) {
    auto found = snapshot.attributes(slot).find(level.key);
    return found == snapshot.attributes(slot).end() ? std::string() : found->second;  // nodes without the attribute are one domain
  };
  if (level.kind == Level::Kind::SpreadAttribute)
    for (std::size_t slot = 0; slot < snapshot.slots(); ++slot)
      if (snapshot.isLive(slot)) perValue[valueOf(slot)] += snapshot.groupCount(slot, level.group);
  auto cost = [&](std::size_t slot) -> double {  // less is better
    switch (level.kind) {
      case Level::Kind::BinpackCpu: return lanes.allocatableCpu[slot] - lanes.requestedCpu[slot];
      case Level::Kind::BinpackMemory: return lanes.allocatableMemory[slot] - lanes.requestedMemory[slot];
      case Level::Kind::SpreadNode: return snapshot.groupCount(slot, level.group);
      case Level::Kind::SpreadAttribute: return perValue[valueOf(slot)];
    }
    return 0;
  };
  std::vector<double> costs;
  costs.reserve(best_.size());
  for (auto slot : best_) costs.push_back(cost(slot));
  double least = *std::min_element(costs.begin(), costs.end());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < best_.size(); ++i)
    if (costs[i] == least) best_[kept++] = best_[i];
  best_.resize(kept);
}

Decision Scheduler::decide(const Snapshot& snapshot, const Request& request, std::uint64_t seed) {
  Decision decision;
  if (!request.parts().gates.empty()) return decision;
  scan(snapshot, request);
  decision.feasible = feasible_.size();
  if (feasible_.empty()) return decision;
  if (const std::string& suggested = request.parts().policy.suggestedNode; !suggested.empty()) {
    decision.slot = snapshot.slotOf(suggested);
    decision.best = 1;
    bool fits =
        decision.slot >= 0 && std::find(feasible_.begin(), feasible_.end(), static_cast<std::uint32_t>(decision.slot)) != feasible_.end();
    if (fits) return decision;
  }
  best_.clear();
  if (request.parts().policy.ordered) {
    best_ = feasible_;
    for (const Level& level : request.parts().policy.levels) narrow(snapshot, level);
  } else {
    score(snapshot, request);
    int most = *std::max_element(total_.begin(), total_.end());
    for (std::size_t i = 0; i < feasible_.size(); ++i)
      if (total_[i] == most) best_.push_back(feasible_[i]);
  }
  decision.best = best_.size();
  decision.slot = best_[mixed(seed) % best_.size()];
  return decision;
}

Explanation Scheduler::explain(const Snapshot& snapshot, const Request& request) {
  const Request::Parts& parts = request.parts();
  Explanation out;
  if (!parts.gates.empty()) {
    out.gated = "waiting for scheduling gates: [";
    for (std::size_t i = 0; i < parts.gates.size(); ++i) out.gated += (i == 0 ? "" : " ") + parts.gates[i];
    out.gated += "]";
  }
  if (parts.namedNodes && parts.namedNodes->empty()) out.preFilterMessage = "pod affinity terms conflict";
  Decision decision = decide(snapshot, request, 0);
  if (!out.gated.empty()) scan(snapshot, request);
  std::vector<std::uint32_t> best = decision.slot < 0 ? std::vector<std::uint32_t>{} : best_;
  out.scoredAffinity = !parts.preferredTerms.empty();
  out.scoredBalance = parts.scoresBalance;

  bool onlyNominated =
      feasible_.size() == 1 && !parts.nominatedNode.empty() && snapshot.node(feasible_.front()).metadata.name == parts.nominatedNode;
  int mostTaints = 0;
  int mostAffinity = 0;
  auto taints = [&](std::size_t slot) {
    return untoleratedSoftTaints(snapshot.admissionClasses()[snapshot.lanes().admissionClass[slot]], parts);
  };
  for (auto slot : feasible_) {
    mostTaints = std::max(mostTaints, taints(slot));
    mostAffinity = std::max(mostAffinity, preferredWeight(snapshot.node(slot), parts));
  }
  for (std::size_t slot = 0; slot < snapshot.slots(); ++slot) {
    if (!snapshot.isLive(slot)) continue;
    auto& node = out.nodes.emplace_back();
    node.slot = slot;
    if (onlyNominated && slot != feasible_.front()) continue;
    auto rejection = out.preFilterMessage.empty() ? whyNot(snapshot, parts, slot)
                                                  : Rejection{"NodeAffinity", Code::UnschedulableAndUnresolvable, {out.preFilterMessage}};
    if (rejection) {
      node.rejection = std::move(*rejection);
      continue;
    }
    node.feasible = true;
    node.best = std::find(best.begin(), best.end(), slot) != best.end();
    ResourceScores resources = resourceScores(snapshot.lanes(), parts, slot);
    node.scores.taintToleration = kTaintTolerationWeight * (mostTaints == 0 ? 100 : 100 - 100 * taints(slot) / mostTaints);
    node.scores.nodeAffinity =
        mostAffinity == 0 ? 0 : kNodeAffinityWeight * (100 * preferredWeight(snapshot.node(slot), parts) / mostAffinity);
    node.scores.nodeResourcesFit = resources.least;
    node.scores.balancedAllocation = resources.balanced;
    node.scores.imageLocality = imageScore(snapshot, parts, slot);
  }
  if (decision.slot < 0 && out.gated.empty())
    out.message = out.nodes.empty() ? "no nodes available to schedule pods" : fitError(out.nodes.size(), out);
  return out;
}

}  // namespace taskpod::schedule
