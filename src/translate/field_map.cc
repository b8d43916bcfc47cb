#include "taskpod/translate/field_map.h"

#include <algorithm>
#include <vector>

#include "translate/rules.h"

namespace taskpod::translate {
namespace {

// Rows whose fields have no rule: they travel in the residual.
constexpr FieldRow kResidualRows[] = {
    {"containerDefinitions[].repositoryCredentials", "spec.imagePullSecrets", Fidelity::Unsupported, "a reference into Secrets Manager"},
    {"containerDefinitions[].links", "", Fidelity::Unsupported, "containers of a pod reach each other on localhost"},
    {"containerDefinitions[].environmentFiles", "", Fidelity::Unsupported, "files in S3"},
    {"containerDefinitions[].volumesFrom", "", Fidelity::Unsupported, ""},
    {"containerDefinitions[].versionConsistency", "", Fidelity::Unsupported, ""},
    {"containerDefinitions[].disableNetworking", "", Fidelity::Unsupported, "a pod always has a network"},
    {"containerDefinitions[].dockerLabels", "", Fidelity::Unsupported, "labels of a pod have a narrower alphabet and select things"},
    {"containerDefinitions[].firelensConfiguration", "", Fidelity::Unsupported, ""},
    {"containerDefinitions[].credentialSpecs", "", Fidelity::Unsupported, ""},
    {"proxyConfiguration", "", Fidelity::Unsupported, "App Mesh has ended"},
    {"inferenceAccelerators", "", Fidelity::Unsupported, "Elastic Inference has ended"},
    {"ephemeralStorage", "", Fidelity::Unsupported, "a pod has no single field for it"},
    {"enableFaultInjection", "", Fidelity::Unsupported, ""},
};

std::vector<FieldRow> allRows() {
  std::vector<FieldRow> rows;
  for (const auto& rule : taskRules()) rows.push_back(rule.row);
  for (const auto& rule : containerRules()) rows.push_back(rule.row);
  rows.insert(rows.end(), std::begin(kResidualRows), std::end(kResidualRows));
  std::stable_sort(rows.begin(), rows.end(), [](const FieldRow& a, const FieldRow& b) { return a.ecs < b.ecs; });
  return rows;
}

bool isPrefix(std::string_view prefix, std::string_view path) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '.' || path[prefix.size()] == '[');
}

const FieldRow* longest(std::string_view path, std::string_view FieldRow::*member) {
  const FieldRow* best = nullptr;
  for (const FieldRow& row : fieldRows())
    if (!(row.*member).empty() && isPrefix(row.*member, path) && (!best || (row.*member).size() > (best->*member).size())) best = &row;
  return best;
}

}  // namespace

std::string_view toString(Fidelity fidelity) {
  switch (fidelity) {
    case Fidelity::Exact: return "Exact";
    case Fidelity::Converted: return "Converted";
    case Fidelity::Annotated: return "Annotated";
    case Fidelity::Approximated: return "Approximated";
    case Fidelity::Unsupported: return "Unsupported";
  }
  return "";
}

std::span<const FieldRow> fieldRows() {
  static const std::vector<FieldRow> kRows = allRows();
  return kRows;
}

const FieldRow* findFieldRow(std::string_view ecsPath) { return longest(ecsPath, &FieldRow::ecs); }
const FieldRow* findPodRow(std::string_view podPath) { return longest(podPath, &FieldRow::pod); }

}  // namespace taskpod::translate
