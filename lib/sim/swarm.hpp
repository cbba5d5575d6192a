// From a seed to a plan. Each seed draws for itself which kinds of fault it has, how many, and how
// slow its machines are, so that a thousand seeds are a thousand different kinds of weather rather
// than a thousand days of the same (Groce et al., "Swarm testing", 2012).
#pragma once

#include <algorithm>
#include <cstdint>
#include <expected>
#include <string>
#include <utility>

#include "sim/plan.hpp"
#include "sim/settings.hpp"
#include "sim/system.hpp"
#include "sim/text.hpp"

namespace sim {

/// What the drawing needs to know of a system.
struct Facts {
  Cluster cluster;
  FaultSet faults;
};

/// The faults that such a cluster can have: without disks none of disks, without peers none between
/// nodes.
FaultSet possible(const Facts& facts);

/// Fills in the conditions, the faults' lines and the heal, from 10 to 15 s after the start.
/// Returns the time of the heal.
core::Instant draw_weather(core::Prng prng, const Facts& facts, Plan& plan);

/// Puts the lines in order and gives each its stream.
void finish(Plan& plan);

/// The last time at or before `at` at which work comes.
inline std::int64_t pulse_before(std::int64_t at, const Cluster& cluster) {
  const std::int64_t pulse = cluster.pulse.count();
  return pulse == 0 ? at : std::max(at - at % pulse, std::int64_t{10'000});
}

/// The plan of a seed: weather, and 120 to 300 pieces of work at random times for random clients.
/// The error is a sentence about `settings`.
template <System S>
std::expected<Plan, std::string> draw_plan(std::uint64_t seed, const Settings& settings) {
  const core::Prng root(seed);
  core::Prng draws = root.fork(1);
  const auto options = with_settings<S>(S::draw_options(draws), settings);
  if (!options) return std::unexpected(options.error());
  const Facts facts{S::cluster(*options), S::faults()};
  if (facts.cluster.clients < 3) return std::unexpected("a seeded run has at least 3 clients");
  Plan plan;
  plan.system = S::name;
  plan.seed = seed;
  plan.options = to_text(*options);
  const core::Instant heal = draw_weather(root.fork(2), facts, plan);
  core::Prng work = root.fork(3);
  const std::uint64_t pieces = 120 + work.below(181);
  for (std::uint64_t i = 0; i < pieces; ++i) {
    const std::int64_t at = work.between(10'000, heal.time_since_epoch().count() - 1);
    // The first pieces go round, so that every client has some.
    const std::uint64_t client = 1 + (i < 50 ? i : work.next()) % facts.cluster.clients;
    const ClientId id{static_cast<std::uint32_t>(client)};
    core::Prng own = work.fork(i);
    const core::Duration when(pulse_before(at, facts.cluster));
    plan.lines.push_back(
        {core::Instant(when), 0, Ask{id, to_text(S::draw_work(*options, id, own))}});
  }
  finish(plan);
  return plan;
}

template <System S>
Plan draw_plan(std::uint64_t seed) {
  auto plan = draw_plan<S>(seed, {});
  core::require(plan.has_value(), "a drawn plan fits its system");
  return std::move(*plan);
}

}  // namespace sim
