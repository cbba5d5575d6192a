#include "report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>

namespace bench {

namespace {

/// The name is that of the JSON; a column of the table has its head.
struct Column {
  const char* name;
  const char* head;
  double Measured::* value;
};

constexpr std::array columns = {
    Column{"seconds", "", &Measured::seconds},
    Column{"jobs_a_second", "", &Measured::jobs_a_second},
    Column{"put_median_us", "put p50", &Measured::put_median},
    Column{"put_p99_us", "put p99", &Measured::put_p99},
    Column{"taken_median_us", "taken p50", &Measured::taken_median},
    Column{"taken_p99_us", "taken p99", &Measured::taken_p99},
    Column{"server_us_a_job", "server cpu", &Measured::server_us},
    Column{"bench_us_a_job", "bench cpu", &Measured::bench_us},
};

std::vector<double> sorted(const Row& row, double Measured::* what) {
  std::vector<double> values;
  for (const Measured& round : row.rounds) values.push_back(round.*what);
  std::ranges::sort(values);
  return values;
}

double median(const Row& row, double Measured::* what) {
  const std::vector<double> values = sorted(row, what);
  return values[values.size() / 2];
}

/// Of each round the best of the others; 0 if there are none.
std::vector<double> ratios(const std::vector<Row>& rows) {
  std::vector<double> result;
  for (std::size_t round = 0; round < rows.front().rounds.size(); ++round) {
    double best = 0;
    for (const Row& row : rows) {
      if (row.system != our_name) best = std::max(best, row.rounds[round].jobs_a_second);
    }
    const double ours = rows.front().rounds[round].jobs_a_second;
    result.push_back(best == 0 ? 0 : ours / best);
  }
  std::ranges::sort(result);
  return result;
}

void show_row(const Row& row) {
  const std::vector<double> rates = sorted(row, &Measured::jobs_a_second);
  fmt::print("  {:<11}{:>9.0f}{:>20}", row.system, rates[rates.size() / 2],
             fmt::format("{:.0f}..{:.0f}", rates.front(), rates.back()));
  for (const Column& column : columns) {
    if (*column.head == '\0') continue;
    const double value = median(row, column.value);
    fmt::print("{:>11}", value < 100 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value));
  }
  fmt::print("\n");
}

const char* met(bool good) { return good ? "met" : "missed"; }

/// What was aimed at, where something was.
void show_aims(const Cell& cell, double rate, double ratio, bool alone) {
  if (cell.mode != "durable") return;
  if (cell.clients == 4 && (cell.batch == 1 || cell.batch == 16)) {
    const double aim = cell.batch == 1 ? 10'000 : 100'000;
    fmt::print("  aim: {:.0f} jobs/s: {}\n", aim, met(rate >= aim));
    if (!alone) fmt::print("  aim: 2.00 of the best other: {}\n", met(ratio >= 2));
  }
  if (cell.clients == 32 && cell.batch == 1 && !alone) {
    fmt::print("  aim: 1.00 of the best other: {}\n", met(ratio >= 1));
  }
}

std::string json_of(const Measured& round) {
  std::string text = "{";
  for (const Column& column : columns) {
    text += fmt::format("{}\"{}\": {:.3f}", text.size() == 1 ? "" : ", ", column.name,
                        round.*column.value);
  }
  return text + "}";
}

}  // namespace

std::string title(const Cell& cell) {
  return fmt::format("{}, {} and {}, {}", cell.mode, cell.clients, cell.clients,
                     cell.batch == 1 ? "one by one" : fmt::format("batches of {}", cell.batch));
}

void show_legend(int rounds) {
  fmt::print(
      "Medians of {} rounds, jobs/s with the lowest and the highest. Times in microseconds:\n"
      "  put    from the call until the server has said that it has the batch\n"
      "  taken  from the call until a worker has the job, most of it time in the queue\n"
      "  cpu    processor time for each job\n\n",
      rounds);
}

void show(const Cell& cell, const std::vector<Row>& rows) {
  fmt::print("{}\n  {:<11}{:>9}{:>20}", title(cell), "", "jobs/s", "");
  for (const Column& column : columns) {
    if (*column.head != '\0') fmt::print("{:>11}", column.head);
  }
  fmt::print("\n");
  for (const Row& row : rows) show_row(row);
  const std::vector<double> shares = ratios(rows);
  const double ratio = shares[shares.size() / 2];
  const bool alone = rows.size() == 1;
  if (!alone) {
    fmt::print("  ours / the best other of the same round: {:.2f} ({:.2f}..{:.2f})\n", ratio,
               shares.front(), shares.back());
  }
  show_aims(cell, median(rows.front(), &Measured::jobs_a_second), ratio, alone);
  fmt::print("\n");
  std::fflush(stdout);
}

void write_json(const std::string& file, const std::string& file_system, double sync_us,
                const std::vector<Table>& tables) {
  std::ofstream out(file);
  out << fmt::format("{{\"file_system\": \"{}\", \"sync_us\": {:.0f}, \"cells\": [", file_system,
                     sync_us);
  const char* cell_comma = "\n";
  for (const Table& table : tables) {
    out << cell_comma
        << fmt::format("{{\"mode\": \"{}\", \"clients\": {}, \"batch\": {}, \"systems\": {{",
                       table.cell.mode, table.cell.clients, table.cell.batch);
    cell_comma = ",\n";
    const char* row_comma = "\n  ";
    for (const Row& row : table.rows) {
      out << row_comma << '"' << row.system << "\": [";
      row_comma = ",\n  ";
      const char* comma = "";
      for (const Measured& round : row.rounds) {
        out << comma << json_of(round);
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
