#include "controller/ecs_api/registration.h"

#include <algorithm>
#include <charconv>

#include "taskpod/base/log.h"
#include "taskpod/json/builder.h"
#include "taskpod/k8s/names.h"
#include "taskpod/net/tls.h"
#include "taskpod/translate/units.h"

namespace taskpod::controller {
namespace {

constexpr int kMostAttempts = 1000;

k8s::TaskDefinitionRevision revisionOf(const std::string& family, std::int64_t number, const Registration& registration,
                                       const std::string& hash) {
  k8s::TaskDefinitionRevision out;
  out.apiVersion = k8s::kCustomApiVersion;
  out.kind = "TaskDefinitionRevision";
  out.metadata.name = revisionName(family, number);
  out.metadata.labels[std::string(k8s::kFamily)] = translate::slug(family);
  if (const json::Value* tags = registration.body.find("tags"); tags && !tags->items().empty())
    out.metadata.annotations[std::string(k8s::kTags)] = json::write(*tags);
  out.spec.family = family;
  out.spec.revision = number;
  json::write(out.spec.input.text, registration.body);
  out.spec.inputHash = hash;
  out.spec.registeredBy = registration.registeredBy;
  return out;
}

// Brings the family's object to a revision, unless it is at a later one. Losing every race is no failure of the registration: the object
// then has a later spec.
Result<void> follow(kube::Client& own, const k8s::TaskDefinitionRevision& revision) {
  std::string name = translate::slug(revision.spec.family);
  for (int attempt = 0; attempt < 10; ++attempt) {
    auto object = own.get<k8s::TaskDefinition>("", name);
    bool isNew = !object && object.error().reason == Reason::NotFound;
    if (!object && !isNew) return object.error();
    k8s::TaskDefinition fresh = isNew ? k8s::TaskDefinition() : *object;
    if (isNew) {
      fresh.apiVersion = k8s::kCustomApiVersion;
      fresh.kind = "TaskDefinition";
      fresh.metadata.name = name;
    }
    if (recordedRevision(fresh) >= revision.spec.revision) return {};
    fresh.metadata.annotations[std::string(k8s::kRevision)] = std::to_string(revision.spec.revision);
    fresh.spec = revision.spec.input;
    auto written = isNew ? own.create<k8s::TaskDefinition>("", fresh) : own.update<k8s::TaskDefinition>(fresh);
    if (!written && (written.error().reason == Reason::Conflict || written.error().reason == Reason::AlreadyExists)) continue;
    if (!written) return written.error();
    return {};
  }
  return {};
}

}  // namespace

std::string revisionName(const std::string& family, std::int64_t revision) {
  return translate::slug(family) + "-" + std::to_string(revision);
}

std::string bodyHash(const json::Value& body) {
  auto definition = json::read<ecs::TaskDefinition>(body, {.scalarsFromStrings = true});
  if (!definition) return net::sha256Hex(json::write(body));
  definition->tags.clear();
  return net::sha256Hex(json::write(*definition));
}

std::int64_t recordedRevision(const k8s::TaskDefinition& object) {
  auto found = object.metadata.annotations.find(std::string(k8s::kRevision));
  std::int64_t number = 0;
  if (found != object.metadata.annotations.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), number);
  return number;
}

Result<k8s::TaskDefinitionRevision> registerRevision(View& view, kube::Client& client, kube::Client& own,
                                                     const Registration& registration) {
  std::string family(registration.body.stringAt("family"));
  std::string hash = bodyHash(registration.body);
  std::int64_t last = view.latestRevision(family);
  auto object = own.get<k8s::TaskDefinition>("", translate::slug(family));
  if (object)
    last = std::max({last, object->status.latestRevision, recordedRevision(*object)});
  else if (object.error().reason != Reason::NotFound)
    return object.error();
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    auto made = client.create<k8s::TaskDefinitionRevision>("", revisionOf(family, ++last, registration, hash));
    if (!made && made.error().reason == Reason::AlreadyExists) continue;
    if (!made) return made.error();
    view.onRevision(nullptr, std::make_shared<const k8s::TaskDefinitionRevision>(*made));
    if (auto done = follow(own, *made); !done)
      log::warn("the TaskDefinition object is behind its revision", {{"family", family}, {"error", done.error().message}});
    return std::move(*made);
  }
  return Error{Reason::Conflict, "register a revision of " + family + ": too many registrations at the same time", 1};
}

}  // namespace taskpod::controller
