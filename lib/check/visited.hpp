// Where the search has been: Lowe's memoization ("Testing for linearizability", 2016). What is left
// to do depends on which operations are done and on the state, not on the order that led there.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace check {

class Visited {
 public:
  using Words = std::vector<std::uint64_t>;  // a set of small numbers

  /// What was given away on the way here. Less is never worse.
  struct Cost {
    Words spent;      // pending operations that are used up
    Words uncovered;  // operations that still need a place of their own
  };

  /// Whether a search from here may find what earlier ones did not. `done` are the state and the
  /// operations that are done, of those that must be. A place that costs what an earlier one did,
  /// and perhaps more, adds nothing.
  bool is_new(const Words& done, const Cost& cost);

 private:
  std::map<Words, std::vector<Cost>> costs_;
};

/// Adds a number to a set; equal sets have equal words.
void set_bit(Visited::Words& words, std::uint64_t bit);

}  // namespace check
