#include "controller/ecs_api/server.h"

#include "controller/ecs_api/handlers.h"
#include "taskpod/base/log.h"
#include "taskpod/net/tls.h"

namespace taskpod::controller {
namespace {

constexpr std::string_view kTarget = "AmazonEC2ContainerServiceV20141113.";
constexpr std::string_view kContentType = "application/x-amz-json-1.1";

Handler handlerOf(std::string_view operation) {
  for (const HandlerRow& row : handlerRows())
    if (row.operation == operation) return row.handler;
  return nullptr;
}

std::string bodyOf(const Fault& fault) {
  json::Document document;
  json::ObjectBuilder body(document);
  body.set("__type", fault.exception).set("message", fault.message);
  if (!fault.resourceIds.empty()) body.set("resourceIds", fault.resourceIds);
  return json::write(body.value());
}

// What is wrong with a signature, as AWS' front end says it.
Fault faultOfSignature(const Error& error) {
  switch (net::problemOf(error)) {
    case net::SignatureProblem::Missing: return fault("MissingAuthenticationTokenException", error.message);
    case net::SignatureProblem::Malformed: return fault("IncompleteSignatureException", error.message);
    case net::SignatureProblem::UnknownKey: return fault("UnrecognizedClientException", error.message);
    case net::SignatureProblem::Expired:
    case net::SignatureProblem::Mismatch: break;
  }
  return fault("InvalidSignatureException", error.message);
}

std::string requestId() {
  std::string hex = net::randomHex(16);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" + hex.substr(20);
}

// Counts a call while it lasts.
class InFlight {
 public:
  explicit InFlight(std::atomic<int>& count) : count_(count), now_(++count) {}
  ~InFlight() { --count_; }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
  int now() const { return now_; }

 private:
  std::atomic<int>& count_;
  const int now_;
};

}  // namespace

EcsServer::EcsServer(std::unique_ptr<net::Listener> listener, std::shared_ptr<const net::TlsContext> tls, View& view, Access& access,
                     const RoleGrants& grants, kube::Client& own, EcsOptions options)
    : view_(view),
      access_(access),
      grants_(grants),
      own_(own),
      options_(std::move(options)),
      server_(std::move(listener), {.tls = std::move(tls), .bodyLimit = 1u << 20}, [this](net::Exchange& exchange) { serve(exchange); }) {}

Result<EcsServer::Identity, Fault> EcsServer::identify(const net::HttpRequest& request, WallTime now) {
  auto claim = net::claimOf(request);
  if (!options_.verifySignatures) return Identity{{}, claim ? claim->region : options_.place.region};
  if (!claim) return faultOfSignature(claim.error());
  if (claim->service != "ecs") return fault("InvalidSignatureException", "Credential should be scoped to correct service: 'ecs'.");
  auto key = access_.keyOf(claim->accessKeyId);
  if (!key) return fault("UnrecognizedClientException", "The security token included in the request is invalid.");
  if (auto done = signingKeys_.verify(request, *claim, key->secret, now); !done) return faultOfSignature(done.error());
  return Identity{key->caller, claim->region};
}

Answer EcsServer::answer(const net::HttpRequest& request, WallTime now) {
  if (request.method != "POST") return fault("UnknownOperationException", "The ECS API takes POST requests only.");
  std::string_view target = net::header(request.headers, "X-Amz-Target");
  auto identity = identify(request, now);
  if (!identity) return identity.error();
  const ecs::Operation* operation = target.starts_with(kTarget) ? ecs::findOperation(target.substr(kTarget.size())) : nullptr;
  Handler handler = operation ? handlerOf(operation->name) : nullptr;
  if (!handler) return fault("UnknownOperationException", "Unknown operation " + std::string(target.substr(0, 200)));
  auto input = json::Document::parse(request.body.empty() ? std::string_view("{}") : std::string_view(request.body));
  if (!input || !input->root().isObject())
    return fault("SerializationException", input ? "Start of structure or map found where not expected." : input.error().message);
  if (auto problem = ecs::checkRequest(*operation, input->root())) return fault(problem->exception, problem->message);
  ecs::Place place = options_.place;
  place.region = identity->region;
  Call call{*operation, input->root(),     identity->caller, place, view_, access_, own_, access_.clientFor(identity->caller),
            grants_,    options_.kubeMinor};
  return handler(call);
}

EcsServer::Reply EcsServer::reply(const net::HttpRequest& request, WallTime now) {
  InFlight mine(inFlight_);
  auto answered = mine.now() > options_.mostInFlight ? Answer(fault("ThrottlingException", "Rate exceeded")) : answer(request, now);
  if (answered) return {200, std::move(*answered)};
  return {answered.error().exception == "ServerException" ? 500 : 400, bodyOf(answered.error())};
}

void EcsServer::serve(net::Exchange& exchange) {
  std::string id = requestId();
  Reply answered = reply(exchange.request(), wallNow());
  net::Headers headers = {{"Content-Type", std::string(kContentType)}, {"x-amzn-RequestId", id}};
  if (answered.status >= 500)
    log::warn("an ECS call failed", {{"target", std::string(net::header(exchange.request().headers, "X-Amz-Target"))},
                                     {"request", id},
                                     {"answer", answered.body.substr(0, 500)}});
  exchange.respond(answered.status, headers, answered.body);
}

}  // namespace taskpod::controller
