#include "rig/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "rig/systems.hpp"
#include "rig/wrong.hpp"

namespace bench {

namespace {

std::vector<double> sorted(const Row& row, std::size_t column) {
  std::vector<double> values;
  for (const Round& round : row.rounds) values.push_back(round[column]);
  std::ranges::sort(values);
  return values;
}

double median(const std::vector<double>& values) { return values[values.size() / 2]; }

/// Of each round ours to the best of the others, in order; none if there are none.
std::vector<double> ratios(const std::vector<Row>& rows) {
  std::vector<double> result;
  if (rows.size() == 1) return result;
  for (std::size_t round = 0; round < rows.front().rounds.size(); ++round) {
    double best = 0;
    for (const Row& row : rows) {
      if (row.system != our_name) best = std::max(best, row.rounds[round][rate_column]);
    }
    result.push_back(rows.front().rounds[round][rate_column] / best);
  }
  std::ranges::sort(result);
  return result;
}

void show_row(const std::vector<Column>& columns, const Row& row) {
  const std::vector<double> rates = sorted(row, rate_column);
  fmt::print("  {:<11}{:>9.0f}{:>20}", row.system, median(rates),
             fmt::format("{:.0f}..{:.0f}", rates.front(), rates.back()));
  for (std::size_t column = rate_column + 1; column < columns.size(); ++column) {
    if (columns[column].head.empty()) continue;
    const double value = median(sorted(row, column));
    fmt::print("{:>11}", value < 100 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value));
  }
  fmt::print("\n");
}

std::string json_of(const std::vector<Column>& columns, const Round& round) {
  std::string text = "{";
  for (std::size_t column = 0; column < columns.size(); ++column) {
    text += fmt::format("{}\"{}\": {:.3f}", column == 0 ? "" : ", ", columns[column].name,
                        round[column]);
  }
  return text + "}";
}

}  // namespace

void show_disk(const std::string& folder, const Disk& disk) {
  fmt::print("Data in {} on {}, where a sync takes {:.0f} us.\n", folder, disk.file_system,
             disk.sync_us);
  if (disk.file_system == "tmpfs") {
    fmt::print("That is no disk: what is durable here means nothing.\n");
  }
}

Standing show(const std::vector<Column>& columns, const Table& table) {
  fmt::print("{}\n  {:<11}{:>9}{:>20}", table.title, "", columns[rate_column].head, "");
  for (std::size_t column = rate_column + 1; column < columns.size(); ++column) {
    if (!columns[column].head.empty()) fmt::print("{:>11}", columns[column].head);
  }
  fmt::print("\n");
  for (const Row& row : table.rows) show_row(columns, row);
  Standing standing{median(sorted(table.rows.front(), rate_column)), 0};
  if (const std::vector<double> all = ratios(table.rows); !all.empty()) {
    standing.ratio = median(all);
    fmt::print("  ours / the best other of the same round: {:.2f} ({:.2f}..{:.2f})\n",
               standing.ratio, all.front(), all.back());
  }
  std::fflush(stdout);
  return standing;
}

void show_aim(const std::string& aim, bool good) {
  fmt::print("  aim: {}: {}\n", aim, good ? "met" : "missed");
}

void write_json(const std::string& file, const Disk& disk, const std::vector<Column>& columns,
                const std::vector<Table>& tables) {
  std::ofstream out(file);
  out << fmt::format("{{\"file_system\": \"{}\", \"sync_us\": {:.0f}, \"cells\": [",
                     disk.file_system, disk.sync_us);
  const char* cell_comma = "\n";
  for (const Table& table : tables) {
    out << cell_comma << "{" << table.load << ", \"systems\": {";
    cell_comma = ",\n";
    const char* row_comma = "\n  ";
    for (const Row& row : table.rows) {
      out << row_comma << '"' << row.system << "\": [";
      row_comma = ",\n  ";
      const char* comma = "";
      for (const Round& round : row.rounds) {
        out << comma << json_of(columns, round);
        comma = ",\n    ";
      }
      out << "]";
    }
    out << "}}";
  }
  out << "\n]}\n";
  if (!out.flush()) throw Wrong("cannot write " + file);
}

}  // namespace bench
