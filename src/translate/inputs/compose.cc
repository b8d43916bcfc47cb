// A Compose file as one task definition: its services are the containers.
#include <cmath>
#include <set>

#include "taskpod/translate/units.h"
#include "translate/inputs/builder.h"
#include "translate/inputs/compose_values.h"

namespace taskpod::translate::inputs {
namespace {

using json::Document;
using json::Member;
using json::Value;

constexpr std::string_view kLeftOut[] = {"env_file", "build",   "secrets",       "configs",   "profiles",    "networks",
                                         "extends",  "expose",  "cgroup_parent", "isolation", "storage_opt", "userns_mode",
                                         "gpus",     "develop", "models",        "provider",  "pre_stop",    "post_start"};

// ---- interpolation of the whole tree first, as Compose does

struct Interpolation {
  Document& d;
  std::string problem;

  Value walk(const Value& value, const std::string& path) {
    if (value.isString()) {
      auto text = interpolated(value.text());
      if (text) return *text == value.text() ? value : d.string(*text);
      if (problem.empty()) problem = path + ": " + text.error().message;
      return value;
    }
    if (value.isArray()) {
      std::vector<Value> items;
      for (std::size_t i = 0; i < value.items().size(); ++i) items.push_back(walk(value.items()[i], path + "[" + std::to_string(i) + "]"));
      return d.array(items);
    }
    if (!value.isObject()) return value;
    std::vector<Member> members;
    for (const Member& member : value.members())
      members.push_back({member.name, walk(member.value, path.empty() ? std::string(member.name) : path + "." + std::string(member.name))});
    return d.object(members);
  }
};

std::vector<std::string> textsOf(const Value& value) {
  std::vector<std::string> out;
  if (!value.isArray() && !value.isObject() && !value.isNull()) out.emplace_back(value.text());
  for (const Value& item : value.items()) out.emplace_back(item.text());
  return out;
}

// A map, or a list of "name=value"; nullopt for an item without "=".
struct Pair {
  std::string name;
  std::optional<std::string> value;
};
std::vector<Pair> pairsOf(const Value& value, char separator = '=') {
  std::vector<Pair> out;
  for (const Member& member : value.members())
    out.push_back({std::string(member.name), member.value.isNull() ? std::nullopt : std::optional(std::string(member.value.text()))});
  for (const Value& item : value.items()) {
    std::string_view text = item.text();
    auto at = text.find(separator);
    if (at == std::string_view::npos) at = text.find('=');
    out.push_back(
        {std::string(text.substr(0, at)), at == std::string_view::npos ? std::nullopt : std::optional(std::string(text.substr(at + 1)))});
  }
  return out;
}

class Service {
 public:
  Service(Document& d, std::string name, const Value& from, const Value* declaredVolumes, std::vector<Value>& volumes,
          std::set<std::string>& volumeNames, std::vector<std::string>& warnings)
      : d_(d),
        name_(std::move(name)),
        from_(from),
        declared_(declaredVolumes),
        volumes_(volumes),
        volumeNames_(volumeNames),
        warnings_(warnings),
        out_(d),
        linux_(d) {}

  Result<Value> build(bool essential) {
    if (from_.stringAt("image").empty())
      return Error{Reason::BadRequest, "services." + name_ + ".image: missing; ECS runs images, it builds none"};
    out_.text("name", name_);
    out_.text("image", from_.stringAt("image"));
    out_.flag("essential", essential);
    for (std::string_view key : kLeftOut)
      if (from_.find(key)) leaveOut(key, "has no place in a task definition");
    if (auto done = words("command", "command"); !done) return done.error();
    if (auto done = words("entrypoint", "entryPoint"); !done) return done.error();
    resources();
    environment();
    if (auto done = ports(); !done) return done.error();
    if (auto done = mounts(); !done) return done.error();
    if (auto done = healthCheck(); !done) return done.error();
    dependencies();
    process();
    linuxParameters();
    names();
    limits();
    if (!linux_.empty()) out_.set("linuxParameters", linux_.build());
    return out_.build();
  }

