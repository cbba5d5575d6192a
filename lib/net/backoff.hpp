// core::backoff, and the failures that it counts.
#pragma once

#include <chrono>
#include <cstdint>

#include "core/backoff.hpp"
#include "core/prng.hpp"

namespace net {

class Backoff {
 public:
  Backoff(std::uint32_t first_ms, std::uint32_t last_ms, std::uint64_t seed)
      : first_ms_(first_ms), last_ms_(last_ms), prng_(seed) {}

  /// The wait after one more failure.
  std::chrono::milliseconds next() {
    ++failures_;
    return core::backoff(first_ms_, last_ms_, failures_, prng_);
  }

  /// Whether nothing has failed since the last success.
  bool fresh() const { return failures_ == 0; }

  /// After a success.
  void reset() { failures_ = 0; }

 private:
  std::uint32_t first_ms_;
  std::uint32_t last_ms_;
  std::uint32_t failures_ = 0;
  core::Prng prng_;
};

}  // namespace net
