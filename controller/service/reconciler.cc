#include "controller/service/reconciler.h"

#include <algorithm>

#include "controller/ecs_api/capacity.h"
#include "controller/ecs_api/run_task.h"
#include "controller/parallel.h"
#include "taskpod/base/log.h"
#include "taskpod/k8s/names.h"
#include "taskpod/kube/informer.h"
#include "taskpod/net/tls.h"
#include "taskpod/translate/task.h"
#include "taskpod/translate/task_needs.h"
#include "taskpod/translate/units.h"

namespace taskpod::controller {
namespace {

constexpr std::chrono::milliseconds kBetweenCounts{250};  // a status that differs in counts only is not written more often
constexpr std::chrono::seconds kPlacementRetry{5};
constexpr std::string_view kTrouble = " For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";

std::string annotation(const k8s::ObjectMeta& meta, std::string_view key) {
  auto found = meta.annotations.find(std::string(key));
  return found == meta.annotations.end() ? std::string() : found->second;
}

k8s::ObjectReference referenceTo(const k8s::EcsService& object) {
  k8s::ObjectReference out;
  out.apiVersion = k8s::kCustomApiVersion;
  out.kind = "Service";
  out.namespace_ = object.metadata.namespace_;
  out.name = object.metadata.name;
  out.uid = object.metadata.uid;
  out.resourceVersion = object.metadata.resourceVersion;
  return out;
}

bool passesReadiness(const k8s::Pod& pod) {
  return std::any_of(pod.status.conditions.begin(), pod.status.conditions.end(),
                     [](const auto& one) { return one.type == "Ready" && one.status == "True"; });
}

ServiceTask taskFor(const TaskEntry& entry, const View& view) {
  const k8s::Pod& pod = *entry.pod;
  ServiceTask out;
  out.id = entry.id;
  out.deployment = annotation(pod.metadata, k8s::kDeployment);
  if (entry.lastStatus == "STOPPED")
    out.state = ServiceTask::State::Stopped;
  else if (entry.desiredStatus == "STOPPED")
    out.state = ServiceTask::State::Stopping;
  else if (entry.lastStatus == "RUNNING")
    out.state = ServiceTask::State::Running;
  auto health = translate::healthStatusOf(pod);
  for (const auto& container : pod.spec.containers) out.hasChecks = out.hasChecks || container.readinessProbe || container.startupProbe;
  out.checksPass = out.hasChecks && health == "HEALTHY" && passesReadiness(pod);
  out.checksFail = health == "UNHEALTHY";
  out.instance = pod.spec.nodeName.empty() ? annotation(pod.metadata, k8s::kSuggestedNode) : pod.spec.nodeName;
  if (auto node = view.node(out.instance)) {
    out.instanceDrains = node->spec.unschedulable;
    auto zone = node->metadata.labels.find("topology.kubernetes.io/zone");
    if (zone != node->metadata.labels.end()) out.zone = zone->second;
  }
  out.createdAt = parseTime(pod.metadata.creationTimestamp).value_or(WallTime{});
  out.stoppedAt = entry.stoppedAt;
  out.protectedUntil = parseTime(annotation(pod.metadata, k8s::kProtectedUntil));
  for (const auto& status : pod.status.containerStatuses) {
    std::string at = status.state.running      ? status.state.running->startedAt
                     : status.state.terminated ? status.state.terminated->startedAt
                                               : "";
    if (auto time = parseTime(at); time && (!out.startedAt || *time > *out.startedAt)) out.startedAt = time;
  }
  if (out.state == ServiceTask::State::Stopped) {
    std::string code = annotation(pod.metadata, k8s::kStop), reason = annotation(pod.metadata, k8s::kStopReason);
    out.failedToStart = code == "TaskFailedToStart" || (code.empty() && !translate::hasRun(pod));
    out.failedChecks = reason == "Task failed container health checks";
  }
  return out;
}

// The ordinal at the end of a pod's name, 0 if it is not ours.
std::uint64_t ordinalOf(const std::string& podName) {
  auto dash = podName.rfind('-');
  return dash == std::string::npos ? 0 : std::strtoull(podName.c_str() + dash + 1, nullptr, 10);
}

std::string listed(const std::vector<std::string>& ids) {
  constexpr std::size_t kMostListed = 20;  // the status of a service must not outgrow what the API server stores
  std::string out;
  for (std::size_t i = 0; i < std::min(ids.size(), kMostListed); ++i) out += " (task " + ids[i] + ")";
  if (ids.size() > kMostListed) out += " and " + std::to_string(ids.size() - kMostListed) + " more";
  return out;
}

// Why a task could not be placed, as the service's events say it.
std::string placementText(const View::Placement& placement) {
  std::string out = "was unable to place a task because no container instance met all of its requirements.";
  if (placement.why.empty()) return out + " Reason: No Container Instances were found in your cluster." + std::string(kTrouble);
  const auto& [node, reason] = placement.why.front();
  std::string closest = " The closest matching (container-instance " + translate::idOf(node->metadata.uid) + ") ";
  if (reason == "RESOURCE:CPU")
    closest += "has insufficient CPU units available.";
  else if (reason == "RESOURCE:MEMORY")
    closest += "has insufficient memory available.";
  else if (reason == "RESOURCE:PORTS")
    closest += "is already using a port required by your task.";
  else if (reason == "ATTRIBUTE")
    closest += "is missing an attribute required by your task.";
  else
    closest += "encountered error \"" + reason + "\".";
  return out + closest + std::string(kTrouble);
}

bool differsInCountsOnly(k8s::ServiceStatus was, k8s::ServiceStatus is) {
  for (auto* status : {&was, &is}) {
    status->runningCount = status->pendingCount = 0;
    for (auto& deployment : status->deployments) {
      deployment.runningCount = deployment.pendingCount = 0;
      deployment.updatedAt.clear();
    }
  }
  return was == is;
}

}  // namespace

ServiceReconciler::ServiceReconciler(kube::Client& client, View& view, const RoleGrants& grants, kube::EventRecorder& events,
                                     ServiceOptions options)
    : client_(client),
      view_(view),
      grants_(grants),
      events_(events),
      options_(std::move(options)),
      queue_(Backoff{std::chrono::milliseconds(200), std::chrono::milliseconds(30'000)}) {}

ServiceReconciler::~ServiceReconciler() { queue_.stop(); }

void ServiceReconciler::onService(const std::shared_ptr<const k8s::EcsService>& was, const std::shared_ptr<const k8s::EcsService>& is) {
  const auto& object = is ? is : was;
  queue_.add(object->metadata.namespace_ + "/" + object->metadata.name);
}

void ServiceReconciler::onPod(const std::shared_ptr<const k8s::Pod>& was, const std::shared_ptr<const k8s::Pod>& is) {
  const auto& pod = is ? is : was;
  for (const auto& owner : pod->metadata.ownerReferences)
    if (owner.kind == "Service" && owner.apiVersion == k8s::kCustomApiVersion) queue_.add(pod->metadata.namespace_ + "/" + owner.name);
}

void ServiceReconciler::onNode(const std::shared_ptr<const k8s::Node>& was, const std::shared_ptr<const k8s::Node>& is) {
  bool matters = !was || !is || was->spec != is->spec || was->metadata.labels != is->metadata.labels ||
                 was->metadata.annotations != is->metadata.annotations || was->status.allocatable != is->status.allocatable;
  if (!matters) return;
  for (const auto& entry : view_.allServices()) queue_.add(entry->object->metadata.namespace_ + "/" + entry->object->metadata.name);
}

void ServiceReconciler::start() {
  thread_ = std::jthread([this] { run(); });
}

void ServiceReconciler::run() {
  while (auto key = queue_.get()) {
    reconcile(*key);
    queue_.done(*key);
  }
}

// What another leader made in its last moments may not have reached our informer yet.
void ServiceReconciler::readLive(const std::string& cluster) {
  if (!read_.insert(cluster).second) return;
  auto body = client_.call("GET", kube::pathOf(kube::kPathOf<k8s::Pod>, cluster, "") +
                                      "?labelSelector=" + net::encodeQuery(std::string(k8s::kCreatedBy) + "=service"));
  auto page = body ? kube::parseListPage(*body) : Result<kube::ListPage>(body.error());
  if (!page) {
    read_.erase(cluster);
    return;
  }
  for (const std::string& text : page->items)
    if (auto pod = json::read<k8s::Pod>(text)) view_.onPod(nullptr, std::make_shared<const k8s::Pod>(std::move(*pod)));
}

void ServiceReconciler::reconcile(const std::string& key) {
  auto slash = key.find('/');
  std::string cluster = key.substr(0, slash);
  auto entry = view_.serviceOfObject(cluster, key.substr(slash + 1));
  if (!entry) {
    written_.erase(key);
    return;
  }
  readLive(cluster);
  ServiceInput input{*entry->object, entry->spec, {}, {}, {}, wallNow(), options_.healthyAfter};
  auto definition = findActive(view_, entry->spec.taskDefinition);
  if (definition) input.definition = (*definition)->name();
  for (const auto& task : view_.tasksOfService(cluster, entry->name)) input.tasks.push_back(taskFor(*task, view_));
  if (entry->spec.schedulingStrategy == "DAEMON" && definition) {
    k8s::ServiceDeployment wanted;
    wanted.taskDefinition = input.definition;
    wanted.configuration = configurationOf(*entry->object);
    auto pod = templateFor(*entry, wanted);
    auto nodes = pod ? view_.eligibleNodes(*pod) : Result<std::set<std::string>>(pod.error());
    if (nodes) input.instances.assign(nodes->begin(), nodes->end());
    for (auto& task : input.tasks) task.instanceMatches = !nodes || task.instance.empty() || nodes->contains(task.instance);
  }
  ServicePlan plan = planService(input);
  if (!plan.writeFirst) perform(*entry, plan);
  bool inactiveForLong = plan.status.status == "INACTIVE" &&
                         input.now - parseTime(annotation(entry->object->metadata, k8s::kDeletedAt)).value_or(input.now) > kRemembered;
  if (inactiveForLong) {
    if (auto done = client_.remove<k8s::EcsService>(cluster, entry->object->metadata.name,
                                                    R"({"preconditions":{"uid":")" + entry->object->metadata.uid + "\"}}");
        !done && done.error().reason != Reason::NotFound)
      queue_.addAgain(key);
    return;
  }
  if (plan.status == entry->object->status) {
    queue_.forget(key);
  } else if (auto since = std::chrono::steady_clock::now() - written_[key];
             differsInCountsOnly(plan.status, entry->object->status) && since < kBetweenCounts) {
    queue_.addAfter(key, kBetweenCounts);
  } else if (auto done = writeStatus(*entry, plan.status); !done) {
    if (done.error().reason != Reason::Conflict) log::warn("service status", {{"service", key}, {"error", done.error().message}});
    queue_.addAgain(key);
  } else {
    written_[key] = std::chrono::steady_clock::now();
    queue_.forget(key);
    if (plan.writeFirst) queue_.add(key);
  }
  if (plan.wakeAt)
    queue_.addAfter(key, std::chrono::duration_cast<std::chrono::milliseconds>(*plan.wakeAt - input.now) + std::chrono::milliseconds(1));
  if (plan.status.status == "INACTIVE") queue_.addAfter(key, kRemembered);
}

void ServiceReconciler::perform(const ServiceEntry& entry, ServicePlan& plan) {
  std::size_t known = entry.object->status.events.size();
  std::string newest = known ? entry.object->status.events.front().id : std::string();
  stopTasks(entry, plan);
  startTasks(entry, plan);
  exposeService(entry);
  for (const auto& event : plan.status.events) {
    if (event.id == newest) break;
    bool bad = event.message.find("unable") != std::string::npos || event.message.find("failed") != std::string::npos;
    events_.record(referenceTo(*entry.object), bad ? "Warning" : "Normal", bad ? "ServiceTaskStartImpaired" : "ServiceAction",
                   event.message);
  }
}

Result<k8s::Pod> ServiceReconciler::templateFor(const ServiceEntry& entry, const k8s::ServiceDeployment& deployment) {
  auto& [made, pod] = templates_[entry.object->metadata.uid];
  std::string key = deployment.id + "\n" + deployment.taskDefinition + "\n" + entry.object->spec.text;
  if (made == key) return pod;
  auto colon = deployment.taskDefinition.rfind(':');
  auto definition = view_.definition(deployment.taskDefinition.substr(0, colon), std::atoll(deployment.taskDefinition.c_str() + colon + 1));
  if (!definition) return Error{Reason::NotFound, "task definition " + deployment.taskDefinition + " not found", 0};
  auto configuration = json::Document::parse(deployment.configuration.text.empty() ? "{}" : deployment.configuration.text);
  if (!configuration) return configuration.error();
  const auto& spec = entry.spec;
  translate::TaskSettings settings;
  settings.cluster = entry.object->metadata.namespace_;
  settings.createdBy = "service";
  settings.definition = deployment.taskDefinition;
  settings.group = "service:" + entry.name;
  settings.startedBy = deployment.id;
  settings.launchType = std::string(configuration->root().stringAt("launchType"));
  if (settings.launchType.empty() && spec.capacityProviderStrategy.empty()) settings.launchType = "EC2";
  settings.platformVersion = spec.platformVersion;
  if (const json::Value* network = configuration->root().find("networkConfiguration"))
    settings.networkConfiguration = json::write(*network);
  auto body = json::Document::parse(entry.object->spec.text);
  if (!body) return body.error();
  if (const json::Value* list = body->root().find("placementConstraints"); list && !list->items().empty())
    settings.placementConstraints = json::write(*list);
  // Without strategies a service is spread over zones, then over the instances with fewest of its tasks.
  settings.placementStrategy = R"([{"type":"spread","field":"attribute:ecs.availability-zone"},{"type":"spread","field":"instanceId"}])";
  if (const json::Value* list = body->root().find("placementStrategy"); list && !list->items().empty())
    settings.placementStrategy = json::write(*list);
  if (spec.propagateTags == "SERVICE") settings.tags = annotation(entry.object->metadata, k8s::kTags);
  if (spec.propagateTags == "TASK_DEFINITION") settings.tags = annotation(definition->object->metadata, k8s::kTags);
  settings.enableExecuteCommand = spec.enableExecuteCommand.value_or(false);
  settings.kubeMinor = options_.kubeMinor;
  auto built = translate::podForTask(definition->definition, settings);
  if (!built) return built.error();
  built->metadata.labels[std::string(k8s::kService)] = translate::slug(entry.name);
  built->metadata.annotations[std::string(k8s::kDeployment)] = deployment.id;
  k8s::OwnerReference owner;
  owner.apiVersion = k8s::kCustomApiVersion;
  owner.kind = "Service";
  owner.name = entry.object->metadata.name;
  owner.uid = entry.object->metadata.uid;
  owner.controller = true;
  built->metadata.ownerReferences.push_back(std::move(owner));
  pod = std::move(*built);
  made = key;
  return pod;
}

void ServiceReconciler::startTasks(const ServiceEntry& entry, ServicePlan& plan) {
  if (plan.starts.empty()) return;
  const auto& deployment = plan.status.deployments.front();
  const std::string key = entry.object->metadata.namespace_ + "/" + entry.object->metadata.name;
  auto tell = [&](std::string text, std::chrono::minutes quiet) {
    addEvent(plan.status, entry.object->metadata.uid, "(service " + entry.name + ") " + std::move(text), wallNow(), quiet);
  };
  auto pod = templateFor(entry, deployment);
  if (!pod) {
    tell("was unable to start a task: " + pod.error().message, std::chrono::minutes(5));
    queue_.addAgain(key);
    return;
  }
  std::uint64_t ordinal = 0;
  std::map<std::string, std::int64_t> perProvider;
  for (const auto& task : view_.tasksOfService(entry.object->metadata.namespace_, entry.name)) {
    if (annotation(task->pod->metadata, k8s::kDeployment) == deployment.id)
      ordinal = std::max(ordinal, ordinalOf(task->pod->metadata.name));
    if (task->lastStatus != "STOPPED") ++perProvider[annotation(task->pod->metadata, k8s::kCapacityProvider)];
  }
  auto clusterEntry = view_.cluster(view_.clusterNameOf(entry.object->metadata.namespace_));
  auto strategy = clusterEntry ? strategyOf(entry.spec.capacityProviderStrategy, entry.spec.launchType, *clusterEntry)
                               : entry.spec.capacityProviderStrategy;
  // The service's own grant passes to its tasks; without one only what the namespace allows is honoured.
  Roles roles;
  auto colon = deployment.taskDefinition.rfind(':');
  if (auto definition =
          view_.definition(deployment.taskDefinition.substr(0, colon), std::atoll(deployment.taskDefinition.c_str() + colon + 1)))
    roles = rolesOf(definition->definition);
  const auto& meta = entry.object->metadata;
  bool granted = grants_.verifyAny(annotation(meta, k8s::kRoleGrant), "service", meta.namespace_,
                                   boundTo(meta.name, deployment.taskDefinition), roles);
  auto providers = distribute(strategy, plan.starts.size(), perProvider);
  struct Start {
    k8s::Pod pod;
    std::string node;
    std::shared_ptr<const k8s::Pod> made;
    std::optional<Error> error;
  };
  std::vector<Start> starts;
  std::string mark = net::sha256Hex(entry.object->metadata.uid + deployment.id).substr(0, 6);
  for (std::size_t i = 0; i < plan.starts.size(); ++i) {
    Start start;
    start.pod = *pod;
    char number[24];
    std::snprintf(number, sizeof number, "%05llu", static_cast<unsigned long long>(ordinal + i + 1));
    translate::nameTask(start.pod, podName(entry.name, mark + "-" + number));
    if (granted)
      start.pod.metadata.annotations[std::string(k8s::kRoleGrant)] =
          grants_.sign("pod", meta.namespace_, boundTo(start.pod.metadata.name, deployment.taskDefinition), roles);
    if (i < providers.size()) {
      start.pod.metadata.annotations[std::string(k8s::kCapacityProvider)] = providers[i];
      start.pod.metadata.annotations.erase(std::string(k8s::kLaunchType));
      if (!providers[i].starts_with("FARGATE")) start.pod.spec.nodeSelector[std::string(k8s::kCapacityProvider)] = providers[i];
    }
    if (!plan.starts[i].instance.empty()) {
      k8s::NodeSelectorRequirement only;
      only.key = "metadata.name";
      only.operator_ = "In";
      only.values = {plan.starts[i].instance};
      k8s::NodeSelectorTerm term;
      term.matchFields.push_back(std::move(only));
      auto& affinity = start.pod.spec.affinity.orEmplace().nodeAffinity.orEmplace();
      affinity.requiredDuringSchedulingIgnoredDuringExecution.emplace().nodeSelectorTerms = {std::move(term)};
    }
    start.pod.metadata.uid = "planned/" + start.pod.metadata.name;  // for breaking ties and for the assumption below
    auto placement = view_.place(start.pod);
    if (!placement || (!placement->node && i >= providers.size())) {
      tell(placement ? placementText(*placement) : placement.error().message, std::chrono::minutes(5));
      queue_.addAfter(key, kPlacementRetry);
      if (plan.starts[i].instance.empty()) break;
      continue;
    }
    if (placement->node) {
      start.node = placement->node->metadata.name;
      start.pod.metadata.annotations[std::string(k8s::kSuggestedNode)] = start.node;
      view_.assume(std::make_shared<const k8s::Pod>(start.pod), start.node);
    }
    starts.push_back(std::move(start));
  }
  inParallel(starts.size(), options_.width, [&](std::size_t i) {
    Start& start = starts[i];
    std::string planned = start.pod.metadata.uid;
    start.pod.metadata.uid.clear();
    auto made = client_.create<k8s::Pod>(start.pod.metadata.namespace_, start.pod);
    bool unsure = !made && (made.error().reason == Reason::AlreadyExists || isTransient(made.error().reason));
    if (unsure) {
      Error first = made.error();
      made = client_.get<k8s::Pod>(start.pod.metadata.namespace_, start.pod.metadata.name);
      if (!made && made.error().reason == Reason::NotFound) made = first;
    }
    view_.unassume(planned);
    if (!made) {
      start.error = made.error();
      return;
    }
    start.made = std::make_shared<const k8s::Pod>(std::move(*made));
    if (!start.node.empty()) view_.assume(start.made, start.node);
    view_.onPod(nullptr, start.made);
  });
  std::vector<std::string> ids;
  for (const Start& start : starts) {
    if (start.made) ids.push_back(translate::idOf(start.made->metadata.uid));
    if (!start.error) continue;
    log::warn("a task of a service was not made", {{"service", key}, {"error", start.error->message}});
    if (start.error->reason == Reason::TooManyRequests)
      tell("operations are being throttled. Will try again later.", std::chrono::minutes(5));
    queue_.addAgain(key);
  }
  if (!ids.empty()) tell("has started " + std::to_string(ids.size()) + " tasks:" + listed(ids) + ".", std::chrono::minutes(0));
}

void ServiceReconciler::stopTasks(const ServiceEntry& entry, ServicePlan& plan) {
  if (plan.stops.empty()) return;
  std::vector<char> done(plan.stops.size());
  WallTime now = wallNow();
  inParallel(plan.stops.size(), options_.width, [&](std::size_t i) {
    auto task = view_.task(plan.stops[i].id);
    if (!task) return;
    auto stopped = client_.patch<k8s::Pod>(task->cluster, task->pod->metadata.name, "", kube::PatchKind::Merge,
                                           stopPatch("ServiceSchedulerInitiated", plan.stops[i].reason, now));
    if (stopped) view_.onPod(task->pod, std::make_shared<const k8s::Pod>(std::move(*stopped)));
    done[i] = static_cast<bool>(stopped) || stopped.error().reason == Reason::NotFound;
  });
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < plan.stops.size(); ++i)
    if (done[i])
      ids.push_back(plan.stops[i].id);
    else
      queue_.addAgain(entry.object->metadata.namespace_ + "/" + entry.object->metadata.name);
  if (!ids.empty())
    addEvent(plan.status, entry.object->metadata.uid,
             "(service " + entry.name + ") has stopped " + std::to_string(ids.size()) + " running tasks:" + listed(ids) + ".", now);
}

Result<void> ServiceReconciler::writeStatus(const ServiceEntry& entry, k8s::ServiceStatus status) {
  k8s::EcsService object = *entry.object;
  object.status = std::move(status);
  auto written = client_.updateStatus<k8s::EcsService>(object);
  if (!written) return written.error();
  view_.onService(entry.object, std::make_shared<const k8s::EcsService>(std::move(*written)));
  return {};
}

// Load balancers and registries: a Kubernetes Service over the tasks; its endpoints are those that are ready.
void ServiceReconciler::exposeService(const ServiceEntry& entry) {
  const auto& spec = entry.spec;
  if (spec.loadBalancers.empty() && spec.serviceRegistries.empty()) return;
  const auto& meta = entry.object->metadata;
  if (exposed_[meta.uid] == meta.generation) return;
  k8s::Service service;
  service.apiVersion = "v1";
  service.kind = "Service";
  service.metadata.name = meta.name;
  service.metadata.labels[std::string(k8s::kService)] = translate::slug(entry.name);
  k8s::OwnerReference owner;
  owner.apiVersion = k8s::kCustomApiVersion;
  owner.kind = "Service";
  owner.name = meta.name;
  owner.uid = meta.uid;
  owner.controller = true;
  service.metadata.ownerReferences.push_back(std::move(owner));
  service.spec.selector[std::string(k8s::kService)] = translate::slug(entry.name);
  std::set<std::int32_t> ports;
  for (const auto& one : spec.loadBalancers) ports.insert(one.containerPort.value_or(0));
  for (const auto& one : spec.serviceRegistries) ports.insert(one.containerPort.value_or(one.port.value_or(0)));
  ports.erase(0);
  for (std::int32_t number : ports) {
    k8s::ServicePort port;
    port.name = "port-" + std::to_string(number);
    port.port = number;
    port.protocol = "TCP";
    service.spec.ports.push_back(std::move(port));
  }
  if (spec.loadBalancers.empty() || ports.empty()) service.spec.clusterIP = "None";
  auto made = client_.create<k8s::Service>(meta.namespace_, service);
  if (made || made.error().reason == Reason::AlreadyExists)
    exposed_[meta.uid] = meta.generation;
  else
    log::warn("the Service of a service was not made", {{"service", meta.namespace_ + "/" + meta.name}, {"error", made.error().message}});
}

}  // namespace taskpod::controller
