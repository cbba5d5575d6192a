// A run is a function of its plan, and a World a value.
#include "sim/world.hpp"

#include <gtest/gtest.h>

#include <set>

#include "sim/toy_test.hpp"

namespace sim::test {
namespace {

constexpr std::uint64_t seeds = 20;

Plan drawn(std::uint64_t seed) { return draw_plan<toy::System>(seed); }

ToyWorld world_of(const Plan& plan) {
  auto world = ToyWorld::make(plan);
  EXPECT_TRUE(world.has_value()) << world.error();
  return std::move(*world);
}

TEST(WorldTest, TheSameSeedGivesTheSameRunAndAnotherSeedAnother) {
  std::set<std::uint64_t> hashes;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const RunResult first = judge_toy(drawn(seed));
    const RunResult second = judge_toy(drawn(seed));
    EXPECT_EQ(first.checker + first.what, "") << "seed " << seed;
    EXPECT_EQ(first.hash, second.hash);
    EXPECT_EQ(first.events, second.events);
    EXPECT_EQ(first.faults, second.faults);
    hashes.insert(first.hash);
  }
  EXPECT_EQ(hashes.size(), seeds);
}

TEST(WorldTest, TellingARunDoesNotChangeIt) {
  EXPECT_EQ(run_toy(drawn(1)).result.hash, judge_toy(drawn(1)).hash);
}

TEST(WorldTest, ACopyGoesOnAsTheOriginal) {
  for (const std::uint64_t events : {1U, 100U, 1'000U, 2'000U, 3'000U}) {
    ToyWorld world = world_of(drawn(events));
    for (std::uint64_t i = 0; i < events; ++i) ASSERT_TRUE(world.step());
    ToyWorld copy = world;
    ToyWorld assigned = world_of(drawn(1));
    for (int i = 0; i < 500; ++i) assigned.step();
    assigned = world;
    EXPECT_EQ(copy.digest(), world.digest());
    EXPECT_EQ(assigned.digest(), world.digest());
    copy.run();
    world.run();
    assigned.run();
    EXPECT_EQ(copy.hash(), world.hash());
    EXPECT_EQ(assigned.hash(), world.hash());
    EXPECT_EQ(copy.result().events, world.result().events);
    EXPECT_EQ(world.hash(), judge_toy(drawn(events)).hash);
  }
}

TEST(WorldTest, EqualWorldsHaveEqualDigestsAllTheWayAndDifferentOnesDifferent) {
  ToyWorld one = world_of(drawn(5));
  ToyWorld two = world_of(drawn(5));
  ToyWorld other = world_of(drawn(6));
  std::set<std::uint64_t> digests;
  std::uint64_t steps = 0;
  for (; steps < 400 && one.step() && two.step() && other.step(); ++steps) {
    ASSERT_EQ(one.digest(), two.digest()) << "step " << steps;
    ASSERT_NE(one.digest(), other.digest()) << "step " << steps;
    digests.insert(one.digest());
  }
  EXPECT_EQ(steps, 400U);
  EXPECT_EQ(digests.size(), steps);  // time or what waits changes with every event
}

TEST(WorldTest, DrawnPlansArePrintedAndReadBackExactly) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const std::string text = print(drawn(seed));
    const auto back = parse_plan(text);
    ASSERT_TRUE(back.has_value()) << back.error();
    ASSERT_EQ(print(*back), text);
    EXPECT_TRUE(ToyWorld::make(*back).has_value());
  }
}

TEST(WorldTest, APlanThatWasReadBackMakesTheSameRun) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto back = parse_plan(print(drawn(seed)));
    ASSERT_TRUE(back.has_value()) << back.error();
    EXPECT_EQ(judge_toy(*back).hash, judge_toy(drawn(seed)).hash) << "seed " << seed;
  }
}

/// What happened before `until`, but for what the plan says.
std::vector<Told> before(const ToyRun& run, core::Instant until) {
  std::vector<Told> told;
  for (const Told& line : run.told) {
    if (at(line.at) < until && line.who != "plan") told.push_back(line);
  }
  return told;
}

/// Shrinking rests on this: what remains of a plan does what it did.
TEST(WorldTest, ALineThatIsTakenOutChangesNothingBeforeItsTime) {
  for (const std::uint64_t seed : {3U, 4U}) {
    const Plan plan = drawn(seed);
    constexpr std::size_t every = 24;  // that is a dozen lines
    const ToyRun whole = run_toy(plan);
    for (std::size_t i = 0; i + 1 < plan.lines.size(); i += every) {
      Plan less = plan;
      less.lines.erase(less.lines.begin() + static_cast<std::ptrdiff_t>(i));
      const core::Instant until = plan.lines[i].at;
      ASSERT_EQ(before(run_toy(less), until), before(whole, until)) << print(plan.lines[i]);
    }
  }
}

