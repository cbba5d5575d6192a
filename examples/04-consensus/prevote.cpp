// A cluster that is not disturbed by a node that it lost: pre-vote and check-quorum, sections 9.6
// and 6.2 of the dissertation.
//
// A node that is cut off stands for election again and again, and comes back with a high term. All
// others must enter it, and lose a leader that did its work. With pre-vote a node asks first, and
// whoever hears a leader says no: it stays in its term. A leader that is cut off, on the other
// side, should not go on as if it led: with check-quorum it gives up, and its clients look
// elsewhere.
#include <algorithm>
#include <chrono>

#include "raft.hpp"

namespace raft {

void Raft::stand_for_election(const core::Now& now, Decisions& out) {
  leader_ = core::NodeId{};
  if (!may_stand()) return reset_election_timer(now);
  if (!config_.pre_vote) return start_election(now, false, out);
  become_follower(now, out);
  reset_election_timer(now);
  pre_votes_ = {config_.self};
  if (is_quorum(pre_votes_)) return start_election(now, false, out);
  const RequestPreVote request{Term{current_term_.value + 1}, log_.last_index(), log_.last_term()};
  for (const core::Peer& member : everyone(members())) {
    if (member.id != config_.self) say_at_once(member.id, request, out);
  }
}

/// Nothing is promised, so nothing is written down.
void Raft::on_request_pre_vote(const core::Now& now, core::NodeId from,
                               const RequestPreVote& request, Decisions& out) {
  const bool granted = request.term > current_term_ && !hears_a_leader(now) &&
                       log_.is_covered_by(request.last_log_index, request.last_log_term);
  say(from, PreVoted{current_term_, request.term, granted}, out);
}

void Raft::on_pre_voted(const core::Now& now, core::NodeId from, const PreVoted& voted,
                        Decisions& out) {
  see_term(now, voted.term, out);
  const bool is_current = !pre_votes_.empty() && voted.asked_term.value == current_term_.value + 1;
  if (!is_current || !voted.granted) return;
  pre_votes_.insert(from);
  if (is_quorum(pre_votes_)) start_election(now, false, out);
}

/// With lease reads a node that has restarted cannot know what it has heard: so it waits as if.
bool Raft::hears_a_leader(const core::Now& now) const {
  if (role_ == Role::leader) return true;
  const core::Duration near = std::chrono::milliseconds(config_.election_timeout_ms);
  const bool may_hear = leader_ != core::NodeId{} || config_.lease_reads;
  return may_hear && now.mono < heard_at_ + near;
}

/// By a node that was removed, and was not told; it cannot win, and must not depose a leader whom
/// this node hears (section 4.2.3).
bool Raft::is_disturbed_by(const core::Now& now, const RequestVote& request) const {
  const bool is_asked_to_be_steady = config_.check_quorum || config_.lease_reads;
  return is_asked_to_be_steady && !request.transfer && hears_a_leader(now);
}

/// The time in which others may have found another leader.
void Raft::check_quorum(const core::Now& now, Decisions& out) {
  if (!config_.check_quorum) return;
  const core::Duration near = std::chrono::milliseconds(2 * config_.election_timeout_ms);
  std::set<core::NodeId> heard = {config_.self};
  for (const auto& [node, progress] : progress_) {
    if (now.mono < progress.heard_at + near) heard.insert(node);
  }
  if (is_quorum(heard)) return;
  leader_ = core::NodeId{};
  become_follower(now, out);
}

}  // namespace raft
