// Runtime over CRI v1 (containerd 1.6 to 2.x, CRI-O).
#pragma once

#include <memory>

#include "kubelet-lite/runtime.h"
#include "taskpod/net/conn.h"

namespace taskpod::kubelet {

std::unique_ptr<Runtime> makeCriRuntime(const net::Address& runtime, const net::Address& images);

}  // namespace taskpod::kubelet
