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

namespace {

bool is_delayed(core::Instant now, const Ledger::Task& task) {
  return task.info.not_before && now < task.until;
}

bool is_held(const Ledger::Task& task) { return task.info.state == TaskState::processing; }

}  // namespace

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
                 [&](const TaskLeased& leased) { lease(now, leased); },
                 [&](const LeaseExtended& extended) {
                   Task& task = tasks_[extended.task];
                   task.info.expires_at = begin(now, extended.at, extended.visibility_ms, task);
                 },
                 [&](const TaskReturned& returned) {
                   Task& task = tasks_[returned.task];
                   start_over(task);
                   delay(now, returned.at, returned.delay_ms, task);
                 },
                 [&](const TaskCompleted& completed) { complete(completed); },
                 [&](const TaskFailed& failed) {
                   Task& task = tasks_[failed.task];
                   start_over(task);
                   task.info.state = TaskState::failed;
                   task.info.ended_at = failed.at;
                   task.info.reason = failed.reason;
                 },
                 [&](const TaskMoved& moved) { move(moved); },
                 [&](const TaskRetried& retried) {
                   Task& task = tasks_[retried.task];
                   start_over(task);
                   task.info.attempts = 0;
                   task.hops = 0;
                 },
                 [&](const TaskDropped& dropped) { drop(dropped); },
                 [&](const QueueCounted& counted) {
                   TaskQueue& queue = queue_named(counted.queue);
                   queue.completed = counted.completed;
                   queue.dropped = counted.dropped;
                 },
                 [&](const TasksNumbered& numbered) { next_task_ = numbered.next; },
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
  task.hops = record.hops;
  delay(now, record.at, record.delay_ms, task);
  stored_bytes_ += stored_size(record.payload);
}

void Ledger::lease(const core::Now& now, const TaskLeased& record) {
  Task& task = tasks_[record.task];
  start_over(task);
  ++leases_;
  task.info.state = TaskState::processing;
  task.info.attempts = record.attempt;
  task.info.worker = record.worker;
  task.info.expires_at = begin(now, record.at, record.visibility_ms, task);
  task.token = record.lease;
}

void Ledger::complete(const TaskCompleted& record) {
  Task& task = tasks_[record.task];
  start_over(task);
  stored_bytes_ -= stored_size(task.info.payload);
  TaskInfo& done = completed_[record.task];
  done = task.info;
  done.state = TaskState::completed;
  done.ended_at = record.at;
  done.payload = {};
  ++queue_named(done.queue).completed;
  tasks_.erase(record.task);
  if (completed_.size() > keep_completed_) completed_.erase(completed_.begin());
}

void Ledger::drop(const TaskDropped& record) {
  const TaskInfo& info = tasks_[record.task].info;
  ++queue_named(info.queue).dropped;
  stored_bytes_ -= stored_size(info.payload);
  tasks_.erase(record.task);
}

void Ledger::move(const TaskMoved& record) {
  queue_named(record.to);
  Task& task = tasks_[record.task];
  start_over(task);
  task.info.queue = record.to;
  task.info.attempts = 0;
  ++task.hops;
}

/// Nothing is known of it but what is known of every task.
void Ledger::start_over(Task& task) {
  if (task.info.state == TaskState::processing) --leases_;
  task.info.state = TaskState::pending;
  task.info.not_before.reset();
  task.info.expires_at.reset();
  task.info.worker.reset();
  task.info.ended_at.reset();
  task.info.reason.reset();
  task.token = {};
}

/// The end, by the wall clock.
core::UnixTime Ledger::begin(const core::Now& now, core::UnixTime at, std::uint32_t ms,
                             Task& task) {
  task.whole = std::chrono::milliseconds(ms);
  task.until = now.mono + task.whole;
  return at + task.whole;
}

void Ledger::delay(const core::Now& now, core::UnixTime at, std::uint32_t ms, Task& task) {
  if (ms > 0) task.info.not_before = begin(now, at, ms, task);
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
    const std::optional<core::UnixTime>& delayed = task.info.not_before;
    if (!delayed && !task.info.expires_at) continue;
    const auto there = broker.tasks().find(id);
    const bool forgotten = there != broker.tasks().end() &&
                           std::holds_alternative<Queue::Available>(there->second.place);
    const core::UnixTime end = delayed.value_or(task.info.expires_at.value_or(now.wall));
    const bool is_over = delayed && task.until <= last && forgotten;
    task.until = now.mono + std::clamp(end - now.wall, core::Duration(0), task.whole);
    if (is_over) task.until = core::Instant::min();
  }
}

