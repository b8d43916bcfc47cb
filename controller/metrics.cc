#include "controller/metrics.h"

#include <prometheus/text_serializer.h>

namespace taskpod::controller {
namespace {

auto& attempts(prometheus::Registry& registry) {
  return prometheus::BuildCounter()
      .Name("scheduler_schedule_attempts_total")
      .Help("Attempts to schedule a pod, by result")
      .Register(registry);
}
auto& pending(prometheus::Registry& registry) {
  return prometheus::BuildGauge().Name("scheduler_pending_pods").Help("Pods that wait for a node, by queue").Register(registry);
}

}  // namespace

Metrics::Metrics() : Metrics(std::make_shared<prometheus::Registry>()) {}

Metrics::Metrics(std::shared_ptr<prometheus::Registry> registry)
    : scheduled(attempts(*registry).Add({{"result", "scheduled"}, {"profile", "taskpod"}})),
      unschedulable(attempts(*registry).Add({{"result", "unschedulable"}, {"profile", "taskpod"}})),
      failed(attempts(*registry).Add({{"result", "error"}, {"profile", "taskpod"}})),
      algorithmSeconds(prometheus::BuildHistogram()
                           .Name("scheduler_scheduling_algorithm_duration_seconds")
                           .Help("Time of one decision")
                           .Register(*registry)
                           .Add({}, prometheus::Histogram::BucketBoundaries{0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002,
                                                                            0.005, 0.01, 0.1})),
      pendingActive(pending(*registry).Add({{"queue", "active"}})),
      pendingWaiting(pending(*registry).Add({{"queue", "unschedulable"}})),
      registry_(std::move(registry)) {}

std::string Metrics::text() const { return prometheus::TextSerializer().Serialize(registry_->Collect()); }

}  // namespace taskpod::controller
