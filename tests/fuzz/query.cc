// The cluster query language, and the expressions that become patterns.
#include "taskpod/ecs/query.h"
#include "taskpod/translate/placement.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taskpod;
  auto query = ecs::parseQuery(textOf(data, size));
  if (query) (void)translate::predicateOf(*query, "default");
  return 0;
}
