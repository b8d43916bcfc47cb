#include "controller/ecs_api/capacity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/support/documents.h"

namespace taskpod::controller {
namespace {

using tests::parsed;

ecs::CapacityProviderStrategyItem item(const std::string& provider, int weight, int base = 0) {
  ecs::CapacityProviderStrategyItem out;
  out.capacityProvider = provider;
  out.weight = weight;
  if (base) out.base = base;
  return out;
}

std::map<std::string, std::int64_t> counted(const std::vector<std::string>& providers, std::map<std::string, std::int64_t> counts = {}) {
  for (const auto& provider : providers) ++counts[provider];
  return counts;
}
using Counts = std::map<std::string, std::int64_t>;

TEST(Distribute, FillsTheBaseFirstAndThenByWeight) {
  EXPECT_EQ(counted(distribute({item("FARGATE", 1, 1), item("FARGATE_SPOT", 4)}, 6, {})), (Counts{{"FARGATE", 2}, {"FARGATE_SPOT", 4}}));
  EXPECT_EQ(counted(distribute({item("FARGATE", 1, 5), item("FARGATE_SPOT", 4)}, 3, {})), (Counts{{"FARGATE", 3}}));
  EXPECT_EQ(distribute({item("FARGATE_SPOT", 4), item("FARGATE", 1, 1)}, 1, {}), (std::vector<std::string>{"FARGATE"}))
      << "whatever its place in the list";
}

TEST(Distribute, GivesNothingBeyondItsBaseToAProviderWithoutWeight) {
  EXPECT_EQ(counted(distribute({item("a", 0, 2), item("b", 1)}, 5, {})), (Counts{{"a", 2}, {"b", 3}}));
  EXPECT_EQ(counted(distribute({item("a", 0), item("b", 1)}, 5, {})), (Counts{{"b", 5}}));
}

TEST(Distribute, TakesAbsentWeightsAndBasesForNothing) {
  ecs::CapacityProviderStrategyItem silent;
  silent.capacityProvider = "a";
  EXPECT_EQ(counted(distribute({silent, item("b", 1)}, 4, {})), (Counts{{"b", 4}}));
}

TEST(Distribute, CountsTheTasksThatAreThere) {
  EXPECT_EQ(counted(distribute({item("a", 1, 2), item("b", 1)}, 2, {{"a", 2}})), (Counts{{"a", 1}, {"b", 1}})) << "the base is filled";
  EXPECT_EQ(counted(distribute({item("a", 1), item("b", 1)}, 4, {{"a", 3}, {"b", 1}})), (Counts{{"a", 1}, {"b", 3}}));
  EXPECT_EQ(counted(distribute({item("a", 1), item("b", 1)}, 2, {{"", 7}, {"gone", 9}})), (Counts{{"a", 1}, {"b", 1}}))
      << "others do not count";
}

TEST(Distribute, WithoutAStrategyNamesNoProvider) {
  for (const auto& provider : distribute({}, 3, {})) EXPECT_EQ(provider, "");
}

TEST(Distribute, KeepsToTheWeightsForAnyNumberOfTasks) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<ecs::CapacityProviderStrategyItem> strategy;
    std::int64_t total = 0;
    int base = static_cast<int>(random() % 4);
    for (std::size_t i = 0, n = 1 + random() % 4; i < n; ++i) {
      int weight = static_cast<int>(random() % 10) + (i == 0);
      total += weight;
      strategy.push_back(item("p" + std::to_string(i), weight, i == 0 ? base : 0));
    }
    auto count = static_cast<std::size_t>(random() % 40);
    auto all = counted(distribute(strategy, count, {}));
    std::int64_t sum = 0, given = static_cast<std::int64_t>(count);
    for (const auto& [name, n] : all) sum += n;
    ASSERT_EQ(sum, given) << "round " << round;
    if (given <= base) {
      EXPECT_EQ(all["p0"], given) << "round " << round;
      continue;
    }
    for (std::size_t i = 0; i < strategy.size(); ++i) {
      double share = static_cast<double>((given - base) * strategy[i].weight.value_or(0)) / static_cast<double>(total);
      double has = static_cast<double>(all["p" + std::to_string(i)] - (i == 0 ? base : 0));
      EXPECT_LT(std::abs(has - share), static_cast<double>(strategy.size())) << "round " << round << " provider " << i;
    }
  }
}

TEST(Distribute, OneByOneGivesWhatAllAtOnceGives) {
  std::vector<ecs::CapacityProviderStrategyItem> strategy = {item("a", 3, 2), item("b", 2), item("c", 1)};
  Counts singly;
  for (int i = 0; i < 20; ++i) singly = counted(distribute(strategy, 1, singly), singly);
  EXPECT_EQ(singly, counted(distribute(strategy, 20, {})));
  EXPECT_EQ(singly, (Counts{{"a", 11}, {"b", 6}, {"c", 3}}));
}

// ---- checks

