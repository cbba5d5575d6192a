#include "signals.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace lab {

namespace {

// A signal handler may touch little: it writes to a pipe and counts.
std::array<int, 2> wake = {-1, -1};
volatile sig_atomic_t ends = 0;

void on_signal(int number) {
  const int kept = errno;
  if (number != SIGCHLD) ends = ends + 1;
  const char byte = 0;
  if (write(wake[1], &byte, 1) < 0) errno = kept;  // full: it is readable already
  errno = kept;
}

}  // namespace

void install_signals() {
  if (pipe(wake.data()) != 0) return;
  for (const int fd : wake) {
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
  }
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaction(number, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

int signal_fd() { return wake[0]; }

int end_requests() {
  std::array<char, 64> bytes{};
  while (read(wake[0], bytes.data(), bytes.size()) > 0) continue;
  return ends;
}

}  // namespace lab
