// Other documents that carry task definitions, as plain ECS documents: Docker Compose files, CloudFormation templates (also Copilot's and
// App2Container's), Terraform's container_definitions and `terraform show -json`, `aws ecs describe-services`. Pure.
//
// Sources: compose-spec; AWS CloudFormation User Guide ("Intrinsic function reference") and AWS::ECS resource reference; Terraform's JSON
// output format and the AWS provider's aws_ecs_task_definition and aws_ecs_service.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "taskpod/base/result.h"
#include "taskpod/json/document.h"

namespace taskpod::translate {

struct Expansion {
  std::vector<json::Document> documents;  // RegisterTaskDefinition and CreateService bodies, in the order of the source
  std::vector<std::string> warnings;      // what was left out or had to be assumed; each names the place
};

// nullopt: `source` is none of these and stands for itself. Errors name what is missing and where.
std::optional<Result<Expansion>> expandInput(const json::Value& source);

}  // namespace taskpod::translate
