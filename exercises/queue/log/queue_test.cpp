// What the exercise asks for, tried on the core alone, by hand. The bench keeps what the core
// writes, and hands it back to the next broker after a crash, if it was durable.
#include "queue_test.hpp"

namespace queue {

TEST(Log, AnAnswerWaitsUntilItsWriteIsDurable) {
  Bench bench;
  EXPECT_TRUE(bench.ask(Enqueue{"mail", {NewTask{core::Bytes("1")}}}).empty());
  EXPECT_EQ(bench.persist().size(), 1U);
}

TEST(Log, ATaskThatWasAnsweredIsThereAfterACrash) {
  Bench bench;
  const TaskId task = bench.enqueue("photo 17");
  bench.crash();
  const auto leased = bench.lease();
  ASSERT_EQ(leased.size(), 1U);
  EXPECT_EQ(leased[0].task, task);
  EXPECT_EQ(leased[0].payload, core::Bytes("photo 17"));
}

TEST(Log, ANewTaskGetsAnIdThatNoOldOneHad) {
  Bench bench;
  const TaskId before = bench.enqueue("1");
  EXPECT_TRUE(is_done(bench.done(ack_of(bench.lease().at(0)))));
  bench.crash();
  EXPECT_LT(before, bench.enqueue("2"));
}

TEST(Log, WhatIsDoneStaysDone) {
  Bench bench;
  bench.enqueue("1");
  EXPECT_TRUE(is_done(bench.done(ack_of(bench.lease().at(0)))));
  bench.crash();
  EXPECT_TRUE(bench.lease().empty());
}

TEST(Log, AWorkerKeepsItsTaskWhileTheBrokerIsAway) {
  Bench bench;
  bench.enqueue("1");
  const auto leased = bench.lease("ann");
  ASSERT_EQ(leased.size(), 1U);
  bench.crash(4'000ms);  // of the ten seconds that the lease lasts
  EXPECT_TRUE(bench.lease("bob").empty());
  EXPECT_TRUE(is_done(bench.done(ack_of(leased[0]))));
}

TEST(Log, AttemptsAreCountedOnAfterACrash) {
  Bench bench;
  bench.enqueue("1");
  EXPECT_TRUE(is_done(bench.done(nack_of(bench.lease().at(0)))));
  bench.crash(30'000ms);
  const auto again = bench.lease();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].attempt, 2U);
}

TEST(Log, ADeadLetterStaysOne) {
  Bench bench;
  NewTask once{core::Bytes("1")};
  once.max_attempts = 1;
  bench.enqueue(once);
  EXPECT_TRUE(is_done(bench.done(nack_of(bench.lease().at(0)))));
  bench.crash();
  EXPECT_TRUE(bench.lease().empty());
  EXPECT_EQ(std::get<DeadLetters>(bench.done(ListDead{"mail", {}, 10})).tasks.size(), 1U);
}

}  // namespace queue
