#include "taskpod/ecs/query.h"

#include <array>
#include <cctype>
#include <optional>
#include <utility>

namespace taskpod::ecs {
namespace {

constexpr std::size_t kLongest = 2000;
constexpr int kDeepest = 64;

struct OperatorName {
  std::string_view text;
  Query::Op op;
};

// Longer spellings first, so that "<=" is not read as "<".
constexpr std::array<OperatorName, 24> kOperators = {{{"==", Query::Op::Equal},
                                                      {"!=", Query::Op::NotEqual},
                                                      {"<=", Query::Op::LessOrEqual},
                                                      {">=", Query::Op::GreaterOrEqual},
                                                      {"=~", Query::Op::Matches},
                                                      {"!~", Query::Op::NotMatches},
                                                      {"<", Query::Op::Less},
                                                      {">", Query::Op::Greater},
                                                      {"!exists", Query::Op::NotExists},
                                                      {"!in", Query::Op::NotIn},
                                                      {"not_equals", Query::Op::NotEqual},
                                                      {"equals", Query::Op::Equal},
                                                      {"less_than_equal", Query::Op::LessOrEqual},
                                                      {"less_than", Query::Op::Less},
                                                      {"greater_than_equal", Query::Op::GreaterOrEqual},
                                                      {"greater_than", Query::Op::Greater},
                                                      {"not_exists", Query::Op::NotExists},
                                                      {"exists", Query::Op::Exists},
                                                      {"not_in", Query::Op::NotIn},
                                                      {"in", Query::Op::In},
                                                      {"not_matches", Query::Op::NotMatches},
                                                      {"matches", Query::Op::Matches},
                                                      {"=", Query::Op::Equal},
                                                      {"", Query::Op::And}}};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Query> parse() {
    auto query = either(0);
    if (!query) return Error{Reason::Invalid, "character " + std::to_string(at_ + 1) + ": " + problem_};
    space();
    if (at_ != text_.size()) return Error{Reason::Invalid, "character " + std::to_string(at_ + 1) + ": expected and, or, or the end"};
    return *query;
  }

 private:
  std::optional<Query> fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    return std::nullopt;
  }

  void space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }

  static bool isWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; }

  bool accept(std::string_view token) {
    space();
    if (!text_.substr(at_).starts_with(token)) return false;
    bool word = isWord(token.back());
    if (word && at_ + token.size() < text_.size() && isWord(text_[at_ + token.size()])) return false;
    at_ += token.size();
    return true;
  }

  std::optional<Query> joined(int depth, Query::Op op, std::string_view symbol, std::string_view word,
                              std::optional<Query> (Parser::*next)(int)) {
    auto first = (this->*next)(depth);
    if (!first) return std::nullopt;
    Query all;
    all.op = op;
    all.children.push_back(std::move(*first));
    while (accept(symbol) || accept(word)) {
      auto more = (this->*next)(depth);
      if (!more) return std::nullopt;
      all.children.push_back(std::move(*more));
    }
    return all.children.size() == 1 ? std::move(all.children.front()) : std::move(all);
  }

  std::optional<Query> either(int depth) { return joined(depth, Query::Op::Or, "||", "or", &Parser::both); }
  std::optional<Query> both(int depth) { return joined(depth, Query::Op::And, "&&", "and", &Parser::single); }

  std::optional<Query> single(int depth) {
    if (depth > kDeepest) return fail("nested deeper than " + std::to_string(kDeepest));
    if (accept("not") || accept("!")) {
      auto inner = single(depth + 1);
      if (!inner) return std::nullopt;
      Query out;
      out.op = Query::Op::Not;
      out.children.push_back(std::move(*inner));
      return out;
    }
    if (accept("(")) {
      auto inner = either(depth + 1);
      if (!inner) return std::nullopt;
      if (!accept(")")) return fail("expected )");
      return inner;
    }
    return comparison();
  }

  std::optional<Query> comparison() {
    Query out;
    space();
    std::size_t from = at_;
    auto isSubject = [](char c) { return isWord(c) || c == ':' || c == '.' || c == '/' || c == '@'; };
    while (at_ < text_.size() && isSubject(text_[at_])) ++at_;
    out.subject = std::string(text_.substr(from, at_ - from));
    if (out.subject.empty()) return fail("expected a subject such as attribute:ecs.instance-type");
    bool known = out.subject.starts_with("attribute:") || out.subject == "task:group" || out.subject == "agentConnected" ||
                 out.subject == "agentVersion" || out.subject == "ec2InstanceId" || out.subject == "registeredAt" ||
                 out.subject == "runningTasksCount";
    if (!known) {
      at_ = from;
      return fail("unknown subject \"" + out.subject +
                  "\"; one of agentConnected, agentVersion, attribute:NAME, ec2InstanceId, registeredAt, runningTasksCount, task:group");
    }
    const OperatorName* found = nullptr;
    for (const auto& name : kOperators) {
      if (name.text.empty() || !accept(name.text)) continue;
      found = &name;
      break;
    }
    if (!found) return fail("expected an operator such as ==, in, exists, =~");
    out.op = found->op;
    if (out.op == Query::Op::Exists || out.op == Query::Op::NotExists) return out;
    if (out.op == Query::Op::In || out.op == Query::Op::NotIn) return listed(std::move(out));
    auto value = argument();
    if (!value) return std::nullopt;
    out.values.push_back(std::move(*value));
    return out;
  }

  std::optional<Query> listed(Query out) {
    if (!accept("[")) return fail("expected [");
    do {
      auto value = argument();
      if (!value) return std::nullopt;
      out.values.push_back(std::move(*value));
    } while (accept(","));
    if (!accept("]")) return fail("expected ]");
    return out;
  }

  // Quoted, or everything up to white space, comma or a bracket that was not opened inside.
  std::optional<std::string> argument() {
    space();
    std::string out;
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
      char quote = text_[at_++];
      while (at_ < text_.size() && text_[at_] != quote) out += text_[at_++];
      if (at_ == text_.size()) {
        fail("expected a closing quote");
        return std::nullopt;
      }
      ++at_;
      return out;
    }
    int open = 0;
    while (at_ < text_.size() && !std::isspace(static_cast<unsigned char>(text_[at_])) &&
           !(open == 0 && (text_[at_] == ',' || text_[at_] == ')' || text_[at_] == ']'))) {
      if (text_[at_] == '(' || text_[at_] == '[') ++open;
      if (text_[at_] == ')' || text_[at_] == ']') --open;
      out += text_[at_++];
    }
    if (out.empty()) {
      fail("expected a value");
      return std::nullopt;
    }
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string problem_;
};

}  // namespace

Result<Query> parseQuery(std::string_view expression) {
  if (expression.size() > kLongest)
    return Error{Reason::Invalid, "an expression has at most 2000 characters, this one has " + std::to_string(expression.size())};
  return Parser(expression).parse();
}

}  // namespace taskpod::ecs
