// taskpod-controller: builds every part and wires it.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "controller/cluster_reconciler.h"
#include "controller/definition_reconciler.h"
#include "controller/ecs_api/endpoint.h"
#include "controller/ecs_api/handlers.h"
#include "controller/scheduler_loop.h"
#include "controller/service/reconciler.h"
#include "controller/task_reconciler.h"
#include "controller/task_secrets.h"
#include "taskpod/base/log.h"
#include "taskpod/base/signals.h"
#include "taskpod/kube/leader_election.h"
#include "taskpod/translate/convert.h"

namespace taskpod::controller {
namespace {

struct Options {
  std::string kubeconfig;
  std::string healthAddress = "127.0.0.1:10259";
  bool leaderElect = true;
  std::string leaseNamespace = "taskpod-system";
  std::vector<std::string> schedulerNames{"taskpod"};
  std::size_t bindWorkers = 32;
  std::string logLevel = "info";
  std::string logFormat = "text";
  std::string ecsAddress;  // "" : no ECS API
  std::string ecsAuth = "sigv4";
  std::string ecsTlsCert, ecsTlsKey;
  std::string region = "us-east-1";
  std::string account = "000000000000";
  int healthyAfter = 40;
  int keepStopped = 3600;
  std::string awsEndpoint;  // "" : nobody's AWS is asked
  std::vector<std::string> awsServiceEndpoints;
  std::string awsRegion;
  std::string awsCa;
};

std::string hostName() {
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  return name;
}

using Pods = kube::Informer<k8s::Pod>;
using Nodes = kube::Informer<k8s::Node>;

std::string readFile(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

TaskSecretsOptions secretsOptions(const Options& options) {
  TaskSecretsOptions out;
  out.endpoint = options.awsEndpoint;
  for (const std::string& pair : options.awsServiceEndpoints)
    out.endpoints[pair.substr(0, pair.find('='))] = pair.substr(pair.find('=') + 1);
  out.region = options.awsRegion.empty() ? options.region : options.awsRegion;
  out.account = options.account;
  if (!options.awsCa.empty()) out.caPem = readFile(options.awsCa);
  out.credentials = {variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"), variable("AWS_SESSION_TOKEN")};
  return out;
}

// What the leader does beside scheduling when there is an ECS API: services, tasks, definitions and clusters kept as they are meant to be.
class Reconcilers {
 public:
  Reconcilers(const Options& options, kube::Client& client, EcsEndpoint& ecs, Nodes& nodes, Pods& pods, int kubeMinor)
      : events_(client, "taskpod-controller", ""),
        services_(client, ecs.view(), ecs.grants(), events_,
                  {.healthyAfter = std::chrono::seconds(options.healthyAfter), .kubeMinor = kubeMinor}),
        tasks_(client, ecs.view(), std::chrono::seconds(options.keepStopped)),
        secrets_(client, ecs.view(), ecs.grants(), secretsOptions(options)),
        definitions_(client, ecs.view(), events_),
        clusters_(client, ecs.view()) {
    clusterSubscription_ = ecs.clusters().subscribe([this](const auto& was, const auto& is) { clusters_.onCluster(was, is); });
    revisionSubscription_ = ecs.revisions().subscribe([this](const auto& was, const auto& is) { definitions_.onRevision(was, is); });
    serviceSubscription_ = ecs.services().subscribe([this](const auto& was, const auto& is) { services_.onService(was, is); });
    podSubscription_ = pods.subscribe([this](const auto& was, const auto& is) {
      services_.onPod(was, is);
      tasks_.onPod(was, is);
      secrets_.onPod(was, is);
    });
    nodeSubscription_ = nodes.subscribe([this](const auto& was, const auto& is) {
      services_.onNode(was, is);
      tasks_.onNode(was, is);
    });
    clusters_.start();
    definitions_.start();
    tasks_.start();
    secrets_.start();
    services_.start();
  }

 private:
  kube::EventRecorder events_;
  ServiceReconciler services_;
  TaskReconciler tasks_;
  TaskSecrets secrets_;
  DefinitionReconciler definitions_;
  ClusterReconciler clusters_;
  // Last: they end before what they tell.
  std::unique_ptr<kube::Informer<k8s::EcsCluster>::Subscription> clusterSubscription_;
  std::unique_ptr<kube::Informer<k8s::TaskDefinitionRevision>::Subscription> revisionSubscription_;
  std::unique_ptr<kube::Informer<k8s::EcsService>::Subscription> serviceSubscription_;
  std::unique_ptr<Pods::Subscription> podSubscription_;
  std::unique_ptr<Nodes::Subscription> nodeSubscription_;
};

// Everything a leader does, until `end` is signalled. `ecs` may be null.
void lead(const Options& options, kube::Client& client, Metrics& metrics, Nodes& nodes, Pods& pods, EcsEndpoint* ecs, int kubeMinor,
          std::atomic<bool>& synced, const std::shared_ptr<net::Canceller>& end) {
  kube::EventRecorder events(client, options.schedulerNames.front(), "");
  SchedulerLoop loop(client, events, metrics, {{options.schedulerNames.begin(), options.schedulerNames.end()}, options.bindWorkers});
  if (!nodes.waitForSync() || !pods.waitForSync() || (ecs && !ecs->waitForSync())) return;
  auto nodeChanges = nodes.subscribe([&](const auto& was, const auto& is) { loop.onNode(was, is); });
  auto podChanges = pods.subscribe([&](const auto& was, const auto& is) { loop.onPod(was, is); });
  log::info("synced", {{"nodes", std::to_string(nodes.list().size())}, {"pods", std::to_string(pods.list().size())}});
  synced = true;
  loop.start();
  std::unique_ptr<Reconcilers> reconcilers;
  if (ecs) reconcilers = std::make_unique<Reconcilers>(options, client, *ecs, nodes, pods, kubeMinor);
  end->sleepUntil(net::kNever);
  synced = false;
}

// The server of the ECS API; the error says what is wrong with the options.
Result<std::unique_ptr<EcsServer>> openEcs(const Options& options, kube::Client& client, EcsEndpoint& ecs, int kubeMinor) {
  auto address = net::parseAddress(options.ecsAddress);
  if (!address) return address.error();
  bool loopback = address->host == "localhost" || address->host.starts_with("127.") || address->host == "::1";
  if (options.ecsAuth == "none" && !loopback)
    return Error{Reason::Invalid, "--ecs-auth none is for loopback addresses only, not for " + options.ecsAddress, 0};
  std::shared_ptr<const net::TlsContext> tls;
  if (!options.ecsTlsCert.empty()) {
    net::TlsSettings settings;
    settings.certificatePem = readFile(options.ecsTlsCert);
    settings.keyPem = readFile(options.ecsTlsKey);
    auto made = net::TlsContext::server(settings);
    if (!made) return made.error();
    tls = *made;
  }
  auto listener = net::Listener::open(*address);
  if (!listener) return listener.error();
  EcsOptions ecsOptions;
  ecsOptions.verifySignatures = options.ecsAuth != "none";
  ecsOptions.place.region = options.region;
  ecsOptions.place.account = options.account;
  ecsOptions.kubeMinor = kubeMinor;
  return std::make_unique<EcsServer>(std::move(*listener), std::move(tls), ecs.view(), ecs.access(), ecs.grants(), client,
                                     std::move(ecsOptions));
}

void serveHealth(net::Exchange& exchange, const Metrics& metrics, const std::atomic<bool>& ready) {
  std::string_view path = exchange.request().target;
  path = path.substr(0, path.find('?'));
  const net::Headers text = {{"Content-Type", "text/plain; charset=utf-8"}};
  if (path == "/healthz" || path == "/livez")
    exchange.respond(200, text, "ok");
  else if (path == "/readyz")
    exchange.respond(ready ? 200 : 503, text, ready ? "ok" : "not synced");
  else if (path == "/metrics")
    exchange.respond(200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, metrics.text());
  else
    exchange.respond(404, text, "not found");
}

int run(const Options& options) {
  auto end = std::make_shared<net::Canceller>();
  SignalWatcher signals({SIGINT, SIGTERM}, [&](int) { end->cancel(); });
  auto config = kube::findConfig(options.kubeconfig);
  auto client =
      config ? kube::Client::make(*config, std::make_shared<net::Canceller>()) : Result<std::unique_ptr<kube::Client>>(config.error());
  if (!client) {
    log::error("no API server to talk to", {{"error", client.error().message}});
    return 2;
  }
  auto address = net::parseAddress(options.healthAddress);
  auto listener = address ? net::Listener::open(*address) : Result<std::unique_ptr<net::Listener>>(address.error());
  if (!listener) {
    log::error("health address", {{"error", listener.error().message}});
    return 2;
  }
  Metrics metrics;
  std::atomic<bool> synced{false};
  std::atomic<bool> standby{options.leaderElect};  // a replica that does not lead is ready, too
  std::atomic<bool> ready{options.leaderElect};
  net::HttpServer health(std::move(*listener), {}, [&](net::Exchange& exchange) { serveHealth(exchange, metrics, ready); });
  log::info("started", {{"server", config->server}, {"health", health.address().host + ":" + std::to_string(health.address().port)}});

  // Without the ECS API nobody asks for pods that have ended.
  std::string query = options.ecsAddress.empty() ? "fieldSelector=" + net::encodeQuery("status.phase!=Succeeded,status.phase!=Failed") : "";
  Nodes nodes(**client, {.namespace_ = {}, .query = {}, .canceller = std::make_shared<net::Canceller>()}, nullptr);
  Pods pods(**client, {.namespace_ = {}, .query = query, .canceller = std::make_shared<net::Canceller>()}, nullptr);
  std::unique_ptr<EcsEndpoint> ecs;
  std::unique_ptr<EcsServer> server;
  int kubeMinor = translate::kNewestMinor;
  if (!options.ecsAddress.empty()) {
    kubeMinor = kubeMinorOf(**client);
    ecs = std::make_unique<EcsEndpoint>(**client, nodes, pods);
    ecs->start();
  }
  nodes.start();
  pods.start();
  std::jthread stopper([&] {
    end->sleepUntil(net::kNever);
    nodes.stop();
    pods.stop();
    if (ecs) ecs->end();
  });
  if (ecs && ecs->waitForSync()) {
    auto opened = openEcs(options, **client, *ecs, kubeMinor);
    if (!opened) {
      log::error("ECS API", {{"error", opened.error().message}});
      end->cancel();
      return 2;
    }
    server = std::move(*opened);
    log::info("ECS API", {{"ecs", server->address().host + ":" + std::to_string(server->address().port)}, {"auth", options.ecsAuth}});
  }

  auto leading = [&](const std::shared_ptr<net::Canceller>& until) {
    standby = false;
    std::jthread follow([&] {
      while (!until->sleepUntil(net::in(std::chrono::milliseconds(50)))) ready = synced.load() || standby.load();
    });
    lead(options, **client, metrics, nodes, pods, ecs.get(), kubeMinor, synced, until);
  };
  if (!options.leaderElect) {
    leading(end);
    return 0;
  }
  kube::LeaderElectionOptions election;
  election.namespace_ = options.leaseNamespace;
  election.identity = hostName() + "_" + net::randomHex(8);
  election.canceller = end;
  auto done = kube::runAsLeader(**client, election, leading);
  end->cancel();
  if (done) return 0;
  log::error("ending", {{"error", done.error().message}});
  return 1;  // a new start begins with fresh lists
}

}  // namespace
}  // namespace taskpod::controller

int main(int argc, char** argv) {
  taskpod::controller::Options options;
  CLI::App app{"Schedules pods whose schedulerName is taskpod, by Kubernetes' rules and by ECS placement.", "taskpod-controller"};
  app.footer(
      "Examples:\n  taskpod-controller --kubeconfig ~/.kube/config --leader-elect=false\n  taskpod-controller --health-address "
      "0.0.0.0:10259   # in a pod");
  app.set_version_flag("--version", TASKPOD_VERSION);
  app.add_option("--kubeconfig", options.kubeconfig, "the API server; KUBECONFIG, ~/.kube/config or the pod's ServiceAccount if not given");
  app.add_option("--health-address", options.healthAddress, "where /healthz, /readyz and /metrics are served; port 0 takes a free one")
      ->capture_default_str();
  app.add_flag("--leader-elect,!--no-leader-elect", options.leaderElect, "take turns with other replicas by a Lease")
      ->capture_default_str();
  app.add_option("--leader-elect-namespace", options.leaseNamespace, "namespace of the Lease")->capture_default_str();
  app.add_option("--scheduler-name", options.schedulerNames, "pods with one of these schedulerNames are scheduled")->capture_default_str();
  app.add_option("--bind-workers", options.bindWorkers, "bindings in flight")->check(CLI::Range(1, 512))->capture_default_str();
  app.add_option("--ecs-address", options.ecsAddress, "where the ECS API is served; needs manifests/crd; port 0 takes a free one");
  app.add_option("--ecs-auth", options.ecsAuth, "how callers of the ECS API prove who they are; none: not at all, on loopback only")
      ->check(CLI::IsMember({"sigv4", "none"}))
      ->capture_default_str();
  auto* cert = app.add_option("--ecs-tls-cert", options.ecsTlsCert, "certificate chain of the ECS API, PEM")->check(CLI::ExistingFile);
  auto* key = app.add_option("--ecs-tls-key", options.ecsTlsKey, "its key, PEM")->check(CLI::ExistingFile);
  cert->needs(key);
  key->needs(cert);
  app.add_option("--region", options.region, "region of ARNs where a request's signature names none")->capture_default_str();
  app.add_option("--account", options.account, "account of ARNs")->capture_default_str();
  app.add_option("--service-healthy-after", options.healthyAfter,
                 "seconds after which a running task without health checks counts as healthy to its service")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  app.add_option("--keep-stopped-tasks", options.keepStopped, "seconds after which a stopped task's pod is removed")
      ->check(CLI::Range(60, 1 << 30))
      ->capture_default_str();
  app.add_option("--aws-endpoint", options.awsEndpoint,
                 "AWS-compatible services that secrets, environment files, registry logins and roles of tasks come from: a URL, or aws for "
                 "AWS' own; without it only Kubernetes Secrets");
  app.add_option("--aws-service-endpoint", options.awsServiceEndpoints,
                 "SERVICE=URL: another endpoint for one of secretsmanager, ssm, sts, ecr, s3; may be given several times")
      ->check([](const std::string& text) {
        auto equals = text.find('=');
        return equals == std::string::npos || equals == 0 ? std::string("not SERVICE=URL") : std::string();
      });
  app.add_option("--aws-region", options.awsRegion, "region of references that name none; --region if not given");
  app.add_option("--aws-ca", options.awsCa, "CA certificates of the AWS-compatible services, PEM; the system's if not given")
      ->check(CLI::ExistingFile);
  bool printOperations = false;
  app.add_flag("--print-ecs-operations", printOperations, "print what works of the ECS API, as Markdown (docs/ecs-api.md), and end");
  app.add_option("--log-level", options.logLevel)->check(CLI::IsMember({"debug", "info", "warn", "error"}))->capture_default_str();
  app.add_option("--log-format", options.logFormat)->check(CLI::IsMember({"text", "json"}))->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (printOperations) {
    std::fputs(taskpod::controller::operationsAsMarkdown().c_str(), stdout);
    return 0;
  }
  using taskpod::log::Level;
  taskpod::log::setUp(options.logLevel == "debug"  ? Level::Debug
                      : options.logLevel == "info" ? Level::Info
                      : options.logLevel == "warn" ? Level::Warn
                                                   : Level::Error,
                      options.logFormat == "json");
  return taskpod::controller::run(options);
}
