// The figures at /metrics, under the names that kube-scheduler's dashboards know.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>

namespace taskpod::controller {

class Metrics {
 public:
  Metrics();
  std::string text() const;

  prometheus::Counter& scheduled;
  prometheus::Counter& unschedulable;
  prometheus::Counter& failed;
  prometheus::Histogram& algorithmSeconds;
  prometheus::Gauge& pendingActive;
  prometheus::Gauge& pendingWaiting;

 private:
  explicit Metrics(std::shared_ptr<prometheus::Registry> registry);
  std::shared_ptr<prometheus::Registry> registry_;
};

}  // namespace taskpod::controller
