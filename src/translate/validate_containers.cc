// Rules for containers of a task definition that concern several members: memory, ports, settings, logs, the order of starting.
#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "translate/validate_rules.h"

namespace taskpod::translate {
namespace {

constexpr std::size_t kMostPortRanges = 100;
constexpr std::int64_t kLastPort = 65535;

// Kernel parameters that have a namespace of their own, and the mode of the task that takes it away.
constexpr std::string_view kIpcControls =
    "kernel.msgmax kernel.msgmnb kernel.msgmni kernel.sem kernel.shmall kernel.shmmax kernel.shmmni kernel.shm_rmid_forced";

std::string containerPath(std::size_t index) { return indexed("containerDefinitions", index); }

// ---- memory

void checkMemory(TaskCheck& check, const ecs::ContainerDefinition& container, const std::string& path) {
  std::string start = "Invalid setting for container " + inQuotes(container.name) + ". ";
  if (container.memory && container.memoryReservation && *container.memory <= *container.memoryReservation)
    check.found.add(clientProblem(path + ".memory", start + "'memory' must be greater than 'memoryReservation'."));
  bool hasOwn = container.memory || container.memoryReservation || check.found.isRefused(path + ".memoryReservation");
  bool hasTask = !check.task.memory.empty() || check.found.isRefused("memory") || check.onFargate;
  if (!hasOwn && !hasTask)
    check.found.add(clientProblem(path + ".memory", start + "At least one of 'memory' or 'memoryReservation' must be specified."));
}

// ---- ports

struct Ports {
  std::int64_t first = 0, last = 0;
};

std::optional<Ports> portsIn(std::string_view range) {
  std::size_t dash = std::min(range.find('-'), range.size());
  auto first = wholeNumber(range.substr(0, dash)), last = wholeNumber(range.substr(std::min(dash + 1, range.size())));
  if (!first || !last || *first < 1 || *last > kLastPort || *first >= *last) return std::nullopt;
  return Ports{*first, *last};
}

// Ranges seen so far, none overlapping another: the first port of each and its last.
using Ranges = std::map<std::int64_t, std::int64_t>;

bool takeRange(Ranges& taken, Ports ports) {
  auto next = taken.upper_bound(ports.last);
  if (next != taken.begin() && std::prev(next)->second >= ports.first) return false;
  taken[ports.first] = ports.last;
  return true;
}

void checkRange(const ecs::PortMapping& port, const std::string& path, std::map<std::string, Ranges>& taken, Findings& found) {
  std::string at = path + ".containerPortRange", value = inQuotes(port.containerPortRange);
  if (port.hostPort)
    found.add(clientProblem(path + ".hostPort", "hostPort cannot be set together with containerPortRange.", "ECS picks the host ports."));
  auto ports = portsIn(port.containerPortRange);
  if (!ports) return found.add(clientProblem(at, "Invalid containerPortRange " + value + ".", "Write first-last, from 1 to 65535."));
  if (!takeRange(taken[port.protocol.empty() ? "tcp" : port.protocol], *ports))
    found.add(clientProblem(at, "The containerPortRange " + value + " overlaps another range of the container."));
}

void checkPorts(TaskCheck& check, const ecs::ContainerDefinition& container, const std::string& path) {
  std::map<std::string, Ranges> taken;
  std::size_t ranges = 0;
  for (std::size_t i = 0; i < container.portMappings.size(); ++i) {
    const ecs::PortMapping& port = container.portMappings[i];
    std::string at = indexed(path + ".portMappings", i);
    if (!port.containerPortRange.empty()) {
      checkRange(port, at, taken, check.found);
      if (++ranges == kMostPortRanges + 1)
        check.found.add(clientProblem(at + ".containerPortRange", "A container can have at most 100 port ranges."));
    }
    bool isKnown = check.found.isRefused(at + ".containerPortRange") || port.containerPort || !port.containerPortRange.empty();
    if (!isKnown) check.found.add(parameterProblem(at + ".containerPort", "containerPort should not be null or empty."));
    bool mustMatch = check.networkMode == "awsvpc" || check.networkMode == "host";
    if (mustMatch && port.containerPort && port.hostPort.value_or(0) != 0 && port.hostPort != port.containerPort)
      check.found.add(clientProblem(
          at + ".hostPort", "When networkMode=" + check.networkMode + ", the host ports and container ports in port mappings must match.",
          "Leave hostPort out."));
  }
}

// ---- settings

bool isIpcControl(std::string_view name) { return hasWord(kIpcControls, name) || name.starts_with("fs.mqueue."); }

std::string problemOfControl(const TaskCheck& check, std::string_view name) {
  bool net = name.starts_with("net.");
  if (!net && !isIpcControl(name)) return " has no namespace of its own";
  if (net && check.networkMode == "host") return " is not supported when networkMode is 'host'";
  if (!net && check.task.ipcMode == "host") return " is not supported when ipcMode is 'host'";
  return "";
}

void checkControls(TaskCheck& check, const ecs::ContainerDefinition& container, const std::string& path) {
  for (std::size_t i = 0; i < container.systemControls.size(); ++i) {
    const std::string& name = container.systemControls[i].namespace_;
    std::string problem = problemOfControl(check, name);
    if (problem.empty()) continue;
    check.found.add(
        clientProblem(indexed(path + ".systemControls", i) + ".namespace", "The system control " + inQuotes(name) + problem + "."));
  }
}

void checkSecretNames(TaskCheck& check, const ecs::ContainerDefinition& container, const std::string& path) {
  std::unordered_set<std::string_view> names;
  for (const auto& variable : container.environment) names.insert(variable.name);
  for (std::size_t i = 0; i < container.secrets.size(); ++i) {
    const std::string& name = container.secrets[i].name;
    if (name.empty() || names.insert(name).second) continue;
    check.found.add(clientProblem(indexed(path + ".secrets", i) + ".name",
                                  "The secret name must be unique and not shared with any new or existing environment variables set on the "
                                  "container, such as " +
                                      inQuotes(name) + "."));
  }
}

// ---- logs

void checkLogs(TaskCheck& check) {
  const auto& containers = check.task.containerDefinitions;
  bool hasRouter = false;
  for (std::size_t i = 0; i < containers.size(); ++i) {
    std::string path = containerPath(i) + ".firelensConfiguration";
    if (!containers[i].firelensConfiguration && !check.found.isRefused(path)) continue;
    if (std::exchange(hasRouter, true))
      check.found.add(clientProblem(path, "Only one container of a task can have a firelensConfiguration."));
  }
  for (std::size_t i = 0; i < containers.size() && !hasRouter; ++i) {
    if (!containers[i].logConfiguration || containers[i].logConfiguration->logDriver != "awsfirelens") continue;
    check.found.add(clientProblem(containerPath(i) + ".logConfiguration.logDriver",
                                  "The log driver 'awsfirelens' needs a container with a firelensConfiguration in the task.",
                                  "Add a log router such as Fluent Bit."));
  }
}

// ---- the order of starting

struct Edge {
  std::size_t dependency;  // index in dependsOn
  std::size_t target;      // index of the container waited for
};
using Edges = std::vector<std::vector<Edge>>;

// Tarjan's strongly connected components, with a stack of its own: a chain of thousands of containers must not end ours.
class Components {
 public:
  explicit Components(const Edges& edges) : edges_(edges), of_(edges.size(), kNone), seen_(edges.size(), kNone), low_(edges.size()) {
    for (std::size_t node = 0; node < edges.size(); ++node)
      if (seen_[node] == kNone) visit(node);
  }
  std::size_t of(std::size_t node) const { return of_[node]; }
  bool isCycle(std::size_t node) const { return sizes_[of_[node]] > 1; }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  struct Frame {
    std::size_t node, next;
  };

