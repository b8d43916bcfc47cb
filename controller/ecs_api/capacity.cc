#include "controller/ecs_api/capacity.h"

#include <algorithm>

namespace taskpod::controller {
namespace {

bool isFargate(std::string_view name) { return name == "FARGATE" || name == "FARGATE_SPOT"; }

}  // namespace

std::optional<std::string> findProvider(const View& view, const std::string& given) {
  auto reference = ecs::parseReference(given, "capacity-provider");
  if (!reference) return std::nullopt;
  if (isFargate(reference->name)) return reference->name;
  auto object = view.provider(reference->name);
  if (!object || object->status.status == "INACTIVE") return std::nullopt;
  return reference->name;
}

std::vector<std::string> providersOf(const json::Value& spec) {
  std::vector<std::string> out;
  if (const json::Value* list = spec.find("capacityProviders"))
    for (const json::Value& item : list->items()) {
      auto reference = ecs::parseReference(item.text(), "capacity-provider");
      out.push_back(reference ? reference->name : std::string(item.text()));
    }
  return out;
}

Result<void, Fault> checkStrategy(const View& view, const json::Value* strategy) {
  if (!strategy || strategy->items().empty()) return {};
  if (strategy->items().size() > 20) return invalidParameter("A capacity provider strategy can have at most 20 items.");
  bool fargate = false, other = false, weighted = false;
  int bases = 0;
  for (const json::Value& value : strategy->items()) {
    auto item = json::read<ecs::CapacityProviderStrategyItem>(value);
    if (!item) return invalidParameter(item.error().message);
    auto name = findProvider(view, item->capacityProvider);
    if (!name)
      return invalidParameter("The specified capacity provider '" + item->capacityProvider +
                              "' was not found. Specify a valid name or ARN and try again.");
    (isFargate(*name) ? fargate : other) = true;
    weighted = weighted || item->weight.value_or(0) > 0;
    bases += item->base.value_or(0) > 0;
  }
  if (fargate && other)
    return invalidParameter(
        "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and Fargate providers.");
  if (bases > 1) return invalidParameter("Only one capacity provider in a capacity provider strategy can have a base defined.");
  if (!weighted && strategy->items().size() > 1)
    return invalidParameter("The capacity provider strategy must have at least one capacity provider with a weight greater than 0.");
  return {};
}

std::vector<std::string> distribute(const std::vector<ecs::CapacityProviderStrategyItem>& strategy, std::size_t count,
                                    std::map<std::string, std::int64_t> existing) {
  std::vector<std::string> out;
  auto nameOf = [](const ecs::CapacityProviderStrategyItem& item) {
    auto reference = ecs::parseReference(item.capacityProvider, "capacity-provider");
    return reference ? reference->name : item.capacityProvider;
  };
  auto baseMissing = [&](const ecs::CapacityProviderStrategyItem& item) { return existing[nameOf(item)] < item.base.value_or(0); };
  auto weightOf = [&](const ecs::CapacityProviderStrategyItem& item) {
    return strategy.size() == 1 ? std::int64_t{1} : std::int64_t{item.weight.value_or(0)};
  };
  auto beyondBase = [&](const ecs::CapacityProviderStrategyItem& item) { return existing[nameOf(item)] - item.base.value_or(0); };
  for (std::size_t i = 0; i < count; ++i) {
    auto chosen = std::find_if(strategy.begin(), strategy.end(), baseMissing);
    if (chosen == strategy.end()) {
      // The smallest share of its weight so far; cross-multiplied, so that there are no fractions.
      for (auto item = strategy.begin(); item != strategy.end(); ++item) {
        if (weightOf(*item) == 0) continue;
        if (chosen == strategy.end() || beyondBase(*item) * weightOf(*chosen) < beyondBase(*chosen) * weightOf(*item)) chosen = item;
      }
    }
    if (chosen == strategy.end()) break;
    ++existing[nameOf(*chosen)];
    out.push_back(nameOf(*chosen));
  }
  return out;
}

std::vector<ecs::CapacityProviderStrategyItem> strategyOf(const std::vector<ecs::CapacityProviderStrategyItem>& own,
                                                          const std::string& launchType, const ClusterEntry& cluster) {
  if (!own.empty() || !launchType.empty() || !cluster.object) return own;
  std::vector<ecs::CapacityProviderStrategyItem> out;
  auto spec = json::Document::parse(cluster.object->spec.text);
  const json::Value* list = spec ? spec->root().find("defaultCapacityProviderStrategy") : nullptr;
  if (!list) return out;
  for (const json::Value& value : list->items())
    if (auto item = json::read<ecs::CapacityProviderStrategyItem>(value)) out.push_back(std::move(*item));
  return out;
}

}  // namespace taskpod::controller
