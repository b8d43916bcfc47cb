#include "taskpod/translate/definition.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "taskpod/ecs/model.h"
#include "tests/support/documents.h"

namespace taskpod::translate {
namespace {

using tests::parsed;

json::Document normalized(const std::string& input) {
  json::Document document;
  auto definition = json::read<ecs::TaskDefinition>(input);
  EXPECT_TRUE(definition) << input << ": " << (definition ? "" : definition.error().message);
  if (definition) document.setRoot(normalizedDefinition(document, *document.add(input), *definition));
  return document;
}

const json::Value& at(const json::Value& value, std::string_view member) {
  static const json::Value kNone;
  const json::Value* found = value.find(member);
  EXPECT_TRUE(found) << member << " is not in " << json::write(value);
  return found ? *found : kNone;
}
const json::Value& container(const json::Document& document, std::size_t i = 0) {
  static const json::Value kNone;
  auto items = at(document.root(), "containerDefinitions").items();
  EXPECT_GT(items.size(), i);
  return i < items.size() ? items[i] : kNone;
}
std::vector<std::string> attributes(const json::Document& document) {
  std::vector<std::string> out;
  if (const json::Value* list = document.root().find("requiresAttributes"))
    for (const auto& item : list->items()) out.emplace_back(item.stringAt("name"));
  return out;
}
std::vector<std::string> texts(const json::Value& list) {
  std::vector<std::string> out;
  for (const auto& item : list.items()) out.emplace_back(item.text());
  std::sort(out.begin(), out.end());
  return out;
}
bool needs(const std::string& input, const std::string& attribute) {
  auto all = attributes(normalized(input));
  return std::find(all.begin(), all.end(), attribute) != all.end();
}
std::string oneContainer(const std::string& more, const std::string& task = "") {
  return R"({"family":"web")" + task + R"(,"containerDefinitions":[{"name":"web","image":"nginx","memory":128)" + more + "}]}";
}

TEST(NormalizedDefinition, AddsWhatEcsAddsToTheSmallestDefinition) {
  json::Document out = normalized(oneContainer(""));
  json::Document wanted = parsed(
      R"({"name":"web","image":"nginx","memory":128,"cpu":0,"portMappings":[],"essential":true,"environment":[],"mountPoints":[],"volumesFrom":[],"systemControls":[]})");
  EXPECT_TRUE(container(out) == wanted.root()) << json::write(container(out));
  EXPECT_EQ(json::write(at(out.root(), "volumes")), "[]");
  EXPECT_EQ(json::write(at(out.root(), "placementConstraints")), "[]");
  EXPECT_EQ(at(out.root(), "family").text(), "web");
}

TEST(NormalizedDefinition, FillsPortMappings) {
  json::Document bridge =
      normalized(oneContainer(R"(,"portMappings":[{"containerPort":80},{"containerPort":53,"hostPort":5353,"protocol":"udp"}])"));
  json::Document wanted =
      parsed(R"([{"containerPort":80,"hostPort":0,"protocol":"tcp"},{"containerPort":53,"hostPort":5353,"protocol":"udp"}])");
  EXPECT_TRUE(at(container(bridge), "portMappings") == wanted.root()) << json::write(container(bridge));
  for (const char* mode : {"awsvpc", "host"}) {
    json::Document same =
        normalized(oneContainer(R"(,"portMappings":[{"containerPort":80}])", R"(,"networkMode":")" + std::string(mode) + "\""));
    json::Document equal = parsed(R"([{"containerPort":80,"hostPort":80,"protocol":"tcp"}])");
    EXPECT_TRUE(at(container(same), "portMappings") == equal.root()) << mode << ": " << json::write(container(same));
  }
}

TEST(NormalizedDefinition, KeepsWhatWasGiven) {
  const std::string input =
      R"({"family":"web","networkMode":"bridge","containerDefinitions":[{"name":"web","image":"nginx","cpu":42,"memory":128,"essential":false,
      "environment":[{"name":"A","value":""}],"mountPoints":[{"sourceVolume":"v","containerPath":"/v"}],"volumesFrom":[],"dockerLabels":{"a":"b"},
      "ulimits":[{"name":"nofile","softLimit":1,"hardLimit":2}]},{"name":"main","image":"nginx","memory":5}],"volumes":[{"name":"v","host":{}}],
      "placementConstraints":[{"type":"memberOf","expression":"attribute:a exists"}]})";
  json::Document out = normalized(input);
  EXPECT_EQ(at(container(out), "essential").text(), "false");
  EXPECT_EQ(at(container(out), "cpu").text(), "42");
  EXPECT_EQ(json::write(at(container(out), "dockerLabels")), R"({"a":"b"})");
  EXPECT_EQ(at(out.root(), "placementConstraints").items().size(), 1u);
  EXPECT_EQ(at(container(out, 1), "essential").text(), "true");
  EXPECT_EQ(json::write(at(container(out), "environment").items()[0]), R"({"name":"A","value":""})");
}

