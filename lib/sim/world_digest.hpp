// World, continued: a fingerprint of all that decides what comes next.
#pragma once

#include <type_traits>

#include "sim/world.hpp"

namespace sim {

/// Events are told apart by their kind and what they are about. Two that wait at the same time may
/// have been put in either way round, so their fingerprints are added up.
template <System S>
std::uint64_t World<S>::digest_of_events() {
  std::uint64_t sum = 0;
  for (const auto& key : events_.pending()) {
    const Happening& event = events_.at(key);
    core::Digest digest;
    digest.add(key.at).add(std::uint64_t{event.index()});
    std::visit([&](const auto& held) { add_event(digest, held); }, event);
    sum += digest.value();
  }
  return sum;
}

template <System S>
template <class E>
void World<S>::add_event(core::Digest& digest, const E& event) {
  if constexpr (requires { event.index; }) digest.add(event.index);
  if constexpr (requires { event.node; }) digest.add(event.node);
  if constexpr (requires { event.client; }) digest.add(event.client);
  if constexpr (requires { event.session; }) digest.add(event.session);
  if constexpr (requires { event.epoch; }) digest.add(event.epoch);
  if constexpr (requires { event.attempt; }) digest.add(event.attempt);
  if constexpr (requires { event.due; }) digest.add(event.due);
  if constexpr (requires { event.turn; }) digest.add(event.turn);
  if constexpr (requires { event.downfall; }) add_downfall(digest, event.downfall);
  if constexpr (requires { event.load; }) digest.add(bytes_of(event.load));
  if constexpr (requires { event.work; }) {
    digest.add(bytes_of(event.work)).add(std::uint64_t{event.fresh});
  }
  if constexpr (requires { event.message; }) {
    digest.add(event.from).add(event.to).add(std::uint64_t{event.lane == core::Lane::bulk});
    digest.add(bytes_of(event.message));
  }
}

template <System S>
void World<S>::add_machine(core::Digest& digest, const Machine& machine) {
  digest.add(static_cast<std::uint64_t>(machine.power)).add(machine.epoch).add(machine.starts);
  digest.add(machine.clock.digest()).add(machine.alarm.paused_until());
  digest.add(static_cast<std::uint64_t>(machine.pause_inside.count()));
  add_optional(digest, machine.alarm.due());
  digest.add(machine.next_write[0]).add(machine.next_write[1]);
  digest.add(machine.slow_factor).add(machine.slow_until).add(machine.full_until);
  digest.add(std::uint64_t{machine.crash_at_sync.has_value()});
  if (machine.crash_at_sync) add_downfall(digest, *machine.crash_at_sync);
  add_downfall(digest, machine.after_sync_error);
  digest.add(std::uint64_t{machine.damaged}).add(std::uint64_t{machine.room});
  digest.add(machine.disk.files.digest()).add(std::uint64_t{machine.disk.commit.syncing()});
  for (const disk::RawWrite& write : machine.disk.commit.waiting_writes()) {
    digest.add(bytes_of(write));
  }
}

template <System S>
void World<S>::add_nodes(core::Digest& digest) {
  for (std::uint32_t i = 1; i <= cluster_.nodes; ++i) {
    const NodeType& host = node(core::NodeId{i});
    add_machine(digest, host.machine);
    digest.add(std::uint64_t{host.in_turn.has_value()});
    if (host.in_turn) {
      digest.add(host.in_turn->now.mono).add(host.in_turn->now.wall).add(host.in_turn->most);
    }
    digest.add(std::uint64_t{host.inbox.size()}).add(std::uint64_t{host.peers.size()});
    for (const Input& input : host.inbox) digest.add(bytes_of(input));
    for (const core::NodeId peer : host.peers) digest.add(peer);
    const auto& core = core_of(core::NodeId{i});
    digest.add(std::uint64_t{core.has_value()});
    if (core) digest.add(core->digest());
  }
}

template <System S>
void World<S>::add_clients(core::Digest& digest) {
  for (const ClientType& host : clients_) {
    digest.add(host.epoch).add(host.attempts).add(host.node).add(host.clock.digest());
    digest.add(host.session.value_or(core::SessionId{})).add(host.alarm.paused_until());
    add_optional(digest, host.alarm.due());
    digest.add(std::uint64_t{host.inbox.size()});
    for (const ClientInput& input : host.inbox) digest.add(bytes_of(input));
    digest.add(std::uint64_t{host.core.has_value()});
    if (host.core) digest.add(host.core->digest());
  }
  digest.add(std::uint64_t{links_.size()});
  for (const auto& [session, link] : links_) {
    digest.add(session).add(link.client).add(link.node).add(std::uint64_t{link.broken});
    digest.add(std::uint64_t{link.node_open}).add(std::uint64_t{link.client_open});
    digest.add(link.up_last).add(link.down_last).add(link.up_held).add(link.down_held);
    digest.add(std::uint64_t{link.backlog_told}).add(std::uint64_t{link.open_at_node.size()});
    for (const core::RequestId request : link.open_at_node) digest.add(request);
    for (const core::RequestId request : link.open_at_client) digest.add(request);
    digest.add(std::uint64_t{link.up.size()}).add(std::uint64_t{link.down.size()});
    for (const auto& call : link.up) {
      digest.add(std::uint64_t{call.has_value()});
      if (call) digest.add(bytes_of(call->command)).add(call->request);
    }
    for (const auto& sized : link.down) {
      digest.add(std::uint64_t{sized.piece.index()}).add(sized.bytes);
      if (const auto* answer = std::get_if<core::Answer<Q>>(&sized.piece)) {
        digest.add(bytes_of(*answer));
      } else if (const auto* pushed = std::get_if<core::Pushed<Q>>(&sized.piece)) {
        digest.add(bytes_of(*pushed));
      }
    }
  }
}

template <System S>
std::uint64_t World<S>::digest() {
  core::Digest digest;
  digest.add(now_).add(std::uint64_t{healed_}).add(std::uint64_t{over_}).add(last_session_);
  digest.add(fresh_left_).add(network_.digest(now_)).add(checker_.digest());
  add_nodes(digest);
  add_clients(digest);
  return digest.add(digest_of_events()).value();
}

}  // namespace sim
