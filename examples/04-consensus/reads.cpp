// Reads that write nothing into the log, and are linearizable all the same: ReadIndex, section 6.4
// of the dissertation (Ongaro, "Consensus: Bridging Theory and Practice", 2014).
//
// A leader may have been deposed without knowing. So a question waits for a round: a message to all
// followers, sent after the question came, and answered by a majority. Then this node was the
// leader at some time after the question, and what was committed before it was committed by this
// node. One round confirms all the questions that came before it; those that come while it is under
// way wait for the next.
#include <algorithm>

#include "raft.hpp"

namespace raft {

void Raft::read(const core::Now& now, const Caller& caller, const ClientQuery& query,
                Decisions& out) {
  // A new leader knows that all of the terms before is committed when its own first entry is.
  const Index read_index = std::max(commit_index_, term_start_);
  const bool one_under_way = !reads_.empty() && reads_.front().round != 0;
  reads_.push_back({caller, query.query, read_index, 0, patience(now)});
  if (!one_under_way) begin_round(out);
}

/// Each message to a follower carries the round's number, and so does its answer.
void Raft::begin_round(Decisions& out) {
  progress_.at(config_.self).round = ++round_;
  for (Read& read : reads_) {
    if (read.round == 0) read.round = round_;
  }
  for (const core::Peer& member : config_.members) {
    if (member.id == config_.self) continue;
    send(member.id, progress_.at(member.id).next_index - 1, {}, out);
  }
  serve_reads(out);
}

void Raft::serve_reads(Decisions& out) {
  if (reads_.empty()) return;
  const std::uint64_t confirmed = reached_by_quorum(&Progress::round);
  while (!reads_.empty()) {
    const Read& read = reads_.front();
    if (read.round == 0 || read.round > confirmed || read.read_index > last_applied_) break;
    answer(read.caller, Executed{machine_.ask(read.query)}, out);
    reads_.pop_front();
  }
  if (!reads_.empty() && reads_.front().round == 0) begin_round(out);
}

/// A leader that was deposed cannot answer them. They have changed nothing.
void Raft::refuse_reads(Decisions& out) {
  for (const Read& read : reads_) answer(read.caller, Refused{Refusal::no_leader}, out);
  reads_.clear();
}

}  // namespace raft
