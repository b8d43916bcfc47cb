#include "kubelet-lite/pod_workers.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "taskpod/base/log.h"
#include "taskpod/base/time.h"
#include "taskpod/k8s/names.h"
#include "taskpod/schedule/requests.h"

namespace taskpod::kubelet {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Backoff kCrashBackoff{seconds(10), seconds(300)};
constexpr Backoff kMountBackoff{seconds(1), seconds(122)};
constexpr auto kCrashForgotten = std::chrono::minutes(10);
constexpr milliseconds kResync = seconds(60);
constexpr milliseconds kAfterFailure = seconds(5);
constexpr seconds kLeastGrace{2};
constexpr seconds kHookPatience{300};
constexpr std::size_t kMessageBytes = 4096;

const k8s::Container* findContainer(const k8s::Pod& pod, const std::string& name, bool& init) {
  init = false;
  for (const auto& container : pod.spec.containers)
    if (container.name == name) return &container;
  init = true;
  for (const auto& container : pod.spec.initContainers)
    if (container.name == name) return &container;
  return nullptr;
}

bool isTerminal(const k8s::PodStatus& status) { return status.phase == "Succeeded" || status.phase == "Failed"; }

// A pod as far as the runtime remembers it, for one that the API has forgotten.
k8s::Pod podFromRuntime(const PodRuntime& runtime, const std::string& uid) {
  k8s::Pod pod;
  pod.metadata.uid = uid;
  const auto& labels = !runtime.sandboxes.empty() ? runtime.sandboxes.front().labels : runtime.containers.front().labels;
  auto label = [&](const char* key) {
    auto found = labels.find(key);
    return found == labels.end() ? std::string() : found->second;
  };
  pod.metadata.name = label("io.kubernetes.pod.name");
  pod.metadata.namespace_ = label("io.kubernetes.pod.namespace");
  for (const auto& container : runtime.containers) {
    auto grace = container.annotations.find("io.kubernetes.pod.terminationGracePeriod");
    if (grace != container.annotations.end()) pod.spec.terminationGracePeriodSeconds = std::atoll(grace->second.c_str());
  }
  return pod;
}

std::string readTail(const fs::path& path, std::size_t most) {
  std::ifstream in(path, std::ios::binary);
  std::string text(most, '\0');
  in.read(text.data(), static_cast<std::streamsize>(most));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

constexpr const char* kDeadlineExceeded = "DeadlineExceeded";
constexpr const char* kDeadlineMessage = "Pod was active on the node longer than the specified deadline";

bool stopsTask(const k8s::Pod& pod) { return pod.metadata.annotations.contains(std::string(k8s::kStop)); }

}  // namespace

PodWorkers::PodWorkers(Parts parts)
    : parts_(std::move(parts)),
      hostDns_(readResolvConf(parts_.config.resolvConf)),
      timer_([this] { timerLoop(); }) {}

PodWorkers::~PodWorkers() { stop(); }

void PodWorkers::stop() {
  std::unique_lock lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
  changed_.wait(lock, [&] { return running_ == 0; });
}

std::string PodWorkers::now() const { return formatTime(wallNow()); }

void PodWorkers::event(const k8s::Pod& pod, const std::string& container, bool init, std::string_view type, std::string_view reason,
                       const std::string& message) {
  k8s::ObjectReference about = kube::referenceTo(pod);
  if (!container.empty()) about.fieldPath = std::string(init ? "spec.initContainers{" : "spec.containers{") + container + "}";
  parts_.events.record(about, type, reason, message);
}

void PodWorkers::update(const std::string& uid) {
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  auto& worker = workers_[uid];
  if (!worker) worker = std::make_shared<Worker>();
  if (worker->running) {
    worker->again = true;
    return;
  }
  worker->running = true;
  ++running_;
  std::thread([this, uid, worker] { loop(uid, worker); }).detach();  // stop() waits for running_ to be 0
}

void PodWorkers::loop(const std::string& uid, const std::shared_ptr<Worker>& worker) {
  for (;;) {
    milliseconds delay = sync(uid, *worker);
    std::lock_guard lock(mutex_);
    if (worker->again && !stopped_) {
      worker->again = false;
      continue;
    }
    worker->running = false;
    std::erase_if(due_, [&](const auto& entry) { return entry.second == uid; });  // one entry a pod
    if (worker->finished)
      workers_.erase(uid);
    else if (delay.count() > 0)
      due_.emplace(Steady::now() + delay, uid);
    --running_;
    changed_.notify_all();
    return;
  }
}

void PodWorkers::timerLoop() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    auto next = due_.empty() ? Steady::time_point::max() : due_.begin()->first;  // a copy: the entry may go while we wait
    if (due_.empty())
      changed_.wait(lock);
    else
      changed_.wait_until(lock, next);
    while (!stopped_ && !due_.empty() && due_.begin()->first <= Steady::now()) {
      std::string uid = due_.begin()->second;
      due_.erase(due_.begin());
      bool known = workers_.contains(uid);
      lock.unlock();
      if (known) update(uid);
      lock.lock();
    }
  }
}

