#include "raft_step.hpp"

#include <algorithm>
#include <variant>

#include "core/overloaded.hpp"

namespace raft {

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

std::vector<core::NodeId> other_ids(const Members& members, core::NodeId self) {
  std::set<core::NodeId> all;
  for (const auto* peers : {&members.voters, &members.outgoing, &members.learners}) {
    for (const core::Peer& peer : *peers) all.insert(peer.id);
  }
  all.erase(self);
  return {all.begin(), all.end()};
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
