#include "taskpod/k8s/quantity.h"

#include <gtest/gtest.h>

namespace taskpod::k8s {
namespace {

TEST(Quantity, CountsExactlyAndRoundsUp) {
  EXPECT_EQ(Quantity{"100m"}.millis(), 100);
  EXPECT_EQ(Quantity{"0.1"}.millis(), 100);
  EXPECT_EQ(Quantity{"1"}.millis(), 1000);
  EXPECT_EQ(Quantity{"1.0001"}.millis(), 1001);
  EXPECT_EQ(Quantity{"1n"}.millis(), 1);
  EXPECT_EQ(Quantity{"1Gi"}.value(), 1073741824);
  EXPECT_EQ(Quantity{"1.5Gi"}.value(), 1610612736);
  EXPECT_EQ(Quantity{"1e3"}.value(), 1000);
  EXPECT_EQ(Quantity{"1E"}.value(), 1000000000000000000);
  EXPECT_EQ(Quantity{"500m"}.value(), 1);
  EXPECT_EQ(Quantity{"-1500m"}.value(), -2);
  EXPECT_EQ(Quantity{"9000000000000Ti"}.value(), INT64_MAX);
}

TEST(Quantity, RefusesWhatIsNone) {
  for (const char* text : {"x", "1x", "1 Gi", "m", "1ee3", "--1", "1.2.3Gi", "0x10"}) EXPECT_FALSE(Quantity{text}.value()) << text;
}

TEST(Quantity, WritesTheShortestExactForm) {
  EXPECT_EQ(Quantity::ofMillis(2000).text, "2");
  EXPECT_EQ(Quantity::ofMillis(250).text, "250m");
  EXPECT_EQ(Quantity::ofBytes(1ll << 30).text, "1Gi");
  EXPECT_EQ(Quantity::ofBytes(100ll << 20).text, "100Mi");
  EXPECT_EQ(Quantity::ofBytes(1000).text, "1000");
}

}  // namespace
}  // namespace taskpod::k8s