Result<PodRuntime> PodWorkers::look(const std::string& uid) {
  PodRuntime out;
  auto sandboxes = parts_.runtime.listSandboxes(uid);
  if (!sandboxes) return sandboxes.error();
  auto containers = parts_.runtime.listContainers(uid);
  if (!containers) return containers.error();
  for (const auto& listed : *sandboxes) {
    auto full = parts_.runtime.sandbox(listed.id);
    if (full)
      out.sandboxes.push_back(std::move(*full));
    else if (full.error().reason != Reason::NotFound)
      return full.error();
  }
  for (const auto& listed : *containers) {
    auto full = parts_.runtime.container(listed.id);
    if (full) {
      full->sandboxId = listed.sandboxId;
      out.containers.push_back(std::move(*full));
    } else if (full.error().reason != Reason::NotFound) {
      return full.error();
    }
  }
  auto newer = [](const auto& a, const auto& b) { return a.createdAt > b.createdAt; };
  std::sort(out.sandboxes.begin(), out.sandboxes.end(), newer);
  std::sort(out.containers.begin(), out.containers.end(), newer);
  return out;
}

milliseconds PodWorkers::sync(const std::string& uid, Worker& worker) {
  auto runtime = look(uid);
  if (!runtime) {
    log::debug("runtime cannot be read", {{"uid", uid}, {"error", runtime.error().message}});
    return kAfterFailure;
  }
  auto pod = parts_.pod(uid);
  if (pod) worker.last = pod;
  if (!pod) {
    bool nothing = runtime->sandboxes.empty() && runtime->containers.empty();
    if (nothing && !worker.last) {
      if (auto done = parts_.volumes.tearDown(uid); !done) return kAfterFailure;
      parts_.cgroups.remove(uid);
      worker.finished = true;
      return milliseconds(0);
    }
    k8s::Pod known = worker.last ? *worker.last : podFromRuntime(*runtime, uid);
    return syncTerminating(known, worker, *runtime, true);
  }
  if (stopsTask(*pod) && !isTerminal(pod->status) && worker.refusedReason.empty()) {
    // As any kubelet ends it, by the deadline that StopTask set beside the annotation; only at once.
    worker.refusedReason = kDeadlineExceeded;
    worker.refusedMessage = kDeadlineMessage;
  }
  bool over = !pod->metadata.deletionTimestamp.empty() || isTerminal(pod->status) || stopsTask(*pod) || !worker.refusedReason.empty();
  if (over) return syncTerminating(*pod, worker, *runtime, false);
  return syncRunning(*pod, worker, *runtime);
}

// Admission on the node (pkg/kubelet/lifecycle/predicate.go): a pod that does not fit is refused for good. Only before anything of it was
// started.
bool PodWorkers::admit(const k8s::Pod& pod, const PodRuntime& runtime, Worker& worker) {
  if (!runtime.sandboxes.empty() || !pod.status.startTime.empty()) return true;
  schedule::PodRequests used;
  int count = 0;
  for (const auto& other : parts_.pods()) {
    if (other->metadata.uid == pod.metadata.uid || isTerminal(other->status) || other->status.startTime.empty()) continue;
    schedule::PodRequests requests = schedule::requestsOf(*other);
    used.milliCpu += requests.milliCpu;
    used.memory += requests.memory;
    ++count;
  }
  schedule::PodRequests wanted = schedule::requestsOf(pod);
  auto refuse = [&](const std::string& resource, std::int64_t requested, std::int64_t taken, std::int64_t capacity) {
    worker.refusedReason = "OutOf" + resource;
    worker.refusedMessage = "Pod was rejected: Node didn't have enough resource: " + resource +
                            ", requested: " + std::to_string(requested) + ", used: " + std::to_string(taken) +
                            ", capacity: " + std::to_string(capacity);
    event(pod, "", false, "Warning", worker.refusedReason,
          "Node didn't have enough resource: " + resource + ", requested: " + std::to_string(requested) +
              ", used: " + std::to_string(taken) + ", capacity: " + std::to_string(capacity));
    return false;
  };
  if (count + 1 > parts_.config.maxPods) return refuse("pods", 1, count, parts_.config.maxPods);
  if (wanted.milliCpu > parts_.capacity.milliCpu - used.milliCpu)
    return refuse("cpu", wanted.milliCpu, used.milliCpu, parts_.capacity.milliCpu);
  if (wanted.memory > parts_.capacity.memory - used.memory) return refuse("memory", wanted.memory, used.memory, parts_.capacity.memory);
  return true;
}

