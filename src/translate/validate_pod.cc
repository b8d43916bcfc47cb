// Source: kubernetes 1.36 pkg/apis/core/validation/validation.go, with the defaults that the server sets before it validates.
#include <algorithm>
#include <limits>
#include <unordered_set>
#include <utility>

#include "translate/validate_pod_rules.h"

namespace taskpod::translate {
namespace {

using json::Member;
using json::Value;

constexpr std::int64_t kLargestInt = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t kMostNameservers = 3;

// ---- tables: below a pod's spec, below a container

constexpr WordsRow kPodWords[] = {
    {"volumes[].hostPath.type", " BlockDevice CharDevice Directory DirectoryOrCreate File FileOrCreate Socket"},
    {"restartPolicy", "Always OnFailure Never"},
    {"dnsPolicy", "ClusterFirstWithHostNet ClusterFirst Default None"},
    {"tolerations[].effect", "NoSchedule PreferNoSchedule NoExecute"},
    {"preemptionPolicy", "PreemptLowerPriority Never"},
    {"topologySpreadConstraints[].whenUnsatisfiable", "DoNotSchedule ScheduleAnyway"},
};

constexpr WordsRow kContainerWords[] = {
    {"ports[].protocol", "SCTP TCP UDP"},
    {"restartPolicy", "Always Never OnFailure"},
    {"livenessProbe.httpGet.scheme", "HTTP HTTPS"},
    {"readinessProbe.httpGet.scheme", "HTTP HTTPS"},
    {"startupProbe.httpGet.scheme", "HTTP HTTPS"},
    {"terminationMessagePolicy", "File FallbackToLogsOnError"},
    {"imagePullPolicy", "Always IfNotPresent Never"},
};

constexpr RangeRow kPodRanges[] = {
    {"activeDeadlineSeconds", 1, kLargestInt},      {"securityContext.runAsUser", 0, kLargestInt},
    {"securityContext.runAsGroup", 0, kLargestInt}, {"securityContext.supplementalGroups[]", 0, kLargestInt},
    {"securityContext.fsGroup", 0, kLargestInt},
};

constexpr RangeRow kContainerRanges[] = {
    {"ports[].hostPort", 1, 65535},
    {"ports[].containerPort", 1, 65535},
    {"securityContext.runAsUser", 0, kLargestInt},
    {"securityContext.runAsGroup", 0, kLargestInt},
};

constexpr std::string_view kNotNegative = "must be greater than or equal to 0";
constexpr std::string_view kProbes[] = {"livenessProbe", "readinessProbe", "startupProbe"};
constexpr RangeRow kProbeRanges[] = {
    {"initialDelaySeconds", 0, kLargestInt, kNotNegative}, {"timeoutSeconds", 0, kLargestInt, kNotNegative},
    {"periodSeconds", 0, kLargestInt, kNotNegative},       {"successThreshold", 0, kLargestInt, kNotNegative},
    {"failureThreshold", 0, kLargestInt, kNotNegative},    {"terminationGracePeriodSeconds", 1, kLargestInt, "must be greater than 0"},
};

constexpr RequiredRow kPodRequired[] = {
    {"volumes[]", "name"},           {"volumes[].hostPath", "path"}, {"volumes[].secret", "secretName"},
    {"volumes[].nfs", "server"},     {"volumes[].nfs", "path"},      {"volumes[].persistentVolumeClaim", "claimName"},
    {"volumes[].configMap", "name"}, {"volumes[].csi", "driver"},
};

constexpr RequiredRow kContainerRequired[] = {
    {"", "name"},
    {"", "image"},
    {"ports[]", "containerPort"},
    {"envFrom[].configMapRef", "name"},
    {"envFrom[].secretRef", "name"},
    {"env[]", "name"},
    {"env[].valueFrom.fieldRef", "fieldPath"},
    {"env[].valueFrom.resourceFieldRef", "resource"},
    {"env[].valueFrom.configMapKeyRef", "key"},
    {"env[].valueFrom.secretKeyRef", "key"},
    {"volumeMounts[]", "name"},
    {"volumeMounts[]", "mountPath"},
    {"volumeDevices[]", "name"},
    {"volumeDevices[]", "devicePath"},
};

// In the order in which the server looks for them.
constexpr std::string_view kVolumeSources[] = {
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
};

std::string joined(const std::string& path, std::string_view member) {
  return path + (path.empty() || member.empty() ? "" : ".") + std::string(member);
}

bool isMissing(const Value* value) {
  return !value || value->isNull() || (value->isString() && value->text().empty()) ||
         (value->kind() == json::Kind::Number && value->text() == "0");
}

void checkContainerTables(const Value& container, const std::string& path, Findings& found) {
  for (const auto& row : kContainerRequired) checkRequired(container, path, row, found);
  for (const auto& row : kContainerWords) checkWords(container, path, row, found);
  for (const auto& row : kContainerRanges) checkRange(container, path, row, found);
  for (std::string_view member : kProbes) {
    const Value* probe = container.find(member);
    for (const auto& row : kProbeRanges)
      if (probe) checkRange(*probe, joined(path, member), row, found);
  }
}

void checkVolumeSources(const Value& volume, const std::string& path, Findings& found) {
  bool any = false;
  for (std::string_view name : kVolumeSources) {
    const Value* source = volume.find(name);
    if (!source || source->isNull()) continue;
    if (std::exchange(any, true)) found.refuse({joined(path, name), "", forbidden("may not specify more than 1 volume type"), ""});
  }
}

// ---- rules for the pod as a whole

void checkVolumes(PodCheck& check) {
  std::unordered_set<std::string_view> names;
  for (std::size_t i = 0; i < check.spec.volumes.size(); ++i) {
    const std::string& name = check.spec.volumes[i].name;
    std::string path = indexed(check.path + ".volumes", i) + ".name";
    if (name.empty()) continue;
    Complaints complaints = complaintsOfLabel(name);
    complain(check.found, path, name, complaints);
    if (!names.insert(name).second) complain(check.found, path, duplicate(name));
  }
}

void checkNames(PodCheck& check) {
  const k8s::PodSpec& spec = check.spec;
  if (!spec.hostname.empty()) complain(check.found, check.path + ".hostname", spec.hostname, complaintsOfLabel(spec.hostname));
  if (!spec.subdomain.empty()) complain(check.found, check.path + ".subdomain", spec.subdomain, complaintsOfLabel(spec.subdomain));
  if (!spec.serviceAccountName.empty())
    complain(check.found, check.path + ".serviceAccountName", spec.serviceAccountName, complaintsOfSubdomain(spec.serviceAccountName));
  if (!spec.nodeName.empty()) complain(check.found, check.path + ".nodeName", spec.nodeName, complaintsOfSubdomain(spec.nodeName));
  if (!spec.priorityClassName.empty())
    complain(check.found, check.path + ".priorityClassName", spec.priorityClassName, complaintsOfSubdomain(spec.priorityClassName));
}

void checkHostAliases(PodCheck& check) {
  for (std::size_t i = 0; i < check.spec.hostAliases.size(); ++i) {
    const k8s::HostAlias& alias = check.spec.hostAliases[i];
    std::string path = indexed(check.path + ".hostAliases", i);
    complain(check.found, path + ".ip", alias.ip, complaintsOfIp(alias.ip));
    for (std::size_t j = 0; j < alias.hostnames.size(); ++j)
      complain(check.found, indexed(path + ".hostnames", j), alias.hostnames[j], complaintsOfSubdomain(alias.hostnames[j]));
  }
}

void checkDns(PodCheck& check) {
  const auto& config = check.spec.dnsConfig;
  std::string path = check.path + ".dnsConfig";
  if (check.spec.dnsPolicy == "None" && !config)
    return complain(check.found, path, required("must provide `dnsConfig` when `dnsPolicy` is None"));
  if (!config) return;
  if (check.spec.dnsPolicy == "None" && config->nameservers.empty())
    complain(check.found, path + ".nameservers", required("must provide at least one DNS nameserver when `dnsPolicy` is None"));
  if (config->nameservers.size() > kMostNameservers) {
    std::string list;
    for (const auto& server : config->nameservers) list += (list.empty() ? "" : ",") + quoted(server);
    complain(check.found, path + ".nameservers", invalid("[" + excerpt(list) + "]", "must not have more than 3 nameservers"));
  }
  for (std::size_t i = 0; i < config->nameservers.size(); ++i)
    complain(check.found, indexed(path + ".nameservers", i), config->nameservers[i], complaintsOfIp(config->nameservers[i]));
}

void checkNamespaces(PodCheck& check) {
  if (check.spec.hostPID && check.spec.shareProcessNamespace == true)
    complain(check.found, check.path + ".shareProcessNamespace",
             invalid("true", "ShareProcessNamespace and HostPID cannot both be enabled"));
}

}  // namespace

void checkWords(const Value& root, const std::string& path, const WordsRow& row, Findings& found) {
  visitAll(
      root, row.pattern,
      [&](const std::string& at, const Value& value) {
        if (value.text().empty() || hasWord(row.words, value.text())) return;
        found.refuse({at, "", unsupported(quoted(value.text()), row.words), ""});
      },
      path);
}

void checkRange(const Value& root, const std::string& path, const RangeRow& row, Findings& found) {
  visitAll(
      root, row.pattern,
      [&](const std::string& at, const Value& value) {
        auto number = wholeNumber(value.text());
        if (!number || *number == 0 || (*number >= row.low && *number <= row.high)) return;
        std::string text = row.text.empty() ? mustBeBetween(row.low, row.high) : std::string(row.text);
        found.refuse({at, "", invalid(std::to_string(*number), text), ""});
      },
      path);
}

void checkRequired(const Value& root, const std::string& path, const RequiredRow& row, Findings& found) {
  visitAll(
      root, row.parent,
      [&](const std::string& at, const Value& parent) {
        if (parent.isObject() && isMissing(parent.find(row.member))) found.refuse({joined(at, row.member), "", required(), ""});
      },
      path);
}

void checkLabels(const Value& root, std::string_view pattern, const std::string& path, Findings& found) {
  visitAll(
      root, pattern,
      [&](const std::string& at, const Value& labels) {
        for (const Member& label : labels.members()) {
          complain(found, at, label.name, complaintsOfLabelKey(label.name));
          if (label.value.isString()) complain(found, at, label.value.text(), complaintsOfLabelValue(label.value.text()));
        }
      },
      path);
}

void checkAnnotations(const Value& root, std::string_view pattern, Findings& found) {
  constexpr std::size_t kMostBytes = 256u << 10;
  visitAll(root, pattern, [&](const std::string& at, const Value& annotations) {
    std::size_t size = 0;
    for (const Member& annotation : annotations.members()) {
      size += annotation.name.size() + annotation.value.text().size();
      std::string key(annotation.name);  // the case does not matter
      std::transform(key.begin(), key.end(), key.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
      complain(found, at, annotation.name, complaintsOfLabelKey(key));
    }
    if (size > kMostBytes) complain(found, at, "Too long: may not be more than " + std::to_string(kMostBytes) + " bytes");
  });
}

void checkPodTables(const Value& spec, const std::string& path, Findings& found) {
  visitAll(
      spec, "volumes[]", [&](const std::string& at, const Value& volume) { checkVolumeSources(volume, at, found); }, path);
  for (const auto& row : kPodRequired) checkRequired(spec, path, row, found);
  for (const auto& row : kPodWords) checkWords(spec, path, row, found);
  for (const auto& row : kPodRanges) checkRange(spec, path, row, found);
  for (std::string_view list : {"initContainers[]", "containers[]"}) {
    visitAll(
        spec, list, [&](const std::string& at, const Value& container) { checkContainerTables(container, at, found); }, path);
  }
  checkLabels(spec, "nodeSelector", path, found);
}

void checkPod(PodCheck& check) {
  checkVolumes(check);
  checkPodContainers(check);
  checkNamespaces(check);
  checkNames(check);
  checkHostAliases(check);
  checkDns(check);
}

}  // namespace taskpod::translate
