// Each deliberate bug of the toy is found by the checker that should find it.
#include <gtest/gtest.h>

#include "sim/campaign.hpp"
#include "sim/toy_test.hpp"

namespace sim::test {
namespace {

Plan drawn(std::uint64_t seed, toy::Bug bug) {
  Plan plan = draw_plan<toy::System>(seed);
  auto options = from_text<toy::Options>(plan.options);
  options->bug = bug;
  plan.options = to_text(*options);
  return plan;
}

/// The first violation of a few seeds.
RunResult found(toy::Bug bug) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    RunResult result = judge_toy(drawn(seed, bug));
    if (result.violated()) return result;
  }
  return {};
}

testing::AssertionResult finds(toy::Bug bug, std::string_view checker, std::string_view what) {
  const RunResult result = found(bug);
  if (result.checker == checker && result.what.find(what) != std::string::npos) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure()
         << wire::name_of(bug) << " gave \"" << result.checker << "\": " << result.what;
}

TEST(BugTest, AReplyBeforeItsWriteIsDurableBreaksALaw) {
  EXPECT_TRUE(finds(toy::Bug::reply_before_durable, "kept-what-it-said", "a restart lost it"));
}

TEST(BugTest, ANodeWithoutADiskBreaksTheSameLaw) {
  toy::Options options;
  options.disk = false;
  const Plan plan =
      toy_plan({{seconds(2), Crash{NodeId{1}, false, false, milliseconds(100)}}}, options);
  const RunResult result = judge_toy(plan);
  EXPECT_EQ(result.checker, "kept-what-it-said");
  const FaultSet all = node_faults | client_faults | peer_faults;
  EXPECT_EQ(result.possible, all.bits());
}

TEST(BugTest, WhatTheEndAloneShowsIsFoundAtTheEnd) {
  EXPECT_TRUE(finds(toy::Bug::invents_a_number, "only-what-was-asked", "nobody added it"));
}

TEST(BugTest, AMessageThatIsLostForGoodBreaksLiveness) {
  EXPECT_TRUE(
      finds(toy::Bug::gossips_once, "liveness", "60s after the faults have stopped: number "));
}

TEST(BugTest, ABrokenInvariantIsFound) {
  EXPECT_TRUE(finds(toy::Bug::gossips_before_durable, "invariants", "which is not durable"));
}

TEST(BugTest, BreachesOfTheContractAreFound) {
  EXPECT_TRUE(finds(toy::Bug::answers_twice, "contract", "which was not asked or is answered"));
  EXPECT_TRUE(
      finds(toy::Bug::skips_a_write_number, "contract", "numbers a write 6 where 5 comes next"));
  EXPECT_TRUE(finds(toy::Bug::sends_to_itself, "contract", "which is not another node"));
  EXPECT_TRUE(finds(toy::Bug::timer_not_later, "contract", "which is not later"));
  EXPECT_TRUE(finds(toy::Bug::client_timer_not_later, "contract",
                    "was told of a timeout and wants the next not later than it"));
}

TEST(BugTest, WorkWithoutEndIsFound) {
  auto world = ToyWorld::make(drawn(1, toy::Bug::never_rests));
  ASSERT_TRUE(world.has_value());
  world->give_up_after(20'000);
  world->run();
  EXPECT_EQ(world->result().checker, "progress");
  EXPECT_EQ(world->result().what, "more than 20000 events: something never comes to rest");
}

/// The host's part: whoever is connecting has nothing to give up, and connects in the end.
TEST(BugTest, AClientThatGivesUpWhileItConnectsHarmsNothing) {
  const RunResult result = found(toy::Bug::reconnects_while_connecting);
  EXPECT_EQ(result.checker + result.what, "");
  const ToyRun run = run_toy(drawn(1, toy::Bug::reconnects_while_connecting));
  EXPECT_FALSE(run.lines("client 1", "connects").empty());
}

/// In a campaign, with the seeds around it.
std::vector<RunResult> campaign(Seeds seeds, toy::Bug bug, std::uint64_t bad_seed) {
  return run_seeds(
      seeds, 2, Until::all_done,
      [&](std::uint64_t seed) {
        return judge_toy(drawn(seed, seed == bad_seed ? bug : toy::Bug::none));
      },
      [](std::uint64_t, std::uint64_t) {}, 1);
}

void expect_only(const std::vector<RunResult>& results, std::uint64_t bad_seed,
                 std::string_view checker, std::string_view what) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i].seed, 10 + i);
    EXPECT_EQ(results[i].checker, results[i].seed == bad_seed ? checker : "");
    if (results[i].seed != bad_seed) continue;
    EXPECT_NE(results[i].what.find(what), std::string::npos) << results[i].what;
  }
}

TEST(BugTest, AnAbortIsTheViolationOfItsSeedAlone) {
  const auto results = campaign({10, 29}, toy::Bug::aborts, 17);
  ASSERT_EQ(results.size(), 20U);
  expect_only(results, 17, "abort", "the set is small");
}

TEST(BugTest, ASeedThatNeverEndsIsTheViolationOfItsSeedAlone) {
  const auto results = campaign({10, 15}, toy::Bug::loops, 12);
  ASSERT_EQ(results.size(), 6U);
  expect_only(results, 12, "hang", "no end after 1 s of processor time");
}

}  // namespace
}  // namespace sim::test
