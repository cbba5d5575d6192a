// Put, lease and ack: the course's broker beside what a user would pick instead. All servers run at
// the same time and one is loaded at a time; rounds go through all of them in turn, so that what
// else the machine does hits all.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "measure.hpp"
#include "report.hpp"
#include "rig/place.hpp"
#include "rig/program.hpp"
#include "rig/rounds.hpp"

namespace {

namespace fs = std::filesystem;
using bench::Cell;

struct QueueAsked : bench::Asked {
  std::vector<std::uint32_t> clients = {1, 4, 32};
  std::vector<std::uint32_t> batches = {1, 16};
  std::vector<std::string> modes = {"durable", "memory"};
  std::uint32_t jobs = 0;
};

struct Running {
  std::string name;
  std::unique_ptr<bench::Rival> rival;
};

std::vector<Running> start(const std::vector<bench::System>& systems, const std::string& folder,
                           const std::string& mode) {
  std::vector<Running> all;
  for (const bench::System& system : systems) {
    std::fprintf(stderr, "%s: starting %s\n", mode.c_str(), system.name.c_str());
    const fs::path its_folder = fs::path(folder) / mode / system.name;
    fs::create_directories(its_folder);
    all.push_back({system.name, system.start(system.program, {its_folder, mode == "durable"})});
  }
  return all;
}

std::vector<bench::Row> measure_cell(const std::vector<Running>& all, const Cell& cell,
                                     const QueueAsked& asked) {
  std::vector<std::string> names;
  for (const Running& one : all) names.push_back(one.name);
  const bench::Amount amount{asked.jobs, cell.clients * cell.batch, asked.rounds};
  return bench::measure_in_turn(bench::title(cell), names, amount,
                                [&](std::size_t system, std::uint32_t jobs) {
                                  const bench::Load load{jobs, cell.clients, cell.batch};
                                  return bench::round_of(bench::measure(*all[system].rival, load));
                                });
}

void run(const QueueAsked& asked) {
  const bench::Place place(asked.folder, "bench-queue");
  std::vector<bench::System> systems = bench::all_systems();
  std::erase_if(systems, [&](const bench::System& system) {
    return !bench::is_to_run(system, asked.rivals);
  });
  const bench::Disk disk = place.disk();
  bench::show_disk(asked.folder, disk);
  bench::show_legend(asked.rounds);
  std::vector<bench::Table> tables;
  for (const std::string& mode : asked.modes) {
    const std::vector<Running> all = start(systems, place.path(), mode);
    for (const std::uint32_t clients : asked.clients) {
      for (const std::uint32_t batch : asked.batches) {
        const Cell cell{mode, clients, batch};
        tables.push_back(
            {bench::title(cell), bench::json_of(cell), measure_cell(all, cell, asked)});
        bench::show_aims(cell, bench::show(bench::columns(), tables.back()));
        std::printf("\n");
      }
    }
  }
  if (!asked.json.empty()) bench::write_json(asked.json, disk, bench::columns(), tables);
}

void add_flags(CLI::App& app, QueueAsked& asked) {
  app.add_option("--producers-and-workers", asked.clients, "So many of each")
      ->check(CLI::Range(1u, 400u))
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--batch", asked.batches, "Jobs that are put, taken and acknowledged together")
      ->check(CLI::Range(1u, 100u))
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--mode", asked.modes, "On disk before it is answered, or in memory alone")
      ->check(CLI::IsMember({"durable", "memory"}))
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--jobs", asked.jobs,
                 "In each round; by default as many as the system does in about a second")
      ->check(CLI::Range(1u, 10'000'000u));
  bench::add_flags(app, asked, bench::rivals_among(bench::all_systems()));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The queue's broker beside beanstalkd, Redis Streams and RabbitMQ");
  QueueAsked asked;
  add_flags(app, asked);
  return bench::run_program(app, argc, argv, [&] { run(asked); });
}
