#include "controller/task_secrets.h"

#include <gtest/gtest.h>

#include "taskpod/k8s/names.h"
#include "taskpod/net/tls.h"
#include "taskpod/translate/secrets.h"
#include "taskpod/translate/task.h"
#include "taskpod/translate/task_pod.h"
#include "tests/support/fake_kube.h"

namespace taskpod::controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using Kind = translate::SecretNeed::Kind;

const WallTime kNow = *parseTime("2026-11-25T10:00:00Z");

TEST(TaskSecrets, AnEndpointIsOnePerServiceOrOneForAllOrAwsOwn) {
  TaskSecretsOptions options;
  EXPECT_EQ(endpointOf(options, "sts", "eu-west-1"), "");
  options.endpoint = "aws";
  EXPECT_EQ(endpointOf(options, "sts", "eu-west-1"), "https://sts.eu-west-1.amazonaws.com");
  EXPECT_EQ(endpointOf(options, "ecr", "cn-north-1"), "https://api.ecr.cn-north-1.amazonaws.com.cn");
  options.endpoint = "http://127.0.0.1:5000";
  options.endpoints["s3"] = "http://127.0.0.1:9000";
  EXPECT_EQ(endpointOf(options, "sts", "eu-west-1"), "http://127.0.0.1:5000");
  EXPECT_EQ(endpointOf(options, "s3", "eu-west-1"), "http://127.0.0.1:9000");
}

TEST(TaskSecrets, WhatExpiresIsFetchedAQuarterOfAnHourBeforeOrHalfWay) {
  EXPECT_EQ(refreshTime(kNow, kNow + hours(1)), kNow + minutes(45));
  EXPECT_EQ(refreshTime(kNow, kNow + minutes(20)), kNow + minutes(10));
  EXPECT_EQ(refreshTime(kNow, kNow - minutes(1)), kNow);
}

TEST(TaskSecrets, TellsFailuresInTheWordsOfEcs) {
  const std::string begin = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ";
  const std::string arn = "arn:aws:secretsmanager:us-east-1:1:secret:a-AbCdEf";
  EXPECT_EQ(failureText(Kind::Values, arn, "no"), begin + "unable to retrieve secret from asm: " + arn + ": no");
  EXPECT_EQ(failureText(Kind::Values, "/p", "no"), begin + "unable to retrieve secrets from ssm: /p: no");
  EXPECT_EQ(failureText(Kind::Login, "name", "no"), begin + "unable to retrieve secret from asm: name: no");
  EXPECT_EQ(failureText(Kind::EcrLogin, "", "no"), begin + "unable to retrieve ecr registry auth: no");
}

