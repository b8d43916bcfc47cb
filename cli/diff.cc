// taskpod diff: two documents of either vocabulary, compared by meaning.
#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "cli/differences.h"
#include "cli/stream.h"
#include "taskpod/translate/meaning.h"

namespace taskpod::cli {
namespace {

struct Options {
  std::string a, b;
};

// The one task definition of a file, whatever it is written as, with everything written out that has a default.
Result<json::Document> meaningOf(const std::string& file) {
  std::vector<std::string> warnings;
  auto documents = readDocuments({file}, warnings);
  if (!documents) return documents.error();
  if (documents->size() != 1)
    return Error{Reason::BadRequest, file + ": holds " + std::to_string(documents->size()) + " documents, one is compared", 0};
  auto meaning = translate::meaningOf(documents->front().document.root());
  if (!meaning) return Error{meaning.error().reason, file + ": " + meaning.error().message, 0};
  return meaning;
}

int run(const Options& options) {
  auto a = meaningOf(options.a);
  auto b = meaningOf(options.b);
  for (const auto* side : {&a, &b}) {
    if (*side) continue;
    std::cerr << "taskpod diff: " << side->error().message << "\n";
    return 2;
  }
  auto lines = differencesOf(a->root(), b->root());
  for (const auto& line : lines) std::cout << line << "\n";
  return lines.empty() ? 0 : 1;
}

}  // namespace

void addDiff(CLI::App& app, int& exitCode) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("diff",
                         "Compares two documents by meaning: task definitions and pods, in any combination.\n\n"
                         "Both are seen as task definitions with all defaults written out; spelling (\"1 vCPU\", 1024), order of members\n"
                         "and what an API server adds do not count.");
  command->footer(
      "Examples:\n"
      "  taskpod diff taskdef.json pod.yaml\n"
      "  kubectl get pod web -o json | taskpod diff taskdef.json -\n\n"
      "Exit codes: 0 they mean the same, 1 they differ, 2 bad input.");
  command->add_option("A", options->a, "a file, or - for standard input")->required();
  command->add_option("B", options->b, "a file, or - for standard input")->required();
  command->callback([options, &exitCode] { exitCode = run(*options); });
}

}  // namespace taskpod::cli
