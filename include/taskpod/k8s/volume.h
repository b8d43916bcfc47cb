// Volumes of a pod: the sources Taskpod acts on; every other source stays in Volume::extra. Source: kubernetes/api core/v1/types.go.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "taskpod/k8s/meta.h"

namespace taskpod::k8s {

struct HostPathVolumeSource {
  std::string path;
  std::optional<std::string> type;
  json::Extra extra;

  bool operator==(const HostPathVolumeSource&) const = default;
  static std::span<const json::Row> rows();
};

struct EmptyDirVolumeSource {
  std::string medium;
  std::optional<Quantity> sizeLimit;
  json::Extra extra;

  bool operator==(const EmptyDirVolumeSource&) const = default;
  static std::span<const json::Row> rows();
};

struct KeyToPath {
  std::string key;
  std::string path;
  std::optional<std::int32_t> mode;
  json::Extra extra;

  bool operator==(const KeyToPath&) const = default;
  static std::span<const json::Row> rows();
};

struct SecretVolumeSource {
  std::string secretName;
  std::vector<KeyToPath> items;
  std::optional<std::int32_t> defaultMode;
  std::optional<bool> optional;
  json::Extra extra;

  bool operator==(const SecretVolumeSource&) const = default;
  static std::span<const json::Row> rows();
};

struct NFSVolumeSource {
  std::string server;
  std::string path;
  bool readOnly = false;
  json::Extra extra;

  bool operator==(const NFSVolumeSource&) const = default;
  static std::span<const json::Row> rows();
};

struct PersistentVolumeClaimVolumeSource {
  std::string claimName;
  bool readOnly = false;
  json::Extra extra;

  bool operator==(const PersistentVolumeClaimVolumeSource&) const = default;
  static std::span<const json::Row> rows();
};

struct ObjectFieldSelector {
  std::string apiVersion;
  std::string fieldPath;
  json::Extra extra;

  bool operator==(const ObjectFieldSelector&) const = default;
  static std::span<const json::Row> rows();
};

struct ResourceFieldSelector {
  std::string containerName;
  std::string resource;
  Quantity divisor;
  json::Extra extra;

  bool operator==(const ResourceFieldSelector&) const = default;
  static std::span<const json::Row> rows();
};

struct DownwardAPIVolumeFile {
  std::string path;
  Boxed<ObjectFieldSelector> fieldRef;
  Boxed<ResourceFieldSelector> resourceFieldRef;
  std::optional<std::int32_t> mode;
  json::Extra extra;

  bool operator==(const DownwardAPIVolumeFile&) const = default;
  static std::span<const json::Row> rows();
};

struct DownwardAPIVolumeSource {
  std::vector<DownwardAPIVolumeFile> items;
  std::optional<std::int32_t> defaultMode;
  json::Extra extra;

  bool operator==(const DownwardAPIVolumeSource&) const = default;
  static std::span<const json::Row> rows();
};

struct ConfigMapVolumeSource {
  std::string name;
  std::vector<KeyToPath> items;
  std::optional<std::int32_t> defaultMode;
  std::optional<bool> optional;
  json::Extra extra;

  bool operator==(const ConfigMapVolumeSource&) const = default;
  static std::span<const json::Row> rows();
};

struct SecretProjection {
  std::string name;
  std::vector<KeyToPath> items;
  std::optional<bool> optional;
  json::Extra extra;

  bool operator==(const SecretProjection&) const = default;
  static std::span<const json::Row> rows();
};

struct DownwardAPIProjection {
  std::vector<DownwardAPIVolumeFile> items;
  json::Extra extra;

  bool operator==(const DownwardAPIProjection&) const = default;
  static std::span<const json::Row> rows();
};

struct ConfigMapProjection {
  std::string name;
  std::vector<KeyToPath> items;
  std::optional<bool> optional;
  json::Extra extra;

  bool operator==(const ConfigMapProjection&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceAccountTokenProjection {
  std::string audience;
  std::optional<std::int64_t> expirationSeconds;
  std::string path;
  json::Extra extra;

  bool operator==(const ServiceAccountTokenProjection&) const = default;
  static std::span<const json::Row> rows();
};

struct VolumeProjection {
  Boxed<SecretProjection> secret;
  Boxed<DownwardAPIProjection> downwardAPI;
  Boxed<ConfigMapProjection> configMap;
  Boxed<ServiceAccountTokenProjection> serviceAccountToken;
  json::Extra extra;

  bool operator==(const VolumeProjection&) const = default;
  static std::span<const json::Row> rows();
};

struct ProjectedVolumeSource {
  std::vector<VolumeProjection> sources;
  std::optional<std::int32_t> defaultMode;
  json::Extra extra;

  bool operator==(const ProjectedVolumeSource&) const = default;
  static std::span<const json::Row> rows();
};

struct CSIVolumeSource {
  std::string driver;
  std::optional<bool> readOnly;
  std::optional<std::string> fsType;
  std::map<std::string, std::string> volumeAttributes;
  Boxed<LocalObjectReference> nodePublishSecretRef;
  json::Extra extra;

  bool operator==(const CSIVolumeSource&) const = default;
  static std::span<const json::Row> rows();
};

struct ImageVolumeSource {
  std::string reference;
  std::string pullPolicy;
  json::Extra extra;

  bool operator==(const ImageVolumeSource&) const = default;
  static std::span<const json::Row> rows();
};

struct Volume {
  std::string name;
  Boxed<HostPathVolumeSource> hostPath;
  Boxed<EmptyDirVolumeSource> emptyDir;
  Boxed<SecretVolumeSource> secret;
  Boxed<NFSVolumeSource> nfs;
  Boxed<PersistentVolumeClaimVolumeSource> persistentVolumeClaim;
  Boxed<DownwardAPIVolumeSource> downwardAPI;
  Boxed<ConfigMapVolumeSource> configMap;
  Boxed<ProjectedVolumeSource> projected;
  Boxed<CSIVolumeSource> csi;
  Boxed<ImageVolumeSource> image;
  json::Extra extra;

  bool operator==(const Volume&) const = default;
  static std::span<const json::Row> rows();
};

}  // namespace taskpod::k8s
