#include "taskpod/net/sigv4.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "taskpod/net/tls.h"

namespace taskpod::net {
namespace {

using namespace std::chrono_literals;

const std::string kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const AwsCredentials kExample = {"AKIDEXAMPLE", kSecret, ""};
const std::string kStamp = "20150830T123600Z";
const WallTime kNow = *parseTime("2015-08-30T12:36:00Z");
const std::string kListClusters = "AmazonEC2ContainerServiceV20141113.ListClusters";
const std::string kJson = "application/x-amz-json-1.1";

// A request that somebody else signed, all with the example's key, at kNow, for us-east-1.
struct Vector {
  std::string name;
  HttpRequest request;  // without Authorization
  std::string service, signedHeaders, signature;
};

HttpRequest with(const HttpRequest& request, const std::string& authorization) {
  HttpRequest out = request;
  out.headers.emplace_back("Authorization", authorization);
  return out;
}

HttpRequest signedAs(const Vector& vector) {
  return with(vector.request, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/" + vector.service +
                                  "/aws4_request, SignedHeaders=" + vector.signedHeaders + ", Signature=" + vector.signature);
}

HttpRequest published(const std::string& method, const std::string& target, Headers headers = {}, const std::string& body = "") {
  headers.emplace_back("Host", "example.amazonaws.com");
  headers.emplace_back("X-Amz-Date", kStamp);
  return {method, target, headers, body};
}

// Cases of AWS' Signature Version 4 test suite, and the ListUsers request of its manual; each also derived with botocore 1.43.
std::vector<Vector> awsVectors() {
  const std::string plain = "host;x-amz-date";
  HttpRequest listUsers = {
      "GET",
      "/?Action=ListUsers&Version=2010-05-08",
      {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}, {"Host", "iam.amazonaws.com"}, {"X-Amz-Date", kStamp}},
      ""};
  return {
      {"get-vanilla", published("GET", "/"), "service", plain, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"post-vanilla", published("POST", "/"), "service", plain, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
      {"get-vanilla-query-order-key-case", published("GET", "/?Param2=value2&Param1=value1"), "service", plain,
       "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
      {"post-x-www-form-urlencoded", published("POST", "/", {{"Content-Type", "application/x-www-form-urlencoded"}}, "Param1=value1"),
       "service", "content-type;host;x-amz-date", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
      {"get-header-value-trim", published("GET", "/", {{"My-Header1", " value1"}, {"My-Header2", "  \"a   b   c\" "}}), "service",
       "host;my-header1;my-header2;x-amz-date", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
      {"get-header-key-duplicate", published("GET", "/", {{"My-Header1", "value2"}, {"my-header1", "value2"}, {"My-HEADER1", "value1"}}),
       "service", "host;my-header1;x-amz-date", "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
      {"get-relative", published("GET", "/example/.."), "service", plain,
       "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"get-slashes", published("GET", "//example//"), "service", plain,
       "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
      {"get-slash-pointless-dot", published("GET", "/./example"), "service", plain,
       "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
      {"a space the client had encoded", published("GET", "/example%20space/"), "service", plain,
       "446b817944c553435b35e813c261ff4e161fff982d1bacdef1c87f6785dd1662"},
      {"get-unreserved", published("GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"), "service", plain,
       "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
      {"ListUsers", listUsers, "iam", "content-type;host;x-amz-date", "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"},
  };
}

HttpRequest ecsRequest(const std::string& operation, const std::string& body) {
  return {"POST",
          "/",
          {{"Host", "127.0.0.1:7070"},
           {"Content-Type", kJson},
           {"X-Amz-Target", "AmazonEC2ContainerServiceV20141113." + operation},
           {"X-Amz-Date", kStamp},
           {"Content-Length", std::to_string(body.size())}},
          body};
}

// Signed by botocore 1.43 (SigV4Auth).
Vector byBotocore() {
  HttpRequest request = ecsRequest("ListClusters", R"({"maxResults": 10})");
  request.headers.emplace_back("User-Agent", "aws-cli/2.13  Python/3.11");
  return {"botocore", request, "ecs", "content-type;host;x-amz-date;x-amz-target",
          "bbe4dd13cbbf1e5d3e351720c24560a56cf893d53c35ab0b9ae45832f15718dd"};
}

Vector byBotocoreWithToken() {
  HttpRequest request = ecsRequest("ListClusters", "{}");
  request.headers.emplace_back("X-Amz-Security-Token", "token+/=");
  return {"botocore, session token", request, "ecs", "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
          "a477e920d1da6d4fd618169e76d8a754bb151364fdba3ddcce21d67fa67db470"};
}

Vector byBotocoreWithDate() {
  HttpRequest request = {
      "POST",
      "/",
      {{"Host", "127.0.0.1:7070"}, {"Content-Type", kJson}, {"X-Amz-Target", kListClusters}, {"Date", "Sun, 30 Aug 2015 12:36:00 -0000"}},
      "{}"};
  return {"botocore, Date", request, "ecs", "content-type;date;host;x-amz-target",
          "c5a40bd728c8e8523a147c7cd1a8f901360044cae2a7cbe5de34efc8564f32df"};
}

// Signed by aws-sdk-go-v2 1.41.2, with the headers Terraform's provider sends.
Vector byGo() {
  HttpRequest request = ecsRequest("DescribeClusters", R"({"clusters":["default"],"include":["TAGS"]})");
  request.headers.emplace_back("Amz-Sdk-Invocation-Id", "b5a4f1c8-4e2a-4c55-9a2d-0f6f3b6a7c11");
  request.headers.emplace_back("Amz-Sdk-Request", "attempt=1; max=25");
  request.headers.emplace_back("User-Agent", "APN/1.0 HashiCorp/1.0 Terraform/1.9.8");
  request.headers.emplace_back("Accept-Encoding", "gzip");
  return {"aws-sdk-go-v2", request, "ecs", "amz-sdk-invocation-id;amz-sdk-request;content-length;content-type;host;x-amz-date;x-amz-target",
          "2dc8403fea4a4e485a3a1782eae526041c48bf9469cf7bd6628d571cc25cfc8a"};
}

Result<void> verifyWith(const HttpRequest& request, const std::string& secret, WallTime now) {
  auto claim = claimOf(request);
  if (!claim) return claim.error();
  return verifySignature(request, *claim, secret, now);
}

Result<void> verify(const HttpRequest& request) { return verifyWith(request, kSecret, kNow); }

// Nothing, or the problem.
std::optional<SignatureProblem> problem(const Result<void>& result) {
  return result ? std::nullopt : std::optional(problemOf(result.error()));
}

std::string& valueOf(HttpRequest& request, const std::string& name) {
  auto found = std::find_if(request.headers.begin(), request.headers.end(), [&](const auto& field) { return field.first == name; });
  return found->second;
}

HttpRequest replaced(const HttpRequest& request, const std::string& name, const std::pair<std::string, std::string>& change) {
  HttpRequest out = request;
  std::string& value = valueOf(out, name);
  EXPECT_NE(value.find(change.first), std::string::npos) << change.first;
  value.replace(value.find(change.first), change.first.size(), change.second);
  return out;
}

// As `sign` leaves it, with Host beside it.
HttpRequest signedHere(HttpRequest request, WallTime time = kNow) {
  sign(request, "localhost:7070", kExample, {"us-east-1", "ecs", time});
  request.headers.emplace_back("Host", "localhost:7070");
  return request;
}

TEST(SigV4, AcceptsTheSignaturesAwsPublished) {
  for (const auto& vector : awsVectors()) {
    auto verified = verify(signedAs(vector));
    EXPECT_TRUE(verified) << vector.name << ": " << verified.error().message;
  }
}

TEST(SigV4, SignsAsAwsPublished) {
  for (const auto& vector : awsVectors()) {
    HttpRequest request = vector.request;
    std::erase_if(request.headers, [](const auto& field) { return field.first == "Host" || field.first == "X-Amz-Date"; });
    sign(request, header(vector.request.headers, "Host"), kExample, {"us-east-1", vector.service, kNow});
    EXPECT_EQ(header(request.headers, "Authorization"), header(signedAs(vector).headers, "Authorization")) << vector.name;
  }
}

TEST(SigV4, AcceptsWhatTheClientsOfEcsSign) {
  for (const auto& vector : {byBotocore(), byBotocoreWithToken(), byBotocoreWithDate(), byGo()}) {
    auto verified = verify(signedAs(vector));
    EXPECT_TRUE(verified) << vector.name << ": " << verified.error().message;
  }
}

TEST(SigV4, ReadsTheClaim) {
  auto claim = claimOf(signedAs(byBotocore()));
  ASSERT_TRUE(claim) << claim.error().message;
  EXPECT_EQ(claim->accessKeyId, "AKIDEXAMPLE");
  EXPECT_EQ(claim->date, "20150830");
  EXPECT_EQ(claim->region, "us-east-1");
  EXPECT_EQ(claim->service, "ecs");
  EXPECT_EQ(claim->signedHeaders, (std::vector<std::string>{"content-type", "host", "x-amz-date", "x-amz-target"}));
  EXPECT_EQ(claim->signature, byBotocore().signature);
}

TEST(SigV4, ReadsTheParametersInAnyOrderAndSpacing) {
  Vector v = byBotocore();
  auto authorization = "AWS4-HMAC-SHA256   Signature=" + v.signature + ",SignedHeaders=" + v.signedHeaders +
                       " ,  Credential=AKIDEXAMPLE/20150830/us-east-1/ecs/aws4_request ";
  EXPECT_TRUE(verify(with(v.request, authorization)));
}

TEST(SigV4, TakesNoNoticeOfCaseAndOrderOfHeaders) {
  HttpRequest request = signedAs(byGo());
  std::reverse(request.headers.begin(), request.headers.end());
  for (auto& [name, value] : request.headers)
    for (char& c : name) c = static_cast<char>(std::toupper(c));
  EXPECT_TRUE(verify(request));
}

TEST(SigV4, TakesNoNoticeOfSpacesAroundAndRepeatedInValues) {
  HttpRequest request = replaced(signedAs(byGo()), "Amz-Sdk-Request", {"attempt=1; max=25", "  attempt=1;   max=25 "});
  EXPECT_TRUE(verify(request));
  valueOf(request, "Amz-Sdk-Request") = "attempt=1;max=25";
  EXPECT_EQ(problem(verify(request)), SignatureProblem::Mismatch);
}

TEST(SigV4, RefusesAnotherSecret) {
  HttpRequest request = signedAs(byBotocore());
  auto verified = verifyWith(request, "other", kNow);
  ASSERT_FALSE(verified);
  EXPECT_EQ(problemOf(verified.error()), SignatureProblem::Mismatch);
  EXPECT_EQ(verified.error().message,
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing "
            "method. Consult the service documentation for details.");
}

TEST(SigV4, NeverAcceptsAnEmptySecret) {
  HttpRequest request;
  sign(request, "localhost", {"AKIDEXAMPLE", "", ""}, {"us-east-1", "ecs", kNow});
  request.headers.emplace_back("Host", "localhost");
  EXPECT_EQ(problem(verifyWith(request, "", kNow)), SignatureProblem::Mismatch);
}

TEST(SigV4, NoticesEveryTamperedPart) {
  const HttpRequest good = signedAs(byGo());
  std::vector<HttpRequest> bad;
  for (auto change : {+[](HttpRequest& r) { r.method = "PUT"; }, +[](HttpRequest& r) { r.target = "/other"; },
                      +[](HttpRequest& r) { r.target = "/?a=b"; }, +[](HttpRequest& r) { r.body += " "; },
                      +[](HttpRequest& r) { r.body.clear(); }, +[](HttpRequest& r) { r.body[0] ^= 1; }}) {
    bad.push_back(good);
    change(bad.back());
  }
  for (std::string name : {"Host", "Content-Type", "X-Amz-Target", "Content-Length", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request"}) {
    bad.push_back(good);
    valueOf(bad.back(), name) += "x";
    bad.push_back(good);
    std::erase_if(bad.back().headers, [&](const auto& field) { return field.first == name; });
  }
  bad.push_back(replaced(good, "X-Amz-Date", {"123600Z", "123601Z"}));
  bad.push_back(replaced(good, "Authorization", {"us-east-1", "us-east-2"}));
  bad.push_back(replaced(good, "Authorization", {"/ecs/", "/s3/"}));
  bad.push_back(replaced(good, "Authorization", {"20150830", "20150829"}));
  bad.push_back(replaced(good, "Authorization", {"content-type;", ""}));
  bad.push_back(replaced(good, "Authorization", {"content-type;", "content-type;elsewhere;"}));
  bad.push_back(replaced(good, "Authorization", {"Signature=2d", "Signature=2e"}));
  bad.push_back(replaced(good, "Authorization", {"Signature=2d", "Signature=2D"}));
  bad.push_back(replaced(good, "Authorization", {"Signature=2d", "Signature="}));
  bad.push_back(replaced(good, "Authorization", {"Signature=2d", "Signature=002d"}));
  for (const auto& request : bad) EXPECT_EQ(problem(verify(request)), SignatureProblem::Mismatch) << writeRequest(request, "");
}

TEST(SigV4, NoticesEveryTamperedDigitOfTheSignature) {
  Vector v = byBotocore();
  for (char& digit : v.signature) {
    char was = std::exchange(digit, digit == '0' ? '1' : '0');
    EXPECT_EQ(problem(verify(signedAs(v))), SignatureProblem::Mismatch);
    digit = was;
  }
  EXPECT_TRUE(verify(signedAs(v)));
}

TEST(SigV4, TheAccessKeyIdIsNotSignedButChoosesTheSecret) {
  EXPECT_TRUE(verify(replaced(signedAs(byBotocore()), "Authorization", {"AKIDEXAMPLE", "AKIDANOTHER"})));
}

TEST(SigV4, AllowsFiveMinutesEitherWay) {
  HttpRequest request = signedAs(byBotocore());
  for (auto offset : {-300s, -299s, 0s, 299s, 300s}) EXPECT_TRUE(verifyWith(request, kSecret, kNow + offset)) << offset.count();
  EXPECT_TRUE(verifyWith(request, kSecret, kNow + 300s + 999ms));
  auto late = verifyWith(request, kSecret, kNow + 301s);
  ASSERT_EQ(problem(late), SignatureProblem::Expired);
  EXPECT_EQ(late.error().message, "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)");
  auto early = verifyWith(request, kSecret, kNow - 301s);
  ASSERT_EQ(problem(early), SignatureProblem::Expired);
  EXPECT_EQ(early.error().message,
            "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + 5 min.)");
}

TEST(SigV4, TheSkewMayCrossMidnight) {
  WallTime midnight = *parseTime("2026-01-01T00:00:00Z");
  EXPECT_TRUE(verifyWith(signedHere({}, midnight - 1s), kSecret, midnight + 10s));
  EXPECT_TRUE(verifyWith(signedHere({}, midnight + 10s), kSecret, midnight - 1s));
}

TEST(SigV4, ReadsADateHeaderInBothForms) {
  const HttpRequest good = signedAs(byBotocoreWithDate());
  for (std::string text : {"Sun, 30 Aug 2015 12:36:00 GMT", "20150830T123600Z"}) {
    HttpRequest request = good;
    valueOf(request, "Date") = text;
    EXPECT_EQ(problem(verify(request)), SignatureProblem::Mismatch) << text;  // read, but it is not what was signed
  }
  for (std::string text : {"yesterday", "Sun, 30 Aug 2015 12:36:00 CET", "Sun, 30 ugS 2015 12:36:00 GMT", "Sun, 30 Aug 9999 12:36:00 GMT",
                           "Sun, 31 Feb 2015 12:36:00 GMT", "Sun, -1 Aug 2015 12:36:00 GMT", ""}) {
    HttpRequest request = good;
    valueOf(request, "Date") = text;
    EXPECT_EQ(problem(verify(request)), SignatureProblem::Malformed) << text;
  }
}

TEST(SigV4, WantsADateThatIsOne) {
  for (std::string text :
       {"", "20150830T123600", "20150830t123600Z", "2015-08-30T12:36:00Z", "20151330T123600Z", "20150832T123600Z", "20150830T253600Z",
        "2015083OT123600Z", "20150830T-13600Z", "99990830T123600Z", "00010830T123600Z", "20150830T123600Z20150830T123600Z"}) {
    HttpRequest request = signedAs(byBotocore());
    valueOf(request, "X-Amz-Date") = text;
    EXPECT_EQ(problem(verify(request)), SignatureProblem::Malformed) << text;
  }
  HttpRequest none = replaced(signedAs(byBotocore()), "Authorization", {"x-amz-date;", ""});
  std::erase_if(none.headers, [](const auto& field) { return field.first == "X-Amz-Date"; });
  EXPECT_EQ(problem(verify(none)), SignatureProblem::Malformed);
}

TEST(SigV4, WantsHostDateAndEveryAmzHeaderSigned) {
  const HttpRequest good = signedAs(byBotocore());
  for (std::string name : {"host;", "x-amz-date;", ";x-amz-target"}) {
    auto verified = verify(replaced(good, "Authorization", {name, ""}));
    ASSERT_EQ(problem(verified), SignatureProblem::Mismatch);
    EXPECT_NE(verified.error().message.find("must be a 'SignedHeader' in the AWS Authorization."), std::string::npos);
  }
  HttpRequest added = good;
  added.headers.emplace_back("X-AMZ-Other", "1");
  EXPECT_EQ(problem(verify(added)), SignatureProblem::Mismatch);
  HttpRequest unsignedDate = replaced(signedAs(byBotocoreWithDate()), "Authorization", {"date;", ""});
  EXPECT_EQ(problem(verify(unsignedDate)), SignatureProblem::Mismatch);
  HttpRequest traced = good;
  traced.headers.emplace_back("X-Amzn-Trace-Id", "Root=1");
  EXPECT_TRUE(verify(traced));
}

TEST(SigV4, RefusesRepeatsOfHeadersThatDecide) {
  for (std::string name : {"Host", "X-Amz-Date", "x-amz-target", "Authorization", "AUTHORIZATION"}) {
    HttpRequest request = signedAs(byBotocore());
    request.headers.emplace_back(name, std::string(header(request.headers, name)));
    EXPECT_EQ(problem(verify(request)), SignatureProblem::Malformed) << name;
  }
  HttpRequest dated = signedAs(byBotocoreWithDate());
  dated.headers.emplace_back("Date", std::string(header(dated.headers, "Date")));
  EXPECT_EQ(problem(verify(dated)), SignatureProblem::Malformed);
  // One signed value, split in two by somebody between.
  HttpRequest split = signedHere({"POST", "/", {{"X-Amz-Target", "A,B"}}, ""});
  EXPECT_TRUE(verify(split));
  valueOf(split, "X-Amz-Target") = "A";
  split.headers.emplace_back("X-Amz-Target", "B");
  EXPECT_EQ(problem(verify(split)), SignatureProblem::Malformed);
}

TEST(SigV4, TheSignedHashOfTheBodyIsTheBodys) {
  auto hashed = [](const std::string& value) { return signedHere({"POST", "/", {{"X-Amz-Content-Sha256", value}}, "{}"}); };
  EXPECT_TRUE(verify(hashed(sha256Hex("{}"))));
  for (std::string value :
       {std::string("UNSIGNED-PAYLOAD"), std::string("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), sha256Hex(""), std::string()})
    EXPECT_EQ(problem(verify(hashed(value))), SignatureProblem::Mismatch) << value;
  // As botocore signs with payload signing off: the word stands for the hash.
  HttpRequest unsignedBody = published("GET", "/", {{"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"}});
  Vector v{"", unsignedBody, "service", "host;x-amz-content-sha256;x-amz-date",
           "9b02fb7b5d0076fa47a0adda28c71e74ba4588334bc0139b8cd6bb87f16afe16"};
  EXPECT_EQ(problem(verify(signedAs(v))), SignatureProblem::Mismatch);
}

TEST(SigV4, TellsARequestWithoutASignature) {
  HttpRequest request = byBotocore().request;
  EXPECT_EQ(problem(verify(request)), SignatureProblem::Missing);
  EXPECT_EQ(problem(verify(with(request, "  "))), SignatureProblem::Missing);
  request.target = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00";
  EXPECT_EQ(problem(verify(request)), SignatureProblem::Missing);
}

TEST(SigV4, TellsAnAuthorizationItCannotRead) {
  const std::string credential = "Credential=AKIDEXAMPLE/20150830/us-east-1/ecs/aws4_request";
  const std::string names = "SignedHeaders=host;x-amz-date", signature = "Signature=00";
  const std::string scheme = "AWS4-HMAC-SHA256 ";
  std::string tooMany = "SignedHeaders=a";
  for (int i = 100; i < 228; ++i) tooMany += ";b" + std::to_string(i);
  std::vector<std::string> bad = {
      "Bearer x",
      "AWS4-HMAC-SHA256",
      "AWS4-HMAC-SHA512 " + credential + ", " + names + ", " + signature,
      "AWS4-ECDSA-P256-SHA256 " + credential + ", " + names + ", " + signature,
      scheme + ",,,",
      scheme + "=",
      scheme + names + ", " + signature,
      scheme + credential + ", " + signature,
      scheme + credential + ", " + names,
      scheme + credential + ", " + names + ", " + signature + ", " + signature,
      scheme + credential + ", " + names + ", " + signature + ", Other=1",
      scheme + credential + ", " + names + ", Signature=",
      scheme + credential + ", " + names + ", Signature=a b",
      scheme + "Credential=AKIDEXAMPLE, " + names + ", " + signature,
      scheme + "Credential=a/20150830/us-east-1/ecs/aws4_request/, " + names + ", " + signature,
      scheme + "Credential=a/b/20150830/us-east-1/ecs/aws4_request, " + names + ", " + signature,
      scheme + "Credential=/20150830/us-east-1/ecs/aws4_request, " + names + ", " + signature,
      scheme + "Credential=a/20150830//ecs/aws4_request, " + names + ", " + signature,
      scheme + "Credential=a/20150830/us-east-1//aws4_request, " + names + ", " + signature,
      scheme + "Credential=a/2015083/us-east-1/ecs/aws4_request, " + names + ", " + signature,
      scheme + "Credential=a/2015083x/us-east-1/ecs/aws4_request, " + names + ", " + signature,
      scheme + "Credential=a/20150830/us-east-1/ecs/aws4_requests, " + names + ", " + signature,
      scheme + "Credential=a\xff/20150830/us-east-1/ecs/aws4_request, " + names + ", " + signature,
      scheme + "Credential=" + std::string(129, 'a') + "/20150830/us-east-1/ecs/aws4_request, " + names + ", " + signature,
      scheme + "Credential=a/20150830/" + std::string(65, 'r') + "/ecs/aws4_request, " + names + ", " + signature,
      scheme + credential + ", SignedHeaders=Host;x-amz-date, " + signature,
      scheme + credential + ", SignedHeaders=x-amz-date;host, " + signature,
      scheme + credential + ", SignedHeaders=host;host, " + signature,
      scheme + credential + ", SignedHeaders=host;;x, " + signature,
      scheme + credential + ", SignedHeaders=;host, " + signature,
      scheme + credential + ", SignedHeaders=host;x y, " + signature,
      scheme + credential + ", " + tooMany + ", " + signature,
      scheme + credential + ", " + names + ", Signature=" + std::string(8192, '0'),
  };
  for (const auto& text : bad) EXPECT_EQ(problem(verify(with(byBotocore().request, text))), SignatureProblem::Malformed) << text;
  auto nothing = verify(with(byBotocore().request, scheme + "Credential="));
  EXPECT_EQ(nothing.error().message,
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization "
            "header requires 'SignedHeaders' parameter.");
}

TEST(SigV4, RefusesLineBreaksThatNoParserLetsThrough) {
  HttpRequest request = signedAs(byBotocore());
  valueOf(request, "Content-Type") += "\nhost:other";
  EXPECT_EQ(problem(verify(request)), SignatureProblem::Malformed);
  request = signedAs(byBotocore());
  request.method = "POST\n/";
  EXPECT_EQ(problem(verify(request)), SignatureProblem::Malformed);
}

TEST(SigV4, ManyHeadersAreReadInTime) {
  HttpRequest request = byBotocore().request;
  for (int i = 0; i < 20'000; ++i) request.headers.emplace_back("A", "");
  EXPECT_TRUE(verify(signedAs({"", request, "ecs", byBotocore().signedHeaders, byBotocore().signature})));
}

TEST(SigV4, EachProblemIsToldByItsReason) {
  for (auto each : {SignatureProblem::Missing, SignatureProblem::Malformed, SignatureProblem::UnknownKey, SignatureProblem::Expired,
                    SignatureProblem::Mismatch})
    EXPECT_EQ(problemOf(signatureError(each, "")), each);
}

TEST(SigningKeys, VerifyAsWithoutThem) {
  SigningKeys keys;
  for (int round = 0; round < 2; ++round)
    for (const auto& vector : {byBotocore(), byBotocoreWithToken(), byBotocoreWithDate(), byGo()}) {
      HttpRequest request = signedAs(vector);
      EXPECT_TRUE(keys.verify(request, *claimOf(request), kSecret, kNow)) << vector.name;
      EXPECT_EQ(problem(keys.verify(request, *claimOf(request), kSecret, kNow + 301s)), SignatureProblem::Expired);
      request.body += " ";
      EXPECT_EQ(problem(keys.verify(request, *claimOf(request), kSecret, kNow)), SignatureProblem::Mismatch);
    }
  EXPECT_EQ(keys.size(), 1u);
}

TEST(SigningKeys, AreOfTheSecretThatIsValidNow) {
  SigningKeys keys;
  HttpRequest old = signedAs(byBotocore());
  auto claim = *claimOf(old);
  EXPECT_TRUE(keys.verify(old, claim, kSecret, kNow));
  EXPECT_EQ(problem(keys.verify(old, claim, "the next secret", kNow)), SignatureProblem::Mismatch);
  EXPECT_EQ(problem(keys.verify(old, claim, "", kNow)), SignatureProblem::Mismatch);
  HttpRequest fresh;
  sign(fresh, "h", {"AKIDEXAMPLE", "the next secret", ""}, {"us-east-1", "ecs", kNow});
  fresh.headers.emplace_back("Host", "h");
  EXPECT_TRUE(keys.verify(fresh, *claimOf(fresh), "the next secret", kNow));
  EXPECT_EQ(problem(keys.verify(old, claim, "the next secret", kNow)), SignatureProblem::Mismatch);
  EXPECT_EQ(keys.size(), 1u);
}

TEST(SigningKeys, StayFewAndStrangersLeaveNone) {
  SigningKeys keys(4);
  for (int i = 0; i < 50; ++i) {
    HttpRequest request;
    sign(request, "h", kExample, {"region-" + std::to_string(i), "ecs", kNow});
    request.headers.emplace_back("Host", "h");
    EXPECT_FALSE(keys.verify(request, *claimOf(request), "other", kNow));
    EXPECT_EQ(keys.size(), static_cast<std::size_t>(i == 0 ? 0 : (i - 1) % 4 + 1));
    EXPECT_TRUE(keys.verify(request, *claimOf(request), kSecret, kNow));
  }
}

TEST(SigningKeys, ServeManyThreads) {
  SigningKeys keys(2);
  std::atomic<int> verified = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        HttpRequest request;
        sign(request, "h", kExample, {"region-" + std::to_string((t + i) % 3), "ecs", kNow});
        request.headers.emplace_back("Host", "h");
        if (keys.verify(request, *claimOf(request), kSecret, kNow)) ++verified;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(verified, 800);
}

}  // namespace
}  // namespace taskpod::net
