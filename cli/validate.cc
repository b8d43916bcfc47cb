// taskpod validate: what ECS or Kubernetes would refuse, all of it at once.
#include <unistd.h>

#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "cli/documents.h"
#include "cli/report.h"
#include "taskpod/json/codec.h"
#include "taskpod/translate/validate.h"

namespace taskpod::cli {
namespace {

using translate::Problem;

struct Options {
  std::vector<std::string> files;
  std::string output = "table";
};

struct Checked {
  std::string origin;
  std::vector<Problem> problems;
};

bool hasRules(std::string_view kind) {
  return kind == "Pod" || kind == "Deployment" || kind == "DaemonSet" || kind == "Job" || kind == "CronJob";
}

std::vector<Problem> problemsOf(const json::Value& root) {
  std::string_view kind = translate::kindOf(root);
  if (kind == "TaskDefinition" || kind.empty()) return translate::validateTaskDefinition(root);
  return hasRules(kind) ? translate::validateKubernetes(root) : std::vector<Problem>();
}

// A document that is nothing known: objects of other kinds have no rules here, anything else is taken for a task definition.
bool isPassedOver(const json::Value& root) { return translate::kindOf(root).empty() && root.find("kind"); }

std::string tableOf(const Checked& checked, bool colour) {
  std::string out =
      checked.origin + ": " +
      (checked.problems.empty() ? "valid"
                                : std::to_string(checked.problems.size()) + " problem" + (checked.problems.size() > 1 ? "s" : "")) +
      "\n";
  for (const Problem& problem : checked.problems) {
    std::string path = problem.path.empty() ? "(the document)" : problem.path;
    out += "  " + (colour ? "\033[31m" + path + "\033[0m" : path) + "\n    " + problem.message +
           (problem.exception.empty() ? "" : "  [" + problem.exception + "]") + "\n";
    if (!problem.hint.empty()) out += "    hint: " + problem.hint + "\n";
  }
  return out;
}

std::string jsonOf(const std::vector<Checked>& all) {
  json::Document d;
  std::vector<json::Value> documents;
  for (const Checked& checked : all) {
    std::vector<json::Value> problems;
    for (const Problem& problem : checked.problems) {
      const json::Member members[] = {{"path", d.string(problem.path)},
                                      {"exception", d.string(problem.exception)},
                                      {"message", d.string(problem.message)},
                                      {"hint", d.string(problem.hint)}};
      problems.push_back(d.object(members));
    }
    const json::Member members[] = {{"source", d.string(checked.origin)}, {"problems", d.array(problems)}};
    documents.push_back(d.object(members));
  }
  return json::writePretty(d.array(documents));
}

int run(const Options& options) {
  std::vector<std::string> warnings;
  auto documents = readDocuments(options.files.empty() ? std::vector<std::string>{"-"} : options.files, warnings);
  if (!documents) {
    std::cerr << "taskpod validate: " << documents.error().message << "\n";
    return 2;
  }
  std::vector<Checked> all;
  bool valid = true;
  for (const Named& named : *documents) {
    if (isPassedOver(named.document.root())) {
      std::cerr << "skipped, no rules for it: " << named.origin << ": " << named.document.root().stringAt("kind") << "\n";
      continue;
    }
    all.push_back({named.origin, problemsOf(named.document.root())});
    valid = valid && all.back().problems.empty();
  }
  for (const auto& warning : warnings) std::cerr << "warning: " << warning << "\n";
  if (options.output == "json") std::cout << jsonOf(all);
  if (options.output == "table")
    for (const Checked& checked : all) std::cout << tableOf(checked, isColourTerminal(STDOUT_FILENO));
  return valid ? 0 : 1;
}

}  // namespace

void addValidate(CLI::App& app, int& exitCode) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("validate",
                         "Says what ECS or Kubernetes would refuse in task definitions, pods, Deployments, DaemonSets, Jobs and CronJobs:\n"
                         "every problem with its path, in the words that AWS or kube-apiserver use, and how to mend it.");
  command->footer(
      "Examples:\n"
      "  taskpod validate taskdef.json pod.yaml\n"
      "  taskpod validate -o json *.json | jq '.[].problems[].path'\n\n"
      "Exit codes: 0 all valid, 1 problems, 2 a file cannot be read.");
  command->add_option("FILE", options->files, "JSON or YAML, one or more documents each; - or nothing for standard input");
  command->add_option("-o,--output", options->output, "table or json")->check(CLI::IsMember({"table", "json"}));
  command->callback([options, &exitCode] { exitCode = run(*options); });
}

}  // namespace taskpod::cli
