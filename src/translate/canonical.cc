// Defaults: kubernetes pkg/apis/core/v1/defaults.go; admission: ServiceAccount, DefaultTolerationSeconds, Priority.
#include "translate/canonical.h"

#include <algorithm>
#include <string_view>

#include "taskpod/schedule/requests.h"

namespace taskpod::translate {
namespace {

template <class T>
void drop(std::optional<T>& member, const T& fallback) {
  if (member == fallback) member.reset();
}

void drop(std::string& member, std::string_view fallback) {
  if (member == fallback) member.clear();
}

void drop(std::int32_t& member, std::int32_t fallback) {
  if (member == fallback) member = 0;
}

void dropProbe(Boxed<k8s::Probe>& probe) {
  if (!probe) return;
  drop(probe->successThreshold, 1);
  if (probe->httpGet) drop(probe->httpGet->scheme, "HTTP");
}

void dropRequestsThatFollow(k8s::ResourceRequirements& resources) {
  for (const auto& [name, limit] : resources.limits) {
    auto request = resources.requests.find(name);
    if (request != resources.requests.end() && request->second.millis() == limit.millis()) resources.requests.erase(request);
  }
}

// A pod-level resource that is not asked for is what the containers ask for together (KEP-2837).
void dropRequestsOfContainers(k8s::Pod& pod) {
  auto& requests = pod.spec.resources->requests;
  if (requests.empty()) return;
  auto own = std::move(pod.spec.resources);
  schedule::PodRequests sum = schedule::requestsOf(pod);
  pod.spec.resources = std::move(own);
  auto dropEqual = [&](const char* name, std::optional<std::int64_t> asked, std::int64_t ofContainers) {
    if (!pod.spec.resources->limits.contains(name) && asked == ofContainers) requests.erase(name);
  };
  if (auto cpu = requests.find("cpu"); cpu != requests.end()) dropEqual("cpu", cpu->second.millis(), sum.milliCpu);
  if (auto memory = requests.find("memory"); memory != requests.end()) dropEqual("memory", memory->second.value(), sum.memory);
}

void dropContainer(k8s::Container& container) {
  drop(container.imagePullPolicy, k8s::defaultPullPolicy(container.image));
  drop(container.terminationMessagePath, "/dev/termination-log");
  drop(container.terminationMessagePolicy, "File");
  dropProbe(container.livenessProbe);
  dropProbe(container.readinessProbe);
  dropProbe(container.startupProbe);
  dropRequestsThatFollow(container.resources);
  for (auto& variable : container.env)
    if (variable.valueFrom && variable.valueFrom->fieldRef) drop(variable.valueFrom->fieldRef->apiVersion, "v1");
  std::erase_if(container.volumeMounts,
                [](const k8s::VolumeMount& mount) { return mount.mountPath == "/var/run/secrets/kubernetes.io/serviceaccount"; });
  if (container.securityContext && *container.securityContext == k8s::SecurityContext{}) container.securityContext.reset();
}

// Up to 1.33 the API server writes AppArmor fields as annotations, too (pkg/registry/core/pod/strategy.go).
void dropAppArmorAnnotations(k8s::Pod& pod) {
  for (const auto* list : {&pod.spec.initContainers, &pod.spec.containers})
    for (const auto& container : *list)
      if (container.securityContext && container.securityContext->appArmorProfile)
        pod.metadata.annotations.erase("container.apparmor.security.beta.kubernetes.io/" + container.name);
}

bool isDefaultToleration(const k8s::Toleration& t) {
  return (t.key == "node.kubernetes.io/not-ready" || t.key == "node.kubernetes.io/unreachable") && t.operator_ == "Exists" &&
         t.effect == "NoExecute" && t.tolerationSeconds == 300;
}

}  // namespace

k8s::Pod canonical(k8s::Pod pod) {
  k8s::ObjectMeta meta;
  meta.name = pod.metadata.name;
  meta.generateName = pod.metadata.name.empty() ? pod.metadata.generateName : "";
  meta.labels = pod.metadata.labels;
  meta.annotations = pod.metadata.annotations;
  meta.annotations.erase("kubectl.kubernetes.io/last-applied-configuration");
  pod.metadata = std::move(meta);
  dropAppArmorAnnotations(pod);
  pod.status = {};
  std::erase_if(pod.extra.members, [](const auto& member) { return member.first == "status"; });

  k8s::PodSpec& spec = pod.spec;
  spec.nodeName.clear();
  drop(spec.restartPolicy, "Always");
  drop(spec.dnsPolicy, "ClusterFirst");
  drop(spec.schedulerName, "default-scheduler");
  drop(spec.serviceAccountName, "default");
  drop(spec.serviceAccount, "default");
  drop(spec.terminationGracePeriodSeconds, std::int64_t{30});
  drop(spec.priority, 0);
  drop(spec.preemptionPolicy, std::string("PreemptLowerPriority"));
  std::erase_if(spec.tolerations, isDefaultToleration);
  std::erase_if(spec.volumes, [](const k8s::Volume& volume) { return volume.name.starts_with("kube-api-access-"); });
  for (auto& volume : spec.volumes) {
    if (volume.secret) drop(volume.secret->defaultMode, 420);
    if (volume.configMap) drop(volume.configMap->defaultMode, 420);
    if (volume.hostPath) drop(volume.hostPath->type, std::string());
  }
  if (spec.securityContext && *spec.securityContext == k8s::PodSecurityContext{}) spec.securityContext.reset();
  if (spec.resources) {
    dropRequestsThatFollow(*spec.resources);
    dropRequestsOfContainers(pod);
  }
  for (auto& container : spec.initContainers) dropContainer(container);
  for (auto& container : spec.containers) dropContainer(container);
  return pod;
}

namespace {

k8s::ObjectMeta canonicalMeta(const k8s::ObjectMeta& from) {
  k8s::Pod pod;
  pod.metadata = from;
  k8s::ObjectMeta out = canonical(std::move(pod)).metadata;
  out.annotations.erase("deployment.kubernetes.io/revision");
  out.annotations.erase("deprecated.daemonset.template.generation");
  return out;
}

template <class T>
void canonicalizeObject(T& object) {
  object.metadata = canonicalMeta(object.metadata);
  std::erase_if(object.extra.members, [](const auto& member) { return member.first == "status"; });
}

void canonicalizeTemplate(k8s::PodTemplateSpec& from) {
  k8s::Pod pod;
  pod.metadata = from.metadata;
  pod.spec = from.spec;
  pod = canonical(std::move(pod));
  from.metadata = std::move(pod.metadata);
  from.metadata.labels.erase("batch.kubernetes.io/job-name");
  from.metadata.labels.erase("batch.kubernetes.io/controller-uid");
  from.metadata.labels.erase("job-name");
  from.metadata.labels.erase("controller-uid");
  from.spec = std::move(pod.spec);
}

void canonicalizeService(k8s::Service& service) {
  canonicalizeObject(service);
  if (service.spec.clusterIP != "None") service.spec.clusterIP.clear();
  drop(service.spec.type, "ClusterIP");
  for (auto& port : service.spec.ports) {
    port.nodePort = 0;
    drop(port.protocol, "TCP");
  }
  service.spec.extra = {};
}

}  // namespace

// Defaults: kubernetes pkg/apis/apps/v1/defaults.go, pkg/apis/batch/v1/defaults.go.
void canonicalize(KubernetesGroup& group) {
  canonicalizeTemplate(group.podTemplate());
  if (group.deployment) {
    canonicalizeObject(*group.deployment);
    drop(group.deployment->spec.revisionHistoryLimit, 10);
    drop(group.deployment->spec.progressDeadlineSeconds, 600);
  }
  if (group.daemonSet) {
    canonicalizeObject(*group.daemonSet);
    drop(group.daemonSet->spec.revisionHistoryLimit, 10);
    auto& rolling = group.daemonSet->spec.updateStrategy.rollingUpdate;
    if (rolling) drop(rolling->maxSurge, k8s::IntOrString{});
  }
  if (group.job) {
    canonicalizeObject(*group.job);
    group.job->spec.selector.reset();
    drop(group.job->spec.suspend, false);
    drop(group.job->spec.backoffLimit, 2147483647);
    drop(group.job->spec.manualSelector, false);
    drop(group.job->spec.podReplacementPolicy, std::string("TerminatingOrFailed"));
  }
  if (group.cronJob) {
    canonicalizeObject(*group.cronJob);
    drop(group.cronJob->spec.concurrencyPolicy, "Allow");
    drop(group.cronJob->spec.suspend, false);
    drop(group.cronJob->spec.successfulJobsHistoryLimit, 3);
    drop(group.cronJob->spec.failedJobsHistoryLimit, 1);
  }
  for (auto& service : group.services) canonicalizeService(service);
  for (auto& budget : group.budgets) canonicalizeObject(budget);
  for (auto& autoscaler : group.autoscalers) canonicalizeObject(autoscaler);
}

}  // namespace taskpod::translate
