#include "kubelet-lite/config.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "taskpod/json/yaml.h"

namespace taskpod::kubelet {
namespace {

using json::Value;

std::string text(const Value& value) { return std::string(value.text()); }
int number(const Value& value) { return std::atoi(text(value).c_str()); }

std::vector<std::string> texts(const Value& value) {
  std::vector<std::string> out;
  for (const Value& item : value.items()) out.push_back(text(item));
  return out;
}

const Value* at(const Value& value, std::initializer_list<std::string_view> path) {
  const Value* now = &value;
  for (auto name : path)
    if (now) now = now->find(name);
  return now;
}

void readAuthentication(Config& config, const Value& value) {
  if (const Value* file = at(value, {"x509", "clientCAFile"}); file && config.clientCaFile.empty()) config.clientCaFile = text(*file);
  if (const Value* enabled = at(value, {"anonymous", "enabled"})) config.anonymous = enabled->text() == "true";
  if (const Value* enabled = at(value, {"webhook", "enabled"})) config.webhookAuthentication = enabled->text() == "true";
}

// One row per field that the agent obeys.
struct Field {
  std::string_view name;
  void (*read)(Config&, const Value&);
};

constexpr std::array kFields = {
    Field{"address", [](Config& c, const Value& v) { c.address = text(v); }},
    Field{"port", [](Config& c, const Value& v) { c.port = number(v); }},
    Field{"healthzBindAddress", [](Config& c, const Value& v) { c.healthzAddress = text(v); }},
    Field{"healthzPort", [](Config& c, const Value& v) { c.healthzPort = number(v); }},
    Field{"authentication", readAuthentication},
    Field{"authorization",
          [](Config& c, const Value& v) {
            if (!v.stringAt("mode").empty()) c.authorizationMode = std::string(v.stringAt("mode"));
          }},
    Field{"cgroupDriver", [](Config& c, const Value& v) { c.cgroupDriver = text(v); }},
    Field{"cgroupRoot", [](Config& c, const Value& v) { c.cgroupRoot = text(v); }},
    Field{"clusterDNS", [](Config& c, const Value& v) { c.clusterDns = texts(v); }},
    Field{"clusterDomain", [](Config& c, const Value& v) { c.clusterDomain = text(v); }},
    Field{"containerRuntimeEndpoint",
          [](Config& c, const Value& v) {
            if (!v.text().empty()) c.runtimeEndpoint = text(v);
          }},
    Field{"imageServiceEndpoint", [](Config& c, const Value& v) { c.imageEndpoint = text(v); }},
    Field{"maxPods", [](Config& c, const Value& v) { c.maxPods = number(v); }},
    Field{"podLogsDir", [](Config& c, const Value& v) { c.podLogsDir = text(v); }},
    Field{"resolvConf", [](Config& c, const Value& v) { c.resolvConf = text(v); }},
    Field{"tlsCertFile", [](Config& c, const Value& v) { c.tlsCertFile = text(v); }},
    Field{"tlsPrivateKeyFile", [](Config& c, const Value& v) { c.tlsKeyFile = text(v); }},
};

// A zero value asks for the default, which is what the agent does.
bool asksForNothing(const Value& value) {
  if (value.isNull()) return true;
  if (value.isObject())
    return std::all_of(value.members().begin(), value.members().end(), [](const auto& member) { return asksForNothing(member.value); });
  if (value.isArray()) return value.items().empty();
  std::string_view word = value.text();
  return word.empty() || word == "0" || word == "0s" || word == "0%" || word == "false";
}

// Fields whose usual values ask for nothing that the agent would have to do.
constexpr std::array<std::string_view, 14> kHarmless = {"apiVersion",
                                                        "kind",
                                                        "logging",
                                                        "syncFrequency",
                                                        "fileCheckFrequency",
                                                        "httpCheckFrequency",
                                                        "failSwapOn",
                                                        "failCgroupV1",
                                                        "rotateCertificates",
                                                        "imageGCHighThresholdPercent",
                                                        "imageMaximumGCAge",
                                                        "imageMinimumGCAge",
                                                        "crashLoopBackOff",
                                                        "memorySwap"};

}  // namespace

Result<void> readConfigFile(Config& config, const std::vector<std::string>& fromFlags) {
  std::ifstream in(config.configFile, std::ios::binary);
  if (!in) return Error{Reason::NotFound, config.configFile + ": cannot be opened", 0};
  std::string content{std::istreambuf_iterator<char>(in), {}};
  auto documents = json::readYaml(content);
  if (!documents) return Error{documents.error().reason, config.configFile + ": " + documents.error().message, 0};
  if (documents->empty()) return Error{Reason::BadRequest, config.configFile + ": holds no document", 0};
  const Value& root = documents->front().root();
  if (root.stringAt("kind") != "KubeletConfiguration")
    return Error{Reason::BadRequest,
                 config.configFile + ": kind: expected KubeletConfiguration, found \"" + std::string(root.stringAt("kind")) + "\"", 0};
  for (const auto& member : root.members()) {
    if (std::find(fromFlags.begin(), fromFlags.end(), member.name) != fromFlags.end()) continue;
    auto field = std::find_if(kFields.begin(), kFields.end(), [&](const Field& f) { return f.name == member.name; });
    if (field != kFields.end())
      field->read(config, member.value);
    else if (!asksForNothing(member.value) && std::find(kHarmless.begin(), kHarmless.end(), member.name) == kHarmless.end())
      config.unsupported.emplace_back(member.name);
  }
  return {};
}

}  // namespace taskpod::kubelet
