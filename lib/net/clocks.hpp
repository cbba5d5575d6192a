#pragma once

#include <chrono>

#include "core/time.hpp"

namespace net {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Both clocks of this machine, one right after the other.
inline core::Now read_clocks() {
  using std::chrono::duration_cast;
  const auto mono = std::chrono::steady_clock::now().time_since_epoch();
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return {core::Instant(duration_cast<core::Duration>(mono)),
          core::UnixTime(duration_cast<core::Duration>(wall))};
}

/// The first moment of the steady clock at which read_clocks().mono has reached `at`.
inline SteadyTime to_steady(core::Instant at) {
  return SteadyTime(std::chrono::duration_cast<SteadyTime::duration>(at.time_since_epoch()));
}

}  // namespace net
