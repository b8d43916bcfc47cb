#include "taskpod/translate/definition.h"

#include <algorithm>
#include <set>

#include "taskpod/json/builder.h"
#include "taskpod/translate/units.h"

namespace taskpod::translate {
namespace {

using json::Document;
using json::Member;
using json::Value;

Value portMapping(Document& d, const Value& from, const ecs::TaskDefinition& task) {
  json::ObjectBuilder out(d, from);
  out.setMissing("protocol", d.string("tcp"));
  if (!out.has("containerPortRange")) {
    const Value* port = from.find("containerPort");
    bool same = task.networkMode == "awsvpc" || task.networkMode == "host";
    out.setMissing("hostPort", same && port ? *port : d.integer(0));
  }
  return out.value();
}

Value container(Document& d, const Value& from, const ecs::TaskDefinition& task) {
  json::ObjectBuilder out(d, from);
  std::vector<Value> ports;
  if (const Value* list = from.find("portMappings"))
    for (const Value& item : list->items()) ports.push_back(portMapping(d, item, task));
  out.setMissing("cpu", d.integer(0));
  out.set("portMappings", d.array(ports));
  out.setMissing("essential", d.boolean(true));
  for (std::string_view list : {"environment", "mountPoints", "volumesFrom", "systemControls"}) out.setMissing(list, d.array({}));
  return out.value();
}

bool isOneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Capability names of amazon-ecs-agent, agent/app/agent_capability.go.
std::set<std::string> requiredAttributes(const ecs::TaskDefinition& task) {
  std::set<std::string> out;
  const std::string kOld = "com.amazonaws.ecs.capability.", kNew = "ecs.capability.";
  auto api = [&](const char* version) { out.insert(kOld + "docker-remote-api." + version); };
  api("1.18");
  if (!task.taskRoleArn.empty()) {
    out.insert(kOld + "task-iam-role");
    if (task.networkMode == "host") out.insert(kOld + "task-iam-role-network-host");
  }
  if (task.networkMode == "awsvpc") out.insert(kNew + "task-eni");
  if (!task.cpu.empty() || !task.memory.empty()) out.insert(kNew + "task-cpu-mem-limit");
  if (!task.pidMode.empty() || !task.ipcMode.empty()) out.insert(kNew + "pid-ipc-namespace-sharing");
  for (const auto& volume : task.volumes) {
    if (volume.efsVolumeConfiguration) out.insert(kNew + "efs");
    if (volume.efsVolumeConfiguration && volume.efsVolumeConfiguration->authorizationConfig) out.insert(kNew + "efsAuth");
    if (volume.dockerVolumeConfiguration && !isOneOf(volume.dockerVolumeConfiguration->driver, {"", "local"}))
      out.insert(kNew + "docker-plugin." + volume.dockerVolumeConfiguration->driver);
  }
  for (const auto& one : task.containerDefinitions) {
    if (one.privileged == true) out.insert(kOld + "privileged-container");
    if (one.logConfiguration) {
      out.insert(kOld + "logging-driver." + one.logConfiguration->logDriver);
      if (one.logConfiguration->logDriver == "awslogs" && !task.executionRoleArn.empty()) out.insert(kNew + "execution-role-awslogs");
      api("1.19");
    }
    if (one.healthCheck) out.insert(kNew + "container-health-check");
    if (!one.dependsOn.empty()) out.insert(kNew + "container-ordering");
    if (one.firelensConfiguration) out.insert(kNew + "firelens." + one.firelensConfiguration->type);
    if (!one.environmentFiles.empty()) out.insert(kNew + "env-files.s3");
    if (one.repositoryCredentials) out.insert(kNew + "private-registry-authentication.secretsmanager");
    if (one.restartPolicy) out.insert(kNew + "container-restart-policy");
    if (one.image.find(".dkr.ecr.") != std::string::npos) {
      out.insert(kOld + "ecr-auth");
      if (!task.executionRoleArn.empty()) out.insert(kNew + "execution-role-ecr-pull");
    }
    for (const auto& secret : one.secrets)
      out.insert(kNew + (secret.valueFrom.starts_with("arn:aws:secretsmanager") ? "secrets.asm" : "secrets.ssm") +
                 ".environment-variables");
  }
  return out;
}

Value attributeList(Document& d, const ecs::TaskDefinition& task) {
  std::vector<Value> out;
  for (const std::string& name : requiredAttributes(task)) {
    Member member{d.intern("name"), d.string(name)};
    out.push_back(d.object({&member, 1}));
  }
  return d.array(out);
}

// EC2 runs whatever Fargate runs; Fargate wants awsvpc and task sizes.
Value compatibilities(Document& d, const ecs::TaskDefinition& task) {
  std::vector<Value> out;
  out.push_back(d.string("EC2"));
  bool fargate = task.networkMode == "awsvpc" && !task.cpu.empty() && !task.memory.empty();
  for (const auto& one : task.containerDefinitions) fargate = fargate && one.privileged != true;
  if (fargate) out.push_back(d.string("FARGATE"));
  if (std::find(task.requiresCompatibilities.begin(), task.requiresCompatibilities.end(), "EXTERNAL") != task.requiresCompatibilities.end())
    out.push_back(d.string("EXTERNAL"));
  return d.array(out);
}

}  // namespace

Value normalizedDefinition(Document& d, const Value& input, const ecs::TaskDefinition& definition) {
  json::ObjectBuilder out(d);
  for (const Member& member : input.members())
    if (!member.value.isNull()) out.set(member.name, member.value);
  out.remove("tags");  // beside the definition in an answer
  std::vector<Value> containers;
  if (const Value* list = input.find("containerDefinitions"))
    for (const Value& one : list->items()) containers.push_back(container(d, one, definition));
  out.set("containerDefinitions", d.array(containers));
  out.setMissing("volumes", d.array({}));
  out.setMissing("placementConstraints", d.array({}));
  if (auto units = parseTaskCpu(definition.cpu)) out.set("cpu", d.string(std::to_string(*units)));
  if (auto mebibytes = parseTaskMemory(definition.memory)) out.set("memory", d.string(std::to_string(*mebibytes)));
  out.set("requiresAttributes", attributeList(d, definition));
  out.set("compatibilities", compatibilities(d, definition));
  return out.value();
}

}  // namespace taskpod::translate
