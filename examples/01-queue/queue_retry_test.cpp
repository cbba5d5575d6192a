// What the broker promises about tasks that fail, one promise a test.
#include <set>

#include "queue_test.hpp"

namespace queue {
namespace {

std::vector<TaskInfo> dead_letters(Bench& broker, const std::string& queue = "mail") {
  return std::get<DeadLetters>(broker.done(ListDead{queue, {}, 100})).tasks;
}

void send_dead_letters(Bench& broker, const std::string& from, const std::string& to) {
  ASSERT_TRUE(is_done(broker.done(SetQueue{from, {0, 0, to}})));
}

// ---- The pause between attempts -----------------------------------------------------------------

TEST(QueueRetry, GivesANackedTaskToNobodyBeforeItsPauseIsOver) {
  Bench broker;
  const TaskId task = broker.enqueue("1");
  broker.done(nack_of(broker.lease().at(0)));
  EXPECT_EQ(broker.counts().delayed, 1U);
  const core::Duration pause = *broker.core().next_timeout() - broker.now().mono;
  EXPECT_GE(pause, 500ms);
  EXPECT_LE(pause, 1'000ms);
  broker.pass(pause - 1ms);
  EXPECT_TRUE(broker.lease("bob").empty());
  broker.pass(1ms);
  const auto again = broker.lease("bob");
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].task, task);
  EXPECT_EQ(again[0].attempt, 2U);
}

TEST(QueueRetry, PausesAfterAnExpiredLeaseToo) {
  Bench broker;
  broker.enqueue("1");
  broker.lease();
  broker.pass(10s);
  EXPECT_EQ(broker.counts().delayed, 1U);
}

TEST(QueueRetry, DoublesThePauseUpToALimit) {
  Config config;
  config.max_backoff_ms = 4'000;
  Bench broker(config);
  broker.enqueue(NewTask{core::Bytes("1"), 0, 10, ""});
  for (const core::Duration whole : {1s, 2s, 4s, 4s}) {
    broker.done(nack_of(broker.lease().at(0)));
    const core::Duration pause = *broker.core().next_timeout() - broker.now().mono;
    EXPECT_GE(pause, whole / 2);
    EXPECT_LE(pause, whole);
    broker.pass(pause);
  }
}

TEST(QueueRetry, BringsTasksThatFailedTogetherBackAtDifferentTimes) {
  Bench broker;
  std::set<core::UnixTime> times;
  for (int i = 0; i < 20; ++i) broker.enqueue("1");
  for (const LeasedTask& task : broker.lease("ann", 20)) {
    broker.done(nack_of(task));
    times.insert(*broker.look(task.task).not_before);
  }
  EXPECT_GE(times.size(), 15U);
}

TEST(QueueRetry, LetsAPauseGoOnAfterARestart) {
  Bench broker;
  broker.enqueue("1");
  broker.done(nack_of(broker.lease().at(0)));
  const auto before = *broker.core().next_timeout() - broker.now().mono;
  broker.crash(100ms);
  EXPECT_EQ(*broker.core().next_timeout() - broker.now().mono, before - 100ms);
}

// ---- Dead letters -------------------------------------------------------------------------------

TEST(QueueRetry, MakesADeadLetterOfATaskWhoseAttemptsAreUsedUp) {
  Bench broker;
  const TaskId task = broker.enqueue(NewTask{core::Bytes("\"x\""), 0, 3, ""});
  broker.fail_all_attempts();
  EXPECT_EQ(broker.counts().failed, 1U);
  const auto letters = dead_letters(broker);
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].task, task);
  EXPECT_EQ(letters[0].state, TaskState::failed);
  EXPECT_EQ(letters[0].attempts, 3U);
  EXPECT_EQ(letters[0].reason, ReturnReason::nacked);
  EXPECT_EQ(letters[0].payload.view(), "\"x\"");
}

TEST(QueueRetry, CountsAnExpiredLeaseAsAnAttempt) {
  Bench broker;
  broker.enqueue(NewTask{core::Bytes("1"), 0, 1, ""});
  broker.lease();
  broker.pass(10s);
  EXPECT_EQ(dead_letters(broker).at(0).reason, ReturnReason::expired);
}

TEST(QueueRetry, DropsTheDeadLetterThatATaskBecameInTheSameStep) {
  Bench broker;
  const TaskId task = broker.enqueue(NewTask{core::Bytes("1"), 0, 1, ""});
  broker.lease();
  broker.pass_silently(10s);
  EXPECT_TRUE(is_done(broker.done(DropDead{"mail", task})));
  EXPECT_EQ(broker.counts().dropped, 1U);
}

