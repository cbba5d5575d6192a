// The broker's core: which tasks there are, who holds which, and until when.
//
// Memory runs ahead of the disk; what is said does not. A handler decides and changes the state at
// once, so that the next command sees the change even while it is being written. Its answer waits
// until that write, and every write before it, is durable. A crash may therefore undo only what
// nobody was told.
//
//   command -> handler -> change(): apply() to memory, and the same record into this step's write
//                      -> answer(): held until Persisted says that the write is durable
//   restart -> apply() of every record on disk: the same function, so the same state
//
// queue.cpp decides, queue_limits.cpp refuses, queue_records.cpp changes the state,
// queue_snapshot.cpp keeps the disk small, and queue_views.cpp tells. queue_invariants.cpp and
// queue_digest.cpp are for those who watch it.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/contract.hpp"
#include "core/prng.hpp"
#include "messages.hpp"

namespace queue {

using Input = core::Input<Protocol>;
using Ready = core::Ready<Protocol>;
using Reply = core::Reply<Protocol>;

/// What a task with this payload counts for in Config::max_stored_bytes: about what it takes in
/// memory.
std::uint64_t stored_size(const core::Bytes& payload);

class Queue {
 public:
  using Protocol = queue::Protocol;

  /// `seed` is for the jitter of the pauses between attempts.
  Queue(const Config& config, std::uint64_t seed);

  void step(const core::Now& now, const Input& input, Ready& ready) noexcept;
  std::optional<core::Instant> next_timeout() const;
  std::uint64_t digest() const;
  core::Violation check_invariants(bool full) const;

  // The state, for those who show it.

  /// A time that must outlive a restart. While the broker runs, `until` tells when it is over.
  struct Period {
    core::UnixTime since;
    std::uint32_t ms = 0;
    core::Instant until;

    core::UnixTime end() const { return since + std::chrono::milliseconds(ms); }
  };

  // A task is in one of four places.

  struct Available {};

  struct Delayed {
    Period period;
  };

  struct Held {
    LeaseToken token;
    std::string worker;
    Period period;
  };

  struct Failed {
    ReturnReason reason = ReturnReason::nacked;
    core::UnixTime at;
  };

  using Place = std::variant<Available, Delayed, Held, Failed>;

  struct Task {
    std::string queue;
    core::Bytes payload;
    core::UnixTime enqueued_at;
    std::uint32_t max_attempts = 0;
    std::uint32_t attempts = 0;  // how often it was leased in this queue
    std::uint32_t hops = 0;      // how often it came here from another queue's dead letters
    Place place;
  };

  /// What is left of a task that is completed.
  struct Completed {
    std::string queue;
    core::UnixTime enqueued_at;
    std::uint32_t max_attempts = 0;
    std::uint32_t attempts = 0;
    core::UnixTime at;
  };

  struct TaskQueue {
    Settings settings;
    std::set<TaskId> available;  // the oldest comes next
    std::uint64_t delayed = 0;
    std::uint64_t held = 0;
    std::set<TaskId> failed;  // the dead letters
    std::uint64_t completed = 0;
    std::uint64_t dropped = 0;

    std::uint64_t length() const { return available.size() + delayed + held + failed.size(); }
  };

  const std::map<TaskId, Task>& tasks() const { return tasks_; }
  const std::map<std::string, TaskQueue>& queues() const { return queues_; }
  std::vector<QueueInfo> queue_infos() const;
  std::optional<QueueInfo> queue_info(const std::string& queue) const;
  std::vector<TaskInfo> first_tasks(std::size_t most) const;
  TaskInfo info(TaskId id, const Task& task) const;
  std::uint64_t incarnation() const { return incarnation_; }
  const core::Now& now() const { return now_; }  // of the last step

 private:
  /// Whom to answer.
  struct Caller {
    core::SessionId session;
    core::RequestId request;
  };

  /// A lease request that found no task and waits for one.
  struct Waiting {
    Caller caller;
    Lease command;
    core::Instant until;
  };

  /// An answer that waits until the write `after` is durable.
  struct HeldReply {
    core::WriteSeq after;
    Reply reply;
  };

  /// What one step has decided so far.
  struct Decisions {
    std::vector<Record> records;
    std::vector<Reply> replies;
  };

  using KeyName = std::pair<std::string, std::string>;  // queue, key

  /// The state at one moment, on its way to the disk.
  struct Snapshot {
    std::vector<Record> records;
    std::uint64_t written = 0;
    core::WriteSeq covers;
  };

  // Inputs.
  void on_start(const core::Now& now, const core::Start<Protocol>& start, Decisions& out);
  void on_request(const core::Now& now, const core::Request<Protocol>& request, Decisions& out);
  void on_closed(core::SessionId session);
  void on_persisted(const core::Persisted& persisted, Ready& ready);
  void on_room(bool available);

  // Commands.
  void on_enqueue(const core::Now& now, Caller caller, const Enqueue& command, Decisions& out);
  void on_lease(const core::Now& now, Caller caller, const Lease& command, Decisions& out);
  void on_ack(const core::Now& now, Caller caller, const Ack& command, Decisions& out);
  void on_ack_many(const core::Now& now, Caller caller, const AckMany& command, Decisions& out);
  void on_nack(const core::Now& now, Caller caller, const Nack& command, Decisions& out);
  void on_extend(const core::Now& now, Caller caller, const Extend& command, Decisions& out);
  void on_set_queue(const core::Now& now, Caller caller, const SetQueue& command, Decisions& out);
  void on_retry_dead(const core::Now& now, Caller caller, const RetryDead& command, Decisions& out);
  void on_drop_dead(const core::Now& now, Caller caller, const DropDead& command, Decisions& out);
  void on_look(Caller caller, const Look& command, Decisions& out);
  void on_inspect(Caller caller, const Inspect& command, Decisions& out);
  void on_list_dead(Caller caller, const ListDead& command, Decisions& out);

