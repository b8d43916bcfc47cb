#include <algorithm>

#include "controller/ecs_api/handlers.h"
#include "controller/ecs_api/registration.h"
#include "taskpod/k8s/names.h"
#include "taskpod/translate/definition.h"
#include "taskpod/translate/task.h"
#include "taskpod/translate/validate.h"

namespace taskpod::controller {
namespace {

constexpr const char* kGroup = "ecs.taskpod.io";
constexpr const char* kResource = "taskdefinitionrevisions";

json::Value inputOf(Call& call, const DefinitionEntry& entry) {
  auto input = call.document.add(entry.object->spec.input.text);
  return input ? *input : call.document.object({});
}

json::Value shown(Call& call, const DefinitionEntry& entry) {
  json::ObjectBuilder out(call.document, translate::normalizedDefinition(call.document, inputOf(call, entry), entry.definition));
  out.set("taskDefinitionArn", ecs::taskDefinitionArn(call.place, entry.object->spec.family, entry.revision()));
  out.set("revision", call.document.integer(entry.revision()));
  out.set("status", entry.status());
  auto time = [&](std::string_view name, const std::string& at) {
    if (auto seconds = translate::secondsOf(at)) out.set(name, call.document.number(std::to_string(*seconds)));
  };
  time("registeredAt", entry.object->metadata.creationTimestamp);
  time("deregisteredAt", entry.object->status.deregisteredAt);
  time("deleteRequestedAt", entry.object->status.deleteRequestedAt);
  if (!entry.object->spec.registeredBy.empty()) out.set("registeredBy", entry.object->spec.registeredBy);
  return out.value();
}

json::Value tagsOf(Call& call, const k8s::ObjectMeta& meta) {
  auto found = meta.annotations.find(std::string(k8s::kTags));
  if (found != meta.annotations.end())
    if (auto tags = call.document.add(found->second)) return *tags;
  return call.document.array({});
}

// The revision that a name means. `needsRevision`: a family alone is not enough.
Result<std::shared_ptr<const DefinitionEntry>, Fault> find(Call& call, const std::string& given, bool needsRevision) {
  std::string problem;
  auto reference = ecs::parseDefinition(given, problem);
  if (!reference) return clientFault(problem);
  if (needsRevision && !reference->revision) return clientFault("Revision is missing.");
  auto lookUp = [&] {
    return reference->revision ? call.view.definition(reference->family, *reference->revision) : call.view.latestActive(reference->family);
  };
  auto entry = lookUp();
  if (!entry && reference->revision) {
    // Another replica may have registered it a moment ago.
    auto live = call.own.get<k8s::TaskDefinitionRevision>("", revisionName(reference->family, *reference->revision));
    if (live) call.view.onRevision(nullptr, std::make_shared<const k8s::TaskDefinitionRevision>(std::move(*live)));
    entry = lookUp();
  }
  if (!entry) return clientFault("Unable to describe task definition.");
  return entry;
}

// Changes the status of a revision for the caller.
Result<std::shared_ptr<const DefinitionEntry>, Fault> setStatus(Call& call, const DefinitionEntry& entry, const std::string& status,
                                                                const std::string& member) {
  json::ObjectBuilder inner(call.document), patch(call.document);
  inner.set("status", status).set(member, formatTime(wallNow()));
  patch.set("status", inner.value());
  auto written = call.client.patch<k8s::TaskDefinitionRevision>("", entry.object->metadata.name, "status", kube::PatchKind::Merge,
                                                                json::write(patch.value()));
  if (!written) return faultOf(written.error());
  call.view.onRevision(nullptr, std::make_shared<const k8s::TaskDefinitionRevision>(std::move(*written)));
  auto changed = call.view.definition(entry.object->spec.family, entry.revision());
  if (!changed) return fault("ServerException", "The revision was deleted meanwhile.");
  return changed;
}

// The keys of ListTaskDefinitions sort by family, then by number.
std::string keyOf(const std::string& family, std::int64_t revision) {
  char number[24];
  std::snprintf(number, sizeof number, "%019lld", static_cast<long long>(revision));
  return family + ":" + number;
}

std::string arnOfKey(const Call& call, const std::string& key) {
  auto colon = key.rfind(':');
  return ecs::taskDefinitionArn(call.place, key.substr(0, colon), std::stoll(key.substr(colon + 1)));
}

// Sorted keys the other way round.
KeySource reversed(std::vector<std::string> keys) {
  std::reverse(keys.begin(), keys.end());
  return [keys = std::move(keys)](const std::string& after, const std::function<bool(const std::string&)>& take) {
    for (const std::string& key : keys)
      if ((after.empty() || key < after) && !take(key)) return;
  };
}

}  // namespace

Answer registerTaskDefinition(Call& call) {
  auto problems = translate::validateTaskDefinition(call.input);
  if (!problems.empty()) return fault(problems.front().exception, problems.front().message);
  std::string by = "arn:aws:iam::" + call.place.account + ":" + (call.caller.user.empty() ? "root" : "user/" + call.caller.user);
  auto made = registerRevision(call.view, call.client, call.own, {call.input, std::move(by)});
  if (!made) return faultOf(made.error());
  auto entry = call.view.definition(made->spec.family, made->spec.revision);
  if (!entry) return fault("ServerException", "The revision was deleted meanwhile.");
  auto body = call.object();
  body.set("taskDefinition", shown(call, *entry));
  if (const json::Value* tags = call.input.find("tags"); tags && !tags->items().empty()) body.set("tags", *tags);
  return textOf(body);
}

Answer describeTaskDefinition(Call& call) {
  if (auto done = call.may("get", kGroup, kResource); !done) return done.error();
  auto entry = find(call, call.text("taskDefinition"), false);
  if (!entry) return entry.error();
  auto body = call.object();
  body.set("taskDefinition", shown(call, **entry));
  if (call.includes("TAGS")) body.set("tags", tagsOf(call, (*entry)->object->metadata));
  return textOf(body);
}

Answer listTaskDefinitions(Call& call) {
  if (auto done = call.may("list", kGroup, kResource); !done) return done.error();
  std::string family = call.text("familyPrefix"), status = call.text("status");
  if (status.empty()) status = "ACTIVE";
  std::vector<std::string> keys;
  for (const auto& [name, revisions] : call.view.definitions()) {
    if (!family.empty() && name != family) continue;
    for (const auto& [number, entry] : revisions)
      if (entry->status() == status) keys.push_back(keyOf(name, number));
  }
  bool descending = call.text("sort") == "DESC";
  auto page = pageOf(call, 100, 100, descending ? reversed(std::move(keys)) : keysOf(std::move(keys)));
  if (!page) return page.error();
  for (std::string& key : page->keys) key = arnOfKey(call, key);
  auto body = call.object().set("taskDefinitionArns", page->keys);
  if (!page->next.empty()) body.set("nextToken", page->next);
  return textOf(body);
}

Answer listTaskDefinitionFamilies(Call& call) {
  if (auto done = call.may("list", kGroup, kResource); !done) return done.error();
  std::string prefix = call.text("familyPrefix"), status = call.text("status");
  if (status.empty()) status = "ACTIVE";
  std::vector<std::string> names;
  for (const auto& [name, revisions] : call.view.definitions()) {
    if (!name.starts_with(prefix)) continue;
    bool active = std::any_of(revisions.begin(), revisions.end(), [](const auto& one) { return one.second->status() == "ACTIVE"; });
    if (status == "ALL" || (status == "ACTIVE") == active) names.push_back(name);
  }
  auto page = pageOf(call, 100, 100, keysOf(std::move(names)));
  if (!page) return page.error();
  auto body = call.object().set("families", page->keys);
  if (!page->next.empty()) body.set("nextToken", page->next);
  return textOf(body);
}

Answer deregisterTaskDefinition(Call& call) {
  if (auto done = call.may("get", kGroup, kResource); !done) return done.error();
  auto entry = find(call, call.text("taskDefinition"), true);
  if (!entry) return entry.error();
  if ((*entry)->status() == "ACTIVE") entry = setStatus(call, **entry, "INACTIVE", "deregisteredAt");
  if (!entry) return entry.error();
  return textOf(call.object().set("taskDefinition", shown(call, **entry)));
}

Answer deleteTaskDefinitions(Call& call) {
  if (auto done = call.may("get", kGroup, kResource); !done) return done.error();
  auto wanted = call.texts("taskDefinitions");
  if (wanted.empty()) return invalidParameter("Task definitions cannot be empty.");
  if (wanted.size() > 10) return invalidParameter("Task definitions can have at most 10 items.");
  std::vector<json::Value> deleted;
  std::vector<ecs::Failure> failures;
  for (const std::string& given : wanted) {
    auto entry = find(call, given, true);
    if (!entry) {
      std::string problem;
      auto reference = ecs::parseDefinition(given, problem);
      bool whole = reference && reference->revision;
      failures.push_back(failure(whole ? ecs::taskDefinitionArn(call.place, reference->family, *reference->revision) : given,
                                 whole ? "TASK_DEFINITION_NOT_FOUND" : "INVALID", entry.error().message));
      continue;
    }
    if ((*entry)->status() == "ACTIVE") {
      failures.push_back(failure(ecs::taskDefinitionArn(call.place, (*entry)->object->spec.family, (*entry)->revision()),
                                 "TASK_DEFINITION_ACTIVE",
                                 "The specified task definition is still in ACTIVE status. Please deregister the target and try again."));
      continue;
    }
    if ((*entry)->status() == "INACTIVE") entry = setStatus(call, **entry, "DELETE_IN_PROGRESS", "deleteRequestedAt");
    if (!entry) return entry.error();
    deleted.push_back(shown(call, **entry));
  }
  return textOf(call.object().set("taskDefinitions", call.document.array(deleted)).set("failures", failures));
}

}  // namespace taskpod::controller
