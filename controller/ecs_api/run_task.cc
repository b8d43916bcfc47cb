#include "controller/ecs_api/run_task.h"

#include <algorithm>

#include "controller/ecs_api/capacity.h"
#include "controller/ecs_api/handlers.h"
#include "taskpod/ecs/query.h"
#include "taskpod/k8s/annotations.h"
#include "taskpod/k8s/names.h"
#include "taskpod/net/tls.h"
#include "taskpod/translate/task_needs.h"
#include "taskpod/translate/units.h"
#include "taskpod/translate/validate.h"

namespace taskpod::controller {
namespace {

constexpr std::size_t kMostCount = 10, kMostOverrides = 8192;

std::string memberText(const json::Value* value) {
  return !value || value->isNull() || (value->isArray() && value->items().empty()) ? std::string() : json::write(*value);
}

Result<void, Fault> checkPlacement(const Launch& launch, bool fargate) {
  if (fargate && (!memberText(launch.placementConstraints).empty() || !memberText(launch.placementStrategy).empty()))
    return invalidParameter("Placement constraints and strategies are not supported with the FARGATE launch type.");
  if (launch.placementConstraints) {
    if (launch.placementConstraints->items().size() > 10) return invalidParameter("Placement constraints can have at most 10 items.");
    for (const json::Value& item : launch.placementConstraints->items()) {
      if (item.stringAt("type") != "memberOf") continue;
      auto query = ecs::parseQuery(item.stringAt("expression"));
      if (!query)
        return invalidParameter("Invalid constraint expression: " + std::string(item.stringAt("expression")) + ": " +
                                query.error().message);
    }
  }
  if (!launch.placementStrategy) return {};
  if (launch.placementStrategy->items().size() > 5) return invalidParameter("Placement strategy can have at most 5 items.");
  for (const json::Value& item : launch.placementStrategy->items()) {
    std::string_view type = item.stringAt("type"), field = item.stringAt("field");
    bool good = type == "random" || (type == "binpack" && (field == "cpu" || field == "memory" || field == "CPU" || field == "MEMORY")) ||
                (type == "spread" && (field == "instanceId" || field == "host" || field.starts_with("attribute:")));
    if (!good)
      return invalidParameter("Invalid placement strategy: type '" + std::string(type) + "', field '" + std::string(field) +
                              "'. binpack takes cpu or memory, spread takes instanceId, host or attribute:NAME.");
  }
  return {};
}

Result<void, Fault> checkNetwork(const DefinitionEntry& definition, const json::Value* configuration) {
  const json::Value* vpc = configuration ? configuration->find("awsvpcConfiguration") : nullptr;
  if (definition.definition.networkMode != "awsvpc") {
    if (vpc) return invalidParameter("Network Configuration is not valid for the given networkMode of this task definition.");
    return {};
  }
  if (!vpc) return invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  const json::Value* subnets = vpc->find("subnets");
  if (!subnets || subnets->items().empty()) return invalidParameter("subnets can not be empty.");
  return {};
}

// A definition that asks for no launch type may be run on Fargate if it would have been accepted for it.
Result<void, Fault> checkFargate(const DefinitionEntry& definition) {
  const auto& wanted = definition.definition.requiresCompatibilities;
  if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), "FARGATE") == wanted.end())
    return invalidParameter("Task definition does not support launch_type FARGATE.");
  ecs::TaskDefinition asFargate = definition.definition;
  asFargate.requiresCompatibilities = {"FARGATE"};
  json::Document document;
  auto problems = translate::validateTaskDefinition(json::tree(document, asFargate));
  if (problems.empty()) return {};
  return clientFault("Task definition does not support launch_type FARGATE. " + problems.front().message);
}

std::string hashOfRequest(const json::Value& input) {
  json::Document document;
  json::ObjectBuilder copy(document, input);
  copy.remove("clientToken");
  return net::sha256Hex(json::write(copy.value()));
}

