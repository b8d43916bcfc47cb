// Small edits of document trees that the converters share. Private to translate.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "taskpod/json/document.h"

namespace taskpod::translate {

// Sets or takes away object.a.b...; parents that are missing are made, parents that become empty are taken away too (nullopt: all of it).
std::optional<json::Value> withPath(json::Document& d, const json::Value* object, std::span<const std::string_view> path,
                                    std::optional<json::Value> value);
// The same for one member.
json::Value with(json::Document& d, const json::Value& object, std::string_view name, std::optional<json::Value> value);

const json::Value* valueAt(const json::Value& value, std::span<const std::string_view> path);

// What DescribeTaskDefinition prints, without its wrapper; tags stand beside the definition there.
json::Value unwrapped(json::Document& d, const json::Value& source);

// A docker label of the first essential container.
json::Value withLabel(json::Document& d, const json::Value& definition, std::string_view name, std::optional<json::Value> label);
std::optional<std::string> labelIn(const json::Value& definition, std::string_view name);  // of any container

}  // namespace taskpod::translate