  void enter(std::size_t node) {
    seen_[node] = low_[node] = clock_++;
    open_.push_back(node);
    frames_.push_back({node, 0});
  }

  void visit(std::size_t root) {
    enter(root);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      std::size_t node = frame.node;
      if (frame.next < edges_[node].size()) {
        std::size_t target = edges_[node][frame.next++].target;
        if (seen_[target] == kNone)
          enter(target);
        else if (of_[target] == kNone)
          low_[node] = std::min(low_[node], seen_[target]);
        continue;
      }
      frames_.pop_back();
      if (!frames_.empty()) low_[frames_.back().node] = std::min(low_[frames_.back().node], low_[node]);
      if (low_[node] == seen_[node]) close(node);
    }
  }

  void close(std::size_t root) {
    sizes_.push_back(0);
    for (std::size_t node = kNone; node != root; ++sizes_.back()) {
      node = open_.back();
      open_.pop_back();
      of_[node] = sizes_.size() - 1;
    }
  }

  const Edges& edges_;
  std::vector<std::size_t> of_, seen_, low_, open_, sizes_;
  std::vector<Frame> frames_;
  std::size_t clock_ = 0;
};

void checkCondition(TaskCheck& check, const std::string& path, const ecs::ContainerDependency& dependency, std::size_t target) {
  const ecs::ContainerDefinition& container = check.task.containerDefinitions[target];
  bool mustEnd = dependency.condition == "SUCCESS" || dependency.condition == "COMPLETE";
  if (mustEnd && container.essential != false && !check.found.isRefused(containerPath(target) + ".essential"))
    check.found.add(clientProblem(path + ".condition",
                                  "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container",
                                  "Set essential to false in " + inQuotes(container.name) + "."));
  if (dependency.condition == "HEALTHY" && !container.healthCheck && !check.found.isRefused(containerPath(target) + ".healthCheck"))
    check.found.add(clientProblem(
        path + ".condition", "A dependency container with HEALTHY condition must have a health check: " + inQuotes(container.name) + "."));
}

void checkCycles(TaskCheck& check, const Edges& edges) {
  Components components(edges);
  std::unordered_set<std::size_t> told;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (!components.isCycle(i) || !told.insert(components.of(i)).second) continue;
    auto entry = std::find_if(edges[i].begin(), edges[i].end(), [&](const Edge& e) { return components.of(e.target) == components.of(i); });
    const auto& dependency = check.task.containerDefinitions[i].dependsOn[entry->dependency];
    check.found.add(clientProblem(indexed(containerPath(i) + ".dependsOn", entry->dependency) + ".containerName",
                                  "The container waits for itself by way of " + inQuotes(dependency.containerName) + "."));
  }
}

}  // namespace