TEST(TaskSecrets, ALoginIsAddedToThoseThatAreThere) {
  std::string one = dockerConfig("", {"docker.io"}, "u", "p");
  EXPECT_EQ(one, R"({"auths":{"https://index.docker.io/v1/":{"username":"u","password":"p","auth":"dTpw"}}})");
  std::string two = dockerConfig(one, {"a.example"}, "v", "q");
  EXPECT_NE(two.find("index.docker.io"), std::string::npos);
  EXPECT_NE(two.find(R"("a.example":{"username":"v")"), std::string::npos);
}

TEST(TaskSecrets, CredentialsHaveTheShapeOfTheMetadataServer) {
  EXPECT_EQ(credentialsJson("arn:r", {{"A", "S", "T"}, kNow}),
            R"({"RoleArn":"arn:r","AccessKeyId":"A","SecretAccessKey":"S","Token":"T","Expiration":"2026-11-25T10:00:00Z"})");
  EXPECT_EQ(staticRole(R"({"AccessKeyId":"A","SecretAccessKey":"S"})", kNow)->expiration, kNow);
  EXPECT_FALSE(staticRole(R"({"AccessKeyId":"A"})", kNow));
  EXPECT_FALSE(staticRole("x", kNow));
  EXPECT_EQ(roleName("arn:aws:iam::1:role/path/app"), "app");
  EXPECT_EQ(roleArnOf("app", "1"), "arn:aws:iam::1:role/app");
}

// --- the reconciler, with a Kubernetes that is a fake and an AWS that answers one secret

constexpr std::string_view kArn = "arn:aws:secretsmanager:us-east-1:1:secret:a-AbCdEf";

class Reconciled : public ::testing::Test {
 protected:
  Reconciled() {
    auto listener = net::Listener::open({"127.0.0.1", 0, false});
    aws_ = std::make_unique<net::HttpServer>(std::move(*listener), net::HttpServerOptions{}, [this](net::Exchange& exchange) {
      ++asked_;
      int status = exchange.request().body.find("a-AbCdEf") == std::string::npos ? 400 : 200;
      exchange.respond(status, {},
                       status == 200 ? R"({"SecretString":"{\"user\":\"joe\"}"})" : R"({"__type":"ResourceNotFoundException"})");
    });
    options_.endpoint = "http://127.0.0.1:" + std::to_string(aws_->address().port);
    options_.credentials = {"A", "S", ""};
    client_ = kube_.client();
    // Secrets without an execution role are read with the controller's own credentials where the namespace lists a role.
    kube_.set("namespaces", R"({"metadata":{"name":"web","annotations":{"ecs.taskpod.io/allowed-roles":"other"}}})");
  }
  ~Reconciled() override { secrets_.reset(); }

  void define(const std::string& containers, const std::string& more = "") {
    text_ = R"({"family":"web","containerDefinitions":[)" + containers + "]" + more + "}";
    auto revision = std::make_shared<k8s::TaskDefinitionRevision>();
    revision->metadata.name = "web-1";
    revision->spec.family = "web";
    revision->spec.revision = 1;
    revision->spec.input.text = text_;
    view_.onRevision(nullptr, revision);
  }
  void withSecret(const std::string& valueFrom, const std::string& more = "") {
    define(R"({"name":"a","image":"nginx","memory":8,"secrets":[{"name":"X","valueFrom":")" + valueFrom + R"("}]})", more);
  }

  std::shared_ptr<const k8s::Pod> run(const std::string& name) {
    auto definition = json::read<ecs::TaskDefinition>(text_);
    translate::TaskSettings settings;
    settings.cluster = "web";
    settings.createdBy = "run-task";
    settings.definition = "web:1";
    auto pod = translate::podForTask(*definition, settings);
    translate::nameTask(*pod, name);
    pod->metadata.uid = "uid-" + name;
    if (granted_)
      pod->metadata.annotations["ecs.taskpod.io/role-grant"] =
          grants_.sign("pod", "web", boundTo(name, "web:1"), {definition->taskRoleArn, definition->executionRoleArn});
    pod->metadata.creationTimestamp = formatTime(wallNow());
    kube_.set("pods", json::write(*pod));
    auto kept = std::make_shared<const k8s::Pod>(std::move(*pod));
    view_.onPod(nullptr, kept);
    return kept;
  }
  void reconcile(const std::shared_ptr<const k8s::Pod>& pod) {
    if (!secrets_) {
      secrets_ = std::make_unique<TaskSecrets>(*client_, view_, grants_, options_);
      secrets_->start();
    }
    secrets_->onPod(nullptr, pod);
  }
  k8s::Pod live(const std::string& name) { return *json::read<k8s::Pod>(kube_.get("pods", "web", name)); }
  bool until(const std::function<bool()>& so) {
    for (auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20); std::chrono::steady_clock::now() < end;) {
      if (so()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }
  bool opens(const std::string& name) {
    return until([&] { return live(name).spec.schedulingGates.empty(); });
  }
  std::string stopReason(const std::string& name) {
    until([&] { return live(name).metadata.annotations.contains(std::string(k8s::kStopReason)); });
    return live(name).metadata.annotations[std::string(k8s::kStopReason)];
  }
  std::string secretName() {
    auto document = json::Document::parse(text_);
    return translate::secretsUsedBy(document->root()).front().secret;
  }
  std::string valueOf(const std::string& secret, const std::string& key) {
    auto object = json::read<k8s::Secret>(kube_.get("secrets", "web", secret));
    return object ? *net::decodeBase64(object->data[key]) : "";
  }

  tests::FakeKube kube_;
  std::unique_ptr<kube::Client> client_;
  View view_;
  TaskSecretsOptions options_;
  RoleGrants grants_{std::string(32, 'k')};
  bool granted_ = true;
  std::atomic<int> asked_{0};
  std::unique_ptr<net::HttpServer> aws_;
  std::string text_;
  std::unique_ptr<TaskSecrets> secrets_;
};

TEST_F(Reconciled, AValueIsThereBeforeTheGateOpens) {
  withSecret(std::string(kArn) + ":user::");
  reconcile(run("p"));
  ASSERT_TRUE(opens("p"));
  EXPECT_EQ(valueOf(secretName(), "user"), "joe");
}

TEST_F(Reconciled, ASecretOfTheNameIsUsedAndNobodyIsAsked) {
  withSecret(std::string(kArn));
  kube_.set("secrets", R"({"metadata":{"name":")" + secretName() + R"(","namespace":"web"},"data":{"value":"eA=="}})");
  reconcile(run("p"));
  ASSERT_TRUE(opens("p"));
  EXPECT_EQ(asked_, 0);
  EXPECT_EQ(valueOf(secretName(), "value"), "x");
}

TEST_F(Reconciled, ManyTasksAreOneQuestion) {
  withSecret(std::string(kArn));
  for (int i = 0; i < 8; ++i) reconcile(run("p" + std::to_string(i)));
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(opens("p" + std::to_string(i)));
  EXPECT_EQ(asked_, 1);
}

TEST_F(Reconciled, WhatIsNowhereStopsTheTask) {
  withSecret("arn:aws:secretsmanager:us-east-1:1:secret:other-AbCdEf");
  reconcile(run("p"));
  EXPECT_NE(stopReason("p").find("unable to pull secrets or registry auth"), std::string::npos);
  EXPECT_EQ(live("p").metadata.annotations[std::string(k8s::kStop)], "TaskFailedToStart");
  EXPECT_EQ(live("p").spec.schedulingGates.size(), 1u);
}

TEST_F(Reconciled, WithoutAnEndpointOnlyKubernetesIsAsked) {
  options_.endpoint.clear();
  withSecret(std::string(kArn));
  reconcile(run("p"));
  EXPECT_NE(stopReason("p").find("there is no Secret for it"), std::string::npos);
  EXPECT_EQ(asked_, 0);
}

TEST_F(Reconciled, WithoutASourceARoleIsButAName) {
  options_.endpoint.clear();
  define(R"({"name":"a","image":"nginx","memory":8})", R"(,"taskRoleArn":"app")");
  reconcile(run("p"));
  ASSERT_TRUE(opens("p"));
  EXPECT_EQ(kube_.get("secrets", "web", "p-credentials"), "");
}

TEST_F(Reconciled, ARoleOfTheStaticMapIsOwnedByThePod) {
  options_.endpoint.clear();
  kube_.set("secrets", R"({"metadata":{"name":"role-credentials","namespace":"taskpod-system"},"data":{"app":")" +
                           net::encodeBase64(R"({"AccessKeyId":"A","SecretAccessKey":"S"})") + R"("}})");
  define(R"({"name":"a","image":"nginx","memory":8})", R"(,"taskRoleArn":"arn:aws:iam::1:role/app")");
  auto pod = run("p");
  reconcile(pod);
  ASSERT_TRUE(opens("p"));
  auto secret = *json::read<k8s::Secret>(kube_.get("secrets", "web", "p-credentials"));
  EXPECT_EQ(secret.metadata.ownerReferences.at(0).uid, "uid-p");
  EXPECT_NE(valueOf("p-credentials", "task-role.json").find(R"("RoleArn":"arn:aws:iam::1:role/app")"), std::string::npos);
  EXPECT_FALSE(secret.data.contains("execution-role.json"));
}

