// ECS placement as the scheduler's terms: which group a pod counts for, what its annotations constrain, which attributes a node has.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "taskpod/ecs/query.h"
#include "taskpod/schedule/policy.h"
#include "taskpod/schedule/snapshot.h"

namespace taskpod::translate {

// The annotation's group, else family:<controlling owner's name or the pod's>.
std::string groupOf(const k8s::Pod& pod);

// Constraints and strategies from the pod's annotations (k8s/names.h). A pod without any has the Kubernetes policy. Error: an expression or
// a strategy that cannot be read; the pod is then unschedulable for that reason.
Result<schedule::Policy> policyOf(const k8s::Pod& pod);

schedule::PodFacts factsOf(std::shared_ptr<const k8s::Pod> pod);
// A node that belongs to a cluster or a capacity provider (labels ecs.taskpod.io/cluster and …/capacity-provider) is tainted for all
// others; policyOf lets a pod tolerate its own. Labels and attributes are one to both vocabularies: an expression sees every label as an
// attribute of that name, a node selector sees every custom attribute as a label, unless the node has a label of that name.
schedule::NodeFacts factsOf(std::shared_ptr<const k8s::Node> node);

// The reason as ECS names it in failures[] (Amazon ECS Developer Guide, "API failures messages"), from the plugin that rejected and its
// text.
std::string_view ecsReasonOf(std::string_view plugin, std::string_view reason);

// A query as a predicate over node attributes, asked in a cluster; its regular expressions compiled.
Result<schedule::Predicate> predicateOf(const ecs::Query& query, std::string_view cluster);

// A group as the scheduler counts it: groups of equal names in two clusters (namespaces) are two.
std::string groupIn(std::string_view cluster, std::string_view group);

}  // namespace taskpod::translate
