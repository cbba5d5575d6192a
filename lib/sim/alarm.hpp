// When a host, a node or a client, takes its next turn: at the earliest time that was asked for,
// and never while it is paused.
#pragma once

#include <algorithm>
#include <optional>

#include "core/time.hpp"

namespace sim {

class Alarm {
 public:
  /// Asks for a turn at `when`. The time at which an event must ring; none when one waits already
  /// that comes no later.
  std::optional<core::Instant> set(core::Instant now, core::Instant when) {
    when = std::max({when, now, paused_until_});
    if (due_ && *due_ <= when) return std::nullopt;
    due_ = when;
    return when;
  }

  /// An event that was to ring at `at` has come. Whether it counts: not when an earlier one, or the
  /// end of the host, has overtaken it.
  bool ring(core::Instant at) {
    if (due_ != at) return false;
    due_.reset();
    return true;
  }

  /// What is set is void.
  void clear() { due_.reset(); }

  /// No turn before `until`, or before the end of a longer pause that goes on.
  void pause(core::Instant until) { paused_until_ = std::max(paused_until_, until); }
  void end_pause(core::Instant now) { paused_until_ = now; }
  bool paused(core::Instant now) const { return paused_until_ > now; }

  core::Instant paused_until() const { return paused_until_; }
  std::optional<core::Instant> due() const { return due_; }

 private:
  core::Instant paused_until_;
  std::optional<core::Instant> due_;
};

}  // namespace sim
