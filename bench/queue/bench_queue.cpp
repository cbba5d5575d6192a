// Put, lease and ack: the course's broker beside what a user would pick instead. All servers run at
// the same time and one is loaded at a time; rounds go through all of them in turn, so that what
// else the machine does hits all.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "measure.hpp"
#include "place.hpp"
#include "report.hpp"

namespace {

namespace fs = std::filesystem;
using bench::Cell;
using bench::Measured;

constexpr int wrong_usage = 2;

struct Asked {
  std::vector<std::uint32_t> clients = {1, 4, 32};
  std::vector<std::uint32_t> batches = {1, 16};
  std::vector<std::string> modes = {"durable", "memory"};
  std::vector<std::string> rivals;
  std::uint32_t jobs = 0;
  int rounds = 3;
  std::string folder = "/var/tmp";
  std::string json;
};

struct Running {
  std::string name;
  std::unique_ptr<bench::Rival> rival;
};

/// Ours, and those that are asked for and installed.
std::vector<bench::System> present(const Asked& asked) {
  std::vector<bench::System> systems;
  for (const bench::System& system : bench::all_systems()) {
    const bool wanted =
        system.name == bench::our_name || std::ranges::count(asked.rivals, system.name) > 0;
    if (!wanted) continue;
    if (fs::exists(system.program)) {
      systems.push_back(system);
    } else {
      std::printf("%s is left out, for it is missing: apt install %s\n", system.name.c_str(),
                  system.package.c_str());
    }
  }
  return systems;
}

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

/// Warms up, and finds out how many jobs take about a second.
std::uint32_t jobs_of_a_second(bench::Rival& rival, const Cell& cell) {
  constexpr double long_enough = 0.2;
  std::uint32_t jobs = cell.clients * cell.batch * 4;
  Measured measured = bench::measure(rival, {jobs, cell.clients, cell.batch});
  while (measured.seconds < long_enough) {
    jobs *= 4;
    measured = bench::measure(rival, {jobs, cell.clients, cell.batch});
  }
  return std::max(cell.clients * cell.batch, static_cast<std::uint32_t>(measured.jobs_a_second));
}

std::vector<bench::Row> measure_cell(const std::vector<Running>& all, const Cell& cell,
                                     const Asked& asked) {
  std::vector<bench::Row> rows;
  std::vector<std::uint32_t> jobs;
  for (const Running& one : all) {
    rows.push_back({one.name, {}});
    jobs.push_back(asked.jobs > 0 ? asked.jobs : jobs_of_a_second(*one.rival, cell));
  }
  for (int round = 0; round < asked.rounds; ++round) {
    std::fprintf(stderr, "%s: round %d of %d\n", bench::title(cell).c_str(), round + 1,
                 asked.rounds);
    for (std::size_t i = 0; i < all.size(); ++i) {
      rows[i].rounds.push_back(bench::measure(*all[i].rival, {jobs[i], cell.clients, cell.batch}));
    }
  }
  return rows;
}

void run(const Asked& asked) {
  const bench::Place place(asked.folder);
  const std::vector<bench::System> systems = present(asked);
  const std::string file_system = place.file_system();
  const double sync_us = place.sync_us();
  std::printf("Data in %s on %s, where a sync takes %.0f us.\n", asked.folder.c_str(),
              file_system.c_str(), sync_us);
  if (file_system == "tmpfs") std::printf("That is no disk: what is durable here means nothing.\n");
  bench::show_legend(asked.rounds);
  std::vector<bench::Table> tables;
  for (const std::string& mode : asked.modes) {
    const std::vector<Running> all = start(systems, place.path(), mode);
    for (const std::uint32_t clients : asked.clients) {
      for (const std::uint32_t batch : asked.batches) {
        const Cell cell{mode, clients, batch};
        tables.push_back({cell, measure_cell(all, cell, asked)});
        bench::show(cell, tables.back().rows);
      }
    }
  }
  if (!asked.json.empty()) bench::write_json(asked.json, file_system, sync_us, tables);
}

void add_flags(CLI::App& app, Asked& asked) {
  std::vector<std::string> names = {"none"};
  for (const bench::System& system : bench::all_systems()) {
    if (system.name == bench::our_name) continue;
    names.push_back(system.name);
    asked.rivals.push_back(system.name);
  }
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
  app.add_option("--rivals", asked.rivals, "What our broker is measured beside")
      ->check(CLI::IsMember(names))
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--rounds", asked.rounds)->check(CLI::Range(1, 1'000))->capture_default_str();
  app.add_option("--jobs", asked.jobs,
                 "In each round; by default as many as the system does in about a second")
      ->check(CLI::Range(1u, 10'000'000u));
  app.add_option("--folder", asked.folder, "The servers keep their data in a new folder here")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  app.add_option("--json", asked.json, "Write every round to this file");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The queue's broker beside beanstalkd, Redis Streams and RabbitMQ");
  Asked asked;
  add_flags(app, asked);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : wrong_usage;
  }
  try {
    run(asked);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "bench_queue: %s\n", problem.what());
    return 1;
  }
  return 0;
}
