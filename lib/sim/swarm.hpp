// From a seed to a plan. Each seed draws for itself which kinds of fault it has, how many, and how
// slow its machines are, so that a thousand seeds are a thousand different kinds of weather rather
// than a thousand days of the same (Groce et al., "Swarm testing", 2012).
#pragma once

#include <cstdint>

#include "sim/plan.hpp"
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

/// The plan of a seed: weather, and 120 to 300 pieces of work at random times for random clients.
template <System S>
Plan draw_plan(std::uint64_t seed) {
  const core::Prng root(seed);
  core::Prng draws = root.fork(1);
  const typename S::Options options = S::draw_options(draws);
  const Facts facts{S::cluster(options), S::faults()};
  core::require(facts.cluster.clients >= 3, "a seeded run has at least 3 clients");
  Plan plan;
  plan.system = S::name;
  plan.seed = seed;
  plan.options = to_text(options);
  const core::Instant heal = draw_weather(root.fork(2), facts, plan);
  core::Prng work = root.fork(3);
  const std::uint64_t pieces = 120 + work.below(181);
  for (std::uint64_t i = 0; i < pieces; ++i) {
    const std::int64_t at = work.between(10'000, heal.time_since_epoch().count() - 1);
    // The first pieces go round, so that every client has some.
    const std::uint64_t client = 1 + (i < 50 ? i : work.next()) % facts.cluster.clients;
    const ClientId id{static_cast<std::uint32_t>(client)};
    core::Prng own = work.fork(i);
    plan.lines.push_back(
        {core::Instant(core::Duration(at)), 0, Ask{id, to_text(S::draw_work(options, id, own))}});
  }
  finish(plan);
  return plan;
}

}  // namespace sim
