// A broker's core driven by hand, for the tests: one input at a time, and a disk that is durable
// when told.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gtest/gtest.h"
#include "queue.hpp"

namespace queue {

using namespace std::chrono_literals;

inline constexpr core::SessionId producer_session{1};
inline constexpr core::SessionId worker_session{2};

/// The four counts that most tests look at.
struct Tally {
  std::uint64_t pending = 0;
  std::uint64_t processing = 0;
  std::uint64_t completed = 0;
  std::uint64_t waiting = 0;

  friend bool operator==(const Tally&, const Tally&) = default;
};

class Bench {
 public:
  explicit Bench(const Config& config = {}) : config_(config), core_(config, 0) { start(); }

  /// Sends a command and gives back what is answered at once, if anything is.
  std::vector<Result> ask(const Command& command, core::SessionId session = worker_session) {
    ++last_request_.value;
    return step(core::Request<Protocol>{session, last_request_, command});
  }

  /// The same, with all that was written made durable. There must be one answer.
  Result done(const Command& command) {
    std::vector<Result> results = ask(command);
    for (Result& result : persist()) results.push_back(std::move(result));
    EXPECT_EQ(results.size(), 1U);
    return results.empty() ? Result(Refused{}) : results.front();
  }

  /// All that was written becomes durable, and what is written on hearing of it, too.
  std::vector<Result> persist() {
    std::vector<Result> results;
    while (!written_.empty()) {
      for (Result& result : persist_once()) results.push_back(std::move(result));
    }
    return results;
  }

  /// All that was written becomes durable.
  std::vector<Result> persist_once() {
    std::vector<Result> results;
    for (const core::Persisted& persisted : sync()) {
      for (Result& result : step(persisted)) results.push_back(std::move(result));
    }
    return results;
  }

  /// Time goes by, and the timer fires if it was set for then.
  std::vector<Result> pass(core::Duration time) {
    now_.mono += time;
    now_.wall += time;
    const auto due = core_.next_timeout();
    if (!due || *due > now_.mono) return {};
    return step(core::Timeout{});
  }

  /// The same without the timer: it is late.
  void pass_silently(core::Duration time) {
    now_.mono += time;
    now_.wall += time;
  }

  void jump_wall_clock(core::Duration by) { now_.wall += by; }

  /// The process dies, what was not durable is lost, and another starts `down` later.
  void crash(core::Duration down = 0ms) {
    written_.clear();
    draft_.clear();
    now_.mono = core::Instant(5s);  // another process, another monotonic clock
    now_.wall += down;
    core_ = Queue(config_, ++seed_);
    start();
  }

  std::vector<Result> step(const Input& input) {
    Ready ready;
    core_.step(now_, input, ready);
    for (core::Write<Protocol>& write : ready.writes) written_.push_back(std::move(write));
    EXPECT_EQ(core_.check_invariants(true), std::nullopt);
    std::vector<Result> results;
    for (Reply& reply : ready.replies) {
      answered_.push_back(reply.request);
      results.push_back(std::move(reply.result));
    }
    return results;
  }

  // What most tests begin with.

  TaskId enqueue(const std::string& payload, const std::string& queue = "mail") {
    return enqueue(NewTask{core::Bytes(payload)}, queue);
  }

  TaskId enqueue(const NewTask& task, const std::string& queue = "mail") {
    return std::get<Enqueued>(done(Enqueue{queue, {task}})).tasks.at(0);
  }

  /// The tasks that are leased, each for ten seconds.
  std::vector<LeasedTask> lease(const std::string& worker = "ann", std::uint32_t max = 1) {
    return std::get<Leased>(done(lease_command(worker, max))).tasks;
  }

  static Lease lease_command(const std::string& worker = "ann", std::uint32_t max = 1,
                             std::uint32_t wait_ms = 0) {
    return Lease{"mail", worker, max, 10'000, wait_ms};
  }

  Counts counts(const std::string& queue = "mail") {
    return std::get<QueueInfo>(done(Inspect{queue})).counts;
  }

  Tally tally(const std::string& queue = "mail") {
    const Counts all = counts(queue);
    return {all.pending, all.processing, all.completed, all.waiting};
  }

  TaskInfo look(TaskId task, const std::string& queue = "mail") {
    return std::get<TaskInfo>(done(Look{queue, task}));
  }

  /// Leases what is to be had in `queue` and gives it back, until no attempt is left.
  void fail_all_attempts(const std::string& queue = "mail") {
    while (true) {
      const auto leased = std::get<Leased>(done(Lease{queue, "ann", 1, 10'000, 0})).tasks;
      if (leased.empty()) return;
      const LeasedTask& task = leased[0];
      EXPECT_TRUE(std::holds_alternative<Done>(done(Nack{queue, {task.task, task.lease}})));
      pass(std::chrono::milliseconds(config_.max_backoff_ms));
    }
  }

  const Queue& core() const { return core_; }
  core::Now now() const { return now_; }
  const std::vector<core::RequestId>& answered() const { return answered_; }
  core::RequestId last_request() const { return last_request_; }
  const std::vector<core::Write<Protocol>>& log() const { return log_; }
  const std::vector<Record>& snapshot() const { return snapshot_; }

 private:
  void start() {
    core::Start<Protocol> begin;
    begin.incarnation = ++incarnation_;
    begin.recovered.snapshot = snapshot_;
    begin.recovered.covered = covered_;
    begin.recovered.log = log_;
    begin.recovered.last_control = last_control_;
    begin.recovered.last_bulk = last_bulk_;
    EXPECT_TRUE(step(begin).empty());
  }

  /// As lib/disk does it: a commit replaces the snapshot before it, and the log up to what it
  /// covers.
  std::vector<core::Persisted> sync() {
    std::vector<core::Persisted> persisted;
    for (core::Write<Protocol>& write : std::exchange(written_, {})) {
      persisted.push_back({write.lane, write.seq});
      if (write.lane == core::Lane::control) {
        last_control_ = write.seq;
        log_.push_back(std::move(write));
        continue;
      }
      last_bulk_ = write.seq;
      if (write.kind == core::WriteKind::begin) draft_.clear();
      for (Record& record : write.records) draft_.push_back(std::move(record));
      if (write.kind != core::WriteKind::commit) continue;
      snapshot_ = std::exchange(draft_, {});
      covered_ = write.covers;
      std::erase_if(log_, [&](const auto& logged) { return logged.seq <= covered_; });
    }
    return persisted;
  }

  Config config_;
  Queue core_;
  core::Now now_{core::Instant(1s), core::UnixTime(1'700'000'000s)};
  std::uint64_t incarnation_ = 0;
  core::RequestId last_request_;
  std::vector<core::RequestId> answered_;
  std::vector<core::Write<Protocol>> written_;  // not durable yet
  std::uint64_t seed_ = 0;
  // What is durable.
  std::vector<core::Write<Protocol>> log_;
  std::vector<Record> draft_;
  std::vector<Record> snapshot_;
  core::WriteSeq covered_, last_control_, last_bulk_;
};

inline Refusal refusal(const Result& result) {
  const Refused* refused = std::get_if<Refused>(&result);
  EXPECT_NE(refused, nullptr) << "the command was carried out";
  return refused != nullptr ? refused->reason : Refusal::bad_request;
}

inline bool is_done(const Result& result) { return std::holds_alternative<Done>(result); }

inline Holding held(const LeasedTask& task) { return {task.task, task.lease}; }
inline Ack ack_of(const LeasedTask& task) { return {"mail", held(task)}; }
inline Nack nack_of(const LeasedTask& task) { return {"mail", held(task)}; }

}  // namespace queue
