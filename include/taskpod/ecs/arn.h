// Amazon Resource Names of ECS, made and read. Every operation takes a name or an ARN wherever ECS does; old short ARNs, which name no
// cluster, are read too (Amazon ECS Developer Guide, "Amazon Resource Names (ARNs) and IDs"). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace taskpod::ecs {

// Where an answer is from: the region of the request's credential scope, and the account.
struct Place {
  std::string partition = "aws";
  std::string region = "us-east-1";
  std::string account = "000000000000";
};

std::string clusterArn(const Place& place, std::string_view cluster);
// kind: "service", "task", "container-instance", "container"
std::string arnInCluster(const Place& place, std::string_view kind, std::string_view cluster, std::string_view name);
std::string taskDefinitionArn(const Place& place, std::string_view family, std::int64_t revision);
std::string capacityProviderArn(const Place& place, std::string_view name);
// "service-deployment" and "service-revision" of a service.
std::string arnOfService(const Place& place, std::string_view kind, std::string_view cluster, std::string_view service,
                         std::string_view id);

// What a name or an ARN refers to.
struct Reference {
  std::string kind;     // of an ARN: "cluster", "service", "task-definition", …; "" for a bare name
  std::string cluster;  // "" if it is not told
  std::string name;     // the last part
  std::string service;  // of service deployments and revisions
  std::string account;  // of an ARN
};
// nullopt for an ARN of another service or one that is none. `text` may be a bare name, "kind/name" is not.
std::optional<Reference> parseReference(std::string_view text);
// The same for what must be of one kind: nullopt for an ARN of another kind.
std::optional<Reference> parseReference(std::string_view text, std::string_view kind);

// "web", "web:3", or their ARNs.
struct DefinitionReference {
  std::string family;
  std::optional<std::int64_t> revision;
};
// `problem` is set to AWS' text for what cannot be one.
std::optional<DefinitionReference> parseDefinition(std::string_view text, std::string& problem);

}  // namespace taskpod::ecs
