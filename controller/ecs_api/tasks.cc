#include "controller/ecs_api/tasks.h"

#include <algorithm>

#include "controller/ecs_api/handlers.h"
#include "taskpod/ecs/service_state.h"
#include "taskpod/k8s/names.h"
#include "taskpod/kube/informer.h"

namespace taskpod::controller {
namespace {

constexpr std::int64_t kDefaultProtectionMinutes = 120, kMostProtectionMinutes = 2880;

bool isId(std::string_view id) {
  return id.size() == 32 && std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isxdigit(c); });
}

bool isForgotten(const TaskEntry& entry, WallTime now) { return entry.stoppedAt && now - *entry.stoppedAt > kRemembered; }

struct TaskFilter {
  std::string family, startedBy, service, launchType, node, desiredStatus;
  bool takes(const TaskEntry& entry) const {
    return entry.desiredStatus == desiredStatus && (family.empty() || entry.family == family) &&
           (startedBy.empty() || entry.startedBy == startedBy) && (service.empty() || entry.service == service) &&
           (launchType.empty() || entry.launchType == launchType) && (node.empty() || entry.pod->spec.nodeName == node);
  }
};

Result<TaskFilter, Fault> filterOf(Call& call, const ClusterEntry& cluster) {
  TaskFilter filter;
  filter.family = call.text("family");
  filter.startedBy = call.text("startedBy");
  filter.launchType = call.text("launchType");
  filter.desiredStatus = call.text("desiredStatus");
  if (filter.desiredStatus.empty()) filter.desiredStatus = "RUNNING";
  if (!filter.startedBy.empty() && (!filter.family.empty() || !call.text("serviceName").empty()))
    return invalidParameter("startedBy cannot be combined with other filters.");
  if (std::string given = call.text("serviceName"); !given.empty()) {
    auto reference = call.refer(given, "service");
    bool here = reference && (reference->cluster.empty() || reference->cluster == cluster.name);
    if (!here || !call.view.service(cluster.namespace_, reference->name)) return fault("ServiceNotFoundException", "Service not found.");
    filter.service = reference->name;
  }
  if (std::string given = call.text("containerInstance"); !given.empty()) {
    auto node = findInstance(call, cluster, given);
    if (!node) return invalidParameter("The specified container instance was not found: " + given);
    filter.node = node->metadata.name;
  }
  return filter;
}

ecs::ProtectedTask protectionOf(Call& call, const ClusterEntry& cluster, const k8s::Pod& pod) {
  ecs::ProtectedTask out;
  out.taskArn = taskArn(call, cluster, translate::idOf(pod.metadata.uid));
  auto until = pod.metadata.annotations.find(std::string(k8s::kProtectedUntil));
  auto time = until == pod.metadata.annotations.end() ? std::nullopt : parseTime(until->second);
  out.protectionEnabled = time && *time > wallNow();
  if (*out.protectionEnabled) out.expirationDate = translate::secondsOf(time);
  return out;
}

