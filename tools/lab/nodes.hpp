#pragma once

// The nodes of the system that runs: the processes node-1, node-2, ..., each with a data folder,
// and in it the socket that takes orders about its links (lib/net/link_faults.hpp names them).

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "paths.hpp"
#include "problem.hpp"
#include "run_state.hpp"

namespace lab {

struct RunningNode {
  std::uint32_t number = 0;
  std::string name;
  std::string state;  // as ./lab status says it
  std::filesystem::path folder;
  bool leads = false;  // where the caller has asked who does

  // True when the process is there, be it paused.
  bool lives() const { return state == "running" || state == "starting" || state == "paused"; }
  // As ask_in() of control.hpp.
  std::optional<std::string> ask(const std::string& order,
                                 std::chrono::milliseconds patience) const;
};

// Nothing when the process is no node.
std::optional<RunningNode> as_node(const Paths& paths, const ProcessRecord& process);

// Those that should run, by number.
std::vector<RunningNode> nodes_of(const Paths& paths, const RunRecord& record);

// The node of this name or number: node-1 or 1; or the one that leads: leader.
std::expected<RunningNode, Problem> node_named(std::string_view name,
                                               const std::vector<RunningNode>& nodes);

// The orders that hold at the node, such as "block 3,4; delay 2 150". Empty when there are none,
// and when the process is no node or cannot answer.
std::string faults_of(const Paths& paths, const ProcessRecord& process);

}  // namespace lab