milliseconds PodWorkers::syncRunning(const k8s::Pod& pod, Worker& worker, PodRuntime& runtime) {
  if (!admit(pod, runtime, worker)) return syncTerminating(pod, worker, runtime, false);
  if (pod.spec.activeDeadlineSeconds && !pod.status.startTime.empty()) {
    auto start = parseTime(pod.status.startTime);
    if (start && wallNow() - *start >= seconds(*pod.spec.activeDeadlineSeconds)) {
      worker.refusedReason = kDeadlineExceeded;
      worker.refusedMessage = kDeadlineMessage;
      event(pod, "", false, "Normal", kDeadlineExceeded, worker.refusedMessage);
      return syncTerminating(pod, worker, runtime, false);
    }
  }
  if (isDone(pod, runtime)) return syncTerminating(pod, worker, runtime, false);
  Actions actions = podActions(pod, runtime);
  milliseconds retry(0);
  bool acts = actions.createSandbox || actions.killPod || !actions.kill.empty() || !actions.start.empty();
  if (acts) {
    if (pod.status.startTime.empty()) writeStatus(pod, runtime, worker, false);
    retry = act(pod, worker, runtime, actions);
    auto seen = look(pod.metadata.uid);
    if (!seen) return kAfterFailure;
    runtime = std::move(*seen);
  } else if (auto failure = parts_.volumes.setUp(pod, parts_.node)) {  // refresh what may have changed
    log::debug("volume not refreshed", {{"pod", kube::keyOf(pod.metadata)}, {"volume", failure->volume}, {"error", failure->message}});
  }
  for (const auto& container : runtime.containers)
    if (container.phase == ContainerPhase::Running && worker.waiting.contains(container.name)) worker.waiting.erase(container.name);
  bool written = writeStatus(pod, runtime, worker, false);
  pruneDead(runtime);
  if (isDone(pod, runtime)) return milliseconds(1);
  milliseconds next = kResync;
  if (retry.count() > 0) next = std::min(next, retry);
  if (!written) next = std::min(next, kAfterFailure);
  if (pod.spec.activeDeadlineSeconds) next = std::min<milliseconds>(next, seconds(1));
  return next;
}

// The kubelet keeps one dead container of each name, for its status and its log.
void PodWorkers::pruneDead(const PodRuntime& runtime) {
  std::map<std::string, int> dead;
  for (const auto& container : runtime.containers)
    if (container.phase == ContainerPhase::Exited && ++dead[container.name] > 2)
      if (auto done = parts_.runtime.removeContainer(container.id); !done)
        log::debug("dead container stays", {{"container", container.id}, {"error", done.error().message}});
}

std::map<std::string, std::string> PodWorkers::terminationMessages(const k8s::Pod& pod, const PodRuntime& runtime) {
  std::map<std::string, std::string> out;
  for (const auto& info : runtime.containers) {
    if (info.phase != ContainerPhase::Exited) continue;
    fs::path file = parts_.volumes.podDir(pod.metadata.uid) / "containers" / info.name / std::to_string(info.attempt);
    std::string text = readTail(file, kMessageBytes);
    auto policy = info.annotations.find("io.kubernetes.container.terminationMessagePolicy");
    if (text.empty() && info.exitCode != 0 && policy != info.annotations.end() && policy->second == "FallbackToLogsOnError" &&
        !info.logPath.empty()) {
      std::ifstream log(info.logPath, std::ios::binary);
      std::string line;
      std::vector<std::string> lines;
      while (std::getline(log, line)) {  // <time> <stream> <tag> <text>
        auto third = line.find(' ', line.find(' ', line.find(' ') + 1) + 1);
        if (third == std::string::npos) continue;
        lines.push_back(line.substr(third + 1) + "\n");
        if (lines.size() > 80) lines.erase(lines.begin());
      }
      for (const auto& one : lines) text += one;
      if (text.size() > 2048) text = text.substr(text.size() - 2048);
    }
    if (!text.empty()) out[info.id] = text;
  }
  return out;
}

bool PodWorkers::writeStatus(const k8s::Pod& pod, const PodRuntime& runtime, Worker& worker, bool ended, const std::string& reason,
                             const std::string& message) {
  StatusInput input{pod, runtime, worker.waiting, terminationMessages(pod, runtime), parts_.node.nodeIp, now(), ended, reason, message};
  std::string patch = statusPatch(pod, podStatus(input));
  if (patch.empty()) {
    worker.lastPatch.clear();
    return true;
  }
  if (patch == worker.lastPatch) return true;
  auto done = parts_.client.patchRaw(kube::pathOf(kube::kPathOf<k8s::Pod>, pod.metadata.namespace_, pod.metadata.name) + "/status",
                                     kube::PatchKind::StrategicMerge, patch);
  if (done) {
    worker.lastPatch = patch;
    return true;
  }
  if (done.error().reason == Reason::NotFound || done.error().reason == Reason::Conflict) return true;  // another pod of that name by now
  log::debug("status not written", {{"pod", kube::keyOf(pod.metadata)}, {"error", done.error().message}});
  return false;
}

