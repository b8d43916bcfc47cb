// YAML in: what was read and written reads back equal.
#include "taskpod/json/yaml.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taskpod;
  (void)json::readYaml(textOf(data, size), {.functionTags = true});
  auto documents = json::readYaml(textOf(data, size));
  if (!documents) return 0;
  for (const auto& document : *documents) {
    auto again = json::readYaml(json::writeYaml(document.root()));
    MUST_HOLD(again && again->size() == 1 && again->front().root() == document.root());
  }
  return 0;
}
