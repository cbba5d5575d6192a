#include "replication_laws.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/digest.hpp"
#include "weights.hpp"

namespace raft {

ReplicationLaws::ReplicationLaws(const Config& config) : config_(config) {}

void ReplicationLaws::broken(const char* law, std::string what) {
  if (!found_) found_ = sim::Finding{law, std::move(what)};
}

void ReplicationLaws::see_step(const Step& step) {
  const Raft& raft = step.raft;
  Node& node = nodes_[raft.self()];
  see_disk(step, node);
  node.waiting.see(step, config_);
  const bool led = node.role == Role::leader && node.term == raft.current_term();
  if (raft.role() == Role::leader) {
    if (!led) begin(step, node);
    const auto* received = std::get_if<core::Receive<Protocol>>(&step.input);
    if (led && received != nullptr) see_received(step, *received, node);
    see_members(step, node);
    see_sent(step, node);
    for (auto& [id, peer] : node.peers) peer.before = 0;
    see_unsent(raft, node);
    see_committed(raft, node);
  }
  if (led || raft.role() == Role::leader) see_timeout(step, node);
  node.term = raft.current_term();
  node.role = raft.role();
  node.last_index = raft.log().last_index();
}

void ReplicationLaws::see_disk(const Step& step, Node& node) {
  if (std::holds_alternative<core::Start<Protocol>>(step.input)) {
    node = {};
    node.durable = step.raft.log().last_index();
  }
  for (const core::Write<Protocol>& write : step.writes) {
    if (write.lane != core::Lane::control) continue;
    for (const Record& record : write.records) {
      const auto* log = std::get_if<LogFrom>(&record);
      if (log == nullptr) continue;
      node.durable = std::min(node.durable, log->first - 1);
      node.writing.emplace_back(write.seq, log->first - 1 + log->entries.size());
    }
  }
  node.disk.see(step);
  while (!node.writing.empty() && node.writing.front().first <= node.disk.last_durable) {
    node.durable = node.writing.front().second;
    node.writing.pop_front();
  }
}

/// It sends from the end of its log on, where its own first entry will be.
void ReplicationLaws::begin(const Step& step, Node& node) const {
  node.peers.clear();
  node.heartbeat = step.now.mono + std::chrono::milliseconds(config_.heartbeat_ms);
  for (const core::NodeId other : other_ids(step.raft.members(), step.raft.self())) {
    Peer& peer = node.peers[other];
    peer.next = node.last_index + 1;
    peer.heard_at = step.now.mono;
  }
}

/// Who is new in the cluster has nothing, as far as is known, and is sent what comes next.
void ReplicationLaws::see_members(const Step& step, Node& node) const {
  const Raft& raft = step.raft;
  const std::vector<core::NodeId> now = other_ids(raft.members(), raft.self());
  std::erase_if(node.peers,
                [&](const auto& peer) { return std::ranges::find(now, peer.first) == now.end(); });
  for (const core::NodeId other : now) {
    if (node.peers.contains(other)) continue;
    Peer& peer = node.peers[other];
    peer.next = raft.members_index() + 1;
    peer.heard_at = step.now.mono;
  }
}

// ---- What the others say ------------------------------------------------------------------------

void ReplicationLaws::see_received(const Step& step, const core::Receive<Protocol>& received,
                                   Node& node) {
  const Raft& raft = step.raft;
  const auto found = node.peers.find(received.from);
  if (found == node.peers.end()) return;
  Peer& peer = found->second;
  const auto* forward = std::get_if<Forward>(&received.message);
  const auto* appended = std::get_if<Appended>(&received.message);
  const auto* mismatch = std::get_if<Mismatch>(&received.message);
  const bool is_piece = std::holds_alternative<SnapshotReceived>(received.message);
  const Term term = forward != nullptr ? forward->term : term_of(received.message);
  const bool is_answer =
      forward != nullptr || appended != nullptr || mismatch != nullptr || is_piece;
  if (!is_answer || term != raft.current_term()) return;
  peer.heard_at = step.now.mono;
  peer.before = peer.next;
  if (appended != nullptr) see_appended(*appended, peer);
  if (mismatch != nullptr) see_mismatch(raft, *mismatch, peer);
}

void ReplicationLaws::see_appended(const Appended& appended, Peer& peer) const {
  peer.match = std::max(peer.match, appended.match_index);
  peer.next = std::max(peer.next, peer.match + 1);
  peer.is_lost = false;
  std::erase_if(peer.on_the_way, [&](Index last) { return last <= peer.match; });
}

/// One of long ago tells nothing: what it speaks of is confirmed, or was asked about again.
void ReplicationLaws::see_mismatch(const Raft& raft, const Mismatch& mismatch, Peer& peer) const {
  if (mismatch.prev_log_index <= peer.match) return;
  if (peer.is_lost && mismatch.prev_log_index != peer.next - 1) return;
  const bool is_known = mismatch.hint_index >= raft.log().base_index();
  const Index part = is_known ? last_up_to(raft.log(), mismatch.hint_index, mismatch.hint_term)
                              : mismatch.hint_index;
  peer.next = std::max(peer.match, part) + 1;
  peer.is_lost = true;
  peer.on_the_way.clear();
}

// ---- What it sends ------------------------------------------------------------------------------

void ReplicationLaws::see_sent(const Step& step, Node& node) {
  const Raft& raft = step.raft;
  for (const core::Send<Protocol>& sent : step.messages) {
    const auto* entries = std::get_if<AppendEntries>(&sent.message);
    const auto* piece = std::get_if<InstallSnapshot>(&sent.message);
    if (entries == nullptr && piece == nullptr) continue;
    const auto found = node.peers.find(sent.to);
    if (found == node.peers.end()) {
      return broken("sends-its-log", name_of(raft.self()) + " sends its log to " +
                                         name_of(sent.to) + ", which is no member");
    }
    if (entries != nullptr) see_entries(raft, sent.to, *entries, found->second);
    // Nothing that was on the way to it is waited for.
    const bool is_behind = found->second.next <= raft.log().base_index();
    if (piece != nullptr && is_behind) found->second.on_the_way.clear();
  }
}

void ReplicationLaws::see_entries(const Raft& raft, core::NodeId to, const AppendEntries& sent,
                                  Peer& peer) {
  const Log& log = raft.log();
  const bool is_behind = peer.next <= log.base_index();  // it waits for a snapshot
  const Index prev = is_behind ? 0 : peer.next - 1;
  const Term prev_term = prev == 0 ? Term{} : log.term_at(prev);
  const bool is_round = sent.entries.empty() && sent.prev_log_index + 1 == peer.before;
  const bool is_right = sent.term == raft.current_term() && sent.prev_log_index == prev &&
                        sent.prev_log_term == prev_term &&
                        sent.leader_commit <= raft.commit_index();
  if (!is_right && !is_round) {
    return broken("sends-its-log",
                  name_of(raft.self()) + " sends " + name_of(to) + " what follows entry " +
                      std::to_string(sent.prev_log_index) + ", not entry " + std::to_string(prev));
  }
  if (sent.entries.empty()) return;
  see_batch(raft, to, sent);
  peer.next = prev + sent.entries.size() + 1;
  peer.on_the_way.push_back(peer.next - 1);
  const bool may_send = !is_behind && !peer.is_lost;
  if (may_send && peer.on_the_way.size() <= config_.max_in_flight) return;
  broken("sends-its-log", name_of(raft.self()) + " sends too much to " + name_of(to));
}

/// One entry, or several that are not too much together.
void ReplicationLaws::see_batch(const Raft& raft, core::NodeId to, const AppendEntries& sent) {
  const std::string who = name_of(raft.self()) + " sends " + name_of(to) + " ";
  std::uint64_t bytes = 0;
  Index index = sent.prev_log_index;
  for (const Entry& entry : sent.entries) {
    ++index;
    bytes += weight(entry);
    const bool is_its = index <= raft.log().last_index() && raft.log().at(index) == entry;
    if (!is_its) {
      return broken("sends-its-log", who + "entry " + std::to_string(index) + " that it has not");
    }
  }
  const std::size_t count = sent.entries.size();
  const bool is_too_much =
      count > config_.max_entries || (count > 1 && bytes > config_.max_message_bytes);
  if (is_too_much) return broken("sends-its-log", who + "a message that is too long");
  if (count == config_.max_entries || index == raft.log().last_index()) return;
  const bool one_more = bytes + weight(raft.log().at(index + 1)) <= config_.max_message_bytes;
  if (one_more) broken("sends-its-log", who + "fewer entries than fit");
}

void ReplicationLaws::see_unsent(const Raft& raft, const Node& node) {
  for (const auto& [id, peer] : node.peers) {
    const bool is_behind = peer.next <= raft.log().base_index();
    const bool waits = is_behind || peer.is_lost || peer.on_the_way.size() >= config_.max_in_flight;
    if (waits || peer.next > raft.log().last_index()) continue;
    broken("sends-at-once", name_of(raft.self()) + " does not send entry " +
                                std::to_string(peer.next) + " to " + name_of(id));
  }
}

// ---- Time ---------------------------------------------------------------------------------------

void ReplicationLaws::see_timeout(const Step& step, Node& node) {
  const Raft& raft = step.raft;
  const std::string name = name_of(raft.self());
  const bool is_timeout = std::holds_alternative<core::Timeout>(step.input);
  if (is_timeout && step.now.mono >= node.heartbeat && raft.role() == Role::leader) {
    node.heartbeat = step.now.mono + std::chrono::milliseconds(config_.heartbeat_ms);
    for (const auto& [id, peer] : node.peers) {
      const auto is_to = [&](const core::Send<Protocol>& sent) {
        return sent.to == id && std::holds_alternative<AppendEntries>(sent.message);
      };
      if (std::ranges::any_of(step.messages, is_to)) continue;
      broken("heartbeats-in-time", name + " does not let " + name_of(id) + " hear of it");
    }
  }
  if (raft.role() == Role::leader) {
    const auto next = raft.next_timeout();
    const bool is_late = !next || *next > node.heartbeat;
    const bool is_early = !node.waiting.until && next != node.heartbeat;
    if (is_late || is_early) broken("heartbeats-in-time", name + " wakes up at a wrong time");
  }
  if (!is_timeout || !config_.check_quorum) return;
  const core::Duration near = std::chrono::milliseconds(2 * config_.election_timeout_ms);
  std::set<core::NodeId> heard = {raft.self()};
  for (const auto& [id, peer] : node.peers) {
    if (step.now.mono < peer.heard_at + near) heard.insert(id);
  }
  const bool leads_on = raft.role() == Role::leader;
  if (has_quorum(raft.members(), heard) == leads_on) return;
  broken("leads-a-majority", name + (leads_on ? " leads on, and no majority answers"
                                              : " gives up, though a majority answers"));
}

// ---- What is confirmed --------------------------------------------------------------------------

/// When its own disk has not all of its log, it will look again as soon as it has.
void ReplicationLaws::see_committed(const Raft& raft, const Node& node) {
  for (const auto& [id, peer] : node.peers) {
    if (raft.match_index(id) == peer.match) continue;
    broken("commits-in-time",
           name_of(raft.self()) + " does not know what " + name_of(id) + " has confirmed to it");
  }
  if (node.durable < raft.log().last_index()) return;
  std::vector<Index> places = {node.durable};
  for (const auto& [id, peer] : node.peers) places.push_back(peer.match);
  Index reached = raft.commit_index();
  for (const Index place : places) {
    std::set<core::NodeId> have;
    if (node.durable >= place) have.insert(raft.self());
    for (const auto& [id, peer] : node.peers) {
      if (peer.match >= place) have.insert(id);
    }
    const bool is_known = place > raft.log().base_index() && place <= raft.log().last_index();
    const bool counts = is_known && raft.log().term_at(place) == raft.current_term();
    if (counts && has_quorum(raft.members(), have)) reached = std::max(reached, place);
  }
  if (reached == raft.commit_index()) return;
  broken("commits-in-time", name_of(raft.self()) + " does not commit entry " +
                                std::to_string(reached) + ", which a majority has");
}

std::uint64_t ReplicationLaws::digest() const {
  core::Digest digest;
  for (const auto& [id, node] : nodes_) {
    digest.add(id).add(node.term).add(std::uint64_t{static_cast<std::uint8_t>(node.role)});
    node.waiting.add_to(digest.add(node.last_index));
    digest.add(node.heartbeat).add(node.durable);
    node.disk.add_to(digest);
    for (const auto& [seq, index] : node.writing) digest.add(seq).add(index);
    for (const auto& [other, peer] : node.peers) {
      digest.add(other).add(peer.next).add(peer.match).add(std::uint64_t{peer.is_lost});
      digest.add(peer.heard_at);
      for (const Index last : peer.on_the_way) digest.add(last);
    }
  }
  return digest.value();
}

}  // namespace raft
