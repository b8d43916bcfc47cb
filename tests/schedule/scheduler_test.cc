#include "taskpod/schedule/scheduler.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "taskpod/translate/placement.h"

namespace taskpod::schedule {
namespace {

struct NodeSpec {
  std::string name;
  std::string cpu = "4", memory = "8Gi", pods = "110";
  std::map<std::string, std::string> labels = {};
  std::vector<k8s::Taint> taints = {};
  bool unschedulable = false;
};

k8s::Node nodeOf(const NodeSpec& spec) {
  k8s::Node node;
  node.metadata.name = spec.name;
  node.metadata.labels = spec.labels;
  node.spec.taints = spec.taints;
  node.spec.unschedulable = spec.unschedulable;
  node.status.allocatable = {{"cpu", {spec.cpu}}, {"memory", {spec.memory}}, {"pods", {spec.pods}}};
  return node;
}

k8s::Pod podOf(const std::string& name, const std::string& cpu = "", const std::string& memory = "") {
  k8s::Pod pod;
  pod.metadata.name = pod.metadata.uid = name;
  auto& container = pod.spec.containers.emplace_back();
  container.name = "c";
  container.image = "nginx";
  if (!cpu.empty()) container.resources.requests["cpu"] = {cpu};
  if (!memory.empty()) container.resources.requests["memory"] = {memory};
  return pod;
}

class Cluster {
 public:
  explicit Cluster(const std::vector<NodeSpec>& nodes) {
    for (const auto& spec : nodes) snapshot.setNode(translate::factsOf(std::make_shared<const k8s::Node>(nodeOf(spec))));
  }
  void place(k8s::Pod pod, const std::string& node) {
    pod.spec.nodeName = node;
    snapshot.setPod(translate::factsOf(std::make_shared<const k8s::Pod>(std::move(pod))));
  }
  std::string choice(const k8s::Pod& pod, std::uint64_t seed = 1) {
    auto policy = translate::policyOf(pod);
    EXPECT_TRUE(policy);
    auto decision = scheduler.decide(snapshot, Request(pod, *policy), seed);
    return decision.slot < 0 ? "" : snapshot.node(static_cast<std::size_t>(decision.slot)).metadata.name;
  }
  std::string message(const k8s::Pod& pod) { return scheduler.explain(snapshot, Request(pod, *translate::policyOf(pod))).message; }
  Snapshot snapshot;
  Scheduler scheduler;
};

TEST(Scheduler, PrefersTheNodeWithMostFree) {
  Cluster cluster({{.name = "a"}, {.name = "b"}});
  cluster.place(podOf("x", "2", "4Gi"), "a");
  EXPECT_EQ(cluster.choice(podOf("p", "1", "1Gi")), "b");
}

TEST(Scheduler, SaysWhyNoNodeFitsInKubernetesWords) {
  Cluster cluster({{.name = "small", .cpu = "1"},
                   {.name = "tainted", .taints = {{"k", "v", "NoSchedule", "", {}}}},
                   {.name = "closed", .unschedulable = true},
                   {.name = "full", .pods = "0"}});
  EXPECT_EQ(
      cluster.message(podOf("p", "2", "1Gi")),
      "0/4 nodes are available: 1 Insufficient cpu, 1 Too many pods, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable.");
}

TEST(Scheduler, ATolerationLetsThePodIn) {
  Cluster cluster(std::vector<NodeSpec>{{.name = "tainted", .taints = {{"k", "v", "NoSchedule", "", {}}}}});
  k8s::Pod pod = podOf("p");
  EXPECT_EQ(cluster.choice(pod), "");
  pod.spec.tolerations.push_back({"k", "Equal", "v", "NoSchedule", std::nullopt, {}});
  EXPECT_EQ(cluster.choice(pod), "tainted");
}

TEST(Scheduler, HostPortsExcludeEachOtherOnANode) {
  Cluster cluster({{.name = "a"}, {.name = "b"}});
  k8s::Pod web = podOf("web");
  web.spec.containers[0].ports.push_back({"", 80, 80, "TCP", "", {}});
  cluster.place(web, "a");
  web.metadata.uid = "web2";
  EXPECT_EQ(cluster.choice(web), "b");
  cluster.place(web, "b");
  web.metadata.uid = "web3";
  EXPECT_EQ(cluster.message(web), "0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports.");
}

TEST(Scheduler, NodeSelectorAndAffinityNarrow) {
  Cluster cluster({{.name = "a", .labels = {{"disk", "ssd"}}}, {.name = "b", .labels = {{"disk", "hdd"}}}});
  k8s::Pod pod = podOf("p");
  pod.spec.nodeSelector = {{"disk", "hdd"}};
  EXPECT_EQ(cluster.choice(pod), "b");
}

TEST(Scheduler, AnEqualSnapshotAndSeedGiveAnEqualAnswer) {
  std::vector<NodeSpec> nodes;
  for (int i = 0; i < 20; ++i) nodes.push_back({.name = "n" + std::to_string(i)});
  Cluster cluster(nodes);
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    std::string first = cluster.choice(podOf("p"), seed);
    EXPECT_EQ(first, cluster.choice(podOf("p"), seed));
    seen.insert(first);
  }
  EXPECT_GT(seen.size(), 5u) << "ties are spread over the nodes";
}

k8s::Pod ecsPod(const std::string& name, const std::string& group, const std::string& strategy, const std::string& constraints = "") {
  k8s::Pod pod = podOf(name, "500m", "512Mi");
  pod.metadata.annotations["ecs.taskpod.io/group"] = group;
  if (!strategy.empty()) pod.metadata.annotations["ecs.taskpod.io/placement-strategy"] = strategy;
  if (!constraints.empty()) pod.metadata.annotations["ecs.taskpod.io/placement-constraints"] = constraints;
  return pod;
}

TEST(EcsPlacement, DistinctInstanceUsesEveryNodeOnceAndThenFails) {
  Cluster cluster({{.name = "a"}, {.name = "b"}});
  std::set<std::string> used;
  for (int i = 0; i < 2; ++i) {
    k8s::Pod pod = ecsPod("t" + std::to_string(i), "family:web", "", R"([{"type":"distinctInstance"}])");
    std::string node = cluster.choice(pod);
    used.insert(node);
    cluster.place(pod, node);
  }
  EXPECT_EQ(used.size(), 2u);
  k8s::Pod third = ecsPod("t3", "family:web", "", R"([{"type":"distinctInstance"}])");
  EXPECT_EQ(cluster.message(third), "0/2 nodes are available: 2 node(s) didn't satisfy the placement constraint distinctInstance.");
}

TEST(EcsPlacement, BinpackNeverOpensAnEmptyNodeWhileAnotherFits) {
  Cluster cluster({{.name = "a"}, {.name = "b"}, {.name = "c"}});
  std::set<std::string> used;
  for (int i = 0; i < 8; ++i) {
    k8s::Pod pod = ecsPod("t" + std::to_string(i), "family:x", R"([{"type":"binpack","field":"memory"}])");
    std::string node = cluster.choice(pod, static_cast<std::uint64_t>(i));
    used.insert(node);
    cluster.place(pod, node);
  }
  EXPECT_EQ(used.size(), 1u) << "8 tasks of half a core fit one node of 4";
}

TEST(EcsPlacement, SpreadKeepsDomainsWithinOneOfEachOther) {
  std::vector<NodeSpec> nodes;
  for (int i = 0; i < 6; ++i)
    nodes.push_back({.name = "n" + std::to_string(i), .labels = {{"topology.kubernetes.io/zone", "z" + std::to_string(i % 3)}}});
  Cluster cluster(nodes);
  std::map<std::string, int> perZone, perNode;
  for (int i = 0; i < 20; ++i) {
    k8s::Pod pod = ecsPod("t" + std::to_string(i), "service:web",
                          R"([{"type":"spread","field":"attribute:ecs.availability-zone"},{"type":"spread","field":"instanceId"}])");
    std::string node = cluster.choice(pod, static_cast<std::uint64_t>(i));
    ASSERT_NE(node, "");
    cluster.place(pod, node);
    ++perNode[node];
    ++perZone["z" + std::to_string((node[1] - '0') % 3)];
    int least = std::min({perZone["z0"], perZone["z1"], perZone["z2"]}), most = std::max({perZone["z0"], perZone["z1"], perZone["z2"]});
    EXPECT_LE(most - least, 1);
  }
}

TEST(Requests, CountInitContainersSidecarsAndOverheadAsTheManualSays) {
  k8s::Pod pod = podOf("p", "1", "1Gi");
  k8s::Container sidecar = pod.spec.containers[0];
  sidecar.name = "s";
  sidecar.restartPolicy = "Always";
  sidecar.resources.requests = {{"cpu", {"200m"}}};
  k8s::Container init = pod.spec.containers[0];
  init.name = "i";
  init.resources.requests = {{"cpu", {"2"}}};
  pod.spec.initContainers = {sidecar, init};
  pod.spec.overhead = {{"cpu", {"100m"}}};
  EXPECT_EQ(requestsOf(pod).milliCpu, 2300);  // max(1000 + 200, 2000 + 200) + 100
  EXPECT_EQ(requestsOf(pod).memory, 1 << 30);
  pod.spec.resources.emplace().requests["cpu"] = {"5"};
  EXPECT_EQ(requestsOf(pod).milliCpu, 5100);
}

// The fast scan must agree with asking every filter of every node, whatever the cluster looks like, also after nodes and pods came and
// went.
TEST(Scheduler, TheScanEqualsAskingEveryFilter) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 random(seed);
    auto upTo = [&](std::uint64_t n) { return random() % n; };
    std::vector<NodeSpec> nodes;
    for (std::size_t i = 0, n = 1 + upTo(12); i < n; ++i) {
      NodeSpec spec{.name = "n" + std::to_string(i),
                    .cpu = std::to_string(1 + upTo(4)),
                    .memory = std::to_string(1 + upTo(4)) + "Gi",
                    .pods = std::to_string(upTo(5))};
      if (upTo(3) == 0) spec.taints = {{"k", "v", upTo(2) ? "NoSchedule" : "PreferNoSchedule", "", {}}};
      if (upTo(3) == 0) spec.labels = {{"disk", "ssd"}};
      spec.unschedulable = upTo(6) == 0;
      nodes.push_back(spec);
    }
    Cluster cluster(nodes);
    for (std::size_t i = 0, n = upTo(20); i < n; ++i)
      cluster.place(podOf("x" + std::to_string(i), std::to_string(upTo(1500)) + "m", std::to_string(upTo(1000)) + "Mi"),
                    "n" + std::to_string(upTo(14)));
    for (std::size_t i = 0, n = upTo(5); i < n; ++i) cluster.snapshot.removePod("x" + std::to_string(upTo(20)));
    if (upTo(3) == 0) cluster.snapshot.removeNode("n0");
    k8s::Pod pod = podOf("p", std::to_string(upTo(2000)) + "m", std::to_string(upTo(2000)) + "Mi");
    if (upTo(2)) pod.spec.nodeSelector = {{"disk", "ssd"}};
    Request request(pod, {});
    auto decision = cluster.scheduler.decide(cluster.snapshot, request, seed);
    auto explanation = cluster.scheduler.explain(cluster.snapshot, request);
    std::size_t feasible = 0;
    int best = -1;
    for (const auto& node : explanation.nodes) {
      feasible += node.feasible;
      if (node.feasible) best = std::max(best, node.scores.total());
    }
    ASSERT_EQ(decision.feasible, feasible) << "seed " << seed;
    for (const auto& node : explanation.nodes)
      if (decision.slot == static_cast<std::int64_t>(node.slot)) {
        ASSERT_EQ(node.scores.total(), best) << "seed " << seed;
      }
  }
}

TEST(Snapshot, ANodeThatReturnsCountsItsPodsAgain) {
  Cluster cluster(std::vector<NodeSpec>{{.name = "a", .cpu = "1"}});
  cluster.place(podOf("x", "900m"), "a");
  cluster.snapshot.removeNode("a");
  EXPECT_EQ(cluster.snapshot.liveNodes(), 0u);
  cluster.snapshot.setNode(translate::factsOf(std::make_shared<const k8s::Node>(nodeOf({.name = "a", .cpu = "1"}))));
  EXPECT_EQ(cluster.choice(podOf("p", "200m")), "");
  cluster.snapshot.removePod("x");
  EXPECT_EQ(cluster.choice(podOf("p", "200m")), "a");
}

}  // namespace
}  // namespace taskpod::schedule
