// What the node's flags say, beside those that every node has (net/program.hpp).
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "core/contract.hpp"
#include "messages.hpp"
#include "net/options.hpp"

namespace raft {

/// "1=127.0.0.1:4411,2=127.0.0.1:4412": ids and the addresses of their peer ports. Empty: nobody.
std::expected<std::vector<core::Peer>, std::string> peers_in(std::string_view text);

/// What follows from the id, where no flag says it.
struct Defaults {
  bool port = true;
  bool peer_port = true;
};

/// Makes the node's options and its configuration agree. The error is a sentence for a person.
std::expected<void, std::string> agree(const std::vector<core::Peer>& peers, Defaults defaults,
                                       net::NodeOptions& options, Config& config);

}  // namespace raft
