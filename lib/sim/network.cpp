#include "sim/network.hpp"

#include <algorithm>

#include "core/digest.hpp"
#include "sim/draws.hpp"
#include "wire/wire.hpp"

namespace sim {
namespace {

bool holds(const std::vector<core::NodeId>& nodes, core::NodeId node) {
  return std::ranges::find(nodes, node) != nodes.end();
}

/// Why a message is not delivered.
struct Blocks {
  core::NodeId from;
  core::NodeId to;

  template <class Wall>
  std::optional<Fault> if_so(const Wall& wall, Fault fault) const {
    return blocks(wall, from, to) ? std::optional(fault) : std::nullopt;
  }
  std::optional<Fault> operator()(const Partition& wall) const {
    return if_so(wall, Fault::partition);
  }
  std::optional<Fault> operator()(const OneWay& wall) const { return if_so(wall, Fault::one_way); }
  std::optional<Fault> operator()(const Bridge& wall) const { return if_so(wall, Fault::bridge); }
  std::optional<Fault> operator()(const ClientPartition&) const { return std::nullopt; }
};

}  // namespace

bool blocks(const Partition& wall, core::NodeId from, core::NodeId to) {
  return holds(wall.left, from) != holds(wall.left, to);
}

bool blocks(const OneWay& wall, core::NodeId from, core::NodeId to) {
  return (wall.hears ? from : to) == wall.node;
}

bool blocks(const Bridge& wall, core::NodeId from, core::NodeId to) {
  if (from == wall.middle || to == wall.middle) return false;
  return holds(wall.left, from) != holds(wall.left, to);
}

Network::Network(std::uint64_t seed, const Conditions& conditions)
    : seed_(seed),
      client_min_(conditions.client_min),
      client_max_(conditions.client_max),
      peer_min_(conditions.peer_min),
      peer_max_(conditions.peer_max) {}

void Network::add(const Loss& loss, core::Instant until, std::uint64_t stream) {
  weather_.push_back({until, stream, loss});
}

void Network::add(const Duplicate& duplicate, core::Instant until, std::uint64_t stream) {
  weather_.push_back({until, stream, duplicate});
}

void Network::add(const Reorder& reorder, core::Instant until, std::uint64_t stream) {
  weather_.push_back({until, stream, reorder});
}

void Network::add(const Partition& partition, core::Instant until) {
  walls_.push_back({until, partition});
}

void Network::add(const OneWay& one_way, core::Instant until) {
  walls_.push_back({until, one_way});
}

void Network::add(const Bridge& bridge, core::Instant until) { walls_.push_back({until, bridge}); }

void Network::add(const ClientPartition& partition, core::Instant until) {
  walls_.push_back({until, partition});
}

void Network::isolate(core::NodeId node) { isolated_.push_back(node); }

void Network::clear() {
  weather_.clear();
  walls_.clear();
  isolated_.clear();
}

core::Duration Network::delay(core::Prng& prng, core::Duration least, core::Duration most) const {
  return core::Duration(prng.between(least.count(), most.count()));
}

Fate Network::send(core::Instant now, core::NodeId from, core::NodeId to, core::Lane lane) {
  Link& link = links_[{from, to, lane}];
  Fate fate;
  fate.number = link.sent++;
  const core::Prng message = draws_about(seed_, Topic::link, from.value)
                                 .fork(to.value)
                                 .fork(static_cast<std::uint64_t>(lane))
                                 .fork(fate.number);
  core::Prng pace = message;
  fate.delay = delay(pace, peer_min_, peer_max_);
  for (const Weather& weather : weather_) {
    if (weather.until <= now) continue;
    core::Prng own = message.fork(weather.stream);
    const std::uint64_t dice = own.below(1'000'000);
    if (const auto* loss = std::get_if<Loss>(&weather.kind)) {
      fate.lost = fate.lost || dice < loss->ppm;
    } else if (const auto* duplicate = std::get_if<Duplicate>(&weather.kind)) {
      if (dice < duplicate->ppm) fate.repeat = delay(own, peer_min_, 10 * peer_max_);
    } else if (const auto* reorder = std::get_if<Reorder>(&weather.kind)) {
      if (dice < reorder->ppm) fate.delay += delay(own, core::Duration(0), reorder->delay);
    }
  }
  return fate;
}

bool Network::overtaken(core::NodeId from, core::NodeId to, core::Lane lane, std::uint64_t number) {
  Link& link = links_[{from, to, lane}];
  const bool late = number < link.next_expected;
  link.next_expected = std::max(link.next_expected, number + 1);
  return late;
}

std::optional<Fault> Network::blocked(core::Instant now, core::NodeId from, core::NodeId to) const {
  if (holds(isolated_, from) || holds(isolated_, to)) return Fault::partition;
  for (const Wall& wall : walls_) {
    if (wall.until <= now) continue;
    if (const auto fault = std::visit(Blocks{from, to}, wall.kind)) return fault;
  }
  return std::nullopt;
}

bool Network::blocked(core::Instant now, ClientId client, core::NodeId node) const {
  if (holds(isolated_, node)) return true;
  return std::ranges::any_of(walls_, [&](const Wall& wall) {
    const auto* between = std::get_if<ClientPartition>(&wall.kind);
    return between != nullptr && wall.until > now && between->client == client &&
           between->node == node;
  });
}

std::uint64_t Network::digest(core::Instant now) const {
  core::Digest digest;
  const auto add = [&](core::Instant until, std::uint64_t stream, const auto& kind) {
    if (until > now) digest.add(until).add(stream).add(wire::encode(kind));
  };
  for (const Weather& weather : weather_) add(weather.until, weather.stream, weather.kind);
  for (const Wall& wall : walls_) add(wall.until, 0, wall.kind);
  for (const core::NodeId node : isolated_) digest.add(node);
  return digest.value();
}

core::Duration Network::client_delay(ClientId client) {
  core::Prng prng(client_draw(client));
  return delay(prng, client_min_, client_max_);
}

std::uint64_t Network::client_draw(ClientId client) {
  const std::uint64_t number = client_draws_[client]++;
  return draws_about(seed_, Topic::client, client.value).fork(number).state();
}

}  // namespace sim
