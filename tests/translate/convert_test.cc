#include "taskpod/translate/convert.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <sstream>

#include "json/row.h"
#include "taskpod/json/yaml.h"
#include "taskpod/translate/residual.h"
#include "taskpod/translate/units.h"
#include "tests/support/documents.h"
#include "tests/support/golden.h"

namespace taskpod::translate {
namespace {

namespace fs = std::filesystem;
using json::Document;
using json::Value;
using tests::at;
using tests::contains;
using tests::parsed;
using tests::sameDocument;

Document there(const Value& source) {
  auto out = directionFor(source) == Direction::ToPod ? toPod(source) : toTaskDefinition(source);
  EXPECT_TRUE(out) << (out ? "" : out.error().message);
  return out ? std::move(out->document) : Document();
}

void expectRoundTrip(const Value& source, const std::string& what) {
  Document other = there(source);
  Document back = there(other.root());
  EXPECT_TRUE(sameDocument(back.root(), source))
      << what << "\n  source " << json::write(source).substr(0, 2000) << "\n  other  " << json::write(other.root()).substr(0, 2000)
      << "\n  back   " << json::write(back.root()).substr(0, 2000);
}

// ---- laws

TEST(Convert, EveryDefinitionOfTheServiceModelsExamplesComesBackEqual) {
  Document examples = parsed(tests::readFile(tests::testdata("ecs/examples-1.json")));
  int count = 0;
  for (const auto& operation : examples.root().find("examples")->members()) {
    for (const Value& example : operation.value.items()) {
      for (const char* side : {"input", "output"}) {
        const Value* body = example.find(side);
        if (!body || directionFor(*body) != Direction::ToPod) continue;
        const Value* inner = body->find("taskDefinition");
        expectRoundTrip(inner && inner->isObject() ? *inner : *body, std::string(operation.name));
        ++count;
      }
    }
  }
  EXPECT_GT(count, 1);
  expectRoundTrip(parsed(tests::readFile(tests::testdata("ecs/webserver.json"))).root(), "webserver");
}

TEST(Convert, ThePodWithEveryFieldSetComesBackEqual) {
  expectRoundTrip(parsed(tests::readFile(tests::testdata("kubernetes/core.v1.Pod.json"))).root(), "core.v1.Pod.json");
}

TEST(Convert, RandomTaskDefinitionsComeBackEqual) {
  int rounds = std::getenv("TASKPOD_PROPERTY_ROUNDS") ? std::atoi(std::getenv("TASKPOD_PROPERTY_ROUNDS")) : 2000;
  for (int seed = 1; seed <= rounds && !testing::Test::HasFailure(); ++seed) {
    json::Random random(static_cast<std::uint64_t>(seed));
    ecs::TaskDefinition task;
    json::fillRows(&task, ecs::TaskDefinition::rows(), random, 6);
    if (task.containerDefinitions.empty()) task.containerDefinitions.emplace_back().name = "c";
    expectRoundTrip(parsed(json::write(task)).root(), "seed " + std::to_string(seed));
  }
}

TEST(Convert, RandomPodsComeBackEqual) {
  int rounds = std::getenv("TASKPOD_PROPERTY_ROUNDS") ? std::atoi(std::getenv("TASKPOD_PROPERTY_ROUNDS")) : 2000;
  for (int seed = 1; seed <= rounds && !testing::Test::HasFailure(); ++seed) {
    json::Random random(static_cast<std::uint64_t>(seed));
    k8s::Pod pod;
    json::fillRows(&pod, k8s::Pod::rows(), random, 7);
    pod.kind = "Pod";
    pod.metadata.annotations.clear();
    if (pod.spec.containers.empty()) pod.spec.containers.emplace_back().name = "c";
    expectRoundTrip(parsed(json::write(pod)).root(), "seed " + std::to_string(seed));
  }
}

TEST(Convert, ConvertingTwiceGivesTheSameBytesAndLeavesTheSourceAlone) {
  Document source = parsed(tests::readFile(tests::testdata("ecs/webserver.json")));
  std::string before = json::write(source.root());
  std::string first = json::write(there(source.root()).root());
  EXPECT_EQ(first, json::write(there(source.root()).root()));
  EXPECT_EQ(before, json::write(source.root()));
}

// ---- edits and the API server

constexpr std::string_view kWeb =
    R"({"family":"Web_App","networkMode":"bridge","containerDefinitions":[{"name":"web","image":"nginx:1","cpu":42,"memory":256,"essential":true,
  "portMappings":[{"containerPort":80,"hostPort":0}],"ulimits":[{"name":"nofile","softLimit":1024,"hardLimit":2048}],"dockerLabels":{"a b":"c"}}]})";

