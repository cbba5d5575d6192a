// What becomes of what is sent. Between nodes, messages are delayed, and while a plan says so lost,
// repeated, overtaken or cut off. Between a client and a node there is a connection as TCP gives
// it: delayed, in order, whole until it breaks; a partition holds back what is under way until it
// ends.
//
// The fate of a link's k-th message follows from (seed, link, k) and from which faults are on, and
// from nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <variant>
#include <vector>

#include "core/contract.hpp"
#include "core/prng.hpp"
#include "sim/plan.hpp"

namespace sim {

/// What becomes of one message between nodes.
struct Fate {
  std::uint64_t number = 0;              // k: it is the link's k-th, from 0
  bool lost = false;                     // by a lossy line; a partition is told by reachable()
  core::Duration delay{};                // of the message
  std::optional<core::Duration> repeat;  // of a second copy
};

/// Whether what `from` says cannot reach `to`, while that lasts.
bool blocks(const Partition& wall, core::NodeId from, core::NodeId to);
bool blocks(const OneWay& wall, core::NodeId from, core::NodeId to);
bool blocks(const Bridge& wall, core::NodeId from, core::NodeId to);

class Network {
 public:
  Network(std::uint64_t seed, const Conditions& conditions);

  // Faults, each until a true time. `stream` is that of the plan's line.
  void add(const Loss& loss, core::Instant until, std::uint64_t stream);
  void add(const Duplicate& duplicate, core::Instant until, std::uint64_t stream);
  void add(const Reorder& reorder, core::Instant until, std::uint64_t stream);
  void add(const Partition& partition, core::Instant until);
  void add(const OneWay& one_way, core::Instant until);
  void add(const Bridge& bridge, core::Instant until);
  void add(const ClientPartition& partition, core::Instant until);

  /// Ends every fault but this: `node` reaches no one any more, and no one reaches it.
  void isolate(core::NodeId node);

  /// Ends every fault.
  void clear();

  /// The fate of the next message of that link.
  Fate send(core::Instant now, core::NodeId from, core::NodeId to, core::Lane lane);

  /// To be told of each arrival; whether a later message of the link has arrived before.
  bool overtaken(core::NodeId from, core::NodeId to, core::Lane lane, std::uint64_t number);

  /// Why `from` cannot reach `to` now; none when it can.
  std::optional<Fault> blocked(core::Instant now, core::NodeId from, core::NodeId to) const;

  /// Whether that client and that node cannot reach each other now.
  bool blocked(core::Instant now, ClientId client, core::NodeId node) const;

  /// The way of the next piece that `client` sends or is sent.
  core::Duration client_delay(ClientId client);

  /// The next number of a stream of draws for `client`'s connections.
  std::uint64_t client_draw(ClientId client);

  /// Of the faults that are on, or will be until their time.
  std::uint64_t digest(core::Instant now) const;

 private:
  struct Weather {
    core::Instant until;
    std::uint64_t stream = 0;
    std::variant<Loss, Duplicate, Reorder> kind;
  };
  struct Wall {
    core::Instant until;
    std::variant<Partition, OneWay, Bridge, ClientPartition> kind;
  };
  struct Link {
    std::uint64_t sent = 0;
    std::uint64_t next_expected = 0;
  };
  using LinkName = std::tuple<core::NodeId, core::NodeId, core::Lane>;

  core::Duration delay(core::Prng& prng, core::Duration least, core::Duration most) const;

  std::uint64_t seed_;
  core::Duration client_min_, client_max_, peer_min_, peer_max_;
  std::vector<Weather> weather_;
  std::vector<Wall> walls_;
  std::vector<core::NodeId> isolated_;
  std::map<LinkName, Link> links_;
  std::map<ClientId, std::uint64_t> client_draws_;
};

}  // namespace sim
