// Which states are still needed, and what can still bring them: the bookkeeping behind the rules
// that spare the search most of its work.
#pragma once

#include <cstdint>
#include <vector>

#include "check/space.hpp"
#include "core/time.hpp"

namespace check {

class Demand {
 public:
  /// Both must outlive this object.
  Demand(const Space& space, const std::vector<Step>& steps, bool is_plain);

  void take(Index operation);
  void put_back(Index operation);

  /// Whether nothing that is left can find a state that shows `change`: who needs such a state was
  /// called after an overwriting operation had returned that was called after this one.
  bool is_unread(Index change) const { return !is_read(change, core::Instant::max()); }

  /// Whether an operation that is left, and was called at `until` or before, may find a state that
  /// shows `change`.
  bool is_read(Index change, core::Instant until) const;

  /// Whether somebody must still find `state`, and nothing is left that could leave it. Only for
  /// plain changes.
  bool is_lost(StateId state) const;

 private:
  std::vector<core::Instant> horizons() const;
  void find_readers(Index change, core::Instant horizon);

  const Space& space_;
  const std::vector<Step>& steps_;
  bool is_plain_;
  std::vector<bool> taken_;
  std::vector<Index> needers_;                   // by time of call
  std::vector<core::Instant> returned_by_then_;  // the last return of a needer and those before it
  std::vector<std::vector<Index>> readers_;      // of each change, by time of call
  std::vector<bool> has_many_readers_;           // too many to list
  std::vector<std::uint64_t> must_find_;         // of each state: operations that are not pending
  std::vector<std::uint64_t> sources_;           // of each state
};

}  // namespace check
