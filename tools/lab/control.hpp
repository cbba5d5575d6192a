#pragma once

// One line to a Unix socket, one line back. So `./lab kill`, `down` and the like reach the
// supervisor, whose socket is in the run folder ("ok ..." or "error ..."), and `./lab partition`
// and the like a node, whose socket is in its data folder ("ok ..." or "error: ...").

#include <chrono>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
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

// Sends one line to the socket in this folder and waits that long for the line that answers.
// Nothing when nobody listens there, an empty line when no answer came.
std::optional<std::string> ask_in(const std::filesystem::path& folder, const std::string& line,
                                  std::chrono::milliseconds patience);

// Sends one line to the supervisor and waits at most five seconds for the answer; an error says why
// there is none.
std::expected<std::string, std::string> ask_supervisor(const std::filesystem::path& run,
                                                       const std::string& line);

}  // namespace lab
