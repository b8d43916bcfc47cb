#include "taskpod/translate/task.h"

#include <algorithm>

#include "taskpod/k8s/agent.h"
#include "taskpod/k8s/annotations.h"
#include "taskpod/k8s/names.h"
#include "taskpod/translate/placement.h"
#include "taskpod/translate/units.h"

namespace taskpod::translate {
namespace {

std::string_view annotation(const k8s::Pod& pod, std::string_view key) { return k8s::annotation(pod.metadata, key); }

bool isFinished(const k8s::Pod& pod) { return pod.status.phase == "Succeeded" || pod.status.phase == "Failed"; }

const k8s::ContainerStatus* statusOf(const std::vector<k8s::ContainerStatus>& statuses, std::string_view name) {
  auto found = std::find_if(statuses.begin(), statuses.end(), [&](const auto& one) { return one.name == name; });
  return found == statuses.end() ? nullptr : &*found;
}

const k8s::PodCondition* conditionOf(const k8s::Pod& pod, std::string_view type) {
  for (const auto& condition : pod.status.conditions)
    if (condition.type == type) return &condition;
  return nullptr;
}

k8s::AgentTask agentOf(const k8s::Pod& pod) {
  std::string_view text = annotation(pod, k8s::kAgent);
  if (text.empty()) return {};
  auto agent = json::read<k8s::AgentTask>(text);
  return agent ? std::move(*agent) : k8s::AgentTask();
}

const k8s::AgentContainer* agentOf(const k8s::AgentTask& agent, const std::string& name) {
  auto found = agent.containers.find(name);
  return found == agent.containers.end() ? nullptr : &found->second;
}

bool isEssential(const k8s::AgentTask& agent, const std::string& name) {
  const auto* container = agentOf(agent, name);
  return !container || container->essential.value_or(true);
}

// What the reasons of a kubelet are called in ECS (names from the ECS agent: agent/engine/errors.go,
// agent/dockerclient/dockerapi/errors.go).
std::string errorName(std::string_view waiting) {
  if (waiting == "ErrImagePull" || waiting == "ImagePullBackOff" || waiting == "InvalidImageName" || waiting == "ErrImageNeverPull" ||
      waiting == "RegistryUnavailable" || waiting == "ImageInspectError")
    return "CannotPullContainerError";
  if (waiting == "CreateContainerConfigError" || waiting == "CreateContainerError") return "CannotCreateContainerError";
  if (waiting == "RunContainerError" || waiting == "StartError" || waiting == "ContainerCannotRun") return "CannotStartContainerError";
  return {};
}

// What ended without having run (its command does not exist) has not started.
bool hasStarted(const k8s::ContainerStatus& status) {
  auto ran = [](const auto& terminated) { return terminated && errorName(terminated->reason).empty(); };
  return status.state.running || ran(status.state.terminated) || ran(status.lastState.terminated);
}

std::string containerReason(const k8s::ContainerStatus& status) {
  if (const auto& ended = status.state.terminated) {
    if (ended->reason == "OOMKilled") return "OutOfMemoryError: Container killed due to memory usage";
    if (std::string name = errorName(ended->reason); !name.empty()) return name + ": " + ended->message;
    return {};
  }
  if (const auto& waiting = status.state.waiting)
    if (std::string name = errorName(waiting->reason); !name.empty())
      return name + ": " + (waiting->message.empty() ? waiting->reason : waiting->message);
  return {};
}

// A name-based id in the form of a UUID: the same container of the same task always has the same one.
std::string uuidOf(std::string_view task, std::string_view container) {
  std::uint64_t a = 14695981039346656037ull, b = 1099511628211ull;
  for (std::string_view part : {task, container})
    for (unsigned char c : part) {
      a = (a ^ c) * 1099511628211ull;
      b = (b + c) * 6364136223846793005ull + a;
    }
  char out[40];
  std::snprintf(out, sizeof out, "%08x-%04x-%04x-%04x-%012llx", static_cast<unsigned>(a >> 32), static_cast<unsigned>(a >> 16 & 0xffff),
                static_cast<unsigned>(a & 0xffff), static_cast<unsigned>(b >> 48), static_cast<unsigned long long>(b & 0xffffffffffffull));
  return out;
}

std::string_view healthOf(const k8s::Container& container, const k8s::ContainerStatus* status) {
  if (!container.readinessProbe && !container.startupProbe && !container.livenessProbe) return "UNKNOWN";
  if (!status || !status->state.running) return "UNKNOWN";
  if (status->ready) return "HEALTHY";
  return status->started == true ? "UNHEALTHY" : "UNKNOWN";
}

class TaskWriter {
 public:
  TaskWriter(const k8s::Pod& pod, const Surroundings& around)
      : pod_(pod),
        around_(around),
        agent_(agentOf(pod)),
        id_(idOf(pod.metadata.uid)) {}

