// How long to wait before another try: twice as long after each failure, up to a limit, and never
// quite as long as others wait, so that those who failed together do not come back together.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "core/prng.hpp"

namespace net {

class Backoff {
 public:
  Backoff(std::uint32_t first_ms, std::uint32_t last_ms, std::uint64_t seed)
      : first_ms_(first_ms), last_ms_(last_ms), prng_(seed) {}

  /// Between half of what the failures so far call for and all of it.
  std::chrono::milliseconds next() {
    const std::uint64_t grown = std::uint64_t{first_ms_} << std::min(failures_++, most_doublings);
    const auto most = static_cast<std::int64_t>(std::min<std::uint64_t>(grown, last_ms_));
    return std::chrono::milliseconds(prng_.between(most / 2, most));
  }

  /// Whether nothing has failed since the last success.
  bool fresh() const { return failures_ == 0; }

  /// After a success.
  void reset() { failures_ = 0; }

 private:
  static constexpr std::uint32_t most_doublings = 16;

  std::uint32_t first_ms_;
  std::uint32_t last_ms_;
  std::uint32_t failures_ = 0;
  core::Prng prng_;
};

}  // namespace net
