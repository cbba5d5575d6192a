// One node of a Raft cluster: the core. Its nodes agree on one log, whatever fails, and each
// applies the log to its own copy of a state machine.
//
// The code follows the paper, and so do the names (see messages.hpp). Where its Figure 2 stands:
//
//   State                              the members below, in the figure's order
//   RequestVote RPC                    election.cpp: on_request_vote, on_voted
//   AppendEntries RPC                  replication.cpp: on_append_entries, on_appended, on_mismatch
//   Rules for servers: all             see_term, apply_committed
//                      followers       on_timeout
//                      candidates      start_election, become_leader
//                      leaders         propose, send_entries, advance_commit
//   InstallSnapshot RPC (Figure 13)    snapshot.cpp: on_install_snapshot
//
// What is beyond the figure, each called at one named point: prevote.cpp, reads.cpp, requests.cpp,
// sessions.cpp, membership.cpp, transfer.cpp.
//
// What a message claims about this node's disk must be on the disk before it leaves. So a message
// waits for the last write (say), but for what claims nothing (say_at_once): a leader sends its
// entries while its own disk still writes them. A node also votes and appends for itself, and
// counts that as it counts the others: by a message, to itself, that waits for the disk.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "core/contract.hpp"
#include "core/prng.hpp"
#include "log.hpp"
#include "membership.hpp"
#include "messages.hpp"
#include "sessions.hpp"
#include "snapshot.hpp"

namespace raft {

using Input = core::Input<Protocol>;
using Ready = core::Ready<Protocol>;

enum class Role : std::uint8_t { follower, candidate, leader };

class Raft {
 public:
  using Protocol = raft::Protocol;

  /// `seed` is for the election time-outs.
  Raft(const Config& config, std::uint64_t seed);

  void step(const core::Now& now, const Input& input, Ready& ready) noexcept;
  std::optional<core::Instant> next_timeout() const;
  std::uint64_t digest() const;
  core::Violation check_invariants(bool full) const;

  // The state, for those who show or judge it.
  core::NodeId self() const { return config_.self; }
  std::uint64_t incarnation() const { return incarnation_; }
  Role role() const { return role_; }
  core::NodeId leader() const { return leader_; }  // of the current term; 0: not known
  Term current_term() const { return current_term_; }
  core::NodeId voted_for() const { return voted_for_; }
  const Log& log() const { return log_; }
  Index commit_index() const { return commit_index_; }
  Index last_applied() const { return last_applied_; }
  const Machine& machine() const { return machine_; }
  const Sessions& sessions() const { return sessions_; }
  const Members& members() const { return membership_.now(); }
  Index members_index() const { return membership_.index(); }
  /// Up to where that node's log is known to be this one's; 0 unless this one leads.
  Index match_index(core::NodeId node) const;

 private:
  /// A client of this node.
  struct Client {
    core::SessionId session;
    core::RequestId request;
  };

  /// A node that forwarded a client's command.
  struct Forwarder {
    core::NodeId node;
    ForwardId id;
  };

  using Caller = std::variant<Client, Forwarder>;

  /// A change that stands in the log and is not committed yet.
  struct Proposal {
    Caller caller;
    core::Instant until;
  };

  /// A question that waits until this node knows that it is still the leader, and has applied
  /// enough.
  struct Read {
    Caller caller;
    Query query;
    Index read_index = 0;
    std::uint64_t round = 0;  // that confirms it; 0: not begun
    core::Instant until;
  };

  /// A command that was forwarded to the leader.
  struct Pending {
    Client client;
    bool changes = false;    // and does not only read
    bool transfers = false;  // the leadership
    core::Instant until;
  };

  /// The leadership is on its way to another node.
  struct Transfer {
    std::optional<Caller> caller;  // none when it has gone
    core::NodeId to;
    core::Instant until;
    bool told = false;  // it may stand for election
  };

  /// What the leader knows of one node's log, its own included.
  struct Progress {
    Index next_index = 0;
    Index match_index = 0;
    bool probing = false;            // where the logs part is being found out
    std::deque<Index> in_flight;     // the last entry of each message that is not answered
    std::uint64_t round = 0;         // the last that it has answered
    core::Instant heard_at;          // when it answered last
    std::optional<Sending> sending;  // when it needs what is no longer in the log
  };

  struct Letter {
    core::NodeId to;
    Message message;
  };

  /// A message that waits until the write `after` is durable.
  struct Held {
    core::WriteSeq after;
    Letter letter;
  };

  /// What one step decides.
  struct Decisions {
    Ready& ready;
    std::vector<Record> records;
    std::vector<Letter> letters;  // that wait for the records
  };

