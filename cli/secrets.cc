#include "cli/secrets.h"

#include "taskpod/translate/secrets.h"

namespace taskpod::cli {
namespace {

using json::Document;
using json::Member;
using json::Value;

Document skeleton(const NeededSecret& secret) {
  Document d;
  std::vector<Member> data, notes;
  for (const auto& [key, reference] : secret.keys) {
    data.push_back({d.intern(key), d.string("")});
    notes.push_back({d.intern("ecs.taskpod.io/value-from." + key), d.string(reference)});
  }
  if (secret.forPulling) data = {{".dockerconfigjson", d.string(R"({"auths":{}})")}};
  std::vector<Member> meta = {{"name", d.string(secret.name)}};
  if (!notes.empty()) meta.push_back({"annotations", d.object(notes)});
  std::vector<Member> members = {{"apiVersion", d.string("v1")}, {"kind", d.string("Secret")}, {"metadata", d.object(meta)}};
  if (secret.forPulling) members.push_back({"type", d.string("kubernetes.io/dockerconfigjson")});
  members.push_back({"stringData", d.object(data)});
  d.setRoot(d.object(members));
  return d;
}

}  // namespace

std::vector<NeededSecret> secretsNeeded(const Converted& converted) {
  std::map<std::string, NeededSecret> found;
  if (converted.direction != translate::Direction::ToPod) return {};
  for (const auto& source : converted.sources) {
    for (const auto& use : translate::secretsUsedBy(source.root())) {
      NeededSecret& secret = found[use.secret];
      secret.name = use.secret;
      secret.forPulling |= use.forPulling;
      if (!use.forPulling) secret.keys[use.key] = use.reference;
    }
  }
  std::vector<NeededSecret> out;
  for (auto& [name, secret] : found) out.push_back(std::move(secret));
  return out;
}

std::string secretsTable(const std::vector<NeededSecret>& needed) {
  std::string out = "  Secrets that must exist (--emit-secrets writes skeletons):\n";
  for (const auto& secret : needed) {
    if (secret.forPulling) out += "    " + secret.name + "  for pulling images\n";
    for (const auto& [key, reference] : secret.keys) out += "    " + secret.name + "  key " + key + "  from " + reference + "\n";
  }
  return out;
}

std::vector<Document> secretSkeletons(const std::vector<NeededSecret>& needed) {
  std::vector<Document> out;
  for (const auto& secret : needed) out.push_back(skeleton(secret));
  return out;
}

}  // namespace taskpod::cli
