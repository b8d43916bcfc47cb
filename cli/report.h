// How a conversion is told: the table people read, JSON for programs, statistics.
#pragma once

#include <string>
#include <vector>

#include "taskpod/translate/workload.h"

namespace taskpod::cli {

// One stream of documents and what became of it.
struct Converted {
  std::string origin;  // the file, or several joined by ", "
  translate::Direction direction;
  std::vector<json::Document> sources;
  translate::StreamConversion result;
};

// Grouped by fidelity, the worst first, a line per field, counts at the end. With `colour` for terminals.
std::string reportTable(const Converted& converted, bool colour);

// A list of one object per document: source, to, members, native, sourceBytes, residualBytes, lines.
std::string reportJson(const std::vector<Converted>& all);

// A line per document: members, how many native, bytes of source and residual; and the sum.
std::string statsTable(const std::vector<Converted>& all);

bool isExact(const Converted& converted);  // nothing to report; needs reports

bool isColourTerminal(int descriptor);  // a terminal, and NO_COLOR is not set

}  // namespace taskpod::cli
