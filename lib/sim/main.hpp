// A simulator program of one system:
//   int main(int argc, char** argv) { return sim::main<queue::System>(argc, argv); }
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "sim/program.hpp"
#include "sim/search.hpp"
#include "sim/swarm.hpp"
#include "sim/trace_replay.hpp"
#include "sim/world.hpp"

namespace sim {

template <System S>
std::expected<RunResult, std::string> run_plan(const Plan& plan, Transcript* transcript,
                                               Hashing hashing = Hashing::with) {
  auto world = World<S>::make(plan);
  if (!world) return std::unexpected(std::move(world).error());
  if (hashing == Hashing::without) world->leave_hash_out();
  world->tell(transcript);
  world->run();
  return world->result();
}

template <TellingSystem S>
std::expected<Story, std::string> tell_plan(const Plan& plan, std::uint64_t number) {
  auto world = World<S>::make(plan);
  if (!world) return std::unexpected(std::move(world).error());
  typename S::Teller teller(world->options(), number);
  world->show_to(&teller);
  world->run();
  auto lines = teller.story();
  if (!lines) return std::unexpected(std::move(lines).error());
  return Story{world->result(), std::move(*lines)};
}

template <System S>
Program program_of() {
  Program program;
  program.system = S::name;
  program.draw_plan = [](std::uint64_t seed, const Settings& settings) {
    return draw_plan<S>(seed, settings);
  };
  program.run = run_plan<S>;
  program.search = [](std::uint32_t depth, const Settings& settings,
                      Transcript* transcript) -> std::expected<SearchResult, std::string> {
    auto options = with_settings<S>(S::smallest(), settings);
    if (!options) return std::unexpected(std::move(options).error());
    return Search<S>(std::move(*options)).run(depth, transcript);
  };
  program.replay_trace = replay_trace<S>;
  if constexpr (TellingSystem<S>) {
    program.subject = S::Teller::subject;
    program.tell = tell_plan<S>;
  }
  return program;
}

template <System S>
int main(int argc, char** argv) {
  return run_program(program_of<S>(), argc, argv);
}

}  // namespace sim
