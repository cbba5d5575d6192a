// The bare server that the host is measured against.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

namespace bench {

/// Answers every request with the same text, on a thread of its own: Beast's reading and writing
/// and nothing else. No limits, no time-outs, no core.
class HelloServer {
 public:
  explicit HelloServer(std::string text);
  ~HelloServer();

  std::uint16_t port() const;
  std::thread& thread();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bench
