// For tests that run the toy: plans written by hand, and what is to be seen of a run.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/toy_world.hpp"

namespace sim::test {

using core::NodeId;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ToyWorld = World<toy::System>;

inline core::Instant at(core::Duration since_start) { return core::Instant(since_start); }

/// What a plan does at a time.
struct Entry {
  core::Duration at;
  Action action;
};

/// Three nodes; three clients, each of which adds a number every 100 ms; a heal of nodes 1 and 2 at
/// 5 s; and `entries`. Messages between nodes all take equally long, so that none overtakes
/// another.
inline Plan toy_plan(std::vector<Entry> entries = {}, const toy::Options& options = {}) {
  Plan plan;
  plan.system = toy::System::name;
  plan.seed = 1;
  plan.options = to_text(options);
  plan.conditions.peer_min = plan.conditions.peer_max;
  for (Entry& entry : entries) plan.lines.push_back({at(entry.at), 0, std::move(entry.action)});
  for (std::uint64_t i = 0; i < 90; ++i) {
    const ClientId client{static_cast<std::uint32_t>(1 + i % 3)};
    const std::string work = to_text(toy::Work(toy::Add{1'000 + i}));
    plan.lines.push_back(
        {at(seconds(1) + milliseconds(33) * static_cast<std::int64_t>(i)), 0, Ask{client, work}});
  }
  plan.lines.push_back({at(seconds(5)), 0, Heal{{NodeId{1}, NodeId{2}}, false}});
  finish(plan);
  return plan;
}

/// One line of a transcript.
struct Told {
  core::Duration at;
  std::string who;
  std::string does;
  std::string what;

  friend bool operator==(const Told&, const Told&) = default;
};

struct ToyRun {
  RunResult result;
  std::vector<Told> told;

  std::uint64_t fired(Fault fault) const {
    return result.faults.at(static_cast<std::size_t>(fault));
  }

  /// The faults that were counted, in words.
  std::string all_fired() const {
    std::string names;
    for (std::size_t i = 0; i < fault_count; ++i) {
      if (result.faults.at(i) > 0) names += std::string(name_of(static_cast<Fault>(i))) + " ";
    }
    return names;
  }

  /// All lines of `who` that do `does` with something that begins with `what`.
  std::vector<Told> lines(std::string_view who, std::string_view does,
                          std::string_view what = "") const {
    std::vector<Told> found;
    std::ranges::copy_if(told, std::back_inserter(found), [&](const Told& line) {
      return line.who == who && line.does == does && line.what.starts_with(what);
    });
    return found;
  }

  /// Whether a line of `who` that does `does` has `part` in it.
  bool tells(std::string_view who, std::string_view does, std::string_view part) const {
    return std::ranges::any_of(lines(who, does), [&](const Told& line) {
      return line.what.find(part) != std::string::npos;
    });
  }

  /// How many of those are from `from` on and before `to`.
  std::size_t count(std::string_view who, std::string_view does, std::string_view what,
                    core::Duration from, core::Duration to) const {
    const auto all = lines(who, does, what);
    return static_cast<std::size_t>(std::ranges::count_if(
        all, [&](const Told& line) { return line.at >= from && line.at < to; }));
  }
};

/// The run of a plan, to its end.
ToyRun run_toy(const Plan& plan);

/// The result alone, which is quicker.
RunResult judge_toy(const Plan& plan);

}  // namespace sim::test
