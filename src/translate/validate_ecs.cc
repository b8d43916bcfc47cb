#include <algorithm>
#include <utility>

#include "taskpod/ecs/query.h"
#include "taskpod/translate/units.h"
#include "translate/paths.h"
#include "translate/validate_rules.h"

namespace taskpod::translate {
namespace {

using json::Document;
using json::Member;
using json::Row;
using json::Value;

constexpr std::size_t kLargestBytes = 65536;
// Past this nothing but the size is told, so that no document costs more than it is worth.
constexpr std::size_t kLargestReadBytes = 2u << 20;

// Text that people's tools write as a number or a boolean, and whose meaning is plain all the same. Any other text is meant to be text.
constexpr std::string_view kLooseText[] = {
    "containerDefinitions[].environment[].value",
    "containerDefinitions[].dockerLabels",
    "containerDefinitions[].logConfiguration.options",
    "containerDefinitions[].systemControls[].value",
    "containerDefinitions[].resourceRequirements[].value",
    "containerDefinitions[].firelensConfiguration.options",
    "containerDefinitions[].user",
    "volumes[].dockerVolumeConfiguration.driverOpts",
    "volumes[].dockerVolumeConfiguration.labels",
    "cpu",
    "memory",
    "tags[].value",
    "proxyConfiguration.properties[].value",
};

struct NotWith {
  std::string_view networkMode;
  std::string_view pattern;
};

constexpr NotWith kNotWith[] = {
    {"awsvpc", "containerDefinitions[].links"},
    {"awsvpc", "containerDefinitions[].hostname"},
    {"awsvpc", "containerDefinitions[].extraHosts"},
    {"host", "containerDefinitions[].links"},
    {"host", "containerDefinitions[].portMappings[].containerPortRange"},
    {"none", "containerDefinitions[].links"},
    {"none", "containerDefinitions[].portMappings"},
};

struct TaskSize {
  std::string_view member;
  std::optional<std::int64_t> (*parse)(std::string_view);
  std::int64_t low, high;  // on EC2; Fargate has a table of its own
  std::string_view example;
};

constexpr TaskSize kTaskSizes[] = {
    {"cpu", parseTaskCpu, 128, 196608, "\"1024\" or \"1 vCPU\""},
    {"memory", parseTaskMemory, 4, 1 << 30, "\"2048\" or \"2 GB\""},
};

// ---- types

bool isLooseText(std::string_view path) {
  std::string pattern = patternOf(path);
  return std::any_of(std::begin(kLooseText), std::end(kLooseText), [&](std::string_view loose) {
    return pattern.starts_with(loose) && (pattern.size() == loose.size() || pattern[loose.size()] == '.');
  });
}

bool isScalar(const Value* value) { return value && (value->kind() == json::Kind::Number || value->kind() == json::Kind::Boolean); }

void checkTypes(const Value& definition, Findings& found) {
  ecs::TaskDefinition loose, strict;
  for (auto& problem : json::readAll(loose, definition, {.scalarsFromStrings = true}))
    found.refuse(parameterProblem(std::move(problem.path), std::move(problem.message)));
  for (auto& problem : json::readAll(strict, definition)) {
    if (isLooseText(problem.path) || !isScalar(valueAtPath(definition, problem.path))) continue;
    found.refuse(parameterProblem(std::move(problem.path), std::move(problem.message), "Put it in quotes."));
  }
}

// ---- the task as a whole

// Without what DescribeTaskDefinition adds: only what is registered counts.
std::size_t sizeOf(const Value& definition) {
  std::size_t size = 2;
  std::span<const Row> rows = ecs::TaskDefinition::rows();
  for (const Member& member : definition.members()) {
    bool known = std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return row.name == member.name; });
    if (known) size += member.name.size() + json::write(member.value).size() + 4;
  }
  return size;
}

void checkNetworkMode(const Value& definition, std::string_view networkMode, Findings& found) {
  for (const NotWith& row : kNotWith) {
    if (row.networkMode != networkMode) continue;
    visitAll(definition, row.pattern, [&](const std::string& path, const Value& value) {
      if (!isGiven(value)) return;
      std::string member(row.pattern.substr(row.pattern.rfind('.') + 1));
      found.refuse(clientProblem(path, member + " is not supported when networkMode is '" + std::string(networkMode) + "'.", "Remove it."));
    });
  }
}

void checkTaskSizes(const Value& definition, bool onFargate, Findings& found) {
  for (const TaskSize& row : kTaskSizes) {
    visitAll(definition, row.member, [&](const std::string& path, const Value& value) {
      if (value.text().empty()) return;
      auto size = row.parse(value.text());
      std::string start = "Invalid '" + path + "' setting for task: " + inQuotes(value.text());
      if (!size) return found.refuse(clientProblem(path, start + " is no size.", "Write " + std::string(row.example) + "."));
      if (onFargate || (*size >= row.low && *size <= row.high)) return;
      std::string range = "between " + std::to_string(row.low) + " and " + std::to_string(row.high);
      found.refuse(clientProblem(path, start + ". It must be " + range + "."));
    });
  }
}

void checkSum(TaskCheck& check, std::string_view member, std::int64_t sum, std::optional<std::int64_t> size) {
  if (!size || sum <= *size) return;
  std::string name(member);
  check.found.add(clientProblem(
      name,
      "The containers together need " + std::to_string(sum) + " of '" + name + "', more than the task's " + std::to_string(*size) + ".",
      "Give the task more or the containers less."));
}

