#include "story.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace raft {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

/// Node 1 of three. Beside it steps a core that nobody tells about.
class ToldNode : public testing::Test {
 protected:
  ToldNode() {
    ToldRaft::tell([this](const std::string& line) { lines_.push_back(line); });
    step(core::Start<Protocol>{{}, 1});
    EXPECT_EQ(told(), Lines{"term 0  starts; its log goes up to entry 0"});
  }
  void TearDown() override { ToldRaft::tell({}); }

  static Config config() {
    Config config;
    config.self = {1};
    for (std::uint32_t id = 1; id <= 3; ++id) config.members.push_back({{id}, ""});
    return config;
  }

  void step(const Input& input) {
    Ready plain;
    core_.step(now_, input, ready_);
    plain_.step(now_, input, plain);
    EXPECT_EQ(core_.digest(), plain_.digest());
  }
  void hear(std::uint32_t from, const Message& message) {
    step(core::Receive<Protocol>{{from}, message});
  }
  void persist(core::Lane lane = core::Lane::control) {
    core::WriteSeq last;
    for (const auto& write : ready_.writes) {
      if (write.lane == lane) last = write.seq;
    }
    step(core::Persisted{lane, last});
  }
  void time_out() {
    now_.mono = *core_.next_timeout();
    step(core::Timeout{});
  }

  /// The lines since the last call.
  Lines told() { return std::exchange(lines_, {}); }

  /// Elected in term 1.
  void lead() {
    time_out();
    hear(2, PreVoted{Term{0}, Term{1}, true});
    persist();
    hear(2, Voted{Term{1}, true});
    persist();
  }

  Lines lines_;
  ToldRaft core_{config(), 5};
  Raft plain_{config(), 5};
  Ready ready_;
  core::Now now_{core::Instant(1s), core::UnixTime(1s)};
};

TEST_F(ToldNode, TellsHowItCameToLead) {
  time_out();
  EXPECT_EQ(told(), Lines{"term 0  hears no leader: asks node 2 and node 3 whether they would vote "
                          "for it"});
  hear(2, PreVoted{Term{0}, Term{1}, true});
  EXPECT_EQ(told(), Lines{});  // a crash could still undo it
  persist();
  EXPECT_EQ(told(), Lines{"term 1  is a candidate: asks node 2 and node 3 for their votes"});
  hear(3, Voted{Term{1}, true});
  persist();
  EXPECT_EQ(told(), Lines{"term 1  leads the cluster"});
}

TEST_F(ToldNode, TellsOfALaterTermThatEndsItsLead) {
  lead();
  told();
  hear(3, AppendEntries{Term{4}, 0, {}, {}, 0, 1});
  persist();
  EXPECT_EQ(told(), (Lines{"term 4  leads no more: term 4 has begun, says node 3",
                           "term 4  follows node 3"}));
}

TEST_F(ToldNode, TellsWhenNoMajorityAnswersItsLead) {
  lead();
  told();
  while (core_.role() == Role::leader) time_out();
  EXPECT_EQ(told(), Lines{"term 1  leads no more: no majority answers it"});
}

TEST_F(ToldNode, TellsWhenItIsNoMemberAnyMore) {
  lead();
  hear(2, Appended{Term{1}, 1, 0});
  const ChangeMembers leave{{{{{1}, ""}, MemberRole::none}}};
  step(core::Request<Protocol>{{1}, {1}, leave});
  persist();
  told();
  for (const std::uint32_t id : {2U, 3U}) hear(id, Appended{Term{1}, 2, 0});
  EXPECT_EQ(told(), Lines{"term 1  leads no more: it is no member any more"});
}

TEST_F(ToldNode, TellsHowACandidateGivesUp) {
  time_out();
  hear(2, PreVoted{Term{0}, Term{1}, true});
  persist();
  told();
  hear(2, AppendEntries{Term{1}, 0, {}, {}, 0, 1});
  persist();
  EXPECT_EQ(told(),
            (Lines{"term 1  is a candidate no more: another has won", "term 1  follows node 2"}));
}

