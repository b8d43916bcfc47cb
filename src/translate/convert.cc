#include "taskpod/translate/convert.h"

#include <algorithm>
#include <map>
#include <set>

#include "taskpod/k8s/names.h"
#include "taskpod/translate/residual.h"
#include "translate/canonical.h"

namespace taskpod::translate {
namespace {

using json::Document;
using json::Member;
using json::Value;

constexpr json::ReadOptions kLenient{.scalarsFromStrings = true};

Result<Value> addTask(Document& d, const ecs::TaskDefinition& task) { return d.add(json::write(task)); }
Result<Value> addPod(Document& d, const k8s::Pod& pod) { return d.add(json::write(pod)); }

Value with(Document& d, const Value& object, std::string_view name, std::optional<Value> value) {
  std::vector<Member> members;
  bool done = false;
  for (const Member& member : object.members()) {
    if (member.name != name) {
      members.push_back(member);
    } else if (value) {
      members.push_back({name, *value});
      done = true;
    }
  }
  if (value && !done) members.push_back({d.intern(name), *value});
  return d.object(members);
}

// Sets or takes away object.a.b...; parents that are missing are made, parents that become empty are taken away too.
std::optional<Value> withPath(Document& d, const Value* object, std::span<const std::string_view> path, std::optional<Value> value) {
  if (path.empty()) return value;
  Value base = object && object->isObject() ? *object : d.object({});
  auto child = withPath(d, base.find(path[0]), path.subspan(1), value);
  Value out = with(d, base, path[0], child);
  if (out.members().empty()) return std::nullopt;
  return out;
}

const Value* at(const Value& value, std::span<const std::string_view> path) {
  const Value* now = &value;
  for (auto name : path) {
    now = now->find(name);
    if (!now) return nullptr;
  }
  return now;
}

constexpr std::string_view kAnnotationPath[] = {"metadata", "annotations", k8s::kResidual};

// The container that carries the pod's residual: the first essential one.
std::optional<std::size_t> carrier(const Value& task) {
  const Value* list = task.find("containerDefinitions");
  if (!list) return std::nullopt;
  for (std::size_t i = 0; i < list->items().size(); ++i) {
    const Value* essential = list->items()[i].find("essential");
    if (!essential || essential->text() == "true") return i;
  }
  return list->items().empty() ? std::nullopt : std::optional<std::size_t>(0);
}

Value withLabel(Document& d, const Value& task, std::size_t container, std::optional<Value> label) {
  const Value* list = task.find("containerDefinitions");
  std::vector<Value> items(list->items().begin(), list->items().end());
  constexpr std::string_view kLabelPath[] = {"dockerLabels", k8s::kResidual};
  items[container] = withPath(d, &items[container], kLabelPath, label).value_or(items[container]);
  return with(d, task, "containerDefinitions", d.array(items));
}

struct Label {
  std::size_t container;
  std::string_view text;
};

std::optional<Label> findLabel(const Value& task) {
  const Value* list = task.find("containerDefinitions");
  if (!list || !list->isArray()) return std::nullopt;
  for (std::size_t i = 0; i < list->items().size(); ++i) {
    const Value* labels = list->items()[i].find("dockerLabels");
    if (!labels) continue;
    const Value* label = labels->find(k8s::kResidual);
    if (label && label->isString()) return Label{i, label->text()};
  }
  return std::nullopt;
}

Error within(std::string_view what, const Error& error) { return {error.reason, std::string(what) + ": " + error.message, 0}; }

// A definition from a pod that has no residual of its own: the table, and the rest as a label.
Result<Value> freshTask(Document& d, const Value& pod) {
  auto typed = json::read<k8s::Pod>(json::write(pod));
  if (!typed) return typed.error();
  ecs::TaskDefinition task = mapToTaskDefinition(*typed, Origin::Pod);
  auto mapped = addTask(d, task);
  if (!mapped) return mapped.error();
  auto container = carrier(*mapped);
  if (!container) return Error{Reason::Invalid, "spec.containers: a pod has at least one container"};
  auto back = addPod(d, mapToPod(task, Origin::Pod));
  if (!back) return back.error();
  auto rest = residualOf(d, pod, *back);
  return withLabel(d, *mapped, *container, d.string(rest ? residualText(*rest) : "{}"));
}

Result<Value> mappedPod(Document& d, const Value& task, Origin origin) {
  auto typed = json::read<ecs::TaskDefinition>(json::write(task), kLenient);
  if (!typed) return typed.error();
  return addPod(d, mapToPod(*typed, origin));
}

Value annotated(Document& d, const Value& pod, const std::optional<Value>& rest) {
  return *withPath(d, &pod, kAnnotationPath, d.string(rest ? residualText(*rest) : "{}"));
}

Result<Value> podFrom(Document& d, const Value& task) {
  auto label = findLabel(task);
  if (!label) {
    auto typed = json::read<ecs::TaskDefinition>(json::write(task), kLenient);
    if (!typed) return typed.error();
    k8s::Pod pod = mapToPod(*typed, Origin::Ecs);
    auto mapped = addPod(d, pod);
    auto back = addTask(d, mapToTaskDefinition(pod, Origin::Ecs));
    if (!mapped) return mapped.error();
    if (!back) return back.error();
    return annotated(d, *mapped, residualOf(d, task, *back));
  }
  auto residual = d.add(label->text);
  if (!residual) return within("the label ecs.taskpod.io/residual", residual.error());
  auto mapped = mappedPod(d, withLabel(d, task, label->container, std::nullopt), Origin::Pod);
  if (!mapped) return mapped.error();
  Value pod = applyResidual(d, *mapped, *residual);
  auto again = freshTask(d, pod);
  if (!again) return again.error();
  auto rest = residualOf(d, task, *again);  // what was edited into the definition since and a pod cannot say
  return rest ? annotated(d, pod, rest) : pod;
}

Result<Value> taskFrom(Document& d, const Value& source) {
  const Value* annotation = at(source, kAnnotationPath);
  if (!annotation || !annotation->isString()) return freshTask(d, source);
  auto residual = d.add(annotation->text());
  if (!residual) return within("the annotation ecs.taskpod.io/residual", residual.error());
  Value bare = withPath(d, &source, kAnnotationPath, std::nullopt).value_or(source);
  auto typed = json::read<k8s::Pod>(json::write(bare));
  if (!typed) return typed.error();
  k8s::Pod pod = canonical(*typed);
  auto mapped = addTask(d, mapToTaskDefinition(pod, Origin::Ecs));
  auto plain = addPod(d, pod);
  if (!mapped) return mapped.error();
  if (!plain) return plain.error();
  Value task = applyResidual(d, *mapped, *residual);
  if (json::read<ecs::TaskDefinition>(json::write(task), kLenient)) {
    // What was edited into the pod since and a definition cannot say goes into a label, as for any pod.
    auto made = podFrom(d, task);
    if (!made) return made.error();
    auto madePod = json::read<k8s::Pod>(json::write(withPath(d, &*made, kAnnotationPath, std::nullopt).value_or(*made)));
    if (!madePod) return madePod.error();
    auto expected = addPod(d, canonical(*madePod));
    if (!expected) return expected.error();
    auto rest = residualOf(d, *plain, *expected);
    auto container = carrier(task);
    if (rest && container) return withLabel(d, task, *container, d.string(residualText(*rest)));
  }
  return task;
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
  for (const auto& [path, count] : paths) {
    bool inResidual = std::any_of(kept.begin(), kept.end(), [&](const std::string& k) { return covers(k, path) || covers(path, k); });
    report.members += count;
    if (!inResidual) report.native += count;
    const FieldRow* row = toPod ? findFieldRow(path) : findPodRow(path);
    Fidelity fidelity = row ? row->fidelity : Fidelity::Unsupported;
    if (fidelity == Fidelity::Exact && !inResidual) continue;
    ReportLine line;
    line.path = path;
    line.target = row ? std::string(toPod ? row->pod : row->ecs) : std::string();
    line.fidelity = fidelity;
    line.residual = inResidual;
    line.note = row ? std::string(row->note) : "no row in the table: kept in the residual";
    report.lines.push_back(std::move(line));
  }
  return report;
}

// What DescribeTaskDefinition prints is unwrapped; tags stand beside the definition there.
Value unwrapped(Document& d, const Value& source) {
  const Value* inner = source.find("taskDefinition");
  if (!inner || !inner->isObject()) return source;
  const Value* tags = source.find("tags");
  return tags && !inner->find("tags") ? with(d, *inner, "tags", *tags) : *inner;
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

Result<Conversion> toPod(const Value& source) {
  Conversion out;
  Document& d = out.document;
  Value task = unwrapped(d, source);
  if (!task.isObject()) return Error{Reason::BadRequest, "expected an object"};
  auto pod = podFrom(d, task);
  if (!pod) return pod.error();
  d.setRoot(*pod);
  const Value* annotation = at(*pod, kAnnotationPath);
  std::optional<Value> residual;
  if (annotation && annotation->text() != "{}") {
    auto parsed = d.add(annotation->text());
    if (!parsed) return parsed.error();
    residual = *parsed;
  }
  out.report = makeReport(task, residual, true);
  return out;
}

Result<Conversion> toTaskDefinition(const Value& source) {
  Conversion out;
  Document& d = out.document;
  if (!source.isObject()) return Error{Reason::BadRequest, "expected an object"};
  auto task = taskFrom(d, source);
  if (!task) return task.error();
  d.setRoot(*task);
  std::optional<Value> residual;
  if (auto label = findLabel(*task); label && label->text != "{}") {
    auto parsed = d.add(label->text);
    if (!parsed) return parsed.error();
    residual = *parsed;
  }
  out.report = makeReport(source, residual, false);
  return out;
}

}  // namespace taskpod::translate
