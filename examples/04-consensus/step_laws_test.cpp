// Laws about single steps: of nodes that keep them, and of nodes of which something is hidden.
#include <optional>
#include <string>

#include "answer_laws.hpp"
#include "member_laws.hpp"
#include "raft_test.hpp"

namespace raft {

namespace {

/// What watches the nodes of a cluster.
struct Watch {
  explicit Watch(const Config& config) : answers(config), members(config) {}

  AnswerLaws answers;
  MemberLaws members;
  std::optional<core::NodeId> hidden;  // what is sent to it
};

/// A node, and the laws see what it does.
class Watched : public Raft {
 public:
  using Raft::Raft;

  inline static Watch* watch = nullptr;

  void step(const core::Now& now, const Input& input, Ready& ready) noexcept {
    Raft::step(now, input, ready);
    std::erase_if(ready.messages, [](const auto& sent) { return sent.to == watch->hidden; });
    const Step done{now, *this, input, ready, ready.writes, ready.messages, ready.replies};
    watch->answers.see_step(done);
    watch->members.see_step(done);
  }
};

Config with_members(std::initializer_list<std::uint32_t> ids) {
  Config config;
  for (const std::uint32_t id : ids) config.members.push_back({{id}, ""});
  return config;
}

class RaftStepLaws : public testing::Test {
 protected:
  RaftStepLaws() { Watched::watch = &watch_; }

  void SetUp() override {
    cluster_.emplace(3);
    cluster_->elect();
    leader_ = cluster_->leader();
  }

  std::uint32_t other(std::uint32_t number) const { return (leader_ + number - 1) % 3 + 1; }
  void change_both(MemberRole role) {
    const auto change = [&](std::uint32_t id) { return MemberChange{{{id}, ""}, role}; };
    cluster_->ask(leader_, ChangeMembers{{change(other(1)), change(other(2))}});
  }
  /// Both others, while the leader goes on to lead.
  void send_away_and_back() {
    change_both(MemberRole::none);
    cluster_->run(milliseconds(500));
    ASSERT_EQ(cluster_->node(leader_).members(), (Members{{{{leader_}, ""}}, {}, {}}));
    change_both(MemberRole::voter);
    ASSERT_EQ(cluster_->node(leader_).members().voters.size(), 3U);
  }
  /// As the first answer of one that lacks the leader's first entry.
  void answer_mismatch(std::uint32_t from) {
    const Term term = cluster_->node(leader_).current_term();
    cluster_->tell(leader_, from, Mismatch{term, 1, 0, Term{}, 1});
  }
  std::string found() const {
    const auto& in_answers = watch_.answers.found();
    const auto& in_members = watch_.members.found();
    return (in_answers ? in_answers->what : "") + (in_members ? in_members->what : "");
  }

  Watch watch_{with_members({1, 2, 3})};
  std::optional<StoreOf<Watched>> cluster_;
  std::uint32_t leader_ = 0;
};

}  // namespace

// And so expect nothing to come of a copy.
TEST_F(RaftStepLaws, KnowWhatANodeForwardedBeforeItWasAway) {
  const Term term = cluster_->node(leader_).current_term();
  const Forward change{term, {1, 1}, ClientRequest{kv::Append{"k", core::Bytes("a")}}};
  const Forward removal{term, {1, 2}, ChangeMembers{{{{{9}, ""}, MemberRole::none}}}};
  cluster_->tell(leader_, other(1), change);
  cluster_->tell(leader_, other(1), removal);
  cluster_->run(milliseconds(200));
  send_away_and_back();
  cluster_->tell(leader_, other(1), change);
  cluster_->tell(leader_, other(1), removal);
  EXPECT_EQ(found(), "");
}

TEST_F(RaftStepLaws, SeeARoundThatNotAllMembersAreSent) {
  watch_.hidden = core::NodeId{other(1)};
  cluster_->get(leader_, "k");
  EXPECT_NE(found().find("begins a round without"), std::string::npos) << found();
}

// The leader began rounds that went to nobody. Then an answer from before comes, late.
TEST_F(RaftStepLaws, TakeNoRoundOfALeaderWithoutOthersForANewOne) {
  send_away_and_back();
  answer_mismatch(other(1));
  ASSERT_EQ(cluster_->under_way<AppendEntries>(other(1)).size(), 1U);
  EXPECT_EQ(found(), "");
}

TEST_F(RaftStepLaws, SeeTheNextRoundThatNotAllMembersAreSent) {
  send_away_and_back();
  answer_mismatch(other(1));
  ASSERT_EQ(found(), "");
  watch_.hidden = core::NodeId{other(2)};
  cluster_->get(leader_, "k");
  EXPECT_NE(found().find("begins a round without"), std::string::npos) << found();
}

}  // namespace raft