TEST_F(Reconciled, ARoleThatNobodyGrantedIsNotHonouredUnlessTheNamespaceAllowsIt) {
  options_.endpoint.clear();
  granted_ = false;
  kube_.set("secrets", R"({"metadata":{"name":"role-credentials","namespace":"taskpod-system"},"data":{"app":")" +
                           net::encodeBase64(R"({"AccessKeyId":"A","SecretAccessKey":"S"})") + R"("}})");
  kube_.set("namespaces", R"({"metadata":{"name":"web"}})");
  define(R"({"name":"a","image":"nginx","memory":8})", R"(,"taskRoleArn":"app")");
  reconcile(run("forged"));
  EXPECT_NE(stopReason("forged").find("unable to assume the role"), std::string::npos);
  EXPECT_EQ(kube_.get("secrets", "web", "forged-credentials"), "");
  kube_.set("namespaces", R"({"metadata":{"name":"web","annotations":{"ecs.taskpod.io/allowed-roles":"app"}}})");
  reconcile(run("allowed"));
  ASSERT_TRUE(opens("allowed"));
  EXPECT_NE(kube_.get("secrets", "web", "allowed-credentials"), "");
}

TEST_F(Reconciled, CredentialsThatExpireAreFetchedAnew) {
  options_.endpoint.clear();
  options_.soonest = std::chrono::milliseconds(10);
  auto map = [&](const std::string& key) {
    kube_.set("secrets",
              R"({"metadata":{"name":"role-credentials","namespace":"taskpod-system"},"data":{"app":")" +
                  net::encodeBase64(R"({"AccessKeyId":")" + key + R"(","SecretAccessKey":"S","Expiration":"2020-01-01T00:00:00Z"})") +
                  R"("}})");
  };
  auto has = [&](const std::string& key) { return valueOf("p-credentials", "task-role.json").find(key) != std::string::npos; };
  map("AKIAOLD");
  define(R"({"name":"a","image":"nginx","memory":8})", R"(,"taskRoleArn":"app")");
  reconcile(run("p"));
  ASSERT_TRUE(opens("p") && has("AKIAOLD"));
  map("AKIANEW");
  EXPECT_TRUE(until([&] { return has("AKIANEW"); }));
}

