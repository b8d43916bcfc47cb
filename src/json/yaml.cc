#include "taskpod/json/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <sstream>
#include <unordered_set>

namespace taskpod::json {
namespace {

template <std::size_t N>
bool isOneOf(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 5> kNull = {"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 11> kTrue = {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"};
constexpr std::array<std::string_view, 11> kFalse = {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};
constexpr std::array<std::string_view, 13> kNotFinite = {".nan",  ".NaN",  ".NAN",  ".inf",  ".Inf",  ".INF", "+.inf",
                                                         "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", "-.nan"};

// An integer as strconv.ParseInt(text, 0, 64) and then ParseUint take it, in decimal.
std::optional<std::string> decimalInteger(std::string_view text) {
  bool negative = !text.empty() && text.front() == '-';
  std::string_view digits = !text.empty() && (negative || text.front() == '+') ? text.substr(1) : text;
  int base = 10;
  auto prefixed = [&](char lower) { return digits.size() > 2 && digits[0] == '0' && (digits[1] == lower || digits[1] == lower - 32); };
  if (prefixed('x')) {
    base = 16;
    digits.remove_prefix(2);
  } else if (prefixed('b')) {
    base = 2;
    digits.remove_prefix(2);
  } else if (prefixed('o')) {
    base = 8;
    digits.remove_prefix(2);
  } else if (digits.size() > 1 && digits[0] == '0') {
    base = 8;
    digits.remove_prefix(1);
  }
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty()) return std::nullopt;
  if (negative && value > std::uint64_t{1} << 63) return std::nullopt;
  return (negative && value != 0 ? "-" : "") + std::to_string(value);
}

// A float as go-yaml takes it ([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?), as a JSON number that keeps its digits.
std::optional<std::string> decimalFloat(std::string_view text) {
  std::string out;
  std::size_t i = 0;
  auto digits = [&] {
    std::size_t from = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') out += text[i++];
    return i - from;
  };
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) {
    if (text[i] == '-') out += '-';
    ++i;
  }
  std::size_t wholeAt = out.size();
  std::size_t whole = digits();
  if (whole == 0) out += '0';
  while (whole > 1 && out[wholeAt] == '0') {
    out.erase(wholeAt, 1);
    --whole;
  }
  bool point = i < text.size() && text[i] == '.';
  if (point) {
    ++i;
    out += '.';
    std::size_t fraction = digits();
    if (fraction == 0 && whole == 0) return std::nullopt;
    if (fraction == 0) out += '0';
  } else if (whole == 0) {
    return std::nullopt;
  }
  bool exponent = i < text.size() && (text[i] == 'e' || text[i] == 'E');
  if (exponent) {
    out += 'e';
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) out += text[i++];
    if (digits() == 0) return std::nullopt;
  }
  if (i != text.size() || (!point && !exponent)) return std::nullopt;
  return out;
}

struct Plain {
  Kind kind;
  std::string text;
};

// What a plain scalar means. Error text if it has no JSON form.
Result<Plain> resolve(const std::string& text) {
  if (isOneOf(text, kNull)) return Plain{Kind::Null, {}};
  if (isOneOf(text, kTrue)) return Plain{Kind::Boolean, "true"};
  if (isOneOf(text, kFalse)) return Plain{Kind::Boolean, "false"};
  if (isOneOf(text, kNotFinite)) return Error{Reason::BadRequest, text + " has no JSON form"};
  char first = text.front();
  if ((first < '0' || first > '9') && first != '-' && first != '+' && first != '.') return Plain{Kind::String, text};
  std::string bare = text;
  std::erase(bare, '_');
  if (auto integer = decimalInteger(bare)) return Plain{Kind::Number, *integer};
  if (auto real = decimalFloat(bare)) return Plain{Kind::Number, *real};
  return Plain{Kind::String, text};
}

// The length of the UTF-8 sequence at `at`, 0 if there is none.
std::size_t sequenceAt(std::string_view text, std::size_t at) {
  auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
  auto c = byte(at);
  std::size_t length = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : (c & 0xF0) == 0xE0 ? 3 : c >= 0xF0 && c < 0xF5 ? 4 : 0;
  for (std::size_t k = 1; k < length; ++k)
    if ((byte(at + k) & 0xC0) != 0x80) return 0;
  return length;
}

// The parser writes the escapes "\_" and "\N" (U+00A0, U+0085) as one byte of Latin-1: made good here. False for any other stray byte.
bool repairUtf8(std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = sequenceAt(text, i);
    if (length == 0) {
      if (text[i] != '\xA0' && text[i] != '\x85') return false;
      text.insert(i, 1, '\xC2');
      length = 2;
    }
    i += length;
  }
  return true;
}

