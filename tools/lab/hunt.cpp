// ./lab sim, replay and hunt: the simulator of a system, as it is or with a diff applied. And
// ./lab linearize and torture, which are built and run in the same way.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>

#include "catalog.hpp"
#include "commands.hpp"
#include "hunt_table.hpp"
#include "log_file.hpp"
#include "mine.hpp"
#include "patched_tree.hpp"
#include "process.hpp"
#include "terminal.hpp"

namespace lab {

namespace {

namespace fs = std::filesystem;

constexpr int not_caught = 1;
constexpr int wrong_usage = 2;
constexpr int does_not_apply = 3;

// How the simulator exits (lib/sim/program.hpp).
constexpr int sim_good = 0;
constexpr int sim_rare_fault = 2;  // it found nothing, and says that a kind of fault was rare
constexpr int sim_usage = 64;

// The first violation that the simulator told of, which is that of the lowest seed: the line before
// its replay line is "seed N: CHECKER: WHAT".
std::optional<Finding> read_finding(const fs::path& log) {
  constexpr std::string_view replay = "replay: ./lab replay ";
  constexpr std::string_view flag = "--seed ";
  std::ifstream in(log);
  std::string line;
  std::string before;
  while (std::getline(in, line)) {
    const std::size_t at = line.find(flag);
    if (line.find(replay) != std::string::npos && at != std::string::npos) {
      const std::uint64_t seed = std::strtoull(line.c_str() + at + flag.size(), nullptr, 10);
      const std::string prefix = fmt::format("seed {}: ", seed);
      const std::string told = before.starts_with(prefix) ? before.substr(prefix.size()) : before;
      const std::size_t colon = std::min(told.find(": "), told.size());
      return Finding{seed, told.substr(0, colon), told.substr(std::min(colon + 2, told.size()))};
    }
    if (!line.empty()) before = line;
  }
  return {};
}

// Hunts from one start. The error tells why the simulator did not do its work.
std::expected<std::optional<Finding>, Problem> hunt_from(const Paths& paths,
                                                         const fs::path& simulator,
                                                         const std::string& seeds) {
  const fs::path log = paths.log / "hunt.log";
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const int status =
      run_command({simulator.string(), "sim", "--seeds", seeds, "--first"}, paths.root, out);
  close(out);
  auto finding = read_finding(log);
  if (finding || status == sim_good || status == sim_rare_fault) return finding;
  Problem problem{fmt::format("the simulator failed (exit status {}).", status),
                  {},
                  status == sim_usage ? wrong_usage : not_caught};
  for (const std::string& line : last_lines(log, 12))
    problem.mend.push_back("  | " + printable(line));
  return std::unexpected(problem);
}

// Builds the bug once, and hunts it from every start. A problem is told at once.
Hunted hunt_bug(const Paths& paths, const Bug& bug, const std::vector<Start>& starts) {
  Hunted hunted;
  hunted.starts = starts;
  const auto failed = [&](const Problem& problem) {
    hunted.status = report(problem);
    hunted.failure = problem.what;
    return hunted;
  };
  const auto simulator = simulator_of(paths, bug.system);
  if (!simulator) return failed(simulator.error());
  const auto program = build_with(paths, *simulator, bug.diff);
  if (!program) return failed(program.error());
  for (const Start& start : starts) {
    const auto finding = hunt_from(paths, *program, start.words());
    if (!finding) return failed(finding.error());
    hunted.findings.push_back(*finding);
    if (!*finding) hunted.status = not_caught;
  }
  return hunted;
}

std::vector<Bug> known_bugs(const Paths& paths) {
  std::vector<Bug> bugs;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(paths.root / "bugs", error)) {
    const fs::path& diff = entry.path();
    if (diff.extension() != ".diff") continue;
    bugs.push_back({diff.parent_path().filename().string(), diff.stem().string(), diff});
  }
  std::ranges::sort(bugs, {}, &Bug::full_name);
  return bugs;
}

// A..B as given to --seeds.
std::optional<Start> parse_seeds(std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) return {};
  const auto number = [](std::string_view digits) -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc() || stop != end) return {};
    return value;
  };
  const auto first = number(text.substr(0, dots));
  const auto last = number(text.substr(dots + 2));
  if (!first || !last || *first > *last) return {};
  return Start{*first, *last};
}

// Where to hunt, as asked for on the command line.
std::expected<std::vector<Start>, Problem> asked_starts(const HuntOptions& options) {
  if (options.seeds.empty()) {
    const std::uint32_t usual = options.all ? 5 : 1;
    return starts_of(options.starts.value_or(usual), options.most_seeds);
  }
  const auto start = parse_seeds(options.seeds);
  if (!start) return std::unexpected(Problem{"--seeds wants A..B, from A to B.", {}, wrong_usage});
  return std::vector{*start};
}

int write_page(const HuntOptions& options, const std::vector<Bug>& bugs,
               const std::vector<Hunted>& hunted) {
  const fs::path folder = fs::absolute(options.write).parent_path();
  std::ofstream out(options.write);
  out << table_page(bugs, hunted, folder, hunted.front().starts);
  out.close();
  return out ? 0 : report({fmt::format("cannot write {}.", options.write), {}});
}

int hunt_all(const Paths& paths, const HuntOptions& options, const std::vector<Start>& starts) {
  const std::vector<Bug> bugs = known_bugs(paths);
  if (bugs.empty()) return report({"there is no diff under bugs/.", {}, does_not_apply});
  if (!options.write.empty() && !fs::is_directory(fs::absolute(options.write).parent_path()))
    return report({fmt::format("cannot write {}: there is no such folder.", options.write), {}, 2});
  show(fmt::format("Seeds needed (starts: {}, seeds of each: up to {}):\n", starts.size(),
                   starts.front().count()));
  show(table_head(bugs));
  int worst = 0;
  std::vector<Hunted> all;
  for (const Bug& bug : bugs) {
    all.push_back(hunt_bug(paths, bug, starts));
    worst = std::max(worst, all.back().status);
    show(table_line(bugs, bug, all.back()));
  }
  show(fmt::format("{} known bugs, {}\n", bugs.size(),
                   worst == 0 ? "all caught" : "NOT all caught"));
  if (options.write.empty()) return worst;
  return std::max(worst, write_page(options, bugs, all));
}

