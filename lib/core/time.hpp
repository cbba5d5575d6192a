// Time as a core sees it: a value that its host passes in. The two clocks below have no now(), so a
// core cannot read one.
#pragma once

#include <chrono>
#include <cstdint>

namespace core {

using Duration = std::chrono::duration<std::int64_t, std::micro>;

struct MonotonicClock {};  // counts from some moment of this process; never jumps
struct WallClock {};       // counts from 1970-01-01 UTC; may jump either way

using Instant = std::chrono::time_point<MonotonicClock, Duration>;
using UnixTime = std::chrono::time_point<WallClock, Duration>;

/// Both clocks, read once for a whole batch of inputs. Use `mono` for time-outs within this
/// process, and `wall` only for what must outlive it, such as a lease that is still running after a
/// restart.
struct Now {
  Instant mono;
  UnixTime wall;

  friend bool operator==(const Now&, const Now&) = default;
};

}  // namespace core
