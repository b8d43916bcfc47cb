#include <gtest/gtest.h>

#include <set>

#include "controller/scheduler_loop.h"
#include "tests/support/fake_kube.h"

namespace taskpod::controller {
namespace {

using std::chrono::seconds;

std::shared_ptr<const k8s::Pod> pod(const std::string& uid, int priority = 0) {
  auto out = std::make_shared<k8s::Pod>();
  out->metadata.uid = out->metadata.name = uid;
  out->spec.priority = priority;
  return out;
}

TEST(SchedulingQueue, HandsOutByPriorityThenByAge) {
  SchedulingQueue queue;
  Time now{};
  queue.set(pod("old"), now);
  queue.set(pod("young"), now);
  queue.set(pod("urgent", 10), now);
  EXPECT_EQ(queue.pop(now)->pod->metadata.uid, "urgent");
  EXPECT_EQ(queue.pop(now)->pod->metadata.uid, "old");
  EXPECT_EQ(queue.pop(now)->pod->metadata.uid, "young");
  EXPECT_FALSE(queue.pop(now));
}

TEST(SchedulingQueue, APodThatFitsNowhereWaitsForAChangeAndThenForItsBackoff) {
  SchedulingQueue queue;
  Time now{};
  queue.set(pod("p"), now);
  queue.failed(*queue.pop(now), now);
  EXPECT_FALSE(queue.pop(now + seconds(200))) << "nothing changed";
  queue.wake(now + seconds(200));
  auto again = queue.pop(now + seconds(200));
  ASSERT_TRUE(again) << "its back-off of a second is long over";
  queue.failed(*again, now + seconds(200));
  queue.wake(now + seconds(200));
  EXPECT_FALSE(queue.pop(now + seconds(201))) << "the second back-off is two seconds";
  EXPECT_TRUE(queue.pop(now + seconds(202)));
}

TEST(SchedulingQueue, IsTriedAnyhowAfterFiveMinutes) {
  SchedulingQueue queue;
  Time now{};
  queue.set(pod("p"), now);
  queue.failed(*queue.pop(now), now);
  EXPECT_EQ(queue.nextDue(), now + SchedulingQueue::kLongestWait);
  EXPECT_TRUE(queue.pop(now + SchedulingQueue::kLongestWait));
}

TEST(SchedulingQueue, AChangedPodIsTriedAgainAndARemovedOneIsNot) {
  SchedulingQueue queue;
  Time now{};
  queue.set(pod("p"), now);
  queue.failed(*queue.pop(now), now);
  auto changed = std::make_shared<k8s::Pod>(*pod("p"));
  changed->spec.nodeSelector = {{"a", "b"}};
  queue.set(changed, now);
  EXPECT_TRUE(queue.pop(now + seconds(1)));
  queue.set(pod("q"), now);
  queue.remove("q");
  EXPECT_FALSE(queue.pop(now + seconds(1000)));
}

std::string nodeText(const std::string& name, int cpu) {
  return R"({"metadata":{"name":")" + name + R"("},"status":{"allocatable":{"cpu":")" + std::to_string(cpu) +
         R"(","memory":"8Gi","pods":"110"}}})";
}
std::string podText(const std::string& name, const std::string& cpu) {
  return R"({"metadata":{"namespace":"default","name":")" + name + R"(","uid":"u-)" + name +
         R"("},"spec":{"schedulerName":"taskpod","containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":")" + cpu +
         R"("}}}]},"status":{}})";
}

// The loop on a fake API server.
struct Running {
  Running() : client(server.client()), events(*client, "taskpod", ""), loop(*client, events, metrics, {{"taskpod"}, 4}) {
    auto options = [] {
      return kube::InformerOptions{.namespace_ = {},
                                   .query = {},
                                   .canceller = std::make_shared<net::Canceller>(),
                                   .backoff = {std::chrono::milliseconds(1), std::chrono::milliseconds(5)}};
    };
    nodes =
        std::make_unique<kube::Informer<k8s::Node>>(*client, options(), [this](const auto& was, const auto& is) { loop.onNode(was, is); });
    pods = std::make_unique<kube::Informer<k8s::Pod>>(*client, options(), [this](const auto& was, const auto& is) {
      loop.onPod(was, is);
      std::lock_guard lock(mutex);
      changed.notify_all();
    });
  }
  void start() {
    nodes->start();
    pods->start();
    ASSERT_TRUE(nodes->waitForSync() && pods->waitForSync());
    loop.start();
  }
  template <class Condition>
  bool until(const Condition& condition) {
    std::unique_lock lock(mutex);
    auto end = std::chrono::steady_clock::now() + seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      changed.wait_for(lock, std::chrono::milliseconds(20));
    }
    return true;
  }
  std::string nodeOf(const std::string& name) {
    auto pod = pods->get("default/" + name);
    return pod ? pod->spec.nodeName : "";
  }
  tests::FakeKube server;
  std::unique_ptr<kube::Client> client;
  kube::EventRecorder events;
  Metrics metrics;
  SchedulerLoop loop;
  std::mutex mutex;
  std::condition_variable changed;
  std::unique_ptr<kube::Informer<k8s::Node>> nodes;
  std::unique_ptr<kube::Informer<k8s::Pod>> pods;
};

TEST(SchedulerLoop, BindsEveryPodOnceAndNeverOverfillsANode) {
  Running running;
  for (int i = 0; i < 4; ++i) running.server.set("nodes", nodeText("n" + std::to_string(i), 2));
  for (int i = 0; i < 16; ++i) running.server.set("pods", podText("p" + std::to_string(i), "500m"));
  running.start();
  auto bound = [&] {
    int count = 0;
    for (int i = 0; i < 16; ++i) count += !running.nodeOf("p" + std::to_string(i)).empty();
    return count == 16;
  };
  ASSERT_TRUE(running.until(bound));
  std::map<std::string, int> perNode;
  for (int i = 0; i < 16; ++i) ++perNode[running.nodeOf("p" + std::to_string(i))];
  for (const auto& [node, count] : perNode) EXPECT_EQ(count, 4) << node;
  std::set<std::string> posts;
  for (const auto& write : running.server.writes()) {
    bool first = !write.ends_with("/binding") || posts.insert(write).second;
    EXPECT_TRUE(first) << write << " twice";
  }
}

TEST(SchedulerLoop, SaysWhyAPodWaitsAndBindsItWhenANodeComes) {
  Running running;
  running.server.set("nodes", nodeText("small", 1));
  running.server.set("pods", podText("big", "3"));
  running.start();
  ASSERT_TRUE(running.until([&] {
    return running.server.get("pods", "default", "big").find("0/1 nodes are available: 1 Insufficient cpu.") != std::string::npos;
  }));
  running.server.set("nodes", nodeText("large", 8));
  ASSERT_TRUE(running.until([&] { return running.nodeOf("big") == "large"; }));
}

TEST(SchedulerLoop, TriesAgainAfterTheServerFailed) {
  Running running;
  running.server.set("nodes", nodeText("n", 4));
  running.start();
  running.server.failNext(500, 1);
  running.server.set("pods", podText("p", "1"));
  EXPECT_TRUE(running.until([&] { return running.nodeOf("p") == "n"; }));
}

}  // namespace
}  // namespace taskpod::controller
