// Snapshots (section 7), and sessions, which they keep.
#include <string>

#include "raft_test.hpp"

namespace raft {

namespace {

/// A snapshot after each few entries, none of which stays in memory.
Config small_log() {
  Config config;
  config.snapshot_bytes = 200;
  config.keep_entries = 0;
  config.max_message_bytes = 100;
  return config;
}

void put_many(TestCluster& cluster, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    cluster.put(cluster.leader(), "k" + std::to_string(i % 7), std::to_string(i));
    cluster.run(milliseconds(20));
  }
  cluster.run(milliseconds(200));
}

std::uint64_t append(TestCluster& cluster, const std::string& value, std::optional<Once> once) {
  const ClientRequest request{kv::Append{"k", core::Bytes(value)}, once};
  const std::uint64_t number = cluster.ask(cluster.leader(), request);
  cluster.run(milliseconds(200));
  return number;
}

Session open_session(TestCluster& cluster) {
  const std::uint64_t request = cluster.ask(cluster.leader(), OpenSession{});
  cluster.run(milliseconds(200));
  const auto result = cluster.answer(request);
  return result ? std::get<SessionOpened>(*result).session : Session{};
}

std::string value_of_k(TestCluster& cluster) {
  const std::uint64_t read = cluster.get(cluster.leader(), "k");
  cluster.run(milliseconds(200));
  return cluster.text(read);
}

}  // namespace

// ---- Snapshots ----------------------------------------------------------------------------------

TEST(Snapshots, KeepTheLogShortInMemoryAndOnDisk) {
  TestCluster cluster(3, small_log());
  cluster.elect();
  put_many(cluster, 100);
  for (std::uint32_t id = 1; id <= 3; ++id) {
    EXPECT_TRUE(cluster.has_snapshot(id));
    EXPECT_GT(cluster.node(id).log().base_index(), 50U);
    EXPECT_LT(cluster.log_on_disk(id), 60U);
  }
}

TEST(Snapshots, AFewEntriesStayForSlowFollowers) {
  Config config = small_log();
  config.keep_entries = 10;
  TestCluster cluster(1, config);
  cluster.elect();
  put_many(cluster, 100);
  const Log& log = cluster.node(1).log();
  EXPECT_GT(log.base_index(), 0U);
  EXPECT_GE(log.last_index() - log.base_index(), 10U);
}

TEST(Snapshots, ARestartFindsTheStateAndTheLogBehindIt) {
  TestCluster cluster(3, small_log());
  cluster.elect();
  put_many(cluster, 50);
  append(cluster, "a", {});
  append(cluster, "b", {});
  const Term term = cluster.node(1).current_term();
  for (std::uint32_t id = 1; id <= 3; ++id) cluster.crash(id);
  for (std::uint32_t id = 1; id <= 3; ++id) cluster.start(id);
  EXPECT_GE(cluster.node(1).current_term(), term);
  cluster.elect();
  EXPECT_EQ(value_of_k(cluster), "ab");
}

// The vote may stand in the part of the log that a snapshot frees.
TEST(Snapshots, TermAndVoteOutliveTheLogTheyStoodIn) {
  TestCluster cluster(1, small_log());
  cluster.elect();
  put_many(cluster, 100);
  const Term term = cluster.node(1).current_term();
  cluster.crash(1);
  cluster.start(1);
  EXPECT_EQ(cluster.node(1).current_term(), term);
  EXPECT_EQ(cluster.node(1).voted_for(), core::NodeId{1});
}

