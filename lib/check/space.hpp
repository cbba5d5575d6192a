// What the search sees of a model: numbers for states and operations. The search itself is then no
// template, and comparing two states costs nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "check/operation.hpp"
#include "core/time.hpp"

namespace check {

using StateId = std::uint32_t;  // equal states have equal numbers
constexpr StateId no_state = UINT32_MAX;

using Index = std::uint32_t;  // of an operation among those of its object
constexpr Index no_index = UINT32_MAX;

struct Step {
  Index operation = no_index;  // its number in the Space
  ProcessId process;
  core::Instant called;
  std::optional<core::Instant> returned;
  std::uint32_t kind = 0;     // equal for operations that ask and were answered the same
  bool reads = false;         // it never changes a state
  StateId needs = no_state;   // the one state that allows it, if there is just one
  StateId leaves = no_state;  // the state that it leaves whatever it found, if there is just one

  /// It may take effect, and need not.
  bool is_pending() const { return !returned; }
  /// What it leaves shows nothing of what was there.
  bool replaces() const { return !reads && leaves != no_state; }
  bool overwrites() const { return replaces() && needs == no_state; }
};

/// The states of one object.
class Space {
 public:
  Space() = default;
  Space(const Space&) = delete;
  Space& operator=(const Space&) = delete;
  virtual ~Space() = default;

  /// Whether every operation that depends on the state it finds says what it needs. If not, nothing
  /// is known of who may find what.
  virtual bool has_hints() const = 0;

  /// The state after `operation`; no_state if `from` does not allow it.
  virtual StateId step(StateId from, Index operation) = 0;

  /// The model's order of states: one that adds to a text comes after it, and before other texts.
  virtual bool is_less(StateId a, StateId b) const = 0;

  /// Whether operations that add to a state may make `to` of `from`. May say yes too often, never
  /// no.
  virtual bool leads_to(StateId from, StateId to) const = 0;

  /// Whether `state` may be one that was left by `operation`, with additions since. May say yes too
  /// often, never no.
  virtual bool shows(Index operation, StateId state) const = 0;
};

}  // namespace check
