// JSON in: what was read and written reads back equal.
#include "taskpod/json/document.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taskpod;
  auto document = json::Document::parse(textOf(data, size));
  if (!document) return 0;
  for (const std::string& text : {json::write(document->root()), json::writePretty(document->root())}) {
    auto again = json::Document::parse(text);
    MUST_HOLD(again && again->root() == document->root());
  }
  return 0;
}
