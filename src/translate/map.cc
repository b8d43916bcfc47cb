// Walks the table: definition to pod, pod to definition, without residual.
#include <algorithm>
#include <set>

#include "taskpod/k8s/names.h"
#include "taskpod/schedule/requests.h"
#include "taskpod/translate/units.h"
#include "translate/rules.h"

namespace taskpod::translate {
namespace {

enum class Place { Main, Init, Sidecar };

// Which containers run before the others (rows 13 to 16): what must have ended becomes an init container, what must be up becomes a sidecar
// unless it is essential and nothing before the main containers waits for it; whatever those depend on comes along.
class Placement {
 public:
  explicit Placement(const ecs::TaskDefinition& task) : task_(task), places_(task.containerDefinitions.size(), Place::Main) {
    if (!sortByDependency()) {
      order_.clear();
      for (std::size_t i = 0; i < places_.size(); ++i) order_.push_back(i);
      return;  // a cycle or an unknown name: nothing can be promised, all stay where they are
    }
    for (std::size_t round = 0; round <= places_.size(); ++round) placeOnce();
  }

  Place of(std::size_t index) const { return places_[index]; }
  // Indices, dependencies before those that wait for them, otherwise in the order of the definition.
  const std::vector<std::size_t>& order() const { return order_; }

 private:
  std::size_t indexOf(const std::string& name) const {
    for (std::size_t i = 0; i < task_.containerDefinitions.size(); ++i)
      if (task_.containerDefinitions[i].name == name) return i;
    return task_.containerDefinitions.size();
  }

  bool visit(std::size_t index, std::vector<int>& state) {
    if (state[index] != 0) return state[index] == 2;
    state[index] = 1;
    for (const auto& dependency : task_.containerDefinitions[index].dependsOn) {
      std::size_t target = indexOf(dependency.containerName);
      if (target == places_.size() || !visit(target, state)) return false;
    }
    state[index] = 2;
    order_.push_back(index);
    return true;
  }

  bool sortByDependency() {
    std::vector<int> state(places_.size(), 0);
    for (std::size_t i = 0; i < places_.size(); ++i)
      if (!visit(i, state)) return false;
    return true;
  }

  void placeOnce() {
    for (std::size_t i = 0; i < places_.size(); ++i) {
      for (const auto& dependency : task_.containerDefinitions[i].dependsOn) {
        std::size_t target = indexOf(dependency.containerName);
        bool mustEnd = dependency.condition == "SUCCESS" || dependency.condition == "COMPLETE";
        bool optional = task_.containerDefinitions[target].essential == false;
        if (mustEnd)
          places_[target] = Place::Init;
        else if (places_[target] == Place::Main && (optional || places_[i] != Place::Main))
          places_[target] = Place::Sidecar;
      }
    }
  }

