#include "cli/directory.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <thread>

namespace taskpod::cli {
namespace {

namespace fs = std::filesystem;

volatile std::sig_atomic_t interrupted = 0;

struct Job {
  std::string file;
  std::string target;  // below the output directory, without extension
};

bool isDocument(const fs::path& path) { return path.extension() == ".json" || path.extension() == ".yaml" || path.extension() == ".yml"; }

Result<std::vector<Job>> jobsIn(const std::vector<std::string>& roots) {
  std::vector<Job> out;
  for (const auto& root : roots) {
    std::error_code error;
    if (!fs::is_directory(root, error)) {
      out.push_back({root, fs::path(root).stem().string()});
      continue;
    }
    fs::recursive_directory_iterator end, at(root, error);
    for (; !error && at != end; at.increment(error)) {
      if (at->is_symlink(error) || !at->is_regular_file(error) || !isDocument(at->path())) continue;
      out.push_back({at->path().string(), fs::relative(at->path(), root, error).replace_extension().string()});
    }
    if (error) return Error{Reason::NotFound, root + ": " + error.message(), 0};
  }
  std::sort(out.begin(), out.end(), [](const Job& a, const Job& b) { return a.file < b.file; });
  return out;
}

class Progress {
 public:
  explicit Progress(std::size_t total) : total_(total), shows_(isatty(STDERR_FILENO)) {}
  void step() {
    std::size_t done = ++done_;
    std::size_t each = std::max<std::size_t>(total_ / 100, 1);
    if (!shows_ || done % each != 0) return;
    std::size_t filled = 30 * done / total_;
    std::fprintf(stderr, "\r[%s%s] %zu of %zu", std::string(filled, '#').c_str(), std::string(30 - filled, ' ').c_str(), done, total_);
  }
  void clear() const {
    if (shows_) std::fputs("\r\033[K", stderr);
  }

 private:
  std::size_t total_;
  bool shows_;
  std::atomic<std::size_t> done_{0};
};

class Run {
 public:
  Run(const DirectoryOptions& options, std::vector<Job> jobs) : options_(options), jobs_(std::move(jobs)), progress_(jobs_.size()) {}

  int all() {
    auto before = std::signal(SIGINT, [](int) { interrupted = 1; });
    {
      std::vector<std::jthread> threads;
      for (unsigned i = 0; i < std::max(std::thread::hardware_concurrency(), 1u); ++i) threads.emplace_back([this] { work(); });
    }
    std::signal(SIGINT, before);
    progress_.clear();
    std::sort(problems_.begin(), problems_.end());
    for (const auto& problem : problems_) std::cerr << problem << "\n";
    if (options_.stats) std::cerr << statsTable(kept_);
    std::cerr << jobs_.size() << " files: " << good_ << (options_.check ? " come back equal" : " converted");
    if (skipped_ > 0) std::cerr << ", " << skipped_ << " without a counterpart";
    if (bad_ > 0) std::cerr << ", " << bad_ << (options_.check ? " differ or cannot be converted" : " not converted");
    std::cerr << (interrupted ? ", interrupted\n" : "\n");
    if (interrupted) return 130;
    return bad_ == 0 ? 0 : options_.check || options_.strict ? 1 : 2;
  }

 private:
  void work() {
    for (std::size_t i = next_++; i < jobs_.size() && !interrupted; i = next_++) {
      one(jobs_[i]);
      progress_.step();
    }
  }

  void one(const Job& job) {
    auto stream = convertFiles({job.file}, options_.read);
    if (!stream) {
      bool nothing = stream.error().message.ends_with("has no counterpart on the other side");
      if (nothing)
        ++skipped_;
      else
        tell("taskpod convert: " + stream.error().message);
      return;
    }
    if (options_.strict && (!isExact(stream->converted) || !stream->skipped.empty()))
      return tell(job.file + ": --strict: not everything goes over exactly");
    if (options_.check) {
      auto differences = roundTripDifferences(stream->converted);
      if (!differences.empty()) return tell(job.file + ": " + differences.front());
    } else if (!options_.outputDir.empty()) {
      auto done = write(job, stream->converted);
      if (!done) return tell("taskpod convert: " + done.error().message);
    }
    ++good_;
    if (!options_.stats) return;
    std::lock_guard lock(mutex_);
    Converted summary{stream->converted.origin, stream->converted.direction, {}, {}};
    for (auto& document : stream->converted.result.documents) {
      summary.result.documents.emplace_back();
      summary.result.documents.back().report = std::move(document.report);
    }
    kept_.push_back(std::move(summary));
  }

  Result<void> write(const Job& job, Converted& converted) {
    Format format = formatFor(options_.output, converted.direction);
    fs::path target = fs::path(options_.outputDir) / (job.target + (format == Format::Json ? ".json" : ".yaml"));
    std::error_code error;
    fs::create_directories(target.parent_path(), error);
    if (error) return Error{Reason::InternalError, target.string() + ": " + error.message(), 0};
    std::vector<json::Document> documents;
    for (auto& document : converted.result.documents) documents.push_back(std::move(document.document));
    return writeFile(target.string(), writeDocuments(documents, format));
  }

  void tell(std::string problem) {
    ++bad_;
    std::lock_guard lock(mutex_);
    problems_.push_back(std::move(problem));
  }

  const DirectoryOptions& options_;
  std::vector<Job> jobs_;
  Progress progress_;
  std::atomic<std::size_t> next_{0}, good_{0}, bad_{0}, skipped_{0};
  std::mutex mutex_;
  std::vector<std::string> problems_;
  std::vector<Converted> kept_;
};

}  // namespace

int convertDirectories(const DirectoryOptions& options) {
  auto jobs = jobsIn(options.roots);
  if (!jobs) {
    std::cerr << "taskpod convert: " << jobs.error().message << "\n";
    return 2;
  }
  return Run(options, std::move(*jobs)).all();
}

}  // namespace taskpod::cli
