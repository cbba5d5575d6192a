// What the broker promises about the log: it stays short, and a snapshot tells the same.
#include <algorithm>
#include <set>

#include "queue_test.hpp"

namespace queue {
namespace {

/// So small that a few changes make a snapshot due.
Config small() {
  Config config;
  config.snapshot_bytes = 1'000;
  config.chunk_bytes = 300;
  config.keep_completed = 5;
  config.max_backoff_ms = 4'000;
  return config;
}

/// Changes that leave no trace: enough of them make a snapshot due.
void churn(Bench& broker, const LeasedTask& task, int times) {
  for (int i = 0; i < times; ++i) broker.ask(Extend{"mail", held(task), 600'000});
}

/// A task in every state, each with another history.
void fill(Bench& broker) {
  broker.done(SetQueue{"mail", {50, 2, "morgue"}});
  broker.done(SetQueue{"morgue", {50, 1, ""}});
  for (int i = 0; i < 8; ++i) {
    broker.enqueue(
        NewTask{core::Bytes("\"" + std::to_string(i) + "\""), 0, 0, "key-" + std::to_string(i)});
  }
  broker.enqueue(NewTask{core::Bytes("1"), 900'000, 3, ""});
  const auto leased = broker.lease("ann", 6);
  broker.done(ack_of(leased[0]));
  broker.done(nack_of(leased[1]));
  broker.done(nack_of(leased[2]));
  broker.done(Extend{"mail", held(leased[3]), 700'000});
  broker.pass(2s);
  const auto again = broker.lease("bob", 2);
  for (const LeasedTask& task : again) broker.done(nack_of(task));
  broker.fail_all_attempts("morgue");
  broker.done(DropDead{"morgue", leased[1].task});
  churn(broker, leased[3], 100);
  broker.persist();
}

TEST(QueueSnapshot, ComesBackInTheSameStateWithAShorterLog) {
  Config large = small();
  large.snapshot_bytes = 1'000'000;
  Bench without(large);
  Bench with(small());
  fill(without);
  fill(with);
  ASSERT_FALSE(with.snapshot().empty());
  ASSERT_TRUE(without.snapshot().empty());
  EXPECT_LT(with.log().size(), without.log().size());
  with.crash(1s);
  without.crash(1s);
  for (std::uint64_t id = 1; id <= 9; ++id) {
    for (const std::string queue : {"mail", "morgue"}) {
      const Result found = with.done(Look{queue, TaskId{id}});
      EXPECT_EQ(found, without.done(Look{queue, TaskId{id}})) << id << " in " << queue;
    }
  }
  EXPECT_EQ(with.done(ListQueues{}), without.done(ListQueues{}));
  EXPECT_EQ(with.core().next_timeout(), without.core().next_timeout());
  EXPECT_EQ(with.enqueue(NewTask{core::Bytes("1"), 0, 0, "key-3"}), TaskId{4});
  EXPECT_EQ(with.enqueue("1"), TaskId{10});
}

TEST(QueueSnapshot, KeepsTheLogAsShortAsWhatIsLive) {
  Bench broker(small());
  std::size_t longest = 0;
  for (int i = 0; i < 500; ++i) {
    broker.enqueue("1");
    broker.done(ack_of(broker.lease().at(0)));
    longest = std::max(longest, broker.log().size());
  }
  EXPECT_LT(longest, 300U);
  EXPECT_LT(broker.snapshot().size(), 4'000U);
}

/// A broker in which a task may change its queue once, and has.
void send_on(Bench& broker) {
  broker.done(SetQueue{"mail", {50, 1, "morgue"}});
  broker.done(SetQueue{"morgue", {50, 1, "mail"}});
  broker.enqueue("1");
  broker.fail_all_attempts("mail");
}

TEST(QueueSnapshot, KeepsHowOftenATaskHasChangedItsQueue) {
  Config config = small();
  config.max_hops = 1;
  Bench broker(config);
  send_on(broker);
  broker.enqueue("2", "other");
  broker.done(SetQueue{"other", {50, 5, ""}});
  const auto leased = std::get<Leased>(broker.done(Lease{"other", "ann", 1, 600'000, 0})).tasks;
  for (int i = 0; i < 50; ++i) broker.ask(Extend{"other", held(leased[0]), 600'000});
  broker.persist();
  ASSERT_FALSE(broker.snapshot().empty());
  broker.crash();
  EXPECT_EQ(broker.core().tasks().at(TaskId{1}).hops, 1U);
  broker.fail_all_attempts("morgue");
  EXPECT_EQ(broker.counts("morgue").failed, 1U) << "it does not go back";
}

TEST(QueueSnapshot, KeepsWhatEachQueueHasCounted) {
  Bench broker(small());
  fill(broker);
  const Counts mail = broker.counts("mail");
  const Counts morgue = broker.counts("morgue");
  EXPECT_EQ(mail.completed, 1U);
  EXPECT_EQ(morgue.dropped, 1U);
  broker.crash();
  EXPECT_EQ(broker.counts("mail"), mail);
  EXPECT_EQ(broker.counts("morgue"), morgue);
}

/// How many extensions of a task's lease it takes until a snapshot is begun.
int extensions_until_due(Bench& broker, const LeasedTask& task) {
  for (int count = 1; count < 100; ++count) {
    broker.done(Extend{"mail", held(task), 600'000});
    if (!broker.snapshot().empty()) return count;
  }
  return 0;
}

/// In the log a record counts for 64 bytes, and an enqueue for its payload, too. A task that is
/// live counts for 256 and its payload, a key or a completed task for 64.
TEST(QueueSnapshot, IsDueWhenTheLogIsAsLongAsWhatIsLiveAndAPiece) {
  Config config = small();
  config.snapshot_bytes = 12 * 64;
  Bench one(config);
  one.enqueue("1234567890");
  EXPECT_EQ(extensions_until_due(one, one.lease().at(0)), 12 + 4 - 2);
  Bench with_key(config);
  with_key.enqueue(NewTask{core::Bytes("1234567890"), 0, 0, "key"});
  EXPECT_EQ(extensions_until_due(with_key, with_key.lease().at(0)), 12 + 4 + 1 - 3);
  Bench with_completed(config);
  with_completed.enqueue("");
  with_completed.done(ack_of(with_completed.lease().at(0)));
  with_completed.enqueue("1234567890");
  const LeasedTask task = with_completed.lease().at(0);
  EXPECT_EQ(extensions_until_due(with_completed, task), 12 + 4 + 1 - 5);
}

TEST(QueueSnapshot, TakesTasksWhileItIsWritten) {
  Bench broker(small());
  for (int i = 0; i < 5; ++i) broker.enqueue("1");
  churn(broker, broker.lease().at(0), 50);
  broker.persist_once();
  broker.persist_once();
  ASSERT_TRUE(broker.snapshot().empty()) << "it is under way";
  broker.enqueue("2");
  broker.done(ack_of(broker.lease("bob").at(0)));
  ASSERT_FALSE(broker.snapshot().empty());
  broker.crash();
  EXPECT_EQ(broker.tally(), (Tally{4, 1, 1, 0}));
}

TEST(QueueSnapshot, LosesNothingWhereverACrashCutsItShort) {
  std::set<bool> committed;
  for (int syncs = 1; syncs < 20; ++syncs) {
    Bench broker(small());
    for (int i = 0; i < 5; ++i) broker.enqueue("1");
    churn(broker, broker.lease().at(0), 50);
    for (int i = 0; i < syncs; ++i) broker.persist_once();
    committed.insert(!broker.snapshot().empty());
    broker.crash();
    EXPECT_EQ(broker.tally(), (Tally{4, 1, 0, 0})) << syncs;
    broker.enqueue("1");
    broker.crash();
    EXPECT_EQ(broker.tally(), (Tally{5, 1, 0, 0})) << syncs;
  }
  EXPECT_EQ(committed.size(), 2U) << "some before the commit, some after";
}

TEST(QueueSnapshot, FreesAFullDiskAsLongAsItIsSmallItself) {
  Bench broker(small());
  broker.enqueue("1");
  const auto leased = broker.lease();
  broker.step(core::Room{false});
  churn(broker, leased.at(0), 100);
  broker.persist();
  EXPECT_FALSE(broker.snapshot().empty());
}

TEST(QueueSnapshot, IsNotBegunOnAFullDiskThatItWouldNotFitOn) {
  Bench broker(small());
  for (int i = 0; i < 5; ++i) broker.enqueue("1");
  const auto leased = broker.lease();
  broker.step(core::Room{false});
  churn(broker, leased.at(0), 100);
  broker.persist();
  EXPECT_TRUE(broker.snapshot().empty());
  broker.step(core::Room{true});
  broker.persist();
  EXPECT_FALSE(broker.snapshot().empty());
}

}  // namespace
}  // namespace queue
