// Sources: kubernetes 1.36 pkg/apis/{core,apps,batch}/validation, apimachinery pkg/api/validation, pkg/apis/meta/v1/validation.
#include <algorithm>
#include <limits>

#include "translate/validate_pod_rules.h"

namespace taskpod::translate {
namespace {

using json::Document;
using json::Row;
using json::Value;

// The largest request that kube-apiserver reads.
constexpr std::size_t kLargestBytes = 3u << 20;
constexpr std::size_t kLongestCronJobName = 52;
constexpr std::int64_t kLargestInt = std::numeric_limits<std::int32_t>::max();

constexpr std::string_view kNotNegative = "must be greater than or equal to 0";
constexpr RangeRow kRanges[] = {
    {"spec.replicas", 0, kLargestInt, kNotNegative},
    {"spec.minReadySeconds", 0, kLargestInt, kNotNegative},
    {"spec.revisionHistoryLimit", 0, kLargestInt, kNotNegative},
    {"spec.progressDeadlineSeconds", 0, kLargestInt, kNotNegative},
    {"spec.startingDeadlineSeconds", 0, std::numeric_limits<std::int64_t>::max(), kNotNegative},
    {"spec.successfulJobsHistoryLimit", 0, kLargestInt, kNotNegative},
    {"spec.failedJobsHistoryLimit", 0, kLargestInt, kNotNegative},
};

// Of a Job's spec, in a Job and in a CronJob.
constexpr RangeRow kJobRanges[] = {
    {"parallelism", 0, kLargestInt, kNotNegative},
    {"completions", 0, kLargestInt, kNotNegative},
    {"activeDeadlineSeconds", 0, std::numeric_limits<std::int64_t>::max(), kNotNegative},
    {"backoffLimit", 0, kLargestInt, kNotNegative},
    {"backoffLimitPerIndex", 0, kLargestInt, kNotNegative},
    {"maxFailedIndexes", 0, kLargestInt, kNotNegative},
    {"ttlSecondsAfterFinished", 0, kLargestInt, kNotNegative},
};

constexpr WordsRow kWords[] = {{"spec.concurrencyPolicy", "Allow Forbid Replace"}};
constexpr WordsRow kJobWords[] = {{"completionMode", "NonIndexed Indexed"}, {"podReplacementPolicy", "TerminatingOrFailed Failed"}};

constexpr std::string_view kQuantityRows[] = {"limits", "requests", "overhead", "sizeLimit"};

// ---- types

// Where a path of the reader leads: "spec.containers[0].resources.limits.memory" is an item of the map `limits`.
struct Place {
  std::string path;  // as the server writes it: "spec.containers[0].resources.limits[memory]"
  std::string_view row;
  const Value* value = nullptr;
};

Place placeOf(const Value& root, std::string_view path, std::span<const Row> rows) {
  Place place{"", "", &root};
  while (!path.empty()) {
    bool isIndex = path.front() == '[';
    if (path.front() == '.') path.remove_prefix(1);
    std::size_t end = isIndex ? std::min(path.find(']'), path.size() - 1) + 1 : std::min(path.find_first_of(".["), path.size());
    if (rows.empty() && !isIndex) end = path.size();  // the key of a map, whatever is in it
    std::string_view step = path.substr(0, end);
    path.remove_prefix(end);
    if (place.value) place.value = isIndex ? valueAtPath(*place.value, step) : place.value->find(step);
    if (isIndex) {
      place.path += step;
      continue;
    }
    place.path += rows.empty() ? "[" + std::string(step) + "]" : (place.path.empty() ? "" : ".") + std::string(step);
    auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.name == step; });
    if (row != rows.end()) place.row = row->name;
    rows = row != rows.end() && row->nested ? row->nested() : std::span<const Row>();
  }
  return place;
}

bool isQuantity(const Place& place) {
  return std::find(std::begin(kQuantityRows), std::end(kQuantityRows), place.row) != std::end(kQuantityRows);
}

