#include "reply_laws.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/digest.hpp"
#include "messages_wire.hpp"
#include "sim/text.hpp"
#include "wire/wire.hpp"

namespace raft {

namespace {

bool is_judged(const Message& message) {
  return std::holds_alternative<Voted>(message) || std::holds_alternative<PreVoted>(message) ||
         std::holds_alternative<Appended>(message) || std::holds_alternative<Mismatch>(message) ||
         std::holds_alternative<Stale>(message) || std::holds_alternative<RequestVote>(message);
}

/// It may answer a piece of a snapshot.
bool may_be_of_a_snapshot(const Message& message) {
  const Appended* appended = std::get_if<Appended>(&message);
  if (appended != nullptr) return appended->round == 0;
  return std::holds_alternative<Stale>(message);
}

/// Whether a log that ends there is as up to date as this one.
bool is_up_to_date(Index last_index, Term last_term, const Log& log) {
  return std::pair(last_term, last_index) >= std::pair(log.last_term(), log.last_index());
}

}  // namespace

ReplyLaws::ReplyLaws(const Config& config) : config_(config) {}

void ReplyLaws::broken(const char* law, std::string what) {
  if (!found_) found_ = sim::Finding{law, std::move(what)};
}

void ReplyLaws::see_step(const Step& step) {
  const Raft& raft = step.raft;
  Node& node = nodes_[raft.self()];
  if (std::holds_alternative<core::Start<Protocol>>(step.input)) {
    node = {};
    node.heard_at = step.now.mono;
  }
  node.disk.see(step);
  const auto* received = std::get_if<core::Receive<Protocol>>(&step.input);
  if (received != nullptr) see_received(step, node, *received);
  const bool stands = raft.role() == Role::candidate && raft.current_term() != node.term;
  if (stands) {
    const bool transfer = received_in<TimeoutNow>(step) != nullptr;
    const RequestVote request{raft.current_term(), raft.log().last_index(), raft.log().last_term(),
                              transfer};
    for (const core::NodeId other : other_ids(raft.members(), raft.self())) {
      node.owed.push_back({node.disk.last_write, other, request});
    }
  }
  see_sent(step, node);
  node.term = raft.current_term();
  node.voted_for = raft.voted_for();
  node.leader = raft.leader();
  node.role = raft.role();
  node.commit_index = raft.commit_index();
}

void ReplyLaws::see_received(const Step& step, Node& node,
                             const core::Receive<Protocol>& received) {
  const Raft& raft = step.raft;
  const core::NodeId from = received.from;
  const Message& message = received.message;
  std::optional<Message> answer;
  bool ignores = std::holds_alternative<TimeoutNow>(message);
  if (const auto* request = std::get_if<RequestVote>(&message)) {
    answer = answer_to(step, node, from, *request);
    ignores = !answer;
  }
  if (const auto* request = std::get_if<RequestPreVote>(&message)) {
    answer = answer_to(step, node, *request);
  }
  if (const auto* request = std::get_if<AppendEntries>(&message)) {
    answer = answer_to(step, node, *request);
  }
  const bool is_piece = std::holds_alternative<InstallSnapshot>(message);
  const bool is_of_leader = is_piece || std::holds_alternative<AppendEntries>(message);
  const Term term = term_of(message);
  if (is_of_leader && term >= node.term) node.heard_at = step.now.mono;
  node.takes_snapshots = node.takes_snapshots || is_piece;
  if (answer) node.owed.push_back({node.disk.last_write, from, std::move(*answer)});
  if (ignores) return;
  const bool is_later = term > node.term;
  const bool has_entered = raft.current_term() == term && raft.role() == Role::follower;
  if (is_later ? !has_entered : raft.current_term() < node.term) {
    broken("enters-later-terms", name_of(raft.self()) + " hears of term " +
                                     std::to_string(term.value) + ", and is in term " +
                                     std::to_string(raft.current_term().value));
  }
}

/// None: it must not be disturbed.
std::optional<Message> ReplyLaws::answer_to(const Step& step, const Node& node, core::NodeId from,
                                            const RequestVote& request) const {
  const bool is_steady = config_.check_quorum || config_.lease_reads;
  if (is_steady && !request.transfer && hears_a_leader(step, node)) return {};
  const bool is_new = request.term > node.term;
  const bool is_free = is_new || (request.term == node.term &&
                                  (node.voted_for == core::NodeId{} || node.voted_for == from));
  const bool is_good =
      is_up_to_date(request.last_log_index, request.last_log_term, step.raft.log());
  return Voted{std::max(request.term, node.term), is_free && is_good};
}

Message ReplyLaws::answer_to(const Step& step, const Node& node,
                             const RequestPreVote& request) const {
  const bool is_good =
      is_up_to_date(request.last_log_index, request.last_log_term, step.raft.log());
  const bool granted = request.term > node.term && !hears_a_leader(step, node) && is_good;
  return PreVoted{node.term, request.term, granted};
}

/// Where it does not fit, the log is as it was; where it does, what fitted is still there.
Message ReplyLaws::answer_to(const Step& step, const Node& node, const AppendEntries& request) {
  if (request.term < node.term) return Stale{node.term};
  const Raft& raft = step.raft;
  if (raft.role() != Role::follower) {
    broken("enters-later-terms", name_of(raft.self()) + " hears a leader and does not follow it");
  }
  const Log& log = raft.log();
  if (!stands_in(log, request.prev_log_index, request.prev_log_term)) {
    const Index hint = last_up_to(log, request.prev_log_index, request.prev_log_term);
    return Mismatch{request.term, request.prev_log_index, hint, log.term_at(hint), request.round};
  }
  see_appended(raft, node, request);
  return Appended{request.term, request.prev_log_index + request.entries.size(), request.round};
}

void ReplyLaws::see_appended(const Raft& raft, const Node& node, const AppendEntries& request) {
  Index index = request.prev_log_index;
  for (const Entry& entry : request.entries) {
    ++index;
    const bool is_there = stands_in(raft.log(), index, entry.term);
    const bool is_gone = index <= raft.log().base_index();
    if (is_there && (is_gone || raft.log().at(index) == entry)) continue;
    return broken("answered-by-the-rules",
                  name_of(raft.self()) + " has not appended entry " + std::to_string(index));
  }
  const Index known = std::max(node.commit_index, std::min(request.leader_commit, index));
  if (raft.commit_index() == known) return;
  broken("answered-by-the-rules", name_of(raft.self()) + " has committed up to " +
                                      std::to_string(raft.commit_index()) + ", not up to " +
                                      std::to_string(known));
}

bool ReplyLaws::hears_a_leader(const Step& step, const Node& node) const {
  if (node.role == Role::leader) return true;
  const core::Duration near = std::chrono::milliseconds(config_.election_timeout_ms);
  const bool knows_one = node.leader != core::NodeId{} || config_.lease_reads;
  return knows_one && step.now.mono < node.heard_at + near;
}

void ReplyLaws::see_sent(const Step& step, Node& node) {
  const std::string name = name_of(step.raft.self());
  for (const core::Send<Protocol>& sent : step.messages) {
    if (!is_judged(sent.message)) continue;
    const bool is_due = !node.owed.empty() && node.owed.front().to == sent.to &&
                        node.owed.front().message == sent.message;
    if (is_due) {
      node.owed.pop_front();
    } else if (!node.takes_snapshots || !may_be_of_a_snapshot(sent.message)) {
      return broken("answered-by-the-rules",
                    name + " says to " + name_of(sent.to) +
                        " what it ought not to: " + sim::to_text(sent.message));
    }
  }
  if (node.owed.empty() || node.owed.front().after > node.disk.last_durable) return;
  broken("answered-by-the-rules", name + " does not say to " + name_of(node.owed.front().to) +
                                      ": " + sim::to_text(node.owed.front().message));
}

std::uint64_t ReplyLaws::digest() const {
  core::Digest digest;
  for (const auto& [id, node] : nodes_) {
    digest.add(id).add(node.term).add(node.voted_for).add(node.leader);
    digest.add(std::uint64_t{static_cast<std::uint8_t>(node.role)}).add(node.commit_index);
    node.disk.add_to(digest.add(node.heard_at));
    digest.add(std::uint64_t{node.takes_snapshots});
    for (const Owed& owed : node.owed) {
      digest.add(owed.after).add(owed.to).add(wire::encode(owed.message));
    }
  }
  return digest.value();
}

}  // namespace raft
