#include "flags.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "net/text.hpp"

namespace raft {

namespace {

constexpr std::uint32_t first_port = 4'400;       // + id
constexpr std::uint32_t first_peer_port = 4'410;  // + id

std::expected<core::Peer, std::string> peer_in(std::string_view text) {
  const std::size_t equals = std::min(text.find('='), text.size());
  const auto id = net::parse_number(text.substr(0, equals));
  const std::string address(text.substr(std::min(equals + 1, text.size())));
  const bool is_id = id && *id >= 1 && *id <= std::numeric_limits<std::uint32_t>::max();
  if (!is_id || !net::is_address(address)) {
    return std::unexpected("\"" + std::string(text) +
                           "\" is not ID=HOST:PORT, such as 1=127.0.0.1:4411");
  }
  return core::Peer{{static_cast<std::uint32_t>(*id)}, address};
}

std::expected<std::uint16_t, std::string> port_from(std::uint32_t first, core::NodeId id,
                                                    std::string_view flag) {
  const std::uint32_t most = std::numeric_limits<std::uint16_t>::max();
  if (id.value <= most - first) return static_cast<std::uint16_t>(first + id.value);
  return std::unexpected("an id so large needs " + std::string(flag));
}

}  // namespace

std::expected<std::vector<core::Peer>, std::string> peers_in(std::string_view text) {
  std::vector<core::Peer> peers;
  if (text.empty()) return peers;
  while (true) {
    const std::size_t end = std::min(text.find(','), text.size());
    auto peer = peer_in(text.substr(0, end));
    if (!peer) return std::unexpected(std::move(peer).error());
    if (std::ranges::find(peers, peer->id, &core::Peer::id) != peers.end()) {
      return std::unexpected("node " + std::to_string(peer->id.value) + " stands twice");
    }
    peers.push_back(std::move(*peer));
    if (end == text.size()) return peers;
    text.remove_prefix(end + 1);
  }
}

std::expected<void, std::string> agree(const std::vector<core::Peer>& peers, Defaults defaults,
                                       net::NodeOptions& options, Config& config) {
  if (options.node.value == 0) return std::unexpected("--id must be 1 or more");
  if (peers.size() > config.max_members) {
    return std::unexpected("--peers: a cluster has at most " + std::to_string(config.max_members) +
                           " members");
  }
  const auto self = std::ranges::find(peers, options.node, &core::Peer::id);
  if (!peers.empty() && self == peers.end()) {
    return std::unexpected("--peers does not name node " + std::to_string(options.node.value) +
                           " itself; for a node that is to join later, leave --peers out");
  }
  if (config.heartbeat_ms >= config.election_timeout_ms) {
    return std::unexpected(
        "--heartbeat-ms must be less than --election-timeout-ms: a leader must "
        "be heard in time");
  }
  if (defaults.port) {
    const auto port = port_from(first_port, options.node, "--port");
    if (!port) return std::unexpected(port.error());
    options.http.port = *port;
  }
  if (defaults.peer_port && self != peers.end()) {
    const std::string& address = self->address;
    options.peers->port = static_cast<std::uint16_t>(
        net::parse_number(address.substr(address.rfind(':') + 1)).value_or(0));
  } else if (defaults.peer_port) {
    const auto port = port_from(first_peer_port, options.node, "--peer-port");
    if (!port) return std::unexpected(port.error());
    options.peers->port = *port;
  }
  config.self = options.node;
  config.members = peers;
  return {};
}

}  // namespace raft
