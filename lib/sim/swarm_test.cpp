#include "sim/swarm.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "sim/toy.hpp"

namespace sim {
namespace {

constexpr std::uint64_t seeds = 1'000;

const std::vector<Plan>& drawn() {
  static const std::vector<Plan> plans = [] {
    std::vector<Plan> all;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) all.push_back(draw_plan<toy::System>(seed));
    return all;
  }();
  return plans;
}

toy::Options options_of(const Plan& plan) { return *from_text<toy::Options>(plan.options); }

TEST(SwarmTest, ASeedIsTenSecondsOrMoreAndAHundredPiecesOfWorkOrMoreFromThreeClientsOrMore) {
  for (const Plan& plan : drawn()) {
    std::map<ClientId, std::uint64_t> pieces;
    std::uint64_t all = 0;
    for (const Line& line : plan.lines) {
      const auto* ask = std::get_if<Ask>(&line.action);
      if (ask == nullptr) continue;
      ++pieces[ask->client];
      ++all;
      EXPECT_TRUE(from_text<toy::Work>(ask->work).has_value());
    }
    EXPECT_GE(plan.lines.back().at, core::Instant(std::chrono::seconds(10)));
    EXPECT_GE(all, 100U);
    EXPECT_GE(pieces.size(), 3U);
    EXPECT_EQ(pieces.size(), options_of(plan).clients);
    for (const auto& [client, count] : pieces) EXPECT_GE(count, 10U);
  }
}

TEST(SwarmTest, EndsWithTheHealOfAMajority) {
  for (const Plan& plan : drawn()) {
    const auto* heal = std::get_if<Heal>(&plan.lines.back().action);
    ASSERT_NE(heal, nullptr);
    EXPECT_EQ(heal->nodes.size(), options_of(plan).nodes / 2 + 1);
    EXPECT_TRUE(std::ranges::is_sorted(heal->nodes));
    const std::set<core::NodeId> distinct(heal->nodes.begin(), heal->nodes.end());
    EXPECT_EQ(distinct.size(), heal->nodes.size());
    EXPECT_LE(heal->nodes.back().value, options_of(plan).nodes);
  }
}

TEST(SwarmTest, EveryMajorityIsHealedAboutAsOften) {
  std::map<std::string, std::uint64_t> healed;
  std::uint64_t of_five = 0;
  for (const Plan& plan : drawn()) {
    if (options_of(plan).nodes != 5) continue;
    ++of_five;
    ++healed[to_text(std::get<Heal>(plan.lines.back().action).nodes)];
  }
  EXPECT_EQ(healed.size(), 10U);  // five over three
  for (const auto& [nodes, count] : healed) {
    EXPECT_GT(count * 20, of_five) << nodes;
    EXPECT_LT(count * 5, of_five) << nodes;
  }
}

TEST(SwarmTest, LinesStandInOrderWithStreamsOfTheirOwn) {
  for (const Plan& plan : drawn()) {
    EXPECT_TRUE(std::ranges::is_sorted(plan.lines, {}, &Line::at));
    std::set<std::uint64_t> streams;
    for (const Line& line : plan.lines) streams.insert(line.stream);
    EXPECT_EQ(streams.size(), plan.lines.size());
  }
}

std::set<std::string> kinds(const Plan& plan) {
  std::set<std::string> names;
  for (const Line& line : plan.lines) {
    std::visit([&](const auto& held) { names.emplace(wire::name_of(held)); }, line.action);
  }
  return names;
}

TEST(SwarmTest, EachKindOfFaultIsDrawnInAGoodShareOfTheSeedsAndMissingInAnother) {
  std::map<std::string, std::uint64_t> with;
  for (const Plan& plan : drawn()) {
    for (const std::string& kind : kinds(plan)) ++with[kind];
  }
  for (std::size_t i = 0; i < fault_count; ++i) {
    const auto fault = static_cast<Fault>(i);
    // A crash brings these.
    if (fault == Fault::lost_write || fault == Fault::torn_write) continue;
    const std::uint64_t count = with[std::string(name_of(fault))];
    const bool rare = fault == Fault::bit_flip;
    EXPECT_GT(count, rare ? 20U : 400U) << name_of(fault);
    EXPECT_LT(count, rare ? 100U : 600U) << name_of(fault);
  }
}

TEST(SwarmTest, NoTwoSeedsHaveTheSameWeather) {
  std::set<std::string> conditions;
  std::set<std::string> mixtures;
  for (const Plan& plan : drawn()) {
    conditions.insert(to_text(plan.conditions));
    std::string mixture;
    for (const std::string& kind : kinds(plan)) mixture += kind + " ";
    mixtures.insert(mixture);
  }
  EXPECT_EQ(conditions.size(), seeds);
  EXPECT_GT(mixtures.size(), seeds * 9 / 10);
}

TEST(SwarmTest, BitsNeverFlipInAMajorityOfTheNodes) {
  std::set<std::size_t> counts;
  for (const Plan& plan : drawn()) {
    std::set<core::NodeId> flipped;
    for (const Line& line : plan.lines) {
      if (const auto* flip = std::get_if<BitFlip>(&line.action)) flipped.insert(flip->node);
    }
    EXPECT_LE(flipped.size(), (options_of(plan).nodes - 1) / 2);
    counts.insert(flipped.size());
  }
  EXPECT_EQ(counts, (std::set<std::size_t>{0, 1, 2}));
}

/// All kinds of faults in many plans for such a cluster.
std::set<std::string> drawn_for(const Cluster& cluster, FaultSet faults) {
  std::set<std::string> names;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Plan plan;
    draw_weather(core::Prng(seed), {cluster, faults}, plan);
    names.merge(kinds(plan));
  }
  return names;
}

