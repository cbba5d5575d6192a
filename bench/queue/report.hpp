// What the tables and the JSON of this bench are made of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "measure.hpp"
#include "rig/report.hpp"

namespace bench {

struct Cell {
  std::string mode;  // "durable" or "memory"
  std::uint32_t clients = 1;
  std::uint32_t batch = 1;
};

/// "durable, 4 and 4, one by one"
std::string title(const Cell& cell);

/// The columns of every table, and what they are.
std::vector<Column> columns();
void show_legend(int rounds);

Round round_of(const Measured& measured);

/// As what the JSON knows the cell.
std::string json_of(const Cell& cell);

/// What was aimed at, where something was.
void show_aims(const Cell& cell, const Standing& standing);

}  // namespace bench
