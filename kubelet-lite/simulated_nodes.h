// Many nodes in one process whose pods run without a runtime: they become Running, or Succeeded after their time, by the annotation
// `ecs.taskpod.io/simulate-seconds`, and go when they are deleted. For tests and scale; every write is one a real node would make.
#pragma once

#include <memory>

#include "kubelet-lite/config.h"
#include "taskpod/kube/client.h"

namespace taskpod::kubelet {

// Until the canceller is signalled.
Result<void> runSimulatedNodes(kube::Client& client, const Config& config, const std::shared_ptr<net::Canceller>& canceller);

}  // namespace taskpod::kubelet