constexpr FaultSet every = node_faults | disk_faults | client_faults | peer_faults;

TEST(SwarmTest, OnlyWhatTheClusterCanHaveIsDrawn) {
  EXPECT_EQ(drawn_for({3, 3, true}, {Fault::cut}), (std::set<std::string>{"cut", "heal"}));
  EXPECT_EQ(drawn_for({3, 3, true}, every).size(), fault_count - 2 + 1);
  const auto alone = drawn_for({1, 3, true}, every);
  for (const char* name : {"loss", "duplicate", "reorder", "partition", "one-way", "bridge"}) {
    EXPECT_FALSE(alone.contains(name)) << name;
  }
  EXPECT_TRUE(alone.contains("bit-flip"));
  const auto forgetful = drawn_for({3, 3, false}, every);
  for (const char* name : {"bit-flip", "sync-error", "disk-full", "slow-disk"}) {
    EXPECT_FALSE(forgetful.contains(name)) << name;
  }
}

TEST(SwarmTest, WhatTheClusterIsWithoutIsNotDrawn) {
  Cluster cluster{3, 3, true};
  cluster.without = {Fault::pause, Fault::loss};
  const auto names = drawn_for(cluster, every);
  EXPECT_FALSE(names.contains("pause"));
  EXPECT_FALSE(names.contains("loss"));
  EXPECT_TRUE(names.contains("crash"));
  EXPECT_EQ(possible({cluster, every}), every.without({Fault::pause, Fault::loss}));
}

/// How often and for how long nodes are cut off from each other in such a cluster, with this seed.
std::vector<core::Duration> cuts_drawn(const Cluster& cluster, FaultSet faults,
                                       std::uint64_t seed) {
  Plan plan;
  draw_weather(core::Prng(seed), {cluster, faults}, plan);
  std::vector<core::Duration> cuts;
  for (const Line& line : plan.lines) {
    if (const auto* cut = std::get_if<Partition>(&line.action)) cuts.push_back(cut->lasts);
    if (const auto* one_way = std::get_if<OneWay>(&line.action)) cuts.push_back(one_way->lasts);
  }
  return cuts;
}

