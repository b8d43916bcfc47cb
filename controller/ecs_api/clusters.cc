// Clusters: a Namespace and, for what a namespace cannot say, a Cluster object of the same name.
#include <algorithm>

#include "controller/ecs_api/capacity.h"
#include "controller/ecs_api/handlers.h"
#include "taskpod/ecs/cluster.h"
#include "taskpod/k8s/names.h"
#include "taskpod/translate/task.h"
#include "taskpod/translate/units.h"

namespace taskpod::controller {
namespace {

constexpr std::string_view kGroup = "ecs.taskpod.io";
constexpr std::chrono::seconds kNamespacePatience{20};  // for one that is still being deleted

bool isName(std::string_view name) {
  if (name.empty() || name.size() > 255) return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; });
}

const json::Document& specOf(const ClusterEntry& entry, json::Document& keep) {
  if (entry.object)
    if (auto document = json::Document::parse(entry.object->spec.text)) keep = std::move(*document);
  return keep;
}

template <class T>
void readList(const json::Value& spec, std::string_view name, std::vector<T>& out) {
  if (const json::Value* list = spec.find(name))
    for (const json::Value& item : list->items())
      if (auto read = json::read<T>(item)) out.push_back(std::move(*read));
}

void count(Call& call, const ClusterEntry& entry, ecs::Cluster& out) {
  std::int32_t running = 0, pending = 0, services = 0;
  call.view.tasks(entry.namespace_, "", [&](const View::TaskPointer& task) {
    running += task->lastStatus == "RUNNING";
    pending += task->lastStatus == "PENDING" || task->lastStatus == "PROVISIONING";
    return true;
  });
  for (const auto& service : call.view.services(entry.namespace_))
    services += !service->object->metadata.annotations.contains(std::string(k8s::kDeletedAt));
  out.runningTasksCount = running;
  out.pendingTasksCount = pending;
  out.activeServicesCount = services;
  out.registeredContainerInstancesCount = entry.active ? static_cast<std::int32_t>(call.view.nodesOf(entry.namespace_).size()) : 0;
}

ecs::Cluster clusterOf(Call& call, const ClusterEntry& entry, bool everything) {
  ecs::Cluster out;
  out.clusterArn = ecs::clusterArn(call.place, entry.name);
  out.clusterName = entry.name;
  out.status = entry.active ? "ACTIVE" : "INACTIVE";
  count(call, entry, out);
  json::Document keep;
  const json::Value& spec = specOf(entry, keep).root();
  for (const std::string& name : providersOf(spec)) out.capacityProviders.push_back(name);
  readList(spec, "defaultCapacityProviderStrategy", out.defaultCapacityProviderStrategy);
  if (everything || call.includes("SETTINGS")) {
    readList(spec, "settings", out.settings);
    if (out.settings.empty()) {
      ecs::ClusterSetting setting;
      setting.name = "containerInsights";
      setting.value = "disabled";
      out.settings.push_back(std::move(setting));
    }
  }
  if (everything || call.includes("CONFIGURATIONS")) {
    if (const json::Value* value = spec.find("configuration")) json::write(out.configuration.text, *value);
    if (const json::Value* value = spec.find("serviceConnectDefaults")) json::write(out.serviceConnectDefaults.text, *value);
  }
  if (entry.object && (everything || call.includes("TAGS"))) out.tags = translate::tagsOf(entry.object->metadata);
  return out;
}

Answer answerWith(Call& call, const ClusterEntry& entry) { return textOf(call.object().set("cluster", clusterOf(call, entry, true))); }

// Creates the namespace, waiting for one of the same name to be gone. A namespace that is there already is taken as it is.
Result<void, Fault> makeNamespace(Call& call, const std::string& name) {
  k8s::Namespace wanted;
  wanted.apiVersion = "v1";
  wanted.kind = "Namespace";
  wanted.metadata.name = name;
  wanted.metadata.labels[std::string(k8s::kCreatedBy)] = "create-cluster";
  net::Canceller never;
  for (auto deadline = net::in(kNamespacePatience);;) {
    auto made = call.client.create<k8s::Namespace>("", wanted);
    if (made) {
      call.view.onNamespace(nullptr, std::make_shared<const k8s::Namespace>(std::move(*made)));
      return {};
    }
    bool exists = made.error().reason == Reason::AlreadyExists || made.error().reason == Reason::Conflict;
    if (!exists) return faultOf(made.error());
    auto there = call.own.get<k8s::Namespace>("", name);
    if (there && there->status.phase != "Terminating") {
      call.view.onNamespace(nullptr, std::make_shared<const k8s::Namespace>(std::move(*there)));
      return {};
    }
    if (net::Clock::now() >= deadline)
      return fault("ServerException", "The namespace of the previous cluster " + name + " is still being deleted. Try again later.");
    never.sleepUntil(net::in(std::chrono::milliseconds(200)));
  }
}

