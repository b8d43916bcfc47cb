#include "taskpod/translate/validate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "taskpod/json/yaml.h"
#include "taskpod/translate/workload.h"
#include "tests/support/documents.h"

namespace taskpod::translate {

void PrintTo(const Problem& problem, std::ostream* out) {
  *out << problem.path << ": " << problem.message << " [" << problem.exception << "; " << problem.hint << "]";
}

namespace {

namespace fs = std::filesystem;
using json::Document;
using json::Value;

std::vector<Document> documentsIn(const fs::path& file) {
  std::string text = tests::readFile(file.string());
  std::vector<Document> json;
  if (auto document = Document::parse(text)) json.push_back(std::move(*document));
  if (!json.empty()) return json;
  auto documents = json::readYaml(text);
  EXPECT_TRUE(documents) << file << (documents ? "" : documents.error().message);
  return documents ? std::move(*documents) : std::vector<Document>();
}

std::vector<fs::path> filesIn(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(tests::testdata(folder))) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  EXPECT_FALSE(files.empty()) << folder;
  return files;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string listOf(const std::vector<Problem>& problems) {
  std::ostringstream out;
  for (const Problem& problem : problems) {
    PrintTo(problem, &out);
    out << "\n";
  }
  return out.str();
}

bool isKubernetes(const Value& document) { return document.find("kind") != nullptr; }

std::vector<Problem> problemsOf(const Value& document) {
  return isKubernetes(document) ? validateKubernetes(document) : validateTaskDefinition(document);
}

std::vector<Problem> problemsOf(std::string_view text) { return problemsOf(tests::parsed(text).root()); }

void expectProblem(const Value& want, const Problem& have) {
  EXPECT_EQ(want.stringAt("path"), have.path);
  std::string message(want.stringAt("message"));
  if (want.find("exact")->text() == "true")
    EXPECT_EQ(message, have.message) << have.path;
  else
    EXPECT_NE(lower(have.message).find(message), std::string::npos)
        << have.path << ": \"" << have.message << "\" without \"" << message << "\"";
}

TEST(Validate, TellsEveryProblemOfAGoldenCaseInOrderAndNothingElse) {
  for (const fs::path& folder : filesIn("validate")) {
    if (!fs::is_directory(folder)) continue;
    SCOPED_TRACE(folder.filename().string());
    fs::path source = fs::exists(folder / "source.json") ? folder / "source.json" : folder / "source.yaml";
    auto documents = documentsIn(source);
    ASSERT_EQ(documents.size(), 1u);
    auto have = problemsOf(documents.front().root());
    Document golden = tests::parsed(tests::readFile((folder / "problems.json").string()));
    auto want = golden.root().items();
    EXPECT_EQ(want.size(), have.size()) << listOf(have);
    for (std::size_t i = 0; i < std::min(want.size(), have.size()); ++i) expectProblem(want[i], have[i]);
  }
}

TEST(Validate, NamesAnExceptionOfEcsForTaskDefinitionsOnly) {
  for (const fs::path& folder : filesIn("validate")) {
    if (!fs::is_directory(folder)) continue;
    fs::path source = fs::exists(folder / "source.json") ? folder / "source.json" : folder / "source.yaml";
    for (const Document& document : documentsIn(source)) {
      for (const Problem& problem : problemsOf(document.root())) {
        bool isEcs = problem.exception == "ClientException" || problem.exception == "InvalidParameterException";
        EXPECT_EQ(isEcs, !isKubernetes(document.root())) << source << " " << problem.exception;
        EXPECT_FALSE(problem.message.empty()) << source << " " << problem.path;
      }
    }
  }
}

TEST(Validate, FindsNothingWrongInTheTaskDefinitionsOfTheFixtures) {
  for (const fs::path& file : filesIn("fixtures/ecs"))
    for (const Document& document : documentsIn(file)) EXPECT_EQ(listOf(validateTaskDefinition(document.root())), "") << file;
}

// The documents of a file that make pods, those of a List too.
std::vector<Value> workloadsOf(const std::vector<Document>& documents) {
  std::vector<Value> out;
  auto take = [&](const Value& value) {
    static constexpr std::string_view kKinds[] = {"Pod", "Deployment", "DaemonSet", "Job", "CronJob"};
    if (std::find(std::begin(kKinds), std::end(kKinds), value.stringAt("kind")) != std::end(kKinds)) out.push_back(value);
  };
  for (const Document& document : documents) {
    take(document.root());
    for (const Value& item : document.root().items()) take(item);
    if (const Value* items = document.root().find("items"))
      for (const Value& item : items->items()) take(item);
  }
  return out;
}

TEST(Validate, FindsNothingWrongInTheManifestsOfTheFixtures) {
  for (const fs::path& file : filesIn("fixtures/kubernetes")) {
    auto documents = documentsIn(file);
    auto workloads = workloadsOf(documents);
    EXPECT_FALSE(workloads.empty()) << file;
    for (const Value& workload : workloads) EXPECT_EQ(listOf(validateKubernetes(workload)), "") << file;
  }
}

// ---- hostile documents

// n containers, each waiting for the next; the last one for the first.
std::string ringOf(std::size_t n) {
  std::string list;
  for (std::size_t i = 0; i < n; ++i) {
    std::string next = std::to_string((i + 1) % n);
    list += std::string(i ? "," : "") + R"({"name":"c)" + std::to_string(i) + R"(","image":"a","memory":4,"links":["c)" + next +
            R"("],"dependsOn":[{"containerName":"c)" + next + R"(","condition":"START"}]})";
  }
  return R"({"family":"f","containerDefinitions":[)" + list + "]}";
}

