#include "taskpod/ecs/arn.h"

#include <gtest/gtest.h>

namespace taskpod::ecs {
namespace {

const Place kPlace{"aws", "eu-west-1", "123456789012"};

TEST(Arn, IsMadeAsEcsMakesThem) {
  EXPECT_EQ(clusterArn(kPlace, "prod"), "arn:aws:ecs:eu-west-1:123456789012:cluster/prod");
  EXPECT_EQ(arnInCluster(kPlace, "service", "prod", "web"), "arn:aws:ecs:eu-west-1:123456789012:service/prod/web");
  EXPECT_EQ(arnInCluster(kPlace, "task", "prod", "0123456789abcdef0123456789abcdef"),
            "arn:aws:ecs:eu-west-1:123456789012:task/prod/0123456789abcdef0123456789abcdef");
  EXPECT_EQ(arnInCluster(kPlace, "container-instance", "prod", "0123456789abcdef0123456789abcdef"),
            "arn:aws:ecs:eu-west-1:123456789012:container-instance/prod/0123456789abcdef0123456789abcdef");
  EXPECT_EQ(taskDefinitionArn(kPlace, "web", 12), "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:12");
  EXPECT_EQ(capacityProviderArn(kPlace, "FARGATE"), "arn:aws:ecs:eu-west-1:123456789012:capacity-provider/FARGATE");
  EXPECT_EQ(arnOfService(kPlace, "service-deployment", "prod", "web", "Ab-1"),
            "arn:aws:ecs:eu-west-1:123456789012:service-deployment/prod/web/Ab-1");
  EXPECT_EQ(arnOfService(kPlace, "service-revision", "prod", "web", "4980306466373577095"),
            "arn:aws:ecs:eu-west-1:123456789012:service-revision/prod/web/4980306466373577095");
}

TEST(Arn, NamesItsPartition) {
  EXPECT_EQ(clusterArn(Place{"aws-cn", "cn-north-1", "000000000000"}, "c"), "arn:aws-cn:ecs:cn-north-1:000000000000:cluster/c");
}

TEST(Arn, IsReadBackAsItWasMade) {
  auto service = parseReference(arnInCluster(kPlace, "service", "prod", "web"));
  ASSERT_TRUE(service);
  EXPECT_EQ(service->kind, "service");
  EXPECT_EQ(service->cluster, "prod");
  EXPECT_EQ(service->name, "web");
  auto cluster = parseReference(clusterArn(kPlace, "prod"));
  ASSERT_TRUE(cluster);
  EXPECT_EQ(cluster->kind, "cluster");
  EXPECT_EQ(cluster->name, "prod");
  auto provider = parseReference(capacityProviderArn(kPlace, "spot"));
  ASSERT_TRUE(provider);
  EXPECT_EQ(provider->kind, "capacity-provider");
  EXPECT_EQ(provider->name, "spot");
  auto definition = parseReference(taskDefinitionArn(kPlace, "web", 3));
  ASSERT_TRUE(definition);
  EXPECT_EQ(definition->kind, "task-definition");
  EXPECT_EQ(definition->name, "web:3");
  for (const char* kind : {"service-deployment", "service-revision"}) {
    auto part = parseReference(arnOfService(kPlace, kind, "prod", "web", "77"));
    ASSERT_TRUE(part) << kind;
    EXPECT_EQ(part->kind, kind);
    EXPECT_EQ(part->cluster, "prod");
    EXPECT_EQ(part->service, "web");
    EXPECT_EQ(part->name, "77");
  }
}

TEST(Arn, OfTheOldShortFormNamesNoCluster) {
  for (const char* kind : {"service", "task", "container-instance"}) {
    auto old = parseReference("arn:aws:ecs:us-east-1:000000000000:" + std::string(kind) + "/x1");
    ASSERT_TRUE(old) << kind;
    EXPECT_EQ(old->kind, kind);
    EXPECT_EQ(old->cluster, "");
    EXPECT_EQ(old->name, "x1");
  }
}

TEST(Arn, MayBeABareName) {
  for (const char* name : {"web", "Web_1", "0123456789abcdef0123456789abcdef", "12345678-1234-1234-1234-123456789012"}) {
    auto reference = parseReference(name);
    ASSERT_TRUE(reference) << name;
    EXPECT_EQ(reference->kind, "");
    EXPECT_EQ(reference->cluster, "");
    EXPECT_EQ(reference->name, name);
    EXPECT_TRUE(parseReference(name, "service")) << "a bare name may be of any kind";
  }
}

TEST(Arn, OfAnotherServiceOrBrokenIsNone) {
  for (const char* bad :
       {"arn:aws:s3:::bucket", "arn:aws:iam::000000000000:role/ecs", "arn:aws:ecs", "arn:aws:ecs:us-east-1:000000000000",
        "arn:aws:ecs:us-east-1:000000000000:", "arn:aws:ecs:us-east-1:000000000000:service", "arn:aws:ecs:us-east-1:000000000000:service/",
        "arn:aws:ecs:us-east-1:000000000000:service/a/", "arn:", "arn:::::", "service/web", "a/b/c"})
    EXPECT_FALSE(parseReference(bad)) << bad;
}

TEST(Arn, OfAnotherKindIsRefusedWhereTheKindIsKnown) {
  std::string task = arnInCluster(kPlace, "task", "prod", "1");
  EXPECT_TRUE(parseReference(task, "task"));
  EXPECT_FALSE(parseReference(task, "service"));
  EXPECT_FALSE(parseReference(clusterArn(kPlace, "prod"), "task"));
}

TEST(DefinitionReference, IsAFamilyARevisionOrAnArn) {
  std::string problem;
  auto family = parseDefinition("web", problem);
  ASSERT_TRUE(family);
  EXPECT_EQ(family->family, "web");
  EXPECT_FALSE(family->revision);
  auto revision = parseDefinition("Web_App-1:42", problem);
  ASSERT_TRUE(revision);
  EXPECT_EQ(revision->family, "Web_App-1");
  EXPECT_EQ(revision->revision, 42);
  auto arn = parseDefinition(taskDefinitionArn(kPlace, "web", 7), problem);
  ASSERT_TRUE(arn);
  EXPECT_EQ(arn->family, "web");
  EXPECT_EQ(arn->revision, 7);
  auto familyArn = parseDefinition("arn:aws:ecs:us-east-1:000000000000:task-definition/web", problem);
  ASSERT_TRUE(familyArn);
  EXPECT_EQ(familyArn->family, "web");
  EXPECT_FALSE(familyArn->revision);
}

TEST(DefinitionReference, ThatCannotBeOneIsRefusedInAwsWords) {
  std::string problem;
  EXPECT_FALSE(parseDefinition("web:foo", problem));
  EXPECT_EQ(problem, "Invalid revision number. Number: foo");
  for (const char* bad : {"", "web:", "web:0", "web:-1", "web:1:2", ":1", "web:99999999999999999999999",
                          "arn:aws:ecs:us-east-1:000000000000:service/web", "arn:aws:s3:::x", "web/1:1"}) {
    problem.clear();
    EXPECT_FALSE(parseDefinition(bad, problem)) << bad;
    EXPECT_NE(problem, "") << bad;
  }
}

}  // namespace
}  // namespace taskpod::ecs
