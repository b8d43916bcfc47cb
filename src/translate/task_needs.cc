#include "taskpod/translate/task_needs.h"

#include <algorithm>

#include "taskpod/json/document.h"
#include "taskpod/k8s/agent.h"
#include "taskpod/k8s/names.h"
#include "taskpod/translate/task_pod.h"
#include "translate/rules.h"

namespace taskpod::translate {
namespace {

constexpr int kGatesSince = 27;  // Kubernetes 1.27: scheduling gates are there by default

// arn:PARTITION:SERVICE:REGION:ACCOUNT:REST, with up to `most` parts; the last has what is left.
std::vector<std::string> partsOf(std::string_view arn, std::size_t most) {
  std::vector<std::string> out;
  while (out.size() + 1 < most) {
    auto colon = arn.find(':');
    if (colon == std::string_view::npos) break;
    out.emplace_back(arn.substr(0, colon));
    arn.remove_prefix(colon + 1);
  }
  out.emplace_back(arn);
  return out;
}

SecretNeed& needFor(TaskNeeds& needs, SecretNeed::Kind kind, const std::string& secret) {
  auto same = std::find_if(needs.secrets.begin(), needs.secrets.end(), [&](const auto& one) { return one.secret == secret; });
  if (same != needs.secrets.end()) return *same;
  auto& made = needs.secrets.emplace_back();
  made.kind = kind;
  made.secret = secret;
  return made;
}

void addContainer(TaskNeeds& needs, const ecs::ContainerDefinition& container) {
  using Kind = SecretNeed::Kind;
  for (const auto& secret : container.secrets) {
    SecretReference kept = secretOf(secret.valueFrom);
    auto& reference = needFor(needs, Kind::Values, kept.name).references[kept.key];
    if (!reference.empty() && reference != secret.valueFrom) needs.clash = reference + " and " + secret.valueFrom;
    reference = secret.valueFrom;
  }
  for (const auto& file : container.environmentFiles)
    needFor(needs, Kind::EnvironmentFile, secretOf(file.value).name).references[""] = file.value;
  if (container.repositoryCredentials && !container.repositoryCredentials->credentialsParameter.empty()) {
    const std::string& reference = container.repositoryCredentials->credentialsParameter;
    auto& need = needFor(needs, Kind::Login, secretOf(reference).name);
    need.references[""] = reference;
    need.registries.insert(registryHostOf(container.image));
  } else if (auto ecr = ecrRegistryOf(container.image)) {
    needFor(needs, Kind::EcrLogin, ecrSecretName(*ecr)).registries.insert(ecr->host);
  }
  if (container.logConfiguration)
    for (const auto& option : container.logConfiguration->secretOptions) {
      SecretReference kept = secretOf(option.valueFrom);
      needs.logOptions.push_back({container.name, option.name, option.valueFrom, kept.name, kept.key});
    }
}

k8s::AgentTask agentOf(const k8s::Pod& pod) {
  auto text = pod.metadata.annotations.find(std::string(k8s::kAgent));
  if (text == pod.metadata.annotations.end()) return {};
  auto read = json::read<k8s::AgentTask>(text->second);
  return read ? std::move(*read) : k8s::AgentTask();
}

void addFiles(k8s::Container& container, const ecs::ContainerDefinition& from) {
  for (auto file = from.environmentFiles.rbegin(); file != from.environmentFiles.rend(); ++file)
    container.envFrom.emplace_back().secretRef.emplace().name = secretOf(file->value).name;
}

}  // namespace

std::optional<Reference> valueReference(std::string_view valueFrom) {
  Reference out;
  if (!valueFrom.starts_with("arn:")) {
    out.id = valueFrom;
    return valueFrom.empty() ? std::nullopt : std::optional(out);
  }
  auto parts = partsOf(valueFrom, 6);
  if (parts.size() < 6) return std::nullopt;
  out.region = parts[3];
  if (parts[2] == "secretsmanager") {
    out.service = Reference::Service::SecretsManager;
    auto rest = partsOf(parts[5], 6);  // secret:NAME:JSON-KEY:STAGE:VERSION
    if (rest.size() < 2 || rest.size() > 5 || rest[0] != "secret" || rest[1].empty()) return std::nullopt;
    rest.resize(5);
    out.id = std::string(valueFrom.substr(0, valueFrom.size() - parts[5].size())) + "secret:" + rest[1];
    out.jsonKey = rest[2];
    out.stage = rest[3];
    out.version = rest[4];
    return out;
  }
  constexpr std::string_view kParameter = "parameter/";
  if (parts[2] != "ssm" || !parts[5].starts_with(kParameter) || parts[5].size() == kParameter.size()) return std::nullopt;
  // parameter/NAME, or parameter/A/B for the name /A/B.
  std::string name = parts[5].substr(kParameter.size());
  out.id = name.find('/') == std::string::npos ? name : "/" + name;
  return out;
}

std::optional<Reference> loginReference(std::string_view credentialsParameter) {
  auto out = valueReference(credentialsParameter);
  if (!out || credentialsParameter.starts_with("arn:"))
    return out && out->service == Reference::Service::SecretsManager ? out : std::nullopt;
  out->service = Reference::Service::SecretsManager;
  return out;
}

std::optional<Reference> objectReference(std::string_view arn) {
  auto parts = partsOf(arn, 6);
  if (parts.size() < 6 || parts[0] != "arn" || parts[2] != "s3") return std::nullopt;
  auto slash = parts[5].find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == parts[5].size()) return std::nullopt;
  Reference out;
  out.service = Reference::Service::S3;
  out.region = parts[3];
  out.bucket = parts[5].substr(0, slash);
  out.id = parts[5].substr(slash + 1);
  return out;
}

