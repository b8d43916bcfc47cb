// taskpod field-map: the table as Markdown, for docs/field-map.md.
#include <iostream>

#include "cli/commands.h"
#include "taskpod/translate/field_map.h"

namespace taskpod::cli {

void addFieldMap(CLI::App& app, int&) {
  auto* command = app.add_subcommand("field-map", "print which task definition field is which pod field, as Markdown");
  command->footer("Example:\n  taskpod field-map > docs/field-map.md");
  command->callback([] {
    std::cout << "# Field map\n\nMade by `taskpod field-map`; do not edit.\n\n"
                 "- **Exact**: the same thing on both sides. **Converted**: another unit or spelling, nothing lost. **Annotated**: carried "
                 "by an annotation that Taskpod's own parts obey.\n"
                 "- **Approximated**: the nearest native form, the rest is kept for the way back. **Unsupported**: no meaning on the other "
                 "side, kept for the way back.\n\n"
                 "| ECS task definition | pod | fidelity | note |\n| --- | --- | --- | --- |\n";
    for (const auto& row : translate::fieldRows()) {
      std::string pod;
      for (char c : row.pod)
        if (c != '\\') pod += c;
      std::cout << "| `" << row.ecs << "` | " << (pod.empty() ? "" : "`" + pod + "`") << " | " << translate::toString(row.fidelity) << " | "
                << row.note << " |\n";
    }
  });
}

}  // namespace taskpod::cli
