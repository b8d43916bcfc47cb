// What a Request holds, for filters.cc, scores.cc and scheduler.cc.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "taskpod/schedule/scheduler.h"

namespace taskpod::schedule {

struct Request::Parts {
  Policy policy;
  PodRequests requests;
  std::string uid;
  std::int32_t priority = 0;
  std::string nominatedNode;
  std::string nodeName;
  std::vector<std::string> gates;
  std::map<std::string, std::string> nodeSelector;
  bool hasRequiredTerms = false;
  std::vector<k8s::NodeSelectorTerm> requiredTerms;
  std::vector<k8s::PreferredSchedulingTerm> preferredTerms;  // without those of weight 0 or without requirements
  std::optional<std::set<std::string>> namedNodes;           // every required term names its nodes: only these are looked at
  std::vector<k8s::Toleration> tolerations;
  std::vector<std::string> images;  // normalised, init containers first, image volumes last
  int containers = 0;
  bool scoresBalance = false;
};

// --- filters.cc
struct Filter {
  std::string_view plugin;
  bool (*isActive)(const Request::Parts& request);
  std::optional<Rejection> (*whyNot)(const Snapshot& snapshot, const Request::Parts& request, std::size_t slot);
};
// In the order they run; a node's reason is that of the first that rejects it.
std::span<const Filter> filters();
std::optional<Rejection> rejectionByClass(const Snapshot::AdmissionClass& admission, const Request::Parts& request);
bool tolerates(const k8s::Toleration& toleration, const k8s::Taint& taint);
bool matches(const k8s::NodeSelectorTerm& term, const k8s::Node& node);

// --- scores.cc
inline constexpr int kTaintTolerationWeight = 3;
inline constexpr int kNodeAffinityWeight = 2;
int untoleratedSoftTaints(const Snapshot::AdmissionClass& admission, const Request::Parts& request);
int preferredWeight(const k8s::Node& node, const Request::Parts& request);
int imageScore(const Snapshot& snapshot, const Request::Parts& request, std::size_t slot);
bool anyImagePresent(const Snapshot& snapshot, const Request::Parts& request);

// NodeResourcesFit (LeastAllocated) and NodeResourcesBalancedAllocation of one node.
struct ResourceScores {
  int least;
  int balanced;
};
ResourceScores resourceScores(const Snapshot::Lanes& lanes, const Request::Parts& request, std::size_t slot);

// The same for all slots at once: fits[i] says whether cpu, memory, storage and pod count suffice, score[i] is least + balanced.
void scanResources(const Snapshot::Lanes& lanes, const Request::Parts& request, std::uint8_t* fits, std::int32_t* score);

}  // namespace taskpod::schedule
