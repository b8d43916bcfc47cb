#include "taskpod/translate/workload.h"

#include <algorithm>
#include <map>

#include "taskpod/k8s/names.h"
#include "taskpod/translate/residual.h"
#include "translate/canonical.h"
#include "translate/paths.h"
#include "translate/workload_rules.h"

namespace taskpod::translate {
namespace {

using json::Document;
using json::Member;
using json::Value;

constexpr json::ReadOptions kLenient{.scalarsFromStrings = true};
constexpr std::string_view kEcsKinds[] = {"TaskDefinition", "CreateService",          "RunTask",
                                          "CreateSchedule", "RegisterScalableTarget", "PutScalingPolicy"};
constexpr std::string_view kKubernetesKinds[] = {"Pod",     "Deployment", "DaemonSet",           "Job",
                                                 "CronJob", "Service",    "PodDisruptionBudget", "HorizontalPodAutoscaler"};
constexpr std::string_view kMainKinds[] = {"Deployment", "DaemonSet", "Job", "CronJob"};

template <std::size_t N>
bool isOneOf(const std::string_view (&list)[N], std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

Error within(std::string_view what, const Error& error) { return {error.reason, std::string(what) + ": " + error.message, 0}; }

Error at(std::size_t index, const Error& error) {
  return {error.reason, "document " + std::to_string(index + 1) + ": " + error.message, 0};
}

// ---- a group of documents as one document, {"Deployment/0": …, "Service/0": …}, so that one residual serves it

struct Bundle {
  std::vector<std::string> keys;
  std::vector<Value> values;

  void add(std::string_view kind, const Value& value) {
    auto same = [&](const std::string& key) { return key.starts_with(std::string(kind) + "/"); };
    keys.push_back(std::string(kind) + "/" + std::to_string(std::count_if(keys.begin(), keys.end(), same)));
    values.push_back(value);
  }
  Value object(Document& d) const {
    std::vector<Member> members;
    for (std::size_t i = 0; i < keys.size(); ++i) members.push_back({d.intern(keys[i]), values[i]});
    return d.object(members);
  }
  static Bundle of(const Value& object, const Value* order) {
    Bundle out;
    auto take = [&](std::string_view key) {
      const Value* value = object.find(key);
      if (!value || std::find(out.keys.begin(), out.keys.end(), key) != out.keys.end()) return;
      out.keys.emplace_back(key);
      out.values.push_back(*value);
    };
    if (order)
      for (const Value& key : order->items()) take(key.text());
    for (const Member& member : object.members()) take(member.name);
    return out;
  }
  std::string_view kindAt(std::size_t i) const { return std::string_view(keys[i]).substr(0, keys[i].find('/')); }
};

// {"order": [keys], "rest": residual of the bundle}
std::string residualOfBundle(Document& d, const Bundle& source, const Bundle& mapped) {
  auto rest = residualOf(d, source.object(d), mapped.object(d));
  std::vector<Member> members;
  if (source.keys != mapped.keys) {
    std::vector<Value> order;
    for (const auto& key : source.keys) order.push_back(d.string(key));
    members.push_back({"order", d.array(order)});
  }
  if (rest) members.push_back({"rest", *rest});
  return residualText(d.object(members));
}

Bundle patched(Document& d, const Bundle& mapped, const Value& residual) {
  const Value* rest = residual.find("rest");
  return Bundle::of(rest ? applyResidual(d, mapped.object(d), *rest) : mapped.object(d), residual.find("order"));
}

// ---- documents to typed groups and back

template <class T>
Result<void> readInto(std::optional<T>& out, const Value& value) {
  auto typed = json::read<T>(value, kLenient);
  if (!typed) return typed.error();
  out = std::move(*typed);
  return {};
}
template <class T>
Result<void> readInto(std::vector<T>& out, const Value& value) {
  auto typed = json::read<T>(value, kLenient);
  if (!typed) return typed.error();
  out.push_back(std::move(*typed));
  return {};
}

Result<void> take(EcsGroup& group, std::string_view kind, const Value& value) {
  if (kind == "CreateService") return readInto(group.service, value);
  if (kind == "RunTask") return readInto(group.task, value);
  if (kind == "CreateSchedule") return readInto(group.schedule, value);
  if (kind == "RegisterScalableTarget") return readInto(group.targets, value);
  if (kind == "PutScalingPolicy") return readInto(group.policies, value);
  return {};
}
Result<void> take(KubernetesGroup& group, std::string_view kind, const Value& value) {
  if (kind == "Deployment") return readInto(group.deployment, value);
  if (kind == "DaemonSet") return readInto(group.daemonSet, value);
  if (kind == "Job") return readInto(group.job, value);
  if (kind == "CronJob") return readInto(group.cronJob, value);
  if (kind == "Service") return readInto(group.services, value);
  if (kind == "PodDisruptionBudget") return readInto(group.budgets, value);
  if (kind == "HorizontalPodAutoscaler") return readInto(group.autoscalers, value);
  return {};
}

Bundle bundleOf(Document& d, const EcsGroup& group, const Value& definition) {
  Bundle out;
  out.add("TaskDefinition", definition);
  if (group.service) out.add("CreateService", json::tree(d, *group.service));
  if (group.task) out.add("RunTask", json::tree(d, *group.task));
  if (group.schedule) out.add("CreateSchedule", json::tree(d, *group.schedule));
  for (const auto& target : group.targets) out.add("RegisterScalableTarget", json::tree(d, target));
  for (const auto& policy : group.policies) out.add("PutScalingPolicy", json::tree(d, policy));
  return out;
}
Bundle bundleOf(Document& d, const KubernetesGroup& group) {
  Bundle out;
  if (group.deployment) out.add("Deployment", json::tree(d, *group.deployment));
  if (group.daemonSet) out.add("DaemonSet", json::tree(d, *group.daemonSet));
  if (group.job) out.add("Job", json::tree(d, *group.job));
  if (group.cronJob) out.add("CronJob", json::tree(d, *group.cronJob));
  for (const auto& service : group.services) out.add("Service", json::tree(d, service));
  for (const auto& budget : group.budgets) out.add("PodDisruptionBudget", json::tree(d, budget));
  for (const auto& autoscaler : group.autoscalers) out.add("HorizontalPodAutoscaler", json::tree(d, autoscaler));
  return out;
}

template <class Group>
Result<Group> groupOf(const Bundle& bundle) {
  Group out;
  for (std::size_t i = 0; i < bundle.keys.size(); ++i)
    if (auto done = take(out, bundle.kindAt(i), bundle.values[i]); !done) return done.error();
  return out;
}

const Value* definitionIn(const Bundle& bundle) {
  for (std::size_t i = 0; i < bundle.keys.size(); ++i)
    if (bundle.kindAt(i) == "TaskDefinition") return &bundle.values[i];
  return nullptr;
}

std::string nameOf(const Value& object) {
  const Value* meta = object.find("metadata");
  return meta ? std::string(meta->stringAt("name")) : std::string();
}

// ---- one group, both ways

constexpr std::string_view kAnnotationPath[] = {"metadata", "annotations", k8s::kWorkload};

struct Made {
  Bundle bundle;
  Report report;  // of the task definition, or of the pod template
};

// One direction without a residual of the other: what both sides' functions below build on.
class Mapper {
 public:
  Mapper(Document& document, StreamConversion& out, int kubeMinor) : d_(document), out_(out), kubeMinor_(kubeMinor) {}

  Result<KubernetesGroup> kubernetesFrom(const Bundle& source, const Value& definition, bool wasKubernetes, Report* report) {
    auto group = groupOf<EcsGroup>(source);
    if (!group) return group.error();
    auto pod = toPod(definition, kubeMinor_);
    if (!pod) return pod.error();
    tell(*pod);
    if (report) *report = reportOf(definition, *pod);
    auto typed = json::read<k8s::Pod>(pod->document.root());
    if (!typed) return typed.error();
    return mapToKubernetes(*group, *typed, std::string(unwrapped(d_, definition).stringAt("family")), wasKubernetes);
  }

  Result<Bundle> ecsFrom(const KubernetesGroup& group, Report* report) {
    k8s::Pod pod = podOf(group);
    Value source = json::tree(d_, pod);
    auto made = toTaskDefinition(source);
    if (!made) return made.error();
    tell(*made);
    if (report) *report = reportOf(source, *made);
    auto definition = d_.add(json::write(made->document.root()));
    if (!definition) return definition.error();
    return bundleOf(d_, mapToEcs(group, std::string(definition->stringAt("family"))), *definition);
  }

 private:
  void tell(const Conversion& made) {
    out_.refused.insert(out_.refused.end(), made.refused.begin(), made.refused.end());
    for (const auto& note : made.notes)
      if (std::find(out_.notes.begin(), out_.notes.end(), note) == out_.notes.end()) out_.notes.push_back(note);
  }

  Document& d_;
  StreamConversion& out_;
  int kubeMinor_;
};

Value withWorkloadLabel(Document& d, const Value& definition, std::optional<Value> label) {
  return withLabel(d, definition, k8s::kWorkload, label);
}

// Towards Kubernetes. `source` has the bare definition; `label` is the workload label that it carried.
Result<Made> toKubernetes(Document& d, const Bundle& source, const Value& definition, const std::optional<Value>& residual,
                          StreamConversion& told, const StreamOptions& options) {
  Mapper mapper(d, told, options.kubeMinor);
  Made out;
  bool wasKubernetes = residual.has_value();
  auto group = mapper.kubernetesFrom(source, definition, wasKubernetes, options.reports ? &out.report : nullptr);
  if (!group) return group.error();
  out.bundle = bundleOf(d, *group);
  if (wasKubernetes) {
    out.bundle = patched(d, out.bundle, *residual);
    return out;
  }
  group->metadata().annotations[std::string(k8s::kWorkload)] = "{}";  // what makes the way back take it for a task's
  auto back = mapper.ecsFrom(*group, nullptr);
  if (!back) return back.error();
  group->metadata().annotations[std::string(k8s::kWorkload)] = sealResidual(residualOfBundle(d, source, *back));
  out.bundle = bundleOf(d, *group);
  return out;
}

Result<Made> toEcs(Document& d, const Bundle& source, StreamConversion& told, const StreamOptions& options) {
  Mapper mapper(d, told, kNewestMinor);
  Made out;
  auto group = groupOf<KubernetesGroup>(source);
  if (!group) return group.error();
  std::optional<Value> residual;
  if (auto annotation = group->metadata().annotations.find(std::string(k8s::kWorkload));
      annotation != group->metadata().annotations.end()) {
    auto opened = openResidual(d, annotation->second);
    if (opened)
      residual = opened->rest;
    else
      told.refused.push_back("the annotation ecs.taskpod.io/workload: " + opened.error().message);
    if (!opened) group->metadata().annotations.erase(annotation);
  }
  if (residual) canonicalize(*group);
  auto mapped = mapper.ecsFrom(*group, options.reports ? &out.report : nullptr);
  if (!mapped) return mapped.error();
  if (residual) {
    out.bundle = patched(d, *mapped, *residual);
    const Value* definition = definitionIn(out.bundle);
    if (!definition) return Error{Reason::Invalid, "the annotation ecs.taskpod.io/workload takes the task definition away"};
    auto expected = mapper.kubernetesFrom(out.bundle, *definition, false, nullptr);
    if (!expected) return within("the annotation ecs.taskpod.io/workload", expected.error());
    canonicalize(*expected);
    expected->metadata().annotations[std::string(k8s::kWorkload)] = group->metadata().annotations[std::string(k8s::kWorkload)];
    if (*expected == *group) return out;
    mapped = std::move(out.bundle);  // something was edited that ECS cannot say: kept as for any Deployment
  }
  auto back = mapper.kubernetesFrom(*mapped, *definitionIn(*mapped), true, nullptr);
  if (!back) return back.error();
  std::string rest = residualOfBundle(d, source, bundleOf(d, *back));
  out.bundle = std::move(*mapped);
  for (std::size_t i = 0; i < out.bundle.keys.size(); ++i)
    if (out.bundle.kindAt(i) == "TaskDefinition")
      out.bundle.values[i] = withWorkloadLabel(d, out.bundle.values[i], d.string(sealResidual(rest)));
  return out;
}

// ---- streams

struct Group {
  std::vector<std::size_t> sources;  // main, definition (ECS side), what belongs to it
};

struct Stream {
  std::span<const Value> sources;
  std::vector<std::string_view> kinds;
  StreamOptions options;
  std::vector<Group> groups;  // single pods and definitions are groups of one
};

bool isPart(std::string_view kind) {
  return kind == "Service" || kind == "PodDisruptionBudget" || kind == "HorizontalPodAutoscaler" || kind == "RegisterScalableTarget" ||
         kind == "PutScalingPolicy";
}

std::string referenceIn(const Value& source, std::string_view kind) {
  if (kind != "CreateSchedule") return std::string(source.stringAt("taskDefinition"));
  const Value* target = source.find("Target");
  const Value* parameters = target ? target->find("EcsParameters") : nullptr;
  return parameters ? std::string(parameters->stringAt("TaskDefinitionArn")) : std::string();
}

// Does an ARN, family:revision or family name this definition?
bool names(const std::string& reference, const Value& definition) {
  if (reference == definition.stringAt("taskDefinitionArn")) return true;
  std::string text = reference;
  if (auto slash = text.find("task-definition/"); slash != std::string::npos) text = text.substr(slash + 16);
  auto colon = text.find(':');
  if (text.substr(0, colon) != definition.stringAt("family")) return false;
  const Value* revision = definition.find("revision");
  return colon == std::string::npos || !revision || revision->text() == text.substr(colon + 1);
}

Result<void> groupEcs(Document& d, Stream& stream) {
  std::vector<bool> used(stream.sources.size(), false);
  std::map<std::string, std::size_t> groupOfService;
  for (std::size_t i = 0; i < stream.sources.size(); ++i) {
    std::string_view kind = stream.kinds[i];
    if (kind == "TaskDefinition" || isPart(kind)) continue;
    std::string reference = referenceIn(stream.sources[i], kind);
    Group group{{i}};
    for (std::size_t k = 0; k < stream.sources.size() && group.sources.size() == 1; ++k)
      if (stream.kinds[k] == "TaskDefinition" && names(reference, unwrapped(d, stream.sources[k]))) group.sources.push_back(k);
    if (group.sources.size() == 1) {
      std::string name(stream.sources[i].stringAt(kind == "CreateService" ? "serviceName" : kind == "CreateSchedule" ? "Name" : "group"));
      return at(i, {Reason::NotFound,
                    std::string(kind) + " " + name + " wants the task definition \"" + reference +
                        "\", which is not among the documents; give its file, too",
                    0});
    }
    used[group.sources[1]] = true;
    if (kind == "CreateService") groupOfService[std::string(stream.sources[i].stringAt("serviceName"))] = stream.groups.size();
    stream.groups.push_back(std::move(group));
  }
  for (std::size_t i = 0; i < stream.sources.size(); ++i) {
    if (stream.kinds[i] == "TaskDefinition" && !used[i]) stream.groups.push_back({{i}});
    if (!isPart(stream.kinds[i])) continue;
    std::string resource(stream.sources[i].stringAt("ResourceId"));
    auto owner = groupOfService.find(resource.substr(resource.rfind('/') + 1));
    if (owner == groupOfService.end())
      return at(i, {Reason::NotFound,
                    std::string(stream.kinds[i]) + " is for \"" + resource + "\", a service that is not among the documents", 0});
    stream.groups[owner->second].sources.push_back(i);
  }
  return {};
}

const Value* labelsOf(const Value& source, std::string_view kind) {
  static constexpr std::string_view kTemplate[] = {"spec", "template", "metadata", "labels"};
  static constexpr std::string_view kCron[] = {"spec", "jobTemplate", "spec", "template", "metadata", "labels"};
  return kind == "CronJob" ? valueAt(source, kCron) : valueAt(source, kTemplate);
}

bool isSubset(const Value* selector, const Value* labels) {
  if (!selector || selector->members().empty() || !labels) return false;
  return std::all_of(selector->members().begin(), selector->members().end(), [&](const Member& want) {
    const Value* found = labels->find(want.name);
    return found && *found == want.value;
  });
}

bool belongs(const Value& part, std::string_view partKind, const Value& main, std::string_view mainKind) {
  static constexpr std::string_view kSelector[] = {"spec", "selector"};
  static constexpr std::string_view kMatchLabels[] = {"spec", "selector", "matchLabels"};
  static constexpr std::string_view kTarget[] = {"spec", "scaleTargetRef"};
  if (partKind == "Service") return isSubset(valueAt(part, kSelector), labelsOf(main, mainKind));
  if (partKind == "PodDisruptionBudget") return isSubset(valueAt(part, kMatchLabels), labelsOf(main, mainKind));
  const Value* target = valueAt(part, kTarget);
  return target && target->stringAt("kind") == mainKind && target->stringAt("name") == nameOf(main);
}

Result<void> groupKubernetes(Stream& stream) {
  for (std::size_t i = 0; i < stream.sources.size(); ++i)
    if (!isPart(stream.kinds[i])) stream.groups.push_back({{i}});
  for (std::size_t i = 0; i < stream.sources.size(); ++i) {
    if (!isPart(stream.kinds[i])) continue;
    auto owner = std::find_if(stream.groups.begin(), stream.groups.end(), [&](const Group& group) {
      std::size_t main = group.sources[0];
      return isOneOf(kMainKinds, stream.kinds[main]) &&
             belongs(stream.sources[i], stream.kinds[i], stream.sources[main], stream.kinds[main]);
    });
    if (owner == stream.groups.end())
      return at(i, {Reason::NotFound,
                    std::string(stream.kinds[i]) + " " + nameOf(stream.sources[i]) + " belongs to no workload among the documents", 0});
    owner->sources.push_back(i);
  }
  return {};
}

void append(StreamConversion& out, Made made, const Group& group) {
  for (std::size_t i = 0; i < made.bundle.keys.size(); ++i) {
    // Services that share a definition bring it back once.
    bool repeated = made.bundle.kindAt(i) == "TaskDefinition" &&
                    std::any_of(out.documents.begin(), out.documents.end(),
                                [&](const auto& other) { return other.document.root() == made.bundle.values[i]; });
    if (repeated) continue;
    StreamDocument document;
    auto copy = document.document.add(json::write(made.bundle.values[i]));
    if (copy) document.document.setRoot(*copy);
    document.sources = group.sources;
    bool carriesReport = made.bundle.kindAt(i) == "TaskDefinition" || isOneOf(kMainKinds, made.bundle.kindAt(i));
    if (carriesReport) document.report = made.report;
    out.documents.push_back(std::move(document));
  }
}

Result<void> convertSingle(const Stream& stream, std::size_t index, Direction direction, StreamConversion& out) {
  const Value& source = stream.sources[index];
  auto made = direction == Direction::ToPod ? toPod(source, stream.options.kubeMinor) : toTaskDefinition(source);
  if (!made) return at(index, made.error());
  StreamDocument document;
  if (stream.options.reports) document.report = reportOf(source, *made);
  document.document = std::move(made->document);
  document.sources = {index};
  out.refused.insert(out.refused.end(), made->refused.begin(), made->refused.end());
  out.notes.insert(out.notes.end(), made->notes.begin(), made->notes.end());
  out.documents.push_back(std::move(document));
  return {};
}

Result<void> convertEcsGroup(const Stream& stream, const Group& group, StreamConversion& out) {
  Document d;
  Value definition = unwrapped(d, stream.sources[group.sources[1]]);
  std::optional<Value> residual;
  if (auto label = labelIn(definition, k8s::kWorkload)) {
    definition = withWorkloadLabel(d, definition, std::nullopt);
    auto opened = openResidual(d, *label);
    if (opened)
      residual = opened->rest;
    else
      out.refused.push_back("the docker label ecs.taskpod.io/workload: " + opened.error().message);
  }
  Bundle source;
  source.add("TaskDefinition", definition);
  for (std::size_t index : group.sources)
    if (index != group.sources[1]) source.add(stream.kinds[index], stream.sources[index]);
  auto made = toKubernetes(d, source, definition, residual, out, stream.options);
  if (!made) return at(group.sources[0], made.error());
  append(out, std::move(*made), group);
  return {};
}

Result<void> convertKubernetesGroup(const Stream& stream, const Group& group, StreamConversion& out) {
  Document d;
  Bundle source;
  for (std::size_t index : group.sources) source.add(stream.kinds[index], stream.sources[index]);
  auto made = toEcs(d, source, out, stream.options);
  if (!made) return at(group.sources[0], made.error());
  append(out, std::move(*made), group);
  return {};
}

}  // namespace

bool isEcs(std::string_view kind) { return isOneOf(kEcsKinds, kind); }

std::string_view kindOf(const Value& document) {
  if (!document.isObject()) return "";
  if (const Value* kind = document.find("kind")) {
    auto known = std::find(std::begin(kKubernetesKinds), std::end(kKubernetesKinds), kind->text());
    return known == std::end(kKubernetesKinds) ? "" : *known;
  }
  const Value* inner = document.find("taskDefinition");
  if (document.find("containerDefinitions") || (inner && inner->find("containerDefinitions"))) return "TaskDefinition";
  if (document.find("serviceName") && inner) return "CreateService";
  if (document.find("ScheduleExpression")) return "CreateSchedule";
  if (document.stringAt("ScalableDimension") == "ecs:service:DesiredCount")
    return document.find("PolicyName") ? "PutScalingPolicy" : "RegisterScalableTarget";
  return inner && inner->isString() ? "RunTask" : "";
}

Result<StreamConversion> convertStream(std::span<const Value> sources, Direction direction, const StreamOptions& options) {
  Document d;
  Stream stream{sources, {}, options, {}};
  for (const Value& source : sources) stream.kinds.push_back(kindOf(source));
  auto grouped = direction == Direction::ToPod ? groupEcs(d, stream) : groupKubernetes(stream);
  if (!grouped) return grouped.error();
  std::stable_sort(stream.groups.begin(), stream.groups.end(), [](const Group& a, const Group& b) { return a.sources[0] < b.sources[0]; });
  StreamConversion out;
  for (const Group& group : stream.groups) {
    std::string_view kind = stream.kinds[group.sources[0]];
    bool single = kind == "TaskDefinition" || kind == "Pod";
    auto done = single                          ? convertSingle(stream, group.sources[0], direction, out)
                : direction == Direction::ToPod ? convertEcsGroup(stream, group, out)
                                                : convertKubernetesGroup(stream, group, out);
    if (!done) return done.error();
  }
  return out;
}

}  // namespace taskpod::translate
