// In-process figures: conversion from text to text, one scheduling decision over many nodes, the signature of one request.
#include <benchmark/benchmark.h>

#include "taskpod/json/document.h"
#include "taskpod/net/sigv4.h"
#include "taskpod/schedule/scheduler.h"
#include "taskpod/translate/convert.h"
#include "taskpod/translate/placement.h"

namespace taskpod {
namespace {

// A definition as teams write them: seven containers with ports, logs, secrets, health checks, dependencies.
std::string definition() {
  std::string out = R"({"family":"shop","networkMode":"awsvpc","requiresCompatibilities":["FARGATE"],"cpu":"2048","memory":"4096",
    "executionRoleArn":"arn:aws:iam::111122223333:role/exec","taskRoleArn":"arn:aws:iam::111122223333:role/shop","volumes":[{"name":"data"}],"containerDefinitions":[)";
  for (int i = 0; i < 7; ++i) {
    std::string n = std::to_string(i);
    out += (i > 0 ? "," : "") + std::string(R"({"name":"c)") + n + R"(","image":"registry.example/shop-)" + n +
           R"(:1.27","cpu":256,"memory":512,"memoryReservation":256,"essential":)" + (i == 0 ? "true" : "false") +
           R"(,"portMappings":[{"containerPort":80)" + n +
           R"(,"protocol":"tcp"}],"environment":[{"name":"A","value":"1"},{"name":"B","value":"two"}],
           "secrets":[{"name":"DB","valueFrom":"arn:aws:secretsmanager:us-east-1:111122223333:secret:db-)" +
           n + R"(:password::"}],
           "logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"/shop","awslogs-region":"us-east-1","awslogs-stream-prefix":"c"}},
           "healthCheck":{"command":["CMD-SHELL","curl -f http://localhost/ || exit 1"],"interval":30,"timeout":5,"retries":3},
           "mountPoints":[{"sourceVolume":"data","containerPath":"/data","readOnly":false}])" +
           (i > 0 ? R"(,"dependsOn":[{"containerName":"c0","condition":"START"}])" : "") + "}";
  }
  return out + "]}";
}

void toPod(benchmark::State& state) {
  std::string text = definition();
  for (auto _ : state) {
    auto document = json::Document::parse(text);
    auto out = translate::toPod(document->root());
    benchmark::DoNotOptimize(json::write(out->document.root()));
  }
}
BENCHMARK(toPod)->Unit(benchmark::kMicrosecond);

void toTaskDefinition(benchmark::State& state) {
  auto source = json::Document::parse(definition());
  std::string text = json::write(translate::toPod(source->root())->document.root());
  for (auto _ : state) {
    auto document = json::Document::parse(text);
    auto out = translate::toTaskDefinition(document->root());
    benchmark::DoNotOptimize(json::write(out->document.root()));
  }
}
BENCHMARK(toTaskDefinition)->Unit(benchmark::kMicrosecond);

void decide(benchmark::State& state) {
  schedule::Snapshot snapshot;
  for (int i = 0; i < state.range(0); ++i) {
    auto node = std::make_shared<k8s::Node>();
    node->metadata.name = "node-" + std::to_string(i);
    node->metadata.labels = {{"kubernetes.io/hostname", node->metadata.name}, {"topology.kubernetes.io/zone", "z" + std::to_string(i % 3)}};
    node->status.allocatable = {{"cpu", {"4"}}, {"memory", {"32Gi"}}, {"pods", {"110"}}};
    snapshot.setNode(translate::factsOf(std::shared_ptr<const k8s::Node>(node)));
  }
  schedule::Scheduler scheduler;
  std::uint64_t seed = 0;
  for (auto _ : state) {
    auto pod = std::make_shared<k8s::Pod>();
    pod->metadata.uid = pod->metadata.name = "p-" + std::to_string(seed);
    auto& container = pod->spec.containers.emplace_back();
    container.image = "nginx";
    container.resources.requests = {{"cpu", {"100m"}}, {"memory", {"500Mi"}}};
    auto decision = scheduler.decide(snapshot, schedule::Request(*pod, {}), ++seed);
    if (decision.slot < 0) break;
    if (seed < static_cast<std::uint64_t>(state.range(0)) * 20) {  // place it, as the loop does, until the cluster is well used
      auto facts = translate::factsOf(std::shared_ptr<const k8s::Pod>(pod));
      facts.nodeName = snapshot.node(static_cast<std::size_t>(decision.slot)).metadata.name;
      snapshot.setPod(facts);
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(decide)->Arg(1000)->Arg(5000)->Unit(benchmark::kMicrosecond);

// A RunTask call as aws-sdk-go-v2 signs it, 1 KiB of body; the argument is how many derived keys are kept.
void verifySignature(benchmark::State& state) {
  const std::string secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  WallTime now = wallNow();
  net::HttpRequest request = {"POST",
                              "/",
                              {{"Content-Type", "application/x-amz-json-1.1"},
                               {"X-Amz-Target", "AmazonEC2ContainerServiceV20141113.RunTask"},
                               {"Amz-Sdk-Invocation-Id", "b5a4f1c8-4e2a-4c55-9a2d-0f6f3b6a7c11"},
                               {"Amz-Sdk-Request", "attempt=1; max=3"},
                               {"Content-Length", "1024"}},
                              std::string(1024, 'x')};
  net::sign(request, "127.0.0.1:7070", {"AKIDEXAMPLE", secret, ""}, {"us-east-1", "ecs", now});
  request.headers.emplace_back("Host", "127.0.0.1:7070");
  net::SigningKeys keys(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    auto claim = net::claimOf(request);
    if (!keys.verify(request, *claim, secret, now)) state.SkipWithError("does not verify");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(verifySignature)->Arg(0)->Arg(1024)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace taskpod

BENCHMARK_MAIN();
