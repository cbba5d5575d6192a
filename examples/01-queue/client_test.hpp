// For the tests of the client: a core driven by hand, and what it is driven with.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "client.hpp"

namespace queue::client_test {

using namespace std::chrono_literals;

inline ClientConfig config_of(std::uint32_t concurrency) {
  ClientConfig config;
  config.name = "ann";
  config.queue = "mail";
  config.concurrency = concurrency;
  config.max_unsent = 2;
  return config;
}

/// A client's core driven by hand.
class Program {
 public:
  explicit Program(std::uint32_t concurrency, std::uint64_t seed = 0)
      : core_(config_of(concurrency), seed) {}
  explicit Program(const ClientConfig& config) : core_(config, 0) {}

  ClientReady step(const ClientInput& input) {
    ClientReady ready;
    core_.step(now_, input, ready);
    return ready;
  }

  ClientReady submit(const Work& work) { return step(core::Submit<ClientProtocol>{work}); }
  ClientReady connect() { return step(core::Connected{}); }
  ClientReady disconnect() { return step(core::Disconnected{}); }

  ClientReady answer(core::RequestId request, std::expected<Result, core::CallError> result) {
    return step(core::Answer<ClientProtocol>{request, std::move(result)});
  }

  /// Waits for the timer. There must be one.
  ClientReady wait_for_timer() {
    wait(time_to_timer());
    ClientReady ready = step(core::Timeout{});
    const auto next = core_.next_timeout();
    EXPECT_TRUE(!next || *next > now_.mono) << "the timer would fire for ever";
    return ready;
  }

  core::Duration time_to_timer() const {
    const auto due = core_.next_timeout();
    EXPECT_TRUE(due.has_value());
    return due.value_or(now_.mono) - now_.mono;
  }

  void wait(core::Duration time) { now_.mono += time; }

  const Client& core() const { return core_; }

 private:
  Client core_;
  core::Now now_{core::Instant(1s), core::UnixTime(1'700'000'000s)};
};

inline NewTask new_task(const std::string& payload, const std::string& key = "") {
  NewTask task;
  task.payload = core::Bytes(payload);
  task.key = key;
  return task;
}

inline LeasedTask leased(std::uint64_t id, std::uint64_t number) {
  LeasedTask task;
  task.task = TaskId{id};
  task.lease = LeaseToken{1, number};
  task.attempt = 1;
  task.payload = core::Bytes("1");
  return task;
}

inline Holding holding(const LeasedTask& task) { return {task.task, task.lease}; }

inline const Produce letter{1, "mail", {new_task("1", "my-key")}};
inline const Produce keyless{1, "mail", {new_task("1"), new_task("2")}};
inline const LeasedTask task = leased(7, 3);
inline const LeasedTask other = leased(8, 4);
inline const LeasedTask third = leased(9, 5);
inline const Finish done{task.task, task.lease, true};
inline const Finish other_done{other.task, other.lease, true};
inline const Finish third_done{third.task, third.lease, true};
inline const auto unknown = std::unexpected(core::CallError::unknown);
inline const auto refused = std::unexpected(core::CallError::refused);

/// A client that takes no tasks.
inline Program connected(std::uint64_t seed = 0) {
  Program client(0, seed);
  client.connect();
  return client;
}

/// A worker whose program works on these tasks, and on as many as it may.
inline Program working_on(const std::vector<LeasedTask>& tasks) {
  Program worker(static_cast<std::uint32_t>(tasks.size()));
  const auto asked = worker.connect();
  EXPECT_EQ(worker.answer(asked.calls.at(0).request, Leased{tasks}).outcomes.size(), tasks.size());
  return worker;
}

inline core::Call<ClientProtocol> only_call(const ClientReady& ready) {
  EXPECT_EQ(ready.calls.size(), 1U);
  return ready.calls.at(0);
}

inline Outcome only_outcome(const ClientReady& ready) {
  EXPECT_EQ(ready.outcomes.size(), 1U);
  return ready.outcomes.at(0);
}

/// What is asked again when the answer to `asked` was lost.
inline ClientReady lose_answer(Program& program, const ClientReady& asked) {
  program.answer(only_call(asked).request, unknown);
  return program.wait_for_timer();
}

}  // namespace queue::client_test
