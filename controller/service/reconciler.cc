#include "controller/service/reconciler.h"

#include <algorithm>

#include "controller/ecs_api/capacity.h"
#include "controller/ecs_api/run_task.h"
#include "controller/parallel.h"
#include "taskpod/base/log.h"
#include "taskpod/k8s/annotations.h"
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
constexpr std::chrono::minutes kQuiet{5};  // what lasts is not told more often
constexpr std::string_view kTrouble = " For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";

std::string keyOf(const ServiceEntry& entry) { return entry.object->metadata.namespace_ + "/" + entry.object->metadata.name; }

k8s::OwnerReference ownerOf(const k8s::EcsService& object) {
  k8s::OwnerReference owner;
  owner.apiVersion = k8s::kCustomApiVersion;
  owner.kind = "Service";
  owner.name = object.metadata.name;
  owner.uid = object.metadata.uid;
  owner.controller = true;
  return owner;
}

bool passesReadiness(const k8s::Pod& pod) {
  return std::any_of(pod.status.conditions.begin(), pod.status.conditions.end(),
                     [](const auto& one) { return one.type == "Ready" && one.status == "True"; });
}

ServiceTask taskFor(const TaskEntry& entry, const View& view) {
  const k8s::Pod& pod = *entry.pod;
  ServiceTask out;
  out.id = entry.id;
  out.deployment = k8s::annotation(pod.metadata, k8s::kDeployment);
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
  out.instance = pod.spec.nodeName.empty() ? std::string(k8s::annotation(pod.metadata, k8s::kSuggestedNode)) : pod.spec.nodeName;
  if (auto node = view.node(out.instance)) {
    out.instanceDrains = node->spec.unschedulable;
    auto zone = node->metadata.labels.find("topology.kubernetes.io/zone");
    if (zone != node->metadata.labels.end()) out.zone = zone->second;
  }
  out.createdAt = parseTime(pod.metadata.creationTimestamp).value_or(WallTime{});
  out.stoppedAt = entry.stoppedAt;
  out.protectedUntil = parseTime(k8s::annotation(pod.metadata, k8s::kProtectedUntil));
  for (const auto& status : pod.status.containerStatuses) {
    std::string at = status.state.running      ? status.state.running->startedAt
                     : status.state.terminated ? status.state.terminated->startedAt
                                               : "";
    if (auto time = parseTime(at); time && (!out.startedAt || *time > *out.startedAt)) out.startedAt = time;
  }
  if (out.state == ServiceTask::State::Stopped) {
    auto code = k8s::annotation(pod.metadata, k8s::kStop), reason = k8s::annotation(pod.metadata, k8s::kStopReason);
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
  auto done = readPods(client_, view_, cluster, "labelSelector=" + net::encodeQuery(std::string(k8s::kCreatedBy) + "=service"));
  if (!done) read_.erase(cluster);
}

void ServiceReconciler::reconcile(const std::string& key) {
  auto slash = key.find('/');
  std::string cluster = key.substr(0, slash);
  auto entry = view_.serviceOfObject(cluster, key.substr(slash + 1));
  if (!entry) {
    written_.erase(key);
    templates_.erase(key);
    return;
  }
  readLive(cluster);
  ServiceInput input{*entry->object, entry->spec, {}, {}, {}, wallNow(), options_.healthyAfter};
  auto definition = findActive(view_, entry->spec.taskDefinition);
  if (definition) input.definition = (*definition)->name();
  for (const auto& task : view_.tasksOfService(cluster, entry->name)) input.tasks.push_back(taskFor(*task, view_));
  if (entry->spec.schedulingStrategy == "DAEMON" && definition) {
    auto pod = templateFor(*entry, input.definition, configurationOf(*entry->object));
    auto nodes = pod ? view_.eligibleNodes(*pod) : Result<std::set<std::string>>(pod.error());
    if (nodes) input.instances.assign(nodes->begin(), nodes->end());
    for (auto& task : input.tasks) task.instanceMatches = !nodes || task.instance.empty() || nodes->contains(task.instance);
  }
  ServicePlan plan = planService(input);
  bool performed = plan.writeFirst || perform(*entry, plan);
  bool inactiveForLong = plan.status.status == "INACTIVE" &&
                         input.now - parseTime(k8s::annotation(entry->object->metadata, k8s::kDeletedAt)).value_or(input.now) > kRemembered;
  if (inactiveForLong) {
    if (auto done = client_.remove<k8s::EcsService>(cluster, entry->object->metadata.name,
                                                    R"({"preconditions":{"uid":")" + entry->object->metadata.uid + "\"}}");
        !done && done.error().reason != Reason::NotFound)
      queue_.addAgain(key);
    return;
  }
  bool told = plan.status == entry->object->status || tellStatus(*entry, plan);
  if (performed && told)
    queue_.forget(key);
  else
    queue_.addAgain(key);
  if (plan.wakeAt)
    queue_.addAfter(key, std::chrono::duration_cast<std::chrono::milliseconds>(*plan.wakeAt - input.now) + std::chrono::milliseconds(1));
  if (plan.status.status == "INACTIVE") queue_.addAfter(key, kRemembered);
}

