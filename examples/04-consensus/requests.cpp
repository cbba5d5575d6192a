// Clients: any node takes their commands, and the leader carries them out.
#include <algorithm>
#include <chrono>

#include "core/overloaded.hpp"
#include "raft.hpp"

namespace raft {

void Raft::handle(const core::Now& now, const Caller& caller, const Command& command,
                  Decisions& out) {
  const ClientQuery* query = std::get_if<ClientQuery>(&command);
  if (query != nullptr && query->consistency == Consistency::stale) {
    return answer(caller, Executed{machine_.ask(query->query)}, out);
  }
  if (const auto reason = refusal_of(command)) return answer(caller, Refused{*reason}, out);
  if (role_ == Role::leader) return carry_out(now, caller, command, out);
  const Client* client = std::get_if<Client>(&caller);
  if (client == nullptr || leader_ == core::NodeId{}) {
    return answer(caller, Refused{Refusal::no_leader}, out);
  }
  forward(now, *client, command, out);
}

std::optional<Refusal> Raft::refusal_of(const Command& command) const {
  if (waiting() >= config_.max_waiting) return Refusal::too_busy;
  const ClientRequest* request = std::get_if<ClientRequest>(&command);
  if (request != nullptr) {
    const bool is_numbered = !request->once || request->once->sequence > 0;
    if (!is_numbered || !is_valid(request->operation, config_.machine)) return Refusal::invalid;
  }
  const bool grows = request != nullptr || std::holds_alternative<OpenSession>(command);
  if (grows && role_ == Role::leader && !room_) return Refusal::no_room;
  return {};
}

/// This node leads.
void Raft::carry_out(const core::Now& now, const Caller& caller, const Command& command,
                     Decisions& out) {
  std::visit(core::Overloaded{
                 [&](const ClientQuery& query) { read(now, caller, query, out); },
                 [&](const ClientRequest& request) {
                   propose(now, caller, Change{request.operation, request.once}, out);
                 },
                 [&](const OpenSession& open) { propose(now, caller, open, out); },
                 [&](const ChangeMembers& change) { change_members(now, caller, change, out); },
                 [&](const TransferLeadership& asked) { transfer(now, caller, asked, out); },
             },
             command);
}

void Raft::propose(const core::Now& now, const Caller& caller, Payload payload, Decisions& out) {
  if (transfer_) return answer(caller, Refused{Refusal::no_leader}, out);
  append(now, std::move(payload), out);
  proposals_.insert({{log_.last_index(), current_term_}, {caller, patience(now)}});
  send_to_all(out);
}

/// The entry at `index` is committed. Whoever proposed it has the answer. Whoever proposed another
/// one for its place has one, too: that will never be.
void Raft::answer_proposals(Index index, const Result& result, Decisions& out) {
  const Term term = log_.term_at(index);
  auto proposal = proposals_.lower_bound({index, Term{}});
  while (proposal != proposals_.end() && proposal->first.first == index) {
    const bool is_it = proposal->first.second == term;
    answer(proposal->second.caller, is_it ? result : Result(Refused{Refusal::not_carried_out}),
           out);
    proposal = proposals_.erase(proposal);
  }
}

/// A snapshot has taken the place of the entries, so nobody can tell which they were.
void Raft::forget_proposals(Decisions& out) {
  const auto first_left = proposals_.lower_bound({last_applied_ + 1, Term{}});
  for (auto proposal = proposals_.begin(); proposal != first_left; ++proposal) {
    answer(proposal->second.caller, Unknown{}, out);
  }
  proposals_.erase(proposals_.begin(), first_left);
}

// ---- From another node --------------------------------------------------------------------------

void Raft::forward(const core::Now& now, const Client& client, const Command& command,
                   Decisions& out) {
  const ForwardId id{incarnation_, ++last_forward_};
  const bool changes = !std::holds_alternative<ClientQuery>(command);
  const bool transfers = std::holds_alternative<TransferLeadership>(command);
  pending_.insert({id.number, {client, changes, transfers, patience(now)}});
  say_at_once(leader_, Forward{current_term_, id, command}, out);
}

/// A message may come twice, and must not be carried out twice: not even if its sender was removed
/// and came back in between. Nor may the second, when this node no longer leads, be refused as if
/// the first had not been carried out.
void Raft::on_forward(const core::Now& now, core::NodeId from, const Forward& forward,
                      Decisions& out) {
  const Caller caller = Forwarder{from, forward.id};
  if (progress_of(now, from, forward.term) == nullptr) return answer(caller, Unknown{}, out);
  std::set<ForwardId>& seen = seen_[from];
  const bool is_too_old = seen.size() == config_.max_waiting && forward.id < *seen.begin();
  if (is_too_old || !seen.insert(forward.id).second) return;
  if (seen.size() > config_.max_waiting) seen.erase(seen.begin());
  handle(now, caller, forward.command, out);
}

void Raft::on_forwarded(const Forwarded& forwarded, Decisions& out) {
  if (forwarded.id.incarnation != incarnation_) return;
  const auto pending = pending_.find(forwarded.id.number);
  if (pending == pending_.end()) return;
  const bool is_known = !std::holds_alternative<Unknown>(forwarded.result);
  answer(pending->second.client, is_known ? forwarded.result : without_answer(pending->second),
         out);
  pending_.erase(pending);
}

/// The term is over in which they were forwarded, and so is its leader's reign: perhaps it has
/// died, and its clients need not wait for it. A transfer of the leadership is to end the term, so
/// its answer may still be on the way.
void Raft::end_forwards(Decisions& out) {
  std::erase_if(pending_, [&](const auto& entry) {
    if (entry.second.transfers) return false;
    answer(entry.second.client, without_answer(entry.second), out);
    return true;
  });
}

/// A question has changed nothing, whatever became of it.
Result Raft::without_answer(const Pending& pending) {
  return pending.changes ? Result(Unknown{}) : Result(Refused{Refusal::no_leader});
}

// ---- Answers ------------------------------------------------------------------------------------

/// Until when a caller waits for what begins now.
core::Instant Raft::patience(const core::Now& now) {
  const core::Instant until = now.mono + std::chrono::milliseconds(config_.request_timeout_ms);
  if (!patience_deadline_) patience_deadline_ = until;
  return until;
}

void Raft::give_up_waiting(const core::Now& now, Decisions& out) {
  if (!patience_deadline_ || now.mono < *patience_deadline_) return;
  patience_deadline_.reset();
  const auto is_over = [&](core::Instant until) {
    if (until <= now.mono) return true;
    patience_deadline_ = patience_deadline_ ? std::min(*patience_deadline_, until) : until;
    return false;
  };
  std::erase_if(proposals_, [&](const auto& entry) {
    if (!is_over(entry.second.until)) return false;
    answer(entry.second.caller, Unknown{}, out);
    return true;
  });
  std::erase_if(reads_, [&](const Read& waiting) {
    if (!is_over(waiting.until)) return false;
    answer(waiting.caller, Refused{Refusal::no_leader}, out);
    return true;
  });
  std::erase_if(pending_, [&](const auto& entry) {
    if (!is_over(entry.second.until)) return false;
    answer(entry.second.client, without_answer(entry.second), out);
    return true;
  });
}

void Raft::answer(const Caller& caller, const Result& result, Decisions& out) {
  std::visit(core::Overloaded{
                 [&](const Client& client) {
                   out.ready.replies.push_back({client.session, client.request, result});
                 },
                 [&](const Forwarder& forwarder) {
                   say_at_once(forwarder.node, Forwarded{forwarder.id, result}, out);
                 },
             },
             caller);
}

}  // namespace raft
