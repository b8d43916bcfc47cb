#include "cli/stream.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>

#include "cli/differences.h"
#include "taskpod/json/yaml.h"

namespace taskpod::cli {
namespace {

using translate::Direction;

std::string describe(const json::Value& root) {
  const json::Value* meta = root.find("metadata");
  std::string name(meta ? meta->stringAt("name") : "");
  return std::string(root.stringAt("kind")) + (name.empty() ? "" : " " + name);
}

// Kinds of Kubernetes that have no counterpart: passed over, since manifests are full of them. Anything else is an error.
bool isPassedOver(const json::Value& root) { return root.find("kind") && root.find("apiVersion"); }

Result<Direction> directionOf(const Named& named, const ReadOptions& options) {
  bool ecs = translate::isEcs(translate::kindOf(named.document.root()));
  if (!options.to.empty() && (options.to == "pod") != ecs)
    return Error{Reason::BadRequest,
                 named.origin + ": is " + (ecs ? "an ECS" : "a Kubernetes") + " document already, --to " + options.to + " does not apply",
                 0};
  return ecs ? Direction::ToPod : Direction::ToTaskDefinition;
}

Error notKnown(const Named& named) {
  return {Reason::BadRequest,
          named.origin +
              ": neither an ECS document (a task definition has containerDefinitions, a service serviceName and taskDefinition) nor a "
              "Kubernetes object (kind)",
          0};
}

// "document 2: …" of the library becomes "FILE: …".
Error located(const Error& error, const std::vector<std::string>& origins) {
  std::string_view text = error.message;
  if (!text.starts_with("document ")) return error;
  std::size_t index = static_cast<std::size_t>(std::atoi(text.substr(9).data()));
  auto colon = text.find(": ");
  if (index < 1 || index > origins.size() || colon == std::string_view::npos) return error;
  return {error.reason, origins[index - 1] + std::string(text.substr(colon)), 0};
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string baseName(const json::Value& root) {
  const json::Value* meta = root.find("metadata");
  for (std::string_view name :
       {meta ? meta->stringAt("name") : root.stringAt("family"), root.stringAt("serviceName"), root.stringAt("Name"),
        root.stringAt("PolicyName"), root.stringAt("ResourceId"), root.stringAt("taskDefinition")}) {
    std::string safe(name);
    for (char& c : safe)
      if (c == '/' || c == ':') c = '-';
    if (!safe.empty() && safe[0] != '.') return safe;
  }
  return "unnamed";
}

}  // namespace

Format formatFor(const std::string& output, Direction direction) {
  if (output == "json") return Format::Json;
  if (output == "yaml") return Format::Yaml;
  return direction == Direction::ToPod ? Format::Yaml : Format::Json;
}

Result<Stream> convertFiles(const std::vector<std::string>& files, const ReadOptions& options) {
  Stream out;
  auto documents = readDocuments(files, out.warnings);
  if (!documents) return documents.error();
  std::vector<std::string> origins;
  std::vector<json::Value> roots;
  std::optional<Direction> direction;
  for (Named& named : *documents) {
    const json::Value& root = named.document.root();
    if (translate::kindOf(root).empty()) {
      if (!isPassedOver(root)) return notKnown(named);
      out.skipped.push_back(named.origin + ": " + describe(root));
      continue;
    }
    auto its = directionOf(named, options);
    if (!its) return its.error();
    if (direction && *direction != *its)
      return Error{Reason::BadRequest, named.origin + ": ECS documents and Kubernetes objects cannot be converted together", 0};
    direction = *its;
    origins.push_back(named.origin);
    out.converted.sources.push_back(std::move(named.document));
    roots.push_back(out.converted.sources.back().root());
  }
  if (!direction)
    return Error{Reason::BadRequest, (out.skipped.empty() ? "nothing" : out.skipped.front()) + ": has no counterpart on the other side", 0};
  auto result = translate::convertStream(roots, *direction, options.stream);
  if (!result) return located(result.error(), origins);
  for (const auto& file : files)
    out.converted.origin += (out.converted.origin.empty() ? "" : ", ") + (file == "-" ? "standard input" : file);
  out.converted.direction = *direction;
  out.converted.result = std::move(*result);
  return out;
}

std::string textOf(const json::Document& document, Format format) {
  return format == Format::Json ? json::writePretty(document.root()) : json::writeYaml(document.root());
}

std::vector<std::string> fileNames(const translate::StreamConversion& result, Format format) {
  std::vector<std::string> out;
  std::set<std::string> taken;
  for (const auto& document : result.documents) {
    const json::Value& root = document.document.root();
    std::string_view kind = translate::kindOf(root);
    bool plain = kind == "Pod" || kind == "TaskDefinition";
    std::string stem = baseName(root) + (plain ? "" : "." + lower(kind.empty() ? root.stringAt("kind") : kind));
    std::string name = stem;
    for (int n = 2; !taken.insert(name).second; ++n) name = stem + "-" + std::to_string(n);
    out.push_back(name + (format == Format::Json ? ".json" : ".yaml"));
  }
  return out;
}

Result<void> writeFile(const std::string& path, const std::string& text) {
  std::string draft = path + ".tmp-" + std::to_string(getpid());
  std::FILE* file = std::fopen(draft.c_str(), "wbe");
  bool done = file && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  done = file && std::fclose(file) == 0 && done;
  done = done && std::rename(draft.c_str(), path.c_str()) == 0;
  if (done) return {};
  std::remove(draft.c_str());
  return Error{Reason::InternalError, path + ": cannot be written", 0};
}

std::vector<std::string> roundTripDifferences(const Converted& converted) {
  std::vector<json::Value> made, sources;
  for (const auto& document : converted.result.documents) made.push_back(document.document.root());
  for (const auto& document : converted.sources) sources.push_back(document.root());
  Direction back = converted.direction == Direction::ToPod ? Direction::ToTaskDefinition : Direction::ToPod;
  auto returned = translate::convertStream(made, back, {.reports = false});
  if (!returned) return {"does not convert back: " + returned.error().message};
  std::vector<std::string> out;
  std::vector<bool> used(returned->documents.size(), false);
  for (const auto& source : sources) {
    const json::Value* inner = source.find("taskDefinition");  // DescribeTaskDefinition's wrapper is not given back
    const json::Value& want = inner && inner->isObject() ? *inner : source;
    std::vector<std::string> nearest;
    bool found = false;
    for (std::size_t i = 0; i < returned->documents.size() && !found; ++i) {
      const json::Value& root = returned->documents[i].document.root();
      if (used[i] || translate::kindOf(root) != translate::kindOf(source)) continue;
      std::vector<std::string> lines = differencesOf(want, root);
      if (inner) std::erase_if(lines, [](const std::string& line) { return line.starts_with("tags"); });
      found = lines.empty();
      if (found) used[i] = true;
      if (!found && (nearest.empty() || lines.size() < nearest.size())) nearest = std::move(lines);
    }
    if (found) continue;
    if (nearest.empty()) nearest.push_back(std::string(translate::kindOf(source)) + " does not come back");
    out.insert(out.end(), nearest.begin(), nearest.end());
  }
  return out;
}

}  // namespace taskpod::cli
