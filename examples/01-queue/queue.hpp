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
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/contract.hpp"
#include "messages.hpp"

namespace queue {

using Input = core::Input<Protocol>;
using Ready = core::Ready<Protocol>;
using Reply = core::Reply<Protocol>;

/// Whether `name` may name a queue or a worker: 1 to `max_bytes` letters, digits, '-', '_' and '.'.
bool is_valid_name(const std::string& name, std::uint32_t max_bytes);

class Queue {
 public:
  using Protocol = queue::Protocol;

  /// The queue draws nothing at random: the seed is not used.
  Queue(const Config& config, std::uint64_t seed);

  void step(const core::Now& now, const Input& input, Ready& ready) noexcept;
  std::optional<core::Instant> next_timeout() const;
  std::uint64_t digest() const;
  core::Violation check_invariants(bool full) const;

  // The state, for those who show it.

  struct HeldLease {
    LeaseToken token;
    std::string worker;
    core::Instant expires_at;
  };

  struct Task {
    std::string queue;
    core::Bytes payload;
    core::UnixTime enqueued_at;
    std::uint32_t attempts = 0;      // how often it was leased
    std::optional<HeldLease> lease;  // while it is processing
  };

  struct TaskQueue {
    std::deque<TaskId> pending;  // who comes next; a returned task goes to the back
    std::uint64_t processing = 0;
    std::uint64_t completed = 0;
  };

  const std::map<TaskId, Task>& tasks() const { return tasks_; }
  const std::map<std::string, TaskQueue>& queues() const { return queues_; }
  std::optional<Counts> counts(const std::string& queue) const;
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

  // Inputs.
  void on_start(const core::Now& now, const core::Start<Protocol>& start, Decisions& out);
  void on_request(const core::Now& now, const core::Request<Protocol>& request, Decisions& out);
  void on_closed(core::SessionId session);
  void on_persisted(core::WriteSeq seq);
  void on_room(bool available);

  // Commands.
  void on_enqueue(const core::Now& now, Caller caller, const Enqueue& command, Decisions& out);
  void on_lease(const core::Now& now, Caller caller, const Lease& command, Decisions& out);
  void on_ack(const core::Now& now, Caller caller, const Ack& command, Decisions& out);
  void on_nack(const core::Now& now, Caller caller, const Nack& command, Decisions& out);
  void on_inspect(Caller caller, const Inspect& command, Decisions& out);

  // Time.
  void return_expired(const core::Now& now, Decisions& out);
  void serve_waiting(const core::Now& now, Decisions& out);

  // Whether a command may be carried out; the reason if not.
  std::optional<Refusal> refusal_of(const Enqueue& command) const;
  std::optional<Refusal> refusal_of(const Lease& command) const;
  std::optional<Refusal> refusal_of(const std::string& queue, TaskId task,
                                    const LeaseToken& lease) const;

  // What handlers are made of.
  std::vector<LeasedTask> grant(const core::Now& now, const Lease& command, Decisions& out);
  std::uint32_t leases_left(const std::string& worker) const;
  void answer(Caller caller, Result result, Decisions& out) const;
  void change(const core::Now& now, const Record& record, Decisions& out);
  void finish(Decisions& out, Ready& ready);

  // The only functions that change tasks.
  void apply(const core::Now& now, const Record& record);
  void apply_enqueued(const TaskEnqueued& record);
  void apply_leased(const core::Now& now, const TaskLeased& record);
  void apply_returned(const TaskReturned& record);
  void apply_completed(const TaskCompleted& record);
  void end_lease(TaskId id, Task& task);

  // queue_invariants.cpp
  core::Violation check_task(TaskId id, const Task& task) const;
  core::Violation check_totals() const;
  core::Violation check_queues() const;
  core::Violation check_waiting() const;
  core::Violation check_replies() const;

  Config config_;
  std::uint64_t incarnation_ = 0;  // 0: not started
  core::Now now_;                  // of the last step
  bool room_ = true;

  // What the records say.
  std::map<TaskId, Task> tasks_;  // those that are not completed
  std::map<std::string, TaskQueue> queues_;
  TaskId next_task_{1};

  // What follows from it.
  std::set<std::pair<core::Instant, TaskId>> expiries_;  // of all leases
  std::map<std::string, std::uint32_t> leases_of_;       // by worker; none: no entry
  std::uint64_t stored_bytes_ = 0;                       // of all payloads

  // What a restart forgets.
  std::uint64_t next_lease_ = 1;
  std::vector<Waiting> waiting_;  // in order of arrival
  core::WriteSeq last_write_;
  core::WriteSeq persisted_;
  std::deque<HeldReply> held_;   // in order of their writes
  std::vector<TaskId> touched_;  // by the last step
};

}  // namespace queue
