// The text of service.json, compiled in.
#pragma once

#include <string_view>

namespace taskpod::ecs {

std::string_view embeddedModel();

}  // namespace taskpod::ecs
