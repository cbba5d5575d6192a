// ./lab test: runs the parts of tools/lab/parts.txt and sums up. What a part says goes to its own
// log.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <thread>

#include "commands.hpp"
#include "log_file.hpp"
#include "process.hpp"
#include "terminal.hpp"

namespace lab {

namespace {

namespace fs = std::filesystem;

struct Part {
  std::string name;
  std::string about;
  std::vector<std::vector<std::string>> commands;
};

enum class Verdict { passed, failed, skipped };

struct Outcome {
  std::string name;
  Verdict verdict = Verdict::passed;
  std::string reason;  // why it was skipped or which command failed
  std::chrono::seconds took{};
};

constexpr int skipped_status = 77;

std::string with_places(const Paths& paths, std::string word) {
  if (word == "{lab}") return (paths.build / "tools/lab/lab").string();
  if (word == "{jobs}") return std::to_string(std::max(1U, std::thread::hardware_concurrency()));
  return word;
}

std::vector<Part> read_parts(const Paths& paths) {
  std::vector<Part> parts;
  std::ifstream in(paths.root / "tools/lab/parts.txt");
  std::string text;
  while (std::getline(in, text)) {
    std::istringstream line(text);
    std::string kind;
    std::string word;
    line >> kind;
    if (kind == "part") {
      Part& part = parts.emplace_back();
      line >> part.name;
      std::getline(line >> std::ws, part.about);
    } else if (kind == "run" && !parts.empty()) {
      auto& command = parts.back().commands.emplace_back();
      while (line >> std::quoted(word)) command.push_back(with_places(paths, word));
    }
  }
  return parts;
}

std::string duration(std::chrono::seconds time) {
  const auto seconds = time.count();
  return seconds < 60 ? fmt::format("{} s", seconds)
                      : fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
}

std::string joined(const std::vector<std::string>& command) {
  std::string text;
  for (const std::string& word : command) text += (text.empty() ? "" : " ") + word;
  return text;
}

// Runs one command; at a terminal shows meanwhile for how long the part has been at it.
int run_watched(const Paths& paths, const std::vector<std::string>& command, int output,
                std::chrono::steady_clock::time_point start) {
  if (isatty(STDOUT_FILENO) == 0) return run_command(command, paths.root, output);
  std::atomic<bool> done = false;
  std::thread watch([&] {
    for (int tick = 0; !done; ++tick) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(
          std::chrono::steady_clock::now() - start);
      if (tick % 10 == 9) show(fmt::format("\r\033[K  {}  {}", duration(elapsed), joined(command)));
    }
  });
  const int status = run_command(command, paths.root, output);
  done = true;
  watch.join();
  show("\r\033[K");
  return status;
}

Outcome run_part(const Paths& paths, const Part& part, const fs::path& log) {
  Outcome outcome{.name = part.name, .reason = {}};
  const auto start = std::chrono::steady_clock::now();
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  for (const auto& command : part.commands) {
    const std::string head = "$ " + joined(command) + "\n";
    if (write(out, head.data(), head.size()) < 0) break;
    const int status = run_watched(paths, command, out, start);
    if (status == 0) continue;
    outcome.verdict = status == skipped_status ? Verdict::skipped : Verdict::failed;
    const std::vector<std::string> last = last_lines(log, 1);
    outcome.reason = status == skipped_status && !last.empty()
                         ? printable(last[0])
                         : fmt::format("exit status {} of: {}", status, joined(command));
    break;
  }
  close(out);
  outcome.took =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start);
  return outcome;
}

std::string_view word_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed:
      return "passed";
    case Verdict::failed:
      return "failed";
    case Verdict::skipped:
      return "skipped";
  }
  return "";
}

std::string line_of(const Outcome& outcome) {
  std::string verdict = fmt::format("{:<8}", word_of(outcome.verdict));
  if (outcome.verdict != Verdict::passed) verdict = red(verdict);
  return fmt::format("  {:<12} {} {:>12}  {}\n", outcome.name, verdict, duration(outcome.took),
                     outcome.reason);
}

void show_failure(const fs::path& log) {
  for (const std::string& line : last_lines(log, 40)) show("    | " + printable(line) + "\n");
  show("    All of it: " + log.string() + "\n");
}

bool is_named(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

std::expected<std::vector<Part>, Problem> choose_parts(const Paths& paths,
                                                       const TestOptions& options) {
  std::vector<Part> all = read_parts(paths);
  for (const auto* names : {&options.parts, &options.may_skip}) {
    for (const std::string& name : *names) {
      if (std::ranges::find(all, name, &Part::name) != all.end()) continue;
      return std::unexpected(Problem{fmt::format("there is no part '{}' to test.", name),
                                     {"./lab test --list names them."},
                                     2});
    }
  }
  std::erase_if(all, [&](const Part& part) {
    return !options.parts.empty() && !is_named(options.parts, part.name);
  });
  return all;
}

int sum_up(const std::vector<Outcome>& outcomes, const TestOptions& options) {
  std::chrono::seconds total{};
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t skipped = 0;
  std::size_t not_excused = 0;
  show("\n" + bold("Summary") + "\n");
  for (const Outcome& outcome : outcomes) {
    total += outcome.took;
    passed += outcome.verdict == Verdict::passed ? 1U : 0U;
    failed += outcome.verdict == Verdict::failed ? 1U : 0U;
    if (outcome.verdict == Verdict::skipped) {
      ++skipped;
      if (options.fail_on_skip && !is_named(options.may_skip, outcome.name)) ++not_excused;
    }
    show(line_of(outcome));
  }
  show(fmt::format("  {:<21} {:>12}\n", "together", duration(total)));
  if (not_excused > 0) show("A skipped part counts as failed here.\n");
  show(fmt::format("{} passed, {} failed, {} skipped\n", passed, failed, skipped));
  return failed + not_excused > 0 ? 1 : 0;
}

}  // namespace

int test(const Paths& paths, const TestOptions& options) {
  const auto parts = choose_parts(paths, options);
  if (!parts) return report(parts.error());
  if (options.list) {
    for (const Part& part : *parts) show(fmt::format("  {:<12} {}\n", part.name, part.about));
    return 0;
  }
  std::vector<Outcome> outcomes;
  for (const Part& part : *parts) {
    show(fmt::format("{}: {} ...\n", bold(part.name), part.about));
    const fs::path log = paths.log / ("test-" + part.name + ".log");
    outcomes.push_back(run_part(paths, part, log));
    show(line_of(outcomes.back()));
    if (outcomes.back().verdict == Verdict::failed) show_failure(log);
  }
  return sum_up(outcomes, options);
}

}  // namespace lab
