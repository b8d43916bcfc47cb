#include "taskpod/kube/client.h"

#include <algorithm>
#include <charconv>

#include "taskpod/json/document.h"

namespace taskpod::kube {
namespace {

Reason reasonOf(std::string_view word, int code) {
  static constexpr Reason kAll[] = {Reason::BadRequest,
                                    Reason::Unauthorized,
                                    Reason::Forbidden,
                                    Reason::NotFound,
                                    Reason::MethodNotAllowed,
                                    Reason::AlreadyExists,
                                    Reason::Conflict,
                                    Reason::Gone,
                                    Reason::Expired,
                                    Reason::Invalid,
                                    Reason::UnsupportedMediaType,
                                    Reason::RequestEntityTooLarge,
                                    Reason::TooManyRequests,
                                    Reason::Timeout,
                                    Reason::ServiceUnavailable,
                                    Reason::InternalError};
  for (Reason reason : kAll)
    if (toString(reason) == word) return reason;
  if (word == "ServerTimeout") return Reason::Timeout;
  return reasonFromHttpStatus(code);
}

}  // namespace

Error errorOf(const net::HttpResponse& response) {
  Error error{reasonFromHttpStatus(response.status), "HTTP " + std::to_string(response.status), 0};
  if (auto document = json::Document::parse(response.body); document && document->root().stringAt("kind") == "Status") {
    error.reason = reasonOf(document->root().stringAt("reason"), response.status);
    if (auto message = document->root().stringAt("message"); !message.empty()) error.message = std::string(message);
  }
  std::string_view after = net::header(response.headers, "Retry-After");
  std::from_chars(after.data(), after.data() + after.size(), error.retryAfterSeconds);
  return error;
}

std::string pathOf(const ResourcePath& path, std::string_view namespace_, std::string_view name) {
  std::string out(path.prefix);
  if (path.namespaced && !namespace_.empty()) out += "/namespaces/" + net::encodeQuery(namespace_);
  out += "/" + std::string(path.plural);
  if (!name.empty()) out += "/" + net::encodeQuery(name);  // a name may be anybody's text
  return out;
}

Client::Client(const ClientConfig& config) : config_(config), credentials_(std::make_shared<Credentials>(config)) {}

std::unique_ptr<Client> Client::as(const std::string& user, const std::vector<std::string>& groups) const {
  ClientConfig config = config_;
  config.impersonateUser = user;
  config.impersonateGroups = groups;
  std::unique_ptr<Client> other(new Client(config));
  other->prefix_ = prefix_;
  other->credentials_ = credentials_;
  other->http_ = http_;
  return other;
}

Result<std::unique_ptr<Client>> Client::make(const ClientConfig& config, std::shared_ptr<net::Canceller> canceller) {
  auto url = net::parseUrl(config.server);
  if (!url) return url.error();
  net::HttpClientOptions options;
  options.address = url->address;
  options.host = config.tlsServerName.empty() ? url->host : config.tlsServerName;
  options.canceller = std::move(canceller);
  if (url->tls) {
    auto tls = net::TlsContext::client(config.tls);
    if (!tls) return tls.error();
    options.tls = *tls;
  }
  std::unique_ptr<Client> client(new Client(config));
  client->prefix_ = url->path == "/" ? "" : url->path;
  client->http_ = std::make_shared<net::HttpClient>(std::move(options));
  return client;
}

Result<net::HttpRequest> Client::prepare(std::string_view method, const std::string& path) {
  bool clean = std::all_of(path.begin(), path.end(), [](unsigned char c) { return c > 0x20 && c != 0x7f; });
  if (!clean) return Error{Reason::BadRequest, "a path with a space or a control character", 0};
  net::HttpRequest request;
  request.method = std::string(method);
  request.target = prefix_ + path;
  auto authorization = credentials_->authorization();
  if (!authorization) return authorization.error();
  if (!authorization->empty()) request.headers.emplace_back("Authorization", *authorization);
  if (!config_.impersonateUser.empty()) request.headers.emplace_back("Impersonate-User", config_.impersonateUser);
  for (const std::string& group : config_.impersonateGroups) request.headers.emplace_back("Impersonate-Group", group);
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("User-Agent", "taskpod");
  return request;
}

Result<std::string> Client::call(std::string_view method, const std::string& path, std::string body, std::string_view contentType) {
  auto request = prepare(method, path);
  if (!request) return request.error();
  if (!body.empty()) request->headers.emplace_back("Content-Type", std::string(contentType));
  request->body = std::move(body);
  auto response = http_->send(*request);
  if (!response) return Error{response.error().reason, std::string(method) + " " + path + ": " + response.error().message, 0};
  if (response->status / 100 == 2) return std::move(response->body);
  Error error = errorOf(*response);
  if (error.reason == Reason::Unauthorized) credentials_->refresh();
  return error;
}

Result<std::string> Client::patchRaw(const std::string& path, PatchKind kind, std::string body) {
  static constexpr std::string_view kTypes[] = {"application/merge-patch+json", "application/strategic-merge-patch+json",
                                                "application/json-patch+json"};
  return call("PATCH", path, std::move(body), kTypes[static_cast<int>(kind)]);
}

Result<void> Client::lines(const std::string& path, std::chrono::milliseconds idleTimeout, const std::shared_ptr<net::Canceller>& canceller,
                           const std::function<bool(std::string_view)>& onLine) {
  auto request = prepare("GET", path);
  if (!request) return request.error();
  std::string rest;
  auto response = http_->stream(*request, idleTimeout, canceller, [&](std::string_view chunk) {
    if (!rest.empty()) {
      rest += chunk;
      chunk = rest;
    }
    std::size_t from = 0;
    for (std::size_t end = chunk.find('\n'); end != std::string_view::npos; end = chunk.find('\n', from)) {
      if (!onLine(chunk.substr(from, end - from))) return false;
      from = end + 1;
    }
    rest = std::string(chunk.substr(from));
    return true;
  });
  if (!response) return response.error();
  if (response->status / 100 == 2) return {};
  Error error = errorOf(*response);
  if (error.reason == Reason::Unauthorized) credentials_->refresh();
  return error;
}

}  // namespace taskpod::kube
