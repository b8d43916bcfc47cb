#include "json/row.h"
#include "k8s/scalar_codecs.h"
#include "taskpod/k8s/meta.h"

namespace taskpod::k8s {

using json::field;
using json::Presence;

std::span<const json::Row> OwnerReference::rows() {
  static constexpr json::Row kRows[] = {
      field<&OwnerReference::apiVersion>("apiVersion", Presence::Always),
      field<&OwnerReference::kind>("kind", Presence::Always),
      field<&OwnerReference::name>("name", Presence::Always),
      field<&OwnerReference::uid>("uid", Presence::Always),
      field<&OwnerReference::controller>("controller"),
      field<&OwnerReference::blockOwnerDeletion>("blockOwnerDeletion"),
  };
  return kRows;
}

std::span<const json::Row> ObjectMeta::rows() {
  static constexpr json::Row kRows[] = {
      field<&ObjectMeta::name>("name"),
      field<&ObjectMeta::generateName>("generateName"),
      field<&ObjectMeta::namespace_>("namespace"),
      field<&ObjectMeta::selfLink>("selfLink"),
      field<&ObjectMeta::uid>("uid"),
      field<&ObjectMeta::resourceVersion>("resourceVersion"),
      field<&ObjectMeta::generation>("generation"),
      field<&ObjectMeta::creationTimestamp>("creationTimestamp"),
      field<&ObjectMeta::deletionTimestamp>("deletionTimestamp"),
      field<&ObjectMeta::deletionGracePeriodSeconds>("deletionGracePeriodSeconds"),
      field<&ObjectMeta::labels>("labels"),
      field<&ObjectMeta::annotations>("annotations"),
      field<&ObjectMeta::ownerReferences>("ownerReferences"),
      field<&ObjectMeta::finalizers>("finalizers"),
  };
  return kRows;
}

std::span<const json::Row> LabelSelectorRequirement::rows() {
  static constexpr json::Row kRows[] = {
      field<&LabelSelectorRequirement::key>("key", Presence::Always),
      field<&LabelSelectorRequirement::operator_>("operator", Presence::Always),
      field<&LabelSelectorRequirement::values>("values"),
  };
  return kRows;
}

std::span<const json::Row> LabelSelector::rows() {
  static constexpr json::Row kRows[] = {
      field<&LabelSelector::matchLabels>("matchLabels"),
      field<&LabelSelector::matchExpressions>("matchExpressions"),
  };
  return kRows;
}

std::span<const json::Row> ObjectReference::rows() {
  static constexpr json::Row kRows[] = {
      field<&ObjectReference::kind>("kind"),
      field<&ObjectReference::namespace_>("namespace"),
      field<&ObjectReference::name>("name"),
      field<&ObjectReference::uid>("uid"),
      field<&ObjectReference::apiVersion>("apiVersion"),
      field<&ObjectReference::resourceVersion>("resourceVersion"),
      field<&ObjectReference::fieldPath>("fieldPath"),
  };
  return kRows;
}

std::span<const json::Row> LocalObjectReference::rows() {
  static constexpr json::Row kRows[] = {
      field<&LocalObjectReference::name>("name"),
  };
  return kRows;
}

}  // namespace taskpod::k8s
