#include "controller/definition_reconciler.h"

#include <algorithm>

#include "controller/ecs_api/registration.h"
#include "taskpod/base/log.h"
#include "taskpod/k8s/names.h"
#include "taskpod/translate/units.h"
#include "taskpod/translate/validate.h"

namespace taskpod::controller {
namespace {

constexpr std::chrono::seconds kDeletionCheck{30};

k8s::ObjectReference referenceTo(const k8s::TaskDefinition& object) {
  return kube::referenceTo(k8s::kCustomApiVersion, "TaskDefinition", object.metadata);
}

// Does the revision that the object records say what its spec says?
bool isRegistered(const View& view, const std::string& family, std::int64_t revision, const std::string& hash) {
  auto entry = view.definition(family, revision);
  return entry && entry->object->spec.inputHash == hash;
}

}  // namespace

DefinitionReconciler::DefinitionReconciler(kube::Client& client, View& view, kube::EventRecorder& events)
    : client_(client),
      view_(view),
      events_(events),
      queue_(Backoff{std::chrono::milliseconds(200), std::chrono::milliseconds(30'000)}),
      definitions_(client, {.namespace_ = {}, .query = {}, .canceller = std::make_shared<net::Canceller>()},
                   [this](const auto&, const auto& is) {
                     if (is) queue_.add("d/" + is->metadata.name);
                   }) {}

DefinitionReconciler::~DefinitionReconciler() {
  queue_.stop();
  definitions_.stop();
}

void DefinitionReconciler::onRevision(const std::shared_ptr<const k8s::TaskDefinitionRevision>&,
                                      const std::shared_ptr<const k8s::TaskDefinitionRevision>& is) {
  if (is && is->status.status == "DELETE_IN_PROGRESS") queue_.add("r/" + is->metadata.name);
}

void DefinitionReconciler::start() {
  definitions_.start();
  thread_ = std::jthread([this] { run(); });
}

void DefinitionReconciler::run() {
  while (auto key = queue_.get()) {
    if (key->starts_with("r/")) {
      removeDeleted(key->substr(2));
    } else if (auto object = client_.get<k8s::TaskDefinition>("", key->substr(2)); !object) {
      if (object.error().reason != Reason::NotFound) queue_.addAgain(*key);
    } else {
      // Read live: what was just registered must be seen, or it would be registered again.
      auto done = reconcile(*object);
      if (done)
        queue_.forget(*key);
      else
        queue_.addAgain(*key);
      if (!done && done.error().reason != Reason::Conflict)
        log::warn("a task definition was not registered", {{"name", object->metadata.name}, {"error", done.error().message}});
    }
    queue_.done(*key);
  }
}

Result<void> DefinitionReconciler::reconcile(const k8s::TaskDefinition& object) {
  if (object.status.observedGeneration == object.metadata.generation) return {};
  auto body = json::Document::parse(object.spec.text);
  if (!body) return writeStatus(object, object.status.latestRevision, "False", "Invalid", body.error().message);
  std::string family(body->root().stringAt("family"));
  std::int64_t recorded = recordedRevision(object);
  if (recorded > 0 && !view_.definition(family, recorded)) {
    // The watch of TaskDefinitions may be ahead of the one of revisions.
    auto live = client_.get<k8s::TaskDefinitionRevision>("", revisionName(family, recorded));
    if (live) view_.onRevision(nullptr, std::make_shared<const k8s::TaskDefinitionRevision>(std::move(*live)));
  }
  if (recorded > 0 && isRegistered(view_, family, recorded, bodyHash(body->root())))
    return writeStatus(object, recorded, "True", "Registered", family + ":" + std::to_string(recorded));
  auto problems = translate::validateTaskDefinition(body->root());
  if (translate::slug(family) != object.metadata.name)
    problems.insert(problems.begin(),
                    {"family", "ClientException", "metadata.name must be " + translate::slug(family) + " for the family " + family, ""});
  if (!problems.empty()) {
    std::string message = (problems.front().path.empty() ? "" : problems.front().path + ": ") + problems.front().message;
    events_.record(referenceTo(object), "Warning", "Invalid", message);
    return writeStatus(object, object.status.latestRevision, "False", "Invalid", message);
  }
  auto made = registerRevision(view_, client_, client_, {body->root(), "kubectl"});
  if (!made) return made.error();
  std::string name = made->spec.family + ":" + std::to_string(made->spec.revision);
  events_.record(referenceTo(object), "Normal", "Registered", "Registered revision " + name);
  // The annotation that was just written makes a new version, which comes back here and gets its status.
  queue_.add("d/" + object.metadata.name);
  return {};
}

Result<void> DefinitionReconciler::writeStatus(const k8s::TaskDefinition& object, std::int64_t latest, std::string_view is,
                                               std::string_view reason, const std::string& message) {
  k8s::TaskDefinition changed = object;
  changed.status.latestRevision = std::max(latest, changed.status.latestRevision);
  changed.status.observedGeneration = object.metadata.generation;
  auto& conditions = changed.status.conditions;
  auto found = std::find_if(conditions.begin(), conditions.end(), [](const auto& one) { return one.type == "Registered"; });
  if (found == conditions.end()) found = conditions.insert(conditions.end(), k8s::Condition());
  if (found->status != is) found->lastTransitionTime = formatTime(wallNow());
  found->type = "Registered";
  found->status = is;
  found->reason = reason;
  found->message = message;
  found->observedGeneration = object.metadata.generation;
  auto written = client_.updateStatus<k8s::TaskDefinition>(changed);
  if (!written) return written.error();
  return {};
}

void DefinitionReconciler::removeDeleted(const std::string& name) {
  auto object = client_.get<k8s::TaskDefinitionRevision>("", name);
  if (!object && object.error().reason != Reason::NotFound) return queue_.addAgain("r/" + name);
  if (!object || object->status.status != "DELETE_IN_PROGRESS") return;
  bool used = view_.isUsed(object->spec.family + ":" + std::to_string(object->spec.revision));
  auto asked = parseTime(object->status.deleteRequestedAt);
  if (used || (asked && wallNow() - *asked < kDeletionCheck)) return queue_.addAfter("r/" + name, kDeletionCheck);
  if (auto done = client_.remove<k8s::TaskDefinitionRevision>("", name); !done && done.error().reason != Reason::NotFound)
    queue_.addAgain("r/" + name);
}

}  // namespace taskpod::controller
