// AWS::ECS::TaskDefinition and AWS::ECS::Service of a template, with what its functions come to as far as the template alone says.
#include <map>
#include <sstream>

#include "translate/inputs/builder.h"

namespace taskpod::translate::inputs {
namespace {

using json::Document;
using json::Member;
using json::Value;

struct Pseudo {
  std::string_view name, value;
};
constexpr Pseudo kPseudo[] = {{"AWS::Region", "us-east-1"},
                              {"AWS::AccountId", "123456789012"},
                              {"AWS::Partition", "aws"},
                              {"AWS::URLSuffix", "amazonaws.com"},
                              {"AWS::StackName", "stack"}};

struct Renamed {
  std::string_view from, to;
};
// Where the API's name is not the property's with a small first letter.
constexpr Renamed kRenamed[] = {{"EFSVolumeConfiguration", "efsVolumeConfiguration"},
                                {"FSxWindowsFileServerVolumeConfiguration", "fsxWindowsFileServerVolumeConfiguration"},
                                {"S3FilesVolumeConfiguration", "s3filesVolumeConfiguration"},
                                {"FilesystemId", "fileSystemId"},
                                {"IAM", "iam"},
                                {"ProxyConfigurationProperties", "properties"},
                                {"PlacementStrategies", "placementStrategy"},
                                {"SizeInGiB", "sizeInGiB"}};
constexpr std::string_view kMaps[] = {"DockerLabels", "Options", "DriverOpts", "Labels"};

std::string memberName(std::string_view property) {
  for (const auto& renamed : kRenamed)
    if (renamed.from == property) return std::string(renamed.to);
  std::string out(property);
  if (!out.empty()) out[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(out[0])));
  return out;
}

class Template {
 public:
  Template(const Value& source, Document& document, std::vector<std::string>& warnings)
      : source_(source),
        d_(document),
        warnings_(warnings) {}

  // The value with its functions resolved; nullopt for AWS::NoValue.
  std::optional<Value> resolve(const Value& value, const std::string& path) {
    if (value.isArray()) return resolveList(value, path);
    if (!value.isObject()) return value;
    if (value.members().size() == 1) {
      const Member& only = value.members()[0];
      if (only.name == "Ref") return reference(std::string(only.value.text()), path);
      if (only.name.starts_with("Fn::")) return function(only.name.substr(4), only.value, path);
    }
    ObjectBuilder out(d_);
    for (const Member& member : value.members())
      if (auto resolved = resolve(member.value, path + "." + std::string(member.name))) out.set(member.name, *resolved);
    return out.build();
  }

  // Properties in the API's spelling; the keys of maps are data.
  Value renamed(const Value& value, bool isMap) {
    if (value.isArray()) {
      std::vector<Value> items;
      for (const Value& item : value.items()) items.push_back(renamed(item, isMap));
      return d_.array(items);
    }
    if (!value.isObject()) return value;
    ObjectBuilder out(d_);
    for (const Member& member : value.members()) {
      bool map = std::find(std::begin(kMaps), std::end(kMaps), member.name) != std::end(kMaps);
      out.set(isMap ? std::string(member.name) : memberName(member.name), renamed(member.value, isMap || map));
    }
    return out.build();
  }

  std::string familyOf(std::string_view logicalId) {
    const Value* properties = source_.find("Resources")->find(logicalId)->find("Properties");
    const Value* family = properties ? properties->find("Family") : nullptr;
    auto resolved = family ? resolve(*family, std::string(logicalId) + ".Family") : std::nullopt;
    return resolved && resolved->isString() ? std::string(resolved->text()) : std::string(logicalId);
  }

 private:
  Value resolveList(const Value& value, const std::string& path) {
    std::vector<Value> items;
    for (std::size_t i = 0; i < value.items().size(); ++i)
      if (auto item = resolve(value.items()[i], path + "[" + std::to_string(i) + "]")) items.push_back(*item);
    return d_.array(items);
  }

  Value unknown(const std::string& text, const std::string& path, const std::string& why) {
    warn(warnings_, path + ": " + why + " is not known from the template, \"" + text + "\" stands for it");
    return d_.string(text);
  }

