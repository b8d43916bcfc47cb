// Task definitions in: what converts to a pod comes back equal, twice gives the same bytes, an older Kubernetes too.
#include "taskpod/translate/convert.h"
#include "taskpod/translate/meaning.h"
#include "taskpod/translate/secrets.h"
#include "tests/fuzz/target.h"
#include "tests/support/same_document.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taskpod;
  auto document = json::Document::parse(textOf(data, size));
  if (!document || !document->root().isObject() || document->root().find("taskDefinition") || document->root().find("kind")) return 0;
  (void)translate::meaningOf(document->root());
  (void)translate::secretsUsedBy(document->root());
  for (int minor : {translate::kNewestMinor, 30}) {
    auto pod = translate::toPod(document->root(), minor);
    if (!pod) return 0;
    auto again = translate::toPod(document->root(), minor);
    MUST_HOLD(again && json::write(again->document.root()) == json::write(pod->document.root()));
    (void)translate::reportOf(document->root(), *pod);
    auto back = translate::toTaskDefinition(pod->document.root());
    MUST_HOLD(back);
    MUST_HOLD(!pod->refused.empty() || tests::sameDocument(back->document.root(), document->root()));
  }
  return 0;
}
