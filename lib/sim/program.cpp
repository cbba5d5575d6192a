#include "sim/program.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <vector>

#include "sim/campaign.hpp"
#include "sim/trace_hash.hpp"
#include "wire/to_json.hpp"

namespace sim {
namespace {

void print_line(const std::string& text) { std::printf("%s\n", text.c_str()); }

int refuse(const std::string& what) {
  std::fflush(stdout);
  std::fprintf(stderr, "error: %s\n", what.c_str());
  return exit_usage;
}

std::expected<std::string, std::string> read_whole(const std::string& name) {
  constexpr std::size_t max_bytes = std::size_t{1} << 30;
  std::FILE* file = std::fopen(name.c_str(), "rb");
  if (file == nullptr) return std::unexpected("cannot open " + name);
  std::string content;
  std::vector<char> buffer(1 << 16);
  std::size_t count = 0;
  while ((count = std::fread(buffer.data(), 1, buffer.size(), file)) > 0 &&
         content.size() <= max_bytes) {
    content.append(buffer.data(), count);
  }
  const bool failed = std::ferror(file) != 0;
  std::fclose(file);
  if (failed) return std::unexpected("cannot read " + name);
  if (content.size() > max_bytes) return std::unexpected(name + " is larger than 1 GiB");
  return content;
}

Transcript::Sink to_stdout() {
  return [](std::string_view line) { std::fwrite(line.data(), 1, line.size(), stdout); };
}

/// The only place of the simulator that reads a real clock: to tell how long something took.
std::uint64_t real_milliseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

class Runner {
 public:
  Runner(const Program& program, const Arguments& arguments)
      : program_(program), arguments_(arguments) {}

  int run() {
    switch (arguments_.command) {
      case Command::sim:
        if (arguments_.plan) return judge_plan();
        return arguments_.exhaustive ? search() : campaign();
      case Command::replay:
        if (arguments_.about) return tell();
        return arguments_.trace ? replay_trace() : replay();
      case Command::hashes:
        return hashes();
      case Command::plan:
        return print_plan();
      case Command::help:
        break;
    }
    return exit_usage;
  }

 private:
  RunResult run_seed(std::uint64_t seed, Hashing hashing) const {
    const auto plan = program_.draw_plan(seed, arguments_.settings);
    core::require(plan.has_value(), "a setting that fits one seed fits another");
    auto result = program_.run(*plan, nullptr, hashing);
    core::require(result.has_value(), "a drawn plan fits its system");
    return std::move(*result);
  }

  /// What is wrong with the settings, by the plan of the first seed.
  std::optional<std::string> wrong_settings() const {
    const auto plan = program_.draw_plan(arguments_.seeds->first, arguments_.settings);
    return plan ? std::nullopt : std::optional(plan.error());
  }

  /// As they stand on the command line.
  std::string settings() const {
    std::string words;
    for (const Setting& setting : arguments_.settings) {
      words += " --set " + setting.name + "=" + setting.value;
    }
    return words;
  }

  int print_plan() const {
    const auto plan = load_plan();
    if (!plan) return refuse(plan.error());
    std::printf("%s", print(*plan).c_str());
    return exit_good;
  }

  std::vector<RunResult> run_all(Hashing hashing) const {
    const std::uint64_t count = arguments_.seeds->count();
    const bool shown = ::isatty(STDERR_FILENO) == 1;
    auto results = run_seeds(
        *arguments_.seeds, arguments_.jobs,
        arguments_.first ? Until::first_violation : Until::all_done,
        [&](std::uint64_t seed) { return run_seed(seed, hashing); },
        [&](std::uint64_t done, std::uint64_t violations) {
          if (!shown) return;
          std::fprintf(stderr, "\r%llu of %llu seeds, %llu violations",
                       static_cast<unsigned long long>(done),
                       static_cast<unsigned long long>(count),
                       static_cast<unsigned long long>(violations));
        },
        arguments_.seed_seconds);
    if (shown) std::fprintf(stderr, "\r\033[K");
    return results;
  }

  void tell_violation(const RunResult& result, const std::string& replay) const {
    if (arguments_.json) return print_line(wire::to_json(result));
    print_line("seed " + std::to_string(result.seed) + ": " + result.checker + ": " + result.what);
    print_line(replay);
  }