// Writes what the plan says; false if that must be tried again.
bool ServiceReconciler::tellStatus(const ServiceEntry& entry, const ServicePlan& plan) {
  const std::string key = keyOf(entry);
  auto& written = written_[key];
  if (differsInCountsOnly(plan.status, entry.object->status) && std::chrono::steady_clock::now() - written < kBetweenCounts) {
    queue_.addAfter(key, kBetweenCounts);
    return true;
  }
  if (auto done = writeStatus(entry, plan.status); !done) {
    if (done.error().reason != Reason::Conflict) log::warn("service status", {{"service", key}, {"error", done.error().message}});
    return false;
  }
  written = std::chrono::steady_clock::now();
  if (plan.writeFirst) queue_.add(key);
  // The events of the status, for kubectl describe: told once they are stored.
  const auto& before = entry.object->status.events;
  for (const auto& event : plan.status.events) {
    if (!before.empty() && event.id == before.front().id) break;
    bool bad = event.message.find("unable") != std::string::npos || event.message.find("failed") != std::string::npos;
    events_.record(kube::referenceTo(k8s::kCustomApiVersion, "Service", entry.object->metadata), bad ? "Warning" : "Normal",
                   bad ? "ServiceTaskStartImpaired" : "ServiceAction", event.message);
  }
  return true;
}

// Does what the plan says; false if something of it must be tried again.
bool ServiceReconciler::perform(const ServiceEntry& entry, ServicePlan& plan) {
  bool stopped = stopTasks(entry, plan), started = startTasks(entry, plan);
  exposeService(entry);
  return stopped && started;
}

Result<k8s::Pod> ServiceReconciler::templateFor(const ServiceEntry& entry, const std::string& definitionName,
                                                const json::Raw& configurationText) {
  auto definition = view_.definition(definitionName);
  if (!definition) return Error{Reason::NotFound, "task definition " + definitionName + " not found", 0};
  std::string tags;
  if (entry.spec.propagateTags == "SERVICE") tags = k8s::annotation(entry.object->metadata, k8s::kTags);
  if (entry.spec.propagateTags == "TASK_DEFINITION") tags = k8s::annotation(definition->object->metadata, k8s::kTags);
  auto& [made, pod] = templates_[keyOf(entry)];
  std::string key =
      definitionName + "\n" + configurationText.text + "\n" + entry.object->spec.text + "\n" + tags + entry.object->metadata.uid;
  if (made == key) return pod;
  auto configuration = json::Document::parse(configurationText.text.empty() ? "{}" : configurationText.text);
  if (!configuration) return configuration.error();
  const auto& spec = entry.spec;
  translate::TaskSettings settings;
  settings.cluster = entry.object->metadata.namespace_;
  settings.createdBy = "service";
  settings.definition = definitionName;
  settings.group = "service:" + entry.name;
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
  settings.tags = tags;
  settings.enableExecuteCommand = spec.enableExecuteCommand.value_or(false);
  settings.kubeMinor = options_.kubeMinor;
  auto built = translate::podForTask(definition->definition, settings);
  if (!built) return built.error();
  built->metadata.labels[std::string(k8s::kService)] = translate::slug(entry.name);
  built->metadata.ownerReferences.push_back(ownerOf(*entry.object));
  pod = std::move(*built);
  made = key;
  return pod;
}

