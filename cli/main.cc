// taskpod: the command line. Sub-commands are listed here and nowhere else.
#include "cli/commands.h"

int main(int argc, char** argv) {
  CLI::App app{"Amazon ECS and Kubernetes as two front ends of one system", "taskpod"};
  app.set_version_flag("--version", TASKPOD_VERSION);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::help);
  int exitCode = 0;
  taskpod::cli::addConvert(app, exitCode);
  taskpod::cli::addDiff(app, exitCode);
  taskpod::cli::addSchedule(app, exitCode);
  taskpod::cli::addExplain(app, exitCode);
  taskpod::cli::addFieldMap(app, exitCode);
  taskpod::cli::addValidate(app, exitCode);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return exitCode;
}