 private:
  std::string at(std::string_view key) const { return "services." + name_ + "." + std::string(key); }
  void leaveOut(std::string_view key, std::string_view why) { warn(warnings_, at(key) + ": " + std::string(why) + ", it is left out"); }
  Error wrong(std::string_view key, std::string_view text, std::string_view expected) const {
    return {Reason::BadRequest, at(key) + ": \"" + std::string(text) + "\" is not " + std::string(expected)};
  }
  const Value* given(std::string_view key) const {
    const Value* value = from_.find(key);
    return value && !value->isNull() ? value : nullptr;
  }
  void copyFlag(std::string_view key, std::string_view member) {
    if (const Value* value = given(key)) out_.flag(member, value->text() == "true");
  }
  void copyTexts(std::string_view key, std::string_view member) {
    if (const Value* value = given(key)) out_.set(member, strings(d_, textsOf(*value)));
  }

  Result<void> words(std::string_view key, std::string_view member) {
    const Value* value = given(key);
    if (!value) return {};
    if (value->isArray()) {
      out_.set(member, strings(d_, textsOf(*value)));
      return {};
    }
    auto split = shellWords(value->text());
    if (!split) return wrong(key, value->text(), "a command line: a quote is not closed");
    out_.set(member, strings(d_, *split));
    return {};
  }

  static const Value* inside(const Value* value, std::string_view name) { return value ? value->find(name) : nullptr; }

  void memory(const Value* value, std::string_view member) {
    if (!value) return;
    auto bytes = bytesOf(value->text());
    if (bytes && *bytes > 0)
      out_.number(member, mebibytesOf(*bytes));
    else
      leaveOut(member, "\"" + std::string(value->text()) + "\" is no size");
  }

  void resources() {
    const Value* deploy = inside(given("deploy"), "resources");
    const Value* limits = inside(deploy, "limits");
    const Value* reserved = inside(deploy, "reservations");
    memory(given("mem_limit") ? given("mem_limit") : inside(limits, "memory"), "memory");
    memory(given("mem_reservation") ? given("mem_reservation") : inside(reserved, "memory"), "memoryReservation");
    const Value* cpus = inside(reserved, "cpus");
    if (!cpus) cpus = given("cpus") ? given("cpus") : inside(limits, "cpus");
    double amount = cpus ? std::atof(std::string(cpus->text()).c_str()) : 0;
    if (amount > 0 && amount < 1024) out_.number("cpu", static_cast<std::int64_t>(std::llround(amount * 1024)));
  }

  void environment() {
    const Value* value = given("environment");
    if (!value) return;
    std::vector<Value> list;
    for (const Pair& pair : pairsOf(*value)) {
      if (!pair.value) {
        leaveOut("environment", pair.name + " has no value here");
        continue;
      }
      ObjectBuilder variable(d_);
      variable.text("name", pair.name);
      variable.text("value", *pair.value);
      list.push_back(variable.build());
    }
    out_.list("environment", list);
  }

  Value portMapping(const Port& port) {
    ObjectBuilder mapping(d_);
    mapping.number("containerPort", port.container);
    if (port.host > 0) mapping.number("hostPort", port.host);
    if (!port.protocol.empty()) mapping.text("protocol", port.protocol);
    if (!port.address.empty())
      warn(warnings_, at("ports") + ": the host address " + port.address + " has no place in ECS, the port is open on all");
    return mapping.build();
  }

  Result<void> ports() {
    const Value* value = given("ports");
    std::vector<Value> list;
    for (const Value& item : value ? value->items() : std::span<const Value>()) {
      std::string text(item.text());
      if (item.isObject()) {
        text = std::string(item.find("target") ? item.find("target")->text() : "");
        if (const Value* published = item.find("published")) text = std::string(published->text()) + ":" + text;
        if (const Value* address = item.find("host_ip")) text = std::string(address->text()) + ":" + text;
        if (const Value* protocol = item.find("protocol")) text += "/" + std::string(protocol->text());
      }
      auto found = portsOf(text);
      if (found.empty()) return wrong("ports", text, "a port as in 80, 8080:80, 127.0.0.1:8080:80/udp");
      for (const Port& port : found) list.push_back(portMapping(port));
    }
    out_.list("portMappings", list);
    return {};
  }

