#include "taskpod/translate/meaning.h"

#include <algorithm>

#include "taskpod/k8s/names.h"
#include "taskpod/translate/convert.h"
#include "taskpod/translate/units.h"
#include "translate/paths.h"
#include "translate/rules.h"

namespace taskpod::translate {
namespace {

template <class T, class D>
void fill(std::optional<T>& member, D fallback) {
  if (!member) member = fallback;
}
void fill(std::string& member, const char* fallback) {
  if (member.empty()) member = fallback;
}

// Defaults: Amazon ECS API reference, ContainerDefinition and below.
void fillPort(ecs::PortMapping& mapping, const std::string& networkMode) {
  fill(mapping.protocol, "tcp");
  bool own = networkMode == "awsvpc" || networkMode == "host";
  if (own && mapping.containerPort) fill(mapping.hostPort, *mapping.containerPort);
  if (!own) fill(mapping.hostPort, 0);
}

void fillHealthCheck(ecs::HealthCheck& check) {
  fill(check.interval, 30);
  fill(check.timeout, 5);
  fill(check.retries, 3);
  fill(check.startPeriod, 0);
}

void fillContainer(ecs::ContainerDefinition& container, const std::string& networkMode) {
  fill(container.essential, true);
  fill(container.cpu, 0);
  fill(container.privileged, false);
  fill(container.readonlyRootFilesystem, false);
  fill(container.interactive, false);
  fill(container.pseudoTerminal, false);
  fill(container.disableNetworking, false);
  for (auto& mapping : container.portMappings) fillPort(mapping, networkMode);
  for (auto& mount : container.mountPoints) fill(mount.readOnly, false);
  for (auto& from : container.volumesFrom) fill(from.readOnly, false);
  if (container.healthCheck) fillHealthCheck(*container.healthCheck);
  if (container.linuxParameters) fill(container.linuxParameters->initProcessEnabled, false);
  container.dockerLabels.erase(std::string(k8s::kResidual));
  container.dockerLabels.erase(std::string(k8s::kWorkload));
  container.extra = {};
}

void fillTask(ecs::TaskDefinition& task) {
  fill(task.networkMode, "bridge");
  if (auto units = parseTaskCpu(task.cpu)) task.cpu = std::to_string(*units);
  if (auto mebibytes = parseTaskMemory(task.memory)) task.memory = std::to_string(*mebibytes);
  for (auto& container : task.containerDefinitions) fillContainer(container, task.networkMode);
  for (auto& volume : task.volumes)
    if (volume.host && volume.host->sourcePath.empty()) volume.host.reset();
  auto byKey = [](const auto& a, const auto& b) { return a.key < b.key; };
  std::sort(task.tags.begin(), task.tags.end(), byKey);
  task.extra = {};
}

}  // namespace

Result<json::Document> meaningOf(const json::Value& source) {
  json::Document out;
  auto direction = directionFor(source);
  if (!direction) return Error{Reason::BadRequest, "neither a task definition (containerDefinitions) nor a pod (kind: Pod)"};
  json::Value definition = unwrapped(out, source);
  Conversion conversion;
  if (*direction == Direction::ToTaskDefinition) {
    auto made = toTaskDefinition(source);
    if (!made) return made.error();
    conversion = std::move(*made);
    definition = conversion.document.root();
  }
  auto task = json::read<ecs::TaskDefinition>(definition, {.scalarsFromStrings = true});
  if (!task) return task.error();
  fillTask(*task);
  out.setRoot(json::tree(out, *task));
  return out;
}

}  // namespace taskpod::translate
