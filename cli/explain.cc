// taskpod explain POD: why a pod is where it is, or why nowhere, per node, in both vocabularies.
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "taskpod/kube/informer.h"
#include "taskpod/schedule/scheduler.h"
#include "taskpod/translate/placement.h"

namespace taskpod::cli {
namespace {

struct Options {
  std::string kubeconfig, pod, namespace_;
  std::string output = "table";
};

template <class T>
Result<std::vector<std::shared_ptr<const T>>> listAll(kube::Client& client) {
  std::vector<std::shared_ptr<const T>> out;
  std::string continue_;
  do {
    auto body = client.call("GET", kube::pathOf(kube::kPathOf<T>, "", "") + "?limit=500" +
                                       (continue_.empty() ? "" : "&continue=" + net::encodeQuery(continue_)));
    if (!body) return body.error();
    auto page = kube::parseListPage(*body);
    if (!page) return page.error();
    for (const auto& text : page->items) {
      auto object = json::read<T>(text);
      if (!object) return object.error();
      out.push_back(std::make_shared<const T>(std::move(*object)));
    }
    continue_ = page->continue_;
  } while (!continue_.empty());
  return out;
}

struct Question {
  schedule::Snapshot snapshot;
  k8s::Pod pod;
  std::string where;  // the node it is on
};

Result<Question> ask(const Options& options) {
  auto config = kube::findConfig(options.kubeconfig);
  if (!config) return config.error();
  auto client = kube::Client::make(*config, std::make_shared<net::Canceller>());
  if (!client) return client.error();
  auto pod = (*client)->get<k8s::Pod>(options.namespace_.empty() ? config->namespace_ : options.namespace_, options.pod);
  if (!pod) return pod.error();
  auto nodes = listAll<k8s::Node>(**client);
  if (!nodes) return nodes.error();
  auto pods = listAll<k8s::Pod>(**client);
  if (!pods) return pods.error();
  Question out;
  for (const auto& node : *nodes) out.snapshot.setNode(translate::factsOf(node));
  for (const auto& other : *pods) {
    bool finished = other->status.phase == "Succeeded" || other->status.phase == "Failed";
    if (!finished && !other->spec.nodeName.empty() && other->metadata.uid != pod->metadata.uid)
      out.snapshot.setPod(translate::factsOf(other));
  }
  out.where = pod->spec.nodeName;
  out.pod = std::move(*pod);
  out.pod.spec.nodeName.clear();  // as before it was bound
  return out;
}

void printTable(const Question& question, const schedule::Explanation& explanation) {
  std::cout << question.pod.metadata.namespace_ << "/" << question.pod.metadata.name << ": ";
  if (!question.where.empty())
    std::cout << "on " << question.where << "\n";
  else if (!explanation.gated.empty())
    std::cout << explanation.gated << "\n";
  else
    std::cout << (explanation.message.empty() ? "not bound yet" : explanation.message) << "\n";
  std::vector<const schedule::Explanation::Node*> nodes;
  for (const auto& node : explanation.nodes) nodes.push_back(&node);
  std::stable_sort(nodes.begin(), nodes.end(), [](const auto* a, const auto* b) {
    return a->feasible != b->feasible ? a->feasible : a->scores.total() > b->scores.total();
  });
  for (const auto* node : nodes) {
    const std::string& name = question.snapshot.node(node->slot).metadata.name;
    std::cout << (name == question.where ? "* " : "  ") << name << "  ";
    if (node->feasible) {
      const auto& s = node->scores;
      std::cout << "fits" << (node->best ? ", best" : "") << ": " << s.total() << " = TaintToleration " << s.taintToleration
                << " + NodeAffinity " << s.nodeAffinity << " + NodeResourcesFit " << s.nodeResourcesFit
                << " + NodeResourcesBalancedAllocation " << s.balancedAllocation << " + ImageLocality " << s.imageLocality << "\n";
      continue;
    }
    std::string kubernetes, ecs;
    for (const auto& reason : node->rejection.reasons) {
      kubernetes += (kubernetes.empty() ? "" : ", ") + reason;
      ecs += (ecs.empty() ? "" : ", ") + std::string(translate::ecsReasonOf(node->rejection.plugin, reason));
    }
    std::cout << node->rejection.plugin << ": " << kubernetes << "   [ECS: " << ecs << "]\n";
  }
}

void printJson(const Question& question, const schedule::Explanation& explanation) {
  std::string out = "{\"node\":";
  json::writeString(out, question.where);
  out += ",\"message\":";
  json::writeString(out, explanation.gated.empty() ? explanation.message : explanation.gated);
  out += ",\"nodes\":[";
  bool first = true;
  for (const auto& node : explanation.nodes) {
    out += first ? "{\"name\":" : ",{\"name\":";
    first = false;
    json::writeString(out, question.snapshot.node(node.slot).metadata.name);
    out += std::string(",\"feasible\":") + (node.feasible ? "true" : "false") + ",\"total\":" + std::to_string(node.scores.total()) +
           ",\"plugin\":";
    json::writeString(out, node.rejection.plugin);
    out += ",\"reasons\":[";
    for (std::size_t i = 0; i < node.rejection.reasons.size(); ++i) {
      if (i > 0) out += ',';
      json::writeString(out, node.rejection.reasons[i]);
    }
    out += "],\"ecsReasons\":[";
    for (std::size_t i = 0; i < node.rejection.reasons.size(); ++i) {
      if (i > 0) out += ',';
      json::writeString(out, translate::ecsReasonOf(node.rejection.plugin, node.rejection.reasons[i]));
    }
    out += "]}";
  }
  std::cout << out << "]}\n";
}

int run(const Options& options) {
  auto question = ask(options);
  auto policy = question ? translate::policyOf(question->pod) : Result<schedule::Policy>(question.error());
  if (!policy) {
    std::cerr << "taskpod explain: " << policy.error().message << "\n";
    return policy.error().reason == Reason::Unavailable || policy.error().reason == Reason::Timeout ? 3 : 2;
  }
  schedule::Scheduler scheduler;
  auto explanation = scheduler.explain(question->snapshot, schedule::Request(question->pod, *policy));
  if (options.output == "json")
    printJson(*question, explanation);
  else
    printTable(*question, explanation);
  return 0;
}

}  // namespace

void addExplain(CLI::App& app, int& exitCode) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("explain", "say why a pod is where it is, or why nowhere");
  command->footer(
      "Looks at the cluster as it is now, without the pod itself.\n\nExamples:\n  taskpod explain web-0\n  taskpod explain web-0 -n shop "
      "-o json");
  command->add_option("POD", options->pod, "name")->required();
  command->add_option("-n,--namespace", options->namespace_, "the kubeconfig's if not given");
  command->add_option("--kubeconfig", options->kubeconfig, "KUBECONFIG or ~/.kube/config if not given");
  command->add_option("-o,--output", options->output, "table or json")->check(CLI::IsMember({"table", "json"}));
  command->callback([options, &exitCode] { exitCode = run(*options); });
}

}  // namespace taskpod::cli