// Lifecycle handlers (kubernetes.io/docs/concepts/containers/container-lifecycle-hooks): exec, httpGet, sleep.
Result<void> PodWorkers::runHook(const std::string& containerId, const k8s::LifecycleHandler& handler, const k8s::Container& container,
                                 const std::vector<std::string>& ips, seconds timeout) {
  if (handler.exec) {
    auto done = parts_.runtime.execSync(containerId, handler.exec->command, timeout);
    if (!done) return done.error();
    if (done->exitCode != 0)
      return Error{Reason::InternalError,
                   "command exited with " + std::to_string(done->exitCode) + ": " + (done->error.empty() ? done->output : done->error), 0};
    return {};
  }
  if (handler.sleep) {
    net::Canceller never;
    never.sleepUntil(net::in(std::min(timeout, seconds(handler.sleep->seconds))));
    return {};
  }
  if (!handler.httpGet) return Error{Reason::Unimplemented, "this kind of lifecycle handler is not supported", 0};
  const auto& get = *handler.httpGet;
  std::int32_t port = get.port.number;
  for (const auto& named : container.ports)
    if (get.port.isString && named.name == get.port.text) port = named.containerPort;
  net::HttpClientOptions options;
  options.host = !get.host.empty() ? get.host : ips.empty() ? parts_.node.nodeIp : ips.front();
  options.address = {options.host, static_cast<std::uint16_t>(port), false};
  options.timeout = timeout;
  options.bodyLimit = 10u << 10;
  if (get.scheme == "HTTPS") {
    auto tls = net::TlsContext::client({"", "", "", true});
    if (!tls) return tls.error();
    options.tls = *tls;
  }
  net::HttpRequest request;
  request.target = get.path.starts_with("/") ? get.path : "/" + get.path;
  for (const auto& header : get.httpHeaders) request.headers.emplace_back(header.name, header.value);
  auto answer = net::HttpClient(options).send(request);
  if (!answer) return answer.error();
  if (answer->status >= 400) return Error{Reason::InternalError, "HTTP " + std::to_string(answer->status), 0};
  return {};
}

Result<void> PodWorkers::stopWithHook(const k8s::Pod& pod, const ContainerInfo& info, const std::vector<std::string>& ips, seconds grace) {
  auto begin = Steady::now();
  bool init = false;
  const k8s::Container* container = findContainer(pod, info.name, init);
  if (container && container->lifecycle && container->lifecycle->preStop && info.phase == ContainerPhase::Running && grace > seconds(0)) {
    auto done = runHook(info.id, *container->lifecycle->preStop, *container, ips, grace);
    if (!done) event(pod, info.name, init, "Warning", "FailedPreStopHook", "PreStopHook failed");
  }
  auto left = grace - std::chrono::duration_cast<seconds>(Steady::now() - begin);
  auto stopped = parts_.runtime.stopContainer(info.id, std::max(left, kLeastGrace));
  if (stopped || stopped.error().reason == Reason::NotFound) return {};
  return stopped;
}

// Stops all containers together, sidecars after the others in reverse order. The grace may shrink on the way: when the pod is deleted with
// a shorter one, or by force, what still runs is told again.
Result<void> PodWorkers::killContainers(const k8s::Pod& pod, const PodRuntime& runtime, seconds grace, bool gone) {
  std::vector<std::string> ips = runtime.sandboxes.empty() ? std::vector<std::string>() : runtime.sandboxes.front().ips;
  auto begin = Steady::now();
  Result<void> outcome;
  auto stopAll = [&](const std::vector<ContainerInfo>& wave, seconds patience) {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t running = wave.size();
    std::vector<std::jthread> stops;
    for (const auto& info : wave) {
      bool init = false;
      findContainer(pod, info.name, init);
      event(pod, info.name, init, "Normal", "Killing", "Stopping container " + info.name);
      stops.emplace_back([&, info] {
        auto done = stopWithHook(pod, info, ips, patience);
        std::lock_guard lock(mutex);
        if (!done) outcome = done;
        --running;
        changed.notify_all();
      });
    }
    std::unique_lock lock(mutex);
    for (seconds told = patience; running > 0;) {
      changed.wait_for(lock, milliseconds(500));
      auto now = gone ? nullptr : parts_.pod(pod.metadata.uid);
      seconds wanted = gone ? told : !now ? kLeastGrace : seconds(now->metadata.deletionGracePeriodSeconds.value_or(told.count()));
      if (running == 0 || wanted >= told) continue;
      told = wanted;
      lock.unlock();
      for (const auto& info : wave)
        stops.emplace_back([this, id = info.id, wanted] {
          auto done = parts_.runtime.stopContainer(id, std::max(wanted, kLeastGrace));
          if (!done) log::debug("container not stopped sooner", {{"container", id}, {"error", done.error().message}});
        });
      lock.lock();
    }
  };
  auto isSidecarOf = [&](const std::string& name) {
    bool init = false;
    const k8s::Container* container = findContainer(pod, name, init);
    return container && init && schedule::isSidecar(*container);
  };
  std::vector<ContainerInfo> wave;
  for (const auto& info : runtime.containers)
    if (info.phase != ContainerPhase::Exited && !isSidecarOf(info.name)) wave.push_back(info);
  stopAll(wave, grace);
  for (auto container = pod.spec.initContainers.rbegin(); container != pod.spec.initContainers.rend(); ++container) {  // KEP-753
    if (!schedule::isSidecar(*container)) continue;
    wave.clear();
    for (const auto& info : runtime.containers)
      if (info.name == container->name && info.phase != ContainerPhase::Exited) wave.push_back(info);
    stopAll(wave, std::max(grace - std::chrono::duration_cast<seconds>(Steady::now() - begin), kLeastGrace));
  }
  return outcome;
}

