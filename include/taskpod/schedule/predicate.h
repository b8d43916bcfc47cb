// A boolean condition over one node's attributes: what ECS' memberOf expressions compile to (translate/placement.h). Attribute values are
// text;
// <, <=, >, >= compare numbers where both sides are numbers, dotted versions piece by piece, and text otherwise. An absent attribute fails
// every positive comparison and passes every negative one (!=, !in, !~); `exists` asks for presence itself. A choice: the manual is silent.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "taskpod/base/result.h"

namespace taskpod::schedule {

class Snapshot;
class Pattern;  // a compiled regular expression, matched against the whole value

struct Predicate {
  enum class Op {
    True,
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
  enum class Subject { Attribute, RunningTasks, Group };

  Op op = Op::True;
  Subject subject = Subject::Attribute;
  std::string key;                  // attribute name
  std::vector<std::string> values;  // one, but for In and NotIn
  std::vector<Predicate> children;  // And, Or: any number; Not: one
  std::shared_ptr<const Pattern> pattern;

  bool operator==(const Predicate& other) const {
    return op == other.op && subject == other.subject && key == other.key && values == other.values && children == other.children;
  }
};

// Compiles a regular expression (PCRE2, Java-like; matched whole; match steps limited, so that a hostile one ends in "no match").
Result<std::shared_ptr<const Pattern>> compilePattern(std::string_view expression);

bool holds(const Predicate& predicate, const Snapshot& snapshot, std::size_t node);

}  // namespace taskpod::schedule
