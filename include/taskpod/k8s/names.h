// Every label, annotation and well-known name that Taskpod puts on Kubernetes objects. Names of users' things never appear in a key.
#pragma once

#include <string_view>

namespace taskpod::k8s {

inline constexpr std::string_view kSchedulerName = "taskpod";

// What neither vocabulary's native fields could hold, kept by the converter for the way back (translate/residual.h). Nobody else reads it.
// An annotation of a pod that came from a task definition; a docker label of the first essential container of a definition that came from a
// pod.
inline constexpr std::string_view kResidual = "ecs.taskpod.io/residual";
// The same for a stream of workloads (translate/workload.h): an annotation of the Deployment, DaemonSet, Job or CronJob, or a docker label.
inline constexpr std::string_view kWorkload = "ecs.taskpod.io/workload";
inline constexpr std::string_view kService = "ecs.taskpod.io/service";               // label: the service a pod belongs to, slugged
inline constexpr std::string_view kAgent = "ecs.taskpod.io/agent";                   // what only kubelet-lite obeys (k8s/agent.h)
inline constexpr std::string_view kExecutionRole = "ecs.taskpod.io/execution-role";  // an ARN or a name
inline constexpr std::string_view kCompatibilities = "ecs.taskpod.io/requires-compatibilities";    // "EC2,FARGATE"
inline constexpr std::string_view kTags = "ecs.taskpod.io/tags";                                   // JSON: [{"key":…,"value":…}]
inline constexpr std::string_view kPlacementConstraints = "ecs.taskpod.io/placement-constraints";  // JSON, as in the task definition
inline constexpr std::string_view kPlacementStrategy = "ecs.taskpod.io/placement-strategy";        // JSON, as in RunTask
inline constexpr std::string_view kGroup = "ecs.taskpod.io/group";     // "family:web" or "service:web"; absent: family:<owner or pod name>
inline constexpr std::string_view kStop = "ecs.taskpod.io/stop-code";  // set by StopTask: the task is wanted stopped
inline constexpr std::string_view kStopReason = "ecs.taskpod.io/stop-reason";
inline constexpr std::string_view kStoppingAt = "ecs.taskpod.io/stopping-at";      // RFC 3339
inline constexpr std::string_view kCreatedBy = "ecs.taskpod.io/created-by";        // label: run-task, start-task, service
inline constexpr std::string_view kDefinition = "ecs.taskpod.io/task-definition";  // annotation: "family:revision"
inline constexpr std::string_view kStartedBy = "ecs.taskpod.io/started-by";
inline constexpr std::string_view kLaunchType = "ecs.taskpod.io/launch-type";  // EC2, FARGATE, EXTERNAL
inline constexpr std::string_view kPlatformVersion = "ecs.taskpod.io/platform-version";
inline constexpr std::string_view kOverrides = "ecs.taskpod.io/overrides";  // JSON, as in RunTask
// Of a pod: where the one that made it found room for it. The scheduler takes it if it still fits, so that what RunTask promised of several
// tasks holds.
inline constexpr std::string_view kSuggestedNode = "ecs.taskpod.io/suggested-node";
inline constexpr std::string_view kRequestHash = "ecs.taskpod.io/request-hash";  // of the RunTask body that a clientToken stands for
inline constexpr std::string_view kExecuteCommand = "ecs.taskpod.io/enable-execute-command";
inline constexpr std::string_view kNetworkConfiguration = "ecs.taskpod.io/network-configuration";  // JSON, as in RunTask
inline constexpr std::string_view kProtectedUntil = "ecs.taskpod.io/protected-until";              // RFC 3339: task scale-in protection
// On pods an annotation; on nodes a label, which keeps the node for that provider alone.
inline constexpr std::string_view kCapacityProvider = "ecs.taskpod.io/capacity-provider";
inline constexpr std::string_view kCluster = "ecs.taskpod.io/cluster";        // label of nodes: serves that cluster alone
inline constexpr std::string_view kDeployment = "ecs.taskpod.io/deployment";  // annotation of a service's pods: ecs-svc/<digits>
inline constexpr std::string_view kRevision = "ecs.taskpod.io/revision";      // of a TaskDefinition: the revision that its spec is
inline constexpr std::string_view kOriginalName = "ecs.taskpod.io/name";      // as ECS spells the name of the object
inline constexpr std::string_view kClientToken = "ecs.taskpod.io/client-token";
inline constexpr std::string_view kForceDeployment = "ecs.taskpod.io/force-deployment";  // changes with each forceNewDeployment
inline constexpr std::string_view kDeletedAt = "ecs.taskpod.io/deleted-at";              // of a Service: DeleteService was called
inline constexpr std::string_view kRegisteredBy = "ecs.taskpod.io/registered-by";
inline constexpr std::string_view kDeregistered = "ecs.taskpod.io/deregistered";   // annotation of a node that left its cluster
inline constexpr std::string_view kAccessKey = "ecs.taskpod.io/access-key";        // label of Secrets that hold one
inline constexpr std::string_view kFamily = "ecs.taskpod.io/family";               // label: the family, slugged
inline constexpr std::string_view kAttributes = "ecs.taskpod.io/attributes";       // on nodes, JSON: {"stack":"prod"}
inline constexpr std::string_view kRoleGrant = "ecs.taskpod.io/role-grant";        // controller/role_grants.h
inline constexpr std::string_view kAllowedRoles = "ecs.taskpod.io/allowed-roles";  // annotation of a namespace: "name,name" or "*"
// A pod waits with this scheduling gate until what it needs of secrets, registries and roles is there.
inline constexpr std::string_view kSecretsGate = "ecs.taskpod.io/secrets";
inline constexpr std::string_view kResolved = "ecs.taskpod.io/resolved";  // label of Secrets that the controller has fetched
inline constexpr std::string_view kExpires = "ecs.taskpod.io/expires";    // annotation of such a Secret, RFC 3339
// A volume of a task's pod, which no container mounts: the Secret with what the agent alone needs (translate/task_needs.h).
inline constexpr std::string_view kCredentialsVolume = "ecs-credentials";
inline constexpr std::string_view kTaskRole = "iam.amazonaws.com/role";  // kube2iam's key for a task role

}  // namespace taskpod::k8s
