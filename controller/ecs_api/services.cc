#include "controller/ecs_api/services.h"

#include <algorithm>

#include "controller/ecs_api/capacity.h"
#include "controller/ecs_api/handlers.h"
#include "controller/ecs_api/run_task.h"
#include "controller/service/plan.h"
#include "taskpod/k8s/annotations.h"
#include "taskpod/k8s/names.h"
#include "taskpod/net/tls.h"
#include "taskpod/translate/task.h"
#include "taskpod/translate/units.h"

namespace taskpod::controller {
namespace {

constexpr std::int32_t kMostTasksOfService = 5000;  // AWS' quota, too

bool isDeleted(const ServiceEntry& entry) { return entry.object->metadata.annotations.contains(std::string(k8s::kDeletedAt)); }

bool isFargate(const std::string& launchType, const std::vector<ecs::CapacityProviderStrategyItem>& strategy) {
  return launchType == "FARGATE" || (!strategy.empty() && strategy.front().capacityProvider.starts_with("FARGATE"));
}

ecs::Deployment shownDeployment(Call& call, const k8s::ServiceDeployment& from) {
  ecs::Deployment out;
  out.id = from.id;
  out.status = from.status;
  out.taskDefinition = definitionArn(call, from.taskDefinition);
  out.desiredCount = from.desiredCount;
  out.pendingCount = from.pendingCount;
  out.runningCount = from.runningCount;
  out.failedTasks = from.failedTasks;
  out.createdAt = translate::secondsOf(from.createdAt);
  out.updatedAt = translate::secondsOf(from.updatedAt);
  out.rolloutState = from.rolloutState;
  out.rolloutStateReason = from.rolloutStateReason;
  auto configuration = json::Document::parse(from.configuration.text.empty() ? "{}" : from.configuration.text);
  if (!configuration) return out;
  const json::Value& root = configuration->root();
  out.launchType = root.stringAt("launchType");
  readMember(root, "capacityProviderStrategy", out.capacityProviderStrategy);
  if (const json::Value* network = root.find("networkConfiguration"))
    if (auto read = json::read<ecs::NetworkConfiguration>(*network)) out.networkConfiguration = std::move(*read);
  if (isFargate(out.launchType, out.capacityProviderStrategy)) {
    auto version = root.stringAt("platformVersion");
    out.platformVersion = version.empty() || version == "LATEST" ? "1.4.0" : std::string(version);
    out.platformFamily = "Linux";
  }
  return out;
}

void deployments(Call& call, const ClusterEntry& cluster, const ServiceEntry& entry, const k8s::ServiceStatus& status, ecs::Service& out) {
  for (const auto& deployment : status.deployments) out.deployments.push_back(shownDeployment(call, deployment));
  for (const auto& event : status.events) {
    ecs::ServiceEvent one;
    one.id = event.id;
    one.createdAt = translate::secondsOf(event.createdAt);
    one.message = event.message;
    out.events.push_back(std::move(one));
  }
  for (const auto& record : status.serviceDeployments)
    if (record.status == "IN_PROGRESS" || record.status == "ROLLBACK_IN_PROGRESS")
      out.currentServiceDeployment = ecs::arnOfService(call.place, "service-deployment", cluster.name, entry.name, record.id);
  for (const auto& deployment : status.deployments) {
    auto record = std::find_if(status.serviceDeployments.begin(), status.serviceDeployments.end(),
                               [&](const auto& one) { return one.deployment == deployment.id; });
    if (record == status.serviceDeployments.end()) continue;
    ecs::ServiceCurrentRevisionSummary summary;
    summary.arn = ecs::arnOfService(call.place, "service-revision", cluster.name, entry.name, record->revision);
    summary.requestedTaskCount = deployment.desiredCount;
    summary.runningTaskCount = deployment.runningCount;
    summary.pendingTaskCount = deployment.pendingCount;
    out.currentServiceRevisions.push_back(std::move(summary));
  }
}

// The spec of a new service: the request without what is not the service's.
std::string specText(Call& call, const std::string& definition) {
  json::ObjectBuilder spec(call.document, call.input);
  spec.remove("cluster").remove("clientToken").remove("tags");
  spec.set("taskDefinition", definition);
  return json::write(spec.value());
}

// Does an existing service say the same as a request to create it? Whoever asks twice gets the same answer.
bool saysTheSame(Call& call, const ServiceEntry& entry, const std::string& definition) {
  auto was = json::Document::parse(entry.object->spec.text);
  auto is = json::Document::parse(specText(call, definition));
  return was && is && was->root() == is->root();
}

Result<void, Fault> checkRefused(Call& call) {
  const json::Value* controller = call.input.find("deploymentController");
  if (controller && !controller->stringAt("type").empty() && controller->stringAt("type") != "ECS")
    return fault("UnsupportedFeatureException", "The deployment controller " + std::string(controller->stringAt("type")) +
                                                    " is not there yet: Taskpod rolls services by itself (deploymentController ECS).");
  const json::Value* configuration = call.input.find("deploymentConfiguration");
  if (!configuration) return {};
  std::string_view strategy = configuration->stringAt("strategy");
  if (!strategy.empty() && strategy != "ROLLING")
    return fault("UnsupportedFeatureException", "The deployment strategy " + std::string(strategy) + " is not there yet: use ROLLING.");
  if (const json::Value* hooks = configuration->find("lifecycleHooks"); hooks && !hooks->items().empty())
    return fault("UnsupportedFeatureException", "Deployment lifecycle hooks are not there yet.");
  if (const json::Value* alarms = configuration->find("alarms");
      alarms && alarms->find("enable") && alarms->find("enable")->text() == "true")
    return fault("UnsupportedFeatureException", "Deployment alarms are not there: Taskpod has no CloudWatch.");
  return {};
}

Result<void, Fault> checkPercentages(const ecs::CreateService& spec) {
  if (!spec.deploymentConfiguration) return {};
  const auto& configuration = *spec.deploymentConfiguration;
  bool daemon = spec.schedulingStrategy == "DAEMON";
  std::int32_t least = configuration.minimumHealthyPercent.value_or(daemon ? 0 : 100);
  std::int32_t most = configuration.maximumPercent.value_or(daemon ? 100 : 200);
  if (least < 0 || least > 100) return invalidParameter("minimumHealthyPercent should be between 0 and 100.");
  if (daemon && most != 100) return invalidParameter("maximumPercent must be 100 for the DAEMON scheduling strategy.");
  if (most < 100 || most > 400) return invalidParameter("maximumPercent should be between 100 and 400.");
  if (least == 100 && most == 100)
    return invalidParameter("minimumHealthyPercent and maximumPercent cannot both be 100: no task could ever be replaced.");
  if (daemon && least == 100) return invalidParameter("minimumHealthyPercent must be less than 100 for the DAEMON scheduling strategy.");
  return {};
}

// Rules for a whole service, new or changed.
Result<void, Fault> checkService(Call& call, const ecs::CreateService& spec, const json::Value& body, const ClusterEntry& cluster) {
  if (spec.desiredCount && *spec.desiredCount < 0) return invalidParameter("desiredCount cannot be negative.");
  if (spec.desiredCount && *spec.desiredCount > kMostTasksOfService)
    return invalidParameter("desiredCount can be at most " + std::to_string(kMostTasksOfService) + ".");
  if (!spec.schedulingStrategy.empty() && spec.schedulingStrategy != "REPLICA" && spec.schedulingStrategy != "DAEMON")
    return invalidParameter("schedulingStrategy should be one of [REPLICA,DAEMON]");
  bool daemon = spec.schedulingStrategy == "DAEMON";
  if (daemon && !spec.placementStrategy.empty())
    return invalidParameter("Placement strategies are not supported with the DAEMON scheduling strategy.");
  if (daemon && isFargate(spec.launchType, spec.capacityProviderStrategy))
    return invalidParameter("The daemon scheduling strategy is not supported for Fargate tasks.");
  if (!spec.launchType.empty() && !spec.capacityProviderStrategy.empty())
    return invalidParameter("Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.");
  if (auto done = checkPercentages(spec); !done) return done;
  if (auto done = checkStrategy(call.view, body.find("capacityProviderStrategy")); !done) return done;
  auto definition = findActive(call.view, spec.taskDefinition);
  if (!definition) return definition.error();
  for (const auto& balancer : spec.loadBalancers) {
    const auto& containers = (*definition)->definition.containerDefinitions;
    auto container =
        std::find_if(containers.begin(), containers.end(), [&](const auto& one) { return one.name == balancer.containerName; });
    if (container == containers.end())
      return invalidParameter("The container " + balancer.containerName + " does not exist in the task definition.");
    bool exposes = std::any_of(container->portMappings.begin(), container->portMappings.end(),
                               [&](const auto& port) { return port.containerPort == balancer.containerPort; });
    if (!exposes)
      return invalidParameter("The container " + balancer.containerName + " did not have a container port " +
                              std::to_string(balancer.containerPort.value_or(0)) + " defined.");
  }
  Launch launch;
  launch.launchType = spec.launchType;
  launch.strategy = strategyOf(spec.capacityProviderStrategy, spec.launchType, cluster);
  launch.networkConfiguration = body.find("networkConfiguration");
  launch.placementConstraints = body.find("placementConstraints");
  launch.placementStrategy = body.find("placementStrategy");
  return checkLaunch(call.view, **definition, launch);
}

Answer answerWith(Call& call, const ClusterEntry& cluster, k8s::EcsService object) {
  auto kept = std::make_shared<const k8s::EcsService>(std::move(object));
  call.view.onService(nullptr, kept);
  auto entry = call.view.serviceOfObject(kept->metadata.namespace_, kept->metadata.name);
  if (!entry) return fault("ServerException", "The service was deleted meanwhile.");
  return textOf(call.object().set("service", shownService(call, cluster, *entry)));
}

bool isServiceName(std::string_view name) {
  return !name.empty() && name.size() <= 255 &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; });
}

