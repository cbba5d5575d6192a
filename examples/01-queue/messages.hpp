// What is said about tasks: what clients ask, what they are answered, and what stands on disk. Read
// this first.
//
//              enqueue            lease                 ack
//   producer ----------> pending -------> processing --------> completed
//                           ^                  |
//                           +------------------+ nack, or the lease expires: after a pause
//                                              |
//                                              +--> failed: no attempts are left; a dead letter
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/bytes.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

namespace queue {

using TaskId = core::Id<struct TaskTag, std::uint64_t>;  // unique in one broker; 0 names no task

/// Proves that its holder was given a task, and which time: whoever held the task before has
/// another token. No token is ever given twice, for `incarnation` counts the starts of the broker.
struct LeaseToken {
  std::uint64_t incarnation = 0;
  std::uint64_t number = 0;  // 1, 2, 3, ... within the incarnation

  friend auto operator<=>(const LeaseToken&, const LeaseToken&) = default;
};

/// A task in somebody's hands, and the token that proves it.
struct Holding {
  TaskId task;
  LeaseToken lease;

  friend bool operator==(const Holding&, const Holding&) = default;
};

/// What may be chosen for each queue.
struct Settings {
  std::uint32_t max_length = 0;    // tasks that are not completed, dead letters included
  std::uint32_t max_attempts = 0;  // of a task that says nothing else
  std::string dead_letters_to;     // another queue; empty: they stay in this one

  friend bool operator==(const Settings&, const Settings&) = default;
};

// ---- What a client may ask ----------------------------------------------------------------------

struct NewTask {
  core::Bytes payload;
  std::uint32_t delay_ms = 0;      // nobody gets it before
  std::uint32_t max_attempts = 0;  // 0: as many as the queue says
  std::string key = "";            // enqueued once, however often it is sent; empty: no key

  friend bool operator==(const NewTask&, const NewTask&) = default;
};

/// Put tasks into a queue, all of them or none. The queue comes into being with its first task.
struct Enqueue {
  std::string queue;
  std::vector<NewTask> tasks;

  friend bool operator==(const Enqueue&, const Enqueue&) = default;
};

/// Take up to `max` tasks out of a queue, each for `visibility_ms`. If there are none, wait for
/// one, up to `wait_ms`.
struct Lease {
  std::string queue;
  std::string worker;
  std::uint32_t max = 1;
  std::uint32_t visibility_ms = 30'000;
  std::uint32_t wait_ms = 0;

  friend bool operator==(const Lease&, const Lease&) = default;
};

/// The task is done.
struct Ack {
  std::string queue;
  Holding held;

  friend bool operator==(const Ack&, const Ack&) = default;
};

/// All of these are done. Each is judged by itself.
struct AckMany {
  std::string queue;
  std::vector<Holding> held;

  friend bool operator==(const AckMany&, const AckMany&) = default;
};

/// The task could not be done: give it to someone else, after a pause.
struct Nack {
  std::string queue;
  Holding held;

  friend bool operator==(const Nack&, const Nack&) = default;
};

/// The work takes longer: the lease is to end `visibility_ms` from now.
struct Extend {
  std::string queue;
  Holding held;
  std::uint32_t visibility_ms = 30'000;

  friend bool operator==(const Extend&, const Extend&) = default;
};

/// What is known about a task?
struct Look {
  std::string queue;
  TaskId task;

  friend bool operator==(const Look&, const Look&) = default;
};

/// How does it stand with a queue?
struct Inspect {
  std::string queue;

  friend bool operator==(const Inspect&, const Inspect&) = default;
};

/// And with all of them?
struct ListQueues {
  friend bool operator==(const ListQueues&, const ListQueues&) = default;
};

/// Choose a queue's settings, and make the queue if there is none.
struct SetQueue {
  std::string queue;
  Settings settings;

  friend bool operator==(const SetQueue&, const SetQueue&) = default;
};

/// The dead letters of a queue with ids above `after`, up to `max` of them.
struct ListDead {
  std::string queue;
  TaskId after;
  std::uint32_t max = 100;

  friend bool operator==(const ListDead&, const ListDead&) = default;
};

/// Give a dead letter all its attempts again.
struct RetryDead {
  std::string queue;
  TaskId task;

  friend bool operator==(const RetryDead&, const RetryDead&) = default;
};

/// Throw a dead letter away.
struct DropDead {
  std::string queue;
  TaskId task;

  friend bool operator==(const DropDead&, const DropDead&) = default;
};

using Command = std::variant<Enqueue, Lease, Ack, AckMany, Nack, Extend, Look, Inspect, ListQueues,
                             SetQueue, ListDead, RetryDead, DropDead>;

// ---- What it is answered ------------------------------------------------------------------------

/// The tasks' ids, in the order in which they were sent. A key that was seen before gives the id
/// that it had then.
struct Enqueued {
  std::vector<TaskId> tasks;