TEST(Snapshots, ASlowFollowerGetsOneWhenItsEntriesAreGone) {
  TestCluster cluster(3, small_log());
  cluster.elect();
  const std::uint32_t slow = cluster.leader() % 3 + 1;
  append(cluster, "a", {});
  cluster.cut(slow);
  put_many(cluster, 50);
  cluster.mend(slow);
  cluster.run(milliseconds(1'000));
  EXPECT_EQ(cluster.node(slow).commit_index(), cluster.node(cluster.leader()).commit_index());
  EXPECT_GT(cluster.node(slow).log().base_index(), 10U);
  const std::uint64_t read = cluster.get(slow, "k", Consistency::stale);
  EXPECT_EQ(cluster.text(read), "a");
}

TEST(Snapshots, AReceivedOneCountsOnlyWhenItIsOnDisk) {
  TestCluster cluster(3, small_log());
  const SnapshotHead head{10, Term{1}, {{{{1}, ""}, {{2}, ""}, {{3}, ""}}, {}, {}}, 0};
  cluster.hold_disk(1);
  cluster.tell(1, 2, InstallSnapshot{Term{2}, 10, Term{1}, 0, true, {head}});
  cluster.lose();
  EXPECT_EQ(cluster.node(1).commit_index(), 0U);
  cluster.sync(1);
  EXPECT_EQ(cluster.node(1).commit_index(), 10U);
  ASSERT_EQ(cluster.under_way<Appended>(2).size(), 1U);
  EXPECT_EQ(cluster.under_way<Appended>(2)[0].match_index, 10U);
}

TEST(Snapshots, AnUnfinishedOneIsForgottenByACrash) {
  TestCluster cluster(3, small_log());
  const SnapshotHead head{10, Term{1}, {{{{1}, ""}, {{2}, ""}, {{3}, ""}}, {}, {}}, 0};
  cluster.tell(1, 2, InstallSnapshot{Term{2}, 10, Term{1}, 0, false, {head}});
  ASSERT_EQ(cluster.under_way<SnapshotReceived>(2).size(), 1U);
  EXPECT_EQ(cluster.under_way<SnapshotReceived>(2)[0].next_offset, 1U);
  cluster.crash(1);
  cluster.start(1);
  cluster.lose();
  cluster.tell(1, 2, InstallSnapshot{Term{2}, 10, Term{1}, 1, true, {}});
  ASSERT_EQ(cluster.under_way<SnapshotReceived>(2).size(), 1U);
  EXPECT_EQ(cluster.under_way<SnapshotReceived>(2)[0].next_offset, 0U);
  EXPECT_EQ(cluster.node(1).commit_index(), 0U);
}

// Entries that the snapshot stands for are committed; those behind it are kept (Figure 13, step 6).
TEST(Snapshots, WhatTheLogHasBehindAReceivedOneStays) {
  TestCluster cluster(3, small_log());
  // Each in a write of its own, so that none is kept because it stands beside another.
  for (Index index = 0; index < 12; ++index) {
    const Term before = index == 0 ? Term{} : Term{1};
    cluster.tell(1, 2, AppendEntries{Term{1}, index, before, {{Term{1}, Nothing{}}}, 0, 0});
  }
  const SnapshotHead head{10, Term{1}, {{{{1}, ""}, {{2}, ""}, {{3}, ""}}, {}, {}}, 0};
  cluster.tell(1, 2, InstallSnapshot{Term{1}, 10, Term{1}, 0, true, {head}});
  EXPECT_EQ(cluster.node(1).log().base_index(), 10U);
  EXPECT_EQ(cluster.node(1).log().last_index(), 12U);
  cluster.crash(1);
  cluster.start(1);
  EXPECT_EQ(cluster.node(1).log().base_index(), 10U);
  EXPECT_EQ(cluster.node(1).log().last_index(), 12U);
}

TEST(Snapshots, AnOldMessageAboutWhatIsGoneRemovesNothing) {
  TestCluster cluster(3, small_log());
  const std::vector<Entry> entries(12, Entry{Term{1}, Nothing{}});
  const SnapshotHead head{10, Term{1}, {{{{1}, ""}, {{2}, ""}, {{3}, ""}}, {}, {}}, 0};
  cluster.tell(1, 2, InstallSnapshot{Term{1}, 10, Term{1}, 0, true, {head}});
  cluster.tell(1, 2, AppendEntries{Term{1}, 0, {}, entries, 0, 0});
  EXPECT_EQ(cluster.node(1).log().last_index(), 12U);
  cluster.tell(1, 2, AppendEntries{Term{1}, 3, Term{1}, {entries[0]}, 0, 0});
  EXPECT_EQ(cluster.node(1).log().last_index(), 12U);
  EXPECT_EQ(cluster.node(1).commit_index(), 10U);
}

TEST(Snapshots, OneThatTheLogHasOvertakenKeepsNoOtherFromBeingCut) {
  TestCluster cluster(3, small_log());
  const SnapshotHead head{10, Term{1}, {{{{1}, ""}, {{2}, ""}, {{3}, ""}}, {}, {}}, 0};
  cluster.tell(1, 2, InstallSnapshot{Term{1}, 10, Term{1}, 0, false, {head}});
  const std::vector<Entry> entries(100, Entry{Term{1}, Nothing{}});
  cluster.tell(1, 2, AppendEntries{Term{1}, 0, {}, entries, 100, 0});
  EXPECT_GT(cluster.node(1).log().base_index(), 10U);
}

// ---- Sessions (6.3 of the dissertation) ---------------------------------------------------------

TEST(Sessions, AChangeThatIsAskedForTwiceIsMadeOnce) {
  TestCluster cluster(3);
  cluster.elect();
  const Session session = open_session(cluster);
  append(cluster, "a", Once{session, 1});
  const std::uint64_t again = append(cluster, "a", Once{session, 1});
  EXPECT_TRUE(cluster.is_stored(again));
  append(cluster, "b", Once{session, 2});
  EXPECT_EQ(value_of_k(cluster), "ab");
}

TEST(Sessions, AnotherLeaderKnowsThemToo) {
  TestCluster cluster(3);
  cluster.elect();
  const Session session = open_session(cluster);
  append(cluster, "a", Once{session, 1});
  cluster.crash(cluster.leader());
  cluster.elect();
  EXPECT_TRUE(cluster.is_stored(append(cluster, "a", Once{session, 1})));
  EXPECT_EQ(value_of_k(cluster), "a");
}

TEST(Sessions, ASnapshotKeepsThem) {
  TestCluster cluster(1, small_log());
  cluster.elect();
  const Session session = open_session(cluster);
  append(cluster, "a", Once{session, 1});
  put_many(cluster, 50);
  cluster.crash(1);
  cluster.start(1);
  cluster.elect();
  EXPECT_TRUE(cluster.is_stored(append(cluster, "a", Once{session, 1})));
  EXPECT_EQ(value_of_k(cluster), "a");
}

TEST(Sessions, TheOneThatWasNotUsedForLongestExpires) {
  Config config;
  config.max_sessions = 2;
  TestCluster cluster(1, config);
  cluster.elect();
  const Session first = open_session(cluster);
  const Session second = open_session(cluster);
  append(cluster, "a", Once{first, 1});
  const Session third = open_session(cluster);
  EXPECT_EQ(cluster.refusal(append(cluster, "b", Once{second, 1})), Refusal::session_expired);
  EXPECT_TRUE(cluster.is_stored(append(cluster, "c", Once{first, 2})));
  EXPECT_TRUE(cluster.is_stored(append(cluster, "d", Once{third, 1})));
  EXPECT_EQ(value_of_k(cluster), "acd");
}

TEST(Sessions, AnOldNumberIsRefused) {
  TestCluster cluster(1);
  cluster.elect();
  const Session session = open_session(cluster);
  append(cluster, "a", Once{session, 1});
  append(cluster, "b", Once{session, 2});
  EXPECT_EQ(cluster.refusal(append(cluster, "a", Once{session, 1})), Refusal::sequence_is_old);
  EXPECT_EQ(cluster.refusal(append(cluster, "a", Once{session, 0})), Refusal::invalid);
  EXPECT_EQ(value_of_k(cluster), "ab");
}

}  // namespace raft
