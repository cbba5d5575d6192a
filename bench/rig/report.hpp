// What is printed of a bench that goes through several systems in rounds, and written as JSON.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "rig/place.hpp"

namespace bench {

/// One number that is measured in each round; the name is that of the JSON. The table shows those
/// that have a head, as medians.
template <class Measured>
struct Field {
  const char* name;
  const char* head;
  double Measured::* value;
};

struct Column {
  std::string name;
  std::string head;
};

/// A value for each column.
using Round = std::vector<double>;

/// The rate is the first column; the table has its lowest and highest value, too.
inline constexpr std::size_t rate_column = 0;

template <class Measured>
std::vector<Column> columns_of(std::span<const Field<Measured>> fields) {
  std::vector<Column> columns;
  for (const Field<Measured>& field : fields) columns.push_back({field.name, field.head});
  return columns;
}

template <class Measured>
Round round_of(std::span<const Field<Measured>> fields, const Measured& measured) {
  Round round;
  for (const Field<Measured>& field : fields) round.push_back(measured.*field.value);
  return round;
}

struct Row {
  std::string system;
  std::vector<Round> rounds;
};

/// A cell of the bench's matrix: what was measured under the same load. Ours is the first row.
struct Table {
  std::string title;
  std::string load;  // members of the JSON: "mode": "durable", "clients": 4
  std::vector<Row> rows;
};

/// What aims are judged by: medians.
struct Standing {
  double rate = 0;   // ours
  double ratio = 0;  // to the best other of the same round; 0 if ours ran alone
};

/// Says where the data are.
void show_disk(const std::string& folder, const Disk& disk);

/// A line for each system, and the ratios.
Standing show(const std::vector<Column>& columns, const Table& table);

void show_aim(const std::string& aim, bool good);

/// Every round of every table. Throws Wrong if the file cannot be written.
void write_json(const std::string& file, const Disk& disk, const std::vector<Column>& columns,
                const std::vector<Table>& tables);

}  // namespace bench
