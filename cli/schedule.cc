// taskpod schedule: the scheduler's decisions offline, for any set of nodes and pods.
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>

#include "cli/commands.h"
#include "cli/documents.h"
#include "taskpod/json/codec.h"
#include "taskpod/schedule/scheduler.h"
#include "taskpod/translate/placement.h"

namespace taskpod::cli {
namespace {

using schedule::Explanation;
using schedule::Snapshot;

struct World {
  Snapshot snapshot;
  std::vector<std::shared_ptr<const k8s::Pod>> pending;
};

bool isFinished(const k8s::Pod& pod) { return pod.status.phase == "Succeeded" || pod.status.phase == "Failed"; }

std::string word(schedule::Code code) { return code == schedule::Code::Unschedulable ? "Unschedulable" : "UnschedulableAndUnresolvable"; }

std::string jsonText(std::string_view text) {
  std::string out;
  json::writeString(out, text);
  return out;
}

std::string list(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  std::string out = "[";
  for (const auto& text : texts) out += (out.size() > 1 ? "," : "") + jsonText(text);
  return out + "]";
}

std::string nameOf(const k8s::Pod& pod) {
  return (pod.metadata.namespace_.empty() ? "default" : pod.metadata.namespace_) + "/" + pod.metadata.name;
}

// --- one line of the oracle's format (tests/oracle/README.md): {"id", "nodes", "pods", "pending", "objects"} -> an answer of the same
// shape

std::string scoresText(const Explanation& explanation, const Explanation::Node& node) {
  const auto& s = node.scores;
  std::string out = "{\"total\":" + std::to_string(s.total()) + ",\"plugins\":{\"TaintToleration\":" + std::to_string(s.taintToleration) +
                    ",\"NodeResourcesFit\":" + std::to_string(s.nodeResourcesFit) + ",\"ImageLocality\":" + std::to_string(s.imageLocality);
  if (explanation.scoredAffinity) out += ",\"NodeAffinity\":" + std::to_string(s.nodeAffinity);
  if (explanation.scoredBalance) out += ",\"NodeResourcesBalancedAllocation\":" + std::to_string(s.balancedAllocation);
  return out + "}}";
}

Result<std::string> answerCase(const json::Value& input) {
  World world;
  if (const json::Value* nodes = input.find("nodes")) {
    for (const auto& item : nodes->items()) {
      auto node = json::read<k8s::Node>(json::write(item));
      if (!node) return node.error();
      world.snapshot.setNode(translate::factsOf(std::make_shared<const k8s::Node>(std::move(*node))));
    }
  }
  std::size_t anonymous = 0;
  auto readPod = [&](const json::Value& item) -> Result<std::shared_ptr<const k8s::Pod>> {
    auto pod = json::read<k8s::Pod>(json::write(item));
    if (!pod) return pod.error();
    if (pod->metadata.uid.empty()) pod->metadata.uid = "case-" + std::to_string(anonymous++);
    return std::make_shared<const k8s::Pod>(std::move(*pod));
  };
  if (const json::Value* pods = input.find("pods")) {
    for (const auto& item : pods->items()) {
      auto pod = readPod(item);
      if (!pod) return pod.error();
      if (isFinished(**pod)) continue;
      if (!(*pod)->spec.nodeName.empty())
        world.snapshot.setPod(translate::factsOf(*pod));
      else if (!(*pod)->status.nominatedNodeName.empty())
        world.snapshot.setNominated(**pod);
    }
  }
  const json::Value* pending = input.find("pending");
  if (!pending) return Error{Reason::BadRequest, "pending: missing", 0};
  auto pod = readPod(*pending);
  if (!pod) return pod.error();
  schedule::Request request(**pod, {});
  schedule::Scheduler scheduler;
  Explanation explanation = scheduler.explain(world.snapshot, request);
  schedule::Decision decision = scheduler.decide(world.snapshot, request, schedule::seedOf((*pod)->metadata.uid));

  std::string out = "{\"id\":" + jsonText(input.stringAt("id"));
  if (!explanation.gated.empty()) return out + ",\"gated\":" + jsonText(explanation.gated) + "}";
  std::vector<std::string> feasible, best;
  std::string scores, statuses;
  for (const auto& node : explanation.nodes) {
    const std::string& name = world.snapshot.node(node.slot).metadata.name;
    if (node.feasible) {
      feasible.push_back(name);
      if (node.best) best.push_back(name);
      scores += (scores.empty() ? "" : ",") + jsonText(name) + ":" + scoresText(explanation, node);
    } else {
      statuses += (statuses.empty() ? "" : ",") + jsonText(name) + ":{\"plugin\":" + jsonText(node.rejection.plugin) + ",\"code\":\"" +
                  word(node.rejection.code) + "\",\"reasons\":" + list(node.rejection.reasons) + "}";
    }
  }
  out += ",\"feasible\":" + list(feasible) + ",\"best\":" + list(best) + ",\"scores\":{" + scores + "},\"statuses\":{" + statuses + "}";
  out += ",\"filterMessage\":" + jsonText(explanation.message) +
         ",\"node\":" + (decision.slot < 0 ? "\"\"" : jsonText(world.snapshot.node(static_cast<std::size_t>(decision.slot)).metadata.name));
  return out + "}";
}

int runCases() {
  std::ios::sync_with_stdio(false);
  std::string line;
  int code = 0;
  while (std::getline(std::cin, line)) {
    if (line.empty()) continue;
    auto input = json::Document::parse(line);
    auto answer = input ? answerCase(input->root()) : Result<std::string>(input.error());
    if (answer) {
      std::cout << *answer << '\n';
      continue;
    }
    code = 2;
    std::cout << "{\"id\":" << jsonText(input ? input->root().stringAt("id") : "") << ",\"error\":" << jsonText(answer.error().message)
              << "}\n";
  }
  return code;
}

// --- what-if

Result<World> readWorld(const std::vector<std::string>& files) {
  std::vector<std::string> warnings;  // pods and nodes have none
  auto documents = readDocuments(files, warnings);
  if (!documents) return documents.error();
  World world;
  for (const Named& named : *documents) {
    const json::Value& root = named.document.root();
    std::string_view kind = root.stringAt("kind");
    if (kind == "Node") {
      auto node = json::read<k8s::Node>(json::write(root));
      if (!node) return Error{node.error().reason, named.origin + ": " + node.error().message, 0};
      world.snapshot.setNode(translate::factsOf(std::make_shared<const k8s::Node>(std::move(*node))));
    } else if (kind == "Pod") {
      auto read = json::read<k8s::Pod>(json::write(root));
      if (!read) return Error{read.error().reason, named.origin + ": " + read.error().message, 0};
      if (read->metadata.uid.empty()) read->metadata.uid = named.origin;
      auto pod = std::make_shared<const k8s::Pod>(std::move(*read));
      if (isFinished(*pod)) continue;
      if (pod->spec.nodeName.empty())
        world.pending.push_back(pod);
      else
        world.snapshot.setPod(translate::factsOf(pod));
    }
  }
  return world;
}

int runWhatIf(const std::vector<std::string>& files, bool asJson) {
  auto world = readWorld(files);
  if (!world) {
    std::cerr << "taskpod schedule: " << world.error().message << "\n";
    return 2;
  }
  schedule::Scheduler scheduler;
  int code = 0;
  std::string out = "[";
  for (const auto& pod : world->pending) {
    auto policy = translate::policyOf(*pod);
    if (!policy) {
      std::cerr << "taskpod schedule: " << nameOf(*pod) << ": " << policy.error().message << "\n";
      return 2;
    }
    schedule::Request request(*pod, *policy);
    auto decision = scheduler.decide(world->snapshot, request, schedule::seedOf(pod->metadata.uid));
    std::string node = decision.slot < 0 ? "" : world->snapshot.node(static_cast<std::size_t>(decision.slot)).metadata.name;
    std::string why = decision.slot < 0 ? scheduler.explain(world->snapshot, request).message : "";
    if (decision.slot < 0) {
      code = 1;
    } else {
      auto facts = translate::factsOf(pod);
      facts.nodeName = node;
      world->snapshot.setPod(facts);
    }
    if (asJson) {
      out += (out.size() > 1 ? ",\n " : "") + std::string("{\"pod\":") + jsonText(nameOf(*pod)) + ",\"node\":" + jsonText(node) +
             ",\"feasible\":" + std::to_string(decision.feasible) + ",\"message\":" + jsonText(why) + "}";
    } else {
      std::cout << nameOf(*pod) << " -> "
                << (node.empty() ? why
                                 : node + "  (" + std::to_string(decision.feasible) + " feasible, " + std::to_string(decision.best) +
                                       " equally good)")
                << "\n";
    }
  }
  if (asJson) std::cout << out << "]\n";
  return code;
}

}  // namespace

void addSchedule(CLI::App& app, int& exitCode) {
  struct Options {
    std::vector<std::string> files;
    bool cases = false;
    std::string output = "table";
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("schedule", "decide offline where pods would go");
  command->footer(
      "Pods without a node are placed one after the other on the nodes given, beside the pods that have one.\nExit code 1: a pod fits "
      "nowhere.\n\nExamples:\n"
      "  kubectl get nodes,pods -A -o json | taskpod schedule -f - -f new-pod.yaml\n"
      "  taskpod schedule --cases < cases.jsonl   # one question and one answer a line");
  command->add_option("-f,--filename", options->files, "nodes and pods: YAML, JSON, lists, - for standard input");
  command->add_flag("--cases", options->cases, "read cases from standard input, in the format of tests/oracle");
  command->add_option("-o,--output", options->output, "table or json")->check(CLI::IsMember({"table", "json"}));
  command->callback([options, &exitCode] {
    if (options->cases) {
      exitCode = runCases();
    } else if (options->files.empty()) {
      std::cerr << "taskpod schedule: -f FILE or --cases is needed; see taskpod schedule --help\n";
      exitCode = 2;
    } else {
      exitCode = runWhatIf(options->files, options->output == "json");
    }
  });
}

}  // namespace taskpod::cli
