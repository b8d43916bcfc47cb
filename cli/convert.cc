// taskpod convert: ECS documents to Kubernetes objects, and back.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "cli/directory.h"
#include "cli/secrets.h"
#include "cli/stream.h"

namespace taskpod::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> files;
  ReadOptions read;
  std::string kubeVersion;
  std::string output;
  std::string outputDir;
  std::string report;
  std::string explain;
  bool strict = false, check = false, stats = false, emitSecrets = false;
};

int fail(const std::string& message, int code = 2) {
  std::cerr << "taskpod convert: " << message << "\n";
  return code;
}

// ---- --explain

std::string shown(std::string_view path) {
  std::string out;
  for (char c : path)
    if (c != '\\') out += c;
  return out;
}

// "containerDefinitions[0].image" names the row of "containerDefinitions[].image".
std::string withoutIndices(const std::string& path) {
  std::string out;
  bool inside = false;
  for (char c : path) {
    if (c == ']') inside = false;
    if (!inside) out += c;
    if (c == '[') inside = true;
  }
  return out;
}

void printRow(const translate::FieldRow& row, const std::string& from, std::string_view to) {
  std::cout << from << "\n  " << translate::toString(row.fidelity) << (to.empty() ? ", no field on the other side" : ", " + shown(to))
            << "\n";
  if (!row.note.empty()) std::cout << "  " << row.note << "\n";
}

int explain(const std::string& path) {
  std::string plain = withoutIndices(path);
  const auto* ecs = translate::findFieldRow(plain);
  const auto* pod = translate::findPodRow(plain);
  if (ecs) printRow(*ecs, std::string(ecs->ecs), ecs->pod);
  if (pod) printRow(*pod, shown(pod->pod), pod->ecs);
  if (ecs || pod) return 0;
  return fail("--explain: no field \"" + path +
              "\": give a path as in containerDefinitions[].healthCheck or spec.containers[].image; `taskpod field-map` lists all");
}

// ---- one stream

void printReports(const Options& options, const std::vector<Converted>& all) {
  std::string report = options.report.empty() ? (options.stats ? "none" : "table") : options.report;
  std::string out;
  if (report == "json") out = reportJson(all);
  if (report == "table")
    for (const auto& converted : all) out += reportTable(converted, isColourTerminal(STDERR_FILENO));
  if (options.stats) out += statsTable(all);
  std::fwrite(out.data(), 1, out.size(), stderr);
}

Result<void> writeToFolder(const Options& options, const Converted& converted, const std::vector<json::Document>& secrets, Format format) {
  std::error_code error;
  fs::create_directories(options.outputDir, error);
  if (error) return Error{Reason::InternalError, options.outputDir + ": " + error.message(), 0};
  auto names = fileNames(converted.result, format);
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto done = writeFile((fs::path(options.outputDir) / names[i]).string(), textOf(converted.result.documents[i].document, format));
    if (!done) return done.error();
  }
  if (secrets.empty()) return {};
  return writeFile((fs::path(options.outputDir) / (format == Format::Json ? "secrets.json" : "secrets.yaml")).string(),
                   writeDocuments(secrets, format));
}

Result<void> writeAll(const Options& options, Converted& converted, std::vector<json::Document> secrets) {
  Format format = formatFor(options.output, converted.direction);
  if (!options.outputDir.empty()) return writeToFolder(options, converted, secrets, format);
  std::vector<json::Document> documents = std::move(secrets);
  for (auto& document : converted.result.documents) documents.push_back(std::move(document.document));
  std::string text = writeDocuments(documents, format);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return Error{Reason::InternalError, "standard output: cannot be written", 0};
  return {};
}

int check(const Converted& converted) {
  auto differences = roundTripDifferences(converted);
  std::cout << converted.origin << ": " << (differences.empty() ? "comes back equal" : std::to_string(differences.size()) + " differences")
            << "\n";
  for (const auto& line : differences) std::cout << "  " << line << "\n";
  return differences.empty() ? 0 : 1;
}

