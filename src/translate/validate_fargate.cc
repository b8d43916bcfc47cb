// What Fargate asks of a task definition beyond ECS' own rules. Sources: service model, developer guide ("Fargate task sizes", "Task
// definition parameters for Fargate").
#include <algorithm>

#include "taskpod/translate/units.h"
#include "translate/validate_rules.h"

namespace taskpod::translate {
namespace {

using json::Value;

constexpr std::string_view kNotOnFargate[] = {
    "containerDefinitions[].linuxParameters.devices",
    "containerDefinitions[].linuxParameters.sharedMemorySize",
    "containerDefinitions[].linuxParameters.maxSwap",
    "containerDefinitions[].linuxParameters.swappiness",
    "containerDefinitions[].privileged",
    "containerDefinitions[].dockerSecurityOptions",
    "volumes[].host.sourcePath",
    "volumes[].dockerVolumeConfiguration",
    "placementConstraints",
    "ipcMode",
};

struct Words {
  std::string_view pattern;
  std::string_view words;
};

constexpr Words kOnlyOnFargate[] = {
    {"containerDefinitions[].linuxParameters.capabilities.add[]", "SYS_PTRACE"},
    {"containerDefinitions[].ulimits[].name", "nofile"},
    {"containerDefinitions[].logConfiguration.logDriver", "awslogs splunk awsfirelens"},
};

constexpr std::string_view kTimeouts[] = {"containerDefinitions[].startTimeout", "containerDefinitions[].stopTimeout"};
constexpr std::int64_t kLongestTimeout = 120;

struct Size {
  std::int64_t cpu, lowMemory, highMemory, step;  // CPU units, MiB
  bool onWindows;
};

// 256 has 512, 1024 and 2048: the only row whose memory does not grow by steps.
constexpr Size kSizes[] = {
    {256, 512, 2048, 0, false},          {512, 1024, 4096, 1024, false},  {1024, 2048, 8192, 1024, true},
    {2048, 4096, 16384, 1024, true},     {4096, 8192, 30720, 1024, true}, {8192, 16384, 61440, 4096, false},
    {16384, 32768, 122880, 8192, false},
};

bool hasMemory(const Size& size, std::int64_t memory) {
  if (memory < size.lowMemory || memory > size.highMemory) return false;
  if (size.step == 0) return memory == size.lowMemory || memory == 2 * size.lowMemory || memory == size.highMemory;
  return (memory - size.lowMemory) % size.step == 0;
}

std::string memberOf(std::string_view pattern) {
  std::string member(pattern.substr(pattern.rfind('.') + 1));
  return member.ends_with("[]") ? member.substr(0, member.size() - 2) : member;
}

void checkMode(const Value& definition, Findings& found) {
  if (definition.stringAt("networkMode") == "awsvpc") return;
  if (const Value* mode = definition.find("networkMode"); mode && !mode->text().empty() && !hasWord("bridge host none", mode->text()))
    return;  // not a mode at all: the enumeration tells
  found.refuse(clientProblem("networkMode", "Fargate only supports network mode 'awsvpc'.", "Set networkMode to awsvpc."));
}

void checkSize(TaskCheck& check) {
  auto cpu = parseTaskCpu(check.task.cpu), memory = parseTaskMemory(check.task.memory);
  std::string_view family = check.task.runtimePlatform ? check.task.runtimePlatform->operatingSystemFamily : std::string_view();
  bool onWindows = family.starts_with("WINDOWS");
  for (std::string_view member : {"cpu", "memory"}) {
    if (!(member == "cpu" ? check.task.cpu : check.task.memory).empty()) continue;
    std::string name(member);
    check.found.add(clientProblem(name, "Fargate requires that '" + name + "' be defined at the task level."));
  }
  if (!cpu) return;
  auto row = std::find_if(std::begin(kSizes), std::end(kSizes), [&](const Size& s) { return s.cpu == cpu && (s.onWindows || !onWindows); });
  if (row == std::end(kSizes))
    return check.found.add(clientProblem("cpu",
                                         "Invalid 'cpu' setting for task. For more information, see the Troubleshooting section of the "
                                         "Amazon ECS Developer Guide.",
                                         onWindows ? "Use 1024, 2048 or 4096." : "Use 256, 512, 1024, 2048, 4096, 8192 or 16384."));
  if (!memory || hasMemory(*row, *memory)) return;
  std::string hint = "With cpu " + std::to_string(row->cpu) + " use " + std::to_string(row->lowMemory) + " to " +
                     std::to_string(row->highMemory) + (row->step ? " in steps of " + std::to_string(row->step) : "") + ".";
  check.found.add(clientProblem("memory", "No Fargate configuration exists for given values.", hint));
}

// What the task needs an execution role for, "" if nothing.
std::string executionRoleUse(const ecs::ContainerDefinition& container) {
  const auto& log = container.logConfiguration;
  if (log && log->logDriver == "awslogs") return "log driver awslogs";
  if (!container.secrets.empty() || (log && !log->secretOptions.empty())) return "secrets";
  if (container.repositoryCredentials) return "private registry authentication";
  std::string_view host = std::string_view(container.image).substr(0, container.image.find('/'));
  if (host.find(".dkr.ecr.") != std::string_view::npos) return "ECR images";
  return "";
}

void checkExecutionRole(TaskCheck& check) {
  if (!check.task.executionRoleArn.empty()) return;
  for (const auto& container : check.task.containerDefinitions) {
    std::string use = executionRoleUse(container);
    if (use.empty()) continue;
    return check.found.add(
        clientProblem("executionRoleArn", "Fargate requires task definition to have execution role ARN to support " + use + "."));
  }
}

}  // namespace

void checkFargatePlaces(const Value& definition, Findings& found) {
  checkMode(definition, found);
  for (std::string_view pattern : kNotOnFargate) {
    visitAll(definition, pattern, [&](const std::string& path, const Value& value) {
      if (!isGiven(value)) return;
      found.refuse(clientProblem(path, "Fargate compatible task definitions do not support " + memberOf(pattern) + ".", "Remove it."));
    });
  }
  visitAll(definition, "pidMode", [&](const std::string& path, const Value& value) {
    if (value.text() != "host") return;
    found.refuse(clientProblem(
        path, "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'."));
  });
}

void checkFargateTables(const Value& definition, Findings& found) {
  for (const Words& row : kOnlyOnFargate) {
    visitAll(definition, row.pattern, [&](const std::string& path, const Value& value) {
      if (value.text().empty() || hasWord(row.words, value.text())) return;
      std::string text =
          "Fargate compatible task definitions do not support " + inQuotes(value.text()) + " as " + memberOf(row.pattern) + ".";
      found.add(clientProblem(path, text, "Use " + joinedWords(row.words, " or ") + "."));
    });
  }
  for (std::string_view pattern : kTimeouts) {
    visitAll(definition, pattern, [&](const std::string& path, const Value& value) {
      if (wholeNumber(value.text()).value_or(0) <= kLongestTimeout) return;
      found.add(clientProblem(path, "On Fargate " + memberOf(pattern) + " is at most " + std::to_string(kLongestTimeout) + " seconds."));
    });
  }
}

void checkFargateTask(TaskCheck& check) {
  checkSize(check);
  checkExecutionRole(check);
}

}  // namespace taskpod::translate
