#include "snapshot_laws.hpp"

#include <algorithm>
#include <utility>

#include "core/digest.hpp"
#include "core/overloaded.hpp"
#include "messages_wire.hpp"
#include "weights.hpp"
#include "wire/wire.hpp"

namespace raft {

namespace {

Record record_of(const SnapshotPart& part) {
  return std::visit([](const auto& piece) { return Record(piece); }, part);
}

bool is_equal(const core::Write<Protocol>& one, const core::Write<Protocol>& other) {
  return one.seq == other.seq && one.kind == other.kind && one.covers == other.covers &&
         one.records == other.records;
}

}  // namespace

SnapshotLaws::SnapshotLaws(const Config& config) : config_(config) {}

void SnapshotLaws::broken(const char* law, std::string what) {
  if (!found_) found_ = sim::Finding{law, std::move(what)};
}

void SnapshotLaws::see_step(const Step& step) {
  if (found_) return;
  Node& node = nodes_[step.raft.self()];
  const auto* start = std::get_if<core::Start<Protocol>>(&step.input);
  const auto* room = std::get_if<core::Room>(&step.input);
  const auto* persisted = std::get_if<core::Persisted>(&step.input);
  const auto* received = std::get_if<core::Receive<Protocol>>(&step.input);
  const auto* piece =
      received == nullptr ? nullptr : std::get_if<InstallSnapshot>(&received->message);
  Writes bulk;
  if (start != nullptr) see_start(step, *start, node);
  if (room != nullptr) node.room = room->available;
  if (persisted != nullptr && persisted->lane == core::Lane::bulk) {
    see_durable(step, persisted->seq, node, bulk);
  } else if (persisted != nullptr) {
    node.persisted = std::max(node.persisted, persisted->seq);
  }
  if (piece != nullptr) see_piece(step, received->from, *piece, node, bulk);
  see_log(step, node);
  see_applied(step, node);
  if (is_due(node)) begin(step, node, bulk);
  compare(step, bulk);
  see_said(step, node);
  see_leader(step, node);
}

// ---- What it was before, and what it has written ------------------------------------------------

/// A node that is to join a cluster knows no members.
void SnapshotLaws::see_start(const Step& step, const core::Start<Protocol>& start, Node& node) {
  const core::Recovered<Protocol>& recovered = start.recovered;
  node = Node{};
  const bool is_first = step.raft.self().value <= config_.members.size();
  SnapshotHead head;
  if (is_first) head.members.voters = config_.members;
  TermAndVote known;
  Parts parts;
  for (const Record& record : recovered.snapshot) {
    std::visit(core::Overloaded{
                   [&](const TermAndVote& its) { known = its; },
                   [](const LogFrom&) {},
                   [&](const SnapshotHead& its) { head = its; },
                   [&](const auto& part) { parts.push_back(part); },
               },
               record);
  }
  if (parts.empty()) {
    for (Piece& piece : Machine(config_.machine).pieces()) parts.push_back(MachinePart{piece});
  }
  node.log.restart_from(head);
  for (const core::Write<Protocol>& write : recovered.log) {
    for (const Record& record : write.records) {
      if (const auto* its = std::get_if<TermAndVote>(&record)) known = *its;
      if (const auto* part = std::get_if<LogFrom>(&record)) node.log.take(*part, write.seq);
    }
  }
  node.applied = node.log.base();
  node.last_control = recovered.last_control;
  node.persisted = recovered.last_control;
  node.last_bulk = recovered.last_bulk;
  parts.insert(parts.begin(), node.log.head_at(node.applied));
  see_state(step, parts, "restart-as-written", node);
  const bool is_known =
      step.raft.current_term() == known.current_term && step.raft.voted_for() == known.voted_for;
  if (!is_known) {
    broken("restart-as-written",
           name_of(step.raft.self()) + " starts with another term or vote than it had on disk");
  }
}

/// The state behind what was applied, as a snapshot would have it.
SnapshotLaws::Parts SnapshotLaws::state_of(const Raft& raft, const Node& node) {
  Parts parts = {node.log.head_at(raft.last_applied())};
  for (const auto& [session, state] : raft.sessions().all()) parts.push_back(state);
  for (Piece& piece : raft.machine().pieces()) parts.push_back(MachinePart{std::move(piece)});
  return parts;
}

void SnapshotLaws::see_state(const Step& step, const Parts& parts, const char* law,
                             const Node& node) {
  const Raft& raft = step.raft;
  const std::string name = name_of(raft.self());
  if (raft.last_applied() != node.applied || raft.commit_index() != node.applied) {
    return broken(law, name + " is behind another entry than its snapshot");
  }
  if (!node.log.says_the_same_as(raft.log())) return broken(law, name + " has another log");
  if (state_of(raft, node) != parts) return broken(law, name + " is in another state");
  const SnapshotHead last = node.log.head_at(node.log.last());
  if (raft.members() == last.members && raft.members_index() == last.members_index) return;
  broken(law, name + " goes by other members than its log says");
}

void SnapshotLaws::see_log(const Step& step, Node& node) {
  for (const core::Write<Protocol>& write : step.writes) {
    if (write.lane != core::Lane::control) continue;
    node.last_control = write.seq;
    for (const Record& record : write.records) {
      if (const auto* part = std::get_if<LogFrom>(&record)) node.log.take(*part, write.seq);
    }
  }
  const Log& log = step.raft.log();
  if (log.base_index() != node.log.base()) {
    return broken("log-kept-short", name_of(step.raft.self()) + " has its log from " +
                                        std::to_string(log.base_index()) + " on, and not from " +
                                        std::to_string(node.log.base()) + " on");
  }
  if (log.last_index() == node.log.last()) return;
  broken("restart-as-written", name_of(step.raft.self()) + " has another log than it wrote");
}

void SnapshotLaws::see_applied(const Step& step, Node& node) {
  while (node.applied < step.raft.last_applied()) {
    const NodeLog::Place* place = node.log.at(++node.applied);
    if (place != nullptr) node.log_weight += weight(place->entry);
  }
}

// ---- To its disk --------------------------------------------------------------------------------

/// How many parts go together: one, and as many more as a message may hold.
std::size_t SnapshotLaws::piece_at(const Parts& parts, std::size_t begin) const {
  std::size_t end = begin;
  std::uint64_t total = 0;
  while (end < parts.size()) {
    total += weight(parts[end]);
    const bool is_too_much = total > config_.max_message_bytes && end > begin;
    if (is_too_much) break;
    ++end;
  }
  return end - begin;
}

bool SnapshotLaws::is_due(const Node& node) const {
  const bool is_needed =
      node.coming && (node.coming->index > node.applied || node.coming->commit.value != 0);
  if (node.saving || is_needed) return false;
  if (!node.room && node.saved_weight > config_.snapshot_bytes) return false;
  return node.log_weight >= config_.snapshot_bytes + node.saved_weight;
}

/// Recovery needs the write that holds the first entry behind the snapshot, and those after it.
void SnapshotLaws::begin(const Step& step, Node& node, Writes& bulk) {
  const NodeLog::Place* next = node.log.at(node.applied + 1);
  const NodeLog::Place* last = node.log.at(node.applied);
  core::WriteSeq covers;
  if (next != nullptr) {
    covers.value = next->written_by.value - 1;
  } else if (last != nullptr) {
    covers = last->written_by;
  }
  node.coming.reset();
  node.saving = Cut{state_of(step.raft, node), node.applied, covers, 0, {}};
  node.log_weight = 0;
  node.saved_weight = weight(node.saving->parts);
  write(core::WriteKind::begin, {}, node, bulk);
}

void SnapshotLaws::see_durable(const Step& step, core::WriteSeq seq, Node& node, Writes& bulk) {
  if (node.coming && node.coming->commit == seq) return install(step, node);
  if (!node.saving || seq != node.last_bulk) return;
  Cut& cut = *node.saving;
  if (cut.commit == seq) {
    const Index index = cut.index;
    node.saving.reset();
    if (index > config_.keep_entries) node.log.drop_to(index - config_.keep_entries);
    return;
  }
  std::vector<Record> records;
  const std::size_t end = cut.written + piece_at(cut.parts, cut.written);
  if (end == cut.written) {
    this->end(step, cut.covers, node, bulk);
    cut.commit = node.last_bulk;
    return;
  }
  while (cut.written < end) records.push_back(record_of(cut.parts[cut.written++]));
  write(core::WriteKind::chunk, std::move(records), node, bulk);
}

/// Term and vote may stand in what is freed.
void SnapshotLaws::end(const Step& step, core::WriteSeq covers, Node& node, Writes& bulk) {
  const TermAndVote known{step.raft.current_term(), step.raft.voted_for()};
  write(core::WriteKind::chunk, {known}, node, bulk);
  write(core::WriteKind::commit, {}, node, bulk);
  bulk.back().covers = covers;
}

void SnapshotLaws::write(core::WriteKind kind, std::vector<Record> records, Node& node,
                         Writes& bulk) {
  ++node.last_bulk.value;
  bulk.push_back({core::Lane::bulk, node.last_bulk, kind, {}, std::move(records)});
}

void SnapshotLaws::compare(const Step& step, const Writes& bulk) {
  Writes its;
  std::ranges::copy_if(step.writes, std::back_inserter(its),
                       [](const auto& write) { return write.lane == core::Lane::bulk; });
  const auto begins = [](const Writes& writes) {
    return std::ranges::count(writes, core::WriteKind::begin, &core::Write<Protocol>::kind);
  };
  const std::string name = name_of(step.raft.self());
  if (begins(its) > begins(bulk)) {
    return broken("snapshot-cut-in-time", name + " begins a snapshot too early");
  }
  if (begins(its) < begins(bulk)) {
    return broken("snapshot-cut-in-time", name + " does not begin a snapshot that is due");
  }
  if (std::ranges::equal(its, bulk, is_equal)) return;
  broken("snapshot-written-whole",
         name + " does not write the next piece of a snapshot, or another, or too many");
}

// ---- All that it remembers ----------------------------------------------------------------------

std::uint64_t SnapshotLaws::digest() const {
  core::Digest digest;
  const auto add_parts = [&](const Parts& parts) {
    for (const SnapshotPart& part : parts) digest.add(wire::encode(part));
  };
  for (const auto& [id, node] : nodes_) {
    node.log.add_to(digest.add(id));
    digest.add(node.applied).add(node.log_weight).add(node.saved_weight);
    digest.add(std::uint64_t{node.room}).add(node.last_control).add(node.persisted);
    digest.add(node.last_bulk).add(std::uint64_t{node.saving.has_value()}).add(node.leads_in);
    if (node.saving) {
      add_parts(node.saving->parts);
      digest.add(node.saving->covers).add(node.saving->written).add(node.saving->commit);
    }
    digest.add(std::uint64_t{node.coming.has_value()});
    if (node.coming) {
      add_parts(node.coming->parts);
      digest.add(node.coming->term).add(node.coming->index).add(node.coming->index_term);
      digest.add(node.coming->commit);
    }
    for (const Due& due : node.due) {
      digest.add(due.after).add(due.to).add(std::uint64_t{due.word.index()});
      std::visit([&](const auto& word) { digest.add(wire::encode(Message(word))); }, due.word);
    }
    for (const auto& [follower, its] : node.followers) {
      digest.add(follower).add(its.match).add(its.next.value_or(0)).add(std::uint64_t{its.lacks});
      digest.add(std::uint64_t{its.going.has_value()});
      if (!its.going) continue;
      if (its.going->parts) add_parts(*its.going->parts);
      digest.add(its.going->index).add(its.going->index_term).add(its.going->begin);
      digest.add(std::uint64_t{its.going->heartbeats});
    }
  }
  return digest.value();
}

}  // namespace raft
