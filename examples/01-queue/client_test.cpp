// What producers and workers do right, one promise a test.
#include "client.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace queue {
namespace {

using namespace std::chrono_literals;

/// A client's core driven by hand.
class Program {
 public:
  explicit Program(std::uint32_t concurrency) : core_(config(concurrency), 0) {}

  ClientReady step(const ClientInput& input) {
    ClientReady ready;
    core_.step(now_, input, ready);
    return ready;
  }

  ClientReady submit(const Work& work) { return step(core::Submit<ClientProtocol>{work}); }
  ClientReady connect() { return step(core::Connected{}); }

  ClientReady answer(core::RequestId request, std::expected<Result, core::CallError> result) {
    return step(core::Answer<ClientProtocol>{request, std::move(result)});
  }

  /// Waits for the timer. There must be one.
  ClientReady wait_for_timer() {
    const auto due = core_.next_timeout();
    EXPECT_TRUE(due.has_value());
    now_.mono = due.value_or(now_.mono);
    ClientReady ready = step(core::Timeout{});
    const auto next = core_.next_timeout();
    EXPECT_TRUE(!next || *next > now_.mono) << "the timer would fire for ever";
    return ready;
  }

  const Client& core() const { return core_; }

 private:
  static ClientConfig config(std::uint32_t concurrency) {
    ClientConfig config;
    config.name = "ann";
    config.queue = "mail";
    config.concurrency = concurrency;
    config.max_unsent = 2;
    return config;
  }

