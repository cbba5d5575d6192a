// What the programs of the benches have in common: flags and exit codes.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace bench {

/// What every bench can be asked.
struct Asked {
  std::vector<std::string> rivals;
  int rounds = 3;
  std::string folder = "/var/tmp";  // no tmpfs: what is durable there is on a disk
  std::string json;
};

/// --rivals, which are all of these unless told otherwise, --rounds, --folder and --json.
void add_flags(CLI::App& app, Asked& asked, const std::vector<std::string>& rivals);

/// Reads the command line and runs. 0; 1 if `run` threw; 2 after wrong usage.
int run_program(CLI::App& app, int argc, char** argv, const std::function<void()>& run);

}  // namespace bench
