// What the nodes of a round say of themselves when it is over: whether they agree.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nodes.hpp"

namespace torture {

/// True when each of `which` has applied everything that any of them has in its log.
bool are_level(const Nodes& nodes, const std::vector<core::NodeId>& which);

/// Asks each of `which`, which must be level, for all that it holds. Empty when it is the same;
/// else what differs, in a sentence.
std::optional<std::string> find_difference(const Nodes& nodes,
                                           const std::vector<core::NodeId>& which,
                                           std::uint32_t keys);

/// From the logs of all nodes: two that led in the same term, in a sentence.
std::optional<std::string> find_second_leader(const Nodes& nodes);

}  // namespace torture