  friend bool operator==(const Enqueued&, const Enqueued&) = default;
};

struct LeasedTask {
  TaskId task;
  LeaseToken lease;
  std::uint32_t attempt = 0;  // 1 for the first
  std::uint32_t max_attempts = 0;
  core::UnixTime expires_at;  // by the broker's clock
  core::Bytes payload;

  friend bool operator==(const LeasedTask&, const LeasedTask&) = default;
};

/// The tasks that the worker now holds; none when the wait ended without one.
struct Leased {
  std::vector<LeasedTask> tasks;

  friend bool operator==(const Leased&, const Leased&) = default;
};

enum class Refusal : std::uint8_t {
  bad_name,  // empty, too long, with a '.' in front, or with other characters than letters, digits,
             // '-', '_' and '.'
  bad_request,        // no task or too many at once, or a number out of range
  payload_too_large,  // one payload
  no_such_queue,
  no_such_task,  // this queue does not have it, or it was completed long ago
  stale_lease,   // the task is completed, or no longer held under this token
  queue_full,    // the limit on a queue's tasks or on the broker's bytes: later there may be room
  too_many_queues,
  too_many_leases,   // the worker, or all workers together, hold as many tasks as they may
  too_many_waiting,  // lease requests that wait
  too_many_keys,     // that must be remembered
  not_failed,        // the task is no dead letter
  no_room,           // on the disk
};

/// Nothing was changed.
struct Refused {
  Refusal reason = Refusal::bad_request;

  friend bool operator==(const Refused&, const Refused&) = default;
};

/// The command was carried out.
struct Done {
  friend bool operator==(const Done&, const Done&) = default;
};

struct RefusedAck {
  TaskId task;
  Refusal reason = Refusal::stale_lease;

  friend bool operator==(const RefusedAck&, const RefusedAck&) = default;
};

/// Of the tasks of an AckMany: those that are completed now, and those of which nothing changed.
struct Acked {
  std::vector<TaskId> done;
  std::vector<RefusedAck> refused;

  friend bool operator==(const Acked&, const Acked&) = default;
};

enum class TaskState : std::uint8_t { pending, processing, completed, failed };

enum class ReturnReason : std::uint8_t { nacked, expired };

/// What the broker knows about a task. What does not apply to its state is left out.
struct TaskInfo {
  TaskId task;
  std::string queue;
  TaskState state = TaskState::pending;
  std::uint32_t attempts = 0;  // how often it was leased since it came into this queue
  std::uint32_t max_attempts = 0;
  core::UnixTime enqueued_at;
  std::optional<core::UnixTime> not_before;  // of one that waits out a delay
  std::optional<core::UnixTime> expires_at;  // of a lease
  std::optional<std::string> worker;         // who holds it
  std::optional<core::UnixTime> ended_at;    // when it was completed or failed
  std::optional<ReturnReason> reason;        // how the last attempt of a failed one ended
  core::Bytes payload;                       // empty when it is completed

  friend bool operator==(const TaskInfo&, const TaskInfo&) = default;
};

struct DeadLetters {
  std::vector<TaskInfo> tasks;  // by id
  bool more = false;            // there are others with higher ids

  friend bool operator==(const DeadLetters&, const DeadLetters&) = default;
};

struct Counts {
  std::uint64_t pending = 0;
  std::uint64_t delayed = 0;  // of those pending: not to be had yet
  std::uint64_t processing = 0;
  std::uint64_t completed = 0;  // since the queue came into being
  std::uint64_t failed = 0;     // dead letters
  std::uint64_t dropped = 0;    // dead letters thrown away since then
  std::uint64_t waiting = 0;    // lease requests that wait for a task
  std::uint64_t oldest_ms = 0;  // age of the task that is next; 0: there is none

  friend bool operator==(const Counts&, const Counts&) = default;
};

struct QueueInfo {
  std::string queue;
  Settings settings;
  Counts counts;

  friend bool operator==(const QueueInfo&, const QueueInfo&) = default;
};

struct Queues {
  std::vector<QueueInfo> queues;  // by name

  friend bool operator==(const Queues&, const Queues&) = default;
};

using Result =
    std::variant<Enqueued, Leased, Done, Acked, TaskInfo, DeadLetters, QueueInfo, Queues, Refused>;

// ---- What stands on disk: every change, in order ------------------------------------------------
//
// A snapshot is written in the same words. It is a short history that leads to the same state.

struct QueueSet {
  std::string queue;
  Settings settings;

  friend bool operator==(const QueueSet&, const QueueSet&) = default;
};

struct TaskEnqueued {
  TaskId task;
  std::string queue;
  core::Bytes payload;
  core::UnixTime at;
  std::uint32_t delay_ms = 0;
  std::uint32_t max_attempts = 0;
  std::uint32_t hops = 0;  // above 0 only in a snapshot: how often it has changed its queue

  friend bool operator==(const TaskEnqueued&, const TaskEnqueued&) = default;
};

/// The task was enqueued under this key: who sends the key again means the same task.
struct KeyUsed {
  std::string queue;
  std::string key;
  TaskId task;
  core::UnixTime at;

