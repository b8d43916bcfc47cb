// Pods in: what converts to a task definition comes back equal.
#include "taskpod/translate/convert.h"
#include "tests/fuzz/target.h"
#include "tests/support/same_document.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taskpod;
  auto document = json::Document::parse(textOf(data, size));
  if (!document || document->root().stringAt("kind") != "Pod") return 0;
  auto task = translate::toTaskDefinition(document->root());
  if (!task) return 0;
  (void)translate::reportOf(document->root(), *task);
  auto back = translate::toPod(task->document.root());
  MUST_HOLD(back);
  // A pod that carries a residual is first stripped of what an API server adds: then only a second round is equal.
  const json::Value* meta = document->root().find("metadata");
  const json::Value* annotations = meta ? meta->find("annotations") : nullptr;
  bool carries = annotations && annotations->find("ecs.taskpod.io/residual");
  MUST_HOLD(carries || tests::sameDocument(back->document.root(), document->root()));
  return 0;
}
