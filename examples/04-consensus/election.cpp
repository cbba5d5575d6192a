// Leader election: sections 5.1, 5.2 and 5.4.1 of the paper.
#include <chrono>

#include "core/require.hpp"
#include "raft.hpp"

namespace raft {

/// Figure 2, rules for all servers: whoever hears of a later term enters it as a follower.
void Raft::see_term(const core::Now& now, Term term, Decisions& out) {
  if (term <= current_term_) return;
  enter_term(term, core::NodeId{}, out);
  become_follower(now, out);
}

void Raft::enter_term(Term term, core::NodeId voted_for, Decisions& out) {
  current_term_ = term;
  voted_for_ = voted_for;
  leader_ = core::NodeId{};
  out.records.push_back(TermAndVote{current_term_, voted_for_});
  end_forwards(out);
}

/// A follower's timer runs on: a candidate that gets no vote must not keep it from standing itself.
void Raft::become_follower(const core::Now& now, Decisions& out) {
  if (role_ != Role::follower) reset_election_timer(now);
  role_ = Role::follower;
  votes_.clear();
  pre_votes_.clear();
  progress_.clear();
  seen_.clear();
  refuse_reads(out);
  end_transfer(Done{}, out);
}

void Raft::start_election(const core::Now& now, bool transfer, Decisions& out) {
  enter_term(Term{current_term_.value + 1}, config_.self, out);
  role_ = Role::candidate;
  votes_.clear();
  pre_votes_.clear();
  reset_election_timer(now);
  const RequestVote request{current_term_, log_.last_index(), log_.last_term(), transfer};
  for (const core::Peer& member : everyone(members())) {
    if (member.id != config_.self) say(member.id, request, out);
  }
  say(config_.self, Voted{current_term_, true}, out);
}

void Raft::on_request_vote(const core::Now& now, core::NodeId from, const RequestVote& request,
                           Decisions& out) {
  if (is_disturbed_by(now, request)) return;
  see_term(now, request.term, out);
  const bool is_current = request.term == current_term_;
  const bool is_free = voted_for_ == core::NodeId{} || voted_for_ == from;
  const bool granted =
      is_current && is_free && log_.is_covered_by(request.last_log_index, request.last_log_term);
  if (granted && voted_for_ != from) {
    voted_for_ = from;
    out.records.push_back(TermAndVote{current_term_, voted_for_});
    reset_election_timer(now);
  }
  say(from, Voted{current_term_, granted}, out);
}

void Raft::on_voted(const core::Now& now, core::NodeId from, const Voted& voted, Decisions& out) {
  see_term(now, voted.term, out);
  if (role_ != Role::candidate || voted.term != current_term_ || !voted.granted) return;
  votes_.insert(from);
  if (is_quorum(votes_)) become_leader(now, out);
}

void Raft::become_leader(const core::Now& now, Decisions& out) {
  role_ = Role::leader;
  leader_ = config_.self;
  votes_.clear();
  begin_progress(now, config_.self);
  for (const core::Peer& member : everyone(members())) begin_progress(now, member.id);
  lease_round_ = 0;
  lease_until_ = {};
  lease_lost_ = false;
  append(now, Nothing{}, out);
  term_start_ = log_.last_index();
  send_to_all(out);
  heartbeat_deadline_ = now.mono + std::chrono::milliseconds(config_.heartbeat_ms);
}

/// Up to twice as long by chance, so that two seldom stand at the same time (section 5.2).
void Raft::reset_election_timer(const core::Now& now) {
  const std::uint64_t ms = config_.election_timeout_ms;
  const auto wait = static_cast<std::int64_t>(ms + prng_.below(ms + 1));
  election_deadline_ = now.mono + std::chrono::milliseconds(wait);
}

}  // namespace raft
