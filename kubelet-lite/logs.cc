#include "kubelet-lite/logs.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>

#include "taskpod/net/http.h"

namespace taskpod::kubelet {
namespace {

constexpr std::size_t kBlock = 64u << 10;

Result<std::int64_t> number(const std::string& name, const std::string& text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= 0) return value;
  return Error{Reason::BadRequest, name + ": \"" + text + "\" is no number of 0 or more", 0};
}

class File {
 public:
  explicit File(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool isOpen() const { return fd_ >= 0; }
  int descriptor() const { return fd_; }
  ino_t inode() const {
    struct stat info {};
    return ::fstat(fd_, &info) == 0 ? info.st_ino : 0;
  }

 private:
  int fd_;
};

// Where the last `lines` lines begin.
off_t tailOffset(int fd, std::int64_t lines) {
  off_t end = ::lseek(fd, 0, SEEK_END);
  std::string block(kBlock, '\0');
  std::int64_t found = 0;
  for (off_t at = end; at > 0;) {
    off_t from = at > static_cast<off_t>(kBlock) ? at - static_cast<off_t>(kBlock) : 0;
    ssize_t n = ::pread(fd, block.data(), static_cast<std::size_t>(at - from), from);
    if (n <= 0) return 0;
    for (ssize_t i = n - 1; i >= 0; --i) {
      if (block[static_cast<std::size_t>(i)] != '\n' || from + i == end - 1) continue;
      if (++found == lines) return from + i + 1;
    }
    at = from;
  }
  return 0;
}

class LineSender {
 public:
  LineSender(const LogOptions& options, WallTime now, const std::function<bool(std::string_view)>& send)
      : options_(options),
        send_(send),
        left_(options.limitBytes.value_or(INT64_MAX)) {
    since_ = options.since;
    if (options.sinceSeconds) since_ = now - std::chrono::seconds(*options.sinceSeconds);
  }

  // False once nothing more is wanted.
  bool line(std::string_view line) {
    auto first = line.find(' ');
    auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    auto third = second == std::string_view::npos ? second : line.find(' ', second + 1);
    if (third == std::string_view::npos) return true;  // not a line of the runtime's
    std::string_view time = line.substr(0, first);
    std::string_view stream = line.substr(first + 1, second - first - 1);
    bool partial = line.substr(second + 1, third - second - 1).starts_with('P');
    if (options_.stream == "Stdout" && stream != "stdout") return true;
    if (options_.stream == "Stderr" && stream != "stderr") return true;
    if (since_) {
      auto at = parseTime(time);
      if (at && *at < *since_) return true;
    }
    std::string out;
    if (options_.timestamps) out = std::string(time) + " ";
    out += line.substr(third + 1);
    if (!partial) out += '\n';
    if (static_cast<std::int64_t>(out.size()) > left_) out.resize(static_cast<std::size_t>(left_));
    left_ -= static_cast<std::int64_t>(out.size());
    return (out.empty() || send_(out)) && left_ > 0;
  }

 private:
  const LogOptions& options_;
  const std::function<bool(std::string_view)>& send_;
  std::int64_t left_;
  std::optional<WallTime> since_;
};

// Reads on to the end of the file; false once nothing more is wanted.
bool drain(int fd, std::string& rest, LineSender& sender) {
  char block[kBlock];
  for (;;) {
    ssize_t n = ::read(fd, block, sizeof block);
    if (n <= 0) return true;
    rest.append(block, static_cast<std::size_t>(n));
    std::size_t from = 0;
    for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', from)) {
      if (!sender.line(std::string_view(rest).substr(from, end - from))) return false;
      from = end + 1;
    }
    rest.erase(0, from);
  }
}

}  // namespace

Result<LogOptions> parseLogOptions(std::string_view query) {
  LogOptions out;
  for (const auto& [name, value] : net::parseQuery(query)) {
    auto flag = [&value = value] { return value == "true" || value == "1"; };
    if (name == "follow") out.follow = flag();
    if (name == "previous") out.previous = flag();
    if (name == "timestamps") out.timestamps = flag();
    if (name == "stream") out.stream = value;
    if (name == "sinceTime") {
      out.since = parseTime(value);
      if (!out.since) return Error{Reason::BadRequest, "sinceTime: \"" + value + "\" is no RFC 3339 time", 0};
    }
    for (auto [key, member] :
         {std::pair{"tailLines", &out.tailLines}, std::pair{"limitBytes", &out.limitBytes}, std::pair{"sinceSeconds", &out.sinceSeconds}}) {
      if (name != key) continue;
      auto parsed = number(name, value);
      if (!parsed) return parsed.error();
      *member = *parsed;
    }
  }
  return out;
}

void sendLog(const std::string& path, const LogOptions& options, WallTime now, const net::Canceller& canceller,
             const std::function<bool()>& running, const std::function<bool(std::string_view)>& send) {
  auto file = std::make_unique<File>(path);
  if (!file->isOpen()) return;
  LineSender sender(options, now, send);
  std::string rest;
  if (options.tailLines)
    ::lseek(file->descriptor(),
            *options.tailLines == 0 ? ::lseek(file->descriptor(), 0, SEEK_END) : tailOffset(file->descriptor(), *options.tailLines),
            SEEK_SET);
  int watch = options.follow ? ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK) : -1;
  if (watch >= 0) ::inotify_add_watch(watch, path.substr(0, path.rfind('/')).c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO);
  for (;;) {
    bool alive = options.follow && running();
    if (!drain(file->descriptor(), rest, sender)) break;
    if (!options.follow) break;
    auto fresh = std::make_unique<File>(path);
    if (fresh->isOpen() && fresh->inode() != file->inode()) {  // rotated
      if (!drain(file->descriptor(), rest, sender)) break;
      file = std::move(fresh);
      continue;
    }
    if (!alive || !send("")) break;
    constexpr int kLookAgainMillis = 500;  // for a container that ended without a word
    pollfd fds[2] = {{watch, POLLIN, 0}, {canceller.descriptor(), POLLIN, 0}};
    ::poll(fds, 2, kLookAgainMillis);
    if (fds[1].revents) break;
    char events[4096];
    while (watch >= 0 && ::read(watch, events, sizeof events) > 0) {
    }
  }
  if (!rest.empty() && !options.follow) sender.line(rest);
  if (watch >= 0) ::close(watch);
}

}  // namespace taskpod::kubelet