  // ---- volumes

  struct Mount {
    std::string type, source, target;
    bool readOnly = false;
    const Value* declaration = nullptr;
  };

  Mount mountOf(const Value& item) const {
    Mount out;
    if (item.isObject()) {
      out.type = item.stringAt("type");
      out.source = item.stringAt("source");
      out.target = item.stringAt("target");
      out.readOnly = item.find("read_only") && item.find("read_only")->text() == "true";
      out.declaration = &item;
      return out;
    }
    std::string_view text = item.text();
    auto first = text.find(':');
    if (first == std::string_view::npos) {
      out.type = "volume";
      out.target = text;
      return out;
    }
    out.source = text.substr(0, first);
    auto second = text.find(':', first + 1);
    out.target = text.substr(first + 1, second == std::string_view::npos ? second : second - first - 1);
    std::string_view mode = second == std::string_view::npos ? std::string_view() : text.substr(second + 1);
    out.readOnly = mode == "ro" || mode.starts_with("ro,") || mode.ends_with(",ro");
    bool path = out.source.starts_with('.') || out.source.starts_with('/') || out.source.starts_with('~');
    out.type = path ? "bind" : "volume";
    return out;
  }

  std::string freeName(const std::string& wanted) {
    std::string name = slug(wanted);
    for (int n = 2; !volumeNames_.insert(name).second; ++n) name = slug(wanted) + "-" + std::to_string(n);
    return name;
  }

  std::string bindVolume(const Mount& mount) {
    std::string name = freeName(mount.source);
    ObjectBuilder volume(d_), host(d_);
    host.text("sourcePath", mount.source);
    volume.text("name", name);
    volume.set("host", host.build());
    volumes_.push_back(volume.build());
    if (!mount.source.starts_with('/'))
      warn(warnings_, at("volumes") + ": the path " + mount.source + " is relative, ECS has no folder that it is relative to");
    return name;
  }

  std::string namedVolume(const Mount& mount) {
    if (mount.source.empty()) {
      std::string name = freeName(name_ + mount.target);
      ObjectBuilder volume(d_);
      volume.text("name", name);
      volumes_.push_back(volume.build());
      return name;
    }
    if (!volumeNames_.insert(mount.source).second) return mount.source;
    ObjectBuilder volume(d_), docker(d_);
    const Value* declaration = declared_ ? declared_->find(mount.source) : nullptr;
    volume.text("name", mount.source);
    if (!declaration) {
      warn(warnings_, at("volumes") + ": the volume " + mount.source + " is not declared, it lives as long as the task");
    } else {
      std::string_view driver = declaration->isObject() ? declaration->stringAt("driver") : "";
      docker.text("scope", "shared");
      docker.flag("autoprovision", true);
      docker.text("driver", driver.empty() ? "local" : driver);
      if (const Value* options = declaration->find("driver_opts")) docker.set("driverOpts", *options);
      volume.set("dockerVolumeConfiguration", docker.build());
    }
    volumes_.push_back(volume.build());
    return mount.source;
  }

  Result<void> mounts() {
    const Value* value = given("volumes");
    std::vector<Value> list;
    for (const Value& item : value ? value->items() : std::span<const Value>()) {
      Mount mount = mountOf(item);
      if (mount.target.empty()) return wrong("volumes", item.text(), "a volume as in data:/path, ./folder:/path:ro");
      if (mount.type == "tmpfs") {
        const Value* size = inside(mount.declaration->find("tmpfs"), "size");
        addTmpfs(mount.target, size ? bytesOf(size->text()) : std::nullopt, {});
        continue;
      }
      ObjectBuilder point(d_);
      point.text("sourceVolume", mount.type == "bind" ? bindVolume(mount) : namedVolume(mount));
      point.text("containerPath", mount.target);
      if (mount.readOnly) point.flag("readOnly", true);
      list.push_back(point.build());
    }
    out_.list("mountPoints", list);
    return {};
  }

