#include "kubelet-lite/server.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "kubelet-lite/logs.h"
#include "taskpod/base/log.h"
#include "taskpod/json/document.h"

namespace taskpod::kubelet {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::seconds;

const net::Headers kText = {{"Content-Type", "text/plain; charset=utf-8"}};
const net::Headers kJson = {{"Content-Type", "application/json"}};

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> out;
  for (std::size_t from = 0; from <= path.size();) {
    std::size_t slash = std::min(path.find('/', from), path.size());
    if (slash > from) out.push_back(net::decodeQuery(path.substr(from, slash - from)));
    from = slash + 1;
  }
  return out;
}

std::string readFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// pkg/kubelet/server/auth.go: the subresource of nodes that a path stands for.
std::string subresourceOf(std::string_view path) {
  for (auto [prefix, name] :
       {std::pair{"/stats", "stats"}, std::pair{"/metrics", "metrics"}, std::pair{"/logs", "log"}, std::pair{"/checkpoint", "checkpoint"},
        std::pair{"/configz", "configz"}, std::pair{"/healthz", "healthz"}, std::pair{"/pods", "pods"}})
    if (path == prefix || path.starts_with(std::string(prefix) + "/")) return name;
  return "proxy";
}

std::string verbOf(const std::string& method) {
  if (method == "POST") return "create";
  if (method == "PUT") return "update";
  if (method == "PATCH") return "patch";
  if (method == "DELETE") return "delete";
  return "get";
}

std::string waitingReason(const k8s::Pod& pod, const std::string& container) {
  for (const auto* list : {&pod.status.containerStatuses, &pod.status.initContainerStatuses})
    for (const auto& status : *list)
      if (status.name == container && status.state.waiting) return status.state.waiting->reason;
  return "ContainerCreating";
}

bool hasContainer(const k8s::Pod& pod, const std::string& name) {
  auto named = [&](const k8s::Container& c) { return c.name == name; };
  return std::any_of(pod.spec.containers.begin(), pod.spec.containers.end(), named) ||
         std::any_of(pod.spec.initContainers.begin(), pod.spec.initContainers.end(), named);
}

Result<std::vector<ContainerInfo>> containersOf(Runtime& runtime, const std::string& uid, const std::string& name) {
  auto all = runtime.listContainers(uid);
  if (!all) return all.error();
  std::erase_if(*all, [&](const ContainerInfo& c) { return c.name != name; });
  std::sort(all->begin(), all->end(), [](const ContainerInfo& a, const ContainerInfo& b) { return a.createdAt > b.createdAt; });
  return all;
}

}  // namespace

Result<std::unique_ptr<NodeServer>> NodeServer::start(Parts parts) {
  std::unique_ptr<NodeServer> out(new NodeServer(std::move(parts)));
  const Config& config = out->parts_.config;
  net::TlsSettings tls;
  if (!config.tlsCertFile.empty()) {
    tls.certificatePem = readFile(config.tlsCertFile);
    tls.keyPem = readFile(config.tlsKeyFile);
  } else {
    auto pair = net::makeSelfSigned(config.nodeName, {config.nodeName, config.nodeIp});
    if (!pair) return pair.error();
    tls.certificatePem = pair->certificatePem;
    tls.keyPem = pair->keyPem;
  }
  if (!config.clientCaFile.empty()) tls.caPem = readFile(config.clientCaFile);
  auto context = net::TlsContext::server(tls);
  if (!context) return context.error();
  auto listener = net::Listener::open({config.address, static_cast<std::uint16_t>(config.port), false});
  if (!listener) return listener.error();
  net::HttpServerOptions options;
  options.tls = *context;
  out->server_ = std::make_unique<net::HttpServer>(std::move(*listener), options,
                                                   [self = out.get()](net::Exchange& exchange) { self->handle(exchange); });
  return out;
}

NodeServer::~NodeServer() {
  if (server_) server_->stop();
}

int NodeServer::port() const { return server_->address().port; }

std::shared_ptr<const k8s::Pod> NodeServer::findPod(const std::string& namespace_, const std::string& name) const {
  for (const auto& pod : parts_.pods())
    if (pod->metadata.namespace_ == namespace_ && pod->metadata.name == name) return pod;
  return nullptr;
}

