#include "report.hpp"

#include <fmt/format.h>

#include <array>

namespace bench {

namespace {

constexpr std::array fields = {
    Field<Measured>{"a_second", "ops/s", &Measured::a_second},
    Field<Measured>{"seconds", "", &Measured::seconds},
    Field<Measured>{"median_us", "p50", &Measured::median},
    Field<Measured>{"p99_us", "p99", &Measured::p99},
    Field<Measured>{"server_us_each", "server cpu", &Measured::server_us},
    Field<Measured>{"bench_us_each", "bench cpu", &Measured::bench_us},
    Field<Measured>{"asked_again", "again", &Measured::asked_again},
};

struct Aim {
  Cell cell;
  double rate = 0;
  double ratio = 0;  // 0: none
};

constexpr std::array aims = {
    Aim{{3, 1, Kind::put}, 2'500, 0},
    Aim{{3, 64, Kind::put}, 45'000, 8},
    Aim{{3, 64, Kind::get}, 50'000, 8},
};

bool is_for(const Aim& aim, const Cell& cell) {
  return aim.cell.nodes == cell.nodes && aim.cell.clients == cell.clients &&
         aim.cell.kind == cell.kind;
}

}  // namespace

std::string title(const Cell& cell) {
  return fmt::format("{} nodes, {} client{}, {}", cell.nodes, cell.clients,
                     cell.clients == 1 ? "" : "s", cell.kind == Kind::put ? "puts" : "gets");
}

std::vector<Column> columns() { return columns_of<Measured>(fields); }

void show_legend(int rounds) {
  fmt::print(
      "Medians of {} rounds, operations/s with the lowest and the highest. Times in microseconds:\n"
      "  p50, p99  from the request until its answer\n"
      "  cpu       processor time for each operation; server: of all nodes together\n"
      "  again     requests that were made again, for the cluster had no leader\n\n",
      rounds);
}

Round round_of(const Measured& measured) { return round_of<Measured>(fields, measured); }

std::string json_of(const Cell& cell) {
  return fmt::format(R"("nodes": {}, "clients": {}, "kind": "{}")", cell.nodes, cell.clients,
                     cell.kind == Kind::put ? "put" : "get");
}

void show_aims(const Cell& cell, const Standing& standing) {
  for (const Aim& aim : aims) {
    if (!is_for(aim, cell)) continue;
    show_aim(fmt::format("{:.0f} a second", aim.rate), standing.rate >= aim.rate);
    if (aim.ratio == 0 || standing.ratio == 0) continue;
    show_aim(fmt::format("{:.2f} of the best other", aim.ratio), standing.ratio >= aim.ratio);
  }
}

}  // namespace bench
