#include "taskpod/translate/convert.h"

#include <algorithm>
#include <map>
#include <set>

#include "taskpod/k8s/names.h"
#include "taskpod/translate/residual.h"
#include "translate/canonical.h"
#include "translate/paths.h"
#include "translate/rules.h"

namespace taskpod::translate {
namespace {

using json::Document;
using json::Member;
using json::Value;

constexpr json::ReadOptions kLenient{.scalarsFromStrings = true};

constexpr std::string_view kAnnotationPath[] = {"metadata", "annotations", k8s::kResidual};

constexpr std::string_view kAnnotationName = "the annotation ecs.taskpod.io/residual";
constexpr std::string_view kLabelName = "the docker label ecs.taskpod.io/residual";

Error within(std::string_view what, const Error& error) { return {error.reason, std::string(what) + ": " + error.message, 0}; }

// The container that carries the pod's residual: the first essential one.
std::optional<std::size_t> carrier(const ecs::TaskDefinition& task) {
  const auto& list = task.containerDefinitions;
  auto first = std::find_if(list.begin(), list.end(), [](const auto& container) { return container.essential != false; });
  if (first != list.end()) return static_cast<std::size_t>(first - list.begin());
  return list.empty() ? std::nullopt : std::optional<std::size_t>(0);
}

struct Label {
  std::size_t container;
  std::string text;
};

std::optional<Label> findLabel(const ecs::TaskDefinition& task) {
  for (std::size_t i = 0; i < task.containerDefinitions.size(); ++i) {
    const auto& labels = task.containerDefinitions[i].dockerLabels;
    auto label = labels.find(std::string(k8s::kResidual));
    if (label != labels.end()) return Label{i, label->second};
  }
  return std::nullopt;
}

std::string sealed(const std::optional<Value>& rest, int kubeMinor = 0) {
  return sealResidual(rest ? residualText(*rest) : "{}", kubeMinor);
}

// What one conversion towards a pod is asked for, and what it tells besides.
struct Towards {
  int kubeMinor;
  Conversion& out;
  int olderMinor() const { return kubeMinor < kNewestMinor ? kubeMinor : 0; }
};

// The definition without the label that carries a pod's residual.
ecs::TaskDefinition unlabelled(ecs::TaskDefinition task, std::size_t container) {
  task.containerDefinitions[container].dockerLabels.erase(std::string(k8s::kResidual));
  return task;
}

// A definition from a pod that has no residual of its own: the table, and the rest as a label.
Result<Value> freshTask(Document& d, const Value& pod, const k8s::Pod& typed) {
  ecs::TaskDefinition task = mapToTaskDefinition(typed, Origin::Pod);
  auto container = carrier(task);
  if (!container) return Error{Reason::Invalid, "spec.containers: a pod has at least one container"};
  auto rest = residualOf(d, pod, json::tree(d, mapToPod(task, Origin::Pod)));
  task.containerDefinitions[*container].dockerLabels[std::string(k8s::kResidual)] = sealed(rest);
  return json::tree(d, task);
}

Value annotated(Document& d, const Value& pod, const std::optional<Value>& rest, int olderMinor) {
  return *withPath(d, &pod, kAnnotationPath, d.string(sealed(rest, olderMinor)));
}

Result<Value> podFromOwn(Document& d, const Value& task, const ecs::TaskDefinition& typed, Towards& towards) {
  Mapped made = mapDefinition(typed, Origin::Ecs, towards.kubeMinor);
  towards.out.notes = std::move(made.notes);
  auto rest = residualOf(d, task, json::tree(d, mapPod(made.pod, made.agent, Origin::Ecs)));
  made.pod.metadata.annotations[std::string(k8s::kResidual)] = sealed(rest, towards.olderMinor());
  return json::tree(d, made.pod);
}

// A pod from a definition that was a pod before.
Result<Value> podFromLabelled(Document& d, const Value& task, const ecs::TaskDefinition& typed, const Label& label, const Value& residual,
                              Towards& towards) {
  ecs::TaskDefinition bare = unlabelled(typed, label.container);
  Value pod = applyResidual(d, json::tree(d, mapToPod(bare, Origin::Pod)), residual);
  auto typedPod = json::read<k8s::Pod>(pod);
  if (!typedPod) return within(kLabelName, typedPod.error());
  if (towards.olderMinor()) {
    k8s::AgentTask agent;
    towards.out.notes = fitVersion(*typedPod, agent, towards.kubeMinor);
    pod = json::tree(d, *typedPod);
  }
  if (towards.out.notes.empty() && mapToTaskDefinition(*typedPod, Origin::Pod) == bare) return pod;
  auto again = freshTask(d, pod, *typedPod);
  if (!again) return again.error();
  auto rest = residualOf(d, task, *again);  // what was edited into the definition since and a pod cannot say
  return rest ? annotated(d, pod, rest, towards.olderMinor()) : pod;
}

Result<Value> podFrom(Document& d, const Value& task, Towards& towards) {
  auto typed = json::read<ecs::TaskDefinition>(task, kLenient);
  if (!typed) return typed.error();
  auto label = findLabel(*typed);
  if (!label) return podFromOwn(d, task, *typed, towards);
  auto residual = openResidual(d, label->text);
  if (residual) {
    auto pod = podFromLabelled(d, task, *typed, *label, residual->rest, towards);
    if (pod) return pod;
    towards.out.refused.push_back(pod.error().message);
  } else {
    towards.out.refused.push_back(within(kLabelName, residual.error()).message);
  }
  return podFromOwn(d, task, *typed, towards);
}

// A definition from a pod that was one before.
Result<Value> taskFromAnnotated(Document& d, const k8s::Pod& pod, const Opened& residual) {
  Value task = applyResidual(d, json::tree(d, mapToTaskDefinition(pod, Origin::Ecs)), residual.rest);
  int kubeMinor = residual.kubeMinor > 0 ? residual.kubeMinor : kNewestMinor;
  auto typed = json::read<ecs::TaskDefinition>(task, kLenient);
  if (!typed) return within(kAnnotationName, typed.error());
  if (canonical(mapDefinition(*typed, Origin::Ecs, kubeMinor).pod) == pod) return task;
  // What was edited into the pod since and a definition cannot say goes into a label, as for any pod.
  Conversion scratch;
  Towards towards{kubeMinor, scratch};
  auto made = podFrom(d, task, towards);
  if (!made) return made.error();
  auto expected = json::read<k8s::Pod>(withPath(d, &*made, kAnnotationPath, std::nullopt).value_or(*made));
  if (!expected) return expected.error();
  auto rest = residualOf(d, json::tree(d, pod), json::tree(d, canonical(*expected)));
  return rest && carrier(*typed) ? withLabel(d, task, k8s::kResidual, d.string(sealed(rest))) : task;
}

Result<Value> taskFrom(Document& d, const Value& source, std::vector<std::string>& refused) {
  const Value* annotation = valueAt(source, kAnnotationPath);
  auto typed = json::read<k8s::Pod>(source);
  if (!typed) return typed.error();
  if (!annotation || !annotation->isString()) return freshTask(d, source, *typed);
  auto residual = openResidual(d, annotation->text());
  if (residual) {
    k8s::Pod pod = canonical(*typed);
    pod.metadata.annotations.erase(std::string(k8s::kResidual));
    auto task = taskFromAnnotated(d, pod, *residual);
    if (task) return task;
    refused.push_back(task.error().message);
  } else {
    refused.push_back(within(kAnnotationName, residual.error()).message);
  }
  return freshTask(d, source, *typed);
}

void leaves(const Value& value, const std::string& path, std::map<std::string, std::size_t>& out) {
  if (value.isNull()) return;
  if (value.isObject() && !value.members().empty()) {
    for (const Member& member : value.members())
      leaves(member.value, path.empty() ? std::string(member.name) : path + "." + std::string(member.name), out);
  } else if (value.isArray() && std::any_of(value.items().begin(), value.items().end(), [](const Value& v) { return v.isObject(); })) {
    for (const Value& item : value.items()) leaves(item, path + "[]", out);
  } else {
    ++out[path];
  }
}

std::size_t leafCount(const Value& value) {
  std::map<std::string, std::size_t> paths;
  leaves(value, "", paths);
  std::size_t sum = 0;
  for (const auto& [path, count] : paths) sum += count;
  return sum;
}

// Leaves of the source that only the residual has.
std::size_t keptLeaves(const Value& change) {
  if (change.isArray()) return change.items().empty() || change.items()[0].isNull() ? 0 : leafCount(change.items()[0]);
  std::size_t sum = 0;
  for (const Member& member : change.members())
    if (member.name != "@order") sum += keptLeaves(member.value);
  return sum;
}

bool covers(const std::string& prefix, const std::string& path) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '.' || path[prefix.size()] == '[');
}