// The tasks of the request that are a service's; the others fail with TASK_NOT_VALID or MISSING.
std::vector<View::TaskPointer> serviceTasks(Call& call, const ClusterEntry& cluster, std::vector<ecs::Failure>& failures) {
  std::vector<View::TaskPointer> out;
  for (const std::string& given : call.texts("tasks")) {
    auto entry = findTask(call, cluster, given);
    if (!entry || entry->lastStatus == "STOPPED")
      failures.push_back(failure(taskArn(call, cluster, given), "MISSING"));
    else if (entry->service.empty())
      failures.push_back(failure(taskArn(call, cluster, given), "TASK_NOT_VALID", "Task protection is for tasks of a service."));
    else
      out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace

std::string taskArn(const Call& call, const ClusterEntry& cluster, const std::string& given) {
  auto reference = call.refer(given, "task");
  return ecs::arnInCluster(call.place, "task", cluster.name, reference ? reference->name : given);
}

View::TaskPointer findTask(Call& call, const ClusterEntry& cluster, const std::string& given) {
  auto reference = call.refer(given, "task");
  if (!reference || !isId(reference->name)) return nullptr;
  if (!reference->cluster.empty() && reference->cluster != cluster.name) return nullptr;
  auto entry = call.view.task(reference->name);
  if (!entry && !call.hasReadLive) {
    call.hasReadLive = true;                                      // once a call, however many it asks for
    (void)readPods(call.own, call.view, cluster.namespace_, "");  // if it fails the task is as missing as before
    entry = call.view.task(reference->name);
  }
  if (!entry || entry->cluster != cluster.namespace_ || isForgotten(*entry, wallNow())) return nullptr;
  return entry;
}

ecs::Task shownTask(Call& call, const ClusterEntry& cluster, const TaskEntry& entry, bool withTags) {
  auto node = entry.pod->spec.nodeName.empty() ? nullptr : call.view.node(entry.pod->spec.nodeName);
  auto definition = call.view.definition(std::string(translate::definitionOf(*entry.pod)));
  return translate::taskOf(*entry.pod, {.place = call.place,
                                        .cluster = cluster.name,
                                        .node = node.get(),
                                        .definition = definition ? &definition->definition : nullptr,
                                        .withTags = withTags,
                                        .gone = !entry.goneAt.empty(),
                                        .goneAt = entry.goneAt});
}

Result<void> readPods(kube::Client& client, View& view, const std::string& cluster, const std::string& query) {
  auto body = client.call("GET", kube::pathOf(kube::kPathOf<k8s::Pod>, cluster, "") + (query.empty() ? "" : "?" + query));
  if (!body) return body.error();
  auto page = kube::parseListPage(*body);
  if (!page) return page.error();
  for (const std::string& text : page->items)
    if (auto pod = json::read<k8s::Pod>(text)) view.onPod(nullptr, std::make_shared<const k8s::Pod>(std::move(*pod)));
  return {};
}

std::string stopPatch(std::string_view code, std::string_view reason, WallTime now) {
  json::Document d;
  json::ObjectBuilder annotations(d), metadata(d), spec(d), patch(d);
  annotations.set(k8s::kStop, code).set(k8s::kStopReason, reason).set(k8s::kStoppingAt, formatTime(now));
  metadata.set("annotations", annotations.value());
  spec.set("activeDeadlineSeconds", d.integer(1));
  patch.set("metadata", metadata.value()).set("spec", spec.value());
  return json::write(patch.value());
}

Answer describeTasks(Call& call) {
  auto cluster = call.cluster();
  if (!cluster) return cluster.error();
  auto wanted = call.texts("tasks");
  if (wanted.empty()) return invalidParameter("Tasks cannot be empty.");
  if (wanted.size() > 100) return invalidParameter("Tasks can have at most 100 items.");
  if (auto done = call.may("get", "", "pods", cluster->namespace_); !done) return done.error();
  bool withTags = call.includes("TAGS");
  std::vector<ecs::Task> tasks;
  std::vector<ecs::Failure> failures;
  for (const std::string& given : wanted) {
    if (auto entry = findTask(call, *cluster, given))
      tasks.push_back(shownTask(call, *cluster, *entry, withTags));
    else
      failures.push_back(failure(taskArn(call, *cluster, given), "MISSING"));
  }
  return textOf(call.object().set("tasks", tasks).set("failures", failures));
}

Answer listTasks(Call& call) {
  auto cluster = call.cluster();
  if (!cluster) return cluster.error();
  if (auto done = call.may("list", "", "pods", cluster->namespace_); !done) return done.error();
  auto filter = filterOf(call, *cluster);
  if (!filter) return filter.error();
  WallTime now = wallNow();
  auto page = pageOf(call, 100, 100, [&](const std::string& after, const std::function<bool(const std::string&)>& take) {
    call.view.tasks(cluster->namespace_, after,
                    [&](const View::TaskPointer& entry) { return !filter->takes(*entry) || isForgotten(*entry, now) || take(entry->id); });
  });
  if (!page) return page.error();
  for (std::string& id : page->keys) id = ecs::arnInCluster(call.place, "task", cluster->name, id);
  auto body = call.object().set("taskArns", page->keys);
  if (!page->next.empty()) body.set("nextToken", page->next);
  return textOf(body);
}

Answer stopTask(Call& call) {
  auto cluster = call.cluster();
  if (!cluster) return cluster.error();
  if (auto done = call.may("patch", "", "pods", cluster->namespace_); !done) return done.error();
  auto entry = findTask(call, *cluster, call.text("task"));
  if (!entry) return invalidParameter("The referenced task was not found.");
  if (call.text("reason").size() > 255) return invalidParameter("Reason must be at most 255 characters.");
  if (entry->desiredStatus != "STOPPED") {
    std::string reason = call.text("reason");
    if (reason.empty()) reason = "Task stopped by user";
    auto stopped = call.client.patch<k8s::Pod>(entry->cluster, entry->pod->metadata.name, "", kube::PatchKind::Merge,
                                               stopPatch("UserInitiated", reason, wallNow()));
    if (!stopped && stopped.error().reason != Reason::NotFound) return faultOf(stopped.error());
    if (stopped) call.view.onPod(entry->pod, std::make_shared<const k8s::Pod>(std::move(*stopped)));
    if (auto now = call.view.task(entry->id)) entry = now;
  }
  return textOf(call.object().set("task", shownTask(call, *cluster, *entry, true)));
}

Answer getTaskProtection(Call& call) {
  auto cluster = call.cluster();
  if (!cluster) return cluster.error();
  if (call.texts("tasks").size() > 100) return invalidParameter("Tasks can have at most 100 items.");
  if (auto done = call.may("get", "", "pods", cluster->namespace_); !done) return done.error();
  std::vector<ecs::ProtectedTask> shown;
  std::vector<ecs::Failure> failures;
  auto entries = serviceTasks(call, *cluster, failures);
  if (call.texts("tasks").empty())
    call.view.tasks(cluster->namespace_, "", [&](const View::TaskPointer& entry) {
      if (!entry->service.empty() && entry->lastStatus != "STOPPED") entries.push_back(entry);
      return true;
    });
  for (const auto& entry : entries) shown.push_back(protectionOf(call, *cluster, *entry->pod));
  return textOf(call.object().set("protectedTasks", shown).set("failures", failures));
}

Answer updateTaskProtection(Call& call) {
  auto cluster = call.cluster();
  if (!cluster) return cluster.error();
  auto wanted = call.texts("tasks");
  if (wanted.empty()) return invalidParameter("Tasks cannot be empty.");
  if (wanted.size() > 10) return invalidParameter("Tasks can have at most 10 items.");
  if (auto done = call.may("patch", "", "pods", cluster->namespace_); !done) return done.error();
  std::int64_t minutes = call.number("expiresInMinutes", kDefaultProtectionMinutes);
  if (minutes < 1 || minutes > kMostProtectionMinutes)
    return invalidParameter("expiresInMinutes must be between 1 and " + std::to_string(kMostProtectionMinutes) + ".");
  std::vector<ecs::ProtectedTask> shown;
  std::vector<ecs::Failure> failures;
  for (const auto& entry : serviceTasks(call, *cluster, failures)) {
    json::ObjectBuilder annotations(call.document), metadata(call.document), patch(call.document);
    bool enable = call.flag("protectionEnabled");
    annotations.set(k8s::kProtectedUntil,
                    enable ? call.document.string(formatTime(wallNow() + std::chrono::minutes(minutes))) : json::Value());
    metadata.set("annotations", annotations.value());
    patch.set("metadata", metadata.value());
    auto written =
        call.client.patch<k8s::Pod>(entry->cluster, entry->pod->metadata.name, "", kube::PatchKind::Merge, json::write(patch.value()));
    if (!written) return faultOf(written.error());
    auto pod = std::make_shared<const k8s::Pod>(std::move(*written));
    call.view.onPod(entry->pod, pod);
    shown.push_back(protectionOf(call, *cluster, *pod));
  }
  return textOf(call.object().set("protectedTasks", shown).set("failures", failures));
}

}  // namespace taskpod::controller
