#include "http_bodies.hpp"

#include <charconv>
#include <chrono>

#include "json_slices.hpp"
#include "messages_wire.hpp"

namespace queue {

namespace {

std::string quoted(const std::string& plain) { return "\"" + plain + "\""; }

std::string number_text(TaskId task) { return std::to_string(task.value); }

/// A string without escapes, as the broker writes its own.
std::optional<std::string_view> plain_string(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.contains('\\')) return {};
  return value.substr(1, value.size() - 2);
}

/// The broker puts a payload deeper into its answer than it may have stood in the request.
std::optional<std::vector<JsonMember>> object_in(std::string_view text) {
  const auto value = json_value(text, 40);
  if (!value) return {};
  return json_members(*value);
}

std::string_view member(const std::vector<JsonMember>& members, std::string_view name) {
  for (const JsonMember& found : members) {
    if (found.name == name) return found.value;
  }
  return {};
}

std::optional<TaskId> task_id_in(std::string_view value) {
  const auto digits = plain_string(value);
  const auto number = digits ? parse_number(*digits) : std::nullopt;
  if (!number) return {};
  return TaskId{*number};
}

/// `value` is an object with the one member "payload".
std::optional<core::Bytes> payload_in(std::string_view value) {
  const auto members = json_members(value);
  if (!members || members->size() != 1 || members->front().name != "payload") return {};
  return core::Bytes(std::string(members->front().value));
}

std::optional<LeasedTask> leased_task_in(std::string_view value) {
  const auto members = json_members(value);
  if (!members) return {};
  const auto task = task_id_in(member(*members, "id"));
  const auto token = plain_string(member(*members, "lease"));
  const auto lease = token ? parse_lease(*token) : std::nullopt;
  const auto attempt = parse_number(member(*members, "attempt"));
  const auto expires_at_ms = parse_number(member(*members, "expires_at_ms"));
  const std::string_view payload = member(*members, "payload");
  if (!task || !lease || !attempt || *attempt > UINT32_MAX || !expires_at_ms || payload.empty()) {
    return {};
  }
  if (*expires_at_ms > static_cast<std::uint64_t>(INT64_MAX / 1000)) return {};
  LeasedTask leased;
  leased.task = *task;
  leased.lease = *lease;
  leased.attempt = static_cast<std::uint32_t>(*attempt);
  leased.expires_at =
      core::UnixTime(std::chrono::milliseconds(static_cast<std::int64_t>(*expires_at_ms)));
  leased.payload = core::Bytes(std::string(payload));
  return leased;
}

}  // namespace

std::string text_of(const LeaseToken& lease) {
  return std::to_string(lease.incarnation) + "-" + std::to_string(lease.number);
}

std::optional<LeaseToken> parse_lease(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return {};
  const auto incarnation = parse_number(text.substr(0, dash));
  const auto number = parse_number(text.substr(dash + 1));
  if (!incarnation || !number) return {};
  return LeaseToken{*incarnation, *number};
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return {};
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return {};
  return number;
}

// ---- The broker's half --------------------------------------------------------------------------

std::expected<std::vector<core::Bytes>, std::string> payloads_in(const core::Bytes& body) {
  const auto value = json_value(body.view());
  if (!value) return std::unexpected(value.error());
  if (auto payload = payload_in(*value)) return std::vector{std::move(*payload)};
  const auto expected = std::unexpected(
      "the body must be {\"payload\": ...} or {\"tasks\": [{\"payload\": ...}, ...]}");
  const auto members = json_members(*value);
  if (!members || members->size() != 1 || members->front().name != "tasks") return expected;
  const auto elements = json_elements(members->front().value);
  if (!elements) return expected;
  std::vector<core::Bytes> payloads;
  for (const std::string_view element : *elements) {
    auto payload = payload_in(element);
    if (!payload) return expected;
    payloads.push_back(std::move(*payload));
  }
  return payloads;
}

std::string json_of(const Enqueued& enqueued) {
  if (enqueued.tasks.size() == 1) {
    return "{\"id\":" + quoted(number_text(enqueued.tasks.front())) + "}";
  }
  std::string ids;
  for (const TaskId task : enqueued.tasks) {
    if (!ids.empty()) ids += ",";
    ids += quoted(number_text(task));
  }
  return "{\"ids\":[" + ids + "]}";
}

std::string json_of(const Leased& leased) {
  std::string tasks;
  for (const LeasedTask& task : leased.tasks) {
    const auto expires_at =
        std::chrono::duration_cast<std::chrono::milliseconds>(task.expires_at.time_since_epoch());
    if (!tasks.empty()) tasks += ",";
    tasks += "{\"id\":" + quoted(number_text(task.task));
    tasks += ",\"lease\":" + quoted(text_of(task.lease));
    tasks += ",\"attempt\":" + std::to_string(task.attempt);
    tasks += ",\"expires_at_ms\":" + std::to_string(expires_at.count());
    tasks += ",\"payload\":";
    tasks += task.payload.view();
    tasks += "}";
  }
  return "{\"tasks\":[" + tasks + "]}";
}

std::string json_of(const Counts& counts) {
  return "{\"pending\":" + std::to_string(counts.pending) +
         ",\"processing\":" + std::to_string(counts.processing) +
         ",\"completed\":" + std::to_string(counts.completed) +
         ",\"waiting\":" + std::to_string(counts.waiting) + "}";
}

// ---- The client's half --------------------------------------------------------------------------

std::string body_of(const std::vector<core::Bytes>& payloads) {
  std::string tasks;
  for (const core::Bytes& payload : payloads) {
    if (!tasks.empty()) tasks += ",";
    tasks += "{\"payload\":" + std::string(payload.view()) + "}";
  }
  if (payloads.size() == 1) return tasks;
  return "{\"tasks\":[" + tasks + "]}";
}

std::optional<Enqueued> enqueued_in(std::string_view body) {
  const auto members = object_in(body);
  if (!members) return {};
  if (const auto task = task_id_in(member(*members, "id"))) return Enqueued{{*task}};
  const auto ids = json_elements(member(*members, "ids"));
  if (!ids) return {};
  Enqueued enqueued;
  for (const std::string_view id : *ids) {
    const auto task = task_id_in(id);
    if (!task) return {};
    enqueued.tasks.push_back(*task);
  }
  return enqueued;
}

std::optional<Leased> leased_in(std::string_view body) {
  const auto members = object_in(body);
  const auto tasks = members ? json_elements(member(*members, "tasks")) : std::nullopt;
  if (!tasks) return {};
  Leased leased;
  for (const std::string_view element : *tasks) {
    auto task = leased_task_in(element);
    if (!task) return {};
    leased.tasks.push_back(std::move(*task));
  }
  return leased;
}

std::optional<Counts> counts_in(std::string_view body) {
  const auto members = object_in(body);
  if (!members) return {};
  const auto pending = parse_number(member(*members, "pending"));
  const auto processing = parse_number(member(*members, "processing"));
  const auto completed = parse_number(member(*members, "completed"));
  const auto waiting = parse_number(member(*members, "waiting"));
  if (!pending || !processing || !completed || !waiting) return {};
  return Counts{*pending, *processing, *completed, *waiting};
}

std::optional<Refusal> reason_in(std::string_view problem) {
  const auto members = object_in(problem);
  const auto reason = members ? plain_string(member(*members, "reason")) : std::nullopt;
  if (!reason) return {};
  for (const auto& known : wire::description<Refusal>.values) {
    if (known.name == *reason) return known.value;
  }
  return {};
}

}  // namespace queue
