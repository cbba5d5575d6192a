// What must hold between the nodes of a cluster, judged from outside: by what they write and say,
// and by what clients are told.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "answer_laws.hpp"
#include "client.hpp"
#include "client_laws.hpp"
#include "election_laws.hpp"
#include "kv_history.hpp"
#include "member_laws.hpp"
#include "raft.hpp"
#include "replication_laws.hpp"
#include "reply_laws.hpp"
#include "sim/system.hpp"
#include "snapshot_laws.hpp"

namespace raft {

struct Options;

/// Its laws, by the names under which a violation is reported. The first five are those of the
/// paper's Figure 3.
///
///   election-safety       a term has one leader at most
///   leader-append-only    a leader neither overwrites nor removes entries of its log
///   log-matching          logs that have an entry of the same index and term are the same up to it
///   leader-completeness   who leads has every entry that was committed in the terms before
///   state-machine-safety  no two nodes commit different entries at the same index
///   one-vote-a-term       no node gives its vote to two candidates of one term, restarts or not
///   said-is-durable       what a node said that it has on disk, a restart finds there, or what a
///                         later leader put in its place; and its term does not go back
///   nothing-goes-back     while a node runs, neither its term nor what it has committed goes back
///   durable-on-a-majority when a leader commits an entry, a majority has it on disk
///   committed-for-good    no node without an entry that is being committed has a log with which a
///                         majority would elect it
///   same-state            nodes that have applied as much are in the same state
///   members-as-logged     a node's members are those of the last entry that says so, and of such
///                         entries one at most is not committed; a leader adds one only when an
///                         entry of its term is committed
///   answer-is-current     who answers a question as the leader has applied what was committed, by
///                         whomever, when the question came
///   linearizable          what clients were told could have been told by one copy of the store
///                         that does one thing at a time; a refused change was not made
/// and those of single nodes: election_laws.hpp, reply_laws.hpp, replication_laws.hpp,
/// answer_laws.hpp, snapshot_laws.hpp, member_laws.hpp; of clients: client_laws.hpp.
class Laws : public sim::Watcher<Raft, Client> {
 public:
  explicit Laws(const Options& options);

  void on_submit(core::Instant at, sim::ClientId client, const Ask& ask) override;
  void on_call(core::Instant at, sim::ClientId client,
               const core::Call<ClientProtocol>& call) override;
  void on_answer(core::Instant at, sim::ClientId client,
                 const core::Answer<ClientProtocol>& answer) override;
  void on_outcome(core::Instant at, sim::ClientId client, const Learned& learned) override;
  void on_client_step(core::Instant at, sim::ClientId client, const core::Now& now,
                      const ClientInput& input, const ClientReady& ready,
                      const Client& core) override;
  void on_client_crash(core::Instant at, sim::ClientId client) override;
  void on_step(core::Instant at, core::NodeId id, const core::Now& now, const Input& input,
               const Ready& ready, Cores cores) override;
  void on_ready(core::Instant at, core::NodeId id, const Ready& ready, Cores cores) override;
  std::optional<sim::Finding> after_step(core::Instant at, core::NodeId id, Cores cores) override;
  std::optional<std::string> unserved() const override;
  std::uint64_t digest() const override;
  std::vector<sim::Tally> tallies() const override;
  std::optional<sim::Finding> at_end(core::Instant at, Cores cores) override;

 private:
  /// What stands at a place of a log, and the term of what stands before it.
  struct Written {
    Entry entry;
    Term term_before;
  };

  struct Commit {
    Term entry;  // of which term it is
    Term when;   // in which term it was committed
  };

  /// What is known of a node.
  struct Node {
    std::uint64_t incarnation = 0;
    Term term;
    Role role = Role::follower;
    Index commit_index = 0;
    Index base_index = 0;  // up to where its log is gone
    Term base_term;
    std::vector<Term> log;              // the terms of its entries behind that
    Term said_term;                     // the highest in what it said
    std::pair<Term, Index> said_entry;  // the last that it said to be on its disk
    std::deque<std::pair<core::WriteSeq, Index>> writing;  // how far the log goes with a write
    Index durable_index = 0;                               // the last that is on its disk
  };

  static Index last_of(const Node& node) { return node.base_index + node.log.size(); }
  static Term term_at(const Node& node, Index index);
  static std::pair<Term, Index> end_of(const Node& node);

  void broken(const std::string& law, std::string what);
  void see_step(const Step& step);
  void see_written(core::NodeId id, Node& node, const LogFrom& record);
  void see_said(core::NodeId id, Node& node, const core::Send<Protocol>& sent);
  void see_restart(const Raft& raft, Node& node);
  void see_leader(const Raft& raft);
  std::size_t change_asked(core::Instant at, sim::ClientId client, const ClientRequest& request);
  void see_commits(const Raft& raft, Index from, Cores cores);
  void see_durable(const Raft& raft);
  void see_safe(const Raft& raft, Cores cores);
  static bool has(const Node& node, Index index, Term term);
  void see_snapshot(const Raft& raft, Node& node);
  void see_state(const Raft& raft);
  void see_members(const Raft& raft, const Node& node);
  void see_members_entry(const Raft& raft);
  void see_question(const Raft& raft, const Input& input);
  void see_answers(const Raft& raft, const Ready& ready);

  /// How much of what a node decides in a turn was looked at.
  struct Turn {
    std::size_t writes = 0;
    std::size_t messages = 0;
    std::size_t replies = 0;
  };

  std::map<core::NodeId, Turn> turns_;
  ElectionLaws elections_;
  ReplyLaws peers_;
  ReplicationLaws replication_;
  AnswerLaws answers_;
  SnapshotLaws snapshots_;
  MemberLaws changes_;
  ClientConfig client_config_;
  std::map<sim::ClientId, ClientLaws> clients_;  // those that run
  std::optional<sim::Finding> found_;            // the first law that was broken

  std::map<core::NodeId, Node> nodes_;
  std::map<Term, core::NodeId> leaders_;
  std::map<std::pair<Index, Term>, Written> written_;  // in any log, by index and term
  std::vector<Commit> commits_;                        // entry i is [i - 1]
  std::map<Index, std::uint64_t> states_;              // digests of them, behind an entry
  std::map<Index, Members> members_;                   // by committed entries
  std::map<std::pair<core::NodeId, Term>, core::NodeId> votes_;
  /// Questions to leaders, and how much was committed when they came. The key is the leader, the
  /// node that forwarded it (0: none), and the two numbers that name it there.
  using Question = std::tuple<core::NodeId, core::NodeId, std::uint64_t, std::uint64_t>;
  std::map<Question, Index> questions_;

  kv::History history_;
  std::map<std::pair<sim::ClientId, core::RequestId>, std::size_t> sent_;  // calls in it
  std::map<std::pair<sim::ClientId, Once>, std::size_t> numbered_;         // changes with a number
  std::set<std::size_t> uncertain_;  // changes of which some call has no answer

  std::set<std::pair<sim::ClientId, std::uint64_t>>
      fresh_;  // work of the liveness phase to be done

  std::uint64_t installed_ = 0;  // snapshots, in the place of a log that had less
  std::uint64_t moved_ = 0;      // leaderships, as asked
};

}  // namespace raft