  ecs::Task write() {
    ecs::Task task;
    task.taskArn = ecs::arnInCluster(around_.place, "task", around_.cluster, id_);
    task.clusterArn = ecs::clusterArn(around_.place, around_.cluster);
    identity(task);
    resources(task);
    network(task);
    std::string last(around_.gone ? "STOPPED" : lastStatusOf(pod_));
    task.lastStatus = last;
    task.desiredStatus = around_.gone ? "STOPPED" : std::string(desiredStatusOf(pod_));
    task.healthStatus = std::string(healthStatusOf(pod_));
    for (const auto& container : pod_.spec.initContainers)
      task.containers.push_back(containerOf(container, statusOf(pod_.status.initContainerStatuses, container.name), last));
    for (const auto& container : pod_.spec.containers)
      task.containers.push_back(containerOf(container, statusOf(pod_.status.containerStatuses, container.name), last));
    times(task);
    if (task.desiredStatus == "STOPPED") stop(task);
    overrides(task);
    task.version = versionOf(task);
    if (around_.withTags) task.tags = tagsOf(pod_.metadata);
    return task;
  }

 private:
  void identity(ecs::Task& task) const {
    auto definition = definitionOf(pod_);
    if (auto colon = definition.rfind(':'); colon != std::string_view::npos)
      task.taskDefinitionArn =
          ecs::taskDefinitionArn(around_.place, definition.substr(0, colon), std::atoll(std::string(definition.substr(colon + 1)).c_str()));
    task.group = groupOf(pod_);
    task.startedBy = startedByOf(pod_);
    task.launchType = launchTypeOf(pod_);
    task.capacityProviderName = annotation(pod_, k8s::kCapacityProvider);
    task.enableExecuteCommand = annotation(pod_, k8s::kExecuteCommand) == "true";
    bool fargate = task.launchType == "FARGATE";
    if (fargate) {
      auto version = annotation(pod_, k8s::kPlatformVersion);
      task.platformVersion = version.empty() || version == "LATEST" ? "1.4.0" : std::string(version);
      task.platformFamily = "Linux";
    }
    if (!around_.node) return;
    if (!fargate)
      task.containerInstanceArn = ecs::arnInCluster(around_.place, "container-instance", around_.cluster, idOf(around_.node->metadata.uid));
    const auto& labels = around_.node->metadata.labels;
    if (auto zone = labels.find("topology.kubernetes.io/zone"); zone != labels.end()) task.availabilityZone = zone->second;
    if (auto arch = labels.find("kubernetes.io/arch"); arch != labels.end()) {
      ecs::Attribute attribute;
      attribute.name = "ecs.cpu-architecture";
      attribute.value = arch->second == "amd64" ? "x86_64" : arch->second;
      task.attributes.push_back(std::move(attribute));
    }
  }

