// Files to one converted stream: what `convert`, its directory mode and `diff` share.
#pragma once

#include <string>
#include <vector>

#include "cli/documents.h"
#include "cli/report.h"

namespace taskpod::cli {

struct ReadOptions {
  std::string to;  // "pod", "ecs", "" for whatever the documents are not
  translate::StreamOptions stream;
};

struct Stream {
  Converted converted;
  std::vector<std::string> warnings;  // of Compose files, templates and the like
  std::vector<std::string> skipped;   // documents of kinds that have no counterpart: "app.yaml, document 2: ConfigMap web"
};

// Reads the files and converts all their documents together. The error names file, document and path.
Result<Stream> convertFiles(const std::vector<std::string>& files, const ReadOptions& options);

// The documents of a converted stream as text, and a file name for each of them ("web.yaml", "web.service.yaml").
std::string textOf(const json::Document& document, Format format);
std::vector<std::string> fileNames(const translate::StreamConversion& result, Format format);
Format formatFor(const std::string& output, translate::Direction direction);

// Writes by rename: the file is there whole or not at all.
Result<void> writeFile(const std::string& path, const std::string& text);

// What does not come back when `stream` is converted back: empty if everything does, a line per difference else.
std::vector<std::string> roundTripDifferences(const Converted& converted);

}  // namespace taskpod::cli
