// ./lab up: what may run is checked first, then a supervisor runs it, here or in the background.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "catalog.hpp"
#include "commands.hpp"
#include "mine.hpp"
#include "ports.hpp"
#include "run_state.hpp"
#include "signals.hpp"
#include "supervisor.hpp"
#include "terminal.hpp"

namespace lab {

namespace {

using Systems = std::vector<SystemSpec>;

std::expected<void, Problem> check_distinct(const Systems& systems) {
  std::map<std::uint16_t, std::string> taken;
  for (const SystemSpec& system : systems) {
    for (const std::uint16_t port : system.ports) {
      if (const auto [other, fresh] = taken.emplace(port, system.name); !fresh) {
        return std::unexpected(Problem{
            fmt::format("{} and {} cannot both have port {}.", other->second, system.name, port),
            {},
            2});
      }
    }
  }
  return {};
}

std::expected<Systems, Problem> asked_systems(const Paths& paths, const UpOptions& options) {
  const auto moved = parse_ports(options.ports);
  if (!moved) return std::unexpected(moved.error());
  const auto catalog = read_catalog(paths, *moved);
  if (!catalog) return std::unexpected(catalog.error());
  auto systems = choose(*catalog, options.systems);
  if (!systems) return systems;
  for (const auto& [name, port] : *moved) {
    bool asked = false;
    for (const SystemSpec& system : *systems) asked = asked || system.name == name;
    if (!asked) {
      return std::unexpected(
          Problem{fmt::format("--port names '{}', which is not being started", name), {}, 2});
    }
  }
  if (const auto distinct = check_distinct(*systems); !distinct)
    return std::unexpected(distinct.error());
  if (options.core.empty() && options.mine.empty()) return systems;
  const std::string flag = options.mine.empty() ? "--core" : "--mine";
  if (const auto may = may_have_core(*catalog, *systems, flag); !may)
    return std::unexpected(may.error());
  if (!options.core.empty()) use_core(systems->front(), options.core);
  return systems;
}

Problem already_up(const Paths& paths) {
  Problem problem{"something runs already:", {}};
  if (const auto record = read_record(paths.run)) {
    for (const ProcessRecord& process : record->processes) {
      problem.mend.push_back(fmt::format("  {:<10} {:<8} {}", process.name,
                                         state_now(process).state, process.address));
    }
  }
  problem.mend.emplace_back("./lab status tells more; ./lab down stops it.");
  return problem;
}

std::expected<void, Problem> check_ports(const Systems& systems) {
  for (const SystemSpec& system : systems) {
    for (const std::uint16_t port : system.ports) {
      const auto holder = holder_of(port);
      if (!holder) continue;
      return std::unexpected(
          Problem{fmt::format("port {} is in use by {}.", port, *holder),
                  {"Stop that program, or give this one another port: " +
                   fmt::format("./lab up --port {}={}", system.name, system.port + 100)}});
    }
  }
  return {};
}

std::string welcome(const Systems& systems) {
  std::string text = "\n" + bold("What runs where") + "\n";
  for (const SystemSpec& system : systems) {
    text +=
        fmt::format("  {:<10} http://127.0.0.1:{:<6} {}\n", system.name, system.port, system.about);
  }
  text += "\n" + bold("What to try next") + "\n  ./lab status\n";
  for (const SystemSpec& system : systems) {
    for (const std::string& line : system.tries) text += "  " + line + "\n";
  }
  return text;
}

std::vector<ProcessSpec> processes_of(const Systems& systems) {
  std::vector<ProcessSpec> processes;
  for (const SystemSpec& system : systems) {
    processes.insert(processes.end(), system.processes.begin(), system.processes.end());
  }
  return processes;
}

std::expected<Supervisor, Problem> make_supervisor(const Paths& paths, const Systems& systems,
                                                   Screen screen) {
  install_signals();
  auto control = ControlServer::open(paths.run);
  if (!control) return std::unexpected(Problem{control.error(), {}});
  return Supervisor(paths, processes_of(systems), std::move(*control), screen);
}

int run_here(const Paths& paths, const Systems& systems) {
  auto supervisor = make_supervisor(paths, systems, Screen::shown);
  if (!supervisor) return report(supervisor.error());
  if (const auto started = supervisor->start(); !started) {
    remove_record(paths.run);
    return report(started.error());
  }
  show(welcome(systems) + "\nTheir logs follow. Ctrl-C stops everything.\n\n");
  supervisor->run();
  remove_record(paths.run);
  show("\nEverything is stopped.\n");
  return 0;
}

constexpr std::string_view ready_word = "ready\n";

// The background process: what it has to say about its start goes through `told`, later words to
// lab.log.
int run_detached(const Paths& paths, const Systems& systems, int told) {
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(nothing, STDOUT_FILENO);
  dup2(told, STDERR_FILENO);
  close(told);
  auto supervisor = make_supervisor(paths, systems, Screen::quiet);
  if (!supervisor) return report(supervisor.error());
  if (const auto started = supervisor->start(); !started) {
    remove_record(paths.run);
    return report(started.error());
  }
  setsid();  // until here Ctrl-C at the terminal reached it too
  if (write(STDERR_FILENO, ready_word.data(), ready_word.size()) < 0) return 1;
  const int log =
      open((paths.log / "lab.log").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  dup2(log >= 0 ? log : nothing, STDERR_FILENO);
  supervisor->run();
  remove_record(paths.run);
  return 0;
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 512> bytes{};
  for (ssize_t got = 1; got > 0;) {
    got = read(fd, bytes.data(), bytes.size());
    if (got > 0) text.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return text;
}

int leave_running(const Paths& paths, const Systems& systems) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return report({"no pipe to the background process", {}});
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  const pid_t pid = fork();
  if (pid < 0) return report({"the background process could not be started", {}});
  if (pid == 0) {
    close(ends[0]);
    _exit(run_detached(paths, systems, ends[1]));
  }
  close(ends[1]);
  const std::string told = read_all(ends[0]);
  if (!told.ends_with(ready_word)) {
    int wait_status = 0;
    waitpid(pid, &wait_status, 0);
    if (write(STDERR_FILENO, told.data(), told.size()) < 0) return 1;
    return WIFEXITED(wait_status) && WEXITSTATUS(wait_status) != 0 ? WEXITSTATUS(wait_status) : 1;
  }
  show(welcome(systems) +
       "\nIt goes on in the background: ./lab logs -f shows it at work, ./lab down stops it.\n");
  return 0;
}

}  // namespace

int check_up(const Paths& paths, const UpOptions& options) {
  const auto systems = asked_systems(paths, options);
  if (!systems) return report(systems.error());
  if (is_up(paths.run)) return report(already_up(paths));
  if (const auto free = check_ports(*systems); !free) return report(free.error());
  return 0;
}

int up(const Paths& paths, const UpOptions& options) {
  auto systems = asked_systems(paths, options);
  if (!systems) return report(systems.error());
  const auto lock = RunLock::take(paths.run);
  if (!lock) return report(already_up(paths));
  if (const auto free = check_ports(*systems); !free) return report(free.error());
  if (!options.mine.empty()) {
    const auto broker = build_mine(paths, options.mine, "broker");
    if (!broker) return broker.error();
    use_program(systems->front(), *broker, options.mine);
  }
  return options.detach ? leave_running(paths, *systems) : run_here(paths, *systems);
}

}  // namespace lab