Report makeReport(const Value& source, const std::optional<Value>& residual, bool toPod) {
  Report report;
  std::map<std::string, std::size_t> paths;
  leaves(source, "", paths);
  std::vector<std::string> kept = residual ? residualPaths(*residual) : std::vector<std::string>{};
  report.sourceBytes = json::write(source).size();
  report.residualBytes = residual ? json::write(*residual).size() : 0;
  for (const auto& entry : paths) {
    const std::string& path = entry.first;
    bool inResidual = std::any_of(kept.begin(), kept.end(), [&](const std::string& k) { return covers(k, path) || covers(path, k); });
    report.members += entry.second;
    const FieldRow* row = toPod ? findFieldRow(path) : findPodRow(path);
    Fidelity fidelity = row ? row->fidelity : Fidelity::Unsupported;
    if (fidelity == Fidelity::Unsupported && !inResidual) continue;  // this value has a form after all, what goes with it has not
    if (fidelity == Fidelity::Exact && !inResidual) continue;
    ReportLine line;
    line.path = path;
    line.target = row ? std::string(toPod ? row->pod : row->ecs) : std::string();
    line.fidelity = fidelity;
    line.residual = inResidual;
    line.note = row ? std::string(row->note) : "no row in the table: kept in the residual";
    report.lines.push_back(std::move(line));
  }
  report.native = report.members - std::min(report.members, residual ? keptLeaves(*residual) : 0);
  constexpr std::string_view kOrder = "@order";
  for (const auto& path : kept) {
    if (!path.ends_with(kOrder)) continue;
    std::string list = path.substr(0, path.size() - kOrder.size());
    const FieldRow* row = toPod ? findFieldRow(list) : findPodRow(list);
    report.lines.push_back(
        {list, row ? std::string(toPod ? row->pod : row->ecs) : "", Fidelity::Converted, true, "the order is another, it is kept"});
  }
  std::sort(report.lines.begin(), report.lines.end(), [](const ReportLine& a, const ReportLine& b) { return a.path < b.path; });
  return report;
}

}  // namespace

