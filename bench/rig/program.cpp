#include "rig/program.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>

namespace bench {

void add_flags(CLI::App& app, Asked& asked, const std::vector<std::string>& rivals) {
  asked.rivals = rivals;
  std::vector<std::string> names = rivals;
  names.emplace_back("none");
  app.add_option("--rivals", asked.rivals, "What ours is measured beside")
      ->check(CLI::IsMember(names))
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--rounds", asked.rounds)->check(CLI::Range(1, 1'000))->capture_default_str();
  app.add_option("--folder", asked.folder, "The servers keep their data in a new folder here")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  app.add_option("--json", asked.json, "Write every round to this file");
}

int run_program(CLI::App& app, int argc, char** argv, const std::function<void()>& run) {
  constexpr int wrong_usage = 2;
  const std::string name = std::filesystem::path(argv[0]).filename();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : wrong_usage;
  }
  try {
    run();
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), problem.what());
    return 1;
  }
  return 0;
}

}  // namespace bench
