// CreateService and what it is in Kubernetes (docs/decisions/0004-workloads.md).
#include <algorithm>
#include <set>

#include "taskpod/k8s/names.h"
#include "taskpod/translate/rolling.h"
#include "taskpod/translate/units.h"
#include "translate/rules.h"
#include "translate/workload_rules.h"

namespace taskpod::translate {

namespace {

constexpr std::int32_t kProgressDeadline = 600;
constexpr std::string_view kCluster = "default";

using Labels = std::map<std::string, std::string>;

k8s::IntOrString number(std::int32_t value) { return {false, value, {}}; }

const k8s::ContainerPort* portNamed(const k8s::PodSpec& spec, std::string_view name) {
  for (const auto& container : spec.containers)
    for (const auto& port : container.ports)
      if (!name.empty() && port.name == name) return &port;
  return nullptr;
}

// ---- towards Kubernetes

k8s::Service serviceNamed(const std::string& name, const Labels& selector) {
  k8s::Service out;
  out.apiVersion = "v1";
  out.kind = "Service";
  out.metadata.name = slug(name);
  out.spec.selector = selector;
  return out;
}

void addPort(k8s::Service& service, std::int32_t port, const k8s::IntOrString& target) {
  bool taken = std::any_of(service.spec.ports.begin(), service.spec.ports.end(), [&](const auto& other) { return other.port == port; });
  if (port < 1 || port > 65535 || taken) return;
  auto& out = service.spec.ports.emplace_back();
  out.name = "port-" + std::to_string(port);
  out.protocol = "TCP";
  out.port = port;
  out.targetPort = target;
}

// A Service may have one port without a name.
void nameOnlyIfSeveral(k8s::Service& service) {
  if (service.spec.ports.size() == 1) service.spec.ports.front().name.clear();
}

void addConnect(KubernetesGroup& out, const ecs::ServiceConnectConfiguration& connect, const Labels& selector) {
  for (const auto& entry : connect.services) {
    std::vector<ecs::ServiceConnectClientAlias> aliases = entry.clientAliases;
    if (aliases.empty()) aliases.emplace_back();
    for (const auto& alias : aliases) {
      const std::string& discovery = entry.discoveryName.empty() ? entry.portName : entry.discoveryName;
      std::string name = alias.dnsName.substr(0, alias.dnsName.find('.'));
      k8s::Service service = serviceNamed(name.empty() ? discovery : name, selector);
      const k8s::ContainerPort* target = portNamed(out.podTemplate().spec, entry.portName);
      std::int32_t port = alias.port.value_or(target ? target->containerPort : 0);
      auto same =
          std::find_if(out.services.begin(), out.services.end(), [&](const auto& s) { return s.metadata.name == service.metadata.name; });
      k8s::Service& home = same == out.services.end() ? out.services.emplace_back(std::move(service)) : *same;
      addPort(home, port, isPortName(entry.portName) ? k8s::IntOrString{true, 0, entry.portName} : number(port));
    }
  }
  for (auto& service : out.services) nameOnlyIfSeveral(service);
}

void addRegistries(KubernetesGroup& out, const ecs::CreateService& from, const Labels& selector) {
  if (from.serviceRegistries.empty()) return;
  k8s::Service service = serviceNamed(from.loadBalancers.empty() ? from.serviceName : from.serviceName + "-discovery", selector);
  service.spec.clusterIP = "None";
  for (const auto& entry : from.serviceRegistries) {
    std::int32_t port = entry.containerPort.value_or(entry.port.value_or(0));
    addPort(service, port, number(port));
  }
  nameOnlyIfSeveral(service);
  out.services.push_back(std::move(service));
}

void addLoadBalancers(KubernetesGroup& out, const ecs::CreateService& from, const Labels& selector) {
  if (from.loadBalancers.empty()) return;
  k8s::Service service = serviceNamed(from.serviceName, selector);
  service.spec.type = "LoadBalancer";
  for (const auto& entry : from.loadBalancers) addPort(service, entry.containerPort.value_or(0), number(entry.containerPort.value_or(0)));
  nameOnlyIfSeveral(service);
  bool valid = !service.spec.ports.empty();
  if (valid) out.services.push_back(std::move(service));
}

void addBudget(KubernetesGroup& out, const ecs::CreateService& from, const std::string& name, const Labels& selector) {
  if (!from.deploymentConfiguration) return;
  std::int32_t minimum = from.deploymentConfiguration->minimumHealthyPercent.value_or(0);
  if (minimum < 1 || minimum > 99) return;
  auto& budget = out.budgets.emplace_back();
  budget.apiVersion = "policy/v1";
  budget.kind = "PodDisruptionBudget";
  budget.metadata.name = name;
  budget.spec.minAvailable = k8s::IntOrString{true, 0, std::to_string(minimum) + "%"};
  budget.spec.selector.emplace().matchLabels = selector;
}

std::string_view resourceOf(std::string_view metric) {
  if (metric == "ECSServiceAverageCPUUtilization") return "cpu";
  return metric == "ECSServiceAverageMemoryUtilization" ? "memory" : "";
}

void addPolicy(k8s::HorizontalPodAutoscaler& out, const ecs::PutScalingPolicy& policy) {
  if (!policy.targetTrackingScalingPolicyConfiguration) return;
  const auto& tracking = *policy.targetTrackingScalingPolicyConfiguration;
  std::string_view resource =
      tracking.predefinedMetricSpecification ? resourceOf(tracking.predefinedMetricSpecification->predefinedMetricType) : "";
  if (resource.empty() || tracking.targetValue.value_or(0) < 1) return;
  auto& metric = out.spec.metrics.emplace_back();
  metric.type = "Resource";
  auto& source = metric.resource.emplace();
  source.name = resource;
  source.target.type = "Utilization";
  source.target.averageUtilization = static_cast<std::int32_t>(std::min(*tracking.targetValue, 1e6));
  auto window = [](std::optional<std::int32_t> cooldown) {
    return cooldown && *cooldown >= 0 && *cooldown <= 3600 ? cooldown : std::nullopt;
  };
  if (auto seconds = window(tracking.scaleInCooldown))
    out.spec.behavior.orEmplace().scaleDown.orEmplace().stabilizationWindowSeconds = seconds;
  if (auto seconds = window(tracking.scaleOutCooldown))
    out.spec.behavior.orEmplace().scaleUp.orEmplace().stabilizationWindowSeconds = seconds;
  if (tracking.disableScaleIn == true) out.spec.behavior.orEmplace().scaleDown.orEmplace().selectPolicy = "Disabled";
}

void addAutoscalers(KubernetesGroup& out, const EcsGroup& group, const std::string& name) {
  if (group.targets.empty()) return;
  auto& autoscaler = out.autoscalers.emplace_back();
  autoscaler.apiVersion = "autoscaling/v2";
  autoscaler.kind = "HorizontalPodAutoscaler";
  autoscaler.metadata.name = name;
  autoscaler.spec.scaleTargetRef.apiVersion = "apps/v1";
  autoscaler.spec.scaleTargetRef.kind = "Deployment";
  autoscaler.spec.scaleTargetRef.name = name;
  std::int32_t least = group.targets.front().minCapacity.value_or(1);
  if (least > 0) autoscaler.spec.minReplicas = least;
  autoscaler.spec.maxReplicas = std::max(group.targets.front().maxCapacity.value_or(1), std::max(least, 1));
  for (const auto& policy : group.policies) addPolicy(autoscaler, policy);
}

Percentages percentagesIn(const ecs::CreateService& service, Percentages fallback) {
  if (!service.deploymentConfiguration) return fallback;
  const auto& given = *service.deploymentConfiguration;
  return {std::clamp(given.minimumHealthyPercent.value_or(fallback.minimumHealthy), 0, 100),
          std::max(given.maximumPercent.value_or(fallback.maximum), 100)};
}

void setDeployment(KubernetesGroup& out, const ecs::CreateService& from) {
  auto& deployment = out.deployment.emplace();
  deployment.apiVersion = "apps/v1";
  deployment.kind = "Deployment";
  std::int32_t count = std::max(from.desiredCount.value_or(1), 0);
  deployment.spec.replicas = count;
  deployment.spec.strategy.type = "RollingUpdate";
  Rolling rolling = rollingOf(percentagesIn(from, {100, 200}), count);
  auto& strategy = deployment.spec.strategy.rollingUpdate.emplace();
  strategy.maxUnavailable = rolling.maxUnavailable;
  strategy.maxSurge = rolling.maxSurge;
  bool breaker = from.deploymentConfiguration && from.deploymentConfiguration->deploymentCircuitBreaker &&
                 from.deploymentConfiguration->deploymentCircuitBreaker->enable == true;
  if (breaker) deployment.spec.progressDeadlineSeconds = kProgressDeadline;
}

void setDaemonSet(KubernetesGroup& out, const ecs::CreateService& from) {
  auto& daemon = out.daemonSet.emplace();
  daemon.apiVersion = "apps/v1";
  daemon.kind = "DaemonSet";
  daemon.spec.updateStrategy.type = "RollingUpdate";
  std::int32_t unavailable = std::max(100 - percentagesIn(from, {0, 100}).minimumHealthy, 1);
  daemon.spec.updateStrategy.rollingUpdate.emplace().maxUnavailable = k8s::IntOrString{true, 0, std::to_string(unavailable) + "%"};
}

void addPlacement(k8s::PodTemplateSpec& pod, k8s::ObjectMeta& owner, const ecs::CreateService& from) {
  if (!from.placementStrategy.empty()) pod.metadata.annotations[std::string(k8s::kPlacementStrategy)] = listText(from.placementStrategy);
  if (from.placementConstraints.empty()) return;
  // The service's own stay readable on the Deployment; the template has the definition's besides.
  owner.annotations[std::string(k8s::kPlacementConstraints)] = listText(from.placementConstraints);
  auto& both = pod.metadata.annotations[std::string(k8s::kPlacementConstraints)];
  auto constraints = readList<ecs::PlacementConstraint>(both);
  constraints.insert(constraints.end(), from.placementConstraints.begin(), from.placementConstraints.end());
  both = listText(constraints);
}

// ---- towards ECS

bool selects(const Labels& selector, const Labels& labels) {
  return !selector.empty() && std::all_of(selector.begin(), selector.end(), [&](const auto& want) {
    auto found = labels.find(want.first);
    return found != labels.end() && found->second == want.second;
  });
}

struct Target {
  std::string container;
  std::int32_t port = 0;
  std::string portName;
};

Target targetOf(const k8s::PodSpec& spec, const k8s::ServicePort& port) {
  Target out;
  std::int32_t wanted = port.targetPort.number > 0 ? port.targetPort.number : port.port;
  for (const auto& container : spec.containers) {
    for (const auto& candidate : container.ports) {
      bool same = port.targetPort.isString ? candidate.name == port.targetPort.text : candidate.containerPort == wanted;
      if (same && out.container.empty()) out = {container.name, candidate.containerPort, candidate.name};
    }
  }
  if (!out.container.empty()) return out;
  if (!spec.containers.empty()) out.container = spec.containers.front().name;
  out.port = wanted;
  if (port.targetPort.isString) out.portName = port.targetPort.text;
  return out;
}

void addService(ecs::CreateService& out, const k8s::PodSpec& spec, const k8s::Service& service) {
  for (const auto& port : service.spec.ports) {
    Target target = targetOf(spec, port);
    if (service.spec.clusterIP == "None") {
      auto& entry = out.serviceRegistries.emplace_back();
      entry.containerName = target.container;
      entry.containerPort = target.port;
    } else if (service.spec.type == "LoadBalancer") {
      auto& entry = out.loadBalancers.emplace_back();
      entry.containerName = target.container;
      entry.containerPort = target.port;
    } else if (service.spec.type.empty() || service.spec.type == "ClusterIP" || service.spec.type == "NodePort") {
      auto& connect = out.serviceConnectConfiguration.orEmplace();
      connect.enabled = true;
      auto& entry = connect.services.emplace_back();
      entry.portName = target.portName.empty() ? "port-" + std::to_string(target.port) : target.portName;
      // Discovery names are unique in a namespace.
      entry.discoveryName =
          service.spec.ports.size() == 1 ? service.metadata.name : service.metadata.name + "-" + std::to_string(port.port);
      auto& alias = entry.clientAliases.emplace_back();
      alias.port = port.port;
      alias.dnsName = service.metadata.name;
    }
  }
}

// `wasTask`: the Deployment was made from a service; the residual has its circuit breaker then, since every stored Deployment has a
// deadline.
void fromDeployment(ecs::CreateService& out, const k8s::Deployment& deployment, bool wasTask) {
  std::int32_t count = deployment.spec.replicas.value_or(1);
  out.desiredCount = count;
  Percentages percentages{0, 100};
  if (deployment.spec.strategy.type != "Recreate") {
    Rolling rolling{{true, 0, "25%"}, {true, 0, "25%"}};
    if (const auto& given = deployment.spec.strategy.rollingUpdate) {
      if (given->maxUnavailable) rolling.maxUnavailable = *given->maxUnavailable;
      if (given->maxSurge) rolling.maxSurge = *given->maxSurge;
    }
    percentages = percentagesOf(rolling, count);
  }
  auto& configuration = out.deploymentConfiguration.emplace();
  configuration.minimumHealthyPercent = percentages.minimumHealthy;
  configuration.maximumPercent = percentages.maximum;
  constexpr std::int32_t kNoDeadline = 2147483647;
  if (wasTask || deployment.spec.progressDeadlineSeconds.value_or(kNoDeadline) == kNoDeadline) return;
  auto& breaker = configuration.deploymentCircuitBreaker.emplace();
  breaker.enable = true;
  breaker.rollback = false;  // Kubernetes reports, it does not go back
}

void fromDaemonSet(ecs::CreateService& out, const k8s::DaemonSet& daemon) {
  out.schedulingStrategy = "DAEMON";
  const auto& given = daemon.spec.updateStrategy.rollingUpdate;
  if (!given || !given->maxUnavailable || !given->maxUnavailable->isString) return;
  auto& configuration = out.deploymentConfiguration.emplace();
  configuration.minimumHealthyPercent = percentagesOf({*given->maxUnavailable, {true, 0, "0%"}}, 0).minimumHealthy;
  configuration.maximumPercent = 100;
}

void fromAutoscaler(EcsGroup& out, const std::string& service, const k8s::HorizontalPodAutoscaler& autoscaler) {
  std::string resource = "service/" + std::string(kCluster) + "/" + service;
  auto& target = out.targets.emplace_back();
  target.serviceNamespace = "ecs";
  target.resourceId = resource;
  target.scalableDimension = "ecs:service:DesiredCount";
  target.minCapacity = autoscaler.spec.minReplicas.value_or(1);
  target.maxCapacity = autoscaler.spec.maxReplicas;
  for (const auto& metric : autoscaler.spec.metrics) {
    if (!metric.resource || !metric.resource->target.averageUtilization) continue;
    bool cpu = metric.resource->name == "cpu";
    if (!cpu && metric.resource->name != "memory") continue;
    auto& policy = out.policies.emplace_back();
    policy.policyName = autoscaler.metadata.name + "-" + metric.resource->name;
    policy.serviceNamespace = "ecs";
    policy.resourceId = resource;
    policy.scalableDimension = target.scalableDimension;
    policy.policyType = "TargetTrackingScaling";
    auto& tracking = policy.targetTrackingScalingPolicyConfiguration.emplace();
    tracking.targetValue = *metric.resource->target.averageUtilization;
    tracking.predefinedMetricSpecification.emplace().predefinedMetricType =
        cpu ? "ECSServiceAverageCPUUtilization" : "ECSServiceAverageMemoryUtilization";
    if (!autoscaler.spec.behavior) continue;
    const auto& behavior = *autoscaler.spec.behavior;
    if (behavior.scaleUp) tracking.scaleOutCooldown = behavior.scaleUp->stabilizationWindowSeconds;
    if (behavior.scaleDown) tracking.scaleInCooldown = behavior.scaleDown->stabilizationWindowSeconds;
    if (behavior.scaleDown && behavior.scaleDown->selectPolicy == "Disabled") tracking.disableScaleIn = true;
  }
}

template <class T>
std::vector<T> annotatedList(const k8s::ObjectMeta& meta, std::string_view key) {
  auto found = meta.annotations.find(std::string(key));
  return found == meta.annotations.end() ? std::vector<T>() : readList<T>(found->second);
}

}  // namespace

void mapServiceToKubernetes(KubernetesGroup& out, const EcsGroup& group, bool wasKubernetes) {
  const ecs::CreateService& service = *group.service;
  bool daemon = service.schedulingStrategy == "DAEMON";
  k8s::PodTemplateSpec pod = std::move(out.podTemplate());
  out = {};
  daemon ? setDaemonSet(out, service) : setDeployment(out, service);
  std::string name = slug(service.serviceName);
  out.metadata().name = name;
  pod.spec.restartPolicy = "Always";
  Labels selector = {{std::string(k8s::kService), name}};
  if (!wasKubernetes) pod.metadata.labels[std::string(k8s::kService)] = name;
  addPlacement(pod, out.metadata(), service);
  out.podTemplate() = std::move(pod);
  (daemon ? out.daemonSet->spec.selector : out.deployment->spec.selector).emplace().matchLabels = selector;
  if (service.serviceConnectConfiguration && service.serviceConnectConfiguration->enabled != false)
    addConnect(out, *service.serviceConnectConfiguration, selector);
  addRegistries(out, service, selector);
  addLoadBalancers(out, service, selector);
  if (!daemon) addBudget(out, service, name, selector);
  if (!daemon) addAutoscalers(out, group, name);
}

void mapServiceToEcs(EcsGroup& out, const KubernetesGroup& group, const std::string& family) {
  auto& service = out.service.emplace();
  service.serviceName = group.metadata().name;
  service.taskDefinition = family;
  if (group.deployment) fromDeployment(service, *group.deployment, group.metadata().annotations.contains(std::string(k8s::kWorkload)));
  if (group.daemonSet) fromDaemonSet(service, *group.daemonSet);
  const auto& pod = group.podTemplate();
  for (const auto& other : group.services)
    if (selects(other.spec.selector, pod.metadata.labels)) addService(service, pod.spec, other);
  service.placementStrategy = annotatedList<ecs::PlacementStrategy>(pod.metadata, k8s::kPlacementStrategy);
  service.placementConstraints = annotatedList<ecs::PlacementConstraint>(group.metadata(), k8s::kPlacementConstraints);
  for (const auto& autoscaler : group.autoscalers) fromAutoscaler(out, service.serviceName, autoscaler);
}

}  // namespace taskpod::translate
