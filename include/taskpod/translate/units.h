// Amounts and names in both vocabularies. 1024 CPU units are 1000 millicores; MiB are 2^20 bytes. Rounding never takes from the workload:
// towards the pod millicores round up, towards ECS units round down, which together brings every millicore back exactly (translation.md
// §0.2).
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace taskpod::translate {

inline constexpr std::int64_t kMiB = 1 << 20;

// Amounts above 2^52, more than any machine has, count as that.
constexpr std::int64_t kMostAmount = std::int64_t{1} << 52;
constexpr std::int64_t millicoresOf(std::int64_t cpuUnits) { return (std::min(cpuUnits, kMostAmount) * 1000 + 1023) / 1024; }
constexpr std::int64_t cpuUnitsOf(std::int64_t millicores) { return std::min(millicores, kMostAmount) * 1024 / 1000; }
constexpr std::int64_t mebibytesOf(std::int64_t bytes) { return bytes / kMiB + (bytes % kMiB > 0 ? 1 : 0); }

// Task-level text of ECS: "256", "1 vCPU", ".5 vcpu" in CPU units; "512", "1GB", "0.5 GB" in MiB. nullopt if it is neither.
std::optional<std::int64_t> parseTaskCpu(std::string_view text);
std::optional<std::int64_t> parseTaskMemory(std::string_view text);

// A DNS-1123 label of at most 63 characters: `name` itself if it is one, else lower-cased with "-" for what is not allowed and a hash of
// the original, so that different names stay different.
std::string slug(std::string_view name);
bool isDnsLabel(std::string_view name);
bool isHostName(std::string_view name);  // a DNS-1123 subdomain: labels with dots between, at most 253 characters
// IANA service name: at most 15 lower-case letters, digits and single inner dashes, with a letter.
bool isPortName(std::string_view name);

// Label keys ([prefix/]name) and values as the API server takes them (apimachinery pkg/util/validation).
bool isLabelKey(std::string_view key);
bool isLabelValue(std::string_view value);

// `$(VAR)` and `$$` have a meaning to Kubernetes and none to ECS. Towards a pod every `$` is doubled where expansion could change the text;
// towards ECS the references to known variables are expanded as the kubelet does (third_party/forked/golang/expansion), others stay as they
// are.
using Variables = std::map<std::string, std::string>;
std::string escapeExpansion(std::string_view text);
std::string expandReferences(std::string_view text, const Variables& variables);

}  // namespace taskpod::translate
