#include "json/row.h"
#include "k8s/scalar_codecs.h"
#include "taskpod/k8s/container.h"

namespace taskpod::k8s {

using json::field;
using json::Presence;

std::span<const json::Row> ContainerPort::rows() {
  static constexpr json::Row kRows[] = {
      field<&ContainerPort::name>("name"),
      field<&ContainerPort::hostPort>("hostPort"),
      field<&ContainerPort::containerPort>("containerPort", Presence::Always),
      field<&ContainerPort::protocol>("protocol"),
      field<&ContainerPort::hostIP>("hostIP"),
  };
  return kRows;
}

std::span<const json::Row> ConfigMapEnvSource::rows() {
  static constexpr json::Row kRows[] = {
      field<&ConfigMapEnvSource::name>("name"),
      field<&ConfigMapEnvSource::optional>("optional"),
  };
  return kRows;
}

std::span<const json::Row> SecretEnvSource::rows() {
  static constexpr json::Row kRows[] = {
      field<&SecretEnvSource::name>("name"),
      field<&SecretEnvSource::optional>("optional"),
  };
  return kRows;
}

std::span<const json::Row> EnvFromSource::rows() {
  static constexpr json::Row kRows[] = {
      field<&EnvFromSource::prefix>("prefix"),
      field<&EnvFromSource::configMapRef>("configMapRef"),
      field<&EnvFromSource::secretRef>("secretRef"),
  };
  return kRows;
}

std::span<const json::Row> ConfigMapKeySelector::rows() {
  static constexpr json::Row kRows[] = {
      field<&ConfigMapKeySelector::name>("name"),
      field<&ConfigMapKeySelector::key>("key", Presence::Always),
      field<&ConfigMapKeySelector::optional>("optional"),
  };
  return kRows;
}

std::span<const json::Row> SecretKeySelector::rows() {
  static constexpr json::Row kRows[] = {
      field<&SecretKeySelector::name>("name"),
      field<&SecretKeySelector::key>("key", Presence::Always),
      field<&SecretKeySelector::optional>("optional"),
  };
  return kRows;
}

std::span<const json::Row> FileKeySelector::rows() {
  static constexpr json::Row kRows[] = {
      field<&FileKeySelector::volumeName>("volumeName", Presence::Always),
      field<&FileKeySelector::path>("path", Presence::Always),
      field<&FileKeySelector::key>("key", Presence::Always),
      field<&FileKeySelector::optional>("optional"),
  };
  return kRows;
}

std::span<const json::Row> EnvVarSource::rows() {
  static constexpr json::Row kRows[] = {
      field<&EnvVarSource::fieldRef>("fieldRef"),
      field<&EnvVarSource::resourceFieldRef>("resourceFieldRef"),
      field<&EnvVarSource::configMapKeyRef>("configMapKeyRef"),
      field<&EnvVarSource::secretKeyRef>("secretKeyRef"),
      field<&EnvVarSource::fileKeyRef>("fileKeyRef"),
  };
  return kRows;
}

std::span<const json::Row> EnvVar::rows() {
  static constexpr json::Row kRows[] = {
      field<&EnvVar::name>("name", Presence::Always),
      field<&EnvVar::value>("value"),
      field<&EnvVar::valueFrom>("valueFrom"),
  };
  return kRows;
}

std::span<const json::Row> ResourceRequirements::rows() {
  static constexpr json::Row kRows[] = {
      field<&ResourceRequirements::limits>("limits"),
      field<&ResourceRequirements::requests>("requests"),
  };
  return kRows;
}

std::span<const json::Row> ContainerResizePolicy::rows() {
  static constexpr json::Row kRows[] = {
      field<&ContainerResizePolicy::resourceName>("resourceName", Presence::Always),
      field<&ContainerResizePolicy::restartPolicy>("restartPolicy", Presence::Always),
  };
  return kRows;
}

std::span<const json::Row> ContainerRestartRuleOnExitCodes::rows() {
  static constexpr json::Row kRows[] = {
      field<&ContainerRestartRuleOnExitCodes::operator_>("operator"),
      field<&ContainerRestartRuleOnExitCodes::values>("values"),
  };
  return kRows;
}

std::span<const json::Row> ContainerRestartRule::rows() {
  static constexpr json::Row kRows[] = {
      field<&ContainerRestartRule::action>("action"),
      field<&ContainerRestartRule::exitCodes>("exitCodes"),
  };
  return kRows;
}

std::span<const json::Row> VolumeMount::rows() {
  static constexpr json::Row kRows[] = {
      field<&VolumeMount::name>("name", Presence::Always),
      field<&VolumeMount::readOnly>("readOnly"),
      field<&VolumeMount::recursiveReadOnly>("recursiveReadOnly"),
      field<&VolumeMount::mountPath>("mountPath", Presence::Always),
      field<&VolumeMount::subPath>("subPath"),
      field<&VolumeMount::mountPropagation>("mountPropagation"),
      field<&VolumeMount::subPathExpr>("subPathExpr"),
  };
  return kRows;
}

std::span<const json::Row> VolumeDevice::rows() {
  static constexpr json::Row kRows[] = {
      field<&VolumeDevice::name>("name", Presence::Always),
      field<&VolumeDevice::devicePath>("devicePath", Presence::Always),
  };
  return kRows;
}

std::span<const json::Row> ExecAction::rows() {
  static constexpr json::Row kRows[] = {
      field<&ExecAction::command>("command"),
  };
  return kRows;
}

std::span<const json::Row> HTTPHeader::rows() {
  static constexpr json::Row kRows[] = {
      field<&HTTPHeader::name>("name", Presence::Always),
      field<&HTTPHeader::value>("value", Presence::Always),
  };
  return kRows;
}

std::span<const json::Row> HTTPGetAction::rows() {
  static constexpr json::Row kRows[] = {
      field<&HTTPGetAction::path>("path"),
      field<&HTTPGetAction::port>("port"),
      field<&HTTPGetAction::host>("host"),
      field<&HTTPGetAction::scheme>("scheme"),
      field<&HTTPGetAction::httpHeaders>("httpHeaders"),
  };
  return kRows;
}

std::span<const json::Row> TCPSocketAction::rows() {
  static constexpr json::Row kRows[] = {
      field<&TCPSocketAction::port>("port"),
      field<&TCPSocketAction::host>("host"),
  };
  return kRows;
}

std::span<const json::Row> GRPCAction::rows() {
  static constexpr json::Row kRows[] = {
      field<&GRPCAction::port>("port", Presence::Always),
      field<&GRPCAction::service>("service", Presence::Always),
  };
  return kRows;
}

std::span<const json::Row> Probe::rows() {
  static constexpr json::Row kRows[] = {
      field<&Probe::exec>("exec"),
      field<&Probe::httpGet>("httpGet"),
      field<&Probe::tcpSocket>("tcpSocket"),
      field<&Probe::grpc>("grpc"),
      field<&Probe::initialDelaySeconds>("initialDelaySeconds"),
      field<&Probe::timeoutSeconds>("timeoutSeconds"),
      field<&Probe::periodSeconds>("periodSeconds"),
      field<&Probe::successThreshold>("successThreshold"),
      field<&Probe::failureThreshold>("failureThreshold"),
      field<&Probe::terminationGracePeriodSeconds>("terminationGracePeriodSeconds"),
  };
  return kRows;
}

std::span<const json::Row> SleepAction::rows() {
  static constexpr json::Row kRows[] = {
      field<&SleepAction::seconds>("seconds", Presence::Always),
  };
  return kRows;
}

std::span<const json::Row> LifecycleHandler::rows() {
  static constexpr json::Row kRows[] = {
      field<&LifecycleHandler::exec>("exec"),
      field<&LifecycleHandler::httpGet>("httpGet"),
      field<&LifecycleHandler::tcpSocket>("tcpSocket"),
      field<&LifecycleHandler::sleep>("sleep"),
  };
  return kRows;
}

std::span<const json::Row> Lifecycle::rows() {
  static constexpr json::Row kRows[] = {
      field<&Lifecycle::postStart>("postStart"),
      field<&Lifecycle::preStop>("preStop"),
      field<&Lifecycle::stopSignal>("stopSignal"),
  };
  return kRows;
}

std::span<const json::Row> Capabilities::rows() {
  static constexpr json::Row kRows[] = {
      field<&Capabilities::add>("add"),
      field<&Capabilities::drop>("drop"),
  };
  return kRows;
}

std::span<const json::Row> SELinuxOptions::rows() {
  static constexpr json::Row kRows[] = {
      field<&SELinuxOptions::user>("user"),
      field<&SELinuxOptions::role>("role"),
      field<&SELinuxOptions::type>("type"),
      field<&SELinuxOptions::level>("level"),
  };
  return kRows;
}

std::span<const json::Row> WindowsSecurityContextOptions::rows() {
  static constexpr json::Row kRows[] = {
      field<&WindowsSecurityContextOptions::gmsaCredentialSpecName>("gmsaCredentialSpecName"),
      field<&WindowsSecurityContextOptions::gmsaCredentialSpec>("gmsaCredentialSpec"),
      field<&WindowsSecurityContextOptions::runAsUserName>("runAsUserName"),
      field<&WindowsSecurityContextOptions::hostProcess>("hostProcess"),
  };
  return kRows;
}

std::span<const json::Row> SeccompProfile::rows() {
  static constexpr json::Row kRows[] = {
      field<&SeccompProfile::type>("type", Presence::Always),
      field<&SeccompProfile::localhostProfile>("localhostProfile"),
  };
  return kRows;
}

std::span<const json::Row> AppArmorProfile::rows() {
  static constexpr json::Row kRows[] = {
      field<&AppArmorProfile::type>("type", Presence::Always),
      field<&AppArmorProfile::localhostProfile>("localhostProfile"),
  };
  return kRows;
}

std::span<const json::Row> SecurityContext::rows() {
  static constexpr json::Row kRows[] = {
      field<&SecurityContext::capabilities>("capabilities"),
      field<&SecurityContext::privileged>("privileged"),
      field<&SecurityContext::seLinuxOptions>("seLinuxOptions"),
      field<&SecurityContext::windowsOptions>("windowsOptions"),
      field<&SecurityContext::runAsUser>("runAsUser"),
      field<&SecurityContext::runAsGroup>("runAsGroup"),
      field<&SecurityContext::runAsNonRoot>("runAsNonRoot"),
      field<&SecurityContext::readOnlyRootFilesystem>("readOnlyRootFilesystem"),
      field<&SecurityContext::allowPrivilegeEscalation>("allowPrivilegeEscalation"),
      field<&SecurityContext::procMount>("procMount"),
      field<&SecurityContext::seccompProfile>("seccompProfile"),
      field<&SecurityContext::appArmorProfile>("appArmorProfile"),
  };
  return kRows;
}

std::span<const json::Row> Container::rows() {
  static constexpr json::Row kRows[] = {
      field<&Container::name>("name", Presence::Always),
      field<&Container::image>("image"),
      field<&Container::command>("command"),
      field<&Container::args>("args"),
      field<&Container::workingDir>("workingDir"),
      field<&Container::ports>("ports"),
      field<&Container::envFrom>("envFrom"),
      field<&Container::env>("env"),
      field<&Container::resources>("resources"),
      field<&Container::resizePolicy>("resizePolicy"),
      field<&Container::restartPolicy>("restartPolicy"),
      field<&Container::restartPolicyRules>("restartPolicyRules"),
      field<&Container::volumeMounts>("volumeMounts"),
      field<&Container::volumeDevices>("volumeDevices"),
      field<&Container::livenessProbe>("livenessProbe"),
      field<&Container::readinessProbe>("readinessProbe"),
      field<&Container::startupProbe>("startupProbe"),
      field<&Container::lifecycle>("lifecycle"),
      field<&Container::terminationMessagePath>("terminationMessagePath"),
      field<&Container::terminationMessagePolicy>("terminationMessagePolicy"),
      field<&Container::imagePullPolicy>("imagePullPolicy"),
      field<&Container::securityContext>("securityContext"),
      field<&Container::stdin_>("stdin"),
      field<&Container::stdinOnce>("stdinOnce"),
      field<&Container::tty>("tty"),
  };
  return kRows;
}

}  // namespace taskpod::k8s
