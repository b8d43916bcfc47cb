// Trees of documents: every file a stream of its own, converted by all cores.
#pragma once

#include <string>
#include <vector>

#include "cli/stream.h"

namespace taskpod::cli {

struct DirectoryOptions {
  std::vector<std::string> roots;  // directories, and files beside them
  ReadOptions read;
  std::string output, outputDir;
  bool check = false, stats = false, strict = false;
};

// Converts every .json, .yaml and .yml file below the roots; what FILE becomes stands at the same place below the output directory. A file
// that cannot be converted is told and the others go on. Shows a progress bar on a terminal and a summary at the end. Ctrl-C ends between
// two files. Returns the exit code.
int convertDirectories(const DirectoryOptions& options);

}  // namespace taskpod::cli
