// What one step of one node did: what the laws about single nodes look at.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/contract.hpp"
#include "core/digest.hpp"
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

/// The message that it takes, if it is of that kind.
template <class Kind>
const Kind* received_in(const Step& step) {
  const auto* received = std::get_if<core::Receive<Protocol>>(&step.input);
  return received == nullptr ? nullptr : std::get_if<Kind>(&received->message);
}

/// How far the log of a node has come on its way to the disk.
struct OwnDisk {
  core::WriteSeq last_write;
  core::WriteSeq last_durable;

  void see(const Step& step);
  void add_to(core::Digest& digest) const { digest.add(last_write).add(last_durable); }
};

/// Whether somebody may still wait for an answer of a node, which wakes up for that, too.
struct Waiting {
  std::optional<core::Instant> until;

  void see(const Step& step, const Config& config);
  void add_to(core::Digest& digest) const { digest.add(until.value_or(core::Instant())); }
};

std::string name_of(core::NodeId node);

/// The term that its sender is in, says one of the paper's messages; 0: it is none of them.
Term term_of(const Message& message);

// The rules of membership.cpp, requests.cpp and log.cpp, told a second time for those who judge.

bool has_majority(const std::vector<core::Peer>& voters, const std::set<core::NodeId>& nodes);
/// While members change, a majority of those before and of those to come.
bool has_quorum(const Members& members, const std::set<core::NodeId>& nodes);
bool has_vote(const Members& members, core::NodeId node);
bool belongs_to(const Members& members, core::NodeId node);
/// Everyone but `self`, in order.
std::vector<core::NodeId> other_ids(const Members& members, core::NodeId self);
/// Whether a leader takes a command that was forwarded to it: not twice, and not one so old that it
/// does not remember; it remembers `most` of a node.
bool takes(std::set<ForwardId>& taken, const ForwardId& id, std::size_t most);
/// Whether this is an entry of the log; what is gone from its beginning was.
bool stands_in(const Log& log, Index index, Term term);
/// The last place at or before `index` whose entry is of `term` or before; before the base, nobody
/// knows any more.
Index last_up_to(const Log& log, Index index, Term term);

}  // namespace raft