Result<void> PodWorkers::removePod(const k8s::Pod& pod, const PodRuntime& runtime) {
  for (const auto& container : runtime.containers)
    if (auto done = parts_.runtime.removeContainer(container.id); !done && done.error().reason != Reason::NotFound) return done;
  for (const auto& sandbox : runtime.sandboxes)
    if (auto done = parts_.runtime.removeSandbox(sandbox.id); !done && done.error().reason != Reason::NotFound) return done;
  if (auto done = parts_.volumes.tearDown(pod.metadata.uid); !done) return done;
  parts_.cgroups.remove(pod.metadata.uid);
  parts_.objects.forgetPod(pod.metadata.uid);
  std::error_code error;
  for (const auto& container : runtime.containers)
    fs::remove(parts_.config.containerLogsDir + "/" + pod.metadata.name + "_" + pod.metadata.namespace_ + "_" + container.name + "-" +
                   container.id + ".log",
               error);
  return {};
}

// node-agent.md §1.4: stop everything, write the terminal phase, then let the object go.
milliseconds PodWorkers::syncTerminating(const k8s::Pod& pod, Worker& worker, PodRuntime& runtime, bool gone) {
  seconds grace(30);
  if (pod.spec.terminationGracePeriodSeconds) grace = seconds(*pod.spec.terminationGracePeriodSeconds);
  if (pod.metadata.deletionGracePeriodSeconds) grace = seconds(*pod.metadata.deletionGracePeriodSeconds);
  if (gone && !pod.metadata.deletionGracePeriodSeconds) grace = kLeastGrace;  // deleted by force: nobody waits for it any more
  bool alive = std::any_of(runtime.containers.begin(), runtime.containers.end(),
                           [](const ContainerInfo& c) { return c.phase != ContainerPhase::Exited; });
  if (alive) {
    if (!gone) writeStatus(pod, runtime, worker, false);
    if (auto done = killContainers(pod, runtime, grace, gone); !done) {
      log::warn("containers not stopped, trying again", {{"pod", kube::keyOf(pod.metadata)}, {"error", done.error().message}});
      return kAfterFailure;
    }
    auto seen = look(pod.metadata.uid);
    if (!seen) return kAfterFailure;
    runtime = std::move(*seen);
  }
  for (const auto& sandbox : runtime.sandboxes)
    if (auto done = parts_.runtime.stopSandbox(sandbox.id); !done && done.error().reason != Reason::NotFound) return kAfterFailure;
  worker.waiting.clear();
  if (!gone) {
    std::string reason = worker.refusedReason, message = worker.refusedMessage;
    for (auto& sandbox : runtime.sandboxes) sandbox.ready = false;
    if (!writeStatus(pod, runtime, worker, true, reason, message)) return kAfterFailure;
    if (!isTerminal(pod.status)) return kAfterFailure;  // the watch brings the terminal phase, and with it the next pass
  }
  bool deleting = gone || !pod.metadata.deletionTimestamp.empty();
  if (!deleting) {
    // Over, but still there: the containers stay for `kubectl logs` until the pod goes.
    if (auto done = parts_.volumes.tearDown(pod.metadata.uid); !done)
      log::debug("volumes stay", {{"pod", kube::keyOf(pod.metadata)}, {"error", done.error().message}});
    parts_.cgroups.remove(pod.metadata.uid);
    return milliseconds(0);
  }
  if (!gone) {
    std::string options =
        R"({"apiVersion":"v1","kind":"DeleteOptions","gracePeriodSeconds":0,"preconditions":{"uid":")" + pod.metadata.uid + "\"}}";
    auto deleted = parts_.client.remove<k8s::Pod>(pod.metadata.namespace_, pod.metadata.name, options);
    if (!deleted && deleted.error().reason != Reason::NotFound && deleted.error().reason != Reason::Conflict) return kAfterFailure;
  }
  if (auto done = removePod(pod, runtime); !done) {
    log::warn("pod not removed, trying again", {{"pod", kube::keyOf(pod.metadata)}, {"error", done.error().message}});
    return kAfterFailure;
  }
  if (gone) {
    std::error_code error;
    fs::remove_all(podLogDir(parts_.config, pod), error);
    worker.finished = true;
    return milliseconds(0);
  }
  return milliseconds(0);
}

