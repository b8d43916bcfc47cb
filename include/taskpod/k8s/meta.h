// Metadata shared by all Kubernetes objects. Members are spelt as on the wire; absent and empty differ only where the API says so
// (std::optional, Boxed). `extra` keeps members this build does not know, as they came. Times are RFC 3339 text. Source: apimachinery
// meta/v1/types.go.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "taskpod/base/boxed.h"
#include "taskpod/json/codec.h"
#include "taskpod/k8s/quantity.h"

namespace taskpod::k8s {

struct OwnerReference {
  std::string apiVersion;
  std::string kind;
  std::string name;
  std::string uid;
  std::optional<bool> controller;
  std::optional<bool> blockOwnerDeletion;
  json::Extra extra;

  bool operator==(const OwnerReference&) const = default;
  static std::span<const json::Row> rows();
};

struct ObjectMeta {
  std::string name;
  std::string generateName;
  std::string namespace_;
  std::string selfLink;
  std::string uid;
  std::string resourceVersion;
  std::int64_t generation = 0;
  std::string creationTimestamp;
  std::string deletionTimestamp;
  std::optional<std::int64_t> deletionGracePeriodSeconds;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::vector<OwnerReference> ownerReferences;
  std::vector<std::string> finalizers;
  json::Extra extra;

  bool operator==(const ObjectMeta&) const = default;
  static std::span<const json::Row> rows();
};

struct LabelSelectorRequirement {
  std::string key;
  std::string operator_;
  std::vector<std::string> values;
  json::Extra extra;

  bool operator==(const LabelSelectorRequirement&) const = default;
  static std::span<const json::Row> rows();
};

struct LabelSelector {
  std::map<std::string, std::string> matchLabels;
  std::vector<LabelSelectorRequirement> matchExpressions;
  json::Extra extra;

  bool operator==(const LabelSelector&) const = default;
  static std::span<const json::Row> rows();
};

struct ObjectReference {
  std::string kind;
  std::string namespace_;
  std::string name;
  std::string uid;
  std::string apiVersion;
  std::string resourceVersion;
  std::string fieldPath;
  json::Extra extra;

  bool operator==(const ObjectReference&) const = default;
  static std::span<const json::Row> rows();
};

struct LocalObjectReference {
  std::string name;
  json::Extra extra;

  bool operator==(const LocalObjectReference&) const = default;
  static std::span<const json::Row> rows();
};

}  // namespace taskpod::k8s
