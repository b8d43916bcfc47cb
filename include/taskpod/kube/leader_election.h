// One of many replicas leads, by a Lease (client-go tools/leaderelection): who holds it renews it; who sees it unrenewed for its duration
// takes it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "taskpod/kube/client.h"

namespace taskpod::kube {

struct LeaderElectionOptions {
  std::string namespace_ = "taskpod-system";
  std::string name = "taskpod-controller";
  std::string identity;  // differs between replicas
  std::chrono::seconds leaseDuration{15};
  std::chrono::seconds renewDeadline{10};
  std::chrono::milliseconds retryPeriod{2'000};
  std::shared_ptr<net::Canceller> canceller;
};

// Blocks until it leads, calls `lead` on a thread of its own, and returns when leadership is lost or the canceller is signalled; `lead` is
// told to end by the canceller it is given. The lease is given up on the way out.
Result<void> runAsLeader(Client& client, const LeaderElectionOptions& options,
                         const std::function<void(const std::shared_ptr<net::Canceller>&)>& lead);

// What to do about a lease: pure, for tests. `observedFor`: how long its record has not changed, by our own clock.
enum class LeaseAction { Take, Renew, Wait };
LeaseAction leaseAction(const k8s::Lease& lease, const std::string& identity, std::chrono::milliseconds observedFor);

}  // namespace taskpod::kube
