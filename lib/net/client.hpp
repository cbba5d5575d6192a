// The client's side. HttpClient asks one thing at a time and waits; ClientHost runs a client core
// (core/client.hpp) as Node runs a node's.
//
// An Api stands between the client core and HTTP, the reverse of a node's:
//
//   struct Api {
//     HttpRequest request(const Command& command) const;
//     // `unknown` when the response does not tell whether the command was carried out, such as 500
//     // or 503.
//     std::expected<Result, core::CallError> result(const Command& command,
//                                                   const HttpResponse& response) const;
//   };
#pragma once

#include <concepts>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/client.hpp"
#include "net/http.hpp"

namespace net {

struct ClientOptions {
  std::vector<std::string> servers;  // "host:port"; tried in turn
  std::uint32_t connect_timeout_ms = 2'000;
  std::uint32_t call_timeout_ms =
      60'000;  // then the connection is given up: the outcome is unknown
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

/// One kept connection, one request at a time.
class HttpClient {
 public:
  explicit HttpClient(ClientOptions options);
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  std::expected<HttpResponse, CallFailure> call(const HttpRequest& request);

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

struct ClientHostOptions {
  ClientOptions client;
  std::string system;      // "queue", for the trace
  std::string record;      // the file that gets the trace; empty: none
  std::uint64_t seed = 0;  // of the core; 0: drawn from the operating system
};

/// Runs a client core, constructed from (Protocol::Config, seed), on one thread: all that is called
/// back is called on the thread of run().
template <core::ClientCore Core, class Api>
class ClientHost {
 public:
  using P = typename Core::Protocol;
  using OnOutcome = std::function<void(const typename P::Outcome&)>;

  static std::expected<std::unique_ptr<ClientHost>, std::string> open(
      const typename P::Config& config, const ClientHostOptions& options, Api api,
      OnOutcome on_outcome);

  /// On the thread of run(), or before it.
  void submit(typename P::Work work);
  void after(core::Duration delay, std::function<void()> then);
  const Core& core() const;

  /// Serves until stop(), SIGTERM or SIGINT.
  std::expected<void, std::string> run();
  /// From any thread.
  void stop();
};

}  // namespace net
