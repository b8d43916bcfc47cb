#include "taskpod/ecs/model.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "ecs/model/embedded.h"

namespace taskpod::ecs {
namespace {

struct Shape {
  enum class Type { Structure, List, Map, String, Integer, Long, Double, Boolean, Timestamp };
  std::string_view name;
  Type type = Type::String;
  bool anything = false;  // a document: any JSON
  std::vector<std::pair<std::string_view, const Shape*>> members;
  std::vector<std::string_view> required, words;
  const Shape* item = nullptr;  // of a list, or the values of a map
  std::optional<double> least, most;

  const Shape* member(std::string_view wanted) const {
    auto found = std::find_if(members.begin(), members.end(), [&](const auto& one) { return one.first == wanted; });
    return found == members.end() ? nullptr : found->second;
  }
};

struct Model {
  json::Document document;
  std::map<std::string_view, Shape> shapes;
  std::vector<Operation> operations;
};

Shape::Type typeOf(std::string_view word) {
  static const std::map<std::string_view, Shape::Type> kTypes = {
      {"structure", Shape::Type::Structure}, {"list", Shape::Type::List},       {"map", Shape::Type::Map},
      {"string", Shape::Type::String},       {"integer", Shape::Type::Integer}, {"long", Shape::Type::Long},
      {"double", Shape::Type::Double},       {"boolean", Shape::Type::Boolean}, {"timestamp", Shape::Type::Timestamp}};
  return kTypes.at(word);
}

std::vector<std::string_view> textsOf(const json::Value* list) {
  std::vector<std::string_view> out;
  if (list)
    for (const json::Value& item : list->items()) out.push_back(item.text());
  return out;
}

void fillShape(Shape& shape, const json::Value& from, std::map<std::string_view, Shape>& shapes) {
  shape.type = typeOf(from.stringAt("type"));
  shape.anything = from.find("document") != nullptr;
  shape.required = textsOf(from.find("required"));
  shape.words = textsOf(from.find("enum"));
  if (const json::Value* members = from.find("members"))
    for (const json::Member& member : members->members()) shape.members.emplace_back(member.name, &shapes[member.value.text()]);
  for (std::string_view name : {"member", "value"})
    if (const json::Value* item = from.find(name)) shape.item = &shapes[item->text()];
  if (const json::Value* least = from.find("min")) shape.least = std::strtod(std::string(least->text()).c_str(), nullptr);
  if (const json::Value* most = from.find("max")) shape.most = std::strtod(std::string(most->text()).c_str(), nullptr);
}

Model load() {
  Model model;
  model.document = *json::Document::parse(embeddedModel());
  const json::Value& root = model.document.root();
  for (const json::Member& member : root.find("shapes")->members()) {
    Shape& shape = model.shapes[member.name];
    shape.name = member.name;
    fillShape(shape, member.value, model.shapes);
  }
  for (const json::Member& member : root.find("operations")->members())
    model.operations.push_back(
        {member.name, member.value.stringAt("input"), member.value.stringAt("output"), textsOf(member.value.find("errors"))});
  return model;
}

const Model& model() {
  static const Model kModel = load();
  return kModel;
}

std::string_view wordFor(json::Kind kind) {
  switch (kind) {
    case json::Kind::Boolean: return "TRUE_VALUE";
    case json::Kind::Number: return "NUMBER_VALUE";
    case json::Kind::String: return "STRING_VALUE";
    case json::Kind::Array: return "START_ARRAY";
    case json::Kind::Object: return "START_OBJECT";
    case json::Kind::Null: break;
  }
  return "NULL_VALUE";
}

std::string_view wordFor(Shape::Type type) {
  switch (type) {
    case Shape::Type::Structure: return "a structure";
    case Shape::Type::List: return "a list";
    case Shape::Type::Map: return "a map";
    case Shape::Type::String: return "String";
    case Shape::Type::Integer: return "Integer";
    case Shape::Type::Long: return "Long";
    case Shape::Type::Double: return "Double";
    case Shape::Type::Boolean: return "Boolean";
    case Shape::Type::Timestamp: break;
  }
  return "Timestamp";
}

bool hasType(const Shape& shape, const json::Value& value) {
  switch (shape.type) {
    case Shape::Type::Structure:
    case Shape::Type::Map: return value.isObject();
    case Shape::Type::List: return value.isArray();
    case Shape::Type::String: return value.isString();
    case Shape::Type::Boolean: return value.kind() == json::Kind::Boolean;
    case Shape::Type::Double: return value.kind() == json::Kind::Number;
    case Shape::Type::Timestamp: return value.kind() == json::Kind::Number || value.isString();
    case Shape::Type::Integer:
    case Shape::Type::Long: break;
  }
  if (value.kind() != json::Kind::Number) return false;
  double number = std::strtod(std::string(value.text()).c_str(), nullptr);
  double limit = shape.type == Shape::Type::Integer ? 2147483648.0 : 9.3e18;
  return number == std::floor(number) && number >= -limit && number < limit;
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string out;
  for (std::string_view word : words) out += (out.empty() ? "" : ", ") + std::string(word);
  return out;
}

std::string numberText(double number) { return std::to_string(static_cast<std::int64_t>(number)); }

// Finds the first problem of a request.
class RequestCheck {
 public:
  std::optional<RequestProblem> problem;

