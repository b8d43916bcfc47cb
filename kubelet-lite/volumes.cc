#include "kubelet-lite/volumes.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "taskpod/base/time.h"
#include "taskpod/net/tls.h"

namespace taskpod::kubelet {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, VolumeFile>;

Error failed(std::string text) { return {Reason::InternalError, std::move(text), 0}; }

// A relative path without "..", as the API server demands too; checked again because a node trusts nobody.
bool isSafeRelative(const std::string& path) {
  fs::path p(path);
  if (path.empty() || p.is_absolute()) return false;
  return std::none_of(p.begin(), p.end(), [](const fs::path& part) { return part == ".."; });
}

bool isMountPoint(const fs::path& path) {
  struct stat here {
  }, above{};
  if (::stat(path.c_str(), &here) != 0 || ::stat((path / "..").c_str(), &above) != 0) return false;
  return here.st_dev != above.st_dev;
}

Result<void> makeDir(const fs::path& path, int mode) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return failed("mkdir " + path.string() + ": " + error.message());
  ::chmod(path.c_str(), static_cast<mode_t>(mode));
  return {};
}

Result<void> mountTmpfs(const fs::path& path, std::int64_t size, const char* mode) {
  if (isMountPoint(path)) return {};
  std::string options = std::string("mode=") + mode + (size > 0 ? ",size=" + std::to_string(size) : "");
  if (::mount("tmpfs", path.c_str(), "tmpfs", 0, options.c_str()) != 0)
    return failed("mount tmpfs at " + path.string() + ": " + std::strerror(errno));
  return {};
}

// Makes the volume's own group able to write (or read), recursively for what is there at set-up (pkg/volume/volume_linux.go).
void applyGroup(const fs::path& path, std::int64_t group) {
  if (::chown(path.c_str(), static_cast<uid_t>(-1), static_cast<gid_t>(group)) != 0) return;
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) ::chmod(path.c_str(), (info.st_mode & 07777) | 02770);
}

void addKeys(const Objects::Data& data, const std::vector<k8s::KeyToPath>& items, int mode, Files& files, std::string& missing) {
  if (items.empty()) {
    for (const auto& [key, content] : data) files[key] = {content, mode};
    return;
  }
  for (const auto& item : items) {
    auto found = data.find(item.key);
    if (found == data.end())
      missing = item.key;
    else if (isSafeRelative(item.path))
      files[item.path] = {found->second, item.mode.value_or(mode)};
  }
}

std::string quotedLines(const std::map<std::string, std::string>& map) {
  std::string out;
  for (const auto& [key, value] : map) {
    out += (out.empty() ? "" : "\n") + key + "=";
    json::writeString(out, value);
  }
  return out;
}

std::int64_t amount(const std::map<std::string, k8s::Quantity>& list, const std::string& name, bool& present) {
  auto found = list.find(name);
  present = found != list.end();
  if (!present) return 0;
  return (name == "cpu" ? found->second.millis() : found->second.value()).value_or(0);
}

}  // namespace

Result<std::string> fieldValue(const k8s::Pod& pod, const std::string& path, const NodeFacts& node, const std::string& podIp) {
  auto subscript = [&](std::string_view prefix) -> std::optional<std::string> {
    if (!path.starts_with(std::string(prefix) + "['") || !path.ends_with("']")) return std::nullopt;
    return path.substr(prefix.size() + 2, path.size() - prefix.size() - 4);
  };
  auto lookUp = [](const std::map<std::string, std::string>& map, const std::string& key) {
    auto found = map.find(key);
    return found == map.end() ? std::string() : found->second;
  };
  if (auto key = subscript("metadata.labels")) return lookUp(pod.metadata.labels, *key);
  if (auto key = subscript("metadata.annotations")) return lookUp(pod.metadata.annotations, *key);
  if (path == "metadata.name") return pod.metadata.name;
  if (path == "metadata.namespace") return pod.metadata.namespace_;
  if (path == "metadata.uid") return pod.metadata.uid;
  if (path == "metadata.labels") return quotedLines(pod.metadata.labels);
  if (path == "metadata.annotations") return quotedLines(pod.metadata.annotations);
  if (path == "spec.nodeName") return pod.spec.nodeName;
  if (path == "spec.serviceAccountName") return pod.spec.serviceAccountName;
  if (path == "status.hostIP" || path == "status.hostIPs") return node.nodeIp;
  if (path == "status.podIP" || path == "status.podIPs") return pod.spec.hostNetwork ? node.nodeIp : podIp;
  return Error{Reason::Invalid, "unsupported fieldPath: " + path, 0};
}

