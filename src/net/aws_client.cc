// The recipe for cpprestsdk: two pool threads, no redirects, an own certificate store, one connection per call.
#include "taskpod/net/aws_client.h"

#include <cpprest/containerstream.h>
#include <cpprest/http_client.h>
#include <pplx/threadpool.h>

#include <boost/asio/ssl.hpp>
#include <mutex>
#include <optional>

#include "taskpod/json/document.h"

namespace taskpod::net {
namespace {

void startPool() {
  static std::once_flag once;
  std::call_once(once, [] { crossplat::threadpool::initialize_with_threads(2); });
}

web::http::client::http_client_config configOf(const AwsEndpoint& endpoint, std::chrono::seconds timeout) {
  web::http::client::http_client_config config;
  config.set_timeout(timeout);
  config.set_max_redirects(0);
  if (!endpoint.caPem.empty())
    config.set_ssl_context_callback([ca = endpoint.caPem](boost::asio::ssl::context& context) {
      context.add_certificate_authority(boost::asio::buffer(ca.data(), ca.size()));
    });
  return config;
}

// {"__type":"com.amazonaws…#ClusterNotFoundException","message":"…"}
Error errorOf(int status, const std::string& body) {
  auto document = json::Document::parse(body);
  std::string type = document ? std::string(document->root().stringAt("__type")) : "";
  if (auto hash = type.rfind('#'); hash != std::string::npos) type.erase(0, hash + 1);
  std::string message = document ? std::string(document->root().stringAt("message")) : "";
  if (message.empty() && document) message = std::string(document->root().stringAt("Message"));
  return {awsReason(status, type), (type.empty() ? "HTTP " + std::to_string(status) : type) + (message.empty() ? "" : ": " + message), 0};
}

// The body, as long as it is within the limit.
std::optional<std::string> bodyOf(const web::http::http_response& response, std::size_t most) {
  if (response.headers().content_length() > most) return std::nullopt;
  auto body = response.body();
  std::string out;
  while (true) {
    concurrency::streams::container_buffer<std::string> piece;
    std::size_t got = body.read(piece, 64u << 10).get();
    if (got == 0) return out;
    out.append(piece.collection(), 0, got);  // the collection may be longer than what was read
    if (out.size() > most) return std::nullopt;
  }
}

// S3 signs the path as it is sent; `sign` encodes what it is given once more.
HttpRequest signedCopy(const AwsEndpoint& endpoint, const AwsCredentials& credentials, const HttpRequest& request,
                       const std::string& host) {
  HttpRequest out = request;
  if (endpoint.service == "s3") out.target = decodeQuery(out.target);
  sign(out, host, credentials, {endpoint.region, endpoint.service, wallNow()});
  out.target = request.target;
  return out;
}

}  // namespace

Reason awsReason(int status, std::string_view type) {
  if (type == "ThrottlingException" || type == "Throttling" || type == "TooManyRequestsException" || type == "SlowDown")
    return Reason::TooManyRequests;
  if (type.find("NotFound") != std::string_view::npos || type == "NoSuchKey" || type == "NoSuchBucket" || type == "NoSuchEntity")
    return Reason::NotFound;
  if (type == "AccessDeniedException" || type == "AccessDenied") return Reason::Forbidden;
  if (type == "UnrecognizedClientException" || type == "InvalidSignatureException" || type == "ExpiredTokenException" ||
      type == "InvalidClientTokenId" || type == "SignatureDoesNotMatch" || type == "InvalidAccessKeyId" || type == "ExpiredToken")
    return Reason::Unauthorized;
  return reasonFromHttpStatus(status);
}

Result<HttpResponse> sendAws(const AwsEndpoint& endpoint, const AwsCredentials& credentials, const HttpRequest& request,
                             const AwsLimits& limits) {
  auto url = parseUrl(endpoint.url);
  if (!url) return url.error();
  HttpRequest signedRequest = signedCopy(endpoint, credentials, request, url->host);
  std::string what = endpoint.service + ": " + request.method + " " + request.target;
  startPool();
  try {
    web::http::client::http_client client(endpoint.url, configOf(endpoint, limits.timeout));
    web::http::http_request out(request.method);
    out.set_request_uri(web::uri(request.target));
    if (!request.body.empty()) out.set_body(request.body);
    for (const auto& [name, value] : signedRequest.headers) {
      out.headers().remove(name);
      out.headers().add(name, value);
    }
    web::http::http_response response = client.request(out).get();
    HttpResponse answer;
    answer.status = response.status_code();
    auto body = bodyOf(response, limits.bytes);
    if (!body) return Error{Reason::RequestEntityTooLarge, what + ": the answer is too large", 0};
    answer.body = std::move(*body);
    return answer;
  } catch (const std::exception& problem) {
    return Error{Reason::Unavailable, what + ": " + problem.what(), 0};
  }
}

Result<std::string> callAws(const AwsEndpoint& endpoint, const AwsCredentials& credentials, const std::string& target,
                            const std::string& body, std::chrono::seconds timeout) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/";
  request.headers = {{"Content-Type", "application/x-amz-json-1.1"}, {"X-Amz-Target", target}};
  request.body = body;
  auto answer = sendAws(endpoint, credentials, request, {timeout});
  if (!answer) return Error{answer.error().reason, target + ": " + answer.error().message, 0};
  if (answer->status == 200) return std::move(answer->body);
  return errorOf(answer->status, answer->body);
}

}  // namespace taskpod::net