  void resources(ecs::Task& task) const {
    if (around_.definition) {
      task.cpu = around_.definition->cpu;
      task.memory = around_.definition->memory;
    }
    std::int64_t cpu = 0, memory = 0;
    for (const auto& container : pod_.spec.containers) {
      cpu += cpuUnitsOf(amount(container, "cpu").value_or(0));
      memory += mebibytesOf(amount(container, "memory").value_or(0));
    }
    if (auto units = parseTaskCpu(task.cpu)) task.cpu = std::to_string(*units);
    if (auto mebibytes = parseTaskMemory(task.memory)) task.memory = std::to_string(*mebibytes);
    if (task.cpu.empty()) task.cpu = std::to_string(cpu);
    if (task.memory.empty()) task.memory = std::to_string(memory);
    if (task.launchType == "FARGATE") {
      int size =
          around_.definition && around_.definition->ephemeralStorage ? around_.definition->ephemeralStorage->sizeInGiB.value_or(20) : 20;
      task.ephemeralStorage.emplace().sizeInGiB = size;
      task.fargateEphemeralStorage.emplace().sizeInGiB = size;
    }
  }

  // Millicores or bytes that a container asks for: its request, else its limit.
  static std::optional<std::int64_t> amount(const k8s::Container& container, const std::string& resource) {
    for (const auto* list : {&container.resources.requests, &container.resources.limits})
      if (auto found = list->find(resource); found != list->end())
        return resource == "cpu" ? found->second.millis() : found->second.value();
    return std::nullopt;
  }

  bool isAwsvpc() const { return around_.definition && around_.definition->networkMode == "awsvpc"; }
  std::string attachmentId() const { return uuidOf(id_, "eni"); }

  void network(ecs::Task& task) const {
    if (!isAwsvpc()) return;
    ecs::Attachment attachment;
    attachment.id = attachmentId();
    attachment.type = "ElasticNetworkInterface";
    attachment.status = isFinished(pod_) || around_.gone ? "DELETED" : pod_.status.podIP.empty() ? "PRECREATED" : "ATTACHED";
    auto add = [&](const char* name, std::string value) {
      ecs::KeyValuePair pair;
      pair.name = name;
      pair.value = std::move(value);
      attachment.details.push_back(std::move(pair));
    };
    auto configuration = json::Document::parse(annotation(pod_, k8s::kNetworkConfiguration));
    if (configuration)
      if (const auto* vpc = configuration->root().find("awsvpcConfiguration"))
        if (const auto* subnets = vpc->find("subnets"); subnets && !subnets->items().empty())
          add("subnetId", std::string(subnets->items().front().text()));
    if (!pod_.status.podIP.empty()) {
      add("networkInterfaceId", "eni-" + id_.substr(0, 17));
      add("privateIPv4Address", pod_.status.podIP);
    }
    task.attachments.push_back(std::move(attachment));
  }

  const ecs::ContainerDefinition* definitionOfContainer(std::string_view name) const {
    if (!around_.definition) return nullptr;
    for (const auto& container : around_.definition->containerDefinitions)
      if (container.name == name) return &container;
    return nullptr;
  }

  ecs::Container containerOf(const k8s::Container& from, const k8s::ContainerStatus* status, const std::string& taskStatus) const {
    ecs::Container out;
    const auto* agent = agentOf(agent_, from.name);
    out.name = agent && !agent->containerName.empty() ? agent->containerName : from.name;
    out.taskArn = ecs::arnInCluster(around_.place, "task", around_.cluster, id_);
    out.containerArn = ecs::arnInCluster(around_.place, "container", around_.cluster, id_) + "/" + uuidOf(id_, from.name);
    out.image = from.image;
    out.lastStatus = "PENDING";
    out.healthStatus = std::string(healthOf(from, status));
    if (status) {
      if (auto digest = status->imageID.find("sha256:"); digest != std::string::npos) out.imageDigest = status->imageID.substr(digest);
      if (auto scheme = status->containerID.find("://"); scheme != std::string::npos)
        out.runtimeId = status->containerID.substr(scheme + 3);
      if (status->state.running) out.lastStatus = "RUNNING";
      if (status->state.terminated) {
        out.lastStatus = "STOPPED";
        out.exitCode = status->state.terminated->exitCode;
      }
      out.reason = containerReason(*status);
    }
    if (taskStatus == "STOPPED") out.lastStatus = "STOPPED";
    amounts(out, from);
    ports(out, from);
    return out;
  }

