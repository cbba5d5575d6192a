// What is refused, and why. A refusal changes nothing.
#include <algorithm>

#include "names.hpp"
#include "queue.hpp"

namespace queue {

/// A task whose key is known takes no place: it is there already.
std::optional<Refusal> Queue::refusal_of(const Enqueue& command) const {
  if (!is_valid_name(command.queue, config_.max_name_bytes)) return Refusal::bad_name;
  if (command.tasks.empty() || command.tasks.size() > config_.max_batch) {
    return Refusal::bad_request;
  }
  std::uint64_t tasks = 0;
  std::uint64_t bytes = 0;
  std::uint64_t keys = 0;
  for (const NewTask& task : command.tasks) {
    if (const auto reason = refusal_of(task)) return reason;
    if (task_of_key(command.queue, task.key)) continue;
    ++tasks;
    bytes += stored_size(task.payload);
    if (!task.key.empty()) ++keys;
  }
  if (tasks == 0) return {};
  if (!room_) return Refusal::no_room;
  if (!queues_.contains(command.queue) && queues_.size() >= config_.max_queues) {
    return Refusal::too_many_queues;
  }
  if (!has_place_for(command.queue, tasks)) return Refusal::queue_full;
  if (stored_bytes_ + bytes > config_.max_stored_bytes) return Refusal::queue_full;
  if (keys_.size() + keys > config_.max_keys) return Refusal::too_many_keys;
  return {};
}

std::optional<Refusal> Queue::refusal_of(const NewTask& task) const {
  if (task.payload.size() > config_.max_payload_bytes) return Refusal::payload_too_large;
  if (task.delay_ms > config_.max_delay_ms) return Refusal::bad_request;
  if (task.max_attempts > config_.max_attempts) return Refusal::bad_request;
  if (!task.key.empty() && !is_valid_key(task.key, config_.max_key_bytes)) {
    return Refusal::bad_request;
  }
  return {};
}

std::optional<Refusal> Queue::refusal_of(const Lease& command) const {
  if (!is_valid_name(command.queue, config_.max_name_bytes)) return Refusal::bad_name;
  if (!is_valid_name(command.worker, config_.max_name_bytes)) return Refusal::bad_name;
  if (command.max == 0 || command.max > config_.max_batch) return Refusal::bad_request;
  if (command.visibility_ms == 0 || command.visibility_ms > config_.max_visibility_ms) {
    return Refusal::bad_request;
  }
  if (command.wait_ms > config_.max_wait_ms) return Refusal::bad_request;
  if (leases_left(command.worker) == 0) return Refusal::too_many_leases;
  return {};
}

/// The fence: only whoever holds the task now may end its lease or move that end.
std::optional<Refusal> Queue::refusal_of(const std::string& queue, const Holding& held) const {
  if (held.task.value == 0 || held.task >= next_task_) return Refusal::no_such_task;
  const auto found = tasks_.find(held.task);
  if (found == tasks_.end()) return Refusal::stale_lease;  // completed
  if (found->second.queue != queue) return Refusal::no_such_task;
  const Held* holder = std::get_if<Held>(&found->second.place);
  if (holder == nullptr || holder->token != held.lease) return Refusal::stale_lease;
  return {};
}

std::optional<Refusal> Queue::refusal_of(const SetQueue& command) const {
  const Settings& settings = command.settings;
  if (!is_valid_name(command.queue, config_.max_name_bytes)) return Refusal::bad_name;
  if (settings.max_length > config_.max_queue_length) return Refusal::bad_request;
  if (settings.max_attempts > config_.max_attempts) return Refusal::bad_request;
  if (!settings.dead_letters_to.empty()) {
    if (!is_valid_name(settings.dead_letters_to, config_.max_name_bytes)) return Refusal::bad_name;
    if (settings.dead_letters_to == command.queue) return Refusal::bad_request;
  }
  if (!room_) return Refusal::no_room;
  if (!queues_.contains(command.queue) && queues_.size() >= config_.max_queues) {
    return Refusal::too_many_queues;
  }
  return {};
}

std::optional<Refusal> Queue::refusal_of_dead(const std::string& queue, TaskId task) const {
  const auto found = tasks_.find(task);
  if (found == tasks_.end() || found->second.queue != queue) return Refusal::no_such_task;
  if (!std::holds_alternative<Failed>(found->second.place)) return Refusal::not_failed;
  return {};
}

std::uint32_t Queue::leases_left(const std::string& worker) const {
  const auto found = leases_of_.find(worker);
  const std::uint64_t held = found == leases_of_.end() ? 0 : found->second;
  const std::uint64_t of_worker =
      config_.max_leases_per_worker - std::min<std::uint64_t>(held, config_.max_leases_per_worker);
  const std::uint64_t of_all =
      config_.max_leases - std::min<std::uint64_t>(leases_, config_.max_leases);
  return static_cast<std::uint32_t>(std::min(of_worker, of_all));
}

bool Queue::has_place_for(const std::string& queue, std::uint64_t tasks) const {
  const auto found = queues_.find(queue);
  const std::uint64_t length = found == queues_.end() ? 0 : found->second.length();
  return length + tasks <= settings_of(queue).max_length;
}

/// A queue's dead letters may go to another queue, and those of that one back to the first. The
/// hops are counted, so that no task wanders for ever. One that cannot move stays where it is, a
/// dead letter: a full queue loses nothing.
bool Queue::may_move(const Task& task) const {
  const std::string to = settings_of(task.queue).dead_letters_to;
  if (to.empty() || task.hops >= config_.max_hops) return false;
  if (!queues_.contains(to) && queues_.size() >= config_.max_queues) return false;
  return has_place_for(to, 1);
}

}  // namespace queue
