#include "process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

namespace lab {

namespace {

struct Seen {
  char state = 'Z';
  std::string started;
};

#ifdef __linux__
// /proc/PID/stat: "pid (name) state ppid ... starttime ...". The name may hold spaces and brackets.
Seen look_at(pid_t pid) {
  std::ifstream in(fmt::format("/proc/{}/stat", pid));
  std::string text;
  std::getline(in, text);
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(text.substr(name_end + 1));
  Seen seen;
  fields >> seen.state;
  constexpr int fields_between_state_and_start = 18;
  for (int i = 0; i < fields_between_state_and_start; ++i) fields >> seen.started;
  fields >> seen.started;
  return seen;
}
#else
Seen look_at(pid_t pid) {
  const std::string command = fmt::format("ps -o stat= -o lstart= -p {} 2>/dev/null", pid);
  FILE* out = popen(command.c_str(), "r");
  char line[256] = {};
  const bool found = out != nullptr && fgets(line, sizeof line, out) != nullptr;
  if (out != nullptr) pclose(out);
  if (!found) return {};
  std::string text(line);
  const std::size_t space = text.find(' ');
  return {text[0], space == std::string::npos ? "" : text.substr(space)};
}
#endif

[[noreturn]] void exec_child(const SpawnOptions& options, const std::vector<char*>& arguments,
                             pid_t parent, int error_pipe) {
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  if (getppid() != parent) _exit(1);  // the parent ended before the line above took effect
  if (options.own_session) setsid();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  if (options.output >= 0) {
    dup2(options.output, STDOUT_FILENO);
    dup2(options.output, STDERR_FILENO);
  }
  if (chdir(options.directory.c_str()) == 0) execvp(arguments[0], arguments.data());
  const int reason = errno;
  if (write(error_pipe, &reason, sizeof reason) < 0) _exit(126);
  _exit(127);
}

}  // namespace

Identity identify(pid_t pid) {
  const Seen seen = look_at(pid);
  return {pid, seen.state == 'Z' ? "" : seen.started};
}

Life life_of(const Identity& process) {
  if (process.pid <= 0 || process.started.empty()) return Life::gone;
  const Seen seen = look_at(process.pid);
  if (seen.started != process.started || seen.state == 'Z' || seen.state == 'X') return Life::gone;
  return seen.state == 'T' ? Life::paused : Life::running;
}

void signal_group(const Identity& process, int signal) {
  if (life_of(process) == Life::gone) return;
  if (kill(-process.pid, signal) != 0) kill(process.pid, signal);
}

std::vector<char*> exec_words(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): so wants execvp(), and writes nothing
    pointers.push_back(const_cast<char*>(word.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

std::expected<pid_t, std::string> spawn(const SpawnOptions& options) {
  const std::vector<char*> arguments = exec_words(options.command);
  int ends[2];
  if (pipe(ends) != 0) return std::unexpected(std::string(std::strerror(errno)));
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) exec_child(options, arguments, parent, ends[1]);
  close(ends[1]);
  int reason = pid < 0 ? errno : 0;
  if (pid > 0 && read(ends[0], &reason, sizeof reason) <= 0) reason = 0;
  close(ends[0]);
  if (reason == 0) return pid;
  if (pid > 0) waitpid(pid, nullptr, 0);
  return std::unexpected(
      fmt::format("cannot run {}: {}", options.command[0], std::strerror(reason)));
}

int exit_status_of(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

int run_command(const std::vector<std::string>& command, const std::filesystem::path& directory,
                int output) {
  const auto pid =
      spawn({.command = command, .directory = directory, .output = output, .own_session = false});
  int wait_status = 0;
  if (!pid) {
    const std::string line = pid.error() + "\n";
    if (write(output >= 0 ? output : STDERR_FILENO, line.data(), line.size()) < 0) return 127;
    return 127;
  }
  while (waitpid(*pid, &wait_status, 0) < 0 && errno == EINTR) continue;
  return exit_status_of(wait_status);
}

std::string become(const std::filesystem::path& program, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program.string());
  execv(program.c_str(), exec_words(arguments).data());
  return fmt::format("cannot run {}: {}", program.string(), std::strerror(errno));
}

std::string how_it_ended(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const int number = WTERMSIG(wait_status);
    return fmt::format("signal {} ({})", number, strsignal(number));
  }
  return fmt::format("exit status {}", WEXITSTATUS(wait_status));
}

}  // namespace lab