milliseconds PodWorkers::act(const k8s::Pod& pod, Worker& worker, PodRuntime& runtime, const Actions& actions) {
  milliseconds retry(0);
  for (const auto& kill : actions.kill) {
    bool init = false;
    findContainer(pod, kill.name, init);
    event(pod, kill.name, init, "Normal", "Killing", kill.message);
    seconds grace(pod.spec.terminationGracePeriodSeconds.value_or(30));
    if (auto done = parts_.runtime.stopContainer(kill.id, std::max(grace, kLeastGrace)); !done && done.error().reason != Reason::NotFound)
      return kAfterFailure;
  }
  if (actions.killPod) {
    if (actions.createSandbox) event(pod, "", false, "Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
    if (auto done = killContainers(pod, runtime, seconds(pod.spec.terminationGracePeriodSeconds.value_or(30)), false); !done)
      return kAfterFailure;
    for (const auto& sandbox : runtime.sandboxes)
      if (auto done = parts_.runtime.stopSandbox(sandbox.id); !done && done.error().reason != Reason::NotFound) return kAfterFailure;
    if (!actions.createSandbox) return milliseconds(1);
  }
  if (auto made = parts_.cgroups.make(pod); !made) {
    event(pod, "", false, "Warning", "FailedCreatePodContainer", made.error().message);
    return kAfterFailure;
  }
  if (auto failure = parts_.volumes.setUp(pod, parts_.node)) {
    if (worker.mountRetryAt > Steady::now())
      return std::chrono::duration_cast<milliseconds>(worker.mountRetryAt - Steady::now()) + milliseconds(1);
    event(pod, "", false, "Warning", "FailedMount",
          "MountVolume.SetUp failed for volume \"" + failure->volume + "\" : " + failure->message);
    milliseconds wait = kMountBackoff.after(++worker.mountFailures);
    worker.mountRetryAt = Steady::now() + wait;
    return wait;
  }
  worker.mountFailures = 0;
  SandboxConfig config = sandboxConfig(pod, actions.createSandbox ? actions.sandboxAttempt : runtime.sandboxes.front().attempt,
                                       parts_.config, hostDns_, parts_.cgroups.parentOf(pod));
  std::string sandboxId;
  std::vector<std::string> ips;
  if (actions.createSandbox) {
    std::error_code error;
    fs::create_directories(config.logDirectory, error);
    auto made = parts_.runtime.runSandbox(config);
    if (!made) {
      event(pod, "", false, "Warning", "FailedCreatePodSandBox", "Failed to create pod sandbox: " + made.error().message);
      return kAfterFailure;
    }
    sandboxId = *made;
    parts_.cgroups.limit(pod);
    if (!runtime.sandboxes.empty())
      for (const auto& old : runtime.sandboxes)
        if (auto done = parts_.runtime.removeSandbox(old.id); !done)
          log::debug("old sandbox stays", {{"sandbox", old.id}, {"error", done.error().message}});
    auto seen = parts_.runtime.sandbox(sandboxId);
    if (!seen) return kAfterFailure;
    ips = seen->ips;
  } else {
    sandboxId = runtime.sandboxes.front().id;
    ips = runtime.sandboxes.front().ips;
  }
  for (const auto& start : actions.start) {
    milliseconds wait(0);
    auto early = worker.notBefore.find(start.name);
    if (early != worker.notBefore.end() && early->second > Steady::now() && worker.waiting.contains(start.name)) {
      wait = std::chrono::duration_cast<milliseconds>(early->second - Steady::now()) + milliseconds(1);
      retry = retry.count() == 0 ? wait : std::min(retry, wait);
      if (start.init) break;
      continue;
    }
    auto problem = startContainer(pod, config, sandboxId, ips, start, worker, wait);
    if (!problem) {
      worker.waiting.erase(start.name);
      continue;
    }
    worker.waiting[start.name] = {problem->reason, problem->message};
    if (wait.count() == 0) wait = kAfterFailure;
    worker.notBefore[start.name] = Steady::now() + wait;
    retry = retry.count() == 0 ? wait : std::min(retry, wait);
    if (start.init) break;
  }
  return retry;
}

namespace {

class PodImageEvents : public ImageEvents {
 public:
  explicit PodImageEvents(std::function<void(std::string_view, std::string_view, const std::string&)> record)
      : record_(std::move(record)) {}
  void pulling(const std::string& message) override { record_("Normal", "Pulling", message); }
  void failed(std::string_view type, std::string_view reason, const std::string& message) override { record_(type, reason, message); }

 private:
  std::function<void(std::string_view, std::string_view, const std::string&)> record_;
};

std::string shown(const k8s::Pod& pod) { return pod.metadata.name + "_" + pod.metadata.namespace_ + "(" + pod.metadata.uid + ")"; }

}  // namespace

std::optional<StartError> PodWorkers::startContainer(const k8s::Pod& pod, const SandboxConfig& sandbox, const std::string& sandboxId,
                                                     const std::vector<std::string>& ips, const StartContainer& start, Worker& worker,
                                                     milliseconds& retry) {
  bool init = false;
  const k8s::Container* container = findContainer(pod, start.name, init);
  auto say = [&](std::string_view type, std::string_view reason, const std::string& message) {
    event(pod, start.name, init, type, reason, message);
  };
  auto runtime = look(pod.metadata.uid);
  const ContainerInfo* last = runtime ? runtime->newest(start.name) : nullptr;
  std::string key = start.name + "/" + containerHash(*container);
  if (last && last->phase == ContainerPhase::Exited) {
    auto& crash = worker.crashes[key];
    auto ended = Steady::now();
    if (last->finishedAt > 0 && last->finishedAt - last->startedAt > std::chrono::nanoseconds(kCrashForgotten).count()) crash.count = 0;
    if (crash.count > 0 && crash.until > ended) {
      auto total = kCrashBackoff.first * (1 << std::min(crash.count - 1, 5));
      std::string wait = std::to_string(std::chrono::duration_cast<seconds>(std::min<milliseconds>(total, kCrashBackoff.longest)).count());
      std::string pretty = wait == "300" ? "5m0s" : wait == "160" ? "2m40s" : wait == "80" ? "1m20s" : wait + "s";
      say("Warning", "BackOff", "Back-off restarting failed container " + start.name + " in pod " + shown(pod));
      retry = std::chrono::duration_cast<milliseconds>(crash.until - ended) + milliseconds(10);
      return StartError{"CrashLoopBackOff", "back-off " + pretty + " restarting failed container=" + start.name + " pod=" + shown(pod)};
    }
    ++crash.count;
    auto total = std::min<milliseconds>(kCrashBackoff.first * (1 << std::min(crash.count - 1, 5)), kCrashBackoff.longest);
    crash.until = ended + total;
  }
  PodImageEvents imageEvents(say);
  auto image = parts_.images.ensure(pod, *container, sandbox, imageEvents);
  if (auto* error = std::get_if<StartError>(&image)) {
    say("Warning", "Failed", "Error: " + error->reason);
    return *error;
  }
  const ImageReady& ready = std::get<ImageReady>(image);
  say("Normal", "Pulled", ready.event);

  auto configError = [&](const std::string& message) {
    say("Warning", "Failed", "Error: " + message);
    retry = milliseconds(seconds(2));
    return StartError{"CreateContainerConfigError", message};
  };
  static const std::string kNone;
  auto env = environment({pod, *container, parts_.objects, parts_.node, ips.empty() ? kNone : ips.front(), parts_.services()});
  if (!env) return configError(env.error().message);
  Result<void> mountsMade;
  std::vector<MountConfig> mounts = mountsOf(pod, *container, ips, mountsMade);
  if (!mountsMade) return configError(mountsMade.error().message);
  if (!container->terminationMessagePath.empty()) {
    fs::path file = parts_.volumes.podDir(pod.metadata.uid) / "containers" / start.name / std::to_string(start.attempt);
    std::error_code error;
    fs::create_directories(file.parent_path(), error);
    int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd >= 0) {
      ::fchmod(fd, 0666);
      ::close(fd);
      mounts.push_back({container->terminationMessagePath, file.string(), false, 0});
    }
  }
  auto config = containerConfig(
      {pod, *container, init, start.attempt, parts_.config, *env, std::move(mounts), ready.info, ready.reference, parts_.capacity.memory});
  if (!config) return configError(config.error().message);
  std::error_code error;
  fs::create_directories(sandbox.logDirectory + "/" + start.name, error);
  auto id = parts_.runtime.createContainer(sandboxId, *config, sandbox);
  if (!id) {
    say("Warning", "Failed", "Error: " + id.error().message);
    return StartError{"CreateContainerError", id.error().message};
  }
  say("Normal", "Created", "Container created");
  if (auto started = parts_.runtime.startContainer(*id); !started) {
    say("Warning", "Failed", "Error: " + started.error().message);
    return StartError{"RunContainerError", started.error().message};
  }
  say("Normal", "Started", "Container started");
  if (container->lifecycle && container->lifecycle->postStart) {
    auto hook = runHook(*id, *container->lifecycle->postStart, *container, ips, kHookPatience);
    if (!hook) {
      say("Warning", "FailedPostStartHook", "PostStartHook failed");
      if (auto killed = parts_.runtime.stopContainer(*id, kLeastGrace); !killed)
        log::debug("container not stopped", {{"container", *id}, {"error", killed.error().message}});
      return StartError{"PostStartHookError", hook.error().message};
    }
  }
  fs::create_directories(parts_.config.containerLogsDir, error);
  fs::create_symlink(
      sandbox.logDirectory + "/" + config->logPath,
      parts_.config.containerLogsDir + "/" + pod.metadata.name + "_" + pod.metadata.namespace_ + "_" + start.name + "-" + *id + ".log",
      error);
  return std::nullopt;
}