  void amounts(ecs::Container& out, const k8s::Container& from) const {
    if (const auto* definition = definitionOfContainer(out.name)) {
      out.cpu = std::to_string(definition->cpu.value_or(0));
      if (definition->memory) out.memory = std::to_string(*definition->memory);
      if (definition->memoryReservation) out.memoryReservation = std::to_string(*definition->memoryReservation);
      return;
    }
    out.cpu = std::to_string(cpuUnitsOf(amount(from, "cpu").value_or(0)));
    // A limit is the hard one, a request the soft one.
    auto text = [&](const std::map<std::string, k8s::Quantity>& list) {
      auto found = list.find("memory");
      return found == list.end() ? std::string() : std::to_string(mebibytesOf(found->second.value().value_or(0)));
    };
    out.memory = text(from.resources.limits);
    if (std::string soft = text(from.resources.requests); soft != out.memory) out.memoryReservation = soft;
  }

  void ports(ecs::Container& out, const k8s::Container& from) const {
    if (isAwsvpc()) {
      if (pod_.status.podIP.empty()) return;
      ecs::NetworkInterface interface;
      interface.attachmentId = attachmentId();
      interface.privateIpv4Address = pod_.status.podIP;
      out.networkInterfaces.push_back(std::move(interface));
      return;
    }
    if (out.lastStatus == "PENDING") return;
    for (const auto& port : from.ports) {
      std::string protocol = port.protocol == "UDP" ? "udp" : "tcp";
      ecs::NetworkBinding binding;
      binding.bindIP = "0.0.0.0";
      binding.containerPort = port.containerPort;
      binding.protocol = protocol;
      if (port.hostPort > 0) binding.hostPort = port.hostPort;
      if (pod_.spec.hostNetwork) binding.hostPort = port.containerPort;
      if (binding.hostPort) out.networkBindings.push_back(std::move(binding));
    }
  }

  void times(ecs::Task& task) const {
    task.createdAt = secondsOf(pod_.metadata.creationTimestamp);
    task.pullStartedAt = secondsOf(pod_.status.startTime);
    std::optional<double> firstStart, lastStart, firstEnd;
    bool allStarted = !pod_.spec.containers.empty();
    for (const auto& container : pod_.spec.containers) {
      const auto* status = statusOf(pod_.status.containerStatuses, container.name);
      std::optional<double> start, end;
      if (status && status->state.running) start = secondsOf(status->state.running->startedAt);
      if (status && status->state.terminated && hasStarted(*status)) {
        start = secondsOf(status->state.terminated->startedAt);
        end = secondsOf(status->state.terminated->finishedAt);
      }
      if (!start) allStarted = false;
      if (start && (!firstStart || *start < *firstStart)) firstStart = start;
      if (start && (!lastStart || *start > *lastStart)) lastStart = start;
      if (end && isEssential(agent_, container.name) && (!firstEnd || *end < *firstEnd)) firstEnd = end;
    }
    task.pullStoppedAt = firstStart;
    if (allStarted) task.startedAt = lastStart;
    task.executionStoppedAt = firstEnd;
    if (const auto* scheduled = conditionOf(pod_, "PodScheduled"); scheduled && scheduled->status == "True") {
      task.connectivity = "CONNECTED";
      task.connectivityAt = secondsOf(scheduled->lastTransitionTime);
    }
    auto asked = annotation(pod_, k8s::kStoppingAt);
    task.stoppingAt = asked.empty() ? secondsOf(pod_.metadata.deletionTimestamp) : secondsOf(asked);
    if (task.lastStatus != "STOPPED") return;
    task.stoppedAt = secondsOf(stoppedAtOf(pod_));
    if (!task.stoppedAt) task.stoppedAt = secondsOf(around_.goneAt);
    if (!task.stoppingAt) task.stoppingAt = task.executionStoppedAt ? task.executionStoppedAt : task.stoppedAt;
    if (!task.executionStoppedAt && task.startedAt) task.executionStoppedAt = task.stoppedAt;
  }

