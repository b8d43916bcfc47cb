// The scheduler's view of the cluster: nodes and what is taken on them, kept as one array per figure so that a decision is a few straight
// loops.
//
// Vocabulary: a *lane* is one figure of every node; a node's *slot* is its index in the lanes and never changes while the node exists;
// nodes with equal taints and cordon state share an *admission class*; a *group* is the set of pods that ECS placement counts together. One
// thread changes a snapshot; decisions only read it. Pods are known by UID; a pod on a node that does not exist (yet) waits for it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "taskpod/k8s/node.h"
#include "taskpod/k8s/pod.h"
#include "taskpod/schedule/requests.h"

namespace taskpod::schedule {

// What the caller knows of a node beside the object: attributes for memberOf and spread.
struct NodeFacts {
  std::shared_ptr<const k8s::Node> node;
  std::map<std::string, std::string> attributes;
};

// What the caller knows of a pod beside the object.
struct PodFacts {
  std::shared_ptr<const k8s::Pod> pod;
  std::string nodeName;        // where it runs or is assumed to run
  std::string group;           // "" if it counts for no group
  bool countsForGroup = true;  // false once it is wanted stopped (ECS desiredStatus STOPPED)
};

class Snapshot {
 public:
  void setNode(NodeFacts facts);
  void removeNode(std::string_view name);
  void setPod(const PodFacts& facts);
  void removePod(std::string_view uid);
  // A pending pod for which room is being made on a node (status.nominatedNodeName): pods of lower priority may not take that room.
  void setNominated(const k8s::Pod& pod);
  void removeNominated(std::string_view uid);
  struct Nominated {
    std::string uid;
    std::string nodeName;
    std::int32_t priority = 0;
    PodRequests requests;
  };
  // Those on the node whose priority is at least `priority`, without `uid` itself.
  std::vector<const Nominated*> nominatedTo(std::size_t slot, std::int32_t priority, std::string_view uid) const;
  bool hasNominated() const { return !nominated_.empty(); }

  bool hasPod(std::string_view uid) const { return pods_.contains(std::string(uid)); }

  // Slots run from 0 to slots()-1; a slot whose node is gone is not live.
  std::size_t slots() const { return nodes_.size(); }
  std::size_t liveNodes() const { return byName_.size(); }
  bool isLive(std::size_t slot) const { return nodes_[slot].facts.node != nullptr; }
  const k8s::Node& node(std::size_t slot) const { return *nodes_[slot].facts.node; }
  const std::map<std::string, std::string>& attributes(std::size_t slot) const { return nodes_[slot].facts.attributes; }
  std::int64_t slotOf(std::string_view name) const;  // -1 if there is no such node

  // Lanes. Memory and storage in bytes, cpu in 1/128000 core: one millicore is 128, one ECS CPU unit 125, so both count exactly.
  static constexpr std::int64_t kCpuPerMilli = 128;
  struct Lanes {
    std::vector<double> allocatableCpu, allocatableMemory, allocatableStorage;
    std::vector<double> requestedCpu, requestedMemory, requestedStorage;
    std::vector<double> nonZeroCpu, nonZeroMemory;
    std::vector<std::int32_t> allocatablePods, pods;
    std::vector<std::uint32_t> admissionClass;  // kNoClass for a slot that is not live
  };
  static constexpr std::uint32_t kNoClass = 0;
  const Lanes& lanes() const { return lanes_; }

  struct AdmissionClass {
    bool unschedulable = false;
    std::vector<k8s::Taint> taints;
    bool operator==(const AdmissionClass&) const = default;
  };
  const std::vector<AdmissionClass>& admissionClasses() const { return classes_; }

  std::int64_t allocatableScalar(std::size_t slot, std::string_view resource) const;
  std::int64_t requestedScalar(std::size_t slot, std::string_view resource) const;
  bool portsConflict(std::size_t slot, const std::vector<HostPort>& wanted) const;
  int groupCount(std::size_t slot, std::string_view group) const;  // pods of the group that count, on this node
  bool hasGroup(std::size_t slot, std::string_view group) const;

  struct ImageState {
    std::int64_t size = 0;
    std::vector<std::uint32_t> slots;
  };
  const ImageState* image(const std::string& normalizedName) const;

 private:
  struct NodeEntry {
    NodeFacts facts;
    std::map<std::string, std::int64_t, std::less<>> allocatableScalars, requestedScalars;
    std::vector<HostPort> ports;
    std::map<std::string, int, std::less<>> groups;
  };
  struct PodEntry {
    PodRequests requests;
    std::string nodeName;
    std::string group;
    bool countsForGroup = true;
    bool counted = false;  // its node exists and carries it
  };

  std::size_t newSlot();
  std::uint32_t classOf(const k8s::Node& node);
  void count(PodEntry& pod, int sign);
  void setImages(std::size_t slot, const k8s::Node& node);
  void clearImages(std::size_t slot);

  std::vector<NodeEntry> nodes_;
  std::vector<std::size_t> freeSlots_;
  Lanes lanes_;
  std::vector<AdmissionClass> classes_{AdmissionClass{}};  // index 0 stands for "no node"
  std::unordered_map<std::string, std::size_t> byName_;
  std::unordered_map<std::string, PodEntry> pods_;
  std::unordered_map<std::string, std::vector<std::string>> podsByNode_;
  std::unordered_map<std::string, ImageState> images_;
  std::vector<Nominated> nominated_;  // few: only while preemption is under way
};

// "nginx" -> "nginx:latest": the name under which kube-scheduler's ImageLocality looks an image up.
std::string normalizedImageName(std::string_view image);

}  // namespace taskpod::schedule
