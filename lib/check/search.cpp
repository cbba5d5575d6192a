#include "check/search.hpp"

#include <algorithm>
#include <map>
#include <ranges>
#include <set>
#include <utility>

namespace check {

namespace {

constexpr std::uint64_t turns_between_questions = 256;

}  // namespace

bool are_plain(const std::vector<Step>& steps) {
  return std::ranges::all_of(
      steps, [](const Step& step) { return step.reads || step.leaves != no_state; });
}

namespace {

/// The states that somebody needs, without those that may become another one of them: what such a
/// state shows, the other shows too.
std::vector<StateId> last_needed(const Space& space, const std::vector<Step>& steps) {
  std::set<StateId> needed;
  for (const Step& step : steps) {
    if (step.needs != no_state) needed.insert(step.needs);
  }
  std::vector<StateId> order(needed.begin(), needed.end());
  std::ranges::stable_sort(order, [&](StateId a, StateId b) { return space.is_less(a, b); });
  std::vector<StateId> last;
  for (const StateId state : order) {
    if (!last.empty() && space.leads_to(last.back(), state)) last.pop_back();
    last.push_back(state);
  }
  return last;
}

}  // namespace

std::vector<Step> without_idle(const Space& space, std::vector<Step> steps) {
  if (!space.has_hints()) return steps;
  std::erase_if(steps, [](const Step& step) { return step.reads && step.is_pending(); });
  // Leaving one out may make another idle: what it needed is needed by nobody else.
  for (std::uint64_t before = 0; before != steps.size();) {
    before = steps.size();
    const std::vector<StateId> needed = last_needed(space, steps);
    std::erase_if(steps, [&](const Step& step) {
      return step.is_pending() && std::ranges::none_of(needed, [&](StateId state) {
               return space.shows(step.operation, state);
             });
    });
  }
  return steps;
}

Search::Search(Space& space, std::vector<Step> steps, StateId initial)
    : space_(space),
      steps_(without_idle(space, std::move(steps))),
      is_plain_(are_plain(steps_)),
      timeline_(steps_),
      demand_(space, steps_, is_plain_),
      place_by_call_(steps_.size()),
      before_(steps_.size(), no_index),
      state_(initial),
      is_taken_(steps_.size()),
      is_covered_(steps_.size()) {
  std::vector<Index> order;
  for (Index i = 0; i < steps_.size(); ++i) order.push_back(i);
  std::ranges::stable_sort(order, {}, [&](Index i) { return steps_[i].called; });
  std::map<ProcessId, Index> last;
  std::map<std::uint32_t, std::vector<Index>> pending;
  for (const Index i : order) {
    const Step& step = steps_[i];
    const auto known = last.find(step.process);
    if (known != last.end() && *steps_[known->second].returned <= step.called) {
      before_[i] = known->second;
    }
    if (step.is_pending()) {
      pending[step.kind].push_back(i);
      pending_changes_.push_back(i);
      continue;
    }
    place_by_call_[i] = by_call_.size();
    by_call_.push_back(i);
    last[step.process] = i;
  }
  for (auto& [kind, operations] : pending) pending_.push_back(std::move(operations));
}

Verdict Search::run(const Bounds& bounds) {
  while (verdict_ == Verdict::undecided && turns_ < bounds.configurations) {
    if (turns_ % turns_between_questions == 0 && bounds.go_on && !bounds.go_on()) break;
    ++turns_;
    if (std::exchange(has_arrived_, false)) {
      arrive();
    } else {
      go_on();
    }
  }
  return verdict_;
}

void Search::arrive() {
  read_all();
  if (timeline_.empty()) {
    verdict_ = Verdict::linearizable;
    return;
  }
  close_chapter();
  if (is_hopeless() || !is_new()) return;
  Fork fork;
  fork.parent = fork_;
  fork.state = state_;
  fork.taken = taken_.size();
  const std::uint64_t since = fork_ == no_fork ? 0 : forks_[fork_].taken;
  for (std::uint64_t i = since; i < taken_.size(); ++i) fork.way.push_back(taken_[i].choice);
  fork.is_settled = is_settled();
  fork.choices = find_choices();
  fork_ = static_cast<std::uint32_t>(forks_.size());
  std::vector<Choice> spending = find_pending(fork.choices);
  for (const Choice& choice : spending) later_[spent_ + 1].push_back({fork_, choice});
  open_.push_back(fork_);
  forks_.push_back(std::move(fork));
}

/// To the next choice that was not tried.
void Search::go_on() {
  const std::optional<Later> next = next_choice();
  if (!next) {
    verdict_ = Verdict::not_linearizable;
    return;
  }
  go_to(next->fork);
  take(next->choice);
  has_arrived_ = true;
}

/// At the last fork that has any; and if none has, where the fewest pending operations are spent.
std::optional<Search::Later> Search::next_choice() {
  for (; !open_.empty(); open_.pop_back()) {
    Fork& fork = forks_[open_.back()];
    if (!fork.is_closed && fork.next < fork.choices.size()) {
      return Later{open_.back(), fork.choices[fork.next++]};
    }
    fork.choices = {};
  }
  while (!later_.empty()) {
    std::vector<Later>& fewest = later_.begin()->second;
    while (!fewest.empty()) {
      const Later later = fewest.back();
      fewest.pop_back();
      if (!forks_[later.fork].is_closed) return later;
    }
    later_.erase(later_.begin());
  }
  return std::nullopt;
}

/// Back to where the ways part, and forward from there.
void Search::go_to(std::uint32_t fork) {
  std::vector<std::uint32_t> forward;
  // A fork has a lower number than those that hang on it.
  for (std::uint32_t to = fork; to != fork_;) {
    if (fork_ == no_fork || (to != no_fork && to > fork_)) {
      forward.push_back(to);
      to = forks_[to].parent;
    } else {
      fork_ = forks_[fork_].parent;
    }
  }
  put_back_until(fork_ == no_fork ? 0 : forks_[fork_].taken);
  if (fork_ != no_fork) state_ = forks_[fork_].state;
  for (const std::uint32_t next : forward | std::views::reverse) {
    for (const Choice& choice : forks_[next].way) take(choice);
  }
  fork_ = fork;
}

/// The state after `operation` in the present one; no_state if that does not allow it.
StateId Search::after(Index operation) {
  const Step& step = steps_[operation];
  if (step.needs != no_state && step.needs != state_) return no_state;
  return step.leaves != no_state ? step.leaves : space_.step(state_, step.operation);
}

bool Search::is_available(Index operation) const {
  const Index before = before_[operation];
  return before == no_index || is_taken_[before];
}

/// Takes every read of the present state that is available, and those that this makes available.
void Search::read_all() {
  for (bool found = true; found;) {
    found = false;
    for (auto at = timeline_.first(); at != Timeline::end && !timeline_.is_return(at);) {
      const Index operation = timeline_.operation(at);
      if (steps_[operation].reads && is_available(operation) && after(operation) == state_) {
        take({operation, false});
        found = true;
      }
      at = timeline_.next(at);
    }
  }
}

std::vector<Search::Choice> Search::find_choices() {
  std::vector<Choice> choices;
  const core::Instant until = timeline_.first_return();
  for (auto at = timeline_.first(); !timeline_.is_return(at); at = timeline_.next(at)) {
    const Index operation = timeline_.operation(at);
    const Step& step = steps_[operation];
    if (step.reads || !is_available(operation) || after(operation) == no_state) continue;
    if (step.needs != no_state || may_be_found(operation, until)) {
      add_change(choices, operation);
    }
    if (step.needs == no_state && step.returned == until) add_due(choices, operation);
  }
  return choices;
}

/// Whether somebody may find what `change` does, if it goes next. In a plain object the next change
/// undoes it, so it must be somebody who was called by `until`, before the first return.
bool Search::may_be_found(Index change, core::Instant until) const {
  return demand_.is_read(change, is_plain_ ? until : first_overwrite(change));
}

/// Unless a twin goes first.
void Search::add_change(std::vector<Choice>& choices, Index operation) {
  const Step& step = steps_[operation];
  for (Choice& other : choices) {
    const Step& twin = steps_[other.operation];
    if (twin.kind != step.kind) continue;
    const bool covers = is_covered_[operation] || !is_covered_[other.operation];
    if (*twin.returned < *step.returned && covers) return;
  }
  choices.push_back({operation, false});
}

/// One that returns first has its place here or, if it is covered, behind us.
void Search::add_due(std::vector<Choice>& choices, Index operation) {
  const auto is_same = [&](Choice choice) { return choice.operation == operation; };
  const bool is_chosen = std::ranges::any_of(choices, is_same);
  if (is_covered_[operation]) choices.insert(choices.begin(), Choice{operation, true});
  if (is_chosen || (is_covered_[operation] && demand_.is_unread(operation))) return;
  choices.push_back({operation, false});
}

/// Of each kind the first that is left: they have no return that could make another one better.
std::vector<Search::Choice> Search::find_pending(const std::vector<Choice>& choices) {
  std::vector<Choice> pending;
  const core::Instant until = timeline_.first_return();
  for (const std::vector<Index>& twins : pending_) {
    const auto next =
        std::ranges::find_if(twins, [&](Index i) { return !is_taken_[i] && is_available(i); });
    if (next == twins.end() || steps_[*next].called > until) continue;
    const auto is_twin = [&](Choice choice) {
      return !choice.is_hidden && steps_[choice.operation].kind == steps_[*next].kind;
    };
    if (std::ranges::any_of(choices, is_twin)) continue;
    if (after(*next) == no_state || !may_be_found(*next, until)) continue;
    pending.push_back({*next, false});
  }
  return pending;
}

void Search::take(Choice choice) {
  const auto [operation, is_hidden] = choice;
  const Step& step = steps_[operation];
  taken_.push_back({choice, covered_.size()});
  if (!is_hidden) {
    if (step.overwrites()) cover_before(operation);
    state_ = after(operation);
  }
  is_taken_[operation] = true;
  demand_.take(operation);
  if (step.is_pending()) {
    ++spent_;
    return;
  }
  timeline_.lift(operation);
  while (all_taken_before_ < by_call_.size() && is_taken_[by_call_[all_taken_before_]]) {
    ++all_taken_before_;
  }
}

/// Whatever is available could stand right before `overwriting`, and nobody would find it there.
void Search::cover_before(Index overwriting) {
  for (auto at = timeline_.first(); !timeline_.is_return(at); at = timeline_.next(at)) {
    const Index operation = timeline_.operation(at);
    const Step& step = steps_[operation];
    if (operation == overwriting || step.reads || step.needs != no_state ||
        is_covered_[operation] || !is_available(operation)) {
      continue;
    }
    is_covered_[operation] = true;
    covered_.push_back(operation);
  }
}

void Search::put_back_until(std::uint64_t taken) {
  while (taken_.size() > taken) {
    const Index operation = taken_.back().choice.operation;
    for (; covered_.size() > taken_.back().covered; covered_.pop_back()) {
      is_covered_[covered_.back()] = false;
    }
    taken_.pop_back();
    is_taken_[operation] = false;
    demand_.put_back(operation);
    if (steps_[operation].is_pending()) {
      --spent_;
      continue;
    }
    timeline_.put_back(operation);
    all_taken_before_ = std::min(all_taken_before_, place_by_call_[operation]);
  }
}

}  // namespace check
