// Task definitions to pods and back. Documents in, documents out; pure.
//
// toPod and toTaskDefinition are inverse: toTaskDefinition(toPod(x)) equals x as a JSON document (null and absent are the same), whatever x
// holds, and so the other way round. What the table (field_map.h) cannot map travels in the residual (residual.h). Edits of the result win
// over it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "taskpod/ecs/task_definition.h"
#include "taskpod/json/document.h"
#include "taskpod/k8s/pod.h"
#include "taskpod/translate/field_map.h"

namespace taskpod::translate {

enum class Direction { ToPod, ToTaskDefinition };

// What a document is, by its members; nullopt if it is neither (`whyNot` then says what was looked for).
std::optional<Direction> directionFor(const json::Value& document);

// One line for each path that did not go over exactly.
struct ReportLine {
  std::string path;    // in the source's vocabulary, list positions as []
  std::string target;  // where it went, "" if only into the residual
  Fidelity fidelity = Fidelity::Exact;
  bool residual = false;  // (also) kept in the residual
  std::string note;
  bool operator==(const ReportLine&) const = default;
};

struct Report {
  std::vector<ReportLine> lines;  // sorted by path; Exact ones left out
  std::size_t members = 0;        // leaves of the source
  std::size_t native = 0;         // those that went over without the residual
  std::size_t sourceBytes = 0;    // compact JSON
  std::size_t residualBytes = 0;
};

// The Kubernetes minor that a pod is for: 1.29 to 1.36. Fields that it does not know or keeps behind a gate are not used: the agent's
// annotation or the residual has them, with the nearest native form beside (table in src/translate/versions.cc).
inline constexpr int kOldestMinor = 29;
inline constexpr int kNewestMinor = 36;

struct Conversion {
  json::Document document;
  // Why a residual that the source carried was not believed (cut, edited, of another version, not fitting); the native fields alone were
  // converted then. Empty as a rule.
  std::vector<std::string> refused;
  std::vector<std::string> notes;  // what the Kubernetes version made different, a sentence each
};

// `source`: a RegisterTaskDefinition body, or what DescribeTaskDefinition prints ({"taskDefinition": …, "tags": …}).
Result<Conversion> toPod(const json::Value& source, int kubeMinor = kNewestMinor);
// `source`: a Pod. A pod that came from a task definition (it carries the residual) is first stripped of what an API server adds.
Result<Conversion> toTaskDefinition(const json::Value& source);

// What went over how. `conversion` is what toPod or toTaskDefinition made of `source`.
Report reportOf(const json::Value& source, const Conversion& conversion);

// The table alone, without residual: used where the result is made new (RunTask) and by the two above.
enum class Origin { Ecs, Pod };
k8s::Pod mapToPod(const ecs::TaskDefinition& definition, Origin origin);
ecs::TaskDefinition mapToTaskDefinition(const k8s::Pod& pod, Origin origin);

}  // namespace taskpod::translate
