// Log replication: sections 5.3 and 5.4.2 of the paper.
#include <algorithm>
#include <chrono>

#include "core/overloaded.hpp"
#include "core/require.hpp"
#include "raft.hpp"

namespace raft {

namespace {

std::uint64_t size_of(const Entry& entry) {
  constexpr std::uint64_t about = 32;  // what surrounds it
  const Change* change = std::get_if<Change>(&entry.payload);
  return about + (change == nullptr ? 0 : size_of(change->operation));
}

bool is_about_members(const Entry& entry) { return std::holds_alternative<Members>(entry.payload); }

}  // namespace

// ---- Followers ----------------------------------------------------------------------------------

void Raft::on_append_entries(const core::Now& now, core::NodeId from, const AppendEntries& request,
                             Decisions& out) {
  see_term(now, request.term, out);
  if (request.term < current_term_) return say(from, Stale{current_term_}, out);
  follow(now, from, out);
  if (!log_.has(request.prev_log_index, request.prev_log_term)) {
    const Index hint = log_.last_not_above(request.prev_log_index, request.prev_log_term);
    const Term hint_term = log_.term_at(hint);
    return say(
        from, Mismatch{current_term_, request.prev_log_index, hint, hint_term, request.round}, out);
  }
  store(now, request.prev_log_index, request.entries, out);
  // What lies behind the entries of this message may be another leader's.
  const Index match_index = request.prev_log_index + request.entries.size();
  commit(std::min(request.leader_commit, match_index), out);
  say(from, Appended{current_term_, match_index, request.round}, out);
}

/// Whoever sends entries in this term is its leader.
void Raft::follow(const core::Now& now, core::NodeId leader, Decisions& out) {
  core::require(role_ != Role::leader, "a term has one leader");
  become_follower(now, out);
  leader_ = leader;
  heard_at_ = now.mono;
  reset_election_timer(now);
}

/// The entries are often there already, from a message that came twice: then nothing may be cut off
/// behind them. An entry of another term is not the leader's, and neither is what follows it.
void Raft::store(const core::Now& now, Index prev_log_index, std::span<const Entry> entries,
                 Decisions& out) {
  Index index = prev_log_index + 1;
  while (!entries.empty() && log_.has(index, entries.front().term)) {
    entries = entries.subspan(1);
    ++index;
  }
  if (entries.empty()) return;
  core::require(index > commit_index_, "what is committed stays");
  const bool changes_members =
      membership_.index() >= index || std::ranges::any_of(entries, is_about_members);
  set_log(index, entries, {last_write_.value + 1});
  if (changes_members) adopt_members(now, out);
  out.records.push_back(LogFrom{index, {entries.begin(), entries.end()}});
}

/// From `first` on the log is this, and that write holds it. What a snapshot stands for is left
/// out.
void Raft::set_log(Index first, std::span<const Entry> entries, core::WriteSeq written_by) {
  const Index base = log_.base_index();
  if (first <= base) {
    entries = entries.subspan(std::min<std::size_t>(entries.size(), base + 1 - first));
    if (entries.empty()) return;
    first = base + 1;
  }
  log_.truncate(first);
  membership_.truncate(first);
  written_at_.erase(written_at_.lower_bound(first), written_at_.end());
  written_at_[first] = written_by;
  for (const Entry& entry : entries) {
    log_.append(entry);
    const Members* members = std::get_if<Members>(&entry.payload);
    if (members != nullptr) membership_.add(log_.last_index(), *members);
  }
}

// ---- The leader ---------------------------------------------------------------------------------

void Raft::append(const core::Now& now, Payload payload, Decisions& out) {
  const Entry entry{current_term_, std::move(payload)};
  store(now, log_.last_index(), {&entry, 1}, out);
  say(config_.self, Appended{current_term_, log_.last_index(), round_}, out);
}

void Raft::send_heartbeats(const core::Now& now, Decisions& out) {
  heartbeat_deadline_ = now.mono + std::chrono::milliseconds(config_.heartbeat_ms);
  repeat_lost_pieces(out);
  begin_round(now, out);
}

void Raft::send_to_all(Decisions& out) {
  for (const auto& [node, progress] : progress_) {
    if (node != config_.self) send_entries(node, out);
  }
}

void Raft::begin_progress(const core::Now& now, core::NodeId node) {
  Progress& progress = progress_[node];
  progress.next_index = log_.last_index() + 1;
  progress.heard_at = now.mono;
}

/// As many messages as may be on their way, without waiting for the answers. While they are,
/// entries gather for the next.
void Raft::send_entries(core::NodeId to, Decisions& out) {
  Progress& progress = progress_.at(to);
  if (progress.next_index <= log_.base_index()) return send_snapshot(to, out);
  while (!progress.probing && progress.in_flight.size() < config_.max_in_flight) {
    const std::span<const Entry> entries = next_batch(progress.next_index);
    if (entries.empty()) return;
    send(to, progress.next_index - 1, entries, out);
    progress.next_index += entries.size();
    progress.in_flight.push_back(progress.next_index - 1);
  }
}

void Raft::send(core::NodeId to, Index prev_log_index, std::span<const Entry> entries,
                Decisions& out) {
  // To one that waits for a snapshot: behind nothing, which every log has.
  if (prev_log_index < log_.base_index()) prev_log_index = 0;
  say_at_once(to,
              AppendEntries{current_term_,
                            prev_log_index,
                            prev_log_index == 0 ? Term{} : log_.term_at(prev_log_index),
                            {entries.begin(), entries.end()},
                            commit_index_,
                            round_},
              out);
}

std::span<const Entry> Raft::next_batch(Index first) const {
  const std::span<const Entry> entries = log_.slice(first, config_.max_entries);
  std::uint64_t bytes = 0;
  std::size_t count = 0;
  while (count < entries.size()) {
    bytes += size_of(entries[count]);
    if (count > 0 && bytes > config_.max_message_bytes) break;
    ++count;
  }
  return entries.first(count);
}

/// What is known of a node, when this one leads in `term`.
Raft::Progress* Raft::progress_of(const core::Now& now, core::NodeId node, Term term) {
  if (role_ != Role::leader || term != current_term_) return nullptr;
  const auto found = progress_.find(node);
  if (found == progress_.end()) return nullptr;
  found->second.heard_at = now.mono;
  return &found->second;
}

void Raft::on_appended(const core::Now& now, core::NodeId from, const Appended& appended,
                       Decisions& out) {
  see_term(now, appended.term, out);
  Progress* progress = progress_of(now, from, appended.term);
  if (progress == nullptr) return;
  progress->round = std::max(progress->round, appended.round);
  progress->match_index = std::max(progress->match_index, appended.match_index);
  progress->next_index = std::max(progress->next_index, progress->match_index + 1);
  progress->probing = false;
  std::deque<Index>& in_flight = progress->in_flight;
  while (!in_flight.empty() && in_flight.front() <= progress->match_index) in_flight.pop_front();
  std::optional<Sending>& sending = progress->sending;
  if (sending && progress->match_index >= sending->snapshot.last_included_index) sending.reset();
  advance_commit(now, out);
  if (role_ != Role::leader) return;  // its last deed was to commit that it is no member
  serve_reads(now, out);
  hand_over(out);
  const bool is_member = progress_.contains(from);  // still
  if (is_member && from != config_.self) send_entries(from, out);
}

/// The log is not the leader's at that place, or a message before it was lost. One message without
/// entries finds out whether it is at the place of the hint; more are sent when that is known.
void Raft::on_mismatch(const core::Now& now, core::NodeId from, const Mismatch& mismatch,
                       Decisions& out) {
  see_term(now, mismatch.term, out);
  Progress* progress = progress_of(now, from, mismatch.term);
  if (progress == nullptr) return;
  progress->round = std::max(progress->round, mismatch.round);
  serve_reads(now, out);
  // An answer to a message of long ago tells nothing new.
  const bool is_old = mismatch.prev_log_index <= progress->match_index ||
                      (progress->probing && mismatch.prev_log_index + 1 != progress->next_index);
  if (is_old) return;
  const Index agreed = log_.last_not_above(mismatch.hint_index, mismatch.hint_term);
  progress->next_index = std::max(progress->match_index, agreed) + 1;
  progress->probing = true;
  progress->in_flight.clear();
  if (progress->next_index <= log_.base_index()) return send_snapshot(from, out);
  send(from, progress->next_index - 1, {}, out);
}

// ---- What is committed --------------------------------------------------------------------------

/// An entry of an older term may be overwritten although most nodes have it (Figure 8). One of this
/// term, on most disks, can not; and all that stands before it is committed with it.
void Raft::advance_commit(const core::Now& now, Decisions& out) {
  const Index reached = reached_by_quorum(&Progress::match_index);
  if (reached <= commit_index_ || log_.term_at(reached) != current_term_) return;
  commit(reached, out);
  complete_change(now, out);
}

void Raft::commit(Index index, Decisions& out) {
  commit_index_ = std::max(commit_index_, index);
  apply_committed(out);
}

void Raft::apply_committed(Decisions& out) {
  while (last_applied_ < commit_index_) {
    const Entry& entry = log_.at(++last_applied_);
    log_bytes_ += size_of(entry);
    answer_proposals(last_applied_, apply(last_applied_, entry.payload), out);
  }
}

Result Raft::apply(Index index, const Payload& payload) {
  return std::visit(
      core::Overloaded{
          [](const Nothing&) { return Result(Done{}); },
          [](const Members&) { return Result(Done{}); },
          [&](const Change& change) {
            if (change.once) {
              return apply_once(index, change.operation, *change.once);
            }
            return Result(Executed{machine_.apply(change.operation)});
          },
          [&](const OpenSession&) { return Result(SessionOpened{sessions_.open(index)}); },
      },
      payload);
}

}  // namespace raft