/// A crash loses the same sectors, whatever else the plan holds.
TEST(WorldTest, ALineThatIsTakenOutChangesNoDrawOfAnother) {
  const Entry crash = {seconds(3), Crash{NodeId{1}, true, true, milliseconds(300)}};
  const auto recovered = [](const Plan& plan) {
    const ToyRun run = run_toy(plan);
    const auto starts = run.lines("node 1", "takes", "start");
    EXPECT_EQ(starts.size(), 2U);
    return starts.back();
  };
  // The toy does not look at the wall clock: without the jump, the crash finds the same state.
  Plan plan = toy_plan({crash, {seconds(2), ClockJump{NodeId{1}, seconds(9)}}});
  const auto is_crash = [](const Line& line) { return std::holds_alternative<Crash>(line.action); };
  const auto line = std::ranges::find_if(plan.lines, is_crash);
  std::set<std::string> outcomes;
  for (std::uint64_t stream = 1'000; stream < 1'020; ++stream) {
    line->stream = stream;
    const Told told = recovered(plan);
    Plan less = plan;
    std::erase_if(less.lines,
                  [](const Line& one) { return std::holds_alternative<ClockJump>(one.action); });
    EXPECT_EQ(recovered(less), told);
    outcomes.insert(told.what);
  }
  EXPECT_GT(outcomes.size(), 1U);
}

std::string misfit(const Plan& plan) {
  const auto world = ToyWorld::make(plan);
  return world ? "it was taken" : world.error();
}

std::string misfit(Action action) { return misfit(toy_plan({{seconds(1), std::move(action)}})); }

TEST(WorldTest, APlanThatDoesNotFitItsSystemIsRefusedWithTheLine) {
  EXPECT_EQ(misfit(Crash{NodeId{4}, true, false, {}}),
            "the line `1s #1 crash{node=4 power=true at_sync=false down=0s}`: there are only nodes "
            "1 to 3");
  EXPECT_EQ(misfit(Pause{}),
            "the line `1s #1 pause{node=0 inside=false for=0s}`: there are only nodes 1 to 3");
  EXPECT_EQ(misfit(Partition{{NodeId{1}, NodeId{9}}, {}}),
            "the line `1s #1 partition{left=[1 9] for=0s}`: there are only nodes 1 to 3");
  EXPECT_EQ(misfit(Bridge{{NodeId{1}}, NodeId{4}, {}}),
            "the line `1s #1 bridge{left=[1] middle=4 for=0s}`: there are only nodes 1 to 3");
  EXPECT_EQ(misfit(Heal{{}, false}),
            "the line `1s #1 heal{nodes=[] rest_down=false}`: heals no node");
  EXPECT_EQ(misfit(Cut{ClientId{4}}),
            "the line `1s #1 cut{client=4}`: there are only clients 1 to 3");
  EXPECT_EQ(misfit(Ask{ClientId{1}, "add{number=x}"}),
            "the line `1s #1 client 1: add{number=x}`: wanted a number from 0 to "
            "18446744073709551615 (column 12)");
  EXPECT_EQ(misfit(Ask{ClientId{4}, "audit"}),
            "the line `1s #1 client 4: audit`: there are only clients 1 to 3");
}

TEST(WorldTest, APlanForNoSuchSystemOrClusterIsRefused) {
  Plan plan = toy_plan();
  plan.system = "queue";
  EXPECT_EQ(misfit(plan), "the plan is for the system queue");
  plan = toy_plan();
  plan.options = "options{}";
  EXPECT_EQ(misfit(plan), "options: no field nodes in options (column 10)");
  toy::Options options;
  options.nodes = 4'000'000'000;
  EXPECT_EQ(misfit(toy_plan({}, options)),
            "options: they ask for 4000000000 nodes; 1 to 100 can be run");
  options = {};
  options.clients = 0;
  EXPECT_EQ(misfit(toy_plan({}, options)), "options: they ask for 0 clients; 1 to 1000 can be run");
}

/// Without this the toy would prove nothing about what it does not use.
TEST(WorldTest, TheToyUsesEveryPartOfTheContract) {
  toy::Options options;
  options.requests_per_session = 10;
  const Plan plan = toy_plan(
      {{milliseconds(1'510), Ask{ClientId{1}, "audit"}}, {seconds(2), Cut{ClientId{1}}}}, options);
  const ToyRun run = run_toy(plan);
  for (const auto& [does, part] : std::initializer_list<std::pair<const char*, const char*>>{
           {"takes", "start{"},
           {"takes", "receive{"},
           {"takes", "request{"},
           {"takes", "closed{"},
           {"takes", "persisted{lane=control"},
           {"takes", "persisted{lane=bulk"},
           {"takes", "loaded{"},
           {"takes", "timeout"},
           {"connects", "to 2 peers"},
           {"writes", "kind=log"},
           {"writes", "kind=begin"},
           {"writes", "kind=chunk"},
           {"writes", "kind=commit"},
           {"reads", "load{"},
           {"sends", "lane=control"},
           {"sends", "lane=bulk"},
           {"replies", "added{"},
           {"replies", "audited{"},
           {"pushes", "grown{"},
           {"closes", "session"}}) {
    EXPECT_TRUE(run.tells("node 1", does, part)) << does << " " << part;
  }
  for (const auto& [does, part] :
       std::initializer_list<std::pair<const char*, const char*>>{{"takes", "submit{"},
                                                                  {"takes", "connected"},
                                                                  {"takes", "disconnected"},
                                                                  {"takes", "answer{"},
                                                                  {"takes", "pushed{"},
                                                                  {"calls", "add{"},
                                                                  {"tells", "added{"},
                                                                  {"tells", "grown{"}}) {
    EXPECT_TRUE(run.tells("client 1", does, part)) << does << " " << part;
  }
}

}  // namespace
}  // namespace sim::test
