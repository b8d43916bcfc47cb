// Informer<T>: keeps a copy of all objects of a kind (or of those a selector picks) and tells what changes. One thread per informer lists
// and watches; handlers run on it, one at a time. Readers take shared_ptrs to objects that never change. A new list is swapped in whole.
// Whoever comes later subscribes, and is first told every object that is there; subscribers are told in the order in which they came.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "taskpod/base/backoff.h"
#include "taskpod/base/log.h"
#include "taskpod/kube/client.h"
#include "taskpod/kube/watch.h"

namespace taskpod::kube {

// The key of an object everywhere: namespace/name, or the name of one that has no namespace.
inline std::string keyOf(const k8s::ObjectMeta& meta) { return meta.namespace_.empty() ? meta.name : meta.namespace_ + "/" + meta.name; }

struct ListPage {
  std::vector<std::string> items;  // JSON text
  std::string resourceVersion;
  std::string continue_;
};
Result<ListPage> parseListPage(const std::string& body);

struct InformerOptions {
  std::string namespace_;
  std::string query;  // "fieldSelector=…", encoded; "" for all
  std::shared_ptr<net::Canceller> canceller;
  Backoff backoff{std::chrono::milliseconds(200), std::chrono::milliseconds(10'000)};
};

template <class T>
class Informer {
 public:
  using Object = std::shared_ptr<const T>;
  // (was, is): was null for a new object, is null for one that has gone.
  using Handler = std::function<void(const Object& was, const Object& is)>;

  Informer(Client& client, InformerOptions options, Handler handler)
      : client_(client),
        options_(std::move(options)),
        handler_(std::move(handler)) {}
  ~Informer() { stop(); }
  Informer(const Informer&) = delete;
  Informer& operator=(const Informer&) = delete;

  // Until the subscription is destroyed. The objects that are there come first, on the caller's thread, as new ones; nothing is missed or
  // told twice. Must not be called from a handler.
  class Subscription {
   public:
    ~Subscription() {
      std::lock_guard lock(informer_.dispatchMutex_);
      std::erase_if(informer_.subscribers_, [&](const auto& one) { return one.first == this; });
    }
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

   private:
    friend class Informer;
    explicit Subscription(Informer& informer) : informer_(informer) {}
    Informer& informer_;
  };
  [[nodiscard]] std::unique_ptr<Subscription> subscribe(Handler handler) {
    std::lock_guard dispatching(dispatchMutex_);
    for (const Object& object : list()) handler(nullptr, object);
    std::unique_ptr<Subscription> subscription(new Subscription(*this));
    subscribers_.emplace_back(subscription.get(), std::move(handler));
    return subscription;
  }

  void start() {
    thread_ = std::jthread([this] { run(); });
  }
  void stop() {
    options_.canceller->cancel();
    if (thread_.joinable()) thread_.join();
  }

  Object get(const std::string& key) const {
    std::lock_guard lock(mutex_);
    auto found = objects_.find(key);
    return found == objects_.end() ? nullptr : found->second;
  }
  std::vector<Object> list() const {
    std::lock_guard lock(mutex_);
    std::vector<Object> out;
    out.reserve(objects_.size());
    for (const auto& [key, object] : objects_) out.push_back(object);
    return out;
  }
  // True once the first list is in; false if it was cancelled before.
  bool waitForSync() const {
    std::unique_lock lock(mutex_);
    while (!synced_ && !options_.canceller->isCancelled()) changed_.wait_for(lock, std::chrono::milliseconds(100));
    return synced_;
  }
  bool isSynced() const {
    std::lock_guard lock(mutex_);
    return synced_;
  }

 private:
  void run() {
    while (!options_.canceller->isCancelled()) {
      auto done = state_.next() == WatchState::Step::List ? listAll() : watch();
      if (done) {
        if (reported_) log::info("watch works again", {{"resource", kPathOf<T>.plural}});
        reported_ = false;
        continue;
      }
      if (done.error().reason == Reason::Cancelled) return;
      state_.failed(done.error());
      bool gone = done.error().reason == Reason::Gone || done.error().reason == Reason::Expired;
      if (!reported_ && !gone) log::warn("watch failed, trying again", {{"resource", kPathOf<T>.plural}, {"error", done.error().message}});
      reported_ = reported_ || !gone;
      auto wait = std::max(options_.backoff.after(state_.failures()), std::chrono::milliseconds(done.error().retryAfterSeconds * 1000));
      if (options_.canceller->sleepUntil(net::in(wait))) return;
    }
  }

  std::string path(const std::string& more) const {
    std::string out = pathOf(kPathOf<T>, options_.namespace_, "") + "?" + more;
    if (!options_.query.empty()) out += "&" + options_.query;
    return out;
  }

  Result<void> listAll() {
    std::map<std::string, Object> fresh;
    std::string version, continue_;
    do {
      auto body = client_.call("GET", path("limit=1000" + (continue_.empty() ? "" : "&continue=" + net::encodeQuery(continue_))));
      if (!body) return body.error();
      auto page = parseListPage(*body);
      if (!page) return page.error();
      for (const auto& text : page->items) {
        auto object = json::read<T>(text);
        if (!object) return object.error();
        std::string key = keyOf(object->metadata);
        fresh[key] = std::make_shared<const T>(std::move(*object));
      }
      version = page->resourceVersion;
      continue_ = page->continue_;
    } while (!continue_.empty());
    replace(std::move(fresh));
    state_.listed(version);
    return {};
  }

  void tell(const Object& was, const Object& is) {
    if (handler_) handler_(was, is);
    for (const auto& [subscription, handler] : subscribers_) handler(was, is);
  }

  void replace(std::map<std::string, Object> fresh) {
    std::lock_guard dispatching(dispatchMutex_);
    std::map<std::string, Object> old;
    {
      std::lock_guard lock(mutex_);
      old = objects_;
      objects_ = fresh;
    }
    for (const auto& [key, was] : old)
      if (!fresh.contains(key)) tell(was, nullptr);
    for (const auto& [key, is] : fresh) {
      auto was = old.find(key);
      if (was == old.end())
        tell(nullptr, is);
      else if (was->second->metadata.resourceVersion != is->metadata.resourceVersion)
        tell(was->second, is);
    }
    std::lock_guard lock(mutex_);
    synced_ = true;
    changed_.notify_all();
  }

  Result<void> watch() {
    Result<void> outcome;
    auto onLine = [&](std::string_view line) {
      outcome = onEvent(line);
      return static_cast<bool>(outcome);
    };
    // The server ends the watch after its timeout; bookmarks come about once a minute, so silence for longer means a dead peer.
    constexpr auto kSilence = std::chrono::seconds(150);
    auto done = client_.lines(path("watch=1&allowWatchBookmarks=true&timeoutSeconds=480&resourceVersion=" + state_.version()), kSilence,
                              options_.canceller, onLine);
    if (!outcome) return outcome;
    if (!done) return done;
    state_.ended();
    return {};
  }

  Result<void> onEvent(std::string_view line) {
    auto event = parseWatchEvent(line);
    if (!event) return event.error();
    if (event->type == WatchEventType::Error) return errorOfStatus(event->object);
    if (event->type == WatchEventType::Bookmark) {
      state_.advanced(resourceVersionOf(event->object));
      return {};
    }
    auto object = json::read<T>(event->object);
    if (!object) return object.error();
    std::string key = keyOf(object->metadata);
    state_.advanced(object->metadata.resourceVersion);
    auto is = std::make_shared<const T>(std::move(*object));
    std::lock_guard dispatching(dispatchMutex_);
    Object was;
    {
      std::lock_guard lock(mutex_);
      auto found = objects_.find(key);
      if (found != objects_.end()) was = found->second;
      if (event->type != WatchEventType::Deleted)
        objects_[key] = is;
      else if (found != objects_.end())
        objects_.erase(found);
    }
    tell(event->type == WatchEventType::Deleted && !was ? is : was, event->type == WatchEventType::Deleted ? nullptr : is);
    return {};
  }

  // fixed after construction
  Client& client_;
  InformerOptions options_;
  Handler handler_;
  // used by the informer's thread only
  WatchState state_;
  bool reported_ = false;
  // held while a change is made and told; taken before mutex_
  std::mutex dispatchMutex_;
  std::vector<std::pair<Subscription*, Handler>> subscribers_;  // guarded by dispatchMutex_
  // guarded by mutex_
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::map<std::string, Object> objects_;
  bool synced_ = false;

  std::jthread thread_;
};

}  // namespace taskpod::kube