std::vector<MountConfig> PodWorkers::mountsOf(const k8s::Pod& pod, const k8s::Container& container, const std::vector<std::string>& ips,
                                              Result<void>& outcome) {
  std::vector<MountConfig> out;
  bool ownHosts = false;
  for (const auto& mount : container.volumeMounts) {
    auto volume =
        std::find_if(pod.spec.volumes.begin(), pod.spec.volumes.end(), [&](const k8s::Volume& v) { return v.name == mount.name; });
    if (volume == pod.spec.volumes.end()) continue;
    fs::path source = parts_.volumes.pathOf(pod, *volume);
    std::string sub = mount.subPath;
    if (!mount.subPathExpr.empty()) {
      std::map<std::string, std::string> literal;
      for (const auto& variable : container.env) {
        if (!variable.valueFrom)
          literal[variable.name] = variable.value;
        else if (variable.valueFrom->fieldRef)
          if (auto value = fieldValue(pod, variable.valueFrom->fieldRef->fieldPath, parts_.node, ips.empty() ? "" : ips.front()))
            literal[variable.name] = *value;
      }
      sub = expand(mount.subPathExpr, [&](const std::string& name) -> const std::string* {
        auto found = literal.find(name);
        return found == literal.end() ? nullptr : &found->second;
      });
    }
    if (!sub.empty()) {
      fs::path relative(sub);
      bool escapes =
          relative.is_absolute() || std::any_of(relative.begin(), relative.end(), [](const fs::path& part) { return part == ".."; });
      std::error_code error;
      fs::path target = source / relative;
      fs::path base = fs::canonical(source, error);
      auto isInside = [&](const fs::path& path) { return path == base || path.string().starts_with(base.string() + "/"); };
      // What exists of the path must lie inside before anything is made, and all of it afterwards.
      escapes = escapes || error || !isInside(fs::weakly_canonical(target, error)) || error;
      if (!escapes && !fs::exists(target, error)) fs::create_directories(target, error);
      fs::path real = escapes ? fs::path() : fs::canonical(target, error);
      if (escapes || error || !isInside(real)) {
        outcome = Error{Reason::Invalid,
                        "failed to prepare subPath for volumeMount \"" + mount.name + "\" of container \"" + container.name + "\"", 0};
        return out;
      }
      source = real;
    }
    MountConfig& one = out.emplace_back();
    one.containerPath = mount.mountPath.starts_with("/") ? mount.mountPath : "/" + mount.mountPath;
    one.hostPath = source.string();
    // What the agent writes, containers may not: a link that one of them put there would be followed as root.
    one.readonly = mount.readOnly || volume->configMap || volume->secret || volume->downwardAPI || volume->projected;
    if (mount.mountPropagation == "HostToContainer") one.propagation = 1;
    if (mount.mountPropagation == "Bidirectional") one.propagation = 2;
    ownHosts |= one.containerPath == "/etc/hosts";
  }
  if (ownHosts || (ips.empty() && !pod.spec.hostNetwork)) return out;
  fs::path hosts = parts_.volumes.podDir(pod.metadata.uid) / "etc-hosts";
  std::string nodeHosts = pod.spec.hostNetwork ? readTail("/etc/hosts", 1 << 20) : "";
  std::error_code error;
  fs::create_directories(hosts.parent_path(), error);
  std::ofstream(hosts, std::ios::trunc) << hostsFile(pod, ips, nodeHosts, parts_.config.clusterDomain);
  ::chmod(hosts.c_str(), 0644);
  out.push_back({"/etc/hosts", hosts.string(), false, 0});
  return out;
}

