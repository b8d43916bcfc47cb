#include "taskpod/translate/inputs.h"

#include "translate/inputs/builder.h"
#include "translate/paths.h"

namespace taskpod::translate {
namespace inputs {

json::Document documentOf(const json::Value& value) {
  auto copy = json::Document::parse(json::write(value));
  return copy ? std::move(*copy) : json::Document();
}

}  // namespace inputs

namespace {

using inputs::documentOf;
using inputs::ObjectBuilder;
using json::Value;

// What DescribeServices adds to a CreateService body (service model, shapes Service and CreateServiceRequest).
constexpr std::string_view kReadOnly[] = {"serviceArn",
                                          "status",
                                          "runningCount",
                                          "pendingCount",
                                          "platformFamily",
                                          "taskSets",
                                          "deployments",
                                          "events",
                                          "createdAt",
                                          "createdBy",
                                          "currentServiceDeployment",
                                          "currentServiceRevisions",
                                          "resourceManagementType"};
constexpr std::string_view kLifted[] = {"serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations"};

const Value* primaryDeployment(const Value& service) {
  const Value* deployments = service.find("deployments");
  if (!deployments) return nullptr;
  for (const Value& deployment : deployments->items())
    if (deployment.stringAt("status") == "PRIMARY") return &deployment;
  return nullptr;
}

json::Document createService(const Value& service) {
  json::Document d;
  ObjectBuilder out(d);
  for (const auto& member : service.members()) {
    if (std::find(std::begin(kReadOnly), std::end(kReadOnly), member.name) != std::end(kReadOnly)) continue;
    if (member.name == "clusterArn")
      out.text("cluster", member.value.text().substr(member.value.text().rfind('/') + 1));
    else if (member.name == "roleArn")
      out.set("role", member.value);
    else if (!(member.value.isArray() && member.value.items().empty()))
      out.set(member.name, member.value);
  }
  if (const Value* primary = primaryDeployment(service))
    for (std::string_view name : kLifted)
      if (const Value* lifted = primary->find(name); lifted && !service.find(name)) out.set(name, *lifted);
  return documentOf(out.build());
}

Result<Expansion> fromDescribedServices(const Value& services) {
  Expansion out;
  for (const Value& service : services.items()) {
    out.documents.push_back(createService(service));
    out.warnings.push_back("service " + std::string(service.stringAt("serviceName")) +
                           ": what ECS only reports (status, counts, events, deployments) is left out");
  }
  return out;
}

Result<Expansion> fromContainerList(const Value& list) {
  Expansion out;
  json::Document d;
  ObjectBuilder task(d);
  task.text("family", "terraform");
  task.set("containerDefinitions", list);
  out.documents.push_back(documentOf(task.build()));
  return out;
}

bool isContainerList(const Value& source) {
  if (!source.isArray() || source.items().empty()) return false;
  return std::all_of(source.items().begin(), source.items().end(), [](const Value& item) {
    return item.find("name") && item.find("image") && !item.find("kind") && !item.find("containerDefinitions");
  });
}

bool hasTemplate(const Value& source) {
  const Value* resources = source.find("Resources");
  if (!resources || !resources->isObject()) return false;
  return std::any_of(resources->members().begin(), resources->members().end(),
                     [](const auto& resource) { return resource.value.stringAt("Type").starts_with("AWS::"); });
}

bool isTerraform(const Value& source) {
  return source.find("terraform_version") || (source.find("format_version") && (source.find("values") || source.find("planned_values")));
}

}  // namespace

std::optional<Result<Expansion>> expandInput(const Value& source) {
  if (isContainerList(source)) return fromContainerList(source);
  if (!source.isObject() || source.find("kind")) return std::nullopt;
  const Value* services = source.find("services");
  if (services && services->isArray()) return fromDescribedServices(*services);
  if (services && services->isObject()) return inputs::fromCompose(source);
  if (hasTemplate(source)) return inputs::fromCloudFormation(source);
  if (isTerraform(source)) return inputs::fromTerraform(source);
  for (std::string_view name : {"tasks", "serviceArns", "taskArns", "taskDefinitionArns", "clusters"})
    if (const Value* list = source.find(name); list && list->isArray())
      return Error{Reason::BadRequest, std::string(name) +
                                           ": this is a list that ECS reports, it carries no task definition; give the output of "
                                           "describe-task-definition or describe-services"};
  return std::nullopt;
}

}  // namespace taskpod::translate