// Everything about a RunTask or StartTask call but how many and where.
struct Run {
  ClusterEntry cluster;
  std::shared_ptr<const DefinitionEntry> definition;
  translate::TaskSettings settings;
  ecs::TaskOverride overrides;
  std::vector<ecs::CapacityProviderStrategyItem> strategy;
  std::string requestHash, tokenHash;  // with a clientToken
};

Result<void, Fault> checkText(Call& call) {
  if (call.text("startedBy").size() > 128) return invalidParameter("startedBy must be at most 128 characters.");
  std::string group = call.text("group");
  if (group.size() > 255) return invalidParameter("group must be at most 255 characters.");
  if (group.starts_with("service:")) return invalidParameter("Invalid group " + group + ": groups that begin with service: are ECS' own.");
  if (call.raw("overrides").size() > kMostOverrides)
    return invalidParameter("Overrides can have at most " + std::to_string(kMostOverrides) + " characters.");
  return {};
}

// The tags of a new task: the request's, and with propagateTags the definition's.
std::string tagsFor(Call& call, const DefinitionEntry& definition) {
  std::string own = call.raw("tags");
  if (call.text("propagateTags") != "TASK_DEFINITION") return own;
  auto found = definition.object->metadata.annotations.find(std::string(k8s::kTags));
  if (found == definition.object->metadata.annotations.end()) return own;
  if (own.empty()) return found->second;
  if (found->second.size() <= 2) return own;  // []
  return found->second.substr(0, found->second.size() - 1) + "," + own.substr(1);
}

// With the overrides.
Roles rolesOfRun(const Run& run) {
  Roles roles = rolesOf(run.definition->definition);
  if (!run.overrides.taskRoleArn.empty()) roles.task = run.overrides.taskRoleArn;
  if (!run.overrides.executionRoleArn.empty()) roles.execution = run.overrides.executionRoleArn;
  return roles;
}

Result<Run, Fault> prepare(Call& call, const char* createdBy) {
  auto cluster = call.cluster();
  if (!cluster) return cluster.error();
  if (auto done = call.may("create", "", "pods", cluster->namespace_); !done) return done.error();
  if (auto done = checkText(call); !done) return done.error();
  auto definition = findActive(call.view, call.text("taskDefinition"));
  if (!definition) return definition.error();
  Run run{std::move(*cluster), std::move(*definition), {}, {}, {}, {}, {}};
  if (const json::Value* overrides = call.input.find("overrides"); overrides && !overrides->isNull()) {
    auto read = json::read<ecs::TaskOverride>(*overrides);
    if (!read) return invalidParameter(read.error().message);
    run.overrides = std::move(*read);
  }
  Launch launch;
  launch.launchType = call.text("launchType");
  if (const json::Value* list = call.input.find("capacityProviderStrategy"))
    for (const json::Value& item : list->items())
      if (auto read = json::read<ecs::CapacityProviderStrategyItem>(item)) launch.strategy.push_back(std::move(*read));
  if (!launch.launchType.empty() && !launch.strategy.empty())
    return invalidParameter("Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.");
  if (auto done = checkStrategy(call.view, call.input.find("capacityProviderStrategy")); !done) return done.error();
  launch.strategy = strategyOf(launch.strategy, launch.launchType, run.cluster);
  launch.networkConfiguration = call.input.find("networkConfiguration");
  launch.placementConstraints = call.input.find("placementConstraints");
  launch.placementStrategy = call.input.find("placementStrategy");
  if (auto done = checkLaunch(call.view, *run.definition, launch); !done) return done.error();
  if (auto done = mayUse(call, run.cluster, rolesOfRun(run)); !done) return done.error();
  auto& settings = run.settings;
  settings.cluster = run.cluster.namespace_;
  settings.createdBy = createdBy;
  settings.definition = run.definition->name();
  settings.group = call.text("group").empty() ? "family:" + run.definition->object->spec.family : call.text("group");
  settings.startedBy = call.text("startedBy");
  settings.launchType = launch.strategy.empty() && launch.launchType.empty() ? "EC2" : launch.launchType;
  settings.platformVersion = call.text("platformVersion");
  settings.placementConstraints = memberText(launch.placementConstraints);
  settings.placementStrategy = memberText(launch.placementStrategy);
  settings.networkConfiguration = memberText(launch.networkConfiguration);
  settings.overrides = call.raw("overrides");
  settings.tags = tagsFor(call, *run.definition);
  settings.enableExecuteCommand = call.flag("enableExecuteCommand");
  settings.kubeMinor = call.kubeMinor;
  run.strategy = std::move(launch.strategy);
  if (std::string token = call.text("clientToken"); !token.empty()) {
    if (token.size() > 64) return invalidParameter("clientToken must be at most 64 characters.");
    run.requestHash = hashOfRequest(call.input);
    run.tokenHash = net::sha256Hex(run.cluster.name + "\n" + token).substr(0, 24);
  }
  return run;
}

