// The broker when its core may be any: AnyQueue::use() has said which.
#pragma once

#include <string>

#include "messages.hpp"
#include "net/options.hpp"

namespace CLI {
class App;
}

namespace queue {

/// The flags of a broker, whichever its core is. What `config` holds is the default.
void add_broker_flags(CLI::App& app, net::NodeOptions& options, Config& config);

/// Serves until it is stopped. Gives the program's exit code.
int run_any_broker(const Config& config, const net::NodeOptions& options);

/// The whole program, with its flags; `about` stands above their help. Gives the exit code.
int run_any_broker(const std::string& about, int argc, char** argv);

}  // namespace queue
