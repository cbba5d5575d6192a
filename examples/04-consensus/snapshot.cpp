// Snapshots: section 7 of the paper. They keep the log short, on disk and in memory, and bring a
// follower up to date that needs what is no longer in the log.
//
// A snapshot is cut in one step, so that it is the state of one moment, and written or sent in
// pieces, each of which waits for the one before it: entries and heartbeats go on in between. It
// counts when its last piece is on disk; only then what it stands for is dropped.
#include "snapshot.hpp"

#include <algorithm>
#include <iterator>

#include "core/overloaded.hpp"
#include "raft.hpp"

namespace raft {

namespace {

std::uint64_t size_of(const SnapshotPart& part) {
  constexpr std::uint64_t about = 64;  // what surrounds it
  const MachinePart* of_machine = std::get_if<MachinePart>(&part);
  return about + (of_machine == nullptr ? 0 : size_of(of_machine->piece));
}

std::uint64_t size_of(const Snapshot& snapshot) {
  std::uint64_t bytes = 0;
  for (const SnapshotPart& part : *snapshot.parts) bytes += size_of(part);
  return bytes;
}

Record record_of(const SnapshotPart& part) {
  return std::visit([](const auto& piece) { return Record(piece); }, part);
}

}  // namespace

/// The state behind what has been applied.
Snapshot Raft::cut_snapshot() const {
  std::vector<SnapshotPart> parts;
  const Term term = log_.term_at(last_applied_);
  parts.push_back(membership_.at(last_applied_, term));
  for (const auto& [session, state] : sessions_.all()) parts.push_back(state);
  for (Piece& piece : machine_.pieces()) parts.push_back(MachinePart{std::move(piece)});
  return {last_applied_, term, std::make_shared<const std::vector<SnapshotPart>>(std::move(parts))};
}

/// The parts from `begin` on that go together: one at least, unless there is none.
std::span<const SnapshotPart> Raft::piece_of(const Snapshot& snapshot, std::uint64_t begin) const {
  const auto rest = std::span(*snapshot.parts).subspan(static_cast<std::size_t>(begin));
  std::size_t count = 0;
  std::uint64_t bytes = 0;
  while (count < rest.size()) {
    bytes += size_of(rest[count]);
    if (count > 0 && bytes > config_.max_message_bytes) break;
    ++count;
  }
  return rest.first(count);
}

// ---- To the own disk ----------------------------------------------------------------------------

/// One that the log has overtaken is not needed any more, and its leader sends no more of it.
bool Raft::is_receiving() const {
  if (!receiving_) return false;
  const bool disk_works = receiving_->commit != core::WriteSeq{};
  return disk_works || receiving_->head.last_included_index > commit_index_;
}

/// When the log has grown by more than the last snapshot has, so what is written twice is bounded,
/// and so is the disk. On a full disk a snapshot frees space, if there is still enough for it.
bool Raft::snapshot_is_due() const {
  if (saving_ || is_receiving()) return false;
  if (!room_ && saved_bytes_ > config_.snapshot_bytes) return false;
  return log_bytes_ >= config_.snapshot_bytes + saved_bytes_;
}

void Raft::save_snapshot(Decisions& out) {
  const bool has_more = last_applied_ < log_.last_index();
  // What a crash leaves of the log must begin with the first entry behind the snapshot.
  const core::WriteSeq covers =
      has_more ? core::WriteSeq{write_of(last_applied_ + 1).value - 1} : write_of(last_applied_);
  receiving_.reset();
  saving_ = Saving{cut_snapshot(), covers, 0, {}};
  log_bytes_ = 0;
  saved_bytes_ = size_of(saving_->snapshot);
  write_bulk(core::WriteKind::begin, {}, out);
}

/// The next piece, or, behind the last, what makes it count.
void Raft::save_next_piece(Decisions& out) {
  const std::span<const SnapshotPart> piece = piece_of(saving_->snapshot, saving_->written);
  if (piece.empty()) {
    saving_->commit = commit_bulk(saving_->covers, out);
    return;
  }
  std::vector<Record> records;
  for (const SnapshotPart& part : piece) records.push_back(record_of(part));
  saving_->written += piece.size();
  write_bulk(core::WriteKind::chunk, std::move(records), out);
}

/// A few entries stay for followers that are a little behind.
void Raft::drop_saved_entries() {
  const Index saved = saving_->snapshot.last_included_index;
  saving_.reset();
  if (saved > config_.keep_entries) compact_log(saved - config_.keep_entries);
}

void Raft::on_bulk_persisted(const core::Now& now, core::WriteSeq seq, Decisions& out) {
  if (saving_ && saving_->commit == seq) return drop_saved_entries();
  if (receiving_ && receiving_->commit == seq) return install(now, out);
  if (saving_ && last_bulk_write_ == seq) save_next_piece(out);
}

core::WriteSeq Raft::write_bulk(core::WriteKind kind, std::vector<Record> records, Decisions& out,
                                core::WriteSeq covers) {
  ++last_bulk_write_.value;
  out.ready.writes.push_back(
      {core::Lane::bulk, last_bulk_write_, kind, covers, std::move(records)});
  return last_bulk_write_;
}

/// Term and vote may stand in the part of the log that is freed.
core::WriteSeq Raft::commit_bulk(core::WriteSeq covers, Decisions& out) {
  write_bulk(core::WriteKind::chunk, {TermAndVote{current_term_, voted_for_}}, out);
  return write_bulk(core::WriteKind::commit, {}, out, covers);
}

/// The write that holds the entry at `index`.
core::WriteSeq Raft::write_of(Index index) const {
  return std::prev(written_at_.upper_bound(index))->second;
}

void Raft::compact_log(Index index) {
  log_.compact(index);
  membership_.compact(index);
  const auto first_left = written_at_.upper_bound(index + 1);
  if (first_left != written_at_.begin()) {
    written_at_.erase(written_at_.begin(), std::prev(first_left));
  }
}

// ---- The leader, to a follower ------------------------------------------------------------------

/// One piece is under way to each follower. Several share a snapshot as long as the log goes on
/// from it.
void Raft::send_snapshot(core::NodeId to, Decisions& out) {
  Progress& progress = progress_.at(to);
  if (progress.sending) return;
  std::optional<Snapshot> snapshot;
  for (const auto& [node, other] : progress_) {
    const bool is_usable =
        other.sending && other.sending->snapshot.last_included_index >= log_.base_index();
    if (is_usable) snapshot = other.sending->snapshot;
  }
  progress.in_flight.clear();
  progress.sending = Sending{snapshot ? *snapshot : cut_snapshot(), 0, 0};
  send_piece(to, 0, out);
}

void Raft::send_piece(core::NodeId to, std::uint64_t begin, Decisions& out) {
  Sending& sending = *progress_.at(to).sending;
  const Snapshot& snapshot = sending.snapshot;
  const std::span<const SnapshotPart> piece = piece_of(snapshot, begin);
  sending.begin = begin;
  sending.heartbeats = 0;
  const bool done = begin + piece.size() == snapshot.parts->size();
  out.ready.messages.push_back({to, core::Lane::bulk,
                                InstallSnapshot{current_term_,
                                                snapshot.last_included_index,
                                                snapshot.last_included_term,
                                                begin,
                                                done,
                                                {piece.begin(), piece.end()}}});
}

/// A time-out's worth of heartbeats is enough for any answer but the last, which waits for a disk.
void Raft::repeat_lost_pieces(Decisions& out) {
  const std::uint32_t patience = config_.election_timeout_ms / config_.heartbeat_ms;
  for (auto& [node, progress] : progress_) {
    if (!progress.sending || ++progress.sending->heartbeats <= patience) continue;
    send_piece(node, progress.sending->begin, out);
  }
}

void Raft::on_snapshot_received(const core::Now& now, core::NodeId from,
                                const SnapshotReceived& received, Decisions& out) {
  see_term(now, received.term, out);
  Progress* progress = progress_of(now, from, received.term);
  if (progress == nullptr || !progress->sending) return;
  const Snapshot& snapshot = progress->sending->snapshot;
  const bool is_it = snapshot.last_included_index == received.last_included_index &&
                     received.next_offset < snapshot.parts->size();
  if (is_it) send_piece(from, received.next_offset, out);
}

// ---- The follower -------------------------------------------------------------------------------

void Raft::on_install_snapshot(const core::Now& now, core::NodeId from,
                               const InstallSnapshot& piece, Decisions& out) {
  see_term(now, piece.term, out);
  if (piece.term < current_term_) return say(from, Stale{current_term_}, out);
  follow(now, from, out);
  const Index index = piece.last_included_index;
  if (index <= commit_index_) return say(from, Appended{current_term_, index, 0}, out);
  if (receiving_ && receiving_->commit != core::WriteSeq{}) return;  // the disk still works
  const bool is_known =
      receiving_ && receiving_->term == piece.term && receiving_->head.last_included_index == index;
  if (!is_known) {
    if (piece.offset > 0) return say(from, SnapshotReceived{current_term_, index, 0}, out);
    begin_receiving(piece, out);
  }
  if (receiving_->next_offset == piece.offset) receive(piece, out);
  const bool is_whole = receiving_->commit != core::WriteSeq{};
  if (is_whole) return;  // Appended says so, when it is on disk
  say(from, SnapshotReceived{current_term_, index, receiving_->next_offset}, out);
}

void Raft::begin_receiving(const InstallSnapshot& piece, Decisions& out) {
  saving_.reset();
  const SnapshotHead head{piece.last_included_index, piece.last_included_term, {}, 0};
  receiving_ = Receiving{
      piece.term, head, 0, Machine(config_.machine), Sessions(config_.max_sessions), 0, {}};
  write_bulk(core::WriteKind::begin, {}, out);
}

void Raft::receive(const InstallSnapshot& piece, Decisions& out) {
  std::vector<Record> records;
  for (const SnapshotPart& part : piece.parts) {
    records.push_back(record_of(part));
    receiving_->bytes += size_of(part);
    take(part, receiving_->head, receiving_->sessions, receiving_->machine);
  }
  receiving_->next_offset += piece.parts.size();
  write_bulk(core::WriteKind::chunk, std::move(records), out);
  if (!piece.done) return;
  const SnapshotHead& head = receiving_->head;
  const Index last = head.last_included_index;
  const bool goes_on = last < log_.last_index() && log_.has(last, head.last_included_term);
  const core::WriteSeq covers =
      goes_on ? core::WriteSeq{write_of(last + 1).value - 1} : last_write_;
  receiving_->commit = commit_bulk(covers, out);
}

void Raft::take(const SnapshotPart& part, SnapshotHead& head, Sessions& sessions,
                Machine& machine) {
  std::visit(core::Overloaded{
                 [&](const SnapshotHead& its_head) { head = its_head; },
                 [&](const SessionState& state) { sessions.take(state); },
                 [&](const MachinePart& of_machine) { machine.take(of_machine.piece); },
             },
             part);
}

/// It is on disk, and takes the place of the state and of the log (Figure 13, steps 6 to 8), unless
/// the log has brought as much in the meantime.
void Raft::install(const core::Now& now, Decisions& out) {
  const Receiving received = *std::exchange(receiving_, {});
  const SnapshotHead& head = received.head;
  const Index last = head.last_included_index;
  log_bytes_ = 0;
  saved_bytes_ = received.bytes;
  if (last > commit_index_) {
    if (log_.has(last, head.last_included_term)) {
      compact_log(last);
    } else {
      log_.restart_behind(last, head.last_included_term);
      written_at_.clear();
      membership_.restart_from(head);
      adopt_members(now, out);
    }
    machine_ = received.machine;
    sessions_ = received.sessions;
    commit_index_ = last;
    last_applied_ = last;
    forget_proposals(out);
  }
  if (leader_ != core::NodeId{}) say(leader_, Appended{current_term_, last, 0}, out);
}

}  // namespace raft
