// The laws about snapshots that go from a leader to a follower.
#include <algorithm>
#include <utility>

#include "core/overloaded.hpp"
#include "snapshot_laws.hpp"
#include "weights.hpp"

namespace raft {

namespace {

constexpr const char* taken = "snapshot-taken";
constexpr const char* sent_in_pieces = "snapshot-sent-in-pieces";

bool is_member(const Raft& raft, core::NodeId id) {
  return std::ranges::count(everyone(raft.members()), id, &core::Peer::id) > 0;
}

}  // namespace

// ---- From its leader ----------------------------------------------------------------------------

void SnapshotLaws::see_piece(const Step& step, core::NodeId from, const InstallSnapshot& piece,
                             Node& node, Writes& bulk) {
  const Term term = step.raft.current_term();
  const Index index = piece.last_included_index;
  if (piece.term < term) return say(step, from, Stale{term}, node);
  if (piece.term > term || step.raft.leader() != from) {
    broken(taken, name_of(step.raft.self()) + " does not follow who sends it a snapshot");
  }
  if (index <= node.applied) return say(step, from, Appended{term, index, 0}, node);
  const bool disk_works = node.coming && node.coming->commit.value != 0;
  if (disk_works) return;
  const bool is_known =
      node.coming && node.coming->term == piece.term && node.coming->index == index;
  if (!is_known && piece.offset > 0) return say(step, from, SnapshotReceived{term, index, 0}, node);
  if (!is_known) {
    node.saving.reset();
    node.coming = Coming{piece.term, index, piece.last_included_term, {}, {}};
    write(core::WriteKind::begin, {}, node, bulk);
  }
  if (piece.offset == node.coming->parts.size()) take(step, piece, node, bulk);
  if (node.coming->commit.value != 0) return;
  say(step, from, SnapshotReceived{term, index, node.coming->parts.size()}, node);
}

/// What its log has behind the snapshot stays on the disk if it goes on from it.
void SnapshotLaws::take(const Step& step, const InstallSnapshot& piece, Node& node, Writes& bulk) {
  std::vector<Record> records;
  Coming& coming = *node.coming;
  for (const SnapshotPart& part : piece.parts) {
    coming.parts.push_back(part);
    std::visit([&](const auto& its) { records.push_back(its); }, part);
  }
  write(core::WriteKind::chunk, std::move(records), node, bulk);
  if (!piece.done) return;
  const NodeLog::Place* next = node.log.at(coming.index + 1);
  const bool goes_on = next != nullptr && node.log.has(coming.index, coming.index_term);
  core::WriteSeq covers = node.last_control;
  if (goes_on) covers.value = next->written_by.value - 1;
  end(step, covers, node, bulk);
  coming.commit = node.last_bulk;
}

/// The log may have brought as much in the meantime.
void SnapshotLaws::install(const Step& step, Node& node) {
  const Coming coming = *std::exchange(node.coming, {});
  node.log_weight = 0;
  node.saved_weight = weight(coming.parts);
  if (coming.index > node.applied) {
    const auto* head = std::get_if<SnapshotHead>(&coming.parts.front());
    if (head == nullptr) return broken(sent_in_pieces, "a snapshot has no beginning");
    if (node.log.has(coming.index, coming.index_term)) {
      node.log.drop_to(coming.index);
    } else {
      node.log.restart_from(*head);
    }
    node.applied = coming.index;
    see_state(step, coming.parts, taken, node);
  }
  const core::NodeId leader = step.raft.leader();
  if (leader == core::NodeId{}) return;
  say(step, leader, Appended{step.raft.current_term(), coming.index, 0}, node);
}

/// What this step has written must be durable first, and all that was written before.
void SnapshotLaws::say(const Step& step, core::NodeId to, Word word, Node& node) {
  core::WriteSeq after = node.last_control;
  for (const core::Write<Protocol>& write : step.writes) {
    if (write.lane == core::Lane::control && after == node.last_control) after = write.seq;
  }
  node.due.push_back({after, to, word});
}

/// Others of the words are said to entries, too.
void SnapshotLaws::see_said(const Step& step, Node& node) {
  std::vector<const core::Send<Protocol>*> left;
  for (const core::Send<Protocol>& sent : step.messages) left.push_back(&sent);
  while (!node.due.empty() && node.due.front().after <= node.persisted) {
    const Due due = node.due.front();
    node.due.pop_front();
    const auto is_it = [&](const core::Send<Protocol>* sent) {
      const auto is_equal = [&]<class W>(const W& word) {
        const W* said = std::get_if<W>(&sent->message);
        return said != nullptr && *said == word;
      };
      return sent->to == due.to && std::visit(is_equal, due.word);
    };
    const auto found = std::ranges::find_if(left, is_it);
    if (found == left.end()) {
      return broken(taken, name_of(step.raft.self()) + " does not answer a piece of a snapshot " +
                               "as it has to");
    }
    left.erase(found);
  }
  for (const core::Send<Protocol>* sent : left) {
    if (!std::holds_alternative<SnapshotReceived>(sent->message)) continue;
    broken(taken, name_of(step.raft.self()) + " answers a piece of a snapshot as it must not");
  }
}

// ---- To its followers ---------------------------------------------------------------------------

/// Who stops leading in this step is not judged any more.
void SnapshotLaws::see_leader(const Step& step, Node& node) {
  const Raft& raft = step.raft;
  const Term led_in = node.leads_in;
  node.leads_in = raft.role() == Role::leader ? raft.current_term() : Term{};
  const bool leads_on = led_in != Term{} && node.leads_in == led_in;
  if (!leads_on) node.followers.clear();
  if (node.leads_in == Term{}) {
    const auto is_piece = [](const core::Send<Protocol>& sent) {
      return std::holds_alternative<InstallSnapshot>(sent.message);
    };
    const bool sends = led_in == Term{} && std::ranges::any_of(step.messages, is_piece);
    if (sends) broken(sent_in_pieces, name_of(raft.self()) + " sends a snapshot and does not lead");
    return;
  }
  std::erase_if(node.followers, [&](const auto& its) { return !is_member(raft, its.first); });
  const Followers before = node.followers;
  std::map<core::NodeId, std::uint64_t> expected;
  see_answer(step, node, expected);
  see_heartbeat(step, node, expected);
  for (const core::Send<Protocol>& sent : step.messages) {
    if (is_member(raft, sent.to)) see_sent(step, sent, node, expected);
  }
  if (!expected.empty()) {
    broken(sent_in_pieces, name_of(raft.self()) + " does not send " +
                               name_of(expected.begin()->first) + " the next piece");
  }
  if (leads_on) see_lacking(step, before, node);
}

void SnapshotLaws::see_answer(const Step& step, Node& node,
                              std::map<core::NodeId, std::uint64_t>& expected) {
  const auto* received = std::get_if<core::Receive<Protocol>>(&step.input);
  if (received == nullptr || !is_member(step.raft, received->from)) return;
  Follower& follower = node.followers[received->from];
  std::optional<Going>& going = follower.going;
  if (const auto* appended = std::get_if<Appended>(&received->message)) {
    if (appended->term != node.leads_in) return;
    follower.match = std::max(follower.match, appended->match_index);
    if (going && follower.match >= going->index) going.reset();
  }
  if (const auto* got = std::get_if<SnapshotReceived>(&received->message)) {
    const bool is_it =
        got->term == node.leads_in && going && going->index == got->last_included_index;
    if (!is_it || !going->parts || got->next_offset >= going->parts->size()) return;
    expected[received->from] = got->next_offset;
  }
}

void SnapshotLaws::see_heartbeat(const Step& step, Node& node,
                                 std::map<core::NodeId, std::uint64_t>& expected) const {
  if (!std::holds_alternative<core::Timeout>(step.input)) return;
  for (const core::Send<Protocol>& sent : step.messages) {
    const auto follower = node.followers.find(sent.to);
    const bool is_heartbeat = std::holds_alternative<AppendEntries>(sent.message);
    if (!is_heartbeat || follower == node.followers.end() || !follower->second.going) continue;
    Going& going = *follower->second.going;
    ++going.heartbeats;
    const bool is_lost = going.heartbeats > config_.election_timeout_ms / config_.heartbeat_ms;
    if (is_lost) expected[sent.to] = going.begin;
  }
}

void SnapshotLaws::see_sent(const Step& step, const core::Send<Protocol>& sent, Node& node,
                            std::map<core::NodeId, std::uint64_t>& expected) {
  Follower& follower = node.followers[sent.to];
  if (const auto* entries = std::get_if<AppendEntries>(&sent.message)) {
    const Index prev = entries->prev_log_index;
    follower.lacks = prev == 0 && step.raft.log().base_index() > 0;
    follower.next.reset();
    if (!follower.lacks) follower.next = prev + entries->entries.size() + 1;
  }
  const auto* piece = std::get_if<InstallSnapshot>(&sent.message);
  if (piece == nullptr) return;
  std::uint64_t offset = 0;
  if (!follower.going) {
    follower.going = begin_going(step, *piece, node);
  } else {
    const auto due = expected.find(sent.to);
    const bool is_due = due != expected.end();
    if (is_due) {
      offset = due->second;
      expected.erase(due);
    } else if (follower.going->parts) {
      broken(sent_in_pieces, name_of(step.raft.self()) + " sends " + name_of(sent.to) +
                                 " a piece of a snapshot too early");
    } else {
      offset = piece->offset;
    }
  }
  follower.going->begin = piece->offset;
  follower.going->heartbeats = 0;
  if (piece->offset != offset || piece->term != node.leads_in || sent.lane != core::Lane::bulk) {
    broken(sent_in_pieces, name_of(step.raft.self()) + " sends " + name_of(sent.to) +
                               " another piece of a snapshot than the next");
  }
  see_content(*piece, *follower.going);
}

/// That of another follower, if the log goes on from there; else the state as it is.
SnapshotLaws::Going SnapshotLaws::begin_going(const Step& step, const InstallSnapshot& piece,
                                              const Node& node) {
  std::optional<Going> shared;
  for (const auto& [id, other] : node.followers) {
    const bool is_usable = other.going && other.going->index >= step.raft.log().base_index();
    if (is_usable) shared = other.going;
  }
  if (shared) return Going{shared->parts, shared->index, shared->index_term, 0, 0};
  const Index index = piece.last_included_index;
  Going going{{}, index, piece.last_included_term, 0, 0};
  if (index == node.applied) {
    going.parts = std::make_shared<const Parts>(state_of(step.raft, node));
    going.index_term = node.log.term_at(index);
  } else if (index > node.applied || index < step.raft.log().base_index()) {
    broken(sent_in_pieces, name_of(step.raft.self()) + " sends a state that it is not in");
  }
  return going;
}

void SnapshotLaws::see_content(const InstallSnapshot& piece, const Going& going) {
  const bool is_it =
      piece.last_included_index == going.index && piece.last_included_term == going.index_term;
  if (!is_it) return broken(sent_in_pieces, "a piece is of another snapshot than the one before");
  if (!going.parts) return;
  const auto begin = static_cast<std::size_t>(going.begin);
  if (begin >= going.parts->size()) return broken(sent_in_pieces, "a piece is behind the last");
  const std::size_t count = piece_at(*going.parts, begin);
  const auto first = going.parts->begin() + static_cast<std::ptrdiff_t>(begin);
  const Parts parts(first, first + static_cast<std::ptrdiff_t>(count));
  const bool done = begin + count == going.parts->size();
  if (piece.parts == parts && piece.done == done) return;
  broken(sent_in_pieces, "a piece has other parts of the state than it ought to have");
}

/// As far as one can tell from outside what a follower is sent next.
void SnapshotLaws::see_lacking(const Step& step, const Followers& before, const Node& node) {
  const auto* received = std::get_if<core::Receive<Protocol>>(&step.input);
  const auto* appended = received == nullptr ? nullptr : std::get_if<Appended>(&received->message);
  const bool has_written = std::ranges::any_of(step.writes, [](const auto& write) {
    return write.lane == core::Lane::control &&
           std::holds_alternative<LogFrom>(write.records.back());
  });
  for (const auto& [id, follower] : node.followers) {
    const auto was = before.find(id);
    if (follower.going || was == before.end()) continue;
    const bool answers =
        appended != nullptr && received->from == id && appended->term == node.leads_in;
    const bool lacks = was->second.lacks && follower.match + 1 <= step.raft.log().base_index();
    const bool is_ripe = lacks && (answers || has_written);
    if (!is_ripe && !is_told_to_go_back(step, id, was->second, node.leads_in)) continue;
    broken(sent_in_pieces, name_of(step.raft.self()) + " sends no snapshot to " + name_of(id) +
                               ", which needs what is gone");
  }
}

/// That its log parts from this one's before what is still there.
bool SnapshotLaws::is_told_to_go_back(const Step& step, core::NodeId id, const Follower& follower,
                                      Term term) {
  const auto* received = std::get_if<core::Receive<Protocol>>(&step.input);
  if (received == nullptr || received->from != id) return false;
  const auto* mismatch = std::get_if<Mismatch>(&received->message);
  if (mismatch == nullptr || mismatch->term != term) return false;
  const Index prev = mismatch->prev_log_index;
  const bool is_old = prev <= follower.match || follower.next != prev + 1;
  if (is_old) return false;
  const Log& log = step.raft.log();
  Index agreed = std::min(mismatch->hint_index, log.last_index());
  while (agreed >= log.base_index() && log.term_at(agreed) > mismatch->hint_term) {
    --agreed;
  }
  return std::max(follower.match, agreed) + 1 <= log.base_index();
}

}  // namespace raft
