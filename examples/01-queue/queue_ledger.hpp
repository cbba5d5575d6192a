// A ledger of what the broker has written down. What the broker tells about its tasks and queues is
// judged by it, so it shares no code with the broker, and takes nothing from it but its records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "queue.hpp"

namespace queue {

class Ledger {
 public:
  /// As it is told, and what is not told: under which token it is held, how often it has changed
  /// its queue, how long its lease or its delay lasts, and until when by the broker's monotonic
  /// clock.
  struct Task {
    TaskInfo info;
    LeaseToken token;
    std::uint32_t hops = 0;
    core::Duration whole{0};
    core::Instant until;
  };

  explicit Ledger(const Config& config);

  /// The broker wrote this at `now`.
  void take(const core::Now& now, const Record& record);

  /// The broker has started again and knows what is in here. Its last step before was at `last`, by
  /// the clock that it had then.
  void restart(core::Instant last, const Queue& broker);

  // What the broker ought to tell at `now`.

  std::optional<TaskInfo> task(core::Instant now, const std::string& queue, TaskId id) const;
  /// Lease requests that wait are not written down, so they are not counted here.
  std::optional<QueueInfo> queue(const core::Now& now, const std::string& name) const;
  std::vector<QueueInfo> queues(const core::Now& now) const;
  std::vector<TaskInfo> dead_letters(const std::string& queue, TaskId after) const;
  std::vector<TaskInfo> first_tasks(core::Instant now, std::size_t most) const;

  // What it ought to decide by.

  /// None when it is completed, dropped, or never was.
  const Task* find(TaskId id) const;
  /// The task of the lease that ends first, if it has ended.
  std::optional<TaskId> ended_lease(core::Instant now) const;
  /// When the next lease or delay ends.
  std::optional<core::Instant> next_end(core::Instant now) const;
  /// The oldest task that a worker may have.
  const Task* oldest_to_be_had(core::Instant now, const std::string& queue) const;
  /// How many keys were used at `latest` or before, the oldest first.
  std::size_t keys_until(core::UnixTime latest) const;
  std::optional<TaskId> task_of_key(const std::string& queue, const std::string& key) const;
  bool has_queue(const std::string& queue) const { return queues_.contains(queue); }
  std::uint64_t queue_count() const { return queues_.size(); }
  std::uint64_t key_count() const { return keys_.size(); }
  std::uint64_t completed_count() const { return completed_.size(); }
  std::uint64_t stored_bytes() const { return stored_bytes_; }
  std::uint64_t length(const std::string& queue) const;
  std::uint64_t leases() const { return leases_; }
  std::uint64_t leases_of(const std::string& worker) const;
  Settings settings_of(const std::string& queue) const;
  TaskId next_task() const { return next_task_; }

  // For whoever reads a snapshot.

  /// A delay that is over is not written into a snapshot.
  void forget_what_is_over(core::Instant now);
  /// Whether both say the same, however they came to know it.
  bool says_the_same_as(const Ledger& other) const;

  std::uint64_t digest() const;

 private:
  struct TaskQueue {
    Settings settings;
    std::uint64_t completed = 0;
    std::uint64_t dropped = 0;
  };

  static TaskInfo told(core::Instant now, const Task& task);
  void start_over(Task& task);
  static core::UnixTime begin(const core::Now& now, core::UnixTime at, std::uint32_t ms,
                              Task& task);
  static void delay(const core::Now& now, core::UnixTime at, std::uint32_t ms, Task& task);
  TaskQueue& queue_named(const std::string& name);
  Counts counts(const core::Now& now, const std::string& name, const TaskQueue& queue) const;
  void enqueue(const core::Now& now, const TaskEnqueued& record);
  void lease(const core::Now& now, const TaskLeased& record);
  void complete(const TaskCompleted& record);
  void drop(const TaskDropped& record);
  void move(const TaskMoved& record);

  Settings default_settings_;
  std::uint32_t keep_completed_;

  std::map<TaskId, Task> tasks_;
  std::map<TaskId, TaskInfo> completed_;  // the last of them
  std::map<std::string, TaskQueue> queues_;
  std::deque<KeyUsed> keys_;  // the oldest first
  TaskId next_task_{1};
  std::uint64_t stored_bytes_ = 0;  // of all tasks that are not completed
  std::uint64_t leases_ = 0;
};

}  // namespace queue
