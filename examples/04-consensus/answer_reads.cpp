// The laws of questions: when a leader may answer them, and when it must.
#include <algorithm>
#include <chrono>
#include <variant>

#include "answer_laws.hpp"

namespace raft {

std::uint64_t AnswerLaws::highest_round(const Step& step) {
  std::uint64_t highest = 0;
  for (const core::Send<Protocol>& sent : step.messages) {
    const AppendEntries* const rpc = std::get_if<AppendEntries>(&sent.message);
    if (rpc != nullptr) highest = std::max(highest, rpc->round);
  }
  return highest;
}

/// A leader of whom no others are asked.
bool AnswerLaws::is_alone(const Members& members, core::NodeId leader) {
  return has_quorum(members, {leader});
}

/// A majority, the leader among it, has answered a later round.
bool AnswerLaws::is_confirmed(const Node& node, const Members& members, core::NodeId leader,
                              std::uint64_t round) {
  std::set<core::NodeId> agree = {leader};
  for (const auto& [voter, answered] : node.reign.answered) {
    if (answered > round) agree.insert(voter);
  }
  return has_quorum(members, agree);
}

/// The same, by what the others have taken.
bool AnswerLaws::is_taken(const Node& node, const Members& members, core::NodeId leader,
                          std::uint64_t round) const {
  std::set<core::NodeId> agree = {leader};
  const auto first = taken_.lower_bound({node.term, core::NodeId{}});
  for (auto taken = first; taken != taken_.end() && taken->first.first == node.term; ++taken) {
    if (taken->second > round) agree.insert(taken->first.second);
  }
  return has_quorum(members, agree);
}

void AnswerLaws::see_asked(Node& node, const Step& step, const Caller& caller,
                           const ClientQuery& query) {
  Open open{caller, For::question, patience(step.now)};
  open.index = std::max(node.commit, node.reign.first);
  open.key = query.query.key;
  open.round = node.round;
  node.open.push_back(std::move(open));
  asks_now_ = caller;
}

/// Answered, and by whom it ought to be.
void AnswerLaws::see_answers(Node& node, const Step& step) {
  std::erase_if(node.open, [&](const Open& open) {
    if (open.what != For::question) return false;
    const auto told = std::ranges::find(told_, open.caller, &Told::caller);
    if (told == told_.end()) return false;
    const Executed* const executed = std::get_if<Executed>(&told->result);
    if (executed == nullptr) return false;
    see_answer(node, step, open, *executed);
    told_.erase(told);
    return true;
  });
}

/// A step may commit entries, change the members, and answer in between.
void AnswerLaws::see_answer(const Node& node, const Step& step, const Open& question,
                            const Executed& told) {
  const Raft& raft = step.raft;
  const auto is_by_round = [&](const Members& members) {
    return is_confirmed(node, members, raft.self(), question.round) &&
           is_taken(node, members, raft.self(), question.round);
  };
  const Reign& reign = node.reign;
  const bool is_by_lease = config_.lease_reads && asks_now_ == question.caller &&
                           !reign.has_ordered && reign.may_until &&
                           step.now.mono < *reign.may_until;
  const bool is_good = is_by_lease || is_by_round(node.members) || is_by_round(raft.members());
  if (!is_good || raft.last_applied() < question.index) {
    const bool by_lease = config_.lease_reads && asks_now_ == question.caller;
    broken(by_lease ? "lease-is-kept" : "read-is-confirmed",
           name_of(raft.self()) + " answers a question, and cannot know that it still leads");
  }
  for (Index index = node.commit; index <= raft.last_applied(); ++index) {
    if (told.answer == replay_.answer_at(index, question.key)) return;
  }
  broken("answered-as-due", name_of(raft.self()) + " answers a question about " + question.key +
                                " by what its log does not tell");
}

// ---- Rounds -------------------------------------------------------------------------------------

void AnswerLaws::see_answered_round(Node& node, const Step& step, core::NodeId from,
                                    std::uint64_t round) {
  if (!node.leads || !belongs_to(node.members, from)) return;
  std::uint64_t& answered = node.reign.answered[from];
  answered = std::max(answered, round);
  serves_now_ = true;
  see_renewed(node, node.members, step.raft.self());
}

/// At the end of a step of one that still leads.
void AnswerLaws::see_rounds(Node& node, const Step& step) {
  const Raft& raft = step.raft;
  const std::uint64_t highest = highest_round(step);
  const bool begins = begins_round(node, step, highest);
  const auto is_asked_now = [&](const Open& open) {
    return open.what == For::question && asks_now_ == open.caller;
  };
  const auto asked_now = std::ranges::find_if(node.open, is_asked_now);
  if (asked_now != node.open.end()) see_waits(node, step, *asked_now, begins);
  if (serves_now_ || raft.commit_index() > node.commit) {
    see_served(node, raft, std::max(highest, node.round));
  }
  see_lease(node, step, begins ? highest : 0);
}

/// A number that was not sent before is that of a new round, which goes to everyone; or, in the
/// first message to one that has joined, of a round that the leader began when it had no others.
bool AnswerLaws::begins_round(const Node& node, const Step& step, std::uint64_t highest) {
  const core::NodeId self = step.raft.self();
  if (highest <= node.round || is_alone(node.members, self)) return false;
  for (const core::NodeId member : other_ids(step.raft.members(), self)) {
    const bool is_sent = std::ranges::any_of(step.messages, [&](const auto& sent) {
      const auto* const rpc = std::get_if<AppendEntries>(&sent.message);
      return rpc != nullptr && sent.to == member && rpc->round == highest;
    });
    if (is_sent) continue;
    if (node.had_no_others) return false;
    broken("rounds-are-shared", name_of(self) + " begins a round without " + name_of(member));
  }
  return true;
}

/// A question that came now, and was not answered.
void AnswerLaws::see_waits(const Node& node, const Step& step, const Open& question, bool begins) {
  const Raft& raft = step.raft;
  const Reign& reign = node.reign;
  const bool is_ready = question.index <= raft.last_applied();
  const bool has_lease = config_.lease_reads && reign.same_members && !reign.has_ordered &&
                         reign.lease_until && step.now.mono < *reign.lease_until;
  if (is_ready && has_lease) {
    broken("lease-is-kept", name_of(raft.self()) + " has a lease, and does not answer by it");
  }
  const bool one_under_way = std::ranges::any_of(node.open, [&](const Open& open) {
    return open.what == For::question && open.round < node.round;
  });
  const bool alone = is_alone(raft.members(), raft.self());
  if (is_ready && alone && !one_under_way) {
    broken("read-is-confirmed", name_of(raft.self()) + " needs nobody, and does not answer");
  }
  if (alone || begins != one_under_way) return;
  broken("rounds-are-shared",
         name_of(raft.self()) + (begins ? " begins a round while one is under way"
                                        : " has a question, and begins no round"));
}

/// Behind what may have confirmed a round, or applied enough.
void AnswerLaws::see_served(const Node& node, const Raft& raft, std::uint64_t round) {
  bool waits = false;
  bool is_begun = false;
  for (const Open& open : node.open) {
    if (open.what != For::question) continue;
    waits = true;
    is_begun = is_begun || open.round < round;
    if (open.index > raft.last_applied()) continue;
    if (!is_confirmed(node, raft.members(), raft.self(), open.round)) continue;
    broken("read-is-confirmed", name_of(raft.self()) + " knows that it leads, and does not answer");
  }
  if (!waits || is_begun || is_alone(raft.members(), raft.self())) return;
  broken("rounds-are-shared", name_of(raft.self()) + " has questions that no round is for");
}

// ---- Leases -------------------------------------------------------------------------------------

/// A majority may have answered a round. For how long a lease counts is told twice: as it must be,
/// by the round that was to renew it; and as it may be at most, by any.
void AnswerLaws::see_renewed(Node& node, const Members& members, core::NodeId leader) {
  Reign& reign = node.reign;
  const auto behind = [&](core::Instant at) {
    return at + std::chrono::milliseconds(config_.election_timeout_ms * 9 / 10);
  };
  const auto is_confirmed_round = [&](std::uint64_t round) {
    return is_confirmed(node, members, leader, round - 1);
  };
  if (reign.asked && is_confirmed_round(reign.asked->first)) {
    reign.lease_until = behind(reign.asked->second);
    reign.asked.reset();
  }
  while (!reign.begun_at.empty() && is_confirmed_round(reign.begun_at.begin()->first)) {
    const core::Instant until = behind(reign.begun_at.begin()->second);
    reign.may_until = std::max(reign.may_until.value_or(until), until);
    reign.begun_at.erase(reign.begun_at.begin());
  }
}

/// `begun`: the round that the step has begun, or 0.
void AnswerLaws::see_lease(Node& node, const Step& step, std::uint64_t begun) {
  if (!config_.lease_reads) return;
  Reign& reign = node.reign;
  if (begun > 0) {
    reign.begun_at[begun] = step.now.mono;
    if (!reign.asked) reign.asked = {begun, step.now.mono};
  }
  for (const core::Send<Protocol>& sent : step.messages) {
    if (std::holds_alternative<TimeoutNow>(sent.message)) reign.has_ordered = true;
  }
  const Members& members = step.raft.members();
  if (members != node.members) reign.same_members = false;
  if (!reign.same_members) see_renewed(node, members, step.raft.self());
  if (!is_alone(members, step.raft.self())) return;
  reign.same_members = false;
  reign.may_until = step.now.mono + std::chrono::milliseconds(config_.election_timeout_ms * 9 / 10);
}

}  // namespace raft
