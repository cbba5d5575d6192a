#include "supervisor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "ports.hpp"
#include "signals.hpp"
#include "terminal.hpp"

namespace lab {

namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t max_log_bytes = 4 << 20;
constexpr std::size_t max_line_bytes = 4096;  // a longer line is cut into several
constexpr std::size_t max_partial_reads = 16;
constexpr milliseconds start_limit{20'000};
// A client that lives this long has read its flags and is at work.
constexpr milliseconds settle{400};
constexpr milliseconds grace{5'000};
constexpr milliseconds probe_patience{300};
constexpr milliseconds idle{1'000};
constexpr milliseconds busy{50};

std::string address_of(const ProcessSpec& spec) {
  return spec.port == 0 ? "" : fmt::format("http://127.0.0.1:{}", spec.port);
}

}  // namespace

Supervisor::Supervisor(Paths paths, std::vector<ProcessSpec> processes, ControlServer control,
                       Screen screen)
    : paths_(std::move(paths)),
      all_lines_(paths_.log / all_lines_name, max_log_bytes),
      control_(std::move(control)),
      screen_(screen) {
  for (ProcessSpec& spec : processes) {
    name_width_ = std::max(name_width_, spec.name.size());
    ProcessRecord record{.name = spec.name,
                         .system = spec.system,
                         .identity = {},
                         .address = address_of(spec),
                         .detail = "not started yet"};
    LogFile log(paths_.log / (spec.name + ".log"), max_log_bytes);
    children_.push_back(Child{.spec = std::move(spec),
                              .record = std::move(record),
                              .log = std::move(log),
                              .partial = {}});
  }
}

// ---- Starting -----------------------------------------------------------------------------------

std::expected<void, std::string> Supervisor::launch(Child& child) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return std::unexpected("no pipe for its output");
  for (const int fd : ends) fcntl(fd, F_SETFD, FD_CLOEXEC);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  const auto pid = spawn({.command = child.spec.command,
                          .directory = paths_.root,
                          .output = ends[1],
                          .own_session = true});
  close(ends[1]);
  if (!pid) {
    close(ends[0]);
    child.record.state = State::died;
    child.record.detail = pid.error();
    return std::unexpected(pid.error());
  }
  if (child.output >= 0) close(child.output);
  child.output = ends[0];
  child.started = Clock::now();
  child.goal = Goal::up;
  child.blame.clear();
  child.record.identity = identify(*pid);
  child.record.state = State::starting;
  child.record.detail.clear();
  return {};
}

std::expected<void, Problem> Supervisor::start() {
  std::error_code error;
  for (const Child& child : children_) {
    std::filesystem::create_directories(paths_.data / child.spec.system, error);
  }
  for (const Role role : {Role::server, Role::client}) {
    if (auto started = start_role(role); !started) {
      stop_all();
      return started;
    }
  }
  return {};
}

std::expected<void, Problem> Supervisor::start_role(Role role) {
  for (Child& child : children_) {
    if (child.spec.role != role) continue;
    if (const auto launched = launch(child); !launched)
      return std::unexpected(Problem{launched.error(), {}});
  }
  save();
  const auto limit = Clock::now() + start_limit;
  while (true) {
    bool waiting = false;
    for (const Child& child : children_) {
      if (child.record.state == State::died) return std::unexpected(start_failure(child));
      if (child.spec.role != role || child.record.state != State::starting) continue;
      waiting = true;
      if (Clock::now() > limit) return std::unexpected(start_failure(child));
    }
    if (!waiting) return {};
    if (stop_requested())
      return std::unexpected(Problem{"stopped before everything was up.", {}, 130});
    turn(busy);
  }
}

Problem Supervisor::start_failure(const Child& child) const {
  Problem problem;
  problem.what =
      child.record.state == State::died
          ? fmt::format("{} ended at its start: {}.", child.spec.name, child.record.detail)
          : fmt::format("{} does not answer at {} after {} s.", child.spec.name,
                        child.record.address, start_limit.count() / 1000);
  const std::filesystem::path log = paths_.log / (child.spec.name + ".log");
  problem.mend.push_back("The end of its log (" + log.string() + "):");
  for (const std::string& line : last_lines(log, 12))
    problem.mend.push_back("  | " + printable(line));
  problem.mend.emplace_back("Everything that had been started is stopped again.");
  return problem;
}

bool Supervisor::stop_requested() const { return stopping_ || end_requests() > 0; }

// A server runs when it answers; a client when it has lived a little.
void Supervisor::check_starting() {
  for (Child& child : children_) {
    if (child.record.state != State::starting || !alive(child)) continue;
    const bool ready = child.spec.port == 0
                           ? Clock::now() - child.started >= settle
                           : answers_http(child.spec.port, child.spec.health_path, probe_patience);
    if (!ready) continue;
    child.record.state = State::running;
    save();
  }
}

// ---- The loop -----------------------------------------------------------------------------------

void Supervisor::turn(milliseconds patience) {
  std::vector<pollfd> waits = {{.fd = signal_fd(), .events = POLLIN, .revents = 0},
                               {.fd = control_.fd(), .events = POLLIN, .revents = 0}};
  for (const Child& child : children_)
    waits.push_back({.fd = child.output, .events = POLLIN, .revents = 0});
  poll(waits.data(), static_cast<nfds_t>(waits.size()), static_cast<int>(patience.count()));
  for (std::size_t i = 0; i < children_.size(); ++i) {
    if (waits[i + 2].revents != 0) read_output(children_[i]);
  }
  end_requests();
  reap();
  if (waits[1].revents != 0)
    control_.serve([this](const std::string& line) { return answer(line); });
  check_starting();
  check_deadlines();
}

void Supervisor::read_output(Child& child) {
  std::array<char, max_line_bytes> bytes{};
  for (std::size_t i = 0; i < max_partial_reads; ++i) {
    const ssize_t got = read(child.output, bytes.data(), bytes.size());
    if (got > 0) {
      take_lines(child, std::string(bytes.data(), static_cast<std::size_t>(got)));
      continue;
    }
    if (got == 0) {
      close(child.output);
      child.output = -1;
      if (!child.partial.empty()) put_line(child, child.partial);
      child.partial.clear();
    }
    return;
  }
}

void Supervisor::take_lines(Child& child, const std::string& text) {
  for (const char c : text) {
    if (c != '\n') child.partial += c;
    if (c == '\n' || child.partial.size() >= max_line_bytes) {
      put_line(child, child.partial);
      child.partial.clear();
    }
  }
}

void Supervisor::put_line(Child& child, const std::string& line) {
  child.log.write_line(line);
  all_lines_.write_line(child.spec.name + '\t' + line);
  if (screen_ == Screen::quiet) return;
  const auto index = static_cast<std::size_t>(&child - children_.data());
  const std::string name = coloured(fmt::format("{:<{}} |", child.spec.name, name_width_), index);
  show_if_ready(fmt::format("{} {}\n", name, printable(line)));
}

void Supervisor::reap() {
  int wait_status = 0;
  for (Child& child : children_) {
    const pid_t pid = child.record.identity.pid;
    if (pid <= 0 || !alive(child)) continue;
    if (waitpid(pid, &wait_status, WNOHANG) == pid) ended(child, wait_status);
  }
}

void Supervisor::ended(Child& child, int wait_status) {
  if (child.output >= 0) read_output(child);
  kill(-child.record.identity.pid, SIGKILL);  // what it had started itself
  const std::string how = how_it_ended(wait_status);
  const bool asked = child.goal != Goal::up;
  const bool was_up = child.record.state == State::running;
  child.record.state = asked ? State::stopped : State::died;
  child.record.detail = child.blame.empty() ? how : fmt::format("{}, by {}", how, child.blame);
  if (child.goal == Goal::restart && !stopping_) {
    if (const auto launched = launch(child); !launched) put_line(child, launched.error());
  } else if (!asked && was_up) {
    put_line(child, fmt::format("[lab] {} ended: {}. Start it again: ./lab restart {}",
                                child.spec.name, child.record.detail, child.spec.name));
  }
  save();
}

bool Supervisor::alive(const Child& child) const {
  return child.record.state == State::starting || child.record.state == State::running;
}

void Supervisor::run() {
  while (!stopping_ && end_requests() == 0) turn(idle);
  stop_all();
}

// ---- Stopping -----------------------------------------------------------------------------------

void Supervisor::ask_to_end(Child& child, Goal goal) {
  child.goal = goal;
  child.deadline = Clock::now() + grace;
  signal_group(child.record.identity, SIGTERM);
  signal_group(child.record.identity, SIGCONT);  // a paused process would not see the first
}

void Supervisor::check_deadlines() {
  for (Child& child : children_) {
    if (child.goal == Goal::up || !alive(child) || Clock::now() < child.deadline) continue;
    signal_group(child.record.identity, SIGKILL);
    child.blame = "./lab, because it did not end when asked";
  }
}

void Supervisor::stop_all() {
  stopping_ = true;
  stop_role(Role::client);
  stop_role(Role::server);
  save();
}

void Supervisor::stop_role(Role role) {
  for (Child& child : children_) {
    if (child.spec.role == role && alive(child)) ask_to_end(child, Goal::down);
  }
  const int asked_before = end_requests();
  const auto still_there = [&](const Child& child) {
    return child.spec.role == role && alive(child);
  };
  while (std::ranges::any_of(children_, still_there)) {
    turn(busy);
    if (end_requests() == asked_before) continue;
    for (Child& child : children_) child.deadline = {};  // Ctrl-C again: no more patience
  }
}

// ---- What other commands ask --------------------------------------------------------------------

std::string Supervisor::answer(const std::string& line) {
  if (line == "down") {
    stopping_ = true;
    return "ok stopping";
  }
  const std::size_t space = line.find(' ');
  const std::string what = line.substr(0, space);
  const std::string name = space == std::string::npos ? "" : line.substr(space + 1);
  const auto child = std::ranges::find(children_, name, [](const Child& c) { return c.spec.name; });
  if (child == children_.end())
    return fmt::format("error there is no process '{}'", printable(name));
  return act(*child, what);
}

std::string Supervisor::act(Child& child, const std::string& what) {
  const std::string& name = child.spec.name;
  if (what == "restart") {
    if (alive(child)) {
      ask_to_end(child, Goal::restart);
    } else if (const auto launched = launch(child); !launched) {
      return "error " + launched.error();
    }
    save();
    return fmt::format("ok {} restarts", name);
  }
  if (!alive(child))
    return fmt::format("error {} does not run ({})", name, state_now(child.record).words());
  const bool paused = life_of(child.record.identity) == Life::paused;
  if (what == "kill") {
    child.blame = "./lab kill";
    signal_group(child.record.identity, SIGKILL);
    return fmt::format("ok {} is killed", name);
  }
  if (what == "pause") {
    if (paused) return fmt::format("error {} is paused already", name);
    signal_group(child.record.identity, SIGSTOP);
    return fmt::format("ok {} is paused; ./lab resume {} lets it go on", name, name);
  }
  if (what == "resume") {
    if (!paused) return fmt::format("error {} is not paused", name);
    signal_group(child.record.identity, SIGCONT);
    return fmt::format("ok {} goes on", name);
  }
  return "error not understood";
}

void Supervisor::save() const {
  RunRecord record{.supervisor = identify(getpid()), .processes = {}};
  for (const Child& child : children_) record.processes.push_back(child.record);
  write_record(paths_.run, record);
}

}  // namespace lab