Result<std::string> resourceFieldValue(const k8s::Pod& pod, const k8s::Container& container, const k8s::ResourceFieldSelector& field,
                                       const NodeFacts& node) {
  const k8s::Container* source = &container;
  if (!field.containerName.empty()) {
    source = nullptr;
    for (const auto* list : {&pod.spec.containers, &pod.spec.initContainers})
      for (const auto& one : *list)
        if (one.name == field.containerName) source = &one;
    if (!source) return Error{Reason::Invalid, "container " + field.containerName + " not found", 0};
  }
  bool limits = field.resource.starts_with("limits.");
  std::string name = field.resource.substr(field.resource.find('.') + 1);
  bool present = false;
  std::int64_t value = amount(limits ? source->resources.limits : source->resources.requests, name, present);
  if (!present && !limits) value = amount(source->resources.limits, name, present);
  if (!present && limits)
    value = name == "cpu"                 ? node.allocatableMilliCpu
            : name == "memory"            ? node.allocatableMemory
            : name == "ephemeral-storage" ? node.allocatableStorage
                                          : 0;
  std::int64_t divisor = (name == "cpu" ? field.divisor.millis() : field.divisor.value()).value_or(0);
  if (divisor <= 0) divisor = name == "cpu" ? 1000 : 1;
  return std::to_string((value + divisor - 1) / divisor);
}

Result<void> writeAtomically(const fs::path& folder, const Files& files, std::optional<std::int64_t> group) {
  std::error_code error;
  fs::path data = folder / "..data";
  fs::path old = fs::read_symlink(data, error);
  // Only a folder that this function made: nothing else is ever followed or removed, wherever the link may point.
  bool ours = !error && old.native().starts_with("..") && old.native().size() > 2 && old.native().find('/') == std::string::npos &&
              fs::is_directory(fs::symlink_status(folder / old, error));
  if (!ours) old.clear();
  auto same = [&] {
    if (error || old.empty()) return false;
    std::size_t count = 0;
    for (auto it = fs::recursive_directory_iterator(folder / old, error); !error && it != fs::recursive_directory_iterator();
         it.increment(error)) {
      if (!it->is_regular_file()) continue;
      ++count;
      auto wanted = files.find(fs::relative(it->path(), folder / old).string());
      if (wanted == files.end()) return false;
      std::ifstream in(it->path(), std::ios::binary);
      std::string content{std::istreambuf_iterator<char>(in), {}};
      if (content != wanted->second.content) return false;
    }
    return count == files.size();
  };
  if (same()) return {};
  std::string stamp = "..";
  for (char c : formatNanoTime(wallNow())) stamp += c == '-' || c == ':' || c == 'T' ? '_' : c;
  fs::path fresh = folder / stamp;
  if (auto made = makeDir(fresh, 0755); !made) return made;
  for (const auto& [name, file] : files) {
    fs::path path = fresh / name;
    fs::create_directories(path.parent_path(), error);
    int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return failed("write " + path.string() + ": " + std::strerror(errno));
    std::string_view left = file.content;
    while (!left.empty()) {
      ssize_t n = ::write(fd, left.data(), left.size());
      if (n <= 0) {
        ::close(fd);
        return failed("write " + path.string() + ": " + std::strerror(errno));
      }
      left.remove_prefix(static_cast<std::size_t>(n));
    }
    int mode = file.mode;
    if (group) {
      if (::fchown(fd, static_cast<uid_t>(-1), static_cast<gid_t>(*group)) == 0) mode |= 0440;
    }
    ::fchmod(fd, static_cast<mode_t>(mode));
    ::close(fd);
  }
  fs::path link = folder / "..data_tmp";
  fs::remove(link, error);
  fs::create_symlink(stamp, link, error);
  if (!error) fs::rename(link, data, error);
  if (error) return failed("replace " + data.string() + ": " + error.message());
  for (const auto& [name, file] : files) {
    std::string top = name.substr(0, name.find('/'));
    if (!fs::is_symlink(folder / top, error)) fs::create_symlink("..data/" + top, folder / top, error);
  }
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::string name = entry.path().filename().string();
    if (name.starts_with("..")) continue;
    bool wanted = std::any_of(files.begin(), files.end(), [&](const auto& f) { return f.first.substr(0, f.first.find('/')) == name; });
    if (!wanted) fs::remove(entry.path(), error);
  }
  if (!old.empty()) fs::remove_all(folder / old, error);
  return {};
}

