// Puts and linearizable gets: the course's Raft cluster beside etcd. The clusters of all systems
// run at the same time and one is loaded at a time; rounds go through all of them in turn.
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

struct ConsensusAsked : bench::Asked {
  std::vector<std::uint32_t> nodes = {3, 5};
  std::vector<std::uint32_t> clients = {1, 64};
  std::vector<std::string> kinds = {"put", "get"};
  std::uint32_t operations = 0;
};

/// Ours first. The path of etcd is Debian's.
std::vector<bench::System> all_systems() {
  return {{{bench::our_name, NODE, ""}, bench::start_ours},
          {{"etcd", "/usr/bin/etcd", "etcd-server"}, bench::start_etcd}};
}

struct Running {
  std::string name;
  std::unique_ptr<bench::Cluster> cluster;
  bench::Keys keys;
};

std::vector<Running> start(const std::vector<bench::System>& systems, const std::string& folder,
                           std::uint32_t nodes) {
  std::vector<Running> all;
  for (const bench::System& system : systems) {
    std::fprintf(stderr, "%u nodes: starting %s\n", nodes, system.name.c_str());
    const fs::path its_folder = fs::path(folder) / std::to_string(nodes) / system.name;
    fs::create_directories(its_folder);
    all.push_back({system.name, system.start(system.program, {its_folder, nodes}), {}});
  }
  return all;
}

std::vector<bench::Row> measure_cell(std::vector<Running>& all, const Cell& cell,
                                     const ConsensusAsked& asked) {
  std::vector<std::string> names;
  for (const Running& one : all) names.push_back(one.name);
  const bench::Amount amount{asked.operations, cell.clients, asked.rounds};
  return bench::measure_in_turn(
      bench::title(cell), names, amount, [&](std::size_t system, std::uint32_t operations) {
        Running& one = all[system];
        const bench::Load load{cell.kind, operations, cell.clients};
        return bench::round_of(bench::measure(*one.cluster, one.keys, load));
      });
}

void run(const ConsensusAsked& asked) {
  const bench::Place place(asked.folder, "bench-consensus");
  std::vector<bench::System> systems = all_systems();
  std::erase_if(systems, [&](const bench::System& system) {
    return !bench::is_to_run(system, asked.rivals);
  });
  const bench::Disk disk = place.disk();
  bench::show_disk(asked.folder, disk);
  bench::show_legend(asked.rounds);
  std::vector<bench::Table> tables;
  for (const std::uint32_t nodes : asked.nodes) {
    std::vector<Running> all = start(systems, place.path(), nodes);
    for (const std::uint32_t clients : asked.clients) {
      for (const std::string& kind : asked.kinds) {
        const Cell cell{nodes, clients, kind == "put" ? bench::Kind::put : bench::Kind::get};
        tables.push_back(
            {bench::title(cell), bench::json_of(cell), measure_cell(all, cell, asked)});
        bench::show_aims(cell, bench::show(bench::columns(), tables.back()));
        std::printf("\n");
      }
    }
  }
  if (!asked.json.empty()) bench::write_json(asked.json, disk, bench::columns(), tables);
}

void add_flags(CLI::App& app, ConsensusAsked& asked) {
  app.add_option("--nodes", asked.nodes, "Of each cluster")
      ->check(CLI::Range(1u, 9u))
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--clients", asked.clients, "So many at once, each with one request on its way")
      ->check(CLI::Range(1u, 400u))
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--kind", asked.kinds, "Writes, or linearizable reads")
      ->check(CLI::IsMember({"put", "get"}))
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--operations", asked.operations,
                 "In each round; by default as many as the system does in about a second")
      ->check(CLI::Range(1u, 1'000'000u));
  bench::add_flags(app, asked, bench::rivals_among(all_systems()));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The course's Raft cluster beside etcd");
  ConsensusAsked asked;
  add_flags(app, asked);
  return bench::run_program(app, argc, argv, [&] { run(asked); });
}
