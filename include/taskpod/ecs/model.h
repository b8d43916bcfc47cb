// The service model of the ECS API (2014-11-13): which operations there are, and whether a request or an answer has their shape. Pure; any
// thread.
//
// Requests are checked before an operation sees them, so that handlers may rely on types, required members, enumerations and limits. The
// words are those of AWS' own front end ("1 validation error detected: Value null at 'taskDefinition' failed to satisfy constraint: …").
// Unknown members are refused, too: a member that this build does not know must not be dropped in silence.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "taskpod/json/document.h"

namespace taskpod::ecs {

struct Operation {
  std::string_view name;
  std::string_view input, output;        // shapes
  std::vector<std::string_view> errors;  // the exceptions that it models
};

const Operation* findOperation(std::string_view name);
// All 77, sorted by name.
const std::vector<Operation>& operations();

struct RequestProblem {
  std::string exception;  // SerializationException, InvalidParameterException
  std::string message;    // names the path of the member
};
// The first thing wrong with a request body. Explicit null counts as absent.
std::optional<RequestProblem> checkRequest(const Operation& operation, const json::Value& body);

// Everything wrong with an answer, for tests: unknown members, wrong types, words outside an enumeration, null, `{}` for a structure that
// is not there.
std::vector<std::string> checkAnswer(const Operation& operation, const json::Value& body);

}  // namespace taskpod::ecs
