// Which state machine the cluster replicates. To replicate another, name it here: Raft asks of it
// only what kv.hpp shows.
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