fs::path Volumes::pathOf(const k8s::Pod& pod, const k8s::Volume& volume) const {
  if (volume.hostPath) return volume.hostPath->path;
  const char* plugin = volume.emptyDir      ? "empty-dir"
                       : volume.configMap   ? "configmap"
                       : volume.secret      ? "secret"
                       : volume.downwardAPI ? "downward-api"
                                            : "projected";
  return podDir(pod.metadata.uid) / "volumes" / (std::string("kubernetes.io~") + plugin) / volume.name;
}

Result<Files> Volumes::filesOf(const k8s::Pod& pod, const k8s::Volume& volume, const NodeFacts& node) {
  Files files;
  const std::string& ns = pod.metadata.namespace_;
  std::string missing;
  auto fromSecret = [&](const std::string& name, const std::vector<k8s::KeyToPath>& items, int mode, bool optional) -> Result<void> {
    auto data = objects_.secret(ns, name);
    if (!data && !(optional && data.error().reason == Reason::NotFound)) return data.error();
    if (data) addKeys(**data, items, mode, files, missing);
    if (!missing.empty() && !optional) return failed("references non-existent secret key: " + missing);
    return {};
  };
  auto fromConfigMap = [&](const std::string& name, const std::vector<k8s::KeyToPath>& items, int mode, bool optional) -> Result<void> {
    auto data = objects_.configMap(ns, name);
    if (!data && !(optional && data.error().reason == Reason::NotFound)) return data.error();
    if (data) addKeys(**data, items, mode, files, missing);
    if (!missing.empty() && !optional) return failed("references non-existent config key: " + missing);
    return {};
  };
  auto fromDownward = [&](const std::vector<k8s::DownwardAPIVolumeFile>& items, int mode) -> Result<void> {
    for (const auto& item : items) {
      if (!isSafeRelative(item.path)) continue;
      Result<std::string> value = std::string();
      if (item.fieldRef)
        value = fieldValue(pod, item.fieldRef->fieldPath, node, pod.status.podIP);
      else if (item.resourceFieldRef)
        value = resourceFieldValue(pod, pod.spec.containers.front(), *item.resourceFieldRef, node);
      if (!value) return value.error();
      files[item.path] = {*value, item.mode.value_or(mode)};
    }
    return {};
  };
  Result<void> done;
  if (volume.secret)
    done = fromSecret(volume.secret->secretName, volume.secret->items, volume.secret->defaultMode.value_or(0644),
                      volume.secret->optional.value_or(false));
  else if (volume.configMap)
    done = fromConfigMap(volume.configMap->name, volume.configMap->items, volume.configMap->defaultMode.value_or(0644),
                         volume.configMap->optional.value_or(false));
  else if (volume.downwardAPI)
    done = fromDownward(volume.downwardAPI->items, volume.downwardAPI->defaultMode.value_or(0644));
  else if (volume.projected) {
    int mode = volume.projected->defaultMode.value_or(0644);
    for (const auto& source : volume.projected->sources) {
      missing.clear();
      if (source.secret)
        done = fromSecret(source.secret->name, source.secret->items, mode, source.secret->optional.value_or(false));
      else if (source.configMap)
        done = fromConfigMap(source.configMap->name, source.configMap->items, mode, source.configMap->optional.value_or(false));
      else if (source.downwardAPI)
        done = fromDownward(source.downwardAPI->items, mode);
      else if (source.serviceAccountToken) {
        auto token =
            objects_.token(pod, source.serviceAccountToken->audience, source.serviceAccountToken->expirationSeconds.value_or(3600));
        if (!token)
          done = token.error();
        else if (isSafeRelative(source.serviceAccountToken->path))
          files[source.serviceAccountToken->path] = {*token, pod.spec.securityContext && pod.spec.securityContext->fsGroup ? 0600 : mode};
      } else {
        done = failed("projected volume source is not supported");
      }
      if (!done) break;
    }
  }
  if (!done) return done.error();
  return files;
}

