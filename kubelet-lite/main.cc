// kubelet-lite: builds every part and wires it.
#include <malloc.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "kubelet-lite/cri/cri_runtime.h"
#include "kubelet-lite/node.h"
#include "kubelet-lite/server.h"
#include "kubelet-lite/simulated_nodes.h"
#include "taskpod/base/log.h"
#include "taskpod/base/signals.h"

namespace taskpod::kubelet {
namespace {

std::string hostName() {
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  return name;
}

std::map<std::string, std::string> parseLabels(const std::string& text) {
  std::map<std::string, std::string> out;
  for (std::size_t from = 0; from < text.size();) {
    std::size_t comma = std::min(text.find(',', from), text.size());
    std::string pair = text.substr(from, comma - from);
    auto equals = std::min(pair.find('='), pair.size());
    out[pair.substr(0, equals)] = equals < pair.size() ? pair.substr(equals + 1) : "";
    from = comma + 1;
  }
  return out;
}

// "key=value:NoSchedule,key:NoExecute"
std::vector<k8s::Taint> parseTaints(const std::string& text) {
  std::vector<k8s::Taint> out;
  for (std::size_t from = 0; from < text.size();) {
    std::size_t comma = std::min(text.find(',', from), text.size());
    std::string one = text.substr(from, comma - from);
    auto colon = std::min(one.rfind(':'), one.size());
    auto equals = std::min(one.find('='), colon);
    k8s::Taint& taint = out.emplace_back();
    taint.key = one.substr(0, equals);
    if (equals < colon) taint.value = one.substr(equals + 1, colon - equals - 1);
    if (colon < one.size()) taint.effect = one.substr(colon + 1);
    from = comma + 1;
  }
  return out;
}

void serveHealth(net::Exchange& exchange) {
  const net::Headers text = {{"Content-Type", "text/plain; charset=utf-8"}};
  if (exchange.request().target.starts_with("/healthz"))
    exchange.respond(200, text, "ok");
  else
    exchange.respond(404, text, "not found");
}

Result<std::unique_ptr<net::HttpServer>> startHealth(const Config& config) {
  auto listener = net::Listener::open({config.healthzAddress, static_cast<std::uint16_t>(config.healthzPort), false});
  if (!listener) return listener.error();
  return std::make_unique<net::HttpServer>(std::move(*listener), net::HttpServerOptions{}, serveHealth);
}

int fail(std::string_view what, const Error& error) {
  log::error(what, {{"error", error.message}});
  return 2;
}

int runAgent(Config config, kube::Client& client, const std::shared_ptr<net::Canceller>& end) {
  auto runtimeAddress = net::parseAddress(config.runtimeEndpoint);
  auto imageAddress = net::parseAddress(config.imageEndpoint.empty() ? config.runtimeEndpoint : config.imageEndpoint);
  if (!runtimeAddress || !imageAddress)
    return fail("container runtime endpoint", runtimeAddress ? imageAddress.error() : runtimeAddress.error());
  std::unique_ptr<Runtime> runtime = makeCriRuntime(*runtimeAddress, *imageAddress);
  std::error_code error;
  std::filesystem::create_directories(config.rootDir, error);
  if (config.cgroupDriver.empty()) {
    auto driver = runtime->cgroupDriver();
    config.cgroupDriver = driver ? *driver : "cgroupfs";
  }
  NodeCapacity capacity = readCapacity(config.rootDir);
  NodeFacts facts{config.nodeName, config.nodeIp, capacity.milliCpu, capacity.memory, capacity.storage};

  kube::EventRecorder events(client, "kubelet", config.nodeName);
  Objects objects(client);
  Images images(*runtime, objects);
  Volumes volumes(config.rootDir, objects);
  PodCgroups cgroups(config.cgroupRoot, config.cgroupDriver == "systemd");

  // The pods of this node by UID; written by the informer, read by the workers.
  std::mutex podsMutex;
  std::map<std::string, std::shared_ptr<const k8s::Pod>> podsByUid;
  std::unique_ptr<PodWorkers> workers;
  auto servicesEnd = std::make_shared<net::Canceller>();
  auto podsEnd = std::make_shared<net::Canceller>();
  kube::Informer<k8s::Service> services(client, {.namespace_ = {}, .query = {}, .canceller = servicesEnd}, [](const auto&, const auto&) {});
  kube::Informer<k8s::Pod> pods(
      client, {.namespace_ = {}, .query = "fieldSelector=" + net::encodeQuery("spec.nodeName=" + config.nodeName), .canceller = podsEnd},
      [&](const auto& was, const auto& is) {
        {
          std::lock_guard lock(podsMutex);
          if (was && (!is || is->metadata.uid != was->metadata.uid)) podsByUid.erase(was->metadata.uid);
          if (is) podsByUid[is->metadata.uid] = is;
        }
        if (was && (!is || is->metadata.uid != was->metadata.uid)) workers->update(was->metadata.uid);
        if (is) workers->update(is->metadata.uid);
      });
  auto allPods = [&] {
    std::lock_guard lock(podsMutex);
    std::vector<std::shared_ptr<const k8s::Pod>> out;
    for (const auto& [uid, pod] : podsByUid) out.push_back(pod);
    return out;
  };
  auto podOf = [&](const std::string& uid) -> std::shared_ptr<const k8s::Pod> {
    std::lock_guard lock(podsMutex);
    auto found = podsByUid.find(uid);
    return found == podsByUid.end() ? nullptr : found->second;
  };
  workers = std::make_unique<PodWorkers>(PodWorkers::Parts{*runtime, client, events, objects, images, volumes, cgroups, config, facts,
                                                           capacity, podOf, allPods, [&] { return services.list(); }});

  auto server = NodeServer::start({*runtime, client, config, allPods});
  if (!server) return fail("node API", server.error());
  config.port = (*server)->port();
  auto health = startHealth(config);
  if (!health) return fail("health address", health.error());

  NodeAgent node({client, *runtime, config, capacity, events, [&] { return workers->runtimeProblem(); }});
  if (auto done = node.registerNode(end); !done) return 0;
  node.start(end);
  services.start();
  services.waitForSync();
  pods.start();
  log::info("started", {{"node", config.nodeName},
                        {"server", client.config().server},
                        {"port", std::to_string(config.port)},
                        {"cgroupDriver", config.cgroupDriver}});
  malloc_trim(0);
  while (!end->sleepUntil(net::in(std::chrono::seconds(1)))) workers->relist(pods.isSynced());
  server->reset();
  podsEnd->cancel();
  servicesEnd->cancel();
  workers->stop();
  return 0;
}

int run(Config config, const std::vector<std::string>& fromFlags) {
  auto end = std::make_shared<net::Canceller>();
  SignalWatcher signals({SIGINT, SIGTERM}, [&](int) { end->cancel(); });
  if (!config.configFile.empty())
    if (auto read = readConfigFile(config, fromFlags); !read) return fail("configuration", read.error());
  for (const auto& name : config.unsupported)
    log::warn("setting has no effect in kubelet-lite", {{"field", name}, {"file", config.configFile}});
  auto clientConfig = kube::findConfig(config.kubeconfig);
  auto client = clientConfig ? kube::Client::make(*clientConfig, end) : Result<std::unique_ptr<kube::Client>>(clientConfig.error());
  if (!client) return fail("no API server to talk to", client.error());
  if (config.simulate > 0) {
    auto health = startHealth(config);
    if (!health) return fail("health address", health.error());
    auto done = runSimulatedNodes(**client, config, end);
    return done ? 0 : fail("simulated nodes", done.error());
  }
  if (config.nodeName.empty()) config.nodeName = hostName();
  if (config.nodeIp.empty()) config.nodeIp = config.address == "0.0.0.0" || config.address.empty() ? "127.0.0.1" : config.address;
  return runAgent(std::move(config), **client, end);
}

}  // namespace
}  // namespace taskpod::kubelet

