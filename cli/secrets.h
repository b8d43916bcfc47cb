// The Kubernetes Secrets that converted pods refer to and that somebody has to make.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/report.h"

namespace taskpod::cli {

struct NeededSecret {
  std::string name;
  bool forPulling = false;
  std::map<std::string, std::string> keys;  // key -> the reference in Secrets Manager or Parameter Store it stands for
};

std::vector<NeededSecret> secretsNeeded(const Converted& converted);  // sorted by name; none towards ECS
std::string secretsTable(const std::vector<NeededSecret>& needed);
// Secrets with empty values, the references as annotations.
std::vector<json::Document> secretSkeletons(const std::vector<NeededSecret>& needed);

}  // namespace taskpod::cli