void PodWorkers::relist(bool synced) {
  auto sandboxes = parts_.runtime.listSandboxes("");
  auto containers = sandboxes ? parts_.runtime.listContainers("") : Result<std::vector<ContainerInfo>>(sandboxes.error());
  std::vector<std::string> changed;
  {
    std::lock_guard lock(relistMutex_);
    problem_ = containers ? "" : containers.error().message;
    if (!containers || !synced) return;
    std::map<std::string, std::string> fresh;
    for (const auto& sandbox : *sandboxes) fresh[sandbox.uid] += sandbox.id.substr(0, 12) + (sandbox.ready ? "+" : "-");
    for (const auto& container : *containers) {
      auto uid = container.labels.find("io.kubernetes.pod.uid");
      if (uid != container.labels.end())
        fresh[uid->second] += container.id.substr(0, 12) + std::to_string(static_cast<int>(container.phase));
    }
    for (const auto& [uid, print] : fresh) {
      auto old = seen_.find(uid);
      if (old == seen_.end() || old->second != print) changed.push_back(uid);
    }
    for (const auto& [uid, print] : seen_)
      if (!fresh.contains(uid)) changed.push_back(uid);
    seen_ = std::move(fresh);
  }
  for (const auto& uid : changed) update(uid);
}

std::string PodWorkers::runtimeProblem() const {
  std::lock_guard lock(relistMutex_);
  return problem_;
}

}  // namespace taskpod::kubelet
