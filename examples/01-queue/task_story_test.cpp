// What is told of one task, and what is not.
#include "task_story.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <expected>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "any_program.hpp"
#include "any_queue.hpp"
#include "queue.hpp"

namespace queue {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

constexpr sim::ClientId ann{1};  // a worker
constexpr sim::ClientId bob{2};  // another
constexpr sim::ClientId pat{3};  // only produces
constexpr TaskId seven{7};
constexpr TaskId eight{8};
constexpr LeaseToken first{1, 1};
constexpr LeaseToken second{1, 2};

core::Instant at(core::Duration since_start) { return core::Instant(since_start); }

/// A run that is told to the story of task 7. Each client has one session, of its own number.
class Told {
 public:
  Told() {
    for (const sim::ClientId client : {ann, bob, pat}) {
      story_.see_connect(client, core::SessionId{client.value});
    }
  }

  TaskStory& story() { return story_; }

  /// The client's call leaves it; its number.
  core::RequestId asks(core::Duration when, sim::ClientId client, Command command) {
    const core::RequestId request{++last_request_};
    commands_[request] = command;
    story_.see_call(at(when), client, {request, std::move(command)});
    return request;
  }

  void reaches(core::Duration when, sim::ClientId client, core::RequestId request) {
    story_.see_input(at(when), core::Request<Protocol>{core::SessionId{client.value}, request,
                                                       commands_.at(request)});
  }

  void answers(core::Duration when, sim::ClientId client, core::RequestId request, Result result) {
    // The broker's own clock shows the true time.
    const core::Now now{at(when), core::UnixTime(when)};
    story_.see_reply(at(when), now, {core::SessionId{client.value}, request, std::move(result)});
  }

  /// The client's call, the broker's answer at the same time, and how the client learns of it.
  void asked(core::Duration when, sim::ClientId client, Command command, Result result) {
    const core::RequestId request = asks(when, client, std::move(command));
    reaches(when, client, request);
    answers(when, client, request, result);
    hears(when, client, request, std::move(result));
  }

  void hears(core::Duration when, sim::ClientId client, core::RequestId request,
             std::expected<Result, core::CallError> result) {
    story_.see_answer(at(when), client, {request, std::move(result)});
  }

  /// Task 7 is enqueued by pat at 1 s, and handed to ann for 3 s at 2 s.
  void begin() {
    asked(1s, pat, enqueue("letter"), Enqueued{{seven}});
    asked(2s, ann, lease(), leased(first, 1, 5s));
    LeasedTask task;
    task.task = seven;
    story_.see_outcome(ann, Begin{task});
    begun_ = lines().size();
  }

