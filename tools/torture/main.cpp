// ./lab torture consensus: real nodes on real disks, clients that keep a book, and a nemesis, in
// rounds. Exit 0: every round was good; 1: a law was broken; 2: the command line or the plan is
// wrong; 3: a round could not be run or judged; 130: Ctrl-C.

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>

#include "plan.hpp"
#include "round.hpp"
#include "signals.hpp"

namespace {

namespace fs = std::filesystem;
using namespace torture;
using Clock = std::chrono::steady_clock;

enum Exit : std::uint8_t { good = 0, violated = 1, wrong_usage = 2, not_run = 3, ended = 130 };

struct Asked {
  std::string system;
  std::uint32_t seconds = 60;
  std::optional<std::uint32_t> rounds;
  std::optional<std::uint64_t> seed;
  std::string plan;
  std::string folder;
  std::string node = TORTURE_NODE;
  std::uint32_t hangs_after_s = 120;
  bool keep = false;
};

void add_flags(CLI::App& app, Asked& asked) {
  app.add_option("system", asked.system, "consensus")
      ->required()
      ->check(CLI::IsMember({"consensus"}));
  CLI::Option* seconds =
      app.add_option("--seconds", asked.seconds, "a round that has begun is finished")
          ->check(CLI::Range(1, 1'000'000))
          ->capture_default_str();
  app.add_option("--rounds", asked.rounds, "instead: so many rounds")
      ->check(CLI::Range(1, 1'000'000))
      ->excludes(seconds);
  CLI::Option* seed = app.add_option("--seed", asked.seed,
                                     "of the first round; the next has the next. Default: drawn");
  app.add_option("--plan", asked.plan, "every round does what this file says")
      ->check(CLI::ExistingFile)
      ->excludes(seed);
  app.add_option("--folder", asked.folder,
                 "on the disk that is to be tried. Default: one of this checkout")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);  // ./lab names one first
  app.add_flag("--keep", asked.keep, "keep the folders of good rounds, too");
  app.add_option("--node", asked.node, "another program as node, for example one with a bug");
  app.add_option("--hangs-after", asked.hangs_after_s,
                 "seconds without an answer, when all is healed, until a round is given up")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
  app.footer(
      "Each round starts five nodes and draws a plan from its seed: crashes (of the power where "
      "the "
      "seed is\neven, so that what was not synced is lost), pauses, partitions; and clients that "
      "put, "
      "append, compare\nand get. A plan is one of the simulator: ./lab sim consensus --plan FILE "
      "runs it there.\n\nExit 0: every round was good; 1: a law was broken; 2: the command line or "
      "the plan is wrong; 3: a\nround could not be run or judged.");
}

/// What runs goes on, and where a person watches is shown in one line.
class Screen {
 public:
  void show(const std::string& text) {
    if (!is_watched_) return;
    fmt::print("\r\033[K{}", text.substr(0, 150));
    std::fflush(stdout);
  }
  void line(const std::string& text) {
    if (is_watched_) fmt::print("\r\033[K");
    fmt::print("{}\n", text);
    std::fflush(stdout);
  }

 private:
  bool is_watched_ = isatty(STDOUT_FILENO) == 1;
};

fs::path make_folder(const Asked& asked) {
  const fs::path parent = asked.folder.empty() ? fs::temp_directory_path() : fs::path(asked.folder);
  fs::create_directories(parent);
  std::string name = (fs::absolute(parent) / "torture-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder " + name);
  return name;
}

class Torture {
 public:
  Torture(const Asked& asked, std::optional<Scenario> given)
      : asked_(asked),
        given_(std::move(given)),
        seed_(asked.seed.value_or(std::random_device()() % 1'000'000)),
        folder_(make_folder(asked)) {}

  int run() {
    const auto end = Clock::now() + std::chrono::seconds(asked_.seconds);
    int status = good;
    do {
      ++round_;
      status = run_one();
    } while (status == good && (asked_.rounds ? round_ < *asked_.rounds : Clock::now() < end));
    std::error_code error;
    fs::remove(folder_, error);  // unless something is kept in it
    if (status == ended) return status;
    screen_.line(fmt::format("{} {}: {}", round_, round_ == 1 ? "round" : "rounds", all_.words()));
    return status;
  }

 private:
  int run_one() {
    const std::uint64_t seed = seed_ + round_ - 1;
    const auto scenario = given_ ? *given_ : understand(draw_plan(seed)).value();
    const std::string name = given_ ? fmt::format("round {}", round_)
                                    : fmt::format("round {}, seed {}, crashes of {}", round_, seed,
                                                  seed % 2 == 0 ? "the power" : "processes");
    RoundOptions options{
        .folder = folder_ / fmt::format("round-{}", round_),
        .hangs_after = std::chrono::seconds(asked_.hangs_after_s),
        .show = [&](const std::string& what) { screen_.show(name + ": " + what); }};
    const Verdict verdict =
        run_round(scenario, {fs::absolute(asked_.node), TORTURE_LINEARIZE}, options);
    all_.add(verdict.tally);
    if (verdict.is_good()) {
      screen_.line(fmt::format("{}: good: {}", name, verdict.tally.words()));
      if (!asked_.keep) fs::remove_all(options.folder);
      return good;
    }
    return tell(name, verdict, options.folder);
  }

  int tell(const std::string& name, const Verdict& verdict, const fs::path& folder) {
    if (verdict.law == interrupted) {
      screen_.line(name + ": interrupted");
      fs::remove_all(folder);
      return ended;
    }
    screen_.line(fmt::format("{}: {}", name, verdict.tally.words()));
    screen_.line(fmt::format("{}: {}", verdict.law, verdict.what));
    const std::string plan = (folder / "plan.txt").string();
    screen_.line(fmt::format("all of it is in {}", folder.string()));
    screen_.line(fmt::format("again: ./lab torture consensus --plan {}", plan));
    screen_.line(fmt::format("simulated: ./lab sim consensus --plan {}", plan));
    return verdict.law == no_start || verdict.law == undecided ? not_run : violated;
  }

  const Asked& asked_;
  std::optional<Scenario> given_;
  std::uint64_t seed_;
  fs::path folder_;
  std::uint32_t round_ = 0;
  Tally all_;
  Screen screen_;
};

int run(const Asked& asked) {
  std::optional<Scenario> given;
  if (!asked.plan.empty()) {
    std::ifstream in(asked.plan);
    auto scenario = read_scenario(std::string{std::istreambuf_iterator<char>(in), {}});
    if (!scenario) {
      fmt::print(stderr, "torture: {}: {}\n", asked.plan, scenario.error());
      return wrong_usage;
    }
    given = std::move(*scenario);
  }
  return Torture(asked, std::move(given)).run();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Real nodes on real disks under faults, with clients whose book is judged");
  app.name("./lab torture");
  Asked asked;
  add_flags(app, asked);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? good : wrong_usage;
  }
  spdlog::set_level(spdlog::level::off);  // what each client's connection goes through
  hold_signals_back();
  try {
    return run(asked);
  } catch (const std::exception& error) {
    fmt::print(stderr, "torture: {}\n", error.what());  // a full disk, a folder that is not ours
    return not_run;
  }
}
