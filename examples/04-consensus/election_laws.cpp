#include "election_laws.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "core/digest.hpp"

namespace raft {

namespace {

bool is_of_leader(const Message& message) {
  return std::holds_alternative<AppendEntries>(message) ||
         std::holds_alternative<InstallSnapshot>(message);
}

bool asks_before(const Step& step) {
  return std::ranges::any_of(step.messages, [](const core::Send<Protocol>& sent) {
    return std::holds_alternative<RequestPreVote>(sent.message);
  });
}

/// The last that these records say of it.
std::optional<TermAndVote> term_and_vote(const std::vector<Record>& records) {
  std::optional<TermAndVote> last;
  for (const Record& record : records) {
    if (const auto* known = std::get_if<TermAndVote>(&record)) last = *known;
  }
  return last;
}

}  // namespace

ElectionLaws::ElectionLaws(const Config& config)
    : config_(config), timeout_(std::chrono::milliseconds(config.election_timeout_ms)) {}

void ElectionLaws::broken(const char* law, std::string what) {
  if (!found_) found_ = sim::Finding{law, std::move(what)};
}

void ElectionLaws::see_step(const Step& step) {
  const Raft& raft = step.raft;
  Node& node = nodes_[raft.self()];
  const bool starts = std::holds_alternative<core::Start<Protocol>>(step.input);
  if (starts) {
    node = {};
    node.term = raft.current_term();
    node.voted_for = raft.voted_for();
  }
  node.waiting.see(step, config_);
  node.disk.see(step);
  see_written(step, node);
  if (const auto* received = std::get_if<core::Receive<Protocol>>(&step.input)) {
    see_received(step, *received, node);
  }
  see_due(step, node);
  const bool is_put_off = starts || asks_before(step) || puts_off(step, node);
  if (is_put_off) put_off(step, node);
  see_timer(step, node, is_put_off);
  see_votes(step, node);
  node.term = raft.current_term();
  node.voted_for = raft.voted_for();
  node.role = raft.role();
  node.timeout = raft.next_timeout();
}

/// Whatever it is now must be on its way to the disk.
void ElectionLaws::see_written(const Step& step, const Node& node) {
  std::optional<TermAndVote> written;
  for (const core::Write<Protocol>& write : step.writes) {
    if (write.lane != core::Lane::control) continue;
    if (const auto said = term_and_vote(write.records)) written = said;
  }
  const TermAndVote is{step.raft.current_term(), step.raft.voted_for()};
  const std::string name = name_of(step.raft.self());
  const bool same_term = is.current_term == node.term;
  const bool is_same = same_term && is.voted_for == node.voted_for;
  if (!is_same && written != is) broken("vote-is-kept", name + " does not write its vote down");
  if (same_term && !is_same && node.voted_for != core::NodeId{}) {
    broken("vote-is-kept", name + " takes its vote back");
  }
}

void ElectionLaws::see_received(const Step& step, const core::Receive<Protocol>& received,
                                Node& node) {
  const Raft& raft = step.raft;
  const Term term = term_of(received.message);
  const bool is_later = term > node.term;
  if (is_later || (is_of_leader(received.message) && term == node.term)) {
    node.asks_before = false;
    node.pre_votes.clear();
  }
  const auto* pre_voted = std::get_if<PreVoted>(&received.message);
  const bool counts = pre_voted != nullptr && pre_voted->granted && node.asks_before &&
                      pre_voted->asked_term.value == node.term.value + 1;
  if (counts) {
    node.pre_votes.insert(received.from);
    const bool wins = has_quorum(raft.members(), node.pre_votes);
    if (wins && raft.role() != Role::candidate) {
      broken("stands-by-the-rules", name_of(raft.self()) + " would win, and does not stand");
    }
  }
  const auto* voted = std::get_if<Voted>(&received.message);
  if (voted != nullptr && voted->granted && node.role == Role::candidate && term == node.term) {
    node.votes.insert(received.from);
  }
}

/// A node stands, or asks whether it should.
void ElectionLaws::see_due(const Step& step, Node& node) {
  const Raft& raft = step.raft;
  const bool is_timeout = std::holds_alternative<core::Timeout>(step.input);
  const bool asks = asks_before(step);
  const bool stands = raft.role() == Role::candidate && raft.current_term() != node.term;
  if (stands) see_stands(step, node);
  if (asks) see_asks_before(step, node);
  if (!is_timeout || node.role == Role::leader) return;
  const std::string name = name_of(raft.self());
  if (stands || asks) {
    if (step.now.mono < node.earliest) broken("election-timer", name + " stands before it is time");
  } else if (step.now.mono >= node.latest && has_vote(raft.members(), raft.self())) {
    broken("election-timer", name + " does not stand, and it is time");
  } else if (step.now.mono >= node.earliest) {
    node.latest = step.now.mono + 2 * timeout_;  // it may have no vote, and waits on
  }
}

void ElectionLaws::see_stands(const Step& step, Node& node) {
  const Raft& raft = step.raft;
  const bool is_alone = has_quorum(raft.members(), {raft.self()});
  const bool is_told = received_in<TimeoutNow>(step) != nullptr;
  const bool would_win = has_quorum(raft.members(), node.pre_votes);
  const bool may = is_told || would_win || (!config_.pre_vote || is_alone);
  const bool is_next = raft.current_term().value == node.term.value + 1;
  if (!may || !is_next || raft.voted_for() != raft.self()) {
    broken("stands-by-the-rules", name_of(raft.self()) + " stands, and should not yet");
  }
  node.asks_before = false;
  node.pre_votes.clear();
  node.votes.clear();
  node.own_vote = node.disk.last_write;
}

void ElectionLaws::see_asks_before(const Step& step, Node& node) {
  const Raft& raft = step.raft;
  std::vector<core::NodeId> asked;
  const Log& log = raft.log();
  const RequestPreVote right{Term{node.term.value + 1}, log.last_index(), log.last_term()};
  bool is_right = config_.pre_vote && raft.role() == Role::follower;
  for (const core::Send<Protocol>& sent : step.messages) {
    const auto* request = std::get_if<RequestPreVote>(&sent.message);
    if (request == nullptr) continue;
    asked.push_back(sent.to);
    is_right = is_right && *request == right;
  }
  if (!is_right || asked != other_ids(raft.members(), raft.self())) {
    broken("stands-by-the-rules", name_of(raft.self()) + " does not ask everyone as it should");
  }
  node.asks_before = true;
  node.pre_votes = {raft.self()};
}

void ElectionLaws::see_votes(const Step& step, const Node& node) {
  const Raft& raft = step.raft;
  const bool was_candidate = node.role == Role::candidate && node.term == raft.current_term();
  const bool begins = raft.role() == Role::leader &&
                      (node.role != Role::leader || node.term != raft.current_term());
  if (!was_candidate && !begins) return;
  std::set<core::NodeId> votes = node.votes;
  if (node.disk.last_durable >= node.own_vote) votes.insert(raft.self());
  const bool wins = was_candidate && has_quorum(raft.members(), votes);
  const std::string name = name_of(raft.self());
  if (begins && !wins) broken("elected-by-a-majority", name + " leads without a majority");
  if (wins && raft.role() == Role::candidate) {
    broken("elected-by-a-majority", name + " has a majority, and does not lead");
  }
}

// ---- The timer ----------------------------------------------------------------------------------

bool ElectionLaws::puts_off(const Step& step, const Node& node) const {
  const Raft& raft = step.raft;
  const bool is_new_term = raft.current_term() != node.term;
  const bool gives_up = node.role != Role::follower && raft.role() == Role::follower;
  const bool stands = raft.role() == Role::candidate && is_new_term;
  const auto* received = std::get_if<core::Receive<Protocol>>(&step.input);
  const bool hears = received != nullptr && is_of_leader(received->message) &&
                     term_of(received->message) == raft.current_term();
  const bool votes =
      raft.voted_for() != core::NodeId{} && (is_new_term || raft.voted_for() != node.voted_for);
  return gives_up || stands || hears || votes;
}

void ElectionLaws::put_off(const Step& step, Node& node) const {
  node.earliest = step.now.mono + timeout_;
  node.latest = step.now.mono + 2 * timeout_;
}

/// Who was asked something may wake up sooner, for that.
void ElectionLaws::see_timer(const Step& step, const Node& node, bool is_put_off) {
  const Raft& raft = step.raft;
  if (raft.role() == Role::leader) return;
  const auto next = raft.next_timeout();
  const std::string name = name_of(raft.self());
  if (!next || *next > node.latest) return broken("election-timer", name + " waits too long");
  if (node.waiting.until) return;
  if (*next < node.earliest) broken("election-timer", name + " does not wait long enough");
  const bool is_timeout = std::holds_alternative<core::Timeout>(step.input);
  if (is_put_off || is_timeout || next == node.timeout) return;
  broken("election-timer",
         name + " puts its election off, and has neither heard its leader nor " + "given its vote");
}

std::uint64_t ElectionLaws::digest() const {
  core::Digest digest;
  for (const auto& [id, node] : nodes_) {
    digest.add(id).add(node.term).add(node.voted_for);
    digest.add(std::uint64_t{static_cast<std::uint8_t>(node.role)});
    node.waiting.add_to(digest.add(node.timeout.value_or(core::Instant())));
    digest.add(node.earliest).add(node.latest).add(std::uint64_t{node.asks_before});
    for (const core::NodeId voter : node.pre_votes) digest.add(voter);
    node.disk.add_to(digest.add(node.own_vote));
    for (const core::NodeId voter : node.votes) digest.add(voter);
  }
  return digest.value();
}

}  // namespace raft
