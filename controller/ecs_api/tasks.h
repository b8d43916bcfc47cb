// What the calls on tasks, services and instances share.
#pragma once

#include "controller/ecs_api/call.h"
#include "taskpod/translate/task.h"

namespace taskpod::controller {

// A task of the cluster by id or ARN. One that is not known is looked up in the API before it counts as missing: another replica may have
// just made it. Null: there is none. A task that stopped over an hour ago is none.
View::TaskPointer findTask(Call& call, const ClusterEntry& cluster, const std::string& given);
std::string taskArn(const Call& call, const ClusterEntry& cluster, const std::string& given);

ecs::Task shownTask(Call& call, const ClusterEntry& cluster, const TaskEntry& entry, bool withTags);

// A container instance of the cluster by id or ARN; null if there is none.
View::NodePointer findInstance(Call& call, const ClusterEntry& cluster, const std::string& given);
std::string instanceArn(const Call& call, const ClusterEntry& cluster, const k8s::Node& node);

// Puts the cluster's pods as the API has them now into the view, for those that the informer has not shown yet. `query`: "labelSelector=…".
Result<void> readPods(kube::Client& client, View& view, const std::string& cluster, const std::string& query);

// What marks a pod as wanted stopped: annotations for us and kubelet-lite, and the deadline that makes any kubelet end it.
std::string stopPatch(std::string_view code, std::string_view reason, WallTime now);

}  // namespace taskpod::controller
