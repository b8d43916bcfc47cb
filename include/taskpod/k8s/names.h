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
inline constexpr std::string_view kFamily = "ecs.taskpod.io/family";   // label: the family, slugged
inline constexpr std::string_view kAttributes = "ecs.taskpod.io/attributes";  // on nodes, JSON: {"stack":"prod"}
inline constexpr std::string_view kTaskRole = "iam.amazonaws.com/role";       // kube2iam's key for a task role

}  // namespace taskpod::k8s
