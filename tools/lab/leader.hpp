#pragma once

// What the nodes of a cluster say of themselves, for `./lab status` and `./lab kill leader`.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "paths.hpp"
#include "run_state.hpp"

namespace lab {

struct NodeView {
  std::string role;  // leader, follower, candidate
  std::uint64_t term = 0;
  std::uint64_t commit_index = 0;
  std::uint64_t lag = 0;  // entries behind the node that has committed most
};

using NodeViews = std::map<std::string, NodeView>;  // by the process's name

// Asks every node that runs, of each system whose catalog entry says where. Who does not answer at
// once is left out.
NodeViews ask_nodes(const Paths& paths, const RunRecord& record);

// The process that leads: of several that say so, the one in the latest term.
std::optional<std::string> leader_in(const NodeViews& views);

}  // namespace lab
