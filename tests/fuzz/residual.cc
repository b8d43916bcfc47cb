// Residuals in, sealed anew so that they are believed: they can be wrong in any way, but not crash, and what comes out is a document.
#include "taskpod/translate/residual.h"
#include "taskpod/translate/convert.h"
#include "tests/fuzz/target.h"

namespace {

using namespace taskpod;

constexpr std::string_view kPod =
    R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","labels":{"a":"b"},"annotations":{"ecs.taskpod.io/residual":RESIDUAL}},
"spec":{"containers":[{"name":"web","image":"nginx","ports":[{"containerPort":80}]},{"name":"two","image":"nginx"}],"volumes":[{"name":"v","emptyDir":{}}]}})";
constexpr std::string_view kTask =
    R"({"family":"web","containerDefinitions":[{"name":"web","image":"nginx","memory":64,"dockerLabels":{"ecs.taskpod.io/residual":RESIDUAL},
"portMappings":[{"containerPort":80}]},{"name":"two","image":"nginx","memory":64}],"volumes":[{"name":"v"}]})";

std::string with(std::string_view document, std::string_view residual) {
  json::Document d;
  std::string out(document);
  return out.replace(out.find("RESIDUAL"), 8, json::write(d.string(residual)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  json::Document d;
  (void)translate::openResidual(d, textOf(data, size));
  auto rest = d.add(textOf(data, size));
  if (!rest || !rest->isObject()) return 0;
  std::string sealed = translate::sealResidual(json::write(*rest));
  MUST_HOLD(translate::openResidual(d, sealed) || sealed.size() > translate::kMaxResidualBytes);
  auto pod = json::Document::parse(with(kPod, sealed));
  auto task = json::Document::parse(with(kTask, sealed));
  MUST_HOLD(pod && task);
  auto definition = translate::toTaskDefinition(pod->root());
  MUST_HOLD(!definition || json::read<ecs::TaskDefinition>(definition->document.root(), {.scalarsFromStrings = true}));
  auto made = translate::toPod(task->root());
  MUST_HOLD(!made || json::read<k8s::Pod>(made->document.root()));
  return 0;
}