int main(int argc, char** argv) {
  ::mallopt(M_ARENA_MAX, 2);  // many short-lived threads must not each keep an arena
  ::mallopt(M_TRIM_THRESHOLD, 128 << 10);
  taskpod::kubelet::Config config;
  std::string labels, taints, logLevel = "info", logFormat = "text";
  int verbosity = 0;
  CLI::App app{"Runs pods on this machine through the container runtime, in the kubelet's place.", "kubelet-lite"};
  app.footer(
      "Examples:\n  kubelet-lite --kubeconfig /etc/kubernetes/kubelet.conf --config /var/lib/kubelet/config.yaml\n  kubelet-lite "
      "--kubeconfig admin.conf --simulate 100   # nodes without a runtime, for tests");
  app.set_version_flag("--version", std::string(taskpod::kubelet::kKubeletVersion));
  std::map<std::string, CLI::Option*> fields;
  app.add_option("--kubeconfig", config.kubeconfig, "the API server and the node's identity");
  app.add_option("--config", config.configFile, "KubeletConfiguration file; flags win over it");
  app.add_option("--hostname-override", config.nodeName, "the Node's name; the host's name if not given");
  fields["containerRuntimeEndpoint"] =
      app.add_option("--container-runtime-endpoint", config.runtimeEndpoint, "CRI socket")->capture_default_str();
  fields["imageServiceEndpoint"] = app.add_option("--image-service-endpoint", config.imageEndpoint, "CRI socket for images, if another");
  app.add_option("--root-dir", config.rootDir, "pods' files")->capture_default_str();
  fields["podLogsDir"] = app.add_option("--pod-logs-dir", config.podLogsDir, "pods' logs")->capture_default_str();
  app.add_option("--container-logs-dir", config.containerLogsDir, "links to the logs, by container")->capture_default_str();
  fields["address"] = app.add_option("--address", config.address, "where the node API listens")->capture_default_str();
  fields["port"] = app.add_option("--port", config.port, "port of the node API; 0 takes a free one")->capture_default_str();
  fields["healthzBindAddress"] = app.add_option("--healthz-bind-address", config.healthzAddress)->capture_default_str();
  fields["healthzPort"] = app.add_option("--healthz-port", config.healthzPort, "0 takes a free one")->capture_default_str();
  app.add_option("--node-ip", config.nodeIp, "the Node's InternalIP");
  app.add_option("--node-labels", labels, "k=v,…, at registration");
  app.add_option("--register-with-taints", taints, "k=v:effect,…, at registration");
  fields["cgroupRoot"] = app.add_option("--cgroup-root", config.cgroupRoot)->capture_default_str();
  fields["cgroupDriver"] = app.add_option("--cgroup-driver", config.cgroupDriver, "cgroupfs or systemd; asked of the runtime if not given");
  fields["maxPods"] = app.add_option("--max-pods", config.maxPods)->capture_default_str();
  fields["clusterDNS"] = app.add_option("--cluster-dns", config.clusterDns, "addresses")->delimiter(',');
  fields["clusterDomain"] = app.add_option("--cluster-domain", config.clusterDomain);
  fields["resolvConf"] = app.add_option("--resolv-conf", config.resolvConf)->capture_default_str();
  fields["authentication"] =
      app.add_option("--client-ca-file", config.clientCaFile, "who signs the certificates of callers of the node API");
  fields["authorization"] = app.add_option("--authorization-mode", config.authorizationMode)
                                ->check(CLI::IsMember({"Webhook", "AlwaysAllow"}))
                                ->capture_default_str();
  app.add_option("--simulate", config.simulate, "serve N nodes whose pods run without a runtime")->check(CLI::Range(1, 100000));
  app.add_option("--log-level", logLevel)->check(CLI::IsMember({"debug", "info", "warn", "error"}))->capture_default_str();
  app.add_option("--log-format", logFormat)->check(CLI::IsMember({"text", "json"}))->capture_default_str();
  app.add_option("-v,--v", verbosity, "as the kubelet's: 4 and above means debug");
  CLI11_PARSE(app, argc, argv);
  config.nodeLabels = taskpod::kubelet::parseLabels(labels);
  config.taints = taskpod::kubelet::parseTaints(taints);
  std::vector<std::string> fromFlags;
  for (const auto& [name, option] : fields)
    if (option->count() > 0) fromFlags.push_back(name);
  using taskpod::log::Level;
  Level level = logLevel == "debug" || verbosity >= 4 ? Level::Debug
                : logLevel == "info"                  ? Level::Info
                : logLevel == "warn"                  ? Level::Warn
                                                      : Level::Error;
  taskpod::log::setUp(level, logFormat == "json");
  return taskpod::kubelet::run(std::move(config), fromFlags);
}
