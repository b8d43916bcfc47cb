// The one table between the two vocabularies. Each row names an ECS path, the pod path that carries it, how faithfully, and why; rows with
// rules also hold the two functions that do it. `to_pod`, `to_task_definition`, the report, `taskpod convert --explain` and
// docs/field-map.md read this table; nothing else knows the mapping. Sources: Amazon ECS API reference (TaskDefinition,
// ContainerDefinition), Kubernetes API core/v1.
#pragma once

#include <span>
#include <string_view>

namespace taskpod::translate {

enum class Fidelity {
  Exact,         // the same thing on both sides
  Converted,     // another unit or spelling, nothing lost
  Annotated,     // carried by an annotation that our own parts obey
  Approximated,  // the nearest native form; the rest is kept for the way back
  Unsupported,   // no meaning on the other side; kept for the way back
};

std::string_view toString(Fidelity fidelity);

struct FieldRow {
  std::string_view ecs;  // "containerDefinitions[].portMappings[].hostPort"
  std::string_view pod;  // "spec.containers[].ports[].hostPort", "" if none
  Fidelity fidelity;
  std::string_view note;
};

// Every row, sorted by ECS path; and every field of a pod, towards ECS, in the order of the API.
std::span<const FieldRow> fieldRows();
std::span<const FieldRow> podRows();

// The row for an ECS path: the longest one that is the path or a prefix of it; nullptr if there is none.
const FieldRow* findFieldRow(std::string_view ecsPath);
// The row of podRows() for a pod's path, likewise; the rows of containers[] serve initContainers[] and ephemeralContainers[] too.
const FieldRow* findPodRow(std::string_view podPath);

}  // namespace taskpod::translate