  // ---- the rest

  Result<void> healthCheck() {
    const Value* value = given("healthcheck");
    if (!value) return {};
    ObjectBuilder check(d_);
    const Value* test = value->find("test");
    const Value* disabled = value->find("disable");
    if (disabled && disabled->text() == "true")
      check.set("command", strings(d_, {"NONE"}));
    else if (test && test->isArray())
      check.set("command", strings(d_, textsOf(*test)));
    else if (test)
      check.set("command", strings(d_, {"CMD-SHELL", std::string(test->text())}));
    else
      return {};
    static constexpr std::pair<std::string_view, std::string_view> kTimes[] = {
        {"interval", "interval"}, {"timeout", "timeout"}, {"start_period", "startPeriod"}};
    for (const auto& [key, member] : kTimes) {
      const Value* time = value->find(key);
      if (!time) continue;
      auto seconds = secondsOf(time->text());
      if (!seconds) return wrong("healthcheck." + std::string(key), time->text(), "a duration as in 1m30s");
      check.number(member, *seconds);
    }
    if (const Value* retries = value->find("retries")) check.set("retries", *retries);
    out_.set("healthCheck", check.build());
    return {};
  }

  void dependencies() {
    const Value* value = given("depends_on");
    if (!value) return;
    std::vector<Value> list;
    auto add = [&](std::string_view service, std::string_view condition) {
      ObjectBuilder dependency(d_);
      dependency.text("containerName", service);
      dependency.text("condition", condition == "service_healthy"                  ? "HEALTHY"
                                   : condition == "service_completed_successfully" ? "SUCCESS"
                                                                                   : "START");
      list.push_back(dependency.build());
    };
    for (const Value& item : value->items()) add(item.text(), "");
    for (const Member& member : value->members()) add(member.name, member.value.stringAt("condition"));
    out_.list("dependsOn", list);
  }

  void process() {
    if (const Value* user = given("user")) out_.text("user", user->text());
    if (const Value* folder = given("working_dir")) out_.text("workingDirectory", folder->text());
    copyFlag("privileged", "privileged");
    copyFlag("read_only", "readonlyRootFilesystem");
    copyFlag("tty", "pseudoTerminal");
    copyFlag("stdin_open", "interactive");
    copyTexts("security_opt", "dockerSecurityOptions");
    if (const Value* labels = given("labels")) {
      ObjectBuilder map(d_);
      for (const Pair& pair : pairsOf(*labels)) map.text(pair.name, pair.value.value_or(""));
      out_.set("dockerLabels", map.build());
    }
    if (const Value* grace = given("stop_grace_period"))
      if (auto seconds = secondsOf(grace->text())) out_.number("stopTimeout", *seconds);
    restart();
    logging();
  }

  void restart() {
    std::string_view policy = from_.stringAt("restart");
    bool onFailure = policy.starts_with("on-failure");
    if (policy != "always" && policy != "unless-stopped" && !onFailure) return;
    ObjectBuilder out(d_);
    out.flag("enabled", true);
    Value zero = d_.integer(0);
    if (onFailure) out.list("ignoredExitCodes", {zero});
    out_.set("restartPolicy", out.build());
  }

  void logging() {
    const Value* value = given("logging");
    if (!value || value->stringAt("driver").empty()) return;
    ObjectBuilder out(d_), options(d_);
    out.text("logDriver", value->stringAt("driver"));
    if (const Value* given = value->find("options"))
      for (const Member& member : given->members()) options.text(member.name, member.value.text());
    if (!options.empty()) out.set("options", options.build());
    out_.set("logConfiguration", out.build());
  }

