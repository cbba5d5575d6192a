// The leader leaves its place to another node: section 3.10 of the dissertation.
//
// It takes no more changes, sees to it that the other has the whole log, and tells it to stand for
// election at once. If nothing comes of that within a time-out, it goes on to lead.
#include <chrono>

#include "raft.hpp"

namespace raft {

void Raft::transfer(const core::Now& now, const Caller& caller, const TransferLeadership& transfer,
                    Decisions& out) {
  if (transfer.to == config_.self) return answer(caller, Done{}, out);
  if (!is_voter(members(), transfer.to)) return answer(caller, Refused{Refusal::invalid}, out);
  if (transfer_) return answer(caller, Refused{Refusal::transfer_failed}, out);
  const auto patience = std::chrono::milliseconds(config_.election_timeout_ms);
  transfer_ = Transfer{caller, transfer.to, now.mono + patience, false};
  hand_over(out);
}

/// When the other has everything it wins the election, for its log is as long as any.
void Raft::hand_over(Decisions& out) {
  if (!transfer_ || transfer_->told) return;
  const auto progress = progress_.find(transfer_->to);
  if (progress == progress_.end() || progress->second.match_index < log_.last_index()) return;
  transfer_->told = true;
  lease_lost_ = true;
  say_at_once(transfer_->to, TimeoutNow{current_term_}, out);
}

void Raft::on_timeout_now(const core::Now& now, const TimeoutNow& order, Decisions& out) {
  const bool is_due = order.term == current_term_ && role_ == Role::follower;
  if (is_due && is_voter(members(), config_.self)) start_election(now, true, out);
}

void Raft::give_up_transfer(const core::Now& now, Decisions& out) {
  if (transfer_ && now.mono >= transfer_->until) {
    end_transfer(Refused{Refusal::transfer_failed}, out);
  }
}

void Raft::end_transfer(const Result& result, Decisions& out) {
  const std::optional<Transfer> ended = std::exchange(transfer_, {});
  if (ended && ended->caller) answer(*ended->caller, result, out);
}

}  // namespace raft