std::optional<Direction> directionFor(const Value& document) {
  if (!document.isObject()) return std::nullopt;
  if (document.stringAt("kind") == "Pod") return Direction::ToTaskDefinition;
  if (document.find("kind") || document.find("apiVersion")) return std::nullopt;
  const Value* inner = document.find("taskDefinition");
  if (document.find("containerDefinitions") || (inner && inner->find("containerDefinitions"))) return Direction::ToPod;
  return std::nullopt;
}

Result<Conversion> toPod(const Value& source, int kubeMinor) {
  Conversion out;
  Document& d = out.document;
  Value task = unwrapped(d, source);
  if (!task.isObject()) return Error{Reason::BadRequest, "expected an object"};
  Towards towards{kubeMinor, out};
  auto pod = podFrom(d, task, towards);
  if (!pod) return pod.error();
  d.setRoot(*pod);
  return out;
}

Result<Conversion> toTaskDefinition(const Value& source) {
  Conversion out;
  Document& d = out.document;
  if (!source.isObject()) return Error{Reason::BadRequest, "expected an object"};
  auto task = taskFrom(d, source, out.refused);
  if (!task) return task.error();
  d.setRoot(*task);
  return out;
}

Report reportOf(const Value& source, const Conversion& conversion) {
  Document d;
  const Value& result = conversion.document.root();
  bool isPod = result.find("kind") != nullptr;
  std::string sealedText;
  if (isPod) {
    const Value* annotation = valueAt(result, kAnnotationPath);
    if (annotation) sealedText = annotation->text();
  } else if (auto typed = json::read<ecs::TaskDefinition>(result, kLenient)) {
    if (auto label = findLabel(*typed)) sealedText = label->text;
  }
  std::optional<Value> residual;
  if (auto opened = openResidual(d, sealedText); opened && !opened->rest.members().empty()) residual = opened->rest;
  return makeReport(isPod ? unwrapped(d, source) : source, residual, isPod);
}

}  // namespace taskpod::translate