// ---- What is told -------------------------------------------------------------------------------

TaskInfo Ledger::told(core::Instant now, const Task& task) {
  TaskInfo info = task.info;
  if (!is_delayed(now, task)) info.not_before.reset();
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
    if (is_delayed(now.mono, task)) {
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
    if (is_held(task)) {
      order.insert({1, task.until, id});
    } else if (is_delayed(now, task)) {
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

const Ledger::Task* Ledger::find(TaskId id) const {
  const auto found = tasks_.find(id);
  return found == tasks_.end() ? nullptr : &found->second;
}

std::optional<TaskId> Ledger::ended_lease(core::Instant now) const {
  const Task* first = nullptr;
  for (const auto& [id, task] : tasks_) {
    if (!is_held(task) || task.until > now) continue;
    if (first == nullptr || task.until < first->until) first = &task;
  }
  if (first == nullptr) return {};
  return first->info.task;
}

std::optional<core::Instant> Ledger::next_end(core::Instant now) const {
  std::optional<core::Instant> next;
  for (const auto& [id, task] : tasks_) {
    if (!is_held(task) && !is_delayed(now, task)) continue;
    if (!next || task.until < *next) next = task.until;
  }
  return next;
}

const Ledger::Task* Ledger::oldest_to_be_had(core::Instant now, const std::string& queue) const {
  for (const auto& [id, task] : tasks_) {
    const bool pending = task.info.state == TaskState::pending && !is_delayed(now, task);
    if (pending && task.info.queue == queue) return &task;
  }
  return nullptr;
}

std::uint64_t Ledger::leases_of(const std::string& worker) const {
  const auto theirs = [&](const auto& entry) { return entry.second.info.worker == worker; };
  return static_cast<std::uint64_t>(std::ranges::count_if(tasks_, theirs));
}

std::size_t Ledger::keys_until(core::UnixTime latest) const {
  const auto later =
      std::ranges::find_if(keys_, [&](const KeyUsed& key) { return key.at > latest; });
  return static_cast<std::size_t>(later - keys_.begin());
}

std::optional<TaskId> Ledger::task_of_key(const std::string& queue, const std::string& key) const {
  for (const KeyUsed& used : keys_) {
    if (used.queue == queue && used.key == key) return used.task;
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

// ---- Snapshots ----------------------------------------------------------------------------------

void Ledger::forget_what_is_over(core::Instant now) {
  for (auto& [id, task] : tasks_) {
    if (!is_delayed(now, task)) task.info.not_before.reset();
  }
}

bool Ledger::says_the_same_as(const Ledger& other) const {
  const auto same_task = [](const auto& one, const auto& two) {
    const Task& left = one.second;
    const Task& right = two.second;
    const bool timed = left.info.not_before || left.info.expires_at;
    return left.info == right.info && left.token == right.token && left.hops == right.hops &&
           (!timed || left.whole == right.whole);
  };
  const auto same_queue = [](const auto& one, const auto& two) {
    const TaskQueue& left = one.second;
    const TaskQueue& right = two.second;
    return one.first == two.first && left.settings == right.settings &&
           left.completed == right.completed && left.dropped == right.dropped;
  };
  return std::ranges::equal(tasks_, other.tasks_, same_task) && completed_ == other.completed_ &&
         std::ranges::equal(queues_, other.queues_, same_queue) && keys_ == other.keys_ &&
         next_task_ == other.next_task_;
}

std::uint64_t Ledger::digest() const {
  core::Digest digest;
  for (const auto& [id, task] : tasks_) {
    digest.add(wire::encode(task.info)).add(task.until);
    digest.add(static_cast<std::uint64_t>(task.whole.count())).add(std::uint64_t{task.hops});
    digest.add(task.token.incarnation).add(task.token.number);
  }
  for (const auto& [id, info] : completed_) digest.add(wire::encode(info));
  for (const auto& [name, queue] : queues_) {
    digest.add(name).add(wire::encode(queue.settings)).add(queue.completed).add(queue.dropped);
  }
  for (const KeyUsed& key : keys_) digest.add(wire::encode(key));
  return digest.add(next_task_).value();
}

}  // namespace queue
