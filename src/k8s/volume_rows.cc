#include "json/row.h"
#include "k8s/scalar_codecs.h"
#include "taskpod/k8s/volume.h"

namespace taskpod::k8s {

using json::field;
using json::Presence;

std::span<const json::Row> HostPathVolumeSource::rows() {
  static constexpr json::Row kRows[] = {
      field<&HostPathVolumeSource::path>("path", Presence::Always),
      field<&HostPathVolumeSource::type>("type"),
  };
  return kRows;
}

std::span<const json::Row> EmptyDirVolumeSource::rows() {
  static constexpr json::Row kRows[] = {
      field<&EmptyDirVolumeSource::medium>("medium"),
      field<&EmptyDirVolumeSource::sizeLimit>("sizeLimit"),
  };
  return kRows;
}

std::span<const json::Row> KeyToPath::rows() {
  static constexpr json::Row kRows[] = {
      field<&KeyToPath::key>("key", Presence::Always),
      field<&KeyToPath::path>("path", Presence::Always),
      field<&KeyToPath::mode>("mode"),
  };
  return kRows;
}

std::span<const json::Row> SecretVolumeSource::rows() {
  static constexpr json::Row kRows[] = {
      field<&SecretVolumeSource::secretName>("secretName"),
      field<&SecretVolumeSource::items>("items"),
      field<&SecretVolumeSource::defaultMode>("defaultMode"),
      field<&SecretVolumeSource::optional>("optional"),
  };
  return kRows;
}

std::span<const json::Row> NFSVolumeSource::rows() {
  static constexpr json::Row kRows[] = {
      field<&NFSVolumeSource::server>("server", Presence::Always),
      field<&NFSVolumeSource::path>("path", Presence::Always),
      field<&NFSVolumeSource::readOnly>("readOnly"),
  };
  return kRows;
}

std::span<const json::Row> PersistentVolumeClaimVolumeSource::rows() {
  static constexpr json::Row kRows[] = {
      field<&PersistentVolumeClaimVolumeSource::claimName>("claimName", Presence::Always),
      field<&PersistentVolumeClaimVolumeSource::readOnly>("readOnly"),
  };
  return kRows;
}

std::span<const json::Row> ObjectFieldSelector::rows() {
  static constexpr json::Row kRows[] = {
      field<&ObjectFieldSelector::apiVersion>("apiVersion"),
      field<&ObjectFieldSelector::fieldPath>("fieldPath", Presence::Always),
  };
  return kRows;
}

std::span<const json::Row> ResourceFieldSelector::rows() {
  static constexpr json::Row kRows[] = {
      field<&ResourceFieldSelector::containerName>("containerName"),
      field<&ResourceFieldSelector::resource>("resource", Presence::Always),
      field<&ResourceFieldSelector::divisor>("divisor"),
  };
  return kRows;
}

std::span<const json::Row> DownwardAPIVolumeFile::rows() {
  static constexpr json::Row kRows[] = {
      field<&DownwardAPIVolumeFile::path>("path", Presence::Always),
      field<&DownwardAPIVolumeFile::fieldRef>("fieldRef"),
      field<&DownwardAPIVolumeFile::resourceFieldRef>("resourceFieldRef"),
      field<&DownwardAPIVolumeFile::mode>("mode"),
  };
  return kRows;
}

std::span<const json::Row> DownwardAPIVolumeSource::rows() {
  static constexpr json::Row kRows[] = {
      field<&DownwardAPIVolumeSource::items>("items"),
      field<&DownwardAPIVolumeSource::defaultMode>("defaultMode"),
  };
  return kRows;
}

std::span<const json::Row> ConfigMapVolumeSource::rows() {
  static constexpr json::Row kRows[] = {
      field<&ConfigMapVolumeSource::name>("name"),
      field<&ConfigMapVolumeSource::items>("items"),
      field<&ConfigMapVolumeSource::defaultMode>("defaultMode"),
      field<&ConfigMapVolumeSource::optional>("optional"),
  };
  return kRows;
}

std::span<const json::Row> SecretProjection::rows() {
  static constexpr json::Row kRows[] = {
      field<&SecretProjection::name>("name"),
      field<&SecretProjection::items>("items"),
      field<&SecretProjection::optional>("optional"),
  };
  return kRows;
}

std::span<const json::Row> DownwardAPIProjection::rows() {
  static constexpr json::Row kRows[] = {
      field<&DownwardAPIProjection::items>("items"),
  };
  return kRows;
}

std::span<const json::Row> ConfigMapProjection::rows() {
  static constexpr json::Row kRows[] = {
      field<&ConfigMapProjection::name>("name"),
      field<&ConfigMapProjection::items>("items"),
      field<&ConfigMapProjection::optional>("optional"),
  };
  return kRows;
}

std::span<const json::Row> ServiceAccountTokenProjection::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceAccountTokenProjection::audience>("audience"),
      field<&ServiceAccountTokenProjection::expirationSeconds>("expirationSeconds"),
      field<&ServiceAccountTokenProjection::path>("path", Presence::Always),
  };
  return kRows;
}

std::span<const json::Row> VolumeProjection::rows() {
  static constexpr json::Row kRows[] = {
      field<&VolumeProjection::secret>("secret"),
      field<&VolumeProjection::downwardAPI>("downwardAPI"),
      field<&VolumeProjection::configMap>("configMap"),
      field<&VolumeProjection::serviceAccountToken>("serviceAccountToken"),
  };
  return kRows;
}

std::span<const json::Row> ProjectedVolumeSource::rows() {
  static constexpr json::Row kRows[] = {
      field<&ProjectedVolumeSource::sources>("sources"),
      field<&ProjectedVolumeSource::defaultMode>("defaultMode"),
  };
  return kRows;
}

std::span<const json::Row> CSIVolumeSource::rows() {
  static constexpr json::Row kRows[] = {
      field<&CSIVolumeSource::driver>("driver", Presence::Always),
      field<&CSIVolumeSource::readOnly>("readOnly"),
      field<&CSIVolumeSource::fsType>("fsType"),
      field<&CSIVolumeSource::volumeAttributes>("volumeAttributes"),
      field<&CSIVolumeSource::nodePublishSecretRef>("nodePublishSecretRef"),
  };
  return kRows;
}

std::span<const json::Row> ImageVolumeSource::rows() {
  static constexpr json::Row kRows[] = {
      field<&ImageVolumeSource::reference>("reference"),
      field<&ImageVolumeSource::pullPolicy>("pullPolicy"),
  };
  return kRows;
}

std::span<const json::Row> Volume::rows() {
  static constexpr json::Row kRows[] = {
      field<&Volume::name>("name", Presence::Always),
      field<&Volume::hostPath>("hostPath"),
      field<&Volume::emptyDir>("emptyDir"),
      field<&Volume::secret>("secret"),
      field<&Volume::nfs>("nfs"),
      field<&Volume::persistentVolumeClaim>("persistentVolumeClaim"),
      field<&Volume::downwardAPI>("downwardAPI"),
      field<&Volume::configMap>("configMap"),
      field<&Volume::projected>("projected"),
      field<&Volume::csi>("csi"),
      field<&Volume::image>("image"),
  };
  return kRows;
}

}  // namespace taskpod::k8s
