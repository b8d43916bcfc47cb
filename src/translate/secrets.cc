// Secrets Manager and Parameter Store references as Kubernetes Secrets (row 30).
#include "taskpod/translate/secrets.h"

#include <algorithm>

#include "taskpod/translate/units.h"
#include "translate/paths.h"
#include "translate/rules.h"

namespace taskpod::translate {
namespace {

// A key of a Secret: letters, digits, "-", "_", ".".
std::string keyOf(std::string_view jsonKey) {
  bool fits =
      jsonKey.size() <= 253 && jsonKey != "." && jsonKey != ".." &&
      std::all_of(jsonKey.begin(), jsonKey.end(), [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; });
  return fits ? std::string(jsonKey) : slug(jsonKey);
}

}  // namespace

SecretReference secretOf(std::string_view valueFrom) {
  SecretReference out;
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= valueFrom.size();) {
    std::size_t colon = std::min(valueFrom.find(':', from), valueFrom.size());
    parts.emplace_back(valueFrom.substr(from, colon - from));
    from = colon + 1;
  }
  bool secretsManager = parts.size() >= 7 && parts[2] == "secretsmanager";
  if (secretsManager && parts.size() > 7 && !parts[7].empty()) out.key = keyOf(parts[7]);
  std::string base = secretsManager
                         ? parts[6]
                         : std::string(valueFrom.substr(valueFrom.rfind('/') == std::string_view::npos ? 0 : valueFrom.rfind('/') + 1));
  // The hash of the whole reference, key aside, keeps secrets of equal last names apart.
  std::string whole(valueFrom);
  if (secretsManager) {
    whole.clear();
    for (std::size_t i = 0; i < 7; ++i) whole += parts[i] + ":";
  }
  std::string hashed = slug(base + "/" + whole);
  out.name = slug(base.substr(0, 40)).substr(0, 50) + hashed.substr(hashed.size() - 6);
  return out;
}

std::string parameterOf(const k8s::Pod& pod, std::string_view kind, const std::string& name, const std::string& key) {
  const std::string& ns = pod.metadata.namespace_;
  return "/taskpod/" + (ns.empty() ? "default" : ns) + "/" + std::string(kind) + "/" + name + (key.empty() ? "" : "/" + key);
}

std::vector<SecretUse> secretsUsedBy(const json::Value& definition) {
  std::vector<SecretUse> out;
  json::Document d;
  auto task = json::read<ecs::TaskDefinition>(unwrapped(d, definition), {.scalarsFromStrings = true});
  if (!task) return out;
  for (const auto& container : task->containerDefinitions) {
    if (container.repositoryCredentials && !container.repositoryCredentials->credentialsParameter.empty()) {
      const std::string& reference = container.repositoryCredentials->credentialsParameter;
      out.push_back({secretOf(reference).name, "", reference, true});
    }
    for (const auto& secret : container.secrets) {
      SecretReference reference = secretOf(secret.valueFrom);
      out.push_back({reference.name, reference.key, secret.valueFrom, false});
    }
  }
  return out;
}

}  // namespace taskpod::translate
