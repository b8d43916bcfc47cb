#include <algorithm>

#include "controller/ecs_api/capacity.h"
#include "controller/ecs_api/edit.h"
#include "controller/ecs_api/handlers.h"
#include "taskpod/ecs/cluster.h"
#include "taskpod/k8s/names.h"
#include "taskpod/translate/task.h"
#include "taskpod/translate/units.h"

namespace taskpod::controller {
namespace {

ecs::CapacityProvider builtIn(const Call& call, const std::string& name) {
  ecs::CapacityProvider out;
  out.capacityProviderArn = ecs::capacityProviderArn(call.place, name);
  out.name = name;
  out.status = "ACTIVE";
  out.type = name;
  return out;
}

ecs::CapacityProvider shown(const Call& call, const k8s::EcsCapacityProvider& object) {
  ecs::CapacityProvider out;
  out.capacityProviderArn = ecs::capacityProviderArn(call.place, object.metadata.name);
  out.name = object.metadata.name;
  out.status = object.status.status.empty() ? "ACTIVE" : object.status.status;
  out.updateStatus = object.status.updateStatus.empty() ? "CREATE_COMPLETE" : object.status.updateStatus;
  auto spec = json::Document::parse(object.spec.text);
  if (spec) {
    out.cluster = std::string(spec->root().stringAt("cluster"));
    if (const json::Value* value = spec->root().find("autoScalingGroupProvider")) json::write(out.autoScalingGroupProvider.text, *value);
    if (const json::Value* value = spec->root().find("managedInstancesProvider")) json::write(out.managedInstancesProvider.text, *value);
  }
  out.type = out.managedInstancesProvider.text.empty() ? "EC2_AUTOSCALING" : "MANAGED_INSTANCES";
  out.tags = translate::tagsOf(object.metadata);
  return out;
}

Answer answerWith(Call& call, k8s::EcsCapacityProvider object) {
  auto kept = std::make_shared<const k8s::EcsCapacityProvider>(std::move(object));
  call.view.onProvider(nullptr, kept);
  return textOf(call.object().set("capacityProvider", shown(call, *kept)));
}

Result<std::string, Fault> nameOf(Call& call, std::string_view member) {
  auto reference = call.refer(call.text(member), "capacity-provider");
  if (!reference) return invalidParameter("Invalid capacity provider: " + call.text(member));
  return reference->name;
}

bool isBuiltIn(std::string_view name) { return name == "FARGATE" || name == "FARGATE_SPOT"; }

}  // namespace

Answer createCapacityProvider(Call& call) {
  std::string name = call.text("name");
  bool hasGroup = call.input.find("autoScalingGroupProvider"), hasManaged = call.input.find("managedInstancesProvider");
  if (hasGroup == hasManaged)
    return invalidParameter("Exactly one of autoScalingGroupProvider and managedInstancesProvider must be specified.");
  for (std::string_view reserved : {"aws", "ecs", "fargate"}) {
    std::string lower = name.substr(0, reserved.size());
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (lower == reserved)
      return invalidParameter("The capacity provider name was invalid. Capacity provider names cannot begin with aws, ecs or fargate.");
  }
  // It becomes a label value of the provider's nodes and the name of the object.
  if (!translate::isDnsLabel(name))
    return invalidParameter("The capacity provider name " + name +
                            " must be a DNS label: lower case letters, digits and hyphens, at most 63.");
  k8s::EcsCapacityProvider object;
  object.apiVersion = k8s::kCustomApiVersion;
  object.kind = "CapacityProvider";
  object.metadata.name = name;
  if (std::string tags = call.raw("tags"); !tags.empty()) object.metadata.annotations[std::string(k8s::kTags)] = tags;
  json::ObjectBuilder spec(call.document, call.input);
  spec.remove("name").remove("tags");
  object.spec.text = json::write(spec.value());
  auto made = call.client.create<k8s::EcsCapacityProvider>("", object);
  if (!made && made.error().reason == Reason::AlreadyExists)
    return invalidParameter("A capacity provider with the name " + name + " exists already.");
  if (!made) return faultOf(made.error());
  return answerWith(call, std::move(*made));
}

Answer updateCapacityProvider(Call& call) {
  auto name = nameOf(call, "name");
  if (!name) return name.error();
  if (isBuiltIn(*name)) return invalidParameter("The capacity provider " + *name + " cannot be updated.");
  if (!call.view.provider(*name)) return invalidParameter("The specified capacity provider was not found: " + *name);
  json::ObjectBuilder spec(call.document), patch(call.document);
  for (std::string_view member : {"autoScalingGroupProvider", "managedInstancesProvider"})
    if (const json::Value* value = call.input.find(member)) spec.set(member, *value);
  patch.set("spec", spec.value());
  auto written = call.client.patch<k8s::EcsCapacityProvider>("", *name, "", kube::PatchKind::Merge, json::write(patch.value()));
  if (!written) return faultOf(written.error());
  written->status.updateStatus = "UPDATE_COMPLETE";
  return answerWith(call, std::move(*written));
}

Answer deleteCapacityProvider(Call& call) {
  auto name = nameOf(call, "capacityProvider");
  if (!name) return name.error();
  if (isBuiltIn(*name)) return invalidParameter("The capacity provider " + *name + " is reserved and cannot be deleted.");
  auto object = call.view.provider(*name);
  if (!object) return invalidParameter("The specified capacity provider was not found: " + *name);
  for (const auto& cluster : call.view.clusters()) {
    if (!cluster.object || !cluster.active) continue;
    auto spec = json::Document::parse(cluster.object->spec.text);
    auto used = spec ? providersOf(spec->root()) : std::vector<std::string>();
    if (std::find(used.begin(), used.end(), *name) != used.end())
      return fault("ResourceInUseException", "The capacity provider is associated with the cluster " + cluster.name +
                                                 ". Remove it there with PutClusterCapacityProviders first.");
  }
  if (auto done = call.client.remove<k8s::EcsCapacityProvider>("", *name); !done) return faultOf(done.error());
  call.view.onProvider(object, nullptr);
  auto gone = shown(call, *object);
  gone.status = "INACTIVE";
  gone.updateStatus = "DELETE_COMPLETE";
  return textOf(call.object().set("capacityProvider", gone));
}

Answer describeCapacityProviders(Call& call) {
  if (auto done = call.may("list", "ecs.taskpod.io", "capacityproviders"); !done) return done.error();
  std::map<std::string, ecs::CapacityProvider> all;
  for (const char* name : {"FARGATE", "FARGATE_SPOT"}) all[name] = builtIn(call, name);
  for (const auto& object : call.view.providers()) all[object->metadata.name] = shown(call, *object);
  std::vector<ecs::CapacityProvider> found;
  std::vector<ecs::Failure> failures;
  auto body = call.object();
  if (auto wanted = call.texts("capacityProviders"); !wanted.empty()) {
    if (wanted.size() > 100) return invalidParameter("Capacity providers can have at most 100 items.");
    for (const std::string& given : wanted) {
      auto reference = call.refer(given, "capacity-provider");
      auto one = reference ? all.find(reference->name) : all.end();
      if (one != all.end())
        found.push_back(one->second);
      else
        failures.push_back(failure(reference ? ecs::capacityProviderArn(call.place, reference->name) : given, "MISSING"));
    }
  } else {
    std::vector<std::string> names;
    for (const auto& [name, provider] : all) names.push_back(name);
    auto page = pageOf(call, 10, 10, keysOf(std::move(names)));
    if (!page) return page.error();
    for (const std::string& name : page->keys) found.push_back(all.at(name));
    if (!page->next.empty()) body.set("nextToken", page->next);
  }
  if (!call.includes("TAGS"))
    for (auto& provider : found) provider.tags.clear();
  return textOf(body.set("capacityProviders", found).set("failures", failures));
}

}  // namespace taskpod::controller
