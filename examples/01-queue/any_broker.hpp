// The broker when its core may be any: AnyQueue::use() has said which.
#pragma once

#include "messages.hpp"
#include "net/options.hpp"

namespace queue {

/// Serves until it is stopped. Gives the program's exit code.
int run_any_broker(const Config& config, const net::NodeOptions& options);

}  // namespace queue
