// The rules of the table: small functions that each map one matter. Private to translate.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "taskpod/json/document.h"
#include "taskpod/k8s/agent.h"
#include "taskpod/translate/convert.h"
#include "taskpod/translate/units.h"

namespace taskpod::translate {

// Everything the rules of one conversion share.
struct ToPod {
  const ecs::TaskDefinition& task;
  k8s::Pod& pod;
  k8s::AgentTask& agent;
  Origin origin;
  std::map<std::string, std::string> containerNames;  // ECS name -> pod name
  std::map<std::string, std::string> volumeNames;
};

struct ContainerToPod {
  ToPod& all;
  const ecs::ContainerDefinition& from;
  k8s::Container& to;
  k8s::AgentContainer& agent;
};

struct ToEcs {
  const k8s::Pod& pod;
  const k8s::AgentTask& agent;
  ecs::TaskDefinition& task;
  Origin origin;
};

struct ContainerToEcs {
  ToEcs& all;
  const k8s::Container& from;
  const k8s::AgentContainer& agent;
  const Variables& variables;  // the literal ones of env, expanded in order
  bool isInit;
  ecs::ContainerDefinition& to;
};

struct TaskRule {
  FieldRow row;
  void (*toPod)(ToPod&);
  void (*toEcs)(ToEcs&);
};

struct ContainerRule {
  FieldRow row;
  void (*toPod)(ContainerToPod&);
  void (*toEcs)(ContainerToEcs&);
};

// mapToPod and mapToTaskDefinition, with what the agent's annotation says beside the pod: whoever has just made one need not read it again.
struct Mapped {
  k8s::Pod pod;
  k8s::AgentTask agent;
  std::vector<std::string> notes;  // fitVersion's
};
Mapped mapDefinition(const ecs::TaskDefinition& definition, Origin origin, int kubeMinor = kNewestMinor);
ecs::TaskDefinition mapPod(const k8s::Pod& pod, const k8s::AgentTask& agent, Origin origin);

inline constexpr std::string_view kArchLabel = "kubernetes.io/arch";

std::string annotation(const k8s::Pod& pod, std::string_view key);        // "" if there is none
void annotate(ToPod& t, std::string_view key, const std::string& value);  // nothing if the value is empty

template <class T>
std::string listText(const std::vector<T>& list) {
  std::string out = "[";
  for (const auto& item : list) out += (out.size() > 1 ? "," : "") + json::write(item);
  return out + "]";
}

// Items that cannot be read are left out: an annotation is anyone's to write.
template <class T>
std::vector<T> readList(const std::string& text) {
  std::vector<T> out;
  auto document = json::Document::parse(text);
  if (!document) return out;
  for (const auto& item : document->root().items())
    if (auto one = json::read<T>(item)) out.push_back(std::move(*one));
  return out;
}

// arn:aws:secretsmanager:R:A:secret:NAME[:json-key:stage:version], an SSM parameter's ARN, or a parameter's name, as the Secret that must
// hold it (row 30). And the parameter that stands for a key of a Secret or ConfigMap.
struct SecretReference {
  std::string name;
  std::string key = "value";
};
SecretReference secretOf(std::string_view valueFrom);
std::string parameterOf(const k8s::Pod& pod, std::string_view kind, const std::string& name, const std::string& key);

// affinity.cc
void constraintsToPod(ToPod& t);
void constraintsToEcs(ToEcs& t);

// acceptable.cc
void makeAcceptable(k8s::Pod& pod);

// versions.cc
// Takes out what a Kubernetes minor does not have. A sentence for each kind of thing taken.
std::vector<std::string> fitVersion(k8s::Pod& pod, k8s::AgentTask& agent, int kubeMinor);

// volume_rules.cc
void volumesToPod(ToPod& t);
void volumesToEcs(ToEcs& t);
std::string volumeNameOf(const ToEcs& t, const std::string& name);  // as the definition spells it
bool isMadeByTmpfs(std::string_view volume);
const k8s::VolumeMount* onlyMountOf(const k8s::Pod& pod, const k8s::Volume& volume);  // nullptr: not a tmpfs

std::span<const TaskRule> taskRules();
std::span<const ContainerRule> containerRules();
std::span<const FieldRow> plainRows();  // those without a function

}  // namespace taskpod::translate
