// The loop below a client core: connections to servers, one call at a time on each.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/client.hpp"
#include "net/http.hpp"

namespace net {

struct ClientOptions {
  std::vector<std::string> servers;  // "host:port"; tried in turn
  std::uint32_t connect_timeout_ms = 2'000;
  std::uint32_t call_timeout_ms = 60'000;  // then its connection is given up, its outcome `unknown`
  std::uint32_t max_response_bytes = 16 << 20;
  std::uint32_t max_connections = 16;   // calls at the same time; further ones wait for their turn
  std::uint32_t max_waiting = 1'000;    // calls that wait; beyond: refused
  std::uint32_t first_retry_ms = 50;    // to connect again; doubles with each failure, with jitter,
  std::uint32_t last_retry_ms = 2'000;  // up to this
};

/// Why there is no response. `refused`: the request was never sent. `unknown`: it may have been
/// carried out.
struct CallFailure {
  core::CallError error = core::CallError::refused;
  std::string why;
};

using Called = std::expected<HttpResponse, CallFailure>;

/// What a turn of a client core wants done.
struct ClientOutbox {
  struct Call {
    core::RequestId request;
    HttpRequest http;
  };
  std::vector<Call> calls;
  bool reconnect = false;
};

/// A client core as the loop sees it, like Driver for a node's.
class ClientDriver {
 public:
  virtual ~ClientDriver() = default;

  virtual void on_connected() = 0;
  /// Every call without a response has been answered before this.
  virtual void on_disconnected() = 0;
  virtual void on_response(core::RequestId request, Called called) = 0;

  virtual void turn(const core::Now& now, ClientOutbox& outbox) = 0;
  virtual bool has_inputs() const = 0;
  virtual std::optional<core::Instant> next_timeout() const = 0;
};

class ClientLoop {
 public:
  /// `driver` must outlive the loop.
  ClientLoop(const ClientOptions& options, ClientDriver& driver);
  ~ClientLoop();

  /// Takes turns until SIGTERM, SIGINT or stop(). The error: no server was named, or one is not
  /// host:port.
  std::expected<void, std::string> run();
  /// From any thread.
  void stop();
  /// The rest: on the thread of run(), or before it.
  void after(core::Duration delay, std::function<void()> then);
  void on_signal(std::function<void()> act);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace net