// Builds one document from the parser's events. Problems are thrown as YAML::Exception and caught in readYaml, as the parser's own are.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(Document& document, std::size_t budget, const YamlOptions& options)
      : document_(document),
        budget_(budget),
        options_(options) {}

  void OnDocumentStart(const YAML::Mark& mark) override { start = mark.pos; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { emit(mark, Value(), anchor, 1); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw YAML::Exception(mark, "an alias refers to the value it is part of");
    emit(mark, found->second.value, 0, found->second.nodes);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& text) override {
    std::string function = functionOf(tag);
    if (function.empty()) return emit(mark, scalar(mark, tag, text), anchor, 1);
    emit(mark, called(function, scalar(mark, "!", text)), anchor, 2);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    std::string function = functionOf(tag);
    if (function.empty()) checkTag(mark, tag, "tag:yaml.org,2002:seq");
    open(mark, anchor, false, function);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    std::string function = functionOf(tag);
    if (function.empty()) checkTag(mark, tag, "tag:yaml.org,2002:map");
    open(mark, anchor, true, function);
  }
  void OnMapEnd() override { close(); }

  Value root;
  int start = 0;  // where the document begins

 private:
  struct Open {
    bool map = false;
    YAML::Mark mark;
    YAML::anchor_t anchor = 0;
    std::size_t nodes = 1;
    std::vector<Value> items;
    std::vector<Member> members;
    std::vector<Member> merged;
    bool haveKey = false;
    std::string_view key;
    std::string function;
    std::unordered_set<std::string_view> keys;
  };
  struct Anchored {
    Value value;
    std::size_t nodes;
  };

  static void checkTag(const YAML::Mark& mark, const std::string& tag, std::string_view allowed) {
    if (tag != "?" && tag != "!" && !tag.empty() && tag != allowed) throw YAML::Exception(mark, "tag " + tag + " is not supported");
  }

  Value scalar(const YAML::Mark& mark, const std::string& tag, std::string text) {
    if (!repairUtf8(text)) throw YAML::Exception(mark, "not valid UTF-8");
    if (tag == "!" || tag == "tag:yaml.org,2002:str") return document_.string(text);
    static const std::map<std::string_view, Kind> kTags = {{"tag:yaml.org,2002:int", Kind::Number},
                                                           {"tag:yaml.org,2002:float", Kind::Number},
                                                           {"tag:yaml.org,2002:bool", Kind::Boolean},
                                                           {"tag:yaml.org,2002:null", Kind::Null}};
    auto wanted = kTags.find(tag);
    if (tag != "?" && !tag.empty() && wanted == kTags.end()) throw YAML::Exception(mark, "tag " + tag + " is not supported");
    auto plain = resolve(text);
    if (!plain) throw YAML::Exception(mark, plain.error().message);
    if (wanted != kTags.end() && plain->kind != wanted->second)
      throw YAML::Exception(mark, "\"" + text + "\" does not have the type of its tag " + tag);
    switch (plain->kind) {
      case Kind::Null: return {};
      case Kind::Boolean: return document_.boolean(plain->text == "true");
      case Kind::Number: return document_.number(plain->text);
      default: return document_.string(plain->text);
    }
  }

  // "!Sub" is {"Fn::Sub": …}, where the reader was asked for that.
  std::string functionOf(const std::string& tag) const {
    if (!options_.functionTags || tag.size() < 2 || tag[0] != '!') return {};
    std::string name = tag.substr(1);
    return name == "Ref" || name == "Condition" ? name : "Fn::" + name;
  }

  Value called(const std::string& function, Value argument) {
    Member member{document_.intern(function), argument};
    return document_.object({&member, 1});
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, bool map, const std::string& function) {
    if (stack_.size() >= static_cast<std::size_t>(kMaxDepth))
      throw YAML::Exception(mark, "nested deeper than " + std::to_string(kMaxDepth));
    Open& top = stack_.emplace_back();
    top.map = map;
    top.mark = mark;
    top.anchor = anchor;
    top.function = function;
  }

  void close() {
    Open top = std::move(stack_.back());
    stack_.pop_back();
    for (Member& member : top.merged)
      if (std::none_of(top.members.begin(), top.members.end(), [&](const Member& m) { return m.name == member.name; }))
        top.members.push_back(member);
    Value value = top.map ? document_.object(top.members) : document_.array(top.items);
    emit(top.mark, top.function.empty() ? value : called(top.function, value), top.anchor, top.nodes);
  }

  void emit(const YAML::Mark& mark, Value value, YAML::anchor_t anchor, std::size_t nodes) {
    spent_ += nodes;
    if (spent_ > budget_) throw YAML::Exception(mark, "aliases expand to more than " + std::to_string(budget_) + " values");
    if (anchor) anchors_[anchor] = {value, nodes};
    if (stack_.empty()) {
      root = value;
      return;
    }
    Open& top = stack_.back();
    top.nodes += nodes;
    if (!top.map) {
      top.items.push_back(value);
    } else if (!top.haveKey) {
      if (value.isObject() || value.isArray()) throw YAML::Exception(mark, "a key must be a scalar");
      top.key = value.isNull() ? "null" : value.text();
      top.haveKey = true;
    } else {
      top.haveKey = false;
      addMember(mark, top, value);
    }
  }

  void addMember(const YAML::Mark& mark, Open& top, Value value) {
    if (top.key == "<<") return merge(mark, top, value);
    if (!top.keys.insert(top.key).second) throw YAML::Exception(mark, "duplicate key \"" + std::string(top.key) + "\"");
    top.members.push_back({top.key, value});
  }

  static void merge(const YAML::Mark& mark, Open& top, Value value) {
    if (value.isArray()) {
      for (const Value& item : value.items()) merge(mark, top, item);
      return;
    }
    if (!value.isObject()) throw YAML::Exception(mark, "\"<<\" wants a map or a list of maps");
    for (const Member& member : value.members())
      if (std::none_of(top.merged.begin(), top.merged.end(), [&](const Member& m) { return m.name == member.name; }))
        top.merged.push_back(member);
  }

  Document& document_;
  std::size_t budget_;
  YamlOptions options_;
  std::size_t spent_ = 0;
  std::vector<Open> stack_;
  std::map<YAML::anchor_t, Anchored> anchors_;
};

