// The ECS side of the controller as one part: the view with the informers that feed it, access, and the server. Every replica has one; the
// leader's reconcilers read the same view.
#pragma once

#include <memory>
#include <string>

#include "controller/ecs_api/server.h"
#include "taskpod/k8s/objects.h"
#include "taskpod/kube/informer.h"

namespace taskpod::controller {

class EcsEndpoint {
 public:
  // `nodes` and `pods` are the controller's own informers; pods must be all of them, finished ones too.
  EcsEndpoint(kube::Client& client, kube::Informer<k8s::Node>& nodes, kube::Informer<k8s::Pod>& pods);
  ~EcsEndpoint();
  EcsEndpoint(const EcsEndpoint&) = delete;
  EcsEndpoint& operator=(const EcsEndpoint&) = delete;

  void start();
  bool waitForSync() const;
  void end();

  View& view() { return view_; }
  Access& access() { return access_; }
  const RoleGrants& grants() const { return grants_; }

  // For the leader's reconcilers.
  kube::Informer<k8s::EcsService>& services() { return services_; }
  kube::Informer<k8s::EcsCluster>& clusters() { return clusters_; }
  kube::Informer<k8s::TaskDefinitionRevision>& revisions() { return revisions_; }

 private:
  void forgetLoop();

  kube::Client& client_;
  View view_;
  Access access_;
  RoleGrants grants_;
  kube::Informer<k8s::Namespace> namespaces_;
  kube::Informer<k8s::TaskDefinitionRevision> revisions_;
  kube::Informer<k8s::EcsService> services_;
  kube::Informer<k8s::EcsCluster> clusters_;
  kube::Informer<k8s::EcsCapacityProvider> providers_;
  kube::Informer<k8s::Secret> secrets_;
  kube::Informer<k8s::Node>& nodes_;
  kube::Informer<k8s::Pod>& pods_;
  std::unique_ptr<kube::Informer<k8s::Node>::Subscription> nodeSubscription_;
  std::unique_ptr<kube::Informer<k8s::Pod>::Subscription> podSubscription_;
  std::shared_ptr<net::Canceller> ended_ = std::make_shared<net::Canceller>();
  std::jthread forgetter_;
};

// The minor version of an API server, 29 to the newest that the translation knows.
int kubeMinorOf(kube::Client& client);

}  // namespace taskpod::controller
