// The client's half of the queue's HTTP.
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/overloaded.hpp"
#include "http.hpp"
#include "http_bodies.hpp"
#include "json_slices.hpp"
#include "messages_wire.hpp"
#include "net/json_object.hpp"
#include "net/text.hpp"
#include "wire/json.hpp"

namespace queue {

namespace {

// ---- Requests -----------------------------------------------------------------------------------

net::HttpRequest request_of(std::string method, std::string path) {
  net::HttpRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  return request;
}

net::HttpRequest request_of(std::string method, std::string path, std::string json) {
  net::HttpRequest request = request_of(std::move(method), std::move(path));
  request.headers.push_back({"Content-Type", "application/json"});
  request.body = core::Bytes(std::move(json));
  return request;
}

std::string path_of(const std::string& queue) { return "/queues/" + queue; }

std::string path_of(const std::string& queue, TaskId task) {
  return path_of(queue) + "/tasks/" + text_of(task);
}

std::string dead_path_of(const std::string& queue, TaskId task) {
  return path_of(queue) + "/dead/" + text_of(task);
}

std::string body_of(const NewTask& task) {
  net::ObjectText out;
  out.json("payload", task.payload.view());
  if (task.delay_ms != 0) out.number("delay_ms", task.delay_ms);
  if (task.max_attempts != 0) out.number("max_attempts", task.max_attempts);
  if (!task.key.empty()) out.text("idempotency_key", task.key);
  return out.take();
}

std::string body_of(const std::vector<NewTask>& tasks) {
  if (tasks.size() == 1) return body_of(tasks.front());
  const auto body_of_one = [](const NewTask& task) { return body_of(task); };
  return net::ObjectText().json("tasks", net::array_text(tasks, body_of_one)).take();
}

std::string body_of(const std::vector<Holding>& held) {
  AcksBody body;
  for (const Holding& one : held) body.tasks.push_back({one.task, text_of(one.lease)});
  return wire::to_json(body);
}

std::string body_of(const Settings& settings) {
  net::ObjectText out;
  if (settings.max_length != 0) out.number("max_length", settings.max_length);
  if (settings.max_attempts != 0) out.number("max_attempts", settings.max_attempts);
  if (!settings.dead_letters_to.empty()) out.text("dead_letters_to", settings.dead_letters_to);
  return out.take();
}

/// Ack or Nack.
template <class End>
net::HttpRequest end_request(const End& end, const std::string& verb) {
  return request_of("POST", path_of(end.queue, end.held.task) + verb,
                    wire::to_json(EndBody{text_of(end.held.lease)}));
}

net::HttpRequest list_dead_request(const ListDead& list) {
  net::HttpRequest request = request_of("GET", path_of(list.queue) + "/dead");
  request.query = "after=" + text_of(list.after) + "&max=" + std::to_string(list.max);
  return request;
}

// ---- Answers ------------------------------------------------------------------------------------

/// Reads the members of an object that a broker wrote. A newer broker may write more of them, so
/// those that are not asked for are let be. What is missing, or no broker would write, is read as
/// nothing, and good() says no from then on.
class Answer {
 public:
  /// Of JSON text that is part of another.
  static Answer part(std::string_view object) { return Answer(json_members(object)); }

  /// The broker puts a payload deeper into its answer than it may have stood in the request.
  static Answer whole(std::string_view body) {
    const auto value = json_value(body, 40);
    return Answer(value ? json_members(*value) : std::nullopt);
  }

  bool good() const { return good_; }
  bool has(std::string_view name) const { return !find(name).empty(); }

  core::Bytes payload() {
    const std::string_view payload = find("payload");
    good_ = good_ && !payload.empty();
    return core::Bytes(std::string(payload));
  }

  std::uint64_t number(std::string_view name,
                       std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) {
    const auto number = net::parse_number(find(name));
    good_ = good_ && number && *number <= most;
    return number.value_or(0);
  }

  std::uint32_t small_number(std::string_view name) {
    return static_cast<std::uint32_t>(number(name, std::numeric_limits<std::uint32_t>::max()));
  }