TEST_F(ToldNode, SaysNothingOfHeartbeatsAndRequests) {
  lead();
  told();
  for (int i = 0; i < 3; ++i) {
    time_out();
    hear(2, Appended{Term{1}, 1, 1});
    step(core::Request<Protocol>{{1}, {1}, ClientRequest{kv::Put{"a", {}, {}}, {}}});
    persist();
  }
  EXPECT_EQ(told(), Lines{});
}

TEST_F(ToldNode, TellsForWhomItVotesWhenThatIsDurable) {
  hear(2, RequestVote{Term{3}, 0, {}, false});
  EXPECT_EQ(told(), Lines{});
  persist();
  EXPECT_EQ(told(), Lines{"term 3  votes for node 2"});
}

TEST_F(ToldNode, TellsWhyItGivesNoVote) {
  hear(2, RequestVote{Term{3}, 0, {}, false});
  persist();
  told();
  hear(3, RequestVote{Term{3}, 0, {}, false});
  EXPECT_EQ(told(),
            Lines{"term 3  gives node 3 no vote: the vote of this term has gone to node 2"});
  hear(3, RequestVote{Term{2}, 0, {}, false});
  EXPECT_EQ(told(), Lines{"term 3  gives node 3 no vote: that node is behind, in term 2"});
  hear(2, AppendEntries{Term{3}, 0, {}, {{Term{3}, Nothing{}}}, 0, 1});
  persist();
  EXPECT_EQ(told(), Lines{"term 3  follows node 2"});
  hear(3, RequestVote{Term{4}, 0, {}, true});  // else it would not be heard beside a leader
  persist();
  EXPECT_EQ(told(), Lines{"term 4  gives node 3 no vote: its log lacks entries that this one has"});
}

TEST_F(ToldNode, TellsWhetherItWouldVote) {
  hear(2, RequestPreVote{Term{1}, 0, {}});
  EXPECT_EQ(told(), Lines{"term 0  would vote for node 2"});
  hear(2, AppendEntries{Term{3}, 0, {}, {{Term{3}, Nothing{}}}, 0, 1});
  persist();
  told();
  hear(3, RequestPreVote{Term{3}, 1, Term{3}});
  EXPECT_EQ(told(), Lines{"term 3  would not vote for node 3: that term is not ahead of this one"});
  hear(3, RequestPreVote{Term{4}, 1, Term{3}});
  EXPECT_EQ(told(), Lines{"term 3  would not vote for node 3: node 2 leads"});
  hear(3, RequestPreVote{Term{4}, 0, {}});
  EXPECT_EQ(told(),
            Lines{"term 3  would not vote for node 3: its log lacks entries that this one has"});
}

TEST_F(ToldNode, TellsWhoBelongsToTheClusterAndWhenThatIsTakenBack) {
  const Members members{
      {{{1}, ""}, {{2}, ""}, {{4}, ""}}, {{{5}, ""}}, {{{1}, ""}, {{2}, ""}, {{3}, ""}}};
  hear(2, AppendEntries{Term{1}, 0, {}, {{Term{1}, Nothing{}}, {Term{1}, members}}, 0, 1});
  EXPECT_EQ(told(), Lines{});
  persist();
  EXPECT_EQ(told(), (Lines{"term 1  members from entry 2 on: node 1, node 2 and node 4 vote; node "
                           "5 learns; until all agree on it, node 1, node 2 and node 3 must agree, "
                           "too",
                           "term 1  follows node 2"}));
  hear(3, AppendEntries{Term{2}, 1, Term{1}, {{Term{2}, Nothing{}}}, 0, 1});
  persist();
  EXPECT_EQ(told(), (Lines{"term 2  the members of entry 2 are taken back: another leader's entry "
                           "is in its place",
                           "term 2  follows node 3"}));
}

TEST_F(ToldNode, StepsAsTheCoreDoesAfterARestart) {
  lead();
  core::Recovered<Protocol> recovered;
  recovered.log = ready_.writes;
  recovered.last_control = recovered.log.back().seq;
  core_ = ToldRaft(config(), 6);
  plain_ = Raft(config(), 6);
  told();
  step(core::Start<Protocol>{recovered, 2});
  EXPECT_EQ(told(), Lines{"term 1  starts; its log goes up to entry 1"});
}

}  // namespace
}  // namespace raft
