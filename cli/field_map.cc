// taskpod field-map: the table as Markdown, for docs/field-map.md.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "cli/stream.h"
#include "taskpod/translate/field_map.h"

namespace taskpod::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHead =
    "# Field map\n\nMade by `taskpod field-map tests/testdata/fixtures`; do not edit.\n\n"
    "| word | meaning |\n| --- | --- |\n"
    "| Exact | the same thing on both sides |\n"
    "| Converted | another unit or spelling, nothing lost |\n"
    "| Annotated | carried by an annotation that Taskpod's own parts obey |\n"
    "| Approximated | the nearest native form; the rest is kept for the way back |\n"
    "| Unsupported | no meaning on the other side; kept for the way back |\n";

std::string code(std::string_view path) {
  std::string out;
  for (char c : path)
    if (c != '\\') out += c;
  return out.empty() ? "" : "`" + out + "`";
}

void printRows(std::string_view title, std::span<const translate::FieldRow> rows, bool fromEcs) {
  std::cout << "\n## " << title << "\n\n"
            << (fromEcs ? "| ECS task definition | pod |" : "| pod | ECS task definition |")
            << " fidelity | note |\n| --- | --- | --- | --- |\n";
  for (const auto& row : rows)
    std::cout << "| " << code(fromEcs ? row.ecs : row.pod) << " | " << code(fromEcs ? row.pod : row.ecs) << " | "
              << translate::toString(row.fidelity) << " | " << row.note << " |\n";
}

// How much of each document went native. False if one cannot be converted.
bool printStats(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (at->path().extension() == ".json" || at->path().extension() == ".yaml") files.push_back(at->path().string());
  std::sort(files.begin(), files.end());
  std::cout << "\n## How much goes native\n\nOver the project's fixtures: members of the source that are native fields or annotations on "
               "the other "
               "side, and the bytes of what is kept for the way back (`taskpod convert --stats`).\n\n"
               "| document | members | native | bytes | kept |\n| --- | --- | --- | --- | --- |\n";
  translate::Report sum;
  for (const auto& file : files) {
    auto stream = convertFiles({file}, {});
    if (!stream) {
      std::cerr << "taskpod field-map: " << stream.error().message << "\n";
      return false;
    }
    for (const auto& document : stream->converted.result.documents) {
      const auto& report = document.report;
      if (report.members == 0) continue;
      std::cout << "| " << fs::relative(file, folder).string() << " | " << report.members << " | " << 100 * report.native / report.members
                << " % | " << report.sourceBytes << " | " << report.residualBytes << " |\n";
      sum.members += report.members;
      sum.native += report.native;
      sum.sourceBytes += report.sourceBytes;
      sum.residualBytes += report.residualBytes;
    }
  }
  std::cout << "| **all** | " << sum.members << " | " << 100 * sum.native / std::max<std::size_t>(sum.members, 1) << " % | "
            << sum.sourceBytes << " | " << sum.residualBytes << " |\n";
  return true;
}

}  // namespace

void addFieldMap(CLI::App& app, int& exitCode) {
  auto fixtures = std::make_shared<std::string>();
  auto* command =
      app.add_subcommand("field-map", "Prints which task definition field is which pod field, and the other way round, as Markdown.");
  command->footer("Example:\n  taskpod field-map tests/testdata/fixtures > docs/field-map.md");
  command->add_option("DIR", *fixtures, "documents to give statistics of");
  command->callback([fixtures, &exitCode] {
    std::cout << kHead;
    printRows("From a task definition", translate::fieldRows(), true);
    std::vector<translate::FieldRow> pod(translate::podRows().begin(), translate::podRows().end());
    std::stable_sort(pod.begin(), pod.end(), [](const auto& a, const auto& b) { return a.pod < b.pod; });
    printRows("From a pod", pod, false);
    if (!fixtures->empty() && !printStats(*fixtures)) exitCode = 2;
  });
}

}  // namespace taskpod::cli