// A task on its way: its pod, the node that was found for it ("" if it may wait for one), and what came of it.
struct ServiceReconciler::Start {
  k8s::Pod pod;
  std::string node;
  std::shared_ptr<const k8s::Pod> made;
  std::optional<Error> error;
};

bool ServiceReconciler::startTasks(const ServiceEntry& entry, ServicePlan& plan) {
  if (plan.starts.empty()) return true;
  const auto& deployment = plan.status.deployments.front();
  auto pod = templateFor(entry, deployment.taskDefinition, deployment.configuration);
  if (!pod) {
    tell(entry, plan, "was unable to start a task: " + pod.error().message, kQuiet);
    return false;
  }
  auto starts = placeTasks(entry, plan, nameTasks(entry, plan, *pod));
  inParallel(starts.size(), options_.width, [&](std::size_t i) { makeTask(starts[i]); });
  std::vector<std::string> ids;
  for (const Start& start : starts) {
    if (start.made) ids.push_back(translate::idOf(start.made->metadata.uid));
    if (!start.error) continue;
    log::warn("a task of a service was not made", {{"service", keyOf(entry)}, {"error", start.error->message}});
    if (start.error->reason == Reason::TooManyRequests) tell(entry, plan, "operations are being throttled. Will try again later.", kQuiet);
  }
  if (!ids.empty()) tell(entry, plan, "has started " + std::to_string(ids.size()) + " tasks:" + listed(ids) + ".");
  return std::none_of(starts.begin(), starts.end(), [](const Start& start) { return start.error.has_value(); });
}

void ServiceReconciler::tell(const ServiceEntry& entry, ServicePlan& plan, const std::string& text, std::chrono::minutes quiet) {
  addEvent(plan.status, entry.object->metadata.uid, "(service " + entry.name + ") " + text, wallNow(), quiet);
}

// The pods of the plan's starts, each with what is its own: name, deployment, grant, capacity provider, and for a daemon the instance.
std::vector<k8s::Pod> ServiceReconciler::nameTasks(const ServiceEntry& entry, const ServicePlan& plan, const k8s::Pod& from) {
  const auto& deployment = plan.status.deployments.front();
  const auto& meta = entry.object->metadata;
  std::uint64_t ordinal = 0;
  std::map<std::string, std::int64_t> perProvider;
  for (const auto& task : view_.tasksOfService(meta.namespace_, entry.name)) {
    const auto& known = task->pod->metadata;
    if (k8s::annotation(known, k8s::kDeployment) == deployment.id) ordinal = std::max(ordinal, ordinalOf(known.name));
    if (task->lastStatus != "STOPPED") ++perProvider[std::string(k8s::annotation(known, k8s::kCapacityProvider))];
  }
  auto cluster = view_.cluster(view_.clusterNameOf(meta.namespace_));
  auto strategy =
      cluster ? strategyOf(entry.spec.capacityProviderStrategy, entry.spec.launchType, *cluster) : entry.spec.capacityProviderStrategy;
  auto providers = distribute(strategy, plan.starts.size(), perProvider);
  // The service's own grant passes to its tasks; without one only what the namespace allows is honoured.
  auto definition = view_.definition(deployment.taskDefinition);
  Roles roles = definition ? rolesOf(definition->definition) : Roles();
  bool granted = grants_.verifyAny(k8s::annotation(meta, k8s::kRoleGrant), "service", meta.namespace_,
                                   boundTo(meta.name, deployment.taskDefinition), roles);
  std::string mark = net::sha256Hex(meta.uid + deployment.id).substr(0, 6);
  std::vector<k8s::Pod> out(plan.starts.size(), from);
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto& annotations = out[i].metadata.annotations;
    char number[24];
    std::snprintf(number, sizeof number, "%05llu", static_cast<unsigned long long>(ordinal + i + 1));
    translate::nameTask(out[i], podName(entry.name, mark + "-" + number));
    annotations[std::string(k8s::kDeployment)] = annotations[std::string(k8s::kStartedBy)] = deployment.id;
    if (granted)
      annotations[std::string(k8s::kRoleGrant)] =
          grants_.sign("pod", meta.namespace_, boundTo(out[i].metadata.name, deployment.taskDefinition), roles);
    if (i < providers.size()) {
      annotations[std::string(k8s::kCapacityProvider)] = providers[i];
      annotations.erase(std::string(k8s::kLaunchType));
      if (!providers[i].starts_with("FARGATE")) out[i].spec.nodeSelector[std::string(k8s::kCapacityProvider)] = providers[i];
    }
    if (!plan.starts[i].instance.empty()) pinTo(out[i], plan.starts[i].instance);
  }
  return out;
}

