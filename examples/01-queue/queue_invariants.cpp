// What must hold after every step. A violation is a bug in queue.cpp, whatever clients and disks
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
    if (task == tasks_.end()) continue;  // completed in the same step
    if (const auto violation = check_task(task->first, task->second)) return violation;
  }
  if (!full) return {};
  for (const auto& [id, task] : tasks_) {
    if (const auto violation = check_task(id, task)) return violation;
  }
  if (const auto violation = check_queues()) return violation;
  if (const auto violation = check_waiting()) return violation;
  return check_replies();
}

/// A task is either pending or held by exactly one lease, which will end.
core::Violation Queue::check_task(TaskId id, const Task& task) const {
  if (id >= next_task_) return words("task", id, "has an id that was not given yet");
  if (!queues_.contains(task.queue)) return words("task", id, "is in no queue");
  if (!task.lease) return {};
  if (!expiries_.contains({task.lease->expires_at, id})) {
    return words("the lease of task", id, "would never expire");
  }
  if (!leases_of_.contains(task.lease->worker)) {
    return words("the lease of task", id, "is not counted for its worker");
  }
  if (task.lease->token.incarnation > incarnation_) {
    return words("task", id, "is held under a token of the future");
  }
  if (task.attempts == 0) return words("task", id, "is leased for the 0th time");
  return {};
}

core::Violation Queue::check_totals() const {
  if (!expiries_.empty() && expiries_.begin()->first <= now_.mono) {
    return words("the lease of task", expiries_.begin()->second, "has outlived its time");
  }
  if (persisted_ > last_write_) return "more is durable than was written";
  if (expiries_.size() > tasks_.size()) return "there are more leases than tasks";
  if (waiting_.size() > config_.max_waiting) return "too many lease requests wait";
  if (queues_.size() > config_.max_queues) return "there are too many queues";
  if (stored_bytes_ > config_.max_stored_bytes) return "the payloads take too many bytes";
  return {};
}

/// Every task is counted once, in the place where it is.
core::Violation Queue::check_queues() const {
  std::map<std::string, std::uint64_t> processing;
  std::map<std::string, std::uint32_t> leases_of;
  std::set<LeaseToken> tokens;
  std::uint64_t stored_bytes = 0;
  for (const auto& [id, task] : tasks_) {
    stored_bytes += task.payload.size();
    if (!task.lease) continue;
    ++processing[task.queue];
    ++leases_of[task.lease->worker];
    if (!tokens.insert(task.lease->token).second) return words("task", id, "shares its token");
  }
  if (stored_bytes != stored_bytes_) return "the payloads' bytes are not what was counted";
  if (leases_of != leases_of_) return "the workers' leases are not what was counted";
  if (tokens.size() != expiries_.size()) return "the leases are not those that will expire";
  for (const auto& [worker, count] : leases_of) {
    if (count > config_.max_leases_per_worker) return "worker " + worker + " holds too many tasks";
  }

  std::set<TaskId> pending;
  for (const auto& [name, queue] : queues_) {
    for (const TaskId id : queue.pending) {
      const auto task = tasks_.find(id);
      if (task == tasks_.end()) return words("task", id, "is pending and completed");
      if (task->second.queue != name) return words("task", id, "is pending in another queue");
      if (task->second.lease) return words("task", id, "is pending and processing");
      if (!pending.insert(id).second) return words("task", id, "is pending twice");
    }
    if (queue.processing != processing[name]) return "queue " + name + " miscounts its leases";
    if (queue.pending.size() + queue.processing > config_.max_queue_length) {
      return "queue " + name + " is too long";
    }
  }
  if (pending.size() + tokens.size() != tasks_.size()) return "a task is neither here nor there";
  return {};
}

/// Nobody waits for a task that lies there.
core::Violation Queue::check_waiting() const {
  for (const Waiting& wait : waiting_) {
    if (wait.until <= now_.mono) return "worker " + wait.command.worker + " waits for too long";
    const auto queue = queues_.find(wait.command.queue);
    if (queue == queues_.end() || queue->second.pending.empty()) continue;
    if (leases_left(wait.command.worker) == 0) continue;
    return "worker " + wait.command.worker + " waits beside a pending task";
  }
  return {};
}

/// An answer is held only for a write that is not durable yet.
core::Violation Queue::check_replies() const {
  core::WriteSeq before = persisted_;
  for (const HeldReply& held : held_) {
    if (held.after <= persisted_) return "an answer waits for a write that is durable";
    if (held.after < before) return "answers wait in another order than their writes";
    if (held.after > last_write_) return "an answer waits for a write that was not made";
    before = held.after;
  }
  return {};
}

}  // namespace queue
