// A process that answers line by line: the host of a core in another language.
//
//   this program  --- one line --->  /bin/sh -c COMMAND
//                 <-- one line ----
//
// It writes its own errors where this program writes its own. It never outlives this program,
// however that ends.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace child {

struct Options {
  std::string command;                    // for /bin/sh -c
  std::chrono::seconds answer_limit{30};  // of real time: who is silent for longer is taken to hang
};

/// Of a line, either way.
inline constexpr std::size_t max_line_bytes = std::size_t{64} << 20;

class Process {
 public:
  /// The error is a sentence: what the system did not grant.
  static std::expected<std::unique_ptr<Process>, std::string> start(const Options& options);

  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Ends it, and all that it has started, at once.
  ~Process();

  /// Sends `line`, which holds no line break, and waits for the line that answers it. The error is
  /// a sentence: it has ended, is silent, or answers too much. Then it is of no more use.
  std::expected<std::string, std::string> ask(std::string_view line);

 private:
  using Clock = std::chrono::steady_clock;

  explicit Process(const Options& options) : options_(options) {}

  std::expected<void, std::string> fork_guard();
  std::expected<void, std::string> fork_command();
  std::expected<void, std::string> wait_until(Clock::time_point until, bool has_more) const;
  std::expected<void, std::string> write_some(std::string_view& rest);
  std::expected<void, std::string> read_some();
  std::string ended();

  Options options_;
  pid_t guard_ = -1;  // leads the group of all that runs here
  int guarded_ = -1;  // once this end of its pipe is closed, the guard ends the group
  pid_t command_ = -1;
  int input_ = -1;  // of the command
  int output_ = -1;
  std::string received_;
};

}  // namespace child
