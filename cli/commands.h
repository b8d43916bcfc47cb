// The sub-commands of `taskpod`: each adds itself to the command line; its callback sets the exit code.
// Exit codes: 0 done, 1 the answer is no (--strict, --check), 2 bad input or usage, 3 a peer could not be reached.
#pragma once

#include <CLI/CLI.hpp>

namespace taskpod::cli {

void addConvert(CLI::App& app, int& exitCode);
void addDiff(CLI::App& app, int& exitCode);
void addSchedule(CLI::App& app, int& exitCode);
void addExplain(CLI::App& app, int& exitCode);
void addFieldMap(CLI::App& app, int& exitCode);
void addValidate(CLI::App& app, int& exitCode);

}  // namespace taskpod::cli
