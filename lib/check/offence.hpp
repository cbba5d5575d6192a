// The few operations that show why a history is not linearizable.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "check/linearizability.hpp"
#include "check/operation.hpp"

namespace check {

/// Their numbers in the history, by time of call, but for the last one: the first answer that no
/// order explains. Nothing else is needed to see it, however the others are taken.
using Offence = std::vector<std::uint64_t>;

template <Model M>
class OffenceSearch {
 public:
  OffenceSearch(const History<M>& history, Bounds bounds)
      : history_(history), bounds_(std::move(bounds)) {
    for (std::uint64_t i = 0; i < history.size(); ++i) {
      if (history[i].returned) by_return_.push_back(i);
    }
    std::ranges::stable_sort(by_return_, {}, [&](std::uint64_t i) { return *history[i].returned; });
  }

  Offence find() {
    // A history that goes on after a bad one is bad: the first bad one is found by halving.
    std::uint64_t good = 0;
    std::uint64_t bad = by_return_.size();
    while (good + 1 < bad) {
      const std::uint64_t middle = good + (bad - good) / 2;
      (is_bad(first(middle)) ? bad : good) = middle;
    }
    std::vector<std::uint64_t> matter = first(bad);
    drop_what_does_not_matter(matter);
    const std::uint64_t last = matter.back();
    std::ranges::stable_sort(matter, {}, [&](std::uint64_t i) {
      return i == last ? core::Instant::max() : history_[i].called;
    });
    return matter;
  }

 private:
  std::vector<std::uint64_t> first(std::uint64_t count) const {
    return {by_return_.begin(), by_return_.begin() + static_cast<std::int64_t>(count)};
  }

  /// Whether the history has no order if only the operations of `certain` are known to have
  /// happened. The others may have, at any time after their calls.
  bool is_bad(const std::vector<std::uint64_t>& certain) const {
    History<M> weakened = history_;
    for (Operation<M>& operation : weakened) operation.returned.reset();
    core::Instant last = core::Instant::min();
    for (const std::uint64_t i : certain) {
      weakened[i].returned = history_[i].returned;
      last = std::max(last, *history_[i].returned);
    }
    std::erase_if(weakened, [&](const Operation<M>& one) { return one.called > last; });
    return check_object<M>(weakened, bounds_).verdict == Verdict::not_linearizable;
  }

  /// Leaves out half of them, a quarter, ... and at last one by one, but for the last.
  void drop_what_does_not_matter(std::vector<std::uint64_t>& matter) const {
    for (std::uint64_t size = matter.size() / 2; size > 0; size /= 2) {
      for (std::uint64_t end = matter.size() - 1; end > 0;) {
        const std::uint64_t begin = end > size ? end - size : 0;
        std::vector<std::uint64_t> fewer = matter;
        fewer.erase(fewer.begin() + static_cast<std::int64_t>(begin),
                    fewer.begin() + static_cast<std::int64_t>(end));
        if (is_bad(fewer)) matter = std::move(fewer);
        end = begin;
      }
    }
  }

  const History<M>& history_;
  Bounds bounds_;
  std::vector<std::uint64_t> by_return_;
};

/// Of one object that is not linearizable. What is undecided within `bounds` is kept.
template <Model M>
Offence find_offence(const History<M>& history, const Bounds& bounds = {}) {
  return OffenceSearch<M>(history, bounds).find();
}

}  // namespace check
