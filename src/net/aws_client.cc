// The recipe for cpprestsdk: two pool threads, no redirects, an own certificate store, one connection per call.
#include "taskpod/net/aws_client.h"

#include <cpprest/http_client.h>
#include <pplx/threadpool.h>

#include <boost/asio/ssl.hpp>
#include <mutex>

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
  Error error{reasonFromHttpStatus(status),
              (type.empty() ? "HTTP " + std::to_string(status) : type) + (message.empty() ? "" : ": " + message), 0};
  if (type == "ThrottlingException" || type == "Throttling" || type == "TooManyRequestsException") error.reason = Reason::TooManyRequests;
  if (type.find("NotFound") != std::string::npos) error.reason = Reason::NotFound;
  if (type == "AccessDeniedException") error.reason = Reason::Forbidden;
  if (type == "UnrecognizedClientException" || type == "InvalidSignatureException" || type == "ExpiredTokenException")
    error.reason = Reason::Unauthorized;
  return error;
}

}  // namespace

Result<std::string> callAws(const AwsEndpoint& endpoint, const AwsCredentials& credentials, const std::string& target,
                            const std::string& body, std::chrono::seconds timeout) {
  auto url = parseUrl(endpoint.url);
  if (!url) return url.error();
  HttpRequest signedRequest;
  signedRequest.method = "POST";
  signedRequest.target = "/";
  signedRequest.headers = {{"Content-Type", "application/x-amz-json-1.1"}, {"X-Amz-Target", target}};
  signedRequest.body = body;
  sign(signedRequest, url->host, credentials, {endpoint.region, endpoint.service, wallNow()});
  startPool();
  try {
    web::http::client::http_client client(endpoint.url, configOf(endpoint, timeout));
    web::http::http_request request(web::http::methods::POST);
    request.set_request_uri("/");
    request.set_body(body, "application/x-amz-json-1.1");
    for (const auto& [name, value] : signedRequest.headers) {
      request.headers().remove(name);
      request.headers().add(name, value);
    }
    web::http::http_response response = client.request(request).get();
    std::string answer = response.extract_utf8string(true).get();
    if (response.status_code() == 200) return answer;
    return errorOf(response.status_code(), answer);
  } catch (const std::exception& problem) {
    return Error{Reason::Unavailable, target + ": " + problem.what(), 0};
  }
}

}  // namespace taskpod::net
