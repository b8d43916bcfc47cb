#include "taskpod/translate/inputs.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "taskpod/json/yaml.h"
#include "tests/support/documents.h"
#include "tests/support/golden.h"

namespace taskpod::translate {
namespace {

namespace fs = std::filesystem;
using json::Document;
using json::Value;

// Every mount names a volume of its definition.
std::string looseMountIn(const Value& document) {
  const Value* containers = document.find("containerDefinitions");
  for (const Value& container : containers ? containers->items() : std::span<const Value>()) {
    const Value* mounts = container.find("mountPoints");
    for (const Value& mount : mounts ? mounts->items() : std::span<const Value>()) {
      bool found = false;
      for (const Value& volume : document.find("volumes") ? document.find("volumes")->items() : std::span<const Value>())
        found |= volume.stringAt("name") == mount.stringAt("sourceVolume");
      if (!found) return "no volume " + std::string(mount.stringAt("sourceVolume"));
    }
  }
  return {};
}

std::string judge(const fs::path& folder) {
  fs::path source = fs::exists(folder / "source.json") ? folder / "source.json" : folder / "source.yaml";
  auto documents = json::readYaml(tests::readFile(source.string()), {.functionTags = true});
  if (!documents || documents->size() != 1) return "source cannot be read" + (documents ? "" : ": " + documents.error().message);
  auto made = expandInput(documents->front().root());
  if (!made) return "is taken for an ordinary document";
  if (fs::exists(folder / "error.txt")) {
    std::string text = tests::readFile((folder / "error.txt").string());
    if (*made) return "no error";
    return made->error().message.find(text) == std::string::npos ? "error: " + made->error().message : "";
  }
  if (!*made) return made->error().message;
  Document all;
  std::vector<Value> items;
  for (const auto& document : (*made)->documents) items.push_back(document.root());
  Value list = all.array(items);
  Document expected = tests::parsed(tests::readFile((folder / "expected.json").string()));
  if (items.size() != expected.root().items().size()) return std::to_string(items.size()) + " documents";
  std::string problem;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!tests::contains(items[i], expected.root().items()[i], "/" + std::to_string(i), problem)) return problem;
    if (auto loose = looseMountIn(items[i]); !loose.empty()) return loose;
  }
  Document about = tests::parsed(tests::readFile((folder / "case.json").string()));
  if (const Value* absent = about.root().find("absent"))
    for (const Value& pointer : absent->items())
      if (tests::at(list, pointer.text())) return std::string(pointer.text()) + " must be absent";
  std::string warnings;
  for (const auto& warning : (*made)->warnings) warnings += warning + "\n";
  if (const Value* wanted = about.root().find("warnings"))
    for (const Value& warning : wanted->items())
      if (warnings.find(warning.text()) == std::string::npos) return "no warning of " + std::string(warning.text()) + " among\n" + warnings;
  return {};
}

TEST(Inputs, CasesFromTheManualsAreMet) {
  int cases = 0;
  for (const auto& entry : fs::directory_iterator(tests::testdata("inputs"))) {
    if (!entry.is_directory()) continue;
    EXPECT_EQ(judge(entry.path()), "") << entry.path().filename();
    ++cases;
  }
  EXPECT_GT(cases, 50);
}

}  // namespace
}  // namespace taskpod::translate
