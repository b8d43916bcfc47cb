// The rules for a pod, wherever it stands: alone or as the template of what makes pods. Private to translate.
#pragma once

#include <string>
#include <string_view>

#include "taskpod/k8s/workload.h"
#include "translate/kubernetes_formats.h"
#include "translate/validate_rules.h"

namespace taskpod::translate {

enum class PodKind : std::uint8_t { Pod, Template };

struct PodCheck {
  const k8s::PodSpec& spec;  // what of it can be read
  std::string path;          // "spec", "spec.template.spec"
  PodKind kind;
  Findings& found;
};

struct RangeRow {
  std::string_view pattern;
  std::int64_t low, high;
  std::string_view text = {};  // else made from the limits
};

struct WordsRow {
  std::string_view pattern;
  std::string_view words;
};

struct RequiredRow {
  std::string_view parent, member;
};

inline void complain(Findings& found, std::string path, std::string message) { found.add({std::move(path), "", std::move(message), ""}); }
inline void complain(Findings& found, const std::string& path, std::string_view value, const Complaints& complaints) {
  for (const auto& complaint : complaints) complain(found, path, invalid(quoted(value), complaint));
}

// Checks values by themselves; what is wrong is refused.
void checkWords(const json::Value& root, const std::string& path, const WordsRow& row, Findings& found);
void checkRange(const json::Value& root, const std::string& path, const RangeRow& row, Findings& found);
void checkRequired(const json::Value& root, const std::string& path, const RequiredRow& row, Findings& found);
void checkLabels(const json::Value& root, std::string_view pattern, const std::string& path, Findings& found);
void checkAnnotations(const json::Value& root, std::string_view pattern, Findings& found);

void checkPodTables(const json::Value& spec, const std::string& path, Findings& found);  // `spec` stands at `path`
void checkPod(PodCheck& check);
void checkPodContainers(PodCheck& check);

}  // namespace taskpod::translate
