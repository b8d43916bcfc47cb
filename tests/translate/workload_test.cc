#include "taskpod/translate/workload.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "taskpod/json/yaml.h"
#include "taskpod/translate/rolling.h"
#include "tests/support/documents.h"
#include "tests/support/golden.h"

namespace taskpod::translate {
namespace {

namespace fs = std::filesystem;
using json::Document;
using json::Value;

std::vector<Document> streamIn(const fs::path& folder) {
  fs::path source = fs::exists(folder / "source.json") ? folder / "source.json" : folder / "source.yaml";
  auto documents = json::readYaml(tests::readFile(source.string()));
  EXPECT_TRUE(documents) << source << (documents ? "" : documents.error().message);
  std::vector<Document> out;
  if (!documents) return out;
  for (auto& document : *documents) {
    if (!document.root().isArray()) {
      out.push_back(std::move(document));
      continue;
    }
    for (const Value& item : document.root().items()) out.push_back(tests::parsed(json::write(item)));
  }
  return out;
}

Result<StreamConversion> convert(const std::vector<Document>& documents) {
  std::vector<Value> roots;
  for (const auto& document : documents) roots.push_back(document.root());
  return convertStream(roots, isEcs(kindOf(roots.front())) ? Direction::ToPod : Direction::ToTaskDefinition);
}

std::vector<Document> documentsOf(StreamConversion conversion) {
  std::vector<Document> out;
  for (auto& document : conversion.documents) out.push_back(std::move(document.document));
  return out;
}

// The same documents in whatever order; DescribeTaskDefinition's wrapper aside.
std::string differenceOf(const std::vector<Document>& source, const std::vector<Document>& back) {
  std::vector<std::string> left;
  for (const auto& document : back) left.push_back(json::write(document.root()));
  for (const auto& document : source) {
    const Value* inner = document.root().find("taskDefinition");
    const Value& want = inner && inner->isObject() ? *inner : document.root();
    auto isIt = [&](const auto& other) {
      std::string problem;
      bool wrapped = &want == inner;  // the tags stood beside it
      return wrapped ? tests::contains(other.root(), want, "", problem) : tests::sameDocument(other.root(), want);
    };
    auto found = std::find_if(back.begin(), back.end(), isIt);
    if (found == back.end()) {
      std::string all;
      for (const auto& text : left) all += "\n  " + text;
      return "does not come back: " + json::write(want) + "\nback:" + all;
    }
  }
  return source.size() == back.size() ? "" : std::to_string(back.size()) + " documents came back of " + std::to_string(source.size());
}

std::string judge(const fs::path& folder) {
  std::vector<Document> source = streamIn(folder);
  auto made = convert(source);
  if (fs::exists(folder / "error.txt")) {
    std::string text = tests::readFile((folder / "error.txt").string());
    while (!text.empty() && text.back() == '\n') text.pop_back();
    if (made) return "no error";
    return made.error().message.find(text) == std::string::npos ? "error: " + made.error().message : "";
  }
  if (!made) return made.error().message;
  std::vector<Document> result = documentsOf(std::move(*made));
  Document all;
  std::vector<Value> items;
  for (const auto& document : result) items.push_back(document.root());
  Value list = all.array(items);
  Document expected = tests::parsed(tests::readFile((folder / "expected.json").string()));
  if (items.size() != expected.root().items().size()) return std::to_string(items.size()) + " documents";
  std::string problem;
  for (std::size_t i = 0; i < items.size(); ++i)
    if (!tests::contains(items[i], expected.root().items()[i], "/" + std::to_string(i), problem)) return problem;
  Document about = tests::parsed(tests::readFile((folder / "case.json").string()));
  if (const Value* absent = about.root().find("absent"))
    for (const Value& pointer : absent->items())
      if (tests::at(list, pointer.text())) return std::string(pointer.text()) + " must be absent";
  auto back = convert(result);
  if (!back) return "back: " + back.error().message;
  return differenceOf(source, documentsOf(std::move(*back)));
}

TEST(Workloads, CasesFromTheManualsAreMetAndComeBackEqual) {
  int cases = 0;
  for (const auto& entry : fs::directory_iterator(tests::testdata("workloads"))) {
    if (!entry.is_directory()) continue;
    EXPECT_EQ(judge(entry.path()), "") << entry.path().filename();
    ++cases;
  }
  EXPECT_GT(cases, 80);
}

// The number of running tasks that either vocabulary allows, for every count and percentage.
TEST(Rolling, KeepsTheNumbersOfEcsForEveryCountAndPercentage) {
  for (std::int32_t count = 1; count <= 20; ++count) {
    for (std::int32_t minimum = 0; minimum <= 100; minimum += 5) {
      for (std::int32_t maximum = 100; maximum <= 200; maximum += 5) {
        Rolling rolling = rollingOf({minimum, maximum}, count);
        std::int64_t least = (std::int64_t{count} * minimum + 99) / 100, most = std::int64_t{count} * maximum / 100;
        ASSERT_EQ(rolling.maxUnavailable.text, std::to_string(100 - minimum) + "%");
        ASSERT_EQ(count - count * (100 - minimum) / 100, least);
        bool stuck = least == count && most == count;
        if (stuck) continue;  // ECS could not replace a task either
        std::int64_t surge =
            rolling.maxSurge.isString ? (std::int64_t{count} * std::stoi(rolling.maxSurge.text) + 99) / 100 : rolling.maxSurge.number;
        ASSERT_EQ(count + surge, most) << count << " " << minimum << "/" << maximum;
        Percentages back = percentagesOf(rolling, count);
        ASSERT_EQ((std::int64_t{count} * back.minimumHealthy + 99) / 100, least);
        ASSERT_EQ(std::int64_t{count} * back.maximum / 100, most) << count << " " << minimum << "/" << maximum;
      }
    }
  }
}

}  // namespace
}  // namespace taskpod::translate