TEST(NormalizedDefinition, WritesTaskSizesAsDecimalStrings) {
  struct Case {
    const char *cpu, *memory, *units, *mebibytes;
  };
  for (const Case& c : {Case{"1 vCPU", "2GB", "1024", "2048"}, Case{"1 vcpu", "2 GB", "1024", "2048"},
                        Case{".25 vCPU", "0.5 GB", "256", "512"}, Case{"512", "1024", "512", "1024"}}) {
    json::Document out = normalized(oneContainer("", R"(,"cpu":")" + std::string(c.cpu) + R"(","memory":")" + c.memory + "\""));
    EXPECT_EQ(at(out.root(), "cpu").text(), c.units) << c.cpu;
    EXPECT_TRUE(at(out.root(), "cpu").isString());
    EXPECT_EQ(at(out.root(), "memory").text(), c.mebibytes) << c.memory;
  }
}

TEST(NormalizedDefinition, LeavesOutWhatIsAbsent) {
  json::Document out = normalized(oneContainer(""));
  for (const char* absent : {"requiresCompatibilities", "taskRoleArn", "executionRoleArn", "cpu", "memory", "pidMode", "proxyConfiguration",
                             "ephemeralStorage", "runtimePlatform", "inferenceAccelerators", "tags"})
    EXPECT_FALSE(out.root().find(absent)) << absent;
  for (const char* absent :
       {"command", "entryPoint", "healthCheck", "logConfiguration", "linuxParameters", "dockerLabels", "links", "secrets"})
    EXPECT_FALSE(container(out).find(absent)) << absent;
}

TEST(NormalizedDefinition, DoesNotShowTagsForTheyComeBesideIt) {
  EXPECT_FALSE(normalized(oneContainer("", R"(,"tags":[{"key":"a","value":"b"}])")).root().find("tags"));
}