bool isPlainSafe(std::string_view text) {
  if (text.empty() || text.size() > 256) return false;
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  if (!letter(text.front()) && text.front() != '/') return false;
  for (char c : text)
    if (!letter(c) && c != '-' && c != '.' && c != '/' && c != ':' && c != '@' && c != '=' && c != '+') return false;
  if (text.back() == ':') return false;
  auto plain = resolve(std::string(text));
  return plain && plain->kind == Kind::String;
}

void emitScalar(YAML::Emitter& out, std::string_view text) {
  if (!isPlainSafe(text)) out << YAML::DoubleQuoted;
  out << std::string(text);
}

void emitValue(YAML::Emitter& out, const Value& value) {
  switch (value.kind()) {
    case Kind::Null: out << YAML::Null; return;
    case Kind::Boolean:
    case Kind::Number: out << std::string(value.text()); return;
    case Kind::String: emitScalar(out, value.text()); return;
    case Kind::Array:
      if (value.items().empty()) out << YAML::Flow;
      out << YAML::BeginSeq;
      for (const Value& item : value.items()) emitValue(out, item);
      out << YAML::EndSeq;
      return;
    case Kind::Object:
      if (value.members().empty()) out << YAML::Flow;
      out << YAML::BeginMap;
      for (const Member& member : value.members()) {
        // A key before ":" has at most 1,024 characters as written (YAML 1.2, 7.4.2); an escape takes up to ten.
        if (member.name.size() > 100) out << YAML::LongKey;
        out << YAML::Key;
        emitScalar(out, member.name);
        out << YAML::Value;
        emitValue(out, member.value);
      }
      out << YAML::EndMap;
      return;
  }
}

}  // namespace

Result<std::vector<Document>> readYaml(std::string_view text, const YamlOptions& options) {
  if (text.size() > kMaxYamlBytes)
    return Error{Reason::RequestEntityTooLarge,
                 "the YAML text has " + std::to_string(text.size()) + " bytes, at most " + std::to_string(kMaxYamlBytes) + " are read"};
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = text[i] == '\0' ? 0 : sequenceAt(text, i);
    if (length == 0) return Error{Reason::BadRequest, "not UTF-8 text, at byte " + std::to_string(i)};
    i += length;
  }
  std::vector<Document> documents;
  std::istringstream in{std::string(text)};
  try {
    YAML::Parser parser(in);
    int lastStart = -1;
    for (;;) {
      Document document;
      TreeBuilder builder(document, 10'000 + text.size(), options);
      if (!parser.HandleNextDocument(builder)) break;
      // Some text the parser neither takes nor refuses: it would begin the same document for ever.
      if (builder.start == lastStart) throw YAML::Exception(YAML::Mark(), "not YAML after document " + std::to_string(documents.size()));
      lastStart = builder.start;
      if (builder.root.isNull()) continue;
      document.setRoot(builder.root);
      documents.push_back(std::move(document));
    }
  } catch (const YAML::Exception& problem) {
    return Error{Reason::BadRequest, "line " + std::to_string(problem.mark.line + 1) + ", column " +
                                         std::to_string(problem.mark.column + 1) + ": " + problem.msg};
  }
  return documents;
}

std::string writeYaml(const Value& value) {
  YAML::Emitter out;
  out.SetIndent(2);
  emitValue(out, value);
  return std::string(out.c_str(), out.size()) + "\n";
}

}  // namespace taskpod::json
