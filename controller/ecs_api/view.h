// What the ECS API and the reconcilers know of the cluster: every pod as a task, every node as a container instance, the custom resources,
// each with the indexes that the describe and list calls ask. Fed by informers; what a call of this replica has just written is put in at
// once, so that the next call finds it. Any thread.
//
// A task whose pod has been deleted is remembered for an hour as it was last seen: Kubernetes forgets it, ECS does not.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "taskpod/base/time.h"
#include "taskpod/ecs/service.h"
#include "taskpod/ecs/task_definition.h"
#include "taskpod/k8s/custom.h"
#include "taskpod/k8s/node.h"
#include "taskpod/k8s/pod.h"
#include "taskpod/schedule/scheduler.h"

namespace taskpod::controller {

inline constexpr std::chrono::hours kRemembered{1};

// A pod with what the filters of ListTasks ask of it.
struct TaskEntry {
  std::shared_ptr<const k8s::Pod> pod;
  std::string id;
  std::string cluster;  // the namespace
  std::string family, startedBy, service, launchType, token;
  std::string_view lastStatus, desiredStatus;
  std::optional<WallTime> stoppedAt;
  std::string goneAt;  // RFC 3339; "" while the object exists
};

struct DefinitionEntry {
  std::shared_ptr<const k8s::TaskDefinitionRevision> object;
  ecs::TaskDefinition definition;
  std::string status() const { return object->status.status.empty() ? "ACTIVE" : object->status.status; }
  std::int64_t revision() const { return object->spec.revision; }
  std::string name() const { return object->spec.family + ":" + std::to_string(object->spec.revision); }
};

struct ServiceEntry {
  std::shared_ptr<const k8s::EcsService> object;
  ecs::CreateService spec;
  std::string name;  // as ECS spells it
};

// A cluster: a namespace, with or without a Cluster object.
struct ClusterEntry {
  std::string name;  // as ECS spells it
  std::string namespace_;
  std::shared_ptr<const k8s::EcsCluster> object;  // null: a namespace that nobody said more about
  bool active = true;
};

class View {
 public:
  using TaskPointer = std::shared_ptr<const TaskEntry>;
  using NodePointer = std::shared_ptr<const k8s::Node>;

  // For informers and for what has just been written; a version older than the one that is known is passed over.
  void onPod(const std::shared_ptr<const k8s::Pod>& was, const std::shared_ptr<const k8s::Pod>& is);
  void onNode(const NodePointer& was, const NodePointer& is);
  void onNamespace(const std::shared_ptr<const k8s::Namespace>& was, const std::shared_ptr<const k8s::Namespace>& is);
  void onRevision(const std::shared_ptr<const k8s::TaskDefinitionRevision>& was,
                  const std::shared_ptr<const k8s::TaskDefinitionRevision>& is);
  void onService(const std::shared_ptr<const k8s::EcsService>& was, const std::shared_ptr<const k8s::EcsService>& is);
  void onCluster(const std::shared_ptr<const k8s::EcsCluster>& was, const std::shared_ptr<const k8s::EcsCluster>& is);
  void onProvider(const std::shared_ptr<const k8s::EcsCapacityProvider>& was, const std::shared_ptr<const k8s::EcsCapacityProvider>& is);
  // A pod that is to run on a node, before the scheduler has bound it: the next placement counts with it.
  void assume(const std::shared_ptr<const k8s::Pod>& pod, const std::string& node);
  void unassume(const std::string& uid);

  // Tasks. Ids are unique over all clusters.
  TaskPointer task(const std::string& id) const;
  // Those of a cluster in the order of their ids, from after `after`, until `take` returns false.
  void tasks(const std::string& cluster, const std::string& after, const std::function<bool(const TaskPointer&)>& take) const;
  std::vector<TaskPointer> tasksOfService(const std::string& cluster, const std::string& service) const;
  // Those that a clientToken made in a cluster, by its hash (label ecs.taskpod.io/client-token).
  std::vector<TaskPointer> tasksOfToken(const std::string& cluster, const std::string& token) const;
  std::vector<std::shared_ptr<const k8s::Pod>> podsOn(const std::string& node) const;  // not finished
  // Drops what has been gone for an hour.
  void forget(WallTime now);

