// Filters of kube-scheduler's default profile (pkg/scheduler/framework/plugins, v1.36), then the ECS placement constraints.
#include <algorithm>
#include <charconv>

#include "schedule/request_parts.h"

namespace taskpod::schedule {
namespace {

constexpr std::string_view kUnschedulableTaint = "node.kubernetes.io/unschedulable";

Rejection unresolvable(std::string_view plugin, std::string reason) {
  return {plugin, Code::UnschedulableAndUnresolvable, {std::move(reason)}};
}
Rejection unschedulable(std::string_view plugin, std::string reason) { return {plugin, Code::Unschedulable, {std::move(reason)}}; }

bool toleratesAny(const std::vector<k8s::Toleration>& tolerations, const k8s::Taint& taint) {
  return std::any_of(tolerations.begin(), tolerations.end(), [&](const k8s::Toleration& t) { return tolerates(t, taint); });
}

std::optional<std::int64_t> integer(std::string_view text) {
  std::int64_t value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

bool matchesLabel(const k8s::NodeSelectorRequirement& want, const std::map<std::string, std::string>& labels) {
  auto label = labels.find(want.key);
  bool present = label != labels.end();
  auto listed = [&] { return present && std::find(want.values.begin(), want.values.end(), label->second) != want.values.end(); };
  if (want.operator_ == "In") return listed();
  if (want.operator_ == "NotIn") return !listed();
  if (want.operator_ == "Exists") return present;
  if (want.operator_ == "DoesNotExist") return !present;
  if (!present || want.values.size() != 1) return false;
  auto have = integer(label->second);
  auto limit = integer(want.values.front());
  if (!have || !limit) return false;
  if (want.operator_ == "Gt") return *have > *limit;
  return want.operator_ == "Lt" && *have < *limit;
}

bool matchesField(const k8s::NodeSelectorRequirement& want, const k8s::Node& node) {
  if (want.key != "metadata.name" || want.values.size() != 1) return false;
  bool same = want.values.front() == node.metadata.name;
  return want.operator_ == "In" ? same : want.operator_ == "NotIn" && !same;
}

std::optional<Rejection> nodeName(const Snapshot& snapshot, const Request::Parts& request, std::size_t slot) {
  if (snapshot.node(slot).metadata.name == request.nodeName) return std::nullopt;
  return unresolvable("NodeName", "node(s) didn't match the requested node name");
}

bool hasNodeAffinity(const Request::Parts& request) { return request.hasRequiredTerms || !request.nodeSelector.empty(); }

std::optional<Rejection> nodeAffinity(const Snapshot& snapshot, const Request::Parts& request, std::size_t slot) {
  const k8s::Node& node = snapshot.node(slot);
  bool selected = std::all_of(request.nodeSelector.begin(), request.nodeSelector.end(), [&](const auto& want) {
    auto label = node.metadata.labels.find(want.first);
    return label != node.metadata.labels.end() && label->second == want.second;
  });
  bool required = !request.hasRequiredTerms || std::any_of(request.requiredTerms.begin(), request.requiredTerms.end(),
                                                           [&](const k8s::NodeSelectorTerm& term) { return matches(term, node); });
  if (selected && required) return std::nullopt;
  return unresolvable("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
}

// In the units of the lanes.
std::int64_t amountOf(const PodRequests& requests, std::string_view resource) {
  if (resource == "cpu") return requests.milliCpu * Snapshot::kCpuPerMilli;
  if (resource == "memory") return requests.memory;
  if (resource == "ephemeral-storage") return requests.ephemeralStorage;
  for (const auto& [name, amount] : requests.scalars)
    if (name == resource) return amount;
  return 0;
}

std::optional<Rejection> nodePorts(const Snapshot& snapshot, const Request::Parts& request, std::size_t slot) {
  bool conflict = snapshot.portsConflict(slot, request.requests.ports);
  for (const auto* other : snapshot.nominatedTo(slot, request.priority, request.uid))
    conflict |= portsConflict(request.requests.ports, other->requests.ports);
  if (!conflict) return std::nullopt;
  return unschedulable("NodePorts", "node(s) didn't have free ports for the requested pod ports");
}

std::optional<Rejection> nodeResourcesFit(const Snapshot& snapshot, const Request::Parts& request, std::size_t slot) {
  const auto& lanes = snapshot.lanes();
  const PodRequests& want = request.requests;
  auto nominated = snapshot.nominatedTo(slot, request.priority, request.uid);
  Rejection rejection{"NodeResourcesFit", Code::Unschedulable, {}};
  auto promised = [&](std::string_view resource) {
    std::int64_t sum = 0;
    for (const auto* other : nominated) sum += amountOf(other->requests, resource);
    return static_cast<double>(sum);
  };
  auto check = [&](double wanted, double allocatable, double requested, std::string_view resource) {
    if (!nominated.empty()) requested += promised(resource);
    if (wanted <= 0 || wanted <= allocatable - requested) return;
    rejection.reasons.push_back("Insufficient " + std::string(resource));
    if (wanted > allocatable) rejection.code = Code::UnschedulableAndUnresolvable;
  };
  if (lanes.pods[slot] + static_cast<int>(nominated.size()) + 1 > lanes.allocatablePods[slot])
    rejection.reasons.emplace_back("Too many pods");
  check(static_cast<double>(want.milliCpu * Snapshot::kCpuPerMilli), lanes.allocatableCpu[slot], lanes.requestedCpu[slot], "cpu");
  check(static_cast<double>(want.memory), lanes.allocatableMemory[slot], lanes.requestedMemory[slot], "memory");
  check(static_cast<double>(want.ephemeralStorage), lanes.allocatableStorage[slot], lanes.requestedStorage[slot], "ephemeral-storage");
  for (const auto& [name, amount] : want.scalars)
    check(static_cast<double>(amount), static_cast<double>(snapshot.allocatableScalar(slot, name)),
          static_cast<double>(snapshot.requestedScalar(slot, name)), name);
  if (rejection.reasons.empty()) return std::nullopt;
  return rejection;
}

std::optional<Rejection> constraints(const Snapshot& snapshot, const Request::Parts& request, std::size_t slot) {
  for (const Constraint& constraint : request.policy.constraints) {
    if (constraint.kind == Constraint::Kind::DistinctInstance) {
      if (snapshot.groupCount(slot, constraint.group) > 0)
        return unschedulable("distinctInstance", "node(s) didn't satisfy the placement constraint distinctInstance");
    } else if (!holds(constraint.predicate, snapshot, slot)) {
      return unresolvable("memberOf", "node(s) didn't satisfy the placement constraint memberOf");
    }
  }
  return std::nullopt;
}

constexpr Filter kFilters[] = {
    {"NodeName", [](const Request::Parts& r) { return !r.nodeName.empty(); }, nodeName},
    {"NodeAffinity", hasNodeAffinity, nodeAffinity},
    {"NodePorts", [](const Request::Parts& r) { return !r.requests.ports.empty(); }, nodePorts},
    {"NodeResourcesFit", [](const Request::Parts&) { return true; }, nodeResourcesFit},
    {"placementConstraints", [](const Request::Parts& r) { return !r.policy.constraints.empty(); }, constraints},
};

}  // namespace

std::span<const Filter> filters() { return kFilters; }

// Toleration.ToleratesTaint (api core/v1/toleration.go): an empty key tolerates every taint if the operator is Exists.
bool tolerates(const k8s::Toleration& toleration, const k8s::Taint& taint) {
  if (!toleration.effect.empty() && toleration.effect != taint.effect) return false;
  if (!toleration.key.empty() && toleration.key != taint.key) return false;
  if (toleration.operator_ == "Exists") return true;
  if (toleration.operator_.empty() || toleration.operator_ == "Equal") return !toleration.key.empty() && toleration.value == taint.value;
  return false;
}

// A term is the AND of its requirements; one without any matches nothing.
bool matches(const k8s::NodeSelectorTerm& term, const k8s::Node& node) {
  if (term.matchExpressions.empty() && term.matchFields.empty()) return false;
  return std::all_of(term.matchExpressions.begin(), term.matchExpressions.end(),
                     [&](const auto& want) { return matchesLabel(want, node.metadata.labels); }) &&
         std::all_of(term.matchFields.begin(), term.matchFields.end(), [&](const auto& want) { return matchesField(want, node); });
}

// NodeUnschedulable, then TaintToleration: they look at nothing but the admission class. NodeName runs between them in kube-scheduler; a
// node that NodeName rejects is told so first (scheduler.cc).
std::optional<Rejection> rejectionByClass(const Snapshot::AdmissionClass& admission, const Request::Parts& request) {
  if (admission.unschedulable && !toleratesAny(request.tolerations, {std::string(kUnschedulableTaint), "", "NoSchedule", "", {}}))
    return unresolvable("NodeUnschedulable", "node(s) were unschedulable");
  for (const k8s::Taint& taint : admission.taints) {
    if (taint.effect != "NoSchedule" && taint.effect != "NoExecute") continue;
    if (!toleratesAny(request.tolerations, taint)) return unresolvable("TaintToleration", "node(s) had untolerated taint(s)");
  }
  return std::nullopt;
}

}  // namespace taskpod::schedule
