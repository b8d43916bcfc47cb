#include "taskpod/net/aws_services.h"

#include <gtest/gtest.h>

#include "taskpod/net/tls.h"

namespace taskpod::net {
namespace {

const AwsCredentials kKey = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};

// Answers one thing, and keeps what it was asked.
class Aws {
 public:
  Aws(int status, std::string body) {
    auto listener = Listener::open({"127.0.0.1", 0, false});
    server_ = std::make_unique<HttpServer>(std::move(*listener), HttpServerOptions{}, [this, status, body](Exchange& exchange) {
      asked = exchange.request();
      exchange.respond(status, {{"Content-Type", "application/x-amz-json-1.1"}}, body);
    });
  }
  AwsCaller caller() const {
    AwsCaller out;
    out.endpoint.url = "http://127.0.0.1:" + std::to_string(server_->address().port);
    out.credentials = kKey;
    return out;
  }
  std::string header(std::string_view name) const {
    for (const auto& [key, value] : asked.headers)
      if (key == name) return value;
    return "";
  }
  bool isSigned(const char* service) const {
    auto claim = claimOf(asked);
    return claim && claim->service == service && verifySignature(asked, *claim, kKey.secretAccessKey, wallNow());
  }
  HttpRequest asked;

 private:
  std::unique_ptr<HttpServer> server_;
};

TEST(AwsServices, GetSecretValueAsksForAVersionAndReadsTextOrBytes) {
  Aws text(200, R"({"SecretString":"s"})");
  EXPECT_EQ(*getSecretValue(text.caller(), {"id", "AWSPREVIOUS", ""}), "s");
  EXPECT_EQ(text.asked.body, R"({"SecretId":"id","VersionStage":"AWSPREVIOUS"})");
  EXPECT_TRUE(text.isSigned("secretsmanager"));
  Aws bytes(200, R"({"SecretBinary":"YWI="})");
  EXPECT_EQ(*getSecretValue(bytes.caller(), {"id", "", ""}), "ab");
  Aws neither(200, "{}");
  EXPECT_FALSE(getSecretValue(neither.caller(), {"id", "", ""}));
  Aws missing(400, R"({"__type":"ResourceNotFoundException","Message":"no"})");
  auto none = getSecretValue(missing.caller(), {"id", "", ""});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error(), (Error{Reason::NotFound, "ResourceNotFoundException: no", 0}));
}

TEST(AwsServices, GetParametersKeepsTheOrderOfTheNames) {
  Aws aws(200, R"({"Parameters":[{"Name":"b","Value":"2"},{"Name":"x","ARN":"arn:a","Value":"1"}]})");
  auto values = getParameters(aws.caller(), {"arn:a", "b"});
  ASSERT_TRUE(values);
  EXPECT_EQ(*values, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(aws.asked.body, R"({"Names":["arn:a","b"],"WithDecryption":true})");
  auto missing = getParameter(aws.caller(), "c");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error(), (Error{Reason::NotFound, "invalid parameters: c", 0}));
  EXPECT_FALSE(getParameters(aws.caller(), std::vector<std::string>(11, "a")));
}

TEST(AwsServices, AssumeRoleReadsXml) {
  Aws aws(200,
          R"(<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>a&amp;b</SecretAccessKey>
    <SessionToken>t</SessionToken><Expiration>2026-11-25T10:00:00.123Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>)");
  auto role = assumeRole(aws.caller(), {"arn:aws:iam::1:role/a b", "s", std::chrono::seconds(5)});
  ASSERT_TRUE(role) << role.error().message;
  EXPECT_EQ(role->credentials.accessKeyId, "ASIA");
  EXPECT_EQ(role->credentials.secretAccessKey, "a&b");
  EXPECT_EQ(role->credentials.sessionToken, "t");
  EXPECT_EQ(formatTime(role->expiration), "2026-11-25T10:00:00Z");
  EXPECT_EQ(aws.asked.body,
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa%20b&RoleSessionName=s&DurationSeconds=900");
  EXPECT_TRUE(aws.isSigned("sts"));
  Aws denied(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not &lt;you&gt;</Message></Error></ErrorResponse>");
  auto refused = assumeRole(denied.caller(), {"r", "s"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (Error{Reason::Forbidden, "AccessDenied: not <you>", 0}));
  Aws broken(200, "<Credentials><AccessKeyId>a");
  EXPECT_FALSE(assumeRole(broken.caller(), {"r", "s"}));
}

TEST(AwsServices, GetAuthorizationTokenIsALogin) {
  Aws aws(200, R"({"authorizationData":[{"authorizationToken":")" + encodeBase64("AWS:p:w") +
                   R"(","expiresAt":1.7e9,"proxyEndpoint":"https://1.dkr.ecr.us-east-1.amazonaws.com"}]})");
  auto token = getAuthorizationToken(aws.caller(), "1");
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ(token->username, "AWS");
  EXPECT_EQ(token->password, "p:w");
  EXPECT_EQ(token->registry, "1.dkr.ecr.us-east-1.amazonaws.com");
  EXPECT_EQ(formatTime(token->expiration), "2023-11-14T22:13:20Z");
  for (const char* bad : {"{}", R"({"authorizationData":[]})", R"({"authorizationData":[{"authorizationToken":"!"}]})"}) {
    Aws other(200, bad);
    EXPECT_FALSE(getAuthorizationToken(other.caller(), ""));
  }
}

TEST(AwsServices, GetObjectAsksByPathAndHoldsItsSize) {
  Aws aws(200, "A=1\n");
  EXPECT_EQ(*getObject(aws.caller(), {"bucket", "a dir/b+c.env"}), "A=1\n");
  EXPECT_EQ(aws.asked.method, "GET");
  EXPECT_EQ(aws.asked.target, "/bucket/a%20dir/b%2Bc.env");
  EXPECT_EQ(aws.header("X-Amz-Content-Sha256"), sha256Hex(""));
  for (const char* bad : {"", "/a", "a//b", "a/../b", "a/", "a?b"}) EXPECT_FALSE(getObject(aws.caller(), {"bucket", bad})) << bad;
  Aws large(200, std::string(kMostAwsAnswer + 1, 'x'));
  auto refused = getObject(large.caller(), {"b", "k"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::RequestEntityTooLarge);
  Aws missing(404, "<Error><Code>NoSuchKey</Code></Error>");
  auto none = getObject(missing.caller(), {"b", "k"});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().reason, Reason::NotFound);
}

TEST(AwsServices, NobodyThereIsUnavailable) {
  AwsCaller caller;
  caller.endpoint.url = "http://127.0.0.1:1";
  auto none = getObject(caller, {"b", "k"});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().reason, Reason::Unavailable);
}

}  // namespace
}  // namespace taskpod::net
