#include "controller/ecs_api/view.h"

#include <charconv>

#include "taskpod/base/log.h"
#include "taskpod/ecs/arn.h"
#include "taskpod/k8s/annotations.h"
#include "taskpod/k8s/names.h"
#include "taskpod/translate/container_instance.h"
#include "taskpod/translate/placement.h"
#include "taskpod/translate/task.h"

namespace taskpod::controller {
namespace {

bool isFinished(const k8s::Pod& pod) { return pod.status.phase == "Succeeded" || pod.status.phase == "Failed"; }

std::shared_ptr<const TaskEntry> entryOf(const std::shared_ptr<const k8s::Pod>& pod, std::string goneAt) {
  auto entry = std::make_shared<TaskEntry>();
  entry->pod = pod;
  entry->id = translate::idOf(pod->metadata.uid);
  entry->cluster = pod->metadata.namespace_;
  entry->family = translate::familyOf(*pod);
  entry->startedBy = translate::startedByOf(*pod);
  entry->service = translate::serviceOf(*pod);
  entry->launchType = translate::launchTypeOf(*pod);
  if (auto token = pod->metadata.labels.find(std::string(k8s::kClientToken)); token != pod->metadata.labels.end())
    entry->token = token->second;
  entry->lastStatus = goneAt.empty() ? translate::lastStatusOf(*pod) : "STOPPED";
  entry->desiredStatus = goneAt.empty() ? translate::desiredStatusOf(*pod) : "STOPPED";
  entry->stoppedAt = goneAt.empty() ? translate::stoppedAtOf(*pod) : parseTime(goneAt);
  entry->goneAt = std::move(goneAt);
  return entry;
}

std::uint64_t versionOf(const k8s::ObjectMeta& meta) {
  std::uint64_t version = 0;
  std::from_chars(meta.resourceVersion.data(), meta.resourceVersion.data() + meta.resourceVersion.size(), version);
  return version;
}

// "family:revision" of a name or an ARN.
std::string referredTo(const std::string& given) {
  std::string problem;
  auto reference = ecs::parseDefinition(given, problem);
  return reference && reference->revision ? reference->family + ":" + std::to_string(*reference->revision) : std::string();
}

// Of a map of objects by name: keeps the newest.
template <class T>
void keep(std::map<std::string, std::shared_ptr<const T>>& map, const std::shared_ptr<const T>& was, const std::shared_ptr<const T>& is) {
  const std::string& name = (is ? is : was)->metadata.name;
  auto known = map.find(name);
  if (!is) {
    if (known != map.end() && known->second->metadata.uid == was->metadata.uid) map.erase(known);
  } else if (known == map.end() || versionOf(known->second->metadata) <= versionOf(is->metadata)) {
    map[name] = is;
  }
}

}  // namespace

bool isCluster(std::string_view namespace_) { return !namespace_.starts_with("kube-") && namespace_ != "taskpod-system"; }

bool View::isStale(const k8s::ObjectMeta& known, const k8s::ObjectMeta& fresh) const {
  return known.uid == fresh.uid && versionOf(known) > versionOf(fresh);
}

void View::drop(const std::string& id, const std::string& cluster) {
  auto found = tasks_.find(id);
  if (found == tasks_.end()) return;
  const TaskEntry& entry = *found->second;
  auto erase = [&](auto& index, const auto& key) {
    auto at = index.find(key);
    if (at == index.end()) return;
    at->second.erase(id);
    if (at->second.empty()) index.erase(at);
  };
  erase(byService_, std::pair(cluster, entry.service));
  erase(byToken_, std::pair(cluster, entry.token));
  erase(byNode_, entry.pod->spec.nodeName);
  erase(byCluster_, cluster);
  tasks_.erase(found);
}

void View::onPod(const std::shared_ptr<const k8s::Pod>& was, const std::shared_ptr<const k8s::Pod>& is) {
  if (was && is && was->metadata.uid != is->metadata.uid) onPod(was, nullptr);
  const auto& pod = is ? is : was;
  auto entry = entryOf(pod, is ? std::string() : formatTime(wallNow()));
  std::unique_lock lock(mutex_);
  auto known = tasks_.find(entry->id);
  if (known != tasks_.end()) {
    if (!known->second->goneAt.empty()) return;  // a UID that is gone does not come back, whatever arrives late
    if (is && isStale(known->second->pod->metadata, is->metadata)) return;
  }
  {
    std::lock_guard placing(placing_);
    if (!is || isFinished(*is))
      snapshot_.removePod(pod->metadata.uid);
    else if (!is->spec.nodeName.empty())
      snapshot_.setPod(translate::factsOf(is));
  }
  if (!isCluster(pod->metadata.namespace_)) return;
  drop(entry->id, entry->cluster);
  if (!entry->service.empty()) byService_[{entry->cluster, entry->service}].insert(entry->id);
  if (!entry->token.empty()) byToken_[{entry->cluster, entry->token}].insert(entry->id);
  if (is && !pod->spec.nodeName.empty()) byNode_[pod->spec.nodeName].insert(entry->id);
  byCluster_[entry->cluster][entry->id] = entry;
  tasks_[entry->id] = std::move(entry);
}

void View::assume(const std::shared_ptr<const k8s::Pod>& pod, const std::string& node) {
  std::lock_guard placing(placing_);
  if (snapshot_.hasPod(pod->metadata.uid)) return;
  auto facts = translate::factsOf(pod);
  facts.nodeName = node;
  snapshot_.setPod(facts);
}

void View::unassume(const std::string& uid) {
  std::lock_guard placing(placing_);
  snapshot_.removePod(uid);
}

void View::onNode(const NodePointer& was, const NodePointer& is) {
  {
    std::lock_guard placing(placing_);
    if (is)
      snapshot_.setNode(translate::factsOf(is));
    else
      snapshot_.removeNode(was->metadata.name);
  }
  std::unique_lock lock(mutex_);
  auto known = nodes_.find((is ? is : was)->metadata.name);
  if (known != nodes_.end()) {
    if (is && isStale(known->second->metadata, is->metadata)) return;
    nodeIds_.erase(translate::idOf(known->second->metadata.uid));
    nodes_.erase(known);
  }
  if (!is) return;
  nodeIds_[translate::idOf(is->metadata.uid)] = is->metadata.name;
  nodes_[is->metadata.name] = is;
}

void View::onNamespace(const std::shared_ptr<const k8s::Namespace>& was, const std::shared_ptr<const k8s::Namespace>& is) {
  std::unique_lock lock(mutex_);
  keep(namespaces_, was, is);
}

void View::onCluster(const std::shared_ptr<const k8s::EcsCluster>& was, const std::shared_ptr<const k8s::EcsCluster>& is) {
  std::unique_lock lock(mutex_);
  keep(clusters_, was, is);
}

void View::onProvider(const std::shared_ptr<const k8s::EcsCapacityProvider>& was,
                      const std::shared_ptr<const k8s::EcsCapacityProvider>& is) {
  std::unique_lock lock(mutex_);
  keep(providers_, was, is);
}

void View::onRevision(const std::shared_ptr<const k8s::TaskDefinitionRevision>& was,
                      const std::shared_ptr<const k8s::TaskDefinitionRevision>& is) {
  const auto& object = is ? is : was;
  std::shared_ptr<DefinitionEntry> entry;
  if (is) {
    entry = std::make_shared<DefinitionEntry>();
    entry->object = is;
    auto read = json::read<ecs::TaskDefinition>(is->spec.input.text, {.scalarsFromStrings = true});
    if (!read) {
      log::warn("a TaskDefinitionRevision that cannot be read", {{"name", is->metadata.name}, {"error", read.error().message}});
      return;
    }
    entry->definition = std::move(*read);
  }
  std::unique_lock lock(mutex_);
  auto& revisions = definitions_[object->spec.family];
  auto known = revisions.find(object->spec.revision);
  if (!is) {
    if (known != revisions.end()) revisions.erase(known);
    if (revisions.empty()) definitions_.erase(object->spec.family);
    return;
  }
  if (known != revisions.end() && isStale(known->second->object->metadata, is->metadata)) return;
  revisions[object->spec.revision] = std::move(entry);
}

void View::onService(const std::shared_ptr<const k8s::EcsService>& was, const std::shared_ptr<const k8s::EcsService>& is) {
  const auto& object = is ? is : was;
  std::shared_ptr<ServiceEntry> entry;
  if (is) {
    entry = std::make_shared<ServiceEntry>();
    entry->object = is;
    auto read = json::read<ecs::CreateService>(is->spec.text);
    if (!read) {
      log::warn("a Service that cannot be read", {{"name", is->metadata.name}, {"error", read.error().message}});
      return;
    }
    entry->spec = std::move(*read);
    entry->name = entry->spec.serviceName.empty() ? is->metadata.name : entry->spec.serviceName;
  }
  std::unique_lock lock(mutex_);
  auto& services = services_[object->metadata.namespace_];
  std::string gone;
  for (const auto& [name, known] : services) {
    if (known->object->metadata.name != object->metadata.name) continue;
    if (!is && known->object->metadata.uid != object->metadata.uid) return;  // a new one of that name is there already
    if (is && isStale(known->object->metadata, is->metadata)) return;
    gone = name;
  }
  if (!gone.empty()) services.erase(gone);
  if (is) services[entry->name] = entry;
}

View::TaskPointer View::task(const std::string& id) const {
  std::shared_lock lock(mutex_);
  auto found = tasks_.find(id);
  return found == tasks_.end() ? nullptr : found->second;
}

void View::tasks(const std::string& cluster, const std::string& after, const std::function<bool(const TaskPointer&)>& take) const {
  std::shared_lock lock(mutex_);
  auto found = byCluster_.find(cluster);
  if (found == byCluster_.end()) return;
  for (auto it = found->second.upper_bound(after); it != found->second.end(); ++it)
    if (!take(it->second)) return;
}

std::vector<View::TaskPointer> View::tasksOfService(const std::string& cluster, const std::string& service) const {
  std::shared_lock lock(mutex_);
  std::vector<TaskPointer> out;
  auto found = byService_.find({cluster, service});
  if (found == byService_.end()) return out;
  for (const std::string& id : found->second) out.push_back(tasks_.at(id));
  return out;
}

std::vector<View::TaskPointer> View::tasksOfToken(const std::string& cluster, const std::string& token) const {
  std::shared_lock lock(mutex_);
  std::vector<TaskPointer> out;
  auto found = byToken_.find({cluster, token});
  if (found == byToken_.end()) return out;
  for (const std::string& id : found->second) out.push_back(tasks_.at(id));
  return out;
}

std::vector<std::shared_ptr<const k8s::Pod>> View::podsOn(const std::string& node) const {
  std::shared_lock lock(mutex_);
  std::vector<std::shared_ptr<const k8s::Pod>> out;
  auto found = byNode_.find(node);
  if (found == byNode_.end()) return out;
  for (const std::string& id : found->second) {
    const auto& entry = tasks_.at(id);
    if (entry->lastStatus != "STOPPED") out.push_back(entry->pod);
  }
  return out;
}

void View::forget(WallTime now) {
  std::unique_lock lock(mutex_);
  std::vector<TaskPointer> over;
  for (const auto& [id, entry] : tasks_)
    if (!entry->goneAt.empty() && entry->stoppedAt && now - *entry->stoppedAt > kRemembered) over.push_back(entry);
  for (const auto& entry : over) drop(entry->id, entry->cluster);
}

View::NodePointer View::node(const std::string& name) const {
  std::shared_lock lock(mutex_);
  auto found = nodes_.find(name);
  return found == nodes_.end() ? nullptr : found->second;
}

View::NodePointer View::nodeById(const std::string& id) const {
  std::shared_lock lock(mutex_);
  auto found = nodeIds_.find(id);
  return found == nodeIds_.end() ? nullptr : nodes_.at(found->second);
}

std::map<std::string, View::NodePointer> View::nodesOf(const std::string& cluster) const {
  std::shared_lock lock(mutex_);
  std::map<std::string, NodePointer> out;
  for (const auto& [id, name] : nodeIds_) {
    const auto& node = nodes_.at(name);
    if (translate::servesCluster(*node, cluster)) out.emplace(id, node);
  }
  return out;
}

Result<std::set<std::string>> View::nodesMatching(const std::string& cluster, const std::string& expression) {
  auto query = ecs::parseQuery(expression);
  if (!query) return query.error();
  auto predicate = translate::predicateOf(*query, cluster);
  if (!predicate) return predicate.error();
  std::lock_guard placing(placing_);
  std::set<std::string> out;
  for (std::size_t slot = 0; slot < snapshot_.slots(); ++slot)
    if (snapshot_.isLive(slot) && schedule::holds(*predicate, snapshot_, slot)) out.insert(snapshot_.node(slot).metadata.name);
  return out;
}

std::vector<ClusterEntry> View::clusters() const {
  std::shared_lock lock(mutex_);
  std::map<std::string, ClusterEntry> out;
  auto nameOf = [](const k8s::EcsCluster& object) {
    std::string name(k8s::annotation(object.metadata, k8s::kOriginalName));
    return name.empty() ? object.metadata.name : name;
  };
  for (const auto& [name, object] : clusters_) {
    if (!isCluster(name)) continue;
    bool active = object->status.status != "INACTIVE";
    out[nameOf(*object)] = {nameOf(*object), name, object, active};
  }
  for (const auto& [name, object] : namespaces_) {
    if (!isCluster(name) || clusters_.contains(name) || object->status.phase == "Terminating") continue;
    out[name] = {name, name, nullptr, true};
  }
  std::vector<ClusterEntry> list;
  for (auto& [name, entry] : out) list.push_back(std::move(entry));
  return list;
}

std::optional<ClusterEntry> View::cluster(const std::string& name) const {
  {
    // The everyday case: the cluster is called as its namespace.
    std::shared_lock lock(mutex_);
    auto object = clusters_.find(name);
    if (object != clusters_.end() && isCluster(name) && k8s::annotation(object->second->metadata, k8s::kOriginalName).empty())
      return ClusterEntry{name, name, object->second, object->second->status.status != "INACTIVE"};
    auto space = namespaces_.find(name);
    if (object == clusters_.end() && space != namespaces_.end() && isCluster(name) && space->second->status.phase != "Terminating")
      return ClusterEntry{name, name, nullptr, true};
  }
  for (auto& entry : clusters())
    if (entry.name == name) return entry;
  return std::nullopt;
}

std::string View::clusterNameOf(const std::string& namespace_) const {
  std::shared_lock lock(mutex_);
  auto object = clusters_.find(namespace_);
  if (object == clusters_.end()) return namespace_;
  std::string name(k8s::annotation(object->second->metadata, k8s::kOriginalName));
  return name.empty() ? namespace_ : name;
}

bool View::isTerminating(const std::string& namespace_) const {
  std::shared_lock lock(mutex_);
  auto found = namespaces_.find(namespace_);
  return found != namespaces_.end() && found->second->status.phase == "Terminating";
}

std::shared_ptr<const DefinitionEntry> View::definition(const std::string& family, std::int64_t revision) const {
  std::shared_lock lock(mutex_);
  auto revisions = definitions_.find(family);
  if (revisions == definitions_.end()) return nullptr;
  auto found = revisions->second.find(revision);
  return found == revisions->second.end() ? nullptr : found->second;
}

std::shared_ptr<const DefinitionEntry> View::definition(const std::string& name) const {
  std::string problem;
  auto reference = ecs::parseDefinition(name, problem);
  return reference && reference->revision ? definition(reference->family, *reference->revision) : nullptr;
}

std::shared_ptr<const DefinitionEntry> View::latestActive(const std::string& family) const {
  std::shared_lock lock(mutex_);
  auto revisions = definitions_.find(family);
  if (revisions == definitions_.end()) return nullptr;
  for (auto it = revisions->second.rbegin(); it != revisions->second.rend(); ++it)
    if (it->second->status() == "ACTIVE") return it->second;
  return nullptr;
}

std::int64_t View::latestRevision(const std::string& family) const {
  std::shared_lock lock(mutex_);
  auto revisions = definitions_.find(family);
  return revisions == definitions_.end() || revisions->second.empty() ? 0 : revisions->second.rbegin()->first;
}

std::map<std::string, std::map<std::int64_t, std::shared_ptr<const DefinitionEntry>>> View::definitions() const {
  std::shared_lock lock(mutex_);
  return definitions_;
}

bool View::isUsed(const std::string& definition) const {
  std::shared_lock lock(mutex_);
  for (const auto& [id, entry] : tasks_)
    if (entry->lastStatus != "STOPPED" && translate::definitionOf(*entry->pod) == definition) return true;
  for (const auto& [cluster, services] : services_)
    for (const auto& [name, entry] : services)
      if (referredTo(entry->spec.taskDefinition) == definition &&
          !entry->object->metadata.annotations.contains(std::string(k8s::kDeletedAt)))
        return true;
  return false;
}

std::shared_ptr<const ServiceEntry> View::service(const std::string& cluster, const std::string& name) const {
  std::shared_lock lock(mutex_);
  auto services = services_.find(cluster);
  if (services == services_.end()) return nullptr;
  auto found = services->second.find(name);
  return found == services->second.end() ? nullptr : found->second;
}

std::shared_ptr<const ServiceEntry> View::serviceOfObject(const std::string& cluster, const std::string& objectName) const {
  std::shared_lock lock(mutex_);
  auto services = services_.find(cluster);
  if (services == services_.end()) return nullptr;
  for (const auto& [name, entry] : services->second)
    if (entry->object->metadata.name == objectName) return entry;
  return nullptr;
}

std::vector<std::shared_ptr<const ServiceEntry>> View::services(const std::string& cluster) const {
  std::shared_lock lock(mutex_);
  std::vector<std::shared_ptr<const ServiceEntry>> out;
  if (auto services = services_.find(cluster); services != services_.end())
    for (const auto& [name, entry] : services->second) out.push_back(entry);
  return out;
}

std::vector<std::shared_ptr<const ServiceEntry>> View::allServices() const {
  std::shared_lock lock(mutex_);
  std::vector<std::shared_ptr<const ServiceEntry>> out;
  for (const auto& [cluster, services] : services_)
    for (const auto& [name, entry] : services) out.push_back(entry);
  return out;
}

std::shared_ptr<const k8s::EcsCapacityProvider> View::provider(const std::string& name) const {
  std::shared_lock lock(mutex_);
  auto found = providers_.find(name);
  return found == providers_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<const k8s::EcsCapacityProvider>> View::providers() const {
  std::shared_lock lock(mutex_);
  std::vector<std::shared_ptr<const k8s::EcsCapacityProvider>> out;
  for (const auto& [name, object] : providers_) out.push_back(object);
  return out;
}

Result<View::Placement> View::place(const k8s::Pod& pod) {
  if (!pod.spec.schedulingGates.empty()) {  // they say when, not where
    k8s::Pod open = pod;
    open.spec.schedulingGates.clear();
    return place(open);
  }
  auto policy = translate::policyOf(pod);
  if (!policy) return policy.error();
  schedule::Request request(pod, std::move(*policy));
  std::lock_guard placing(placing_);
  Placement out;
  auto decision = scheduler_.decide(snapshot_, request, schedule::seedOf(pod.metadata.uid));
  auto nodeAt = [&](std::size_t slot) { return std::make_shared<const k8s::Node>(snapshot_.node(slot)); };
  if (decision.slot >= 0) {
    out.node = nodeAt(static_cast<std::size_t>(decision.slot));
    return out;
  }
  for (const auto& one : scheduler_.explain(snapshot_, request).nodes) {
    auto node = nodeAt(one.slot);
    if (!translate::servesCluster(*node, pod.metadata.namespace_)) continue;
    std::string_view text = one.rejection.reasons.empty() ? std::string_view() : std::string_view(one.rejection.reasons.front());
    out.why.emplace_back(std::move(node), translate::ecsReasonOf(one.rejection.plugin, text));
  }
  return out;
}

Result<std::set<std::string>> View::eligibleNodes(k8s::Pod pod) {
  auto policy = translate::policyOf(pod);
  if (!policy) return policy.error();
  pod.spec.schedulingGates.clear();
  pod.spec.resources.reset();
  for (auto* containers : {&pod.spec.containers, &pod.spec.initContainers})
    for (auto& container : *containers) {
      container.resources = {};
      container.ports.clear();
    }
  // One per instance is the caller's own rule.
  std::erase_if(policy->constraints, [](const auto& one) { return one.kind == schedule::Constraint::Kind::DistinctInstance; });
  schedule::Request request(pod, std::move(*policy));
  std::lock_guard placing(placing_);
  std::set<std::string> out;
  for (const auto& one : scheduler_.explain(snapshot_, request).nodes)
    if (one.feasible) out.insert(snapshot_.node(one.slot).metadata.name);
  return out;
}

}  // namespace taskpod::controller
