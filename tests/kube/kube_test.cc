#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "taskpod/kube/informer.h"
#include "taskpod/kube/leader_election.h"
#include "tests/support/fake_kube.h"

namespace taskpod::kube {
namespace {

using std::chrono::seconds;

TEST(WatchState, ListsAgainAfterGoneAndWatchesOnAfterAnythingElse) {
  WatchState state;
  EXPECT_EQ(state.next(), WatchState::Step::List);
  state.listed("5");
  EXPECT_EQ(state.next(), WatchState::Step::Watch);
  state.advanced("7");
  state.failed({Reason::Unavailable, "cut", 0});
  EXPECT_EQ(state.next(), WatchState::Step::Watch);
  EXPECT_EQ(state.version(), "7");
  for (Reason reason : {Reason::Gone, Reason::Expired}) {
    state.listed("9");
    state.failed({reason, "too old", 0});
    EXPECT_EQ(state.next(), WatchState::Step::List);
  }
}

TEST(WatchEvent, IsReadFromALineAndNothingElseIs) {
  auto event = parseWatchEvent(R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"12"}}})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, WatchEventType::Bookmark);
  EXPECT_EQ(resourceVersionOf(event->object), "12");
  for (const char* bad : {"", "{}", "null", R"({"type":"ADDED"})", R"({"type":"OTHER","object":{}})", R"({"type":"ADDED","object":)"})
    EXPECT_FALSE(parseWatchEvent(bad)) << bad;
}

// Collects what an informer tells and lets a test wait for a state of the world.
template <class T>
struct Watched {
  explicit Watched(Client& client)
      : informer(client,
                 {.namespace_ = {},
                  .query = {},
                  .canceller = std::make_shared<net::Canceller>(),
                  .backoff = {std::chrono::milliseconds(1), std::chrono::milliseconds(5)}},
                 [this](const auto& was, const auto& is) {
                   std::lock_guard lock(mutex);
                   if (!was) ++added;
                   if (!is) ++removed;
                   changed.notify_all();
                 }) {
    informer.start();
  }
  template <class Condition>
  bool until(const Condition& condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, seconds(10), condition);
  }
  std::mutex mutex;
  std::condition_variable changed;
  int added = 0, removed = 0;
  Informer<T> informer;
};

std::string pod(const std::string& name, const std::string& version) {
  return R"({"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"default","name":")" + name + R"(","uid":"u-)" + name +
         R"(","resourceVersion":")" + version + "\"}}";
}

TEST(Informer, ShowsTheListAndWhatComesAfterIt) {
  tests::FakeKube server;
  server.set("pods", pod("a", "1"));
  auto client = server.client();
  Watched<k8s::Pod> watched(*client);
  ASSERT_TRUE(watched.until([&] { return watched.added == 1; }));
  server.set("pods", pod("b", "2"));
  ASSERT_TRUE(watched.until([&] { return watched.added == 2; }));
  EXPECT_TRUE(watched.informer.get("default/b"));
  server.remove("pods", "default", "a");
  ASSERT_TRUE(watched.until([&] { return watched.removed == 1; }));
  EXPECT_FALSE(watched.informer.get("default/a"));
}

TEST(Informer, ConvergesWhenWatchesAreCutAndVersionsAreGone) {
  tests::FakeKube server;
  server.set("pods", pod("a", "1"));
  auto client = server.client();
  Watched<k8s::Pod> watched(*client);
  ASSERT_TRUE(watched.until([&] { return watched.added == 1; }));
  server.cutWatches();
  server.set("pods", pod("b", "2"));
  ASSERT_TRUE(watched.until([&] { return watched.added == 2; }));
  server.forgetHistory();  // the next watch from an old version is answered with 410
  server.cutWatches();
  server.removeSilently("pods", "default", "a");
  server.set("pods", pod("c", "9"));
  ASSERT_TRUE(watched.until([&] { return watched.added == 3 && watched.removed == 1; }));
  EXPECT_EQ(watched.informer.list().size(), 2u);
}

TEST(Informer, ConvergesAfterServerErrors) {
  tests::FakeKube server;
  server.failNext(503, 3);
  server.set("pods", pod("a", "1"));
  auto client = server.client();
  Watched<k8s::Pod> watched(*client);
  EXPECT_TRUE(watched.until([&] { return watched.added == 1; }));
}

TEST(Client, GivesTheReasonOfTheServersStatus) {
  tests::FakeKube server;
  auto client = server.client();
  auto missing = client->get<k8s::Pod>("default", "none");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().reason, Reason::NotFound);
  EXPECT_EQ(missing.error().message, "pods \"none\" not found");
  server.failNext(429, 1);
  auto busy = client->get<k8s::Pod>("default", "none");
  EXPECT_EQ(busy.error().reason, Reason::TooManyRequests);
  EXPECT_EQ(busy.error().retryAfterSeconds, 1);
}

TEST(LeaseAction, TakesWhatNobodyRenews) {
  k8s::Lease lease;
  lease.spec.leaseDurationSeconds = 15;
  EXPECT_EQ(leaseAction(lease, "me", seconds(0)), LeaseAction::Take);
  lease.spec.holderIdentity = "other";
  EXPECT_EQ(leaseAction(lease, "me", seconds(14)), LeaseAction::Wait);
  EXPECT_EQ(leaseAction(lease, "me", seconds(15)), LeaseAction::Take);
  lease.spec.holderIdentity = "me";
  EXPECT_EQ(leaseAction(lease, "me", seconds(99)), LeaseAction::Renew);
}

std::string writeTemporary(const std::string& name, const std::string& text) {
  auto path = std::filesystem::temp_directory_path() / ("taskpod-test-" + std::to_string(::getpid()) + "-" + name);
  std::ofstream(path) << text;
  return path.string();
}

TEST(Kubeconfig, TakesTheCurrentContextAndReadsItsFiles) {
  std::string token = writeTemporary("token", "secret\n");
  std::string path = writeTemporary("config",
                                    "apiVersion: v1\nkind: Config\ncurrent-context: b\nclusters: [{name: c, cluster: {server: "
                                    "'https://h:1', insecure-skip-tls-verify: true}}]\nusers: [{name: u, user: {tokenFile: " +
                                        token +
                                        "}}, {name: v, user: {username: x, password: p}}]\ncontexts: [{name: a, context: {cluster: c, "
                                        "user: v}}, {name: b, context: {cluster: c, user: u, namespace: web}}]\n");
  auto config = loadKubeconfig(path);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->server, "https://h:1");
  EXPECT_EQ(config->namespace_, "web");
  EXPECT_EQ(*Credentials(*config).authorization(), "Bearer secret");
  auto other = loadKubeconfig(path, "a");
  EXPECT_EQ(*Credentials(*other).authorization(), "Basic eDpw");
  auto none = loadKubeconfig(path, "z");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, path + ": contexts: no context \"z\"");
  std::filesystem::remove(token);
  std::filesystem::remove(path);
}

TEST(Kubeconfig, AsksACredentialPlugin) {
  ClientConfig config;
  config.exec = ExecPlugin{"sh",
                           {"-c", R"(echo '{"kind":"ExecCredential","status":{"token":"'$WHO'"}}')"},
                           {{"WHO", "plugin"}},
                           "client.authentication.k8s.io/v1"};
  EXPECT_EQ(*Credentials(config).authorization(), "Bearer plugin");
  config.exec->args = {"-c", "exit 3"};
  EXPECT_EQ(Credentials(config).authorization().error().reason, Reason::Unauthorized);
}

}  // namespace
}  // namespace taskpod::kube
