#include "story.hpp"

#include <algorithm>
#include <vector>

#include "core/overloaded.hpp"

namespace raft {

namespace {

Teller& the_teller() {
  static Teller teller;
  return teller;
}

std::string in_term(Term term) { return "term " + std::to_string(term.value) + "  "; }

std::string name(core::NodeId node) { return "node " + std::to_string(node.value); }

/// "node 2, node 3 and node 4".
std::string names(const std::vector<core::NodeId>& nodes) {
  std::string text;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (i > 0) text += i + 1 < nodes.size() ? ", " : " and ";
    text += name(nodes[i]);
  }
  return text;
}

std::vector<core::NodeId> ids_of(const std::vector<core::Peer>& peers) {
  std::vector<core::NodeId> ids;
  for (const core::Peer& peer : peers) ids.push_back(peer.id);
  return ids;
}

std::string line_of_members(Index index, const Members& members) {
  std::string line = "members from entry " + std::to_string(index) +
                     " on: " + names(ids_of(members.voters)) +
                     (members.voters.size() == 1 ? " votes" : " vote");
  if (!members.learners.empty()) {
    line += "; " + names(ids_of(members.learners)) +
            (members.learners.size() == 1 ? " learns" : " learn");
  }
  if (!members.outgoing.empty()) {
    line += "; until all agree on it, " + names(ids_of(members.outgoing)) + " must agree, too";
  }
  return line;
}

/// To whom this step sends a message of this kind.
template <class M>
std::vector<core::NodeId> receivers(const Ready& ready, std::size_t first) {
  std::vector<core::NodeId> nodes;
  for (std::size_t i = first; i < ready.messages.size(); ++i) {
    if (std::holds_alternative<M>(ready.messages[i].message)) nodes.push_back(ready.messages[i].to);
  }
  return nodes;
}

/// The message of this kind that the input is, if it is one.
template <class M>
const M* received(const Input& input) {
  const auto* receive = std::get_if<core::Receive<Protocol>>(&input);
  return receive == nullptr ? nullptr : std::get_if<M>(&receive->message);
}

core::NodeId sender_of(const Input& input) {
  const auto* receive = std::get_if<core::Receive<Protocol>>(&input);
  return receive == nullptr ? core::NodeId{} : receive->from;
}

}  // namespace

void ToldRaft::tell(Teller teller) { the_teller() = std::move(teller); }

void ToldRaft::step(const core::Now& now, const Input& input, Ready& ready) noexcept {
  const Before before{role(), current_term(), leader()};
  if (const auto* start = std::get_if<core::Start<Protocol>>(&input)) remember(start->recovered);
  const core::NodeId from = sender_of(input);
  if (const auto* request = received<RequestVote>(input)) judge(from, *request);
  if (const auto* request = received<RequestPreVote>(input)) judge(from, *request);
  const std::size_t first_write = ready.writes.size();
  const std::size_t first_message = ready.messages.size();
  Raft::step(now, input, ready);
  for (std::size_t i = first_write; i < ready.writes.size(); ++i) {
    tell_of_write(ready.writes[i], input);
  }
  tell_of_state(before, input);
  tell_of_messages(input, ready, first_message);
  if (std::holds_alternative<core::Start<Protocol>>(input)) {
    add("starts; its log goes up to entry " + std::to_string(log().last_index()));
  }
  const auto* persisted = std::get_if<core::Persisted>(&input);
  if (persisted != nullptr && persisted->lane == core::Lane::control) persisted_ = persisted->seq;
  turn_pages();
  if (persisted == nullptr || persisted->lane != core::Lane::bulk) return;
  while (!bulk_pages_.empty() && bulk_pages_.front().after <= persisted->seq) {
    if (the_teller()) the_teller()(bulk_pages_.front().line);
    bulk_pages_.pop_front();
  }
}

void ToldRaft::remember(const core::Recovered<Protocol>& recovered) {
  written_ = recovered.last_control;
  persisted_ = written_;
  for (const core::Write<Protocol>& write : recovered.log) {
    for (const Record& record : write.records) {
      const LogFrom* part = std::get_if<LogFrom>(&record);
      if (part == nullptr) continue;
      if (members_index_ >= part->first) members_index_ = 0;
      for (std::size_t i = 0; i < part->entries.size(); ++i) {
        if (std::holds_alternative<Members>(part->entries[i].payload)) {
          members_index_ = part->first + i;
        }
      }
    }
  }
}

// ---- Why not: from the state before the step, for that is what the core judges by ---------------

void ToldRaft::judge(core::NodeId from, const RequestVote& request) {
  std::string& why = why_no_vote_[from];
  const bool has_voted = request.term == current_term() && voted_for() != core::NodeId{};
  if (request.term < current_term()) {
    why = "that node is behind, in term " + std::to_string(request.term.value);
  } else if (has_voted && voted_for() != from) {
    why = "the vote of this term has gone to " + name(voted_for());
  } else if (!log().is_covered_by(request.last_log_index, request.last_log_term)) {
    why = "its log lacks entries that this one has";
  } else {
    why = "a leader is heard";
  }
}

