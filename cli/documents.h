// Files and standard input as JSON documents, whatever they are written in; output the other way.
#pragma once

#include <string>
#include <vector>

#include "taskpod/json/document.h"

namespace taskpod::cli {

struct Named {
  std::string origin;  // "FILE" or "FILE, document 2", "standard input"
  json::Document document;
};

// Every document of every file, in order; "-" is standard input. Lists (kind List, JSON arrays) are opened, Compose files, templates and
// the like are expanded (translate/inputs.h; `warnings` says what was left out of them). The error names file and place.
Result<std::vector<Named>> readDocuments(const std::vector<std::string>& files, std::vector<std::string>& warnings);

Result<std::string> readAll(const std::string& file);

enum class Format { Yaml, Json };

// One document is itself; several are a YAML stream, in JSON a Kubernetes List or (ECS documents) an array.
std::string writeDocuments(const std::vector<json::Document>& documents, Format format);

}  // namespace taskpod::cli
