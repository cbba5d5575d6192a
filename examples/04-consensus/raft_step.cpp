#include "raft_step.hpp"

#include <algorithm>
#include <chrono>
#include <variant>

#include "core/overloaded.hpp"

namespace raft {

void OwnDisk::see(const Step& step) {
  if (const auto* start = std::get_if<core::Start<Protocol>>(&step.input)) {
    last_write = start->recovered.last_control;
    last_durable = last_write;
  }
  for (const core::Write<Protocol>& write : step.writes) {
    if (write.lane == core::Lane::control) last_write = write.seq;
  }
  const auto* persisted = std::get_if<core::Persisted>(&step.input);
  if (persisted != nullptr && persisted->lane == core::Lane::control) {
    last_durable = std::max(last_durable, persisted->seq);
  }
}

void Waiting::see(const Step& step, const Config& config) {
  const bool is_asked = std::holds_alternative<core::Request<Protocol>>(step.input) ||
                        received_in<Forward>(step) != nullptr;
  if (is_asked) until = step.now.mono + std::chrono::milliseconds(config.request_timeout_ms);
  const bool is_timeout = std::holds_alternative<core::Timeout>(step.input);
  const bool is_over = is_timeout && until && step.now.mono >= *until;
  if (is_over) until.reset();
}

std::string name_of(core::NodeId node) { return "node " + std::to_string(node.value); }

Term term_of(const Message& message) {
  return std::visit(core::Overloaded{
                        [](const Forward&) { return Term{}; },
                        [](const Forwarded&) { return Term{}; },
                        [](const RequestPreVote&) { return Term{}; },
                        [](const auto& rpc) { return rpc.term; },
                    },
                    message);
}

bool has_majority(const std::vector<core::Peer>& voters, const std::set<core::NodeId>& nodes) {
  std::size_t count = 0;
  for (const core::Peer& voter : voters) count += nodes.count(voter.id);
  return count > voters.size() / 2;
}

bool has_quorum(const Members& members, const std::set<core::NodeId>& nodes) {
  if (!has_majority(members.voters, nodes)) return false;
  return members.outgoing.empty() || has_majority(members.outgoing, nodes);
}

bool has_vote(const Members& members, core::NodeId node) {
  for (const auto* peers : {&members.voters, &members.outgoing}) {
    for (const core::Peer& peer : *peers) {
      if (peer.id == node) return true;
    }
  }
  return false;
}

bool belongs_to(const Members& members, core::NodeId node) {
  return has_vote(members, node) ||
         std::ranges::find(members.learners, node, &core::Peer::id) != members.learners.end();
}

std::vector<core::NodeId> other_ids(const Members& members, core::NodeId self) {
  std::set<core::NodeId> all;
  for (const auto* peers : {&members.voters, &members.outgoing, &members.learners}) {
    for (const core::Peer& peer : *peers) all.insert(peer.id);
  }
  all.erase(self);
  return {all.begin(), all.end()};
}

bool takes(std::set<ForwardId>& taken, const ForwardId& id, std::size_t most) {
  const bool is_full = taken.size() == most;
  if (is_full && id < *taken.begin()) return false;
  if (!taken.insert(id).second) return false;
  if (is_full) taken.erase(taken.begin());
  return true;
}

bool stands_in(const Log& log, Index index, Term term) {
  if (index < log.base_index()) return true;
  return index <= log.last_index() && log.term_at(index) == term;
}

Index last_up_to(const Log& log, Index index, Term term) {
  Index place = std::min(index, log.last_index());
  while (place >= log.base_index() && log.term_at(place) > term) --place;
  return place;
}

}  // namespace raft