// Creates the object, or revives the one of a service that was deleted under the same name.
Result<k8s::EcsService, Fault> store(Call& call, const ClusterEntry& cluster, k8s::EcsService object) {
  auto made = call.client.create<k8s::EcsService>(cluster.namespace_, object);
  if (made) return std::move(*made);
  if (made.error().reason != Reason::AlreadyExists) return faultOf(made.error());
  auto there = call.own.get<k8s::EcsService>(cluster.namespace_, object.metadata.name);
  if (!there) return faultOf(there.error());
  if (there->status.status != "INACTIVE" && !there->metadata.annotations.contains(std::string(k8s::kDeletedAt)))
    return invalidParameter("Creation of service was not idempotent.");
  if (there->status.status != "INACTIVE") return invalidParameter("Unable to Start a service that is still Draining.");
  // A new service: nothing of the old one's history is its own.
  if (auto removed = call.client.remove<k8s::EcsService>(cluster.namespace_, object.metadata.name,
                                                         R"({"preconditions":{"uid":")" + there->metadata.uid + "\"}}");
      !removed && removed.error().reason != Reason::NotFound)
    return faultOf(removed.error());
  call.view.onService(std::make_shared<const k8s::EcsService>(*there), nullptr);
  auto again = call.client.create<k8s::EcsService>(cluster.namespace_, object);
  if (!again) return faultOf(again.error());
  return std::move(*again);
}

}  // namespace

