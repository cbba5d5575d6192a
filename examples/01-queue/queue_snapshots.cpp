#include "queue_snapshots.hpp"

#include <variant>

#include "core/digest.hpp"

namespace queue {

namespace {

/// About what a record takes in the log, and a key or a completed task in a snapshot.
constexpr std::uint64_t record_bytes = 64;

std::uint64_t logged_size(const core::Write<Protocol>& write) {
  std::uint64_t bytes = 0;
  for (const Record& record : write.records) {
    const TaskEnqueued* const enqueued = std::get_if<TaskEnqueued>(&record);
    bytes += record_bytes + (enqueued != nullptr ? enqueued->payload.size() : 0);
  }
  return bytes;
}

std::uint64_t stored_size(const Record& record) {
  const TaskEnqueued* const enqueued = std::get_if<TaskEnqueued>(&record);
  return enqueued != nullptr ? queue::stored_size(enqueued->payload) : 0;
}

}  // namespace

Snapshots::Snapshots(const Config& config) : config_(config) {}

void Snapshots::broken(const char* law, std::string what) {
  if (!found_) found_ = sim::Finding{law, std::move(what)};
}

void Snapshots::see_step(const Ledger& ledger, bool room, const core::Now& now, const Input& input,
                         std::span<const core::Write<Protocol>> writes) {
  if (found_) return;
  if (const auto* start = std::get_if<core::Start<Protocol>>(&input)) see_start(*start);
  const auto* persisted = std::get_if<core::Persisted>(&input);
  const bool goes_on = begun_ && persisted != nullptr && persisted->lane == core::Lane::bulk &&
                       persisted->seq == last_bulk_;
  std::uint64_t pieces = 0;
  bool began = false;
  for (const core::Write<Protocol>& write : writes) {
    if (write.lane == core::Lane::control) see_log(write);
  }
  for (const core::Write<Protocol>& write : writes) {
    if (write.lane == core::Lane::control) continue;
    last_bulk_ = write.seq;
    if (write.kind == core::WriteKind::begin) {
      if (!is_due(ledger, room)) broken("log-kept-short", "a snapshot was begun too early");
      see_begin(ledger, now, write);
      began = true;
    } else {
      ++pieces;
      see_piece(now, write);
    }
  }
  if (pieces != (goes_on ? 1 : 0)) {
    broken("log-kept-short", "a snapshot has to go on as soon as its last piece is durable");
  }
  if (!began && is_due(ledger, room)) {
    broken("log-kept-short", "the log is too long, and no snapshot was begun");
  }
}

void Snapshots::see_start(const core::Start<Protocol>& start) {
  begun_.reset();
  log_bytes_ = 0;
  for (const core::Write<Protocol>& write : start.recovered.log) log_bytes_ += logged_size(write);
  last_log_ = start.recovered.last_control;
  last_bulk_ = start.recovered.last_bulk;
}

void Snapshots::see_log(const core::Write<Protocol>& write) {
  log_bytes_ += logged_size(write);
  last_log_ = write.seq;
}

/// What a delay or a lease has left is reckoned by the times that were written down, so it does not
/// matter when a snapshot is read.
void Snapshots::see_begin(const Ledger& ledger, const core::Now& now,
                          const core::Write<Protocol>& write) {
  Ledger cut = ledger;
  cut.forget_what_is_over(now.mono);
  begun_ = Begun{std::move(cut), Ledger(config_), last_log_, false};
  log_bytes_ = 0;
  read(now, write);
}

/// A start demands that task ids count up.
void Snapshots::read(const core::Now& now, const core::Write<Protocol>& write) {
  for (const Record& record : write.records) {
    const TaskEnqueued* const enqueued = std::get_if<TaskEnqueued>(&record);
    if (enqueued != nullptr && enqueued->task < begun_->read.next_task()) {
      return broken("snapshot-as-logged", "a snapshot tells of a task twice, or after a later one");
    }
    begun_->read.take(now, record);
  }
}

void Snapshots::see_piece(const core::Now& now, const core::Write<Protocol>& write) {
  if (!begun_) return broken("log-kept-short", "a snapshot goes on that was not begun");
  read(now, write);
  if (write.kind == core::WriteKind::commit) return see_commit(write);
  if (begun_->is_short || write.records.empty()) {
    return broken("log-kept-short", "a snapshot is written in smaller pieces than it may be");
  }
  std::uint64_t before_the_last = 0;
  std::uint64_t bytes = 0;
  for (const Record& record : write.records) {
    before_the_last = bytes;
    bytes += stored_size(record);
  }
  begun_->is_short = bytes < config_.chunk_bytes;
  if (before_the_last >= config_.chunk_bytes) {
    broken("log-kept-short", "a piece of a snapshot is larger than it may be");
  }
}

void Snapshots::see_commit(const core::Write<Protocol>& write) {
  if (write.covers != begun_->covers) {
    broken("snapshot-as-logged",
           "a snapshot stands for another part of the log than it was cut from");
  }
  if (!begun_->read.says_the_same_as(begun_->cut)) {
    broken("snapshot-as-logged", "a snapshot says something else than the log in its place");
  }
  begun_.reset();
}

/// What is live is as long as it is; the log may be longer by a piece. Without room a snapshot is
/// worth it only while it is small.
bool Snapshots::is_due(const Ledger& ledger, bool room) const {
  if (begun_) return false;
  const std::uint64_t live =
      ledger.stored_bytes() + record_bytes * (ledger.key_count() + ledger.completed_count());
  if (!room && live > config_.snapshot_bytes) return false;
  return log_bytes_ >= config_.snapshot_bytes + live;
}

std::uint64_t Snapshots::digest() const {
  core::Digest digest;
  digest.add(log_bytes_).add(last_log_).add(last_bulk_).add(std::uint64_t{begun_.has_value()});
  if (begun_) {
    digest.add(begun_->cut.digest()).add(begun_->read.digest()).add(begun_->covers);
    digest.add(std::uint64_t{begun_->is_short});
  }
  return digest.value();
}

}  // namespace queue
