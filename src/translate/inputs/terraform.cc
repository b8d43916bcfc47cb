// aws_ecs_task_definition and aws_ecs_service of `terraform show -json`, a state or a plan.
#include "translate/inputs/builder.h"
#include "translate/paths.h"

namespace taskpod::translate::inputs {
namespace {

using json::Document;
using json::Member;
using json::Value;

struct Attribute {
  std::string_view from, to;
};
// Where the API's name is not the attribute's in camel case.
constexpr Attribute kTaskNames[] = {{"volume", "volumes"}, {"inference_accelerator", "inferenceAccelerators"}};
constexpr Attribute kServiceNames[] = {{"name", "serviceName"},
                                       {"load_balancer", "loadBalancers"},
                                       {"service_registries", "serviceRegistries"},
                                       {"iam_role", "role"},
                                       {"ordered_placement_strategy", "placementStrategy"},
                                       {"volume_configuration", "volumeConfigurations"}};
constexpr std::string_view kTaskMembers[] = {"family",
                                             "container_definitions",
                                             "cpu",
                                             "memory",
                                             "network_mode",
                                             "ipc_mode",
                                             "pid_mode",
                                             "task_role_arn",
                                             "execution_role_arn",
                                             "requires_compatibilities",
                                             "volume",
                                             "placement_constraints",
                                             "proxy_configuration",
                                             "runtime_platform",
                                             "ephemeral_storage",
                                             "enable_fault_injection",
                                             "tags",
                                             "inference_accelerator"};
constexpr std::string_view kServiceMembers[] = {"name",
                                                "task_definition",
                                                "cluster",
                                                "desired_count",
                                                "launch_type",
                                                "platform_version",
                                                "iam_role",
                                                "scheduling_strategy",
                                                "load_balancer",
                                                "service_registries",
                                                "network_configuration",
                                                "placement_constraints",
                                                "ordered_placement_strategy",
                                                "capacity_provider_strategy",
                                                "health_check_grace_period_seconds",
                                                "enable_ecs_managed_tags",
                                                "enable_execute_command",
                                                "propagate_tags",
                                                "service_connect_configuration",
                                                "volume_configuration",
                                                "tags",
                                                "deployment_controller",
                                                "availability_zone_rebalancing"};
// Blocks that the API has once; Terraform writes a list of one.
constexpr std::string_view kSingles[] = {"runtime_platform",
                                         "ephemeral_storage",
                                         "proxy_configuration",
                                         "efs_volume_configuration",
                                         "docker_volume_configuration",
                                         "fsx_windows_file_server_volume_configuration",
                                         "authorization_config",
                                         "network_configuration",
                                         "service_connect_configuration",
                                         "deployment_controller",
                                         "log_configuration",
                                         "timeout",
                                         "tls",
                                         "issuer_cert_authority",
                                         "managed_ebs_volume"};
constexpr std::string_view kMaps[] = {"driver_opts", "labels", "options"};

template <std::size_t N>
bool isOneOf(const std::string_view (&list)[N], std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

std::string camel(std::string_view name) {
  if (name == "size_in_gib") return "sizeInGiB";
  if (name == "enable_ecs_managed_tags") return "enableECSManagedTags";
  std::string out;
  bool upper = false;
  for (char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    out += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = false;
  }
  return out;
}

bool saysNothing(const Value& value) {
  return value.isNull() || (value.isString() && value.text().empty()) || (value.isArray() && value.items().empty()) ||
         (value.isObject() && value.members().empty());
}

// {"team": "shop"} as [{"key": "team", "value": "shop"}]
Value pairs(Document& d, const Value& map, std::string_view key) {
  std::vector<Value> items;
  for (const Member& member : map.members()) {
    ObjectBuilder pair(d);
    pair.text(key, member.name);
    pair.set("value", member.value);
    items.push_back(pair.build());
  }
  return d.array(items);
}

std::optional<Value> valueOf(Document& d, std::string_view name, const Value& value);

Value blockOf(Document& d, const Value& block) {
  ObjectBuilder out(d);
  for (const Member& member : block.members()) {
    if (member.name == "host_path" && !saysNothing(member.value)) {
      ObjectBuilder host(d);
      host.set("sourcePath", member.value);
      out.set("host", host.build());
      continue;
    }
    auto value = member.name == "host_path" ? std::nullopt : valueOf(d, member.name, member.value);
    bool noPort = (member.name == "port" || member.name == "container_port" || member.name == "transit_encryption_port") &&
                  member.value.text() == "0";
    if (value && !noPort) out.set(camel(member.name), *value);
  }
  return out.build();
}

std::optional<Value> valueOf(Document& d, std::string_view name, const Value& value) {
  if (saysNothing(value)) return std::nullopt;
  if (name == "properties" && value.isObject()) return pairs(d, value, "name");
  if (name == "assign_public_ip") return d.string(value.text() == "true" ? "ENABLED" : "DISABLED");
  if (isOneOf(kMaps, name)) return value;
  if (value.isObject()) return blockOf(d, value);
  if (!value.isArray()) return value;
  if (isOneOf(kSingles, name)) return value.items()[0].isObject() ? blockOf(d, value.items()[0]) : value.items()[0];
  std::vector<Value> items;
  for (const Value& item : value.items()) items.push_back(item.isObject() ? blockOf(d, item) : item);
  return d.array(items);
}

class State {
 public:
  explicit State(Expansion& out) : out_(out) {}

  Result<void> module(const Value& from) {
    if (const Value* resources = from.find("resources"))
      for (const Value& resource : resources->items())
        if (auto done = one(resource); !done) return done.error();
    if (const Value* children = from.find("child_modules"))
      for (const Value& child : children->items())
        if (auto done = module(child); !done) return done.error();
    return {};
  }

 private:
  Result<void> one(const Value& resource) {
    const Value* values = resource.find("values");
    if (!values || resource.stringAt("mode") == "data") return {};
    if (resource.stringAt("type") == "aws_ecs_task_definition") return task(resource, *values);
    if (resource.stringAt("type") == "aws_ecs_service") service(*values);
    return {};
  }

  Result<void> task(const Value& resource, const Value& values) {
    std::string address(resource.stringAt("address"));
    std::string_view text = values.stringAt("container_definitions");
    if (text.empty())
      return Error{
          Reason::BadRequest,
          address + ": container_definitions are not known before apply; give the state (terraform show -json) instead of the plan"};
    Document d;
    auto containers = d.add(text);
    if (!containers) return Error{Reason::BadRequest, address + ".container_definitions: " + containers.error().message};
    ObjectBuilder out(d);
    for (const Member& member : values.members()) {
      if (!isOneOf(kTaskMembers, member.name)) continue;
      if (member.name == "container_definitions")
        out.set("containerDefinitions", *containers);
      else if (member.name == "tags")
        out.list("tags", itemsOf(pairs(d, member.value, "key")));
      else if (auto value = valueOf(d, member.name, member.value))
        out.set(renamed(kTaskNames, member.name), *value);
    }
    out_.documents.push_back(documentOf(out.build()));
    return {};
  }

  void service(const Value& values) {
    Document d;
    ObjectBuilder out(d), deployment(d);
    for (const Member& member : values.members()) {
      if (member.name == "deployment_minimum_healthy_percent" && !saysNothing(member.value))
        deployment.set("minimumHealthyPercent", member.value);
      if (member.name == "deployment_maximum_percent" && !saysNothing(member.value)) deployment.set("maximumPercent", member.value);
      if (member.name == "deployment_circuit_breaker")
        if (const Value* block = member.value.items().empty() ? nullptr : &member.value.items()[0])
          deployment.set("deploymentCircuitBreaker", *block);
      if (!isOneOf(kServiceMembers, member.name)) continue;
      if (member.name == "tags")
        out.list("tags", itemsOf(pairs(d, member.value, "key")));
      else if (member.name == "network_configuration" && !member.value.items().empty())
        out.set("networkConfiguration", wrapped(d, "awsvpcConfiguration", blockOf(d, member.value.items()[0])));
      else if (auto value = valueOf(d, member.name, member.value))
        out.set(renamed(kServiceNames, member.name), *value);
    }
    if (!deployment.empty()) out.set("deploymentConfiguration", deployment.build());
    out_.documents.push_back(documentOf(out.build()));
  }

  static std::vector<Value> itemsOf(const Value& list) { return {list.items().begin(), list.items().end()}; }

  static Value wrapped(Document& d, std::string_view name, const Value& value) {
    ObjectBuilder out(d);
    out.set(name, value);
    return out.build();
  }

  template <std::size_t N>
  static std::string renamed(const Attribute (&names)[N], std::string_view attribute) {
    for (const auto& name : names)
      if (name.from == attribute) return std::string(name.to);
    return camel(attribute);
  }

  Expansion& out_;
};

}  // namespace

Result<Expansion> fromTerraform(const Value& source) {
  static constexpr std::string_view kPlan[] = {"planned_values", "root_module"};
  static constexpr std::string_view kState[] = {"values", "root_module"};
  const Value* root = valueAt(source, source.find("planned_values") ? std::span<const std::string_view>(kPlan) : kState);
  Expansion out;
  if (root)
    if (auto done = State(out).module(*root); !done) return done.error();
  if (out.documents.empty()) return Error{Reason::BadRequest, "no aws_ecs_task_definition and no aws_ecs_service in Terraform's output"};
  return out;
}

}  // namespace taskpod::translate::inputs
