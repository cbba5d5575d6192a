#include "rig/place.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "rig/server.hpp"
#include "rig/wrong.hpp"

namespace bench {

namespace {

namespace fs = std::filesystem;

void remove(const std::string& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

/// Every thread that is made from now on leaves these signals to the one here.
void clear_away_at_a_signal(const std::string& folder) {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([signals, folder] {
    int signal = 0;
    ::sigwait(&signals, &signal);
    Server::kill_all();
    remove(folder);
    ::_exit(128 + signal);
  }).detach();
}

std::string file_system_of(const std::string& path) {
  std::ifstream mounts("/proc/self/mounts");
  std::string device;
  std::string point;
  std::string type;
  std::string rest;
  std::string best;
  std::string found = "an unknown file system";
  while (mounts >> device >> point >> type && std::getline(mounts, rest)) {
    const bool holds = path.starts_with(point == "/" ? point : point + "/");
    if (!holds || point.size() < best.size()) continue;
    best = point;
    found = type;
  }
  return found;
}

double sync_us_in(const std::string& folder) {
  const int file = ::open((folder + "/sync").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const std::string text(4'096, 'x');
  std::vector<double> times;
  for (int i = 0; i < 201; ++i) {
    const auto before = std::chrono::steady_clock::now();
    if (::pwrite(file, text.data(), text.size(), 0) < 0 || ::fdatasync(file) != 0) break;
    const std::chrono::duration<double, std::micro> took =
        std::chrono::steady_clock::now() - before;
    times.push_back(took.count());
  }
  ::close(file);
  if (times.empty()) throw Wrong("cannot sync in " + folder);
  std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2));
  return times[times.size() / 2];
}

}  // namespace

Place::Place(const std::string& parent, const std::string& name)
    : path_(fs::absolute(parent) / (name + "-XXXXXX")) {
  if (::mkdtemp(path_.data()) == nullptr) throw Wrong("cannot make a folder in " + parent);
  clear_away_at_a_signal(path_);
}

Place::~Place() { remove(path_); }

Disk Place::disk() const { return {file_system_of(path_), sync_us_in(path_)}; }

}  // namespace bench
