// What is wrong with a document: ECS' own rules for task definitions and services in AWS' words, Kubernetes' for pods and what makes pods
// in kube-apiserver's. Everything at once, in the order of the document. Pure; any thread.
//
// Sources: Amazon ECS API reference (RegisterTaskDefinition, ContainerDefinition and below), Amazon ECS Developer Guide ("Task definition
// parameters", "Fargate task sizes"), the service model; kubernetes pkg/apis/core/validation/validation.go, apimachinery
// pkg/util/validation. tests/testdata/validate holds a case for each rule.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "taskpod/json/document.h"

namespace taskpod::translate {

struct Problem {
  std::string path;       // "containerDefinitions[0].portMappings[1].hostPort", "" for the document as a whole
  std::string exception;  // ECS: "ClientException", "InvalidParameterException"; Kubernetes: ""
  std::string message;    // in the words of AWS or Kubernetes where they are known
  std::string hint;       // how to mend it, "" if the message says it
  bool operator==(const Problem&) const = default;
};

// A RegisterTaskDefinition body (or what DescribeTaskDefinition prints).
std::vector<Problem> validateTaskDefinition(const json::Value& source);

// A Pod, Deployment, DaemonSet, Job or CronJob.
std::vector<Problem> validateKubernetes(const json::Value& source);

}  // namespace taskpod::translate