  bool value(const Shape& shape, const json::Value& value, const std::string& path) {
    if (shape.anything) return true;
    if (!hasType(shape, value))
      return fail("SerializationException", std::string(wordFor(value.kind())) + " can not be converted to " +
                                                std::string(wordFor(shape.type)) + " at '" + path + "'");
    if (!limits(shape, value, path)) return false;
    switch (shape.type) {
      case Shape::Type::Structure: return structure(shape, value, path);
      case Shape::Type::List:
        for (std::size_t i = 0; i < value.items().size(); ++i)
          if (!this->value(*shape.item, value.items()[i], path + "[" + std::to_string(i) + "]")) return false;
        return true;
      case Shape::Type::Map:
        for (const json::Member& member : value.members())
          if (!member.value.isNull() && !this->value(*shape.item, member.value, path + "." + std::string(member.name))) return false;
        return true;
      default: return true;
    }
  }

 private:
  bool fail(std::string exception, std::string message) {
    problem = RequestProblem{std::move(exception), std::move(message)};
    return false;
  }
  bool refuse(const std::string& found, const std::string& path, const std::string& constraint) {
    return fail("InvalidParameterException",
                "1 validation error detected: Value " + found + " at '" + path + "' failed to satisfy constraint: " + constraint);
  }

  bool limits(const Shape& shape, const json::Value& value, const std::string& path) {
    std::string shown = "'" + std::string(value.text()) + "'";
    if (!shape.words.empty() && std::find(shape.words.begin(), shape.words.end(), value.text()) == shape.words.end())
      return refuse(shown, path, "Member must satisfy enum value set: [" + joined(shape.words) + "]");
    bool isNumber = value.kind() == json::Kind::Number;
    double size = isNumber           ? std::strtod(std::string(value.text()).c_str(), nullptr)
                  : value.isString() ? static_cast<double>(value.text().size())
                                     : static_cast<double>(value.items().size());
    const char* what = isNumber ? "Member must have value" : "Member must have length";
    if (value.isArray()) shown = "of " + std::to_string(value.items().size()) + " items";
    if (shape.least && size < *shape.least) return refuse(shown, path, what + (" greater than or equal to " + numberText(*shape.least)));
    if (shape.most && size > *shape.most) return refuse(shown, path, what + (" less than or equal to " + numberText(*shape.most)));
    return true;
  }

  bool structure(const Shape& shape, const json::Value& value, const std::string& path) {
    auto below = [&](std::string_view member) { return path.empty() ? std::string(member) : path + "." + std::string(member); };
    for (std::string_view name : shape.required) {
      const json::Value* member = value.find(name);
      if (!member || member->isNull()) return refuse("null", below(name), "Member must not be null");
    }
    for (const json::Member& member : value.members()) {
      const Shape* known = shape.member(member.name);
      if (!known) return fail("InvalidParameterException", "Unknown member '" + below(member.name) + "'");
      if (!member.value.isNull() && !this->value(*known, member.value, below(member.name))) return false;
    }
    return true;
  }
};

// Collects all problems of an answer.
class AnswerCheck {
 public:
  std::vector<std::string> problems;

  void value(const Shape& shape, const json::Value& value, const std::string& path) {
    if (shape.anything) return;
    if (value.isNull()) return note(path, "null");
    if (!hasType(shape, value) || (shape.type == Shape::Type::Timestamp && value.isString()))
      return note(path, "is not " + std::string(wordFor(shape.type)));
    if (!shape.words.empty() && std::find(shape.words.begin(), shape.words.end(), value.text()) == shape.words.end())
      return note(path, "'" + std::string(value.text()) + "' is not in the enumeration");
    if (shape.type == Shape::Type::List)
      for (const json::Value& item : value.items()) this->value(*shape.item, item, path + "[]");
    if (shape.type == Shape::Type::Map)
      for (const json::Member& member : value.members()) this->value(*shape.item, member.value, path + "." + std::string(member.name));
    if (shape.type == Shape::Type::Structure) structure(shape, value, path);
  }

 private:
  void note(const std::string& path, const std::string& what) { problems.push_back(path + ": " + what); }
  void structure(const Shape& shape, const json::Value& value, const std::string& path) {
    // A volume's `host` and an empty override are structures that ECS itself writes as {}.
    bool mayBeEmpty = shape.name == "HostVolumeProperties" || path.empty();
    if (value.members().empty() && !mayBeEmpty) note(path, "an empty structure");
    for (std::string_view name : shape.required)
      if (!value.find(name)) note(path, "lacks " + std::string(name));
    for (const json::Member& member : value.members()) {
      const Shape* known = shape.member(member.name);
      std::string below = path + "." + std::string(member.name);
      if (!known)
        note(below, "is not in the model");
      else
        this->value(*known, member.value, below);
    }
  }
};

}  // namespace

const std::vector<Operation>& operations() { return model().operations; }

const Operation* findOperation(std::string_view name) {
  const auto& all = operations();
  auto found =
      std::lower_bound(all.begin(), all.end(), name, [](const Operation& one, std::string_view wanted) { return one.name < wanted; });
  return found == all.end() || found->name != name ? nullptr : &*found;
}

std::optional<RequestProblem> checkRequest(const Operation& operation, const json::Value& body) {
  RequestCheck check;
  check.value(model().shapes.at(operation.input), body, "");
  return check.problem;
}

std::vector<std::string> checkAnswer(const Operation& operation, const json::Value& body) {
  AnswerCheck check;
  check.value(model().shapes.at(operation.output), body, "");
  return check.problems;
}

}  // namespace taskpod::ecs
