#include "child/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <utility>

namespace child {

namespace {

using Done = std::expected<void, std::string>;

std::unexpected<std::string> failed(const std::string& what) {
  return std::unexpected(what + ": " + std::strerror(errno));
}

struct Pipe {
  int out = -1;  // to read from
  int in = -1;   // to write to
};

/// Neither end is for whatever is executed.
std::expected<Pipe, std::string> make_pipe() {
  int ends[2];
  if (::pipe(ends) != 0) return failed("no pipe");
  for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  return Pipe{ends[0], ends[1]};
}

void close_from(int first, int kept = -1) {
  const int most = static_cast<int>(std::min(::sysconf(_SC_OPEN_MAX), 65'536L));
  for (int fd = first; fd < most; ++fd) {
    if (fd != kept) ::close(fd);
  }
}

/// Waits for the end of the program that it was started by, and takes its group along. It holds no
/// file but its pipe, so that no one waits for it.
[[noreturn]] void guard(int pipe) {
  close_from(0, pipe);
  char byte = 0;
  while (::read(pipe, &byte, 1) < 0 && errno == EINTR) {
  }
  ::kill(0, SIGKILL);
  ::_exit(0);
}

[[noreturn]] void execute(const std::string& command, int input, int output) {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  close_from(STDERR_FILENO + 1);
  ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
  ::_exit(127);
}

/// While it lives, who writes to a pipe that nobody reads from is told so and not killed.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    struct sigaction ignored{};
    ignored.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignored, &before_);
  }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;
  ~NoPipeSignal() { ::sigaction(SIGPIPE, &before_, nullptr); }

 private:
  struct sigaction before_{};
};

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) {
    return std::string("was ended by a signal: ") + ::strsignal(WTERMSIG(status));
  }
  const int code = WEXITSTATUS(status);
  const std::string ended = "has ended with exit status " + std::to_string(code);
  return code == 127 ? ended + ", as the shell says of a command that it does not find" : ended;
}

}  // namespace

std::expected<std::unique_ptr<Process>, std::string> Process::start(const Options& options) {
  std::unique_ptr<Process> process(new Process(options));
  if (auto done = process->fork_guard(); !done) return std::unexpected(std::move(done).error());
  if (auto done = process->fork_command(); !done) return std::unexpected(std::move(done).error());
  return process;
}

Done Process::fork_guard() {
  const auto pipe = make_pipe();
  if (!pipe) return std::unexpected(pipe.error());
  guard_ = ::fork();
  if (guard_ < 0) return failed("no process");
  if (guard_ == 0) {
    ::setpgid(0, 0);
    guard(pipe->out);
  }
  ::setpgid(guard_, guard_);  // both do, for either may be the first
  ::close(pipe->out);
  guarded_ = pipe->in;
  return {};
}

Done Process::fork_command() {
  const auto input = make_pipe();
  if (!input) return std::unexpected(input.error());
  input_ = input->in;
  const auto output = make_pipe();
  if (!output) return std::unexpected(output.error());
  output_ = output->out;
  command_ = ::fork();
  if (command_ < 0) return failed("no process");
  if (command_ == 0) {
    ::setpgid(0, guard_);
    execute(options_.command, input->out, output->in);
  }
  ::setpgid(command_, guard_);
  ::close(input->out);
  ::close(output->in);
  ::fcntl(input_, F_SETFL, O_NONBLOCK);
  ::fcntl(output_, F_SETFL, O_NONBLOCK);
  return {};
}

Process::~Process() {
  if (guard_ > 0) ::kill(-guard_, SIGKILL);
  for (const int fd : {guarded_, input_, output_}) {
    if (fd >= 0) ::close(fd);
  }
  for (const pid_t pid : {guard_, command_}) {
    while (pid > 0 && ::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

/// It is read from also while it is written to: it may answer before it has read all.
std::expected<std::string, std::string> Process::ask(std::string_view line) {
  if (line.size() >= max_line_bytes) return std::unexpected("would be sent too long a line");
  const Clock::time_point until = Clock::now() + options_.answer_limit;
  const NoPipeSignal no_signal;
  std::string sent(line);
  sent.push_back('\n');
  std::string_view rest = sent;
  std::size_t end = std::string::npos;
  while (!rest.empty() || end == std::string::npos) {
    const std::size_t searched = received_.size();
    auto done = wait_until(until, !rest.empty());
    if (done && !rest.empty()) done = write_some(rest);
    if (done) done = read_some();
    if (!done) return std::unexpected(std::move(done).error());
    if (end == std::string::npos) end = received_.find('\n', searched);
    if (received_.size() > max_line_bytes) return std::unexpected("answers too long a line");
  }
  std::string answer = std::exchange(received_, {});
  if (end + 1 != answer.size()) return std::unexpected("answers one line with several");
  answer.pop_back();
  return answer;
}

/// Until it has said something, or takes more if there is more.
Done Process::wait_until(Clock::time_point until, bool has_more) const {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd waits[] = {{output_, POLLIN, 0}, {has_more ? input_ : -1, POLLOUT, 0}};
    const int ready = left > 0 ? ::poll(waits, 2, static_cast<int>(left)) : 0;
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return failed("cannot be waited for");
    if (ready == 0) {
      return std::unexpected("has not answered within " +
                             std::to_string(options_.answer_limit.count()) + " s");
    }
  }
}

Done Process::write_some(std::string_view& rest) {
  const ssize_t written = ::write(input_, rest.data(), rest.size());
  if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  if (written >= 0 || errno == EINTR || errno == EAGAIN) return {};
  return std::unexpected(errno == EPIPE ? ended() : std::strerror(errno));
}

Done Process::read_some() {
  char bytes[16 << 10];
  const ssize_t count = ::read(output_, bytes, sizeof bytes);
  if (count > 0) received_.append(bytes, static_cast<std::size_t>(count));
  if (count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN))) return {};
  return std::unexpected(count == 0 ? ended() : std::strerror(errno));
}

/// Its end of a pipe is closed. As a rule it has ended; one that only closed its output is ended.
std::string Process::ended() {
  int status = 0;
  for (int waited_ms = 0; ::waitpid(command_, &status, WNOHANG) == 0; waited_ms += 10) {
    if (waited_ms >= 1'000) return "has closed its input or output";
    const timespec pause{0, 10'000'000};
    ::nanosleep(&pause, nullptr);
  }
  command_ = -1;
  return how_it_ended(status);
}

}  // namespace child
