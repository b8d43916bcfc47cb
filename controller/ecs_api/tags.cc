// Tags: one annotation (JSON) of the object behind an ARN.
#include <algorithm>

#include "controller/ecs_api/edit.h"
#include "controller/ecs_api/handlers.h"
#include "controller/ecs_api/registration.h"
#include "controller/ecs_api/tasks.h"
#include "taskpod/k8s/names.h"

namespace taskpod::controller {
namespace {

constexpr std::size_t kMostTags = 50;

using Tags = std::vector<ecs::Tag>;
using Change = std::function<Result<void, Fault>(Tags&)>;

std::string textOfTags(const Tags& tags) {
  json::Document document;
  std::vector<json::Value> items;
  for (const auto& tag : tags) items.push_back(json::tree(document, tag));
  return json::write(document.array(items));
}

// An object that carries tags.
struct Tagged {
  std::string resource, group, namespace_, name;
  k8s::ObjectMeta meta;
  std::function<Result<void, Fault>(Call&, const Change&)> edit;
};

template <class T>
Tagged tagged(std::string resource, std::string group, std::shared_ptr<const T> object,
              void (View::*seen)(const std::shared_ptr<const T>&, const std::shared_ptr<const T>&)) {
  Tagged out{std::move(resource), std::move(group), object->metadata.namespace_, object->metadata.name, object->metadata, {}};
  out.edit = [object, seen](Call& call, const Change& change) -> Result<void, Fault> {
    auto written = editMetadata<T>(call, object->metadata.namespace_, object->metadata.name,
                                   [&](const T& live, MetadataPatch& patch) -> Result<void, Fault> {
                                     Tags tags = translate::tagsOf(live.metadata);
                                     if (auto done = change(tags); !done) return done;
                                     patch.annotations[std::string(k8s::kTags)] = textOfTags(tags);
                                     return {};
                                   });
    if (!written) return written.error();
    (call.view.*seen)(object, std::make_shared<const T>(std::move(*written)));
    return {};
  };
  return out;
}

Result<Tagged, Fault> find(Call& call) {
  std::string arn = call.text("resourceArn");
  auto reference = ecs::parseReference(arn);
  if (!reference || reference->kind.empty()) return invalidParameter("Invalid resource ARN: " + arn);
  if (reference->kind == "task-definition") {
    std::string problem;
    auto wanted = ecs::parseDefinition(arn, problem);
    auto entry = wanted && wanted->revision ? call.view.definition(wanted->family, *wanted->revision) : nullptr;
    if (!entry) return clientFault("Unable to describe task definition.");
    return tagged<k8s::TaskDefinitionRevision>("taskdefinitionrevisions", "ecs.taskpod.io", entry->object, &View::onRevision);
  }
  if (reference->kind == "capacity-provider") {
    auto object = call.view.provider(reference->name);
    if (!object) return fault("ResourceNotFoundException", "The specified capacity provider was not found.");
    return tagged<k8s::EcsCapacityProvider>("capacityproviders", "ecs.taskpod.io", object, &View::onProvider);
  }
  auto cluster = call.view.cluster(reference->kind == "cluster" || reference->cluster.empty()
                                       ? (reference->kind == "cluster" ? reference->name : "default")
                                       : reference->cluster);
  if (!cluster || !cluster->active) return fault("ClusterNotFoundException", "Cluster not found.");
  if (reference->kind == "cluster") {
    if (!cluster->object)
      return invalidParameter("The cluster " + cluster->name + " has no settings of its own yet. Call CreateCluster first.");
    return tagged<k8s::EcsCluster>("clusters", "ecs.taskpod.io", cluster->object, &View::onCluster);
  }
  if (reference->kind == "service") {
    auto entry = call.view.service(cluster->namespace_, reference->name);
    if (!entry) return fault("ServiceNotFoundException", "Service not found.");
    return tagged<k8s::EcsService>("services", "ecs.taskpod.io", entry->object, &View::onService);
  }
  if (reference->kind == "task") {
    auto entry = findTask(call, *cluster, reference->name);
    if (!entry || !entry->goneAt.empty()) return invalidParameter("The referenced task was not found.");
    return tagged<k8s::Pod>("pods", "", entry->pod, &View::onPod);
  }
  if (reference->kind == "container-instance") {
    auto node = findInstance(call, *cluster, reference->name);
    if (!node) return invalidParameter("The specified container instance was not found.");
    return tagged<k8s::Node>("nodes", "", node, &View::onNode);
  }
  return invalidParameter("Tags are not supported for " + arn);
}

Answer edit(Call& call, const Change& change) {
  auto object = find(call);
  if (!object) return object.error();
  if (auto done = object->edit(call, change); !done) return done.error();
  return std::string("{}");
}

}  // namespace

Answer tagResource(Call& call) {
  Tags wanted;
  for (const json::Value& item : call.input.find("tags")->items()) {
    auto tag = json::read<ecs::Tag>(item);
    if (!tag) return invalidParameter(tag.error().message);
    if (tag->key.empty() || tag->key.starts_with("aws:")) return invalidParameter("Invalid tag key '" + tag->key + "'.");
    wanted.push_back(std::move(*tag));
  }
  return edit(call, [&](Tags& tags) -> Result<void, Fault> {
    for (const auto& tag : wanted) {
      std::erase_if(tags, [&](const auto& one) { return one.key == tag.key; });
      tags.push_back(tag);
    }
    if (tags.size() > kMostTags) return invalidParameter("Tags can have at most 50 items.");
    return {};
  });
}

Answer untagResource(Call& call) {
  auto keys = call.texts("tagKeys");
  return edit(call, [&](Tags& tags) -> Result<void, Fault> {
    std::erase_if(tags, [&](const auto& tag) { return std::find(keys.begin(), keys.end(), tag.key) != keys.end(); });
    return {};
  });
}

Answer listTagsForResource(Call& call) {
  auto object = find(call);
  if (!object) return object.error();
  if (auto done = call.may("get", object->group, object->resource, object->namespace_); !done) return done.error();
  return textOf(call.object().set("tags", translate::tagsOf(object->meta)));
}

}  // namespace taskpod::controller