TEST(NormalizedDefinition, TellsTheLaunchTypesThatItIsGoodFor) {
  auto compatible = [](const std::string& input) {
    json::Document out = normalized(input);
    return texts(at(out.root(), "compatibilities"));
  };
  auto has = [](const std::vector<std::string>& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  auto plain = compatible(oneContainer(""));
  EXPECT_TRUE(has(plain, "EC2"));
  EXPECT_FALSE(has(plain, "FARGATE")) << "bridge";
  auto fargate =
      compatible(oneContainer("", R"(,"networkMode":"awsvpc","cpu":"256","memory":"512","requiresCompatibilities":["FARGATE"])"));
  EXPECT_TRUE(has(fargate, "EC2"));
  EXPECT_TRUE(has(fargate, "FARGATE"));
  auto privileged = compatible(oneContainer(R"(,"privileged":true)", R"(,"networkMode":"awsvpc","cpu":"256","memory":"512")"));
  EXPECT_FALSE(has(privileged, "FARGATE"));
}

TEST(NormalizedDefinition, NamesTheAttributesThatAnInstanceNeeds) {
  EXPECT_TRUE(needs(oneContainer(R"(,"privileged":true)"), "com.amazonaws.ecs.capability.privileged-container"));
  EXPECT_TRUE(needs(oneContainer("", R"(,"networkMode":"awsvpc")"), "ecs.capability.task-eni"));
  EXPECT_TRUE(
      needs(oneContainer("", R"(,"taskRoleArn":"arn:aws:iam::000000000000:role/r")"), "com.amazonaws.ecs.capability.task-iam-role"));
  EXPECT_TRUE(
      needs(oneContainer("", R"(,"networkMode":"host","taskRoleArn":"r")"), "com.amazonaws.ecs.capability.task-iam-role-network-host"));
  EXPECT_TRUE(needs(oneContainer(R"(,"logConfiguration":{"logDriver":"awslogs"})"), "com.amazonaws.ecs.capability.logging-driver.awslogs"));
  EXPECT_TRUE(needs(oneContainer(R"(,"logConfiguration":{"logDriver":"awslogs"})", R"(,"executionRoleArn":"r")"),
                    "ecs.capability.execution-role-awslogs"));
  EXPECT_TRUE(needs(oneContainer(R"(,"healthCheck":{"command":["CMD","true"]})"), "ecs.capability.container-health-check"));
  EXPECT_TRUE(
      needs(oneContainer(R"(,"secrets":[{"name":"A","valueFrom":"parameter"}])"), "ecs.capability.secrets.ssm.environment-variables"));
  EXPECT_TRUE(
      needs(oneContainer(R"(,"secrets":[{"name":"A","valueFrom":"arn:aws:secretsmanager:us-east-1:000000000000:secret:s-123456"}])"),
            "ecs.capability.secrets.asm.environment-variables"));
  EXPECT_TRUE(
      needs(oneContainer(R"(,"repositoryCredentials":{"credentialsParameter":"arn:aws:secretsmanager:us-east-1:000000000000:secret:s"})"),
            "ecs.capability.private-registry-authentication.secretsmanager"));
  EXPECT_TRUE(needs(
      R"({"family":"web","containerDefinitions":[{"name":"a","image":"i","memory":5},{"name":"b","image":"i","memory":5,"dependsOn":[{"containerName":"a","condition":"START"}]}]})",
      "ecs.capability.container-ordering"));
  EXPECT_TRUE(needs(oneContainer("", R"(,"cpu":"256","memory":"512")"), "ecs.capability.task-cpu-mem-limit"));
  EXPECT_TRUE(needs(oneContainer("", R"(,"pidMode":"task")"), "ecs.capability.pid-ipc-namespace-sharing"));
  EXPECT_TRUE(
      needs(oneContainer(R"(,"environmentFiles":[{"value":"arn:aws:s3:::bucket/a.env","type":"s3"}])"), "ecs.capability.env-files.s3"));
  EXPECT_FALSE(needs(oneContainer(""), "ecs.capability.task-eni"));
  EXPECT_FALSE(needs(oneContainer(""), "com.amazonaws.ecs.capability.privileged-container"));
}

TEST(NormalizedDefinition, NamesEachAttributeOnce) {
  auto all = attributes(normalized(
      R"({"family":"web","networkMode":"awsvpc","containerDefinitions":[{"name":"a","image":"i","memory":5,"logConfiguration":{"logDriver":"awslogs"}},{"name":"b","image":"i","memory":5,"logConfiguration":{"logDriver":"awslogs"}}]})"));
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
}

TEST(NormalizedDefinition, OfItselfIsTheSameAgain) {
  json::Document once =
      normalized(oneContainer(R"(,"portMappings":[{"containerPort":80}])", R"(,"networkMode":"awsvpc","cpu":"1 vCPU","memory":"2GB")"));
  json::Document twice = normalized(json::write(once.root()));
  EXPECT_TRUE(once.root() == twice.root()) << json::write(once.root()) << "\n" << json::write(twice.root());
}

TEST(NormalizedDefinition, IsAnAnswerOfTheModelForEveryExample) {
  json::Document examples = parsed(tests::readFile(tests::testdata("ecs/examples-1.json")));
  std::vector<std::string> inputs = {oneContainer("")};
  for (const auto& example : examples.root().find("examples")->find("RegisterTaskDefinition")->items())
    inputs.push_back(json::write(*example.find("input")));
  for (const auto& input : inputs) {
    json::Document out = normalized(input);
    json::Document answer = parsed(R"({"taskDefinition":)" + json::write(out.root()) + "}");
    for (const auto& fault : ecs::checkAnswer(*ecs::findOperation("DescribeTaskDefinition"), answer.root()))
      ADD_FAILURE() << fault << " in " << json::write(out.root());
  }
}

}  // namespace
}  // namespace taskpod::translate
