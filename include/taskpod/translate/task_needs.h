// What a task needs that its definition only refers to: values from Secrets Manager, Parameter Store and S3, logins for registries,
// credentials of roles. Names of Kubernetes Secrets are those of translate/secrets.h. Pure.
//
// In the pod: secrets[] are env[].valueFrom.secretKeyRef; environmentFiles[] are envFrom[].secretRef, the last file first, for the first
// to name a variable wins in ECS and the last in Kubernetes; logins are imagePullSecrets. Role credentials and log options are for the
// agent: one Secret per task, `<pod>-credentials`, named by the volume ecs-credentials, which is optional and which no container mounts. It
// has
//   task-role.json, execution-role.json   {"RoleArn","AccessKeyId","SecretAccessKey","Token","Expiration"}
//   log-options.json                      {"CONTAINER":{"OPTION":"VALUE"}}, containers as the definition spells them
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "taskpod/ecs/service.h"
#include "taskpod/ecs/task_definition.h"
#include "taskpod/k8s/pod.h"

namespace taskpod::translate {

// secrets[].valueFrom, secretOptions[].valueFrom, credentialsParameter, environmentFiles[].value, taken apart.
struct Reference {
  enum class Service { SecretsManager, ParameterStore, S3 };
  Service service = Service::ParameterStore;
  std::string region;  // "" : the region of the cluster
  std::string id;      // what GetSecretValue and GetParameter are asked for; of S3 the key
  std::string bucket;  // of S3
  std::string jsonKey, stage, version;
  bool operator==(const Reference&) const = default;
};
// Null: an ARN of something else. A name is a parameter's, but a credentialsParameter's is a secret's.
std::optional<Reference> valueReference(std::string_view valueFrom);
std::optional<Reference> loginReference(std::string_view credentialsParameter);
std::optional<Reference> objectReference(std::string_view arn);

// One Secret of the pod's namespace.
struct SecretNeed {
  enum class Kind { Values, EnvironmentFile, Login, EcrLogin };
  Kind kind = Kind::Values;
  std::string secret;
  std::map<std::string, std::string> references;  // key of the Secret -> reference; "" is the key but of Values
  std::set<std::string> registries;               // of logins: the hosts that the images come from
  bool operator==(const SecretNeed&) const = default;
};

struct LogOptionNeed {
  std::string container, option, reference;
  std::string secret, key;  // where a value is kept by the user's hand
  bool operator==(const LogOptionNeed&) const = default;
};

struct TaskNeeds {
  std::vector<SecretNeed> secrets;  // each Secret once, in the order of the definition
  std::vector<LogOptionNeed> logOptions;
  std::string taskRole, executionRole;  // ARN or name
  // Two references that the naming rule puts into one place, for versions of a secret are not part of a name; "" if there are none.
  std::string clash;
  bool hasCredentials() const { return !logOptions.empty() || !taskRole.empty() || !executionRole.empty(); }
  bool isEmpty() const { return secrets.empty() && !hasCredentials(); }
};
TaskNeeds needsOf(const ecs::TaskDefinition& definition);  // with the overrides applied
// Of a pod: its definition with the overrides that the pod's annotation keeps.
Result<TaskNeeds> needsOf(const k8s::Pod& pod, const ecs::TaskDefinition& definition);

// The registry of an ECR image: account and region; null for any other image.
struct EcrRegistry {
  std::string account, region, host;
  bool operator==(const EcrRegistry&) const = default;
};
std::optional<EcrRegistry> ecrRegistryOf(std::string_view image);
std::string ecrSecretName(const EcrRegistry& registry);
// "docker.io", "registry.example.com:5000"
std::string registryHostOf(std::string_view image);

// The Secrets of its own namespace that a pod names in variables, pull secrets and the volume ecs-credentials.
std::set<std::string> secretsNamedBy(const k8s::Pod& pod);

// The variables of an environment file: NAME=VALUE per line; empty lines, lines with # first and lines without = say nothing; a value is
// taken as it stands.
std::map<std::string, std::string> variablesOf(std::string_view environmentFile);
// The value of one member of a JSON object: the characters of a string, else JSON. Null: no object, or no such member.
std::optional<std::string> memberOf(std::string_view jsonObject, std::string_view key);

// Adds to a pod that was translated from `definition` what it refers to: envFrom, ECR pull secrets, the volume and the gate.
void addNeeds(k8s::Pod& pod, const ecs::TaskDefinition& definition, int kubeMinor);
// Gives a task's pod its name, and its volume the name that follows from it.
void nameTask(k8s::Pod& pod, const std::string& name);
std::string credentialsSecretOf(const std::string& podName);

}  // namespace taskpod::translate