TEST(Convert, AnEditOfThePodIsKeptAndSoIsAllElse) {
  Document pod = there(parsed(kWeb).root());
  std::string text = json::write(pod.root());
  text.replace(text.find("nginx:1"), 7, "nginx:2");
  Document back = there(parsed(text).root());
  std::string expected(kWeb);
  expected.replace(expected.find("nginx:1"), 7, "nginx:2");
  EXPECT_TRUE(sameDocument(back.root(), parsed(expected).root())) << json::write(back.root());
}

TEST(Convert, AnEditThatADefinitionCannotSayIsKeptForTheWayBack) {
  Document pod = there(parsed(kWeb).root());
  std::string text = json::write(pod.root());
  text.insert(text.find("\"spec\":{") + 8, "\"priorityClassName\":\"high\",");
  Document edited = parsed(text);
  Document definition = there(edited.root());
  EXPECT_NE(json::write(definition.root()).find("priorityClassName"), std::string::npos);
  Document again = there(definition.root());
  EXPECT_EQ(at(again.root(), "/spec/priorityClassName")->text(), "high");
  EXPECT_EQ(at(again.root(), "/spec/containers/0/image")->text(), "nginx:1");
}

TEST(Convert, WhatAnApiServerAddsDoesNotChangeTheWayBack) {
  Document pod = there(parsed(kWeb).root());
  auto typed = json::read<k8s::Pod>(json::write(pod.root()));
  ASSERT_TRUE(typed);
  // As a kube-apiserver 1.36 stores it: identity, defaults, admission, and what scheduler and agent write.
  typed->metadata.uid = "5f3c";
  typed->metadata.resourceVersion = "7";
  typed->metadata.creationTimestamp = "2026-11-25T10:00:00Z";
  typed->metadata.namespace_ = "default";
  typed->metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"] = "{}";
  typed->spec.dnsPolicy = "ClusterFirst";
  typed->spec.terminationGracePeriodSeconds = 30;
  typed->spec.securityContext.emplace();
  typed->spec.serviceAccountName = typed->spec.serviceAccount = "default";
  typed->spec.priority = 0;
  typed->spec.preemptionPolicy = "PreemptLowerPriority";
  typed->spec.nodeName = "n";
  typed->spec.tolerations = {{"node.kubernetes.io/not-ready", "Exists", "", "NoExecute", 300, {}},
                             {"node.kubernetes.io/unreachable", "Exists", "", "NoExecute", 300, {}}};
  auto& container = typed->spec.containers[0];
  container.terminationMessagePath = "/dev/termination-log";
  container.terminationMessagePolicy = "File";
  container.resources.requests["memory"] = container.resources.limits["memory"];
  typed->status.phase = "Running";
  Document back = there(parsed(json::write(*typed)).root());
  EXPECT_TRUE(sameDocument(back.root(), parsed(kWeb).root())) << json::write(back.root());
}

// ---- the table

void modelPaths(const Value& shapes, std::string_view shape, const std::string& path, std::vector<std::string>& out) {
  const Value& s = *shapes.find(shape);
  if (s.stringAt("type") == "structure") {
    for (const auto& member : s.find("members")->members()) {
      out.push_back(path + (path.empty() ? "" : ".") + std::string(member.name));
      modelPaths(shapes, member.value.stringAt("shape"), std::string(out.back()), out);
    }
  } else if (s.stringAt("type") == "list") {
    modelPaths(shapes, s.find("member")->stringAt("shape"), path + "[]", out);
  }
}

TEST(FieldMap, EveryPathOfTheServiceModelHasARowOfItsOwn) {
  Document model = parsed(tests::readFile(tests::testdata("ecs/service-2.json")));
  std::vector<std::string> paths;
  modelPaths(*model.root().find("shapes"), "RegisterTaskDefinitionRequest", "", paths);
  EXPECT_EQ(paths.size(), 162u);
  for (const std::string& path : paths) {
    const FieldRow* row = findFieldRow(path);
    EXPECT_TRUE(row && row->ecs == path) << path;
  }
}

TEST(FieldMap, EveryFieldOfAPodHasARowOfItsOwn) {
  Document pod = parsed(tests::readFile(tests::testdata("kubernetes/core.v1.Pod.json")));
  int fields = 0;
  auto expectRows = [&](std::string_view pointer, const std::string& prefix) {
    for (const auto& member : at(pod.root(), pointer)->members()) {
      std::string path = prefix + std::string(member.name);
      const FieldRow* row = findPodRow(path);
      EXPECT_TRUE(row && row->pod == path) << path;
      ++fields;
    }
  };
  expectRows("/metadata", "metadata.");
  expectRows("/spec", "spec.");
  expectRows("/spec/securityContext", "spec.securityContext.");
  expectRows("/spec/containers/0", "spec.containers[].");
  expectRows("/spec/containers/0/livenessProbe", "spec.containers[].livenessProbe.");
  expectRows("/spec/containers/0/securityContext", "spec.containers[].securityContext.");
  expectRows("/spec/volumes/0", "spec.volumes[].");
  EXPECT_EQ(fields, 15 + 43 + 13 + 25 + 10 + 12 + 31);
}

