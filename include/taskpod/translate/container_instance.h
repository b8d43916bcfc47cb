// A node as an ECS container instance (Amazon ECS Developer Guide, "Amazon ECS container instances"; ContainerInstance of the service
// model). Computed from the node and the pods on it. Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "taskpod/ecs/arn.h"
#include "taskpod/ecs/container_instance.h"
#include "taskpod/k8s/node.h"
#include "taskpod/k8s/pod.h"

namespace taskpod::translate {

struct InstanceSurroundings {
  ecs::Place place;
  std::string cluster;
  std::vector<std::shared_ptr<const k8s::Pod>> pods;  // those on the node that are not finished, of all clusters
  bool withTags = false;
  bool withHealth = false;
};

// ACTIVE, DRAINING (cordoned) or INACTIVE (deregistered from its cluster).
std::string_view instanceStatusOf(const k8s::Node& node);
// True for a node that serves the cluster: it has no label ecs.taskpod.io/cluster, or that one.
bool servesCluster(const k8s::Node& node, std::string_view cluster);

ecs::ContainerInstance instanceOf(const k8s::Node& node, const InstanceSurroundings& around);

}  // namespace taskpod::translate