  void stop(ecs::Task& task) const {
    auto code = annotation(pod_, k8s::kStop);
    if (!code.empty()) {
      // Anybody may write annotations: what is no code of ECS was a user's.
      static constexpr std::string_view kCodes[] = {"TaskFailedToStart",         "EssentialContainerExited", "UserInitiated",
                                                    "ServiceSchedulerInitiated", "SpotInterruption",         "TerminationNotice",
                                                    "InfrastructureHealth"};
      task.stopCode = std::find(std::begin(kCodes), std::end(kCodes), code) == std::end(kCodes) ? "UserInitiated" : code;
      task.stoppedReason = annotation(pod_, k8s::kStopReason);
      return;
    }
    if (!pod_.metadata.deletionTimestamp.empty() || (around_.gone && !isFinished(pod_))) {
      task.stopCode = "UserInitiated";
      task.stoppedReason = "Pod deleted";
      return;
    }
    if (pod_.status.reason == "Evicted" || pod_.status.reason == "NodeShutdown" || pod_.status.reason == "Terminated") {
      task.stopCode = "TerminationNotice";
      task.stoppedReason = pod_.status.message;
      return;
    }
    if (hasRun(pod_)) {
      task.stopCode = "EssentialContainerExited";
      task.stoppedReason = "Essential container in task exited";
    } else {
      task.stopCode = "TaskFailedToStart";
      task.stoppedReason = pod_.status.message.empty() ? "Task failed to start" : pod_.status.message;
      for (const auto& status : pod_.status.containerStatuses)
        if (std::string reason = containerReason(status); !reason.empty()) task.stoppedReason = reason;
    }
  }

  void overrides(ecs::Task& task) const {
    auto& out = task.overrides.emplace();
    if (auto text = annotation(pod_, k8s::kOverrides); !text.empty())
      if (auto read = json::read<ecs::TaskOverride>(text)) out = std::move(*read);
    for (const auto& container : task.containers) {
      bool listed = std::any_of(out.containerOverrides.begin(), out.containerOverrides.end(),
                                [&](const auto& one) { return one.name == container.name; });
      if (listed) continue;
      ecs::ContainerOverride one;
      one.name = container.name;
      out.containerOverrides.push_back(std::move(one));
    }
  }

  std::int64_t versionOf(const ecs::Task& task) const {
    std::int64_t version = 1;
    for (bool passed :
         {!pod_.spec.nodeName.empty(), task.startedAt.has_value(), task.desiredStatus == "STOPPED", task.lastStatus == "STOPPED"})
      version += passed;
    return version;
  }