  // Inputs.
  void on_start(const core::Now& now, const core::Start<Protocol>& start, Decisions& out);
  void on_receive(const core::Now& now, core::NodeId from, const Message& message, Decisions& out);
  void on_request(const core::Now& now, const core::Request<Protocol>& request, Decisions& out);
  void on_closed(core::SessionId session);
  void on_persisted(const core::Now& now, const core::Persisted& persisted, Decisions& out);
  void on_timeout(const core::Now& now, Decisions& out);

  // election.cpp
  void on_request_vote(const core::Now& now, core::NodeId from, const RequestVote& request,
                       Decisions& out);
  void on_voted(const core::Now& now, core::NodeId from, const Voted& voted, Decisions& out);
  void see_term(const core::Now& now, Term term, Decisions& out);
  void start_election(const core::Now& now, bool transfer, Decisions& out);
  void become_follower(const core::Now& now, Decisions& out);
  void become_leader(const core::Now& now, Decisions& out);
  void enter_term(Term term, core::NodeId voted_for, Decisions& out);
  void reset_election_timer(const core::Now& now);

  // prevote.cpp
  void stand_for_election(const core::Now& now, Decisions& out);
  void on_request_pre_vote(const core::Now& now, core::NodeId from, const RequestPreVote& request,
                           Decisions& out);
  void on_pre_voted(const core::Now& now, core::NodeId from, const PreVoted& voted, Decisions& out);
  bool hears_a_leader(const core::Now& now) const;
  bool is_disturbed_by(const core::Now& now, const RequestVote& request) const;
  void check_quorum(const core::Now& now, Decisions& out);

  // replication.cpp
  void on_append_entries(const core::Now& now, core::NodeId from, const AppendEntries& request,
                         Decisions& out);
  void on_appended(const core::Now& now, core::NodeId from, const Appended& appended,
                   Decisions& out);
  void on_mismatch(const core::Now& now, core::NodeId from, const Mismatch& mismatch,
                   Decisions& out);
  Progress* progress_of(const core::Now& now, core::NodeId node, Term term);
  void follow(const core::Now& now, core::NodeId leader, Decisions& out);
  void append(const core::Now& now, Payload payload, Decisions& out);
  void store(const core::Now& now, Index prev_log_index, std::span<const Entry> entries,
             Decisions& out);
  void set_log(Index first, std::span<const Entry> entries, core::WriteSeq written_by);
  void begin_progress(const core::Now& now, core::NodeId node);
  void send_heartbeats(const core::Now& now, Decisions& out);
  void send_to_all(Decisions& out);
  void send_entries(core::NodeId to, Decisions& out);
  void send(core::NodeId to, Index prev_log_index, std::span<const Entry> entries, Decisions& out);
  std::span<const Entry> next_batch(Index first) const;
  void advance_commit(const core::Now& now, Decisions& out);
  void commit(Index index, Decisions& out);
  void apply_committed(Decisions& out);
  Result apply(Index index, const Payload& payload);

  // requests.cpp
  void handle(const core::Now& now, const Caller& caller, const Command& command, Decisions& out);
  void carry_out(const core::Now& now, const Caller& caller, const Command& command,
                 Decisions& out);
  void propose(const core::Now& now, const Caller& caller, Payload payload, Decisions& out);
  void forward(const core::Now& now, const Client& client, const Command& command, Decisions& out);
  void on_forward(const core::Now& now, core::NodeId from, const Forward& forward, Decisions& out);
  void on_forwarded(const Forwarded& forwarded, Decisions& out);
  void end_forwards(Decisions& out);
  void answer_proposals(Index index, const Result& result, Decisions& out);
  void forget_proposals(Decisions& out);
  void answer(const Caller& caller, const Result& result, Decisions& out);
  static Result without_answer(const Pending& pending);
  core::Instant patience(const core::Now& now);
  void give_up_waiting(const core::Now& now, Decisions& out);
  std::optional<Refusal> refusal_of(const Command& command) const;
  std::size_t waiting() const { return proposals_.size() + reads_.size() + pending_.size(); }

  // reads.cpp
  void read(const core::Now& now, const Caller& caller, const ClientQuery& query, Decisions& out);
  void begin_round(const core::Now& now, Decisions& out);
  void serve_reads(const core::Now& now, Decisions& out);
  void refuse_reads(Decisions& out);
  bool has_lease(const core::Now& now) const;
  void ask_for_lease(const core::Now& now);
  void renew_lease(std::uint64_t confirmed);

  // sessions.cpp
  Result apply_once(Index index, const Operation& operation, const Once& once);

  // membership.cpp
  bool may_stand() const;
  bool may_change_members() const;
  void change_members(const core::Now& now, const Caller& caller, const ChangeMembers& change,
                      Decisions& out);
  void adopt_members(const core::Now& now, Decisions& out);
  void complete_change(const core::Now& now, Decisions& out);

