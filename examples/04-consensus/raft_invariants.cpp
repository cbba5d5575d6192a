// What must hold in a node by itself, after every step. What must hold between nodes is in
// raft_laws.hpp.
#include <iterator>
#include <string>

#include "raft.hpp"

namespace raft {

core::Violation Raft::check_invariants(bool full) const {
  if (incarnation_ == 0) return {};
  if (log_.base_index() > commit_index_) return "what is not committed is gone from the log";
  if (last_applied_ != commit_index_) return "what is committed is not applied";
  if (commit_index_ > log_.last_index()) return "more is committed than there is";
  if (log_.last_term() > current_term_) return "the log has an entry of a term to come";
  if (waiting() > config_.max_waiting) return "too many wait";
  if (persisted_ > last_write_) return "more is durable than was written";
  if (const auto violation = check_role()) return violation;
  if (const auto violation = check_progress()) return violation;
  if (const auto violation = check_written()) return violation;
  return full ? check_log() : core::Violation{};
}

core::Violation Raft::check_role() const {
  if (role_ != Role::candidate && !votes_.empty()) return "votes are counted without an election";
  if (role_ != Role::follower && !pre_votes_.empty()) return "who stands asks no more whether to";
  if (role_ != Role::follower && voted_for_ != config_.self) return "a candidate's vote is its own";
  if ((role_ == Role::leader) != (leader_ == config_.self)) return "a leader knows that it leads";
  if (role_ != Role::leader && !reads_.empty()) return "questions wait for one that does not lead";
  if (role_ == Role::leader && !log_.has(term_start_, current_term_)) {
    return "a leader's term has no beginning";
  }
  return {};
}

core::Violation Raft::check_progress() const {
  if (progress_.empty() != (role_ != Role::leader)) return "only a leader knows others' logs";
  for (const auto& [node, progress] : progress_) {
    const std::string name = "node " + std::to_string(node.value);
    if (progress.match_index >= progress.next_index) return name + " is sent what it has";
    if (progress.match_index > log_.last_index()) return name + " has more than the leader";
    if (progress.next_index > log_.last_index() + 1) return name + " is sent what there is not";
    if (progress.in_flight.size() > config_.max_in_flight) return name + " is sent too much";
    if (progress.round > round_) return name + " answers a round to come";
  }
  return {};
}

/// What is known of the writes reaches as far back as the log does, and by one farther, for the
/// last stays when the log is empty.
core::Violation Raft::check_written() const {
  const Index first = log_.base_index() + 1;
  const auto before = std::distance(written_at_.begin(), written_at_.upper_bound(first));
  if (before > 2) return "writes are remembered that hold nothing of the log";
  if (before == 0 && log_.last_index() >= first) return "an entry is in no write";
  if (!written_at_.empty() && written_at_.rbegin()->first > log_.last_index()) {
    return "a write is remembered for an entry that is gone";
  }
  return {};
}

core::Violation Raft::check_log() const {
  std::size_t changes = 0;
  for (Index index = log_.base_index() + 1; index <= log_.last_index(); ++index) {
    if (log_.term_at(index) < log_.term_at(index - 1)) return "terms go back in the log";
    if (std::holds_alternative<Members>(log_.at(index).payload)) ++changes;
  }
  if (membership_.size() != changes + 1) return "members are remembered that the log tells not of";
  return {};
}

}  // namespace raft
