#include "json/row.h"
#include "taskpod/ecs/task.h"

namespace taskpod::ecs {

using json::field;
using json::Presence;

std::span<const json::Row> Attachment::rows() {
  static constexpr json::Row kRows[] = {
      field<&Attachment::id>("id"),
      field<&Attachment::type>("type"),
      field<&Attachment::status>("status"),
      field<&Attachment::details>("details"),
  };
  return kRows;
}

std::span<const json::Row> Attribute::rows() {
  static constexpr json::Row kRows[] = {
      field<&Attribute::name>("name"),
      field<&Attribute::value>("value"),
      field<&Attribute::targetType>("targetType"),
      field<&Attribute::targetId>("targetId"),
  };
  return kRows;
}

std::span<const json::Row> NetworkBinding::rows() {
  static constexpr json::Row kRows[] = {
      field<&NetworkBinding::bindIP>("bindIP"),
      field<&NetworkBinding::containerPort>("containerPort"),
      field<&NetworkBinding::hostPort>("hostPort"),
      field<&NetworkBinding::protocol>("protocol"),
      field<&NetworkBinding::containerPortRange>("containerPortRange"),
      field<&NetworkBinding::hostPortRange>("hostPortRange"),
  };
  return kRows;
}

std::span<const json::Row> NetworkInterface::rows() {
  static constexpr json::Row kRows[] = {
      field<&NetworkInterface::attachmentId>("attachmentId"),
      field<&NetworkInterface::privateIpv4Address>("privateIpv4Address"),
      field<&NetworkInterface::ipv6Address>("ipv6Address"),
  };
  return kRows;
}

std::span<const json::Row> ManagedAgent::rows() {
  static constexpr json::Row kRows[] = {
      field<&ManagedAgent::lastStartedAt>("lastStartedAt"),
      field<&ManagedAgent::name>("name"),
      field<&ManagedAgent::reason>("reason"),
      field<&ManagedAgent::lastStatus>("lastStatus"),
  };
  return kRows;
}

std::span<const json::Row> Container::rows() {
  static constexpr json::Row kRows[] = {
      field<&Container::containerArn>("containerArn"),
      field<&Container::taskArn>("taskArn"),
      field<&Container::name>("name"),
      field<&Container::image>("image"),
      field<&Container::imageDigest>("imageDigest"),
      field<&Container::runtimeId>("runtimeId"),
      field<&Container::lastStatus>("lastStatus"),
      field<&Container::exitCode>("exitCode"),
      field<&Container::reason>("reason"),
      field<&Container::networkBindings>("networkBindings", Presence::Always),
      field<&Container::networkInterfaces>("networkInterfaces", Presence::Always),
      field<&Container::healthStatus>("healthStatus"),
      field<&Container::managedAgents>("managedAgents"),
      field<&Container::cpu>("cpu"),
      field<&Container::memory>("memory"),
      field<&Container::memoryReservation>("memoryReservation"),
      field<&Container::gpuIds>("gpuIds"),
      field<&Container::neuronDeviceIds>("neuronDeviceIds"),
  };
  return kRows;
}

std::span<const json::Row> TaskEphemeralStorage::rows() {
  static constexpr json::Row kRows[] = {
      field<&TaskEphemeralStorage::sizeInGiB>("sizeInGiB"),
      field<&TaskEphemeralStorage::kmsKeyId>("kmsKeyId"),
  };
  return kRows;
}

std::span<const json::Row> Task::rows() {
  static constexpr json::Row kRows[] = {
      field<&Task::attachments>("attachments", Presence::Always),
      field<&Task::attributes>("attributes", Presence::Always),
      field<&Task::availabilityZone>("availabilityZone"),
      field<&Task::capacityProviderName>("capacityProviderName"),
      field<&Task::clusterArn>("clusterArn"),
      field<&Task::connectivity>("connectivity"),
      field<&Task::connectivityAt>("connectivityAt"),
      field<&Task::containerInstanceArn>("containerInstanceArn"),
      field<&Task::containers>("containers", Presence::Always),
      field<&Task::cpu>("cpu"),
      field<&Task::createdAt>("createdAt"),
      field<&Task::desiredStatus>("desiredStatus"),
      field<&Task::enableExecuteCommand>("enableExecuteCommand"),
      field<&Task::executionStoppedAt>("executionStoppedAt"),
      field<&Task::group>("group"),
      field<&Task::healthStatus>("healthStatus"),
      field<&Task::inferenceAccelerators>("inferenceAccelerators"),
      field<&Task::lastStatus>("lastStatus"),
      field<&Task::launchType>("launchType"),
      field<&Task::memory>("memory"),
      field<&Task::overrides>("overrides", Presence::Always),
      field<&Task::platformVersion>("platformVersion"),
      field<&Task::platformFamily>("platformFamily"),
      field<&Task::pullStartedAt>("pullStartedAt"),
      field<&Task::pullStoppedAt>("pullStoppedAt"),
      field<&Task::startedAt>("startedAt"),
      field<&Task::startedBy>("startedBy"),
      field<&Task::stopCode>("stopCode"),
      field<&Task::stoppedAt>("stoppedAt"),
      field<&Task::stoppedReason>("stoppedReason"),
      field<&Task::stoppingAt>("stoppingAt"),
      field<&Task::tags>("tags", Presence::Always),
      field<&Task::taskArn>("taskArn"),
      field<&Task::taskDefinitionArn>("taskDefinitionArn"),
      field<&Task::version>("version"),
      field<&Task::ephemeralStorage>("ephemeralStorage"),
      field<&Task::fargateEphemeralStorage>("fargateEphemeralStorage"),
  };
  return kRows;
}

std::span<const json::Row> Failure::rows() {
  static constexpr json::Row kRows[] = {
      field<&Failure::arn>("arn"),
      field<&Failure::reason>("reason"),
      field<&Failure::detail>("detail"),
  };
  return kRows;
}

}  // namespace taskpod::ecs