  std::optional<Value> reference(const std::string& name, const std::string& path) {
    if (name == "AWS::NoValue") return std::nullopt;
    for (const auto& pseudo : kPseudo) {
      if (pseudo.name != name) continue;
      warn(warnings_, path + ": " + name + " is assumed to be " + std::string(pseudo.value));
      return d_.string(pseudo.value);
    }
    const Value* parameters = source_.find("Parameters");
    if (const Value* parameter = parameters ? parameters->find(name) : nullptr) {
      const Value* fallback = parameter->find("Default");
      if (!fallback) return unknown("${" + name + "}", path, "the parameter " + name + " (it has no default)");
      bool list = parameter->stringAt("Type").starts_with("List<") || parameter->stringAt("Type") == "CommaDelimitedList";
      return list ? splitList(fallback->text()) : *fallback;
    }
    const Value* resource = source_.find("Resources")->find(name);
    if (resource && resource->stringAt("Type") == "AWS::ECS::TaskDefinition") return d_.string(familyOf(name));
    return unknown("${" + name + "}", path, name);
  }

  Value splitList(std::string_view text) {
    std::vector<Value> items;
    std::istringstream in{std::string(text)};
    for (std::string item; std::getline(in, item, ',');) {
      item.erase(0, item.find_first_not_of(' '));
      items.push_back(d_.string(item));
    }
    return d_.array(items);
  }

  std::optional<Value> function(std::string_view name, const Value& argument, const std::string& path) {
    if (name == "Sub") return substituted(argument, path);
    if (name == "Join") return joined(argument, path);
    if (name == "If" && argument.items().size() == 3) {
      warn(warnings_, path + ": Fn::If of " + std::string(argument.items()[0].text()) + " is taken to be true");
      return resolve(argument.items()[1], path);
    }
    if (name == "GetAtt") {
      std::string text;
      for (const Value& item : argument.items()) text += (text.empty() ? "" : ".") + std::string(item.text());
      if (argument.isString()) text = std::string(argument.text());
      return unknown("${" + text + "}", path, text);
    }
    return unknown("${" + std::string(name) + "}", path, "Fn::" + std::string(name));
  }

  Value joined(const Value& argument, const std::string& path) {
    if (argument.items().size() != 2) return unknown("${Join}", path, "Fn::Join");
    auto list = resolve(argument.items()[1], path);
    std::string out;
    bool first = true;
    for (const Value& item : list ? list->items() : std::span<const Value>()) {
      if (!first) out += argument.items()[0].text();
      first = false;
      out += item.text();
    }
    return d_.string(out);
  }

  Value substituted(const Value& argument, const std::string& path) {
    std::string_view text = argument.isArray() && !argument.items().empty() ? argument.items()[0].text() : argument.text();
    const Value* map = argument.isArray() && argument.items().size() > 1 ? &argument.items()[1] : nullptr;
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
      std::size_t end = text.find('}', i);
      if (text[i] != '$' || i + 1 >= text.size() || text[i + 1] != '{' || end == std::string_view::npos) {
        out += text[i++];
        continue;
      }
      std::string name(text.substr(i + 2, end - i - 2));
      i = end + 1;
      out += name.starts_with('!') ? "${" + name.substr(1) + "}" : replacement(name, map, path);
    }
    return d_.string(out);
  }

  std::string replacement(const std::string& name, const Value* map, const std::string& path) {
    const Value* given = map ? map->find(name) : nullptr;
    std::optional<Value> value;
    if (given)
      value = resolve(*given, path);
    else if (name.find('.') != std::string::npos)
      value = unknown("${" + name + "}", path, name);
    else
      value = reference(name, path);
    return value ? std::string(value->text()) : std::string();
  }

  const Value& source_;
  Document& d_;
  std::vector<std::string>& warnings_;
};

}  // namespace

Result<Expansion> fromCloudFormation(const Value& source) {
  Expansion out;
  Document d;
  Template resolver(source, d, out.warnings);
  for (const Member& resource : source.find("Resources")->members()) {
    std::string_view type = resource.value.stringAt("Type");
    bool task = type == "AWS::ECS::TaskDefinition", service = type == "AWS::ECS::Service";
    if (!task && !service) continue;
    const Value* properties = resource.value.find("Properties");
    if (!properties || !properties->isObject())
      return Error{Reason::BadRequest, "Resources." + std::string(resource.name) + ": has no Properties"};
    ObjectBuilder document(d);
    document.text(task ? "family" : "serviceName", resource.name);
    if (service) document.text("taskDefinition", "");
    auto resolved = resolver.resolve(*properties, "Resources." + std::string(resource.name) + ".Properties");
    for (const Member& member : resolver.renamed(*resolved, false).members()) document.set(member.name, member.value);
    out.documents.push_back(documentOf(document.build()));
  }
  if (out.documents.empty()) return Error{Reason::BadRequest, "Resources: no AWS::ECS::TaskDefinition and no AWS::ECS::Service among them"};
  return out;
}

}  // namespace taskpod::translate::inputs
