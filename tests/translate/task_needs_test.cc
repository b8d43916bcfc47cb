#include "taskpod/translate/task_needs.h"

#include <gtest/gtest.h>

#include "taskpod/k8s/names.h"
#include "taskpod/translate/secrets.h"
#include "taskpod/translate/task_pod.h"

namespace taskpod::translate {
namespace {

const std::string kSecret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf";

ecs::TaskDefinition definition(const std::string& containers, const std::string& more = "") {
  return *json::read<ecs::TaskDefinition>(R"({"family":"web","containerDefinitions":[)" + containers + "]" + more + "}");
}

k8s::Pod podOf(const ecs::TaskDefinition& from, int kubeMinor = 36) {
  TaskSettings settings;
  settings.cluster = "default";
  settings.createdBy = "run-task";
  settings.definition = "web:1";
  settings.kubeMinor = kubeMinor;
  auto pod = podForTask(from, settings);
  EXPECT_TRUE(pod);
  return pod ? *pod : k8s::Pod();
}

TEST(TaskNeeds, ReadsTheSuffixOfASecretsReference) {
  using Service = Reference::Service;
  EXPECT_EQ(valueReference(kSecret), (Reference{Service::SecretsManager, "eu-west-1", kSecret, "", "", "", ""}));
  EXPECT_EQ(valueReference(kSecret + ":user:AWSPREVIOUS:v1"),
            (Reference{Service::SecretsManager, "eu-west-1", kSecret, "", "user", "AWSPREVIOUS", "v1"}));
  EXPECT_EQ(valueReference(kSecret + ":::v1"), (Reference{Service::SecretsManager, "eu-west-1", kSecret, "", "", "", "v1"}));
  EXPECT_FALSE(valueReference(kSecret + ":a:b:c:d"));
  EXPECT_FALSE(valueReference("arn:aws:secretsmanager:eu-west-1:111122223333:secret:"));
  EXPECT_FALSE(valueReference("arn:aws:sqs:eu-west-1:111122223333:queue"));
  EXPECT_FALSE(valueReference("arn:"));
  EXPECT_FALSE(valueReference(""));
}

TEST(TaskNeeds, ReadsParametersByNameAndByArn) {
  EXPECT_EQ(valueReference("plain")->id, "plain");
  EXPECT_EQ(valueReference("/a/b")->id, "/a/b");
  EXPECT_EQ(valueReference("arn:aws:ssm:us-east-1:111122223333:parameter/plain")->id, "plain");
  EXPECT_EQ(valueReference("arn:aws:ssm:us-east-1:111122223333:parameter/a/b")->id, "/a/b");
  EXPECT_FALSE(valueReference("arn:aws:ssm:us-east-1:111122223333:parameter/"));
  EXPECT_EQ(loginReference("name")->service, Reference::Service::SecretsManager);
  EXPECT_FALSE(loginReference("arn:aws:ssm:us-east-1:111122223333:parameter/plain"));
}

TEST(TaskNeeds, ReadsObjects) {
  auto object = objectReference("arn:aws:s3:::bucket/a/b.env");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->bucket, "bucket");
  EXPECT_EQ(object->id, "a/b.env");
  for (const char* bad : {"arn:aws:s3:::bucket", "arn:aws:s3:::bucket/", "arn:aws:s3:::/key", "bucket/key", ""})
    EXPECT_FALSE(objectReference(bad));
}

TEST(TaskNeeds, AreThoseThatThePodNames) {
  auto from = definition(R"({"name":"a","image":"registry.example.com:5000/x","memory":8,"secrets":[{"name":"U","valueFrom":")" + kSecret +
                             R"(:user::"},{"name":"P","valueFrom":")" + kSecret + R"(:password::"},{"name":"N","valueFrom":"/a/name"}],
    "repositoryCredentials":{"credentialsParameter":"login"},
    "environmentFiles":[{"type":"s3","value":"arn:aws:s3:::b/1.env"},{"type":"s3","value":"arn:aws:s3:::b/2.env"}]},
    {"name":"b","image":"111122223333.dkr.ecr.eu-west-1.amazonaws.com/x:1","memory":8})",
                         R"(,"taskRoleArn":"app")");
  TaskNeeds needs = needsOf(from);
  ASSERT_EQ(needs.secrets.size(), 6u);
  EXPECT_EQ(needs.secrets[0].references,
            (std::map<std::string, std::string>{{"user", kSecret + ":user::"}, {"password", kSecret + ":password::"}}));
  EXPECT_EQ(needs.secrets[1].references, (std::map<std::string, std::string>{{"value", "/a/name"}}));
  EXPECT_EQ(needs.secrets[4].kind, SecretNeed::Kind::Login);
  EXPECT_EQ(needs.secrets[4].registries, std::set<std::string>{"registry.example.com:5000"});
  EXPECT_EQ(needs.secrets[5].kind, SecretNeed::Kind::EcrLogin);
  EXPECT_EQ(needs.secrets[5].secret, "ecr-111122223333-eu-west-1");
  EXPECT_TRUE(needs.clash.empty());
  k8s::Pod pod = podOf(from);
  nameTask(pod, "web-1");
  std::set<std::string> wanted = {"web-1-credentials"};
  for (const auto& need : needs.secrets) wanted.insert(need.secret);
  EXPECT_EQ(secretsNamedBy(pod), wanted);
  ASSERT_EQ(pod.spec.schedulingGates.size(), 1u);
  EXPECT_EQ(pod.spec.schedulingGates[0].name, k8s::kSecretsGate);
  // In Kubernetes the last source wins, in ECS the first file.
  const auto& sources = pod.spec.containers[0].envFrom;
  ASSERT_EQ(sources.size(), 2u);
  EXPECT_EQ(sources[1].secretRef->name, needs.secrets[2].secret);
  EXPECT_EQ(sources[0].secretRef->name, needs.secrets[3].secret);
}

