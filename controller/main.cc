// taskpod-controller: builds every part and wires it.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>

#include "controller/scheduler_loop.h"
#include "taskpod/base/log.h"
#include "taskpod/base/signals.h"
#include "taskpod/kube/leader_election.h"

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
};

std::string hostName() {
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  return name;
}

// Everything a leader does, until `end` is signalled.
void lead(const Options& options, kube::Client& client, Metrics& metrics, std::atomic<bool>& synced,
          const std::shared_ptr<net::Canceller>& end) {
  kube::EventRecorder events(client, options.schedulerNames.front(), "");
  SchedulerLoop loop(client, events, metrics, {{options.schedulerNames.begin(), options.schedulerNames.end()}, options.bindWorkers});
  auto podsEnd = std::make_shared<net::Canceller>();
  auto nodesEnd = std::make_shared<net::Canceller>();
  kube::Informer<k8s::Node> nodes(client, {.namespace_ = {}, .query = {}, .canceller = nodesEnd},
                                  [&](const auto& was, const auto& is) { loop.onNode(was, is); });
  kube::Informer<k8s::Pod> pods(client,
                                {.namespace_ = {},
                                 .query = "fieldSelector=" + net::encodeQuery("status.phase!=Succeeded,status.phase!=Failed"),
                                 .canceller = podsEnd},
                                [&](const auto& was, const auto& is) { loop.onPod(was, is); });
  std::jthread watcher([&] {
    end->sleepUntil(net::kNever);
    nodesEnd->cancel();
    podsEnd->cancel();
  });
  nodes.start();
  pods.start();
  if (nodes.waitForSync() && pods.waitForSync()) {
    log::info("synced", {{"nodes", std::to_string(nodes.list().size())}, {"pods", std::to_string(pods.list().size())}});
    synced = true;
    loop.start();
  }
  end->sleepUntil(net::kNever);
  synced = false;
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

  auto leading = [&](const std::shared_ptr<net::Canceller>& until) {
    standby = false;
    std::jthread follow([&] {
      while (!until->sleepUntil(net::in(std::chrono::milliseconds(50)))) ready = synced.load() || standby.load();
    });
    lead(options, **client, metrics, synced, until);
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
  app.add_option("--log-level", options.logLevel)->check(CLI::IsMember({"debug", "info", "warn", "error"}))->capture_default_str();
  app.add_option("--log-format", options.logFormat)->check(CLI::IsMember({"text", "json"}))->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  using taskpod::log::Level;
  taskpod::log::setUp(options.logLevel == "debug"  ? Level::Debug
                      : options.logLevel == "info" ? Level::Info
                      : options.logLevel == "warn" ? Level::Warn
                                                   : Level::Error,
                      options.logFormat == "json");
  return taskpod::controller::run(options);
}