void addProvider(View& view, const std::string& name, const std::string& status = "ACTIVE") {
  k8s::EcsCapacityProvider provider;
  provider.metadata.name = name;
  provider.metadata.uid = "u-" + name;
  provider.status.status = status;
  view.onProvider(nullptr, std::make_shared<const k8s::EcsCapacityProvider>(provider));
}

std::optional<Fault> faultOfStrategy(const View& view, const std::string& text) {
  json::Document document = parsed(text);
  auto done = checkStrategy(view, &document.root());
  return done ? std::nullopt : std::optional<Fault>(done.error());
}

TEST(Strategy, OfProvidersThatExistIsTaken) {
  View view;
  addProvider(view, "pool");
  EXPECT_TRUE(checkStrategy(view, nullptr));
  for (const char* good : {"[]", R"([{"capacityProvider":"FARGATE","weight":1}])",
                           R"([{"capacityProvider":"FARGATE","weight":1,"base":3},{"capacityProvider":"FARGATE_SPOT","weight":4}])",
                           R"([{"capacityProvider":"pool","weight":1}])",
                           R"([{"capacityProvider":"arn:aws:ecs:us-east-1:000000000000:capacity-provider/pool","weight":1}])",
                           R"([{"capacityProvider":"FARGATE","base":2,"weight":0},{"capacityProvider":"FARGATE_SPOT","weight":1}])"})
    EXPECT_FALSE(faultOfStrategy(view, good)) << good;
}

TEST(Strategy, ThatCannotBeIsAnInvalidParameter) {
  View view;
  addProvider(view, "pool");
  addProvider(view, "other");
  addProvider(view, "gone", "INACTIVE");
  std::string many = "[";
  for (int i = 0; i < 21; ++i) many += std::string(i ? "," : "") + R"({"capacityProvider":"FARGATE","weight":1})";
  for (const std::string& bad :
       {std::string(R"([{"capacityProvider":"nowhere","weight":1}])"), std::string(R"([{"capacityProvider":"gone","weight":1}])"),
        std::string(R"([{"capacityProvider":"FARGATE","weight":1},{"capacityProvider":"pool","weight":1}])"),
        std::string(R"([{"capacityProvider":"FARGATE","weight":1,"base":1},{"capacityProvider":"FARGATE_SPOT","weight":1,"base":1}])"),
        std::string(R"([{"capacityProvider":"pool","weight":0},{"capacityProvider":"other","weight":0}])"),
        std::string(R"([{"capacityProvider":"pool"},{"capacityProvider":"other"}])"),
        std::string(R"([{"capacityProvider":"arn:aws:ecs:us-east-1:000000000000:cluster/pool","weight":1}])"), many + "]"}) {
    auto fault = faultOfStrategy(view, bad);
    ASSERT_TRUE(fault) << bad;
    EXPECT_EQ(fault->exception, "InvalidParameterException") << bad;
    EXPECT_NE(fault->message, "");
  }
  EXPECT_NE(faultOfStrategy(view, R"([{"capacityProvider":"nowhere","weight":1}])")->message.find("nowhere"), std::string::npos);
}

TEST(Provider, IsFoundByNameOrArn) {
  View view;
  addProvider(view, "pool");
  EXPECT_EQ(findProvider(view, "FARGATE"), "FARGATE");
  EXPECT_EQ(findProvider(view, "arn:aws:ecs:us-east-1:000000000000:capacity-provider/FARGATE_SPOT"), "FARGATE_SPOT");
  EXPECT_EQ(findProvider(view, "pool"), "pool");
  EXPECT_EQ(findProvider(view, "arn:aws:ecs:us-east-1:000000000000:capacity-provider/pool"), "pool");
  EXPECT_FALSE(findProvider(view, "fargate"));
  EXPECT_FALSE(findProvider(view, "nowhere"));
}

TEST(Strategy, IsTheCallsOwnElseTheClustersUnlessALaunchTypeIsNamed) {
  ClusterEntry cluster;
  k8s::EcsCluster object;
  object.spec.text =
      R"({"clusterName":"c","capacityProviders":["FARGATE"],"defaultCapacityProviderStrategy":[{"capacityProvider":"FARGATE","weight":1}]})";
  cluster.object = std::make_shared<const k8s::EcsCluster>(object);
  ASSERT_EQ(strategyOf({}, "", cluster).size(), 1u);
  EXPECT_EQ(strategyOf({}, "", cluster)[0].capacityProvider, "FARGATE");
  EXPECT_TRUE(strategyOf({}, "EC2", cluster).empty());
  ASSERT_EQ(strategyOf({item("pool", 1)}, "", cluster).size(), 1u);
  EXPECT_EQ(strategyOf({item("pool", 1)}, "", cluster)[0].capacityProvider, "pool");
  EXPECT_TRUE(strategyOf({}, "", ClusterEntry{}).empty()) << "a namespace without a Cluster object";
}

}  // namespace
}  // namespace taskpod::controller
