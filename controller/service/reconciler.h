// Brings services to what they are meant to be: asks the pure planner (plan.h) what to do, and does it. One key per Service object; the
// leader runs it.
//
// Killed at any point it converges: a deployment is stored before its first task is made; a task's name is its service's, its deployment's
// and an ordinal, so that a second controller that makes the same task finds the name taken.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "controller/ecs_api/view.h"
#include "controller/role_grants.h"
#include "controller/service/plan.h"
#include "taskpod/base/work_queue.h"
#include "taskpod/kube/events.h"

namespace taskpod::controller {

struct ServiceOptions {
  std::chrono::seconds healthyAfter{40};  // a task without checks counts as healthy after running for so long
  int kubeMinor = 36;
  std::size_t width = 24;  // pods made or stopped at the same time
};

class ServiceReconciler {
 public:
  ServiceReconciler(kube::Client& client, View& view, const RoleGrants& grants, kube::EventRecorder& events, ServiceOptions options);
  ~ServiceReconciler();
  ServiceReconciler(const ServiceReconciler&) = delete;
  ServiceReconciler& operator=(const ServiceReconciler&) = delete;

  // For informers; after the view has been told.
  void onService(const std::shared_ptr<const k8s::EcsService>& was, const std::shared_ptr<const k8s::EcsService>& is);
  void onPod(const std::shared_ptr<const k8s::Pod>& was, const std::shared_ptr<const k8s::Pod>& is);
  void onNode(const std::shared_ptr<const k8s::Node>& was, const std::shared_ptr<const k8s::Node>& is);
  void start();

 private:
  void run();
  void reconcile(const std::string& key);
  bool perform(const ServiceEntry& entry, ServicePlan& plan);
  bool tellStatus(const ServiceEntry& entry, const ServicePlan& plan);
  void tell(const ServiceEntry& entry, ServicePlan& plan, const std::string& text, std::chrono::minutes quiet = std::chrono::minutes(0));
  Result<k8s::Pod> templateFor(const ServiceEntry& entry, const std::string& definitionName, const json::Raw& configurationText);
  struct Start;
  bool startTasks(const ServiceEntry& entry, ServicePlan& plan);
  std::vector<k8s::Pod> nameTasks(const ServiceEntry& entry, const ServicePlan& plan, const k8s::Pod& from);
  std::vector<Start> placeTasks(const ServiceEntry& entry, ServicePlan& plan, std::vector<k8s::Pod> pods);
  void makeTask(Start& start);
  bool stopTasks(const ServiceEntry& entry, ServicePlan& plan);
  Result<void> writeStatus(const ServiceEntry& entry, k8s::ServiceStatus status);
  void exposeService(const ServiceEntry& entry);
  void readLive(const std::string& cluster);

  kube::Client& client_;
  View& view_;
  const RoleGrants& grants_;
  kube::EventRecorder& events_;
  const ServiceOptions options_;
  WorkQueue queue_;
  // used by the worker only
  std::map<std::string, std::pair<std::string, k8s::Pod>> templates_;  // by key: what it was made of, and the pod
  std::set<std::string> read_;                                         // clusters whose pods were read from the API in this term
  std::map<std::string, std::chrono::steady_clock::time_point> written_;
  std::map<std::string, std::int64_t> exposed_;  // by UID: the generation whose Kubernetes Service exists
  std::jthread thread_;
};

}  // namespace taskpod::controller
