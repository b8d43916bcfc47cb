// The few calls that a task's secrets, registries and roles need of AWS-compatible services: typed, on the ways of aws_client.h. Each sends
// one request and retries nothing. Errors are classified (Reason); their messages hold names and AWS' own texts, never values.
//
// Sources: the API references of Secrets Manager, Systems Manager, STS (2011-06-15), ECR and S3.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "taskpod/net/aws_client.h"

namespace taskpod::net {

// Of an answer, in bytes: what fits a Kubernetes Secret.
inline constexpr std::size_t kMostAwsAnswer = 1u << 20;

struct AwsCaller {
  AwsEndpoint endpoint;  // its `service` is set by each call
  AwsCredentials credentials;
  std::chrono::seconds timeout{10};
};

// Secrets Manager: the text of a secret, or its bytes. An empty stage and version mean AWSCURRENT.
struct SecretVersion {
  std::string secretId;  // ARN or name
  std::string stage, version;
};
Result<std::string> getSecretValue(AwsCaller caller, const SecretVersion& which);

// Parameter Store, decrypted: the values in the order of the names, at most ten. The error of one that is not there is NotFound.
Result<std::vector<std::string>> getParameters(AwsCaller caller, const std::vector<std::string>& names);
Result<std::string> getParameter(AwsCaller caller, const std::string& name);

// STS. `sessionName`: 2 to 64 of [\w+=,.@-]. `duration` is cut to 15 minutes … 12 hours.
struct RoleSession {
  std::string roleArn, sessionName;
  std::chrono::seconds duration{3600};
};
struct RoleCredentials {
  AwsCredentials credentials;
  WallTime expiration;
};
Result<RoleCredentials> assumeRole(AwsCaller caller, const RoleSession& session);

// ECR: a login for the registry of an account, "" for the caller's own.
struct RegistryToken {
  std::string username, password;
  std::string registry;  // host
  WallTime expiration;
};
Result<RegistryToken> getAuthorizationToken(AwsCaller caller, const std::string& registryId);

// S3, by path: GET /bucket/key. Keys with empty, "." or ".." segments or "?" are refused.
struct ObjectName {
  std::string bucket, key;
};
Result<std::string> getObject(AwsCaller caller, const ObjectName& name);

}  // namespace taskpod::net