TEST(FieldMap, NoPathHasTwoRows) {
  std::set<std::string_view> seen;
  for (const FieldRow& row : fieldRows()) {
    bool stop = row.ecs == "containerDefinitions[].stopTimeout";  // one row for the container's own, one for the pod's
    EXPECT_TRUE(seen.insert(row.ecs).second || stop) << row.ecs;
  }
}

TEST(Report, CountsNativeMembersAndNamesTheOthers) {
  Document source =
      parsed(R"({"family":"f","containerDefinitions":[{"name":"c","image":"i","essential":true,"versionConsistency":"disabled"}]})");
  auto conversion = toPod(source.root());
  ASSERT_TRUE(conversion);
  Report report = reportOf(source.root(), *conversion);
  EXPECT_EQ(report.members, 5u);
  EXPECT_EQ(report.native, 4u);
  bool told = false;
  for (const auto& line : report.lines)
    told |= line.path == "containerDefinitions[].versionConsistency" && line.residual && line.fidelity == Fidelity::Unsupported;
  EXPECT_TRUE(told);
}

// ---- golden cases, written from the manuals

std::string judge(const fs::path& folder) {
  fs::path source = fs::exists(folder / "source.json") ? folder / "source.json" : folder / "source.yaml";
  auto documents = json::readYaml(tests::readFile(source.string()));
  if (!documents || documents->size() != 1) return "source cannot be read";
  const Value& root = documents->front().root();
  auto direction = directionFor(root);
  if (!direction) return "direction not found";
  auto out = *direction == Direction::ToPod ? toPod(root) : toTaskDefinition(root);
  if (!out) return out.error().message;
  std::string problem;
  Document expected = parsed(tests::readFile((folder / "expected.json").string()));
  if (!contains(out->document.root(), expected.root(), "", problem)) return problem;
  Document about = parsed(tests::readFile((folder / "case.json").string()));
  if (const Value* absent = about.root().find("absent"))
    for (const Value& pointer : absent->items())
      if (at(out->document.root(), pointer.text())) return std::string(pointer.text()) + " must be absent";
  Document back = there(out->document.root());
  const Value* inner = root.find("taskDefinition");
  if (!inner && !sameDocument(back.root(), root)) return "does not come back equal";
  return {};
}

TEST(Golden, CasesFromTheManualsAreMet) {
  int met = 0;
  for (const auto& entry : fs::directory_iterator(tests::testdata("convert"))) {
    EXPECT_EQ(judge(entry.path()), "") << entry.path().filename();
    ++met;
  }
  EXPECT_GT(met, 120);
}

// ---- units

TEST(Units, EveryMillicoreComesBackAndAllButTheKnownCpuUnits) {
  for (std::int64_t milli = 0; milli <= 100'000; ++milli)
    ASSERT_EQ(millicoresOf(cpuUnitsOf(milli)) >= milli - 1 && cpuUnitsOf(millicoresOf(cpuUnitsOf(milli))) == cpuUnitsOf(milli), true)
        << milli;
  int lost = 0;
  for (std::int64_t units = 1; units <= 1024; ++units) lost += cpuUnitsOf(millicoresOf(units)) != units;
  EXPECT_EQ(lost, 24);
}

TEST(Units, ReadTaskSizesInAllTheirSpellings) {
  EXPECT_EQ(parseTaskCpu("256"), 256);
  EXPECT_EQ(parseTaskCpu("1 vCPU"), 1024);
  EXPECT_EQ(parseTaskCpu(".25 vcpu"), 256);
  EXPECT_EQ(parseTaskMemory("0.5 GB"), 512);
  EXPECT_EQ(parseTaskMemory("2GB"), 2048);
  for (const char* text : {"", "x", "1 core", "-1", "1..5", "0.3 GB", "0.00000000000000000000002"})
    EXPECT_FALSE(parseTaskMemory(text)) << text;
}

TEST(Units, SlugsAreLabelsAndDifferentNamesStayDifferent) {
  EXPECT_EQ(slug("web"), "web");
  std::set<std::string> seen;
  for (const char* name : {"a_b", "A-B", "a.b", "A_b", "", "---", "ümlaut", "x"}) {
    EXPECT_TRUE(isDnsLabel(slug(name))) << name;
    EXPECT_TRUE(seen.insert(slug(name)).second) << name;
  }
  EXPECT_TRUE(isDnsLabel(slug(std::string(300, 'A'))));
}

TEST(Units, EscapingUndoesItself) {
  for (const char* text : {"", "$", "$$", "$(A)", "a$b", "$(", "$$(A)", "$$$", "cost $5 (five)", "$(A)$(B)"})
    EXPECT_EQ(expandReferences(escapeExpansion(text), {{"A", "no"}}), text) << text;
}

}  // namespace
}  // namespace taskpod::translate
