#include "taskpod/translate/field_map.h"

#include <algorithm>
#include <vector>

#include "translate/rules.h"

namespace taskpod::translate {
namespace {

std::vector<FieldRow> allRows() {
  std::vector<FieldRow> rows;
  for (const auto& rule : taskRules()) rows.push_back(rule.row);
  for (const auto& rule : containerRules()) rows.push_back(rule.row);
  rows.insert(rows.end(), plainRows().begin(), plainRows().end());
  std::stable_sort(rows.begin(), rows.end(), [](const FieldRow& a, const FieldRow& b) { return a.ecs < b.ecs; });
  return rows;
}

bool isPrefix(std::string_view prefix, std::string_view path) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '.' || path[prefix.size()] == '[');
}

const FieldRow* longest(std::span<const FieldRow> rows, std::string_view path, std::string_view FieldRow::*member) {
  const FieldRow* best = nullptr;
  for (const FieldRow& row : rows)
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

const FieldRow* findFieldRow(std::string_view ecsPath) { return longest(fieldRows(), ecsPath, &FieldRow::ecs); }

const FieldRow* findPodRow(std::string_view podPath) {
  for (std::string_view list : {"spec.initContainers[].", "spec.ephemeralContainers[]."})
    if (podPath.starts_with(list)) return findPodRow("spec.containers[]." + std::string(podPath.substr(list.size())));
  return longest(podRows(), podPath, &FieldRow::pod);
}

}  // namespace taskpod::translate
