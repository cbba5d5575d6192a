// What one node and a few of them promise, step by step. The sections are those of the paper.
#include "raft_test.hpp"

namespace raft {

namespace {

Entry entry(std::uint64_t term, const std::string& value = "") {
  return {Term{term}, Change{kv::Put{"k", core::Bytes(value), {}}}};
}

AppendEntries append(std::uint64_t term, Index prev, std::uint64_t prev_term,
                     std::vector<Entry> entries, Index commit = 0) {
  return {Term{term}, prev, Term{prev_term}, std::move(entries), commit, 0};
}

Config without_pre_vote() {
  Config config;
  config.pre_vote = false;
  config.check_quorum = false;
  return config;
}

/// Nobody waits for so long.
Config with_patience() {
  Config config;
  config.request_timeout_ms = 1'000'000'000;
  return config;
}

std::vector<std::uint64_t> terms(const Raft& node) {
  std::vector<std::uint64_t> all;
  for (Index i = 1; i <= node.log().last_index(); ++i) all.push_back(node.log().term_at(i).value);
  return all;
}

using Terms = std::vector<std::uint64_t>;

}  // namespace

// ---- Elections (5.1, 5.2) -----------------------------------------------------------------------

TEST(Election, FindsOneLeaderOfFiveAndAllKnowIt) {
  TestCluster cluster(5);
  cluster.elect();
  ASSERT_NE(cluster.leader(), 0U);
  for (std::uint32_t id = 1; id <= 5; ++id) {
    EXPECT_EQ(cluster.node(id).leader().value, cluster.leader());
  }
}

TEST(Election, ANodeAloneElectsItselfOnceItsVoteIsDurable) {
  TestCluster cluster(1);
  cluster.hold_disk(1);
  cluster.time_out(1);
  EXPECT_EQ(cluster.node(1).role(), Role::candidate);
  cluster.sync(1);
  EXPECT_EQ(cluster.node(1).role(), Role::leader);
}

TEST(Election, AVoteIsNotSaidBeforeItIsDurable) {
  TestCluster cluster(3);
  cluster.hold_disk(1);
  cluster.tell(1, 2, RequestVote{Term{5}, 0, {}});
  EXPECT_TRUE(cluster.under_way<Voted>(2).empty());
  cluster.sync(1);
  ASSERT_EQ(cluster.under_way<Voted>(2).size(), 1U);
  EXPECT_TRUE(cluster.under_way<Voted>(2)[0].granted);
}

TEST(Election, ANodeVotesForOneCandidateATermEvenAfterARestart) {
  TestCluster cluster(3);
  cluster.tell(1, 2, RequestVote{Term{5}, 0, {}});
  cluster.tell(1, 3, RequestVote{Term{5}, 0, {}});
  EXPECT_FALSE(cluster.under_way<Voted>(3)[0].granted);
  cluster.lose();
  cluster.crash(1);
  cluster.start(1);
  cluster.tell(1, 3, RequestVote{Term{5}, 0, {}});
  EXPECT_FALSE(cluster.under_way<Voted>(3)[0].granted);
  cluster.tell(1, 2, RequestVote{Term{5}, 0, {}});
  EXPECT_TRUE(cluster.under_way<Voted>(2)[0].granted);  // the same again
  cluster.tell(1, 3, RequestVote{Term{6}, 0, {}});
  EXPECT_TRUE(cluster.under_way<Voted>(3)[1].granted);
}

TEST(Election, ACandidateThatLearnsOfALeaderKeepsItsVote) {
  TestCluster cluster(3, without_pre_vote());
  cluster.time_out(1);
  const std::uint64_t term = cluster.node(1).current_term().value;
  cluster.tell(1, 2, append(term, 0, 0, {}));
  EXPECT_EQ(cluster.node(1).role(), Role::follower);
  cluster.wait(milliseconds(300));
  cluster.tell(1, 3, RequestVote{Term{term}, 9, Term{term}});
  EXPECT_FALSE(cluster.under_way<Voted>(3)[0].granted);
}

TEST(Election, ACopyOfAVoteCountsOnce) {
  TestCluster cluster(5, without_pre_vote());
  cluster.time_out(1);
  const Voted vote{cluster.node(1).current_term(), true};
  cluster.tell(1, 2, vote);
  cluster.tell(1, 2, vote);
  EXPECT_EQ(cluster.node(1).role(), Role::candidate);
  cluster.tell(1, 3, vote);
  EXPECT_EQ(cluster.node(1).role(), Role::leader);
}

// Section 5.4.1: the later last term wins, and only then the longer log.
TEST(Election, ACandidateNeedsALogThatIsUpToDate) {
  TestCluster cluster(3);
  cluster.tell(1, 2, append(3, 0, 0, {entry(1), entry(3)}));
  cluster.wait(milliseconds(300));
  const auto granted = [&](Index index, std::uint64_t last_term) {
    static std::uint64_t term = 10;
    cluster.lose();
    cluster.tell(1, 3, RequestVote{Term{++term}, index, Term{last_term}});
    return cluster.under_way<Voted>(3)[0].granted;
  };
  EXPECT_FALSE(granted(1, 3));
  EXPECT_FALSE(granted(9, 2));
  EXPECT_TRUE(granted(2, 3));
  EXPECT_TRUE(granted(1, 4));
}

TEST(Election, WhatComesFromALowerTermIsRefused) {
  TestCluster cluster(3);
  cluster.tell(1, 2, append(4, 0, 0, {entry(4)}));
  cluster.lose();
  cluster.tell(1, 3, append(3, 0, 0, {entry(3), entry(3)}));
  ASSERT_EQ(cluster.under_way<Stale>(3).size(), 1U);
  EXPECT_EQ(cluster.under_way<Stale>(3)[0].term, Term{4});
  EXPECT_EQ(terms(cluster.node(1)), Terms{4});
  cluster.wait(milliseconds(300));
  cluster.tell(1, 3, RequestVote{Term{3}, 9, Term{3}});
  EXPECT_FALSE(cluster.under_way<Voted>(3)[0].granted);
}

TEST(Election, ALeaderThatHearsOfALaterTermStepsDown) {
  TestCluster cluster(3);
  cluster.elect();
  const std::uint32_t leader = cluster.leader();
  const Term later{cluster.node(leader).current_term().value + 1};
  cluster.tell(leader, leader % 3 + 1, Stale{later});
  EXPECT_EQ(cluster.node(leader).role(), Role::follower);
  EXPECT_EQ(cluster.node(leader).current_term(), later);
}

TEST(Election, ASplitVoteIsFollowedByAnotherElection) {
  TestCluster cluster(4, without_pre_vote());
  cluster.time_out(1);
  cluster.time_out(2);
  cluster.tell(3, 1, RequestVote{cluster.node(1).current_term(), 0, {}});
  cluster.tell(4, 2, RequestVote{cluster.node(2).current_term(), 0, {}});
  cluster.deliver();
  EXPECT_EQ(cluster.leader(), 0U);
  cluster.elect();
  EXPECT_NE(cluster.leader(), 0U);
}

// ---- Pre-vote and check-quorum (dissertation, 9.6 and 6.2) --------------------------------------

TEST(PreVote, ANodeThatWasCutOffComesBackWithoutAHigherTerm) {
  TestCluster cluster(3);
  cluster.elect();
  const std::uint32_t leader = cluster.leader();
  const std::uint32_t lost = leader % 3 + 1;
  const Term term = cluster.node(leader).current_term();
  cluster.cut(lost);
  cluster.run(milliseconds(5'000));
  EXPECT_EQ(cluster.node(lost).current_term(), term);
  cluster.mend(lost);
  cluster.run(milliseconds(1'000));
  EXPECT_EQ(cluster.leader(), leader);
  EXPECT_EQ(cluster.node(leader).current_term(), term);
}

TEST(PreVote, WithoutItTheLeaderIsDeposed) {
  TestCluster cluster(3, without_pre_vote());
  cluster.elect();
  const std::uint32_t lost = cluster.leader() % 3 + 1;
  const Term term = cluster.node(cluster.leader()).current_term();
  cluster.cut(lost);
  cluster.run(milliseconds(5'000));
  cluster.mend(lost);
  cluster.run(milliseconds(1'000));
  cluster.elect();
  EXPECT_GT(cluster.node(cluster.leader()).current_term(), term);
}

TEST(CheckQuorum, ALeaderThatNoMajorityAnswersGivesUp) {
  TestCluster cluster(3);
  cluster.elect();
  const std::uint32_t leader = cluster.leader();
  cluster.cut(leader);
  cluster.run(milliseconds(2'000));
  EXPECT_EQ(cluster.node(leader).role(), Role::follower);
  EXPECT_NE(cluster.leader(), 0U);
}

// ---- Replication (5.3) --------------------------------------------------------------------------

TEST(Replication, AChangeIsAnsweredWhenAMajorityHasItOnDisk) {
  TestCluster cluster(3);
  cluster.elect();
  const std::uint32_t leader = cluster.leader();
  const std::uint32_t first = leader % 3 + 1;
  const std::uint32_t second = first % 3 + 1;
  for (std::uint32_t id = 1; id <= 3; ++id) cluster.hold_disk(id);
  const auto change = cluster.put(leader, "k", "1");
  cluster.deliver();
  EXPECT_FALSE(cluster.answer(change));
  cluster.sync(first);
  cluster.deliver();
  EXPECT_FALSE(cluster.answer(change));  // the leader's own disk has not got it
  cluster.sync(second);
  cluster.deliver();
  EXPECT_TRUE(cluster.is_stored(change));  // nor has it now: two others have
}

TEST(Replication, AFollowerThatWasAwayGetsWhatItMissed) {
  TestCluster cluster(3);
  cluster.elect();
  const std::uint32_t leader = cluster.leader();
  const std::uint32_t away = leader % 3 + 1;
  cluster.cut(away);
  for (int i = 0; i < 50; ++i) cluster.put(leader, "k", std::to_string(i));
  cluster.run(milliseconds(500));
  cluster.mend(away);
  cluster.run(milliseconds(500));
  EXPECT_EQ(cluster.node(away).last_applied(), cluster.node(leader).last_applied());
  EXPECT_EQ(cluster.text(cluster.get(away, "k", Consistency::stale)), "49");
}

TEST(Replication, AnEntryBehindAGapIsRefusedWithAHintWhereToGoOn) {
  TestCluster cluster(3);
  cluster.tell(1, 2, append(5, 0, 0, {entry(1), entry(4), entry(4)}));
  cluster.lose();
  cluster.tell(1, 2, append(5, 9, 5, {entry(5)}));
  EXPECT_EQ(cluster.under_way<Mismatch>(2)[0].hint_index, 3U);
  cluster.lose();
  cluster.tell(1, 2, append(5, 3, 3, {entry(5)}));
  EXPECT_EQ(cluster.under_way<Mismatch>(2)[0].hint_index,
            1U);  // what has term 4 is not the leader's
  EXPECT_EQ(terms(cluster.node(1)), (Terms{1, 4, 4}));
}

// Figure 7: followers (a) to (f) come to have the leader's log.
TEST(Replication, AnyFollowersLogBecomesTheLeaders) {
  const Terms leaders = {1, 1, 1, 4, 4, 5, 5, 6, 6, 6};
  const std::vector<Terms> followers = {{1, 1, 1, 4, 4, 5, 5, 6, 6},
                                        {1, 1, 1, 4},
                                        {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6},
                                        {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7},
                                        {1, 1, 1, 4, 4, 4, 4},
                                        {1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3}};
  const auto entries = [](const Terms& all) {
    std::vector<Entry> made;
    for (const std::uint64_t term : all) made.push_back(entry(term));
    return made;
  };
  for (const Terms& follower : followers) {
    TestCluster cluster(3);
    cluster.tell(1, 3, append(7, 0, 0, entries(leaders)));
    cluster.tell(2, 3, append(7, 0, 0, entries(follower)));
    cluster.tell(1, 3, Stale{Term{7}});
    cluster.lose();
    cluster.tell(1, 2, PreVoted{});
    cluster.time_out(1);
    cluster.lose();
    cluster.tell(1, 3, PreVoted{Term{7}, Term{8}, true});
    cluster.lose();
    cluster.tell(1, 3, Voted{Term{8}, true});
    ASSERT_EQ(cluster.node(1).role(), Role::leader);
    cluster.run(milliseconds(100));
    EXPECT_EQ(terms(cluster.node(2)), terms(cluster.node(1)));
  }
}

TEST(Replication, ACopyOfAnOldMessageRemovesNothing) {
  TestCluster cluster(3);
  const AppendEntries first = append(5, 0, 0, {entry(5, "a")});
  cluster.tell(1, 2, first);
  cluster.tell(1, 2, append(5, 1, 5, {entry(5, "b")}));
  cluster.tell(1, 2, first);
  EXPECT_EQ(terms(cluster.node(1)), (Terms{5, 5}));
}

// What lies behind the entries of a message may be a deposed leader's.
TEST(Replication, AFollowerCommitsNoFurtherThanTheMessageReaches) {
  TestCluster cluster(3);
  cluster.tell(1, 2, append(3, 0, 0, {entry(1), entry(3), entry(3)}));
  cluster.tell(1, 3, append(4, 1, 1, {}, 3));
  EXPECT_EQ(cluster.node(1).commit_index(), 1U);
}

TEST(Replication, WhatIsCommittedIsNotTakenBackByAnOldMessage) {
  TestCluster cluster(3);
  cluster.tell(1, 2, append(3, 0, 0, {entry(3), entry(3)}, 2));
  cluster.tell(1, 2, append(3, 0, 0, {entry(3)}, 1));
  EXPECT_EQ(cluster.node(1).commit_index(), 2U);
}

// Figure 8: an entry of an older term that a majority has is committed only with one of this term.
TEST(Replication, AnOlderTermsEntryIsNotCommittedByCounting) {
  TestCluster cluster(5, without_pre_vote());
  cluster.tell(1, 2, append(2, 0, 0, {entry(2)}));
  cluster.lose();
  cluster.time_out(1);
  cluster.lose();
  const Term term = cluster.node(1).current_term();
  for (const std::uint32_t voter : {3U, 4U}) cluster.tell(1, voter, Voted{term, true});
  cluster.lose();
  ASSERT_EQ(cluster.node(1).role(), Role::leader);
  for (const std::uint32_t follower : {3U, 4U}) cluster.tell(1, follower, Appended{term, 1, 0});
  EXPECT_EQ(cluster.node(1).commit_index(), 0U);
  for (const std::uint32_t follower : {3U, 4U}) cluster.tell(1, follower, Appended{term, 2, 0});
  EXPECT_EQ(cluster.node(1).commit_index(), 2U);
}

TEST(Replication, ARestartRecoversTheLog) {
  TestCluster cluster(3);
  cluster.elect();
  cluster.put(cluster.leader(), "k", "1");
  cluster.run(milliseconds(200));
  for (std::uint32_t id = 1; id <= 3; ++id) cluster.crash(id);
  for (std::uint32_t id = 1; id <= 3; ++id) cluster.start(id);
  cluster.elect();
  const auto read = cluster.get(cluster.leader(), "k");
  cluster.run(milliseconds(200));
  EXPECT_EQ(cluster.text(read), "1");
}

TEST(Replication, GoesOnWithAMinorityDeadAndStopsWithAMajority) {
  TestCluster cluster(5);
  cluster.elect();
  const std::uint32_t leader = cluster.leader();
  const auto other = [&](std::uint32_t i) { return (leader + i - 1) % 5 + 1; };
  cluster.crash(other(1));
  cluster.crash(other(2));
  const auto good = cluster.put(leader, "k", "1");
  cluster.run(milliseconds(200));
  EXPECT_TRUE(cluster.is_stored(good));
  cluster.crash(other(3));
  const auto stuck = cluster.put(leader, "k", "2");
  cluster.run(milliseconds(10'000));
  EXPECT_EQ(cluster.text(stuck), "(unknown)");
}

// ---- Reads (dissertation, 6.4) ------------------------------------------------------------------

TEST(Reads, ALeaderAnswersOnceAMajorityHasConfirmedIt) {
  TestCluster cluster(3);
  cluster.elect();
  cluster.put(cluster.leader(), "k", "1");
  cluster.run(milliseconds(200));
  const auto read = cluster.get(cluster.leader(), "k");
  EXPECT_EQ(cluster.text(read), "(waits)");
  cluster.deliver();
  EXPECT_EQ(cluster.text(read), "1");
}

TEST(Reads, ALeaderThatWasDeposedAnswersNothingOld) {
  TestCluster cluster(3);
  cluster.elect();
  const std::uint32_t old = cluster.leader();
  cluster.put(old, "k", "1");
  cluster.run(milliseconds(200));
  cluster.cut(old);
  const auto read = cluster.get(old, "k");
  cluster.elect();
  const auto change = cluster.put(cluster.leader(), "k", "2");
  cluster.run(milliseconds(500));
  EXPECT_TRUE(cluster.is_stored(change));
  EXPECT_EQ(cluster.text(read), "(refused)");
  EXPECT_EQ(cluster.text(cluster.get(old, "k", Consistency::stale)), "1");
}

// A new leader may not know yet what the old one had committed.
TEST(Reads, ANewLeaderAnswersOnlyWhenItsOwnFirstEntryIsCommitted) {
  TestCluster cluster(3, without_pre_vote());
  cluster.tell(1, 2, append(2, 0, 0, {entry(2, "x")}));
  cluster.time_out(1);
  const Term term = cluster.node(1).current_term();
  cluster.tell(1, 3, Voted{term, true});
  ASSERT_EQ(cluster.node(1).role(), Role::leader);
  const auto read = cluster.get(1, "k");
  cluster.tell(1, 3, Mismatch{term, 1, 0, {}, 1});  // confirms it, and has nothing
  EXPECT_EQ(cluster.text(read), "(waits)");
  cluster.tell(1, 3, Appended{term, 2, 1});
  EXPECT_EQ(cluster.text(read), "x");
}

// ---- Clients ------------------------------------------------------------------------------------

TEST(Requests, AnyNodeTakesThemAndTheLeaderCarriesThemOut) {
  TestCluster cluster(3);
  cluster.elect();
  const std::uint32_t follower = cluster.leader() % 3 + 1;
  const auto change = cluster.put(follower, "k", "1");
  cluster.deliver();
  EXPECT_TRUE(cluster.is_stored(change));
  const auto read = cluster.get(follower, "k");
  cluster.deliver();
  EXPECT_EQ(cluster.text(read), "1");
}

TEST(Requests, ACopyOfAForwardedCommandIsNotCarriedOut) {
  TestCluster cluster(3);
  cluster.elect();
  const std::uint32_t leader = cluster.leader();
  const Forward forward{cluster.node(leader).current_term(),
                        {1, 1},
                        ClientRequest{kv::Append{"k", core::Bytes("a")}}};
  cluster.tell(leader, leader % 3 + 1, forward);
  cluster.tell(leader, leader % 3 + 1, forward);
  cluster.run(milliseconds(200));
  const auto read = cluster.get(leader, "k");
  cluster.deliver();
  EXPECT_EQ(cluster.text(read), "a");
}

TEST(Requests, AForwardedCommandToAFormerLeaderEndsUnknown) {
  TestCluster cluster(3);
  cluster.tell(1, 2, Forward{Term{1}, {1, 1}, ClientRequest{kv::Append{"k", core::Bytes("a")}}});
  ASSERT_EQ(cluster.under_way<Forwarded>(2).size(), 1U);
  EXPECT_TRUE(std::holds_alternative<Unknown>(cluster.under_way<Forwarded>(2)[0].result));
}

TEST(Requests, NobodyWaitsForTheAnswerOfALeaderThatHasDied) {
  TestCluster cluster(3, with_patience());
  cluster.elect();
  const std::uint32_t old = cluster.leader();
  cluster.cut(old);
  std::vector<std::uint64_t> changes;
  std::vector<std::uint64_t> questions;
  for (const std::uint32_t id : {old % 3 + 1, (old + 1) % 3 + 1}) {
    changes.push_back(cluster.put(id, "k", "1"));
    questions.push_back(cluster.get(id, "k"));
  }
  for (const std::uint64_t change : changes) EXPECT_EQ(cluster.text(change), "(waits)");
  cluster.elect();
  for (const std::uint64_t change : changes) EXPECT_EQ(cluster.answer(change), Result(Unknown{}));
  for (const std::uint64_t question : questions) {
    EXPECT_EQ(cluster.refusal(question), Refusal::no_leader);
  }
}

// The leader of before has carried it out, and its answer comes when nobody waits any more.
TEST(Requests, AnAnswerThatComesInALaterTermIsIgnored) {
  TestCluster cluster(3, with_patience());
  cluster.elect();
  const std::uint32_t old = cluster.leader();
  const std::uint32_t follower = old % 3 + 1;
  const auto change = cluster.put(follower, "k", "1");
  cluster.deliver(follower, old);
  const Term later{cluster.node(old).current_term().value + 1};
  cluster.tell(follower, (old + 1) % 3 + 1, RequestVote{later, 0, {}, true});
  EXPECT_EQ(cluster.answer(change), Result(Unknown{}));
  cluster.run(milliseconds(2'000));  // the cluster counts answers
  EXPECT_EQ(cluster.answer(change), Result(Unknown{}));
}

TEST(Requests, ATransferEndsATermAndIsAnsweredAllTheSame) {
  for (const std::uint32_t to : {1U, 2U}) {
    TestCluster cluster(3, with_patience());
    cluster.elect();
    const std::uint32_t old = cluster.leader();
    const std::uint32_t asked = old % 3 + 1;
    const auto transfer = cluster.ask(asked, TransferLeadership{{(old + to - 1) % 3 + 1}});
    cluster.run(milliseconds(200));
    EXPECT_TRUE(cluster.is_done(transfer));
    EXPECT_NE(cluster.leader(), old);
  }
}

TEST(Requests, WithoutALeaderTheyAreRefused) {
  TestCluster cluster(3);
  EXPECT_EQ(cluster.text(cluster.put(1, "k", "1")), "(refused)");
  EXPECT_EQ(cluster.text(cluster.get(1, "k")), "(refused)");
}

// Its place in the log went to another entry, so it will never be carried out.
TEST(Requests, AChangeWhosePlaceWentToAnotherIsRefused) {
  TestCluster cluster(3);
  cluster.elect();
  const std::uint32_t old = cluster.leader();
  cluster.cut(old);
  const auto lost = cluster.put(old, "k", "lost");
  cluster.elect();
  const auto kept = cluster.put(cluster.leader(), "k", "kept");
  cluster.run(milliseconds(200));
  EXPECT_TRUE(cluster.is_stored(kept));
  EXPECT_EQ(cluster.text(lost), "(waits)");
  cluster.mend(old);
  cluster.run(milliseconds(500));
  EXPECT_EQ(cluster.text(lost), "(refused)");
}

TEST(Requests, AnInvalidKeyAndTooManyAreRefused) {
  Config config;
  config.max_waiting = 2;
  TestCluster cluster(3, config);
  cluster.elect();
  const std::uint32_t leader = cluster.leader();
  EXPECT_EQ(cluster.answer(cluster.put(leader, "", "1")), Result(Refused{Refusal::invalid}));
  EXPECT_EQ(cluster.answer(cluster.put(leader, std::string(513, 'k'), "1")),
            Result(Refused{Refusal::invalid}));
  cluster.put(leader, std::string(512, 'k'), "1");
  cluster.put(leader, "k", "1");
  EXPECT_EQ(cluster.answer(cluster.put(leader, "k", "1")), Result(Refused{Refusal::too_busy}));
}

}  // namespace raft