TEST(Validate, ReadsTenThousandContainersThatWaitForEachOther) {
  auto problems = problemsOf(ringOf(10'000));
  ASSERT_EQ(problems.size(), 3u) << listOf(problems).substr(0, 2000);
  EXPECT_EQ(problems[0].path, "");
  EXPECT_EQ(problems[1].path, "containerDefinitions");
  EXPECT_EQ(problems[2].path, "containerDefinitions[0].dependsOn[0].containerName");
}

TEST(Validate, TellsOnlyTheSizeOfWhatIsFarTooLarge) {
  auto problems = problemsOf(ringOf(100'000));
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].message.find("65536"), std::string::npos);
  auto pod = problemsOf(R"({"kind":"Pod","metadata":{"name":")" + std::string(4u << 20, 'a') + "\"}}");
  ASSERT_EQ(pod.size(), 1u);
  EXPECT_EQ(pod[0].message, "Request entity too large: limit is 3145728");
}

TEST(Validate, TellsEachOfTwoCyclesOnce) {
  auto problems = problemsOf(R"({"family":"f","containerDefinitions":[
    {"name":"a","image":"i","memory":4,"dependsOn":[{"containerName":"b","condition":"START"}]},
    {"name":"b","image":"i","memory":4,"dependsOn":[{"containerName":"e","condition":"START"},{"containerName":"c","condition":"START"}]},
    {"name":"c","image":"i","memory":4,"dependsOn":[{"containerName":"b","condition":"START"},{"containerName":"d","condition":"START"}]},
    {"name":"d","image":"i","memory":4,"dependsOn":[{"containerName":"e","condition":"START"}]},
    {"name":"e","image":"i","memory":4,"dependsOn":[{"containerName":"d","condition":"START"}]}]})");
  ASSERT_EQ(problems.size(), 2u) << listOf(problems);
  EXPECT_EQ(problems[0].path, "containerDefinitions[1].dependsOn[1].containerName");
  EXPECT_EQ(problems[1].path, "containerDefinitions[3].dependsOn[0].containerName");
}