// Writes the object as `change` makes it, re-reading on conflicts.
Result<ClusterEntry, Fault> write(Call& call, const std::string& name, const std::string& namespace_,
                                  const std::function<void(k8s::EcsCluster&)>& change) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    auto object = call.own.get<k8s::EcsCluster>("", namespace_);
    bool isNew = !object && object.error().reason == Reason::NotFound;
    if (!object && !isNew) return faultOf(object.error());
    k8s::EcsCluster fresh = isNew ? k8s::EcsCluster() : *object;
    if (isNew) {
      fresh.apiVersion = k8s::kCustomApiVersion;
      fresh.kind = "Cluster";
      fresh.metadata.name = namespace_;
      fresh.spec.text = "{}";
      if (name != namespace_) fresh.metadata.annotations[std::string(k8s::kOriginalName)] = name;
    }
    change(fresh);
    auto written = isNew ? call.client.create<k8s::EcsCluster>("", fresh) : call.client.update<k8s::EcsCluster>(fresh);
    if (!written && (written.error().reason == Reason::Conflict || written.error().reason == Reason::AlreadyExists)) continue;
    if (!written) return faultOf(written.error());
    if (written->status != fresh.status) {
      written->status = fresh.status;
      auto status = call.own.updateStatus<k8s::EcsCluster>(*written);
      if (!status && status.error().reason == Reason::Conflict) continue;
      if (!status) return faultOf(status.error());
      written = std::move(status);
    }
    auto kept = std::make_shared<const k8s::EcsCluster>(std::move(*written));
    call.view.onCluster(nullptr, kept);
    return ClusterEntry{name, namespace_, kept, kept->status.status != "INACTIVE"};
  }
  return fault("ServerException", "The cluster " + name + " is being changed by others. Try again.");
}

// The members of the request that belong into the object's spec, over what it has.
void merge(Call& call, k8s::EcsCluster& object, std::initializer_list<std::string_view> names) {
  json::Document document;
  auto spec = document.add(object.spec.text.empty() ? "{}" : object.spec.text);
  json::ObjectBuilder merged(document, spec ? *spec : json::Value());
  for (std::string_view name : names)
    if (const json::Value* value = call.input.find(name)) merged.set(name, *value);
  object.spec.text = json::write(merged.value());
}

Result<void, Fault> checkProviders(Call& call) {
  for (const std::string& given : call.texts("capacityProviders"))
    if (!findProvider(call.view, given))
      return invalidParameter("The specified capacity provider '" + given + "' was not found. Specify a valid name or ARN and try again.");
  return checkStrategy(call.view, call.input.find("defaultCapacityProviderStrategy"));
}

}  // namespace

Answer createCluster(Call& call) {
  std::string name = call.text("clusterName");
  if (name.empty()) name = "default";
  if (!isName(name))
    return invalidParameter("Invalid cluster name '" + name + "'. It may hold letters, digits, hyphens and underscores, at most 255.");
  if (auto known = call.view.cluster(name); known && known->active && known->object) {
    if (auto done = call.may("get", std::string(kGroup), "clusters"); !done) return done.error();
    return answerWith(call, *known);
  }
  if (auto done = checkProviders(call); !done) return done.error();
  std::string namespace_ = translate::slug(name);
  if (!isCluster(namespace_)) return invalidParameter("The name " + name + " is the system's own and cannot be a cluster.");
  if (auto done = makeNamespace(call, namespace_); !done) return done.error();
  auto entry = write(call, name, namespace_, [&](k8s::EcsCluster& object) {
    object.spec.text = "{}";
    merge(call, object, {"settings", "configuration", "capacityProviders", "defaultCapacityProviderStrategy", "serviceConnectDefaults"});
    object.metadata.annotations.erase(std::string(k8s::kTags));
    if (std::string tags = call.raw("tags"); !tags.empty()) object.metadata.annotations[std::string(k8s::kTags)] = tags;
    object.status.status = "ACTIVE";
    object.status.inactiveSince.clear();
  });
  if (!entry) return entry.error();
  return answerWith(call, *entry);
}

