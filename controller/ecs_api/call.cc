#include "controller/ecs_api/call.h"

#include <algorithm>
#include <charconv>

#include "taskpod/net/tls.h"

namespace taskpod::controller {

std::int64_t Call::number(std::string_view name, std::int64_t otherwise) const {
  const json::Value* member = input.find(name);
  if (!member || member->kind() != json::Kind::Number) return otherwise;
  std::string_view digits = member->text();
  std::int64_t value = otherwise;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

bool Call::flag(std::string_view name) const {
  const json::Value* member = input.find(name);
  return member && member->text() == "true";
}

std::vector<std::string> Call::texts(std::string_view name) const {
  std::vector<std::string> out;
  if (const json::Value* list = input.find(name))
    for (const json::Value& item : list->items()) out.emplace_back(item.text());
  return out;
}

bool Call::includes(std::string_view word) const {
  auto words = texts("include");
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string Call::raw(std::string_view name) const {
  const json::Value* member = input.find(name);
  if (!member || member->isNull() || (member->isArray() && member->items().empty())) return {};
  return json::write(*member);
}

std::optional<ecs::Reference> Call::refer(std::string_view text, std::string_view kind) const {
  auto reference = ecs::parseReference(text, kind);
  if (reference && !reference->account.empty() && reference->account != place.account) return std::nullopt;
  return reference;
}

Result<ClusterEntry, Fault> Call::cluster() const {
  std::string given = text("cluster");
  auto reference = refer(given.empty() ? "default" : given, "cluster");
  if (!reference) return invalidParameter("Invalid identifier: Identifier is for cluster. Your account is " + place.account);
  auto entry = view.cluster(reference->name);
  if (!entry || !entry->active) return fault("ClusterNotFoundException", "Cluster not found.");
  return *entry;
}

Result<void, Fault> Call::may(std::string verb, std::string group, std::string resource, std::string namespace_, std::string name) const {
  auto done = access.allowed(caller, {std::move(verb), std::move(group), std::move(resource), std::move(namespace_), std::move(name)});
  if (!done) return faultOf(done.error());
  return {};
}

Fault fault(std::string exception, std::string message) { return {std::move(exception), std::move(message), {}}; }
Fault invalidParameter(std::string message) { return fault("InvalidParameterException", std::move(message)); }
Fault clientFault(std::string message) { return fault("ClientException", std::move(message)); }

Fault faultOf(const Error& error) {
  switch (error.reason) {
    case Reason::Forbidden: return fault("AccessDeniedException", error.message);
    case Reason::TooManyRequests: return fault("ThrottlingException", "Rate exceeded");
    case Reason::Invalid:
    case Reason::BadRequest:
    case Reason::RequestEntityTooLarge: return invalidParameter(error.message);
    case Reason::NotFound: return fault("ResourceNotFoundException", error.message);
    default: return fault("ServerException", error.message);
  }
}

std::string textOf(const json::ObjectBuilder& body) { return json::write(body.value()); }

KeySource keysOf(std::vector<std::string> sorted) {
  return [keys = std::move(sorted)](const std::string& after, const std::function<bool(const std::string&)>& take) {
    for (auto it = std::upper_bound(keys.begin(), keys.end(), after); it != keys.end(); ++it)
      if (!take(*it)) return;
  };
}

Result<Page, Fault> pageOf(const Call& call, std::size_t defaultSize, std::size_t mostSize, const KeySource& keys) {
  std::int64_t wanted = call.number("maxResults", static_cast<std::int64_t>(defaultSize));
  if (wanted < 1 || wanted > static_cast<std::int64_t>(mostSize))
    return invalidParameter("maxResults must be between 1 and " + std::to_string(mostSize) + ".");
  std::string after, prefix = std::string(call.operation.name) + "\n";
  if (std::string token = call.text("nextToken"); !token.empty()) {
    auto decoded = net::decodeBase64(token);
    if (!decoded || !decoded->starts_with(prefix)) return invalidParameter("Invalid token " + token.substr(0, 100));
    after = decoded->substr(prefix.size());
  }
  Page page;
  bool more = false;
  keys(after, [&](const std::string& key) {
    more = page.keys.size() == static_cast<std::size_t>(wanted);
    if (!more) page.keys.push_back(key);
    return !more;
  });
  if (more) page.next = net::encodeBase64(prefix + page.keys.back());
  return page;
}

ecs::Failure failure(std::string arn, std::string reason, std::string detail) {
  ecs::Failure out;
  out.arn = std::move(arn);
  out.reason = std::move(reason);
  out.detail = std::move(detail);
  return out;
}

}  // namespace taskpod::controller
