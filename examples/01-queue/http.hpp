// The queue's HTTP: how requests become commands, and results responses; and the reverse, for its
// clients. '?' marks what may be left out.
//
//   POST   /queues/{q}/tasks              {"payload": any, "delay_ms"?, "max_attempts"?,
//                                          "idempotency_key"?} or {"tasks": [{the same}, ...]}
//                                         201 {"ids": ["17", ...]}
//   POST   /queues/{q}/leases             {"worker", "max"?, "visibility_ms"?, "wait_ms"?}
//                                         200 {"tasks": [{"id", "lease", "attempt", "max_attempts",
//                                              "expires_at_ms", "payload"}]}
//   POST   /queues/{q}/tasks/{id}/ack     {"lease": "3-17"}  204, or 409 when the lease is stale
//   POST   /queues/{q}/tasks/{id}/nack    the same
//   POST   /queues/{q}/tasks/{id}/extend  {"lease", "visibility_ms"?}  the same
//   POST   /queues/{q}/acks               {"tasks": [{"id", "lease"}, ...]}
//                                         200 {"done": ["17"], "refused": [{"id", "reason"}]}
//   GET    /queues/{q}/tasks/{id}         200 a task: {"id", "queue", "state", "attempts",
//                                         "max_attempts", "enqueued_at_ms", "not_before_ms"?,
//                                         "expires_at_ms"?, "worker"?, "ended_at_ms"?, "reason"?,
//                                         "payload"?}
//   GET    /queues                        200 {"queues": [as the next]}
//   GET    /queues/{q}                    200 {"queue", "settings": {"max_length", "max_attempts",
//                                         "dead_letters_to"?}, "pending", "delayed", "processing",
//                                         "completed", "failed", "dropped", "waiting", "oldest_ms"}
//   PUT    /queues/{q}                    {"max_length"?, "max_attempts"?, "dead_letters_to"?} 204
//   GET    /queues/{q}/dead?after=ID&max=N      200 {"tasks": [tasks], "more": bool}
//   POST   /queues/{q}/dead/{id}/retry    {} or nothing  204, or 409 when it is no dead letter
//   DELETE /queues/{q}/dead/{id}          the same
//   GET    /openapi.yaml                  200 all of this, exactly
//   GET    /                              200 the live page; /page.css and /page.js are its files
//
// An error is application/problem+json with one member more, "reason": the Refusal's name.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include "client.hpp"
#include "net/http.hpp"
#include "net/routes.hpp"

namespace queue {

/// Between HTTP and the broker's core (net/node.hpp).
class Api {
 public:
  Api();

  std::expected<Command, net::HttpResponse> command(const net::HttpRequest& request) const;
  net::HttpResponse response(const Result& result) const;

  /// The queues, and a hundred tasks at most, without their payloads: first those that are held,
  /// then those that wait for their time, both by when that is over; then the oldest of the others.
  template <class Core>
  std::string state(const Core& core) const {
    return state_of(core.queue_infos(), core.first_tasks(most_tasks));
  }

  /// "GET /queues/{queue}" and so on: every route.
  std::vector<std::string> routes() const { return routes_.names(); }

 private:
  enum class Route {
    enqueue,
    lease,
    ack,
    ack_many,
    nack,
    extend,
    look,
    inspect,
    list_queues,
    set_queue,
    list_dead,
    retry_dead,
    drop_dead,
    openapi,
    page,
  };
  static constexpr std::size_t most_tasks = 100;

  static std::string state_of(const std::vector<QueueInfo>& queues, std::vector<TaskInfo> tasks);

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
