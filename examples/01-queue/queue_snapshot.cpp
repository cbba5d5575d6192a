// Keeps the disk small: the log grows with every change, and a snapshot replaces it by a short
// history that leads to the same state.
//
// A snapshot is cut in one step, for then it is the state of one moment, and written in pieces of
// which each waits for the one before it, so that tasks are written in between.
#include <algorithm>
#include <iterator>

#include "core/overloaded.hpp"
#include "queue.hpp"

namespace queue {

namespace {

/// Leased so often, by nobody in particular.
TaskLeased attempts_of(TaskId id, std::uint32_t attempts) {
  TaskLeased leased;
  leased.task = id;
  leased.attempt = attempts;
  return leased;
}

/// How a task came to where it is, without the detours.
void tell(TaskId id, const Queue::Task& task, std::vector<Record>& history) {
  TaskEnqueued enqueued{id, task.queue,        task.payload, task.enqueued_at,
                        0,  task.max_attempts, task.hops};
  const Queue::Delayed* delayed = std::get_if<Queue::Delayed>(&task.place);
  if (delayed != nullptr && task.attempts == 0) enqueued.delay_ms = delayed->period.ms;
  history.push_back(std::move(enqueued));
  if (task.attempts == 0) return;
  std::visit(core::Overloaded{
                 [&](const Queue::Available&) {
                   history.push_back(attempts_of(id, task.attempts));
                   history.push_back(TaskReturned{id, ReturnReason::nacked, {}, 0});
                 },
                 [&](const Queue::Delayed& pause) {
                   history.push_back(attempts_of(id, task.attempts));
                   history.push_back(
                       TaskReturned{id, ReturnReason::nacked, pause.period.since, pause.period.ms});
                 },
                 [&](const Queue::Held& held) {
                   history.push_back(TaskLeased{id, held.token, held.worker, task.attempts,
                                                held.period.since, held.period.ms});
                 },
                 [&](const Queue::Failed& failed) {
                   history.push_back(attempts_of(id, task.attempts));
                   history.push_back(TaskFailed{id, failed.reason, failed.at});
                 },
             },
             task.place);
}

void tell(TaskId id, const Queue::Completed& completed, std::vector<Record>& history) {
  history.push_back(
      TaskEnqueued{id, completed.queue, {}, completed.enqueued_at, 0, completed.max_attempts, 0});
  history.push_back(attempts_of(id, completed.attempts));
  history.push_back(TaskCompleted{id, completed.at});
}

/// About what it takes in a chunk.
std::uint64_t written_size(const Record& record) {
  const TaskEnqueued* enqueued = std::get_if<TaskEnqueued>(&record);
  return enqueued != nullptr ? stored_size(enqueued->payload) : 0;
}

}  // namespace

/// When the log is longer than what is live, by a piece that does not depend on it: so what is
/// written twice is bounded, and so is the disk. On a full disk a snapshot frees space, if there is
/// still enough for the snapshot itself.
bool Queue::snapshot_is_due() const {
  if (snapshot_) return false;
  const std::uint64_t live = stored_bytes_ + 64 * (keys_.size() + completed_.size());
  if (!room_ && live > config_.snapshot_bytes) return false;
  return log_bytes_ >= config_.snapshot_bytes + live;
}

void Queue::begin_snapshot(Ready& ready) {
  snapshot_ = Snapshot{short_history(), 0, last_write_};
  log_bytes_ = 0;
  core::Write<Protocol> begin;
  begin.lane = core::Lane::bulk;
  begin.seq = core::WriteSeq{++last_bulk_write_.value};
  begin.kind = core::WriteKind::begin;
  ready.writes.push_back(std::move(begin));
}

/// The next piece, or, behind the last of them, the commit.
void Queue::write_chunk(Ready& ready) {
  std::vector<Record>& records = snapshot_->records;
  core::Write<Protocol> write;
  write.lane = core::Lane::bulk;
  write.seq = core::WriteSeq{++last_bulk_write_.value};
  write.kind = core::WriteKind::chunk;
  for (std::uint64_t bytes = 0; snapshot_->written < records.size() && bytes < config_.chunk_bytes;
       ++snapshot_->written) {
    bytes += written_size(records[snapshot_->written]);
    write.records.push_back(std::move(records[snapshot_->written]));
  }
  if (write.records.empty()) {
    write.kind = core::WriteKind::commit;
    write.covers = snapshot_->covers;
    snapshot_.reset();
  }
  ready.writes.push_back(std::move(write));
}

std::vector<Record> Queue::short_history() const {
  std::vector<Record> history;
  for (const auto& [name, queue] : queues_) history.push_back(QueueSet{name, queue.settings});
  auto done = completed_.begin();
  for (const auto& [id, task] : tasks_) {
    for (; done != completed_.end() && done->first < id; ++done)
      tell(done->first, done->second, history);
    tell(id, task, history);
  }
  for (; done != completed_.end(); ++done) tell(done->first, done->second, history);
  history.insert(history.end(), keys_by_age_.begin(), keys_by_age_.end());
  for (const auto& [name, queue] : queues_) {
    history.push_back(QueueCounted{name, queue.completed, queue.dropped});
  }
  history.push_back(TasksNumbered{next_task_});
  return history;
}

}  // namespace queue
