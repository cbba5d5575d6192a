#include "http_bodies.hpp"

#include <chrono>
#include <utility>

#include "json_slices.hpp"
#include "messages_wire.hpp"
#include "net/json_object.hpp"
#include "net/text.hpp"
#include "wire/json.hpp"

namespace queue {

namespace {

using Read = std::expected<void, std::string>;

constexpr std::string_view task_form =
    R"({"payload": any, "delay_ms"?: integer, "max_attempts"?: integer, "idempotency_key"?: text})"
    R"( or {"tasks": [{the same}, ...]})";

constexpr std::string_view settings_form =
    R"({"max_length"?: integer, "max_attempts"?: integer, "dead_letters_to"?: name or null})";

// ---- Requests, where wire::from_json() would not do: it has no "any", and no null ---------------

std::string quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

std::unexpected<std::string> wrong(std::string_view name, const std::string& what) {
  return std::unexpected(quoted(name) + ": " + what);
}

template <class T>
Read read(const JsonMember& member, T& value) {
  auto read = wire::from_json<T>(member.value, body_limits);
  if (!read) return wrong(member.name, read.error().what);
  value = std::move(*read);
  return {};
}

/// In the structs 0 and the empty text stand for "not said". Who writes them means something else.
template <class T>
Read read_unless(const T& nothing, const JsonMember& member, T& value) {
  const Read done = read(member, value);
  if (!done || value != nothing) return done;
  return wrong(member.name, std::string(member.value) + " is no choice; leave this member out");
}

Read read_member(const JsonMember& member, NewTask& task) {
  if (member.name == "payload") {
    task.payload = core::Bytes(std::string(member.value));
    return {};
  }
  if (member.name == "delay_ms") return read(member, task.delay_ms);
  if (member.name == "max_attempts") return read_unless(0U, member, task.max_attempts);
  if (member.name == "idempotency_key") return read_unless(std::string(), member, task.key);
  return std::unexpected("unknown member " + quoted(member.name));
}

Read read_member(const JsonMember& member, Settings& settings) {
  if (member.name == "max_length") return read_unless(0U, member, settings.max_length);
  if (member.name == "max_attempts") return read_unless(0U, member, settings.max_attempts);
  if (member.name == "dead_letters_to") {
    if (member.value == "null") return {};
    return read_unless(std::string(), member, settings.dead_letters_to);
  }
  return std::unexpected("unknown member " + quoted(member.name));
}

template <class Body>
std::expected<Body, std::string> object_in(std::string_view value) {
  const auto members = json_members(value);
  if (!members) return std::unexpected("an object is needed");
  Body body;
  std::vector<std::string_view> seen;  // all are known, so they are few
  for (const JsonMember& member : *members) {
    for (const std::string_view name : seen) {
      if (name == member.name) return std::unexpected(quoted(name) + " stands twice");
    }
    const Read read = read_member(member, body);
    if (!read) return std::unexpected(read.error());
    seen.push_back(member.name);
  }
  return body;
}

std::expected<NewTask, std::string> task_in(std::string_view value) {
  auto task = object_in<NewTask>(value);
  if (task && task->payload.empty()) return wrong("payload", "this member is missing");
  return task;
}

std::expected<std::vector<NewTask>, std::string> batch_in(std::string_view array) {
  const auto elements = json_elements(array);
  if (!elements) return wrong("tasks", "an array is needed");
  std::vector<NewTask> tasks;
  for (const std::string_view element : *elements) {
    auto task = task_in(element);
    if (!task) {
      return std::unexpected("tasks[" + std::to_string(tasks.size()) + "]: " + task.error());
    }
    tasks.push_back(std::move(*task));
  }
  return tasks;
}

bool is_batch(const std::vector<JsonMember>& members) {
  return members.size() == 1 && members.front().name == "tasks";
}

// ---- Answers ------------------------------------------------------------------------------------

std::string ms_text(core::UnixTime time) {
  const auto since = time.time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

std::string quoted_id(TaskId task) { return quoted(text_of(task)); }

std::string json_of(const LeasedTask& task) {
  return net::ObjectText()
      .text("id", text_of(task.task))
      .text("lease", text_of(task.lease))
      .number("attempt", task.attempt)
      .number("max_attempts", task.max_attempts)
      .json("expires_at_ms", ms_text(task.expires_at))
      .json("payload", task.payload.view())
      .take();
}

std::string json_of(const RefusedAck& refused) {
  return net::ObjectText()
      .text("id", text_of(refused.task))
      .text("reason", wire::name_of(refused.reason))
      .take();
}

std::string json_of(const Settings& settings) {
  net::ObjectText out;
  out.number("max_length", settings.max_length).number("max_attempts", settings.max_attempts);
  if (!settings.dead_letters_to.empty()) out.text("dead_letters_to", settings.dead_letters_to);
  return out.take();
}

/// For net::array_text().
constexpr auto json_of_each = [](const auto& item) { return json_of(item); };

}  // namespace

std::expected<std::vector<NewTask>, std::string> tasks_in(std::string_view body) {
  const auto value = json_value(body);
  if (!value) return std::unexpected(net::with_form(value.error(), task_form));
  const auto members = json_members(*value);
  if (members && is_batch(*members)) {
    auto tasks = batch_in(members->front().value);
    if (!tasks) return std::unexpected(net::with_form(tasks.error(), task_form));
    return tasks;
  }
  auto task = task_in(*value);
  if (!task) return std::unexpected(net::with_form(task.error(), task_form));
  return std::vector{std::move(*task)};
}

std::expected<Settings, std::string> settings_in(std::string_view body) {
  const auto value = json_value(body);
  if (!value) return std::unexpected(net::with_form(value.error(), settings_form));
  auto settings = object_in<Settings>(*value);
  if (!settings) return std::unexpected(net::with_form(settings.error(), settings_form));
  return settings;
}

std::string json_of(const Enqueued& enqueued) {
  return net::ObjectText().json("ids", net::array_text(enqueued.tasks, quoted_id)).take();
}

std::string json_of(const Leased& leased) {
  return net::ObjectText().json("tasks", net::array_text(leased.tasks, json_of_each)).take();
}

std::string json_of(const Acked& acked) {
  return net::ObjectText()
      .json("done", net::array_text(acked.done, quoted_id))
      .json("refused", net::array_text(acked.refused, json_of_each))
      .take();
}

std::string json_of(const TaskInfo& info) {
  net::ObjectText out;
  out.text("id", text_of(info.task))
      .text("queue", info.queue)
      .text("state", wire::name_of(info.state))
      .number("attempts", info.attempts)
      .number("max_attempts", info.max_attempts)
      .json("enqueued_at_ms", ms_text(info.enqueued_at));
  if (info.not_before) out.json("not_before_ms", ms_text(*info.not_before));
  if (info.expires_at) out.json("expires_at_ms", ms_text(*info.expires_at));
  if (info.worker) out.text("worker", *info.worker);
  if (info.ended_at) out.json("ended_at_ms", ms_text(*info.ended_at));
  if (info.reason) out.text("reason", wire::name_of(*info.reason));
  if (!info.payload.empty()) out.json("payload", info.payload.view());
  return out.take();
}

std::string json_of(const DeadLetters& dead) {
  return net::ObjectText()
      .json("tasks", net::array_text(dead.tasks, json_of_each))
      .json("more", dead.more ? "true" : "false")
      .take();
}

std::string json_of(const QueueInfo& info) {
  return net::ObjectText()
      .text("queue", info.queue)
      .json("settings", json_of(info.settings))
      .number("pending", info.counts.pending)
      .number("delayed", info.counts.delayed)
      .number("processing", info.counts.processing)
      .number("completed", info.counts.completed)
      .number("failed", info.counts.failed)
      .number("dropped", info.counts.dropped)
      .number("waiting", info.counts.waiting)
      .number("oldest_ms", info.counts.oldest_ms)
      .take();
}

std::string json_of(const Queues& queues) {
  return net::ObjectText().json("queues", net::array_text(queues.queues, json_of_each)).take();
}

std::string text_of(TaskId task) { return std::to_string(task.value); }

std::string text_of(const LeaseToken& lease) {
  return std::to_string(lease.incarnation) + "-" + std::to_string(lease.number);
}

std::optional<LeaseToken> parse_lease(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return {};
  const auto incarnation = net::parse_number(text.substr(0, dash));
  const auto number = net::parse_number(text.substr(dash + 1));
  if (!incarnation || !number) return {};
  return LeaseToken{*incarnation, *number};
}

}  // namespace queue
