// The rules of search.hpp that give up a way, or all other ways.
#include <algorithm>

#include "check/search.hpp"

namespace check {

namespace {

// Calls and returns that a look-ahead goes through.
constexpr std::uint64_t horizon = 256;

}  // namespace

bool Search::is_hopeless() {
  const std::uint64_t since = fork_ == no_fork ? 0 : forks_[fork_].taken;
  if (is_plain_) {
    // Which states were left behind since the last fork?
    const auto is_lost = [&](StateId state) { return state != state_ && demand_.is_lost(state); };
    if (fork_ != no_fork && is_lost(forks_[fork_].state)) return true;
    for (std::uint64_t i = since; i < taken_.size(); ++i) {
      if (is_lost(steps_[taken_[i].choice.operation].leaves)) return true;
    }
  }
  return is_hopeless_soon();
}

/// Goes through the next calls and returns: does everyone who returns find the state it needs?
bool Search::is_hopeless_soon() {
  ++look_aheads_;
  left_in_look_ahead_.clear();
  std::uint64_t events = 0;
  for (auto at = timeline_.first(); at != Timeline::end && events < horizon;
       at = timeline_.next(at), ++events) {
    const Index operation = timeline_.operation(at);
    const Step& step = steps_[operation];
    if (timeline_.is_return(at)) {
      if (step.needs != no_state && !finds_its_state(operation, timeline_.when(at))) return true;
    } else if (!step.reads && step.leaves != no_state) {
      if (seen_in_look_ahead_.size() <= step.leaves) seen_in_look_ahead_.resize(step.leaves + 1);
      if (seen_in_look_ahead_[step.leaves] != look_aheads_) {
        left_in_look_ahead_.push_back(step.leaves);
      }
      seen_in_look_ahead_[step.leaves] = look_aheads_;
    }
  }
  return false;
}

/// Whether the present state is what `needer` needs, or may become it, or what an operation leaves
/// that is seen in this look-ahead, or a pending one called by then.
bool Search::finds_its_state(Index needer, core::Instant by) {
  const StateId needs = steps_[needer].needs;
  if (state_ == needs) return true;
  if (needs < seen_in_look_ahead_.size() && seen_in_look_ahead_[needs] == look_aheads_) return true;
  const auto brings_it = [&](StateId left) {
    return left == needs || (!is_plain_ && space_.leads_to(left, needs));
  };
  if (!is_plain_ && (brings_it(state_) || std::ranges::any_of(left_in_look_ahead_, brings_it))) {
    return true;
  }
  return std::ranges::any_of(pending_changes_, [&](Index i) {
    return !is_taken_[i] && steps_[i].called <= by && steps_[i].leaves != no_state &&
           brings_it(steps_[i].leaves);
  });
}

/// Whether `operation` has its place ahead, and leaves nothing of what it finds there.
bool Search::must_replace(Index operation) const {
  return steps_[operation].replaces() && !is_covered_[operation];
}

/// When the first of those returns that must replace what `change` does, if that goes next.
core::Instant Search::first_overwrite(Index change) const {
  const core::Instant until = timeline_.first_return();
  for (auto at = timeline_.first(); at != Timeline::end; at = timeline_.next(at)) {
    const Index operation = timeline_.operation(at);
    if (!timeline_.is_return(at) || operation == change || !must_replace(operation)) continue;
    const bool is_covered_then = steps_[change].overwrites() && steps_[operation].called <= until;
    if (!is_covered_then) return timeline_.when(at);
  }
  return core::Instant::max();
}

/// Whether nothing that is left can find the present state, or what may be made of it: whoever
/// needs that is called after an overwriting operation has returned.
bool Search::is_settled() const {
  const auto can_find = [&](Index operation) {
    const StateId needs = steps_[operation].needs;
    return needs == state_ || (!is_plain_ && needs != no_state && space_.leads_to(state_, needs));
  };
  for (auto at = timeline_.first(); at != Timeline::end; at = timeline_.next(at)) {
    const Index operation = timeline_.operation(at);
    if (timeline_.is_return(at) && must_replace(operation)) break;
    if (!timeline_.is_return(at) && can_find(operation)) return false;
  }
  return std::ranges::none_of(pending_changes_,
                              [&](Index i) { return !is_taken_[i] && can_find(i); });
}

/// A chapter begins at a fork whose state nothing can find, and ends when nothing that is left can
/// find what was changed since. In every order that goes on from that fork the operations of the
/// chapter could stand first as well: no other way to go on has to be tried.
void Search::close_chapter() {
  std::uint32_t begin = fork_;
  while (begin != no_fork && !forks_[begin].is_settled) begin = forks_[begin].parent;
  if (begin == no_fork || forks_[begin].is_closed) return;
  for (std::uint64_t i = forks_[begin].taken; i < taken_.size(); ++i) {
    const Index operation = taken_[i].choice.operation;
    if (!steps_[operation].reads && !demand_.is_unread(operation)) return;
  }
  for (std::uint32_t fork = fork_; fork != begin; fork = forks_[fork].parent) {
    forks_[fork].is_closed = true;
  }
  forks_[begin].is_closed = true;
}

/// The state and what is done: of those that must be, all before a certain call, and a few more.
bool Search::is_new() {
  Visited::Words done = {state_, all_taken_before_};
  Visited::Cost cost;
  const core::Instant until = timeline_.first_return();
  Visited::Words more;
  for (std::uint64_t i = all_taken_before_; i < by_call_.size(); ++i) {
    const Index operation = by_call_[i];
    if (steps_[operation].called > until) break;
    if (is_taken_[operation]) {
      set_bit(more, i - all_taken_before_);
    } else if (!is_covered_[operation]) {
      set_bit(cost.uncovered, i - all_taken_before_);
    }
  }
  done.insert(done.end(), more.begin(), more.end());
  for (std::uint64_t i = 0; i < pending_changes_.size(); ++i) {
    if (is_taken_[pending_changes_[i]]) set_bit(cost.spent, i);
  }
  return visited_.is_new(done, cost);
}

}  // namespace check
