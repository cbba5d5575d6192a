// The simulator of the queue when its core may be any: AnyQueue::use() has said which.
#pragma once

#include <cstdint>
#include <string>

#include "sim/program.hpp"

namespace queue {

/// Judges the first `judged` of the six promises (promises.hpp); without the last the broker does
/// not crash. `flags`: what a replay needs on its command line to run the same core.
sim::Program any_program(std::uint32_t judged, std::string flags);

}  // namespace queue