Result<NodeServer::Caller> NodeServer::authenticate(net::Exchange& exchange) {
  if (auto peer = exchange.peer()) return Caller{peer->commonName, peer->organizations};
  std::string_view header = net::header(exchange.request().headers, "Authorization");
  if (header.starts_with("Bearer ") && parts_.config.webhookAuthentication) {
    std::string token(header.substr(7));
    std::string key = net::sha256Hex(token);
    {
      std::lock_guard lock(mutex_);
      auto known = tokens_.find(key);
      if (known != tokens_.end() && known->second.until > Steady::now()) return known->second.caller;
    }
    std::string body = R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":)";
    json::writeString(body, token);
    body += "}}";
    auto answer = parts_.client.call("POST", "/apis/authentication.k8s.io/v1/tokenreviews", body);
    if (!answer) return Error{Reason::Unauthorized, "Unauthorized", 0};
    auto document = json::Document::parse(*answer);
    const json::Value* status = document ? document->root().find("status") : nullptr;
    const json::Value* yes = status ? status->find("authenticated") : nullptr;
    const json::Value* user = status ? status->find("user") : nullptr;
    if (!yes || yes->text() != "true" || !user) return Error{Reason::Unauthorized, "Unauthorized", 0};
    Caller caller{std::string(user->stringAt("username")), {}};
    if (const json::Value* groups = user->find("groups"))
      for (const auto& group : groups->items()) caller.groups.emplace_back(group.text());
    std::lock_guard lock(mutex_);
    if (tokens_.size() > 1000) tokens_.clear();
    tokens_[key] = {caller, Steady::now() + seconds(120)};
    return caller;
  }
  if (parts_.config.anonymous && header.empty()) return Caller{"system:anonymous", {"system:unauthenticated"}};
  return Error{Reason::Unauthorized, "Unauthorized", 0};
}

Result<void> NodeServer::authorize(const Caller& caller, const std::string& method, const std::string& path) {
  if (parts_.config.authorizationMode == "AlwaysAllow") return {};
  std::string verb = verbOf(method), subresource = subresourceOf(path);
  std::string body = R"({"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","spec":{"user":)";
  json::writeString(body, caller.user);
  body += ",\"groups\":[";
  for (std::size_t i = 0; i < caller.groups.size(); ++i) {
    if (i > 0) body += ',';
    json::writeString(body, caller.groups[i]);
  }
  body += R"(],"resourceAttributes":{"verb":")" + verb + R"(","version":"v1","resource":"nodes","subresource":")" + subresource +
          R"(","name":)";
  json::writeString(body, parts_.config.nodeName);
  body += "}}}";
  Error forbidden{Reason::Forbidden,
                  "Forbidden (user=" + caller.user + ", verb=" + verb + ", resource=nodes, subresource(s)=[" + subresource + "])", 0};
  {
    std::lock_guard lock(mutex_);
    auto known = verdicts_.find(body);
    if (known != verdicts_.end() && known->second.until > Steady::now())
      return known->second.allowed ? Result<void>() : Result<void>(forbidden);
  }
  auto answer = parts_.client.call("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body);
  if (!answer) return Error{Reason::InternalError, "authorization cannot be asked for: " + answer.error().message, 0};
  auto document = json::Document::parse(*answer);
  const json::Value* status = document ? document->root().find("status") : nullptr;
  const json::Value* yes = status ? status->find("allowed") : nullptr;
  bool allowed = yes && yes->text() == "true";
  std::lock_guard lock(mutex_);
  if (verdicts_.size() > 1000) verdicts_.clear();
  verdicts_[body] = {allowed, Steady::now() + (allowed ? seconds(300) : seconds(30))};
  return allowed ? Result<void>() : Result<void>(forbidden);
}

void NodeServer::handle(net::Exchange& exchange) {
  const std::string& target = exchange.request().target;
  std::string path = target.substr(0, target.find('?'));
  std::string_view query = path.size() < target.size() ? std::string_view(target).substr(path.size() + 1) : std::string_view();
  auto caller = authenticate(exchange);
  if (!caller) return exchange.respond(401, kText, caller.error().message);
  if (auto allowed = authorize(*caller, exchange.request().method, path); !allowed)
    return exchange.respond(httpStatus(allowed.error().reason), kText, allowed.error().message);
  std::vector<std::string> parts = split(path);
  if (parts.empty()) return exchange.respond(404, kText, "404 page not found\n");
  if (parts[0] == "healthz") return exchange.respond(200, kText, "ok");
  if (parts[0] == "containerLogs" && parts.size() == 4) return logs(exchange, parts, query);
  if ((parts[0] == "exec" || parts[0] == "attach") && (parts.size() == 4 || parts.size() == 5)) return stream(exchange, parts, query);
  if (parts[0] == "portForward" && (parts.size() == 3 || parts.size() == 4)) return stream(exchange, parts, query);
  if (parts[0] == "pods") {
    std::string body = R"({"kind":"PodList","apiVersion":"v1","metadata":{},"items":[)";
    bool first = true;
    for (const auto& pod : parts_.pods()) {
      body += (first ? "" : ",") + json::write(*pod);
      first = false;
    }
    return exchange.respond(200, kJson, body + "]}");
  }
  if (parts[0] == "configz")
    return exchange.respond(200, kJson,
                            R"({"kubeletconfig":{"kind":"KubeletConfiguration","apiVersion":"kubelet.config.k8s.io/v1beta1","port":)" +
                                std::to_string(parts_.config.port) + ",\"maxPods\":" + std::to_string(parts_.config.maxPods) + "}}");
  exchange.respond(404, kText, "404 page not found\n");
}

