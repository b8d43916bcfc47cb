#include "taskpod/kube/leader_election.h"

#include <thread>

#include "taskpod/base/log.h"
#include "taskpod/base/time.h"

namespace taskpod::kube {
namespace {

class Elector {
 public:
  Elector(Client& client, const LeaderElectionOptions& options) : client_(client), options_(options) {}

  // True if the lease is ours now.
  Result<bool> tryAcquireOrRenew() {
    auto lease = client_.get<k8s::Lease>(options_.namespace_, options_.name);
    if (!lease && lease.error().reason == Reason::NotFound) return create();
    if (!lease) return lease.error();
    observe(*lease);
    auto since = std::chrono::duration_cast<std::chrono::milliseconds>(net::Clock::now() - observedAt_);
    LeaseAction action = leaseAction(*lease, options_.identity, since);
    if (action == LeaseAction::Wait) return false;
    if (action == LeaseAction::Take) {
      lease->spec.leaseTransitions = lease->spec.leaseTransitions.value_or(0) + 1;
      lease->spec.acquireTime = formatMicroTime(wallNow());
    }
    fill(*lease);
    auto updated = client_.update(*lease);
    if (!updated && updated.error().reason == Reason::Conflict) return false;
    if (!updated) return updated.error();
    observe(*updated);
    return true;
  }

  void release() {
    auto lease = client_.get<k8s::Lease>(options_.namespace_, options_.name);
    if (!lease || lease->spec.holderIdentity != options_.identity) return;
    lease->spec.holderIdentity = "";
    lease->spec.leaseDurationSeconds = 1;
    [[maybe_unused]] auto done = client_.update(*lease);  // if it fails the lease runs out by itself
  }

 private:
  Result<bool> create() {
    k8s::Lease lease;
    lease.apiVersion = "coordination.k8s.io/v1";
    lease.kind = "Lease";
    lease.metadata.name = options_.name;
    lease.metadata.namespace_ = options_.namespace_;
    lease.spec.acquireTime = formatMicroTime(wallNow());
    lease.spec.leaseTransitions = 0;
    fill(lease);
    auto created = client_.create(options_.namespace_, lease);
    if (!created && created.error().reason == Reason::AlreadyExists) return false;
    if (!created) return created.error();
    observe(*created);
    return true;
  }

  void fill(k8s::Lease& lease) const {
    lease.spec.holderIdentity = options_.identity;
    lease.spec.leaseDurationSeconds = static_cast<std::int32_t>(options_.leaseDuration.count());
    lease.spec.renewTime = formatMicroTime(wallNow());
  }

  void observe(const k8s::Lease& lease) {
    if (lease.metadata.resourceVersion == observedVersion_) return;
    observedVersion_ = lease.metadata.resourceVersion;
    observedAt_ = net::Clock::now();
  }

  Client& client_;
  const LeaderElectionOptions& options_;
  std::string observedVersion_;
  net::Clock::time_point observedAt_;
};

}  // namespace

LeaseAction leaseAction(const k8s::Lease& lease, const std::string& identity, std::chrono::milliseconds observedFor) {
  if (lease.spec.holderIdentity == identity) return LeaseAction::Renew;
  bool held = lease.spec.holderIdentity && !lease.spec.holderIdentity->empty();
  auto duration = std::chrono::seconds(lease.spec.leaseDurationSeconds.value_or(0));
  return held && observedFor < duration ? LeaseAction::Wait : LeaseAction::Take;
}

Result<void> runAsLeader(Client& client, const LeaderElectionOptions& options,
                         const std::function<void(const std::shared_ptr<net::Canceller>&)>& lead) {
  Elector elector(client, options);
  bool reported = false;
  for (;;) {
    auto mine = elector.tryAcquireOrRenew();
    if (mine && *mine) break;
    if (!mine && !reported)
      log::warn("leader election: lease cannot be read or written", {{"lease", options.name}, {"error", mine.error().message}});
    reported = !mine;
    if (options.canceller->sleepUntil(net::in(options.retryPeriod))) return {};
  }
  log::info("leading", {{"lease", options.namespace_ + "/" + options.name}, {"identity", options.identity}});
  auto end = std::make_shared<net::Canceller>();
  std::jthread work([&] { lead(end); });
  auto renewed = net::Clock::now();
  bool lost = false;
  while (!lost && !options.canceller->sleepUntil(net::in(options.retryPeriod))) {
    auto mine = elector.tryAcquireOrRenew();
    if (mine && *mine) renewed = net::Clock::now();
    lost = (mine && !*mine) || net::Clock::now() - renewed > options.renewDeadline;
  }
  end->cancel();
  work.join();
  if (lost) return Error{Reason::Conflict, "leader election: the lease was lost", 0};
  elector.release();
  return {};
}

}  // namespace taskpod::kube
