// A pod without what an API server adds to it: identity, status, defaults (row 61). Two pods that mean the same have the same canonical
// form.
#pragma once

#include "taskpod/k8s/pod.h"
#include "translate/workload_rules.h"

namespace taskpod::translate {

k8s::Pod canonical(k8s::Pod pod);
void canonicalize(KubernetesGroup& group);

}  // namespace taskpod::translate
