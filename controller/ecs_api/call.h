// One call of the ECS API, as its handler sees it: the request (already checked against the model), who calls, and what answers are made
// of.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/ecs_api/access.h"
#include "controller/ecs_api/view.h"
#include "controller/role_grants.h"
#include "taskpod/ecs/arn.h"
#include "taskpod/ecs/model.h"
#include "taskpod/ecs/task.h"
#include "taskpod/json/builder.h"
#include "taskpod/kube/client.h"

namespace taskpod::controller {

// An exception of the API: the name of a shape and a text.
struct Fault {
  std::string exception;
  std::string message;
  std::vector<std::string> resourceIds;  // ConflictException
};
// The body of an answer.
using Answer = Result<std::string, Fault>;

struct Call {
  const ecs::Operation& operation;
  const json::Value& input;
  const Caller& caller;
  const ecs::Place& place;
  View& view;
  Access& access;
  kube::Client& own;     // the controller's identity
  kube::Client& client;  // acts for the caller
  const RoleGrants& grants;
  int kubeMinor = 36;
  json::Document document = {};  // for the answer
  bool hasReadLive = false;      // pods were read from the API for a task that the view does not know

  // Members of the request, with what absent ones stand for.
  std::string text(std::string_view name) const { return std::string(input.stringAt(name)); }
  std::int64_t number(std::string_view name, std::int64_t otherwise) const;
  bool flag(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;
  bool includes(std::string_view word) const;    // in the list `include`
  std::string raw(std::string_view name) const;  // JSON, "" if absent or an empty list

  // A name or an ARN of one kind; nullopt for an ARN of another kind or account.
  std::optional<ecs::Reference> refer(std::string_view text, std::string_view kind) const;
  // The cluster that the member `cluster` names, "default" if absent. ClusterNotFoundException.
  Result<ClusterEntry, Fault> cluster() const;
  // Forbidden becomes AccessDeniedException.
  Result<void, Fault> may(std::string verb, std::string group, std::string resource, std::string namespace_ = {},
                          std::string name = {}) const;

  json::ObjectBuilder object() { return json::ObjectBuilder(document); }
};

Fault fault(std::string exception, std::string message);
Fault invalidParameter(std::string message);
Fault clientFault(std::string message);
// An error of the API server, for a caller.
Fault faultOf(const Error& error);

std::string textOf(const json::ObjectBuilder& body);

// A page of sorted keys: those after the token's, at most maxResults. `keys` yields keys in order from after the argument until it is told
// to stop. The token of the next page is set in `next`, "" for the last.
struct Page {
  std::vector<std::string> keys;
  std::string next;
};
using KeySource = std::function<void(const std::string& after, const std::function<bool(const std::string&)>& take)>;
Result<Page, Fault> pageOf(const Call& call, std::size_t defaultSize, std::size_t mostSize, const KeySource& keys);
KeySource keysOf(std::vector<std::string> sorted);

ecs::Failure failure(std::string arn, std::string reason, std::string detail = {});

}  // namespace taskpod::controller