void checkContainers(TaskCheck& check) {
  const auto& containers = check.task.containerDefinitions;
  for (std::size_t i = 0; i < containers.size(); ++i) {
    std::string path = containerPath(i);
    checkMemory(check, containers[i], path);
    checkPorts(check, containers[i], path);
    checkSecretNames(check, containers[i], path);
    checkControls(check, containers[i], path);
  }
  checkLogs(check);
}

void checkDependencies(TaskCheck& check) {
  const auto& containers = check.task.containerDefinitions;
  std::unordered_map<std::string_view, std::size_t> named;
  for (std::size_t i = 0; i < containers.size(); ++i) named.emplace(containers[i].name, i);
  Edges edges(containers.size());
  for (std::size_t i = 0; i < containers.size(); ++i) {
    for (std::size_t j = 0; j < containers[i].dependsOn.size(); ++j) {
      const auto& dependency = containers[i].dependsOn[j];
      auto target = named.find(dependency.containerName);
      if (dependency.containerName.empty() || target == named.end()) continue;
      std::string path = indexed(containerPath(i) + ".dependsOn", j);
      if (dependency.containerName == containers[i].name) {
        check.found.add(
            clientProblem(path + ".containerName", "The container " + inQuotes(dependency.containerName) + " depends on itself."));
        continue;
      }
      checkCondition(check, path, dependency, target->second);
      edges[i].push_back({j, target->second});
    }
  }
  checkCycles(check, edges);
}

}  // namespace taskpod::translate