// What cannot be decoded, told and (by the reader's path) handed back.
PathSet checkTypes(const Value& source, std::vector<json::Problem> problems, std::span<const Row> rows, Findings& found) {
  PathSet unreadable;
  for (auto& problem : problems) {
    Place place = placeOf(source, problem.path, rows);
    bool isText = place.value && (place.value->isString() || place.value->kind() == json::Kind::Number);
    std::string message = isQuantity(place) && isText ? quantityComplaint(place.value->text()) : std::move(problem.message);
    found.refuse({std::move(place.path), "", std::move(message), ""});
    unreadable.insert(std::move(problem.path));
  }
  return unreadable;
}

// ---- metadata and selectors

void checkMeta(const Value& source, const k8s::ObjectMeta& meta, Findings& found) {
  checkLabels(source, "metadata.labels", "", found);
  checkAnnotations(source, "metadata.annotations", found);
  if (meta.name.empty() && meta.generateName.empty()) complain(found, "metadata.name", required("name or generateName is required"));
  if (!meta.name.empty()) complain(found, "metadata.name", meta.name, complaintsOfSubdomain(meta.name));
  if (!meta.generateName.empty()) {
    std::string name = meta.generateName;
    if (name.size() > 1 && name.back() == '-') name.replace(name.size() - 2, 2, "a");  // a suffix comes after it
    complain(found, "metadata.generateName", meta.generateName, complaintsOfSubdomain(name));
  }
  if (!meta.namespace_.empty()) complain(found, "metadata.namespace", meta.namespace_, complaintsOfLabel(meta.namespace_));
}

using Labels = std::map<std::string, std::string>;

std::string textOf(const Labels& labels) {
  if (labels.empty()) return "null";
  std::string out;
  for (const auto& [name, value] : labels) out += (out.empty() ? "" : ",") + quoted(name) + ":" + quoted(value);
  return "{" + out + "}";
}

bool matches(const k8s::LabelSelectorRequirement& requirement, const Labels& labels) {
  auto label = labels.find(requirement.key);
  bool has = label != labels.end();
  if (requirement.operator_ == "Exists") return has;
  if (requirement.operator_ == "DoesNotExist") return !has;
  bool isIn = has && std::find(requirement.values.begin(), requirement.values.end(), label->second) != requirement.values.end();
  return requirement.operator_ == "In" ? isIn : !isIn;
}

bool matches(const k8s::LabelSelector& selector, const Labels& labels) {
  for (const auto& [name, value] : selector.matchLabels)
    if (auto label = labels.find(name); label == labels.end() || label->second != value) return false;
  return std::all_of(selector.matchExpressions.begin(), selector.matchExpressions.end(),
                     [&](const auto& requirement) { return matches(requirement, labels); });
}

