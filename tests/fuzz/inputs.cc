// Compose files, templates, Terraform; streams of workloads.
#include "taskpod/translate/inputs.h"
#include "taskpod/json/yaml.h"
#include "taskpod/translate/workload.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taskpod;
  auto documents = json::readYaml(textOf(data, size), {.functionTags = true});
  if (!documents || documents->empty()) return 0;
  std::vector<json::Value> roots;
  for (const auto& document : *documents) {
    (void)translate::expandInput(document.root());
    if (!translate::kindOf(document.root()).empty()) roots.push_back(document.root());
  }
  if (roots.empty()) return 0;
  bool ecs = translate::isEcs(translate::kindOf(roots.front()));
  std::erase_if(roots, [&](const json::Value& root) { return translate::isEcs(translate::kindOf(root)) != ecs; });
  (void)translate::convertStream(roots, ecs ? translate::Direction::ToPod : translate::Direction::ToTaskDefinition);
  return 0;
}
