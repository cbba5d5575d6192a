#include "run_state.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

namespace lab {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::pair<State, std::string_view>, 4> state_names = {{
    {State::starting, "starting"},
    {State::running, "running"},
    {State::stopped, "stopped"},
    {State::died, "died"},
}};

constexpr std::string_view head = "lab run 1";

std::vector<std::string> split_tabs(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  std::string field;
  while (std::getline(in, field, '\t')) fields.push_back(field);
  if (line.ends_with('\t')) fields.emplace_back();
  return fields;
}

std::optional<pid_t> parse_pid(const std::string& text) {
  if (text.empty() || text.size() > 9) return std::nullopt;
  if (text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return static_cast<pid_t>(std::stol(text));
}

std::optional<ProcessRecord> parse_process(const std::vector<std::string>& fields) {
  if (fields.size() != 8) return std::nullopt;
  const auto pid = parse_pid(fields[3]);
  const auto state =
      std::ranges::find(state_names, fields[5], &std::pair<State, std::string_view>::second);
  if (!pid || state == state_names.end()) return std::nullopt;
  return ProcessRecord{.name = fields[1],
                       .system = fields[2],
                       .identity = {*pid, fields[4]},
                       .state = state->first,
                       .address = fields[6],
                       .detail = fields[7]};
}

}  // namespace

std::string_view name_of(State state) {
  return std::ranges::find(state_names, state, &std::pair<State, std::string_view>::first)->second;
}

StateNow state_now(const ProcessRecord& process) {
  if (process.state == State::running || process.state == State::starting) {
    switch (life_of(process.identity)) {
      case Life::gone:
        return {"died", "together with the ./lab up that had started it"};
      case Life::paused:
        return {"paused", ""};
      case Life::running:
        break;
    }
  }
  return {std::string(name_of(process.state)), process.detail};
}

void write_record(const fs::path& run, const RunRecord& record) {
  const fs::path next = run / "state.new";
  {
    std::ofstream out(next);
    out << head << '\n';
    out << "supervisor\t" << record.supervisor.pid << '\t' << record.supervisor.started << '\n';
    for (const ProcessRecord& process : record.processes) {
      out << "process\t" << process.name << '\t' << process.system << '\t' << process.identity.pid
          << '\t' << process.identity.started << '\t' << name_of(process.state) << '\t'
          << process.address << '\t' << process.detail << '\n';
    }
  }
  std::error_code
      error;  // a full disk: the older record stays, and the kernel still tells who lives
  fs::rename(next, run / "state", error);
}

std::optional<RunRecord> read_record(const fs::path& run) {
  std::ifstream in(run / "state");
  std::string line;
  if (!std::getline(in, line) || line != head) return std::nullopt;
  RunRecord record;
  while (std::getline(in, line)) {
    const std::vector<std::string> fields = split_tabs(line);
    if (fields.size() == 3 && fields[0] == "supervisor") {
      const auto pid = parse_pid(fields[1]);
      if (!pid) return std::nullopt;
      record.supervisor = {*pid, fields[2]};
    } else if (auto process = parse_process(fields)) {
      record.processes.push_back(std::move(*process));
    } else {
      return std::nullopt;
    }
  }
  return record;
}

void remove_record(const fs::path& run) {
  std::error_code error;
  fs::remove(run / "state", error);
}

namespace {

int open_lock(const fs::path& run) {
  return open((run / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
}

}  // namespace

std::optional<RunLock> RunLock::take(const fs::path& run) {
  const int fd = open_lock(run);
  // is_up() holds the lock for a moment: one refusal does not tell yet.
  constexpr int tries = 5;
  for (int i = 0; fd >= 0 && i < tries; ++i) {
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return RunLock(fd);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  if (fd >= 0) close(fd);
  return std::nullopt;
}

RunLock::RunLock(RunLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

RunLock::~RunLock() {
  if (fd_ >= 0) close(fd_);
}

bool is_up(const fs::path& run) {
  const int fd = open_lock(run);
  const bool held = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0;
  if (fd >= 0) close(fd);
  return held;
}

}  // namespace lab
