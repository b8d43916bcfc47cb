#include "tests/support/fake_kube.h"

#include <nlohmann/json.hpp>

namespace taskpod::tests {
namespace {

using Json = nlohmann::ordered_json;

const net::Headers kJson = {{"Content-Type", "application/json"}};

std::string status(int code, const std::string& reason, const std::string& message) {
  return Json{{"kind", "Status"}, {"apiVersion", "v1"}, {"status", "Failure"}, {"reason", reason}, {"message", message}, {"code", code}}
      .dump();
}

struct Path {
  std::string plural, namespace_, name, subresource;
};

// /api/v1/[namespaces/NS/]PLURAL[/NAME[/SUB]] and /apis/G/V/…
Path parsePath(std::string path) {
  path = path.substr(0, path.find('?'));
  std::vector<std::string> parts;
  for (std::size_t from = 1; from <= path.size();) {
    std::size_t slash = std::min(path.find('/', from), path.size());
    parts.push_back(path.substr(from, slash - from));
    from = slash + 1;
  }
  std::size_t at = parts[0] == "api" ? 2 : 3;
  Path out;
  if (parts.size() > at + 2 && parts[at] == "namespaces") {
    out.namespace_ = parts[at + 1];
    at += 2;
  }
  out.plural = parts.size() > at ? parts[at] : "";
  out.name = parts.size() > at + 1 ? parts[at + 1] : "";
  out.subresource = parts.size() > at + 2 ? parts[at + 2] : "";
  return out;
}

std::string keyOf(const std::string& namespace_, const std::string& name) { return namespace_ + "/" + name; }

}  // namespace

FakeKube::FakeKube() {
  auto listener = net::Listener::open({"127.0.0.1", 0, false});
  server_ = std::make_unique<net::HttpServer>(std::move(*listener), net::HttpServerOptions{},
                                              [this](net::Exchange& exchange) { handle(exchange); });
}

FakeKube::~FakeKube() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  server_->stop();
}

std::unique_ptr<kube::Client> FakeKube::client() {
  kube::ClientConfig config;
  config.server = "http://127.0.0.1:" + std::to_string(server_->address().port);
  return std::move(*kube::Client::make(config, std::make_shared<net::Canceller>()));
}

void FakeKube::store(const std::string& plural, const std::string& namespace_, std::string object) {
  Json json = Json::parse(object);
  std::string name = json["metadata"]["name"];
  json["metadata"]["resourceVersion"] = std::to_string(++version_);
  auto& slot = objects_[plural][keyOf(namespace_, name)];
  std::string type = slot.empty() ? "ADDED" : "MODIFIED";
  slot = json.dump();
  history_.push_back({version_, plural, type, slot});
  changed_.notify_all();
}

void FakeKube::set(const std::string& plural, const std::string& object) {
  std::lock_guard lock(mutex_);
  store(plural, Json::parse(object)["metadata"].value("namespace", ""), object);
}

void FakeKube::remove(const std::string& plural, const std::string& namespace_, const std::string& name) {
  std::lock_guard lock(mutex_);
  auto found = objects_[plural].find(keyOf(namespace_, name));
  if (found == objects_[plural].end()) return;
  Json json = Json::parse(found->second);
  json["metadata"]["resourceVersion"] = std::to_string(++version_);
  history_.push_back({version_, plural, "DELETED", json.dump()});
  objects_[plural].erase(found);
  changed_.notify_all();
}

void FakeKube::removeSilently(const std::string& plural, const std::string& namespace_, const std::string& name) {
  std::lock_guard lock(mutex_);
  objects_[plural].erase(keyOf(namespace_, name));
}

std::string FakeKube::get(const std::string& plural, const std::string& namespace_, const std::string& name) {
  std::lock_guard lock(mutex_);
  auto found = objects_[plural].find(keyOf(namespace_, name));
  return found == objects_[plural].end() ? "" : found->second;
}

void FakeKube::cutWatches() {
  std::lock_guard lock(mutex_);
  ++generation_;
  changed_.notify_all();
}

void FakeKube::forgetHistory() {
  std::lock_guard lock(mutex_);
  history_.clear();
  oldest_ = ++version_;
}

void FakeKube::failNext(int code, int times) {
  std::lock_guard lock(mutex_);
  failStatus_ = code;
  failTimes_ = times;
}

std::vector<std::string> FakeKube::writes() {
  std::lock_guard lock(mutex_);
  return writes_;
}

