// What is said in a Raft cluster, and what stands on its disks. Read this first.
//
// The names are those of the paper (Ongaro and Ousterhout, "In Search of an Understandable
// Consensus Algorithm", extended version), whose Figure 2 this file and raft.hpp follow.
//
//   client            leader                     followers
//     | ClientRequest   |                            |
//     |---------------->| append to its log          |
//     |                 |------ AppendEntries ------>| append to theirs
//     |                 |<------- Appended ----------| when it is on disk
//     |                 | on most disks: committed   |
//     |<----------------| applied, and answered      |
//     |                 |------ AppendEntries ------>| committed there, too: applied
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/contract.hpp"
#include "machine.hpp"

namespace raft {

/// Time is cut into terms, each with one leader at most. They are numbered 1, 2, 3, ...
using Term = core::Id<struct TermTag, std::uint64_t>;

/// A place in the log: 1 for the first entry, 0 for the place before it.
using Index = std::uint64_t;

// ---- The log ------------------------------------------------------------------------------------

/// Changes nothing. A leader begins its term with it, for only an entry of its own term tells it
/// what is committed (section 5.4.2).
struct Nothing {
  friend bool operator==(const Nothing&, const Nothing&) = default;
};

/// A client's session with the cluster (section 6.3 of the dissertation), named by the index of the
/// entry that opened it.
using Session = core::Id<struct ClientSessionTag, std::uint64_t>;

/// Makes a change happen once, however often it is asked for: the session numbers its changes 1, 2,
/// 3, ..., and asks again with the same number.
struct Once {
  Session session;
  std::uint64_t sequence = 0;

  friend auto operator<=>(const Once&, const Once&) = default;
};

/// To be applied to the state machine.
struct Change {
  Operation operation;
  std::optional<Once> once = {};

  friend bool operator==(const Change&, const Change&) = default;
};

struct OpenSession {
  friend bool operator==(const OpenSession&, const OpenSession&) = default;
};

/// Who belongs to the cluster, from this entry on.
struct Members {
  std::vector<core::Peer> voters;
  std::vector<core::Peer> learners;  // have the log, and no say
  std::vector<core::Peer> outgoing;  // the voters before, until all agree on the new: see
                                     // membership.hpp

  friend bool operator==(const Members&, const Members&) = default;
};

using Payload = std::variant<Nothing, Change, OpenSession, Members>;

struct Entry {
  Term term;
  Payload payload;

  friend bool operator==(const Entry&, const Entry&) = default;
};

// ---- A snapshot: what stands in place of the beginning of the log -------------------------------

/// The first part: up to where it stands for the log, and who belonged to the cluster there.
struct SnapshotHead {
  Index last_included_index = 0;
  Term last_included_term;
  Members members;
  Index members_index = 0;  // of the entry that said so

  friend bool operator==(const SnapshotHead&, const SnapshotHead&) = default;
};

/// What is remembered of a session.
struct SessionState {
  Session session;
  std::uint64_t sequence = 0;  // of its last change
  Answer answer;               // to that
  Index used_at = 0;           // the last entry that was its

  friend bool operator==(const SessionState&, const SessionState&) = default;
};

/// Of the state machine.
struct MachinePart {
  Piece piece;

  friend bool operator==(const MachinePart&, const MachinePart&) = default;
};

using SnapshotPart = std::variant<SnapshotHead, SessionState, MachinePart>;

// ---- Between nodes: the RPCs of Figure 2 --------------------------------------------------------

/// Give me your vote for this term. The last entry tells how much the candidate has.
struct RequestVote {
  Term term;
  Index last_log_index = 0;
  Term last_log_term;
  bool transfer = false;  // the leader wants it: see transfer.cpp

  friend bool operator==(const RequestVote&, const RequestVote&) = default;
};

struct Voted {
  Term term;
  bool granted = false;

  friend bool operator==(const Voted&, const Voted&) = default;
};

/// These entries follow the one at `prev_log_index`. Without entries it says that the leader lives.
struct AppendEntries {
  Term term;
  Index prev_log_index = 0;
  Term prev_log_term;
  std::vector<Entry> entries;
  Index leader_commit = 0;
  std::uint64_t round = 0;  // which Appended gives back: see reads.cpp