TEST(TaskNeeds, AreNoneForATaskThatRefersToNothing) {
  auto from = definition(R"({"name":"a","image":"nginx","memory":8})");
  EXPECT_TRUE(needsOf(from).isEmpty());
  k8s::Pod pod = podOf(from);
  EXPECT_TRUE(pod.spec.schedulingGates.empty());
  EXPECT_TRUE(pod.spec.volumes.empty());
}

TEST(TaskNeeds, OfARoleAreAVolumeThatMayBeMissingAndThatNobodyMounts) {
  k8s::Pod pod = podOf(definition(R"({"name":"a","image":"nginx","memory":8})", R"(,"executionRoleArn":"exec")"), 26);
  nameTask(pod, "web-7");
  ASSERT_EQ(pod.spec.volumes.size(), 1u);
  EXPECT_EQ(pod.spec.volumes[0].name, k8s::kCredentialsVolume);
  EXPECT_EQ(pod.spec.volumes[0].secret->secretName, "web-7-credentials");
  EXPECT_EQ(pod.spec.volumes[0].secret->optional, true);
  EXPECT_TRUE(pod.spec.containers[0].volumeMounts.empty());
  EXPECT_TRUE(pod.spec.schedulingGates.empty()) << "Kubernetes 1.26 has no gates";
}

TEST(TaskNeeds, IncludeThoseOfTheOverrides) {
  auto from = definition(R"({"name":"a","image":"nginx","memory":8})", R"(,"taskRoleArn":"app")");
  k8s::Pod pod;
  pod.metadata.annotations[std::string(k8s::kOverrides)] =
      R"({"taskRoleArn":"other","containerOverrides":[{"name":"a","environmentFiles":[{"type":"s3","value":"arn:aws:s3:::b/1.env"}]}]})";
  auto needs = needsOf(pod, from);
  ASSERT_TRUE(needs);
  EXPECT_EQ(needs->taskRole, "other");
  ASSERT_EQ(needs->secrets.size(), 1u);
  EXPECT_EQ(needs->secrets[0].references.at(""), "arn:aws:s3:::b/1.env");
}

TEST(TaskNeeds, TwoVersionsOfOneSecretClashForTheirNameIsTheSame) {
  auto from = definition(R"({"name":"a","image":"nginx","memory":8,"secrets":[{"name":"U","valueFrom":")" + kSecret +
                         R"(:user::"},{"name":"V","valueFrom":")" + kSecret + R"(:user:AWSPREVIOUS:"}]})");
  EXPECT_FALSE(needsOf(from).clash.empty());
}

TEST(TaskNeeds, OfLogOptionsNameTheContainer) {
  auto needs = needsOf(definition(R"({"name":"a","image":"nginx","memory":8,"logConfiguration":{"logDriver":"splunk",
    "secretOptions":[{"name":"splunk-token","valueFrom":"/t"}]}})"));
  ASSERT_EQ(needs.logOptions.size(), 1u);
  EXPECT_EQ(needs.logOptions[0].container, "a");
  EXPECT_EQ(needs.logOptions[0].option, "splunk-token");
  EXPECT_TRUE(needs.secrets.empty());
  EXPECT_TRUE(needs.hasCredentials());
}

TEST(TaskNeeds, KnowEcrByItsHost) {
  EXPECT_EQ(ecrRegistryOf("111122223333.dkr.ecr.eu-west-1.amazonaws.com/a/b:1"),
            (EcrRegistry{"111122223333", "eu-west-1", "111122223333.dkr.ecr.eu-west-1.amazonaws.com"}));
  EXPECT_EQ(ecrRegistryOf("111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/a")->region, "cn-north-1");
  EXPECT_EQ(ecrRegistryOf("111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com/a")->region, "us-gov-west-1");
  for (const char* other :
       {"nginx", "public.ecr.aws/a/b", "1111.dkr.ecr.eu-west-1.amazonaws.com/a", "111122223333.dkr.ecr..amazonaws.com/a",
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com", "111122223333.dkr.ecr.a.b.amazonaws.com/a", "111122223333.dkr.ecr.amazonaws.com/a"})
    EXPECT_FALSE(ecrRegistryOf(other)) << other;
  EXPECT_EQ(registryHostOf("nginx"), "docker.io");
  EXPECT_EQ(registryHostOf("library/nginx"), "docker.io");
  EXPECT_EQ(registryHostOf("localhost/nginx"), "localhost");
  EXPECT_EQ(registryHostOf("a.example:5000/nginx"), "a.example:5000");
}

TEST(TaskNeeds, ReadEnvironmentFilesAsEcsDoes) {
  EXPECT_EQ(variablesOf("# c=d\nA=1\r\n\nB=\"x=y\" \nnothing\n=none\nA=2\nLAST="),
            (std::map<std::string, std::string>{{"A", "2"}, {"B", "\"x=y\" "}, {"LAST", ""}}));
  EXPECT_TRUE(variablesOf("").empty());
}

TEST(TaskNeeds, TakeOneMemberOfASecretsObject) {
  EXPECT_EQ(memberOf(R"({"a":"b","n":12,"o":{"x":[1]}})", "a"), "b");
  EXPECT_EQ(memberOf(R"({"a":"b","n":12})", "n"), "12");
  EXPECT_EQ(memberOf(R"({"o":{"x":[1]}})", "o"), R"({"x":[1]})");
  EXPECT_FALSE(memberOf(R"({"a":"b"})", "c"));
  EXPECT_FALSE(memberOf("plain", "a"));
  EXPECT_FALSE(memberOf("[1]", "a"));
}

}  // namespace
}  // namespace taskpod::translate
