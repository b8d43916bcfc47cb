#include "controller/role_grants.h"

#include <gtest/gtest.h>

namespace taskpod::controller {
namespace {

const Roles kRoles{"arn:aws:iam::000000000000:role/app", "arn:aws:iam::000000000000:role/pull"};

TEST(RoleGrants, HoldForWhatTheyWereSignedForAndNothingElse) {
  RoleGrants grants(std::string(32, 'k'));
  std::string grant = grants.sign("pod", "shop", "web-1", kRoles);
  EXPECT_EQ(grant.size(), 64u);
  EXPECT_TRUE(grants.verify(grant, "pod", "shop", "web-1", kRoles));
  EXPECT_FALSE(grants.verify(grant, "service", "shop", "web-1", kRoles));
  EXPECT_FALSE(grants.verify(grant, "pod", "other", "web-1", kRoles));
  EXPECT_FALSE(grants.verify(grant, "pod", "shop", "web-2", kRoles));
  EXPECT_FALSE(grants.verify(grant, "pod", "shop", "web-1", {kRoles.execution, kRoles.task}));
  EXPECT_FALSE(grants.verify(grant, "pod", "shop", "web-1", {kRoles.task + kRoles.execution, ""}));
  EXPECT_FALSE(grants.verify("", "pod", "shop", "web-1", kRoles));
  EXPECT_FALSE(RoleGrants(std::string(32, 'x')).verify(grant, "pod", "shop", "web-1", kRoles));
}

TEST(RoleGrants, AreKeptForSeveralDefinitionsOfOneService) {
  RoleGrants grants(std::string(32, 'k'));
  auto of = [&](const char* definition) { return grants.sign("service", "shop", boundTo("web", definition), kRoles); };
  std::string both = of("web:2") + " " + of("web:1");
  for (const char* known : {"web:1", "web:2"}) EXPECT_TRUE(grants.verifyAny(both, "service", "shop", boundTo("web", known), kRoles));
  EXPECT_FALSE(grants.verifyAny(both, "service", "shop", boundTo("web", "web:3"), kRoles));
  EXPECT_FALSE(grants.verifyAny("", "service", "shop", boundTo("web", "web:1"), kRoles));
}

TEST(RoleGrants, WithoutAKeySignNothingAndBelieveNothing) {
  RoleGrants none;
  EXPECT_EQ(none.sign("pod", "shop", "web-1", kRoles), "");
  EXPECT_FALSE(none.verify("", "pod", "shop", "web-1", kRoles));
}

TEST(RoleGrants, TheNamespaceListsRolesByNameOrArnOrAll) {
  auto space = [](const std::string& text) {
    k8s::Namespace out;
    if (!text.empty()) out.metadata.annotations["ecs.taskpod.io/allowed-roles"] = text;
    return out;
  };
  EXPECT_TRUE(allowsRoles(space("app, pull"), kRoles));
  EXPECT_TRUE(allowsRoles(space("*"), kRoles));
  EXPECT_TRUE(allowsRoles(space("pull," + kRoles.task), kRoles));
  EXPECT_FALSE(allowsRoles(space("app"), kRoles));
  EXPECT_FALSE(allowsRoles(space("app-2,pull"), kRoles));
  EXPECT_FALSE(allowsRoles(space(""), kRoles));
  EXPECT_FALSE(allowsRoles(space(""), {}));
  EXPECT_TRUE(allowsRoles(space("any"), {}));
}

}  // namespace
}  // namespace taskpod::controller
