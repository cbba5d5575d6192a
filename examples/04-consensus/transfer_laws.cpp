// Of MemberLaws, what is about the lead that moves.
#include <algorithm>
#include <chrono>

#include "member_laws.hpp"

namespace raft {

namespace {

bool is_refusal(const std::optional<Result>& answer) {
  return answer && std::holds_alternative<Refused>(*answer);
}

}  // namespace

/// While the lead moves, and only then, for want of a leader.
void MemberLaws::see_changes_refused(const Step& step, const Node& node, const Asked& asked,
                                     const Added& added) {
  const bool changes = std::holds_alternative<ClientRequest>(asked.command) ||
                       std::holds_alternative<OpenSession>(asked.command);
  if (!changes) return;
  const std::optional<Result> answer = answer_to(asked.caller, step);
  if (node.move && (!is_refusal(answer) || !added.empty())) {
    broken("lead-moves-as-asked", step, "takes a change while it leaves the lead");
  }
  if (!node.move && answer == Result(Refused{Refusal::no_leader})) {
    broken("lead-moves-as-asked", step, "leads, leaves the lead to nobody, and refuses a change");
  }
}

void MemberLaws::see_transfer(const Step& step, Node& node, const Asked& asked,
                              const TransferLeadership& transfer) {
  std::optional<Result> due;
  if (transfer.to == step.raft.self()) {
    due = Done{};
  } else if (!has_vote(node.members.rbegin()->second, transfer.to)) {
    due = Refused{Refusal::invalid};
  } else if (node.move) {
    due = Refused{Refusal::transfer_failed};
  }
  if (answer_to(asked.caller, step) != due) {
    broken("lead-moves-as-asked", step,
           due ? "does not say at once why it goes on to lead"
               : "answers before it has left the lead");
  }
  if (due) return;
  const auto patience = std::chrono::milliseconds(config_.election_timeout_ms);
  node.move = Move{asked.caller, transfer.to, step.now.mono + patience};
}

/// Others may elect the one that was told, however short ago they have heard this one: so it needs
/// the answers of others to every question.
void MemberLaws::see_lease(const Step& step, const Node& node, const Asked& asked,
                           const ClientQuery& query) {
  const bool is_lost = node.told_in == node.term && query.consistency != Consistency::stale;
  if (!is_lost || node.members.rbegin()->second.voters.size() < 2) return;
  const std::optional<Result> answer = answer_to(asked.caller, step);
  if (!answer || !std::holds_alternative<Executed>(*answer)) return;
  broken("lead-moves-as-asked", step, "answers by itself when another may have come to lead");
}

void MemberLaws::see_closed(core::SessionId session, Node& node) {
  if (!node.move || !node.move->caller) return;
  const auto& [from, its_session, request] = *node.move->caller;
  if (from == core::NodeId{} && its_session == session.value) node.move->caller.reset();
}

/// A follower that may vote stands at once, when the order is of its term.
void MemberLaws::see_order(const Step& step, Node& node, const TimeoutNow& order) {
  const core::NodeId self = step.raft.self();
  const bool is_due = order.term == node.term && node.role == Role::follower &&
                      has_vote(node.members.rbegin()->second, self);
  const Term next{node.term.value + 1};
  if (is_due) node.ordered.insert(next);
  const auto votes_for_itself = [&](const core::Write<Protocol>& write) {
    return std::ranges::find(write.records, Record(TermAndVote{next, self})) != write.records.end();
  };
  const bool stands = step.raft.current_term() == next && step.raft.role() == Role::candidate &&
                      std::ranges::any_of(step.writes, votes_for_itself);
  const bool stays = step.raft.current_term() == node.term && step.raft.role() == node.role;
  if (is_due ? stands : stays) return;
  broken("lead-moves-as-asked", step,
         is_due ? "is told to stand, and does not" : "stands by an order that is not for it");
}

/// Its log only grows, so when it told the other it had no less than before the step.
void MemberLaws::see_told(const Step& step, Node& node) {
  for (const core::Send<Protocol>& sent : step.messages) {
    if (const RequestVote* request = std::get_if<RequestVote>(&sent.message)) {
      if (request->transfer == node.ordered.contains(request->term)) continue;
      broken("lead-moves-as-asked", step, "stands, and does not say rightly who wants it");
    }
    const TimeoutNow* order = std::get_if<TimeoutNow>(&sent.message);
    if (order == nullptr) continue;
    const bool is_due =
        node.move && !node.move->told && sent.to == node.move->to && order->term == node.term &&
        node.role == Role::leader &&
        (step.raft.role() != Role::leader || step.raft.match_index(sent.to) >= node.last_index);
    if (!is_due) return broken("lead-moves-as-asked", step, "tells one to stand that ought not to");
    node.move->told = true;
    node.told_in = node.term;
  }
}

void MemberLaws::see_move(const Step& step, Node& node) {
  if (!node.move) return;
  Move& move = *node.move;
  const Raft& raft = step.raft;
  const bool leads = raft.role() == Role::leader && raft.current_term() == node.term;
  const bool is_over =
      std::holds_alternative<core::Timeout>(step.input) && step.now.mono >= move.until;
  std::optional<Result> due;
  if (!leads) due = Done{};
  if (is_over) due = Refused{Refusal::transfer_failed};
  if (move.caller && answer_to(*move.caller, step) != due) {
    broken("lead-moves-as-asked", step,
           due ? "does not tell who asked what came of it"
               : "tells who asked that it is over, and it is not");
  }
  if (due) return node.move.reset();
  if (!move.told && raft.match_index(move.to) >= raft.log().last_index()) {
    broken("lead-moves-as-asked", step, "does not tell the other, which has everything, to stand");
  }
  const auto heartbeat = std::chrono::milliseconds(config_.heartbeat_ms);
  const std::optional<core::Instant> wakes = raft.next_timeout();
  if (!wakes || *wakes > std::max(step.now.mono, move.until) + heartbeat) {
    broken("lead-moves-as-asked", step, "may wait for ever for the other to lead");
  }
}

}  // namespace raft
