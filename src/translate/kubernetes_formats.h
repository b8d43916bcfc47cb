// What kube-apiserver says of texts: names, labels, quantities. Private to translate.
// Sources: apimachinery pkg/util/validation, pkg/api/validate/content, pkg/util/validation/field, pkg/api/resource.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace taskpod::translate {

// Everything wrong with the text, nothing if it is right.
using Complaints = std::vector<std::string>;
Complaints complaintsOfLabel(std::string_view text);      // DNS-1123 label
Complaints complaintsOfSubdomain(std::string_view text);  // DNS-1123 subdomain
Complaints complaintsOfLabelKey(std::string_view text);
Complaints complaintsOfLabelValue(std::string_view text);
Complaints complaintsOfPortName(std::string_view text);
Complaints complaintsOfVariableName(std::string_view text);
Complaints complaintsOfIp(std::string_view text);

// The bodies of field errors.
std::string quoted(std::string_view text);                                  // as Go's %q
std::string required(std::string_view detail = {});                         // Required value: …
std::string invalid(const std::string& value, std::string_view detail);     // Invalid value: …; `value` as it is to be shown
std::string duplicate(std::string_view text);                               // Duplicate value: "…"
std::string notFound(std::string_view text);                                // Not found: "…"
std::string forbidden(std::string_view detail);                             // Forbidden: …
std::string unsupported(const std::string& value, std::string_view words);  // Unsupported value: …: supported values: …
std::string mustBeBetween(std::int64_t low, std::int64_t high);

// Why the server cannot decode a quantity.
std::string quantityComplaint(std::string_view text);
// The quantity as the server writes it back: "0.5" is "500m", "1024Mi" is "1Gi".
std::string canonicalQuantity(std::string_view text);

}  // namespace taskpod::translate