void NodeServer::logs(net::Exchange& exchange, const std::vector<std::string>& parts, std::string_view query) {
  auto pod = findPod(parts[1], parts[2]);
  if (!pod) return exchange.respond(404, kText, "pod \"" + parts[2] + "\" does not exist\n");
  if (!hasContainer(*pod, parts[3]))
    return exchange.respond(404, kText, "container \"" + parts[3] + "\" not found in pod \"" + parts[2] + "\"\n");
  auto options = parseLogOptions(query);
  if (!options) return exchange.respond(400, kText, options.error().message + "\n");
  auto containers = containersOf(parts_.runtime, pod->metadata.uid, parts[3]);
  if (!containers) return exchange.respond(500, kText, containers.error().message + "\n");
  std::size_t index = options->previous ? 1 : 0;
  // While the newest waits to be restarted, the last run is its log.
  if (options->previous && !containers->empty() && containers->front().phase == ContainerPhase::Exited &&
      waitingReason(*pod, parts[3]) == "CrashLoopBackOff")
    index = 0;
  if (containers->size() <= index) {
    std::string text = options->previous ? "previous terminated container \"" + parts[3] + "\" in pod \"" + parts[2] + "\" not found"
                                         : "container \"" + parts[3] + "\" in pod \"" + parts[2] +
                                               "\" is waiting to start: " + waitingReason(*pod, parts[3]);
    return exchange.respond(400, kText, text + "\n");
  }
  auto info = parts_.runtime.container((*containers)[index].id);
  if (!info) return exchange.respond(500, kText, info.error().message + "\n");
  exchange.begin(200, kText);
  auto running = [&] {
    auto now = parts_.runtime.container(info->id);
    return now && now->phase == ContainerPhase::Running;
  };
  sendLog(info->logPath, *options, wallNow(), *exchange.canceller(), running, [&](std::string_view text) { return exchange.write(text); });
}

// node-agent.md §1.3: one CRI call for a URL, then the same request to it, then bytes both ways.
void NodeServer::stream(net::Exchange& exchange, const std::vector<std::string>& parts, std::string_view query) {
  auto pod = findPod(parts[1], parts[2]);
  if (!pod) return exchange.respond(404, kText, "pod \"" + parts[2] + "\" does not exist\n");
  StreamRequest request;
  std::vector<std::int32_t> ports;
  for (const auto& [name, value] : net::parseQuery(query)) {
    bool yes = value == "1" || value == "true";
    if (name == "command") request.command.push_back(value);
    if (name == "input" || name == "stdin") request.in = yes;
    if (name == "output" || name == "stdout") request.out = yes;
    if (name == "error" || name == "stderr") request.err = yes;
    if (name == "tty") request.tty = yes;
    if (name == "port") ports.push_back(std::atoi(value.c_str()));
  }
  std::string_view protocol = net::header(exchange.request().headers, "Sec-WebSocket-Protocol");
  if (protocol == "v5.channel.k8s.io")
    return exchange.respond(400, kText, "v5.channel.k8s.io is not offered, use SPDY/3.1\n");  // would use up the single-use URL
  Result<std::string> url = Error{Reason::NotFound, "", 0};
  if (parts[0] == "portForward") {
    auto sandboxes = parts_.runtime.listSandboxes(pod->metadata.uid);
    if (!sandboxes) return exchange.respond(500, kText, sandboxes.error().message + "\n");
    auto ready = std::find_if(sandboxes->begin(), sandboxes->end(), [](const SandboxInfo& s) { return s.ready; });
    if (ready == sandboxes->end()) return exchange.respond(404, kText, "pod \"" + parts[2] + "\" has no sandbox that is ready\n");
    url = parts_.runtime.portForwardUrl(ready->id, ports);
  } else {
    auto containers = containersOf(parts_.runtime, pod->metadata.uid, parts.back());
    if (!containers) return exchange.respond(500, kText, containers.error().message + "\n");
    if (containers->empty() || containers->front().phase != ContainerPhase::Running)
      return exchange.respond(404, kText, "container not found (\"" + parts.back() + "\")\n");
    request.containerId = containers->front().id;
    url = parts[0] == "exec" ? parts_.runtime.execUrl(request) : parts_.runtime.attachUrl(request);
  }
  auto where = url ? net::parseUrl(*url) : Result<net::Url>(url.error());
  if (!where) return exchange.respond(500, kText, where.error().message + "\n");
  auto backend = net::connect(where->address, {nullptr, {}, exchange.canceller()}, net::in(seconds(10)));
  if (!backend) return exchange.respond(502, kText, backend.error().message + "\n");
  net::HttpRequest forwarded = exchange.request();
  forwarded.target = where->path;
  std::erase_if(forwarded.headers, [](const auto& header) {
    std::string name = header.first;
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name == "host" || name == "authorization" || name == "content-length";
  });
  if (auto sent = (*backend)->write(net::writeRequest(forwarded, where->host), net::in(seconds(10))); !sent)
    return exchange.respond(502, kText, sent.error().message + "\n");
  std::string early;
  auto client = exchange.hijack(early);
  // The runtime's answer, switching protocols or not, goes to the caller byte by byte.
  if (!early.empty() && !(*backend)->write(early, net::in(seconds(10)))) return;
  net::splice(*client, **backend, *exchange.canceller());
}

}  // namespace taskpod::kubelet