TEST_F(Reconciled, OptionsOfALogDriverAreInTheTasksOwnSecret) {
  define(
      R"({"name":"a","image":"nginx","memory":8,"logConfiguration":{"logDriver":"splunk","secretOptions":[{"name":"token","valueFrom":")" +
      std::string(kArn) + R"(:user::"}]}})");
  reconcile(run("p"));
  ASSERT_TRUE(opens("p"));
  EXPECT_EQ(valueOf("p-credentials", "log-options.json"), R"({"a":{"token":"joe"}})");
}

TEST_F(Reconciled, SecretsGoWithTheLastPodThatNamesThem) {
  withSecret(std::string(kArn));
  auto first = run("p1"), second = run("p2");
  reconcile(first);
  reconcile(second);
  ASSERT_TRUE(opens("p1") && opens("p2"));
  secrets_->onPod(first, nullptr);
  k8s::Pod ended = live("p2");
  EXPECT_NE(kube_.get("secrets", "web", secretName()), "");
  ended.status.phase = "Succeeded";
  secrets_->onPod(second, std::make_shared<const k8s::Pod>(ended));
  EXPECT_TRUE(until([&] { return kube_.get("secrets", "web", secretName()).empty(); }));
}

TEST_F(Reconciled, ASecretOfSomebodyElseStays) {
  withSecret(std::string(kArn));
  kube_.set("secrets", R"({"metadata":{"name":")" + secretName() + R"(","namespace":"web"},"data":{"value":"eA=="}})");
  kube_.set("secrets", R"({"metadata":{"name":"left","namespace":"web","labels":{"ecs.taskpod.io/resolved":"true"}}})");
  auto pod = run("p");
  reconcile(pod);
  ASSERT_TRUE(opens("p"));
  secrets_->onPod(pod, nullptr);
  EXPECT_TRUE(until([&] { return kube_.get("secrets", "web", "left").empty(); })) << "nobody names it";
  EXPECT_NE(kube_.get("secrets", "web", secretName()), "");
}

TEST_F(Reconciled, ATaskWhoseDefinitionIsGoneIsStoppedAtLast) {
  options_.giveUpAfter = std::chrono::seconds(-1);
  withSecret(std::string(kArn));
  auto revision = std::make_shared<k8s::TaskDefinitionRevision>();
  revision->spec.family = "web";
  revision->spec.revision = 1;
  auto pod = run("p");
  view_.onRevision(revision, nullptr);
  reconcile(pod);
  EXPECT_NE(stopReason("p").find("the task definition web:1 is not known"), std::string::npos);
}

TEST_F(Reconciled, AnAnswerThatMayComeYetIsWaitedFor) {
  withSecret(std::string(kArn));
  auto pod = run("p");
  kube_.failNext(503, 3);
  reconcile(pod);
  EXPECT_TRUE(opens("p"));
}

}  // namespace
}  // namespace taskpod::controller
