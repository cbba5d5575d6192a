// What a simulator program does, for whatever system: the commands, their output and exit codes.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/plan.hpp"
#include "sim/run_result.hpp"
#include "sim/settings.hpp"
#include "sim/transcript.hpp"

namespace sim {

inline constexpr int exit_good = 0;
inline constexpr int exit_violated = 1;
inline constexpr int exit_coverage = 2;
inline constexpr int exit_usage = 64;

/// What a search through all orders found.
struct SearchResult {
  std::uint64_t visited = 0;  // states; one that is met again nearer to the start counts again
  std::uint64_t merged = 0;   // ways that led to a state from which all had been tried
  std::string checker;        // that found something; empty when nothing was found
  std::string what;
};

/// What comparing a recorded trace with the core's own answers gave.
struct TraceResult {
  std::uint64_t steps = 0;
  std::uint64_t turns = 0;
  std::uint64_t hash = 0;
  std::string warning;     // the recording was torn at its end
  std::string difference;  // the first; empty when every Ready was equal
};

constexpr auto describe(wire::Type<SearchResult>) {
  using R = SearchResult;
  using wire::field;
  return wire::record<1>("search", field<1>("visited", &R::visited), field<2>("merged", &R::merged),
                         field<3>("checker", &R::checker), field<4>("what", &R::what));
}

constexpr auto describe(wire::Type<TraceResult>) {
  using R = TraceResult;
  using wire::field;
  return wire::record<1>("trace", field<1>("turns", &R::turns), field<2>("steps", &R::steps),
                         field<3>("warning", &R::warning), field<4>("difference", &R::difference),
                         field<5>("hash", &R::hash));
}

/// What happened in a run to one of its things.
struct Story {
  RunResult result;
  std::vector<std::string> lines;
};

/// A system, with its types hidden.
struct Program {
  std::string system;
  /// What it promises: then a campaign tells of each whether it was kept.
  std::vector<Promise> promises = {};
  /// What else stands on the command line of `./lab sim` and `replay`: "--core 'python3 queue.py'".
  std::string flags = {};
  /// The error is a sentence about the settings, here and below.
  std::function<std::expected<Plan, std::string>(std::uint64_t seed, const Settings& settings)>
      draw_plan;
  /// `transcript` may be null. The error is a sentence about the plan.
  std::function<std::expected<RunResult, std::string>(const Plan& plan, Transcript* transcript,
                                                      Hashing hashing)>
      run;
  /// `transcript` is told the way to a violation.
  std::function<std::expected<SearchResult, std::string>(
      std::uint32_t depth, const Settings& settings, Transcript* transcript)>
      search;
  std::function<std::expected<TraceResult, std::string>(std::string_view file,
                                                        Transcript& transcript)>
      replay_trace;
  /// What a replay can tell of alone, as "task" for `--task N`; empty: nothing.
  std::string subject = {};
  /// The error is a sentence about the plan, or says that it has no such thing.
  std::function<std::expected<Story, std::string>(const Plan& plan, std::uint64_t number)> tell =
      {};
};

/// The whole program; the result is its exit code.
int run_program(const Program& program, int argc, char** argv);

}  // namespace sim