  int campaign() const {
    if (const auto wrong = wrong_settings()) return refuse(*wrong);
    constexpr std::uint64_t shown = 10;
    constexpr std::uint64_t seeds_for_coverage = 1'000;
    const std::uint64_t start = real_milliseconds();
    const std::vector<RunResult> results = run_all(Hashing::without);
    const std::uint64_t wall_ms = real_milliseconds() - start;
    const auto failed = std::ranges::find(results, "core", &RunResult::checker);
    if (failed != results.end()) {
      std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(failed->seed),
                   failed->what.c_str());
      return core_failed;
    }
    const Summary summary = summarize(results);
    std::uint64_t told = 0;
    for (const RunResult& result : results) {
      if (!result.violated() || is_promise(result.checker) || ++told > shown) continue;
      tell_violation(result, replay_line(result));
    }
    if (told > shown && !arguments_.json) {
      print_line("and " + std::to_string(told - shown) + " more");
    }
    const std::vector<PromiseReport> reports = report_promises(program_.promises, results);
    tell_promises(reports, summary.seeds);
    const bool covered = summary.seeds < seeds_for_coverage || summary.rare().empty();
    if (!covered) tell_rare(summary);
    print_line(arguments_.json ? to_json_line(program_.system, summary, wall_ms, reports)
                               : to_line(summary, wall_ms));
    if (summary.violations > 0) return exit_violated;
    return covered ? exit_good : exit_coverage;
  }

  std::string replay_line(const RunResult& result) const {
    return "replay: ./lab replay " + call() + " --seed " + std::to_string(result.seed) +
           settings() + alone(result);
  }

  /// What has it told of alone, where what was broken is about one thing.
  std::string alone(const RunResult& result) const {
    if (!result.about || program_.subject.empty()) return "";
    return " --" + program_.subject + " " + std::to_string(*result.about);
  }

  std::string call() const {
    return program_.flags.empty() ? program_.system : program_.system + " " + program_.flags;
  }

  bool is_promise(std::string_view checker) const {
    return std::ranges::count(program_.promises, checker, &Promise::name) > 0;
  }

  /// Of each that was broken the first seed that shows it, then how each fared.
  void tell_promises(const std::vector<PromiseReport>& reports, std::uint64_t seeds) const {
    if (reports.empty()) return;
    for (const PromiseReport& report : reports) {
      if (report.first == nullptr) continue;
      RunResult result = *report.first;
      result.checker = report.finding->checker;
      result.what = report.finding->what;
      result.about = report.finding->about;
      tell_violation(result, replay_line(result));
    }
    if (arguments_.json) return;
    for (const std::string& line : to_lines(reports, seeds)) print_line(line);
  }

  static void tell_rare(const Summary& summary) {
    for (const Fired& rare : summary.rare()) {
      std::fprintf(stderr, "error: %s was seen in only %llu of %llu seeds\n", rare.name.c_str(),
                   static_cast<unsigned long long>(rare.seeds),
                   static_cast<unsigned long long>(summary.seeds));
    }
  }

  int hashes() const {
    if (const auto wrong = wrong_settings()) return refuse(*wrong);
    int code = exit_good;
    for (const RunResult& result : run_all(Hashing::with)) {
      print_line(std::to_string(result.seed) + " " + hex(result.hash));
      if (result.checker == "abort" || result.checker == "crash" || result.checker == "hang") {
        code = exit_violated;  // there is no hash to compare
      }
    }
    return code;
  }

  std::expected<Plan, std::string> load_plan() const {
    if (arguments_.seed) return program_.draw_plan(*arguments_.seed, arguments_.settings);
    auto text = read_whole(*arguments_.plan);
    if (!text) return std::unexpected(text.error());
    auto plan = parse_plan(*text);
    if (!plan) return std::unexpected(*arguments_.plan + ": " + plan.error());
    return plan;
  }

