// What is printed of a cell of the matrix, and what is written as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "measure.hpp"

namespace bench {

struct Cell {
  std::string mode;  // "durable" or "memory"
  std::uint32_t clients = 1;
  std::uint32_t batch = 1;
};

struct Row {
  std::string system;
  std::vector<Measured> rounds;
};

/// "durable, 4 producers and 4 workers, one by one"
std::string title(const Cell& cell);

/// What the columns of every table are.
void show_legend(int rounds);

/// A line for each system, and what was aimed at.
void show(const Cell& cell, const std::vector<Row>& rows);

struct Table {
  Cell cell;
  std::vector<Row> rows;
};

/// Every round of every cell. Throws Wrong if the file cannot be written.
void write_json(const std::string& file, const std::string& file_system, double sync_us,
                const std::vector<Table>& tables);

}  // namespace bench
