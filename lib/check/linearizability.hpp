// Was there one order in which all this could have happened, one operation at a time, each between
// its call and its return? (Herlihy and Wing, "Linearizability: a correctness condition for
// concurrent objects", 1990.)
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "check/model.hpp"
#include "check/operation.hpp"
#include "check/search.hpp"
#include "check/state_space.hpp"
#include "core/require.hpp"

namespace check {

struct Result {
  Verdict verdict = Verdict::linearizable;
  std::string key;                   // of the object that is not linearizable, or undecided
  std::uint64_t configurations = 0;  // that were looked at
};

/// The operations of each key, in the order of `history`.
template <class M>
std::map<std::string, History<M>> by_key(const History<M>& history) {
  std::map<std::string, History<M>> objects;
  for (const Operation<M>& operation : history) objects[operation.key].push_back(operation);
  return objects;
}

/// Of one object; keys are not looked at.
template <Model M>
Result check_object(const History<M>& history, const Bounds& bounds) {
  StateSpace<M> space;
  const StateId initial = space.number_of(M::initial());
  std::vector<Step> steps;
  for (const Operation<M>& operation : history) {
    core::require(!operation.returned || *operation.returned >= operation.called,
                  "an operation returns after its call");
    steps.push_back(space.add(operation));
  }
  Search search(space, std::move(steps), initial);
  Result result;
  result.verdict = search.run(bounds);
  result.configurations = search.turns();
  return result;
}

/// Each key by itself: a history is linearizable if that of each object is (Herlihy and Wing; Horn
/// and Kroening, "Faster linearizability checking via P-compositionality", 2015). An object that is
/// undecided does not hide one that is not linearizable.
template <Model M>
Result check_linearizable(const History<M>& history, const Bounds& bounds = {}) {
  Result all;
  for (const auto& [key, object] : by_key<M>(history)) {
    const Result one = check_object<M>(object, bounds);
    all.configurations += one.configurations;
    if (one.verdict == Verdict::linearizable) continue;
    if (one.verdict == Verdict::not_linearizable || all.verdict == Verdict::linearizable) {
      all.verdict = one.verdict;
      all.key = key;
    }
    if (one.verdict == Verdict::not_linearizable) break;
  }
  return all;
}

}  // namespace check