TEST(QueueRetry, GivesATaskTheAttemptsOfItsQueueUnlessItSaysOtherwise) {
  Bench broker;
  broker.done(SetQueue{"mail", {0, 2, ""}});
  EXPECT_EQ(broker.look(broker.enqueue("1")).max_attempts, 2U);
  EXPECT_EQ(broker.look(broker.enqueue(NewTask{core::Bytes("1"), 0, 7, ""})).max_attempts, 7U);
  EXPECT_EQ(broker.look(broker.enqueue("1", "other"), "other").max_attempts, 5U);
}

TEST(QueueRetry, KeepsDeadLettersAndAttemptsAcrossACrash) {
  Bench broker;
  broker.enqueue(NewTask{core::Bytes("1"), 0, 1, ""});
  broker.fail_all_attempts();
  broker.enqueue("2");
  broker.done(nack_of(broker.lease().at(0)));
  broker.crash(10s);
  EXPECT_EQ(dead_letters(broker).size(), 1U);
  EXPECT_EQ(broker.lease().at(0).attempt, 2U);
}

TEST(QueueRetry, ListsDeadLettersPageByPage) {
  Bench broker;
  for (int i = 0; i < 3; ++i) {
    broker.enqueue(NewTask{core::Bytes("1"), 0, 1, ""});
    broker.fail_all_attempts();
  }
  const auto first = std::get<DeadLetters>(broker.done(ListDead{"mail", {}, 2}));
  EXPECT_EQ(first.tasks.size(), 2U);
  EXPECT_TRUE(first.more);
  const auto rest = std::get<DeadLetters>(broker.done(ListDead{"mail", first.tasks[1].task, 2}));
  EXPECT_EQ(rest.tasks.size(), 1U);
  EXPECT_FALSE(rest.more);
}

TEST(QueueRetry, GivesARetriedDeadLetterAllItsAttemptsAgain) {
  Bench broker;
  const TaskId task = broker.enqueue(NewTask{core::Bytes("1"), 0, 2, ""});
  broker.fail_all_attempts();
  EXPECT_TRUE(is_done(broker.done(RetryDead{"mail", task})));
  broker.crash();
  const auto leased = broker.lease();
  ASSERT_EQ(leased.size(), 1U);
  EXPECT_EQ(leased[0].attempt, 1U);
  EXPECT_EQ(leased[0].max_attempts, 2U);
}

TEST(QueueRetry, ForgetsADroppedDeadLetterAndCountsIt) {
  Bench broker;
  const TaskId task = broker.enqueue(NewTask{core::Bytes("1"), 0, 1, ""});
  broker.fail_all_attempts();
  EXPECT_TRUE(is_done(broker.done(DropDead{"mail", task})));
  EXPECT_EQ(broker.counts().dropped, 1U);
  broker.crash();
  EXPECT_TRUE(dead_letters(broker).empty());
  EXPECT_EQ(broker.counts().dropped, 1U);
}

TEST(QueueRetry, RetriesAndDropsOnlyDeadLetters) {
  Bench broker;
  const TaskId task = broker.enqueue("1");
  EXPECT_EQ(refusal(broker.done(RetryDead{"mail", task})), Refusal::not_failed);
  EXPECT_EQ(refusal(broker.done(DropDead{"mail", task})), Refusal::not_failed);
  EXPECT_EQ(refusal(broker.done(DropDead{"other", task})), Refusal::no_such_task);
  EXPECT_EQ(refusal(broker.done(RetryDead{"mail", TaskId{7}})), Refusal::no_such_task);
  EXPECT_EQ(broker.counts().pending, 1U);
}

TEST(QueueRetry, CountsDeadLettersIntoTheLengthOfTheirQueue) {
  Bench broker;
  broker.done(SetQueue{"mail", {1, 1, ""}});
  const TaskId task = broker.enqueue("1");
  broker.fail_all_attempts();
  EXPECT_EQ(refusal(broker.done(Enqueue{"mail", {{core::Bytes("2")}}})), Refusal::queue_full);
  broker.done(DropDead{"mail", task});
  broker.enqueue("2");
}

// ---- Another queue for dead letters -------------------------------------------------------------

