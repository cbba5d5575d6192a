// Changes of the members (chapter 4 of the dissertation), leadership transfer (3.10), and leases.
#include <string>

#include "raft_test.hpp"

namespace raft {

namespace {

ChangeMembers change(std::initializer_list<std::pair<std::uint32_t, MemberRole>> wanted) {
  ChangeMembers changes;
  for (const auto& [id, role] : wanted) changes.changes.push_back({{{id}, ""}, role});
  return changes;
}

std::uint64_t ask(TestCluster& cluster, const Command& command) {
  const std::uint64_t request = cluster.ask(cluster.leader(), command);
  cluster.run(milliseconds(500));
  return request;
}

Config with_leases() {
  Config config;
  config.lease_reads = true;
  return config;
}

/// Who stands enters a new term at once, and so shows it.
Config without_pre_vote() {
  Config config;
  config.pre_vote = false;
  return config;
}

std::string voters(const Raft& node) {
  std::string text;
  for (const core::Peer& voter : node.members().voters) text += std::to_string(voter.id.value);
  return text;
}

Members members(std::initializer_list<std::uint32_t> voters) {
  Members made;
  for (const std::uint32_t id : voters) made.voters.push_back({{id}, ""});
  return made;
}

}  // namespace

TEST(Membership, OneVoterMoreTakesOneEntry) {
  TestCluster cluster(4, 3);
  cluster.elect();
  const Index before = cluster.node(cluster.leader()).log().last_index();
  EXPECT_TRUE(cluster.is_done(ask(cluster, change({{4, MemberRole::voter}}))));
  EXPECT_EQ(cluster.node(cluster.leader()).log().last_index(), before + 1);
  for (std::uint32_t id = 1; id <= 4; ++id) EXPECT_EQ(voters(cluster.node(id)), "1234");
}

TEST(Membership, SeveralTakeAnEntryInBetween) {
  TestCluster cluster(5, 3);
  cluster.elect();
  const Index before = cluster.node(cluster.leader()).log().last_index();
  const auto several = change({{4, MemberRole::voter}, {5, MemberRole::voter}});
  EXPECT_TRUE(cluster.is_done(ask(cluster, several)));
  EXPECT_EQ(cluster.node(cluster.leader()).log().last_index(), before + 2);
  EXPECT_FALSE(is_joint(cluster.node(cluster.leader()).members()));
  for (std::uint32_t id = 1; id <= 5; ++id) EXPECT_EQ(voters(cluster.node(id)), "12345");
}

// Section 4.3: in between, both majorities must agree.
TEST(Membership, BetweenOldAndNewBothMajoritiesDecide) {
  Members joint = members({1, 2, 3});
  joint.outgoing = members({3, 4, 5}).voters;
  EXPECT_FALSE(is_quorum(joint, {{1}, {2}}));
  EXPECT_FALSE(is_quorum(joint, {{4}, {5}}));
  EXPECT_FALSE(is_quorum(joint, {{1}, {2}, {3}}));
  EXPECT_TRUE(is_quorum(joint, {{1}, {3}, {4}}));
}

TEST(Membership, ALearnerHasTheLogAndNoSay) {
  TestCluster cluster(3, 2);
  cluster.elect();
  EXPECT_TRUE(cluster.is_done(ask(cluster, change({{3, MemberRole::learner}}))));
  EXPECT_EQ(cluster.node(3).commit_index(), cluster.node(cluster.leader()).commit_index());
  cluster.crash(cluster.leader() == 1 ? 2 : 1);
  const std::uint64_t request = cluster.put(cluster.leader(), "k", "v");
  cluster.run(milliseconds(400));
  EXPECT_FALSE(cluster.is_stored(request));
  cluster.run(milliseconds(10'000));
  EXPECT_EQ(cluster.node(3).role(), Role::follower);
}

TEST(Membership, ALeaderThatIsRemovedGoesWhenThatIsCommitted) {
  TestCluster cluster(3);
  cluster.elect();
  const std::uint32_t old = cluster.leader();
  EXPECT_TRUE(cluster.is_done(ask(cluster, change({{old, MemberRole::none}}))));
  EXPECT_NE(cluster.node(old).role(), Role::leader);
  cluster.cut(old);
  cluster.elect();
  ASSERT_NE(cluster.leader(), 0U);
  EXPECT_NE(cluster.leader(), old);
  EXPECT_EQ(cluster.node(cluster.leader()).members().voters.size(), 2U);
}

TEST(Membership, OneChangeAtATime) {
  TestCluster cluster(5, 3);
  cluster.elect();
  const std::uint32_t leader = cluster.leader();
  const std::uint64_t first = cluster.ask(leader, change({{4, MemberRole::voter}}));
  const std::uint64_t second = cluster.ask(leader, change({{5, MemberRole::voter}}));
  EXPECT_EQ(cluster.refusal(second), Refusal::members_change);
  cluster.run(milliseconds(500));
  EXPECT_TRUE(cluster.is_done(first));
  EXPECT_EQ(voters(cluster.node(leader)), "1234");
}

// The bug of 2015: a new leader that has committed nothing may not know of another's change.
TEST(Membership, ANewLeaderChangesNothingBeforeItsFirstEntryIsCommitted) {
  TestCluster cluster(4);
  cluster.time_out(1);
  cluster.lose();
  const Term next{cluster.node(1).current_term().value + 1};
  for (const std::uint32_t id : {2U, 3U}) cluster.tell(1, id, PreVoted{Term{}, next, true});
  for (const std::uint32_t id : {2U, 3U}) cluster.tell(1, id, Voted{next, true});
  ASSERT_EQ(cluster.node(1).role(), Role::leader);
  const std::uint64_t early = cluster.ask(1, change({{4, MemberRole::none}}));
  EXPECT_EQ(cluster.refusal(early), Refusal::members_change);
  cluster.deliver();
  EXPECT_TRUE(cluster.is_done(ask(cluster, change({{4, MemberRole::none}}))));
}

TEST(Membership, AChangeThatIsOverwrittenIsTakenBack) {
  TestCluster cluster(3);
  cluster.tell(1, 2, AppendEntries{Term{1}, 0, {}, {{Term{1}, members({1, 2})}}, 0, 0});
  EXPECT_EQ(voters(cluster.node(1)), "12");
  cluster.tell(1, 3, AppendEntries{Term{2}, 0, {}, {{Term{2}, Nothing{}}}, 0, 0});
  EXPECT_EQ(voters(cluster.node(1)), "123");
}

// Figure 4.6: node 1 is no voter any more by an entry that only it has, and node 2 needs its vote.
TEST(Membership, WhoWasAVoterUntilAnUncommittedEntryMayStand) {
  TestCluster cluster(2);
  cluster.tell(1, 2, AppendEntries{Term{1}, 0, {}, {{Term{1}, members({2})}}, 0, 0});
  cluster.lose();
  cluster.cut(2);
  cluster.run(milliseconds(1'000));
  cluster.mend(2);
  cluster.run(milliseconds(3'000));
  EXPECT_EQ(cluster.leader(), 2U);
  EXPECT_EQ(voters(cluster.node(2)), "2");
}

// Node 1 led, removed itself, and crashed before node 2 had that entry. Back from a snapshot of a
// time before, it knows of no commit behind it: the entry in between may be the last.
TEST(Membership, WhoIsBackFromASnapshotStandsIfAnyEntryBehindItHadItAsAVoter) {
  const Members before{{{{2}, ""}}, {{{1}, ""}}, {}};
  const SnapshotHead head{1, Term{1}, before, 1};
  const Entry between{Term{1}, members({1, 2})};
  TestCluster cluster(2);
  cluster.start_with(1, {TermAndVote{Term{1}, {1}}, LogFrom{2, {between, {Term{1}, members({2})}}}},
                     {head});
  cluster.start_with(2, {TermAndVote{Term{1}, {1}}, LogFrom{2, {between}}}, {head});
  cluster.run(milliseconds(5'000));
  EXPECT_EQ(cluster.leader(), 2U);
  EXPECT_EQ(voters(cluster.node(2)), "2");
}

TEST(Membership, WhoKnowsThatItsRemovalIsCommittedStandsNoMore) {
  TestCluster cluster(3, without_pre_vote());
  cluster.elect();
  const std::uint32_t gone = cluster.leader();
  EXPECT_TRUE(cluster.is_done(ask(cluster, change({{gone, MemberRole::none}}))));
  const Term term = cluster.node(gone).current_term();
  cluster.cut(gone);
  cluster.run(milliseconds(10'000));
  EXPECT_EQ(cluster.node(gone).role(), Role::follower);
  EXPECT_EQ(cluster.node(gone).current_term(), term);
}

TEST(Membership, WhoIsBackFromASnapshotWithItsRemovalStandsNoMore) {
  TestCluster cluster(2, without_pre_vote());
  cluster.start_with(1, {TermAndVote{Term{1}, {1}}}, {SnapshotHead{2, Term{1}, members({2}), 2}});
  cluster.cut(2);
  cluster.run(milliseconds(10'000));
  EXPECT_EQ(cluster.node(1).role(), Role::follower);
  EXPECT_EQ(cluster.node(1).current_term(), Term{1});
}

TEST(Membership, MembersThatTakeThePlaceOfOthersAreAdopted) {
  TestCluster cluster(4, 3);
  const auto peers = [&] {
    std::string text;
    for (const core::Peer& peer : cluster.peers(1)) text += std::to_string(peer.id.value);
    return text;
  };
  EXPECT_EQ(peers(), "23");
  cluster.tell(1, 2, AppendEntries{Term{1}, 0, {}, {{Term{1}, members({1, 2})}}, 0, 0});
  EXPECT_EQ(peers(), "2");
  cluster.tell(1, 3, AppendEntries{Term{2}, 0, {}, {{Term{2}, members({1, 2, 3, 4})}}, 0, 0});
  EXPECT_EQ(peers(), "234");
  cluster.tell(1, 2, AppendEntries{Term{3}, 0, {}, {{Term{3}, Nothing{}}}, 0, 0});
  EXPECT_EQ(peers(), "23");
}

// So whoever had no answer to a removal can ask for it again.
TEST(Membership, TheRemovalOfWhoIsNoMemberIsDoneAndChangesNothing) {
  TestCluster cluster(3);
  cluster.elect();
  const Members before = cluster.node(cluster.leader()).members();
  EXPECT_TRUE(cluster.is_done(ask(cluster, change({{9, MemberRole::none}}))));
  for (std::uint32_t id = 1; id <= 3; ++id) EXPECT_EQ(cluster.node(id).members(), before);
}

// The copy was under way for longer than the node was away, and the leader is the same.
TEST(Membership, ACopyOfWhatANodeForwardedIsKnownWhenTheNodeIsBack) {
  TestCluster cluster(3);
  cluster.elect();
  const std::uint32_t leader = cluster.leader();
  const std::uint32_t other = leader % 3 + 1;
  const Term term = cluster.node(leader).current_term();
  const Forward forward{term, {1, 1}, ClientRequest{kv::Append{"k", core::Bytes("a")}}};
  cluster.tell(leader, other, forward);
  EXPECT_TRUE(cluster.is_done(ask(cluster, change({{other, MemberRole::none}}))));
  EXPECT_TRUE(cluster.is_done(ask(cluster, change({{other, MemberRole::voter}}))));
  ASSERT_EQ(cluster.node(leader).current_term(), term);
  cluster.tell(leader, other, forward);
  cluster.run(milliseconds(200));
  const auto read = cluster.get(leader, "k");
  cluster.deliver();
  EXPECT_EQ(cluster.text(read), "a");
}

TEST(Membership, WhatCannotBeIsRefused) {
  Config config;
  config.max_members = 3;
  TestCluster cluster(4, 3, config);
  cluster.elect();
  const auto refusal = [&](const ChangeMembers& wanted) {
    return cluster.refusal(ask(cluster, wanted));
  };
  EXPECT_EQ(refusal(change({})), Refusal::invalid);
  EXPECT_EQ(refusal(change({{0, MemberRole::voter}})), Refusal::invalid);
  EXPECT_EQ(refusal(change({{4, MemberRole::voter}})), Refusal::invalid);
  EXPECT_EQ(refusal(change({{1, MemberRole::none}, {1, MemberRole::voter}})), Refusal::invalid);
  EXPECT_EQ(refusal(change({{1, MemberRole::none}, {2, MemberRole::none}, {3, MemberRole::none}})),
            Refusal::invalid);
}

TEST(Membership, ANodeThatIsToJoinStandsForNothing) {
  TestCluster cluster(2, 1, without_pre_vote());
  cluster.cut(1);
  cluster.run(milliseconds(10'000));
  EXPECT_EQ(cluster.node(2).current_term(), Term{});
}

// ---- Leadership transfer ------------------------------------------------------------------------

TEST(Transfer, TheOtherLeadsAtOnce) {
  TestCluster cluster(3);
  cluster.elect();
  const std::uint32_t to = cluster.leader() % 3 + 1;
  const std::uint64_t request = cluster.ask(cluster.leader(), TransferLeadership{{to}});
  cluster.deliver();
  EXPECT_EQ(cluster.leader(), to);
  EXPECT_TRUE(cluster.is_done(request));
}

TEST(Transfer, IsGivenUpWhenTheOtherDoesNotAnswer) {
  TestCluster cluster(3);
  cluster.elect();
  const std::uint32_t leader = cluster.leader();
  const std::uint32_t to = leader % 3 + 1;
  cluster.cut(to);
  const std::uint64_t request = cluster.ask(leader, TransferLeadership{{to}});
  EXPECT_EQ(cluster.refusal(cluster.put(leader, "k", "v")), Refusal::no_leader);
  cluster.run(milliseconds(1'000));
  EXPECT_EQ(cluster.refusal(request), Refusal::transfer_failed);
  const std::uint64_t put = cluster.put(leader, "k", "v");
  cluster.run(milliseconds(200));
  EXPECT_TRUE(cluster.is_stored(put));
}

TEST(Transfer, OnlyAVoterMayLead) {
  TestCluster cluster(4, 3);
  cluster.elect();
  EXPECT_EQ(cluster.refusal(ask(cluster, TransferLeadership{{4}})), Refusal::invalid);
}

// Section 4.2.3: who hears a leader is deaf to other candidates, unless the leader wants one.
TEST(Transfer, OnlyThenAVoteIsGivenAgainstALeaderThatIsHeard) {
  TestCluster cluster(3);
  cluster.tell(1, 2, AppendEntries{Term{1}, 0, {}, {}, 0, 0});
  cluster.lose();
  cluster.tell(1, 3, RequestVote{Term{2}, 9, Term{1}, false});
  EXPECT_TRUE(cluster.under_way<Voted>(3).empty());
  EXPECT_EQ(cluster.node(1).current_term(), Term{1});
  cluster.tell(1, 3, RequestVote{Term{2}, 9, Term{1}, true});
  ASSERT_EQ(cluster.under_way<Voted>(3).size(), 1U);
  EXPECT_TRUE(cluster.under_way<Voted>(3)[0].granted);
}

// ---- Lease reads (6.4.1) ------------------------------------------------------------------------

TEST(Leases, AnswerWithoutARoundForALittleLessThanATimeOut) {
  TestCluster cluster(3, with_leases());
  cluster.elect();
  const std::uint32_t leader = cluster.leader();
  cluster.cut(leader);
  cluster.cut(leader % 3 + 1);
  cluster.cut((leader + 1) % 3 + 1);
  EXPECT_EQ(cluster.text(cluster.get(leader, "k")), "(missing)");
  cluster.wait(milliseconds(300));
  EXPECT_EQ(cluster.text(cluster.get(leader, "k")), "(waits)");
}

TEST(Leases, NoneIsLeftOnceAnotherNodeMayStand) {
  TestCluster cluster(3, with_leases());
  cluster.elect();
  const std::uint32_t leader = cluster.leader();
  cluster.ask(leader, TransferLeadership{{leader % 3 + 1}});
  cluster.lose();
  EXPECT_EQ(cluster.text(cluster.get(leader, "k")), "(waits)");
}

TEST(Leases, WithoutThemEveryReadTakesARound) {
  TestCluster cluster(3);
  cluster.elect();
  EXPECT_EQ(cluster.text(cluster.get(cluster.leader(), "k")), "(waits)");
}

TEST(Leases, WhoHasRestartedVotesForNobodyBeforeATimeOut) {
  TestCluster cluster(3, with_leases());
  cluster.tell(1, 2, RequestVote{Term{1}, 0, {}});
  EXPECT_TRUE(cluster.under_way<Voted>(2).empty());
  cluster.wait(milliseconds(300));
  cluster.tell(1, 2, RequestVote{Term{1}, 0, {}});
  EXPECT_EQ(cluster.under_way<Voted>(2).size(), 1U);
}

}  // namespace raft
