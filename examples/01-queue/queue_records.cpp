// What the records say: the only functions that change tasks. A handler calls them through
// change(), a restart calls them for all that stands on disk.
#include <algorithm>
#include <chrono>

#include "core/overloaded.hpp"
#include "core/require.hpp"
#include "queue.hpp"

namespace queue {

namespace {

/// A period goes on over a restart for what is left of it by the wall clock. That clock may have
/// jumped: what is left is at least nothing and at most the whole.
Queue::Period period_of(const core::Now& now, core::UnixTime since, std::uint32_t ms) {
  const core::Duration whole = std::chrono::milliseconds(ms);
  const core::Duration left = std::clamp(since + whole - now.wall, core::Duration(0), whole);
  return {since, ms, now.mono + left};
}

Queue::Place delayed_by(const core::Now& now, core::UnixTime since, std::uint32_t ms) {
  if (ms == 0) return Queue::Available{};
  return Queue::Delayed{period_of(now, since, ms)};
}

/// About what the record takes in the log.
std::uint64_t logged_size(const Record& record) {
  constexpr std::uint64_t most_records = 64;
  const TaskEnqueued* enqueued = std::get_if<TaskEnqueued>(&record);
  return most_records + (enqueued != nullptr ? enqueued->payload.size() : 0);
}

}  // namespace

std::uint64_t stored_size(const core::Bytes& payload) {
  constexpr std::uint64_t beside_the_payload = 256;
  return beside_the_payload + payload.size();
}

void Queue::apply(const core::Now& now, const Record& record) {
  log_bytes_ += logged_size(record);
  std::visit([&](const auto& one) { apply_one(now, one); }, record);
}

// ---- Queues and keys ----------------------------------------------------------------------------

void Queue::apply_one(const core::Now&, const QueueSet& record) {
  make_queue(record.queue).settings = record.settings;
}

void Queue::apply_one(const core::Now&, const QueueCounted& record) {
  TaskQueue& queue = make_queue(record.queue);
  queue.completed = record.completed;
  queue.dropped = record.dropped;
}

Queue::TaskQueue& Queue::make_queue(const std::string& name) {
  const auto [found, is_new] = queues_.try_emplace(name);
  if (is_new) found->second.settings = default_settings();
  return found->second;
}

void Queue::apply_one(const core::Now&, const KeyUsed& record) {
  const bool is_new = keys_.insert({{record.queue, record.key}, record.task}).second;
  core::require(is_new, "a key is used once");
  keys_by_age_.push_back(record);
}

void Queue::apply_one(const core::Now&, const KeysForgotten& record) {
  core::require(record.count <= keys_by_age_.size(), "no more keys are forgotten than there are");
  for (std::uint64_t i = 0; i < record.count; ++i) {
    keys_.erase({keys_by_age_.front().queue, keys_by_age_.front().key});
    keys_by_age_.pop_front();
  }
}

// ---- Tasks --------------------------------------------------------------------------------------

void Queue::apply_one(const core::Now& now, const TaskEnqueued& record) {
  core::require(record.task >= next_task_, "task ids count up");
  next_task_ = TaskId{record.task.value + 1};
  make_queue(record.queue);
  Task& task = tasks_[record.task];
  task.queue = record.queue;
  task.payload = record.payload;
  task.enqueued_at = record.at;
  task.max_attempts = record.max_attempts;
  task.hops = record.hops;
  task.place = delayed_by(now, record.at, record.delay_ms);
  stored_bytes_ += stored_size(task.payload);
  enter(record.task, task);
}

/// It was available. After a jump of the wall clock a restart may see it delayed; what has happened
/// has happened.
void Queue::apply_one(const core::Now& now, const TaskLeased& record) {
  Task& task = tasks_.at(record.task);
  core::require(!std::holds_alternative<Held>(task.place), "one worker at a time holds a task");
  core::require(!std::holds_alternative<Failed>(task.place), "no worker gets a dead letter");
  task.attempts = record.attempt;
  put(record.task, task,
      Held{record.lease, record.worker, period_of(now, record.at, record.visibility_ms)});
}

void Queue::apply_one(const core::Now& now, const LeaseExtended& record) {
  Task& task = tasks_.at(record.task);
  Held held = std::get<Held>(task.place);
  held.period = period_of(now, record.at, record.visibility_ms);
  put(record.task, task, held);
}

void Queue::apply_one(const core::Now& now, const TaskReturned& record) {
  Task& task = tasks_.at(record.task);
  core::require(std::holds_alternative<Held>(task.place), "only a held task is returned");
  put(record.task, task, delayed_by(now, record.at, record.delay_ms));
}

void Queue::apply_one(const core::Now&, const TaskCompleted& record) {
  const Task task = take_out(record.task);
  core::require(std::holds_alternative<Held>(task.place), "only a held task is completed");
  ++queues_.at(task.queue).completed;
  completed_[record.task] =
      Completed{task.queue, task.enqueued_at, task.max_attempts, task.attempts, record.at};
  if (completed_.size() > config_.keep_completed) completed_.erase(completed_.begin());
}

void Queue::apply_one(const core::Now&, const TaskFailed& record) {
  Task& task = tasks_.at(record.task);
  core::require(std::holds_alternative<Held>(task.place), "only a held task fails");
  put(record.task, task, Failed{record.reason, record.at});
}

/// In one record, and so in one write: it is never in neither queue, and never in both.
void Queue::apply_one(const core::Now&, const TaskMoved& record) {
  Task& task = tasks_.at(record.task);
  core::require(std::holds_alternative<Held>(task.place), "only a held task is moved");
  leave(record.task, task);
  make_queue(record.to);
  task.queue = record.to;
  task.attempts = 0;
  ++task.hops;
  task.place = Available{};
  enter(record.task, task);
}

void Queue::apply_one(const core::Now&, const TaskRetried& record) {
  Task& task = tasks_.at(record.task);
  core::require(std::holds_alternative<Failed>(task.place), "only a dead letter is retried");
  task.attempts = 0;
  task.hops = 0;
  put(record.task, task, Available{});
}

void Queue::apply_one(const core::Now&, const TaskDropped& record) {
  const Task task = take_out(record.task);
  core::require(std::holds_alternative<Failed>(task.place), "only a dead letter is dropped");
  ++queues_.at(task.queue).dropped;
}

void Queue::apply_one(const core::Now&, const TasksNumbered& record) { next_task_ = record.next; }

// ---- A task's place -----------------------------------------------------------------------------

void Queue::put(TaskId id, Task& task, Place place) {
  leave(id, task);
  task.place = std::move(place);
  enter(id, task);
}

void Queue::enter(TaskId id, const Task& task) {
  touched_.push_back(id);
  TaskQueue& queue = queues_.at(task.queue);
  std::visit(core::Overloaded{
                 [&](const Available&) { queue.available.insert(id); },
                 [&](const Delayed& delayed) {
                   ++queue.delayed;
                   deadlines_.insert({delayed.period.until, id});
                 },
                 [&](const Held& held) {
                   ++queue.held;
                   ++leases_;
                   ++leases_of_[held.worker];
                   deadlines_.insert({held.period.until, id});
                 },
                 [&](const Failed&) { queue.failed.insert(id); },
             },
             task.place);
}

void Queue::leave(TaskId id, const Task& task) {
  TaskQueue& queue = queues_.at(task.queue);
  std::visit(core::Overloaded{
                 [&](const Available&) { queue.available.erase(id); },
                 [&](const Delayed& delayed) {
                   --queue.delayed;
                   deadlines_.erase({delayed.period.until, id});
                 },
                 [&](const Held& held) {
                   --queue.held;
                   --leases_;
                   const auto worker = leases_of_.find(held.worker);
                   if (--worker->second == 0) leases_of_.erase(worker);
                   deadlines_.erase({held.period.until, id});
                 },
                 [&](const Failed&) { queue.failed.erase(id); },
             },
             task.place);
}

Queue::Task Queue::take_out(TaskId id) {
  const auto found = tasks_.find(id);
  core::require(found != tasks_.end(), "only a task that is there is completed or dropped");
  Task task = std::move(found->second);
  leave(id, task);
  tasks_.erase(found);
  stored_bytes_ -= stored_size(task.payload);
  return task;
}

}  // namespace queue
