// A pseudo-random generator whose numbers are the same on every machine and compiler. The standard
// distributions are not: each library draws them in its own way.
#pragma once

#include <cstdint>

#include "core/require.hpp"

namespace core {

/// A probability of `part` in `whole`, without floating point. `whole` must not be 0.
struct Ratio {
  std::uint32_t part = 0;
  std::uint32_t whole = 1;

  friend bool operator==(const Ratio&, const Ratio&) = default;
};

/// Scrambles 64 bits so that similar inputs give unrelated outputs (the finalizer of SplitMix64).
constexpr std::uint64_t mix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): one
/// word of state, so that a core that owns one stays cheap to copy.
class Prng {
 public:
  explicit constexpr Prng(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t next() {
    const std::uint64_t drawn = mix64(state_);
    state_ += 0x9e3779b97f4a7c15;
    return drawn;
  }

  /// A number from 0 to `bound` - 1, each as likely as the others. `bound` must not be 0.
  constexpr std::uint64_t below(std::uint64_t bound) {
    require(bound > 0, "Prng::below needs a bound above 0");
    const std::uint64_t uneven = (0 - bound) % bound;  // 2^64 mod bound: numbers to draw again
    std::uint64_t drawn = next();
    while (drawn < uneven) drawn = next();
    return drawn % bound;
  }

  /// A number from `low` to `high`, both included. `low` must not be above `high`.
  constexpr std::int64_t between(std::int64_t low, std::int64_t high) {
    require(low <= high, "Prng::between needs low <= high");
    const auto width = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    const std::uint64_t offset = width == UINT64_MAX ? next() : below(width + 1);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
  }

  constexpr bool chance(Ratio ratio) { return below(ratio.whole) < ratio.part; }

  /// A generator of its own for `stream`: what is drawn from it does not move this one.
  constexpr Prng fork(std::uint64_t stream) const { return Prng(mix64(state_ ^ mix64(stream))); }

  constexpr std::uint64_t state() const { return state_; }

 private:
  std::uint64_t state_;
};

}  // namespace core
