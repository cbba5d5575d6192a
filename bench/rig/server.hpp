// A server as a child process that ends with the bench, however the bench ends.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// A port of 127.0.0.1 that was free a moment ago.
std::uint16_t free_port();

/// So many of them, no two alike.
std::vector<std::uint16_t> free_ports(std::size_t count);

class Server {
 public:
  /// Starts a program, which runs in `folder` and writes what it says to the file NAME.log there.
  /// `variables` are lines NAME=VALUE that replace or add to the environment. Only the main thread
  /// may: the kernel ends the child with the thread that made it. Throws Wrong.
  Server(const std::string& name, const std::string& folder, std::vector<std::string> command,
         const std::vector<std::string>& variables = {});
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// Returns when 127.0.0.1:`port` takes connections. Throws Wrong if the program ends before.
  void wait_for(std::uint16_t port);

  /// Throws Wrong, with what it said, if the program has ended. From any thread.
  void require_running() const;

  double processor_seconds() const;

  /// For the end by a signal: all that run, at once. No other thread starts or ends one after that.
  static void kill_all();

 private:
  std::string name_;
  std::string log_;
  pid_t pid_ = 0;  // and its process group
};

}  // namespace bench
