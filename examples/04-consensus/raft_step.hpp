// What one step of one node did: what the laws about single nodes look at.
#pragma once

#include <span>
#include <string>

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

inline std::string name_of(core::NodeId node) { return "node " + std::to_string(node.value); }

}  // namespace raft
