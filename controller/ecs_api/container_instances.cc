// Container instances are nodes; their custom attributes are one annotation, mirrored as labels where they are valid ones.
#include <algorithm>

#include "controller/ecs_api/edit.h"
#include "controller/ecs_api/handlers.h"
#include "controller/ecs_api/tasks.h"
#include "taskpod/k8s/names.h"
#include "taskpod/net/tls.h"
#include "taskpod/translate/container_instance.h"
#include "taskpod/translate/units.h"

namespace taskpod::controller {
namespace {

constexpr std::size_t kMostAttributes = 10;
constexpr std::string_view kMirror = "attribute.ecs.taskpod.io/";

ecs::ContainerInstance shown(Call& call, const ClusterEntry& cluster, const k8s::Node& node) {
  return translate::instanceOf(node, {.place = call.place,
                                      .cluster = cluster.name,
                                      .pods = call.view.podsOn(node.metadata.name),
                                      .withTags = call.includes("TAGS"),
                                      .withHealth = call.includes("CONTAINER_INSTANCE_HEALTH")});
}

std::string arnOf(const Call& call, const ClusterEntry& cluster, const std::string& given) {
  auto reference = call.refer(given, "container-instance");
  return ecs::arnInCluster(call.place, "container-instance", cluster.name, reference ? reference->name : given);
}

std::map<std::string, std::string> customAttributes(const k8s::Node& node) {
  std::map<std::string, std::string> out;
  auto text = node.metadata.annotations.find(std::string(k8s::kAttributes));
  if (text == node.metadata.annotations.end()) return out;
  if (auto document = json::Document::parse(text->second))
    for (const auto& member : document->root().members()) out.emplace(std::string(member.name), std::string(member.value.text()));
  return out;
}

// The patch that makes `wanted` the node's attributes.
void setAttributes(const std::map<std::string, std::string>& was, const std::map<std::string, std::string>& wanted, MetadataPatch& patch) {
  json::Document document;
  json::ObjectBuilder object(document);
  for (const auto& [name, value] : wanted) object.set(name, value);
  patch.annotations[std::string(k8s::kAttributes)] = json::write(object.value());
  for (const auto& [name, value] : was) patch.labels[std::string(kMirror) + name] = std::nullopt;  // unless it is set below
  for (const auto& [name, value] : wanted)
    if (std::string key = std::string(kMirror) + name; translate::isLabelKey(key) && translate::isLabelValue(value))
      patch.labels[key] = value;
  std::erase_if(patch.labels, [](const auto& label) { return !translate::isLabelKey(label.first); });
}

struct Target {
  View::NodePointer node;
  std::vector<ecs::Attribute> attributes;
};

// The attributes of the request by their instance.
Result<std::map<std::string, Target>, Fault> targetsOf(Call& call, const ClusterEntry& cluster) {
  std::map<std::string, Target> out;
  const json::Value* list = call.input.find("attributes");
  if (!list || list->items().empty()) return invalidParameter("Attributes cannot be empty.");
  if (list->items().size() > kMostAttributes) return invalidParameter("Attributes can have at most 10 items.");
  for (const json::Value& item : list->items()) {
    auto attribute = json::read<ecs::Attribute>(item);
    if (!attribute) return invalidParameter(attribute.error().message);
    bool good = !attribute->name.empty() && attribute->name.size() <= 128 && attribute->value.size() <= 128 &&
                !attribute->name.starts_with("ecs.") && !attribute->name.starts_with("com.amazonaws.");
    if (!good) return invalidParameter("Invalid attribute name or value: " + attribute->name);
    auto node = findInstance(call, cluster, attribute->targetId);
    if (!node) return fault("TargetNotFoundException", "Target not found: " + attribute->targetId);
    auto& target = out[node->metadata.name];
    target.node = node;
    target.attributes.push_back(std::move(*attribute));
  }
  return out;
}

Answer editAttributes(Call& call,
                      const std::function<Result<void, Fault>(const ecs::Attribute&, std::map<std::string, std::string>&)>& apply) {
  auto cluster = call.cluster();
  if (!cluster) return cluster.error();
  auto targets = targetsOf(call, *cluster);
  if (!targets) return targets.error();
  std::vector<ecs::Attribute> done;
  for (const auto& [name, target] : *targets) {
    auto written = editMetadata<k8s::Node>(call, "", name, [&](const k8s::Node& node, MetadataPatch& patch) -> Result<void, Fault> {
      auto was = customAttributes(node), wanted = was;
      for (const auto& attribute : target.attributes)
        if (auto applied = apply(attribute, wanted); !applied) return applied;
      if (wanted.size() > kMostAttributes)
        return fault("AttributeLimitExceededException", "A container instance can have at most 10 custom attributes.");
      if (wanted != was) setAttributes(was, wanted, patch);
      return {};
    });
    if (!written) return written.error();
    call.view.onNode(target.node, std::make_shared<const k8s::Node>(std::move(*written)));
    for (ecs::Attribute attribute : target.attributes) {
      attribute.targetType = "container-instance";
      attribute.targetId = instanceArn(call, *cluster, *target.node);
      done.push_back(std::move(attribute));
    }
  }
  return textOf(call.object().set("attributes", done));
}

// Applies a merge patch for the caller and puts the result into the view.
Result<View::NodePointer, Fault> patchNode(Call& call, const k8s::Node& node, const std::string& patch) {
  auto written = call.client.patch<k8s::Node>("", node.metadata.name, "", kube::PatchKind::Merge, patch);
  if (!written) return faultOf(written.error());
  auto kept = std::make_shared<const k8s::Node>(std::move(*written));
  call.view.onNode(nullptr, kept);
  return kept;
}

std::string cordonPatch(bool unschedulable, std::optional<std::string> deregistered) {
  json::Document d;
  json::ObjectBuilder annotations(d), metadata(d), spec(d), patch(d);
  annotations.set(k8s::kDeregistered, deregistered ? d.string(*deregistered) : json::Value());
  metadata.set("annotations", annotations.value());
  spec.set("unschedulable", unschedulable ? d.boolean(true) : json::Value());
  patch.set("metadata", metadata.value()).set("spec", spec.value());
  return json::write(patch.value());
}

}  // namespace

std::string textOf(const MetadataPatch& patch, const std::string& resourceVersion) {
  json::Document d;
  json::ObjectBuilder metadata(d), out(d);
  metadata.set("resourceVersion", resourceVersion);
  auto add = [&](const char* name, const auto& changes) {
    if (changes.empty()) return;
    json::ObjectBuilder object(d);
    for (const auto& [key, value] : changes) object.set(key, value ? d.string(*value) : json::Value());
    metadata.set(name, object.value());
  };
  add("annotations", patch.annotations);
  add("labels", patch.labels);
  out.set("metadata", metadata.value());
  return json::write(out.value());
}

View::NodePointer findInstance(Call& call, const ClusterEntry& cluster, const std::string& given) {
  auto reference = call.refer(given, "container-instance");
  if (!reference || (!reference->cluster.empty() && reference->cluster != cluster.name)) return nullptr;
  auto node = call.view.nodeById(reference->name);
  return node && translate::servesCluster(*node, cluster.namespace_) ? node : nullptr;
}

std::string instanceArn(const Call& call, const ClusterEntry& cluster, const k8s::Node& node) {
  return ecs::arnInCluster(call.place, "container-instance", cluster.name, translate::idOf(node.metadata.uid));
}

Answer listContainerInstances(Call& call) {
  auto cluster = call.cluster();
  if (!cluster) return cluster.error();
  if (auto done = call.may("list", "", "nodes"); !done) return done.error();
  std::string status = call.text("status"), filter = call.text("filter");
  std::optional<std::set<std::string>> matching;
  if (!filter.empty()) {
    auto names = call.view.nodesMatching(cluster->namespace_, filter);
    if (!names) return invalidParameter("Invalid filter: " + names.error().message);
    matching = std::move(*names);
  }
  std::vector<std::string> ids;
  for (const auto& [id, node] : call.view.nodesOf(cluster->namespace_)) {
    auto is = translate::instanceStatusOf(*node);
    if (status.empty() ? is == "INACTIVE" : is != status) continue;
    if (!matching || matching->contains(node->metadata.name)) ids.push_back(id);
  }
  auto page = pageOf(call, 100, 100, keysOf(std::move(ids)));
  if (!page) return page.error();
  for (std::string& id : page->keys) id = ecs::arnInCluster(call.place, "container-instance", cluster->name, id);
  auto body = call.object().set("containerInstanceArns", page->keys);
  if (!page->next.empty()) body.set("nextToken", page->next);
  return textOf(body);
}

Answer describeContainerInstances(Call& call) {
  auto cluster = call.cluster();
  if (!cluster) return cluster.error();
  auto wanted = call.texts("containerInstances");
  if (wanted.empty()) return invalidParameter("Container Instances cannot be empty.");
  if (wanted.size() > 100) return invalidParameter("Container instances can have at most 100 items.");
  if (auto done = call.may("get", "", "nodes"); !done) return done.error();
  std::vector<ecs::ContainerInstance> found;
  std::vector<ecs::Failure> failures;
  for (const std::string& given : wanted) {
    if (auto node = findInstance(call, *cluster, given))
      found.push_back(shown(call, *cluster, *node));
    else
      failures.push_back(failure(arnOf(call, *cluster, given), "MISSING"));
  }
  return textOf(call.object().set("containerInstances", found).set("failures", failures));
}

Answer updateContainerInstancesState(Call& call) {
  auto cluster = call.cluster();
  if (!cluster) return cluster.error();
  auto wanted = call.texts("containerInstances");
  std::string status = call.text("status");
  if (wanted.empty()) return invalidParameter("Container Instances cannot be empty.");
  if (wanted.size() > 10) return invalidParameter("Container instances can have at most 10 items.");
  if (status != "ACTIVE" && status != "DRAINING") return invalidParameter("Container instance status should be one of [ACTIVE, DRAINING]");
  std::vector<ecs::ContainerInstance> changed;
  std::vector<ecs::Failure> failures;
  for (const std::string& given : wanted) {
    auto node = findInstance(call, *cluster, given);
    if (!node) {
      failures.push_back(failure(arnOf(call, *cluster, given), "MISSING"));
      continue;
    }
    if (translate::instanceStatusOf(*node) == "INACTIVE") {
      failures.push_back(failure(arnOf(call, *cluster, given), "INACTIVE"));
      continue;
    }
    auto written = patchNode(call, *node, cordonPatch(status == "DRAINING", std::nullopt));
    if (!written) return written.error();
    changed.push_back(shown(call, *cluster, **written));
  }
  return textOf(call.object().set("containerInstances", changed).set("failures", failures));
}

Answer deregisterContainerInstance(Call& call) {
  auto cluster = call.cluster();
  if (!cluster) return cluster.error();
  auto node = findInstance(call, *cluster, call.text("containerInstance"));
  if (!node) return invalidParameter("The specified container instance was not found: " + call.text("containerInstance"));
  std::vector<std::shared_ptr<const k8s::Pod>> running;
  for (const auto& pod : call.view.podsOn(node->metadata.name))
    if (pod->metadata.namespace_ == cluster->namespace_) running.push_back(pod);
  if (!running.empty() && !call.flag("force")) return invalidParameter("Found running tasks on the instance.");
  auto written = patchNode(call, *node, cordonPatch(true, formatTime(wallNow())));
  if (!written) return written.error();
  for (const auto& pod : running) {
    auto stopped = call.client.patch<k8s::Pod>(pod->metadata.namespace_, pod->metadata.name, "", kube::PatchKind::Merge,
                                               stopPatch("UserInitiated", "Container instance deregistration forced by user", wallNow()));
    if (!stopped && stopped.error().reason != Reason::NotFound) return faultOf(stopped.error());
    if (stopped) call.view.onPod(pod, std::make_shared<const k8s::Pod>(std::move(*stopped)));
  }
  return textOf(call.object().set("containerInstance", shown(call, *cluster, **written)));
}

Answer registerContainerInstance(Call& call) {
  auto cluster = call.cluster();
  if (!cluster) return cluster.error();
  k8s::Node node;
  node.apiVersion = "v1";
  node.kind = "Node";
  auto identity = json::Document::parse(call.text("instanceIdentityDocument"));
  std::string instance = identity ? std::string(identity->root().stringAt("instanceId")) : std::string();
  if (auto reference = call.refer(call.text("containerInstanceArn"), "container-instance"); reference) {
    auto known = call.view.nodeById(reference->name);
    if (!known || !translate::servesCluster(*known, cluster->namespace_))
      return invalidParameter("The specified container instance was not found: " + call.text("containerInstanceArn"));
    instance = known->metadata.name;
  }
  node.metadata.name = instance.empty() ? "ecs-" + net::randomHex(8) : translate::slug(instance);
  node.metadata.labels[std::string(k8s::kCluster)] = cluster->namespace_;
  std::map<std::string, std::string> attributes;
  if (const json::Value* list = call.input.find("attributes"))
    for (const json::Value& item : list->items()) attributes[std::string(item.stringAt("name"))] = std::string(item.stringAt("value"));
  MetadataPatch patch;
  setAttributes({}, attributes, patch);
  for (const auto& [key, value] : patch.annotations) node.metadata.annotations[key] = *value;
  for (const auto& [key, value] : patch.labels) node.metadata.labels[key] = *value;
  if (std::string tags = call.raw("tags"); !tags.empty()) node.metadata.annotations[std::string(k8s::kTags)] = tags;
  auto made = call.client.create<k8s::Node>("", node);
  if (!made && made.error().reason == Reason::AlreadyExists)
    made = editMetadata<k8s::Node>(call, "", node.metadata.name,
                                   [&](const k8s::Node&, MetadataPatch& change) -> Result<void, Fault> {
                                     change = patch;
                                     change.annotations[std::string(k8s::kDeregistered)] = std::nullopt;
                                     return {};
                                   })
               ? call.own.get<k8s::Node>("", node.metadata.name)
               : made;
  if (!made) return faultOf(made.error());
  auto& status = made->status;
  if (const json::Value* list = call.input.find("totalResources"))
    for (const json::Value& item : list->items()) {
      const json::Value* amount = item.find("integerValue");
      std::int64_t number = amount ? std::atoll(std::string(amount->text()).c_str()) : 0;
      if (item.stringAt("name") == "CPU") status.capacity["cpu"] = k8s::Quantity::ofMillis(translate::millicoresOf(number));
      if (item.stringAt("name") == "MEMORY") status.capacity["memory"] = k8s::Quantity::ofBytes(number * translate::kMiB);
    }
  status.capacity["pods"] = k8s::Quantity::ofUnits(110);
  status.allocatable = status.capacity;
  if (const json::Value* version = call.input.find("versionInfo")) {
    status.nodeInfo.kubeletVersion = std::string(version->stringAt("agentVersion"));
    status.nodeInfo.containerRuntimeVersion = std::string(version->stringAt("dockerVersion"));
  }
  auto written = call.client.updateStatus<k8s::Node>(*made);
  if (!written) return faultOf(written.error());
  auto kept = std::make_shared<const k8s::Node>(std::move(*written));
  call.view.onNode(nullptr, kept);
  return textOf(call.object().set("containerInstance", shown(call, *cluster, *kept)));
}

Answer putAttributes(Call& call) {
  return editAttributes(call, [](const ecs::Attribute& attribute, auto& wanted) -> Result<void, Fault> {
    wanted[attribute.name] = attribute.value;
    return {};
  });
}

Answer deleteAttributes(Call& call) {
  return editAttributes(call, [](const ecs::Attribute& attribute, auto& wanted) -> Result<void, Fault> {
    wanted.erase(attribute.name);
    return {};
  });
}

Answer listAttributes(Call& call) {
  auto cluster = call.cluster();
  if (!cluster) return cluster.error();
  if (auto done = call.may("list", "", "nodes"); !done) return done.error();
  std::string name = call.text("attributeName"), value = call.text("attributeValue");
  if (!value.empty() && name.empty()) return invalidParameter("attributeName must be set with attributeValue.");
  std::map<std::string, ecs::Attribute> found;  // by instance and name
  for (const auto& [id, node] : call.view.nodesOf(cluster->namespace_)) {
    auto instance = translate::instanceOf(*node, {.place = call.place, .cluster = cluster->name, .pods = {}});
    for (ecs::Attribute& attribute : instance.attributes) {
      if ((!name.empty() && attribute.name != name) || (!value.empty() && attribute.value != value)) continue;
      attribute.targetType = "container-instance";
      attribute.targetId = instance.containerInstanceArn;
      std::string key = id + "\n" + attribute.name;
      found.emplace(std::move(key), std::move(attribute));
    }
  }
  std::vector<std::string> keys;
  for (const auto& [key, attribute] : found) keys.push_back(key);
  auto page = pageOf(call, 100, 100, keysOf(std::move(keys)));
  if (!page) return page.error();
  std::vector<ecs::Attribute> attributes;
  for (const std::string& key : page->keys) attributes.push_back(found.at(key));
  auto body = call.object().set("attributes", attributes);
  if (!page->next.empty()) body.set("nextToken", page->next);
  return textOf(body);
}

}  // namespace taskpod::controller
