#include "taskpod/net/aws_client.h"

#include <gtest/gtest.h>

#include "taskpod/net/sigv4.h"

namespace taskpod::net {
namespace {

const AwsCredentials kExample = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};

TEST(AwsClient, SignsACallThatTheServerCanVerify) {
  auto listener = Listener::open({"127.0.0.1", 0, false});
  ASSERT_TRUE(listener);
  std::string host;
  HttpServer server(std::move(*listener), {}, [&](Exchange& exchange) {
    const auto& got = exchange.request();
    auto claim = claimOf(got);
    bool same = claim && verifySignature(got, *claim, kExample.secretAccessKey, wallNow());
    if (same && got.body == "{}")
      exchange.respond(200, {{"Content-Type", "application/x-amz-json-1.1"}}, R"({"clusterArns":[]})");
    else
      exchange.respond(400, {{"Content-Type", "application/x-amz-json-1.1"}},
                       R"({"__type":"com.amazon#InvalidSignatureException","message":"no"})");
  });
  AwsEndpoint endpoint;
  endpoint.url = "http://127.0.0.1:" + std::to_string(server.address().port);
  endpoint.service = "ecs";
  auto answer = callAws(endpoint, kExample, "AmazonEC2ContainerServiceV20141113.ListClusters", "{}");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(*answer, R"({"clusterArns":[]})");
  auto wrong = callAws(endpoint, {"AKIDEXAMPLE", "other", ""}, "AmazonEC2ContainerServiceV20141113.ListClusters", "{}");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().reason, Reason::Unauthorized);
  EXPECT_EQ(wrong.error().message, "InvalidSignatureException: no");
}

}  // namespace
}  // namespace taskpod::net