int hunt_one(const Paths& paths, const Bug& bug, const std::vector<Start>& starts) {
  const Hunted hunted = hunt_bug(paths, bug, starts);
  if (!hunted.failure.empty()) return hunted.status;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const auto& finding = hunted.findings[i];
    show(finding ? fmt::format("caught by seed {}: {}: {}\n", finding->seed, finding->checker,
                               finding->what)
                 : fmt::format("not caught by seeds {}\n", starts[i].words()));
  }
  if (starts.size() > 1) {
    show(fmt::format("seeds needed: median {}, worst {} of {} starts\n", hunted.median(),
                     hunted.worst(), starts.size()));
  }
  const auto caught = std::ranges::find_if(hunted.findings, &std::optional<Finding>::has_value);
  if (caught != hunted.findings.end()) {
    show(fmt::format("replay: ./lab replay {} --seed {} --diff {}\n", bug.system, (*caught)->seed,
                     bug.diff.string()));
  }
  return hunted.status;
}

// The bug that is asked for: SYSTEM/NAME, or a system and a diff.
std::expected<Bug, Problem> asked_bug(const Paths& paths, const HuntOptions& options) {
  const bool is_known = options.bug.contains('/');
  if (options.bug.empty() || is_known != options.diff.empty()) {
    return std::unexpected(Problem{"hunt takes --all, or SYSTEM/NAME, or SYSTEM and --diff FILE.",
                                   {"./lab hunt --help tells more."},
                                   wrong_usage});
  }
  if (!is_known) return Bug{options.bug, "", options.diff};
  Problem problem{fmt::format("there is no bug {}. There are:", options.bug), {}, wrong_usage};
  for (Bug& bug : known_bugs(paths)) {
    if (bug.full_name() != options.bug) {
      problem.mend.push_back("  " + bug.full_name());
      continue;
    }
    bug.diff = fs::proximate(bug.diff);
    return bug;
  }
  return std::unexpected(problem);
}

// Any core is judged by what its system promises, in a simulator of its own.
CoreKind core_kind_of(const std::vector<std::string>& arguments) {
  const auto is_its_flag = [](const std::string& word) {
    return word == "--core" || word == "--promises" || word == "--answer-seconds";
  };
  return std::ranges::any_of(arguments, is_its_flag) ? CoreKind::any : CoreKind::own;
}

// Builds `target` and hands over to it. If it does not build, that is told of `name`, and `failed`
// is the exit status.
int build_and_become(const Paths& paths, const std::string& target, const std::string& name,
                     int failed, const std::vector<std::string>& arguments) {
  const fs::path log =
      paths.log / fmt::format("{}-build.log", fs::path(target).filename().string());
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const int status =
      run_command({"cmake", "--build", paths.build.string(), "--target", target}, paths.root, out);
  close(out);
  if (status != 0) {
    Problem problem{fmt::format("{} does not build.", name), {}, failed};
    for (const std::string& line : last_lines(log, 20))
      problem.mend.push_back("  | " + printable(line));
    return report(problem);
  }
  return report({become(paths.build / target, arguments), {}, failed});
}

}  // namespace

int simulate(const Paths& paths, const std::string& system,
             const std::vector<std::string>& arguments) {
  const auto simulator = simulator_of(paths, system, core_kind_of(arguments));
  if (!simulator) return report(simulator.error());
  return build_and_become(paths, *simulator, fmt::format("the simulator of '{}'", system), 1,
                          arguments);
}

int simulate_mine(const Paths& paths, const std::string& system, const std::string& mine,
                  std::vector<std::string> arguments) {
  const auto simulator = simulator_of(paths, system, CoreKind::any);
  if (!simulator) return report(simulator.error());
  const auto program = build_mine(paths, mine, "sim");
  if (!program) return program.error();
  arguments.insert(arguments.begin(), program->begin() + 1, program->end());
  return report({become(program->front(), arguments), {}});
}

int linearize(const Paths& paths, const std::vector<std::string>& arguments) {
  constexpr int undecided = 2;
  const std::string program = "tools/linearize/linearize";
  return build_and_become(paths, program, "the checker", undecided, arguments);
}

int torture(const Paths& paths, std::vector<std::string> arguments) {
  constexpr int not_run = 3;
  const std::string program = "tools/torture/torture";
  const std::string folder = (paths.data.parent_path() / "torture").string();
  arguments.insert(arguments.begin(), {"--folder", folder});
  return build_and_become(paths, program, "the torture", not_run, arguments);
}

int simulate_with(const Paths& paths, const std::string& system, const std::string& diff,
                  const std::vector<std::string>& arguments) {
  const auto simulator = simulator_of(paths, system, core_kind_of(arguments));
  if (!simulator) return report(simulator.error());
  const auto program = build_with(paths, *simulator, diff);
  if (!program) return report(program.error());
  return report({become(*program, arguments), {}});
}

int hunt(const Paths& paths, const HuntOptions& options) {
  const auto starts = asked_starts(options);
  if (!starts) return report(starts.error());
  if (options.all) return hunt_all(paths, options, *starts);
  const auto bug = asked_bug(paths, options);
  if (!bug) return report(bug.error());
  return hunt_one(paths, *bug, *starts);
}

}  // namespace lab
