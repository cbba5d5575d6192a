#include "queue_ledger.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <tuple>

#include "core/digest.hpp"
#include "core/overloaded.hpp"
#include "messages_wire.hpp"
#include "wire/wire.hpp"

namespace queue {

Ledger::Ledger(const Config& config)
    : default_settings_{config.max_queue_length, config.default_attempts, ""},
      keep_completed_(config.keep_completed) {}

// ---- What is written ----------------------------------------------------------------------------

void Ledger::take(const core::Now& now, const Record& record) {
  std::visit(core::Overloaded{
                 [&](const QueueSet& set) { queue_named(set.queue).settings = set.settings; },
                 [&](const TaskEnqueued& enqueued) { enqueue(now, enqueued); },
                 [&](const KeyUsed& used) { keys_.push_back(used); },
                 [&](const KeysForgotten& forgotten) {
                   const std::uint64_t count =
                       std::min<std::uint64_t>(forgotten.count, keys_.size());
                   keys_.erase(keys_.begin(), keys_.begin() + static_cast<std::int64_t>(count));
                 },
                 [&](const TaskLeased& leased) {
                   Task& task = tasks_[leased.task];
                   start_over(task.info);
                   task.info.state = TaskState::processing;
                   ++task.info.attempts;
                   task.info.worker = leased.worker;
                   task.info.expires_at = begin(now, leased.at, leased.visibility_ms, task);
                 },
                 [&](const LeaseExtended& extended) {
                   Task& task = tasks_[extended.task];
                   task.info.expires_at = begin(now, extended.at, extended.visibility_ms, task);
                 },
                 [&](const TaskReturned& returned) {
                   Task& task = tasks_[returned.task];
                   start_over(task.info);
                   task.info.not_before = begin(now, returned.at, returned.delay_ms, task);
                 },
                 [&](const TaskCompleted& completed) { complete(completed); },
                 [&](const TaskFailed& failed) {
                   TaskInfo& info = tasks_[failed.task].info;
                   start_over(info);
                   info.state = TaskState::failed;
                   info.ended_at = failed.at;
                   info.reason = failed.reason;
                 },
                 [&](const TaskMoved& moved) { move(moved); },
                 [&](const TaskRetried& retried) {
                   TaskInfo& info = tasks_[retried.task].info;
                   start_over(info);
                   info.attempts = 0;
                 },
                 [&](const TaskDropped& dropped) {
                   ++queue_named(tasks_[dropped.task].info.queue).dropped;
                   tasks_.erase(dropped.task);
                 },
                 [](const QueueCounted&) {},   // only in snapshots
                 [](const TasksNumbered&) {},  // the same
             },
             record);
}

void Ledger::enqueue(const core::Now& now, const TaskEnqueued& record) {
  queue_named(record.queue);
  next_task_ = TaskId{record.task.value + 1};
  Task& task = tasks_[record.task];
  task.info.task = record.task;
  task.info.queue = record.queue;
  task.info.max_attempts = record.max_attempts;
  task.info.enqueued_at = record.at;
  task.info.payload = record.payload;
  task.info.not_before = begin(now, record.at, record.delay_ms, task);
}

void Ledger::complete(const TaskCompleted& record) {
  TaskInfo& done = completed_[record.task];
  done = tasks_[record.task].info;
  start_over(done);
  done.state = TaskState::completed;
  done.ended_at = record.at;
  done.payload = {};
  ++queue_named(done.queue).completed;
  tasks_.erase(record.task);
  if (completed_.size() > keep_completed_) completed_.erase(completed_.begin());
}

void Ledger::move(const TaskMoved& record) {
  queue_named(record.to);
  TaskInfo& info = tasks_[record.task].info;
  start_over(info);
  info.queue = record.to;
  info.attempts = 0;
}

/// Nothing is known of it but what is known of every task.
void Ledger::start_over(TaskInfo& info) {
  info.state = TaskState::pending;
  info.not_before.reset();
  info.expires_at.reset();
  info.worker.reset();
  info.ended_at.reset();
  info.reason.reset();
}

/// The end, by the wall clock.
core::UnixTime Ledger::begin(const core::Now& now, core::UnixTime at, std::uint32_t ms,
                             Task& task) {
  task.whole = std::chrono::milliseconds(ms);
  task.until = now.mono + task.whole;
  return at + task.whole;
}

Ledger::TaskQueue& Ledger::queue_named(const std::string& name) {
  return queues_.try_emplace(name, TaskQueue{default_settings_, 0, 0}).first->second;
}

/// The new process has its own monotonic clock: what is left of a lease or a delay is judged by the
/// wall clock, which may have jumped. That a delay is over is not written down. If the clock fell
/// back, a broker that reads its log waits once more, and one that reads a snapshot does not.
void Ledger::restart(core::Instant last, const Queue& broker) {
  const core::Now& now = broker.now();
  for (auto& [id, task] : tasks_) {
    std::optional<core::UnixTime>& delayed = task.info.not_before;
    if (!delayed && !task.info.expires_at) continue;
    const auto there = broker.tasks().find(id);
    const bool forgotten = there != broker.tasks().end() &&
                           std::holds_alternative<Queue::Available>(there->second.place);
    if (delayed && task.until <= last && forgotten) delayed.reset();
    const core::UnixTime end = delayed.value_or(task.info.expires_at.value_or(now.wall));
    task.until = now.mono + std::clamp(end - now.wall, core::Duration(0), task.whole);
  }
}

// ---- What is told -------------------------------------------------------------------------------

TaskInfo Ledger::told(core::Instant now, const Task& task) {
  TaskInfo info = task.info;
  if (task.until <= now) info.not_before.reset();
  return info;
}

std::optional<TaskInfo> Ledger::task(core::Instant now, const std::string& queue, TaskId id) const {
  const auto live = tasks_.find(id);
  if (live != tasks_.end() && live->second.info.queue == queue) return told(now, live->second);
  const auto done = completed_.find(id);
  if (done != completed_.end() && done->second.queue == queue) return done->second;
  return {};
}

Counts Ledger::counts(const core::Now& now, const std::string& name, const TaskQueue& queue) const {
  Counts counts;
  std::optional<core::UnixTime> oldest;  // of those that are to be had
  for (const auto& [id, task] : tasks_) {
    if (task.info.queue != name) continue;
    if (task.info.state == TaskState::processing) ++counts.processing;
    if (task.info.state == TaskState::failed) ++counts.failed;
    if (task.info.state != TaskState::pending) continue;
    ++counts.pending;
    if (told(now.mono, task).not_before) {
      ++counts.delayed;
    } else if (!oldest) {
      oldest = task.info.enqueued_at;
    }
  }
  counts.completed = queue.completed;
  counts.dropped = queue.dropped;
  if (oldest && *oldest < now.wall) {
    counts.oldest_ms =
        static_cast<std::uint64_t>((now.wall - *oldest) / std::chrono::milliseconds(1));
  }
  return counts;
}

std::optional<QueueInfo> Ledger::queue(const core::Now& now, const std::string& name) const {
  const auto found = queues_.find(name);
  if (found == queues_.end()) return {};
  return QueueInfo{name, found->second.settings, counts(now, name, found->second)};
}

std::vector<QueueInfo> Ledger::queues(const core::Now& now) const {
  std::vector<QueueInfo> infos;
  for (const auto& [name, queue] : queues_) {
    infos.push_back({name, queue.settings, counts(now, name, queue)});
  }
  return infos;
}

std::vector<TaskInfo> Ledger::dead_letters(const std::string& queue, TaskId after) const {
  std::vector<TaskInfo> letters;
  for (const auto& [id, task] : tasks_) {
    const bool failed = task.info.state == TaskState::failed;
    if (failed && task.info.queue == queue && id > after) letters.push_back(task.info);
  }
  return letters;
}

/// Those that are held, then those that are delayed, both by when that ends; then the others.
std::vector<TaskInfo> Ledger::first_tasks(core::Instant now, std::size_t most) const {
  std::set<std::tuple<int, core::Instant, TaskId>> order;
  for (const auto& [id, task] : tasks_) {
    const TaskInfo info = told(now, task);
    if (info.expires_at) {
      order.insert({1, task.until, id});
    } else if (info.not_before) {
      order.insert({2, task.until, id});
    } else {
      order.insert({3, {}, id});
    }
  }
  std::vector<TaskInfo> infos;
  for (const auto& [group, until, id] : order) {
    if (infos.size() == most) break;
    infos.push_back(told(now, tasks_.at(id)));
  }
  return infos;
}

// ---- What is decided by it ----------------------------------------------------------------------

std::size_t Ledger::keys_until(core::UnixTime latest) const {
  const auto later =
      std::ranges::find_if(keys_, [&](const KeyUsed& key) { return key.at > latest; });
  return static_cast<std::size_t>(later - keys_.begin());
}

std::optional<TaskId> Ledger::task_of_key(const std::string& queue, const std::string& key,
                                          std::size_t forgotten) const {
  for (std::size_t at = forgotten; at < keys_.size(); ++at) {
    if (keys_[at].queue == queue && keys_[at].key == key) return keys_[at].task;
  }
  return {};
}

/// Tasks that are not completed, dead letters included.
std::uint64_t Ledger::length(const std::string& queue) const {
  const auto here = [&](const auto& entry) { return entry.second.info.queue == queue; };
  return static_cast<std::uint64_t>(std::ranges::count_if(tasks_, here));
}

Settings Ledger::settings_of(const std::string& queue) const {
  const auto found = queues_.find(queue);
  return found == queues_.end() ? default_settings_ : found->second.settings;
}

std::uint64_t Ledger::digest() const {
  core::Digest digest;
  for (const auto& [id, task] : tasks_) {
    digest.add(wire::encode(task.info)).add(task.until);
    digest.add(static_cast<std::uint64_t>(task.whole.count()));
  }
  for (const auto& [id, info] : completed_) digest.add(wire::encode(info));
  for (const auto& [name, queue] : queues_) {
    digest.add(name).add(wire::encode(queue.settings)).add(queue.completed).add(queue.dropped);
  }
  for (const KeyUsed& key : keys_) digest.add(wire::encode(key));
  return digest.add(next_task_).value();
}

}  // namespace queue
