#include "taskpod/ecs/arn.h"

#include <charconv>
#include <vector>

namespace taskpod::ecs {
namespace {

std::string prefix(const Place& place) { return "arn:" + place.partition + ":ecs:" + place.region + ":" + place.account + ":"; }

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> out;
  for (std::size_t from = 0;;) {
    std::size_t to = text.find(at, from);
    out.push_back(text.substr(from, to - from));
    if (to == std::string_view::npos) return out;
    from = to + 1;
  }
}

}  // namespace

std::string clusterArn(const Place& place, std::string_view cluster) { return prefix(place) + "cluster/" + std::string(cluster); }

std::string arnInCluster(const Place& place, std::string_view kind, std::string_view cluster, std::string_view name) {
  return prefix(place) + std::string(kind) + "/" + std::string(cluster) + "/" + std::string(name);
}

std::string taskDefinitionArn(const Place& place, std::string_view family, std::int64_t revision) {
  return prefix(place) + "task-definition/" + std::string(family) + ":" + std::to_string(revision);
}

std::string capacityProviderArn(const Place& place, std::string_view name) {
  return prefix(place) + "capacity-provider/" + std::string(name);
}

std::string arnOfService(const Place& place, std::string_view kind, std::string_view cluster, std::string_view service,
                         std::string_view id) {
  return arnInCluster(place, kind, cluster, service) + "/" + std::string(id);
}

std::optional<Reference> parseReference(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (!text.starts_with("arn:")) {
    if (text.find('/') != std::string_view::npos) return std::nullopt;
    return Reference{{}, {}, std::string(text), {}, {}};
  }
  auto fields = split(text, ':');
  if (fields.size() < 6 || fields[2] != "ecs") return std::nullopt;
  std::size_t head = 0;
  for (std::size_t i = 0; i < 5; ++i) head += fields[i].size() + 1;
  auto parts = split(text.substr(head), '/');
  for (std::string_view part : parts)
    if (part.empty()) return std::nullopt;
  if (parts.size() < 2 || parts.size() > 4) return std::nullopt;
  Reference out;
  out.kind = parts[0];
  out.account = fields[4];
  out.name = parts.back();
  if (parts.size() >= 3) out.cluster = parts[1];
  if (parts.size() == 4) out.service = parts[2];
  return out;
}

std::optional<Reference> parseReference(std::string_view text, std::string_view kind) {
  auto reference = parseReference(text);
  if (reference && !reference->kind.empty() && reference->kind != kind) return std::nullopt;
  return reference;
}

std::optional<DefinitionReference> parseDefinition(std::string_view text, std::string& problem) {
  auto reference = parseReference(text, "task-definition");
  if (!reference || reference->name.starts_with(':')) {
    problem = "Invalid task definition: " + std::string(text);
    return std::nullopt;
  }
  DefinitionReference out;
  auto colon = reference->name.find(':');
  out.family = reference->name.substr(0, colon);
  if (colon == std::string::npos) return out;
  std::string_view number = std::string_view(reference->name).substr(colon + 1);
  std::int64_t revision = 0;
  auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), revision);
  if (number.empty()) {
    problem = "Revision is missing.";
    return std::nullopt;
  }
  if (error != std::errc() || end != number.data() + number.size() || revision < 1) {
    problem = "Invalid revision number. Number: " + std::string(number);
    return std::nullopt;
  }
  out.revision = revision;
  return out;
}

}  // namespace taskpod::ecs
