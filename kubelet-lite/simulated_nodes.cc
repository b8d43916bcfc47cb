#include "kubelet-lite/simulated_nodes.h"

#include <atomic>
#include <set>

#include "kubelet-lite/node.h"
#include "kubelet-lite/pod_status.h"
#include "taskpod/base/log.h"
#include "taskpod/base/time.h"
#include "taskpod/base/work_queue.h"
#include "taskpod/k8s/names.h"
#include "taskpod/kube/informer.h"

namespace taskpod::kubelet {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kWorkers = 16;
constexpr const char* kSeconds = "ecs.taskpod.io/simulate-seconds";

Config nodeConfig(const Config& config, int index) {
  Config out = config;
  out.nodeName = (config.nodeName.empty() ? "simulated" : config.nodeName) + "-" + std::to_string(index);
  out.nodeIp = "127.0.0.1";
  return out;
}

// What a runtime would show of the pod: one sandbox, every container running, or ended once `ended` is set.
PodRuntime imagined(const k8s::Pod& pod, bool ended) {
  PodRuntime out;
  auto& sandbox = out.sandboxes.emplace_back();
  sandbox.id = "simulated-" + pod.metadata.uid;
  sandbox.ready = !ended;
  sandbox.ips = {"192.0.2." + std::to_string(1 + std::hash<std::string>{}(pod.metadata.uid) % 254)};
  auto started = parseTime(pod.status.startTime.empty() ? pod.metadata.creationTimestamp : pod.status.startTime);
  std::int64_t at = started ? started->time_since_epoch().count() : 1;
  for (const auto* list : {&pod.spec.initContainers, &pod.spec.containers}) {
    for (const auto& container : *list) {
      auto& info = out.containers.emplace_back();
      info.id = "simulated-" + pod.metadata.uid + "-" + container.name;
      info.sandboxId = sandbox.id;
      info.name = container.name;
      bool init = list == &pod.spec.initContainers && container.restartPolicy != "Always";
      info.phase = ended || init ? ContainerPhase::Exited : ContainerPhase::Running;
      info.createdAt = info.startedAt = at;
      if (info.phase == ContainerPhase::Exited) info.finishedAt = at;
      info.imageRef = container.image;
    }
  }
  return out;
}

class Simulation {
 public:
  Simulation(kube::Client& client, const Config& config, const std::shared_ptr<net::Canceller>& canceller)
      : client_(client),
        config_(config),
        canceller_(canceller) {}

  Result<void> run() {
    if (auto done = registerNodes(); !done) return done;
    auto informerEnd = std::make_shared<net::Canceller>();
    kube::Informer<k8s::Pod> pods(
        client_, {.namespace_ = {}, .query = "fieldSelector=" + net::encodeQuery("spec.nodeName!="), .canceller = informerEnd},
        [&](const auto& was, const auto& is) {
          const auto& pod = is ? is : was;
          if (is && names_.contains(pod->spec.nodeName)) queue_.add(kube::keyOf(pod->metadata));
        });
    pods.start();
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < kWorkers; ++i)
      workers.emplace_back([&] {
        while (auto key = queue_.get()) {
          if (auto pod = pods.get(*key)) sync(*key, *pod);
          queue_.done(*key);
        }
      });
    log::info("simulated nodes ready", {{"nodes", std::to_string(names_.size())}});
    while (!canceller_->sleepUntil(net::in(seconds(10)))) renewLeases();
    queue_.stop();
    return {};
  }

 private:
  Result<void> registerNodes() {
    NodeCapacity capacity{4000, 32ll << 30, 100ll << 30};
    for (int i = 0; i < config_.simulate; ++i) {
      Config config = nodeConfig(config_, i);
      k8s::Node node = nodeObject(config, capacity, "simulated://1");
      node.status.conditions = nodeConditions({}, "", formatTime(wallNow()));
      auto created = client_.create("", node);
      if (!created && created.error().reason != Reason::AlreadyExists) return created.error();
      if (!created) {
        auto known = client_.get<k8s::Node>("", config.nodeName);
        if (!known) return known.error();
        uids_[config.nodeName] = known->metadata.uid;
      } else {
        uids_[config.nodeName] = created->metadata.uid;
      }
      names_.insert(config.nodeName);
      if (canceller_->isCancelled()) return {};
    }
    renewLeases();
    return {};
  }

  void renewLeases() {
    std::vector<std::string> names(names_.begin(), names_.end());
    std::atomic<std::size_t> next{0};
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 8); ++i)
      threads.emplace_back([&] {
        for (std::size_t at = next++; at < names.size(); at = next++)
          if (auto done = renewNodeLease(client_, names[at], uids_[names[at]]); !done)
            log::debug("lease not renewed", {{"node", names[at]}, {"error", done.error().message}});
      });
  }

  void sync(const std::string& key, const k8s::Pod& pod) {
    bool deleting = !pod.metadata.deletionTimestamp.empty();
    bool terminal = pod.status.phase == "Succeeded" || pod.status.phase == "Failed";
    bool stopped = !terminal && pod.metadata.annotations.contains(std::string(k8s::kStop));
    bool ended = deleting || terminal || stopped;
    if (auto text = pod.metadata.annotations.find(kSeconds);
        text != pod.metadata.annotations.end() && !ended && !pod.status.startTime.empty()) {
      auto start = parseTime(pod.status.startTime);
      auto left = start ? seconds(std::atoi(text->second.c_str())) - (wallNow() - *start) : seconds(0);
      if (left <= seconds(0))
        ended = true;
      else
        queue_.addAfter(key, std::chrono::duration_cast<milliseconds>(left) + milliseconds(5));
    }
    PodRuntime runtime = imagined(pod, ended);
    std::string patch = statusPatch(
        pod, podStatus({pod, runtime, {}, {}, "127.0.0.1", formatTime(wallNow()), ended, stopped ? "DeadlineExceeded" : "", ""}));
    if (!patch.empty()) {
      auto done = client_.patchRaw(kube::pathOf(kube::kPathOf<k8s::Pod>, pod.metadata.namespace_, pod.metadata.name) + "/status",
                                   kube::PatchKind::StrategicMerge, patch);
      if (!done && isTransient(done.error().reason)) queue_.addAgain(key);
      if (!done) return;
    }
    queue_.forget(key);
    if (!deleting) return;
    auto deleted = client_.remove<k8s::Pod>(
        pod.metadata.namespace_, pod.metadata.name,
        R"({"apiVersion":"v1","kind":"DeleteOptions","gracePeriodSeconds":0,"preconditions":{"uid":")" + pod.metadata.uid + "\"}}");
    if (!deleted && isTransient(deleted.error().reason)) queue_.addAgain(key);
  }

  kube::Client& client_;
  const Config& config_;
  std::shared_ptr<net::Canceller> canceller_;
  WorkQueue queue_;
  std::set<std::string> names_;  // fixed once run() has registered
  std::map<std::string, std::string> uids_;
};

}  // namespace

Result<void> runSimulatedNodes(kube::Client& client, const Config& config, const std::shared_ptr<net::Canceller>& canceller) {
  return Simulation(client, config, canceller).run();
}

}  // namespace taskpod::kubelet
