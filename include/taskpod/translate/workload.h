// Streams of documents: services, tasks and schedules of ECS as Deployments, DaemonSets, Jobs and CronJobs with what belongs to them, and
// back (docs/decisions/0004-workloads.md). Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "taskpod/translate/convert.h"

namespace taskpod::translate {

// What a document of a stream is. The words are the API's: "TaskDefinition", "CreateService", "RunTask", "CreateSchedule",
// "RegisterScalableTarget", "PutScalingPolicy"; "Pod", "Deployment", "DaemonSet", "Job", "CronJob", "Service", "PodDisruptionBudget",
// "HorizontalPodAutoscaler". "" if it is none of them.
std::string_view kindOf(const json::Value& document);
// True for the first six, false for the others.
bool isEcs(std::string_view kind);

struct StreamDocument {
  json::Document document;
  std::vector<std::size_t> sources;  // indices of what it was made of, the main one first
  Report report;                     // of the main source
};

struct StreamOptions {
  int kubeMinor = kNewestMinor;
  bool reports = true;  // reports cost more than the conversion
};

struct StreamConversion {
  std::vector<StreamDocument> documents;
  std::vector<std::string> refused, notes;  // as in Conversion
};

// Every document of `sources` is of one side and has a kind. Errors: a service, task or schedule whose task definition is not in the
// stream; what belongs to a workload that is not there (a Service that selects nothing, a budget, an autoscaler, a scaling policy);
// whatever toPod and toTaskDefinition refuse. The message begins with "document N: ".
Result<StreamConversion> convertStream(std::span<const json::Value> sources, Direction direction, const StreamOptions& options = {});

}  // namespace taskpod::translate
