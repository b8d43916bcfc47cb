// The residual: what one document has that another lacks or has differently, and how to put it back.
//
// A residual is JSON of the same shape as the document. A leaf is a list: [] means "absent in the source", [value] a value that the other
// side had not, [value, was] a value where the other side had `was`. Objects in lists are found again by `name` where all have one, else by
// position. On the way back an entry is applied only where the document still shows `was`: what the user changed natively since then wins.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "taskpod/json/document.h"

namespace taskpod::translate {

// What `source` has beyond `mapped`; nullopt if the two are equal. Null members count as absent.
std::optional<json::Value> residualOf(json::Document& document, const json::Value& source, const json::Value& mapped);

// `mapped` with the residual put back.
json::Value applyResidual(json::Document& document, const json::Value& mapped, const json::Value& residual);

// The residual as it is stored: compact, members sorted by name, so that equal residuals are equal texts.
std::string residualText(const json::Value& residual);

// A residual lives where anyone can write. It is stored with its version and a checksum, so that one that was cut or edited is told from
// one that is whole: {"v":1,"sum":"<8 hex digits>","rest":{…}}, with "kube":33 if the pod was made for an older Kubernetes. What it says is
// never trusted further: the documents it is put into are read and validated like any other. Errors of openResidual: not JSON, above
// kMaxResidualBytes, another version, a checksum that does not fit.
inline constexpr std::size_t kMaxResidualBytes = 256 << 10;  // what all annotations of an object may have together
struct Opened {
  json::Value rest;
  int kubeMinor = 0;  // 0: the newest
};
std::string sealResidual(std::string_view text, int kubeMinor = 0);  // `text` of residualText()
Result<Opened> openResidual(json::Document& document, std::string_view sealed);

// The paths of the residual's leaves, list positions as [] ("containerDefinitions[].essential"), sorted, without repeats. A list of
// which only the order is kept stands as "containerDefinitions@order".
std::vector<std::string> residualPaths(const json::Value& residual);

}  // namespace taskpod::translate
