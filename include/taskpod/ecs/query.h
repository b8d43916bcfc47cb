// The cluster query language of memberOf constraints (Amazon ECS Developer Guide, "Create expressions to define container instances"):
//   subject operator [argument], joined by and/&&, or/||, not/!, with parentheses. At most 2,000 characters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "taskpod/base/result.h"

namespace taskpod::ecs {

struct Query {
  enum class Op {
    And,
    Or,
    Not,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Exists,
    NotExists,
    In,
    NotIn,
    Matches,
    NotMatches
  };
  Op op = Op::And;
  std::string subject;  // "attribute:ecs.instance-type", "task:group", "runningTasksCount", …; "" for And, Or, Not
  std::vector<std::string> values;
  std::vector<Query> children;
  bool operator==(const Query&) const = default;
};

// The error names the character where the expression stops making sense.
Result<Query> parseQuery(std::string_view expression);

}  // namespace taskpod::ecs
