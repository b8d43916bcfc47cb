#include "cli/report.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "taskpod/json/codec.h"

namespace taskpod::cli {
namespace {

using translate::Fidelity;
using translate::Report;
using translate::ReportLine;
using translate::StreamDocument;

struct Style {
  Fidelity fidelity;
  std::string_view word, colour;
};
// The worst first.
constexpr Style kStyles[] = {
    {Fidelity::Unsupported, "unsupported", "\033[31m"},
    {Fidelity::Approximated, "approximated", "\033[33m"},
    {Fidelity::Annotated, "annotated", "\033[34m"},
    {Fidelity::Converted, "converted", "\033[36m"},
    {Fidelity::Exact, "exact", "\033[32m"},
};

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  if (out.size() < width) out.append(width - out.size(), ' ');
  return out;
}

// The table escapes dots inside keys.
std::string shown(std::string_view path) {
  std::string out;
  for (char c : path)
    if (c != '\\') out += c;
  return out;
}

std::string lineText(const ReportLine& line, std::size_t width) {
  std::string out = "    " + padded(line.path, width);
  if (!line.target.empty()) out += "  -> " + shown(line.target);
  if (line.residual) out += line.target.empty() ? "  kept for the way back" : ", rest kept";
  if (!line.note.empty()) out += "  (" + line.note + ")";
  return out + "\n";
}

std::string percent(std::size_t part, std::size_t whole) { return whole == 0 ? "100%" : std::to_string(100 * part / whole) + "%"; }

std::string nameOf(const json::Value& document) {
  const json::Value* meta = document.find("metadata");
  for (std::string_view name : {meta ? meta->stringAt("name") : document.stringAt("family"), document.stringAt("serviceName"),
                                document.stringAt("Name"), document.stringAt("taskDefinition")})
    if (!name.empty()) return std::string(name);
  return "unnamed";
}

std::string summary(const Report& report) {
  std::array<std::size_t, std::size(kStyles)> counts{};
  for (const auto& line : report.lines)
    for (std::size_t i = 0; i < std::size(kStyles); ++i) counts[i] += kStyles[i].fidelity == line.fidelity;
  std::string out = "  " + std::to_string(report.native) + " of " + std::to_string(report.members) + " members native (" +
                    percent(report.native, report.members) + "), " + std::to_string(report.residualBytes) + " bytes kept for the way back";
  for (std::size_t i = std::size(kStyles); i-- > 0;)
    if (counts[i] > 0) out += (i == std::size(kStyles) - 1 ? "; " : ", ") + std::to_string(counts[i]) + " " + std::string(kStyles[i].word);
  return out + "\n";
}

std::string documentTable(const StreamDocument& document, bool colour) {
  std::string out;
  std::size_t width = 0;
  for (const auto& line : document.report.lines) width = std::max(width, line.path.size());
  for (const Style& style : kStyles) {
    std::string group;
    for (const auto& line : document.report.lines)
      if (line.fidelity == style.fidelity) group += lineText(line, width);
    if (group.empty()) continue;
    out += "  " + (colour ? std::string(style.colour) + std::string(style.word) + "\033[0m" : std::string(style.word)) + "\n" + group;
  }
  return out + summary(document.report);
}

void addJsonLine(std::string& out, const ReportLine& line) {
  out += "{\"path\":";
  json::writeString(out, line.path);
  out += ",\"target\":";
  json::writeString(out, shown(line.target));
  out += ",\"fidelity\":\"" + std::string(translate::toString(line.fidelity)) + "\",\"residual\":" + (line.residual ? "true" : "false") +
         ",\"note\":";
  json::writeString(out, line.note);
  out += "}";
}

}  // namespace

bool isExact(const Converted& converted) {
  for (const auto& document : converted.result.documents)
    if (!document.report.lines.empty()) return false;
  return converted.result.refused.empty() && converted.result.notes.empty();
}

bool isColourTerminal(int descriptor) { return isatty(descriptor) && !std::getenv("NO_COLOR"); }

std::string reportTable(const Converted& converted, bool colour) {
  std::string out;
  for (const StreamDocument& document : converted.result.documents) {
    const json::Value& root = document.document.root();
    out += converted.origin + " -> " + std::string(translate::kindOf(root)) + " " + nameOf(root) + "\n";
    if (document.report.members > 0) out += documentTable(document, colour);
  }
  for (const auto& note : converted.result.notes) out += "  note: " + note + "\n";
  for (const auto& refused : converted.result.refused) out += "  refused: " + refused + "; only the native fields were converted\n";
  return out;
}

std::string reportJson(const std::vector<Converted>& all) {
  std::string out = "[";
  for (const auto& converted : all) {
    for (const StreamDocument& document : converted.result.documents) {
      const Report& report = document.report;
      if (out.size() > 1) out += ',';
      out += "{\"source\":";
      json::writeString(out, converted.origin);
      out += ",\"kind\":\"" + std::string(translate::kindOf(document.document.root())) + "\",\"to\":\"" +
             (converted.direction == translate::Direction::ToPod ? "pod" : "ecs") + "\",\"members\":" + std::to_string(report.members) +
             ",\"native\":" + std::to_string(report.native) + ",\"sourceBytes\":" + std::to_string(report.sourceBytes) +
             ",\"residualBytes\":" + std::to_string(report.residualBytes) + ",\"lines\":[";
      for (std::size_t i = 0; i < report.lines.size(); ++i) {
        if (i > 0) out += ',';
        addJsonLine(out, report.lines[i]);
      }
      out += "]}";
    }
  }
  return out + "]\n";
}

std::string statsTable(const std::vector<Converted>& all) {
  struct Line {
    std::string name;
    Report report;
  };
  std::vector<Line> lines;
  Line sum{"sum", {}};
  for (const auto& converted : all) {
    for (const auto& document : converted.result.documents) {
      if (document.report.members == 0) continue;
      lines.push_back({converted.origin, document.report});
      sum.report.members += document.report.members;
      sum.report.native += document.report.native;
      sum.report.sourceBytes += document.report.sourceBytes;
      sum.report.residualBytes += document.report.residualBytes;
    }
  }
  if (lines.size() > 1) lines.push_back(sum);
  std::size_t width = 8;
  for (const auto& line : lines) width = std::max(width, line.name.size());
  std::string out = padded("DOCUMENT", width) + "  MEMBERS  NATIVE  SHARE   BYTES  RESIDUAL\n";
  for (const auto& line : lines) {
    char numbers[80];
    std::snprintf(numbers, sizeof numbers, "  %7zu %7zu %6s %7zu %9zu\n", line.report.members, line.report.native,
                  percent(line.report.native, line.report.members).c_str(), line.report.sourceBytes, line.report.residualBytes);
    out += padded(line.name, width) + numbers;
  }
  return out;
}

}  // namespace taskpod::cli