Result<k8s::Pod, Fault> templateOf(const Run& run, const std::string& provider) {
  auto definition = translate::overridden(run.definition->definition, run.overrides);
  if (!definition) return invalidParameter(definition.error().message);
  translate::TaskSettings settings = run.settings;
  settings.capacityProvider = provider;
  auto pod = translate::podForTask(*definition, settings);
  if (!pod) return fault("ServerException", pod.error().message);
  if (!run.requestHash.empty()) {
    pod->metadata.annotations[std::string(k8s::kRequestHash)] = run.requestHash;
    pod->metadata.labels[std::string(k8s::kClientToken)] = run.tokenHash;
  }
  return std::move(*pod);
}

// Creates the pod, or finds the one that an earlier try with the same token made.
Result<k8s::Pod, Fault> create(Call& call, const Run& run, const k8s::Pod& pod) {
  auto made = call.client.create<k8s::Pod>(run.cluster.namespace_, pod);
  if (made) return std::move(*made);
  // No answer or a name that is taken: with a token the name is this request's own.
  bool unsure = made.error().reason == Reason::AlreadyExists || isTransient(made.error().reason);
  if (!unsure) return faultOf(made.error());
  auto there = call.own.get<k8s::Pod>(run.cluster.namespace_, pod.metadata.name);
  if (!there) return faultOf(made.error());
  if (run.requestHash.empty()) return std::move(*there);  // the name is this request's alone
  auto hash = there->metadata.annotations.find(std::string(k8s::kRequestHash));
  if (hash == there->metadata.annotations.end() || hash->second != run.requestHash) {
    Fault conflict = fault("ConflictException", "The clientToken was used before for a request with other parameters.");
    conflict.resourceIds.push_back(ecs::arnInCluster(call.place, "task", run.cluster.name, translate::idOf(there->metadata.uid)));
    return conflict;
  }
  return std::move(*there);
}

// A token that stood for another request before.
std::optional<Fault> tokenConflict(Call& call, const Run& run) {
  std::optional<Fault> out;
  if (run.requestHash.empty()) return out;
  for (const auto& entry : call.view.tasksOfToken(run.cluster.namespace_, run.tokenHash)) {
    if (k8s::annotation(entry->pod->metadata, k8s::kRequestHash) == run.requestHash) continue;
    if (!out) out = fault("ConflictException", "The clientToken was used before for a request with other parameters.");
    out->resourceIds.push_back(ecs::arnInCluster(call.place, "task", run.cluster.name, entry->id));
  }
  return out;
}

struct Started {
  std::vector<ecs::Task> tasks;
  std::vector<ecs::Failure> failures;
};

