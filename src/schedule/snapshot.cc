#include "taskpod/schedule/snapshot.h"

#include <algorithm>

namespace taskpod::schedule {
namespace {

std::int64_t quantity(const std::map<std::string, k8s::Quantity>& list, const std::string& name, bool millis = false) {
  auto found = list.find(name);
  if (found == list.end()) return 0;
  return (millis ? found->second.millis() : found->second.value()).value_or(0);
}

bool isScalar(const std::string& name) { return name != "cpu" && name != "memory" && name != "ephemeral-storage" && name != "pods"; }

bool conflicts(const HostPort& a, const HostPort& b) {
  return a.port == b.port && a.protocol == b.protocol && (a.ip == b.ip || a.ip == "0.0.0.0" || b.ip == "0.0.0.0");
}

}  // namespace

bool portsConflict(const std::vector<HostPort>& a, const std::vector<HostPort>& b) {
  return std::any_of(a.begin(), a.end(), [&](const HostPort& x) {
    return std::any_of(b.begin(), b.end(), [&](const HostPort& y) { return conflicts(x, y); });
  });
}

std::string normalizedImageName(std::string_view image) {
  std::string name(image);
  auto colon = name.rfind(':');
  auto slash = name.rfind('/');
  bool tagged = colon != std::string::npos && (slash == std::string::npos || colon > slash);
  return tagged ? name : name + ":latest";
}

std::int64_t Snapshot::slotOf(std::string_view name) const {
  auto found = byName_.find(std::string(name));
  return found == byName_.end() ? -1 : static_cast<std::int64_t>(found->second);
}

std::size_t Snapshot::newSlot() {
  if (!freeSlots_.empty()) {
    std::size_t slot = freeSlots_.back();
    freeSlots_.pop_back();
    return slot;
  }
  nodes_.emplace_back();
  for (auto* lane : {&lanes_.allocatableCpu, &lanes_.allocatableMemory, &lanes_.allocatableStorage, &lanes_.requestedCpu,
                     &lanes_.requestedMemory, &lanes_.requestedStorage, &lanes_.nonZeroCpu, &lanes_.nonZeroMemory})
    lane->push_back(0);
  lanes_.allocatablePods.push_back(0);
  lanes_.pods.push_back(0);
  lanes_.admissionClass.push_back(kNoClass);
  return nodes_.size() - 1;
}

std::uint32_t Snapshot::classOf(const k8s::Node& node) {
  AdmissionClass wanted{node.spec.unschedulable, node.spec.taints};
  for (std::uint32_t id = 1; id < classes_.size(); ++id)
    if (classes_[id] == wanted) return id;
  classes_.push_back(std::move(wanted));
  return static_cast<std::uint32_t>(classes_.size() - 1);
}

void Snapshot::setNode(NodeFacts facts) {
  const k8s::Node& node = *facts.node;
  auto [at, fresh] = byName_.try_emplace(node.metadata.name, 0);
  if (fresh) at->second = newSlot();
  std::size_t slot = at->second;
  NodeEntry& entry = nodes_[slot];
  if (!fresh) clearImages(slot);

  const auto& allocatable = node.status.allocatable;
  lanes_.allocatableCpu[slot] = static_cast<double>(quantity(allocatable, "cpu", true) * kCpuPerMilli);
  lanes_.allocatableMemory[slot] = static_cast<double>(quantity(allocatable, "memory"));
  lanes_.allocatableStorage[slot] = static_cast<double>(quantity(allocatable, "ephemeral-storage"));
  lanes_.allocatablePods[slot] = static_cast<std::int32_t>(std::min<std::int64_t>(quantity(allocatable, "pods"), 1 << 30));
  lanes_.admissionClass[slot] = classOf(node);
  entry.allocatableScalars.clear();
  for (const auto& [name, amount] : allocatable)
    if (isScalar(name)) entry.allocatableScalars[name] = amount.value().value_or(0);
  entry.facts = std::move(facts);
  setImages(slot, *entry.facts.node);
  if (!fresh) return;
  for (const auto& uid : podsByNode_[at->first]) count(pods_.at(uid), 1);
}

void Snapshot::removeNode(std::string_view name) {
  auto found = byName_.find(std::string(name));
  if (found == byName_.end()) return;
  std::size_t slot = found->second;
  for (const auto& uid : podsByNode_[found->first]) count(pods_.at(uid), -1);
  clearImages(slot);
  byName_.erase(found);
  nodes_[slot] = NodeEntry{};
  lanes_.admissionClass[slot] = kNoClass;
  for (auto* lane : {&lanes_.requestedCpu, &lanes_.requestedMemory, &lanes_.requestedStorage, &lanes_.nonZeroCpu, &lanes_.nonZeroMemory})
    (*lane)[slot] = 0;
  lanes_.pods[slot] = 0;
  freeSlots_.push_back(slot);
}

void Snapshot::setPod(const PodFacts& facts) {
  removePod(facts.pod->metadata.uid);
  auto& entry = pods_[facts.pod->metadata.uid];
  entry = PodEntry{requestsOf(*facts.pod), facts.nodeName, facts.group, facts.countsForGroup, false};
  podsByNode_[facts.nodeName].push_back(facts.pod->metadata.uid);
  count(entry, 1);
}

void Snapshot::removePod(std::string_view uid) {
  auto found = pods_.find(std::string(uid));
  if (found == pods_.end()) return;
  count(found->second, -1);
  auto onNode = podsByNode_.find(found->second.nodeName);
  std::erase(onNode->second, uid);
  if (onNode->second.empty()) podsByNode_.erase(onNode);
  pods_.erase(found);
}

void Snapshot::setNominated(const k8s::Pod& pod) {
  removeNominated(pod.metadata.uid);
  nominated_.push_back({pod.metadata.uid, pod.status.nominatedNodeName, pod.spec.priority.value_or(0), requestsOf(pod)});
}

void Snapshot::removeNominated(std::string_view uid) {
  std::erase_if(nominated_, [&](const Nominated& entry) { return entry.uid == uid; });
}

std::vector<const Snapshot::Nominated*> Snapshot::nominatedTo(std::size_t slot, std::int32_t priority, std::string_view uid) const {
  std::vector<const Nominated*> out;
  for (const Nominated& entry : nominated_)
    if (entry.nodeName == node(slot).metadata.name && entry.priority >= priority && entry.uid != uid) out.push_back(&entry);
  return out;
}

void Snapshot::count(PodEntry& pod, int sign) {
  if ((sign > 0) == pod.counted) return;
  std::int64_t at = slotOf(pod.nodeName);
  if (at < 0) return;
  auto slot = static_cast<std::size_t>(at);
  NodeEntry& node = nodes_[slot];
  pod.counted = sign > 0;
  const PodRequests& r = pod.requests;
  lanes_.requestedCpu[slot] += static_cast<double>(sign * r.milliCpu * kCpuPerMilli);
  lanes_.requestedMemory[slot] += static_cast<double>(sign * r.memory);
  lanes_.requestedStorage[slot] += static_cast<double>(sign * r.ephemeralStorage);
  lanes_.nonZeroCpu[slot] += static_cast<double>(sign * r.nonZeroMilliCpu * kCpuPerMilli);
  lanes_.nonZeroMemory[slot] += static_cast<double>(sign * r.nonZeroMemory);
  lanes_.pods[slot] += sign;
  for (const auto& [name, amount] : r.scalars) node.requestedScalars[name] += sign * amount;
  for (const HostPort& port : r.ports) {
    if (sign > 0) {
      node.ports.push_back(port);
    } else if (auto used = std::find(node.ports.begin(), node.ports.end(), port); used != node.ports.end()) {
      node.ports.erase(used);
    }
  }
  if (pod.group.empty() || !pod.countsForGroup) return;
  int& number = node.groups[pod.group];
  number += sign;
  if (number == 0) node.groups.erase(pod.group);
}

void Snapshot::setImages(std::size_t slot, const k8s::Node& node) {
  for (const auto& image : node.status.images) {
    for (const auto& name : image.names) {
      auto [state, fresh] = images_.try_emplace(name);
      if (fresh) state->second.size = image.sizeBytes;
      if (std::find(state->second.slots.begin(), state->second.slots.end(), slot) == state->second.slots.end())
        state->second.slots.push_back(static_cast<std::uint32_t>(slot));
    }
  }
}

void Snapshot::clearImages(std::size_t slot) {
  if (!nodes_[slot].facts.node) return;
  for (const auto& image : nodes_[slot].facts.node->status.images) {
    for (const auto& name : image.names) {
      auto state = images_.find(name);
      if (state == images_.end()) continue;
      std::erase(state->second.slots, static_cast<std::uint32_t>(slot));
      if (state->second.slots.empty()) images_.erase(state);
    }
  }
}

const Snapshot::ImageState* Snapshot::image(const std::string& name) const {
  auto found = images_.find(name);
  return found == images_.end() ? nullptr : &found->second;
}

std::int64_t Snapshot::allocatableScalar(std::size_t slot, std::string_view resource) const {
  auto found = nodes_[slot].allocatableScalars.find(resource);
  return found == nodes_[slot].allocatableScalars.end() ? 0 : found->second;
}

std::int64_t Snapshot::requestedScalar(std::size_t slot, std::string_view resource) const {
  auto found = nodes_[slot].requestedScalars.find(resource);
  return found == nodes_[slot].requestedScalars.end() ? 0 : found->second;
}

bool Snapshot::portsConflict(std::size_t slot, const std::vector<HostPort>& wanted) const {
  return schedule::portsConflict(nodes_[slot].ports, wanted);
}

int Snapshot::groupCount(std::size_t slot, std::string_view group) const {
  auto found = nodes_[slot].groups.find(group);
  return found == nodes_[slot].groups.end() ? 0 : found->second;
}

bool Snapshot::hasGroup(std::size_t slot, std::string_view group) const { return groupCount(slot, group) > 0; }

}  // namespace taskpod::schedule