std::string definitionArn(const Call& call, const std::string& given) {
  std::string problem;
  auto reference = ecs::parseDefinition(given, problem);
  return reference && reference->revision ? ecs::taskDefinitionArn(call.place, reference->family, *reference->revision) : given;
}

ecs::DeploymentConfiguration configurationWithDefaults(const ecs::CreateService& spec) {
  ecs::DeploymentConfiguration out;
  if (spec.deploymentConfiguration) out = *spec.deploymentConfiguration;
  bool daemon = spec.schedulingStrategy == "DAEMON";
  if (!out.maximumPercent) out.maximumPercent = daemon ? 100 : 200;
  if (!out.minimumHealthyPercent) out.minimumHealthyPercent = daemon ? 0 : 100;
  auto& breaker = out.deploymentCircuitBreaker.orEmplace();
  if (!breaker.enable) breaker.enable = false;
  if (!breaker.rollback) breaker.rollback = false;
  if (out.strategy.empty()) out.strategy = "ROLLING";
  if (!out.bakeTimeInMinutes) out.bakeTimeInMinutes = 0;
  return out;
}

k8s::ServiceStatus currentStatus(Call& call, const ServiceEntry& entry) {
  const auto& object = *entry.object;
  const auto& deployments = object.status.deployments;
  std::string hash = deploymentHash(object);
  bool sameDeployment = !deployments.empty() && (deployments.front().hash == hash || object.status.refusedHash == hash);
  bool seen = isDeleted(entry) ? object.status.status != "ACTIVE" : sameDeployment;
  if (seen && object.status.observedGeneration == object.metadata.generation) return object.status;
  ServiceInput input{object, entry.spec, {}, {}, {}, wallNow()};
  if (auto definition = findActive(call.view, entry.spec.taskDefinition)) input.definition = (*definition)->name();
  auto planned = planService(input).status;
  // The planner was not told of the tasks: their counts and events stay as they were.
  planned.events = object.status.events;
  planned.runningCount = object.status.runningCount;
  planned.pendingCount = object.status.pendingCount;
  for (auto& deployment : planned.deployments)
    for (const auto& was : object.status.deployments)
      if (was.id == deployment.id) {
        deployment.runningCount = was.runningCount;
        deployment.pendingCount = was.pendingCount;
        deployment.rolloutState = was.rolloutState;
      }
  for (const auto& was : object.status.deployments) {
    bool kept = std::any_of(planned.deployments.begin(), planned.deployments.end(), [&](const auto& one) { return one.id == was.id; });
    if (kept || planned.deployments.empty()) continue;
    planned.deployments.push_back(was);  // its tasks are there, the planner was not told of them
    planned.deployments.back().status = "ACTIVE";
  }
  if (isDeleted(entry) && planned.status == "INACTIVE" && planned.runningCount + planned.pendingCount > 0) {
    planned.status = "DRAINING";
    planned.deployments = object.status.deployments;
  }
  return planned;
}