Answer describeClusters(Call& call) {
  auto wanted = call.texts("clusters");
  if (wanted.empty()) wanted.push_back("default");
  if (wanted.size() > 100) return invalidParameter("Clusters can have at most 100 items.");
  if (auto done = call.may("list", "ecs.taskpod.io", "clusters"); !done) return done.error();
  std::vector<ecs::Cluster> found;
  std::vector<ecs::Failure> failures;
  for (const std::string& given : wanted) {
    auto reference = call.refer(given, "cluster");
    auto entry = reference ? call.view.cluster(reference->name) : std::nullopt;
    if (entry)
      found.push_back(clusterOf(call, *entry, false));
    else
      failures.push_back(failure(reference ? ecs::clusterArn(call.place, reference->name) : given, "MISSING"));
  }
  return textOf(call.object().set("clusters", found).set("failures", failures));
}

Answer listClusters(Call& call) {
  if (auto done = call.may("list", "ecs.taskpod.io", "clusters"); !done) return done.error();
  std::vector<std::string> names;
  for (const auto& entry : call.view.clusters())
    if (entry.active) names.push_back(entry.name);
  auto page = pageOf(call, 100, 100, keysOf(std::move(names)));
  if (!page) return page.error();
  for (std::string& name : page->keys) name = ecs::clusterArn(call.place, name);
  auto body = call.object().set("clusterArns", page->keys);
  if (!page->next.empty()) body.set("nextToken", page->next);
  return textOf(body);
}

Answer updateCluster(Call& call) {
  auto entry = call.cluster();
  if (!entry) return entry.error();
  auto written = write(call, entry->name, entry->namespace_, [&](k8s::EcsCluster& object) {
    merge(call, object, {"settings", "configuration", "serviceConnectDefaults"});
  });
  if (!written) return written.error();
  return answerWith(call, *written);
}

Answer updateClusterSettings(Call& call) { return updateCluster(call); }

Answer putClusterCapacityProviders(Call& call) {
  auto entry = call.cluster();
  if (!entry) return entry.error();
  if (auto done = checkProviders(call); !done) return done.error();
  auto written = write(call, entry->name, entry->namespace_, [&](k8s::EcsCluster& object) {
    merge(call, object, {"capacityProviders", "defaultCapacityProviderStrategy"});
  });
  if (!written) return written.error();
  return answerWith(call, *written);
}

Answer deleteCluster(Call& call) {
  auto entry = call.cluster();
  if (!entry) return entry.error();
  ecs::Cluster counts;
  count(call, *entry, counts);
  if (*counts.activeServicesCount > 0)
    return fault("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.");
  if (*counts.runningTasksCount + *counts.pendingTasksCount > 0)
    return fault("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.");
  for (const auto& [id, node] : call.view.nodesOf(entry->namespace_))
    if (node->metadata.labels.contains(std::string(k8s::kCluster)))
      return fault("ClusterContainsContainerInstancesException",
                   "The Cluster cannot be deleted while Container Instances are active or draining.");
  auto space = call.own.get<k8s::Namespace>("", entry->namespace_);
  bool oursToDelete = space && space->metadata.labels.contains(std::string(k8s::kCreatedBy));
  if (oursToDelete)
    if (auto done = call.may("delete", "", "namespaces"); !done) return done.error();
  auto written = write(call, entry->name, entry->namespace_, [](k8s::EcsCluster& object) {
    object.status.status = "INACTIVE";
    object.status.inactiveSince = formatTime(wallNow());
  });
  if (!written) return written.error();
  if (oursToDelete)
    if (auto done = call.client.remove<k8s::Namespace>("", entry->namespace_); !done && done.error().reason != Reason::NotFound)
      return faultOf(done.error());
  return answerWith(call, *written);
}

}  // namespace taskpod::controller
