#include "rig/server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <iterator>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "rig/stream.hpp"
#include "rig/wrong.hpp"

namespace bench {

namespace {

std::mutex running_mutex;
std::set<pid_t> running;

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

/// `variables`, and of our own environment what they do not name.
std::vector<std::string> environment_with(const std::vector<std::string>& variables) {
  std::vector<std::string> result = variables;
  for (char** line = environ; *line != nullptr; ++line) {
    const std::string ours = *line;
    const std::string name = ours.substr(0, ours.find('=') + 1);
    const bool named = std::ranges::any_of(
        variables, [&](const std::string& variable) { return variable.starts_with(name); });
    if (!named) result.push_back(ours);
  }
  return result;
}

/// The process, which leads a group of its own: Ctrl-C is for the bench.
pid_t start(const std::string& folder, const std::string& log_file,
            std::vector<std::string> command, std::vector<std::string> environment) {
  const std::vector<char*> arguments = pointers(command);
  const std::vector<char*> variables = pointers(environment);
  const std::lock_guard lock(running_mutex);
  const pid_t pid = ::fork();
  if (pid < 0) throw Wrong("cannot start " + command[0]);
  if (pid > 0) {
    running.insert(pid);
    return pid;
  }
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int input = ::open("/dev/null", O_RDONLY);
  const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(input, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  if (::chdir(folder.c_str()) == 0) ::execve(arguments[0], arguments.data(), variables.data());
  ::_exit(127);
}

/// Holds a free port for as long as it lives.
class BoundSocket {
 public:
  BoundSocket() {
    sockaddr_in address = loopback(0);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(socket_);
      throw Wrong("there is no free port");
    }
  }
  BoundSocket(const BoundSocket&) = delete;
  BoundSocket& operator=(const BoundSocket&) = delete;
  ~BoundSocket() { ::close(socket_); }

  std::uint16_t port() const {
    sockaddr_in address{};
    socklen_t length = sizeof address;
    if (::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
      throw Wrong("a socket has no port");
    }
    return ntohs(address.sin_port);
  }

 private:
  int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

}  // namespace

std::uint16_t free_port() { return free_ports(1).front(); }

std::vector<std::uint16_t> free_ports(std::size_t count) {
  std::vector<BoundSocket> sockets(count);  // all at once, or the kernel may name one port twice
  std::vector<std::uint16_t> ports;
  for (const BoundSocket& socket : sockets) ports.push_back(socket.port());
  return ports;
}

Server::Server(const std::string& name, const std::string& folder, std::vector<std::string> command,
               const std::vector<std::string>& variables)
    : name_(name),
      log_(folder + "/" + name + ".log"),
      pid_(start(folder, log_, std::move(command), environment_with(variables))) {}

Server::~Server() {
  {
    const std::lock_guard lock(running_mutex);
    running.erase(pid_);
    ::kill(-pid_, SIGKILL);
  }
  ::waitpid(pid_, nullptr, 0);
}

void Server::kill_all() {
  running_mutex.lock();  // for good
  for (const pid_t pid : running) {
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
}

void Server::wait_for(std::uint16_t port) {
  while (!takes_connections(port)) {
    require_running();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void Server::require_running() const {
  siginfo_t ended{};
  ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT);
  if (ended.si_pid != pid_) return;
  std::ifstream in(log_);
  const std::string said{std::istreambuf_iterator<char>(in), {}};
  throw Wrong(name_ + " has ended: " + said);
}

double Server::processor_seconds() const {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &used) != 0) {
    throw Wrong(name_ + " has ended");
  }
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

}  // namespace bench
