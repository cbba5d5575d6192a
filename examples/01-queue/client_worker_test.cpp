// What workers do right, one promise a test.
#include <gtest/gtest.h>

#include "client_test.hpp"

namespace queue::client_test {
namespace {

/// What the worker sends when its program has ended these tasks without a connection.
ClientReady reconnect_after(Program& worker, const std::vector<Finish>& ended) {
  worker.disconnect();
  for (const Finish& finish : ended) worker.submit(finish);
  return worker.connect();
}

TEST(Worker, LeasesWorksAndAcks) {
  Program worker(1);
  const auto asked = worker.connect();
  EXPECT_EQ(std::get<Lease>(only_call(asked).command), (Lease{"mail", "ann", 1, 30'000, 10'000}));
  const auto told = worker.answer(only_call(asked).request, Leased{{task}});
  EXPECT_EQ(std::get<Begin>(only_outcome(told)).task, task);
  EXPECT_TRUE(told.calls.empty()) << "it has no hand free";
  const auto ended = worker.submit(done);
  EXPECT_EQ(std::get<Ack>(only_call(ended).command), (Ack{"mail", holding(task)}));
  const auto acked = worker.answer(only_call(ended).request, Done{});
  EXPECT_EQ(std::get<Finished>(only_outcome(acked)),
            (Finished{task.task, task.lease, Ending::completed}));
  EXPECT_EQ(acked.calls.size(), 1U) << "the next lease";
}

TEST(Worker, NacksWhatItCouldNotDo) {
  Program worker = working_on({task});
  const auto ended = worker.submit(Finish{task.task, task.lease, false});
  EXPECT_EQ(std::get<Nack>(only_call(ended).command), (Nack{"mail", holding(task)}));
  const auto told = worker.answer(only_call(ended).request, Done{});
  EXPECT_EQ(std::get<Finished>(only_outcome(told)).ending, Ending::returned);
}

TEST(Worker, AsksForAsManyTasksAsItHasHandsFree) {
  Program worker(3);
  const auto asked = worker.connect();
  EXPECT_EQ(std::get<Lease>(only_call(asked).command).max, 3U);
  const auto told = worker.answer(only_call(asked).request, Leased{{task}});
  EXPECT_EQ(std::get<Lease>(only_call(told).command).max, 2U);
}

TEST(Worker, RepeatsAnAckWhoseAnswerWasLost) {
  Program worker = working_on({task});
  const auto ended = worker.submit(done);
  EXPECT_TRUE(worker.answer(only_call(ended).request, unknown).empty());
  const auto again = worker.wait_for_timer();
  EXPECT_EQ(only_call(again).command, only_call(ended).command);
}

TEST(Worker, SaysSoWhenItsLeaseHadEnded) {
  Program worker = working_on({task});
  const auto ended = worker.submit(done);
  const auto told = worker.answer(only_call(ended).request, Refused{Refusal::stale_lease});
  EXPECT_EQ(std::get<Finished>(only_outcome(told)).ending, Ending::lost);
}

TEST(Worker, EndsATaskOnce) {
  Program worker = working_on({task});
  const auto ended = worker.submit(done);
  EXPECT_TRUE(worker.submit(done).empty());
  worker.answer(only_call(ended).request, Done{});
  EXPECT_TRUE(worker.submit(done).empty());
}

TEST(Worker, TakesNoMoreTasksOnceItRests) {
  Program worker(2);
  const auto asked = worker.connect();
  worker.answer(only_call(asked).request, Leased{{task}});
  EXPECT_TRUE(worker.submit(Rest{}).empty());
  const auto ended = worker.submit(done);
  EXPECT_TRUE(std::holds_alternative<Ack>(only_call(ended).command))
      << "what was begun is finished";
  EXPECT_TRUE(worker.answer(only_call(ended).request, Done{}).calls.empty());
}

TEST(Worker, PausesAfterARefusedLease) {
  for (const Refusal reason : {Refusal::too_many_waiting, Refusal::too_many_leases}) {
    Program worker(1);
    const auto asked = worker.connect();
    EXPECT_TRUE(worker.answer(only_call(asked).request, Refused{reason}).empty());
    EXPECT_GE(worker.time_to_timer(), 1s);
    EXPECT_EQ(worker.wait_for_timer().calls.size(), 1U);
  }
}

TEST(Worker, PausesLongerAfterEachFailedLeaseUntilOneIsAnswered) {
  Program worker(1);
  auto asked = worker.connect();
  for (const auto most : {200ms, 400ms, 800ms, 1'600ms}) {
    worker.answer(only_call(asked).request, unknown);
    EXPECT_GE(worker.time_to_timer(), most / 2);
    EXPECT_LE(worker.time_to_timer(), most);
    asked = worker.wait_for_timer();
  }
  worker.wait(10s);
  asked = worker.answer(only_call(asked).request, Leased{});
  worker.answer(only_call(asked).request, unknown);
  EXPECT_LE(worker.time_to_timer(), 200ms);
}

TEST(Worker, PausesWhenThereIsNothingToDoAndItDoesNotWaitForIt) {
  ClientConfig config = config_of(1);
  config.wait_ms = 0;
  Program worker(config);
  auto asked = worker.connect();
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(worker.answer(only_call(asked).request, Leased{}).calls.empty());
    EXPECT_LE(worker.time_to_timer(), 200ms) << "that is no failure";
    asked = worker.wait_for_timer();
  }
}

TEST(Worker, AsksAtOnceWhenTheBrokerHasWaitedInVain) {
  for (const auto waited : {5'000ms, 10'000ms}) {
    Program worker(1);
    const auto asked = worker.connect();
    worker.wait(waited);
    EXPECT_EQ(worker.answer(only_call(asked).request, Leased{}).calls.size(), 1U);
  }
}

TEST(Worker, PausesWhenTheBrokerDoesNotWaitAlthoughItWasAskedTo) {
  for (const auto waited : {0ms, 4'999ms}) {
    Program worker(1);
    const auto asked = worker.connect();
    worker.wait(waited);
    EXPECT_TRUE(worker.answer(only_call(asked).request, Leased{}).calls.empty());
    EXPECT_GE(worker.time_to_timer(), 100ms);
    EXPECT_LE(worker.time_to_timer(), 200ms) << "that is no failure";
    EXPECT_EQ(worker.wait_for_timer().calls.size(), 1U);
  }
}

TEST(Worker, ExtendsItsLeaseHalfwayFromTheSending) {
  Program worker(1);
  const auto asked = worker.connect();
  worker.wait(4s);
  worker.answer(only_call(asked).request, Leased{{task}});
  EXPECT_EQ(worker.time_to_timer(), 11s);
  const auto extended = worker.wait_for_timer();
  EXPECT_EQ(std::get<Extend>(only_call(extended).command), (Extend{"mail", holding(task), 30'000}));
  worker.wait(3s);
  EXPECT_TRUE(worker.answer(only_call(extended).request, Done{}).empty());
  EXPECT_EQ(worker.time_to_timer(), 12s);
  EXPECT_EQ(worker.wait_for_timer().calls.size(), 1U);
}

TEST(Worker, ExtendsAtOnceALeaseThatMayBeHalfOver) {
  ClientConfig config = config_of(1);
  config.visibility_ms = 6'000;
  Program worker(config);
  const auto asked = worker.connect();
  worker.wait(8s);
  const auto told = worker.answer(only_call(asked).request, Leased{{task}});
  EXPECT_EQ(std::get<Extend>(only_call(told).command), (Extend{"mail", holding(task), 6'000}));
}

TEST(Worker, ExtendsNothingWhenItIsNotTo) {
  ClientConfig config = config_of(1);
  config.extend = false;
  Program worker(config);
  const auto asked = worker.connect();
  worker.answer(only_call(asked).request, Leased{{task}});
  EXPECT_FALSE(worker.core().next_timeout().has_value());
}

TEST(Worker, AsksAgainForAnExtensionThatFailed) {
  Program worker = working_on({task});
  auto asked = worker.wait_for_timer();
  const std::vector<std::expected<Result, core::CallError>> answers = {unknown, refused,
                                                                       Refused{Refusal::no_room}};
  for (const auto& answer : answers) {
    EXPECT_TRUE(worker.answer(only_call(asked).request, answer).empty());
    EXPECT_LE(worker.time_to_timer(), 800ms);
    asked = worker.wait_for_timer();
    EXPECT_TRUE(std::holds_alternative<Extend>(only_call(asked).command));
  }
  worker.answer(only_call(asked).request, Done{});
  asked = worker.wait_for_timer();
  worker.answer(only_call(asked).request, unknown);
  EXPECT_LE(worker.time_to_timer(), 200ms) << "the failures start anew";
}

TEST(Worker, ExtendsNothingOnceItHasFinished) {
  Program worker = working_on({task});
  const auto ended = worker.submit(done);
  EXPECT_EQ(worker.time_to_timer(), 5s) << "until the ack is given up";
  worker.wait(1min);
  EXPECT_TRUE(worker.step(core::Timeout{}).calls.empty());
  EXPECT_FALSE(worker.answer(only_call(ended).request, Done{}).outcomes.empty());
}

TEST(Worker, IgnoresAnExtensionThatComesAfterItsFinish) {
  Program worker = working_on({task});
  const auto extended = worker.wait_for_timer();
  worker.submit(done);
  EXPECT_TRUE(worker.answer(only_call(extended).request, Refused{Refusal::stale_lease}).empty());
  EXPECT_EQ(worker.time_to_timer(), 5s);
}

TEST(Worker, TellsOnceThatItsLeaseIsLost) {
  for (const Refusal reason : {Refusal::stale_lease, Refusal::no_such_task}) {
    Program worker = working_on({task});
    const auto extended = worker.wait_for_timer();
    const auto told = worker.answer(only_call(extended).request, Refused{reason});
    EXPECT_EQ(std::get<LeaseLost>(only_outcome(told)), (LeaseLost{task.task, task.lease}));
    EXPECT_TRUE(told.calls.empty()) << "its hand is not free before the Finish";
    EXPECT_FALSE(worker.core().next_timeout().has_value()) << "no more extensions";
    const auto ended = worker.submit(done);
    const auto lost = worker.answer(only_call(ended).request, Refused{reason});
    EXPECT_EQ(std::get<Finished>(only_outcome(lost)).ending, Ending::lost);
  }
}

TEST(Worker, SendsSeveralAcksTogetherAndTellsHowEachEnded) {
  Program worker = working_on({task, other, third});
  const auto sent = reconnect_after(worker, {done, other_done, third_done});
  EXPECT_EQ(std::get<AckMany>(only_call(sent).command),
            (AckMany{"mail", {holding(task), holding(other), holding(third)}}));
  const Acked acked{{third.task, task.task}, {RefusedAck{other.task, Refusal::stale_lease}}};
  const auto told = worker.answer(only_call(sent).request, acked);
  ASSERT_EQ(told.outcomes.size(), 3U);
  EXPECT_EQ(std::get<Finished>(told.outcomes[0]),
            (Finished{task.task, task.lease, Ending::completed}));
  EXPECT_EQ(std::get<Finished>(told.outcomes[1]),
            (Finished{other.task, other.lease, Ending::lost}));
  EXPECT_EQ(std::get<Finished>(told.outcomes[2]),
            (Finished{third.task, third.lease, Ending::completed}));
  EXPECT_EQ(std::get<Lease>(only_call(told).command).max, 3U);
}

TEST(Worker, SendsNacksOneByOne) {
  Program worker = working_on({task, other});
  const auto sent = reconnect_after(
      worker, {Finish{task.task, task.lease, false}, Finish{other.task, other.lease, false}});
  ASSERT_EQ(sent.calls.size(), 2U);
  EXPECT_EQ(std::get<Nack>(sent.calls[0].command), (Nack{"mail", holding(task)}));
  EXPECT_EQ(std::get<Nack>(sent.calls[1].command), (Nack{"mail", holding(other)}));
}

TEST(Worker, RepeatsAcksTogetherWhenTheirAnswerWasLost) {
  Program worker = working_on({task, other});
  const auto sent = reconnect_after(worker, {done, other_done});
  EXPECT_TRUE(worker.answer(only_call(sent).request, unknown).empty());
  const auto again = worker.wait_for_timer();
  EXPECT_EQ(only_call(again).command, sent.calls[0].command);
  worker.answer(only_call(again).request, unknown);
  EXPECT_GE(worker.time_to_timer(), 200ms) << "the second failure in a row";
}

TEST(Worker, AsksAgainAboutAcksThatTheAnswerDoesNotName) {
  Program worker = working_on({task, other});
  const auto sent = reconnect_after(worker, {done, other_done});
  const auto told = worker.answer(only_call(sent).request, Acked{{task.task}, {}});
  EXPECT_EQ(std::get<Finished>(only_outcome(told)).task, task.task);
  const auto again = worker.wait_for_timer();
  EXPECT_EQ(std::get<Ack>(only_call(again).command), (Ack{"mail", holding(other)}));
}

TEST(Worker, LosesAllTasksWhoseAcksAreRefusedTogether) {
  Program worker = working_on({task, other});
  const auto sent = reconnect_after(worker, {done, other_done});
  const auto told = worker.answer(only_call(sent).request, Refused{Refusal::bad_request});
  ASSERT_EQ(told.outcomes.size(), 2U);
  EXPECT_EQ(std::get<Finished>(told.outcomes[0]).ending, Ending::lost);
  EXPECT_EQ(std::get<Finished>(told.outcomes[1]).ending, Ending::lost);
}

TEST(Worker, SplitsAcksThatAreTooManyForOneRequest) {
  std::vector<LeasedTask> tasks;
  for (std::uint64_t i = 1; i <= 250; ++i) tasks.push_back(leased(i, i));
  Program worker = working_on(tasks);
  worker.disconnect();
  for (const LeasedTask& one : tasks) worker.submit(Finish{one.task, one.lease, true});
  const auto sent = worker.connect();
  ASSERT_EQ(sent.calls.size(), 3U);
  std::vector<Holding> held;
  for (const auto& call : sent.calls) {
    const AckMany& acks = std::get<AckMany>(call.command);
    EXPECT_LE(acks.held.size(), 100U);
    held.insert(held.end(), acks.held.begin(), acks.held.end());
  }
  ASSERT_EQ(held.size(), 250U);
  for (std::size_t i = 0; i < held.size(); ++i) EXPECT_EQ(held[i], holding(tasks[i]));
}

TEST(Worker, AcksATaskThatItWasGivenTwiceInTwoRequests) {
  const LeasedTask second_time = leased(7, 9);
  Program worker = working_on({task, second_time});
  const auto sent =
      reconnect_after(worker, {done, Finish{second_time.task, second_time.lease, true}});
  ASSERT_EQ(sent.calls.size(), 2U) << "one answer could not tell them apart";
  EXPECT_EQ(std::get<Ack>(sent.calls[0].command), (Ack{"mail", holding(task)}));
  EXPECT_EQ(std::get<Ack>(sent.calls[1].command), (Ack{"mail", holding(second_time)}));
}

}  // namespace
}  // namespace queue::client_test
