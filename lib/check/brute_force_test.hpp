// For the tests: the definition of linearizability, word by word. Every order of the operations is
// tried, and every choice of those with an unknown outcome.
#pragma once

#include <cstdint>
#include <vector>

#include "check/model.hpp"
#include "check/operation.hpp"

namespace check {

/// Whether `a` must come before `b`, which stands after it in the history if both are of one
/// process.
template <class M>
bool precedes(const History<M>& history, std::uint64_t a, std::uint64_t b) {
  const auto& returned = history[a].returned;
  if (!returned || a == b) return false;
  const bool is_same_process = history[a].process == history[b].process && a < b;
  return *returned < history[b].called || (is_same_process && *returned == history[b].called);
}

/// Of one object. The recursion is as deep as the history is long.
template <Model M>
bool has_order(const History<M>& history, const typename M::State& state,
               std::vector<bool>& is_done) {
  bool all_done = true;
  for (std::uint64_t i = 0; i < history.size(); ++i) {
    if (is_done[i]) continue;
    all_done = all_done && !history[i].returned;
    bool is_next = true;
    for (std::uint64_t j = 0; j < history.size(); ++j) {
      is_next = is_next && (is_done[j] || !precedes<M>(history, j, i));
    }
    typename M::State after = state;
    if (!is_next || !M::step(after, history[i].action)) continue;
    is_done[i] = true;
    const bool found = has_order<M>(history, after, is_done);
    is_done[i] = false;
    if (found) return true;
  }
  return all_done;
}

template <Model M>
bool is_linearizable_by_force(const History<M>& history) {
  std::vector<bool> is_done(history.size());
  return has_order<M>(history, M::initial(), is_done);
}

}  // namespace check
