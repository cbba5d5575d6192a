#include "story.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace queue {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

class Told : public testing::Test {
 protected:
  Told() {
    ToldQueue::tell([this](const std::string& line) { lines_.push_back(line); });
    start({});
  }
  void TearDown() override { ToldQueue::tell({}); }

  /// The broker before it, if there was one, is gone.
  void start(const core::Recovered<Protocol>& recovered, const Config& config = {}) {
    core_ = ToldQueue(config, 0);
    ready_ = {};
    lease_ = 0;
    core::Start<Protocol> start;
    start.recovered = recovered;
    start.incarnation = ++incarnation_;
    step(start);
  }

  void step(const Input& input) { core_.step(now_, input, ready_); }

  void ask(const Command& command) {
    step(core::Request<Protocol>{core::SessionId{1}, core::RequestId{++last_request_}, command});
  }

  void enqueue(const NewTask& task) { ask(Enqueue{"mail", {task}}); }

  /// The task that is to be had, for a second.
  void lease(const std::string& worker) {
    ask(Lease{"mail", worker, 1, 1'000, 0});
    ++lease_;
  }

  Holding held() const { return {TaskId{1}, {incarnation_, lease_}}; }

  void pass(core::Duration time) {
    now_.mono += time;
    now_.wall += time;
    step(core::Timeout{});
  }

  /// All that was written in the lane.
  void persist(core::Lane lane = core::Lane::control) {
    core::WriteSeq last;
    for (const core::Write<Protocol>& write : ready_.writes) {
      if (write.lane == lane) last = write.seq;
    }
    step(core::Persisted{lane, last});
  }

  const NewTask task_{core::Bytes("1"), 0, 0, ""};
  const NewTask only_once_{core::Bytes("1"), 0, 1, ""};
  ToldQueue core_{Config{}, 0};
  Ready ready_;
  core::Now now_{core::Instant(1s), core::UnixTime(1s)};
  std::uint64_t incarnation_ = 0;
  std::uint64_t last_request_ = 0;
  std::uint64_t lease_ = 0;
  Lines lines_;
};

/// Pauses are drawn: the line without what comes behind "again in ".
std::string without_pause(const std::string& line) {
  const std::string again = "; again in ";
  const std::size_t at = line.find(again);
  return at == std::string::npos ? line : line.substr(0, at + again.size());
}

TEST_F(Told, TheBrokersLogSaysWhatHappensToATask) {
  enqueue(task_);
  lease("ann");
  pass(1s);
  pass(1h);
  lease("bob");
  ask(Nack{"mail", held()});
  pass(1h);
  lease("cid");
  ask(Extend{"mail", held(), 2'500});
  ask(Ack{"mail", held()});
  persist();
  for (std::string& line : lines_) line = without_pause(line);
  EXPECT_EQ(lines_, (Lines{
                        "task 1  enqueued in mail",
                        "task 1  leased to ann",
                        "task 1  returned: ann's lease expired; again in ",
                        "task 1  leased to bob  attempt 2",
                        "task 1  returned: bob could not do it; again in ",
                        "task 1  leased to cid  attempt 3",
                        "task 1  extended by cid, to end in 2.5 s",
                        "task 1  completed by cid",
                    }));
}

TEST_F(Told, TheBrokersLogSaysWhenATaskIsToBeHad) {
  for (const std::uint32_t delay_ms : {5'000U, 1'500U, 250U, 1'007U, 604'800'000U}) {
    enqueue(NewTask{core::Bytes("1"), delay_ms, 0, ""});
  }
  persist();
  EXPECT_EQ(lines_, (Lines{
                        "task 1  enqueued in mail, not before 5 s",
                        "task 2  enqueued in mail, not before 1.5 s",
                        "task 3  enqueued in mail, not before 0.25 s",
                        "task 4  enqueued in mail, not before 1.007 s",
                        "task 5  enqueued in mail, not before 604800 s",
                    }));
}

TEST_F(Told, TheBrokersLogSaysWhenTheNextAttemptMayBegin) {
  Config config;
  config.backoff_ms = 2;
  config.max_backoff_ms = 2;
  start({}, config);
  enqueue(task_);
  lease("ann");
  ask(Nack{"mail", held()});
  persist();
  const auto& returned = std::get<TaskReturned>(ready_.writes.back().records.at(0));
  ASSERT_GE(returned.delay_ms, 1U);
  EXPECT_EQ(lines_.back(), "task 1  returned: ann could not do it; again in 0.00" +
                               std::to_string(returned.delay_ms) + " s");
}

TEST_F(Told, TheBrokersLogSaysNothingOfAPauseWhenThereIsNone) {
  Config config;
  config.backoff_ms = 0;
  start({}, config);
  enqueue(task_);
  lease("ann");
  ask(Nack{"mail", held()});
  persist();
  EXPECT_EQ(lines_.back(), "task 1  returned: ann could not do it");
}

TEST_F(Told, TheBrokersLogSaysWhatBecomesOfADeadLetter) {
  enqueue(only_once_);
  lease("ann");
  ask(Nack{"mail", held()});
  ask(RetryDead{"mail", TaskId{1}});
  lease("bob");
  pass(1s);
  ask(DropDead{"mail", TaskId{1}});
  persist();
  EXPECT_EQ(lines_, (Lines{
                        "task 1  enqueued in mail",
                        "task 1  leased to ann",
                        "task 1  failed: ann could not do it; a dead letter now",
                        "task 1  retried: a dead letter no more",
                        "task 1  leased to bob",
                        "task 1  failed: bob's lease expired; a dead letter now",
                        "task 1  dropped: a dead letter thrown away",
                    }));
}

TEST_F(Told, TheBrokersLogSaysHowAQueueIsSetAndWhereItsDeadLettersGo) {
  ask(SetQueue{"morgue", {10, 0, ""}});
  ask(SetQueue{"mail", {0, 1, "morgue"}});
  enqueue(task_);
  lease("ann");
  ask(Nack{"mail", held()});
  persist();
  EXPECT_EQ(lines_, (Lines{
                        "queue morgue  set: up to 10 tasks, 5 attempts",
                        "queue mail  set: up to 100000 tasks, 1 attempts, dead letters to morgue",
                        "task 1  enqueued in mail",
                        "task 1  leased to ann",
                        "task 1  moved to morgue: ann could not do it",
                    }));
}

TEST_F(Told, TheBrokersLogSaysNothingOfKeys) {
  enqueue(NewTask{core::Bytes("1"), 0, 0, "once"});
  enqueue(NewTask{core::Bytes("1"), 0, 0, "once"});
  pass(2h);
  enqueue(NewTask{core::Bytes("1"), 0, 0, "once"});
  persist();
  EXPECT_EQ(lines_, (Lines{"task 1  enqueued in mail", "task 2  enqueued in mail"}));
}

TEST_F(Told, TheBrokersLogSaysNothingThatACrashCouldUndo) {
  enqueue(task_);
  EXPECT_TRUE(lines_.empty());
  persist();
  EXPECT_EQ(lines_.size(), 1U);
}

TEST_F(Told, TheBrokersLogSaysNothingOfSnapshotsAndNothingBecauseOfThem) {
  Config config;
  config.snapshot_bytes = 1;  // begun as soon as the log holds more than what is live
  start({}, config);
  for (std::uint64_t task = 1; task <= 10; ++task) {
    enqueue(task_);
    lease("ann");
    ask(Ack{"mail", {TaskId{task}, {incarnation_, lease_}}});
  }
  persist(core::Lane::bulk);
  ASSERT_EQ(ready_.writes.back().kind, core::WriteKind::chunk);
  ASSERT_FALSE(ready_.writes.back().records.empty());
  step(core::Persisted{core::Lane::bulk, core::WriteSeq{1'000}});  // its numbers are its own
  EXPECT_TRUE(lines_.empty());
  persist();
  EXPECT_EQ(lines_.size(), 30U);
}

TEST_F(Told, TheBrokersLogKnowsAfterARestartWhoHoldsATask) {
  const TaskEnqueued first{TaskId{1}, "mail", core::Bytes("1"), now_.wall, 0, 1, 0};
  const TaskEnqueued second{TaskId{2}, "mail", core::Bytes("1"), now_.wall, 0, 1, 0};
  core::Recovered<Protocol> recovered;
  recovered.snapshot = {first, TaskLeased{TaskId{1}, {1, 1}, "ann", 1, now_.wall, 60'000},
                        TasksNumbered{TaskId{2}}};
  core::Write<Protocol> write;
  write.seq = core::WriteSeq{7};
  write.records = {second, TaskLeased{TaskId{2}, {1, 2}, "bob", 1, now_.wall, 60'000}};
  recovered.covered = core::WriteSeq{6};
  recovered.log = {write};
  recovered.last_control = write.seq;
  start(recovered);
  ask(Ack{"mail", {TaskId{1}, {1, 1}}});
  ask(Nack{"mail", {TaskId{2}, {1, 2}}});
  persist();
  EXPECT_EQ(lines_, (Lines{
                        "task 1  completed by ann",
                        "task 2  failed: bob could not do it; a dead letter now",
                    }));
}

}  // namespace
}  // namespace queue