// False if the requirement has no meaning.
bool checkRequirement(const k8s::LabelSelectorRequirement& requirement, const std::string& path, Findings& found) {
  bool takesValues = hasWord("In NotIn", requirement.operator_), takesNone = hasWord("Exists DoesNotExist", requirement.operator_);
  if (takesValues && requirement.values.empty())
    complain(found, path + ".values", required("must be specified when `operator` is 'In' or 'NotIn'"));
  if (takesNone && !requirement.values.empty())
    complain(found, path + ".values", forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  if (!takesValues && !takesNone)
    complain(found, path + ".operator", invalid(quoted(requirement.operator_), "not a valid selector operator"));
  Complaints complaints = complaintsOfLabelKey(requirement.key);
  complain(found, path + ".key", requirement.key, complaints);
  return complaints.empty() && (takesNone || takesValues) && takesNone == requirement.values.empty();
}

struct SelectorRule {
  std::string_view kind;  // as in "empty selector is invalid for deployment"
  bool isRequired;        // told by itself when it is missing
};

void checkSelector(const Value& source, const Boxed<k8s::LabelSelector>& selector, const Labels& labels, const SelectorRule& rule,
                   Findings& found) {
  constexpr std::string_view kSelector = "spec.selector", kLabels = "spec.template.metadata.labels";
  bool hasMeaning = !found.holdsRefused(kSelector) && !found.isRefused(kSelector) && !found.holdsRefused(kLabels);
  checkLabels(source, "spec.selector.matchLabels", "", found);
  for (std::size_t i = 0; selector && i < selector->matchExpressions.size(); ++i)
    hasMeaning &= checkRequirement(selector->matchExpressions[i], indexed("spec.selector.matchExpressions", i), found);
  if (!selector && rule.isRequired) complain(found, "spec.selector", required());
  if (hasMeaning && selector && selector->matchLabels.empty() && selector->matchExpressions.empty())
    return complain(found, "spec.selector", invalid("{}", "empty selector is invalid for " + std::string(rule.kind)));
  if (hasMeaning && !(selector && matches(*selector, labels)))
    complain(found, std::string(kLabels), invalid(textOf(labels), "`selector` does not match template `labels`"));
}

// ---- the kinds

struct Context {
  const Value& source;
  Findings& found;
};

void checkTemplate(const Context& context, const k8s::PodTemplateSpec& pod, const std::string& path) {
  checkLabels(context.source, path + ".metadata.labels", "", context.found);
  checkAnnotations(context.source, path + ".metadata.annotations", context.found);
  PodCheck check{pod.spec, path + ".spec", PodKind::Template, context.found};
  checkPod(check);
}

// Of what runs for ever.
void checkServing(const Context& context, const k8s::PodTemplateSpec& pod, std::string_view kind) {
  checkTemplate(context, pod, "spec.template");
  const std::string& policy = pod.spec.restartPolicy;
  if (!policy.empty() && policy != "Always")
    complain(context.found, "spec.template.spec.restartPolicy", unsupported(quoted(policy), "Always"));
  if (pod.spec.activeDeadlineSeconds)
    complain(context.found, "spec.template.spec.activeDeadlineSeconds",
             forbidden("activeDeadlineSeconds in " + std::string(kind) + " is not Supported"));
}

void checkJobSpec(const Context& context, const k8s::JobSpec& job, const std::string& path) {
  checkTemplate(context, job.template_, path + ".template");
  const std::string& policy = job.template_.spec.restartPolicy;
  if (policy.empty() || policy == "Always")
    complain(context.found, path + ".template.spec.restartPolicy", required("valid values: \"OnFailure\", \"Never\""));
  if (job.completionMode == "Indexed" && !job.completions)
    complain(context.found, path + ".completions", required("when completion mode is Indexed"));
  if (job.maxFailedIndexes && !job.backoffLimitPerIndex)
    complain(context.found, path + ".backoffLimitPerIndex", required("when maxFailedIndexes is specified"));
}

void checkKind(const Context& context, const k8s::Pod& pod) {
  PodCheck check{pod.spec, "spec", PodKind::Pod, context.found};
  checkPod(check);
}

void checkKind(const Context& context, const k8s::Deployment& deployment) {
  const k8s::DeploymentSpec& spec = deployment.spec;
  checkSelector(context.source, spec.selector, spec.template_.metadata.labels, {"deployment", true}, context.found);
  checkServing(context, spec.template_, "ReplicaSet");
  const k8s::DeploymentStrategy& strategy = spec.strategy;
  if (!strategy.type.empty() && !hasWord("Recreate RollingUpdate", strategy.type))
    complain(context.found, "spec.strategy",
             unsupported("{\"Type\":" + quoted(strategy.type) + ",\"RollingUpdate\":null}", "Recreate RollingUpdate"));
  if (strategy.type == "Recreate" && strategy.rollingUpdate)
    complain(context.found, "spec.strategy.rollingUpdate", forbidden("may not be specified when strategy `type` is 'Recreate'"));
  if (spec.progressDeadlineSeconds && *spec.progressDeadlineSeconds <= spec.minReadySeconds)
    complain(context.found, "spec.progressDeadlineSeconds",
             invalid(std::to_string(*spec.progressDeadlineSeconds), "must be greater than minReadySeconds"));
}

void checkKind(const Context& context, const k8s::DaemonSet& daemonSet) {
  const k8s::DaemonSetSpec& spec = daemonSet.spec;
  checkSelector(context.source, spec.selector, spec.template_.metadata.labels, {"daemonset", false}, context.found);
  checkServing(context, spec.template_, "DaemonSet");
  if (!spec.updateStrategy.type.empty() && !hasWord("RollingUpdate OnDelete", spec.updateStrategy.type))
    complain(context.found, "spec.updateStrategy",
             unsupported("{\"Type\":" + quoted(spec.updateStrategy.type) + ",\"RollingUpdate\":null}", "RollingUpdate OnDelete"));
}

void checkKind(const Context& context, const k8s::Job& job) { checkJobSpec(context, job.spec, "spec"); }

void checkKind(const Context& context, const k8s::CronJob& cronJob) {
  if (cronJob.metadata.name.size() > kLongestCronJobName)
    complain(context.found, "metadata.name", invalid(quoted(cronJob.metadata.name), "must be no more than 52 characters"));
  if (cronJob.spec.schedule.empty()) complain(context.found, "spec.schedule", required());
  if (cronJob.spec.schedule.find("TZ") != std::string::npos)
    complain(context.found, "spec.schedule",
             invalid(quoted(cronJob.spec.schedule), "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"));
  checkJobSpec(context, cronJob.spec.jobTemplate.spec, "spec.jobTemplate.spec");
}

struct Kind {
  std::string_view name;
  std::string_view apiVersion;
  std::string_view podSpec;
  std::string_view jobSpec;  // "" if there is none
  std::vector<Problem> (*validate)(const Value& source, const Kind& kind);
};

void checkTables(const Value& source, const Kind& kind, Findings& found) {
  for (const auto& row : kRanges) checkRange(source, "", row, found);
  for (const auto& row : kWords) checkWords(source, "", row, found);
  const Value* job = kind.jobSpec.empty() ? nullptr : valueAtPath(source, kind.jobSpec);
  for (const auto& row : kJobRanges)
    if (job) checkRange(*job, std::string(kind.jobSpec), row, found);
  for (const auto& row : kJobWords)
    if (job) checkWords(*job, std::string(kind.jobSpec), row, found);
  if (const Value* spec = valueAtPath(source, kind.podSpec)) checkPodTables(*spec, std::string(kind.podSpec), found);
  if (source.stringAt("apiVersion") != kind.apiVersion) {
    std::string version(source.stringAt("apiVersion"));
    complain(found, "apiVersion",
             version.empty() ? required() : "no matches for kind " + quoted(kind.name) + " in version " + quoted(version));
  }
}

template <class T>
std::vector<Problem> validateAs(const Value& source, const Kind& kind) {
  Findings found;
  T whole;
  PathSet unreadable = checkTypes(source, json::readAll(whole, source), T::rows(), found);
  checkTables(source, kind, found);
  unreadable.insert(found.refused().begin(), found.refused().end());
  Document d;
  T readable;
  json::readAll(readable, without(d, source, unreadable));
  checkMeta(source, readable.metadata, found);
  checkKind(Context{source, found}, readable);
  return std::move(found).inOrder(T::rows());
}

constexpr Kind kKinds[] = {
    {"Pod", "v1", "spec", "", validateAs<k8s::Pod>},
    {"Deployment", "apps/v1", "spec.template.spec", "", validateAs<k8s::Deployment>},
    {"DaemonSet", "apps/v1", "spec.template.spec", "", validateAs<k8s::DaemonSet>},
    {"Job", "batch/v1", "spec.template.spec", "spec", validateAs<k8s::Job>},
    {"CronJob", "batch/v1", "spec.jobTemplate.spec.template.spec", "spec.jobTemplate.spec", validateAs<k8s::CronJob>},
};

}  // namespace

std::vector<Problem> validateKubernetes(const Value& source) {
  if (!source.isObject()) return {{"", "", "expected an object", ""}};
  if (json::write(source).size() > kLargestBytes)
    return {{"", "", "Request entity too large: limit is " + std::to_string(kLargestBytes), ""}};
  std::string_view name = source.stringAt("kind");
  for (const Kind& kind : kKinds)
    if (kind.name == name) return kind.validate(source, kind);
  std::string message = name.empty() ? required() : unsupported(quoted(name), "Pod Deployment DaemonSet Job CronJob");
  return {{"kind", "", std::move(message), ""}};
}

}  // namespace taskpod::translate