void FakeKube::handle(net::Exchange& exchange) {
  const auto& request = exchange.request();
  Path path = parsePath(request.target);
  {
    std::lock_guard lock(mutex_);
    if (failTimes_ > 0) {
      --failTimes_;
      return exchange.respond(failStatus_, {{"Content-Type", "application/json"}, {"Retry-After", "1"}},
                              status(failStatus_, "", "told to fail"));
    }
  }
  if (request.method != "GET") return write(exchange, path.plural, path.namespace_, path.name, path.subresource);
  if (!path.name.empty()) {
    std::string object = get(path.plural, path.namespace_, path.name);
    if (object.empty()) return exchange.respond(404, kJson, status(404, "NotFound", path.plural + " \"" + path.name + "\" not found"));
    return exchange.respond(200, kJson, object);
  }
  std::string query = request.target.find('?') == std::string::npos ? "" : request.target.substr(request.target.find('?') + 1);
  std::int64_t from = 0;
  bool watching = false;
  for (const auto& [name, value] : net::parseQuery(query)) {
    if (name == "watch") watching = true;
    if (name == "resourceVersion") from = std::atoll(value.c_str());
  }
  if (watching)
    watch(exchange, path.plural, from);
  else
    list(exchange, path.plural);
}

void FakeKube::list(net::Exchange& exchange, const std::string& plural) {
  std::lock_guard lock(mutex_);
  std::string body = R"({"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":")" + std::to_string(version_) + R"("},"items":[)";
  bool first = true;
  for (const auto& [key, object] : objects_[plural]) {
    body += (first ? "" : ",") + object;
    first = false;
  }
  exchange.respond(200, kJson, body + "]}");
}

void FakeKube::watch(net::Exchange& exchange, const std::string& plural, std::int64_t from) {
  std::unique_lock lock(mutex_);
  if (from < oldest_) {
    lock.unlock();
    return exchange.respond(410, kJson, status(410, "Expired", "too old resource version"));
  }
  int generation = generation_;
  lock.unlock();
  exchange.begin(200, kJson);
  lock.lock();
  while (!stopped_ && generation == generation_) {
    std::string lines;
    for (const Event& event : history_) {
      if (event.version <= from || event.plural != plural) continue;
      lines += R"({"type":")" + event.type + R"(","object":)" + event.object + "}\n";
      from = event.version;
    }
    if (!lines.empty()) {
      lock.unlock();
      if (!exchange.write(lines)) return;
      lock.lock();
      continue;
    }
    changed_.wait(lock);
  }
}

void FakeKube::write(net::Exchange& exchange, const std::string& plural, const std::string& namespace_, const std::string& name,
                     const std::string& subresource) {
  const auto& request = exchange.request();
  std::unique_lock lock(mutex_);
  writes_.push_back(request.method + " " + request.target);
  auto found = objects_[plural].find(keyOf(namespace_, name));
  bool there = found != objects_[plural].end();
  if (request.method == "POST" && name.empty()) {
    Json object = Json::parse(request.body);
    if (!namespace_.empty()) object["metadata"]["namespace"] = namespace_;
    std::string key = keyOf(namespace_, object["metadata"]["name"]);
    if (objects_[plural].contains(key)) return exchange.respond(409, kJson, status(409, "AlreadyExists", "already exists"));
    if (!object["metadata"].contains("uid")) object["metadata"]["uid"] = "uid-" + std::to_string(version_ + 1);
    store(plural, namespace_, object.dump());
    return exchange.respond(201, kJson, objects_[plural][key]);
  }
  if (!there) return exchange.respond(404, kJson, status(404, "NotFound", plural + " \"" + name + "\" not found"));
  Json object = Json::parse(found->second);
  if (request.method == "POST" && subresource == "binding") {
    if (object.contains("spec") && !object["spec"].value("nodeName", "").empty())
      return exchange.respond(409, kJson, status(409, "Conflict", "pod " + name + " is already assigned to node"));
    object["spec"]["nodeName"] = Json::parse(request.body)["target"]["name"];
  } else if (request.method == "PATCH") {
    object.merge_patch(Json::parse(request.body));
  } else if (request.method == "PUT") {
    Json fresh = Json::parse(request.body);
    if (fresh["metadata"].value("resourceVersion", "") != object["metadata"]["resourceVersion"])
      return exchange.respond(409, kJson, status(409, "Conflict", "the object has been modified"));
    object = fresh;
  } else if (request.method == "DELETE") {
    lock.unlock();
    remove(plural, namespace_, name);
    return exchange.respond(200, kJson, status(200, "", "deleted"));
  }
  store(plural, namespace_, object.dump());
  exchange.respond(request.method == "POST" ? 201 : 200, kJson, objects_[plural][keyOf(namespace_, name)]);
}

}  // namespace taskpod::tests
