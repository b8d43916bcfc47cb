// Rolling updates in both vocabularies, for a count of tasks. Pure arithmetic.
//
// ECS keeps at least ceil(count * minimumHealthyPercent / 100) tasks running and at most floor(count * maximumPercent / 100) (Amazon ECS
// API reference, DeploymentConfiguration). Kubernetes keeps at least count - floor(count * maxUnavailable %) and at most count +
// ceil(count * maxSurge %) (apps/v1 RollingUpdateDeployment). The minimum is the same number for every percentage; the maximum is not.
#pragma once

#include <cstdint>
#include <string>

#include "taskpod/k8s/quantity.h"

namespace taskpod::translate {

struct Percentages {
  std::int32_t minimumHealthy = 100;
  std::int32_t maximum = 200;
  bool operator==(const Percentages&) const = default;
};

struct Rolling {
  k8s::IntOrString maxUnavailable;
  k8s::IntOrString maxSurge;
  bool operator==(const Rolling&) const = default;
};

// maxSurge is a percentage where both vocabularies come to the same number, else that number. The API server refuses two zeros: where the
// numbers would be, the percentages stand, where the percentages are, one more percent is allowed.
Rolling rollingOf(Percentages percentages, std::int32_t count);

// The percentages that give the same numbers for `count`.
Percentages percentagesOf(const Rolling& rolling, std::int32_t count);

// EventBridge's cron (minutes hours day-of-month month day-of-week year, days of the week 1-7 from Sunday, "?" for "any") or rate to a
// Kubernetes schedule (five fields, days of the week 0-6); and back. `exact` is false where the other side has no such schedule and the
// nearest was taken. Sources: EventBridge Scheduler User Guide, "Schedule types"; kubernetes.io, CronJob.
struct Schedule {
  std::string text;
  bool exact = true;
  bool operator==(const Schedule&) const = default;
};
Schedule cronJobScheduleOf(const std::string& expression);
Schedule scheduleExpressionOf(const std::string& cron);

}  // namespace taskpod::translate
