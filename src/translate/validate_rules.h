// What the rules of validation share: where they put what they find, and walks over a document by pattern. Private to translate.
//
// A pattern is a path without indices: "containerDefinitions[].portMappings[].protocol".
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/row.h"
#include "taskpod/ecs/task_definition.h"
#include "taskpod/translate/validate.h"

namespace taskpod::translate {

using PathSet = std::set<std::string, std::less<>>;

class Findings {
 public:
  // Takes the problem unless its path, or what holds it, was refused before: one mistake is one problem.
  void add(Problem problem);
  // The same, and refuses the path: its value is of no use to other rules.
  void refuse(Problem problem);
  bool isRefused(std::string_view path) const;
  bool holdsRefused(std::string_view path) const;  // something below it
  const PathSet& refused() const { return refused_; }
  // In the order in which `rows` (and the rows below them) declare the members.
  std::vector<Problem> inOrder(std::span<const json::Row> rows) &&;

 private:
  std::vector<Problem> problems_;
  PathSet refused_;
};

using Visit = std::function<void(const std::string& path, const json::Value& value)>;

// Calls `visit` for each value that the pattern finds below `root`, which stands at `path`. Absent members and nulls are not visited.
void visitAll(const json::Value& root, std::string_view pattern, const Visit& visit, std::string path = "");
const json::Value* valueAtPath(const json::Value& root, std::string_view path);
std::string patternOf(std::string_view path);  // the path without its indices

// The document without the members at `paths` (in lists: null in their place, so that indices stay).
json::Value without(json::Document& d, const json::Value& value, const PathSet& paths);

bool hasWord(std::string_view words, std::string_view word);  // of a list with spaces between
std::string joinedWords(std::string_view words, std::string_view separator);
std::string excerpt(std::string_view text);   // as it is, or its beginning: messages stay readable whatever the document holds
std::string inQuotes(std::string_view text);  // 'excerpt'
std::string indexed(std::string_view list, std::size_t index);  // "links[2]"
std::optional<std::int64_t> wholeNumber(std::string_view text);

inline constexpr std::string_view kClientException = "ClientException";
inline constexpr std::string_view kInvalidParameter = "InvalidParameterException";

inline Problem clientProblem(std::string path, std::string message, std::string hint = "") {
  return {std::move(path), std::string(kClientException), std::move(message), std::move(hint)};
}
inline Problem parameterProblem(std::string path, std::string message, std::string hint = "") {
  return {std::move(path), std::string(kInvalidParameter), std::move(message), std::move(hint)};
}

// A task definition and what several rules ask about it.
struct TaskCheck {
  const ecs::TaskDefinition& task;  // what of it can be read
  Findings& found;
  bool onFargate = false;
  std::string networkMode;  // "" if that is not known
};

bool isGiven(const json::Value& value);                                   // not false, not empty: the writer wants something
void checkTables(const json::Value& definition, Findings& found);         // validate_tables.cc
void checkFargatePlaces(const json::Value& definition, Findings& found);  // validate_fargate.cc: what may not be there
void checkFargateTables(const json::Value& definition, Findings& found);
void checkFargateTask(TaskCheck& check);
void checkContainers(TaskCheck& check);  // validate_containers.cc
void checkDependencies(TaskCheck& check);

}  // namespace taskpod::translate
