// Read, change, write: a change of an object's metadata (or anything else that a merge patch can say) that holds only for the version it
// was made from. Conflicts read again.
#pragma once

#include <functional>

#include "controller/ecs_api/call.h"

namespace taskpod::controller {

// `change` gets the live object and fills the patch's annotations and labels; an empty patch writes nothing. The read is ours, the write
// the caller's.
struct MetadataPatch {
  std::map<std::string, std::optional<std::string>> annotations, labels;  // nullopt removes
  bool isEmpty() const { return annotations.empty() && labels.empty(); }
};

std::string textOf(const MetadataPatch& patch, const std::string& resourceVersion);

template <class T>
Result<T, Fault> editMetadata(Call& call, const std::string& namespace_, const std::string& name,
                              const std::function<Result<void, Fault>(const T&, MetadataPatch&)>& change) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    auto object = call.own.get<T>(namespace_, name);
    if (!object) return faultOf(object.error());
    MetadataPatch patch;
    if (auto done = change(*object, patch); !done) return done.error();
    if (patch.isEmpty()) return std::move(*object);
    auto written = call.client.patch<T>(namespace_, name, "", kube::PatchKind::Merge, textOf(patch, object->metadata.resourceVersion));
    if (written) return std::move(*written);
    if (written.error().reason != Reason::Conflict) return faultOf(written.error());
  }
  return fault("ServerException", name + " is being changed by others. Try again.");
}

}  // namespace taskpod::controller
