// How each message of messages.hpp is written: its names in JSON, its numbers in the binary form. A
// number, once released, keeps its meaning for ever; what is new takes a new one.
#pragma once

#include "kv_wire.hpp"
#include "messages.hpp"
#include "wire/type.hpp"

namespace raft {

// ---- The log: 1 to 9 ----------------------------------------------------------------------------

constexpr auto describe(wire::Type<Nothing>) { return wire::record<1>("nothing"); }

constexpr auto describe(wire::Type<Change>) {
  return wire::record<2>("change", wire::field<1>("operation", &Change::operation));
}

constexpr auto describe(wire::Type<Entry>) {
  return wire::record<3>("entry", wire::field<1>("term", &Entry::term),
                         wire::field<2>("payload", &Entry::payload));
}

// ---- Between nodes: 10 to 29 --------------------------------------------------------------------

constexpr auto describe(wire::Type<RequestVote>) {
  return wire::record<10>("request_vote", wire::field<1>("term", &RequestVote::term),
                          wire::field<2>("last_log_index", &RequestVote::last_log_index),
                          wire::field<3>("last_log_term", &RequestVote::last_log_term));
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

// ---- Commands and results: 30 to 49 -------------------------------------------------------------

constexpr auto describe(wire::Type<ClientRequest>) {
  return wire::record<30>("client_request", wire::field<1>("operation", &ClientRequest::operation));
}

constexpr auto describe(wire::Type<Consistency>) {
  return wire::enumeration(wire::value<1>("linearizable", Consistency::linearizable),
                           wire::value<2>("stale", Consistency::stale));
}

constexpr auto describe(wire::Type<ClientQuery>) {
  return wire::record<31>("client_query", wire::field<1>("query", &ClientQuery::query),
                          wire::field<2>("consistency", &ClientQuery::consistency));
}

constexpr auto describe(wire::Type<Executed>) {
  return wire::record<40>("executed", wire::field<1>("answer", &Executed::answer));
}

constexpr auto describe(wire::Type<Refusal>) {
  return wire::enumeration(wire::value<1>("no_leader", Refusal::no_leader),
                           wire::value<2>("not_carried_out", Refusal::not_carried_out),
                           wire::value<3>("too_busy", Refusal::too_busy),
                           wire::value<4>("invalid", Refusal::invalid),
                           wire::value<5>("no_room", Refusal::no_room));
}

constexpr auto describe(wire::Type<Refused>) {
  return wire::record<41>("refused", wire::field<1>("reason", &Refused::reason));
}

constexpr auto describe(wire::Type<Unknown>) { return wire::record<42>("unknown"); }

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
      wire::field<12>("check_quorum", &Config::check_quorum));
}

constexpr auto describe(wire::Type<Silence>) { return wire::record<61>("silence"); }

}  // namespace raft
