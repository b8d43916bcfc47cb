// Registering a revision of a task definition: the one way, whether RegisterTaskDefinition asked for it or a TaskDefinition object changed.
//
// A revision is a TaskDefinitionRevision object; its number is allocated by creating it: who comes second to a number takes the next one.
// The TaskDefinition object of the family then gets the body as its spec, unless a later revision is there already; the annotation
// ecs.taskpod.io/revision, written together with the spec, says which revision it is.
#pragma once

#include <string>

#include "controller/ecs_api/view.h"
#include "taskpod/json/document.h"
#include "taskpod/kube/client.h"

namespace taskpod::controller {

struct Registration {
  const json::Value& body;  // of RegisterTaskDefinition
  std::string registeredBy;
};

// sha256 of the body in its canonical text: two bodies that say the same have the same one.
std::string bodyHash(const json::Value& body);

// `client` creates the revision (as the caller), `own` keeps the TaskDefinition object in step. The body has been validated.
Result<k8s::TaskDefinitionRevision> registerRevision(View& view, kube::Client& client, kube::Client& own, const Registration& registration);

// The name of the object that a revision is.
std::string revisionName(const std::string& family, std::int64_t revision);

// The number that the TaskDefinition object says its spec is, 0 if none.
std::int64_t recordedRevision(const k8s::TaskDefinition& object);

}  // namespace taskpod::controller
