#include "sim/network.hpp"

#include <gtest/gtest.h>

namespace sim {
namespace {

using core::Duration;
using core::Instant;
using core::Lane;
using core::NodeId;
using std::chrono::seconds;

constexpr NodeId n1{1}, n2{2}, n3{3}, n4{4};
const Instant start;
const Instant later{seconds(10)};

using Told = std::tuple<bool, Duration, std::optional<Duration>>;

Told told(const Fate& fate) { return {fate.lost, fate.delay, fate.repeat}; }

std::vector<Told> fates(Network& network, NodeId from, NodeId to, Lane lane, int count) {
  std::vector<Told> all;
  for (int i = 0; i < count; ++i) all.push_back(told(network.send(start, from, to, lane)));
  return all;
}

TEST(NetworkTest, TheFateOfALinksKthMessageHangsOnNothingElse) {
  Network alone(1, Conditions{});
  const auto wanted = fates(alone, n1, n2, Lane::control, 50);
  Network busy(1, Conditions{});
  std::vector<Told> found;
  for (int i = 0; i < 50; ++i) {
    busy.send(start, n2, n1, Lane::control);
    busy.send(start, n1, n2, Lane::bulk);
    busy.send(later, n3, n2, Lane::control);
    busy.client_delay(ClientId{1});
    found.push_back(told(busy.send(start, n1, n2, Lane::control)));
  }
  EXPECT_EQ(found, wanted);
}

TEST(NetworkTest, LinksLanesAndSeedsHaveDrawsOfTheirOwn) {
  Network network(1, Conditions{});
  const auto wanted = fates(network, n1, n2, Lane::control, 50);
  EXPECT_NE(fates(network, n1, n2, Lane::control, 50), wanted);  // other messages
  EXPECT_NE(fates(network, n1, n2, Lane::bulk, 50), wanted);
  EXPECT_NE(fates(network, n2, n1, Lane::control, 50), wanted);
  Network other(2, Conditions{});
  EXPECT_NE(fates(other, n1, n2, Lane::control, 50), wanted);
}

TEST(NetworkTest, AFaultThatIsTakenOutChangesNoDrawOfAnother) {
  const auto lost = [](bool with_others) {
    Network network(1, Conditions{});
    if (with_others) network.add(Duplicate{500'000, seconds(9)}, later, 7);
    network.add(Loss{300'000, seconds(9)}, later, 5);
    if (with_others) network.add(Reorder{500'000, seconds(1), seconds(9)}, later, 6);
    std::vector<bool> all;
    for (int i = 0; i < 200; ++i) all.push_back(network.send(start, n1, n2, Lane::control).lost);
    return all;
  };
  EXPECT_EQ(lost(true), lost(false));
}

TEST(NetworkTest, WeatherDoesToMessagesWhatItSaysUntilItsEnd) {
  Conditions conditions;
  Network network(1, conditions);
  network.add(Loss{250'000, seconds(9)}, later, 1);
  network.add(Duplicate{500'000, seconds(9)}, later, 2);
  network.add(Reorder{100'000, seconds(1), seconds(9)}, later, 3);
  int lost = 0;
  int repeated = 0;
  int delayed = 0;
  for (int i = 0; i < 4'000; ++i) {
    const Fate fate = network.send(start, n1, n2, Lane::control);
    lost += fate.lost ? 1 : 0;
    repeated += fate.repeat ? 1 : 0;
    delayed += fate.delay > conditions.peer_max ? 1 : 0;
    EXPECT_GE(fate.delay, conditions.peer_min);
  }
  EXPECT_NEAR(lost, 1'000, 150);
  EXPECT_NEAR(repeated, 2'000, 150);
  EXPECT_NEAR(delayed, 400, 100);
  for (int i = 0; i < 1'000; ++i) {
    const Fate fate = network.send(later, n1, n2, Lane::control);
    EXPECT_FALSE(fate.lost || fate.repeat || fate.delay > conditions.peer_max);
  }
}

TEST(NetworkTest, TellsWhichMessagesWereOvertaken) {
  Network network(1, Conditions{});
  EXPECT_FALSE(network.overtaken(n1, n2, Lane::control, 0));
  EXPECT_FALSE(network.overtaken(n1, n2, Lane::control, 2));
  EXPECT_TRUE(network.overtaken(n1, n2, Lane::control, 1));
  EXPECT_FALSE(network.overtaken(n1, n2, Lane::control, 3));
  EXPECT_FALSE(network.overtaken(n1, n2, Lane::bulk, 1));
}

TEST(NetworkTest, APartitionCutsTwoGroupsApartBothWays) {
  Network network(1, Conditions{});
  network.add(Partition{{n1, n2}, seconds(10)}, later);
  EXPECT_EQ(network.blocked(start, n1, n3), Fault::partition);
  EXPECT_EQ(network.blocked(start, n3, n1), Fault::partition);
  EXPECT_FALSE(network.blocked(start, n1, n2));
  EXPECT_FALSE(network.blocked(start, n3, n4));
  EXPECT_FALSE(network.blocked(later, n1, n3));
}

TEST(NetworkTest, OneWayTakesHearingOrBeingHeard) {
  Network network(1, Conditions{});
  network.add(OneWay{n1, true, seconds(10)}, later);  // hears, and is not heard
  EXPECT_EQ(network.blocked(start, n1, n2), Fault::one_way);
  EXPECT_FALSE(network.blocked(start, n2, n1));
  network.clear();
  network.add(OneWay{n1, false, seconds(10)}, later);
  EXPECT_FALSE(network.blocked(start, n1, n2));
  EXPECT_EQ(network.blocked(start, n2, n1), Fault::one_way);
  EXPECT_FALSE(network.blocked(start, n2, n3));
}

TEST(NetworkTest, ABridgeLetsTwoGroupsMeetInOneNode) {
  Network network(1, Conditions{});
  network.add(Bridge{{n1, n2}, n2, seconds(10)}, later);
  EXPECT_EQ(network.blocked(start, n1, n3), Fault::bridge);
  EXPECT_EQ(network.blocked(start, n3, n1), Fault::bridge);
  for (const NodeId other : {n1, n3, n4}) {
    EXPECT_FALSE(network.blocked(start, n2, other));
    EXPECT_FALSE(network.blocked(start, other, n2));
  }
}

TEST(NetworkTest, AClientPartitionIsBetweenThatClientAndThatNode) {
  Network network(1, Conditions{});
  network.add(ClientPartition{ClientId{1}, n1, seconds(10)}, later);
  EXPECT_TRUE(network.blocked(start, ClientId{1}, n1));
  EXPECT_FALSE(network.blocked(start, ClientId{1}, n2));
  EXPECT_FALSE(network.blocked(start, ClientId{2}, n1));
  EXPECT_FALSE(network.blocked(later, ClientId{1}, n1));
  EXPECT_FALSE(network.blocked(start, n1, n2));
}

TEST(NetworkTest, AnIsolatedNodeReachesNobodyForEver) {
  Network network(1, Conditions{});
  network.isolate(n3);
  EXPECT_EQ(network.blocked(later, n3, n1), Fault::partition);
  EXPECT_EQ(network.blocked(later, n1, n3), Fault::partition);
  EXPECT_TRUE(network.blocked(later, ClientId{1}, n3));
  EXPECT_FALSE(network.blocked(later, n1, n2));
}

TEST(NetworkTest, TheDigestTellsFaultsThatAreOn) {
  Network network(1, Conditions{});
  const std::uint64_t calm = network.digest(start);
  network.add(Partition{{n1}, seconds(10)}, later);
  const std::uint64_t cut = network.digest(start);
  EXPECT_NE(cut, calm);
  EXPECT_EQ(network.digest(later), calm);
  network.add(Loss{1, seconds(10)}, later, 1);
  EXPECT_NE(network.digest(start), cut);
}

}  // namespace
}  // namespace sim