  const ecs::TaskDefinition& task_;
  std::vector<Place> places_;
  std::vector<std::size_t> order_;
};

std::map<std::string, std::string> slugs(const std::vector<std::string>& names) {
  std::map<std::string, std::string> out;
  std::set<std::string> taken;
  for (const auto& name : names) {
    std::string candidate = slug(name);
    while (!taken.insert(candidate).second) candidate = slug(candidate + "_");
    out.emplace(name, candidate);
  }
  return out;
}

template <class List>
std::vector<std::string> namesOf(const List& list) {
  std::vector<std::string> out;
  for (const auto& item : list) out.push_back(item.name);
  return out;
}

void addContainer(ToPod& all, const ecs::ContainerDefinition& from, Place place) {
  k8s::Container to;
  k8s::AgentContainer agent;
  ContainerToPod context{all, from, to, agent};
  for (const auto& rule : containerRules())
    if (rule.toPod) rule.toPod(context);
  if (place == Place::Sidecar) {
    to.restartPolicy = "Always";
    to.restartPolicyRules.clear();
    if (to.readinessProbe && all.origin == Origin::Ecs) to.startupProbe = to.readinessProbe;
  }
  if (place == Place::Init) to.readinessProbe.reset(), to.livenessProbe.reset();
  if (place == Place::Init && to.restartPolicy == "Always") to.restartPolicy.reset();
  if (agent != k8s::AgentContainer{} && all.origin == Origin::Ecs) all.agent.containers[to.name] = agent;
  (place == Place::Main ? all.pod.spec.containers : all.pod.spec.initContainers).push_back(std::move(to));
}

k8s::AgentTask agentOf(const k8s::Pod& pod) {
  auto text = pod.metadata.annotations.find(std::string(k8s::kAgent));
  if (text == pod.metadata.annotations.end()) return {};
  auto agent = json::read<k8s::AgentTask>(text->second);
  return agent ? *agent : k8s::AgentTask{};  // an annotation that is not ours to read counts as none; it stays where it is
}

// A pod made by hand: each init container waits for the one before, the others for the last (translation.md §3, initContainers).
void chain(ToEcs& all) {
  const auto& init = all.pod.spec.initContainers;
  for (std::size_t i = 0; i < all.task.containerDefinitions.size(); ++i) {
    auto& container = all.task.containerDefinitions[i];
    std::size_t before = std::min(i, init.size());
    if (before == 0 || !container.dependsOn.empty()) continue;
    auto& dependency = container.dependsOn.emplace_back();
    dependency.containerName = init[before - 1].name;
    bool sidecar = schedule::isSidecar(init[before - 1]);
    dependency.condition = !sidecar ? "SUCCESS" : all.task.containerDefinitions[before - 1].healthCheck ? "HEALTHY" : "START";
  }
}

// A variable sees those before it (kubernetes.io "Define Dependent Environment Variables"); the last of a name wins.
Variables variablesOf(const k8s::Container& container) {
  Variables out;
  for (const auto& variable : container.env)
    if (!variable.valueFrom) out[variable.name] = expandReferences(variable.value, out);
  return out;
}

void addDefinition(ToEcs& all, const k8s::Container& from, bool isInit) {
  static const k8s::AgentContainer kNone;
  auto agent = all.agent.containers.find(from.name);
  auto& to = all.task.containerDefinitions.emplace_back();
  Variables variables = variablesOf(from);
  ContainerToEcs context{all, from, agent == all.agent.containers.end() ? kNone : agent->second, variables, isInit, to};
  for (const auto& rule : containerRules())
    if (rule.toEcs) rule.toEcs(context);
  // A sidecar restarts because it is one, not because the definition said so.
  if (isInit && all.origin == Origin::Ecs && from.restartPolicy == "Always") to.restartPolicy.reset();
}

}  // namespace

Mapped mapDefinition(const ecs::TaskDefinition& definition, Origin origin, int kubeMinor) {
  Mapped out;
  k8s::Pod& pod = out.pod;
  k8s::AgentTask& agent = out.agent;
  pod.apiVersion = "v1";
  pod.kind = "Pod";
  if (origin == Origin::Ecs) {
    pod.spec.restartPolicy = "Never";
    pod.spec.schedulerName = k8s::kSchedulerName;
    pod.spec.automountServiceAccountToken = false;
    pod.spec.enableServiceLinks = false;
  }
  ToPod all{definition, pod, agent, origin, slugs(namesOf(definition.containerDefinitions)), slugs(namesOf(definition.volumes))};
  Placement placement(definition);
  for (std::size_t index : placement.order())
    if (placement.of(index) != Place::Main) addContainer(all, definition.containerDefinitions[index], placement.of(index));
  for (std::size_t i = 0; i < definition.containerDefinitions.size(); ++i)
    if (placement.of(i) == Place::Main) addContainer(all, definition.containerDefinitions[i], Place::Main);
  for (const auto& rule : taskRules())
    if (rule.toPod) rule.toPod(all);
  if (origin == Origin::Ecs) {
    makeAcceptable(pod);
    out.notes = fitVersion(pod, agent, kubeMinor);
  }
  if (agent != k8s::AgentTask{}) pod.metadata.annotations[std::string(k8s::kAgent)] = json::write(agent);
  return out;
}

k8s::Pod mapToPod(const ecs::TaskDefinition& definition, Origin origin) { return std::move(mapDefinition(definition, origin).pod); }

ecs::TaskDefinition mapToTaskDefinition(const k8s::Pod& pod, Origin origin) { return mapPod(pod, agentOf(pod), origin); }

ecs::TaskDefinition mapPod(const k8s::Pod& pod, const k8s::AgentTask& agent, Origin origin) {
  ecs::TaskDefinition task;
  ToEcs all{pod, agent, task, origin};
  for (const auto& container : pod.spec.initContainers) addDefinition(all, container, true);
  for (const auto& container : pod.spec.containers) addDefinition(all, container, false);
  if (origin == Origin::Pod) chain(all);
  for (const auto& rule : taskRules())
    if (rule.toEcs) rule.toEcs(all);
  return task;
}

}  // namespace taskpod::translate
