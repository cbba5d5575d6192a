// The loop: one thread that owns the core and all sockets. It waits until something is there, takes
// all of it, reads both clocks, lets the core make its steps, and carries out what the core wants:
// one turn.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "disk/store.hpp"
#include "net/driver.hpp"
#include "net/options.hpp"

namespace net {

class Loop {
 public:
  /// `driver` must outlive the loop. Without a store, writes are confirmed at once and nothing
  /// survives the process.
  Loop(const NodeOptions& options, Driver& driver, std::optional<disk::Store> store);
  ~Loop();

  /// Opens the ports. The error is a sentence that says what to do.
  std::expected<void, std::string> listen();
  /// What was opened; of use when 0 was asked for.
  std::uint16_t http_port() const;
  std::uint16_t peer_port() const;

  /// Takes turns until SIGTERM, SIGINT or stop(), and answers what is under way before it returns.
  /// The error says why the node had to stop by itself.
  std::expected<void, std::string> run();
  /// May be called on any thread, once listen() has succeeded.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace net
