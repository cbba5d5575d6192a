// What is left of a run when it is over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/system.hpp"
#include "wire/type.hpp"

namespace sim {

/// Whether a run is fingerprinted: to compare it with others, not to judge it.
enum class Hashing : std::uint8_t { with, without };

struct RunResult {
  std::uint64_t seed = 0;
  std::string checker;  // that found something; empty when nothing was found
  std::string what;
  std::optional<std::uint64_t> about;  // see Finding
  std::uint64_t events = 0;
  std::uint64_t answered = 0;         // calls that clients got a result for
  std::uint64_t crashes = 0;          // of nodes, for whatever reason
  std::vector<std::uint64_t> faults;  // how often each Fault had an effect, by its number
  std::uint64_t possible = 0;         // the set of faults that the cluster could have, bit by bit
  core::Duration simulated{0};
  bool live = false;  // went through the liveness phase; not when damaged disks left no majority
  std::uint64_t hash = 0;  // 0: left out
  std::vector<Tally> tallies;
  std::vector<Finding> noted;  // all that its watcher found without ending the run

  bool violated() const { return !checker.empty(); }
};

constexpr auto describe(wire::Type<RunResult>) {
  using R = RunResult;
  using wire::field;
  return wire::record<1>("run", field<1>("seed", &R::seed), field<2>("checker", &R::checker),
                         field<3>("what", &R::what), field<4>("events", &R::events),
                         field<5>("answered", &R::answered), field<6>("crashes", &R::crashes),
                         field<7>("faults", &R::faults), field<8>("possible", &R::possible),
                         field<9>("simulated", &R::simulated), field<10>("live", &R::live),
                         field<11>("hash", &R::hash), field<12>("tallies", &R::tallies),
                         field<13>("noted", &R::noted), field<14>("about", &R::about));
}

}  // namespace sim
