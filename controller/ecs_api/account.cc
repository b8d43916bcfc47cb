// Account settings, kept in one ConfigMap of taskpod-system; and the calls that only an ECS agent makes.
#include <algorithm>

#include "controller/ecs_api/handlers.h"
#include "taskpod/ecs/model.h"

namespace taskpod::controller {
namespace {

constexpr const char* kNamespace = "taskpod-system";
constexpr const char* kName = "ecs-account-settings";

// What holds where nobody has set anything (Amazon ECS API reference, PutAccountSetting).
constexpr std::pair<std::string_view, std::string_view> kDefaults[] = {{"awsvpcTrunking", "disabled"},
                                                                       {"containerInsights", "disabled"},
                                                                       {"containerInstanceLongArnFormat", "enabled"},
                                                                       {"defaultLogDriverMode", "non-blocking"},
                                                                       {"fargateFIPSMode", "disabled"},
                                                                       {"fargateTaskRetirementWaitPeriod", "7"},
                                                                       {"guardDutyActivate", "off"},
                                                                       {"serviceLongArnFormat", "enabled"},
                                                                       {"tagResourceAuthorization", "off"},
                                                                       {"taskLongArnFormat", "enabled"}};

std::string principalOf(const Call& call) {
  std::string given = call.text("principalArn");
  if (!given.empty()) return given;
  return "arn:aws:iam::" + call.place.account + ":" + (call.caller.user.empty() ? "root" : "user/" + call.caller.user);
}

// ConfigMap keys take letters, digits, - _ and . only.
std::string keyOf(const std::string& principal, std::string_view name) {
  std::string out(name);
  if (principal.empty()) return out;
  out += ".";
  for (unsigned char c : principal) out += std::isalnum(c) ? static_cast<char>(c) : '_';
  return out;
}

json::Value setting(Call& call, std::string_view name, const std::string& value, const std::string& principal) {
  return call.object()
      .set("name", name)
      .set("value", value)
      .set("principalArn", principal)
      .set("type", call.document.string("user"))
      .value();
}

Result<k8s::ConfigMap, Fault> stored(Call& call) {
  auto map = call.own.get<k8s::ConfigMap>(kNamespace, kName);
  if (map) return std::move(*map);
  if (map.error().reason != Reason::NotFound) return faultOf(map.error());
  return k8s::ConfigMap();
}

Result<void, Fault> put(Call& call, const std::string& key, const std::optional<std::string>& value) {
  json::ObjectBuilder data(call.document), object(call.document);
  data.set(key, value ? call.document.string(*value) : json::Value());
  object.set("data", data.value());
  auto written = call.client.patch<k8s::ConfigMap>(kNamespace, kName, "", kube::PatchKind::Merge, json::write(object.value()));
  if (written) return {};
  if (written.error().reason != Reason::NotFound) return faultOf(written.error());
  if (!value) return {};
  k8s::ConfigMap map;
  map.apiVersion = "v1";
  map.kind = "ConfigMap";
  map.metadata.name = kName;
  map.data[key] = *value;
  auto made = call.client.create<k8s::ConfigMap>(kNamespace, map);
  if (made) return {};
  if (made.error().reason == Reason::AlreadyExists) return put(call, key, value);
  return faultOf(made.error());
}

Answer putSetting(Call& call, const std::string& principal) {
  std::string name = call.text("name"), value = call.text("value");
  bool numeric = name == "fargateTaskRetirementWaitPeriod";
  static constexpr std::string_view kWords[] = {"enabled", "disabled", "on", "off", "enhanced", "blocking", "non-blocking"};
  bool good =
      numeric ? value == "0" || value == "7" || value == "14" : std::find(std::begin(kWords), std::end(kWords), value) != std::end(kWords);
  if (!good) return invalidParameter("Invalid value '" + value + "' for the setting " + name + ".");
  if (name.ends_with("LongArnFormat") && value != "enabled")
    return invalidParameter("The setting " + name + " is always enabled: short ARNs are no longer given out.");
  if (auto done = put(call, keyOf(principal, name), value); !done) return done.error();
  return textOf(call.object().set("setting", setting(call, name, value, principal.empty() ? principalOf(call) : principal)));
}

}  // namespace

Answer putAccountSetting(Call& call) { return putSetting(call, principalOf(call)); }
Answer putAccountSettingDefault(Call& call) { return putSetting(call, ""); }

Answer deleteAccountSetting(Call& call) {
  std::string principal = principalOf(call), name = call.text("name");
  if (auto done = put(call, keyOf(principal, name), std::nullopt); !done) return done.error();
  return textOf(call.object().set("setting", setting(call, name, "", principal)));
}

Answer listAccountSettings(Call& call) {
  if (auto done = call.may("get", "", "configmaps", kNamespace, kName); !done) return done.error();
  auto map = stored(call);
  if (!map) return map.error();
  std::string principal = principalOf(call), name = call.text("name"), value = call.text("value");
  std::vector<std::string> names;
  std::map<std::string, std::string> found;
  for (const auto& [known, otherwise] : kDefaults) {
    auto own = map->data.find(keyOf(principal, known)), all = map->data.find(std::string(known));
    std::string is;
    if (own != map->data.end())
      is = own->second;
    else if (call.flag("effectiveSettings"))
      is = all != map->data.end() ? all->second : std::string(otherwise);
    if (is.empty() || (!name.empty() && name != known) || (!value.empty() && value != is)) continue;
    names.emplace_back(known);
    found.emplace(known, is);
  }
  auto page = pageOf(call, 10, 10, keysOf(std::move(names)));
  if (!page) return page.error();
  std::vector<json::Value> settings;
  for (const std::string& one : page->keys) settings.push_back(setting(call, one, found.at(one), principal));
  auto body = call.object().set("settings", call.document.array(settings));
  if (!page->next.empty()) body.set("nextToken", page->next);
  return textOf(body);
}

Answer discoverPollEndpoint(Call& call) {
  return fault("ClientException", "Taskpod's instances are run by kubelet-lite, not by the ECS agent: " + call.text("containerInstance") +
                                      " has no endpoint to poll.");
}

// An agent that reports states is not believed: what a pod's containers do is in the pod's status.
Answer submitStateChange(Call& call) {
  return fault("ClientException",
               std::string(call.operation.name) +
                   " is a call of the ECS agent. States of tasks are read from the pods; kubelet-lite writes them there.");
}

Answer refused(Call& call) {
  for (const HandlerRow& row : handlerRows())
    if (row.operation == call.operation.name) {
      auto models = [&](std::string_view name) {
        return std::find(call.operation.errors.begin(), call.operation.errors.end(), name) != call.operation.errors.end();
      };
      if (call.operation.name == "UpdateContainerAgent") return fault("NoUpdateAvailableException", std::string(row.note));
      return fault(models("UnsupportedFeatureException") ? "UnsupportedFeatureException" : "ClientException", std::string(row.note));
    }
  return fault("ServerException", "no row for " + std::string(call.operation.name));
}

}  // namespace taskpod::controller
