#include "taskpod/net/aws_services.h"

#include <algorithm>
#include <cmath>

#include "taskpod/json/builder.h"
#include "taskpod/json/document.h"
#include "taskpod/net/tls.h"

namespace taskpod::net {
namespace {

Error unreadable(const std::string& what) { return {Reason::InternalError, what + ": the answer cannot be read", 0}; }

// A call of the JSON 1.1 protocol, and its answer as a document.
Result<json::Document> callJson(AwsCaller& caller, const char* service, const std::string& target, const json::Value& body) {
  caller.endpoint.service = service;
  auto answer = callAws(caller.endpoint, caller.credentials, target, json::write(body), caller.timeout);
  if (!answer) return answer.error();
  if (answer->size() > kMostAwsAnswer) return Error{Reason::RequestEntityTooLarge, target + ": the answer is too large", 0};
  auto document = json::Document::parse(*answer);
  if (!document) return unreadable(target);
  return document;
}

// The text of the first element <name> in `text`, with the five entities decoded; "" if there is none. STS answers have no attributes.
std::string elementText(std::string_view text, std::string_view name) {
  std::string open = "<" + std::string(name) + ">", close = "</" + std::string(name) + ">";
  auto from = text.find(open);
  if (from == std::string_view::npos) return {};
  from += open.size();
  auto to = text.find(close, from);
  if (to == std::string_view::npos) return {};
  std::string_view inner = text.substr(from, to - from);
  static constexpr std::pair<std::string_view, char> kEntities[] = {
      {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}};
  std::string out;
  while (!inner.empty()) {
    auto entity = std::find_if(std::begin(kEntities), std::end(kEntities), [&](const auto& one) { return inner.starts_with(one.first); });
    out += entity == std::end(kEntities) ? inner.front() : entity->second;
    inner.remove_prefix(entity == std::end(kEntities) ? 1 : entity->first.size());
  }
  auto first = out.find_first_not_of(" \t\r\n");
  return first == std::string::npos ? "" : out.substr(first, out.find_last_not_of(" \t\r\n") - first + 1);
}

// <ErrorResponse><Error><Code>AccessDenied</Code><Message>…; S3 has <Error> alone.
Error xmlError(const HttpResponse& response, const std::string& what) {
  std::string code = elementText(response.body, "Code"), message = elementText(response.body, "Message");
  if (code.empty()) return {reasonFromHttpStatus(response.status), what + ": HTTP " + std::to_string(response.status), 0};
  return {awsReason(response.status, code), code + (message.empty() ? "" : ": " + message), 0};
}

// Path segments encoded one by one, which S3 signs as they are sent.
std::optional<std::string> objectPath(const ObjectName& name) {
  std::string out;
  std::string_view rest = name.key;
  if (name.bucket.empty() || rest.empty() || name.bucket.find_first_of("/?#") != std::string::npos) return std::nullopt;
  while (true) {
    auto slash = std::min(rest.find('/'), rest.size());
    std::string_view segment = rest.substr(0, slash);
    if (segment.empty() || segment == "." || segment == ".." || segment.find('?') != std::string_view::npos) return std::nullopt;
    out += "/" + encodeQuery(segment);
    if (slash == rest.size()) return "/" + encodeQuery(name.bucket) + out;
    rest.remove_prefix(slash + 1);
  }
}

// Seconds since 1970, perhaps with a fraction, as the JSON protocol writes times.
std::optional<WallTime> secondsSince1970(const json::Value* value) {
  if (!value || value->kind() != json::Kind::Number) return std::nullopt;
  double seconds = std::strtod(std::string(value->text()).c_str(), nullptr);
  if (!(seconds >= 0 && seconds < 253402300800.0)) return std::nullopt;  // the year 10000
  return WallTime(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

}  // namespace

Result<std::string> getSecretValue(AwsCaller caller, const SecretVersion& which) {
  json::Document d;
  json::ObjectBuilder body(d);
  body.set("SecretId", which.secretId);
  if (!which.stage.empty()) body.set("VersionStage", which.stage);
  if (!which.version.empty()) body.set("VersionId", which.version);
  auto answer = callJson(caller, "secretsmanager", "secretsmanager.GetSecretValue", body.value());
  if (!answer) return answer.error();
  if (const json::Value* text = answer->root().find("SecretString"); text && text->isString()) return std::string(text->text());
  const json::Value* bytes = answer->root().find("SecretBinary");
  if (!bytes || !bytes->isString()) return unreadable("GetSecretValue");
  auto decoded = decodeBase64(bytes->text());
  if (!decoded) return unreadable("GetSecretValue");
  return decoded;
}

Result<std::vector<std::string>> getParameters(AwsCaller caller, const std::vector<std::string>& names) {
  if (names.empty() || names.size() > 10) return Error{Reason::BadRequest, "GetParameters: one to ten names", 0};
  json::Document d;
  json::ObjectBuilder body(d);
  body.set("Names", names).set("WithDecryption", d.boolean(true));
  auto answer = callJson(caller, "ssm", "AmazonSSM.GetParameters", body.value());
  if (!answer) return answer.error();
  const json::Value* list = answer->root().find("Parameters");
  std::vector<std::string> out;
  std::string missing;
  for (const std::string& name : names) {
    const json::Value* found = nullptr;
    if (list)
      for (const json::Value& one : list->items())
        if (one.stringAt("Name") == name || one.stringAt("ARN") == name) found = one.find("Value");
    if (found && found->isString())
      out.emplace_back(found->text());
    else
      missing += (missing.empty() ? "" : ", ") + name;
  }
  if (!missing.empty()) return Error{Reason::NotFound, "invalid parameters: " + missing, 0};
  return out;
}

Result<std::string> getParameter(AwsCaller caller, const std::string& name) {
  auto values = getParameters(std::move(caller), {name});
  if (!values) return values.error();
  return std::move(values->front());
}

Result<RoleCredentials> assumeRole(AwsCaller caller, const RoleSession& session) {
  caller.endpoint.service = "sts";
  auto seconds = std::clamp<std::int64_t>(session.duration.count(), 900, 43200);
  HttpRequest request;
  request.method = "POST";
  request.target = "/";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  request.body = "Action=AssumeRole&Version=2011-06-15&RoleArn=" + encodeQuery(session.roleArn) +
                 "&RoleSessionName=" + encodeQuery(session.sessionName) + "&DurationSeconds=" + std::to_string(seconds);
  auto answer = sendAws(caller.endpoint, caller.credentials, request, {caller.timeout, kMostAwsAnswer});
  if (!answer) return answer.error();
  if (answer->status != 200) return xmlError(*answer, "AssumeRole");
  RoleCredentials out;
  out.credentials = {elementText(answer->body, "AccessKeyId"), elementText(answer->body, "SecretAccessKey"),
                     elementText(answer->body, "SessionToken")};
  auto expiration = parseTime(elementText(answer->body, "Expiration"));
  if (out.credentials.accessKeyId.empty() || out.credentials.secretAccessKey.empty() || !expiration) return unreadable("AssumeRole");
  out.expiration = *expiration;
  return out;
}

Result<RegistryToken> getAuthorizationToken(AwsCaller caller, const std::string& registryId) {
  json::Document d;
  json::ObjectBuilder body(d);
  if (!registryId.empty()) body.set("registryIds", std::vector<std::string>{registryId});
  auto answer = callJson(caller, "ecr", "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken", body.value());
  if (!answer) return answer.error();
  const json::Value* list = answer->root().find("authorizationData");
  if (!list || list->items().empty()) return unreadable("GetAuthorizationToken");
  const json::Value& data = list->items().front();
  auto login = decodeBase64(data.stringAt("authorizationToken"));
  auto expiration = secondsSince1970(data.find("expiresAt"));
  auto endpoint = parseUrl(data.stringAt("proxyEndpoint"));
  auto colon = login ? login->find(':') : std::string::npos;
  if (!login || colon == std::string::npos || !expiration || !endpoint) return unreadable("GetAuthorizationToken");
  return RegistryToken{login->substr(0, colon), login->substr(colon + 1), endpoint->host, *expiration};
}

Result<std::string> getObject(AwsCaller caller, const ObjectName& name) {
  auto path = objectPath(name);
  if (!path) return Error{Reason::BadRequest, "the object's name cannot be asked for: " + name.bucket + "/" + name.key, 0};
  caller.endpoint.service = "s3";
  HttpRequest request;
  request.target = *path;
  request.headers = {{"X-Amz-Content-Sha256", sha256Hex("")}};
  auto answer = sendAws(caller.endpoint, caller.credentials, request, {caller.timeout, kMostAwsAnswer});
  if (!answer) return answer.error();
  if (answer->status != 200) return xmlError(*answer, "GetObject");
  return std::move(answer->body);
}

}  // namespace taskpod::net