TEST(QueueRetry, MovesADeadLetterToTheQueueThatIsSetInOneWrite) {
  Bench broker;
  send_dead_letters(broker, "mail", "morgue");
  const TaskId task = broker.enqueue(NewTask{core::Bytes("1"), 0, 1, ""});
  const auto leased = broker.lease();
  broker.done(nack_of(leased[0]));
  EXPECT_EQ(broker.log().back().records.size(), 1U);
  EXPECT_EQ(broker.counts("mail"), Counts());
  EXPECT_EQ(broker.counts("morgue").pending, 1U);
  broker.crash();
  EXPECT_EQ(broker.look(task, "morgue").state, TaskState::pending);
  EXPECT_EQ(broker.look(task, "morgue").attempts, 0U);
}

TEST(QueueRetry, KeepsADeadLetterThatFindsItsNewQueueFull) {
  Bench broker;
  send_dead_letters(broker, "mail", "morgue");
  broker.done(SetQueue{"morgue", {1, 0, ""}});
  broker.enqueue("1", "morgue");
  broker.enqueue(NewTask{core::Bytes("1"), 0, 1, ""});
  broker.fail_all_attempts();
  EXPECT_EQ(broker.counts("mail").failed, 1U);
  EXPECT_EQ(broker.counts("morgue").pending, 1U);
}

TEST(QueueRetry, KeepsADeadLetterWhoseNewQueueCannotBeMade) {
  Config config;
  config.max_queues = 1;
  Bench broker(config);
  send_dead_letters(broker, "mail", "morgue");
  broker.enqueue(NewTask{core::Bytes("1"), 0, 1, ""});
  broker.fail_all_attempts();
  EXPECT_EQ(broker.counts("mail").failed, 1U);
}

TEST(QueueRetry, LetsNoTaskWanderBetweenQueuesForEver) {
  Config config;
  config.max_hops = 3;
  Bench broker(config);
  send_dead_letters(broker, "mail", "other");
  send_dead_letters(broker, "other", "mail");
  broker.enqueue(NewTask{core::Bytes("1"), 0, 1, ""});
  for (int i = 0; i < 10; ++i) {
    broker.fail_all_attempts("mail");
    broker.fail_all_attempts("other");
  }
  EXPECT_EQ(broker.counts("mail").failed + broker.counts("other").failed, 1U);
  EXPECT_EQ(broker.counts("other").failed, 1U) << "the third hop leads to the other queue";
}

// ---- Settings -----------------------------------------------------------------------------------

TEST(QueueRetry, RefusesSettingsOutOfRange) {
  Bench broker;
  EXPECT_EQ(refusal(broker.done(SetQueue{"a b", {}})), Refusal::bad_name);
  EXPECT_EQ(refusal(broker.done(SetQueue{"mail", {100'001, 0, ""}})), Refusal::bad_request);
  EXPECT_EQ(refusal(broker.done(SetQueue{"mail", {0, 101, ""}})), Refusal::bad_request);
  EXPECT_EQ(refusal(broker.done(SetQueue{"mail", {0, 0, "mail"}})), Refusal::bad_request);
  EXPECT_EQ(refusal(broker.done(SetQueue{"mail", {0, 0, "a/b"}})), Refusal::bad_name);
  EXPECT_TRUE(is_done(broker.done(SetQueue{"mail", {100'000, 100, "other"}})));
}

TEST(QueueRetry, KeepsSettingsAcrossACrash) {
  Bench broker;
  const Settings settings{7, 3, "morgue"};
  broker.done(SetQueue{"mail", settings});
  broker.crash();
  EXPECT_EQ(std::get<QueueInfo>(broker.done(Inspect{"mail"})).settings, settings);
}

TEST(QueueRetry, MakesNoQueueWithoutRoomOnTheDisk) {
  Bench broker;
  broker.step(core::Room{false});
  EXPECT_EQ(refusal(broker.done(SetQueue{"mail", {}})), Refusal::no_room);
}

TEST(QueueRetry, CountsAQueueThatIsSetIntoTheLimitOfQueues) {
  Config config;
  config.max_queues = 1;
  Bench broker(config);
  EXPECT_TRUE(is_done(broker.done(SetQueue{"mail", {}})));
  EXPECT_TRUE(is_done(broker.done(SetQueue{"mail", {5, 0, ""}})));
  EXPECT_EQ(refusal(broker.done(SetQueue{"other", {}})), Refusal::too_many_queues);
}

}  // namespace
}  // namespace queue