TEST(SwarmTest, ShortCutsComeOnTopOfThePartitionsAndLastASecondAtMost) {
  Cluster cluster{3, 3, true};
  std::size_t most = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    cluster.short_cuts = 0;
    const std::size_t without = cuts_drawn(cluster, every, seed).size();
    cluster.short_cuts = 40;
    const std::vector<core::Duration> with = cuts_drawn(cluster, every, seed);
    ASSERT_GT(with.size(), without);
    ASSERT_LE(with.size(), without + 40);
    most = std::max(most, with.size() - without);
    const auto is_short = [](core::Duration lasts) { return lasts <= std::chrono::seconds(1); };
    EXPECT_GE(static_cast<std::size_t>(std::ranges::count_if(with, is_short)),
              with.size() - without);
  }
  EXPECT_GT(most, 35U);
  EXPECT_TRUE(cuts_drawn(cluster, {Fault::cut}, 0).empty());
}

/// Of a plan for such a cluster with this seed.
std::vector<Crash> crashes_drawn(const Cluster& cluster, FaultSet faults, std::uint64_t seed) {
  Plan plan;
  draw_weather(core::Prng(seed), {cluster, faults}, plan);
  std::vector<Crash> crashes;
  for (const Line& line : plan.lines) {
    if (const auto* crash = std::get_if<Crash>(&line.action)) crashes.push_back(*crash);
  }
  return crashes;
}

TEST(SwarmTest, PowerCutsComeOnTopOfTheCrashesAndDuringASync) {
  Cluster cluster{3, 3, true};
  std::size_t most = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    cluster.power_cuts = 0;
    const std::size_t without = crashes_drawn(cluster, every, seed).size();
    cluster.power_cuts = 40;
    const std::vector<Crash> with = crashes_drawn(cluster, every, seed);
    ASSERT_GT(with.size(), without);
    ASSERT_LE(with.size(), without + 40);
    most = std::max(most, with.size() - without);
    for (std::size_t i = without; i < with.size(); ++i) {
      EXPECT_TRUE(with[i].power && with[i].at_sync);
      EXPECT_LE(with[i].down, std::chrono::milliseconds(500));
    }
  }
  EXPECT_GT(most, 35U);
  EXPECT_TRUE(crashes_drawn(cluster, {Fault::cut}, 0).empty());
  cluster.disk = false;
  cluster.without = {Fault::pause};
  for (const Crash& crash : crashes_drawn(cluster, every, 1)) EXPECT_FALSE(crash.at_sync);
}

TEST(SwarmTest, WorkInHeapsComesAtMultiplesOfThePulse) {
  Cluster cluster{3, 3, true};
  EXPECT_EQ(pulse_before(1'234'567, cluster), 1'234'567);
  cluster.pulse = std::chrono::milliseconds(500);
  EXPECT_EQ(pulse_before(1'234'567, cluster), 1'000'000);
  EXPECT_EQ(pulse_before(1'500'000, cluster), 1'500'000);
  EXPECT_EQ(pulse_before(400'000, cluster), 10'000);  // the clients must have started
}

TEST(SwarmTest, WhatIsPossibleIsToldRight) {
  EXPECT_EQ(possible({{3, 3, true}, every}), every);
  EXPECT_EQ(possible({{3, 3, true}, {Fault::cut}}), FaultSet{Fault::cut});
  EXPECT_EQ(possible({{1, 3, true}, every}), every.without(peer_faults));
  EXPECT_EQ(possible({{3, 3, false}, every}), every.without(disk_faults));
  // Of two nodes both are a majority.
  EXPECT_EQ(possible({{2, 3, true}, every}), every.without({Fault::bridge, Fault::bit_flip}));
  EXPECT_FALSE(drawn_for({2, 3, true}, every).contains("bit-flip"));
}

}  // namespace
}  // namespace sim
