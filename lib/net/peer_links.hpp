// Connections between nodes. Each node sends on two connections of its own to each peer, control
// and bulk, and receives on those that its peers open. Only net's own .cpp files include this.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/contract.hpp"
#include "net/clocks.hpp"
#include "net/driver.hpp"
#include "net/link_faults.hpp"
#include "net/options.hpp"
#include "net/port.hpp"

namespace net {

class PeerSender;
class PeerReceiver;

struct PeerCounts {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t dropped = 0;  // the link was down or full, or there was no such peer
  std::uint64_t failed = 0;   // tries to reach a peer that failed, and links that were lost
  std::uint64_t refused = 0;  // connections of another cluster, version or of something else
  std::uint64_t blocked = 0;  // messages in either direction that a fault has dropped
  std::uint64_t held = 0;     // messages that a fault delays now
};

std::string peer_metrics(const PeerCounts& counts);

class PeerLinks {
 public:
  using Received = std::function<bool(core::NodeId from, const core::Bytes& payload)>;

  PeerLinks(boost::asio::io_context& io, const NodeOptions& options, Received received);
  PeerLinks(const PeerLinks&) = delete;
  PeerLinks& operator=(const PeerLinks&) = delete;
  ~PeerLinks();

  std::expected<void, std::string> listen();
  /// 0 when this node takes no connections from peers.
  std::uint16_t port() const { return port_.number(); }

  /// Opens links to who is new, closes those to who is not in the list.
  void set_peers(const std::vector<core::Peer>& peers);
  bool has_peers() const { return !senders_.empty(); }

  /// Queues the message; it is dropped when its link is down or at the limit.
  void send(const Outbox::PeerMessage& message);
  /// One gathered write per link with something queued.
  void flush();
  void check_deadlines(SteadyTime now);
  void close();

  /// What is blocked and delayed from now on, what waits already included.
  void set_faults(LinkFaults faults);
  const LinkFaults& faults() const { return faults_; }

  PeerCounts counts() const;

 private:
  friend class PeerSender;
  friend class PeerReceiver;
  using LinkId = std::pair<core::NodeId, core::Lane>;

  void on_accepted(boost::asio::ip::tcp::socket socket);
  void on_refused(std::string_view why);
  void end_others(const PeerReceiver& newest);

  boost::asio::io_context& io_;
  const NodeOptions& options_;
  Received received_;
  PeerCounts counts_;
  LinkFaults faults_;
  Port port_;
  std::map<LinkId, std::shared_ptr<PeerSender>> senders_;
  std::set<std::shared_ptr<PeerReceiver>> receivers_;
  SteadyTime tell_refusals_at_;
};

}  // namespace net
