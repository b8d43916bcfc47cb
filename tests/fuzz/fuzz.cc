// One libFuzzer program for every parser of outside bytes; the first byte chooses. Build with clang: cmake -D CMAKE_CXX_COMPILER=clang++ -D
// TASKPOD_FUZZ=ON, then build/fuzz/bin/taskpod-fuzz -max_len=4096. What must hold: no crash, no sanitizer report, and what was read and
// written reads back equal.
#include <cstdlib>

#include "kubelet-lite/images.h"
#include "kubelet-lite/logs.h"
#include "taskpod/ecs/query.h"
#include "taskpod/ecs/task_definition.h"
#include "taskpod/json/yaml.h"
#include "taskpod/k8s/pod.h"
#include "taskpod/kube/watch.h"
#include "taskpod/net/http.h"
#include "taskpod/net/tls.h"
#include "taskpod/translate/convert.h"
#include "taskpod/translate/placement.h"
#include "taskpod/translate/units.h"

namespace {

using namespace taskpod;

void yaml(std::string_view text) {
  auto documents = json::readYaml(text);
  if (!documents) return;
  for (const auto& document : *documents) {
    auto again = json::readYaml(json::writeYaml(document.root()));
    if (!again || (!again->empty() && !(again->front().root() == document.root()))) std::abort();
  }
}

void convert(std::string_view text) {
  auto document = json::Document::parse(text);
  if (!document || !document->root().isObject()) return;
  auto pod = translate::toPod(document->root());
  if (!pod) return;
  auto back = translate::toTaskDefinition(pod->document.root());
  if (!back) std::abort();
}

void query(std::string_view text) {
  auto parsed = ecs::parseQuery(text);
  if (parsed) (void)translate::predicateOf(*parsed);
}

void smallOnes(std::string_view text) {
  (void)k8s::Quantity{std::string(text)}.millis();
  (void)kubelet::parseLogOptions(text);
  (void)kubelet::normalizedReference(text);
  (void)kube::parseWatchEvent(text);
  (void)net::parseUrl(text);
  (void)net::decodeBase64(text);
  (void)net::parseAddress(text);
  (void)parseTime(text);
  (void)translate::parseTaskMemory(text);
  if (!translate::isDnsLabel(translate::slug(text))) std::abort();
  if (translate::unescapeExpansion(translate::escapeExpansion(text)) != text && text.find("$$") == std::string_view::npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0: yaml(text); break;
    case 1: convert(text); break;
    case 2: query(text); break;
    case 3: (void)json::read<ecs::TaskDefinition>(text, {.scalarsFromStrings = true}); break;
    case 4: (void)json::read<k8s::Pod>(text); break;
    case 5: smallOnes(text); break;
  }
  return 0;
}