void checkSums(TaskCheck& check) {
  std::int64_t cpu = 0, memory = 0;
  for (const auto& container : check.task.containerDefinitions) {
    cpu += container.cpu.value_or(0);
    memory += container.memoryReservation ? *container.memoryReservation : container.memory.value_or(0);
  }
  if (!check.task.cpu.empty()) checkSum(check, "cpu", cpu, parseTaskCpu(check.task.cpu));
  if (!check.task.memory.empty()) checkSum(check, "memory", memory, parseTaskMemory(check.task.memory));
}

void checkEssential(TaskCheck& check) {
  const auto& containers = check.task.containerDefinitions;
  if (containers.empty())
    return check.found.add(clientProblem("containerDefinitions", "A task definition must have at least one container definition."));
  if (std::all_of(containers.begin(), containers.end(), [](const auto& container) { return container.essential == false; }))
    check.found.add(clientProblem("containerDefinitions", "At least one container must be essential.", "Set essential to true in one."));
}

void checkPlacement(TaskCheck& check) {
  const auto& constraints = check.task.placementConstraints;
  for (std::size_t i = 0; i < constraints.size(); ++i) {
    if (constraints[i].type != "memberOf") continue;
    auto query = ecs::parseQuery(constraints[i].expression);
    if (query) continue;
    std::string text = "Invalid expression " + inQuotes(constraints[i].expression) + ": " + query.error().message;
    check.found.add(clientProblem(indexed("placementConstraints", i) + ".expression", text));
  }
}

// ---- volumes

void checkEfs(const ecs::EFSVolumeConfiguration& efs, const std::string& path, Findings& found) {
  if (!efs.authorizationConfig) return;
  bool accessPoint = !efs.authorizationConfig->accessPointId.empty();
  if (accessPoint && !efs.rootDirectory.empty() && efs.rootDirectory != "/")
    found.add(clientProblem(path + ".rootDirectory", "The root directory must be omitted or '/' when an EFS access point is given.",
                            "The access point sets the directory."));
  if ((accessPoint || efs.authorizationConfig->iam == "ENABLED") && efs.transitEncryption != "ENABLED")
    found.add(clientProblem(path + ".transitEncryption",
                            "EFS transit encryption must be ENABLED when an access point or IAM authorization is used."));
}

void checkVolumes(TaskCheck& check) {
  bool atLaunch = false, s3 = false;
  for (std::size_t i = 0; i < check.task.volumes.size(); ++i) {
    const ecs::Volume& volume = check.task.volumes[i];
    std::string path = indexed("volumes", i);
    int kinds = (volume.host ? 1 : 0) + (volume.dockerVolumeConfiguration ? 1 : 0) + (volume.efsVolumeConfiguration ? 1 : 0) +
                (volume.s3filesVolumeConfiguration ? 1 : 0) + (volume.fsxWindowsFileServerVolumeConfiguration ? 1 : 0) +
                (volume.configuredAtLaunch == true ? 1 : 0);
    if (kinds > 1) check.found.add(clientProblem(path, "Only one kind of volume can be configured in a volume."));
    if (volume.efsVolumeConfiguration) checkEfs(*volume.efsVolumeConfiguration, path + ".efsVolumeConfiguration", check.found);
    if (volume.configuredAtLaunch == true && std::exchange(atLaunch, true))
      check.found.add(clientProblem(path + ".configuredAtLaunch", "Only one volume of a task can have configuredAtLaunch."));
    s3 = s3 || volume.s3filesVolumeConfiguration;
  }
  if (s3 && check.task.taskRoleArn.empty())
    check.found.add(
        clientProblem("taskRoleArn", "A task role is required to mount S3 Files volumes.", "Name the role that may read them."));
}

void checkTask(TaskCheck& check) {
  checkEssential(check);
  checkVolumes(check);
  checkPlacement(check);
  checkSums(check);
  if (check.onFargate) checkFargateTask(check);
  checkContainers(check);
  checkDependencies(check);
}

bool isForFargate(const Value& definition) {
  bool fargate = false;
  visitAll(definition, "requiresCompatibilities[]", [&](const std::string&, const Value& type) { fargate |= type.text() == "FARGATE"; });
  return fargate;
}

}  // namespace

std::vector<Problem> validateTaskDefinition(const Value& source) {
  Document d;
  Value definition = unwrapped(d, source);
  if (!definition.isObject()) return {parameterProblem("", "A task definition is an object.")};
  Findings found;
  std::size_t size = sizeOf(definition);
  if (size > kLargestBytes) {
    std::string text =
        "Actual length: '" + std::to_string(size) + "'. Max allowed length is '" + std::to_string(kLargestBytes) + "' bytes.";
    found.add(clientProblem("", text));
  }
  if (size > kLargestReadBytes) return std::move(found).inOrder(ecs::TaskDefinition::rows());

  checkTypes(definition, found);
  bool onFargate = isForFargate(definition);
  // What has no place here first: nothing more is said about it.
  checkNetworkMode(definition, definition.stringAt("networkMode"), found);
  if (onFargate) checkFargatePlaces(definition, found);
  checkTables(definition, found);
  if (onFargate) checkFargateTables(definition, found);
  checkTaskSizes(definition, onFargate, found);

  ecs::TaskDefinition task;
  json::readAll(task, without(d, definition, found.refused()), {.scalarsFromStrings = true});
  bool isBridge = task.networkMode.empty() && !onFargate && !found.isRefused("networkMode");
  TaskCheck check{task, found, onFargate, isBridge ? "bridge" : task.networkMode};
  checkTask(check);
  return std::move(found).inOrder(ecs::TaskDefinition::rows());
}

}  // namespace taskpod::translate
