#include "check/demand.hpp"

#include <algorithm>
#include <ranges>

namespace check {

namespace {

constexpr core::Instant never = core::Instant::max();
// Beyond it a change counts as read, where looking for it in states takes time.
constexpr std::uint64_t most_listed = 500;

std::vector<Index> by_call(const std::vector<Step>& steps) {
  std::vector<Index> order;
  for (Index i = 0; i < steps.size(); ++i) order.push_back(i);
  std::ranges::stable_sort(order, {}, [&](Index i) { return steps[i].called; });
  return order;
}

}  // namespace

Demand::Demand(const Space& space, const std::vector<Step>& steps, bool is_plain)
    : space_(space),
      steps_(steps),
      is_plain_(is_plain),
      taken_(steps.size()),
      readers_(steps.size()),
      has_many_readers_(steps.size()) {
  StateId states = 0;
  for (const Step& step : steps) {
    if (step.needs != no_state) states = std::max(states, step.needs + 1);
    if (step.leaves != no_state) states = std::max(states, step.leaves + 1);
  }
  must_find_.resize(states);
  sources_.resize(states);
  core::Instant last = core::Instant::min();
  for (const Index i : by_call(steps)) {
    const Step& step = steps[i];
    if (step.needs != no_state) {
      needers_.push_back(i);
      last = std::max(last, step.returned.value_or(never));
      returned_by_then_.push_back(last);
      if (!step.is_pending()) ++must_find_[step.needs];
    }
    if (step.leaves != no_state && !step.reads) ++sources_[step.leaves];
  }
  const std::vector<core::Instant> until = horizons();
  for (Index i = 0; i < steps.size(); ++i) {
    if (!steps[i].reads) find_readers(i, until[i]);
  }
}

/// Of each operation: when the first of those returns that were called after its return and leave
/// nothing of it.
std::vector<core::Instant> Demand::horizons() const {
  std::vector<core::Instant> horizons(steps_.size(), never);
  const std::vector<Index> order = by_call(steps_);
  std::vector<Index> by_return;
  for (const Index i : order) {
    if (!steps_[i].is_pending()) by_return.push_back(i);
  }
  std::ranges::stable_sort(by_return, {}, [&](Index i) { return *steps_[i].returned; });
  auto later = order.rbegin();
  core::Instant earliest = never;
  for (const Index i : by_return | std::views::reverse) {
    for (; later != order.rend() && steps_[*later].called > *steps_[i].returned; ++later) {
      const Step& step = steps_[*later];
      if (step.replaces() && !step.is_pending()) earliest = std::min(earliest, *step.returned);
    }
    horizons[i] = earliest;
  }
  return horizons;
}

void Demand::find_readers(Index change, core::Instant horizon) {
  const Step& step = steps_[change];
  has_many_readers_[change] = !space_.has_hints();
  // All before this one returned before the call of `change`.
  const auto first = std::ranges::lower_bound(returned_by_then_, step.called);
  auto at = static_cast<std::uint64_t>(first - returned_by_then_.begin());
  for (std::uint64_t looked_at = 0; at < needers_.size(); ++at, ++looked_at) {
    const Index needer = needers_[at];
    if (steps_[needer].called > horizon) return;
    if (!is_plain_ && looked_at == most_listed) break;
    if (needer == change) continue;
    const StateId needs = steps_[needer].needs;
    if (is_plain_ ? needs == step.leaves : space_.shows(step.operation, needs)) {
      readers_[change].push_back(needer);
    }
  }
  if (at < needers_.size()) has_many_readers_[change] = true;
}

void Demand::take(Index operation) {
  const Step& step = steps_[operation];
  taken_[operation] = true;
  if (step.needs != no_state && !step.is_pending()) --must_find_[step.needs];
  if (step.leaves != no_state && !step.reads) --sources_[step.leaves];
}

void Demand::put_back(Index operation) {
  const Step& step = steps_[operation];
  taken_[operation] = false;
  if (step.needs != no_state && !step.is_pending()) ++must_find_[step.needs];
  if (step.leaves != no_state && !step.reads) ++sources_[step.leaves];
}

bool Demand::is_read(Index change, core::Instant until) const {
  if (has_many_readers_[change]) return true;
  for (const Index reader : readers_[change]) {
    if (steps_[reader].called > until) return false;
    if (!taken_[reader]) return true;
  }
  return false;
}

bool Demand::is_lost(StateId state) const {
  return state < must_find_.size() && must_find_[state] > 0 && sources_[state] == 0;
}

}  // namespace check
