#include "check/visited.hpp"

#include <algorithm>
#include <utility>

namespace check {

namespace {

bool is_subset(const Visited::Words& a, const Visited::Words& b) {
  if (a.size() > b.size()) return false;
  for (std::uint64_t i = 0; i < a.size(); ++i) {
    if ((a[i] & ~b[i]) != 0) return false;
  }
  return true;
}

bool is_no_worse(const Visited::Cost& a, const Visited::Cost& b) {
  return is_subset(a.spent, b.spent) && is_subset(a.uncovered, b.uncovered);
}

}  // namespace

bool Visited::is_new(const Words& done, const Cost& cost) {
  std::vector<Cost>& known = costs_[done];
  if (std::ranges::any_of(known, [&](const Cost& less) { return is_no_worse(less, cost); })) {
    return false;
  }
  std::erase_if(known, [&](const Cost& more) { return is_no_worse(cost, more); });
  known.push_back(cost);
  return true;
}

void set_bit(Visited::Words& words, std::uint64_t bit) {
  const std::uint64_t word = bit / 64;
  if (word >= words.size()) words.resize(word + 1);
  words[word] |= std::uint64_t{1} << (bit % 64);
}

}  // namespace check