int convertOne(const Options& options) {
  auto stream = convertFiles(options.files.empty() ? std::vector<std::string>{"-"} : options.files, options.read);
  if (!stream) return fail(stream.error().message);
  for (const auto& warning : stream->warnings) std::cerr << "warning: " << warning << "\n";
  for (const auto& skipped : stream->skipped) std::cerr << "skipped, no counterpart: " << skipped << "\n";
  if (options.check) return check(stream->converted);
  std::vector<Converted> all;
  all.push_back(std::move(stream->converted));
  auto needed = secretsNeeded(all.front());
  printReports(options, all);
  if (options.report != "none" && options.report != "json" && !needed.empty()) std::cerr << secretsTable(needed);
  if (options.strict && (!isExact(all.front()) || !stream->skipped.empty()))
    return fail("--strict: not everything goes over exactly, nothing was written", 1);
  auto done = writeAll(options, all.front(), options.emitSecrets ? secretSkeletons(needed) : std::vector<json::Document>{});
  return done ? 0 : fail(done.error().message);
}

bool hasDirectory(const std::vector<std::string>& files) {
  for (const auto& file : files)
    if (std::error_code error; file != "-" && fs::is_directory(file, error)) return true;
  return false;
}

int run(Options& options) {
  if (!options.explain.empty()) return explain(options.explain);
  if (!options.kubeVersion.empty()) {
    int minor = options.kubeVersion.starts_with("1.") ? std::atoi(options.kubeVersion.c_str() + 2) : 0;
    if (minor < translate::kOldestMinor || minor > translate::kNewestMinor)
      return fail("--kube-version " + options.kubeVersion + ": one of 1." + std::to_string(translate::kOldestMinor) + " to 1." +
                  std::to_string(translate::kNewestMinor));
    options.read.stream.kubeMinor = minor;
  }
  options.read.stream.reports = options.strict || options.stats || options.report != "none";
  if (options.check) options.read.stream.reports = false;
  if (!hasDirectory(options.files)) return convertOne(options);
  options.read.stream.reports = options.stats || options.strict;
  DirectoryOptions directory{options.files, options.read, options.output, options.outputDir, options.check, options.stats, options.strict};
  if (options.outputDir.empty() && !options.check && !options.stats)
    return fail(options.files.front() + ": a directory needs --output-dir for what it becomes (or --check, --stats)");
  return convertDirectories(directory);
}

}  // namespace

void addConvert(CLI::App& app, int& exitCode) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("convert",
                         "Converts ECS task definitions, services, tasks and schedules to Kubernetes objects, and back.\n\n"
                         "What one side cannot say travels in an annotation or a docker label, so that converting back gives the\n"
                         "source again. What did not go over exactly is told on standard error.");
  command->footer(
      "Examples:\n"
      "  taskpod convert taskdef.json | kubectl apply -f -\n"
      "  taskpod convert service.json taskdef.json             a Deployment with its Services\n"
      "  aws ecs describe-task-definition --task-definition web | taskpod convert -\n"
      "  taskpod convert compose.yaml | kubectl apply -f -     also CloudFormation templates and terraform show -json\n"
      "  kubectl get pod web -o json | taskpod convert --to ecs\n"
      "  taskpod convert --check *.json                        does everything come back?\n"
      "  taskpod convert definitions/ --output-dir manifests/  a whole tree\n"
      "  taskpod convert --explain containerDefinitions[].healthCheck\n\n"
      "Exit codes: 0 converted; 1 --strict or --check says no; 2 input that cannot be converted, nothing was written.");
  command->add_option("FILE", options->files,
                      "files or directories, JSON or YAML, one or more documents each; - or nothing for standard input");
  command->add_option("--to", options->read.to, "pod or ecs; found by itself if not given")->check(CLI::IsMember({"pod", "ecs"}));
  command->add_option("--kube-version", options->kubeVersion,
                      "the Kubernetes version that pods are for, 1.29 to 1.36 (the newest if not given)");
  command->add_option("-o,--output", options->output, "yaml (for Kubernetes) or json (for ECS) if not given")
      ->check(CLI::IsMember({"yaml", "json"}));
  command->add_option("--output-dir", options->outputDir, "write a file per document there, each whole or not at all");
  command->add_option("--report", options->report, "what did not go over exactly, on standard error: table, json or none")
      ->check(CLI::IsMember({"table", "json", "none"}));
  command->add_option("--explain", options->explain, "say what becomes of a field, and why")->type_name("PATH");
  command->add_flag("--check", options->check, "convert there and back, write nothing, say what differs");
  command->add_flag("--stats", options->stats, "a line per document: members, how many native, bytes kept");
  command->add_flag("--emit-secrets", options->emitSecrets, "write skeletons of the Secrets that pods refer to");
  command->add_flag("--strict", options->strict, "write nothing and exit with 1 unless everything goes over exactly");
  command->callback([options, &exitCode] { exitCode = run(*options); });
}

}  // namespace taskpod::cli
