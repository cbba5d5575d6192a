// What must hold after every step. A violation is a bug in the core, whatever clients and disks
// did.
#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "queue.hpp"

namespace queue {

namespace {

std::string words(const char* before, TaskId id, const char* after) {
  return std::string(before) + " " + std::to_string(id.value) + " " + after;
}

}  // namespace

core::Violation Queue::check_invariants(bool full) const {
  if (const auto violation = check_totals()) return violation;
  for (const TaskId id : touched_) {
    const auto task = tasks_.find(id);
    if (task == tasks_.end()) continue;  // completed or dropped in the same step
    if (const auto violation = check_task(task->first, task->second)) return violation;
  }
  // A step moves a task three times at the most, and the one that it drops, once. Only a start may
  // move more.
  if (next_lease_ > 1 && touched_.size() > 3 * tasks_.size() + 1) {
    return "a step remembers the tasks of those before it";
  }
  if (!full) return {};
  for (const auto& [id, task] : tasks_) {
    if (const auto violation = check_task(id, task)) return violation;
  }
  if (const auto violation = check_places()) return violation;
  if (const auto violation = check_queues()) return violation;
  if (const auto violation = check_keys()) return violation;
  if (const auto violation = check_waiting()) return violation;
  return check_replies();
}

core::Violation Queue::check_task(TaskId id, const Task& task) const {
  if (id >= next_task_) return words("task", id, "has an id that was not given yet");
  if (completed_.contains(id)) return words("task", id, "is completed, and here");
  if (!queues_.contains(task.queue)) return words("task", id, "is in no queue");
  if (task.max_attempts == 0) return words("task", id, "may not be tried at all");
  if (task.attempts > task.max_attempts) return words("task", id, "was tried too often");
  if (task.hops > config_.max_hops) return words("task", id, "has changed its queue too often");
  const bool is_last = task.attempts == task.max_attempts;
  const bool is_first = task.attempts == 0;
  if (const Held* held = std::get_if<Held>(&task.place)) {
    if (is_first) return words("task", id, "is leased for the 0th time");
    if (held->token.incarnation > incarnation_) {
      return words("task", id, "is held under a token of the future");
    }
    if (!deadlines_.contains({held->period.until, id})) {
      return words("the lease of task", id, "would never expire");
    }
    return {};
  }
  if (const Delayed* delayed = std::get_if<Delayed>(&task.place)) {
    if (is_last) return words("task", id, "waits for an attempt that it does not have");
    if (!deadlines_.contains({delayed->period.until, id})) {
      return words("the delay of task", id, "would never end");
    }
    return {};
  }
  if (std::holds_alternative<Failed>(task.place)) {
    if (!is_last) return words("task", id, "failed before its last attempt");
    return {};
  }
  if (is_last) return words("task", id, "is to be had, and has no attempt left");
  return {};
}

/// Every task that ever was is live, failed, completed or dropped.
core::Violation Queue::check_totals() const {
  if (!deadlines_.empty() && deadlines_.begin()->first <= now_.mono) {
    return words("the deadline of task", deadlines_.begin()->second, "has passed unseen");
  }
  std::uint64_t total = 0;
  for (const auto& [name, queue] : queues_) {
    total += queue.length() + queue.completed + queue.dropped;
  }
  if (total != next_task_.value - 1) return "tasks have come from nowhere, or gone there";
  if (persisted_ > last_write_) return "more is durable than was written";
  if (waiting_.size() > config_.max_waiting) return "too many lease requests wait";
  if (queues_.size() > config_.max_queues) return "there are too many queues";
  if (stored_bytes_ > config_.max_stored_bytes) return "the tasks take too many bytes";
  if (leases_ > config_.max_leases) return "too many tasks are held";
  if (keys_.size() > config_.max_keys) return "too many keys are remembered";
  if (completed_.size() > config_.keep_completed) return "too many completed tasks are kept";
  return {};
}

/// Each task is where it says that it is, and nowhere else.
core::Violation Queue::check_places() const {
  std::map<std::string, TaskQueue> found;
  std::map<std::string, std::uint32_t> leases_of;
  std::set<LeaseToken> tokens;
  std::set<std::pair<core::Instant, TaskId>> deadlines;
  std::uint64_t stored_bytes = 0;
  for (const auto& [id, task] : tasks_) {
    stored_bytes += stored_size(task.payload);
    TaskQueue& queue = found[task.queue];
    if (std::holds_alternative<Available>(task.place)) queue.available.insert(id);
    if (std::holds_alternative<Failed>(task.place)) queue.failed.insert(id);
    if (const Delayed* delayed = std::get_if<Delayed>(&task.place)) {
      ++queue.delayed;
      deadlines.insert({delayed->period.until, id});
    }
    if (const Held* held = std::get_if<Held>(&task.place)) {
      ++queue.held;
      ++leases_of[held->worker];
      deadlines.insert({held->period.until, id});
      if (!tokens.insert(held->token).second) return words("task", id, "shares its token");
    }
  }
  for (const auto& [name, queue] : queues_) {
    const TaskQueue& there = found[name];
    if (queue.available != there.available) return "queue " + name + " has others to give";
    if (queue.failed != there.failed) return "queue " + name + " has other dead letters";
    if (queue.delayed != there.delayed) return "queue " + name + " miscounts its delayed tasks";
    if (queue.held != there.held) return "queue " + name + " miscounts its leases";
  }
  if (stored_bytes != stored_bytes_) return "the tasks' bytes are not what was counted";
  if (leases_of != leases_of_) return "the workers' leases are not what was counted";
  if (tokens.size() != leases_) return "the leases are not what was counted";
  if (deadlines != deadlines_) return "the deadlines are not those of leases and delays";
  return {};
}

core::Violation Queue::check_queues() const {
  for (const auto& [name, queue] : queues_) {
    const Settings& settings = queue.settings;
    if (queue.length() > config_.max_queue_length) return "queue " + name + " is too long";
    if (settings.max_length == 0 || settings.max_length > config_.max_queue_length) {
      return "queue " + name + " has a limit that cannot be";
    }
    if (settings.max_attempts == 0 || settings.max_attempts > config_.max_attempts) {
      return "queue " + name + " allows a number of attempts that cannot be";
    }
    if (settings.dead_letters_to == name) return "queue " + name + " sends itself dead letters";
  }
  for (const auto& [worker, count] : leases_of_) {
    if (count > config_.max_leases_per_worker) return "worker " + worker + " holds too many tasks";
  }
  return {};
}

core::Violation Queue::check_keys() const {
  if (keys_by_age_.size() != keys_.size()) return "keys are remembered twice, or not in order";
  for (const auto& [name, task] : keys_) {
    if (task >= next_task_) return words("task", task, "has a key and was not enqueued");
  }
  return {};
}

/// Nobody waits for a task that lies there.
core::Violation Queue::check_waiting() const {
  for (const Waiting& wait : waiting_) {
    if (wait.until <= now_.mono) return "worker " + wait.command.worker + " waits for too long";
    const auto queue = queues_.find(wait.command.queue);
    if (queue == queues_.end() || queue->second.available.empty()) continue;
    if (leases_left(wait.command.worker) == 0) continue;
    return "worker " + wait.command.worker + " waits beside a task to be had";
  }
  return {};
}

/// An answer is held only for a write that is not durable yet.
core::Violation Queue::check_replies() const {
  core::WriteSeq before = persisted_;
  for (const HeldReply& held : held_replies_) {
    if (held.after <= persisted_) return "an answer waits for a write that is durable";
    if (held.after < before) return "answers wait in another order than their writes";
    if (held.after > last_write_) return "an answer waits for a write that was not made";
    before = held.after;
  }
  return {};
}

}  // namespace queue
