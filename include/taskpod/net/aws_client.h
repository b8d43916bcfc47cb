// Outgoing calls to AWS-compatible services (JSON 1.1 protocol), on cpprestsdk's http_client, which stays behind this header. Low rate,
// small bodies, trusted servers. A call is sent once: cpprestsdk replays a request when a pooled connection dies, so every call has a
// client, and with it a connection, of its own.
#pragma once

#include <chrono>
#include <string>

#include "taskpod/net/sigv4.h"

namespace taskpod::net {

struct AwsEndpoint {
  std::string url;  // "https://ecs.us-east-1.amazonaws.com", "http://127.0.0.1:7070"
  std::string region = "us-east-1";
  std::string service;  // signing name: "ecs"
  std::string caPem;    // trusted beside nothing else; empty: the system's roots
};

// POST / with X-Amz-Target `target` ("AmazonEC2ContainerServiceV20141113.ListClusters"); the answer's body. The error carries the
// exception's name and message; throttling is TooManyRequests.
Result<std::string> callAws(const AwsEndpoint& endpoint, const AwsCredentials& credentials, const std::string& target,
                            const std::string& body, std::chrono::seconds timeout = std::chrono::seconds(30));

// Any signed request, for the services of other protocols (aws_services.h). `request.target` is the path as it is sent, without a query;
// for S3 the signature encodes it once, for others twice. An answer of any status is an answer; one with a body over `bytes` is
// RequestEntityTooLarge.
struct AwsLimits {
  std::chrono::seconds timeout{30};
  std::size_t bytes = 16u << 20;
};
Result<HttpResponse> sendAws(const AwsEndpoint& endpoint, const AwsCredentials& credentials, const HttpRequest& request,
                             const AwsLimits& limits);

// What an exception's name means; by the status for a name that says nothing.
Reason awsReason(int status, std::string_view exception);

}  // namespace taskpod::net
