// The queue's HTTP: how requests become commands, and results responses; and the reverse, for its
// clients.
//
//   POST /queues/{q}/tasks            {"payload": any} or {"tasks": [{"payload": any}, ...]}
//                                     201 {"id": "17"} or {"ids": ["17", ...]}
//   POST /queues/{q}/leases           {"worker": "ann", "max": 1, "visibility_ms": 30000,
//                                      "wait_ms": 0}
//                                     200 {"tasks": [{"id", "lease", "attempt", "expires_at_ms",
//                                                     "payload"}]}
//   POST /queues/{q}/tasks/{id}/ack   {"lease": "3-17"}  204, or 409 when the lease is stale
//   POST /queues/{q}/tasks/{id}/nack  the same
//   GET  /queues/{q}                  200 {"pending", "processing", "completed", "waiting"}
//
// An error is application/problem+json with one member more, "reason": the Refusal's name.
#pragma once

#include <expected>
#include <string>

#include "client.hpp"
#include "net/http.hpp"
#include "net/routes.hpp"
#include "queue.hpp"

namespace queue {

/// Between HTTP and the broker's core (net/node.hpp).
class Api {
 public:
  Api();

  std::expected<Command, net::HttpResponse> command(const net::HttpRequest& request) const;
  net::HttpResponse response(const Result& result) const;

  /// The queues and the first hundred tasks.
  std::string state(const Queue& core) const;

 private:
  enum class Route { enqueue, lease, ack, nack, inspect };
  net::Routes<Route> routes_;
};

/// Between the client's core and HTTP (net/client.hpp).
class ClientApi {
 public:
  net::HttpRequest request(const Command& command) const;
  std::expected<Result, core::CallError> result(const Command& command,
                                                const net::HttpResponse& response) const;
};

}  // namespace queue
