#include "report.hpp"

#include <fmt/format.h>

#include <array>

namespace bench {

namespace {

constexpr std::array fields = {
    Field<Measured>{"jobs_a_second", "jobs/s", &Measured::jobs_a_second},
    Field<Measured>{"seconds", "", &Measured::seconds},
    Field<Measured>{"put_median_us", "put p50", &Measured::put_median},
    Field<Measured>{"put_p99_us", "put p99", &Measured::put_p99},
    Field<Measured>{"taken_median_us", "taken p50", &Measured::taken_median},
    Field<Measured>{"taken_p99_us", "taken p99", &Measured::taken_p99},
    Field<Measured>{"server_us_a_job", "server cpu", &Measured::server_us},
    Field<Measured>{"bench_us_a_job", "bench cpu", &Measured::bench_us},
};

}  // namespace

std::string title(const Cell& cell) {
  return fmt::format("{}, {} and {}, {}", cell.mode, cell.clients, cell.clients,
                     cell.batch == 1 ? "one by one" : fmt::format("batches of {}", cell.batch));
}

std::vector<Column> columns() { return columns_of<Measured>(fields); }

void show_legend(int rounds) {
  fmt::print(
      "Medians of {} rounds, jobs/s with the lowest and the highest. Times in microseconds:\n"
      "  put    from the call until the server has said that it has the batch\n"
      "  taken  from the call until a worker has the job, most of it time in the queue\n"
      "  cpu    processor time for each job\n\n",
      rounds);
}

Round round_of(const Measured& measured) { return round_of<Measured>(fields, measured); }

std::string json_of(const Cell& cell) {
  return fmt::format(R"("mode": "{}", "clients": {}, "batch": {})", cell.mode, cell.clients,
                     cell.batch);
}

void show_aims(const Cell& cell, const Standing& standing) {
  if (cell.mode != "durable") return;
  const bool alone = standing.ratio == 0;
  if (cell.clients == 4 && (cell.batch == 1 || cell.batch == 16)) {
    const double aim = cell.batch == 1 ? 10'000 : 100'000;
    show_aim(fmt::format("{:.0f} jobs/s", aim), standing.rate >= aim);
    if (!alone) show_aim("2.00 of the best other", standing.ratio >= 2);
  }
  if (cell.clients == 32 && cell.batch == 1 && !alone) {
    show_aim("1.00 of the best other", standing.ratio >= 1);
  }
}

}  // namespace bench