  int judge_plan() const {
    const auto plan = load_plan();
    if (!plan) return refuse(plan.error());
    const std::uint64_t start = real_milliseconds();
    const auto result = program_.run(*plan, nullptr, Hashing::without);
    if (!result) return refuse(*arguments_.plan + ": " + result.error());
    const std::uint64_t wall_ms = real_milliseconds() - start;
    if (result->violated()) {
      tell_violation(*result, "replay: ./lab replay " + call() + " --plan " + *arguments_.plan +
                                  alone(*result));
    }
    const Summary summary = summarize({*result});
    print_line(arguments_.json ? to_json_line(program_.system, summary, wall_ms)
                               : to_line(summary, wall_ms));
    return result->violated() ? exit_violated : exit_good;
  }

  int replay() const {
    const auto plan = load_plan();
    if (!plan) return refuse(plan.error());
    Transcript transcript(arguments_.json, to_stdout());
    const auto result = program_.run(*plan, &transcript, Hashing::with);
    if (!result) return refuse(result.error());
    return end_replay(*result);
  }

  int end_replay(const RunResult& result) const {
    if (arguments_.json) {
      print_line(wire::to_json(result));
    } else {
      print_line(result.violated() ? "violated: " + result.checker + ": " + result.what
                                   : std::string("no law was broken"));
      for (std::size_t i = 1; i < result.noted.size(); ++i) {
        print_line("and " + result.noted[i].checker + ": " + result.noted[i].what);
      }
      print_line("trace hash " + hex(result.hash));
    }
    return result.violated() ? exit_violated : exit_good;
  }

  /// Of what was broken it says only what is about that one thing.
  int tell() const {
    const auto plan = load_plan();
    if (!plan) return refuse(plan.error());
    const auto story = program_.tell(*plan, *arguments_.about);
    if (!story) return refuse(story.error());
    for (const std::string& line : story->lines) print_line(line);
    const RunResult& result = story->result;
    std::vector<Finding> found = result.noted;
    if (found.empty()) found.push_back({result.checker, result.what, result.about});
    std::erase_if(found, [&](const Finding& one) { return one.about != arguments_.about; });
    for (const Finding& one : found) print_line("broken: " + one.checker + ": " + one.what);
    if (!result.violated()) print_line("no law was broken");
    if (result.violated() && found.empty()) {
      print_line("what this run broke is not about this " + program_.subject);
    }
    print_line("trace hash " + hex(result.hash));
    return result.violated() ? exit_violated : exit_good;
  }

  int replay_trace() const {
    const auto file = read_whole(*arguments_.trace);
    if (!file) return refuse(file.error());
    Transcript transcript(arguments_.json, to_stdout());
    const auto result = program_.replay_trace(*file, transcript);
    if (!result) return refuse(*arguments_.trace + ": " + result.error());
    if (!result->warning.empty()) std::fprintf(stderr, "note: %s\n", result->warning.c_str());
    if (arguments_.json) {
      print_line(wire::to_json(*result));
    } else {
      print_line(std::to_string(result->turns) + " turns of " + std::to_string(result->steps) +
                 " steps: " +
                 (result->difference.empty() ? "every Ready as recorded" : result->difference));
      print_line("trace hash " + hex(result->hash));
    }
    return result->difference.empty() ? exit_good : exit_violated;
  }

  int search() const {
    Transcript transcript(arguments_.json, to_stdout());
    const std::uint64_t start = real_milliseconds();
    const auto result = program_.search(*arguments_.exhaustive, arguments_.settings, &transcript);
    if (!result) return refuse(result.error());
    const std::uint64_t wall_ms = real_milliseconds() - start;
    if (arguments_.json) {
      print_line(wire::to_json(*result));
    } else {
      print_line(std::to_string(result->visited) + " states visited, " +
                 std::to_string(result->merged) + " times one that was known, " +
                 std::to_string(per_second(result->visited, wall_ms)) + " states/s");
      if (!result->checker.empty()) {
        print_line("violated: " + result->checker + ": " + result->what);
      }
    }
    return result->checker.empty() ? exit_good : exit_violated;
  }

  const Program& program_;
  const Arguments& arguments_;
};

}  // namespace

int run_program(const Program& program, int argc, char** argv) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  const std::string help = usage(argv[0], program.system, program.subject);
  const auto arguments = parse_arguments(words, program.subject);
  if (!arguments) return refuse(arguments.error() + "\n\n" + help);
  if (arguments->command == Command::help) {
    std::printf("%s", help.c_str());
    return exit_good;
  }
  return Runner(program, *arguments).run();
}

}  // namespace sim
