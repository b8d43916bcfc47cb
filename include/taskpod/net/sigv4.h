// AWS Signature Version 4 (docs: "AWS Signature Version 4 for API requests"). Pure: time is an argument.
#pragma once

#include <string>

#include "taskpod/base/time.h"
#include "taskpod/net/http.h"

namespace taskpod::net {

struct AwsCredentials {
  std::string accessKeyId, secretAccessKey, sessionToken;
};

struct SigningScope {
  std::string region, service;
  WallTime time;
};

// Adds X-Amz-Date, X-Amz-Security-Token where there is one, and Authorization. `host` is signed as the Host header; every header in the
// request is, too.
void sign(HttpRequest& request, std::string_view host, const AwsCredentials& credentials, const SigningScope& scope);

}  // namespace taskpod::net
