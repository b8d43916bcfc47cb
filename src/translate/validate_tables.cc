// What each member of a task definition may hold by itself: the service model's lists and limits (tests/testdata/ecs/service-2.json) and
// those that only its documentation has.
#include <algorithm>
#include <limits>
#include <unordered_set>

#include "translate/validate_rules.h"

namespace taskpod::translate {
namespace {

using json::Value;

// ---- tables, in the order of the model

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int32_t>::max();

struct Required {
  std::string_view parent;
  std::string_view member;
  std::string_view text = {};  // AWS' own, else "<member> should not be null or empty."
};

struct Enumeration {
  std::string_view pattern;
  std::string_view words;
  std::string_view text = {};  // AWS' own
};

struct Range {
  std::string_view pattern;
  std::int64_t low;
  std::int64_t high;
  std::string_view unit = {};
};

struct Count {
  std::string_view list;
  std::size_t most;
};

enum class Charset : std::uint8_t { Name, PortName, Tag };

struct Text {
  std::string_view pattern;
  std::size_t longest;  // in characters
  Charset charset;
};

// What `pattern` holds is one of `names`.
struct Reference {
  std::string_view pattern;
  std::string_view names;
  std::string_view what;
};

constexpr Required kRequired[] = {
    {"", "family"},
    {"containerDefinitions[]", "name", "Container.name should not be null or empty."},
    {"containerDefinitions[]", "image", "Container.image should not be null or empty."},
    {"containerDefinitions[].repositoryCredentials", "credentialsParameter"},
    {"containerDefinitions[].restartPolicy", "enabled"},
    {"containerDefinitions[].environmentFiles[]", "value"},
    {"containerDefinitions[].environmentFiles[]", "type"},
    {"containerDefinitions[].linuxParameters.devices[]", "hostPath"},
    {"containerDefinitions[].linuxParameters.tmpfs[]", "containerPath"},
    {"containerDefinitions[].linuxParameters.tmpfs[]", "size"},
    {"containerDefinitions[].secrets[]", "name"},
    {"containerDefinitions[].secrets[]", "valueFrom"},
    {"containerDefinitions[].dependsOn[]", "containerName"},
    {"containerDefinitions[].dependsOn[]", "condition"},
    {"containerDefinitions[].extraHosts[]", "hostname"},
    {"containerDefinitions[].extraHosts[]", "ipAddress"},
    {"containerDefinitions[].ulimits[]", "name"},
    {"containerDefinitions[].ulimits[]", "softLimit"},
    {"containerDefinitions[].ulimits[]", "hardLimit"},
    {"containerDefinitions[].logConfiguration", "logDriver"},
    {"containerDefinitions[].logConfiguration.secretOptions[]", "name"},
    {"containerDefinitions[].logConfiguration.secretOptions[]", "valueFrom"},
    {"containerDefinitions[].healthCheck", "command"},
    {"containerDefinitions[].resourceRequirements[]", "value"},
    {"containerDefinitions[].resourceRequirements[]", "type"},
    {"containerDefinitions[].firelensConfiguration", "type"},
    {"volumes[].efsVolumeConfiguration", "fileSystemId"},
    {"volumes[].s3filesVolumeConfiguration", "fileSystemArn"},
    {"volumes[].fsxWindowsFileServerVolumeConfiguration", "fileSystemId"},
    {"volumes[].fsxWindowsFileServerVolumeConfiguration", "rootDirectory"},
    {"volumes[].fsxWindowsFileServerVolumeConfiguration", "authorizationConfig"},
    {"volumes[].fsxWindowsFileServerVolumeConfiguration.authorizationConfig", "credentialsParameter"},
    {"volumes[].fsxWindowsFileServerVolumeConfiguration.authorizationConfig", "domain"},
    {"tags[]", "key"},
    {"proxyConfiguration", "containerName"},
    {"inferenceAccelerators[]", "deviceName"},
    {"inferenceAccelerators[]", "deviceType"},
    {"ephemeralStorage", "sizeInGiB"},
};

constexpr std::string_view kCapabilities =
    "ALL AUDIT_CONTROL AUDIT_WRITE BLOCK_SUSPEND CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE "
    "LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_ADMIN "
    "SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG SYSLOG WAKE_ALARM";

constexpr std::string_view kMountOptions = "containerDefinitions[].linuxParameters.tmpfs[].mountOptions[]";

constexpr Enumeration kEnumerations[] = {
    {"networkMode", "bridge host awsvpc none"},
    {"containerDefinitions[].portMappings[].protocol", "tcp udp"},
    {"containerDefinitions[].portMappings[].appProtocol", "http http2 grpc"},
    {"containerDefinitions[].environmentFiles[].type", "s3"},
    {"containerDefinitions[].linuxParameters.capabilities.add[]", kCapabilities},
    {"containerDefinitions[].linuxParameters.capabilities.drop[]", kCapabilities},
    {"containerDefinitions[].linuxParameters.devices[].permissions[]", "read write mknod"},
    {kMountOptions,
     "defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync remount mand nomand atime noatime diratime nodiratime bind rbind "
     "unbindable runbindable private rprivate shared rshared slave rslave relatime norelatime strictatime nostrictatime mode uid gid "
     "nr_inodes nr_blocks mpol"},
    {"containerDefinitions[].dependsOn[].condition", "START COMPLETE SUCCESS HEALTHY"},
    {"containerDefinitions[].versionConsistency", "enabled disabled"},
    {"containerDefinitions[].ulimits[].name",
     "core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack"},
    {"containerDefinitions[].logConfiguration.logDriver", "json-file syslog journald gelf fluentd awslogs splunk awsfirelens"},
    {"containerDefinitions[].resourceRequirements[].type", "GPU InferenceAccelerator NeuronDevice"},
    {"containerDefinitions[].firelensConfiguration.type", "fluentd fluentbit"},
    {"volumes[].dockerVolumeConfiguration.scope", "task shared"},
    {"volumes[].efsVolumeConfiguration.transitEncryption", "ENABLED DISABLED"},
    {"volumes[].efsVolumeConfiguration.authorizationConfig.iam", "ENABLED DISABLED"},
    {"placementConstraints[].type", "memberOf"},
    {"requiresCompatibilities[]", "EC2 FARGATE EXTERNAL MANAGED_INSTANCES", "launch type should be one of [EC2,FARGATE,EXTERNAL]"},
    {"pidMode", "host task"},
    {"ipcMode", "host task none"},
    {"proxyConfiguration.type", "APPMESH"},
    {"runtimePlatform.cpuArchitecture", "X86_64 ARM64"},
    {"runtimePlatform.operatingSystemFamily",
     "LINUX WINDOWS_SERVER_2016_FULL WINDOWS_SERVER_2019_FULL WINDOWS_SERVER_2019_CORE WINDOWS_SERVER_2004_CORE "
     "WINDOWS_SERVER_20H2_CORE WINDOWS_SERVER_2022_CORE WINDOWS_SERVER_2022_FULL WINDOWS_SERVER_2025_CORE WINDOWS_SERVER_2025_FULL"},
};

constexpr Range kRanges[] = {
    {"containerDefinitions[].cpu", 0, kNoLimit},
    {"containerDefinitions[].memory", 4, kNoLimit, " MiB"},
    {"containerDefinitions[].memoryReservation", 4, kNoLimit, " MiB"},
    {"containerDefinitions[].portMappings[].containerPort", 1, 65535},
    {"containerDefinitions[].portMappings[].hostPort", 0, 65535},
    {"containerDefinitions[].restartPolicy.restartAttemptPeriod", 60, 1800, " seconds"},
    {"containerDefinitions[].linuxParameters.sharedMemorySize", 0, kNoLimit, " MiB"},
    {"containerDefinitions[].linuxParameters.tmpfs[].size", 0, kNoLimit, " MiB"},
    {"containerDefinitions[].linuxParameters.maxSwap", 0, kNoLimit, " MiB"},
    {"containerDefinitions[].linuxParameters.swappiness", 0, 100},
    {"containerDefinitions[].startTimeout", 0, kNoLimit, " seconds"},
    {"containerDefinitions[].stopTimeout", 0, kNoLimit, " seconds"},
    {"containerDefinitions[].healthCheck.interval", 5, 300, " seconds"},
    {"containerDefinitions[].healthCheck.timeout", 2, 60, " seconds"},
    {"containerDefinitions[].healthCheck.retries", 1, 10},
    {"containerDefinitions[].healthCheck.startPeriod", 0, 300, " seconds"},
    {"volumes[].efsVolumeConfiguration.transitEncryptionPort", 1, 65535},
    {"volumes[].s3filesVolumeConfiguration.transitEncryptionPort", 1, 65535},
    {"ephemeralStorage.sizeInGiB", 21, 200, " GiB"},
};

constexpr Count kCounts[] = {
    {"containerDefinitions", 10},
    {"containerDefinitions[].restartPolicy.ignoredExitCodes", 50},
    {"containerDefinitions[].environmentFiles", 10},
    {"containerDefinitions[].credentialSpecs", 1},
    {"placementConstraints", 10},
    {"tags", 50},
};

constexpr Text kTexts[] = {
    {"family", 255, Charset::Name},
    {"containerDefinitions[].name", 255, Charset::Name},
    {"containerDefinitions[].portMappings[].name", 64, Charset::PortName},
    {"volumes[].name", 255, Charset::Name},
    {"tags[].key", 128, Charset::Tag},
    {"tags[].value", 256, Charset::Tag},
};

// No value twice in the whole definition.
constexpr std::string_view kUniques[] = {"containerDefinitions[].name", "containerDefinitions[].portMappings[].name", "volumes[].name",
                                         "tags[].key"};

constexpr Reference kReferences[] = {
    {"containerDefinitions[].mountPoints[].sourceVolume", "volumes[].name", "volume"},
    {"containerDefinitions[].volumesFrom[].sourceContainer", "containerDefinitions[].name", "container"},
    {"containerDefinitions[].dependsOn[].containerName", "containerDefinitions[].name", "container"},
    {"proxyConfiguration.containerName", "containerDefinitions[].name", "container"},
};

constexpr std::string_view kEnvironmentFile = "containerDefinitions[].environmentFiles[].value";
constexpr std::string_view kImage = "containerDefinitions[].image";
constexpr std::size_t kLongestImage = 255;  // what stands before the digest

// ---- what reads them

// AWS' words for a value that breaks a limit of the model.
std::string constraint(const std::string& value, const std::string& path, const std::string& rule) {
  return "Value " + value + " at '" + path + "' failed to satisfy constraint: Member must " + rule;
}

void checkRequired(const Value& definition, const Required& row, Findings& found) {
  visitAll(definition, row.parent, [&](const std::string& path, const Value& parent) {
    if (!parent.isObject()) return;
    const Value* value = parent.find(row.member);
    if (value && !value->isNull() && !(value->isString() && value->text().empty())) return;
    std::string at = path + (path.empty() ? "" : ".") + std::string(row.member);
    if (row.text.empty())
      found.refuse(parameterProblem(at, std::string(row.member) + " should not be null or empty."));
    else
      found.refuse(clientProblem(at, std::string(row.text)));
  });
}

void checkEnumeration(const Value& definition, const Enumeration& row, Findings& found) {
  visitAll(definition, row.pattern, [&](const std::string& path, const Value& value) {
    std::string_view word = value.text();
    if (row.pattern == kMountOptions) word = word.substr(0, word.find('='));  // mode=1777
    if (word.empty() || hasWord(row.words, word)) return;
    if (!row.text.empty()) return found.refuse(clientProblem(path, std::string(row.text)));
    std::string rule = "satisfy enum value set: [" + joinedWords(row.words, ", ") + "]";
    found.refuse(parameterProblem(path, constraint(inQuotes(value.text()), path, rule)));
  });
}

void checkRange(const Value& definition, const Range& row, Findings& found) {
  visitAll(definition, row.pattern, [&](const std::string& path, const Value& value) {
    auto number = wholeNumber(value.text());
    if (!number || (*number >= row.low && *number <= row.high)) return;
    std::string rule = *number < row.low ? "have value greater than or equal to " + std::to_string(row.low)
                                         : "have value less than or equal to " + std::to_string(row.high);
    found.refuse(clientProblem(path, constraint(inQuotes(value.text()), path, rule + std::string(row.unit))));
  });
}

void checkCount(const Value& definition, const Count& row, Findings& found) {
  visitAll(definition, row.list, [&](const std::string& path, const Value& list) {
    if (list.items().size() <= row.most) return;
    std::string rule = "have length less than or equal to " + std::to_string(row.most);
    found.add(clientProblem(path, constraint("with " + std::to_string(list.items().size()) + " items", path, rule)));
  });
}

bool isIn(Charset charset, char c) {
  bool letterOrDigit = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  bool upper = c >= 'A' && c <= 'Z';
  switch (charset) {
    case Charset::PortName: return letterOrDigit || c == '-' || c == '_';
    case Charset::Name: return letterOrDigit || upper || c == '-' || c == '_';
    // The model allows letters, digits and separators of all scripts: what is not ASCII passes.
    case Charset::Tag:
      return letterOrDigit || upper || static_cast<unsigned char>(c) >= 0x80 || hasWord("_ . : / = + - @", {&c, 1}) || c == ' ';
  }
  return false;
}

std::string_view charsetHint(Charset charset) {
  switch (charset) {
    case Charset::PortName: return "Use lower-case letters, digits, hyphens and underscores; a hyphen cannot come first.";
    case Charset::Name: return "Use letters, digits, hyphens and underscores.";
    case Charset::Tag: return "Use letters, digits, spaces and _ . : / = + - @";
  }
  return "";
}

std::size_t charactersIn(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void checkText(const Value& definition, const Text& row, Findings& found) {
  visitAll(definition, row.pattern, [&](const std::string& path, const Value& value) {
    std::string_view text = value.text();
    if (charactersIn(text) > row.longest) {
      std::string rule = "have length less than or equal to " + std::to_string(row.longest);
      return found.add(clientProblem(path, constraint(inQuotes(text), path, rule)));
    }
    bool fits = std::all_of(text.begin(), text.end(), [&](char c) { return isIn(row.charset, c); });
    if (fits && !(row.charset == Charset::PortName && text.starts_with('-'))) return;
    found.add(clientProblem(path, "Invalid characters in " + inQuotes(text) + " at '" + path + "'", std::string(charsetHint(row.charset))));
  });
}

void checkUnique(const Value& definition, std::string_view pattern, Findings& found) {
  std::unordered_set<std::string_view> seen;
  visitAll(definition, pattern, [&](const std::string& path, const Value& value) {
    if (value.text().empty() || seen.insert(value.text()).second) return;
    found.add(clientProblem(path, "Duplicate value " + inQuotes(value.text()) + " at '" + path + "'", "Give each its own."));
  });
}

void checkReference(const Value& definition, const Reference& row, Findings& found) {
  std::unordered_set<std::string_view> names;
  visitAll(definition, row.names, [&](const std::string&, const Value& name) { names.insert(name.text()); });
  visitAll(definition, row.pattern, [&](const std::string& path, const Value& value) {
    if (value.text().empty() || names.contains(value.text())) return;
    found.refuse(clientProblem(path, "Unknown " + std::string(row.what) + " " + inQuotes(value.text()) + "."));
  });
}

void checkLinks(const Value& definition, Findings& found) {
  std::unordered_set<std::string_view> names;
  visitAll(definition, "containerDefinitions[].name", [&](const std::string&, const Value& name) { names.insert(name.text()); });
  visitAll(definition, "containerDefinitions[].links[]", [&](const std::string& path, const Value& value) {
    std::string_view name = value.text().substr(0, value.text().find(':'));
    if (!names.contains(name)) found.add(clientProblem(path, "Unknown container " + inQuotes(name) + ".", "A link is name or name:alias."));
  });
}

void checkSpecialTexts(const Value& definition, Findings& found) {
  visitAll(definition, kEnvironmentFile, [&](const std::string& path, const Value& value) {
    if (value.text().ends_with(".env")) return;
    found.add(clientProblem(path, "The environment file " + inQuotes(value.text()) + " must have the file extension .env."));
  });
  visitAll(definition, kImage, [&](const std::string& path, const Value& value) {
    if (charactersIn(value.text().substr(0, value.text().find('@'))) <= kLongestImage) return;
    found.add(clientProblem(path, constraint(inQuotes(value.text()), path, "have length less than or equal to 255")));
  });
  visitAll(definition, "tags[].key", [&](const std::string& path, const Value& value) {
    auto sameLetter = [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); };
    constexpr std::string_view kReserved = "aws:";
    std::string_view start = value.text().substr(0, kReserved.size());
    if (!std::equal(kReserved.begin(), kReserved.end(), start.begin(), start.end(), sameLetter)) return;
    found.add(clientProblem(path, "Tag keys cannot start with 'aws:': " + inQuotes(value.text()), "The prefix is reserved for AWS."));
  });
}

}  // namespace

void checkTables(const Value& definition, Findings& found) {
  for (const auto& row : kRequired) checkRequired(definition, row, found);
  for (const auto& row : kEnumerations) checkEnumeration(definition, row, found);
  for (const auto& row : kRanges) checkRange(definition, row, found);
  for (const auto& row : kCounts) checkCount(definition, row, found);
  for (const auto& row : kTexts) checkText(definition, row, found);
  for (const auto& row : kUniques) checkUnique(definition, row, found);
  for (const auto& row : kReferences) checkReference(definition, row, found);
  checkLinks(definition, found);
  checkSpecialTexts(definition, found);
}

}  // namespace taskpod::translate