TaskNeeds needsOf(const ecs::TaskDefinition& definition) {
  TaskNeeds out;
  for (const auto& container : definition.containerDefinitions) addContainer(out, container);
  out.taskRole = definition.taskRoleArn;
  out.executionRole = definition.executionRoleArn;
  return out;
}

Result<TaskNeeds> needsOf(const k8s::Pod& pod, const ecs::TaskDefinition& definition) {
  auto text = pod.metadata.annotations.find(std::string(k8s::kOverrides));
  if (text == pod.metadata.annotations.end()) return needsOf(definition);
  auto overrides = json::read<ecs::TaskOverride>(text->second);
  if (!overrides) return overrides.error();
  auto whole = overridden(definition, *overrides);
  if (!whole) return whole.error();
  return needsOf(*whole);
}

std::optional<EcrRegistry> ecrRegistryOf(std::string_view image) {
  auto slash = image.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  EcrRegistry out;
  out.host = image.substr(0, slash);
  std::string_view rest = out.host;
  out.account = rest.substr(0, rest.find('.'));
  bool digits =
      out.account.size() == 12 && std::all_of(out.account.begin(), out.account.end(), [](unsigned char c) { return std::isdigit(c); });
  if (!digits) return std::nullopt;
  rest.remove_prefix(out.account.size());
  std::string_view domain;
  // Of IPv4 alone, and of both families.
  for (auto [middle, end] : {std::pair{".dkr.ecr.", ".amazonaws.com"}, std::pair{".dkr.ecr-fips.", ".amazonaws.com"},
                             std::pair{".dkr.ecr.", ".amazonaws.com.cn"}, std::pair{".dkr-ecr.", ".on.aws"}}) {
    if (!rest.starts_with(middle) || !rest.ends_with(end) || rest.size() <= std::string_view(middle).size() + std::string_view(end).size())
      continue;
    domain = rest.substr(std::string_view(middle).size());
    domain.remove_suffix(std::string_view(end).size());
  }
  if (domain.empty() || domain.find('.') != std::string_view::npos) return std::nullopt;
  out.region = domain;
  return out;
}

std::string ecrSecretName(const EcrRegistry& registry) { return "ecr-" + registry.account + "-" + slug(registry.region); }

std::string registryHostOf(std::string_view image) {
  std::string_view first = image.substr(0, std::min(image.find('/'), image.size()));
  bool isHost = first.size() < image.size() && (first.find_first_of(".:") != std::string_view::npos || first == "localhost");
  return isHost ? std::string(first) : "docker.io";
}

std::set<std::string> secretsNamedBy(const k8s::Pod& pod) {
  std::set<std::string> out;
  for (const auto* containers : {&pod.spec.initContainers, &pod.spec.containers})
    for (const auto& container : *containers) {
      for (const auto& source : container.envFrom)
        if (source.secretRef) out.insert(source.secretRef->name);
      for (const auto& variable : container.env)
        if (variable.valueFrom && variable.valueFrom->secretKeyRef) out.insert(variable.valueFrom->secretKeyRef->name);
    }
  for (const auto& reference : pod.spec.imagePullSecrets) out.insert(reference.name);
  for (const auto& volume : pod.spec.volumes)
    if (volume.name == k8s::kCredentialsVolume && volume.secret) out.insert(volume.secret->secretName);
  out.erase("");
  return out;
}

std::map<std::string, std::string> variablesOf(std::string_view file) {
  std::map<std::string, std::string> out;
  while (!file.empty()) {
    auto end = std::min(file.find('\n'), file.size());
    std::string_view line = file.substr(0, end);
    file.remove_prefix(std::min(end + 1, file.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    auto equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos || equals == 0) continue;
    out[std::string(line.substr(0, equals))] = line.substr(equals + 1);
  }
  return out;
}

std::optional<std::string> memberOf(std::string_view jsonObject, std::string_view key) {
  auto document = json::Document::parse(jsonObject);
  const json::Value* found = document ? document->root().find(key) : nullptr;
  if (!found) return std::nullopt;
  return found->isString() ? std::string(found->text()) : json::write(*found);
}

void addNeeds(k8s::Pod& pod, const ecs::TaskDefinition& definition, int kubeMinor) {
  k8s::AgentTask agent = agentOf(pod);
  for (auto* containers : {&pod.spec.initContainers, &pod.spec.containers})
    for (auto& container : *containers) {
      auto known = agent.containers.find(container.name);
      const std::string& name =
          known == agent.containers.end() || known->second.containerName.empty() ? container.name : known->second.containerName;
      for (const auto& from : definition.containerDefinitions)
        if (from.name == name) addFiles(container, from);
    }
  TaskNeeds needs = needsOf(definition);
  for (const auto& need : needs.secrets)
    if (need.kind == SecretNeed::Kind::EcrLogin) pod.spec.imagePullSecrets.emplace_back().name = need.secret;
  if (needs.hasCredentials()) {
    auto& volume = pod.spec.volumes.emplace_back();
    volume.name = k8s::kCredentialsVolume;
    volume.secret.emplace().optional = true;
    nameTask(pod, pod.metadata.name);
  }
  if (!needs.isEmpty() && kubeMinor >= kGatesSince) pod.spec.schedulingGates.emplace_back().name = k8s::kSecretsGate;
}

std::string credentialsSecretOf(const std::string& podName) { return podName + "-credentials"; }

void nameTask(k8s::Pod& pod, const std::string& name) {
  pod.metadata.name = name;
  for (auto& volume : pod.spec.volumes)
    if (volume.name == k8s::kCredentialsVolume && volume.secret) volume.secret->secretName = credentialsSecretOf(name);
}

}  // namespace taskpod::translate
