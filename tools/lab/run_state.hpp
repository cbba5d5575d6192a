#pragma once

// What `./lab up` writes down about what runs, and how the other commands read it. The truth about
// life and death comes from the kernel: a lock that it releases when the supervisor ends, however
// that came, and the start times of the processes.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "process.hpp"

namespace lab {

enum class State { starting, running, stopped, died };

struct ProcessRecord {
  std::string name;
  std::string system;
  Identity identity;
  State state = State::stopped;
  std::string address;  // "http://127.0.0.1:4100"; empty: it does not listen
  std::string detail;   // how it ended
};

struct RunRecord {
  Identity supervisor;
  std::vector<ProcessRecord> processes;
};

std::string_view name_of(State state);

// The record corrected by what the kernel says now.
struct StateNow {
  std::string state;   // starting, running, paused, stopped, died
  std::string detail;  // how it ended

  std::string words() const { return detail.empty() ? state : state + ": " + detail; }
};
StateNow state_now(const ProcessRecord& process);

// Replaces the record as a whole: a reader sees the old one or the new one.
void write_record(const std::filesystem::path& run, const RunRecord& record);

// Nothing when there is none or it makes no sense.
std::optional<RunRecord> read_record(const std::filesystem::path& run);

void remove_record(const std::filesystem::path& run);

// The right to run systems in this state folder. Released by the kernel when its holder ends.
class RunLock {
 public:
  // Nothing when another process holds it.
  static std::optional<RunLock> take(const std::filesystem::path& run);

  RunLock(RunLock&& other) noexcept;
  RunLock& operator=(RunLock&&) = delete;
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;
  ~RunLock();

 private:
  explicit RunLock(int fd) : fd_(fd) {}

  int fd_;
};

// True when a supervisor runs in this state folder.
bool is_up(const std::filesystem::path& run);

}  // namespace lab
