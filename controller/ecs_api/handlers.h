// The operations of the ECS API. Each takes a call whose request has the shape of the model, and answers with the body or a fault. What an
// operation does is said by the API reference; where Taskpod differs, docs/ecs-api.md says so.
#pragma once

#include <span>

#include "controller/ecs_api/call.h"

namespace taskpod::controller {

using Handler = Answer (*)(Call&);

// How far an operation is built, for docs/ecs-api.md.
enum class Support { Full, Refused };

struct HandlerRow {
  std::string_view operation;
  Handler handler;
  Support support;
  std::string_view note;  // what differs from AWS, and why
};
// One row for each of the 77, sorted by name.
std::span<const HandlerRow> handlerRows();

// docs/ecs-api.md: every operation, what works, what differs from AWS and why.
std::string operationsAsMarkdown();

// clusters.cc
Answer createCluster(Call& call);
Answer describeClusters(Call& call);
Answer listClusters(Call& call);
Answer updateCluster(Call& call);
Answer updateClusterSettings(Call& call);
Answer deleteCluster(Call& call);
Answer putClusterCapacityProviders(Call& call);

// task_definitions.cc
Answer registerTaskDefinition(Call& call);
Answer describeTaskDefinition(Call& call);
Answer listTaskDefinitions(Call& call);
Answer listTaskDefinitionFamilies(Call& call);
Answer deregisterTaskDefinition(Call& call);
Answer deleteTaskDefinitions(Call& call);

// tasks.cc
Answer describeTasks(Call& call);
Answer listTasks(Call& call);
Answer stopTask(Call& call);
Answer getTaskProtection(Call& call);
Answer updateTaskProtection(Call& call);

// run_task.cc
Answer runTask(Call& call);
Answer startTask(Call& call);

// container_instances.cc
Answer listContainerInstances(Call& call);
Answer describeContainerInstances(Call& call);
Answer updateContainerInstancesState(Call& call);
Answer registerContainerInstance(Call& call);
Answer deregisterContainerInstance(Call& call);
Answer putAttributes(Call& call);
Answer deleteAttributes(Call& call);
Answer listAttributes(Call& call);

// services.cc
Answer createService(Call& call);
Answer updateService(Call& call);
Answer describeServices(Call& call);
Answer listServices(Call& call);
Answer listServicesByNamespace(Call& call);
Answer deleteService(Call& call);

// service_deployments.cc
Answer listServiceDeployments(Call& call);
Answer describeServiceDeployments(Call& call);
Answer describeServiceRevisions(Call& call);
Answer stopServiceDeployment(Call& call);

// capacity_providers.cc
Answer createCapacityProvider(Call& call);
Answer updateCapacityProvider(Call& call);
Answer deleteCapacityProvider(Call& call);
Answer describeCapacityProviders(Call& call);

// tags.cc
Answer tagResource(Call& call);
Answer untagResource(Call& call);
Answer listTagsForResource(Call& call);

// account.cc
Answer putAccountSetting(Call& call);
Answer putAccountSettingDefault(Call& call);
Answer deleteAccountSetting(Call& call);
Answer listAccountSettings(Call& call);
Answer discoverPollEndpoint(Call& call);
Answer submitStateChange(Call& call);

// Answers UnsupportedFeatureException, or what the operation models instead, with the reason of its row.
Answer refused(Call& call);

}  // namespace taskpod::controller
