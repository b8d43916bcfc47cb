#include <algorithm>

#include "controller/ecs_api/handlers.h"
#include "controller/ecs_api/services.h"
#include "controller/service/plan.h"
#include "taskpod/k8s/names.h"
#include "taskpod/translate/task.h"

namespace taskpod::controller {
namespace {

struct Found {
  ClusterEntry cluster;
  std::shared_ptr<const ServiceEntry> service;
  k8s::ServiceStatus status;
  std::string id;
};

// What the ARN of a deployment or revision of a service refers to; nullopt if there is no such service.
std::optional<Found> find(Call& call, const std::string& arn, std::string_view kind) {
  auto reference = call.refer(arn, kind);
  if (!reference || reference->service.empty()) return std::nullopt;
  auto cluster = call.view.cluster(reference->cluster);
  if (!cluster) return std::nullopt;
  auto service = findService(call, *cluster, reference->service);
  if (!service) return std::nullopt;
  auto status = currentStatus(call, *service);
  return Found{std::move(*cluster), std::move(service), std::move(status), reference->name};
}

std::string revisionArn(const Call& call, const Found& found, const std::string& id) {
  return ecs::arnOfService(call.place, "service-revision", found.cluster.name, found.service->name, id);
}

std::string deploymentArn(const Call& call, const Found& found, const std::string& id) {
  return ecs::arnOfService(call.place, "service-deployment", found.cluster.name, found.service->name, id);
}

std::string stageOf(const k8s::ServiceDeploymentRecord& record, const k8s::ServiceDeployment* deployment) {
  if (record.status != "IN_PROGRESS" && record.status != "ROLLBACK_IN_PROGRESS") return {};
  if (!deployment || deployment->runningCount < deployment->desiredCount) return "SCALE_UP";
  return "CLEAN_UP";
}

ecs::ServiceRevisionSummary summaryOf(const Call& call, const Found& found, const std::string& revision,
                                      const k8s::ServiceDeployment* deployment) {
  ecs::ServiceRevisionSummary out;
  out.arn = revisionArn(call, found, revision);
  out.requestedTaskCount = deployment ? deployment->desiredCount : 0;
  out.runningTaskCount = deployment ? deployment->runningCount : 0;
  out.pendingTaskCount = deployment ? deployment->pendingCount : 0;
  return out;
}

const k8s::ServiceDeployment* deploymentOfRevision(const Found& found, const std::string& revision) {
  for (const auto& record : found.status.serviceDeployments)
    if (record.revision == revision)
      for (const auto& deployment : found.status.deployments)
        if (deployment.id == record.deployment) return &deployment;
  return nullptr;
}

ecs::ServiceDeployment shown(Call& call, const Found& found, const k8s::ServiceDeploymentRecord& record) {
  ecs::ServiceDeployment out;
  const auto* deployment = deploymentOfRevision(found, record.revision);
  out.serviceDeploymentArn = deploymentArn(call, found, record.id);
  out.serviceArn = ecs::arnInCluster(call.place, "service", found.cluster.name, found.service->name);
  out.clusterArn = ecs::clusterArn(call.place, found.cluster.name);
  out.createdAt = out.startedAt = translate::secondsOf(record.createdAt);
  out.finishedAt = translate::secondsOf(record.finishedAt);
  if (record.status == "STOPPED") out.stoppedAt = out.finishedAt;
  out.updatedAt = translate::secondsOf(record.updatedAt);
  if (!record.sourceRevision.empty())
    out.sourceServiceRevisions.push_back(summaryOf(call, found, record.sourceRevision, deploymentOfRevision(found, record.sourceRevision)));
  out.targetServiceRevision = summaryOf(call, found, record.revision, deployment);
  out.status = record.status;
  out.statusReason = record.statusReason;
  out.lifecycleStage = stageOf(record, deployment);
  out.deploymentConfiguration = configurationWithDefaults(found.service->spec);
  if (!record.rollbackStartedAt.empty()) {
    auto& rollback = out.rollback.emplace();
    rollback.reason = record.rollbackReason;
    rollback.startedAt = translate::secondsOf(record.rollbackStartedAt);
    if (!record.rollbackRevision.empty()) rollback.serviceRevisionArn = revisionArn(call, found, record.rollbackRevision);
  }
  auto& breaker = out.deploymentCircuitBreaker.emplace();
  breaker.failureCount = record.failureCount;
  breaker.threshold = record.threshold;
  bool over = record.status != "IN_PROGRESS";
  breaker.status = record.threshold == 0                     ? "DISABLED"
                   : record.failureCount >= record.threshold ? "TRIGGERED"
                   : over                                    ? "MONITORING_COMPLETE"
                                                             : "MONITORING";
  return out;
}

// The spec of a service with what a revision was made of in the place of what it has.
Result<std::string> withRevision(const std::string& text, const k8s::ServiceRevisionRecord& revision) {
  json::Document document;
  auto body = document.add(text);
  if (!body) return body.error();
  auto configuration = document.add(revision.configuration.text);
  if (!configuration) return configuration.error();
  json::ObjectBuilder spec(document, *body);
  for (const json::Member& member : configuration->members()) spec.set(member.name, member.value);
  spec.set("taskDefinition", revision.taskDefinition);
  return json::write(spec.value());
}

}  // namespace

Answer listServiceDeployments(Call& call) {
  auto cluster = call.cluster();
  if (!cluster) return cluster.error();
  auto service = findService(call, *cluster, call.text("service"));
  if (!service) return fault("ServiceNotFoundException", "Service not found.");
  if (auto done = call.may("get", "ecs.taskpod.io", "services", cluster->namespace_); !done) return done.error();
  auto wanted = call.texts("status");
  const json::Value* created = call.input.find("createdAt");
  auto bound = [&](const char* name) -> std::optional<double> {
    const json::Value* value = created ? created->find(name) : nullptr;
    return value ? std::optional(std::strtod(std::string(value->text()).c_str(), nullptr)) : std::nullopt;
  };
  auto after = bound("after"), before = bound("before");
  Found found{*cluster, service, currentStatus(call, *service), {}};
  std::map<std::string, ecs::ServiceDeploymentBrief> briefs;  // keys sort newest first
  for (std::size_t i = 0; i < found.status.serviceDeployments.size(); ++i) {
    const auto& record = found.status.serviceDeployments[i];
    auto at = translate::secondsOf(record.createdAt);
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), record.status) == wanted.end()) continue;
    if ((after && at && *at < *after) || (before && at && *at > *before)) continue;
    ecs::ServiceDeploymentBrief brief;
    brief.serviceDeploymentArn = deploymentArn(call, found, record.id);
    brief.serviceArn = ecs::arnInCluster(call.place, "service", cluster->name, service->name);
    brief.clusterArn = ecs::clusterArn(call.place, cluster->name);
    brief.createdAt = brief.startedAt = at;
    brief.finishedAt = translate::secondsOf(record.finishedAt);
    brief.targetServiceRevisionArn = revisionArn(call, found, record.revision);
    brief.status = record.status;
    brief.statusReason = record.statusReason;
    briefs.emplace(std::to_string(100 + i), std::move(brief));
  }
  std::vector<std::string> keys;
  for (const auto& [key, brief] : briefs) keys.push_back(key);
  auto page = pageOf(call, 20, 100, keysOf(std::move(keys)));
  if (!page) return page.error();
  std::vector<ecs::ServiceDeploymentBrief> list;
  for (const std::string& key : page->keys) list.push_back(briefs.at(key));
  auto body = call.object().set("serviceDeployments", list);
  if (!page->next.empty()) body.set("nextToken", page->next);
  return textOf(body);
}

