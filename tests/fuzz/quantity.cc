// Quantities, sizes, names and references: the small texts.
#include "taskpod/k8s/quantity.h"
#include "taskpod/base/time.h"
#include "taskpod/translate/rolling.h"
#include "taskpod/translate/units.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taskpod;
  std::string_view text = textOf(data, size);
  k8s::Quantity quantity{std::string(text)};
  auto value = quantity.value();
  auto millis = quantity.millis();
  MUST_HOLD(value.has_value() == millis.has_value());
  (void)parseTime(text);
  (void)translate::parseTaskCpu(text);
  (void)translate::parseTaskMemory(text);
  (void)translate::cronJobScheduleOf(std::string(text));
  (void)translate::scheduleExpressionOf(std::string(text));
  MUST_HOLD(translate::isDnsLabel(translate::slug(text)));
  MUST_HOLD(translate::expandReferences(translate::escapeExpansion(text), {{"A", "b"}}) == text);
  return 0;
}
