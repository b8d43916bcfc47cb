// A Service object as the calls on services and their deployments show it.
#pragma once

#include "controller/ecs_api/call.h"
#include "taskpod/ecs/service_state.h"

namespace taskpod::controller {

ecs::Service shownService(Call& call, const ClusterEntry& cluster, const ServiceEntry& entry);
// The status with what the planner will make of a spec that it has not seen yet.
k8s::ServiceStatus currentStatus(Call& call, const ServiceEntry& entry);
// As DescribeServices shows it: with what an absent member stands for.
ecs::DeploymentConfiguration configurationWithDefaults(const ecs::CreateService& spec);
// The ARN of "family:revision"; whatever else is given stays as it is.
std::string definitionArn(const Call& call, const std::string& given);
// A service by name or ARN; null if there is none. One that is not known is read from the API first.
std::shared_ptr<const ServiceEntry> findService(Call& call, const ClusterEntry& cluster, const std::string& given);

// Members of a deployment's configuration.
template <class T>
void readMember(const json::Value& configuration, std::string_view name, std::vector<T>& out) {
  if (const json::Value* list = configuration.find(name))
    for (const json::Value& item : list->items())
      if (auto read = json::read<T>(item)) out.push_back(std::move(*read));
}

}  // namespace taskpod::controller
