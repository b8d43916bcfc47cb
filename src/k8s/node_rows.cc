#include "json/row.h"
#include "k8s/scalar_codecs.h"
#include "taskpod/k8s/node.h"

namespace taskpod::k8s {

using json::field;
using json::Presence;

std::span<const json::Row> Taint::rows() {
  static constexpr json::Row kRows[] = {
      field<&Taint::key>("key", Presence::Always),
      field<&Taint::value>("value"),
      field<&Taint::effect>("effect", Presence::Always),
      field<&Taint::timeAdded>("timeAdded"),
  };
  return kRows;
}

std::span<const json::Row> NodeSpec::rows() {
  static constexpr json::Row kRows[] = {
      field<&NodeSpec::podCIDR>("podCIDR"),       field<&NodeSpec::podCIDRs>("podCIDRs"),
      field<&NodeSpec::providerID>("providerID"), field<&NodeSpec::unschedulable>("unschedulable"),
      field<&NodeSpec::taints>("taints"),         field<&NodeSpec::externalID>("externalID"),
  };
  return kRows;
}

std::span<const json::Row> NodeCondition::rows() {
  static constexpr json::Row kRows[] = {
      field<&NodeCondition::type>("type", Presence::Always),
      field<&NodeCondition::status>("status", Presence::Always),
      field<&NodeCondition::lastHeartbeatTime>("lastHeartbeatTime"),
      field<&NodeCondition::lastTransitionTime>("lastTransitionTime"),
      field<&NodeCondition::reason>("reason"),
      field<&NodeCondition::message>("message"),
  };
  return kRows;
}

std::span<const json::Row> NodeAddress::rows() {
  static constexpr json::Row kRows[] = {
      field<&NodeAddress::type>("type", Presence::Always),
      field<&NodeAddress::address>("address", Presence::Always),
  };
  return kRows;
}

std::span<const json::Row> DaemonEndpoint::rows() {
  static constexpr json::Row kRows[] = {
      field<&DaemonEndpoint::Port>("Port", Presence::Always),
  };
  return kRows;
}

std::span<const json::Row> NodeDaemonEndpoints::rows() {
  static constexpr json::Row kRows[] = {
      field<&NodeDaemonEndpoints::kubeletEndpoint>("kubeletEndpoint"),
  };
  return kRows;
}

std::span<const json::Row> NodeSwapStatus::rows() {
  static constexpr json::Row kRows[] = {
      field<&NodeSwapStatus::capacity>("capacity"),
  };
  return kRows;
}

std::span<const json::Row> NodeSystemInfo::rows() {
  static constexpr json::Row kRows[] = {
      field<&NodeSystemInfo::machineID>("machineID", Presence::Always),
      field<&NodeSystemInfo::systemUUID>("systemUUID", Presence::Always),
      field<&NodeSystemInfo::bootID>("bootID", Presence::Always),
      field<&NodeSystemInfo::kernelVersion>("kernelVersion", Presence::Always),
      field<&NodeSystemInfo::osImage>("osImage", Presence::Always),
      field<&NodeSystemInfo::containerRuntimeVersion>("containerRuntimeVersion", Presence::Always),
      field<&NodeSystemInfo::kubeletVersion>("kubeletVersion", Presence::Always),
      field<&NodeSystemInfo::kubeProxyVersion>("kubeProxyVersion", Presence::Always),
      field<&NodeSystemInfo::operatingSystem>("operatingSystem", Presence::Always),
      field<&NodeSystemInfo::architecture>("architecture", Presence::Always),
      field<&NodeSystemInfo::swap>("swap"),
  };
  return kRows;
}

std::span<const json::Row> ContainerImage::rows() {
  static constexpr json::Row kRows[] = {
      field<&ContainerImage::names>("names"),
      field<&ContainerImage::sizeBytes>("sizeBytes"),
  };
  return kRows;
}

std::span<const json::Row> NodeRuntimeHandlerFeatures::rows() {
  static constexpr json::Row kRows[] = {
      field<&NodeRuntimeHandlerFeatures::recursiveReadOnlyMounts>("recursiveReadOnlyMounts"),
      field<&NodeRuntimeHandlerFeatures::userNamespaces>("userNamespaces"),
  };
  return kRows;
}

std::span<const json::Row> NodeRuntimeHandler::rows() {
  static constexpr json::Row kRows[] = {
      field<&NodeRuntimeHandler::name>("name", Presence::Always),
      field<&NodeRuntimeHandler::features>("features"),
  };
  return kRows;
}

std::span<const json::Row> NodeFeatures::rows() {
  static constexpr json::Row kRows[] = {
      field<&NodeFeatures::supplementalGroupsPolicy>("supplementalGroupsPolicy"),
  };
  return kRows;
}

std::span<const json::Row> NodeStatus::rows() {
  static constexpr json::Row kRows[] = {
      field<&NodeStatus::capacity>("capacity"),
      field<&NodeStatus::allocatable>("allocatable"),
      field<&NodeStatus::phase>("phase"),
      field<&NodeStatus::conditions>("conditions"),
      field<&NodeStatus::addresses>("addresses"),
      field<&NodeStatus::daemonEndpoints>("daemonEndpoints"),
      field<&NodeStatus::nodeInfo>("nodeInfo"),
      field<&NodeStatus::images>("images"),
      field<&NodeStatus::runtimeHandlers>("runtimeHandlers"),
      field<&NodeStatus::features>("features"),
      field<&NodeStatus::declaredFeatures>("declaredFeatures"),
  };
  return kRows;
}

std::span<const json::Row> Node::rows() {
  static constexpr json::Row kRows[] = {
      field<&Node::apiVersion>("apiVersion"), field<&Node::kind>("kind"), field<&Node::metadata>("metadata"), field<&Node::spec>("spec"),
      field<&Node::status>("status"),
  };
  return kRows;
}

}  // namespace taskpod::k8s