Answer describeServiceDeployments(Call& call) {
  auto wanted = call.texts("serviceDeploymentArns");
  if (wanted.empty() || wanted.size() > 20) return invalidParameter("serviceDeploymentArns must have between 1 and 20 items.");
  std::vector<ecs::ServiceDeployment> list;
  std::vector<ecs::Failure> failures;
  for (const std::string& arn : wanted) {
    auto found = find(call, arn, "service-deployment");
    const k8s::ServiceDeploymentRecord* record = nullptr;
    if (found)
      for (const auto& one : found->status.serviceDeployments)
        if (one.id == found->id) record = &one;
    if (!record) {
      failures.push_back(failure(arn, "MISSING"));
      continue;
    }
    if (auto done = call.may("get", "ecs.taskpod.io", "services", found->cluster.namespace_); !done) return done.error();
    list.push_back(shown(call, *found, *record));
  }
  return textOf(call.object().set("serviceDeployments", list).set("failures", failures));
}

Answer describeServiceRevisions(Call& call) {
  auto wanted = call.texts("serviceRevisionArns");
  if (wanted.empty() || wanted.size() > 20) return invalidParameter("serviceRevisionArns must have between 1 and 20 items.");
  std::vector<ecs::ServiceRevision> list;
  std::vector<ecs::Failure> failures;
  for (const std::string& arn : wanted) {
    auto found = find(call, arn, "service-revision");
    const k8s::ServiceRevisionRecord* record = nullptr;
    if (found)
      for (const auto& one : found->status.serviceRevisions)
        if (one.id == found->id) record = &one;
    if (!record) {
      failures.push_back(failure(arn, "MISSING"));
      continue;
    }
    if (auto done = call.may("get", "ecs.taskpod.io", "services", found->cluster.namespace_); !done) return done.error();
    ecs::ServiceRevision out;
    out.serviceRevisionArn = revisionArn(call, *found, record->id);
    out.serviceArn = ecs::arnInCluster(call.place, "service", found->cluster.name, found->service->name);
    out.clusterArn = ecs::clusterArn(call.place, found->cluster.name);
    out.createdAt = translate::secondsOf(record->createdAt);
    out.taskDefinition = definitionArn(call, record->taskDefinition);
    if (auto configuration = json::Document::parse(record->configuration.text)) {
      const json::Value& root = configuration->root();
      out.launchType = root.stringAt("launchType");
      readMember(root, "capacityProviderStrategy", out.capacityProviderStrategy);
      readMember(root, "loadBalancers", out.loadBalancers);
      readMember(root, "serviceRegistries", out.serviceRegistries);
      if (const json::Value* network = root.find("networkConfiguration"))
        if (auto read = json::read<ecs::NetworkConfiguration>(*network)) out.networkConfiguration = std::move(*read);
    }
    if (auto definition = call.view.definition(record->taskDefinition))
      for (const auto& container : definition->definition.containerDefinitions) {
        ecs::ContainerImage image;
        image.containerName = container.name;
        image.image = container.image;
        if (auto at = container.image.find("@sha256:"); at != std::string::npos) image.imageDigest = container.image.substr(at + 1);
        out.containerImages.push_back(std::move(image));
      }
    list.push_back(std::move(out));
  }
  return textOf(call.object().set("serviceRevisions", list).set("failures", failures));
}

