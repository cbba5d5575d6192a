// The order in which systems are measured: rounds that go through all of them in turn, so that what
// else the machine does hits all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "rig/report.hpp"

namespace bench {

/// How much is done in each round.
struct Amount {
  std::uint32_t asked = 0;  // 0: as much as the system does in about a second
  std::uint32_t least = 1;  // so that every client has something to do
  int rounds = 3;
};

/// Does so much with the system of that place, and measures it.
using Measure = std::function<Round(std::size_t system, std::uint32_t count)>;

/// A row for each of the systems. Tells of each round on stderr.
std::vector<Row> measure_in_turn(const std::string& title, const std::vector<std::string>& systems,
                                 const Amount& amount, const Measure& measure);

}  // namespace bench
