// The table of operations: which handler answers, and what differs from AWS. docs/ecs-api.md is printed from it.
#include <span>

#include "controller/ecs_api/handlers.h"

namespace taskpod::controller {

std::span<const HandlerRow> handlerRows() {
  static constexpr HandlerRow kRows[] = {
      {"ContinueServiceDeployment", refused, Support::Refused,
       "Deployment lifecycle hooks are not there yet, so no deployment waits for one."},
      {"CreateCapacityProvider", createCapacityProvider, Support::Full,
       "Nodes with the label ecs.taskpod.io/capacity-provider=NAME are its capacity; managed scaling is stored, nothing is scaled."},
      {"CreateCluster", createCluster, Support::Full, "A namespace and a Cluster object. A namespace that exists is taken as it is."},
      {"CreateDaemon", refused, Support::Refused,
       "Managed daemons are not there yet. A service with schedulingStrategy DAEMON runs one task on each instance."},
      {"CreateExpressGatewayService", refused, Support::Refused,
       "Express gateway services need load balancers and certificates of AWS, which Taskpod does not make."},
      {"CreateService", createService, Support::Full,
       "deploymentController ECS and strategy ROLLING only; loadBalancers and serviceRegistries become one Kubernetes Service."},
      {"CreateTaskSet", refused, Support::Refused, "Task sets (deploymentController EXTERNAL) are not there yet."},
      {"DeleteAccountSetting", deleteAccountSetting, Support::Full, ""},
      {"DeleteAttributes", deleteAttributes, Support::Full, ""},
      {"DeleteCapacityProvider", deleteCapacityProvider, Support::Full, ""},
      {"DeleteCluster", deleteCluster, Support::Full,
       "The namespace goes too if CreateCluster made it; the cluster stays INACTIVE for an hour."},
      {"DeleteDaemon", refused, Support::Refused,
       "Managed daemons are not there yet. A service with schedulingStrategy DAEMON runs one task on each instance."},
      {"DeleteDaemonTaskDefinition", refused, Support::Refused,
       "Managed daemons are not there yet. A service with schedulingStrategy DAEMON runs one task on each instance."},
      {"DeleteExpressGatewayService", refused, Support::Refused,
       "Express gateway services need load balancers and certificates of AWS, which Taskpod does not make."},
      {"DeleteService", deleteService, Support::Full, "INACTIVE for an hour, then the object is removed."},
      {"DeleteTaskDefinitions", deleteTaskDefinitions, Support::Full, ""},
      {"DeleteTaskSet", refused, Support::Refused, "Task sets (deploymentController EXTERNAL) are not there yet."},
      {"DeregisterContainerInstance", deregisterContainerInstance, Support::Full,
       "Cordons the node and marks it INACTIVE; with force the tasks of the cluster on it are stopped."},
      {"DeregisterTaskDefinition", deregisterTaskDefinition, Support::Full, ""},
      {"DescribeCapacityProviders", describeCapacityProviders, Support::Full, ""},
      {"DescribeClusters", describeClusters, Support::Full, ""},
      {"DescribeContainerInstances", describeContainerInstances, Support::Full,
       "Nodes without the label ecs.taskpod.io/cluster serve every cluster, and are listed in each."},
      {"DescribeDaemon", refused, Support::Refused,
       "Managed daemons are not there yet. A service with schedulingStrategy DAEMON runs one task on each instance."},
      {"DescribeDaemonDeployments", refused, Support::Refused,
       "Managed daemons are not there yet. A service with schedulingStrategy DAEMON runs one task on each instance."},
      {"DescribeDaemonRevisions", refused, Support::Refused,
       "Managed daemons are not there yet. A service with schedulingStrategy DAEMON runs one task on each instance."},
      {"DescribeDaemonTaskDefinition", refused, Support::Refused,
       "Managed daemons are not there yet. A service with schedulingStrategy DAEMON runs one task on each instance."},
      {"DescribeExpressGatewayService", refused, Support::Refused,
       "Express gateway services need load balancers and certificates of AWS, which Taskpod does not make."},
      {"DescribeServiceDeployments", describeServiceDeployments, Support::Full, ""},
      {"DescribeServiceRevisions", describeServiceRevisions, Support::Full, ""},
      {"DescribeServices", describeServices, Support::Full, ""},
      {"DescribeTaskDefinition", describeTaskDefinition, Support::Full, ""},
      {"DescribeTaskSets", refused, Support::Refused, "Task sets (deploymentController EXTERNAL) are not there yet."},
      {"DescribeTasks", describeTasks, Support::Full,
       "Computed from the pod. Tasks of pods that were deleted are remembered for an hour, by the replica that saw them."},
      {"DiscoverPollEndpoint", discoverPollEndpoint, Support::Refused,
       "Instances are run by kubelet-lite; the ECS agent has nothing to poll here yet."},
      {"ExecuteCommand", refused, Support::Refused,
       "ExecuteCommand is not there yet. kubectl exec into the pod does the same: a task is a pod."},
      {"GetTaskProtection", getTaskProtection, Support::Full, ""},
      {"ListAccountSettings", listAccountSettings, Support::Full, ""},
      {"ListAttributes", listAttributes, Support::Full, ""},
      {"ListClusters", listClusters, Support::Full, ""},
      {"ListContainerInstances", listContainerInstances, Support::Full, ""},
      {"ListDaemonDeployments", refused, Support::Refused,
       "Managed daemons are not there yet. A service with schedulingStrategy DAEMON runs one task on each instance."},
      {"ListDaemonTaskDefinitions", refused, Support::Refused,
       "Managed daemons are not there yet. A service with schedulingStrategy DAEMON runs one task on each instance."},
      {"ListDaemons", refused, Support::Refused,
       "Managed daemons are not there yet. A service with schedulingStrategy DAEMON runs one task on each instance."},
      {"ListServiceDeployments", listServiceDeployments, Support::Full, ""},
      {"ListServices", listServices, Support::Full, ""},
      {"ListServicesByNamespace", listServicesByNamespace, Support::Full, ""},
      {"ListTagsForResource", listTagsForResource, Support::Full, ""},
      {"ListTaskDefinitionFamilies", listTaskDefinitionFamilies, Support::Full, ""},
      {"ListTaskDefinitions", listTaskDefinitions, Support::Full, ""},
      {"ListTasks", listTasks, Support::Full, ""},
      {"PutAccountSetting", putAccountSetting, Support::Full, ""},
      {"PutAccountSettingDefault", putAccountSettingDefault, Support::Full, ""},
      {"PutAttributes", putAttributes, Support::Full, ""},
      {"PutClusterCapacityProviders", putClusterCapacityProviders, Support::Full, ""},
      {"RegisterContainerInstance", registerContainerInstance, Support::Full,
       "Makes a Node object of the cluster; without an agent it is not connected."},
      {"RegisterDaemonTaskDefinition", refused, Support::Refused,
       "Managed daemons are not there yet. A service with schedulingStrategy DAEMON runs one task on each instance."},
      {"RegisterTaskDefinition", registerTaskDefinition, Support::Full, "Unknown members are refused, not dropped."},
      {"RunTask", runTask, Support::Full, "Placement is asked of the same scheduler that binds the pod; Fargate tasks need a node, too."},
      {"StartTask", startTask, Support::Full, ""},
      {"StopServiceDeployment", stopServiceDeployment, Support::Full, "stopType ROLLBACK only."},
      {"StopTask", stopTask, Support::Full, "Works on any kubelet: the pod is marked and ended by activeDeadlineSeconds."},
      {"SubmitAttachmentStateChanges", submitStateChange, Support::Refused, "A call of the ECS agent; states are read from the pods."},
      {"SubmitContainerStateChange", submitStateChange, Support::Refused, "A call of the ECS agent; states are read from the pods."},
      {"SubmitTaskStateChange", submitStateChange, Support::Refused, "A call of the ECS agent; states are read from the pods."},
      {"TagResource", tagResource, Support::Full, ""},
      {"UntagResource", untagResource, Support::Full, ""},
      {"UpdateCapacityProvider", updateCapacityProvider, Support::Full, ""},
      {"UpdateCluster", updateCluster, Support::Full, ""},
      {"UpdateClusterSettings", updateClusterSettings, Support::Full, ""},
      {"UpdateContainerAgent", refused, Support::Refused,
       "kubelet-lite is updated by whoever deployed it; there is no update to apply here."},
      {"UpdateContainerInstancesState", updateContainerInstancesState, Support::Full,
       "DRAINING is a cordon; the tasks of services are replaced by their minimumHealthyPercent."},
      {"UpdateDaemon", refused, Support::Refused,
       "Managed daemons are not there yet. A service with schedulingStrategy DAEMON runs one task on each instance."},
      {"UpdateExpressGatewayService", refused, Support::Refused,
       "Express gateway services need load balancers and certificates of AWS, which Taskpod does not make."},
      {"UpdateService", updateService, Support::Full, "As CreateService."},
      {"UpdateServicePrimaryTaskSet", refused, Support::Refused, "Task sets (deploymentController EXTERNAL) are not there yet."},
      {"UpdateTaskProtection", updateTaskProtection, Support::Full, ""},
      {"UpdateTaskSet", refused, Support::Refused, "Task sets (deploymentController EXTERNAL) are not there yet."},
  };
  return kRows;
}

std::string operationsAsMarkdown() {
  std::size_t full = 0;
  for (const HandlerRow& row : handlerRows()) full += row.support == Support::Full;
  std::string out =
      "# The ECS API\n\nPrinted by `taskpod-controller --print-ecs-operations`; a test compares. Do not edit.\n\n"
      "Of the " +
      std::to_string(handlerRows().size()) + " operations of Amazon ECS (2014-11-13) " + std::to_string(full) +
      " work; the others answer an exception of the model that says why.\n\n"
      "For all of them: signatures are verified (SigV4, five minutes of skew) and the access key's Kubernetes user needs the rights for "
      "what the "
      "call does; a member that the model does not know is refused with InvalidParameterException, where AWS would ignore it; the region "
      "of "
      "an answer is the one of the signature; client errors are HTTP 400, ServerException is 500 and may be tried again.\n\n"
      "| operation | works | what differs from AWS, and why |\n| --- | --- | --- |\n";
  for (const HandlerRow& row : handlerRows())
    out += "| `" + std::string(row.operation) + "` | " + (row.support == Support::Full ? "yes" : "no") + " | " + std::string(row.note) +
           " |\n";
  return out;
}

}  // namespace taskpod::controller
