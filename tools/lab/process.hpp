#pragma once

// Processes as the operating system sees them.

#include <sys/types.h>

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

namespace lab {

// A process, told apart from a later one that got the same number.
struct Identity {
  pid_t pid = 0;
  std::string started;  // the kernel's start time
};

enum class Life { gone, running, paused };

// What `pid` is now; nothing started when it is gone.
Identity identify(pid_t pid);

// A zombie is gone.
Life life_of(const Identity& process);

// Sends the signal to the process and all it has started, if it is still the same process.
void signal_group(const Identity& process, int signal);

// The words as execv() wants them; good as long as `words` stays as it is.
std::vector<char*> exec_words(const std::vector<std::string>& words);

struct SpawnOptions {
  std::vector<std::string> command;  // the program's path or a name on the PATH, then its arguments
  std::filesystem::path directory;
  int output = -1;          // becomes standard output and standard error; -1: they stay as they are
  bool own_session = true;  // false: Ctrl-C at the terminal reaches it too
};

// Starts a process that ends when this one ends, even when this one is killed (Linux). Its standard
// input is empty. The error says what could not be run and why.
std::expected<pid_t, std::string> spawn(const SpawnOptions& options);

// What a shell would show in $?, from what waitpid gives.
int exit_status_of(int wait_status);

// Runs a command to its end and returns its exit status; 127, and the reason in its output, when it
// cannot be run.
int run_command(const std::vector<std::string>& command, const std::filesystem::path& directory,
                int output = -1);

// This process becomes the program. Returns only when that cannot be: why.
std::string become(const std::filesystem::path& program, std::vector<std::string> arguments);

// "exit status 1" or "signal 9 (Killed)", from what waitpid gives.
std::string how_it_ended(int wait_status);

}  // namespace lab
