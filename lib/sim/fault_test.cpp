// Each kind of fault, alone in a plan: it has the effect that fault.hpp tells, and is counted.
#include "sim/fault.hpp"

#include <gtest/gtest.h>

#include "sim/toy_test.hpp"

namespace sim::test {
namespace {

constexpr NodeId n1{1}, n2{2}, n3{3};
constexpr ClientId c1{1};

void expect_good(const ToyRun& run, std::string_view fired) {
  EXPECT_EQ(run.result.checker + run.result.what, "");
  EXPECT_TRUE(run.result.live);
  EXPECT_EQ(run.all_fired(), fired);
}

TEST(FaultTest, NamesAreReadBack) {
  for (std::size_t i = 0; i < fault_count; ++i) {
    const auto fault = static_cast<Fault>(i);
    EXPECT_EQ(fault_named(name_of(fault)), fault);
  }
  EXPECT_EQ(fault_named("earthquake"), std::nullopt);
}

TEST(FaultTest, NothingIsCountedWithoutFaults) {
  const ToyRun run = run_toy(toy_plan());
  expect_good(run, "");
  EXPECT_EQ(run.result.crashes, 0U);
  EXPECT_EQ(run.lines("node 1", "starts").size(), 1U);
}

// ---- Nodes --------------------------------------------------------------------------------------

TEST(FaultTest, ACrashStopsANodeWhichStartsAgainLater) {
  const ToyRun run = run_toy(toy_plan({{seconds(2), Crash{n1, false, false, milliseconds(700)}}}));
  expect_good(run, "crash ");
  EXPECT_EQ(run.fired(Fault::crash), 1U);
  EXPECT_EQ(run.result.crashes, 1U);
  EXPECT_EQ(run.count("node 1", "stops", "a crash of the process", seconds(2), seconds(3)), 1U);
  const auto starts = run.lines("node 1", "starts", "incarnation");
  ASSERT_EQ(starts.size(), 2U);
  EXPECT_EQ(starts[1].what, "incarnation 2");
  EXPECT_EQ(starts[1].at, milliseconds(2'700));
  EXPECT_EQ(run.count("node 1", "takes", "", seconds(2), milliseconds(2'700)), 0U);
  EXPECT_EQ(run.lines("node 2", "starts").size(), 1U);
}

TEST(FaultTest, ACrashOfTheProcessAloneLosesNoWrite) {
  for (std::int64_t ms = 1'500; ms < 2'500; ms += 50) {
    const Plan plan = toy_plan({{milliseconds(ms), Crash{n1, false, false, milliseconds(100)}}});
    EXPECT_EQ(run_toy(plan).all_fired(), "crash ");
  }
}

TEST(FaultTest, ACrashDuringASyncComesBeforeItsWriteIsConfirmed) {
  const ToyRun run = run_toy(toy_plan({{seconds(2), Crash{n1, true, true, milliseconds(100)}}}));
  EXPECT_EQ(run.fired(Fault::crash), 1U);
  const auto stop = run.lines("node 1", "stops", "a crash during a sync");
  ASSERT_EQ(stop.size(), 1U);
  EXPECT_GE(stop[0].at, seconds(2));
  std::size_t writes = 0;
  std::size_t confirmed = 0;
  for (const Told& line : run.lines("node 1", "writes")) writes += line.at < stop[0].at ? 1 : 0;
  for (const Told& line : run.lines("node 1", "takes", "persisted")) {
    confirmed += line.at < stop[0].at ? 1 : 0;
  }
  EXPECT_LT(confirmed, writes);
}

TEST(FaultTest, APauseLeavesANodeDeafUntilItsEnd) {
  const ToyRun run = run_toy(toy_plan({{seconds(2), Pause{n1, false, milliseconds(700)}}}));
  expect_good(run, "pause ");
  EXPECT_EQ(run.count("node 1", "takes", "", seconds(2), milliseconds(2'700)), 0U);
  EXPECT_GT(run.count("node 1", "takes", "request", milliseconds(2'700), milliseconds(2'800)), 0U);
  EXPECT_GT(run.count("node 2", "takes", "", seconds(2), milliseconds(2'700)), 0U);
}

/// The steps that follow are made with clocks that were read before the pause.
TEST(FaultTest, APauseInsideATurnMakesTheClockReadingOld) {
  toy::Options options;
  options.gossip_every = milliseconds(50);
  const ToyRun run = run_toy(toy_plan({{seconds(2), Pause{n1, true, milliseconds(700)}}}, options));
  expect_good(run, "pause ");
  const auto paused = run.lines("node 1", "pauses", "after reading its clocks");
  ASSERT_EQ(paused.size(), 1U);
  const core::Duration end = paused[0].at + milliseconds(700);
  EXPECT_EQ(run.count("node 1", "takes", "", paused[0].at, end), 0U);
  // It takes what has come, but by its clocks no gossip is due yet.
  EXPECT_GT(run.count("node 1", "takes", "", end, end + core::Duration(1)), 0U);
  EXPECT_EQ(run.count("node 1", "takes", "timeout", end, end + core::Duration(1)), 0U);
}

/// How often node 1 wants to gossip while nobody hears it.
std::size_t timeouts(std::int32_t ppm) {
  const ToyRun run = run_toy(toy_plan({{milliseconds(900), ClockRate{n1, ppm}},
                                       {seconds(1), Partition{{n1}, milliseconds(3'900)}}}));
  expect_good(run, "clock-rate partition ");
  return run.count("node 1", "takes", "timeout", milliseconds(1'500), milliseconds(4'500));
}

TEST(FaultTest, AClockRateMakesTimersComeSoonerOrLater) {
  EXPECT_NEAR(static_cast<double>(timeouts(0)), 30, 1);
  EXPECT_NEAR(static_cast<double>(timeouts(500'000)), 45, 1);
  EXPECT_NEAR(static_cast<double>(timeouts(-500'000)), 15, 1);
}

TEST(FaultTest, AClockJumpIsSeenOnTheWallClockAlone) {
  const ToyRun calm = run_toy(toy_plan());
  Plan plan = toy_plan({{seconds(2), ClockJump{n1, -seconds(30)}}});
  const ToyRun run = run_toy(plan);
  expect_good(run, "clock-jump ");
  EXPECT_EQ(run.fired(Fault::clock_jump), 1U);
  EXPECT_NE(run.result.hash, calm.result.hash);
  // The toy does not look at the wall clock: but for the plan's own line, all is as without it.
  ToyRun silent = run;
  std::erase_if(silent.told, [](const Told& line) { return line.who == "plan"; });
  ToyRun calm_silent = calm;
  std::erase_if(calm_silent.told, [](const Told& line) { return line.who == "plan"; });
  EXPECT_EQ(silent.told, calm_silent.told);
}

// ---- Disks --------------------------------------------------------------------------------------

/// Runs with a loss of power during a sync, at different moments; their faults added up.
FaultCounts losses_of_power() {
  FaultCounts sum{};
  toy::Options options;
  options.snapshot_after = 10;
  for (std::int64_t ms = 1'100; ms < 4'000; ms += 50) {
    const Plan plan =
        toy_plan({{milliseconds(ms), Crash{n1, true, true, milliseconds(100)}}}, options);
    const RunResult result = judge_toy(plan);
    EXPECT_EQ(result.checker + result.what, "") << ms;
    for (std::size_t i = 0; i < fault_count; ++i) sum.at(i) += result.faults.at(i);
  }
  return sum;
}

TEST(FaultTest, ALossOfPowerLosesAndTearsWritesThatWereNotSynced) {
  const FaultCounts sum = losses_of_power();
  EXPECT_GT(sum.at(static_cast<std::size_t>(Fault::lost_write)), 10U);
  EXPECT_GT(sum.at(static_cast<std::size_t>(Fault::torn_write)), 2U);
}

TEST(FaultTest, ABitFlipMakesTheNodeRefuseToStartForGood) {
  for (const NodeId node : {n1, n3}) {
    const ToyRun run = run_toy(toy_plan({{seconds(3), BitFlip{node, milliseconds(100)}}}));
    EXPECT_EQ(run.result.checker + run.result.what, "");
    EXPECT_TRUE(run.result.live);  // the two others are a majority
    EXPECT_EQ(run.fired(Fault::bit_flip), 1U);
    const std::string name = "node " + std::to_string(node.value);
    EXPECT_EQ(run.lines(name, "damages", "a bit of ").size(), 1U);
    EXPECT_EQ(run.lines(name, "fails", "to start: ").size(), 1U);
    EXPECT_EQ(run.lines(name, "starts").size(), 1U);
    EXPECT_EQ(run.count(name, "takes", "", seconds(3), seconds(100)), 0U);
  }
}

TEST(FaultTest, DamageWithoutAMajorityLeftEndsTheRunWithoutAVerdictOnLiveness) {
  const ToyRun run = run_toy(toy_plan({{seconds(3), BitFlip{n1, milliseconds(100)}},
                                       {seconds(4), BitFlip{n2, milliseconds(1'500)}}}));
  EXPECT_EQ(run.result.checker + run.result.what, "");
  EXPECT_FALSE(run.result.live);
  EXPECT_EQ(run.lines("plan", "ends", "the run: damaged disks").size(), 1U);
  EXPECT_EQ(run.result.simulated, core::Duration(seconds(5)));
}

TEST(FaultTest, ASyncErrorStopsTheNodeWhichStartsAgainLater) {
  const ToyRun run = run_toy(toy_plan({{seconds(2), SyncError{n1, milliseconds(700)}}}));
  EXPECT_EQ(run.result.checker + run.result.what, "");
  EXPECT_EQ(run.fired(Fault::sync_error), 1U);
  EXPECT_EQ(run.fired(Fault::crash), 0U);
  EXPECT_EQ(run.result.crashes, 1U);
  const auto stops = run.lines("node 1", "stops", "its disk failed: ");
  ASSERT_EQ(stops.size(), 1U);
  EXPECT_NE(stops[0].what.find("input/output error"), std::string::npos);
  const auto starts = run.lines("node 1", "starts", "incarnation 2");
  ASSERT_EQ(starts.size(), 1U);
  EXPECT_EQ(starts[0].at, stops[0].at + milliseconds(700));
}

TEST(FaultTest, AFullDiskIsToldBeforeAWriteIsRefusedAndEmptiesAgain) {
  toy::Options options;
  options.snapshot_after = 1'000;  // so that the log fills its segments
  const ToyRun run = run_toy(toy_plan({{milliseconds(500), DiskFull{n1, seconds(3)}}}, options));
  expect_good(run, "disk-full ");
  const auto told = run.lines("node 1", "takes", "room");
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].what, "room{available=false}");
  EXPECT_EQ(told[1].what, "room{available=true}");
  EXPECT_GE(told[1].at, milliseconds(3'500));
  EXPECT_TRUE(run.tells("node 1", "replies", "result=full"));
  EXPECT_EQ(run.result.crashes, 0U);
}

TEST(FaultTest, ASlowDiskTakesManyTimesAsLong) {
  const ToyRun run = run_toy(toy_plan({{seconds(2), SlowDisk{n1, 1'000, milliseconds(500)}}}));
  expect_good(run, "slow-disk ");
  // The least that a sync takes is 50 us.
  EXPECT_GT(run.count("node 1", "writes", "", seconds(2), milliseconds(2'045)), 0U);
  EXPECT_EQ(run.count("node 1", "takes", "persisted", milliseconds(2'005), milliseconds(2'050)),
            0U);
}

// ---- Clients ------------------------------------------------------------------------------------

TEST(FaultTest, ACutBreaksAConnectionOnBothSides) {
  const ToyRun run = run_toy(toy_plan({{seconds(2), Cut{c1}}}));
  expect_good(run, "cut ");
  EXPECT_EQ(run.count("client 1", "takes", "disconnected", seconds(2), milliseconds(2'010)), 1U);
  EXPECT_EQ(run.count("node 1", "takes", "closed", seconds(2), milliseconds(2'010)), 1U);
  EXPECT_EQ(run.count("client 1", "connects", "", seconds(2), milliseconds(2'100)), 1U);
}

TEST(FaultTest, AClientPartitionHoldsBackWhatIsUnderWayAndNobodyNotices) {
  const ToyRun run = run_toy(toy_plan({{seconds(2), ClientPartition{c1, n1, milliseconds(700)}}}));
  expect_good(run, "client-partition ");
  const core::Duration end = milliseconds(2'700);
  EXPECT_EQ(run.count("client 1", "takes", "answer", seconds(2), end), 0U);
  EXPECT_GT(run.count("client 1", "takes", "answer", end, end + milliseconds(20)), 0U);
  EXPECT_EQ(run.lines("client 1", "takes", "disconnected").size(), 0U);
  EXPECT_GT(run.count("client 2", "takes", "answer", seconds(2), end), 0U);
}

TEST(FaultTest, AClientThatIsCutOffForLongGoesToAnotherNode) {
  const ToyRun run =
      run_toy(toy_plan({{milliseconds(1'500), ClientPartition{c1, n1, seconds(10)}}}));
  expect_good(run, "client-partition ");
  EXPECT_EQ(run.lines("client 1", "gives up", "its connection").size(), 1U);
  EXPECT_EQ(run.lines("client 1", "connects", "to node 2").size(), 1U);
}

TEST(FaultTest, AClientCrashForgetsAllAndStartsAnew) {
  const ToyRun run = run_toy(toy_plan({{seconds(2), ClientCrash{c1, milliseconds(700)}}}));
  expect_good(run, "client-crash ");
  const auto starts = run.lines("client 1", "starts");
  ASSERT_EQ(starts.size(), 2U);
  EXPECT_EQ(starts[1].at, milliseconds(2'700));
  EXPECT_EQ(run.count("client 1", "takes", "", seconds(2), milliseconds(2'700)), 0U);
  EXPECT_EQ(run.count("node 1", "takes", "closed", seconds(2), milliseconds(2'010)), 1U);
  EXPECT_EQ(run.lines("client 1", "calls", "call{request=1 ").size(), 2U);  // counts from 1 again
}

TEST(FaultTest, AClientPauseLeavesItDeafUntilItsEnd) {
  const ToyRun run = run_toy(toy_plan({{seconds(2), ClientPause{c1, milliseconds(700)}}}));
  expect_good(run, "client-pause ");
  EXPECT_EQ(run.count("client 1", "takes", "", seconds(2), milliseconds(2'700)), 0U);
  EXPECT_GT(run.count("client 1", "takes", "", milliseconds(2'700), milliseconds(2'701)), 0U);
}

// ---- Between nodes ------------------------------------------------------------------------------

/// How many messages node `to` takes from `from` in a part of the run.
std::size_t heard(const ToyRun& run, NodeId to, NodeId from, core::Duration begin,
                  core::Duration end) {
  return run.count("node " + std::to_string(to.value), "takes",
                   "receive{from=" + std::to_string(from.value), begin, end);
}

constexpr core::Duration two_seconds = seconds(2);
constexpr core::Duration begin = milliseconds(2'004);  // what was under way at 2 s has come
constexpr core::Duration end = milliseconds(3'000);

TEST(FaultTest, LossDropsMessages) {
  const ToyRun all = run_toy(toy_plan({{two_seconds, Loss{1'000'000, seconds(1)}}}));
  expect_good(all, "loss ");
  EXPECT_EQ(heard(all, n1, n2, begin, end), 0U);
  EXPECT_GT(heard(all, n1, n2, end, seconds(4)), 0U);
  const ToyRun some = run_toy(toy_plan({{two_seconds, Loss{500'000, seconds(1)}}}));
  expect_good(some, "loss ");
  EXPECT_GT(heard(some, n1, n2, begin, end), 0U);
}

TEST(FaultTest, DuplicateMakesMessagesComeTwice) {
  const ToyRun run = run_toy(toy_plan({{two_seconds, Duplicate{1'000'000, seconds(1)}}}));
  expect_good(run, "duplicate ");
  std::size_t sent = 0;
  std::size_t came = 0;
  for (const char* node : {"node 1", "node 2", "node 3"}) {
    sent += run.count(node, "sends", "", two_seconds, end);
    came += run.count(node, "takes", "receive", two_seconds, end + seconds(1));
    sent += run.count(node, "sends", "", end, end + seconds(1) - milliseconds(3));
  }
  EXPECT_GT(run.fired(Fault::duplicate), 10U);
  EXPECT_NEAR(static_cast<double>(came), static_cast<double>(sent + run.fired(Fault::duplicate)),
              6);
}

TEST(FaultTest, ReorderLetsMessagesOvertakeOthers) {
  toy::Options options;
  options.gossip_every = milliseconds(5);
  const ToyRun run =
      run_toy(toy_plan({{two_seconds, Reorder{500'000, seconds(1), seconds(1)}}}, options));
  expect_good(run, "reorder ");
  EXPECT_GT(run.fired(Fault::reorder), 10U);
}

TEST(FaultTest, APartitionSilencesTwoGroups) {
  const ToyRun run = run_toy(toy_plan({{two_seconds, Partition{{n1, n2}, seconds(1)}}}));
  expect_good(run, "partition ");
  for (const NodeId inside : {n1, n2}) {
    EXPECT_EQ(heard(run, inside, n3, begin, end), 0U);
    EXPECT_EQ(heard(run, n3, inside, begin, end), 0U);
  }
  EXPECT_GT(heard(run, n1, n2, begin, end), 0U);
  EXPECT_GT(heard(run, n1, n3, end, seconds(4)), 0U);
}

TEST(FaultTest, OneWaySilencesOneDirection) {
  const ToyRun run = run_toy(toy_plan({{two_seconds, OneWay{n3, true, seconds(1)}}}));
  expect_good(run, "one-way ");
  EXPECT_GT(heard(run, n3, n1, begin, end), 0U);
  EXPECT_EQ(heard(run, n1, n3, begin, end), 0U);
  EXPECT_EQ(heard(run, n2, n3, begin, end), 0U);
}

TEST(FaultTest, ABridgeLeavesOneNodeThatHearsBothSides) {
  const ToyRun run = run_toy(toy_plan({{two_seconds, Bridge{{n1}, n2, seconds(1)}}}));
  expect_good(run, "bridge ");
  EXPECT_EQ(heard(run, n1, n3, begin, end), 0U);
  EXPECT_EQ(heard(run, n3, n1, begin, end), 0U);
  EXPECT_GT(heard(run, n1, n2, begin, end), 0U);
  EXPECT_GT(heard(run, n3, n2, begin, end), 0U);
}

}  // namespace
}  // namespace sim::test
