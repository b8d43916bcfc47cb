// Placement constraints and node affinity (row 56). What a node selector term can say exactly goes there, where every scheduler sees it;
// the rest stays an expression in the annotation, which Taskpod's scheduler evaluates.
#include <algorithm>

#include "taskpod/ecs/query.h"
#include "taskpod/k8s/names.h"
#include "taskpod/translate/units.h"
#include "translate/rules.h"

namespace taskpod::translate {
namespace {

using Op = ecs::Query::Op;

struct WellKnown {
  std::string_view attribute, label;
};
// Attributes that every container instance has, and the labels that every node has (kubernetes.io "Well-Known Labels").
constexpr WellKnown kWellKnown[] = {
    {"ecs.availability-zone", "topology.kubernetes.io/zone"},
    {"ecs.instance-type", "node.kubernetes.io/instance-type"},
    {"ecs.os-type", "kubernetes.io/os"},
    {"ecs.cpu-architecture", "kubernetes.io/arch"},
};

std::string labelOf(std::string_view attribute) {
  for (const auto& pair : kWellKnown)
    if (pair.attribute == attribute) return std::string(pair.label);
  return std::string(attribute);
}
std::string attributeOf(std::string_view label) {
  for (const auto& pair : kWellKnown)
    if (pair.label == label) return std::string(pair.attribute);
  return std::string(label);
}

std::string labelValueOf(std::string_view label, std::string_view value) {
  return label == "kubernetes.io/arch" && value == "x86_64" ? "amd64" : std::string(value);
}
std::string attributeValueOf(std::string_view label, std::string_view value) {
  return label == "kubernetes.io/arch" && value == "amd64" ? "x86_64" : std::string(value);
}

std::optional<k8s::NodeSelectorRequirement> requirementOf(const ecs::Query& query) {
  if (!query.subject.starts_with("attribute:")) return std::nullopt;
  k8s::NodeSelectorRequirement out;
  out.key = labelOf(std::string_view(query.subject).substr(10));
  switch (query.op) {
    case Op::Equal:
    case Op::In: out.operator_ = "In"; break;
    case Op::NotEqual:
    case Op::NotIn: out.operator_ = "NotIn"; break;
    case Op::Exists: out.operator_ = "Exists"; break;
    case Op::NotExists: out.operator_ = "DoesNotExist"; break;
    default: return std::nullopt;
  }
  for (const auto& value : query.values) out.values.push_back(labelValueOf(out.key, value));
  if (!isLabelKey(out.key) || !std::all_of(out.values.begin(), out.values.end(), isLabelValue)) return std::nullopt;
  return out;
}

// All of an && chain, or nothing.
bool addRequirements(const ecs::Query& query, std::vector<k8s::NodeSelectorRequirement>& out) {
  if (query.op == Op::And)
    return std::all_of(query.children.begin(), query.children.end(), [&](const auto& child) { return addRequirements(child, out); });
  auto requirement = requirementOf(query);
  if (requirement) out.push_back(std::move(*requirement));
  return requirement.has_value();
}

// A word that the query language reads back as one value.
bool isPlainWord(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(),
                                      [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '/'; });
}

std::optional<std::string> expressionOf(const k8s::NodeSelectorRequirement& requirement) {
  std::string subject = "attribute:" + attributeOf(requirement.key);
  std::string list;
  for (const auto& value : requirement.values) {
    std::string word = attributeValueOf(requirement.key, value);
    if (!isPlainWord(word)) return std::nullopt;
    list += (list.empty() ? "" : ", ") + word;
  }
  bool one = requirement.values.size() == 1;
  if (!isPlainWord(requirement.key)) return std::nullopt;
  if (requirement.operator_ == "Exists") return subject + " exists";
  if (requirement.operator_ == "DoesNotExist") return subject + " !exists";
  if (list.empty()) return std::nullopt;
  if (requirement.operator_ == "In") return one ? subject + " == " + list : subject + " in [" + list + "]";
  if (requirement.operator_ == "NotIn") return one ? subject + " != " + list : subject + " !in [" + list + "]";
  return std::nullopt;
}

void addMemberOf(ecs::TaskDefinition& task, std::string expression) {
  auto& constraint = task.placementConstraints.emplace_back();
  constraint.type = "memberOf";
  constraint.expression = std::move(expression);
}

}  // namespace

void constraintsToPod(ToPod& t) {
  std::vector<k8s::NodeSelectorRequirement> requirements;
  std::vector<ecs::TaskDefinitionPlacementConstraint> rest;
  for (const auto& constraint : t.task.placementConstraints) {
    auto query = constraint.type == "memberOf" ? ecs::parseQuery(constraint.expression) : Error{Reason::Invalid, ""};
    std::vector<k8s::NodeSelectorRequirement> found;
    if (query && constraint.extra.members.empty() && addRequirements(*query, found))
      requirements.insert(requirements.end(), found.begin(), found.end());
    else
      rest.push_back(constraint);
  }
  if (!rest.empty()) annotate(t, k8s::kPlacementConstraints, listText(rest));
  if (requirements.empty()) return;
  auto& required = t.pod.spec.affinity.orEmplace().nodeAffinity.orEmplace().requiredDuringSchedulingIgnoredDuringExecution.emplace();
  required.nodeSelectorTerms.emplace_back().matchExpressions = std::move(requirements);
}

void constraintsToEcs(ToEcs& t) {
  const auto& spec = t.pod.spec;
  for (const auto& [key, value] : spec.nodeSelector) {
    if (key == kArchLabel) continue;  // the runtime platform
    k8s::NodeSelectorRequirement requirement;
    requirement.key = key;
    requirement.operator_ = "In";
    requirement.values = {value};
    if (auto expression = expressionOf(requirement)) addMemberOf(t.task, std::move(*expression));
  }
  bool required =
      spec.affinity && spec.affinity->nodeAffinity && spec.affinity->nodeAffinity->requiredDuringSchedulingIgnoredDuringExecution;
  if (required) {
    const auto& terms = spec.affinity->nodeAffinity->requiredDuringSchedulingIgnoredDuringExecution->nodeSelectorTerms;
    if (terms.size() == 1)  // several are alternatives; matchFields are about one node
      for (const auto& requirement : terms[0].matchExpressions)
        if (auto expression = expressionOf(requirement)) addMemberOf(t.task, std::move(*expression));
  }
  for (auto& constraint : readList<ecs::TaskDefinitionPlacementConstraint>(annotation(t.pod, k8s::kPlacementConstraints)))
    t.task.placementConstraints.push_back(std::move(constraint));
}

}  // namespace taskpod::translate
