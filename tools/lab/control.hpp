#pragma once

// How `./lab kill`, `down` and the like reach the supervisor: one line to a Unix socket in the run
// folder, one line back ("ok ..." or "error ...").

#include <expected>
#include <filesystem>
#include <functional>
#include <string>

namespace lab {

class ControlServer {
 public:
  // Listens in the run folder; replaces what a killed supervisor left there.
  static std::expected<ControlServer, std::string> open(const std::filesystem::path& run);

  ControlServer(ControlServer&& other) noexcept;
  ControlServer& operator=(ControlServer&&) = delete;
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  ~ControlServer();

  int fd() const { return fd_; }

  // Takes one waiting connection, if there is one, and answers its line.
  void serve(const std::function<std::string(const std::string&)>& answer);

 private:
  explicit ControlServer(int fd) : fd_(fd) {}

  int fd_;
};

// Sends one line and waits at most five seconds for the answer; an error says why there is none.
std::expected<std::string, std::string> ask_supervisor(const std::filesystem::path& run,
                                                       const std::string& line);

}  // namespace lab