  friend bool operator==(const KeyUsed&, const KeyUsed&) = default;
};

/// The oldest keys are forgotten: their time is over.
struct KeysForgotten {
  std::uint64_t count = 0;

  friend bool operator==(const KeysForgotten&, const KeysForgotten&) = default;
};

struct TaskLeased {
  TaskId task;
  LeaseToken lease;
  std::string worker;
  std::uint32_t attempt = 0;
  core::UnixTime at;
  std::uint32_t visibility_ms = 0;

  friend bool operator==(const TaskLeased&, const TaskLeased&) = default;
};

struct LeaseExtended {
  TaskId task;
  core::UnixTime at;
  std::uint32_t visibility_ms = 0;

  friend bool operator==(const LeaseExtended&, const LeaseExtended&) = default;
};

/// Somebody else gets it, `delay_ms` from `at`.
struct TaskReturned {
  TaskId task;
  ReturnReason reason = ReturnReason::nacked;
  core::UnixTime at;
  std::uint32_t delay_ms = 0;

  friend bool operator==(const TaskReturned&, const TaskReturned&) = default;
};

struct TaskCompleted {
  TaskId task;
  core::UnixTime at;

  friend bool operator==(const TaskCompleted&, const TaskCompleted&) = default;
};

/// The last attempt was in vain: the task is a dead letter of its queue.
struct TaskFailed {
  TaskId task;
  ReturnReason reason = ReturnReason::nacked;
  core::UnixTime at;

  friend bool operator==(const TaskFailed&, const TaskFailed&) = default;
};

/// The same, and its queue has another for dead letters: there it starts anew.
struct TaskMoved {
  TaskId task;
  std::string to;
  ReturnReason reason = ReturnReason::nacked;

  friend bool operator==(const TaskMoved&, const TaskMoved&) = default;
};

/// A dead letter is to be tried again.
struct TaskRetried {
  TaskId task;

  friend bool operator==(const TaskRetried&, const TaskRetried&) = default;
};

/// A dead letter was thrown away.
struct TaskDropped {
  TaskId task;

  friend bool operator==(const TaskDropped&, const TaskDropped&) = default;
};

/// Only in a snapshot: what a short history does not count.
struct QueueCounted {
  std::string queue;
  std::uint64_t completed = 0;
  std::uint64_t dropped = 0;

  friend bool operator==(const QueueCounted&, const QueueCounted&) = default;
};

/// Only in a snapshot: the id that the next task gets.
struct TasksNumbered {
  TaskId next;

  friend bool operator==(const TasksNumbered&, const TasksNumbered&) = default;
};

using Record = std::variant<QueueSet, TaskEnqueued, KeyUsed, KeysForgotten, TaskLeased,
                            LeaseExtended, TaskReturned, TaskCompleted, TaskFailed, TaskMoved,
                            TaskRetried, TaskDropped, QueueCounted, TasksNumbered>;

// ---- What the broker is made from ---------------------------------------------------------------

/// Every queue has a limit. Who comes when it is reached is refused, and loses nothing.
struct Config {
  std::uint32_t max_queues = 1'000;
  std::uint32_t max_queue_length = 100'000;  // tasks of one queue that are not completed
  std::uint32_t max_payload_bytes = 64 << 10;
  std::uint64_t max_stored_bytes = 256 << 20;  // all tasks together, each with its payload
  std::uint32_t max_batch = 100;               // tasks of one request
  std::uint32_t max_leases = 100'000;
  std::uint32_t max_leases_per_worker = 100;
  std::uint32_t max_waiting = 1'000;  // lease requests that wait, in all queues together
  std::uint32_t max_name_bytes = 100;
  std::uint32_t max_key_bytes = 200;
  std::uint32_t max_keys = 100'000;  // that are remembered
  std::uint32_t max_visibility_ms = 3'600'000;
  std::uint32_t max_wait_ms = 30'000;
  std::uint32_t max_delay_ms = 604'800'000;  // a week
  std::uint32_t max_attempts = 100;
  std::uint32_t default_attempts = 5;
  std::uint32_t max_hops = 5;        // from one queue's dead letters into another queue
  std::uint32_t backoff_ms = 1'000;  // after the first attempt; doubled with each
  std::uint32_t max_backoff_ms = 300'000;
  std::uint32_t key_window_ms = 3'600'000;  // how long a key is remembered
  std::uint32_t keep_completed = 1'000;     // completed tasks that can still be looked at
  std::uint32_t snapshot_bytes = 8 << 20;   // of log beyond what is live, then a snapshot is due
  std::uint32_t chunk_bytes = 256 << 10;    // of a snapshot in one write

  friend bool operator==(const Config&, const Config&) = default;
};

/// What no one says: brokers do not talk to each other, and tell clients nothing unasked.
struct Nothing {
  friend bool operator==(const Nothing&, const Nothing&) = default;
};

/// The names that the contract (core/contract.hpp) wants.
struct Protocol {
  using Config = queue::Config;
  using Command = queue::Command;
  using Result = queue::Result;
  using Record = queue::Record;
  using Event = Nothing;
  using Message = Nothing;
};

}  // namespace queue
