#include "taskpod/kube/events.h"

#include <atomic>

#include "taskpod/base/log.h"
#include "taskpod/base/time.h"

namespace taskpod::kube {
namespace {

constexpr std::size_t kMostWaiting = 5000;
constexpr std::size_t kMostRemembered = 4096;
constexpr std::size_t kLongestMessage = 1024;

std::string uniqueSuffix() {
  static std::atomic<std::uint64_t> counter{0};
  char text[40];
  std::snprintf(text, sizeof text, "%llx%02llx", static_cast<unsigned long long>(wallNow().time_since_epoch().count()),
                static_cast<unsigned long long>(counter++ & 0xff));
  return text;
}

}  // namespace

k8s::ObjectReference referenceTo(std::string_view apiVersion, std::string_view kind, const k8s::ObjectMeta& meta) {
  k8s::ObjectReference out;
  out.apiVersion = apiVersion;
  out.kind = kind;
  out.namespace_ = meta.namespace_;
  out.name = meta.name;
  out.uid = meta.uid;
  out.resourceVersion = meta.resourceVersion;
  return out;
}

k8s::ObjectReference referenceTo(const k8s::Pod& pod) { return referenceTo("v1", "Pod", pod.metadata); }

EventRecorder::EventRecorder(Client& client, std::string component, std::string host)
    : client_(client),
      component_(std::move(component)),
      host_(std::move(host)),
      thread_([this] { run(); }) {}

EventRecorder::~EventRecorder() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

void EventRecorder::record(const k8s::ObjectReference& about, std::string_view type, std::string_view reason, std::string message) {
  if (message.size() > kLongestMessage) message = message.substr(0, kLongestMessage - 4) + " ...";
  std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMostWaiting) waiting_.pop_front();
  waiting_.push_back({about, std::string(type), std::string(reason), std::move(message)});
  changed_.notify_one();
}

void EventRecorder::run() {
  for (;;) {
    Waiting event;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopped_ || !waiting_.empty(); });
      if (stopped_ || waiting_.empty()) return;
      event = std::move(waiting_.front());
      waiting_.pop_front();
    }
    write(event);
  }
}

void EventRecorder::write(const Waiting& event) {
  std::string ns = event.about.namespace_.empty() ? "default" : event.about.namespace_;
  std::string key =
      event.about.kind + ns + "/" + event.about.name + event.about.uid + event.about.fieldPath + event.type + event.reason + event.message;
  std::string now = formatTime(wallNow());
  if (auto known = written_.find(key); known != written_.end()) {
    ++known->second.count;
    auto patched = client_.patch<k8s::Event>(ns, known->second.name, "", PatchKind::Merge,
                                             "{\"count\":" + std::to_string(known->second.count) + ",\"lastTimestamp\":\"" + now + "\"}");
    if (patched || patched.error().reason != Reason::NotFound) return;
    written_.erase(known);
  }
  k8s::Event out;
  out.apiVersion = "v1";
  out.kind = "Event";
  out.metadata.name = event.about.name.substr(0, 200) + "." + uniqueSuffix();
  out.metadata.namespace_ = ns;
  out.involvedObject = event.about;
  out.type = event.type;
  out.reason = event.reason;
  out.message = event.message;
  out.count = 1;
  out.firstTimestamp = out.lastTimestamp = now;
  out.source.component = component_;
  out.source.host = host_;
  out.reportingComponent = component_;
  out.reportingInstance = host_;
  auto created = client_.create(ns, out);
  if (!created) {
    log::debug("event not written", {{"reason", event.reason}, {"object", event.about.name}, {"error", created.error().message}});
    return;
  }
  if (written_.size() >= kMostRemembered) written_.clear();
  written_[key] = {out.metadata.name, 1, now};
}

}  // namespace taskpod::kube
