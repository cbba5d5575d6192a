#include "rig/rounds.hpp"

#include <algorithm>
#include <cstdio>

namespace bench {

namespace {

/// Warms up, and finds out how much takes about a second.
std::uint32_t amount_of_a_second(std::size_t system, std::uint32_t least, const Measure& measure) {
  constexpr double long_enough_s = 0.2;
  std::uint32_t count = least * 4;
  double rate = measure(system, count)[rate_column];
  while (count / rate < long_enough_s) {
    count *= 4;
    rate = measure(system, count)[rate_column];
  }
  return std::max(least, static_cast<std::uint32_t>(rate));
}

}  // namespace

std::vector<Row> measure_in_turn(const std::string& title, const std::vector<std::string>& systems,
                                 const Amount& amount, const Measure& measure) {
  std::vector<Row> rows;
  std::vector<std::uint32_t> counts;
  for (const std::string& system : systems) {
    const std::size_t place = rows.size();
    rows.push_back({system, {}});
    counts.push_back(amount.asked > 0 ? amount.asked
                                      : amount_of_a_second(place, amount.least, measure));
  }
  for (int round = 0; round < amount.rounds; ++round) {
    std::fprintf(stderr, "%s: round %d of %d\n", title.c_str(), round + 1, amount.rounds);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].rounds.push_back(measure(i, counts[i]));
  }
  return rows;
}

}  // namespace bench