  friend bool operator==(const AppendEntries&, const AppendEntries&) = default;
};

/// Up to `match_index` the log is the leader's, and on disk.
struct Appended {
  Term term;
  Index match_index = 0;
  std::uint64_t round = 0;

  friend bool operator==(const Appended&, const Appended&) = default;
};

/// There is no entry of that term at `prev_log_index`. The hint spares the leader going back entry
/// by entry (the end of section 5.3): the last place before it where this log could be the
/// leader's, for the terms behind it are too high.
struct Mismatch {
  Term term;
  Index prev_log_index = 0;  // of the AppendEntries that it answers
  Index hint_index = 0;
  Term hint_term;
  std::uint64_t round = 0;

  friend bool operator==(const Mismatch&, const Mismatch&) = default;
};

/// To a leader of an older term: your time is over.
struct Stale {
  Term term;

  friend bool operator==(const Stale&, const Stale&) = default;
};

/// A piece of a snapshot (section 7): the state of the sender's machine behind its entry
/// `last_included_index`. For a follower that needs entries which the leader has no more.
struct InstallSnapshot {
  Term term;
  Index last_included_index = 0;
  Term last_included_term;
  std::uint64_t offset = 0;  // so many parts came before
  bool done = false;         // none comes after
  std::vector<SnapshotPart> parts;

  friend bool operator==(const InstallSnapshot&, const InstallSnapshot&) = default;
};

/// Go on there, please. When a snapshot is whole and on disk, Appended says so.
struct SnapshotReceived {
  Term term;
  Index last_included_index = 0;
  std::uint64_t next_offset = 0;

  friend bool operator==(const SnapshotReceived&, const SnapshotReceived&) = default;
};

// ---- What a client may ask ----------------------------------------------------------------------

/// Change the state machine. Carried out once, or, after a refusal, not at all.
struct ClientRequest {
  Operation operation;
  std::optional<Once> once = {};  // so that it can be asked again

  friend bool operator==(const ClientRequest&, const ClientRequest&) = default;
};

enum class Consistency : std::uint8_t {
  linearizable,  // what the last change before the question left, or a later one
  stale,         // what this node has applied: it may be behind
};

struct ClientQuery {
  Query query;
  Consistency consistency = Consistency::linearizable;

  friend bool operator==(const ClientQuery&, const ClientQuery&) = default;
};

enum class MemberRole : std::uint8_t { voter, learner, none };

struct MemberChange {
  core::Peer member;
  MemberRole role = MemberRole::voter;  // that it shall have

  friend bool operator==(const MemberChange&, const MemberChange&) = default;
};

struct ChangeMembers {
  std::vector<MemberChange> changes;

  friend bool operator==(const ChangeMembers&, const ChangeMembers&) = default;
};

/// Let that voter lead.
struct TransferLeadership {
  core::NodeId to;

  friend bool operator==(const TransferLeadership&, const TransferLeadership&) = default;
};

using Command =
    std::variant<ClientRequest, ClientQuery, OpenSession, ChangeMembers, TransferLeadership>;

// ---- What it is answered ------------------------------------------------------------------------

struct Executed {
  Answer answer;

  friend bool operator==(const Executed&, const Executed&) = default;
};

struct SessionOpened {
  Session session;

  friend bool operator==(const SessionOpened&, const SessionOpened&) = default;
};

/// The members change (if several do, the cluster is on its way to them), or another node leads.
struct Done {
  friend bool operator==(const Done&, const Done&) = default;
};

enum class Refusal : std::uint8_t {
  no_leader,        // none is known, or it was deposed: ask again a little later
  not_carried_out,  // another leader's entry was committed in its place
  too_busy,         // too many requests wait
  invalid,          // the state machine does not take it; no such member
  no_room,          // on the leader's disk
  session_expired,  // or never opened
  sequence_is_old,  // the session has gone on to a later change
  members_change,   // one change of the members at a time; or the leader is new
  transfer_failed,  // the other did not come to lead; this one still does
};

/// Nothing was changed by this request, and nothing will be. (Of a change that was asked for before
/// with the same number, `session_expired` and `sequence_is_old` say nothing.)
struct Refused {
  Refusal reason = Refusal::no_leader;