void ToldRaft::judge(core::NodeId from, const RequestPreVote& request) {
  std::string& why = why_no_pre_vote_[from];
  if (request.term <= current_term()) {
    why = "that term is not ahead of this one";
  } else if (!log().is_covered_by(request.last_log_index, request.last_log_term)) {
    why = "its log lacks entries that this one has";
  } else {
    why = leader() == core::NodeId{} ? "a leader is heard" : name(leader()) + " leads";
  }
}

// ---- What goes to disk --------------------------------------------------------------------------

void ToldRaft::tell_of_write(const core::Write<Protocol>& write, const Input& input) {
  for (const Record& record : write.records) {
    if (const auto* head = std::get_if<SnapshotHead>(&record)) {
      snapshot_index_ = head->last_included_index;
    }
  }
  if (write.lane == core::Lane::control) {
    written_ = write.seq;
    for (const Record& record : write.records) {
      if (const auto* part = std::get_if<LogFrom>(&record)) tell_of_log(*part);
    }
  } else if (write.kind == core::WriteKind::commit) {
    const bool is_others = received<InstallSnapshot>(input) != nullptr;
    const std::string whose = is_others ? "takes over a snapshot of " + name(sender_of(input))
                                        : std::string("keeps a snapshot");
    bulk_pages_.push_back({write.seq, in_term(current_term()) + whose +
                                          " in place of the log up to entry " +
                                          std::to_string(snapshot_index_)});
  }
}

void ToldRaft::tell_of_log(const LogFrom& part) {
  if (members_index_ >= part.first) {
    add("the members of entry " + std::to_string(members_index_) +
        " are taken back: another leader's entry is in its place");
    members_index_ = 0;
  }
  for (std::size_t i = 0; i < part.entries.size(); ++i) {
    const auto* members = std::get_if<Members>(&part.entries[i].payload);
    if (members == nullptr) continue;
    members_index_ = part.first + i;
    add(line_of_members(members_index_, *members));
  }
}

// ---- Who leads ----------------------------------------------------------------------------------

void ToldRaft::tell_of_state(const Before& before, const Input& input) {
  const bool was_leader = before.role == Role::leader;
  if (was_leader && role() != Role::leader) add(end_of_leadership(before, input));
  if (before.role == Role::candidate && role() == Role::follower) {
    add(current_term() == before.term ? "is a candidate no more: another has won"
                                      : "is a candidate no more: a later term has begun");
  }
  if (role() == Role::leader && !was_leader) add("leads the cluster");
  const bool is_new = leader() != before.leader || current_term() != before.term;
  if (is_new && leader() != core::NodeId{} && leader() != self()) add("follows " + name(leader()));
}

std::string ToldRaft::end_of_leadership(const Before& before, const Input& input) const {
  if (current_term() == before.term) {
    return is_voter(members(), self()) ? "leads no more: no majority answers it"
                                       : "leads no more: it is no member any more";
  }
  const core::NodeId from = sender_of(input);
  return "leads no more: term " + std::to_string(current_term().value) + " has begun" +
         (from == core::NodeId{} ? std::string() : ", says " + name(from));
}

void ToldRaft::tell_of_messages(const Input& input, const Ready& ready, std::size_t first) {
  if (received<TimeoutNow>(input) != nullptr) {
    add("is to stand for election at once: " + name(sender_of(input)) + " leaves it the lead");
  }
  tell_of_elections(ready, first, std::holds_alternative<core::Timeout>(input));
  for (std::size_t i = first; i < ready.messages.size(); ++i) tell_of_message(ready.messages[i]);
}

void ToldRaft::tell_of_elections(const Ready& ready, std::size_t first, bool in_time_out) {
  if (const auto asked = receivers<RequestPreVote>(ready, first); !asked.empty()) {
    add(std::string(in_time_out ? "hears no leader: " : "") + "asks " + names(asked) +
        " whether they would vote for it");
  }
  if (const auto asked = receivers<RequestVote>(ready, first); !asked.empty()) {
    add("is a candidate: asks " + names(asked) + " for their votes");
  }
}

void ToldRaft::tell_of_message(const core::Send<Protocol>& sent) {
  const std::string to = name(sent.to);
  std::visit(core::Overloaded{
                 [&](const Voted& voted) {
                   add(voted.granted ? "votes for " + to
                                     : "gives " + to + " no vote: " + why_no_vote_[sent.to]);
                 },
                 [&](const PreVoted& voted) {
                   add(voted.granted
                           ? "would vote for " + to
                           : "would not vote for " + to + ": " + why_no_pre_vote_[sent.to]);
                 },
                 [&](const InstallSnapshot& part) {
                   if (part.offset > 0) return;
                   add("sends " + to + " a snapshot of the log up to entry " +
                       std::to_string(part.last_included_index));
                 },
                 [&](const TimeoutNow&) { add("leaves the lead to " + to); },
                 [](const auto&) {},  // entries, heartbeats, requests: too many to tell
             },
             sent.message);
}

// ---- Pages --------------------------------------------------------------------------------------

void ToldRaft::add(const std::string& line) {
  pages_.push_back({written_, in_term(current_term()) + line});
}

void ToldRaft::turn_pages() {
  while (!pages_.empty() && pages_.front().after <= persisted_) {
    if (the_teller()) the_teller()(pages_.front().line);
    pages_.pop_front();
  }
}

}  // namespace raft
