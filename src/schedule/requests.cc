#include "taskpod/schedule/requests.h"

#include <algorithm>
#include <map>
#include <set>

namespace taskpod::schedule {
namespace {

constexpr std::string_view kCpu = "cpu";
constexpr std::string_view kMemory = "memory";
constexpr std::int64_t kDefaultMilliCpu = 100;
constexpr std::int64_t kDefaultMemory = 200ll << 20;

using Amounts = std::map<std::string, std::int64_t, std::less<>>;  // cpu in millicores, all else in units
using ResourceList = std::map<std::string, k8s::Quantity>;

Amounts amountsOf(const ResourceList& list) {
  Amounts out;
  for (const auto& [name, quantity] : list) out[name] = (name == kCpu ? quantity.millis() : quantity.value()).value_or(0);
  return out;
}

void addTo(Amounts& sum, const Amounts& more) {
  for (const auto& [name, amount] : more) sum[name] += amount;
}

void raiseTo(Amounts& most, const Amounts& other) {
  for (const auto& [name, amount] : other) {
    auto [at, fresh] = most.try_emplace(name, amount);
    if (!fresh) at->second = std::max(at->second, amount);
  }
}

bool isResizeInfeasible(const k8s::Pod& pod) {
  for (const auto& condition : pod.status.conditions)
    if (condition.type == "PodResizePending") return condition.reason == "Infeasible";
  return false;
}

// While a resize is under way the larger of wanted, allocated and actual counts; what can never be met does not count.
Amounts effective(const k8s::Pod& pod, const ResourceList& spec, const ResourceList& actuated, const ResourceList& allocated) {
  Amounts out = isResizeInfeasible(pod) ? Amounts{} : amountsOf(spec);
  raiseTo(out, amountsOf(actuated));
  raiseTo(out, amountsOf(allocated));
  return out;
}

const k8s::ContainerStatus* statusOf(const std::vector<k8s::ContainerStatus>& statuses, const std::string& name) {
  for (const auto& status : statuses)
    if (status.name == name) return &status;
  return nullptr;
}

Amounts containerAmounts(const k8s::Pod& pod, const k8s::Container& container, const std::vector<k8s::ContainerStatus>* statuses,
                         const Amounts& missing) {
  const k8s::ContainerStatus* status = statuses ? statusOf(*statuses, container.name) : nullptr;
  Amounts out = status && status->resources
                    ? effective(pod, container.resources.requests, status->resources->requests, status->allocatedResources)
                    : amountsOf(container.resources.requests);
  for (const auto& [name, amount] : missing) out.try_emplace(name, amount);
  return out;
}

bool isPodLevel(const std::string& name) { return name == kCpu || name == kMemory || name.starts_with("hugepages-"); }

enum class PodLevel { Counts, LeftOut };

// `missing`: what a container counts for that names no request.
Amounts total(const k8s::Pod& pod, const Amounts& missing, PodLevel podLevel) {
  Amounts sum;
  for (const auto& container : pod.spec.containers) addTo(sum, containerAmounts(pod, container, &pod.status.containerStatuses, missing));
  Amounts sidecars;
  Amounts startup;
  for (const auto& container : pod.spec.initContainers) {
    bool sidecar = isSidecar(container);
    Amounts amounts = containerAmounts(pod, container, sidecar ? &pod.status.initContainerStatuses : nullptr, missing);
    if (sidecar) {
      addTo(sum, amounts);
      addTo(sidecars, amounts);
      amounts = sidecars;
    } else {
      addTo(amounts, sidecars);
    }
    raiseTo(startup, amounts);
  }
  raiseTo(sum, startup);
  if (pod.spec.resources && podLevel == PodLevel::Counts) {
    for (const auto& [name, amount] : amountsOf(pod.spec.resources->requests))
      if (isPodLevel(name)) sum[name] = amount;
  }
  addTo(sum, amountsOf(pod.spec.overhead));
  return sum;
}

void addPorts(const k8s::Container& container, std::vector<HostPort>& out) {
  for (const auto& port : container.ports) {
    if (port.hostPort <= 0) continue;
    out.push_back({port.hostIP.empty() ? "0.0.0.0" : port.hostIP, port.protocol.empty() ? "TCP" : port.protocol, port.hostPort});
  }
}

}  // namespace

bool isSidecar(const k8s::Container& initContainer) { return initContainer.restartPolicy && *initContainer.restartPolicy == "Always"; }

PodRequests requestsOf(const k8s::Pod& pod) {
  PodRequests out;
  Amounts requests = total(pod, {}, PodLevel::Counts);
  for (const auto& [name, amount] : requests) {
    if (name == kCpu)
      out.milliCpu = amount;
    else if (name == kMemory)
      out.memory = amount;
    else if (name == "ephemeral-storage")
      out.ephemeralStorage = amount;
    else if (name != "pods" && !name.starts_with("storage"))
      out.scalars.emplace_back(name, amount);
  }
  const Amounts defaults = {{std::string(kCpu), kDefaultMilliCpu}, {std::string(kMemory), kDefaultMemory}};
  bool podLevel = pod.spec.resources && std::any_of(pod.spec.resources->requests.begin(), pod.spec.resources->requests.end(),
                                                    [](const auto& r) { return isPodLevel(r.first); });
  Amounts missing = defaults;
  if (podLevel) std::erase_if(missing, [&](const auto& entry) { return requests.contains(entry.first); });
  Amounts counted = missing.empty() ? requests : total(pod, missing, PodLevel::Counts);
  Amounts asked = podLevel ? total(pod, defaults, PodLevel::LeftOut) : counted;
  out.nonZeroMilliCpu = counted[std::string(kCpu)];
  out.nonZeroMemory = counted[std::string(kMemory)];
  out.askedMilliCpu = asked[std::string(kCpu)];
  out.askedMemory = asked[std::string(kMemory)];
  for (const auto& container : pod.spec.containers) addPorts(container, out.ports);
  for (const auto& container : pod.spec.initContainers)
    if (isSidecar(container)) addPorts(container, out.ports);
  return out;
}

}  // namespace taskpod::schedule
