// What is said about tasks: what clients ask, what they are answered, and what stands on disk. Read
// this first.
//
//              enqueue            lease                 ack
//   producer ----------> pending -------> processing --------> completed
//                           ^                  |
//                           +------------------+
//                      nack, or the lease expires
#pragma once

#include <cstdint>
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

// ---- What a client may ask ----------------------------------------------------------------------

/// Put tasks into a queue, all of them or none. The queue comes into being with its first task.
struct Enqueue {
  std::string queue;
  std::vector<core::Bytes> payloads;

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
  TaskId task;
  LeaseToken lease;

  friend bool operator==(const Ack&, const Ack&) = default;
};

/// The task could not be done: give it to someone else.
struct Nack {
  std::string queue;
  TaskId task;
  LeaseToken lease;

  friend bool operator==(const Nack&, const Nack&) = default;
};

/// How many tasks of a queue are in which state?
struct Inspect {
  std::string queue;

  friend bool operator==(const Inspect&, const Inspect&) = default;
};

using Command = std::variant<Enqueue, Lease, Ack, Nack, Inspect>;

// ---- What it is answered ------------------------------------------------------------------------

/// The tasks' ids, in the order of the payloads.
struct Enqueued {
  std::vector<TaskId> tasks;

  friend bool operator==(const Enqueued&, const Enqueued&) = default;
};

struct LeasedTask {
  TaskId task;
  LeaseToken lease;
  std::uint32_t attempt = 0;  // 1 for the first
  core::UnixTime expires_at;  // by the broker's clock
  core::Bytes payload;

  friend bool operator==(const LeasedTask&, const LeasedTask&) = default;
};

/// The tasks that the worker now holds; none when the wait ended without one.
struct Leased {
  std::vector<LeasedTask> tasks;

  friend bool operator==(const Leased&, const Leased&) = default;
};

/// The ack or nack was carried out.
struct Done {
  friend bool operator==(const Done&, const Done&) = default;
};

struct Counts {
  std::uint64_t pending = 0;
  std::uint64_t processing = 0;
  std::uint64_t completed = 0;  // since the queue came into being
  std::uint64_t waiting = 0;    // lease requests that wait for a task

  friend bool operator==(const Counts&, const Counts&) = default;
};

enum class Refusal : std::uint8_t {
  bad_name,     // empty, too long, or with other characters than letters, digits, '-', '_' and '.'
  bad_request,  // no task or too many at once, or a time out of range
  payload_too_large,  // one payload
  no_such_queue,
  no_such_task,  // this queue never had it
  stale_lease,   // the task is completed, or no longer held under this token
  queue_full,    // the limit on a queue's tasks or on the broker's bytes: later there may be room
  too_many_queues,
  too_many_leases,   // the worker holds as many tasks as it may
  too_many_waiting,  // lease requests that wait
  no_room,           // on the disk
};

/// Nothing was changed.
struct Refused {
  Refusal reason = Refusal::bad_request;

  friend bool operator==(const Refused&, const Refused&) = default;
};

using Result = std::variant<Enqueued, Leased, Done, Counts, Refused>;

// ---- What stands on disk: every change of a task's state, in order ------------------------------

struct TaskEnqueued {
  TaskId task;
  std::string queue;
  core::Bytes payload;
  core::UnixTime at;

  friend bool operator==(const TaskEnqueued&, const TaskEnqueued&) = default;
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

enum class ReturnReason : std::uint8_t { nacked, expired };

struct TaskReturned {
  TaskId task;
  ReturnReason reason = ReturnReason::nacked;

  friend bool operator==(const TaskReturned&, const TaskReturned&) = default;
};

struct TaskCompleted {
  TaskId task;

  friend bool operator==(const TaskCompleted&, const TaskCompleted&) = default;
};

using Record = std::variant<TaskEnqueued, TaskLeased, TaskReturned, TaskCompleted>;

// ---- What the broker is made from ---------------------------------------------------------------

/// Every queue has a limit. Who comes when it is reached is refused, and loses nothing.
struct Config {
  std::uint32_t max_queues = 1'000;
  std::uint32_t max_queue_length = 100'000;  // tasks of one queue that are not completed
  std::uint32_t max_payload_bytes = 64 << 10;
  std::uint64_t max_stored_bytes = 256 << 20;  // the payloads of all tasks together
  std::uint32_t max_batch = 100;               // tasks of one enqueue or one lease
  std::uint32_t max_leases_per_worker = 100;
  std::uint32_t max_waiting = 1'000;  // lease requests that wait, in all queues together
  std::uint32_t max_name_bytes = 100;
  std::uint32_t max_visibility_ms = 3'600'000;
  std::uint32_t max_wait_ms = 30'000;

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
