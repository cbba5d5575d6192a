// A node's two clocks over true time. They run at the node's own rate; the monotonic one starts
// anew with each incarnation, the wall clock goes on and may jump.
#pragma once

#include <cstdint>

#include "core/digest.hpp"
#include "core/time.hpp"

namespace sim {

class Clock {
 public:
  /// Reads both at true time `at`, which must not be before the last change.
  core::Now read(core::Instant at) const {
    const core::Duration passed = scaled(at - since_);
    return {mono_ + passed, wall_ + passed};
  }

  /// The first true time at which the monotonic clock shows `mono` or more.
  core::Instant when(core::Instant mono) const {
    if (mono <= mono_) return since_;
    const std::int64_t wanted = (mono - mono_).count();
    const std::int64_t speed = million + ppm_;
    // Rounded up.
    const std::int64_t whole = wanted / speed;
    const std::int64_t rest = wanted % speed;
    return since_ + core::Duration(whole * million + (rest * million + speed - 1) / speed);
  }

  /// From `at` on runs `ppm` millionths faster than true time (slower when negative).
  /// `ppm` is from -500'000 to 500'000.
  void set_rate(core::Instant at, std::int32_t ppm) {
    move_to(at);
    ppm_ = ppm;
  }

  void jump(core::Instant at, core::Duration by) {
    move_to(at);
    wall_ += by;
  }

  /// A new incarnation begins at `at`, and its monotonic clock shows `mono`.
  void restart(core::Instant at, core::Instant mono) {
    move_to(at);
    mono_ = mono;
  }

  void set_wall(core::UnixTime wall) { wall_ = wall; }

  /// Of all that decides what it will show.
  std::uint64_t digest() const {
    return core::Digest()
        .add(since_)
        .add(mono_)
        .add(wall_)
        .add(static_cast<std::uint64_t>(std::int64_t{ppm_}))
        .value();
  }

 private:
  static constexpr std::int64_t million = 1'000'000;

  core::Duration scaled(core::Duration true_time) const {
    const std::int64_t t = true_time.count();
    const std::int64_t speed = million + ppm_;
    // Rounded down. Split so that no product leaves 64 bits.
    return core::Duration(t / million * speed + t % million * speed / million);
  }

  void move_to(core::Instant at) {
    const core::Now now = read(at);
    since_ = at;
    mono_ = now.mono;
    wall_ = now.wall;
  }

  core::Instant since_;  // true time of the last change, and what the clocks showed then
  core::Instant mono_;
  core::UnixTime wall_;
  std::int32_t ppm_ = 0;
};

}  // namespace sim
