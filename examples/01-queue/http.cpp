#include "http.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/overloaded.hpp"
#include "http_bodies.hpp"
#include "messages_wire.hpp"
#include "names.hpp"
#include "net/json_object.hpp"
#include "net/text.hpp"
#include "openapi.hpp"
#include "page.hpp"
#include "wire/json.hpp"

namespace queue {

namespace {

using Asked = std::expected<Command, net::HttpResponse>;

// ---- Refusals -----------------------------------------------------------------------------------

unsigned status_of(Refusal reason) {
  switch (reason) {
    case Refusal::bad_name:
    case Refusal::bad_request:
      return 400;
    case Refusal::no_such_queue:
    case Refusal::no_such_task:
      return 404;
    case Refusal::stale_lease:
    case Refusal::not_failed:
      return 409;
    case Refusal::payload_too_large:
      return 413;
    case Refusal::queue_full:
    case Refusal::too_many_queues:
    case Refusal::too_many_leases:
    case Refusal::too_many_waiting:
    case Refusal::too_many_keys:
      return 429;
    case Refusal::no_room:
      return 507;
  }
  return 500;
}

/// "max_attempts 1 to 100".
std::string range(std::string_view name, std::uint32_t least, std::uint32_t most) {
  return std::string(name) + " " + std::to_string(least) + " to " + std::to_string(most);
}

/// Of all commands: a Refused does not say whose answer it is.
std::string all_ranges() {
  const Config limits;
  return range("tasks at once", 1, limits.max_batch) + ", " +
         range("visibility_ms", 1, limits.max_visibility_ms) + ", " +
         range("wait_ms", 0, limits.max_wait_ms) + ", " +
         range("delay_ms", 0, limits.max_delay_ms) + ", " +
         range("max_attempts", 1, limits.max_attempts) + ", " +
         range("idempotency_key", 1, limits.max_key_bytes) +
         " visible ASCII characters, max_length 1 to what the broker was started with";
}

std::string words_of(Refusal reason) {
  const Config limits;
  switch (reason) {
    case Refusal::bad_name:
      return range("a name is", 1, limits.max_name_bytes) +
             " letters, digits, '-', '_' and '.', and does not begin with '.'";
    case Refusal::bad_request:
      return "out of range: " + all_ranges();
    case Refusal::no_such_queue:
      return "there is no such queue; it comes into being with its first task, or by PUT";
    case Refusal::no_such_task:
      return "this queue has no such task";
    case Refusal::stale_lease:
      return "the task is completed, or no longer held under this lease; nothing was changed";
    case Refusal::payload_too_large:
      return "a payload is larger than " + std::to_string(limits.max_payload_bytes) + " bytes";
    case Refusal::queue_full:
      return "the queue is full; try again later";
    case Refusal::too_many_queues:
      return "there are as many queues as there may be";
    case Refusal::too_many_leases:
      return "this worker, or all together, hold as many tasks as they may; ack some first";
    case Refusal::too_many_waiting:
      return "too many workers wait for tasks; try again later";
    case Refusal::too_many_keys:
      return "as many idempotency keys are remembered as may be, each for " +
             std::to_string(limits.key_window_ms / 1'000) + " s; try again later";
    case Refusal::not_failed:
      return "the task is no dead letter; nothing was changed";
    case Refusal::no_room:
      return "the broker's disk is full; acks and nacks are still taken";
  }
  return "";
}

net::HttpResponse refused(Refusal reason, std::string_view detail) {
  const unsigned status = status_of(reason);
  net::HttpResponse response = net::problem(status, detail, {{"reason", wire::name_of(reason)}});
  if (status == 429)
    response.headers.push_back({"Retry-After", std::to_string(retry_after_ms / 1'000)});
  return response;
}

net::HttpResponse refused(Refusal reason) { return refused(reason, words_of(reason)); }

std::unexpected<net::HttpResponse> bad_request(std::string_view detail) {
  return std::unexpected(refused(Refusal::bad_request, detail));
}

// ---- What requests hold -------------------------------------------------------------------------

/// The core checks names too; here they must be text before they become a command.
std::optional<net::HttpResponse> check_name(const std::string& name) {
  if (is_valid_name(name, Config{}.max_name_bytes)) return {};
  return refused(Refusal::bad_name);
}

std::expected<TaskId, net::HttpResponse> task_in(const std::string& text) {
  const auto number = net::parse_number(text);
  if (!number) return std::unexpected(refused(Refusal::no_such_task, "a task's id is a number"));
  return TaskId{*number};
}

std::expected<LeaseToken, net::HttpResponse> lease_in(const std::string& text) {
  const auto lease = parse_lease(text);
  if (!lease) return bad_request("a lease looks like \"3-17\"");
  return *lease;
}

template <class Body>
std::expected<Body, net::HttpResponse> body_in(const net::HttpRequest& request) {
  auto body = wire::from_json<Body>(request.body.view(), body_limits);
  if (!body) return bad_request(net::with_form(body.error().what, Body::form));
  return std::move(*body);
}

/// A number that may stand behind the '?' of a path.
struct Parameter {
  std::string_view name;
  std::uint64_t most = 0;
  std::optional<std::uint64_t> value;
};

std::optional<net::HttpResponse> read_query(std::string_view query, std::span<Parameter> known) {
  std::vector<std::string_view> names;
  for (const Parameter& parameter : known) names.push_back(parameter.name);
  const auto given = net::query_in(query, names);
  if (!given) return refused(Refusal::bad_request, given.error());
  for (Parameter& parameter : known) {
    const auto text = given->find(parameter.name);
    if (text == given->end()) continue;
    parameter.value = net::parse_number(text->second);
    if (parameter.value && *parameter.value <= parameter.most) continue;
    const std::string what = " must be a number from 0 to " + std::to_string(parameter.most);
    return refused(Refusal::bad_request, std::string(parameter.name) + what);
  }
  return {};
}

// ---- Commands -----------------------------------------------------------------------------------

Asked ask_enqueue(const std::string& queue, const net::HttpRequest& request) {
  auto tasks = tasks_in(request.body.view());
  if (!tasks) return bad_request(tasks.error());
  return Enqueue{queue, std::move(*tasks)};
}

Asked ask_lease(const std::string& queue, const net::HttpRequest& request) {
  const auto body = body_in<LeaseBody>(request);
  if (!body) return std::unexpected(body.error());
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
Asked ask_end(const std::string& queue, const std::string& id, const net::HttpRequest& request) {
  const auto task = task_in(id);
  if (!task) return std::unexpected(task.error());
  const auto body = body_in<EndBody>(request);
  if (!body) return std::unexpected(body.error());
  const auto lease = lease_in(body->lease);
  if (!lease) return std::unexpected(lease.error());
  return End{queue, {*task, *lease}};
}

Asked ask_ack_many(const std::string& queue, const net::HttpRequest& request) {
  const auto body = body_in<AcksBody>(request);
  if (!body) return std::unexpected(body.error());
  AckMany command;
  command.queue = queue;
  for (const HeldBody& held : body->tasks) {
    const auto lease = lease_in(held.lease);
    if (!lease) return std::unexpected(lease.error());
    command.held.push_back({held.id, *lease});
  }
  return command;
}

Asked ask_extend(const std::string& queue, const std::string& id, const net::HttpRequest& request) {
  const auto task = task_in(id);
  if (!task) return std::unexpected(task.error());
  const auto body = body_in<ExtendBody>(request);
  if (!body) return std::unexpected(body.error());
  const auto lease = lease_in(body->lease);
  if (!lease) return std::unexpected(lease.error());
  Extend command;
  command.queue = queue;
  command.held = {*task, *lease};
  command.visibility_ms = body->visibility_ms.value_or(command.visibility_ms);
  return command;
}

/// Look or DropDead: the path says everything.
template <class Named>
Asked ask_named(const std::string& queue, const std::string& id) {
  const auto task = task_in(id);
  if (!task) return std::unexpected(task.error());
  return Named{queue, *task};
}

Asked ask_retry_dead(const std::string& queue, const std::string& id,
                     const net::HttpRequest& request) {
  if (!request.body.empty()) {
    const auto body = body_in<EmptyBody>(request);
    if (!body) return std::unexpected(body.error());
  }
  return ask_named<RetryDead>(queue, id);
}

Asked ask_set_queue(const std::string& queue, const net::HttpRequest& request) {
  auto settings = settings_in(request.body.view());
  if (!settings) return bad_request(settings.error());
  if (!settings->dead_letters_to.empty()) {
    auto problem = check_name(settings->dead_letters_to);
    if (problem) return std::unexpected(std::move(*problem));
    // They go to this queue: so they stay in it.
    if (settings->dead_letters_to == queue) settings->dead_letters_to.clear();
  }
  return SetQueue{queue, std::move(*settings)};
}

Asked ask_list_dead(const std::string& queue, std::string_view query) {
  std::array<Parameter, 2> parameters = {Parameter{"after", UINT64_MAX, {}},
                                         Parameter{"max", UINT32_MAX, {}}};
  if (auto problem = read_query(query, parameters)) return std::unexpected(std::move(*problem));
  ListDead command;
  command.queue = queue;
  command.after = TaskId{parameters[0].value.value_or(0)};
  command.max = static_cast<std::uint32_t>(parameters[1].value.value_or(command.max));
  return command;
}

/// The core is not asked: what it holds makes no difference.
net::HttpResponse openapi_response() {
  return {200, "application/yaml", core::Bytes(std::string(openapi_yaml())), {}};
}

}  // namespace

Api::Api() {
  routes_.add("POST", "/queues/{queue}/tasks", Route::enqueue);
  routes_.add("POST", "/queues/{queue}/leases", Route::lease);
  routes_.add("POST", "/queues/{queue}/tasks/{task}/ack", Route::ack);
  routes_.add("POST", "/queues/{queue}/acks", Route::ack_many);
  routes_.add("POST", "/queues/{queue}/tasks/{task}/nack", Route::nack);
  routes_.add("POST", "/queues/{queue}/tasks/{task}/extend", Route::extend);
  routes_.add("GET", "/queues/{queue}/tasks/{task}", Route::look);
  routes_.add("GET", "/queues/{queue}", Route::inspect);
  routes_.add("GET", "/queues", Route::list_queues);
  routes_.add("PUT", "/queues/{queue}", Route::set_queue);
  routes_.add("GET", "/queues/{queue}/dead", Route::list_dead);
  routes_.add("POST", "/queues/{queue}/dead/{task}/retry", Route::retry_dead);
  routes_.add("DELETE", "/queues/{queue}/dead/{task}", Route::drop_dead);
  routes_.add("GET", "/openapi.yaml", Route::openapi);
  for (const char* file : {"/", "/page.css", "/page.js"}) routes_.add("GET", file, Route::page);
}

std::expected<Command, net::HttpResponse> Api::command(const net::HttpRequest& request) const {
  const auto found = routes_.find(request);
  if (!found) return std::unexpected(found.error());
  const net::PathParameters& places = found->parameters;  // the queue, then the task
  if (!places.empty()) {
    if (auto problem = check_name(places[0])) return std::unexpected(std::move(*problem));
  }
  if (found->handler != Route::list_dead) {
    if (auto problem = read_query(request.query, {})) return std::unexpected(std::move(*problem));
  }
  switch (found->handler) {
    case Route::enqueue:
      return ask_enqueue(places[0], request);
    case Route::lease:
      return ask_lease(places[0], request);
    case Route::ack:
      return ask_end<Ack>(places[0], places[1], request);
    case Route::ack_many:
      return ask_ack_many(places[0], request);
    case Route::nack:
      return ask_end<Nack>(places[0], places[1], request);
    case Route::extend:
      return ask_extend(places[0], places[1], request);
    case Route::look:
      return ask_named<Look>(places[0], places[1]);
    case Route::inspect:
      return Inspect{places[0]};
    case Route::list_queues:
      return ListQueues{};
    case Route::set_queue:
      return ask_set_queue(places[0], request);
    case Route::list_dead:
      return ask_list_dead(places[0], request.query);
    case Route::retry_dead:
      return ask_retry_dead(places[0], places[1], request);
    case Route::drop_dead:
      return ask_named<DropDead>(places[0], places[1]);
    case Route::openapi:
      return std::unexpected(openapi_response());
    case Route::page:
      return std::unexpected(page_file(request.path));
  }
  return std::unexpected(net::problem(404, "there is no such path"));
}

net::HttpResponse Api::response(const Result& result) const {
  return std::visit(
      core::Overloaded{
          [](const Enqueued& enqueued) { return net::json_response(201, json_of(enqueued)); },
          [](const Done&) {
            net::HttpResponse response;
            response.status = 204;
            return response;
          },
          [](const Refused& no) { return refused(no.reason); },
          [](const auto& shown) { return net::json_response(200, json_of(shown)); },
      },
      result);
}

std::string Api::state_of(const std::vector<QueueInfo>& queues, std::vector<TaskInfo> tasks) {
  for (TaskInfo& task : tasks) task.payload = {};
  const auto json_of_one = [](const auto& shown) { return json_of(shown); };
  return net::ObjectText()
      .json("queues", net::array_text(queues, json_of_one))
      .json("tasks", net::array_text(tasks, json_of_one))
      .take();
}

}  // namespace queue
