// What the broker promises about keys: the same key, the same task.
#include "queue_test.hpp"

namespace queue {
namespace {

NewTask keyed(const std::string& key) { return NewTask{core::Bytes("1"), 0, 0, key}; }

TEST(QueueKey, StoresATaskOnceHoweverOftenItIsSent) {
  Bench broker;
  const TaskId task = broker.enqueue(keyed("a-1"));
  EXPECT_EQ(broker.enqueue(keyed("a-1")), task);
  EXPECT_NE(broker.enqueue(keyed("a-2")), task);
  EXPECT_EQ(broker.counts().pending, 2U);
}

TEST(QueueKey, KnowsTheKeyOfATaskThatIsCompleted) {
  Bench broker;
  const TaskId task = broker.enqueue(keyed("a-1"));
  broker.done(ack_of(broker.lease().at(0)));
  EXPECT_EQ(broker.enqueue(keyed("a-1")), task);
  EXPECT_EQ(broker.counts().pending, 0U);
}

TEST(QueueKey, KnowsKeysAcrossACrash) {
  Bench broker;
  const TaskId task = broker.enqueue(keyed("a-1"));
  broker.crash();
  EXPECT_EQ(broker.enqueue(keyed("a-1")), task);
}

TEST(QueueKey, WritesATaskAndItsKeyTogether) {
  Bench broker;
  broker.enqueue(keyed("a-1"));
  EXPECT_EQ(broker.log().back().records.size(), 2U);
}

TEST(QueueKey, AnswersARepetitionOnlyWhenTheFirstIsDurable) {
  Bench broker;
  EXPECT_TRUE(broker.ask(Enqueue{"mail", {keyed("a-1")}}).empty());
  EXPECT_TRUE(broker.ask(Enqueue{"mail", {keyed("a-1")}}).empty());
  EXPECT_EQ(broker.persist().size(), 2U);
}

TEST(QueueKey, KeepsTheKeysOfDifferentQueuesApart) {
  Bench broker;
  EXPECT_NE(broker.enqueue(keyed("a-1"), "mail"), broker.enqueue(keyed("a-1"), "other"));
}

TEST(QueueKey, TakesARepetitionWithinABatch) {
  Bench broker;
  const Enqueue command{"mail", {keyed("a"), keyed("b"), keyed("a")}};
  const auto tasks = std::get<Enqueued>(broker.done(command)).tasks;
  ASSERT_EQ(tasks.size(), 3U);
  EXPECT_EQ(tasks[0], tasks[2]);
  EXPECT_NE(tasks[0], tasks[1]);
  EXPECT_EQ(broker.counts().pending, 2U);
}

TEST(QueueKey, ForgetsAKeyWhenItsTimeIsOver) {
  Config config;
  config.key_window_ms = 60'000;
  Bench broker(config);
  const TaskId task = broker.enqueue(keyed("a-1"));
  broker.pass(59'999ms);
  EXPECT_EQ(broker.enqueue(keyed("a-1")), task);
  broker.pass(1ms);
  const TaskId other = broker.enqueue(keyed("a-1"));
  EXPECT_NE(other, task);
  broker.crash();
  EXPECT_EQ(broker.enqueue(keyed("a-1")), other);
}

TEST(QueueKey, AnswersARepetitionEvenWhenTheQueueOrTheDiskIsFull) {
  Config config;
  config.max_queue_length = 1;
  Bench broker(config);
  const TaskId task = broker.enqueue(keyed("a-1"));
  EXPECT_EQ(refusal(broker.done(Enqueue{"mail", {keyed("a-2")}})), Refusal::queue_full);
  EXPECT_EQ(broker.enqueue(keyed("a-1")), task);
  broker.step(core::Room{false});
  EXPECT_EQ(broker.enqueue(keyed("a-1")), task);
}

TEST(QueueKey, BoundsTheKeysThatItRemembers) {
  Config config;
  config.max_keys = 2;
  config.key_window_ms = 60'000;
  Bench broker(config);
  broker.enqueue(keyed("a"));
  broker.pass(30s);
  broker.enqueue(keyed("b"));
  EXPECT_EQ(refusal(broker.done(Enqueue{"mail", {keyed("c")}})), Refusal::too_many_keys);
  broker.enqueue(NewTask{core::Bytes("1")});
  broker.pass(30s);
  broker.enqueue(keyed("c"));
}

TEST(QueueKey, RefusesKeysThatItCouldNotPrint) {
  Bench broker;
  for (const std::string bad : {"a b", "\xff", "a\n"}) {
    EXPECT_EQ(refusal(broker.done(Enqueue{"mail", {keyed(bad)}})), Refusal::bad_request);
  }
  const std::string longest(200, 'k');
  EXPECT_EQ(refusal(broker.done(Enqueue{"mail", {keyed(longest + "k")}})), Refusal::bad_request);
  broker.enqueue(keyed(longest));
}

}  // namespace
}  // namespace queue