TEST(Validate, SaysOfWhatIsNoObjectOnlyThat) {
  for (std::string_view text : {"null", "[]", "\"pod\"", "7"}) {
    Document document = tests::parsed(text);
    EXPECT_EQ(validateTaskDefinition(document.root()).size(), 1u) << text;
    EXPECT_EQ(validateKubernetes(document.root()).size(), 1u) << text;
  }
  EXPECT_EQ(problemsOf(R"({"kind":"Service"})").front().path, "kind");
}

// A copy of `value` in which any value may have become another one.
Value disturbed(Document& d, const Value& value, std::mt19937_64& random) {
  static constexpr std::string_view kJunk[] = {
      "null",     "true", "-1",     "0",    "1e300",    "18446744073709551615", "\"\"",   "\"a b\"",
      "[]",       "{}",   "[null]", "[{}]", "{\"\":1}", "{\"a[0].b\":[1]}",     "[[[]]]", "\"1-2-3\"",
      "\"9e999\""};
  if (random() % 12 == 0) {
    auto junk = d.add(kJunk[random() % std::size(kJunk)]);
    EXPECT_TRUE(junk) << (junk ? "" : junk.error().message);
    return junk ? *junk : value;
  }
  std::vector<Value> items;
  for (const Value& item : value.items()) items.push_back(disturbed(d, item, random));
  if (value.isArray()) return d.array(items);
  if (!value.isObject()) return value;
  std::vector<json::Member> members;
  for (const auto& member : value.members()) members.push_back({member.name, disturbed(d, member.value, random)});
  return d.object(members);
}

TEST(Validate, SurvivesAnyDocumentAndTellsNothingTwice) {
  std::mt19937_64 random(7);
  for (const char* folder : {"fixtures/ecs", "fixtures/kubernetes"}) {
    for (const fs::path& file : filesIn(folder)) {
      for (const Document& document : documentsIn(file)) {
        for (int round = 0; round < 20; ++round) {
          Document d;
          Value value = disturbed(d, document.root(), random);
          auto problems = validateTaskDefinition(value);
          auto pods = validateKubernetes(value);
          for (auto* list : {&problems, &pods})
            for (std::size_t i = 1; i < list->size(); ++i)
              EXPECT_FALSE((*list)[i] == (*list)[i - 1]) << file << " " << json::write(value) << "\n"
                                                         << (*list)[i].path << ": " << (*list)[i].message;
        }
      }
    }
  }
}

// ---- rules that golden cases leave out

TEST(Validate, TakesASecretForAnEnvironmentVariableOfTheSameName) {
  auto problems = problemsOf(R"({"family":"f","containerDefinitions":[{"name":"a","image":"i","memory":4,
    "environment":[{"name":"TOKEN","value":"x"}],"secrets":[{"name":"TOKEN","valueFrom":"token"}]}]})");
  ASSERT_EQ(problems.size(), 1u) << listOf(problems);
  EXPECT_EQ(problems[0].path, "containerDefinitions[0].secrets[0].name");
}

TEST(Validate, ShowsQuantitiesAsTheServerWritesThem) {
  const std::pair<std::string, std::string> kPairs[] = {{"0.5", "500m"},         {"1.5Gi", "1536Mi"}, {"1024Mi", "1Gi"},  {"65Mi", "65Mi"},
                                                        {"1000m", "1"},          {"2000", "2k"},      {"1e9", "1e9"},     {"0.5Ki", "512"},
                                                        {"0.0001Ki", "102400u"}, {"1500m", "1500m"},  {"100000k", "100M"}};
  for (const auto& [written, shown] : kPairs) {
    auto problems = problemsOf(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"a","image":"i",
      "resources":{"limits":{"memory":"1u"},"requests":{"memory":")" +
                               written + R"("}}}]}})");
    ASSERT_EQ(problems.size(), 1u) << written << "\n" << listOf(problems);
    EXPECT_EQ(problems[0].message, "Invalid value: \"" + shown + "\": must be less than or equal to memory limit of 1u");
  }
}

}  // namespace
}  // namespace taskpod::translate
