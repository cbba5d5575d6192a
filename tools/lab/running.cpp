// The commands that look at what runs or change it: status, logs, down, kill, pause, resume,
// restart.

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "commands.hpp"
#include "control.hpp"
#include "log_file.hpp"
#include "run_state.hpp"
#include "terminal.hpp"

namespace lab {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds poll_interval{50};
constexpr milliseconds down_limit{20'000};
constexpr milliseconds restart_limit{30'000};

// Waits until the condition holds, at most that long.
template <class Condition>
bool wait_until(milliseconds limit, Condition condition) {
  for (milliseconds waited{0}; waited < limit; waited += poll_interval) {
    if (condition()) return true;
    std::this_thread::sleep_for(poll_interval);
  }
  return condition();
}

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string as_json(bool up, const RunRecord& record) {
  std::string list;
  for (const ProcessRecord& process : record.processes) {
    const StateNow now = state_now(process);
    list +=
        fmt::format(R"({}{{"name":{},"system":{},"pid":{},"state":{},"detail":{},"address":{}}})",
                    list.empty() ? "" : ",", json_text(process.name), json_text(process.system),
                    process.identity.pid, json_text(now.state), json_text(now.detail),
                    json_text(process.address));
  }
  return fmt::format(R"({{"up":{},"processes":[{}]}})", up, list) + "\n";
}

std::string as_table(const RunRecord& record) {
  std::string text =
      bold(fmt::format("{:<10} {:>8}  {:<24} {}", "NAME", "PID", "ADDRESS", "STATE")) + "\n";
  for (const ProcessRecord& process : record.processes) {
    const StateNow now = state_now(process);
    const std::string words = now.state == "running" ? now.words() : red(now.words());
    text += fmt::format("{:<10} {:>8}  {:<24} {}\n", process.name, process.identity.pid,
                        process.address.empty() ? "-" : process.address, words);
  }
  return text;
}

// Processes of a supervisor that was killed. Linux ends them with it; elsewhere they may go on.
std::vector<ProcessRecord> left_over(const RunRecord& record) {
  std::vector<ProcessRecord> alive;
  for (const ProcessRecord& process : record.processes) {
    if (life_of(process.identity) != Life::gone) alive.push_back(process);
  }
  return alive;
}

int nothing_runs() { return report({"nothing runs.", {"./lab up starts the course."}}); }

}  // namespace

int status(const Paths& paths, bool json) {
  const bool up = is_up(paths.run);
  const RunRecord record = read_record(paths.run).value_or(RunRecord{});
  if (json) {
    show(as_json(up, record));
    return 0;
  }
  if (record.processes.empty()) {
    show(up ? "./lab up is starting.\n" : "Nothing runs. ./lab up starts the course.\n");
    return 0;
  }
  show(as_table(record));
  if (up) return 0;
  show("The ./lab up that had started these was killed. ");
  show(left_over(record).empty() ? "Nothing of it runs.\n"
                                 : "./lab down stops what is left of it.\n");
  return 0;
}

int logs(const Paths& paths, const std::string& name, bool follow) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(paths.log)) {
    const std::filesystem::path& file = entry.path();
    if (file.extension() == ".log") names.push_back(file.stem().string());
  }
  if (const auto record = read_record(paths.run); record && name.empty()) {
    names.clear();
    for (const ProcessRecord& process : record->processes) names.push_back(process.name);
  }
  if (!name.empty()) {
    if (std::ranges::find(names, name) == names.end()) {
      return report({fmt::format("there is no log of '{}'.", printable(name)),
                     {"./lab status names what runs."}});
    }
    names = {name};
  }
  std::ranges::sort(names);
  std::size_t width = 0;
  for (const std::string& each : names) width = std::max(width, each.size());
  std::vector<LogFollower> followers;
  const auto put = [&](std::size_t i, const std::vector<std::string>& lines) {
    const std::string head =
        names.size() == 1 ? "" : coloured(fmt::format("{:<{}} |", names[i], width), i) + " ";
    for (const std::string& line : lines) show(head + printable(line) + "\n");
  };
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::filesystem::path file = paths.log / (names[i] + ".log");
    followers.emplace_back(file);
    put(i, last_lines(file, names.size() == 1 ? 50 : 10));
  }
  if (!follow) return 0;
  while (true) {
    for (std::size_t i = 0; i < names.size(); ++i) put(i, followers[i].new_lines());
    std::this_thread::sleep_for(4 * poll_interval);
  }
}

int down(const Paths& paths) {
  const auto record = read_record(paths.run);
  const bool was_up = is_up(paths.run);
  if (was_up) {
    const auto told = ask_supervisor(paths.run, "down");
    const auto ended = [&] { return !is_up(paths.run); };
    if (!told || !wait_until(down_limit, ended)) {
      if (record) signal_group(record->supervisor, SIGKILL);
      if (!wait_until(milliseconds(2000), ended)) {
        return report({"what ./lab up left running cannot be stopped.",
                       {"Its process id is in .lab/run/state."}});
      }
    }
  }
  bool any = was_up;
  for (const ProcessRecord& process : record ? left_over(*record) : std::vector<ProcessRecord>{}) {
    signal_group(process.identity, SIGKILL);
    any = true;
  }
  remove_record(paths.run);
  show(any ? "Everything is stopped.\n" : "Nothing runs.\n");
  return 0;
}

int change(const Paths& paths, const std::string& what, const std::string& name) {
  if (!is_up(paths.run)) return nothing_runs();
  const auto state_of = [&]() -> std::optional<ProcessRecord> {
    const auto record = read_record(paths.run);
    if (!record) return std::nullopt;
    const auto found = std::ranges::find(record->processes, name, &ProcessRecord::name);
    return found == record->processes.end() ? std::nullopt : std::optional(*found);
  };
  const auto before = state_of();
  const auto told = ask_supervisor(paths.run, what + " " + name);
  if (!told) return report({told.error(), {"./lab status names what runs."}});
  if (what != "restart" || !before) {
    show(*told + "\n");
    return 0;
  }
  std::optional<ProcessRecord> after;
  wait_until(restart_limit, [&] {
    after = state_of();
    return after && after->identity.pid != before->identity.pid && after->state != State::starting;
  });
  if (after && after->identity.pid != before->identity.pid && after->state == State::running) {
    show(fmt::format("{} runs again (pid {})\n", name, after->identity.pid));
    return 0;
  }
  return report(
      {fmt::format("{} did not come up: {}.", name, after ? state_now(*after).words() : "gone"),
       {"Its words: ./lab logs " + name}});
}

}  // namespace lab
