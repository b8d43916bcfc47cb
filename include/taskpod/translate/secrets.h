// References of task definitions into Secrets Manager and Parameter Store, as the Kubernetes Secrets that must hold their values (row 30 of
// the mapping): a Secret named after the reference, with the JSON key, or "value".
#pragma once

#include <string>
#include <vector>

#include "taskpod/json/document.h"

namespace taskpod::translate {

struct SecretUse {
  std::string secret, key;
  std::string reference;    // valueFrom or credentialsParameter
  bool forPulling = false;  // an imagePullSecret; it has no key
  bool operator==(const SecretUse&) const = default;
};

// Of a task definition, in the order of the document; none for anything else.
std::vector<SecretUse> secretsUsedBy(const json::Value& definition);

}  // namespace taskpod::translate