ecs::Service shownService(Call& call, const ClusterEntry& cluster, const ServiceEntry& entry) {
  const auto& spec = entry.spec;
  auto status = currentStatus(call, entry);
  ecs::Service out;
  out.serviceArn = ecs::arnInCluster(call.place, "service", cluster.name, entry.name);
  out.serviceName = entry.name;
  out.clusterArn = ecs::clusterArn(call.place, cluster.name);
  out.status = status.status.empty() ? "ACTIVE" : status.status;
  out.desiredCount = status.desiredCount;
  out.runningCount = status.runningCount;
  out.pendingCount = status.pendingCount;
  out.launchType = spec.launchType;
  if (out.launchType.empty() && spec.capacityProviderStrategy.empty()) out.launchType = "EC2";
  out.capacityProviderStrategy = spec.capacityProviderStrategy;
  if (isFargate(out.launchType, out.capacityProviderStrategy)) {
    out.platformVersion = spec.platformVersion.empty() ? "LATEST" : spec.platformVersion;
    out.platformFamily = "Linux";
  }
  out.taskDefinition = definitionArn(call, spec.taskDefinition);
  if (!status.deployments.empty()) out.taskDefinition = definitionArn(call, status.deployments.front().taskDefinition);
  out.deploymentConfiguration = configurationWithDefaults(spec);
  out.loadBalancers = spec.loadBalancers;
  out.serviceRegistries = spec.serviceRegistries;
  out.placementConstraints = spec.placementConstraints;
  out.placementStrategy = spec.placementStrategy;
  out.networkConfiguration = spec.networkConfiguration;
  out.healthCheckGracePeriodSeconds = spec.healthCheckGracePeriodSeconds;
  out.schedulingStrategy = spec.schedulingStrategy.empty() ? "REPLICA" : spec.schedulingStrategy;
  out.deploymentController.emplace().type = "ECS";
  out.createdAt = translate::secondsOf(entry.object->metadata.creationTimestamp);
  out.createdBy = k8s::annotation(entry.object->metadata, k8s::kRegisteredBy);
  out.enableECSManagedTags = spec.enableECSManagedTags.value_or(false);
  out.propagateTags = spec.propagateTags.empty() ? "NONE" : spec.propagateTags;
  out.enableExecuteCommand = spec.enableExecuteCommand.value_or(false);
  out.availabilityZoneRebalancing = spec.availabilityZoneRebalancing.empty() ? "ENABLED" : spec.availabilityZoneRebalancing;
  deployments(call, cluster, entry, status, out);
  if (call.operation.name != "DescribeServices" || call.includes("TAGS")) out.tags = translate::tagsOf(entry.object->metadata);
  return out;
}