  void addTmpfs(const std::string& path, std::optional<std::int64_t> bytes, const std::vector<std::string>& options) {
    constexpr std::int64_t kDefault = 64;
    if (!bytes) warn(warnings_, at("tmpfs") + ": " + path + " has no size, it gets " + std::to_string(kDefault) + " MiB");
    ObjectBuilder tmpfs(d_);
    tmpfs.text("containerPath", path);
    tmpfs.number("size", bytes ? mebibytesOf(*bytes) : kDefault);
    if (!options.empty()) tmpfs.set("mountOptions", strings(d_, options));
    tmpfs_.push_back(tmpfs.build());
  }

  void tmpfs() {
    for (const std::string& text : given("tmpfs") ? textsOf(*given("tmpfs")) : std::vector<std::string>()) {
      auto colon = text.find(':');
      std::vector<std::string> options;
      std::optional<std::int64_t> size;
      for (std::size_t from = colon == std::string::npos ? text.size() : colon + 1; from < text.size();) {
        std::size_t comma = std::min(text.find(',', from), text.size());
        std::string option = text.substr(from, comma - from);
        if (option.starts_with("size="))
          size = bytesOf(option.substr(5));
        else
          options.push_back(option);
        from = comma + 1;
      }
      addTmpfs(text.substr(0, colon), size, options);
    }
    linux_.list("tmpfs", tmpfs_);
  }

  void devices() {
    std::vector<Value> list;
    for (const std::string& text : given("devices") ? textsOf(*given("devices")) : std::vector<std::string>()) {
      auto first = text.find(':');
      auto second = first == std::string::npos ? first : text.find(':', first + 1);
      ObjectBuilder device(d_);
      device.text("hostPath", text.substr(0, first));
      if (first != std::string::npos)
        device.text("containerPath", text.substr(first + 1, second == std::string::npos ? second : second - first - 1));
      std::vector<std::string> permissions;
      for (char c : second == std::string::npos ? std::string() : text.substr(second + 1))
        if (c == 'r' || c == 'w' || c == 'm') permissions.emplace_back(c == 'r' ? "read" : c == 'w' ? "write" : "mknod");
      if (!permissions.empty()) device.set("permissions", strings(d_, permissions));
      list.push_back(device.build());
    }
    linux_.list("devices", list);
  }

  void linuxParameters() {
    ObjectBuilder capabilities(d_);
    if (given("cap_add")) capabilities.set("add", strings(d_, textsOf(*given("cap_add"))));
    if (given("cap_drop")) capabilities.set("drop", strings(d_, textsOf(*given("cap_drop"))));
    if (!capabilities.empty()) linux_.set("capabilities", capabilities.build());
    devices();
    if (const Value* init = given("init")) linux_.flag("initProcessEnabled", init->text() == "true");
    if (const Value* size = given("shm_size"))
      if (auto bytes = bytesOf(size->text())) linux_.number("sharedMemorySize", mebibytesOf(*bytes));
    tmpfs();
  }

  void names() {
    if (const Value* hostname = given("hostname")) out_.text("hostname", hostname->text());
    copyTexts("dns", "dnsServers");
    copyTexts("dns_search", "dnsSearchDomains");
    copyTexts("links", "links");
    std::vector<Value> hosts;
    for (Pair pair : given("extra_hosts") ? pairsOf(*given("extra_hosts"), ':') : std::vector<Pair>()) {
      if (auto equals = pair.name.find('='); equals != std::string::npos) {  // "name=[::1]" has colons after the sign
        pair.value = pair.name.substr(equals + 1) + (pair.value ? ":" + *pair.value : "");
        pair.name = pair.name.substr(0, equals);
      }
      std::string address = pair.value.value_or("");
      if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
      ObjectBuilder host(d_);
      host.text("hostname", pair.name);
      host.text("ipAddress", address);
      hosts.push_back(host.build());
    }
    out_.list("extraHosts", hosts);
  }

