// What a round shall do: a plan of the simulator (lib/sim/plan.hpp), as far as real machines can
// carry it out.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "raft_sim.hpp"
#include "sim/plan.hpp"

namespace torture {

/// The plan of a seed: five nodes, clients that ask without a pause, and faults that real machines
/// can have. Where the seed is even each crash is one of the power.
sim::Plan draw_plan(std::uint64_t seed);

/// What one client does, and what is done to it.
struct Script {
  using Fault = std::variant<sim::Cut, sim::ClientCrash, sim::ClientPause>;

  sim::ClientId client;
  std::vector<std::pair<core::Duration, raft::Ask>> asks;  // by time
  std::vector<std::pair<core::Duration, Fault>> faults;
};

/// A plan, understood.
struct Scenario {
  sim::Plan plan;
  raft::Options options;
  std::vector<Script> scripts;  // client n's is [n - 1]
  core::Duration heal{};
};

/// The error says what real machines cannot do, or the simulator would not take: it names the line.
std::expected<Scenario, std::string> understand(sim::Plan plan);

/// The same for what a file holds.
std::expected<Scenario, std::string> read_scenario(std::string_view text);

}  // namespace torture
