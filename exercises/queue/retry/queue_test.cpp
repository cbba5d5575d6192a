// What the exercise asks for, tried on the core alone, by hand.
#include "queue_test.hpp"

namespace queue {

namespace {

Config config_of(std::uint32_t attempts) {
  Config config;
  config.default_attempts = attempts;
  config.backoff_ms = 1'000;
  config.max_backoff_ms = 3'000;
  return config;
}

/// One attempt: the task is leased and given back at once.
void fail_once(Bench& bench) {
  const auto leased = bench.lease();
  ASSERT_EQ(leased.size(), 1U);
  ASSERT_TRUE(is_done(bench.done(nack_of(leased[0]))));
}

}  // namespace

TEST(Retry, AnAckUnderAnOldTokenIsRefused) {
  Bench bench(config_of(5));
  bench.enqueue("1");
  const auto slow = bench.lease("ann");
  ASSERT_EQ(slow.size(), 1U);
  bench.pass(10'000ms);
  bench.lease("bob");  // there is a pause first
  bench.pass(1'000ms);
  const auto quick = bench.lease("bob");
  ASSERT_EQ(quick.size(), 1U);
  EXPECT_EQ(refusal(bench.done(ack_of(slow[0]))), Refusal::stale_lease);
  EXPECT_TRUE(is_done(bench.done(ack_of(quick[0]))));
}

TEST(Retry, TheSecondAttemptSaysThatItIsTheSecond) {
  Bench bench(config_of(5));
  bench.enqueue("1");
  fail_once(bench);
  bench.pass(1'000ms);
  const auto again = bench.lease();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].attempt, 2U);
  EXPECT_EQ(again[0].max_attempts, 5U);
}

TEST(Retry, ThereIsAPauseBeforeTheNextAttempt) {
  Bench bench(config_of(5));
  bench.enqueue("1");
  fail_once(bench);
  bench.pass(499ms);  // at least half of the 1,000 ms
  EXPECT_TRUE(bench.lease().empty());
  bench.pass(501ms);
  EXPECT_EQ(bench.lease().size(), 1U);
}

TEST(Retry, AnAckDuringThePauseIsRefused) {
  Bench bench(config_of(5));
  bench.enqueue("1");
  const auto leased = bench.lease("ann");
  ASSERT_EQ(leased.size(), 1U);
  EXPECT_TRUE(is_done(bench.done(nack_of(leased[0]))));
  EXPECT_EQ(refusal(bench.done(ack_of(leased[0]))), Refusal::stale_lease);
}

TEST(Retry, ThePauseGrowsUpToALimit) {
  Bench bench(config_of(9));
  bench.enqueue("1");
  for (const auto& [least, most] : {std::pair{500ms, 1'000ms}, std::pair{1'000ms, 2'000ms},
                                    std::pair{1'500ms, 3'000ms}, std::pair{1'500ms, 3'000ms}}) {
    fail_once(bench);
    bench.pass(least - 1ms);
    EXPECT_TRUE(bench.lease().empty()) << least;
    bench.pass(most - least + 1ms);
  }
}

TEST(Retry, AfterTheLastAttemptItIsADeadLetter) {
  Bench bench(config_of(2));
  const TaskId task = bench.enqueue("1");
  fail_once(bench);
  bench.pass(3'000ms);
  fail_once(bench);
  bench.pass(3'000ms);
  EXPECT_TRUE(bench.lease().empty());
  const auto letters = std::get<DeadLetters>(bench.done(ListDead{"mail", {}, 10})).tasks;
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].task, task);
  EXPECT_EQ(letters[0].state, TaskState::failed);
}

TEST(Retry, ADeadLetterCanBeTriedAgainOrThrownAway) {
  Bench bench(config_of(1));
  const TaskId task = bench.enqueue("1");
  fail_once(bench);
  EXPECT_TRUE(is_done(bench.done(RetryDead{"mail", task})));
  fail_once(bench);
  EXPECT_TRUE(is_done(bench.done(DropDead{"mail", task})));
  EXPECT_EQ(refusal(bench.done(RetryDead{"mail", task})), Refusal::not_failed);
}

TEST(Retry, AnExtendedLeaseEndsLater) {
  Bench bench(config_of(5));
  bench.enqueue("1");
  const auto leased = bench.lease("ann");
  ASSERT_EQ(leased.size(), 1U);
  bench.pass(9'000ms);
  EXPECT_TRUE(is_done(bench.done(Extend{"mail", held(leased[0]), 10'000})));
  bench.pass(9'999ms);
  EXPECT_TRUE(bench.lease("bob").empty());
  EXPECT_TRUE(is_done(bench.done(ack_of(leased[0]))));
}

}  // namespace queue