std::shared_ptr<const ServiceEntry> findService(Call& call, const ClusterEntry& cluster, const std::string& given) {
  auto reference = call.refer(given, "service");
  if (!reference || (!reference->cluster.empty() && reference->cluster != cluster.name)) return nullptr;
  auto entry = call.view.service(cluster.namespace_, reference->name);
  if (entry) return entry;
  auto live = call.own.get<k8s::EcsService>(cluster.namespace_, translate::slug(reference->name));
  if (live) call.view.onService(nullptr, std::make_shared<const k8s::EcsService>(std::move(*live)));
  return call.view.service(cluster.namespace_, reference->name);
}

Answer createService(Call& call) {
  auto cluster = call.cluster();
  if (!cluster) return cluster.error();
  if (auto done = call.may("create", "ecs.taskpod.io", "services", cluster->namespace_); !done) return done.error();
  std::string name = call.text("serviceName");
  if (call.number("desiredCount", 0) < 0) return invalidParameter("desiredCount cannot be negative.");
  if (!isServiceName(name))
    return invalidParameter("Invalid service name '" + name + "'. It may hold letters, digits, hyphens and underscores, at most 255.");
  if (auto done = checkRefused(call); !done) return done.error();
  if (call.text("taskDefinition").empty()) return invalidParameter("TaskDefinition can not be blank.");
  auto definition = findActive(call.view, call.text("taskDefinition"));
  if (!definition) return definition.error();
  std::string definitionName = (*definition)->name();  // no ARN: the object is good for every region
  auto spec = json::read<ecs::CreateService>(call.input);
  if (!spec) return invalidParameter(spec.error().message);
  spec->taskDefinition = definitionName;
  if (spec->schedulingStrategy != "DAEMON" && !spec->desiredCount) return invalidParameter("desiredCount must be specified.");
  if (auto done = checkService(call, *spec, call.input, *cluster); !done) return done.error();
  if (auto there = findService(call, *cluster, name); there && !isDeleted(*there)) {
    if (!saysTheSame(call, *there, definitionName)) return invalidParameter("Creation of service was not idempotent.");
    return textOf(call.object().set("service", shownService(call, *cluster, *there)));
  }
  k8s::EcsService object;
  object.apiVersion = k8s::kCustomApiVersion;
  object.kind = "Service";
  object.metadata.name = translate::slug(name);
  object.metadata.namespace_ = cluster->namespace_;
  if (std::string tags = call.raw("tags"); !tags.empty()) object.metadata.annotations[std::string(k8s::kTags)] = tags;
  object.metadata.annotations[std::string(k8s::kRegisteredBy)] =
      "arn:aws:iam::" + call.place.account + ":" + (call.caller.user.empty() ? "root" : "user/" + call.caller.user);
  object.spec.text = specText(call, definitionName);
  Roles roles = rolesOf((*definition)->definition);
  if (auto done = mayUse(call, *cluster, roles); !done) return done.error();
  object.metadata.annotations[std::string(k8s::kRoleGrant)] =
      call.grants.sign("service", cluster->namespace_, boundTo(object.metadata.name, definitionName), roles);
  auto made = store(call, *cluster, std::move(object));
  if (!made) return made.error();
  return answerWith(call, *cluster, std::move(*made));
}

