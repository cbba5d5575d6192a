// Reads that write nothing into the log, and are linearizable all the same: ReadIndex, section 6.4
// of the dissertation (Ongaro, "Consensus: Bridging Theory and Practice", 2014).
//
// A leader may have been deposed without knowing. So a question waits for a round: a message to all
// followers, sent after the question came, and answered by a majority. Then this node was the
// leader at some time after the question, and what was committed before it was committed by this
// node. One round confirms all the questions that came before it; those that come while it is under
// way wait for the next.
//
// Lease reads (section 6.4.1) save even the round: followers that have heard a leader elect no
// other for a time-out, so for a little less than that a leader answers by itself. What that risks:
// it is true only while clocks run at about the same rate and while nothing happens between the
// look at the clock and the answer. A pause there, and the answer is old.
#include <algorithm>
#include <chrono>

#include "raft.hpp"

namespace raft {

void Raft::read(const core::Now& now, const Caller& caller, const ClientQuery& query,
                Decisions& out) {
  // A new leader knows that all of the terms before is committed when its own first entry is.
  const Index read_index = std::max(commit_index_, term_start_);
  if (has_lease(now) && read_index <= last_applied_) {
    return answer(caller, Executed{machine_.ask(query.query)}, out);
  }
  const bool one_under_way = !reads_.empty() && reads_.front().round != 0;
  reads_.push_back({caller, query.query, read_index, 0, patience(now)});
  if (!one_under_way) begin_round(now, out);
}

/// Each message to a follower carries the round's number, and so does its answer.
void Raft::begin_round(const core::Now& now, Decisions& out) {
  progress_.at(config_.self).round = ++round_;
  ask_for_lease(now);
  for (Read& read : reads_) {
    if (read.round == 0) read.round = round_;
  }
  for (const auto& [node, progress] : progress_) {
    if (node != config_.self) send(node, progress.next_index - 1, {}, out);
  }
  serve_reads(now, out);
}

void Raft::serve_reads(const core::Now& now, Decisions& out) {
  if (reads_.empty() && lease_round_ == 0) return;
  const std::uint64_t confirmed = reached_by_quorum(&Progress::round);
  renew_lease(confirmed);
  while (!reads_.empty()) {
    const Read& read = reads_.front();
    if (read.round == 0 || read.round > confirmed || read.read_index > last_applied_) break;
    answer(read.caller, Executed{machine_.ask(read.query)}, out);
    reads_.pop_front();
  }
  if (!reads_.empty() && reads_.front().round == 0) begin_round(now, out);
}

// ---- Leases -------------------------------------------------------------------------------------

/// Not once another node was told that it may stand at once: then the others vote at once, too.
bool Raft::has_lease(const core::Now& now) const {
  return config_.lease_reads && now.mono < lease_until_ && !lease_lost_;
}

/// From when a round is sent the lease counts, for then all who answer have heard it later.
void Raft::ask_for_lease(const core::Now& now) {
  if (!config_.lease_reads || lease_round_ != 0) return;
  lease_round_ = round_;
  lease_asked_at_ = now.mono;
}

void Raft::renew_lease(std::uint64_t confirmed) {
  if (lease_round_ == 0 || confirmed < lease_round_) return;
  lease_round_ = 0;
  // A tenth less than they wait, for clocks do not run alike.
  lease_until_ = lease_asked_at_ + std::chrono::milliseconds(config_.election_timeout_ms * 9 / 10);
}

/// A leader that was deposed cannot answer them. They have changed nothing.
void Raft::refuse_reads(Decisions& out) {
  for (const Read& read : reads_) answer(read.caller, Refused{Refusal::no_leader}, out);
  reads_.clear();
}

}  // namespace raft