// Those of the pods that have a node, or may wait for one. Each is assumed there, so that the next one finds the room taken.
std::vector<ServiceReconciler::Start> ServiceReconciler::placeTasks(const ServiceEntry& entry, ServicePlan& plan,
                                                                    std::vector<k8s::Pod> pods) {
  std::vector<Start> out;
  for (std::size_t i = 0; i < pods.size(); ++i) {
    Start start{std::move(pods[i]), {}, nullptr, std::nullopt};
    auto& meta = start.pod.metadata;
    meta.uid = "planned/" + meta.name;  // for breaking ties and for the assumption below
    auto placement = view_.place(start.pod);
    bool mayWait = meta.annotations.contains(std::string(k8s::kCapacityProvider));
    if (!placement || (!placement->node && !mayWait)) {
      tell(entry, plan, placement ? placementText(*placement) : placement.error().message, kQuiet);
      queue_.addAfter(keyOf(entry), kPlacementRetry);
      if (plan.starts[i].instance.empty()) break;  // the others would fare no better
      continue;
    }
    if (placement->node) {
      start.node = placement->node->metadata.name;
      meta.annotations[std::string(k8s::kSuggestedNode)] = start.node;
      view_.assume(std::make_shared<const k8s::Pod>(start.pod), start.node);
    }
    out.push_back(std::move(start));
  }
  return out;
}

// Creates the pod; one of its name that is there already is this one, made by an earlier try or another leader.
void ServiceReconciler::makeTask(Start& start) {
  std::string planned;
  planned.swap(start.pod.metadata.uid);
  auto made = client_.create<k8s::Pod>(start.pod.metadata.namespace_, start.pod);
  if (!made && (made.error().reason == Reason::AlreadyExists || isTransient(made.error().reason))) {
    auto there = client_.get<k8s::Pod>(start.pod.metadata.namespace_, start.pod.metadata.name);
    if (there) made = std::move(there);
  }
  view_.unassume(planned);
  if (!made) {
    start.error = made.error();
    return;
  }
  start.made = std::make_shared<const k8s::Pod>(std::move(*made));
  if (!start.node.empty()) view_.assume(start.made, start.node);
  view_.onPod(nullptr, start.made);
}

bool ServiceReconciler::stopTasks(const ServiceEntry& entry, ServicePlan& plan) {
  if (plan.stops.empty()) return true;
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
    if (done[i]) ids.push_back(plan.stops[i].id);
  if (!ids.empty()) tell(entry, plan, "has stopped " + std::to_string(ids.size()) + " running tasks:" + listed(ids) + ".");
  return ids.size() == plan.stops.size();
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
  service.metadata.ownerReferences.push_back(ownerOf(*entry.object));
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
