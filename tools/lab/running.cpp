// The commands that look at what runs or change it: status, logs, down, kill, pause, resume,
// restart.

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <expected>
#include <thread>

#include "commands.hpp"
#include "control.hpp"
#include "leader.hpp"
#include "log_file.hpp"
#include "nodes.hpp"
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

// A process as status shows it.
struct Row {
  ProcessRecord process;
  StateNow now;
  std::string faults;            // of a node's links
  std::optional<NodeView> view;  // of its cluster

  std::string words() const {
    if (!view) return now.words();
    return fmt::format("{}  {:<9}  term {}  commit {}  lag {}", now.words(), printable(view->role),
                       view->term, view->commit_index, view->lag);
  }
};

std::vector<Row> rows_of(const Paths& paths, const RunRecord& record) {
  const NodeViews views = ask_nodes(paths, record);
  std::vector<Row> rows;
  for (const ProcessRecord& process : record.processes) {
    const auto view = views.find(process.name);
    rows.push_back({process, state_now(process), faults_of(paths, process),
                    view == views.end() ? std::nullopt : std::optional(view->second)});
  }
  return rows;
}

std::string as_json(const NodeView& view) {
  return fmt::format(R"(,"node":{{"role":{},"term":{},"commit_index":{},"lag":{}}})",
                     json_text(view.role), view.term, view.commit_index, view.lag);
}

std::string as_json(bool up, const std::vector<Row>& rows) {
  std::string list;
  for (const Row& row : rows) {
    const ProcessRecord& process = row.process;
    list += fmt::format(
        R"({}{{"name":{},"system":{},"pid":{},"state":{},"detail":{},"address":{},"faults":{}{}}})",
        list.empty() ? "" : ",", json_text(process.name), json_text(process.system),
        process.identity.pid, json_text(row.now.state), json_text(row.now.detail),
        json_text(process.address), json_text(row.faults), row.view ? as_json(*row.view) : "");
  }
  return fmt::format(R"({{"up":{},"processes":[{}]}})", up, list) + "\n";
}

// The column of faults is there while there are some.
std::string as_table(const std::vector<Row>& rows) {
  std::size_t width = 0;
  for (const Row& row : rows) {
    if (!row.faults.empty()) width = std::max(width, row.words().size() + 2);
  }
  const std::string faults_head = width > 0 ? fmt::format("{:<{}}FAULTS", "STATE", width) : "STATE";
  std::string text =
      bold(fmt::format("{:<10} {:>8}  {:<24} {}", "NAME", "PID", "ADDRESS", faults_head)) + "\n";
  for (const Row& row : rows) {
    const std::string words =
        row.faults.empty() ? row.words() : fmt::format("{:<{}}", row.words(), width);
    text += fmt::format("{:<10} {:>8}  {:<24} {}{}\n", row.process.name, row.process.identity.pid,
                        row.process.address.empty() ? "-" : row.process.address,
                        row.now.state == "running" ? words : red(words),
                        row.faults.empty() ? "" : red(row.faults));
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

// The last lines of the file, and when following what comes, each as `shown` gives it.
template <class Shown>
int show_lines(const std::filesystem::path& file, const LogOptions& options, Shown shown) {
  LogFollower follower(file);
  for (const std::string& line : last_lines(file, options.lines)) show(shown(line) + "\n");
  if (!options.follow) return 0;
  while (true) {
    for (const std::string& line : follower.new_lines()) show(shown(line) + "\n");
    std::this_thread::sleep_for(4 * poll_interval);
  }
}

// In the order in which the lines came, each with the name of its process.
int logs_of_all(const Paths& paths, const LogOptions& options) {
  std::vector<std::string> names;
  std::size_t width = 0;
  const auto learn = [&](const std::string& name) {
    width = std::max(width, name.size());
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  const auto record = read_record(paths.run);
  for (const ProcessRecord& process : record ? record->processes : std::vector<ProcessRecord>{}) {
    learn(process.name);
  }
  return show_lines(paths.log / all_lines_name, options, [&](const std::string& line) {
    const std::size_t tab = std::min(line.find('\t'), line.size());
    const std::string name = line.substr(0, tab);
    learn(name);
    const auto index = static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
    return coloured(fmt::format("{:<{}} |", name, width), index) + " " +
           printable(line.substr(std::min(tab + 1, line.size())));
  });
}

// The name of a process, or of the one that leads: `leader`, unless a process has that name.
std::expected<std::string, Problem> process_named(const Paths& paths, const std::string& name) {
  const RunRecord record = read_record(paths.run).value_or(RunRecord{});
  const auto same = std::ranges::find(record.processes, name, &ProcessRecord::name);
  if (name != "leader" || same != record.processes.end()) return name;
  const auto leader = leader_in(ask_nodes(paths, record));
  if (leader) return *leader;
  return std::unexpected(
      Problem{"no process says that it leads.", {"./lab status tells what each one says."}});
}

}  // namespace

Problem nothing_runs() { return {"nothing runs.", {"./lab up starts the course."}}; }

int status(const Paths& paths, bool json) {
  const bool up = is_up(paths.run);
  const RunRecord record = read_record(paths.run).value_or(RunRecord{});
  if (json) {
    show(as_json(up, rows_of(paths, record)));
    return 0;
  }
  if (record.processes.empty()) {
    show(up ? "./lab up is starting.\n" : "Nothing runs. ./lab up starts the course.\n");
    return 0;
  }
  show(as_table(rows_of(paths, record)));
  if (up) return 0;
  show("The ./lab up that had started these was killed. ");
  show(left_over(record).empty() ? "Nothing of it runs.\n"
                                 : "./lab down stops what is left of it.\n");
  return 0;
}

int logs(const Paths& paths, const std::string& name, const LogOptions& options) {
  if (name.empty()) return logs_of_all(paths, options);
  const std::filesystem::path file = paths.log / (name + ".log");
  const bool plain = name.find('/') == std::string::npos;
  if (!plain || !std::filesystem::exists(file)) {
    return report({fmt::format("there is no log of '{}'.", printable(name)),
                   {"./lab status names what runs."}});
  }
  return show_lines(file, options, [](const std::string& line) { return printable(line); });
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

int change(const Paths& paths, const std::string& what, const std::string& asked) {
  if (!is_up(paths.run)) return report(nothing_runs());
  const auto named = process_named(paths, asked);
  if (!named) return report(named.error());
  const std::string& name = *named;
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
