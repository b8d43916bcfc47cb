#include <gtest/gtest.h>

#include "taskpod/ecs/task_definition.h"
#include "taskpod/json/yaml.h"
#include "taskpod/k8s/pod.h"
#include "tests/support/documents.h"

namespace taskpod {
namespace {

using tests::parsed;

std::string yamlAsJson(std::string_view text) {
  auto documents = json::readYaml(text);
  if (!documents) return "error: " + documents.error().message;
  std::string out;
  for (const auto& document : *documents) out += (out.empty() ? "" : "\n") + json::write(document.root());
  return out;
}

TEST(Codec, KeepsMembersThatItDoesNotKnow) {
  constexpr std::string_view kText =
      R"({"family":"web","newField":{"a":[1,2.5,"x",null,true]},"containerDefinitions":[{"name":"c","later":"y"}]})";
  auto task = json::read<ecs::TaskDefinition>(kText);
  ASSERT_TRUE(task);
  EXPECT_TRUE(parsed(json::write(*task)).root() == parsed(kText).root());
}

TEST(Codec, NamesThePathOfAWrongValue) {
  auto task = json::read<ecs::TaskDefinition>(R"({"containerDefinitions":[{"name":"a"},{"portMappings":[{"containerPort":"http"}]}]})");
  ASSERT_FALSE(task);
  EXPECT_EQ(task.error().message, "containerDefinitions[1].portMappings[0].containerPort: expected an integer, found a string (\"http\")");
}

TEST(Document, KeepsIntegersToTheLastDigitAndOneTextPerNumber) {
  auto document =
      json::Document::parse("[500000,1e5,100000.0,9007199254740993,-9223372036854775808,18446744073709551615,80.0,1.10,1e300,0.25]");
  ASSERT_TRUE(document);
  EXPECT_EQ(json::write(document->root()),
            "[500000,100000,100000,9007199254740993,-9223372036854775808,18446744073709551615,80,1.1,1e+300,0.25]");
}

TEST(Codec, TakesNumbersFromStringsOnlyWhereAsked) {
  EXPECT_FALSE(json::read<ecs::TaskDefinition>(R"({"containerDefinitions":[{"memory":"100"}]})"));
  auto task = json::read<ecs::TaskDefinition>(R"({"cpu":256,"containerDefinitions":[{"memory":"100"}]})", {.scalarsFromStrings = true});
  ASSERT_TRUE(task);
  EXPECT_EQ(task->containerDefinitions[0].memory, 100);
  EXPECT_EQ(task->cpu, "256");
}

TEST(Codec, RefusesHostileInput) {
  for (const char* text : {R"({"family":"a","family":"b"})", R"({"x":1,"x":2})", R"({"family":tru})", R"({"family":"a"} trailing)",
                           R"({"containerDefinitions":[{"cpu":99999999999}]})", "", "[]", "nul"})
    EXPECT_FALSE(json::read<ecs::TaskDefinition>(text)) << text;
  EXPECT_FALSE(json::read<ecs::TaskDefinition>(std::string(1'000'000, '[')));
  EXPECT_FALSE(json::Document::parse("{\"a\":" + std::string(200, '[') + std::string(200, ']') + "}"));
}

TEST(Codec, TellsFalseFromAbsent) {
  auto task = json::read<ecs::TaskDefinition>(R"({"containerDefinitions":[{"essential":false},{}]})");
  ASSERT_TRUE(task);
  EXPECT_EQ(task->containerDefinitions[0].essential, false);
  EXPECT_FALSE(task->containerDefinitions[1].essential);
}

TEST(Codec, ReadsAndWritesTheFullyPopulatedPodWithoutADifference) {
  std::string text = tests::readFile(tests::testdata("kubernetes/core.v1.Pod.json"));
  auto pod = json::read<k8s::Pod>(text);
  ASSERT_TRUE(pod) << pod.error().message;
  EXPECT_TRUE(tests::sameDocument(parsed(json::write(*pod)).root(), parsed(text).root()));
}

TEST(Yaml, GivesPlainScalarsTheTypesThatKubectlGives) {
  EXPECT_EQ(
      yamlAsJson("{a: yes, b: off, c: 017, d: 0x10, e: 1_000, f: 1.10, g: .5, h: ~, i: 2026-11-25, j: 12:30:45, k: 500m, l: \"true\", m: "
                 "'12', o: 1.10.2}"),
      R"({"a":true,"b":false,"c":15,"d":16,"e":1000,"f":1.1,"g":0.5,"h":null,"i":"2026-11-25","j":"12:30:45","k":"500m","l":"true","m":"12","o":"1.10.2"})");
}

TEST(Yaml, MergesAndSharesAnchors) {
  EXPECT_EQ(yamlAsJson("base: &b {x: 1, z: 2}\nuse: {<<: *b, z: 3}\n"), R"({"base":{"x":1,"z":2},"use":{"z":3,"x":1}})");
}

TEST(Yaml, ReadsSeveralDocumentsAndLeavesOutEmptyOnes) { EXPECT_EQ(yamlAsJson("---\n---\na: 1\n---\nb: 2\n"), "{\"a\":1}\n{\"b\":2}"); }

TEST(Yaml, EndsHostileInputInAnErrorThatNamesThePlace) {
  EXPECT_EQ(yamlAsJson("a: 1\na: 2\n"), "error: line 2, column 4: duplicate key \"a\"");
  EXPECT_TRUE(yamlAsJson("&a [*a]").starts_with("error: "));
  EXPECT_TRUE(yamlAsJson("? [1]\n: x\n").starts_with("error: "));
  EXPECT_TRUE(yamlAsJson("a: .inf\n").starts_with("error: "));
  EXPECT_TRUE(yamlAsJson("a: !!python/object x\n").starts_with("error: "));
  std::string laughs = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'j'; ++c)
    laughs += std::string(1, c) + ": &" + c + " [" + std::string("*") + char(c - 1) + ",*" + char(c - 1) + ",*" + char(c - 1) + ",*" +
              char(c - 1) + ",*" + char(c - 1) + ",*" + char(c - 1) + ",*" + char(c - 1) + "]\n";
  EXPECT_TRUE(yamlAsJson(laughs).find("aliases expand") != std::string::npos);
  EXPECT_TRUE(yamlAsJson(std::string(100'000, '[')).starts_with("error: "));
  EXPECT_TRUE(yamlAsJson(std::string(json::kMaxYamlBytes + 1, 'x')).starts_with("error: "));
}

TEST(Yaml, WritesStringsSoThatTheyComeBackAsStrings) {
  auto document = parsed(
      R"({"a":["true","123","1e3","yes","0x10","~","","null","a: b","- x","#c","line\nbreak","ünï","plain","nginx:1.27","2026-11-25","---","'","\u0007"],"b":{},"c":[]})");
  EXPECT_EQ(yamlAsJson(json::writeYaml(document.root())), json::write(document.root()));
}

// What fuzzing found: text for which the parser began the same document for ever.
TEST(Yaml, AFileThatTheParserNeverGetsThroughIsRefused) {
  auto documents = json::readYaml(tests::readFile(tests::testdata("fuzz/yaml-endless-document.yaml")));
  EXPECT_FALSE(documents);
}

TEST(Yaml, KeysTooLongForOneLineAreWrittenInTheirLongForm) {
  json::Document document = tests::parsed("{\"" + std::string(1500, 'k') + "\":{\"\\u001b\":1}}");
  auto again = json::readYaml(json::writeYaml(document.root()));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->front().root() == document.root());
}

TEST(Yaml, TextThatIsNotUtf8IsRefused) { EXPECT_FALSE(json::readYaml(std::string_view("a: \xff\xfe", 5))); }

}  // namespace
}  // namespace taskpod