namespace {

Result<void> prepareHostPath(const k8s::HostPathVolumeSource& source) {
  std::string type = source.type.value_or("");
  std::error_code error;
  fs::file_status status = fs::status(source.path, error);
  auto wrong = [&](const char* what) { return failed("hostPath type check failed: " + source.path + " is not a " + what); };
  if (type == "DirectoryOrCreate" && !fs::exists(status)) return makeDir(source.path, 0755);
  if (type == "FileOrCreate" && !fs::exists(status)) {
    int fd = ::open(source.path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) return failed("create " + source.path + ": " + std::strerror(errno));
    ::close(fd);
    return {};
  }
  if ((type == "Directory" || type == "DirectoryOrCreate") && !fs::is_directory(status)) return wrong("directory");
  if ((type == "File" || type == "FileOrCreate") && !fs::is_regular_file(status)) return wrong("file");
  if (type == "Socket" && !fs::is_socket(status)) return wrong("socket file");
  if (type == "CharDevice" && !fs::is_character_file(status)) return wrong("character device");
  if (type == "BlockDevice" && !fs::is_block_file(status)) return wrong("block device");
  return {};
}

}  // namespace

Result<void> Volumes::setUpOne(const k8s::Pod& pod, const k8s::Volume& volume, const NodeFacts& node) {
  if (volume.hostPath) return prepareHostPath(*volume.hostPath);
  std::optional<std::int64_t> group;
  if (pod.spec.securityContext) group = pod.spec.securityContext->fsGroup;
  fs::path path = pathOf(pod, volume);
  if (volume.emptyDir) {
    std::error_code error;
    bool fresh = !fs::exists(path, error);
    // The pod may have changed the mode since: it is set once.
    if (fresh)
      if (auto made = makeDir(path, 0777); !made) return made;
    if (volume.emptyDir->medium == "Memory") {
      std::int64_t size = volume.emptyDir->sizeLimit ? volume.emptyDir->sizeLimit->value().value_or(0) : 0;
      if (auto mounted = mountTmpfs(path, size, "0777"); !mounted) return mounted;
    }
    if (fresh && group) applyGroup(path, *group);
    return {};
  }
  if (!volume.configMap && !volume.secret && !volume.downwardAPI && !volume.projected)
    return failed("this kind of volume is not supported by kubelet-lite");
  auto files = filesOf(pod, volume, node);
  if (!files) return files.error();
  if (auto made = makeDir(path, 0755); !made) return made;
  if (volume.secret || volume.projected)
    if (auto mounted = mountTmpfs(path, 0, "0755"); !mounted) return mounted;  // never on disk
  return writeAtomically(path, *files, group);
}

std::optional<Volumes::Failure> Volumes::setUp(const k8s::Pod& pod, const NodeFacts& node) {
  for (const auto& volume : pod.spec.volumes)
    if (auto done = setUpOne(pod, volume, node); !done) return Failure{volume.name, done.error().message};
  return std::nullopt;
}

Result<void> Volumes::tearDown(const std::string& uid) {
  fs::path dir = podDir(uid);
  std::error_code error;
  if (!fs::exists(dir, error)) return {};
  std::ifstream mounts("/proc/self/mounts");
  std::string device, point, rest;
  std::vector<std::string> below;
  while (mounts >> device >> point && std::getline(mounts, rest))
    if (point.starts_with(dir.string() + "/")) below.push_back(point);
  for (auto it = below.rbegin(); it != below.rend(); ++it)
    if (::umount2(it->c_str(), MNT_DETACH) != 0 && errno != EINVAL) return failed("unmount " + *it + ": " + std::strerror(errno));
  fs::remove_all(dir, error);
  if (error) return failed("remove " + dir.string() + ": " + error.message());
  return {};
}

}  // namespace taskpod::kubelet
