#include "signals.hpp"

#include <signal.h>

#include <algorithm>
#include <ctime>

namespace torture {

namespace {

sigset_t ends() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
  return set;
}

bool came = false;

}  // namespace

void hold_signals_back() {
  const sigset_t set = ends();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

bool wait_for_signal(std::chrono::microseconds longest) {
  if (came) return true;
  const auto us = std::max(longest, std::chrono::microseconds(0)).count();
  timespec limit{};
  limit.tv_sec = us / 1'000'000;
  limit.tv_nsec = us % 1'000'000 * 1'000;
  const sigset_t set = ends();
  came = sigtimedwait(&set, nullptr, &limit) > 0;
  return came;
}

}  // namespace torture