  core::UnixTime time(std::string_view name) {
    const std::uint64_t ms = number(name, std::numeric_limits<std::int64_t>::max() / 1'000);
    return core::UnixTime(std::chrono::milliseconds(good_ ? static_cast<std::int64_t>(ms) : 0));
  }

  std::string text(std::string_view name) { return text_in(find(name)); }

  bool truth(std::string_view name) {
    const std::string_view value = find(name);
    good_ = good_ && (value == "true" || value == "false");
    return value == "true";
  }

  TaskId task(std::string_view name) { return task_in(find(name)); }

  std::vector<TaskId> tasks(std::string_view name) {
    std::vector<TaskId> tasks;
    for (const std::string_view element : elements(name)) tasks.push_back(task_in(element));
    return tasks;
  }

  LeaseToken lease(std::string_view name) {
    const auto lease = parse_lease(text(name));
    good_ = good_ && lease;
    return lease.value_or(LeaseToken{});
  }

  /// Nothing: the text is no name that this client knows.
  template <class Enum>
  std::optional<Enum> named(std::string_view name) {
    const std::string wanted = text(name);
    for (const auto& known : wire::description<Enum>.values) {
      if (known.name == wanted) return known.value;
    }
    return {};
  }

  template <class Enum>
  Enum one_of(std::string_view name) {
    const auto value = named<Enum>(name);
    good_ = good_ && value;
    return value.value_or(Enum{});
  }

  std::vector<std::string_view> elements(std::string_view name) {
    auto elements = json_elements(find(name));
    good_ = good_ && elements;
    return elements ? std::move(*elements) : std::vector<std::string_view>();
  }

  template <class T, class Function>
  T inner(std::string_view name, const Function& read_it) {
    Answer object = part(find(name));
    T value = read_it(object);
    good_ = good_ && object.good();
    return value;
  }

  /// The elements of an array, each read by `read_one`, which is handed an Answer of its own.
  template <class T, class Function>
  std::vector<T> each(std::string_view name, const Function& read_one) {
    std::vector<T> read;
    for (const std::string_view element : elements(name)) {
      Answer one = part(element);
      read.push_back(read_one(one));
      good_ = good_ && one.good();
    }
    return read;
  }

  /// For what the members must be beside well written.
  void require(bool condition) { good_ = good_ && condition; }

 private:
  explicit Answer(std::optional<std::vector<JsonMember>> members)
      : good_(members.has_value()),
        members_(std::move(members).value_or(std::vector<JsonMember>())) {}

  std::string_view find(std::string_view name) const {
    for (const JsonMember& member : members_) {
      if (member.name == name) return member.value;
    }
    return {};
  }

  std::string text_in(std::string_view value) {
    auto text = wire::from_json<std::string>(value);
    good_ = good_ && text;
    return text ? std::move(*text) : std::string();
  }

  TaskId task_in(std::string_view value) {
    const auto number = net::parse_number(text_in(value));
    good_ = good_ && number;
    return TaskId{number.value_or(0)};
  }

  bool good_ = false;
  std::vector<JsonMember> members_;
};

LeasedTask leased_task_in(Answer& answer) {
  LeasedTask leased;
  leased.task = answer.task("id");
  leased.lease = answer.lease("lease");
  leased.attempt = answer.small_number("attempt");
  leased.max_attempts = answer.small_number("max_attempts");
  leased.expires_at = answer.time("expires_at_ms");
  leased.payload = answer.payload();
  return leased;
}

/// A reason that this client does not know is one all the same: the ack was not taken.
RefusedAck refused_ack_in(Answer& answer) {
  RefusedAck refused;
  refused.task = answer.task("id");
  refused.reason = answer.named<Refusal>("reason").value_or(Refusal::bad_request);
  return refused;
}

TaskInfo task_info_in(Answer& answer) {
  TaskInfo info;
  info.task = answer.task("id");
  info.queue = answer.text("queue");
  info.state = answer.one_of<TaskState>("state");
  info.attempts = answer.small_number("attempts");
  info.max_attempts = answer.small_number("max_attempts");
  info.enqueued_at = answer.time("enqueued_at_ms");
  if (answer.has("not_before_ms")) info.not_before = answer.time("not_before_ms");
  if (answer.has("expires_at_ms")) info.expires_at = answer.time("expires_at_ms");
  if (answer.has("worker")) info.worker = answer.text("worker");
  if (answer.has("ended_at_ms")) info.ended_at = answer.time("ended_at_ms");
  if (answer.has("reason")) info.reason = answer.one_of<ReturnReason>("reason");
  if (answer.has("payload")) info.payload = answer.payload();
  return info;
}

Settings settings_in(Answer& answer) {
  Settings settings;
  settings.max_length = answer.small_number("max_length");
  settings.max_attempts = answer.small_number("max_attempts");
  if (answer.has("dead_letters_to")) settings.dead_letters_to = answer.text("dead_letters_to");
  return settings;
}

QueueInfo queue_info_in(Answer& answer) {
  QueueInfo info;
  info.queue = answer.text("queue");
  info.settings = answer.inner<Settings>("settings", settings_in);
  info.counts.pending = answer.number("pending");
  info.counts.delayed = answer.number("delayed");
  info.counts.processing = answer.number("processing");
  info.counts.completed = answer.number("completed");
  info.counts.failed = answer.number("failed");
  info.counts.dropped = answer.number("dropped");
  info.counts.waiting = answer.number("waiting");
  info.counts.oldest_ms = answer.number("oldest_ms");
  return info;
}

std::optional<Refusal> reason_in(std::string_view problem) {
  return Answer::whole(problem).named<Refusal>("reason");
}

/// Nothing: no broker answers that command so.
std::optional<Result> result_in(const Command& command, const net::HttpResponse& response) {
  Answer answer = Answer::whole(response.body.view());
  const auto if_good = [&](Result result) -> std::optional<Result> {
    if (!answer.good()) return {};
    return result;
  };
  return std::visit(
      core::Overloaded{
          [&](const Enqueue& enqueue) {
            Enqueued enqueued{answer.tasks("ids")};
            answer.require(enqueued.tasks.size() == enqueue.tasks.size());
            return if_good(std::move(enqueued));
          },
          [&](const Lease&) {
            return if_good(Leased{answer.each<LeasedTask>("tasks", leased_task_in)});
          },
          [&](const AckMany& acks) {
            Acked acked{answer.tasks("done"), answer.each<RefusedAck>("refused", refused_ack_in)};
            answer.require(acked.done.size() + acked.refused.size() == acks.held.size());
            return if_good(std::move(acked));
          },
          [&](const Look&) { return if_good(task_info_in(answer)); },
          [&](const Inspect&) { return if_good(queue_info_in(answer)); },
          [&](const ListQueues&) {
            return if_good(Queues{answer.each<QueueInfo>("queues", queue_info_in)});
          },
          [&](const ListDead&) {
            return if_good(
                DeadLetters{answer.each<TaskInfo>("tasks", task_info_in), answer.truth("more")});
          },
          [&](const auto&) -> std::optional<Result> {  // those that are answered Done
            if (response.status != 204) return {};
            return Done{};
          },
      },
      command);
}

}  // namespace

net::HttpRequest ClientApi::request(const Command& command) const {
  return std::visit(
      core::Overloaded{
          [](const Enqueue& enqueue) {
            return request_of("POST", path_of(enqueue.queue) + "/tasks", body_of(enqueue.tasks));
          },
          [](const Lease& lease) {
            return request_of("POST", path_of(lease.queue) + "/leases",
                              wire::to_json(LeaseBody{lease.worker, lease.max, lease.visibility_ms,
                                                      lease.wait_ms}));
          },
          [](const Ack& ack) { return end_request(ack, "/ack"); },
          [](const AckMany& acks) {
            return request_of("POST", path_of(acks.queue) + "/acks", body_of(acks.held));
          },
          [](const Nack& nack) { return end_request(nack, "/nack"); },
          [](const Extend& extend) {
            return request_of(
                "POST", path_of(extend.queue, extend.held.task) + "/extend",
                wire::to_json(ExtendBody{text_of(extend.held.lease), extend.visibility_ms}));
          },
          [](const Look& look) { return request_of("GET", path_of(look.queue, look.task)); },
          [](const Inspect& inspect) { return request_of("GET", path_of(inspect.queue)); },
          [](const ListQueues&) { return request_of("GET", "/queues"); },
          [](const SetQueue& set) {
            return request_of("PUT", path_of(set.queue), body_of(set.settings));
          },
          [](const ListDead& list) { return list_dead_request(list); },
          [](const RetryDead& retry) {
            return request_of("POST", dead_path_of(retry.queue, retry.task) + "/retry");
          },
          [](const DropDead& drop) {
            return request_of("DELETE", dead_path_of(drop.queue, drop.task));
          },
      },
      command);
}

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