  static Command enqueue(const char* payload) {
    return Enqueue{"mail", {NewTask{core::Bytes(payload)}}};
  }
  static Command lease() { return Lease{"mail", "", 1, 3'000, 0}; }
  static Result leased(LeaseToken token, std::uint32_t attempt, core::Duration until,
                       const char* payload = "letter") {
    return Leased{{{seven, token, attempt, 5, core::UnixTime(until), core::Bytes(payload)}}};
  }

  Lines lines() const { return story_.lines().value_or(Lines{}); }

  /// What came after begin().
  Lines later() const {
    const Lines all = lines();
    return {all.begin() + static_cast<std::ptrdiff_t>(begun_), all.end()};
  }

 private:
  static Options two_workers() {
    Options options;
    options.workers = 2;
    return options;
  }

  TaskStory story_{two_workers(), seven};
  std::uint64_t last_request_ = 0;
  std::map<core::RequestId, Command> commands_;
  std::size_t begun_ = 0;
};

TEST(TaskStory, TellsWhoEnqueuedAndWhoGotTheTask) {
  Told run;
  run.begin();
  EXPECT_EQ(run.lines(),
            (Lines{"1.000 s  producer-3 enqueues task 7 in mail",
                   "1.000 s  the broker answers producer-3: stored as task 7",
                   "2.000 s  the broker hands task 7 to worker-1: attempt 1 of 5, lease 1-1 until "
                   "5.000 s"}));
}

TEST(TaskStory, LeavesOutWhatIsAboutOtherTasks) {
  Told run;
  run.begin();
  run.asked(2s, pat, Told::enqueue("parcel"), Enqueued{{eight}});
  run.asked(2s, bob, Told::lease(), Leased{{{eight, second, 1, 5, core::UnixTime(5s), {}}}});
  run.asked(2s, bob, Ack{"mail", {eight, second}}, Done{});
  run.asked(2s, bob, Told::lease(), Leased{});
  run.story().see_client_crash(at(2s), bob);
  run.story().see_finding(at(2s), {"one-holder", "", eight.value});
  EXPECT_EQ(run.later(), Lines{});
}

TEST(TaskStory, TellsTheEndOfALeaseThatNobodyTells) {
  Told run;
  run.begin();
  run.asked(6s, ann, Nack{"mail", {seven, first}}, Refused{Refusal::stale_lease});
  EXPECT_EQ(run.later(), (Lines{"5.000 s  lease 1-1 runs out, worker-1 has it no longer",
                                "6.000 s  worker-1 gives task 7 back under lease 1-1",
                                "6.000 s  the broker answers worker-1: refused, stale_lease"}));
}

TEST(TaskStory, TellsOfNoEndWhereTheLeaseWasExtendedOrTheTaskIsDone) {
  Told run;
  run.begin();
  run.asked(4s, ann, Extend{"mail", {seven, first}, 3'000}, Done{});
  run.asked(6s, ann, AckMany{"mail", {{seven, first}}}, Acked{{seven}, {}});
  run.story().see_client_crash(at(9s), bob);
  EXPECT_EQ(run.later(), (Lines{"4.000 s  worker-1 asks for more time for task 7 under lease 1-1",
                                "4.000 s  the broker answers worker-1: done, until 7.000 s",
                                "6.000 s  worker-1 says that task 7 is done, under lease 1-1",
                                "6.000 s  the broker answers worker-1: done"}));
}

TEST(TaskStory, TellsOfNoEndOnceTheBrokerHasTakenAStaleAck) {
  Told run;
  run.begin();
  run.asked(4s, bob, Ack{"mail", {seven, second}}, Done{});
  run.story().see_client_crash(at(9s), bob);
  EXPECT_EQ(run.later(), (Lines{"4.000 s  worker-2 says that task 7 is done, under lease 1-2",
                                "4.000 s  the broker answers worker-2: done"}));
}

/// The broker may have decided when the question came, and answer when the disk has it.
TEST(TaskStory, TellsOfNoEndWhileTheBrokerHasAQuestionAboutTheLease) {
  Told run;
  run.begin();
  const auto request = run.asks(4'999ms, ann, Ack{"mail", {seven, first}});
  run.reaches(4'999ms, ann, request);
  run.answers(5'001ms, ann, request, Done{});
  EXPECT_EQ(run.later(), (Lines{"4.999 s  worker-1 says that task 7 is done, under lease 1-1",
                                "5.001 s  the broker answers worker-1: done"}));
}

TEST(TaskStory, TellsWhatBefallsWhoWorksOnTheTask) {
  Told run;
  run.begin();
  run.story().see_fault(at(2'100ms), {{}, 0, sim::ClientPause{ann, 300ms}});
  run.story().see_fault(at(2'200ms), {{}, 0, sim::ClientPartition{ann, core::NodeId{1}, 2s}});
  run.story().see_disconnect(at(2'300ms), ann);
  run.story().see_client_crash(at(2'400ms), ann);
  run.story().see_disconnect(at(2'500ms), ann);  // in its next life
  EXPECT_EQ(run.later(),
            (Lines{"2.100 s  worker-1 is paused for 0.300 s, with task 7 in hand",
                   "2.200 s  worker-1 is cut off from the broker for 2.000 s, with task 7 in hand",
                   "2.300 s  worker-1 loses its connection, with task 7 in hand",
                   "2.400 s  worker-1 dies, with task 7 in hand"}));
}

TEST(TaskStory, TellsWhatTheClientNeverHeard) {
  Told run;
  run.asked(1s, pat, Told::enqueue("letter"), Enqueued{{seven}});
  const auto lease = run.asks(2s, bob, Told::lease());
  run.answers(2s, bob, lease, Told::leased(first, 1, 5s));
  run.hears(3s, bob, lease, std::unexpected(core::CallError::unknown));
  const auto ack = run.asks(4s, ann, Ack{"mail", {seven, first}});
  run.hears(4'100ms, ann, ack, std::unexpected(core::CallError::unknown));
  run.answers(4'200ms, ann, ack, Done{});
  const auto again = run.asks(4'300ms, ann, Ack{"mail", {seven, first}});
  run.hears(4'400ms, ann, again, std::unexpected(core::CallError::refused));
  const Lines lines = run.lines();
  EXPECT_EQ((Lines{lines.begin() + 3, lines.end()}),
            (Lines{"3.000 s  worker-2 never learns that it has task 7",
                   "4.000 s  worker-1 says that task 7 is done, under lease 1-1",
                   "4.100 s  worker-1 gets no answer to what it said at 4.000 s",
                   "4.200 s  the broker answers worker-1: done",
                   "4.200 s  worker-1 does not hear it: that connection is gone",
                   "4.300 s  worker-1 says that task 7 is done, under lease 1-1",
                   "4.400 s  worker-1 has no connection, and cannot say so"}));
}

TEST(TaskStory, TellsWhatIsHeardLate) {
  Told run;
  run.begin();
  const auto ack = run.asks(3s, ann, Ack{"mail", {seven, first}});
  run.reaches(4s, ann, ack);
  run.answers(4s, ann, ack, Done{});
  run.hears(5s, ann, ack, Done{});
  EXPECT_EQ(run.later(), (Lines{"3.000 s  worker-1 says that task 7 is done, under lease 1-1",
                                "4.000 s  only now the broker hears what worker-1 said at 3.000 s",
                                "4.000 s  the broker answers worker-1: done",
                                "5.000 s  worker-1 hears only now what was answered at 4.000 s"}));
}

TEST(TaskStory, TellsWhatTheDiskKnewWhenTheBrokerCameBack) {
  const auto start = [](std::vector<Record> records) {
    core::Start<Protocol> started;
    started.recovered.log.push_back({});
    started.recovered.log.back().records = std::move(records);
    return started;
  };
  Told run;
  run.story().see_input(at(0s), start({}));
  run.begin();
  run.story().see_node_down(at(2'100ms));
  run.story().see_input(at(2'200ms), start({TaskDropped{seven}, TaskDropped{eight}}));
  run.story().see_input(at(2'300ms), start({TaskDropped{eight}}));
  run.story().see_finding(at(2'400ms), {"survives-restart", "", seven.value});
  EXPECT_EQ(run.later(), (Lines{"2.100 s  the broker crashes",
                                "2.200 s  the broker starts again; its disk tells of task 7",
                                "2.300 s  the broker starts again; its disk says nothing of task 7",
                                "2.400 s  here survives-restart is broken"}));
}

TEST(TaskStory, TellsOfTheBrokerOnlyBetweenTheFirstLineAndTheLast) {
  Told run;
  run.story().see_node_down(at(100ms));
  run.begin();
  run.story().see_fault(at(2'100ms), {{}, 0, sim::Pause{core::NodeId{1}, false, 500ms}});
  run.story().see_fault(at(2'200ms), {{}, 0, sim::ClockJump{core::NodeId{1}, -3s}});
  run.story().see_heal(at(2'300ms));
  EXPECT_EQ(run.lines().size(), 3U);
  run.asked(2'400ms, ann, Ack{"mail", {seven, first}}, Done{});
  EXPECT_EQ(run.later(), (Lines{"2.100 s  the broker is paused for 0.500 s",
                                "2.200 s  the broker's wall clock is set 3.000 s back",
                                "2.300 s  the faults have stopped: all are whole again",
                                "2.400 s  worker-1 says that task 7 is done, under lease 1-1",
                                "2.400 s  the broker answers worker-1: done"}));
}

TEST(TaskStory, TellsOfARepeatedEnqueueAndOfAnIdThatCameAgain) {
  Told run;
  run.asked(1s, pat, Told::enqueue("letter"), Refused{Refusal::queue_full});
  run.asked(2s, pat, Told::enqueue("letter"), Enqueued{{seven}});
  run.asked(3s, pat, Told::enqueue("parcel"), Enqueued{{seven}});
  run.asked(4s, ann, Told::lease(), Told::leased(first, 1, 7s, "card"));
  EXPECT_EQ(run.lines(),
            (Lines{"1.000 s  producer-3 enqueues task 7 in mail",
                   "1.000 s  the broker answers producer-3: refused, queue_full",
                   "2.000 s  producer-3 enqueues task 7 in mail again",
                   "2.000 s  the broker answers producer-3: stored as task 7",
                   "3.000 s  producer-3 enqueues task 7 in mail",
                   "3.000 s  the broker answers producer-3: stored as task 7, as another task was "
                   "before",
                   "4.000 s  the broker hands task 7 to worker-1: attempt 1 of 5, lease 1-1 until "
                   "7.000 s",
                   "4.000 s  those are not the bytes that task 7 was enqueued with"}));
}

TEST(TaskStory, TellsOnceOfADeadLetterUntilItIsTriedAgain) {
  Told run;
  run.begin();
  TaskInfo letter;
  letter.task = seven;
  letter.state = TaskState::failed;
  letter.attempts = letter.max_attempts = 5;
  const Command list = ListDead{"mail", {}, 10};
  run.asked(3s, bob, list, DeadLetters{{letter}, false});
  run.asked(3'100ms, bob, list, DeadLetters{{letter}, false});
  run.asked(3'200ms, bob, RetryDead{"mail", seven}, Done{});
  run.asked(3'300ms, bob, list, DeadLetters{{letter}, false});
  run.asked(3'400ms, bob, Look{"mail", seven}, letter);
  run.asked(3'500ms, bob, DropDead{"mail", seven}, Done{});
  const std::string dead =
      " s  the broker tells worker-2 that task 7 is a dead letter, after 5 of "
      "5 attempts";
  EXPECT_EQ(run.later(),
            (Lines{"3.000" + dead, "3.200 s  worker-2 wants task 7, a dead letter, tried again",
                   "3.200 s  the broker answers worker-2: done", "3.300" + dead,
                   "3.400 s  worker-2 asks about task 7",
                   "3.400 s  the broker answers worker-2: failed, 5 of 5 attempts used",
                   "3.500 s  worker-2 throws task 7 away, a dead letter",
                   "3.500 s  the broker answers worker-2: done"}));
}

TEST(TaskStory, SaysThatTheRunHasNoSuchTask) {
  Told run;
  EXPECT_EQ(run.story().lines().error(),
            "there is no task 7 in this run: the broker spoke of 0 tasks");
  run.asked(1s, pat, Told::enqueue("parcel"), Enqueued{{eight}});
  EXPECT_EQ(run.story().lines().error(),
            "there is no task 7 in this run: the broker spoke of 1 tasks, 8 to 8");
}

// ---- Whole runs ---------------------------------------------------------------------------------

class StoryOfARun : public testing::Test {
 protected:
  StoryOfARun() { AnyQueue::use(maker_of<Queue>()); }

  sim::Program program_ = any_program(6, "");
};

TEST_F(StoryOfARun, DoesNotChangeTheRun) {
  const sim::Plan plan = *program_.draw_plan(5, {});
  const auto run = program_.run(plan, nullptr, sim::Hashing::with);
  const auto story = program_.tell(plan, 1);
  ASSERT_TRUE(story) << story.error();
  EXPECT_EQ(story->result.hash, run->hash);
  EXPECT_EQ(story->result.events, run->events);
}

TEST_F(StoryOfARun, FitsIntoAHundredColumnsInOrder) {
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const sim::Plan plan = *program_.draw_plan(seed, {});
    for (const std::uint64_t task : {1U, 40U}) {
      const auto story = program_.tell(plan, task);
      ASSERT_TRUE(story) << story.error();
      ASSERT_FALSE(story->lines.empty());
      EXPECT_NE(story->lines.front().find(" enqueues task "), std::string::npos);
      EXPECT_TRUE(std::ranges::is_sorted(story->lines, {}, [](const std::string& line) {
        return line.substr(0, line.find(" s "));
      }));
      for (const std::string& line : story->lines) EXPECT_LE(line.size(), 100U) << line;
    }
  }
}

TEST_F(StoryOfARun, SaysThatThereIsNoSuchTask) {
  const auto story = program_.tell(*program_.draw_plan(0, {}), 1'000'000);
  ASSERT_FALSE(story);
  EXPECT_TRUE(story.error().starts_with("there is no task 1000000 in this run")) << story.error();
}

}  // namespace
}  // namespace queue
