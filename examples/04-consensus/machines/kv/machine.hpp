// Which state machine the cluster replicates: the key-value store. The build chooses it, by the
// folder in which it looks for this header (CMakeLists.txt); Raft knows the names below, and what
// kv.hpp shows of their functions.
#pragma once

#include "kv.hpp"

namespace raft {

using Machine = kv::KeyValue;
using Operation = kv::Operation;  // changes it
using Query = kv::Query;          // only reads it
using Answer = kv::Answer;
using Piece = kv::Piece;  // of its state
using MachineLimits = kv::Limits;

}  // namespace raft
