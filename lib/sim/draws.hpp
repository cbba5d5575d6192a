// Where a run's random numbers come from: a generator for each thing that is drawn about, made from
// the seed and from that thing's own number. So what happens to one changes no draw of another.
#pragma once

#include <cstdint>

#include "core/prng.hpp"

namespace sim {

/// What a draw is about, so that no two kinds of draws share their numbers.
enum class Topic : std::uint64_t {
  link = 1,  // a message between nodes
  client,    // a piece under way to or from a client
  node,      // a turn, a sync, a start
  reaction,  // of the program around a client
  client_start,
  plan_line,
};

inline core::Prng draws_about(std::uint64_t seed, Topic topic, std::uint64_t number) {
  return core::Prng(seed).fork(static_cast<std::uint64_t>(topic)).fork(number);
}

}  // namespace sim