  NodePointer node(const std::string& name) const;
  NodePointer nodeById(const std::string& id) const;
  std::map<std::string, NodePointer> nodesOf(const std::string& cluster) const;  // by id
  // The names of the nodes for which an expression of the cluster query language holds.
  Result<std::set<std::string>> nodesMatching(const std::string& cluster, const std::string& expression);

  std::optional<ClusterEntry> cluster(const std::string& name) const;
  std::vector<ClusterEntry> clusters() const;  // by name; INACTIVE ones too
  std::string clusterNameOf(const std::string& namespace_) const;
  bool isTerminating(const std::string& namespace_) const;

  std::shared_ptr<const DefinitionEntry> definition(const std::string& family, std::int64_t revision) const;
  std::shared_ptr<const DefinitionEntry> definition(const std::string& name) const;  // "family:revision"
  std::shared_ptr<const DefinitionEntry> latestActive(const std::string& family) const;
  std::int64_t latestRevision(const std::string& family) const;  // of any status; 0 if there is none
  std::map<std::string, std::map<std::int64_t, std::shared_ptr<const DefinitionEntry>>> definitions() const;
  bool isUsed(const std::string& definition) const;  // a task that is not stopped, or a service, refers to family:revision

  std::shared_ptr<const ServiceEntry> service(const std::string& cluster, const std::string& name) const;
  std::shared_ptr<const ServiceEntry> serviceOfObject(const std::string& cluster, const std::string& objectName) const;
  std::vector<std::shared_ptr<const ServiceEntry>> services(const std::string& cluster) const;  // by name
  std::vector<std::shared_ptr<const ServiceEntry>> allServices() const;

  std::shared_ptr<const k8s::EcsCapacityProvider> provider(const std::string& name) const;
  std::vector<std::shared_ptr<const k8s::EcsCapacityProvider>> providers() const;

  // Asks the scheduler: which node a pod would go to now, or why none.
  struct Placement {
    NodePointer node;                                      // null: none
    std::vector<std::pair<NodePointer, std::string>> why;  // each node of the pod's cluster, and ECS' reason
  };
  Result<Placement> place(const k8s::Pod& pod);
  // The nodes on which a pod may be, whatever is taken there: for DAEMON services.
  Result<std::set<std::string>> eligibleNodes(k8s::Pod pod);

 private:
  void drop(const std::string& id, const std::string& cluster);
  bool isStale(const k8s::ObjectMeta& known, const k8s::ObjectMeta& fresh) const;

  mutable std::shared_mutex mutex_;
  // guarded by mutex_
  std::unordered_map<std::string, TaskPointer> tasks_;
  std::map<std::string, std::map<std::string, TaskPointer>> byCluster_;
  std::map<std::pair<std::string, std::string>, std::set<std::string>> byService_, byToken_;
  std::unordered_map<std::string, std::set<std::string>> byNode_;
  std::map<std::string, NodePointer> nodes_;
  std::map<std::string, std::string> nodeIds_;  // id -> name
  std::map<std::string, std::shared_ptr<const k8s::Namespace>> namespaces_;
  std::map<std::string, std::shared_ptr<const k8s::EcsCluster>> clusters_;
  std::map<std::string, std::map<std::int64_t, std::shared_ptr<const DefinitionEntry>>> definitions_;
  std::map<std::string, std::map<std::string, std::shared_ptr<const ServiceEntry>>> services_;
  std::map<std::string, std::shared_ptr<const k8s::EcsCapacityProvider>> providers_;

  std::mutex placing_;
  // guarded by placing_
  schedule::Snapshot snapshot_;
  schedule::Scheduler scheduler_;
};

// True for a namespace that is a cluster.
bool isCluster(std::string_view namespace_);

}  // namespace taskpod::controller
