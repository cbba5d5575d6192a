// What the broker ought to write and to answer. Each step is compared with a ledger of what was
// written before.
//
// A step sees to what is over first, then to the request, then to those who wait. An answer tells
// how things stood when the request's turn came; what it says may be given much later, when the
// disk has what it rests on.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/contract.hpp"
#include "queue_ledger.hpp"
#include "sim/system.hpp"

namespace queue {

class Answers {
 public:
  explicit Answers(const Config& config);

  /// The broker took `input`, and has written and answered this.
  void see_step(const Queue& broker, const Input& input,
                std::span<const core::Write<Protocol>> writes, std::span<const Reply> replies);

  /// The first thing that was not as it ought to be.
  const std::optional<sim::Finding>& found() const { return found_; }
  const Ledger& ledger() const { return ledger_; }
  bool room() const { return room_; }
  std::uint64_t digest() const;

 private:
  struct Caller {
    core::SessionId session;
    core::RequestId request;
  };

  /// A lease request that has found no task.
  struct Waiting {
    Caller caller;
    Lease command;
    core::Instant until;
  };

  /// An answer that is due as soon as the write `after` is durable.
  struct Owed {
    core::WriteSeq after;
    Reply reply;
  };

  struct Write {
    core::Now at;
    core::Write<Protocol> write;
  };

  void broken(const char* law, std::string what);
  void see_start(const Queue& broker, const core::Start<Protocol>& start);
  void see_durable(core::WriteSeq last);
  void see_closed(core::SessionId session);
  void see_writes(std::span<const core::Write<Protocol>> writes);
  void see_ended_leases();
  void see_request(Caller caller, const Command& command);
  void see_waiting();
  void see_unasked();
  void see_replies(std::span<const Reply> replies);
  void see_first_tasks(const Queue& broker, std::size_t most);
  void see_timeout(const Queue& broker);

  void expect(const Record& record);
  void expect_end_of(TaskId id, ReturnReason reason);
  std::uint32_t pause_of(TaskId id, std::uint32_t attempts);
  void see_spread(std::uint64_t pause, std::uint64_t most);
  void owe(Caller caller, Result result);

  // queue_due.cpp: what a command ought to be answered, with what it ought to write. Nothing: it
  // waits.
  std::optional<Result> answer_to(const Enqueue& command);
  std::optional<Result> answer_to(const Lease& command);
  std::optional<Result> answer_to(const Ack& command);
  std::optional<Result> answer_to(const AckMany& command);
  std::optional<Result> answer_to(const Nack& command);
  std::optional<Result> answer_to(const Extend& command);
  std::optional<Result> answer_to(const Look& command);
  std::optional<Result> answer_to(const Inspect& command);
  std::optional<Result> answer_to(const ListQueues& command);
  std::optional<Result> answer_to(const SetQueue& command);
  std::optional<Result> answer_to(const ListDead& command);
  std::optional<Result> answer_to(const RetryDead& command);
  std::optional<Result> answer_to(const DropDead& command);
  Leased hand_out(const Lease& command);

  std::optional<Refusal> refusal_of(const Enqueue& command) const;
  std::optional<Refusal> refusal_of(const NewTask& task) const;
  std::optional<Refusal> refusal_of(const Lease& command) const;
  std::optional<Refusal> refusal_of(const SetQueue& command) const;
  std::optional<Refusal> refusal_of(const std::string& queue, const Holding& held) const;
  std::optional<Refusal> refusal_of_dead(const std::string& queue, TaskId id) const;
  std::uint64_t waiting_in(const std::string& queue) const;
  bool is_name(const std::string& name) const;
  bool is_one_queue_too_many(const std::string& queue) const;
  std::uint64_t leases_left(const std::string& worker) const;
  bool may_move(const Ledger::Task& task) const;

  Config config_;
  std::optional<sim::Finding> found_;
  Ledger ledger_;                // of all that was written
  Ledger durable_;               // of what a crash cannot undo
  std::deque<Write> undurable_;  // what lies between them
  core::WriteSeq last_write_;
  core::WriteSeq last_durable_;
  core::Instant last_step_;  // by the broker's clock
  bool room_ = true;
  std::uint64_t incarnation_ = 0;
  std::uint64_t last_lease_ = 0;   // of this incarnation
  std::uint64_t pauses_ = 0;       // that were long enough to tell one from another
  std::uint64_t long_pauses_ = 0;  // of them: in the last third of what chance may choose
  std::vector<Waiting> waiting_;   // in the order in which they came
  std::deque<Owed> owed_;          // in the order in which the broker decided

  // Of the step that is looked at.
  core::Now now_;
  std::vector<Record> written_;
  std::size_t expected_ = 0;  // how many of them
  std::vector<Reply> decided_;
};

}  // namespace queue
