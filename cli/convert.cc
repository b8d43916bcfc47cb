// taskpod convert: task definitions to pods and pods to task definitions.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "cli/documents.h"
#include "taskpod/json/codec.h"
#include "taskpod/translate/convert.h"

namespace taskpod::cli {
namespace {

using translate::Direction;
using translate::Fidelity;
using translate::Report;

struct Options {
  std::vector<std::string> files;
  std::string to;
  std::string output;
  std::string outputDir;
  std::string report = "table";
  bool strict = false;
};

struct Converted {
  std::string origin;
  Direction direction;
  translate::Conversion conversion;
  Report report;
};

Error at(const std::string& origin, const Error& error) { return {error.reason, origin + ": " + error.message, 0}; }

Result<Direction> directionOf(const Named& named, const Options& options) {
  auto found = translate::directionFor(named.document.root());
  if (!found)
    return Error{Reason::BadRequest,
                 named.origin + ": neither a task definition (containerDefinitions) nor a pod (kind: Pod)" +
                     (named.document.root().find("kind") ? ", found kind: " + std::string(named.document.root().stringAt("kind")) : ""),
                 0};
  bool wantsPod = options.to == "pod";
  if (!options.to.empty() && wantsPod != (*found == Direction::ToPod))
    return Error{Reason::BadRequest,
                 named.origin + ": is " + (wantsPod ? "a pod" : "a task definition") + " already, --to " + options.to + " does not apply",
                 0};
  return *found;
}

Result<std::vector<Converted>> convertAll(const Options& options) {
  auto documents = readDocuments(options.files.empty() ? std::vector<std::string>{"-"} : options.files);
  if (!documents) return documents.error();
  std::vector<Converted> out;
  for (const Named& named : *documents) {
    auto direction = directionOf(named, options);
    if (!direction) return direction.error();
    auto conversion =
        *direction == Direction::ToPod ? translate::toPod(named.document.root()) : translate::toTaskDefinition(named.document.root());
    if (!conversion) return at(named.origin, conversion.error());
    Report report = translate::reportOf(named.document.root(), *conversion);
    out.push_back({named.origin, *direction, std::move(*conversion), std::move(report)});
  }
  return out;
}

std::string_view colourOf(Fidelity fidelity) {
  switch (fidelity) {
    case Fidelity::Exact: return "\033[32m";
    case Fidelity::Converted: return "\033[36m";
    case Fidelity::Annotated: return "\033[34m";
    case Fidelity::Approximated: return "\033[33m";
    case Fidelity::Unsupported: return "\033[31m";
  }
  return "";
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  if (out.size() < width) out.append(width - out.size(), ' ');
  return out;
}

void printTable(const Converted& converted, bool colour) {
  const Report& report = converted.report;
  std::string out = converted.origin + (converted.direction == Direction::ToPod ? " -> pod: " : " -> task definition: ");
  out += std::to_string(report.native) + " of " + std::to_string(report.members) + " members native, " +
         std::to_string(report.residualBytes) + " bytes kept for the way back\n";
  std::size_t width = 0;
  for (const auto& line : report.lines) width = std::max(width, line.path.size());
  for (const auto& line : report.lines) {
    std::string word = padded(translate::toString(line.fidelity), 13);
    out += "  " + (colour ? std::string(colourOf(line.fidelity)) + word + "\033[0m" : word) + padded(line.path, width + 2);
    if (!line.target.empty()) out += "-> ";
    for (char c : line.target)
      if (c != '\\') out += c;  // the table escapes dots inside keys
    if (line.residual) out += line.target.empty() ? "kept" : ", rest kept";
    out += line.note.empty() ? "\n" : "  (" + line.note + ")\n";
  }
  std::fwrite(out.data(), 1, out.size(), stderr);
}

void printJson(const std::vector<Converted>& all) {
  std::string out = "[";
  for (const auto& converted : all) {
    const Report& report = converted.report;
    if (out.size() > 1) out += ',';
    out += "{\"source\":";
    json::writeString(out, converted.origin);
    out += ",\"to\":\"" + std::string(converted.direction == Direction::ToPod ? "pod" : "ecs") +
           "\",\"members\":" + std::to_string(report.members) + ",\"native\":" + std::to_string(report.native) +
           ",\"sourceBytes\":" + std::to_string(report.sourceBytes) + ",\"residualBytes\":" + std::to_string(report.residualBytes) +
           ",\"lines\":[";
    for (std::size_t i = 0; i < report.lines.size(); ++i) {
      const auto& line = report.lines[i];
      out += i == 0 ? "{\"path\":" : ",{\"path\":";
      json::writeString(out, line.path);
      out += ",\"target\":";
      json::writeString(out, line.target);
      out += ",\"fidelity\":\"" + std::string(translate::toString(line.fidelity)) +
             "\",\"residual\":" + (line.residual ? "true" : "false") + ",\"note\":";
      json::writeString(out, line.note);
      out += "}";
    }
    out += "]}";
  }
  out += "]\n";
  std::fwrite(out.data(), 1, out.size(), stderr);
}

std::string fileName(const json::Value& root, Format format) {
  const json::Value* meta = root.find("metadata");
  std::string name(meta ? meta->stringAt("name") : root.stringAt("family"));
  if (name.empty() || name.find('/') != std::string::npos) name = "unnamed";
  return name + (format == Format::Json ? ".json" : ".yaml");
}

Result<void> writeAll(const Options& options, std::vector<Converted>& all) {
  Format format = options.output == "json"                    ? Format::Json
                  : options.output == "yaml"                  ? Format::Yaml
                  : all.front().direction == Direction::ToPod ? Format::Yaml
                                                              : Format::Json;
  std::vector<json::Document> documents;
  for (auto& converted : all) documents.push_back(std::move(converted.conversion.document));
  if (options.outputDir.empty()) {
    std::string text = writeDocuments(documents, format);
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
      return Error{Reason::InternalError, "standard output: cannot be written", 0};
    return {};
  }
  std::error_code error;
  std::filesystem::create_directories(options.outputDir, error);
  for (std::size_t i = 0; i < documents.size(); ++i) {
    std::vector<json::Document> one;
    std::filesystem::path path = std::filesystem::path(options.outputDir) / fileName(documents[i].root(), format);
    one.push_back(std::move(documents[i]));
    std::string text = writeDocuments(one, format);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    if (!file.flush()) return Error{Reason::InternalError, path.string() + ": cannot be written", 0};
  }
  return {};
}

int run(const Options& options) {
  auto all = convertAll(options);
  if (!all) {
    std::cerr << "taskpod convert: " << all.error().message << "\n";
    return 2;
  }
  bool lossy = false;
  for (const auto& converted : *all) lossy |= !converted.report.lines.empty();
  if (options.report == "json") {
    printJson(*all);
  } else if (options.report == "table") {
    for (const auto& converted : *all) printTable(converted, isatty(STDERR_FILENO) && !std::getenv("NO_COLOR"));
  }
  if (options.strict && lossy) {
    std::cerr << "taskpod convert: --strict: not everything goes over exactly, nothing was written\n";
    return 1;
  }
  if (auto done = writeAll(options, *all); !done) {
    std::cerr << "taskpod convert: " << done.error().message << "\n";
    return 2;
  }
  return 0;
}

}  // namespace

void addConvert(CLI::App& app, int& exitCode) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("convert", "convert ECS task definitions to pods, and pods to task definitions");
  command->footer(
      "Examples:\n"
      "  taskpod convert taskdef.json | kubectl apply -f -\n"
      "  aws ecs describe-task-definition --task-definition web | taskpod convert -\n"
      "  kubectl get pod web -o json | taskpod convert --to ecs -o json\n"
      "  taskpod convert --strict --report json *.json");
  command->add_option("FILE", options->files, "JSON or YAML, one or more documents each; - or nothing for standard input");
  command->add_option("--to", options->to, "pod or ecs; found by itself if not given")->check(CLI::IsMember({"pod", "ecs"}));
  command->add_option("-o,--output", options->output, "yaml (for pods) or json (for task definitions) if not given")
      ->check(CLI::IsMember({"yaml", "json"}));
  command->add_option("--output-dir", options->outputDir, "write a file per document there instead of standard output");
  command->add_option("--report", options->report, "what did not go over exactly, on standard error")
      ->check(CLI::IsMember({"table", "json", "none"}));
  command->add_flag("--strict", options->strict, "write nothing and exit with 1 unless everything goes over exactly");
  command->callback([options, &exitCode] { exitCode = run(*options); });
}

}  // namespace taskpod::cli
