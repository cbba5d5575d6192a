#include "http.hpp"

#include <optional>
#include <string_view>
#include <utility>

#include "core/overloaded.hpp"
#include "http_bodies.hpp"
#include "messages_wire.hpp"
#include "wire/json.hpp"
#include "wire/to_json.hpp"

namespace queue {

namespace {

using Asked = std::expected<Command, net::HttpResponse>;

unsigned status_of(Refusal reason) {
  switch (reason) {
    case Refusal::bad_name:
    case Refusal::bad_request:
      return 400;
    case Refusal::no_such_queue:
    case Refusal::no_such_task:
      return 404;
    case Refusal::stale_lease:
      return 409;
    case Refusal::payload_too_large:
      return 413;
    case Refusal::queue_full:
    case Refusal::too_many_queues:
    case Refusal::too_many_leases:
    case Refusal::too_many_waiting:
      return 429;
    case Refusal::no_room:
      return 507;
  }
  return 500;
}

std::string_view words_of(Refusal reason) {
  switch (reason) {
    case Refusal::bad_name:
      return "a name is 1 to 100 letters, digits, '-', '_' and '.'";
    case Refusal::bad_request:
      return "a number is out of range: tasks at once 1 to 100, visibility_ms 1 to 3600000, "
             "wait_ms 0 to 30000";
    case Refusal::no_such_queue:
      return "there is no such queue; it comes into being with its first task";
    case Refusal::no_such_task:
      return "this queue has no such task";
    case Refusal::stale_lease:
      return "the task is completed, or no longer held under this lease; nothing was changed";
    case Refusal::payload_too_large:
      return "a payload is larger than 65536 bytes";
    case Refusal::queue_full:
      return "the queue is full; try again later";
    case Refusal::too_many_queues:
      return "there are as many queues as there may be";
    case Refusal::too_many_leases:
      return "this worker holds as many tasks as it may; ack some first";
    case Refusal::too_many_waiting:
      return "too many workers wait for tasks; try again later";
    case Refusal::no_room:
      return "the broker's disk is full; acks and nacks are still taken";
  }
  return "";
}

net::HttpResponse refused(Refusal reason, std::string_view detail) {
  const unsigned status = status_of(reason);
  net::HttpResponse response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = core::Bytes(
      "{\"type\":\"about:blank\",\"title\":" + wire::json_quoted(net::status_title(status)) +
      ",\"status\":" + std::to_string(status) + ",\"detail\":" + wire::json_quoted(detail) +
      ",\"reason\":" + wire::json_quoted(wire::name_of(reason)) + "}");
  if (status == 429) response.headers.push_back({"Retry-After", "1"});
  return response;
}

net::HttpResponse bad_request(std::string_view detail) {
  return refused(Refusal::bad_request, detail);
}

/// The core checks names too; here they must be text before they become a command.
std::optional<net::HttpResponse> check_name(const std::string& name) {
  if (is_valid_name(name, Config{}.max_name_bytes)) return {};
  return refused(Refusal::bad_name, words_of(Refusal::bad_name));
}

Asked ask_enqueue(const std::string& queue, const net::HttpRequest& request) {
  auto payloads = payloads_in(request.body);
  if (!payloads) return std::unexpected(bad_request(payloads.error()));
  return Enqueue{queue, std::move(*payloads)};
}

Asked ask_lease(const std::string& queue, const net::HttpRequest& request) {
  const auto body = wire::from_json<LeaseBody>(request.body.view());
  if (!body) return std::unexpected(bad_request(body.error().what));
  if (auto problem = check_name(body->worker)) return std::unexpected(std::move(*problem));
  Lease command;
  command.queue = queue;
  command.worker = body->worker;
  command.max = body->max.value_or(command.max);
  command.visibility_ms = body->visibility_ms.value_or(command.visibility_ms);
  command.wait_ms = body->wait_ms.value_or(command.wait_ms);
  return command;
}

/// Ack or Nack.
template <class End>
Asked ask_end(const std::string& queue, const std::string& task, const net::HttpRequest& request) {
  const auto id = parse_number(task);
  if (!id) return std::unexpected(refused(Refusal::no_such_task, "a task's id is a number"));
  const auto body = wire::from_json<EndBody>(request.body.view());
  if (!body) return std::unexpected(bad_request(body.error().what));
  const auto lease = parse_lease(body->lease);
  if (!lease) return std::unexpected(bad_request("a lease looks like \"3-17\""));
  return End{queue, TaskId{*id}, *lease};
}

}  // namespace

Api::Api() {
  routes_.add("POST", "/queues/{queue}/tasks", Route::enqueue);
  routes_.add("POST", "/queues/{queue}/leases", Route::lease);
  routes_.add("POST", "/queues/{queue}/tasks/{task}/ack", Route::ack);
  routes_.add("POST", "/queues/{queue}/tasks/{task}/nack", Route::nack);
  routes_.add("GET", "/queues/{queue}", Route::inspect);
}

std::expected<Command, net::HttpResponse> Api::command(const net::HttpRequest& request) const {
  const auto found = routes_.find(request);
  if (!found) return std::unexpected(found.error());
  const std::string& queue = found->parameters.front();
  if (auto problem = check_name(queue)) return std::unexpected(std::move(*problem));
  switch (found->handler) {
    case Route::enqueue:
      return ask_enqueue(queue, request);
    case Route::lease:
      return ask_lease(queue, request);
    case Route::ack:
      return ask_end<Ack>(queue, found->parameters[1], request);
    case Route::nack:
      return ask_end<Nack>(queue, found->parameters[1], request);
    case Route::inspect:
      return Inspect{queue};
  }
  return std::unexpected(net::problem(404, "there is no such path"));
}

net::HttpResponse Api::response(const Result& result) const {
  return std::visit(
      core::Overloaded{
          [](const Enqueued& enqueued) { return net::json_response(201, json_of(enqueued)); },
          [](const Leased& leased) { return net::json_response(200, json_of(leased)); },
          [](const Done&) {
            net::HttpResponse response;
            response.status = 204;
            return response;
          },
          [](const Counts& counts) { return net::json_response(200, json_of(counts)); },
          [](const Refused& no) { return refused(no.reason, words_of(no.reason)); },
      },
      result);
}

std::string Api::state(const Queue& core) const {
  constexpr std::size_t most_tasks = 100;
  std::string queues;
  for (const auto& [name, queue] : core.queues()) {
    if (!queues.empty()) queues += ",";
    queues += wire::json_quoted(name) + ":" + json_of(core.counts(name).value_or(Counts{}));
  }
  std::string tasks;
  std::size_t shown = 0;
  for (const auto& [id, task] : core.tasks()) {
    if (shown++ == most_tasks) break;
    if (!tasks.empty()) tasks += ",";
    tasks += "{\"id\":\"" + std::to_string(id.value) +
             "\",\"queue\":" + wire::json_quoted(task.queue) +
             ",\"attempts\":" + std::to_string(task.attempts);
    if (task.lease) {
      tasks += ",\"worker\":" + wire::json_quoted(task.lease->worker) + ",\"lease\":\"" +
               text_of(task.lease->token) + "\"";
    }
    tasks += "}";
  }
  return "{\"queues\":{" + queues + "},\"tasks\":[" + tasks + "]}";
}

// ---- For clients --------------------------------------------------------------------------------

net::HttpRequest ClientApi::request(const Command& command) const {
  net::HttpRequest request;
  request.method = "POST";
  request.headers.push_back({"Content-Type", "application/json"});
  const auto end = [&](const auto& command_to_end, const char* verb) {
    request.path = "/queues/" + command_to_end.queue + "/tasks/" +
                   std::to_string(command_to_end.task.value) + verb;
    request.body = core::Bytes(wire::to_json(EndBody{text_of(command_to_end.lease)}));
  };
  std::visit(core::Overloaded{
                 [&](const Enqueue& enqueue) {
                   request.path = "/queues/" + enqueue.queue + "/tasks";
                   request.body = core::Bytes(body_of(enqueue.payloads));
                 },
                 [&](const Lease& lease) {
                   request.path = "/queues/" + lease.queue + "/leases";
                   request.body = core::Bytes(wire::to_json(
                       LeaseBody{lease.worker, lease.max, lease.visibility_ms, lease.wait_ms}));
                 },
                 [&](const Ack& ack) { end(ack, "/ack"); },
                 [&](const Nack& nack) { end(nack, "/nack"); },
                 [&](const Inspect& inspect) {
                   request.method = "GET";
                   request.headers.clear();
                   request.path = "/queues/" + inspect.queue;
                 },
             },
             command);
  return request;
}

namespace {

/// Nothing: no broker answers that command so.
std::optional<Result> result_in(const Command& command, const net::HttpResponse& response) {
  const std::string_view body = response.body.view();
  return std::visit(core::Overloaded{
                        [&](const Enqueue& enqueue) -> std::optional<Result> {
                          auto enqueued = enqueued_in(body);
                          if (!enqueued || enqueued->tasks.size() != enqueue.payloads.size())
                            return {};
                          return std::move(*enqueued);
                        },
                        [&](const Lease&) -> std::optional<Result> { return leased_in(body); },
                        [&](const Inspect&) -> std::optional<Result> { return counts_in(body); },
                        [&](const auto&) -> std::optional<Result> {  // Ack, Nack
                          if (response.status != 204) return {};
                          return Done{};
                        },
                    },
                    command);
}

}  // namespace

/// What is not one of our results leaves open what has happened, unless it says that the request
/// was not taken at all.
std::expected<Result, core::CallError> ClientApi::result(const Command& command,
                                                         const net::HttpResponse& response) const {
  const auto unknown = std::unexpected(core::CallError::unknown);
  if (response.status >= 400) {
    if (const auto reason = reason_in(response.body.view())) return Refused{*reason};
    if (response.status == 413) return Refused{Refusal::payload_too_large};
    const bool not_taken = response.status < 500 && response.status != 408;
    if (not_taken) return Refused{Refusal::bad_request};
    return unknown;
  }
  const std::optional<Result> result = result_in(command, response);
  if (!result) return unknown;
  return *result;
}

}  // namespace queue
