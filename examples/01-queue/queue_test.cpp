// What the broker promises, one promise a test.
#include "queue_test.hpp"

#include <algorithm>

namespace queue {
namespace {

// ---- A task's life ------------------------------------------------------------------------------

TEST(Queue, HandsOutATaskAsItCameIn) {
  Bench broker;
  const TaskId task = broker.enqueue("{\"to\": 1.50}");
  const auto leased = broker.lease();
  ASSERT_EQ(leased.size(), 1U);
  EXPECT_EQ(leased[0].task, task);
  EXPECT_EQ(leased[0].payload.view(), "{\"to\": 1.50}");
  EXPECT_EQ(leased[0].attempt, 1U);
  EXPECT_EQ(leased[0].expires_at, broker.now().wall + 10s);
}

TEST(Queue, HandsOutTheOldestTaskFirst) {
  Bench broker;
  const TaskId first = broker.enqueue("1");
  const TaskId second = broker.enqueue("2");
  EXPECT_EQ(broker.lease().at(0).task, first);
  EXPECT_EQ(broker.lease().at(0).task, second);
}

TEST(Queue, LeasesUpToAsManyAsAskedFor) {
  Bench broker;
  for (int i = 0; i < 5; ++i) broker.enqueue("1");
  EXPECT_EQ(broker.lease("ann", 3).size(), 3U);
  EXPECT_EQ(broker.lease("bob", 3).size(), 2U);
  EXPECT_EQ(broker.lease("cid", 3).size(), 0U);
}

TEST(Queue, TakesABatchWholeOrNotAtAll) {
  Config config;
  config.max_queue_length = 3;
  Bench broker(config);
  broker.enqueue("1");
  const std::vector<NewTask> three(3, NewTask{core::Bytes("2")});
  EXPECT_EQ(refusal(broker.done(Enqueue{"mail", three})), Refusal::queue_full);
  EXPECT_EQ(broker.counts().pending, 1U);
  const std::vector<NewTask> two(2, NewTask{core::Bytes("2")});
  EXPECT_EQ(std::get<Enqueued>(broker.done(Enqueue{"mail", two})).tasks.size(), 2U);
}

TEST(Queue, ForgetsACompletedTaskAndCountsIt) {
  Bench broker;
  broker.enqueue("1");
  const auto leased = broker.lease();
  EXPECT_EQ(broker.tally(), (Tally{0, 1, 0, 0}));
  EXPECT_TRUE(is_done(broker.done(ack_of(leased[0]))));
  EXPECT_EQ(broker.tally(), (Tally{0, 0, 1, 0}));
  EXPECT_TRUE(broker.lease().empty());
}

TEST(Queue, TellsWhatItKnowsAboutATask) {
  Bench broker;
  const TaskId task = broker.enqueue("\"x\"");
  EXPECT_EQ(broker.look(task).state, TaskState::pending);
  EXPECT_EQ(broker.look(task).payload.view(), "\"x\"");
  EXPECT_EQ(broker.look(task).enqueued_at, broker.now().wall);
  const auto leased = broker.lease("ann");
  const TaskInfo processing = broker.look(task);
  EXPECT_EQ(processing.state, TaskState::processing);
  EXPECT_EQ(processing.worker, "ann");
  EXPECT_EQ(processing.expires_at, broker.now().wall + 10s);
  EXPECT_EQ(processing.attempts, 1U);
  EXPECT_EQ(processing.max_attempts, 5U);
  broker.pass(3s);
  broker.done(ack_of(leased[0]));
  const TaskInfo completed = broker.look(task);
  EXPECT_EQ(completed.state, TaskState::completed);
  EXPECT_EQ(completed.attempts, 1U);
  EXPECT_EQ(completed.ended_at, broker.now().wall);
  EXPECT_EQ(refusal(broker.done(Look{"other", task})), Refusal::no_such_task);
  EXPECT_EQ(refusal(broker.done(Look{"mail", TaskId{9}})), Refusal::no_such_task);
}

TEST(Queue, RemembersTheLastCompletedTasksOnly) {
  Config config;
  config.keep_completed = 2;
  Bench broker(config);
  for (int i = 0; i < 3; ++i) {
    broker.enqueue("1");
    broker.done(ack_of(broker.lease().at(0)));
  }
  EXPECT_EQ(refusal(broker.done(Look{"mail", TaskId{1}})), Refusal::no_such_task);
  EXPECT_EQ(broker.look(TaskId{2}).state, TaskState::completed);
  EXPECT_EQ(broker.look(TaskId{3}).state, TaskState::completed);
  EXPECT_EQ(broker.counts().completed, 3U);
}

TEST(Queue, CountsEachQueueAndTellsTheAgeOfItsNextTask) {
  Bench broker;
  broker.enqueue("1");
  broker.pass(2s);
  broker.enqueue("1", "other");
  broker.pass(1s);
  const auto queues = std::get<Queues>(broker.done(ListQueues{})).queues;
  ASSERT_EQ(queues.size(), 2U);
  EXPECT_EQ(queues[0].queue, "mail");
  EXPECT_EQ(queues[0].counts.oldest_ms, 3'000U);
  EXPECT_EQ(queues[1].queue, "other");
  EXPECT_EQ(queues[1].counts.oldest_ms, 1'000U);
  broker.lease();
  EXPECT_EQ(broker.counts().oldest_ms, 0U);
}

TEST(Queue, GivesADelayedTaskToNobodyBeforeItsTime) {
  Bench broker;
  const TaskId task = broker.enqueue(NewTask{core::Bytes("1"), 5'000, 0, ""});
  EXPECT_EQ(broker.counts().delayed, 1U);
  EXPECT_EQ(broker.look(task).not_before, broker.now().wall + 5s);
  EXPECT_TRUE(broker.ask(Bench::lease_command("ann", 1, 20'000)).empty());
  EXPECT_TRUE(broker.pass(4'999ms).empty());
  EXPECT_TRUE(broker.persist().empty());
  broker.pass(1ms);
  EXPECT_EQ(std::get<Leased>(broker.persist().at(0)).tasks.at(0).task, task);
}

TEST(Queue, LetsADelayGoOnAfterARestart) {
  Bench broker;
  broker.enqueue(NewTask{core::Bytes("1"), 5'000, 0, ""});
  broker.crash(2s);
  EXPECT_EQ(broker.core().next_timeout(), broker.now().mono + 3s);
  broker.pass(3s);
  EXPECT_EQ(broker.lease().size(), 1U);
}

// ---- Leases -------------------------------------------------------------------------------------

TEST(Queue, KeepsATaskWithItsHolderUntilTheLeaseEnds) {
  Bench broker;
  broker.enqueue("1");
  broker.lease("ann");
  broker.pass(9'999ms);
  EXPECT_TRUE(broker.lease("bob").empty());
}

TEST(Queue, ReturnsTheTaskOfADeadWorkerWhenItsLeaseExpires) {
  Bench broker;
  const TaskId task = broker.enqueue("1");
  broker.lease("ann");
  broker.pass(10s);
  broker.pass(1s);
  const auto leased = broker.lease("bob");
  ASSERT_EQ(leased.size(), 1U);
  EXPECT_EQ(leased[0].task, task);
  EXPECT_EQ(leased[0].attempt, 2U);
}

TEST(Queue, JudgesALeaseByTheTimeEvenIfTheTimerIsLate) {
  Bench broker;
  broker.enqueue("1");
  const auto leased = broker.lease("ann");
  broker.pass_silently(10s);
  EXPECT_EQ(refusal(broker.done(ack_of(leased[0]))), Refusal::stale_lease);
  EXPECT_EQ(broker.counts().pending, 1U);
}

TEST(Queue, RefusesAStaleAckAndChangesNothing) {
  Bench broker;
  broker.enqueue("1");
  const auto late = broker.lease("ann");
  broker.pass(10s);
  broker.pass(1s);
  const auto holder = broker.lease("bob");
  EXPECT_EQ(refusal(broker.done(ack_of(late[0]))), Refusal::stale_lease);
  EXPECT_EQ(broker.tally(), (Tally{0, 1, 0, 0}));
  EXPECT_TRUE(is_done(broker.done(ack_of(holder[0]))));
}

TEST(Queue, RefusesAStaleNackAndChangesNothing) {
  Bench broker;
  broker.enqueue("1");
  const auto late = broker.lease("ann");
  broker.pass(10s);
  broker.pass(1s);
  broker.lease("bob");
  EXPECT_EQ(refusal(broker.done(nack_of(late[0]))), Refusal::stale_lease);
  EXPECT_EQ(broker.tally(), (Tally{0, 1, 0, 0}));
}

TEST(Queue, RefusesASecondAck) {
  Bench broker;
  broker.enqueue("1");
  const auto leased = broker.lease();
  EXPECT_TRUE(is_done(broker.done(ack_of(leased[0]))));
  EXPECT_EQ(refusal(broker.done(ack_of(leased[0]))), Refusal::stale_lease);
}

TEST(Queue, KnowsATaskOnlyUnderItsOwnQueue) {
  Bench broker;
  broker.enqueue("1");
  const auto leased = broker.lease();
  broker.enqueue("2", "other");
  const Ack elsewhere{"other", held(leased[0])};
  EXPECT_EQ(refusal(broker.done(elsewhere)), Refusal::no_such_task);
  EXPECT_EQ(refusal(broker.done(Ack{"mail", {TaskId{99}, leased[0].lease}})),
            Refusal::no_such_task);
  EXPECT_EQ(refusal(broker.done(Ack{"mail", {TaskId{0}, leased[0].lease}})), Refusal::no_such_task);
}

TEST(Queue, ShortLeasesEndBeforeLongOnes) {
  Bench broker;
  broker.enqueue("1");
  broker.enqueue("2");
  broker.done(Lease{"mail", "ann", 1, 5'000, 0});
  broker.done(Lease{"mail", "bob", 1, 1'000, 0});
  EXPECT_EQ(broker.core().next_timeout(), broker.now().mono + 1s);
  broker.pass(1s);
  EXPECT_EQ(broker.tally(), (Tally{1, 1, 0, 0}));
  broker.pass(1s);
  EXPECT_EQ(broker.core().next_timeout(), broker.now().mono + 3s);
}

TEST(Queue, MovesTheEndOfALeaseThatIsExtended) {
  Bench broker;
  broker.enqueue("1");
  const auto leased = broker.lease("ann");
  broker.pass(9s);
  EXPECT_TRUE(is_done(broker.done(Extend{"mail", held(leased[0]), 5'000})));
  broker.pass(4'999ms);
  EXPECT_TRUE(broker.lease("bob").empty());
  EXPECT_EQ(broker.core().next_timeout(), broker.now().mono + 1ms);
  EXPECT_TRUE(is_done(broker.done(ack_of(leased[0]))));
}

TEST(Queue, LetsAnExtendedLeaseGoOnAfterARestart) {
  Bench broker;
  broker.enqueue("1");
  const auto leased = broker.lease("ann");
  broker.pass(9s);
  broker.done(Extend{"mail", held(leased[0]), 8'000});
  broker.crash(2s);
  EXPECT_EQ(broker.core().next_timeout(), broker.now().mono + 6s);
}

TEST(Queue, AnswersAnExtensionOnlyWhenItIsDurable) {
  Bench broker;
  broker.enqueue("1");
  const auto leased = broker.lease("ann");
  EXPECT_TRUE(broker.ask(Extend{"mail", held(leased[0]), 5'000}).empty());
  EXPECT_EQ(broker.persist().size(), 1U);
}

TEST(Queue, ExtendsNoLeaseThatHasEnded) {
  Bench broker;
  broker.enqueue("1");
  const auto late = broker.lease("ann");
  broker.pass(10s);
  broker.pass(1s);
  broker.lease("bob");
  EXPECT_EQ(refusal(broker.done(Extend{"mail", held(late[0]), 5'000})), Refusal::stale_lease);
}

TEST(Queue, JudgesEachAckOfABatchByItself) {
  Bench broker;
  for (int i = 0; i < 3; ++i) broker.enqueue("1");
  const auto leased = broker.lease("ann", 3);
  broker.done(ack_of(leased[1]));
  const AckMany command{"mail", {held(leased[0]), held(leased[1]), held(leased[2])}};
  const auto acked = std::get<Acked>(broker.done(command));
  EXPECT_EQ(acked.done, (std::vector{leased[0].task, leased[2].task}));
  EXPECT_EQ(acked.refused, (std::vector{RefusedAck{leased[1].task, Refusal::stale_lease}}));
  EXPECT_EQ(broker.counts().completed, 3U);
  EXPECT_EQ(broker.log().back().records.size(), 2U) << "a batch is one write";
}

// ---- Waiting for a task -------------------------------------------------------------------------

TEST(Queue, GivesANewTaskToWhoeverWaitsLongest) {
  Bench broker;
  broker.enqueue("0");
  broker.done(ack_of(broker.lease().at(0)));
  EXPECT_TRUE(broker.ask(Bench::lease_command("ann", 1, 20'000)).empty());
  const core::RequestId first = broker.last_request();
  broker.pass(1s);
  EXPECT_TRUE(broker.ask(Bench::lease_command("bob", 1, 20'000)).empty());
  EXPECT_EQ(broker.counts().waiting, 2U);
  broker.ask(Enqueue{"mail", {{core::Bytes("1")}}}, producer_session);
  EXPECT_EQ(broker.persist().size(), 2U);
  EXPECT_EQ(std::ranges::count(broker.answered(), first), 1);
  EXPECT_EQ(broker.tally(), (Tally{0, 1, 1, 1}));
}

TEST(Queue, EndsAWaitWithoutATaskWhenItsTimeIsOver) {
  Bench broker;
  EXPECT_TRUE(broker.ask(Bench::lease_command("ann", 1, 2'000)).empty());
  EXPECT_TRUE(broker.pass(1'999ms).empty());
  const auto results = broker.pass(1ms);
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(std::get<Leased>(results[0]).tasks.size(), 0U);
}

TEST(Queue, GivesAWaitingWorkerTheTaskWhoseLeaseExpires) {
  Bench broker;
  broker.enqueue("1");
  broker.lease("ann");
  EXPECT_TRUE(broker.ask(Bench::lease_command("bob", 1, 20'000)).empty());
  EXPECT_TRUE(broker.pass(10s).empty());
  EXPECT_TRUE(broker.pass(1s).empty());
  const auto results = broker.persist();
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(std::get<Leased>(results[0]).tasks.size(), 1U);
}

TEST(Queue, ForgetsTheWaitOfAClientThatIsGone) {
  Bench broker;
  EXPECT_TRUE(broker.ask(Bench::lease_command("ann", 1, 20'000)).empty());
  broker.step(core::Closed{worker_session});
  broker.enqueue("1");
  EXPECT_EQ(broker.tally(), (Tally{1, 0, 0, 0}));
}

TEST(Queue, AnswersNothingToAClientThatIsGone) {
  Bench broker;
  broker.ask(Enqueue{"mail", {{core::Bytes("1")}}}, producer_session);
  broker.step(core::Closed{producer_session});
  EXPECT_TRUE(broker.persist().empty());
  EXPECT_EQ(broker.counts().pending, 1U);
}

// ---- Durable before said ------------------------------------------------------------------------

TEST(Queue, AnswersAnEnqueueOnlyWhenItIsDurable) {
  Bench broker;
  EXPECT_TRUE(broker.ask(Enqueue{"mail", {{core::Bytes("1")}}}).empty());
  EXPECT_EQ(broker.persist().size(), 1U);
}

TEST(Queue, AnswersAnAckOnlyWhenItIsDurable) {
  Bench broker;
  broker.enqueue("1");
  const auto leased = broker.lease();
  EXPECT_TRUE(broker.ask(ack_of(leased[0])).empty());
  EXPECT_EQ(broker.persist().size(), 1U);
}

TEST(Queue, NeverLeasesATwiceWhileTheFirstLeaseIsBeingWritten) {
  Bench broker;
  broker.enqueue("1");
  EXPECT_TRUE(broker.ask(Bench::lease_command("ann")).empty());
  EXPECT_TRUE(broker.ask(Bench::lease_command("bob")).empty());
  const auto results = broker.persist();
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(std::get<Leased>(results[0]).tasks.size(), 1U);
  EXPECT_EQ(std::get<Leased>(results[1]).tasks.size(), 0U);
}

TEST(Queue, HoldsARefusalThatRestsOnAWriteUnderWay) {
  Bench broker;
  broker.enqueue("1");
  const auto leased = broker.lease();
  EXPECT_TRUE(broker.ask(ack_of(leased[0])).empty());
  EXPECT_TRUE(broker.ask(ack_of(leased[0])).empty()) << "told of an ack that a crash may undo";
  const auto results = broker.persist();
  ASSERT_EQ(results.size(), 2U);
  EXPECT_TRUE(is_done(results[0]));
  EXPECT_EQ(refusal(results[1]), Refusal::stale_lease);
}

TEST(Queue, AnswersOnlyWhatTheDiskHasReached) {
  Bench broker;
  broker.ask(Enqueue{"mail", {{core::Bytes("1")}}});
  broker.ask(Enqueue{"mail", {{core::Bytes("2")}}});
  EXPECT_EQ(broker.step(core::Persisted{core::Lane::control, core::WriteSeq{1}}).size(), 1U);
  EXPECT_EQ(broker.step(core::Persisted{core::Lane::control, core::WriteSeq{2}}).size(), 1U);
}

// ---- Restarts -----------------------------------------------------------------------------------

TEST(Queue, KeepsWhatItAcknowledgedAcrossACrash) {
  Bench broker;
  const TaskId task = broker.enqueue("\"kept\"");
  broker.ask(Enqueue{"mail", {{core::Bytes("\"not yet\"")}}});
  broker.crash();
  EXPECT_EQ(broker.counts().pending, 1U);
  const auto leased = broker.lease();
  EXPECT_EQ(leased[0].task, task);
  EXPECT_EQ(leased[0].payload.view(), "\"kept\"");
}

TEST(Queue, DoesNotBringACompletedTaskBack) {
  Bench broker;
  broker.enqueue("1");
  broker.done(ack_of(broker.lease().at(0)));
  broker.crash();
  EXPECT_EQ(broker.tally(), (Tally{0, 0, 1, 0}));
}

TEST(Queue, ComesBackInTheStateThatItsRecordsTell) {
  Bench broker;
  for (int i = 0; i < 4; ++i) broker.enqueue("1");
  const auto leased = broker.lease("ann", 3);
  broker.done(nack_of(leased[0]));
  broker.done(ack_of(leased[1]));
  const auto before = broker.tally();
  broker.crash();
  EXPECT_EQ(broker.tally(), before);
  EXPECT_EQ(broker.lease("bob").at(0).task, TaskId{4});
  broker.pass(1s);
  const auto again = broker.lease("bob");
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].task, leased[0].task);
  EXPECT_EQ(again[0].attempt, 2U);
}

TEST(Queue, LetsALeaseGoOnAfterARestart) {
  Bench broker;
  broker.enqueue("1");
  const auto leased = broker.lease("ann");
  broker.crash(4s);
  EXPECT_TRUE(broker.lease("bob").empty());
  EXPECT_EQ(broker.core().next_timeout(), broker.now().mono + 6s);
  EXPECT_TRUE(is_done(broker.done(ack_of(leased[0]))));
}

TEST(Queue, EndsALeaseThatRanOutWhileTheBrokerWasDown) {
  Bench broker;
  broker.enqueue("1");
  const auto leased = broker.lease("ann");
  broker.crash(10s);
  EXPECT_EQ(refusal(broker.done(ack_of(leased[0]))), Refusal::stale_lease);
  broker.pass(1s);
  EXPECT_EQ(broker.lease("bob").size(), 1U);
}

TEST(Queue, NeverStretchesALeaseWhenTheWallClockFellBack) {
  Bench broker;
  broker.enqueue("1");
  broker.lease("ann");
  broker.jump_wall_clock(-3600s);
  broker.crash();
  EXPECT_EQ(broker.core().next_timeout(), broker.now().mono + 10s);
}

TEST(Queue, IgnoresTheWallClockWhileItRuns) {
  Bench broker;
  broker.enqueue("1");
  const auto leased = broker.lease("ann");
  broker.jump_wall_clock(3600s);
  EXPECT_TRUE(broker.lease("bob").empty());
  EXPECT_TRUE(is_done(broker.done(ack_of(leased[0]))));
}

TEST(Queue, NeverGivesALeaseTokenTwice) {
  Bench broker;
  broker.enqueue("1");
  const auto before = broker.lease();
  broker.crash(10s);
  broker.pass(1s);
  const auto after = broker.lease();
  ASSERT_EQ(after.size(), 1U);
  EXPECT_NE(before[0].lease, after[0].lease);
  EXPECT_EQ(after[0].lease, (LeaseToken{2, 1}));
}

// ---- Limits -------------------------------------------------------------------------------------

TEST(Queue, RefusesAnEnqueueWithoutRoomOnTheDiskAndStillTakesAcks) {
  Bench broker;
  broker.enqueue("1");
  broker.enqueue("2");
  const auto leased = broker.lease("ann", 2);
  broker.step(core::Room{false});
  EXPECT_EQ(refusal(broker.done(Enqueue{"mail", {{core::Bytes("3")}}})), Refusal::no_room);
  EXPECT_TRUE(is_done(broker.done(ack_of(leased[0]))));
  EXPECT_TRUE(is_done(broker.done(nack_of(leased[1]))));
  broker.step(core::Room{true});
  broker.enqueue("3");
}

TEST(Queue, RefusesNamesThatItCouldNotPrintOrThatNoPathCanHold) {
  Bench broker;
  for (const std::string bad : {"", "a b", "a/b", "\xff", "caf\xc3\xa9", ".", "..", ".a"}) {
    EXPECT_EQ(refusal(broker.done(Enqueue{bad, {{core::Bytes("1")}}})), Refusal::bad_name);
    EXPECT_EQ(refusal(broker.done(Lease{"mail", bad, 1, 1'000, 0})), Refusal::bad_name);
    EXPECT_EQ(refusal(broker.done(Lease{bad, "ann", 1, 1'000, 0})), Refusal::bad_name);
  }
  EXPECT_EQ(refusal(broker.done(Enqueue{std::string(101, 'a'), {{core::Bytes("1")}}})),
            Refusal::bad_name);
  broker.enqueue("1", std::string(100, 'a'));
  broker.enqueue("1", "a.b-c_D.");
}

TEST(Queue, RefusesRequestsOutOfRange) {
  Bench broker;
  EXPECT_EQ(refusal(broker.done(Enqueue{"mail", {}})), Refusal::bad_request);
  const std::vector<NewTask> many(101, NewTask{core::Bytes("1")});
  EXPECT_EQ(refusal(broker.done(Enqueue{"mail", many})), Refusal::bad_request);
  const core::Bytes large(std::string((64 << 10) + 1, '1'));
  EXPECT_EQ(refusal(broker.done(Enqueue{"mail", {{large}}})), Refusal::payload_too_large);
  EXPECT_EQ(refusal(broker.done(Lease{"mail", "ann", 0, 1'000, 0})), Refusal::bad_request);
  EXPECT_EQ(refusal(broker.done(Lease{"mail", "ann", 101, 1'000, 0})), Refusal::bad_request);
  EXPECT_EQ(refusal(broker.done(Lease{"mail", "ann", 1, 0, 0})), Refusal::bad_request);
  EXPECT_EQ(refusal(broker.done(Lease{"mail", "ann", 1, 3'600'001, 0})), Refusal::bad_request);
  EXPECT_EQ(refusal(broker.done(Lease{"mail", "ann", 1, 1'000, 30'001})), Refusal::bad_request);
  EXPECT_EQ(refusal(broker.done(Inspect{"mail"})), Refusal::no_such_queue);
}

TEST(Queue, BoundsTheNumberOfQueues) {
  Config config;
  config.max_queues = 2;
  Bench broker(config);
  broker.enqueue("1", "a");
  broker.enqueue("1", "b");
  EXPECT_EQ(refusal(broker.done(Enqueue{"c", {{core::Bytes("1")}}})), Refusal::too_many_queues);
  broker.enqueue("2", "a");
}

TEST(Queue, BoundsTheBytesItKeeps) {
  Config config;
  config.max_stored_bytes = stored_size(core::Bytes("123456")) + 260;
  Bench broker(config);
  broker.enqueue("123456");
  EXPECT_EQ(refusal(broker.done(Enqueue{"mail", {{core::Bytes("12345")}}})), Refusal::queue_full);
  broker.done(ack_of(broker.lease().at(0)));
  broker.enqueue("12345");
}

TEST(Queue, BoundsTheTasksOfOneWorker) {
  Config config;
  config.max_leases_per_worker = 2;
  Bench broker(config);
  for (int i = 0; i < 4; ++i) broker.enqueue("1");
  const auto leased = broker.lease("ann", 3);
  EXPECT_EQ(leased.size(), 2U);
  EXPECT_EQ(refusal(broker.done(Bench::lease_command("ann"))), Refusal::too_many_leases);
  EXPECT_EQ(broker.lease("bob").size(), 1U);
  broker.done(ack_of(leased[0]));
  EXPECT_EQ(broker.lease("ann").size(), 1U);
}

TEST(Queue, BoundsTheRequestsThatWait) {
  Config config;
  config.max_waiting = 1;
  Bench broker(config);
  EXPECT_TRUE(broker.ask(Bench::lease_command("ann", 1, 1'000)).empty());
  EXPECT_EQ(refusal(broker.done(Bench::lease_command("bob", 1, 1'000))), Refusal::too_many_waiting);
}

// ---- The state ----------------------------------------------------------------------------------

TEST(Queue, HasAnotherDigestAfterEveryChange) {
  Bench broker;
  std::vector<std::uint64_t> digests{broker.core().digest()};
  broker.enqueue("1");
  digests.push_back(broker.core().digest());
  const auto leased = broker.lease();
  digests.push_back(broker.core().digest());
  broker.done(nack_of(leased[0]));
  digests.push_back(broker.core().digest());
  broker.pass(1s);
  broker.done(ack_of(broker.lease().at(0)));
  digests.push_back(broker.core().digest());
  std::ranges::sort(digests);
  EXPECT_EQ(std::ranges::adjacent_find(digests), digests.end());
}

TEST(Queue, IsAValueThatCanBeCopied) {
  Bench broker;
  broker.enqueue("1");
  Bench copy = broker;
  EXPECT_EQ(copy.core().digest(), broker.core().digest());
  copy.lease();
  EXPECT_NE(copy.core().digest(), broker.core().digest());
  EXPECT_EQ(broker.lease().at(0).attempt, 1U);
}

}  // namespace
}  // namespace queue
