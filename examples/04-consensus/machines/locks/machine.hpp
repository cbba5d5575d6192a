// Which state machine the cluster replicates: the lock service. See machines/kv/machine.hpp.
#pragma once

#include "locks.hpp"

namespace raft {

using Machine = locks::LockService;
using Operation = locks::Operation;
using Query = locks::Query;
using Answer = locks::Answer;
using Piece = locks::Piece;
using MachineLimits = locks::Limits;

}  // namespace raft
