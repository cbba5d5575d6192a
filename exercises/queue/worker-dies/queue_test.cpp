// What the exercise asks for, tried on the core alone, by hand.
#include "queue_test.hpp"

namespace queue {

TEST(WorkerDies, TheOldestTaskComesFirst) {
  Bench bench;
  const TaskId first = bench.enqueue("1");
  const TaskId second = bench.enqueue("2");
  EXPECT_EQ(bench.lease("ann").at(0).task, first);
  EXPECT_EQ(bench.lease("bob").at(0).task, second);
}

TEST(WorkerDies, NobodyElseGetsATaskWhileItIsHeld) {
  Bench bench;
  bench.enqueue("1");
  ASSERT_EQ(bench.lease("ann").size(), 1U);
  bench.pass(9'999ms);
  EXPECT_TRUE(bench.lease("bob").empty());
}

TEST(WorkerDies, SomebodyElseGetsItWhenTheLeaseIsOver) {
  Bench bench;
  const TaskId task = bench.enqueue("1");
  ASSERT_EQ(bench.lease("ann").size(), 1U);
  bench.pass(10'000ms);
  const auto again = bench.lease("bob");
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].task, task);
  EXPECT_EQ(again[0].payload.view(), "1");
}

TEST(WorkerDies, ATaskBehindOneThatIsHeldIsToBeHad) {
  Bench bench;
  bench.enqueue("1");
  const TaskId second = bench.enqueue("2");
  ASSERT_EQ(bench.lease("ann").size(), 1U);
  EXPECT_EQ(bench.lease("bob").at(0).task, second);
}

TEST(WorkerDies, NobodyGetsATaskThatIsDone) {
  Bench bench;
  bench.enqueue("1");
  const auto leased = bench.lease("ann");
  ASSERT_EQ(leased.size(), 1U);
  EXPECT_TRUE(is_done(bench.done(ack_of(leased[0]))));
  bench.pass(10'000ms);
  EXPECT_TRUE(bench.lease("bob").empty());
}

}  // namespace queue
