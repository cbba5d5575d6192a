// Is there an order of an object's operations that explains all answers? A search gives one
// operation after the other its place in that order, and goes back when it is stuck (Wing and Gong
// 1993), remembering where it has been (Lowe 2016).
//
// An operation is *available* when everything that returned before its call has its place. At each
// turn one of the available ones is next. That alone is slow where many are open at once, so some
// choices are left out. Each rule keeps an order if there is one:
//
//   reads first  An available read of the present state goes next: it changes nothing.
//   twins        Of operations that do the same, the one that returns first goes first.
//   when needed  A change goes next only if somebody may find it before it is overwritten, or if it
//                must: it is the first to return.
//   covered      A change that could have stood right before an overwriting one is *covered*: when
//                it must have its place it can have that one, where nobody finds it.
//   lost         A state that must still be found, and cannot come back, is not left.
//   look-ahead   Who returns soon must find its state: the present one, or one that an operation
//                called by then leaves.
//   chapters     When neither the state at some moment nor what was changed since can be found by
//                what is left, the way here was as good as any, and no other is tried.
//
// *Pending* operations, whose outcome is unknown, may take effect or not. The search goes on where
// it has spent the fewest of them: one that was spent too early would be missed only much later.
//
// An object is *plain* here when each change overwrites what was there, or needs a certain state
// and leaves another; appending to a text does neither.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "check/demand.hpp"
#include "check/operation.hpp"
#include "check/space.hpp"
#include "check/timeline.hpp"
#include "check/visited.hpp"

namespace check {

class Search {
 public:
  /// `space` must outlive the search.
  Search(Space& space, std::vector<Step> steps, StateId initial);

  /// Undecided when a bound was reached.
  Verdict run(const Bounds& bounds);

  /// Configurations that were looked at.
  std::uint64_t turns() const { return turns_; }

 private:
  static constexpr std::uint32_t no_fork = UINT32_MAX;

  struct Choice {
    Index operation = no_index;
    bool is_hidden = false;  // its place is before an overwriting one that was taken already
  };
  // A moment with a choice. They make a tree: each hangs on the one before it.
  struct Fork {
    std::uint32_t parent = no_fork;
    StateId state = no_state;
    std::uint64_t taken = 0;      // how many operations were taken until here
    std::vector<Choice> way;      // those since the parent
    std::vector<Choice> choices;  // that spend no pending operation
    std::uint64_t next = 0;
    bool is_settled = false;
    bool is_closed = false;  // nothing else has to be tried here
  };
  struct Later {
    std::uint32_t fork = no_fork;
    Choice choice;
  };
  struct Taken {
    Choice choice;
    std::uint64_t covered = 0;  // how many were covered before
  };

  void arrive();
  void go_on();
  std::optional<Later> next_choice();
  void go_to(std::uint32_t fork);

  StateId after(Index operation);
  bool is_available(Index operation) const;
  void read_all();
  std::vector<Choice> find_choices();
  void add_change(std::vector<Choice>& choices, Index operation);
  void add_due(std::vector<Choice>& choices, Index operation);
  std::vector<Choice> find_pending(const std::vector<Choice>& choices);
  bool may_be_found(Index change, core::Instant until) const;

  void take(Choice choice);
  void cover_before(Index overwriting);
  void put_back_until(std::uint64_t taken);

  bool is_hopeless();
  bool is_hopeless_soon();
  bool finds_its_state(Index needer, core::Instant by);
  bool must_replace(Index operation) const;
  core::Instant first_overwrite(Index change) const;
  bool is_settled() const;
  void close_chapter();
  bool is_new();

  Space& space_;
  std::vector<Step> steps_;
  bool is_plain_;
  Timeline timeline_;
  Demand demand_;
  Visited visited_;

  std::vector<Index> by_call_;                     // those that are not pending
  std::vector<std::uint64_t> place_by_call_;       // of each
  std::vector<Index> before_;                      // of each: the one before it in its process
  std::vector<std::vector<Index>> pending_;        // of each kind that has any, by time of call
  std::vector<Index> pending_changes_;             // all of them
  std::vector<std::uint64_t> seen_in_look_ahead_;  // of each state: in which look-ahead
  std::vector<StateId> left_in_look_ahead_;
  std::uint64_t look_aheads_ = 0;

  StateId state_;
  std::vector<bool> is_taken_;
  std::vector<Taken> taken_;  // the order so far
  std::vector<bool> is_covered_;
  std::vector<Index> covered_;          // in the order in which that happened
  std::uint64_t all_taken_before_ = 0;  // in by_call_
  std::vector<Fork> forks_;
  std::uint32_t fork_ = no_fork;     // the last one on the way here
  std::vector<std::uint32_t> open_;  // forks with choices, that spent no more than the others
  std::map<std::uint64_t, std::vector<Later>> later_;  // by how many pending operations are spent
  std::uint64_t spent_ = 0;
  bool has_arrived_ = true;  // somewhere that was not looked at
  Verdict verdict_ = Verdict::undecided;
  std::uint64_t turns_ = 0;
};

/// Whether no change adds to what was there.
bool are_plain(const std::vector<Step>& steps);

/// Without the pending operations that no answer can depend on: reads, and changes that nobody can
/// find.
std::vector<Step> without_idle(const Space& space, std::vector<Step> steps);

}  // namespace check
