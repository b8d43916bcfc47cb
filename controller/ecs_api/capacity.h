// Capacity providers: which there are, what a strategy must be like, and which provider each task of a call goes to (Amazon ECS API
// reference, CapacityProviderStrategyItem; Developer Guide, "Amazon ECS capacity providers").
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/ecs_api/call.h"
#include "taskpod/ecs/service.h"

namespace taskpod::controller {

// The name of a provider that exists (built in: FARGATE, FARGATE_SPOT), given its name or ARN.
std::optional<std::string> findProvider(const View& view, const std::string& given);

// `capacityProviders` of a Cluster object's spec.
std::vector<std::string> providersOf(const json::Value& spec);

// Checks a strategy: at most 20 items, providers that exist, one base, not all weights 0, Fargate not mixed with others.
Result<void, Fault> checkStrategy(const View& view, const json::Value* strategy);

// Who gets each of `count` new tasks, given how many each provider has already: base first, then by weight. Pure.
std::vector<std::string> distribute(const std::vector<ecs::CapacityProviderStrategyItem>& strategy, std::size_t count,
                                    std::map<std::string, std::int64_t> existing);

// The strategy of a call or a service: its own, else (when it names no launch type) the cluster's default.
std::vector<ecs::CapacityProviderStrategyItem> strategyOf(const std::vector<ecs::CapacityProviderStrategyItem>& own,
                                                          const std::string& launchType, const ClusterEntry& cluster);

}  // namespace taskpod::controller
