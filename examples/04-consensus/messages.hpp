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

/// To be applied to the state machine.
struct Change {
  Operation operation;

  friend bool operator==(const Change&, const Change&) = default;
};

using Payload = std::variant<Nothing, Change>;

struct Entry {
  Term term;
  Payload payload;

  friend bool operator==(const Entry&, const Entry&) = default;
};

// ---- Between nodes: the RPCs of Figure 2 --------------------------------------------------------

/// Give me your vote for this term. The last entry tells how much the candidate has.
struct RequestVote {
  Term term;
  Index last_log_index = 0;
  Term last_log_term;

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

// ---- What a client may ask ----------------------------------------------------------------------

/// Change the state machine. Carried out once, or, after a refusal, not at all.
struct ClientRequest {
  Operation operation;

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

using Command = std::variant<ClientRequest, ClientQuery>;

// ---- What it is answered ------------------------------------------------------------------------

struct Executed {
  Answer answer;

  friend bool operator==(const Executed&, const Executed&) = default;
};

enum class Refusal : std::uint8_t {
  no_leader,        // none is known, or it was deposed: ask again a little later
  not_carried_out,  // another leader's entry was committed in its place
  too_busy,         // too many requests wait
  invalid,          // the state machine does not take it
  no_room,          // on the leader's disk
};

/// Nothing was changed, and nothing will be.
struct Refused {
  Refusal reason = Refusal::no_leader;

  friend bool operator==(const Refused&, const Refused&) = default;
};

/// The change may have been made, or may still be made, or not: nobody can tell any more.
struct Unknown {
  friend bool operator==(const Unknown&, const Unknown&) = default;
};

using Result = std::variant<Executed, Refused, Unknown>;

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

using Message = std::variant<RequestVote, Voted, AppendEntries, Appended, Mismatch, Stale,
                             RequestPreVote, PreVoted, Forward, Forwarded>;

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

using Record = std::variant<TermAndVote, LogFrom>;

// ---- What a node is made from -------------------------------------------------------------------

struct Config {
  core::NodeId self;
  std::vector<core::Peer> members;  // the whole cluster, this node included

  // A follower that hears nothing for so long, and up to as long again by chance, stands for
  // election.
  std::uint32_t election_timeout_ms = 300;
  std::uint32_t heartbeat_ms = 50;
  bool pre_vote = true;                      // ask before an election whether it can be won
  bool check_quorum = true;                  // a leader that no majority answers gives up
  std::uint32_t request_timeout_ms = 5'000;  // then the client is told that nobody knows

  std::uint32_t max_entries = 500;            // in one message
  std::uint32_t max_message_bytes = 1 << 20;  // but one entry is always sent
  std::uint32_t max_in_flight = 8;            // messages with entries, to each follower
  std::uint32_t max_waiting = 10'000;         // requests of clients
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