  friend bool operator==(const Refused&, const Refused&) = default;
};

/// The change may have been made, or may still be made, or not: nobody can tell any more.
struct Unknown {
  friend bool operator==(const Unknown&, const Unknown&) = default;
};

using Result = std::variant<Executed, Refused, Unknown, SessionOpened, Done>;

// ---- Between nodes: what is not in the paper ----------------------------------------------------

/// Would I get your vote, if I stood in this term? Asked before a node enters a term, so that one
/// that was cut off does not come back with a term that deposes a leader whom all others hear.
struct RequestPreVote {
  Term term;  // one after the sender's
  Index last_log_index = 0;
  Term last_log_term;

  friend bool operator==(const RequestPreVote&, const RequestPreVote&) = default;
};

struct PreVoted {
  Term term;        // that its sender is in
  Term asked_term;  // of the RequestPreVote
  bool granted = false;

  friend bool operator==(const PreVoted&, const PreVoted&) = default;
};

/// Names a forwarded command, for ever: `incarnation` counts the starts of the node that forwards.
struct ForwardId {
  std::uint64_t incarnation = 0;
  std::uint64_t number = 0;

  friend auto operator<=>(const ForwardId&, const ForwardId&) = default;
};

/// A client asked me; you are the leader of this term. A copy that comes when that term is over is
/// not carried out again.
struct Forward {
  Term term;
  ForwardId id;
  Command command;

  friend bool operator==(const Forward&, const Forward&) = default;
};

struct Forwarded {
  ForwardId id;
  Result result;

  friend bool operator==(const Forwarded&, const Forwarded&) = default;
};

/// Stand for election at once: your leader leaves you its place (section 3.10 of the dissertation).
struct TimeoutNow {
  Term term;

  friend bool operator==(const TimeoutNow&, const TimeoutNow&) = default;
};

using Message =
    std::variant<RequestVote, Voted, AppendEntries, Appended, Mismatch, Stale, RequestPreVote,
                 PreVoted, Forward, Forwarded, InstallSnapshot, SnapshotReceived, TimeoutNow>;

// ---- What stands on disk ------------------------------------------------------------------------

/// The state of Figure 2 that must outlive a crash, beside the log.
struct TermAndVote {
  Term current_term;
  core::NodeId voted_for;  // 0: nobody

  friend bool operator==(const TermAndVote&, const TermAndVote&) = default;
};

/// From `first` on the log is this; what stood there before is gone.
struct LogFrom {
  Index first = 0;
  std::vector<Entry> entries;

  friend bool operator==(const LogFrom&, const LogFrom&) = default;
};

using Record = std::variant<TermAndVote, LogFrom, SnapshotHead, SessionState, MachinePart>;

// ---- What a node is made from -------------------------------------------------------------------

struct Config {
  core::NodeId self;
  // The voters at the cluster's first start, the same on all of them. A node that is to join a
  // cluster has none, and waits until it is told.
  std::vector<core::Peer> members;

  // A follower that hears nothing for so long, and up to as long again by chance, stands for
  // election.
  std::uint32_t election_timeout_ms = 300;
  std::uint32_t heartbeat_ms = 50;
  bool pre_vote = true;                      // ask before an election whether it can be won
  bool check_quorum = true;                  // a leader that no majority answers gives up
  bool lease_reads = false;                  // trust clocks: see reads.cpp for what that risks
  std::uint32_t request_timeout_ms = 5'000;  // then the client is told that nobody knows

  std::uint32_t max_entries = 500;            // in one message
  std::uint32_t max_message_bytes = 1 << 20;  // but one entry is always sent
  std::uint32_t max_in_flight = 8;            // messages with entries, to each follower
  std::uint32_t max_waiting = 10'000;         // requests of clients
  std::uint32_t max_members = 15;             // voters and learners
  std::uint32_t max_sessions = 1'000;         // the same on all nodes, or they would differ

  std::uint32_t snapshot_bytes = 4 << 20;  // a snapshot is cut when the log has grown by so much
  std::uint32_t keep_entries = 5'000;      // behind a snapshot, for followers that are slow
  MachineLimits machine;

  friend bool operator==(const Config&, const Config&) = default;
};

/// What no one says: clients are told nothing unasked.
struct Silence {
  friend bool operator==(const Silence&, const Silence&) = default;
};

/// The names that the contract (core/contract.hpp) wants.
struct Protocol {
  using Config = raft::Config;
  using Command = raft::Command;
  using Result = raft::Result;
  using Record = raft::Record;
  using Event = Silence;
  using Message = raft::Message;
};

}  // namespace raft
