// What a reader of the paper wants to see happen: its Figures 7 and 8, and what can go wrong around
// an election, a change of the members, a compaction. Each scene is played with the core, and its
// transcript must be what stands in scenarios/. What a file says at its top was written by a
// person, and all else by this test.
//
//   S5 crashes.                        what the scene lets happen
//     |  S1  term 4  appends entry 3   what follows from it, behind a bar
#include "scenario_test.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "wire/scenarios_test.hpp"

namespace raft {
namespace {

// ---- What the scenes begin with -----------------------------------------------------------------

using Cluster = StoreOf<Actor>;

std::vector<std::string> servers(std::uint32_t count) {
  std::vector<std::string> names;
  for (std::uint32_t id = 1; id <= count; ++id) names.push_back("S" + std::to_string(id));
  return names;
}

/// Only what is in the paper.
Config as_in_the_paper() {
  Config config;
  config.pre_vote = false;
  config.check_quorum = false;
  return config;
}

/// One entry in each message, and one message at a time.
Config entry_by_entry() {
  Config config = as_in_the_paper();
  config.max_entries = 1;
  config.max_in_flight = 1;
  return config;
}

std::vector<Record> disk_with(std::uint64_t current_term, const Terms& terms) {
  LogFrom log{1, {}};
  for (const std::uint64_t term : terms) log.entries.push_back({Term{term}, Nothing{}});
  return {TermAndVote{Term{current_term}, {}}, log};
}

// ---- The files ----------------------------------------------------------------------------------

const wire::Scenarios scenarios("RaftScenarios");

/// What a person has written at the top of a scenario.
std::string title_of(const std::string& scenario) {
  std::istringstream lines(scenario);
  std::string title;
  for (std::string line; std::getline(lines, line) && line.starts_with("#");) title += line + "\n";
  return title;
}

void expect_as_told(const std::string& name, const Story& story) {
  const std::string title = title_of(scenarios.text(name));
  EXPECT_NE(title, "") << "scenarios/" << name << " does not say what it shows";
  scenarios.expect_as_told(name, title + story.text());
}

TEST(RaftScenarios, AreThoseThatTheReadmeNames) { scenarios.expect_those_that_the_readme_names(); }

// ---- Figure 7 -----------------------------------------------------------------------------------

TEST(RaftScenarios, Figure7AnyFollowersLogBecomesTheLeaders) {
  const std::vector<Terms> logs = {{1, 1, 1, 4, 4, 5, 5, 6, 6, 6},
                                   {1, 1, 1, 4, 4, 5, 5, 6, 6},
                                   {1, 1, 1, 4},
                                   {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6},
                                   {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7},
                                   {1, 1, 1, 4, 4, 4, 4},
                                   {1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3}};
  Cluster cluster(7, as_in_the_paper());
  for (std::uint32_t id = 1; id <= 7; ++id) cluster.start_with(id, disk_with(7, logs[id - 1]));
  Story story({"L", "a", "b", "c", "d", "e", "f"});
  Stage stage(story, std::move(cluster), 7);
  const std::uint32_t leader = 1;
  const Ids followers = {2, 3, 4, 5, 6, 7};
  const Terms last = {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 8};

  stage.chapter("The logs of the figure; all nodes have been in term 7.");
  stage.show_logs();
  stage.chapter("L comes to power, in term 8.");
  stage.time_out(leader);
  stage.hear(followers, {leader});
  stage.hear({leader}, followers);
  EXPECT_EQ(stage.voters_of(leader), (Ids{1, 2, 3, 6, 7}));  // section 5.4.1: not c, not d
  EXPECT_EQ(stage.leader(), leader);
  EXPECT_EQ(stage.node(leader).current_term(), Term{8});
  for (const std::uint32_t id : followers) {
    stage.chapter("Follower (" + story.name(id) + ")");
    stage.meet(leader, id);
    ASSERT_EQ(stage.terms(id), last);
  }
  stage.chapter("What has become of the logs");
  stage.heartbeat(leader);
  stage.hear_all();
  stage.show_logs();
  for (std::uint32_t id = 1; id <= 7; ++id) {
    EXPECT_EQ(stage.terms(id), last);
    EXPECT_EQ(stage.node(id).commit_index(), 11U);
  }
  expect_as_told("figure-7.txt", story);
}

// ---- Figure 8 -----------------------------------------------------------------------------------

/// (a) to (c).
void play_figure_8(Stage& stage) {
  stage.chapter("(a) S1 leads in term 2, and has its entry 2 on S2.");
  stage.time_out(1);
  stage.hear({2, 3, 4, 5}, {1});
  stage.hear({1}, {2, 3, 4, 5});
  stage.hear({2}, {1});
  stage.lose();
  stage.show_logs();
  EXPECT_EQ(stage.terms(2), (Terms{1, 2}));

  stage.chapter("(b) S1 crashes. S5 is elected in term 3 by S3, S4 and itself.");
  stage.crash(1);
  stage.time_out(5);
  stage.hear({2, 3, 4}, {5});
  stage.hear({5}, {2, 3, 4});
  EXPECT_EQ(stage.voters_of(5), (Ids{3, 4, 5}));
  stage.lose();
  stage.show_logs();
  EXPECT_EQ(stage.terms(5), (Terms{1, 3}));

  stage.chapter("(c) S5 crashes. S1 starts again, is elected in term 4, and goes on.");
  stage.crash(5);
  stage.start(1);
  for (int election = 1; election <= 2; ++election) {
    stage.time_out(1);
    stage.hear({2, 3, 4}, {1});
    stage.hear({1}, {2, 3, 4});
    stage.show_votes({1});
  }
  EXPECT_EQ(stage.leader(), 1U);
  EXPECT_EQ(stage.node(1).current_term(), Term{4});
  stage.lose();
  stage.heartbeat(1);
  for (int round = 1; round <= 2; ++round) {
    stage.hear({2, 3}, {1});
    stage.hear({1}, {2, 3});
  }
  stage.hear({3}, {1});
  stage.hear({1}, {3});
  stage.show_logs();
  stage.show_entry(2, Term{2});
  EXPECT_EQ(stage.terms(1), (Terms{1, 2, 4}));
  EXPECT_EQ(stage.holders(2, Term{2}), (Ids{1, 2, 3}));
  EXPECT_EQ(stage.committers(2, Term{2}), Ids{});  // though a majority has it, and S1 knows
}

/// Elections of S5, in term 4, which is taken, and in term 5.
void stand_twice(Stage& stage) {
  stage.crash(1);
  stage.start(5);
  for (int election = 1; election <= 2; ++election) {
    stage.time_out(5);
    stage.hear({2, 3, 4}, {5});
    stage.hear({5}, {2, 3, 4});
    stage.show_votes({5});
  }
  EXPECT_EQ(stage.node(5).current_term(), Term{5});
}

void play_figure_8d(Stage stage) {
  stage.chapter(
      "(d) S1 crashes. S5 is elected in term 5 by S2, S3 and S4, and overwrites entry 2.");
  stage.lose();
  stand_twice(stage);
  EXPECT_EQ(stage.voters_of(5), (Ids{2, 3, 4, 5}));
  EXPECT_EQ(stage.leader(), 5U);
  stage.hear_all();
  stage.start(1);
  stage.heartbeat(5);
  stage.hear_all();
  stage.show_logs();
  stage.show_entry(2, Term{2});
  EXPECT_EQ(stage.holders(2, Term{2}), Ids{});
  EXPECT_EQ(stage.committers(2, Term{3}), (Ids{1, 2, 3, 4, 5}));
  for (std::uint32_t id = 1; id <= 5; ++id) EXPECT_EQ(stage.terms(id), (Terms{1, 3, 5}));
}

void play_figure_8e(Stage stage) {
  stage.chapter("(e) Instead: before S1 crashes, its entry 3, of its own term, is on a majority.");
  stage.hear({2, 3}, {1});
  stage.hear({1}, {2, 3});
  stage.show_entry(2, Term{2});
  EXPECT_EQ(stage.node(1).commit_index(), 3U);
  stage.lose();
  stage.show_logs();
  stand_twice(stage);
  EXPECT_EQ(stage.voters_of(5), (Ids{4, 5}));
  EXPECT_EQ(stage.node(5).role(), Role::candidate);
  stage.time_out(2);
  stage.hear_all();
  stage.start(1);
  stage.heartbeat(2);
  stage.hear_all();
  stage.show_logs();
  stage.show_entry(2, Term{2});
  EXPECT_EQ(stage.committers(2, Term{2}), (Ids{1, 2, 3, 4, 5}));
  for (std::uint32_t id = 1; id <= 5; ++id) EXPECT_EQ(stage.terms(id), (Terms{1, 2, 4, 6}));
}

TEST(RaftScenarios, Figure8NothingOfAnOlderTermIsCommittedByCounting) {
  Cluster cluster(5, entry_by_entry());
  for (std::uint32_t id = 1; id <= 5; ++id) cluster.start_with(id, disk_with(1, {1}));
  Story story(servers(5));
  Stage stage(story, std::move(cluster), 5);
  play_figure_8(stage);
  play_figure_8d(stage);
  play_figure_8e(stage);
  expect_as_told("figure-8.txt", story);
}

// ---- Elections ----------------------------------------------------------------------------------

TEST(RaftScenarios, ASplitVoteIsResolvedByTheNextTimeOut) {
  Cluster cluster(5, as_in_the_paper());
  Story story(servers(5));
  Stage stage(story, std::move(cluster), 5);
  stage.chapter("S5 is down. S1 and S2 stand at the same time.");
  stage.crash(5);
  stage.time_out(1);
  stage.time_out(2);
  stage.hear({3}, {1});
  stage.hear({4}, {2});
  stage.hear({1, 3}, {2});
  stage.hear({2, 4}, {1});
  stage.hear({1, 2}, {1, 2, 3, 4});
  stage.show_votes({1, 2});
  EXPECT_EQ(stage.voters_of(1), (Ids{1, 3}));
  EXPECT_EQ(stage.voters_of(2), (Ids{2, 4}));
  for (const std::uint32_t id : {1U, 2U}) {
    EXPECT_EQ(stage.node(id).role(), Role::candidate);
    EXPECT_EQ(stage.node(id).current_term(), Term{1});
  }

  const std::uint32_t first = stage.first_to_time_out();
  stage.chapter("Each time-out is as long as chance has it: that of " + story.name(first) +
                " is the first to come.");
  stage.time_out(first);
  stage.hear_all();
  stage.show_votes({first});
  EXPECT_EQ(stage.leader(), first);
  EXPECT_EQ(stage.voters_of(first), (Ids{1, 2, 3, 4}));
  EXPECT_EQ(stage.node(first).current_term(), Term{2});
  expect_as_told("split-vote.txt", story);
}

/// S3 is cut off for two of its time-outs, and comes back at the third.
void cut_off(Stage& stage) {
  stage.time_out(1);
  stage.hear_all();
  stage.heartbeat(1);
  stage.hear_all();
  ASSERT_EQ(stage.leader(), 1U);
  stage.cut({3});
  for (int i = 0; i < 2; ++i) {
    stage.run_until_due(3);
    stage.time_out(3);
  }
  stage.run_until_due(3);
  stage.mend({3});
  stage.time_out(3);
  stage.hear_all();
}

TEST(RaftScenarios, WithPreVoteANodeThatComesBackDisturbsNobody) {
  Config config = as_in_the_paper();
  Cluster without(3, config);
  config.pre_vote = true;
  Cluster with(3, config);
  Story story(servers(3));

  Stage bad(story, std::move(without), 3);
  bad.chapter("Without pre-vote");
  cut_off(bad);
  EXPECT_EQ(bad.node(3).current_term(), Term{4});
  EXPECT_EQ(bad.node(1).role(), Role::follower);  // deposed
  EXPECT_EQ(bad.node(2).current_term(), Term{4});

  Stage good(story, std::move(with), 3);
  good.chapter("With pre-vote");
  cut_off(good);
  good.heartbeat(1);
  good.hear_all();
  EXPECT_EQ(good.leader(), 1U);
  for (std::uint32_t id = 1; id <= 3; ++id) {
    EXPECT_EQ(good.node(id).current_term(), Term{1});
    EXPECT_EQ(good.node(id).leader(), core::NodeId{1});
  }
  expect_as_told("pre-vote.txt", story);
}

// ---- Members ------------------------------------------------------------------------------------

ChangeMembers two_more() {
  return {{{{{4}, ""}, MemberRole::voter}, {{{5}, ""}, MemberRole::voter}}};
}

std::uint32_t voters(const Raft& node) {
  return static_cast<std::uint32_t>(node.members().voters.size());
}

void complete_the_change(Stage stage) {
  stage.chapter("S1's entry 2 reaches S2, an old member, and S1 crashes: S2 completes the change.");
  stage.cut({3, 4, 5});
  stage.heartbeat(1);
  stage.hear_all();
  stage.show_entry(2, Term{1});
  EXPECT_EQ(stage.holders(2, Term{1}), (Ids{1, 2}));
  EXPECT_EQ(stage.committers(2, Term{1}), Ids{});  // a majority of three, and not of five
  stage.crash(1);
  stage.mend({3, 4, 5});
  stage.time_out(2);
  stage.hear({3}, {2});
  stage.hear({2}, {3});
  stage.show_votes({2});
  EXPECT_EQ(stage.node(2).role(), Role::candidate);  // again of three, and not of five
  stage.hear({4}, {2});
  stage.hear({2}, {4});
  EXPECT_EQ(stage.leader(), 2U);
  stage.hear_all();
  stage.start(1);
  stage.heartbeat(2);
  stage.hear_all();
  stage.show_logs();
  for (std::uint32_t id = 1; id <= 5; ++id) {
    EXPECT_EQ(stage.terms(id), (Terms{1, 1, 2, 2}));
    EXPECT_EQ(voters(stage.node(id)), 5U);
    EXPECT_FALSE(is_joint(stage.node(id).members()));
  }
}

void drop_the_change(Stage stage) {
  stage.chapter(
      "Instead: it reaches S4 alone, a new member. The old ones do not know of it, and drop it.");
  stage.cut({2, 3, 5});
  stage.heartbeat(1);
  stage.hear_all();
  stage.show_entry(2, Term{1});
  EXPECT_EQ(stage.holders(2, Term{1}), (Ids{1, 4}));
  stage.crash(1);
  stage.mend({2, 3, 5});
  stage.time_out(3);
  stage.hear_all();
  EXPECT_EQ(stage.leader(), 3U);
  EXPECT_EQ(stage.node(3).commit_index(), 2U);
  stage.start(1);
  stage.heartbeat(3);
  stage.hear_all();
  stage.show_logs();
  for (std::uint32_t id = 1; id <= 3; ++id) {
    EXPECT_EQ(stage.terms(id), (Terms{1, 2}));
    EXPECT_EQ(voters(stage.node(id)), 3U);
  }
  EXPECT_EQ(stage.terms(4), (Terms{1, 1}));  // nobody tells it: it is no member
  stage.chapter("Asked again, the new leader makes the change.");
  const std::uint64_t again = stage.ask(3, "to add S4 and S5", two_more());
  stage.hear_all();
  stage.heartbeat(3);
  stage.hear_all();
  stage.show_logs();
  EXPECT_TRUE(stage.cluster().is_done(again));
  for (std::uint32_t id = 1; id <= 5; ++id) {
    EXPECT_EQ(stage.terms(id), (Terms{1, 2, 2, 2}));
    EXPECT_EQ(voters(stage.node(id)), 5U);
  }
}

TEST(RaftScenarios, AChangeOfTheMembersIsCompletedOrDroppedWhenItsLeaderDies) {
  Cluster cluster(5, 3, as_in_the_paper());
  Story story(servers(5));
  Stage stage(story, std::move(cluster), 5);
  stage.chapter("S1 leads S1, S2 and S3, and is asked to add two. Its entry 2 begins the change.");
  stage.time_out(1);
  stage.hear_all();
  stage.heartbeat(1);
  stage.hear_all();
  stage.ask(1, "to add S4 and S5", two_more());
  EXPECT_TRUE(is_joint(stage.node(1).members()));
  stage.lose();
  complete_the_change(stage);
  drop_the_change(stage);
  expect_as_told("members-and-a-dead-leader.txt", story);
}

// ---- Snapshots ----------------------------------------------------------------------------------

TEST(RaftScenarios, ASlowFollowerGetsASnapshotAndThenEntries) {
  Config config = as_in_the_paper();
  config.snapshot_bytes = 150;
  config.keep_entries = 0;
  config.max_message_bytes = 150;
  Cluster cluster(3, config);
  Story story(servers(3));
  Stage stage(story, std::move(cluster), 3);
  stage.chapter("S3 is cut off while the others go on, and compact their logs.");
  stage.time_out(1);
  stage.hear_all();
  stage.cut({3});
  for (const std::string key : {"a", "b", "c", "d"}) {
    stage.put(1, key, "1");
    stage.hear_all();
  }
  stage.show_logs();
  const Index base = stage.node(1).log().base_index();
  EXPECT_GT(base, stage.node(3).log().last_index());  // what S3 needs next is gone

  stage.chapter("S3 is back, and is sent a snapshot, piece by piece.");
  stage.mend({3});
  stage.heartbeat(1);
  stage.hear({3}, {1});
  stage.hear({1}, {3});
  ASSERT_EQ(stage.cluster().under_way<InstallSnapshot>(3).size(), 1U);
  EXPECT_FALSE(stage.cluster().under_way<InstallSnapshot>(3)[0].done);
  stage.hear({3}, {1});
  stage.chapter("Meanwhile the others go on.");
  stage.put(1, "e", "1");
  stage.hear({2}, {1});
  stage.hear({1}, {2});
  EXPECT_EQ(stage.node(1).commit_index(), 6U);
  EXPECT_EQ(stage.node(3).commit_index(), 0U);
  stage.chapter("The other pieces, and what came after the snapshot.");
  stage.hear_all();
  stage.heartbeat(1);
  stage.hear_all();
  stage.show_logs();
  EXPECT_EQ(stage.node(3).log().base_index(), 5U);
  EXPECT_EQ(stage.node(3).log().last_index(), 6U);
  EXPECT_EQ(stage.node(3).commit_index(), 6U);
  EXPECT_EQ(stage.node(3).machine().pieces(), stage.node(1).machine().pieces());
  expect_as_told("slow-follower.txt", story);
}

}  // namespace
}  // namespace raft