Answer updateService(Call& call) {
  auto cluster = call.cluster();
  if (!cluster) return cluster.error();
  if (auto done = call.may("update", "ecs.taskpod.io", "services", cluster->namespace_); !done) return done.error();
  if (auto done = checkRefused(call); !done) return done.error();
  for (int attempt = 0; attempt < 10; ++attempt) {
    auto entry = findService(call, *cluster, call.text("service"));
    if (!entry) return fault("ServiceNotFoundException", "Service not found.");
    if (isDeleted(*entry)) return fault("ServiceNotActiveException", "Service was not ACTIVE.");
    auto live = call.own.get<k8s::EcsService>(cluster->namespace_, entry->object->metadata.name);
    if (!live) return faultOf(live.error());
    json::Document document;
    auto was = document.add(live->spec.text);
    if (!was) return fault("ServerException", was.error().message);
    json::ObjectBuilder body(document, *was);
    for (const json::Member& member : call.input.members()) {
      if (member.name == "cluster" || member.name == "service" || member.name == "forceNewDeployment" || member.value.isNull()) continue;
      body.set(member.name, member.value);
    }
    if (call.input.find("capacityProviderStrategy") && !call.raw("capacityProviderStrategy").empty()) body.remove("launchType");
    if (!call.text("taskDefinition").empty()) {
      auto definition = findActive(call.view, call.text("taskDefinition"));
      if (!definition) return definition.error();
      body.set("taskDefinition", (*definition)->name());
      Roles roles = rolesOf((*definition)->definition);
      if (auto done = mayUse(call, *cluster, roles); !done) return done.error();
      std::string& grants = live->metadata.annotations[std::string(k8s::kRoleGrant)];
      std::string fresh = call.grants.sign("service", cluster->namespace_, boundTo(live->metadata.name, (*definition)->name()), roles);
      if (grants.find(fresh) == std::string::npos) grants = (fresh + " " + grants).substr(0, 65 * 10);
    }
    json::Value changed = body.value();
    auto spec = json::read<ecs::CreateService>(changed);
    if (!spec) return invalidParameter(spec.error().message);
    // A definition that was deregistered meanwhile is good for what runs already, not for a new deployment.
    if (spec->desiredCount && (*spec->desiredCount < 0 || *spec->desiredCount > kMostTasksOfService))
      return invalidParameter("desiredCount must be between 0 and " + std::to_string(kMostTasksOfService) + ".");
    if (!call.text("taskDefinition").empty() || call.flag("forceNewDeployment") || findActive(call.view, spec->taskDefinition))
      if (auto done = checkService(call, *spec, changed, *cluster); !done) return done.error();
    if (auto done = checkPercentages(*spec); !done) return done.error();
    live->spec.text = json::write(changed);
    if (call.flag("forceNewDeployment")) live->metadata.annotations[std::string(k8s::kForceDeployment)] = net::randomHex(8);
    auto written = call.client.update<k8s::EcsService>(*live);
    if (written) return answerWith(call, *cluster, std::move(*written));
    if (written.error().reason != Reason::Conflict) return faultOf(written.error());
  }
  return fault("ServerException", "The service is being changed by others. Try again.");
}

Answer describeServices(Call& call) {
  auto cluster = call.cluster();
  if (!cluster) return cluster.error();
  auto wanted = call.texts("services");
  if (wanted.empty()) return invalidParameter("Services cannot be empty.");
  if (wanted.size() > 10) return invalidParameter("service names can have at most 10 items.");
  if (auto done = call.may("get", "ecs.taskpod.io", "services", cluster->namespace_); !done) return done.error();
  std::vector<ecs::Service> found;
  std::vector<ecs::Failure> failures;
  for (const std::string& given : wanted) {
    if (auto entry = findService(call, *cluster, given)) {
      found.push_back(shownService(call, *cluster, *entry));
      continue;
    }
    auto reference = call.refer(given, "service");
    failures.push_back(failure(ecs::arnInCluster(call.place, "service", cluster->name, reference ? reference->name : given), "MISSING"));
  }
  return textOf(call.object().set("services", found).set("failures", failures));
}

