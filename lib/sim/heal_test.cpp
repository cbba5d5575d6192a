// The second phase of a run: a majority is whole again, and what is asked from then on must be
// served.
#include <gtest/gtest.h>

#include "sim/toy_test.hpp"

namespace sim::test {
namespace {

constexpr NodeId n1{1}, n2{2}, n3{3};
constexpr ClientId c1{1};
constexpr core::Duration heal = seconds(5);  // of toy_plan()
constexpr core::Duration hour = std::chrono::hours(1);
constexpr core::Duration forever = std::chrono::hours(3);

Plan with_heal(std::vector<Entry> entries, Heal last) {
  Plan plan = toy_plan(std::move(entries));
  plan.lines.back().action = std::move(last);
  return plan;
}

/// Whatever a fault's own length is, the heal ends it.
TEST(HealTest, EndsEveryFault) {
  const std::vector<Action> faults = {Crash{n1, false, false, hour},
                                      Crash{n1, true, false, hour},
                                      Crash{n1, true, true, hour},
                                      Pause{n1, false, hour},
                                      Pause{n1, true, hour},
                                      SyncError{n1, hour},
                                      DiskFull{n1, hour},
                                      SlowDisk{n1, 100, hour},
                                      Cut{c1},
                                      ClientPartition{c1, n1, hour},
                                      ClientCrash{c1, hour},
                                      ClientPause{c1, hour},
                                      Loss{1'000'000, hour},
                                      Duplicate{1'000'000, hour},
                                      Reorder{1'000'000, hour, hour},
                                      Partition{{n1}, hour},
                                      OneWay{n1, true, hour},
                                      OneWay{n1, false, hour},
                                      Bridge{{n1}, n3, hour}};
  for (const Action& fault : faults) {
    for (const core::Duration when : {milliseconds(4'500), milliseconds(4'999)}) {
      const RunResult result = judge_toy(toy_plan({{when, fault}}));
      EXPECT_EQ(result.checker + result.what, "") << to_text(fault);
      EXPECT_TRUE(result.live);
      EXPECT_LT(result.simulated, heal + seconds(10)) << to_text(fault);
    }
  }
}

TEST(HealTest, CutsShortAPauseInsideATurn) {
  const ToyRun run = run_toy(toy_plan({{seconds(3), Pause{n1, true, hour}}}));
  ASSERT_EQ(run.lines("node 1", "pauses").size(), 1U);
  EXPECT_EQ(run.count("node 1", "takes", "", milliseconds(3'500), heal), 0U);
  EXPECT_GT(run.count("node 1", "takes", "", heal, heal + core::Duration(1)), 0U);
}

TEST(HealTest, ClientsLearnThatAMachineIsBackBeforeItsTime) {
  const ToyRun run = run_toy(toy_plan({{seconds(3), Crash{n1, true, false, hour}}}));
  EXPECT_EQ(run.count("client 1", "takes", "disconnected", heal, heal + milliseconds(10)), 1U);
}

TEST(HealTest, CountsNoFaultFromThenOn) {
  const ToyRun run = run_toy(with_heal({}, Heal{{n1, n2}, false}));
  EXPECT_GT(run.lines("network", "drops").size(), 0U);  // what node 3 sends, to the end
  EXPECT_EQ(run.all_fired(), "");
}

TEST(HealTest, NobodyReachesTheRest) {
  const ToyRun run = run_toy(with_heal({}, Heal{{n1, n2}, false}));
  const core::Duration begin = heal + milliseconds(4);  // what was under way has come
  EXPECT_EQ(run.lines("node 3", "stops").size(), 0U);
  EXPECT_EQ(run.count("node 3", "takes", "receive", begin, forever), 0U);
  EXPECT_EQ(run.count("node 3", "takes", "request", begin, forever), 0U);
  EXPECT_EQ(run.count("node 1", "takes", "receive{from=3", begin, forever), 0U);
  EXPECT_GT(run.count("node 1", "takes", "receive{from=2", begin, forever), 0U);
  EXPECT_TRUE(run.tells("client 3", "connects", "to node 1"));
}

TEST(HealTest, TheRestStaysDownIfThePlanSaysSo) {
  for (const core::Duration crash : {seconds(2), seconds(4)}) {  // is up, or down until 6 s
    const ToyRun run =
        run_toy(with_heal({{crash, Crash{n3, true, false, seconds(2)}}}, Heal{{n1, n2}, true}));
    EXPECT_EQ(run.result.checker + run.result.what, "");
    EXPECT_EQ(run.count("node 3", "starts", "", heal, forever), 0U);
    EXPECT_EQ(run.count("node 3", "takes", "", heal, forever), 0U);
  }
}

TEST(HealTest, AnotherNodeStandsInForOneThatRefusesToStart) {
  const ToyRun run =
      run_toy(with_heal({{seconds(2), BitFlip{n1, seconds(1)}}}, Heal{{n1, n2}, true}));
  EXPECT_EQ(run.result.checker + run.result.what, "");
  EXPECT_TRUE(run.result.live);
  EXPECT_GT(run.count("node 3", "takes", "request", heal, forever), 0U);
}

/// It would start, and refuse to, only after the majority was chosen.
TEST(HealTest, ANodeThatIsDownWithDamagedFilesIsTriedFirst) {
  const ToyRun run = run_toy(with_heal({{seconds(4), BitFlip{n1, hour}}}, Heal{{n1, n2}, true}));
  EXPECT_EQ(run.result.checker + run.result.what, "");
  EXPECT_TRUE(run.result.live);
  EXPECT_EQ(run.count("node 1", "fails", "to start: ", heal, heal + core::Duration(1)), 1U);
  EXPECT_GT(run.count("node 3", "takes", "request", heal, forever), 0U);
}

TEST(HealTest, EveryClientIsAskedForFreshWork) {
  const ToyRun run = run_toy(toy_plan({{seconds(4), ClientCrash{c1, hour}}}));
  for (const char* client : {"client 1", "client 2", "client 3"}) {
    EXPECT_EQ(run.count(client, "takes", "submit{work=add{number=100000000", heal, forever), 2U);
    EXPECT_EQ(run.count(client, "tells", "added{number=100000000", heal, forever), 2U);
  }
}

// ---- What a connection does ---------------------------------------------------------------------

TEST(ConnectionTest, ANodeIsToldWhenAClientReadsTooSlowlyAndWhenItHasCaughtUp) {
  toy::Options options;
  options.grown_bytes = 20'000;
  const ToyRun run =
      run_toy(toy_plan({{seconds(2), ClientPartition{c1, n1, seconds(1)}}}, options));
  EXPECT_EQ(run.result.checker + run.result.what, "");
  const auto told = run.lines("node 1", "takes", "backlog");
  ASSERT_EQ(told.size(), 2U);
  EXPECT_TRUE(told[0].what.ends_with("full=true}")) << told[0].what;
  EXPECT_LT(told[0].at, seconds(3));
  EXPECT_TRUE(told[1].what.ends_with("full=false}")) << told[1].what;
  EXPECT_GE(told[1].at, seconds(3));
  EXPECT_EQ(run.lines("client 1", "takes", "disconnected").size(), 0U);
}

TEST(ConnectionTest, IsCutWhenTooMuchIsUnderWay) {
  toy::Options options;
  options.grown_bytes = 1'100'000;
  Plan plan = toy_plan({}, options);
  std::erase_if(plan.lines, [](const Line& line) {
    return line.at > at(milliseconds(1'200)) && !std::holds_alternative<Heal>(line.action);
  });
  const ToyRun run = run_toy(plan);
  EXPECT_GT(run.count("node 1", "takes", "closed", seconds(1), milliseconds(1'200)), 0U);
  EXPECT_GT(run.count("client 1", "takes", "disconnected", seconds(1), milliseconds(1'200)), 0U);
  EXPECT_EQ(run.lines("client 1", "takes", "pushed").size(), 0U);
}

/// Each call has one answer, whatever breaks.
TEST(ConnectionTest, EveryCallIsAnsweredOnce) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const ToyRun run = run_toy(draw_plan<toy::System>(seed));
    for (const char* client : {"client 1", "client 2", "client 3"}) {
      // A client that crashed forgets what it has called.
      if (run.lines(client, "crashes").size() > 0) continue;
      const std::size_t calls = run.lines(client, "calls").size();
      const std::size_t answers = run.lines(client, "takes", "answer").size();
      EXPECT_LE(answers, calls);
      EXPECT_GE(answers + 1, calls);  // the last may be open at the end
    }
  }
}

}  // namespace
}  // namespace sim::test