  const k8s::Pod& pod_;
  const Surroundings& around_;
  const k8s::AgentTask agent_;
  const std::string id_;
};

}  // namespace

std::vector<ecs::Tag> tagsOf(const k8s::ObjectMeta& meta) {
  std::vector<ecs::Tag> out;
  auto document = json::Document::parse(k8s::annotation(meta, k8s::kTags));
  if (!document) return out;
  for (const auto& item : document->root().items())
    if (auto tag = json::read<ecs::Tag>(item)) out.push_back(std::move(*tag));
  return out;
}

std::string idOf(std::string_view uid) {
  std::string out(uid);
  std::erase(out, '-');
  return out;
}

std::optional<double> secondsOf(std::optional<WallTime> time) {
  if (!time) return std::nullopt;
  auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(time->time_since_epoch());
  return static_cast<double>(millis.count()) / 1000;
}

std::optional<double> secondsOf(std::string_view time) {
  if (time.empty()) return std::nullopt;
  return secondsOf(parseTime(time));
}

std::string_view lastStatusOf(const k8s::Pod& pod) {
  if (isFinished(pod)) return "STOPPED";
  bool wantedStopped = desiredStatusOf(pod) == "STOPPED";
  if (pod.spec.nodeName.empty()) {
    if (wantedStopped) return "STOPPING";
    return annotation(pod, k8s::kCapacityProvider).empty() ? "PENDING" : "PROVISIONING";
  }
  if (wantedStopped) return "STOPPING";
  if (pod.status.phase != "Running") return "PENDING";
  auto waits = [](const k8s::ContainerStatus& status) { return status.state.waiting && !hasStarted(status); };
  return std::any_of(pod.status.containerStatuses.begin(), pod.status.containerStatuses.end(), waits) ? "PENDING" : "RUNNING";
}

std::string_view desiredStatusOf(const k8s::Pod& pod) {
  bool stopped = isFinished(pod) || !annotation(pod, k8s::kStop).empty() || !pod.metadata.deletionTimestamp.empty();
  return stopped ? "STOPPED" : "RUNNING";
}

std::string_view healthStatusOf(const k8s::Pod& pod) {
  auto agent = agentOf(pod);
  bool anyUnknown = false, any = false;
  for (const auto& container : pod.spec.containers) {
    if (!isEssential(agent, container.name)) continue;
    if (!container.readinessProbe && !container.startupProbe && !container.livenessProbe) continue;
    any = true;
    auto health = healthOf(container, statusOf(pod.status.containerStatuses, container.name));
    if (health == "UNHEALTHY") return "UNHEALTHY";
    anyUnknown = anyUnknown || health == "UNKNOWN";
  }
  return any && !anyUnknown ? "HEALTHY" : "UNKNOWN";
}

std::string_view definitionOf(const k8s::Pod& pod) { return annotation(pod, k8s::kDefinition); }

std::string familyOf(const k8s::Pod& pod) {
  auto definition = definitionOf(pod);
  if (!definition.empty()) return std::string(definition.substr(0, definition.rfind(':')));
  std::string group = groupOf(pod);
  return group.starts_with("family:") ? group.substr(7) : std::string();
}

std::string startedByOf(const k8s::Pod& pod) { return std::string(annotation(pod, k8s::kStartedBy)); }

std::string launchTypeOf(const k8s::Pod& pod) {
  auto type = annotation(pod, k8s::kLaunchType);
  if (type == "EC2" || type == "FARGATE" || type == "EXTERNAL") return std::string(type);
  auto provider = annotation(pod, k8s::kCapacityProvider);
  if (provider == "FARGATE" || provider == "FARGATE_SPOT") return "FARGATE";
  return "EC2";
}

std::string serviceOf(const k8s::Pod& pod) {
  std::string group = groupOf(pod);
  return group.starts_with("service:") ? group.substr(8) : std::string();
}

ecs::Task taskOf(const k8s::Pod& pod, const Surroundings& around) { return TaskWriter(pod, around).write(); }

std::optional<WallTime> stoppedAtOf(const k8s::Pod& pod) {
  if (!isFinished(pod)) return std::nullopt;
  std::optional<WallTime> last;
  for (const auto* statuses : {&pod.status.initContainerStatuses, &pod.status.containerStatuses})
    for (const auto& status : *statuses)
      if (status.state.terminated)
        if (auto at = parseTime(status.state.terminated->finishedAt); at && (!last || *at > *last)) last = at;
  if (last) return last;
  if (auto asked = parseTime(annotation(pod, k8s::kStoppingAt))) return asked;
  for (const auto& condition : pod.status.conditions)
    if (auto at = parseTime(condition.lastTransitionTime); at && (!last || *at > *last)) last = at;
  return last ? last : parseTime(pod.metadata.creationTimestamp);
}

bool hasRun(const k8s::Pod& pod) {
  return std::any_of(pod.status.containerStatuses.begin(), pod.status.containerStatuses.end(), hasStarted);
}

std::optional<std::string> startFailureOf(const k8s::Pod& pod) {
  for (const auto* statuses : {&pod.status.initContainerStatuses, &pod.status.containerStatuses})
    for (const auto& status : *statuses) {
      if (!status.state.waiting || hasStarted(status)) continue;
      if (std::string reason = containerReason(status); !reason.empty()) return reason;
    }
  return std::nullopt;
}

}  // namespace taskpod::translate