  // Time.
  void on_deadlines(const core::Now& now, Decisions& out);
  void serve_waiting(const core::Now& now, Decisions& out);

  // What handlers are made of.
  TaskId enqueue(const core::Now& now, const std::string& queue, const NewTask& task,
                 Decisions& out);
  std::optional<TaskId> task_of_key(const std::string& queue, const std::string& key) const;
  void forget_old_keys(const core::Now& now, Decisions& out);
  std::vector<LeasedTask> grant(const core::Now& now, const Lease& command, Decisions& out);
  void give_back(const core::Now& now, TaskId id, ReturnReason reason, Decisions& out);
  std::uint32_t backoff_ms(std::uint32_t attempts);
  Settings settings_of(const std::string& queue) const;
  Settings default_settings() const;
  void answer(Caller caller, Result result, Decisions& out) const;
  void change(const core::Now& now, const Record& record, Decisions& out);
  void finish(Decisions& out, Ready& ready);

  // queue_limits.cpp: whether a command may be carried out; the reason if not.
  std::optional<Refusal> refusal_of(const Enqueue& command) const;
  std::optional<Refusal> refusal_of(const NewTask& task) const;
  std::optional<Refusal> refusal_of(const Lease& command) const;
  std::optional<Refusal> refusal_of(const std::string& queue, const Holding& held) const;
  std::optional<Refusal> refusal_of(const SetQueue& command) const;
  std::optional<Refusal> refusal_of_dead(const std::string& queue, TaskId task) const;
  std::uint32_t leases_left(const std::string& worker) const;
  bool has_place_for(const std::string& queue, std::uint64_t tasks) const;
  bool may_move(const Task& task) const;

  // queue_records.cpp: the only functions that change tasks.
  void apply(const core::Now& now, const Record& record);
  void apply_one(const core::Now& now, const QueueSet& record);
  void apply_one(const core::Now& now, const TaskEnqueued& record);
  void apply_one(const core::Now& now, const KeyUsed& record);
  void apply_one(const core::Now& now, const KeysForgotten& record);
  void apply_one(const core::Now& now, const TaskLeased& record);
  void apply_one(const core::Now& now, const LeaseExtended& record);
  void apply_one(const core::Now& now, const TaskReturned& record);
  void apply_one(const core::Now& now, const TaskCompleted& record);
  void apply_one(const core::Now& now, const TaskFailed& record);
  void apply_one(const core::Now& now, const TaskMoved& record);
  void apply_one(const core::Now& now, const TaskRetried& record);
  void apply_one(const core::Now& now, const TaskDropped& record);
  void apply_one(const core::Now& now, const QueueCounted& record);
  void apply_one(const core::Now& now, const TasksNumbered& record);
  TaskQueue& make_queue(const std::string& name);
  void put(TaskId id, Task& task, Place place);
  void enter(TaskId id, const Task& task);
  void leave(TaskId id, const Task& task);
  Task take_out(TaskId id);

  // queue_snapshot.cpp
  bool snapshot_is_due() const;
  void begin_snapshot(Ready& ready);
  void write_chunk(Ready& ready);
  std::vector<Record> short_history() const;

  // queue_views.cpp
  Counts counts(const TaskQueue& queue, std::uint64_t waiting) const;
  TaskInfo info(TaskId id, const Completed& completed) const;

  // queue_invariants.cpp
  core::Violation check_task(TaskId id, const Task& task) const;
  core::Violation check_totals() const;
  core::Violation check_places() const;
  core::Violation check_queues() const;
  core::Violation check_keys() const;
  core::Violation check_waiting() const;
  core::Violation check_replies() const;

  Config config_;
  core::Prng prng_;
  std::uint64_t incarnation_ = 0;  // 0: not started
  core::Now now_;                  // of the last step
  bool room_ = true;

  // What the records say.
  std::map<TaskId, Task> tasks_;           // those that are not completed
  std::map<TaskId, Completed> completed_;  // the last of them
  std::map<std::string, TaskQueue> queues_;
  std::map<KeyName, TaskId> keys_;
  std::deque<KeyUsed> keys_by_age_;
  TaskId next_task_{1};

  // What follows from it.
  std::set<std::pair<core::Instant, TaskId>> deadlines_;  // of all leases and delays
  std::map<std::string, std::uint32_t> leases_of_;        // by worker; none: no entry
  std::uint64_t leases_ = 0;
  std::uint64_t stored_bytes_ = 0;

  // What a restart forgets.
  std::uint64_t next_lease_ = 1;
  std::vector<Waiting> waiting_;  // in order of arrival
  core::WriteSeq last_write_;
  core::WriteSeq persisted_;
  std::deque<HeldReply> held_replies_;  // in order of their writes
  core::WriteSeq last_bulk_write_;
  std::optional<Snapshot> snapshot_;  // that is being written
  std::uint64_t log_bytes_ = 0;       // about, since the last snapshot was begun
  std::vector<TaskId> touched_;       // by the last step
};

}  // namespace queue
