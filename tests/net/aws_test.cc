#include "taskpod/net/aws_client.h"

#include <gtest/gtest.h>

#include "taskpod/net/sigv4.h"

namespace taskpod::net {
namespace {

const AwsCredentials kExample = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};

// The case get-vanilla of AWS' Signature Version 4 test suite.
TEST(SigV4, SignsTheVanillaRequestAsAwsDoes) {
  HttpRequest request;
  sign(request, "example.amazonaws.com", kExample, {"us-east-1", "service", *parseTime("2015-08-30T12:36:00Z")});
  EXPECT_EQ(header(request.headers, "Authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, "
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(AwsClient, SignsACallThatTheServerCanVerify) {
  auto listener = Listener::open({"127.0.0.1", 0, false});
  ASSERT_TRUE(listener);
  std::string host;
  HttpServer server(std::move(*listener), {}, [&](Exchange& exchange) {
    const auto& got = exchange.request();
    HttpRequest again;
    again.method = got.method;
    again.target = got.target;
    again.body = got.body;
    again.headers = {{"Content-Type", std::string(header(got.headers, "Content-Type"))},
                     {"X-Amz-Target", std::string(header(got.headers, "X-Amz-Target"))}};
    std::string stamp(header(got.headers, "X-Amz-Date"));
    std::string time = stamp.substr(0, 4) + "-" + stamp.substr(4, 2) + "-" + stamp.substr(6, 2) + "T" + stamp.substr(9, 2) + ":" +
                       stamp.substr(11, 2) + ":" + stamp.substr(13, 2) + "Z";
    sign(again, header(got.headers, "Host"), kExample, {"us-east-1", "ecs", *parseTime(time)});
    bool same = header(again.headers, "Authorization") == header(got.headers, "Authorization");
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
