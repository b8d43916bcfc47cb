#include "json/row.h"
#include "k8s/scalar_codecs.h"
#include "taskpod/k8s/pod.h"

namespace taskpod::k8s {

using json::field;
using json::Presence;

std::span<const json::Row> Sysctl::rows() {
  static constexpr json::Row kRows[] = {
      field<&Sysctl::name>("name", Presence::Always),
      field<&Sysctl::value>("value", Presence::Always),
  };
  return kRows;
}

std::span<const json::Row> PodSecurityContext::rows() {
  static constexpr json::Row kRows[] = {
      field<&PodSecurityContext::seLinuxOptions>("seLinuxOptions"),
      field<&PodSecurityContext::windowsOptions>("windowsOptions"),
      field<&PodSecurityContext::runAsUser>("runAsUser"),
      field<&PodSecurityContext::runAsGroup>("runAsGroup"),
      field<&PodSecurityContext::runAsNonRoot>("runAsNonRoot"),
      field<&PodSecurityContext::supplementalGroups>("supplementalGroups"),
      field<&PodSecurityContext::supplementalGroupsPolicy>("supplementalGroupsPolicy"),
      field<&PodSecurityContext::fsGroup>("fsGroup"),
      field<&PodSecurityContext::sysctls>("sysctls"),
      field<&PodSecurityContext::fsGroupChangePolicy>("fsGroupChangePolicy"),
      field<&PodSecurityContext::seccompProfile>("seccompProfile"),
      field<&PodSecurityContext::appArmorProfile>("appArmorProfile"),
      field<&PodSecurityContext::seLinuxChangePolicy>("seLinuxChangePolicy"),
  };
  return kRows;
}

std::span<const json::Row> NodeSelectorRequirement::rows() {
  static constexpr json::Row kRows[] = {
      field<&NodeSelectorRequirement::key>("key", Presence::Always),
      field<&NodeSelectorRequirement::operator_>("operator", Presence::Always),
      field<&NodeSelectorRequirement::values>("values"),
  };
  return kRows;
}

std::span<const json::Row> NodeSelectorTerm::rows() {
  static constexpr json::Row kRows[] = {
      field<&NodeSelectorTerm::matchExpressions>("matchExpressions"),
      field<&NodeSelectorTerm::matchFields>("matchFields"),
  };
  return kRows;
}

std::span<const json::Row> NodeSelector::rows() {
  static constexpr json::Row kRows[] = {
      field<&NodeSelector::nodeSelectorTerms>("nodeSelectorTerms"),
  };
  return kRows;
}

std::span<const json::Row> PreferredSchedulingTerm::rows() {
  static constexpr json::Row kRows[] = {
      field<&PreferredSchedulingTerm::weight>("weight", Presence::Always),
      field<&PreferredSchedulingTerm::preference>("preference"),
  };
  return kRows;
}

std::span<const json::Row> NodeAffinity::rows() {
  static constexpr json::Row kRows[] = {
      field<&NodeAffinity::requiredDuringSchedulingIgnoredDuringExecution>("requiredDuringSchedulingIgnoredDuringExecution"),
      field<&NodeAffinity::preferredDuringSchedulingIgnoredDuringExecution>("preferredDuringSchedulingIgnoredDuringExecution"),
  };
  return kRows;
}

std::span<const json::Row> PodAffinityTerm::rows() {
  static constexpr json::Row kRows[] = {
      field<&PodAffinityTerm::labelSelector>("labelSelector"),
      field<&PodAffinityTerm::namespaces>("namespaces"),
      field<&PodAffinityTerm::topologyKey>("topologyKey", Presence::Always),
      field<&PodAffinityTerm::namespaceSelector>("namespaceSelector"),
      field<&PodAffinityTerm::matchLabelKeys>("matchLabelKeys"),
      field<&PodAffinityTerm::mismatchLabelKeys>("mismatchLabelKeys"),
  };
  return kRows;
}

std::span<const json::Row> WeightedPodAffinityTerm::rows() {
  static constexpr json::Row kRows[] = {
      field<&WeightedPodAffinityTerm::weight>("weight", Presence::Always),
      field<&WeightedPodAffinityTerm::podAffinityTerm>("podAffinityTerm"),
  };
  return kRows;
}

std::span<const json::Row> PodAffinity::rows() {
  static constexpr json::Row kRows[] = {
      field<&PodAffinity::requiredDuringSchedulingIgnoredDuringExecution>("requiredDuringSchedulingIgnoredDuringExecution"),
      field<&PodAffinity::preferredDuringSchedulingIgnoredDuringExecution>("preferredDuringSchedulingIgnoredDuringExecution"),
  };
  return kRows;
}

std::span<const json::Row> PodAntiAffinity::rows() {
  static constexpr json::Row kRows[] = {
      field<&PodAntiAffinity::requiredDuringSchedulingIgnoredDuringExecution>("requiredDuringSchedulingIgnoredDuringExecution"),
      field<&PodAntiAffinity::preferredDuringSchedulingIgnoredDuringExecution>("preferredDuringSchedulingIgnoredDuringExecution"),
  };
  return kRows;
}

std::span<const json::Row> Affinity::rows() {
  static constexpr json::Row kRows[] = {
      field<&Affinity::nodeAffinity>("nodeAffinity"),
      field<&Affinity::podAffinity>("podAffinity"),
      field<&Affinity::podAntiAffinity>("podAntiAffinity"),
  };
  return kRows;
}

std::span<const json::Row> Toleration::rows() {
  static constexpr json::Row kRows[] = {
      field<&Toleration::key>("key"),
      field<&Toleration::operator_>("operator"),
      field<&Toleration::value>("value"),
      field<&Toleration::effect>("effect"),
      field<&Toleration::tolerationSeconds>("tolerationSeconds"),
  };
  return kRows;
}

std::span<const json::Row> HostAlias::rows() {
  static constexpr json::Row kRows[] = {
      field<&HostAlias::ip>("ip", Presence::Always),
      field<&HostAlias::hostnames>("hostnames"),
  };
  return kRows;
}

std::span<const json::Row> PodDNSConfigOption::rows() {
  static constexpr json::Row kRows[] = {
      field<&PodDNSConfigOption::name>("name"),
      field<&PodDNSConfigOption::value>("value"),
  };
  return kRows;
}

std::span<const json::Row> PodDNSConfig::rows() {
  static constexpr json::Row kRows[] = {
      field<&PodDNSConfig::nameservers>("nameservers"),
      field<&PodDNSConfig::searches>("searches"),
      field<&PodDNSConfig::options>("options"),
  };
  return kRows;
}

std::span<const json::Row> PodReadinessGate::rows() {
  static constexpr json::Row kRows[] = {
      field<&PodReadinessGate::conditionType>("conditionType", Presence::Always),
  };
  return kRows;
}

std::span<const json::Row> TopologySpreadConstraint::rows() {
  static constexpr json::Row kRows[] = {
      field<&TopologySpreadConstraint::maxSkew>("maxSkew", Presence::Always),
      field<&TopologySpreadConstraint::topologyKey>("topologyKey", Presence::Always),
      field<&TopologySpreadConstraint::whenUnsatisfiable>("whenUnsatisfiable", Presence::Always),
      field<&TopologySpreadConstraint::labelSelector>("labelSelector"),
      field<&TopologySpreadConstraint::minDomains>("minDomains"),
      field<&TopologySpreadConstraint::nodeAffinityPolicy>("nodeAffinityPolicy"),
      field<&TopologySpreadConstraint::nodeTaintsPolicy>("nodeTaintsPolicy"),
      field<&TopologySpreadConstraint::matchLabelKeys>("matchLabelKeys"),
  };
  return kRows;
}

std::span<const json::Row> PodOS::rows() {
  static constexpr json::Row kRows[] = {
      field<&PodOS::name>("name", Presence::Always),
  };
  return kRows;
}

std::span<const json::Row> PodSchedulingGate::rows() {
  static constexpr json::Row kRows[] = {
      field<&PodSchedulingGate::name>("name", Presence::Always),
  };
  return kRows;
}

std::span<const json::Row> PodSpec::rows() {
  static constexpr json::Row kRows[] = {
      field<&PodSpec::volumes>("volumes"),
      field<&PodSpec::initContainers>("initContainers"),
      field<&PodSpec::containers>("containers"),
      field<&PodSpec::restartPolicy>("restartPolicy"),
      field<&PodSpec::terminationGracePeriodSeconds>("terminationGracePeriodSeconds"),
      field<&PodSpec::activeDeadlineSeconds>("activeDeadlineSeconds"),
      field<&PodSpec::dnsPolicy>("dnsPolicy"),
      field<&PodSpec::nodeSelector>("nodeSelector"),
      field<&PodSpec::serviceAccountName>("serviceAccountName"),
      field<&PodSpec::serviceAccount>("serviceAccount"),
      field<&PodSpec::automountServiceAccountToken>("automountServiceAccountToken"),
      field<&PodSpec::nodeName>("nodeName"),
      field<&PodSpec::hostNetwork>("hostNetwork"),
      field<&PodSpec::hostPID>("hostPID"),
      field<&PodSpec::hostIPC>("hostIPC"),
      field<&PodSpec::shareProcessNamespace>("shareProcessNamespace"),
      field<&PodSpec::securityContext>("securityContext"),
      field<&PodSpec::imagePullSecrets>("imagePullSecrets"),
      field<&PodSpec::hostname>("hostname"),
      field<&PodSpec::subdomain>("subdomain"),
      field<&PodSpec::affinity>("affinity"),
      field<&PodSpec::schedulerName>("schedulerName"),
      field<&PodSpec::tolerations>("tolerations"),
      field<&PodSpec::hostAliases>("hostAliases"),
      field<&PodSpec::priorityClassName>("priorityClassName"),
      field<&PodSpec::priority>("priority"),
      field<&PodSpec::dnsConfig>("dnsConfig"),
      field<&PodSpec::readinessGates>("readinessGates"),
      field<&PodSpec::runtimeClassName>("runtimeClassName"),
      field<&PodSpec::enableServiceLinks>("enableServiceLinks"),
      field<&PodSpec::preemptionPolicy>("preemptionPolicy"),
      field<&PodSpec::overhead>("overhead"),
      field<&PodSpec::topologySpreadConstraints>("topologySpreadConstraints"),
      field<&PodSpec::setHostnameAsFQDN>("setHostnameAsFQDN"),
      field<&PodSpec::os>("os"),
      field<&PodSpec::hostUsers>("hostUsers"),
      field<&PodSpec::schedulingGates>("schedulingGates"),
      field<&PodSpec::resources>("resources"),
      field<&PodSpec::hostnameOverride>("hostnameOverride"),
  };
  return kRows;
}

std::span<const json::Row> PodCondition::rows() {
  static constexpr json::Row kRows[] = {
      field<&PodCondition::type>("type", Presence::Always),
      field<&PodCondition::observedGeneration>("observedGeneration"),
      field<&PodCondition::status>("status", Presence::Always),
      field<&PodCondition::lastProbeTime>("lastProbeTime"),
      field<&PodCondition::lastTransitionTime>("lastTransitionTime"),
      field<&PodCondition::reason>("reason"),
      field<&PodCondition::message>("message"),
  };
  return kRows;
}

std::span<const json::Row> HostIP::rows() {
  static constexpr json::Row kRows[] = {
      field<&HostIP::ip>("ip", Presence::Always),
  };
  return kRows;
}

std::span<const json::Row> PodIP::rows() {
  static constexpr json::Row kRows[] = {
      field<&PodIP::ip>("ip", Presence::Always),
  };
  return kRows;
}

std::span<const json::Row> ContainerStateWaiting::rows() {
  static constexpr json::Row kRows[] = {
      field<&ContainerStateWaiting::reason>("reason"),
      field<&ContainerStateWaiting::message>("message"),
  };
  return kRows;
}

std::span<const json::Row> ContainerStateRunning::rows() {
  static constexpr json::Row kRows[] = {
      field<&ContainerStateRunning::startedAt>("startedAt"),
  };
  return kRows;
}

std::span<const json::Row> ContainerStateTerminated::rows() {
  static constexpr json::Row kRows[] = {
      field<&ContainerStateTerminated::exitCode>("exitCode", Presence::Always),
      field<&ContainerStateTerminated::signal>("signal"),
      field<&ContainerStateTerminated::reason>("reason"),
      field<&ContainerStateTerminated::message>("message"),
      field<&ContainerStateTerminated::startedAt>("startedAt"),
      field<&ContainerStateTerminated::finishedAt>("finishedAt"),
      field<&ContainerStateTerminated::containerID>("containerID"),
  };
  return kRows;
}

std::span<const json::Row> ContainerState::rows() {
  static constexpr json::Row kRows[] = {
      field<&ContainerState::waiting>("waiting"),
      field<&ContainerState::running>("running"),
      field<&ContainerState::terminated>("terminated"),
  };
  return kRows;
}

std::span<const json::Row> ImageVolumeStatus::rows() {
  static constexpr json::Row kRows[] = {
      field<&ImageVolumeStatus::imageRef>("imageRef"),
  };
  return kRows;
}

std::span<const json::Row> VolumeStatus::rows() {
  static constexpr json::Row kRows[] = {
      field<&VolumeStatus::image>("image"),
  };
  return kRows;
}

std::span<const json::Row> VolumeMountStatus::rows() {
  static constexpr json::Row kRows[] = {
      field<&VolumeMountStatus::name>("name", Presence::Always), field<&VolumeMountStatus::mountPath>("mountPath", Presence::Always),
      field<&VolumeMountStatus::readOnly>("readOnly"),           field<&VolumeMountStatus::recursiveReadOnly>("recursiveReadOnly"),
      field<&VolumeMountStatus::volumeStatus>("volumeStatus"),
  };
  return kRows;
}

std::span<const json::Row> ContainerStatus::rows() {
  static constexpr json::Row kRows[] = {
      field<&ContainerStatus::name>("name", Presence::Always),
      field<&ContainerStatus::state>("state"),
      field<&ContainerStatus::lastState>("lastState"),
      field<&ContainerStatus::ready>("ready", Presence::Always),
      field<&ContainerStatus::restartCount>("restartCount", Presence::Always),
      field<&ContainerStatus::image>("image", Presence::Always),
      field<&ContainerStatus::imageID>("imageID", Presence::Always),
      field<&ContainerStatus::containerID>("containerID"),
      field<&ContainerStatus::started>("started"),
      field<&ContainerStatus::allocatedResources>("allocatedResources"),
      field<&ContainerStatus::resources>("resources"),
      field<&ContainerStatus::volumeMounts>("volumeMounts"),
      field<&ContainerStatus::stopSignal>("stopSignal"),
  };
  return kRows;
}

std::span<const json::Row> PodStatus::rows() {
  static constexpr json::Row kRows[] = {
      field<&PodStatus::observedGeneration>("observedGeneration"),
      field<&PodStatus::phase>("phase"),
      field<&PodStatus::conditions>("conditions"),
      field<&PodStatus::message>("message"),
      field<&PodStatus::reason>("reason"),
      field<&PodStatus::nominatedNodeName>("nominatedNodeName"),
      field<&PodStatus::hostIP>("hostIP"),
      field<&PodStatus::hostIPs>("hostIPs"),
      field<&PodStatus::podIP>("podIP"),
      field<&PodStatus::podIPs>("podIPs"),
      field<&PodStatus::startTime>("startTime"),
      field<&PodStatus::initContainerStatuses>("initContainerStatuses"),
      field<&PodStatus::containerStatuses>("containerStatuses"),
      field<&PodStatus::qosClass>("qosClass"),
      field<&PodStatus::ephemeralContainerStatuses>("ephemeralContainerStatuses"),
      field<&PodStatus::resize>("resize"),
      field<&PodStatus::allocatedResources>("allocatedResources"),
      field<&PodStatus::resources>("resources"),
  };
  return kRows;
}

std::span<const json::Row> Pod::rows() {
  static constexpr json::Row kRows[] = {
      field<&Pod::apiVersion>("apiVersion"), field<&Pod::kind>("kind"), field<&Pod::metadata>("metadata"), field<&Pod::spec>("spec"),
      field<&Pod::status>("status"),
  };
  return kRows;
}

}  // namespace taskpod::k8s
