// What one step of one node did: what the laws about single nodes look at.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/contract.hpp"
#include "raft.hpp"

namespace raft {

struct Step {
  core::Now now;     // by the node's clocks
  const Raft& raft;  // behind the step
  const Input& input;
  const Ready& ready;  // all of the turn so far; below, what this step has added
  std::span<const core::Write<Protocol>> writes;
  std::span<const core::Send<Protocol>> messages;
  std::span<const core::Reply<Protocol>> replies;
};

std::string name_of(core::NodeId node);

/// The term that its sender is in, says one of the paper's messages; 0: it is none of them.
Term term_of(const Message& message);

// The rules of membership.cpp and log.cpp, told a second time for those who judge.

bool has_majority(const std::vector<core::Peer>& voters, const std::set<core::NodeId>& nodes);
/// While members change, a majority of those before and of those to come.
bool has_quorum(const Members& members, const std::set<core::NodeId>& nodes);
bool has_vote(const Members& members, core::NodeId node);
/// Everyone but `self`, in order.
std::vector<core::NodeId> other_ids(const Members& members, core::NodeId self);
/// Whether this is an entry of the log; what is gone from its beginning was.
bool stands_in(const Log& log, Index index, Term term);
/// The last place at or before `index` whose entry is of `term` or before; before the base, nobody
/// knows any more.
Index last_up_to(const Log& log, Index index, Term term);

}  // namespace raft
