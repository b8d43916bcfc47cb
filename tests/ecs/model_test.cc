#include "taskpod/ecs/model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/support/documents.h"

namespace taskpod::ecs {
namespace {

using tests::parsed;

RequestProblem problemOf(const std::string& operation, const std::string& body) {
  const Operation* found = findOperation(operation);
  EXPECT_TRUE(found) << operation;
  json::Document document = parsed(body);
  auto problem = found ? checkRequest(*found, document.root()) : std::nullopt;
  EXPECT_TRUE(problem) << operation << " takes " << body;
  return problem.value_or(RequestProblem{});
}

std::string whyRefused(const std::string& operation, const std::string& body) {
  const Operation* found = findOperation(operation);
  EXPECT_TRUE(found) << operation;
  json::Document document = parsed(body);
  auto problem = found ? checkRequest(*found, document.root()) : std::nullopt;
  return problem ? problem->exception + ": " + problem->message : "";
}

std::vector<std::string> faultsOf(const std::string& operation, const std::string& body) {
  const Operation* found = findOperation(operation);
  EXPECT_TRUE(found) << operation;
  json::Document document = parsed(body);
  return found ? checkAnswer(*found, document.root()) : std::vector<std::string>{};
}

TEST(Model, HasEveryOperationOfTheServiceModelWithItsShapesAndErrors) {
  json::Document model = parsed(tests::readFile(tests::testdata("ecs/service-2.json")));
  std::size_t count = 0;
  for (const auto& member : model.root().find("operations")->members()) {
    ++count;
    const Operation* operation = findOperation(member.name);
    ASSERT_TRUE(operation) << member.name;
    EXPECT_EQ(operation->name, member.name);
    EXPECT_EQ(operation->input, member.value.find("input")->stringAt("shape")) << member.name;
    EXPECT_EQ(operation->output, member.value.find("output")->stringAt("shape")) << member.name;
    std::set<std::string_view> wanted, has(operation->errors.begin(), operation->errors.end());
    if (const json::Value* errors = member.value.find("errors"))
      for (const auto& error : errors->items()) wanted.insert(error.stringAt("shape"));
    EXPECT_EQ(has, wanted) << member.name;
  }
  EXPECT_EQ(count, 77u);
  EXPECT_EQ(operations().size(), 77u);
  EXPECT_TRUE(std::is_sorted(operations().begin(), operations().end(), [](const auto& a, const auto& b) { return a.name < b.name; }));
}

TEST(Model, DoesNotKnowWhatIsNoOperation) {
  for (const char* name : {"", "runTask", "RunTasks", "RunTask ", "RunTask\n"}) EXPECT_FALSE(findOperation(name)) << name;
}

TEST(Model, TakesTheRequestsOfItsExamples) {
  json::Document examples = parsed(tests::readFile(tests::testdata("ecs/examples-1.json")));
  int count = 0;
  for (const auto& member : examples.root().find("examples")->members())
    for (const auto& example : member.value.items()) {
      const json::Value* input = example.find("input");
      if (!input) continue;
      const Operation* operation = findOperation(member.name);
      ASSERT_TRUE(operation) << member.name;
      auto problem = checkRequest(*operation, *input);
      EXPECT_FALSE(problem) << member.name << ": " << (problem ? problem->message : "");
      ++count;
    }
  EXPECT_GT(count, 30);
}

TEST(Model, TakesAnEmptyRequestWhereNothingIsRequired) {
  for (const char* operation :
       {"ListClusters", "CreateCluster", "ListTasks", "DescribeClusters", "ListTaskDefinitions", "ListAccountSettings", "ListServices"})
    EXPECT_EQ(whyRefused(operation, "{}"), "") << operation;
}

TEST(Request, WithARequiredMemberMissingIsAnInvalidParameterInAwsWords) {
  for (const char* body : {"{}", R"({"taskDefinition":null})", R"({"cluster":"c","count":1})"}) {
    RequestProblem problem = problemOf("RunTask", body);
    EXPECT_EQ(problem.exception, "InvalidParameterException");
    EXPECT_EQ(problem.message,
              "1 validation error detected: Value null at 'taskDefinition' failed to satisfy constraint: Member must not be null");
  }
  EXPECT_NE(problemOf("DescribeTasks", "{}").message.find("'tasks'"), std::string::npos);
  EXPECT_NE(problemOf("PutAttributes", R"({"attributes":[{"name":"a"},{"value":"b"}]})").message.find("name"), std::string::npos);
}

TEST(Request, WithARequiredMemberMissingDeepInsideNamesItsPath) {
  RequestProblem problem = problemOf(
      "RegisterTaskDefinition", R"({"family":"f","containerDefinitions":[{"name":"a"},{"name":"b","dependsOn":[{"containerName":"a"}]}]})");
  EXPECT_EQ(problem.exception, "InvalidParameterException");
  EXPECT_NE(problem.message.find("containerDefinitions"), std::string::npos) << problem.message;
  EXPECT_NE(problem.message.find("dependsOn"), std::string::npos) << problem.message;
  EXPECT_NE(problem.message.find("condition"), std::string::npos) << problem.message;
}

TEST(Request, WithAMemberOfTheWrongTypeIsASerializationException) {
  struct Case {
    const char *operation, *body, *path;
  };
  for (const Case& c :
       {Case{"RunTask", R"({"taskDefinition":7})", "taskDefinition"}, Case{"RunTask", R"({"taskDefinition":"f","count":"2"})", "count"},
        Case{"RunTask", R"({"taskDefinition":"f","count":1.5})", "count"},
        Case{"RunTask", R"({"taskDefinition":"f","count":true})", "count"},
        Case{"RunTask", R"({"taskDefinition":"f","enableExecuteCommand":"true"})", "enableExecuteCommand"},
        Case{"RunTask", R"({"taskDefinition":"f","tags":{}})", "tags"},
        Case{"RunTask", R"({"taskDefinition":"f","overrides":[]})", "overrides"},
        Case{"RunTask", R"({"taskDefinition":"f","tags":["a"]})", "tags"}, Case{"DescribeTasks", R"({"tasks":"t"})", "tasks"},
        Case{"DescribeTasks", R"({"tasks":["a",3]})", "tasks"}, Case{"RunTask", R"({"taskDefinition":"f","count":99999999999})", "count"},
        Case{"RegisterTaskDefinition", R"({"family":"f","containerDefinitions":[{"dockerLabels":{"a":1}}]})", "dockerLabels"},
        Case{"CreateService", R"({"serviceName":"s","deploymentConfiguration":{"maximumPercent":"200"}})", "maximumPercent"}}) {
    RequestProblem problem = problemOf(c.operation, c.body);
    EXPECT_EQ(problem.exception, "SerializationException") << c.body;
    EXPECT_NE(problem.message.find(c.path), std::string::npos) << c.body << ": " << problem.message;
  }
}

TEST(Request, ThatIsNoObjectIsASerializationException) {
  for (const char* body : {"[]", "\"text\"", "7", "true"})
    EXPECT_EQ(problemOf("ListClusters", body).exception, "SerializationException") << body;
}

TEST(Request, WithAMemberThatTheModelDoesNotHaveIsRefused) {
  struct Case {
    const char *operation, *body, *path;
  };
  for (const Case& c :
       {Case{"ListClusters", R"({"colour":"red"})", "colour"},
        Case{"RunTask", R"({"taskDefinition":"f","TaskDefinition":"f"})", "TaskDefinition"},
        Case{"RunTask", R"({"taskDefinition":"f","overrides":{"containerOverrides":[{"name":"a","imagee":"b"}]}})", "imagee"}}) {
    RequestProblem problem = problemOf(c.operation, c.body);
    EXPECT_TRUE(problem.exception == "SerializationException" || problem.exception == "InvalidParameterException") << problem.exception;
    EXPECT_NE(problem.message.find(c.path), std::string::npos) << problem.message;
  }
}

TEST(Request, WithAWordOutsideAnEnumerationIsAnInvalidParameter) {
  struct Case {
    const char *operation, *body, *word, *path;
  };
  for (const Case& c :
       {Case{"RunTask", R"({"taskDefinition":"f","launchType":"LAMBDA"})", "LAMBDA", "launchType"},
        Case{"ListTasks", R"({"desiredStatus":"running"})", "running", "desiredStatus"},
        Case{"CreateService", R"({"serviceName":"s","placementStrategy":[{"type":"spred"}]})", "spred", "placementStrategy"},
        Case{"DescribeClusters", R"({"include":["TAGS","EVERYTHING"]})", "EVERYTHING", "include"}}) {
    RequestProblem problem = problemOf(c.operation, c.body);
    EXPECT_EQ(problem.exception, "InvalidParameterException") << c.body;
    EXPECT_NE(problem.message.find(c.path), std::string::npos) << problem.message;
    EXPECT_NE(problem.message.find(c.word), std::string::npos) << problem.message;
  }
}

TEST(Request, OutsideTheLimitsOfTheModelIsAnInvalidParameter) {
  // The limits that the service model itself has: of tags, of capacity provider items, of task protection pages.
  std::string longKey(129, 'k'), longValue(257, 'v');
  struct Case {
    std::string operation, body, path;
  };
  for (const Case& c :
       {Case{"TagResource", R"({"resourceArn":"a","tags":[{"key":")" + longKey + R"(","value":"v"}]})", "key"},
        Case{"TagResource", R"({"resourceArn":"a","tags":[{"key":"","value":"v"}]})", "key"},
        Case{"TagResource", R"({"resourceArn":"a","tags":[{"key":"k","value":")" + longValue + R"("}]})", "value"},
        Case{"CreateService", R"({"serviceName":"s","capacityProviderStrategy":[{"capacityProvider":"FARGATE","weight":1001}]})", "weight"},
        Case{"CreateService", R"({"serviceName":"s","capacityProviderStrategy":[{"capacityProvider":"FARGATE","weight":-1}]})", "weight"},
        Case{"CreateService", R"({"serviceName":"s","capacityProviderStrategy":[{"capacityProvider":"FARGATE","base":100001}]})",
             "base"}}) {
    RequestProblem problem = problemOf(c.operation, c.body);
    EXPECT_EQ(problem.exception, "InvalidParameterException") << c.body;
    EXPECT_NE(problem.message.find(c.path), std::string::npos) << problem.message;
  }
  std::string fits = R"({"resourceArn":"a","tags":[{"key":")" + longKey.substr(1) + R"(","value":")" + longValue.substr(1) + R"("}]})";
  EXPECT_EQ(whyRefused("TagResource", fits), "");
  EXPECT_EQ(whyRefused("CreateService",
                       R"({"serviceName":"s","capacityProviderStrategy":[{"capacityProvider":"F","weight":1000,"base":100000}]})"),
            "");
}

TEST(Request, MayHaveNullForWhatIsAbsent) {
  EXPECT_EQ(whyRefused("RunTask", R"({"taskDefinition":"f","cluster":null,"overrides":null,"tags":null,"count":null})"), "");
}

TEST(Request, OfEveryOperationIsRefusedAsAListAndWithAMemberThatIsUnknown) {
  for (const Operation& operation : operations()) {
    json::Document list = parsed("[]"), unknown = parsed(R"({"no-such-member":1})");
    EXPECT_TRUE(checkRequest(operation, list.root())) << operation.name;
    EXPECT_TRUE(checkRequest(operation, unknown.root())) << operation.name;
  }
}

TEST(AnswerCheck, FindsNothingWrongWithAGoodAnswer) {
  EXPECT_TRUE(faultsOf("ListClusters", R"({"clusterArns":["a"]})").empty());
  EXPECT_TRUE(
      faultsOf("DescribeTasks",
               R"({"tasks":[{"lastStatus":"RUNNING","createdAt":1764064800.25,"version":3,"containers":[{"exitCode":0}]}],"failures":[]})")
          .empty());
  EXPECT_TRUE(faultsOf("TagResource", "{}").empty());
}

TEST(AnswerCheck, FindsEveryFault) {
  for (const char* body : {R"({"tasks":[{"colour":"red"}]})", R"({"task":[]})", R"({"tasks":[{"createdAt":"2026-11-25T10:00:00Z"}]})",
                           R"({"tasks":[{"version":"3"}]})", R"({"tasks":[{"healthStatus":"FINE"}]})", R"({"tasks":[{"stopCode":""}]})",
                           R"({"tasks":[{"startedBy":null}]})", R"({"tasks":null})", R"({"tasks":[{"ephemeralStorage":{}}]})",
                           R"({"tasks":[{"containers":{}}]})", R"({"tasks":[null]})", R"([])"})
    EXPECT_FALSE(faultsOf("DescribeTasks", body).empty()) << body;
  EXPECT_GE(faultsOf("DescribeTasks", R"({"tasks":[{"colour":"red","version":"3"},{"stopCode":"Bored"}]})").size(), 3u);
}

TEST(AnswerCheck, FindsAnEmptyNetworkConfigurationOfAService) {
  EXPECT_FALSE(faultsOf("DescribeServices", R"({"services":[{"serviceName":"s","networkConfiguration":{}}]})").empty());
  EXPECT_TRUE(faultsOf("DescribeServices", R"({"services":[{"serviceName":"s","loadBalancers":[],"events":[]}]})").empty())
      << "empty lists are as ECS has them";
}

}  // namespace
}  // namespace taskpod::ecs