// Makes one task of the template, if it fits or may wait.
Result<void, Fault> startOne(Call& call, const Run& run, k8s::Pod pod, std::size_t index, Started& out) {
  std::string suffix = run.tokenHash.empty() ? net::randomHex(8) : run.tokenHash + "-" + std::to_string(index);
  translate::nameTask(pod, podName(run.definition->object->spec.family, suffix));
  if (std::string grant =
          call.grants.sign("pod", run.cluster.namespace_, boundTo(pod.metadata.name, run.definition->name()), rolesOfRun(run));
      !grant.empty())
    pod.metadata.annotations[std::string(k8s::kRoleGrant)] = grant;
  pod.metadata.uid = pod.metadata.name;  // for breaking ties
  auto placement = call.view.place(pod);
  if (!placement) return invalidParameter(placement.error().message);
  bool waits = pod.metadata.annotations.contains(std::string(k8s::kCapacityProvider));
  if (!placement->node && !waits && !run.requestHash.empty()) {
    // What an earlier try with the same token made takes the room itself.
    auto there = call.own.get<k8s::Pod>(run.cluster.namespace_, pod.metadata.name);
    waits = static_cast<bool>(there);
  }
  if (!placement->node && !waits) {
    for (const auto& [node, reason] : placement->why) out.failures.push_back(failure(instanceArn(call, run.cluster, *node), reason));
    return {};
  }
  pod.metadata.uid.clear();
  if (placement->node && pod.spec.nodeName.empty())
    pod.metadata.annotations[std::string(k8s::kSuggestedNode)] = placement->node->metadata.name;
  auto made = create(call, run, pod);
  if (!made) return made.error();
  auto kept = std::make_shared<const k8s::Pod>(std::move(*made));
  if (placement->node) call.view.assume(kept, placement->node->metadata.name);
  call.view.onPod(nullptr, kept);
  if (auto entry = call.view.task(translate::idOf(kept->metadata.uid))) out.tasks.push_back(shownTask(call, run.cluster, *entry, true));
  return {};
}

Answer answerOf(Call& call, const Started& out) { return textOf(call.object().set("tasks", out.tasks).set("failures", out.failures)); }

}  // namespace

Roles rolesOf(const ecs::TaskDefinition& definition) { return {definition.taskRoleArn, definition.executionRoleArn}; }

Result<void, Fault> mayUse(Call& call, const ClusterEntry& cluster, const Roles& roles) {
  for (const std::string& role : {roles.task, roles.execution}) {
    if (role.empty()) continue;
    if (auto done = call.may("use", "ecs.taskpod.io", "roles", cluster.namespace_, roleName(role)); !done) return done.error();
  }
  return {};
}

void pinTo(k8s::Pod& pod, const std::string& node) {
  k8s::NodeSelectorRequirement only;
  only.key = "metadata.name";
  only.operator_ = "In";
  only.values = {node};
  auto& affinity = pod.spec.affinity.orEmplace().nodeAffinity.orEmplace();
  auto& terms = affinity.requiredDuringSchedulingIgnoredDuringExecution.orEmplace().nodeSelectorTerms;
  if (terms.empty()) terms.emplace_back();
  for (auto& term : terms) term.matchFields.push_back(only);  // any of the terms is enough, so each must say it
}

std::string podName(const std::string& family, const std::string& suffix) {
  std::string slug = translate::slug(family).substr(0, 36);
  while (slug.ends_with('-')) slug.pop_back();
  return slug + "-" + suffix;
}

Result<std::shared_ptr<const DefinitionEntry>, Fault> findActive(View& view, const std::string& given) {
  std::string problem;
  auto reference = ecs::parseDefinition(given, problem);
  if (!reference) return clientFault(problem);
  auto entry = reference->revision ? view.definition(reference->family, *reference->revision) : view.latestActive(reference->family);
  if (!entry) return clientFault("TaskDefinition not found.");
  if (entry->status() != "ACTIVE") return clientFault("TaskDefinition is inactive");
  return entry;
}

