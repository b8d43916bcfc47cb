#include "taskpod/translate/placement.h"

#include "taskpod/json/document.h"
#include "taskpod/k8s/annotations.h"
#include "taskpod/k8s/names.h"

namespace taskpod::translate {
namespace {

using schedule::Constraint;
using schedule::Level;
using schedule::Policy;
using schedule::Predicate;

Predicate::Op opOf(ecs::Query::Op op) {
  using From = ecs::Query::Op;
  using To = Predicate::Op;
  switch (op) {
    case From::And: return To::And;
    case From::Or: return To::Or;
    case From::Not: return To::Not;
    case From::Equal: return To::Equal;
    case From::NotEqual: return To::NotEqual;
    case From::Less: return To::Less;
    case From::LessOrEqual: return To::LessOrEqual;
    case From::Greater: return To::Greater;
    case From::GreaterOrEqual: return To::GreaterOrEqual;
    case From::Exists: return To::Exists;
    case From::NotExists: return To::NotExists;
    case From::In: return To::In;
    case From::NotIn: return To::NotIn;
    case From::Matches: return To::Matches;
    case From::NotMatches: return To::NotMatches;
  }
  return To::True;
}

Error inAnnotation(std::string_view key, const std::string& problem) {
  return {Reason::Invalid, "annotation " + std::string(key) + ": " + problem, 0};
}

Result<void> addConstraints(const k8s::Pod& pod, Policy& policy) {
  std::string text(k8s::annotation(pod.metadata, k8s::kPlacementConstraints));
  if (text.empty()) return {};
  auto document = json::Document::parse(text);
  if (!document) return inAnnotation(k8s::kPlacementConstraints, document.error().message);
  for (const json::Value& item : document->root().items()) {
    Constraint constraint;
    if (item.stringAt("type") == "distinctInstance") {
      constraint.kind = Constraint::Kind::DistinctInstance;
      constraint.group = groupIn(pod.metadata.namespace_, groupOf(pod));
      constraint.text = "distinctInstance";
    } else if (item.stringAt("type") == "memberOf") {
      constraint.text = std::string(item.stringAt("expression"));
      auto query = ecs::parseQuery(constraint.text);
      if (!query) return inAnnotation(k8s::kPlacementConstraints, query.error().message);
      auto predicate = predicateOf(*query, pod.metadata.namespace_);
      if (!predicate) return inAnnotation(k8s::kPlacementConstraints, predicate.error().message);
      constraint.predicate = std::move(*predicate);
    } else {
      return inAnnotation(k8s::kPlacementConstraints,
                          "type \"" + std::string(item.stringAt("type")) + "\": one of distinctInstance, memberOf");
    }
    policy.constraints.push_back(std::move(constraint));
  }
  return {};
}

Result<Level> levelOf(const json::Value& item, const std::string& group) {
  std::string_view type = item.stringAt("type");
  std::string field(item.stringAt("field"));
  for (char& c : field) c = static_cast<char>(type == "binpack" ? std::tolower(static_cast<unsigned char>(c)) : c);
  Level level;
  level.group = group;
  if (type == "binpack" && field == "cpu") {
    level.kind = Level::Kind::BinpackCpu;
  } else if (type == "binpack" && field == "memory") {
    level.kind = Level::Kind::BinpackMemory;
  } else if (type == "spread" && (field == "instanceId" || field == "host")) {
    level.kind = Level::Kind::SpreadNode;
  } else if (type == "spread" && field.starts_with("attribute:")) {
    level.kind = Level::Kind::SpreadAttribute;
    level.key = field.substr(10);
  } else {
    return inAnnotation(k8s::kPlacementStrategy, "type \"" + std::string(type) + "\" with field \"" + field +
                                                     "\": binpack takes cpu or memory, spread takes instanceId or attribute:NAME");
  }
  return level;
}

Result<void> addStrategies(const k8s::Pod& pod, Policy& policy) {
  std::string text(k8s::annotation(pod.metadata, k8s::kPlacementStrategy));
  if (text.empty()) return {};
  auto document = json::Document::parse(text);
  if (!document) return inAnnotation(k8s::kPlacementStrategy, document.error().message);
  policy.ordered = true;
  for (const json::Value& item : document->root().items()) {
    if (item.stringAt("type") == "random") continue;
    auto level = levelOf(item, groupIn(pod.metadata.namespace_, groupOf(pod)));
    if (!level) return level.error();
    policy.levels.push_back(std::move(*level));
  }
  return {};
}

k8s::Toleration tolerationOf(std::string_view key, const std::string& value) {
  k8s::Toleration toleration;
  toleration.key = key;
  toleration.operator_ = "Equal";
  toleration.value = value;
  return toleration;
}

// The taints that keep a node for its cluster and its capacity provider.
std::vector<k8s::Taint> taintsOf(const k8s::Node& node) {
  std::vector<k8s::Taint> out;
  for (std::string_view key : {k8s::kCluster, k8s::kCapacityProvider}) {
    auto label = node.metadata.labels.find(std::string(key));
    if (label == node.metadata.labels.end()) continue;
    k8s::Taint taint;
    taint.key = key;
    taint.value = label->second;
    taint.effect = "NoSchedule";
    out.push_back(std::move(taint));
  }
  return out;
}

void addBuiltIn(const k8s::Node& node, std::map<std::string, std::string>& attributes) {
  auto fromLabel = [&](const char* label, const char* name) {
    auto found = node.metadata.labels.find(label);
    if (found != node.metadata.labels.end()) attributes.emplace(name, found->second);
  };
  fromLabel("topology.kubernetes.io/zone", "ecs.availability-zone");
  fromLabel("node.kubernetes.io/instance-type", "ecs.instance-type");
  fromLabel("kubernetes.io/os", "ecs.os-type");
  if (auto os = attributes.find("ecs.os-type"); os != attributes.end() && os->second == "linux")
    attributes.emplace("ecs.os-family", "LINUX");
  auto arch = node.metadata.labels.find("kubernetes.io/arch");
  if (arch != node.metadata.labels.end()) attributes.emplace("ecs.cpu-architecture", arch->second == "amd64" ? "x86_64" : arch->second);
}

}  // namespace

std::string_view ecsReasonOf(std::string_view plugin, std::string_view reason) {
  if (reason == "Insufficient cpu") return "RESOURCE:CPU";
  if (reason == "Insufficient memory") return "RESOURCE:MEMORY";
  if (reason == "Insufficient nvidia.com/gpu") return "RESOURCE:GPU";
  if (plugin == "NodeResourcesFit") return "RESOURCE:*";
  if (plugin == "NodePorts") return "RESOURCE:PORTS";
  if (plugin == "NodeUnschedulable") return "INACTIVE";
  if (plugin == "memberOf") return "MemberOf placement constraint unsatisfied.";
  if (plugin == "distinctInstance") return "DistinctInstance placement constraint unsatisfied.";
  return "ATTRIBUTE";
}

std::string groupOf(const k8s::Pod& pod) {
  std::string group(k8s::annotation(pod.metadata, k8s::kGroup));
  if (!group.empty()) return group;
  for (const auto& owner : pod.metadata.ownerReferences)
    if (owner.controller == true) return "family:" + owner.name;
  return "family:" + pod.metadata.name;
}

std::string groupIn(std::string_view cluster, std::string_view group) { return std::string(cluster) + "/" + std::string(group); }

Result<schedule::Predicate> predicateOf(const ecs::Query& query, std::string_view cluster) {
  Predicate out;
  out.op = opOf(query.op);
  for (const auto& child : query.children) {
    auto predicate = predicateOf(child, cluster);
    if (!predicate) return predicate.error();
    out.children.push_back(std::move(*predicate));
  }
  if (query.subject == "task:group")
    out.subject = Predicate::Subject::Group;
  else if (query.subject == "runningTasksCount") {
    for (const std::string& value : query.values)
      if (value.empty() || value.find_first_not_of("0123456789") != std::string::npos)
        return Error{Reason::Invalid, "runningTasksCount is compared with a number, not with \"" + value + "\"", 0};
    out.subject = Predicate::Subject::RunningTasks;
  } else
    out.key = query.subject.starts_with("attribute:") ? query.subject.substr(10) : query.subject;
  out.values = query.values;
  if (out.subject == Predicate::Subject::Group && out.op != Predicate::Op::Matches && out.op != Predicate::Op::NotMatches)
    for (std::string& value : out.values) value = groupIn(cluster, value);
  if (out.op == Predicate::Op::Matches || out.op == Predicate::Op::NotMatches) {
    auto pattern = schedule::compilePattern(out.values.front());
    if (!pattern) return pattern.error();
    out.pattern = *pattern;
  }
  return out;
}

Result<schedule::Policy> policyOf(const k8s::Pod& pod) {
  Policy policy;
  if (auto done = addConstraints(pod, policy); !done) return done.error();
  if (auto done = addStrategies(pod, policy); !done) return done.error();
  policy.suggestedNode = k8s::annotation(pod.metadata, k8s::kSuggestedNode);
  policy.tolerations.push_back(tolerationOf(k8s::kCluster, pod.metadata.namespace_));
  if (auto provider = k8s::annotation(pod.metadata, k8s::kCapacityProvider); !provider.empty())
    policy.tolerations.push_back(tolerationOf(k8s::kCapacityProvider, std::string(provider)));
  return policy;
}

schedule::PodFacts factsOf(std::shared_ptr<const k8s::Pod> pod) {
  schedule::PodFacts facts;
  facts.nodeName = pod->spec.nodeName;
  facts.group = groupIn(pod->metadata.namespace_, groupOf(*pod));
  facts.countsForGroup = k8s::annotation(pod->metadata, k8s::kStop).empty() && pod->metadata.deletionTimestamp.empty();
  facts.pod = std::move(pod);
  return facts;
}

schedule::NodeFacts factsOf(std::shared_ptr<const k8s::Node> node) {
  schedule::NodeFacts facts;
  auto custom = json::Document::parse(k8s::annotation(node->metadata, k8s::kAttributes));
  if (custom)
    for (const auto& member : custom->root().members())
      facts.attributes.emplace(std::string(member.name), std::string(member.value.text()));
  constexpr std::string_view kMirror = "attribute.ecs.taskpod.io/";
  for (const auto& [name, value] : node->metadata.labels)
    if (name.starts_with(kMirror)) facts.attributes.emplace(name.substr(kMirror.size()), value);
  addBuiltIn(*node, facts.attributes);
  bool ready = false;
  for (const auto& condition : node->status.conditions)
    if (condition.type == "Ready") ready = condition.status == "True";
  facts.attributes.emplace("agentConnected", ready ? "true" : "false");
  facts.attributes.emplace("agentVersion", node->status.nodeInfo.kubeletVersion);
  facts.attributes.emplace("ec2InstanceId", node->metadata.name);
  facts.attributes.emplace("registeredAt", node->metadata.creationTimestamp);
  auto taints = taintsOf(*node);
  if (!taints.empty() || (custom && !custom->root().members().empty())) {
    // A node selector finds attributes, too: memberOf expressions become node affinity where it can say them.
    auto labelled = std::make_shared<k8s::Node>(*node);
    if (custom)
      for (const auto& member : custom->root().members())
        labelled->metadata.labels.emplace(std::string(member.name), std::string(member.value.text()));
    labelled->spec.taints.insert(labelled->spec.taints.end(), taints.begin(), taints.end());
    node = std::move(labelled);
  }
  for (const auto& [name, value] : node->metadata.labels) facts.attributes.emplace(name, value);
  facts.node = std::move(node);
  return facts;
}

}  // namespace taskpod::translate
