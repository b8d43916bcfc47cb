#include "json/row.h"
#include "taskpod/ecs/cluster.h"

namespace taskpod::ecs {

using json::field;
using json::Presence;

std::span<const json::Row> ClusterSetting::rows() {
  static constexpr json::Row kRows[] = {
      field<&ClusterSetting::name>("name"),
      field<&ClusterSetting::value>("value"),
  };
  return kRows;
}

std::span<const json::Row> Cluster::rows() {
  static constexpr json::Row kRows[] = {
      field<&Cluster::clusterArn>("clusterArn"),
      field<&Cluster::clusterName>("clusterName"),
      field<&Cluster::configuration>("configuration"),
      field<&Cluster::status>("status"),
      field<&Cluster::registeredContainerInstancesCount>("registeredContainerInstancesCount"),
      field<&Cluster::runningTasksCount>("runningTasksCount"),
      field<&Cluster::pendingTasksCount>("pendingTasksCount"),
      field<&Cluster::activeServicesCount>("activeServicesCount"),
      field<&Cluster::statistics>("statistics", Presence::Always),
      field<&Cluster::tags>("tags", Presence::Always),
      field<&Cluster::settings>("settings", Presence::Always),
      field<&Cluster::capacityProviders>("capacityProviders", Presence::Always),
      field<&Cluster::defaultCapacityProviderStrategy>("defaultCapacityProviderStrategy", Presence::Always),
      field<&Cluster::attachments>("attachments"),
      field<&Cluster::attachmentsStatus>("attachmentsStatus"),
      field<&Cluster::serviceConnectDefaults>("serviceConnectDefaults"),
  };
  return kRows;
}

std::span<const json::Row> CapacityProvider::rows() {
  static constexpr json::Row kRows[] = {
      field<&CapacityProvider::capacityProviderArn>("capacityProviderArn"),
      field<&CapacityProvider::name>("name"),
      field<&CapacityProvider::cluster>("cluster"),
      field<&CapacityProvider::status>("status"),
      field<&CapacityProvider::autoScalingGroupProvider>("autoScalingGroupProvider"),
      field<&CapacityProvider::managedInstancesProvider>("managedInstancesProvider"),
      field<&CapacityProvider::updateStatus>("updateStatus"),
      field<&CapacityProvider::updateStatusReason>("updateStatusReason"),
      field<&CapacityProvider::tags>("tags", Presence::Always),
      field<&CapacityProvider::type>("type"),
  };
  return kRows;
}

}  // namespace taskpod::ecs