Result<void, Fault> checkLaunch(const View& view, const DefinitionEntry& definition, const Launch& launch) {
  if (!launch.launchType.empty() && launch.launchType != "EC2" && launch.launchType != "FARGATE" && launch.launchType != "EXTERNAL")
    return invalidParameter("launch type should be one of [EC2,FARGATE,EXTERNAL]");
  bool fargate = launch.launchType == "FARGATE";
  for (const auto& item : launch.strategy) {
    auto name = findProvider(view, item.capacityProvider);
    fargate = fargate || (name && name->starts_with("FARGATE"));
  }
  if (fargate)
    if (auto done = checkFargate(definition); !done) return done;
  if (auto done = checkNetwork(definition, launch.networkConfiguration); !done) return done;
  return checkPlacement(launch, fargate);
}

Answer runTask(Call& call) {
  std::int64_t count = call.number("count", 1);
  if (count < 1 || count > static_cast<std::int64_t>(kMostCount))
    return invalidParameter("Count must be between 1 and " + std::to_string(kMostCount) + ".");
  auto run = prepare(call, "run-task");
  if (!run) return run.error();
  if (auto conflict = tokenConflict(call, *run)) return *conflict;
  if (run->settings.launchType == "EC2" && call.view.nodesOf(run->cluster.namespace_).empty())
    return invalidParameter("No Container Instances were found in your cluster.");
  auto providers = distribute(run->strategy, static_cast<std::size_t>(count), {});
  providers.resize(static_cast<std::size_t>(count));
  std::map<std::string, k8s::Pod> templates;
  Started out;
  for (std::size_t i = 0; i < providers.size(); ++i) {
    if (!templates.contains(providers[i])) {
      auto pod = templateOf(*run, providers[i]);
      if (!pod) return pod.error();
      templates.emplace(providers[i], std::move(*pod));
    }
    auto done = startOne(call, *run, templates.at(providers[i]), i, out);
    if (!done && out.tasks.empty()) return done.error();
    if (!done) out.failures.push_back(failure({}, done.error().exception, done.error().message));
  }
  return answerOf(call, out);
}

Answer startTask(Call& call) {
  auto wanted = call.texts("containerInstances");
  if (wanted.empty()) return invalidParameter("Container Instances cannot be empty.");
  if (wanted.size() > kMostCount) return invalidParameter("Container instances can have at most 10 items.");
  auto run = prepare(call, "start-task");
  if (!run) return run.error();
  auto pod = templateOf(*run, "");
  if (!pod) return pod.error();
  Started out;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    auto node = findInstance(call, run->cluster, wanted[i]);
    if (!node) {
      auto reference = call.refer(wanted[i], "container-instance");
      out.failures.push_back(failure(
          ecs::arnInCluster(call.place, "container-instance", run->cluster.name, reference ? reference->name : wanted[i]), "MISSING"));
      continue;
    }
    k8s::Pod copy = *pod;
    if (copy.spec.schedulingGates.empty())
      copy.spec.nodeName = node->metadata.name;
    else
      pinTo(copy, node->metadata.name);  // a pod with a gate may have no node yet
    std::size_t failuresBefore = out.failures.size();
    auto done = startOne(call, *run, std::move(copy), i, out);
    if (!done && out.tasks.empty()) return done.error();
    if (!done) out.failures.push_back(failure(instanceArn(call, run->cluster, *node), done.error().exception, done.error().message));
    // Of the reasons why it fits nowhere only the named instance's is of interest.
    std::string arn = instanceArn(call, run->cluster, *node);
    out.failures.erase(std::remove_if(out.failures.begin() + static_cast<std::ptrdiff_t>(failuresBefore), out.failures.end(),
                                      [&](const ecs::Failure& one) { return one.arn != arn; }),
                       out.failures.end());
  }
  return answerOf(call, out);
}

}  // namespace taskpod::controller