  void limits() {
    std::vector<Value> list, controls;
    if (const Value* value = given("ulimits")) {
      for (const Member& member : value->members()) {
        ObjectBuilder limit(d_);
        limit.text("name", member.name);
        const Value* soft = member.value.isObject() ? member.value.find("soft") : &member.value;
        const Value* hard = member.value.isObject() ? member.value.find("hard") : &member.value;
        if (soft) limit.set("softLimit", *soft);
        if (hard) limit.set("hardLimit", *hard);
        list.push_back(limit.build());
      }
    }
    out_.list("ulimits", list);
    for (const Pair& pair : given("sysctls") ? pairsOf(*given("sysctls")) : std::vector<Pair>()) {
      ObjectBuilder control(d_);
      control.text("namespace", pair.name);
      control.text("value", pair.value.value_or(""));
      controls.push_back(control.build());
    }
    out_.list("systemControls", controls);
  }

  Document& d_;
  std::string name_;
  const Value& from_;
  const Value* declared_;
  std::vector<Value>& volumes_;
  std::set<std::string>& volumeNames_;
  std::vector<std::string>& warnings_;
  ObjectBuilder out_, linux_;
  std::vector<Value> tmpfs_;
};

// A service that others wait for to be completed may end.
std::set<std::string_view> completedOnes(const Value& services) {
  std::set<std::string_view> out;
  for (const Member& service : services.members()) {
    const Value* dependencies = service.value.find("depends_on");
    for (const Member& dependency : dependencies ? dependencies->members() : std::span<const Member>())
      if (dependency.value.stringAt("condition") == "service_completed_successfully") out.insert(dependency.name);
  }
  return out;
}

void hostModes(const Value& services, ObjectBuilder& task) {
  for (const Member& service : services.members()) {
    if (service.value.stringAt("network_mode") == "host") task.text("networkMode", "host");
    if (service.value.stringAt("pid") == "host") task.text("pidMode", "host");
    if (service.value.stringAt("ipc") == "host") task.text("ipcMode", "host");
  }
}

std::int64_t replicasOf(const Value& services) {
  std::int64_t most = 1;
  for (const Member& service : services.members()) {
    const Value* deploy = service.value.find("deploy");
    const Value* replicas = deploy ? deploy->find("replicas") : nullptr;
    if (replicas) most = std::max<std::int64_t>(most, std::atoi(std::string(replicas->text()).c_str()));
  }
  return most;
}

}  // namespace

Result<Expansion> fromCompose(const Value& source) {
  Expansion out;
  Document d;
  Interpolation interpolation{d, {}};
  Value file = interpolation.walk(source, "");
  if (!interpolation.problem.empty()) return Error{Reason::BadRequest, interpolation.problem};
  const Value& services = *file.find("services");
  std::string family(file.stringAt("name").empty() ? "compose" : file.stringAt("name"));
  auto completed = completedOnes(services);
  std::vector<Value> containers, volumes;
  std::set<std::string> volumeNames;
  for (const Member& service : services.members()) {
    if (!service.value.isObject()) return Error{Reason::BadRequest, "services." + std::string(service.name) + ": expected an object"};
    Service builder(d, std::string(service.name), service.value, file.find("volumes"), volumes, volumeNames, out.warnings);
    auto container = builder.build(!completed.contains(service.name));
    if (!container) return container.error();
    containers.push_back(*container);
  }
  ObjectBuilder task(d);
  task.text("family", family);
  hostModes(services, task);
  task.set("containerDefinitions", d.array(containers));
  task.list("volumes", volumes);
  out.documents.push_back(documentOf(task.build()));
  if (std::int64_t replicas = replicasOf(services); replicas > 1) {
    ObjectBuilder service(d);
    service.text("serviceName", family);
    service.text("taskDefinition", family);
    service.number("desiredCount", replicas);
    out.documents.push_back(documentOf(service.build()));
  }
  return out;
}

}  // namespace taskpod::translate::inputs