  // transfer.cpp
  void transfer(const core::Now& now, const Caller& caller, const TransferLeadership& transfer,
                Decisions& out);
  void hand_over(Decisions& out);
  void on_timeout_now(const core::Now& now, const TimeoutNow& order, Decisions& out);
  void give_up_transfer(const core::Now& now, Decisions& out);
  void end_transfer(const Result& result, Decisions& out);

  // snapshot.cpp
  bool is_receiving() const;
  bool snapshot_is_due() const;
  void save_snapshot(Decisions& out);
  void save_next_piece(Decisions& out);
  void drop_saved_entries();
  void on_bulk_persisted(const core::Now& now, core::WriteSeq seq, Decisions& out);
  void send_snapshot(core::NodeId to, Decisions& out);
  void send_piece(core::NodeId to, std::uint64_t begin, Decisions& out);
  void repeat_lost_pieces(Decisions& out);
  void on_snapshot_received(const core::Now& now, core::NodeId from,
                            const SnapshotReceived& received, Decisions& out);
  void on_install_snapshot(const core::Now& now, core::NodeId from, const InstallSnapshot& piece,
                           Decisions& out);
  void begin_receiving(const InstallSnapshot& piece, Decisions& out);
  void receive(const InstallSnapshot& piece, Decisions& out);
  void install(const core::Now& now, Decisions& out);
  static void take(const SnapshotPart& part, SnapshotHead& head, Sessions& sessions,
                   Machine& machine);
  Snapshot cut_snapshot() const;
  std::span<const SnapshotPart> piece_of(const Snapshot& snapshot, std::uint64_t begin) const;
  core::WriteSeq write_bulk(core::WriteKind kind, std::vector<Record> records, Decisions& out,
                            core::WriteSeq covers = {});
  core::WriteSeq commit_bulk(core::WriteSeq covers, Decisions& out);
  core::WriteSeq write_of(Index index) const;
  void compact_log(Index index);

  // What they are made of.
  void say(core::NodeId to, Message message, Decisions& out);
  void say_at_once(core::NodeId to, Message message, Decisions& out);
  void settle(const core::Now& now, Decisions& out);
  void write_down(Decisions& out);
  void recover(const core::Recovered<Protocol>& recovered);
  void take(const Record& record, core::WriteSeq written_by);
  bool is_quorum(const std::set<core::NodeId>& nodes) const;
  std::uint64_t reached_by_quorum(std::uint64_t Progress::* what) const;

  // raft_invariants.cpp
  core::Violation check_log() const;
  core::Violation check_role() const;
  core::Violation check_progress() const;
  core::Violation check_written() const;

  Config config_;
  core::Prng prng_;
  std::uint64_t incarnation_ = 0;  // 0: not started

  // Figure 2: persistent state on all servers.
  Term current_term_;
  core::NodeId voted_for_;  // 0: nobody
  Log log_;

  // Volatile state on all servers.
  Index commit_index_ = 0;
  Index last_applied_ = 0;
  Machine machine_;
  Sessions sessions_;
  Membership membership_;
  Role role_ = Role::follower;
  core::NodeId leader_;  // 0: not known
  core::Instant election_deadline_;

  core::Instant heard_at_;  // when the leader was heard last

  // On candidates, and on followers that would be.
  std::set<core::NodeId> votes_;
  std::set<core::NodeId> pre_votes_;

  // On leaders.
  std::map<core::NodeId, Progress> progress_;  // next_index and match_index of Figure 2
  /// The last commands that each node has forwarded in this term, a member still or not.
  std::map<core::NodeId, std::set<ForwardId>> seen_;
  core::Instant heartbeat_deadline_;
  Index term_start_ = 0;     // the first entry of its term
  std::uint64_t round_ = 0;  // of messages to all followers: see reads.cpp
  std::deque<Read> reads_;
  std::uint64_t lease_round_ = 0;  // that will renew the lease; 0: none is under way
  core::Instant lease_asked_at_;   // when it was begun
  core::Instant lease_until_;
  bool lease_lost_ = false;  // for the rest of the term
  std::optional<Transfer> transfer_;

  // Whoever waits for an answer.
  std::map<std::pair<Index, Term>, Proposal> proposals_;  // outlive the leadership
  std::map<std::uint64_t, Pending> pending_;              // by the number of their ForwardId
  std::uint64_t last_forward_ = 0;
  std::optional<core::Instant> patience_deadline_;  // when to look whose time is over

  // The disk.
  bool room_ = true;
  core::WriteSeq last_write_;
  core::WriteSeq persisted_;
  std::deque<Held> held_;
  std::map<Index, core::WriteSeq> written_at_;  // which write holds the entries from there on

  // Snapshots.
  core::WriteSeq last_bulk_write_;
  std::uint64_t log_bytes_ = 0;    // about, since the last was cut
  std::uint64_t saved_bytes_ = 0;  // about, of the last
  std::optional<Saving> saving_;
  std::optional<Receiving> receiving_;
};

}  // namespace raft