Answer listServices(Call& call) {
  auto cluster = call.cluster();
  if (!cluster) return cluster.error();
  if (auto done = call.may("list", "ecs.taskpod.io", "services", cluster->namespace_); !done) return done.error();
  std::string type = call.text("launchType"), strategy = call.text("schedulingStrategy");
  std::vector<std::string> names;
  for (const auto& entry : call.view.services(cluster->namespace_)) {
    if (entry->object->status.status == "INACTIVE" || (isDeleted(*entry) && entry->object->status.status != "DRAINING")) continue;
    std::string is = entry->spec.launchType.empty() && entry->spec.capacityProviderStrategy.empty() ? "EC2" : entry->spec.launchType;
    if (!type.empty() && is != type) continue;
    if (!strategy.empty() && (entry->spec.schedulingStrategy.empty() ? "REPLICA" : entry->spec.schedulingStrategy) != strategy) continue;
    names.push_back(entry->name);
  }
  auto page = pageOf(call, 10, 100, keysOf(std::move(names)));
  if (!page) return page.error();
  for (std::string& name : page->keys) name = ecs::arnInCluster(call.place, "service", cluster->name, name);
  auto body = call.object().set("serviceArns", page->keys);
  if (!page->next.empty()) body.set("nextToken", page->next);
  return textOf(body);
}

Answer listServicesByNamespace(Call& call) {
  if (auto done = call.may("list", "ecs.taskpod.io", "services"); !done) return done.error();
  std::string wanted = call.text("namespace");
  std::vector<std::string> arns;
  for (const auto& entry : call.view.allServices()) {
    const auto& connect = entry->spec.serviceConnectConfiguration;
    if (!connect || connect->namespace_ != wanted || isDeleted(*entry)) continue;
    arns.push_back(ecs::arnInCluster(call.place, "service", call.view.clusterNameOf(entry->object->metadata.namespace_), entry->name));
  }
  std::sort(arns.begin(), arns.end());
  auto page = pageOf(call, 10, 100, keysOf(std::move(arns)));
  if (!page) return page.error();
  auto body = call.object().set("serviceArns", page->keys);
  if (!page->next.empty()) body.set("nextToken", page->next);
  return textOf(body);
}

Answer deleteService(Call& call) {
  auto cluster = call.cluster();
  if (!cluster) return cluster.error();
  if (auto done = call.may("patch", "ecs.taskpod.io", "services", cluster->namespace_); !done) return done.error();
  auto entry = findService(call, *cluster, call.text("service"));
  if (!entry) return fault("ServiceNotFoundException", "Service not found.");
  if (entry->object->status.status == "INACTIVE") return textOf(call.object().set("service", shownService(call, *cluster, *entry)));
  bool daemon = entry->spec.schedulingStrategy == "DAEMON";
  if (!daemon && entry->spec.desiredCount.value_or(1) > 0 && !call.flag("force") && !isDeleted(*entry))
    return invalidParameter("The service cannot be stopped while it is scaled above 0.");
  json::ObjectBuilder annotations(call.document), metadata(call.document), patch(call.document);
  annotations.set(k8s::kDeletedAt, formatTime(wallNow()));
  metadata.set("annotations", annotations.value());
  patch.set("metadata", metadata.value());
  auto written = call.client.patch<k8s::EcsService>(cluster->namespace_, entry->object->metadata.name, "", kube::PatchKind::Merge,
                                                    json::write(patch.value()));
  if (!written) return faultOf(written.error());
  return answerWith(call, *cluster, std::move(*written));
}

}  // namespace taskpod::controller
