// How each message of messages.hpp is written: its names in JSON, its numbers in the binary form. A
// number, once released, keeps its meaning for ever; what is new takes a new one.
#pragma once

#include "machine_wire.hpp"
#include "messages.hpp"
#include "wire/contract.hpp"
#include "wire/type.hpp"

namespace raft {

// ---- The log: 1 to 9 ----------------------------------------------------------------------------

constexpr auto describe(wire::Type<Nothing>) { return wire::record<1>("nothing"); }

constexpr auto describe(wire::Type<Change>) {
  return wire::record<2>("change", wire::field<1>("operation", &Change::operation),
                         wire::field<2>("once", &Change::once));
}

constexpr auto describe(wire::Type<Once>) {
  return wire::record<4>("once", wire::field<1>("session", &Once::session),
                         wire::field<2>("sequence", &Once::sequence));
}

constexpr auto describe(wire::Type<OpenSession>) { return wire::record<5>("open_session"); }

constexpr auto describe(wire::Type<Members>) {
  return wire::record<6>("members", wire::field<1>("voters", &Members::voters),
                         wire::field<2>("learners", &Members::learners),
                         wire::field<3>("outgoing", &Members::outgoing));
}

constexpr auto describe(wire::Type<Entry>) {
  return wire::record<3>("entry", wire::field<1>("term", &Entry::term),
                         wire::field<2>("payload", &Entry::payload));
}

// ---- Between nodes: 10 to 29 --------------------------------------------------------------------

constexpr auto describe(wire::Type<RequestVote>) {
  return wire::record<10>("request_vote", wire::field<1>("term", &RequestVote::term),
                          wire::field<2>("last_log_index", &RequestVote::last_log_index),
                          wire::field<3>("last_log_term", &RequestVote::last_log_term),
                          wire::field<4>("transfer", &RequestVote::transfer));
}

constexpr auto describe(wire::Type<Voted>) {
  return wire::record<11>("voted", wire::field<1>("term", &Voted::term),
                          wire::field<2>("granted", &Voted::granted));
}

constexpr auto describe(wire::Type<AppendEntries>) {
  return wire::record<12>("append_entries", wire::field<1>("term", &AppendEntries::term),
                          wire::field<2>("prev_log_index", &AppendEntries::prev_log_index),
                          wire::field<3>("prev_log_term", &AppendEntries::prev_log_term),
                          wire::field<4>("entries", &AppendEntries::entries),
                          wire::field<5>("leader_commit", &AppendEntries::leader_commit),
                          wire::field<6>("round", &AppendEntries::round));
}

constexpr auto describe(wire::Type<Appended>) {
  return wire::record<13>("appended", wire::field<1>("term", &Appended::term),
                          wire::field<2>("match_index", &Appended::match_index),
                          wire::field<3>("round", &Appended::round));
}

constexpr auto describe(wire::Type<Mismatch>) {
  return wire::record<14>("mismatch", wire::field<1>("term", &Mismatch::term),
                          wire::field<2>("prev_log_index", &Mismatch::prev_log_index),
                          wire::field<3>("hint_index", &Mismatch::hint_index),
                          wire::field<4>("hint_term", &Mismatch::hint_term),
                          wire::field<5>("round", &Mismatch::round));
}

constexpr auto describe(wire::Type<Stale>) {
  return wire::record<15>("stale", wire::field<1>("term", &Stale::term));
}

constexpr auto describe(wire::Type<RequestPreVote>) {
  return wire::record<19>("request_pre_vote", wire::field<1>("term", &RequestPreVote::term),
                          wire::field<2>("last_log_index", &RequestPreVote::last_log_index),
                          wire::field<3>("last_log_term", &RequestPreVote::last_log_term));
}

constexpr auto describe(wire::Type<PreVoted>) {
  return wire::record<20>("pre_voted", wire::field<1>("term", &PreVoted::term),
                          wire::field<2>("asked_term", &PreVoted::asked_term),
                          wire::field<3>("granted", &PreVoted::granted));
}

constexpr auto describe(wire::Type<ForwardId>) {
  return wire::record<16>("forward_id", wire::field<1>("incarnation", &ForwardId::incarnation),
                          wire::field<2>("number", &ForwardId::number));
}

constexpr auto describe(wire::Type<Forward>) {
  return wire::record<17>("forward", wire::field<1>("term", &Forward::term),
                          wire::field<2>("id", &Forward::id),
                          wire::field<3>("command", &Forward::command));
}

constexpr auto describe(wire::Type<Forwarded>) {
  return wire::record<18>("forwarded", wire::field<1>("id", &Forwarded::id),
                          wire::field<2>("result", &Forwarded::result));
}

constexpr auto describe(wire::Type<InstallSnapshot>) {
  return wire::record<21>(
      "install_snapshot", wire::field<1>("term", &InstallSnapshot::term),
      wire::field<2>("last_included_index", &InstallSnapshot::last_included_index),
      wire::field<3>("last_included_term", &InstallSnapshot::last_included_term),
      wire::field<4>("offset", &InstallSnapshot::offset),
      wire::field<5>("done", &InstallSnapshot::done),
      wire::field<6>("parts", &InstallSnapshot::parts));
}

constexpr auto describe(wire::Type<SnapshotReceived>) {
  return wire::record<22>(
      "snapshot_received", wire::field<1>("term", &SnapshotReceived::term),
      wire::field<2>("last_included_index", &SnapshotReceived::last_included_index),
      wire::field<3>("next_offset", &SnapshotReceived::next_offset));
}

constexpr auto describe(wire::Type<TimeoutNow>) {
  return wire::record<23>("timeout_now", wire::field<1>("term", &TimeoutNow::term));
}

// ---- Commands and results: 30 to 49 -------------------------------------------------------------

constexpr auto describe(wire::Type<ClientRequest>) {
  return wire::record<30>("client_request", wire::field<1>("operation", &ClientRequest::operation),
                          wire::field<2>("once", &ClientRequest::once));
}

constexpr auto describe(wire::Type<Consistency>) {
  return wire::enumeration(wire::value<1>("linearizable", Consistency::linearizable),
                           wire::value<2>("stale", Consistency::stale));
}

constexpr auto describe(wire::Type<ClientQuery>) {
  return wire::record<31>("client_query", wire::field<1>("query", &ClientQuery::query),
                          wire::field<2>("consistency", &ClientQuery::consistency));
}

constexpr auto describe(wire::Type<MemberRole>) {
  return wire::enumeration(wire::value<1>("voter", MemberRole::voter),
                           wire::value<2>("learner", MemberRole::learner),
                           wire::value<3>("none", MemberRole::none));
}

constexpr auto describe(wire::Type<MemberChange>) {
  return wire::record<32>("member_change", wire::field<1>("member", &MemberChange::member),
                          wire::field<2>("role", &MemberChange::role));
}

constexpr auto describe(wire::Type<ChangeMembers>) {
  return wire::record<33>("change_members", wire::field<1>("changes", &ChangeMembers::changes));
}

constexpr auto describe(wire::Type<TransferLeadership>) {
  return wire::record<34>("transfer_leadership", wire::field<1>("to", &TransferLeadership::to));
}

constexpr auto describe(wire::Type<Executed>) {
  return wire::record<40>("executed", wire::field<1>("answer", &Executed::answer));
}

constexpr auto describe(wire::Type<Refusal>) {
  return wire::enumeration(wire::value<1>("no_leader", Refusal::no_leader),
                           wire::value<2>("not_carried_out", Refusal::not_carried_out),
                           wire::value<3>("too_busy", Refusal::too_busy),
                           wire::value<4>("invalid", Refusal::invalid),
                           wire::value<5>("no_room", Refusal::no_room),
                           wire::value<6>("session_expired", Refusal::session_expired),
                           wire::value<7>("sequence_is_old", Refusal::sequence_is_old),
                           wire::value<8>("members_change", Refusal::members_change),
                           wire::value<9>("transfer_failed", Refusal::transfer_failed));
}

constexpr auto describe(wire::Type<Refused>) {
  return wire::record<41>("refused", wire::field<1>("reason", &Refused::reason));
}

constexpr auto describe(wire::Type<Unknown>) { return wire::record<42>("unknown"); }

constexpr auto describe(wire::Type<SessionOpened>) {
  return wire::record<43>("session_opened", wire::field<1>("session", &SessionOpened::session));
}

constexpr auto describe(wire::Type<Done>) { return wire::record<44>("done"); }

// ---- On disk: 50 to 59 --------------------------------------------------------------------------

constexpr auto describe(wire::Type<TermAndVote>) {
  return wire::record<50>("term_and_vote",
                          wire::field<1>("current_term", &TermAndVote::current_term),
                          wire::field<2>("voted_for", &TermAndVote::voted_for));
}

constexpr auto describe(wire::Type<LogFrom>) {
  return wire::record<51>("log_from", wire::field<1>("first", &LogFrom::first),
                          wire::field<2>("entries", &LogFrom::entries));
}

constexpr auto describe(wire::Type<SnapshotHead>) {
  return wire::record<52>("snapshot_head",
                          wire::field<1>("last_included_index", &SnapshotHead::last_included_index),
                          wire::field<2>("last_included_term", &SnapshotHead::last_included_term),
                          wire::field<3>("members", &SnapshotHead::members),
                          wire::field<4>("members_index", &SnapshotHead::members_index));
}

constexpr auto describe(wire::Type<SessionState>) {
  return wire::record<53>("session_state", wire::field<1>("session", &SessionState::session),
                          wire::field<2>("sequence", &SessionState::sequence),
                          wire::field<3>("answer", &SessionState::answer),
                          wire::field<4>("used_at", &SessionState::used_at));
}

constexpr auto describe(wire::Type<MachinePart>) {
  return wire::record<54>("machine_part", wire::field<1>("piece", &MachinePart::piece));
}

// ---- What a node is made from: 60 ---------------------------------------------------------------

constexpr auto describe(wire::Type<Config>) {
  return wire::record<60>(
      "config", wire::field<1>("self", &Config::self), wire::field<2>("members", &Config::members),
      wire::field<3>("election_timeout_ms", &Config::election_timeout_ms),
      wire::field<4>("heartbeat_ms", &Config::heartbeat_ms),
      wire::field<5>("request_timeout_ms", &Config::request_timeout_ms),
      wire::field<6>("max_entries", &Config::max_entries),
      wire::field<7>("max_message_bytes", &Config::max_message_bytes),
      wire::field<8>("max_in_flight", &Config::max_in_flight),
      wire::field<9>("max_waiting", &Config::max_waiting),
      wire::field<10>("machine", &Config::machine), wire::field<11>("pre_vote", &Config::pre_vote),
      wire::field<12>("check_quorum", &Config::check_quorum),
      wire::field<13>("lease_reads", &Config::lease_reads),
      wire::field<14>("max_members", &Config::max_members),
      wire::field<15>("max_sessions", &Config::max_sessions),
      wire::field<16>("snapshot_bytes", &Config::snapshot_bytes),
      wire::field<17>("keep_entries", &Config::keep_entries));
}

constexpr auto describe(wire::Type<Silence>) { return wire::record<61>("silence"); }

}  // namespace raft