  Client core_;
  core::Now now_{core::Instant(1s), core::UnixTime(1'700'000'000s)};
};

const Produce letter{1, "mail", {core::Bytes("1")}};
const LeasedTask task{TaskId{7}, LeaseToken{1, 3}, 1, core::UnixTime(1s), core::Bytes("1")};
const auto unknown = std::unexpected(core::CallError::unknown);

TEST(Producer, StoresATask) {
  Program producer(0);
  producer.connect();
  const auto asked = producer.submit(letter);
  ASSERT_EQ(asked.calls.size(), 1U);
  EXPECT_EQ(std::get<Enqueue>(asked.calls[0].command), (Enqueue{"mail", letter.payloads}));
  const auto told = producer.answer(asked.calls[0].request, Enqueued{{TaskId{9}}});
  ASSERT_EQ(told.outcomes.size(), 1U);
  EXPECT_EQ(std::get<Produced>(told.outcomes[0]), (Produced{1, {TaskId{9}}}));
  EXPECT_TRUE(producer.core().idle());
}

TEST(Producer, KeepsTasksUntilItIsConnected) {
  Program producer(0);
  EXPECT_TRUE(producer.submit(letter).empty());
  EXPECT_FALSE(producer.core().idle());
  EXPECT_EQ(producer.connect().calls.size(), 1U);
}

TEST(Producer, AsksAgainWhenTheAnswerWasLost) {
  Program producer(0);
  producer.connect();
  const auto asked = producer.submit(letter);
  EXPECT_TRUE(producer.answer(asked.calls[0].request, unknown).empty());
  const auto again = producer.wait_for_timer();
  ASSERT_EQ(again.calls.size(), 1U);
  EXPECT_EQ(again.calls[0].command, asked.calls[0].command);
  EXPECT_NE(again.calls[0].request, asked.calls[0].request);
}

TEST(Producer, TriesAgainWhenTheQueueIsFull) {
  Program producer(0);
  producer.connect();
  const auto asked = producer.submit(letter);
  const auto told = producer.answer(asked.calls[0].request, Refused{Refusal::queue_full});
  ASSERT_EQ(told.outcomes.size(), 1U);
  EXPECT_EQ(std::get<Delayed>(told.outcomes[0]).reason, Refusal::queue_full);
  EXPECT_TRUE(told.calls.empty()) << "without a pause";
  EXPECT_EQ(producer.wait_for_timer().calls.size(), 1U);
}

TEST(Producer, GivesUpWhatCanNeverBeStored) {
  Program producer(0);
  producer.connect();
  const auto asked = producer.submit(letter);
  const auto told = producer.answer(asked.calls[0].request, Refused{Refusal::payload_too_large});
  ASSERT_EQ(told.outcomes.size(), 1U);
  EXPECT_EQ(std::get<NotProduced>(told.outcomes[0]).reason, Refusal::payload_too_large);
  EXPECT_TRUE(producer.core().idle());
}

TEST(Producer, BoundsWhatItKeeps) {
  Program producer(0);
  producer.submit(letter);
  producer.submit(letter);
  const auto told = producer.submit(letter);
  ASSERT_EQ(told.outcomes.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<NotProduced>(told.outcomes[0]));
}

TEST(Producer, GivesUpAConnectionThatStaysSilent) {
  Program producer(0);
  producer.connect();
  const auto asked = producer.submit(letter);
  EXPECT_TRUE(producer.wait_for_timer().reconnect);
  EXPECT_FALSE(producer.core().next_timeout().has_value());
  producer.answer(asked.calls[0].request, unknown);
  producer.step(core::Disconnected{});
  producer.connect();
  EXPECT_EQ(producer.wait_for_timer().calls.size(), 1U);
}

TEST(Worker, LeasesWorksAndAcks) {
  Program worker(1);
  const auto asked = worker.connect();
  ASSERT_EQ(asked.calls.size(), 1U);
  EXPECT_EQ(std::get<Lease>(asked.calls[0].command), (Lease{"mail", "ann", 1, 30'000, 10'000}));
  const auto told = worker.answer(asked.calls[0].request, Leased{{task}});
  ASSERT_EQ(told.outcomes.size(), 1U);
  EXPECT_EQ(std::get<Begin>(told.outcomes[0]).task, task);
  EXPECT_TRUE(told.calls.empty()) << "it has no hand free";
  const auto ended = worker.submit(Finish{task.task, task.lease, true});
  ASSERT_EQ(ended.calls.size(), 1U);
  EXPECT_EQ(std::get<Ack>(ended.calls[0].command), (Ack{"mail", task.task, task.lease}));
  const auto acked = worker.answer(ended.calls[0].request, Done{});
  EXPECT_EQ(std::get<Finished>(acked.outcomes.at(0)).ending, Ending::completed);
  EXPECT_EQ(acked.calls.size(), 1U) << "the next lease";
}

TEST(Worker, NacksWhatItCouldNotDo) {
  Program worker(1);
  const auto asked = worker.connect();
  worker.answer(asked.calls[0].request, Leased{{task}});
  const auto ended = worker.submit(Finish{task.task, task.lease, false});
  ASSERT_EQ(ended.calls.size(), 1U);
  EXPECT_EQ(std::get<Nack>(ended.calls[0].command), (Nack{"mail", task.task, task.lease}));
  const auto told = worker.answer(ended.calls[0].request, Done{});
  EXPECT_EQ(std::get<Finished>(told.outcomes.at(0)).ending, Ending::returned);
}

TEST(Worker, AsksForAsManyTasksAsItHasHandsFree) {
  Program worker(3);
  const auto asked = worker.connect();
  EXPECT_EQ(std::get<Lease>(asked.calls.at(0).command).max, 3U);
  const auto told = worker.answer(asked.calls[0].request, Leased{{task}});
  ASSERT_EQ(told.calls.size(), 1U);
  EXPECT_EQ(std::get<Lease>(told.calls[0].command).max, 2U);
}

TEST(Worker, RepeatsAnAckWhoseAnswerWasLost) {
  Program worker(1);
  const auto asked = worker.connect();
  worker.answer(asked.calls[0].request, Leased{{task}});
  const auto ended = worker.submit(Finish{task.task, task.lease, true});
  EXPECT_TRUE(worker.answer(ended.calls[0].request, unknown).empty());
  const auto again = worker.wait_for_timer();
  ASSERT_EQ(again.calls.size(), 1U);
  EXPECT_EQ(again.calls[0].command, ended.calls[0].command);
}

TEST(Worker, SaysSoWhenItsLeaseHadEnded) {
  Program worker(1);
  const auto asked = worker.connect();
  worker.answer(asked.calls[0].request, Leased{{task}});
  const auto ended = worker.submit(Finish{task.task, task.lease, true});
  const auto told = worker.answer(ended.calls[0].request, Refused{Refusal::stale_lease});
  EXPECT_EQ(std::get<Finished>(told.outcomes.at(0)).ending, Ending::lost);
}

TEST(Worker, TakesNoMoreTasksOnceItRests) {
  Program worker(2);
  const auto asked = worker.connect();
  worker.answer(asked.calls.at(0).request, Leased{{task}});
  EXPECT_TRUE(worker.submit(Rest{}).empty());
  const auto ended = worker.submit(Finish{task.task, task.lease, true});
  ASSERT_EQ(ended.calls.size(), 1U) << "what was begun is finished";
  EXPECT_TRUE(std::holds_alternative<Ack>(ended.calls[0].command));
  EXPECT_TRUE(worker.answer(ended.calls[0].request, Done{}).calls.empty());
}

TEST(Worker, PausesAfterARefusedLease) {
  Program worker(1);
  const auto asked = worker.connect();
  EXPECT_TRUE(worker.answer(asked.calls[0].request, Refused{Refusal::too_many_waiting}).empty());
  EXPECT_EQ(worker.wait_for_timer().calls.size(), 1U);
}

}  // namespace
}  // namespace queue