Answer stopServiceDeployment(Call& call) {
  std::string arn = call.text("serviceDeploymentArn");
  auto found = find(call, arn, "service-deployment");
  const k8s::ServiceDeploymentRecord* record = nullptr;
  if (found)
    for (const auto& one : found->status.serviceDeployments)
      if (one.id == found->id) record = &one;
  if (!record) return fault("ServiceDeploymentNotFoundException", "Service deployment not found.");
  if (auto done = call.may("update", "ecs.taskpod.io", "services", found->cluster.namespace_); !done) return done.error();
  if (record->status != "IN_PROGRESS")
    return fault("ConflictException", "The service deployment is " + record->status + "; only one that is IN_PROGRESS can be stopped.");
  // Back to what was: the spec of the revision that the deployment replaced.
  const k8s::ServiceRevisionRecord* source = nullptr;
  for (const auto& one : found->status.serviceRevisions)
    if (one.id == record->sourceRevision) source = &one;
  if (call.text("stopType") == "ABORT" || !source)
    return fault("UnsupportedFeatureException", source ? "A deployment can be rolled back (stopType ROLLBACK), not left half done."
                                                       : "There is no earlier revision to roll back to.");
  for (int attempt = 0; attempt < 10; ++attempt) {
    auto live = call.own.get<k8s::EcsService>(found->cluster.namespace_, found->service->object->metadata.name);
    if (!live) return faultOf(live.error());
    auto text = withRevision(live->spec.text, *source);
    if (!text) return fault("ServerException", text.error().message);
    live->spec.text = std::move(*text);
    auto written = call.client.update<k8s::EcsService>(*live);
    if (!written && written.error().reason == Reason::Conflict) continue;  // the leader writes its status all the while
    if (!written) return faultOf(written.error());
    call.view.onService(nullptr, std::make_shared<const k8s::EcsService>(std::move(*written)));
    return textOf(call.object().set("serviceDeploymentArn", arn));
  }
  return fault("ServerException", "The service is being changed by others. Try again.");
}

}  // namespace taskpod::controller
