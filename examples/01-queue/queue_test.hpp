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

  /// All that was written becomes durable.
  std::vector<Result> persist() {
    for (core::Write<Protocol>& write : written_) disk_.push_back(std::move(write));
    written_.clear();
    if (disk_.empty()) return {};
    return step(core::Persisted{core::Lane::control, disk_.back().seq});
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
    now_.mono = core::Instant(5s);  // another process, another monotonic clock
    now_.wall += down;
    core_ = Queue(config_, 0);
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
    return std::get<Enqueued>(done(Enqueue{queue, {core::Bytes(payload)}})).tasks.at(0);
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
    return std::get<Counts>(done(Inspect{queue}));
  }

  const Queue& core() const { return core_; }
  core::Now now() const { return now_; }
  const std::vector<core::RequestId>& answered() const { return answered_; }
  core::RequestId last_request() const { return last_request_; }
  const std::vector<core::Write<Protocol>>& disk() const { return disk_; }

 private:
  void start() {
    core::Start<Protocol> begin;
    begin.incarnation = ++incarnation_;
    begin.recovered.log = disk_;
    begin.recovered.last_control = disk_.empty() ? core::WriteSeq{0} : disk_.back().seq;
    EXPECT_TRUE(step(begin).empty());
  }

  Config config_;
  Queue core_;
  core::Now now_{core::Instant(1s), core::UnixTime(1'700'000'000s)};
  std::uint64_t incarnation_ = 0;
  core::RequestId last_request_;
  std::vector<core::RequestId> answered_;
  std::vector<core::Write<Protocol>> written_;  // not durable yet
  std::vector<core::Write<Protocol>> disk_;
};

inline Refusal refusal(const Result& result) {
  const Refused* refused = std::get_if<Refused>(&result);
  EXPECT_NE(refused, nullptr) << "the command was carried out";
  return refused != nullptr ? refused->reason : Refusal::bad_request;
}

inline bool is_done(const Result& result) { return std::holds_alternative<Done>(result); }

inline Ack ack_of(const LeasedTask& task) { return {"mail", task.task, task.lease}; }
inline Nack nack_of(const LeasedTask& task) { return {"mail", task.task, task.lease}; }

}  // namespace queue
