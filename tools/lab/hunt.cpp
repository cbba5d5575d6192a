// ./lab sim, replay and hunt: the simulator of a system, as it is or with a diff applied.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "catalog.hpp"
#include "commands.hpp"
#include "log_file.hpp"
#include "patched_tree.hpp"
#include "process.hpp"
#include "terminal.hpp"

namespace lab {

namespace {

namespace fs = std::filesystem;

constexpr int not_caught = 1;
constexpr int does_not_apply = 3;

int become(const fs::path& program, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program.string());
  execv(program.c_str(), exec_words(arguments).data());
  return report({fmt::format("cannot run {}: {}", program.string(), std::strerror(errno)), {}});
}

// The first violation that the simulator told of: its replay line, and the line before that.
struct Finding {
  std::string seed;
  std::string what;
};

Finding read_finding(const fs::path& log) {
  constexpr std::string_view replay = "replay: ./lab replay ";
  constexpr std::string_view flag = "--seed ";
  std::ifstream in(log);
  std::string line;
  std::string before;
  while (std::getline(in, line)) {
    const std::size_t at = line.find(flag);
    if (line.find(replay) != std::string::npos && at != std::string::npos) {
      const std::size_t start = at + flag.size();
      const std::string seed = line.substr(start, line.find(' ', start) - start);
      const std::string prefix = "seed " + seed + ": ";
      return {seed, before.starts_with(prefix) ? before.substr(prefix.size()) : before};
    }
    if (!line.empty()) before = line;
  }
  return {};
}

struct Catch {
  int status = 0;     // as ./lab hunt exits
  std::string words;  // one line
};

Catch try_diff(const Paths& paths, const HuntOptions& options) {
  const auto simulator = simulator_of(paths, options.system);
  if (!simulator) return {simulator.error().exit_status, simulator.error().what};
  const auto program = build_with(paths, *simulator, options.diff);
  if (!program) {
    report(program.error());
    return {program.error().exit_status, program.error().what};
  }
  const fs::path log = paths.log / "hunt.log";
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const int status =
      run_command({program->string(), "sim", "--seeds", options.seeds, "--first"}, paths.root, out);
  close(out);
  const Finding finding = read_finding(log);
  if (!finding.seed.empty())
    return {0, fmt::format("caught by seed {}: {}", finding.seed, finding.what)};
  if (status == 0) return {not_caught, fmt::format("not caught by seeds {}", options.seeds)};
  Problem problem{fmt::format("the simulator failed (exit status {}).", status),
                  {},
                  status == 2 ? 2 : not_caught};
  for (const std::string& line : last_lines(log, 12))
    problem.mend.push_back("  | " + printable(line));
  report(problem);
  return {problem.exit_status, problem.what};
}

int hunt_all(const Paths& paths, HuntOptions options) {
  std::vector<fs::path> diffs;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(paths.root / "bugs", error)) {
    if (entry.path().extension() == ".diff") diffs.push_back(entry.path());
  }
  std::ranges::sort(diffs);
  if (diffs.empty()) return report({"there is no diff under bugs/.", {}, does_not_apply});
  int worst = 0;
  for (const fs::path& diff : diffs) {
    options.system = diff.parent_path().filename().string();
    options.diff = diff.string();
    const Catch result = try_diff(paths, options);
    worst = std::max(worst, result.status);
    show(fmt::format("{:<12} {:<40} {}\n", options.system, diff.stem().string(), result.words));
  }
  show(fmt::format("{} known bugs, {}\n", diffs.size(),
                   worst == 0 ? "all caught" : "NOT all caught"));
  return worst;
}

}  // namespace

int simulate(const Paths& paths, const std::string& system,
             const std::vector<std::string>& arguments) {
  const auto simulator = simulator_of(paths, system);
  if (!simulator) return report(simulator.error());
  const fs::path log = paths.log / "sim-build.log";
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const int status = run_command({"cmake", "--build", paths.build.string(), "--target", *simulator},
                                 paths.root, out);
  close(out);
  if (status != 0) {
    Problem problem{fmt::format("the simulator of '{}' does not build.", system), {}};
    for (const std::string& line : last_lines(log, 20))
      problem.mend.push_back("  | " + printable(line));
    return report(problem);
  }
  return become(paths.build / *simulator, arguments);
}

int simulate_with(const Paths& paths, const std::string& system, const std::string& diff,
                  const std::vector<std::string>& arguments) {
  const auto simulator = simulator_of(paths, system);
  if (!simulator) return report(simulator.error());
  const auto program = build_with(paths, *simulator, diff);
  if (!program) return report(program.error());
  return become(*program, arguments);
}

int hunt(const Paths& paths, const HuntOptions& options) {
  if (options.all != (options.system.empty() && options.diff.empty())) {
    return report({"hunt takes either --all or a system and --diff FILE.",
                   {"./lab hunt --help tells more."},
                   2});
  }
  if (options.all) return hunt_all(paths, options);
  if (options.system.empty() || options.diff.empty()) {
    return report({"hunt needs a system and --diff FILE.", {"./lab hunt --help tells more."}, 2});
  }
  const Catch result = try_diff(paths, options);
  if (result.status > not_caught) return result.status;
  show(result.words + "\n");
  if (result.status == 0) {
    const Finding finding = read_finding(paths.log / "hunt.log");
    show(fmt::format("replay: ./lab replay {} --seed {} --diff {}\n", options.system, finding.seed,
                     options.diff));
  }
  return result.status;
}

}  // namespace lab
