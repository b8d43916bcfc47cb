#include "controller/ecs_api/endpoint.h"

#include <algorithm>

#include "taskpod/base/log.h"
#include "taskpod/k8s/names.h"
#include "taskpod/translate/convert.h"

namespace taskpod::controller {
namespace {

kube::InformerOptions everywhere() { return {.namespace_ = {}, .query = {}, .canceller = std::make_shared<net::Canceller>()}; }

kube::InformerOptions accessKeys() {
  return {.namespace_ = "taskpod-system",
          .query = "labelSelector=" + net::encodeQuery(std::string(k8s::kAccessKey) + "=true"),
          .canceller = std::make_shared<net::Canceller>()};
}

}  // namespace

EcsEndpoint::EcsEndpoint(kube::Client& client, kube::Informer<k8s::Node>& nodes, kube::Informer<k8s::Pod>& pods)
    : client_(client),
      access_(client),
      namespaces_(client, everywhere(), [this](const auto& was, const auto& is) { view_.onNamespace(was, is); }),
      revisions_(client, everywhere(), [this](const auto& was, const auto& is) { view_.onRevision(was, is); }),
      services_(client, everywhere(), [this](const auto& was, const auto& is) { view_.onService(was, is); }),
      clusters_(client, everywhere(), [this](const auto& was, const auto& is) { view_.onCluster(was, is); }),
      providers_(client, everywhere(), [this](const auto& was, const auto& is) { view_.onProvider(was, is); }),
      secrets_(client, accessKeys(), [this](const auto& was, const auto& is) { access_.onSecret(was, is); }),
      nodes_(nodes),
      pods_(pods) {}

EcsEndpoint::~EcsEndpoint() { end(); }

void EcsEndpoint::start() {
  for (bool told = false;;) {
    auto done = grants_.load(client_);
    bool later = !done && isTransient(done.error().reason);
    if (!done && !told) log::warn("no key for grants of roles yet", {{"error", done.error().message}});
    told = true;
    if (!later || ended_->sleepUntil(net::in(std::chrono::seconds(1)))) break;
  }
  nodeSubscription_ = nodes_.subscribe([this](const auto& was, const auto& is) { view_.onNode(was, is); });
  podSubscription_ = pods_.subscribe([this](const auto& was, const auto& is) { view_.onPod(was, is); });
  namespaces_.start();
  revisions_.start();
  services_.start();
  clusters_.start();
  providers_.start();
  secrets_.start();
  forgetter_ = std::jthread([this] { forgetLoop(); });
}

bool EcsEndpoint::waitForSync() const {
  return nodes_.waitForSync() && pods_.waitForSync() && namespaces_.waitForSync() && revisions_.waitForSync() && services_.waitForSync() &&
         clusters_.waitForSync() && providers_.waitForSync() && secrets_.waitForSync();
}

void EcsEndpoint::end() {
  ended_->cancel();
  if (forgetter_.joinable()) forgetter_.join();
  nodeSubscription_.reset();
  podSubscription_.reset();
  namespaces_.stop();
  revisions_.stop();
  services_.stop();
  clusters_.stop();
  providers_.stop();
  secrets_.stop();
}

void EcsEndpoint::forgetLoop() {
  while (!ended_->sleepUntil(net::in(std::chrono::minutes(1)))) view_.forget(wallNow());
}

int kubeMinorOf(kube::Client& client) {
  net::Canceller never;
  auto body = client.call("GET", "/version");
  for (int i = 0; i < 60 && !body && isTransient(body.error().reason); ++i) {
    never.sleepUntil(net::in(std::chrono::seconds(1)));
    body = client.call("GET", "/version");
  }
  auto version = body ? json::Document::parse(*body) : Result<json::Document>(body.error());
  if (!version) return translate::kNewestMinor;
  int minor = std::atoi(std::string(version->root().stringAt("minor")).c_str());
  return std::clamp(minor, translate::kOldestMinor, translate::kNewestMinor);
}

}  // namespace taskpod::controller
