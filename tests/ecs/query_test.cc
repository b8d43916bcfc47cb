#include "taskpod/ecs/query.h"

#include <gtest/gtest.h>

#include "taskpod/schedule/snapshot.h"
#include "taskpod/translate/placement.h"

namespace taskpod {
namespace {

k8s::Node node(const std::string& name, const std::string& type, const std::string& zone, const std::string& attributes = "") {
  k8s::Node out;
  out.metadata.name = name;
  out.metadata.labels = {
      {"node.kubernetes.io/instance-type", type}, {"topology.kubernetes.io/zone", zone}, {"kubernetes.io/arch", "amd64"}};
  if (!attributes.empty()) out.metadata.annotations["ecs.taskpod.io/attributes"] = attributes;
  return out;
}

// Does the expression hold on a t3.micro in us-east-1a with the attribute stack=prod that runs a task of family:db?
bool holdsOn(const std::string& expression) {
  schedule::Snapshot snapshot;
  snapshot.setNode(
      translate::factsOf(std::make_shared<const k8s::Node>(node("n", "t3.micro", "us-east-1a", R"({"stack":"prod","level":"9"})"))));
  auto pod = std::make_shared<k8s::Pod>();
  pod->metadata.uid = "u";
  pod->metadata.name = "db";
  pod->metadata.namespace_ = "default";
  pod->spec.nodeName = "n";
  snapshot.setPod(translate::factsOf(std::shared_ptr<const k8s::Pod>(pod)));
  auto query = ecs::parseQuery(expression);
  EXPECT_TRUE(query) << expression << ": " << (query ? "" : query.error().message);
  auto predicate = query ? translate::predicateOf(*query, "default") : Result<schedule::Predicate>(query.error());
  EXPECT_TRUE(predicate) << expression;
  return predicate && schedule::holds(*predicate, snapshot, 0);
}

// The examples of the Amazon ECS Developer Guide, "Create expressions to define container instances", and the operators' table.
TEST(Query, HoldsAsTheManualSays) {
  for (const char* yes : {"attribute:ecs.instance-type == t3.micro",
                          "attribute:ecs.instance-type =~ t3.*",
                          "attribute:ecs.availability-zone in [us-east-1a, us-east-1b]",
                          "attribute:ecs.instance-type =~ g2.* or attribute:ecs.availability-zone != us-east-1d",
                          "not(task:group == service:database)",
                          "task:group == family:db",
                          "attribute:stack exists",
                          "attribute:color !exists",
                          "attribute:color not_exists",
                          "runningTasksCount < 2",
                          "runningTasksCount equals 1",
                          "attribute:level < 10",
                          "attribute:ecs.cpu-architecture == x86_64",
                          "(attribute:stack == prod && attribute:level >= 9) || attribute:none exists",
                          "attribute:stack !in [test, dev]",
                          "attribute:ecs.instance-type !~ m5.*",
                          "attribute:stack matches pr.d",
                          "attribute:stack == \"prod\"",
                          "not attribute:color exists",
                          "! attribute:color exists"})
    EXPECT_TRUE(holdsOn(yes)) << yes;
  for (const char* no :
       {"attribute:ecs.instance-type == t2.small", "attribute:ecs.instance-type =~ t3",
        "attribute:stack == prod and attribute:color == red", "task:group == service:web", "not(task:group == family:db)",
        "runningTasksCount > 1", "attribute:level > 10", "attribute:color exists", "attribute:ecs.availability-zone not_in [us-east-1a]"})
    EXPECT_FALSE(holdsOn(no)) << no;
}

TEST(Query, NamesTheCharacterThatMakesNoSense) {
  auto message = [](const char* text) {
    auto query = ecs::parseQuery(text);
    return query ? std::string("parsed") : query.error().message;
  };
  EXPECT_EQ(message("attribute:a =="), "character 15: expected a value");
  EXPECT_EQ(message("attribute:a in b"), "character 16: expected [");
  EXPECT_EQ(message("(attribute:a exists"), "character 20: expected )");
  EXPECT_EQ(message("attribute:a exists attribute:b exists"), "character 20: expected and, or, or the end");
  EXPECT_TRUE(message("zone == a").find("unknown subject \"zone\"") != std::string::npos);
  EXPECT_TRUE(message(std::string(2001, 'x').c_str()).find("at most 2000") != std::string::npos);
  EXPECT_NE(message(std::string(1500, '(').c_str()), "parsed");
}

TEST(Query, AHostileRegularExpressionEndsInNoMatch) {
  schedule::Snapshot snapshot;
  snapshot.setNode(translate::factsOf(std::make_shared<const k8s::Node>(node("n", std::string(60, 'a') + "b", "z"))));
  auto predicate = translate::predicateOf(*ecs::parseQuery("attribute:ecs.instance-type =~ (a+)+c"), "default");
  ASSERT_TRUE(predicate);
  EXPECT_FALSE(schedule::holds(*predicate, snapshot, 0));
}

}  // namespace
}  // namespace taskpod
