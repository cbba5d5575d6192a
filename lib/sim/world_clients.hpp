// World, continued: clients, and their connections to nodes.
#pragma once

#include <algorithm>
#include <concepts>
#include <iterator>
#include <type_traits>

#include "sim/world.hpp"

namespace sim {

/// When the bytes under way to a client cross the high mark its node is told, again when they fall
/// below the low mark; beyond the limit the connection is cut.
struct SendQueue {
  static constexpr std::uint64_t high_bytes = 64 << 10;
  static constexpr std::uint64_t low_bytes = 16 << 10;
  static constexpr std::uint64_t max_bytes = 1 << 20;
};

// ---- A client's life ----------------------------------------------------------------------------

template <System S>
void World<S>::on(const StartClient& event) {
  ClientType& host = client(event.client);
  if (host.core || host.epoch != event.epoch) return;
  ++host.epoch;
  core::Prng draws = draws_about(seed_, Topic::client_start, event.client.value).fork(host.starts);
  host.core.emplace(S::client(options_, event.client, draws.next()));
  host.clock.restart(now_, core::Instant(core::Duration(draws.between(1'000'000, 1'000'000'000))));
  host.clock.set_rate(now_, static_cast<std::int32_t>(draws.between(-200, 200)));
  host.clock.set_wall(core::UnixTime(core::Duration(1'750'000'000'000'000)) +
                      (now_ - core::Instant()));
  if (host.starts++ == 0) {
    host.node = core::NodeId{1 + (event.client.value - 1) % cluster_.nodes};
  }
  say(name_of(event.client), "starts", "");
  connect(event.client, core::Duration(0));
}

template <System S>
void World<S>::crash_client(ClientId id, core::Duration down) {
  ClientType& host = client(id);
  say(name_of(id), "crashes", "");
  ++host.epoch;
  host.core.reset();
  host.inbox.clear();
  host.alarm.clear();
  leave(id);
  show(&Seen::on_client_crash, id);
  after(down, StartClient{id, host.epoch});
}

template <System S>
void World<S>::on(const DoWork<Work>& event) {
  if (event.fresh) --fresh_left_;
  ClientType& host = client(event.client);
  // The plan's work is for whichever start of the client runs; a reaction is for the one that
  // caused it.
  if (host.core && (event.epoch == 0 || event.epoch == host.epoch)) {
    feed(event.client, core::Submit<Q>{event.work});
  }
}

template <System S>
void World<S>::feed(ClientId id, ClientInput input) {
  ClientType& host = client(id);
  if (!host.core) return;
  host.inbox.push_back(std::move(input));
  wake_client(id, now_);
}

template <System S>
void World<S>::wake_client(ClientId id, core::Instant when) {
  ClientType& host = client(id);
  const auto due = host.alarm.set(now_, when);
  if (due) at(*due, WakeClient{id, host.epoch, *due});
}

template <System S>
void World<S>::on(const WakeClient& event) {
  ClientType& host = client(event.client);
  if (!host.core || host.epoch != event.epoch || !host.alarm.ring(event.due)) return;
  if (host.alarm.paused(now_)) return wake_client(event.client, now_);
  const core::Now clocks = host.clock.read(now_);
  core::ClientReady<Q> ready;
  bool stepped = !host.inbox.empty();
  while (!host.inbox.empty()) {
    const ClientInput input = std::move(host.inbox.front());
    host.inbox.pop_front();
    step_client(event.client, clocks, input, ready);
  }
  const auto due = host.core->next_timeout();
  if (due && *due <= clocks.mono) {
    stepped = true;
    step_client(event.client, clocks, core::Timeout{}, ready);
    const auto next = host.core->next_timeout();
    if (next && *next <= clocks.mono) {
      return found({"contract", name_of(event.client) +
                                    " was told of a timeout and wants the next not later than it"});
    }
  }
  if (stepped) {
    trace(ready);
    carry_out(event.client, ready);
  }
  const auto timer = host.core->next_timeout();
  if (timer) wake_client(event.client, host.clock.when(*timer));
}

template <System S>
void World<S>::step_client(ClientId id, const core::Now& now, const ClientInput& input,
                           core::ClientReady<Q>& ready) {
  Client& core = *client(id).core;
  say(name_of(id), "takes", input);
  observe(id, input);
  core::ClientReady<Q> wanted;
  core.step(now, input, wanted);
  trace_step(std::uint64_t{id.value} << 32, now, input, core);
  show(&Seen::on_client_step, id, now, input, wanted, core);
  std::ranges::move(wanted.calls, std::back_inserter(ready.calls));
  std::ranges::move(wanted.outcomes, std::back_inserter(ready.outcomes));
  ready.reconnect = ready.reconnect || wanted.reconnect;
}

template <System S>
void World<S>::observe(ClientId id, const ClientInput& input) {
  std::visit(
      [&]<class T>(const T& held) {
        if constexpr (std::same_as<T, core::Submit<Q>>) {
          show(&Seen::on_submit, id, held.work);
        } else if constexpr (std::same_as<T, core::Answer<Q>>) {
          if (held.result) ++answered_;
          show(&Seen::on_answer, id, held);
        } else if constexpr (std::same_as<T, core::Pushed<Q>>) {
          show(&Seen::on_pushed, id, held.event);
        }
      },
      input);
}

template <System S>
void World<S>::carry_out(ClientId id, core::ClientReady<Q>& ready) {
  for (core::Call<Q>& wanted : ready.calls) call(id, wanted);
  for (const auto& outcome : ready.outcomes) tell_outcome(id, outcome);
  if (ready.reconnect) {
    ClientType& host = client(id);
    // While it is connecting there is nothing to give up: that ends by itself, at this node or the
    // next.
    if (!host.session) return;
    say(name_of(id), "gives up", "its connection");
    leave(id);
    connect(id, core::Duration(0));
  }
}

template <System S>
void World<S>::tell_outcome(ClientId id, const typename Q::Outcome& outcome) {
  ClientType& host = client(id);
  say(name_of(id), "tells", outcome);
  show(&Seen::on_outcome, id, outcome);
  core::Prng draws = draws_about(seed_, Topic::reaction, id.value).fork(host.outcomes++);
  for (auto& reaction : S::react(options_, id, outcome, draws)) {
    after(reaction.after, DoWork<Work>{id, host.epoch, std::move(reaction.work), false});
  }
  end_if_served();
}

template <System S>
void World<S>::call(ClientId id, core::Call<Q>& call) {
  ClientType& host = client(id);
  say(name_of(id), "calls", call);
  show(&Seen::on_call, id, call);
  if (!host.session) {
    feed(id, core::Answer<Q>{call.request, std::unexpected(core::CallError::refused)});
    return;
  }
  links_.at(*host.session).open_at_client.insert(call.request);
  send_up(*host.session, std::move(call));
}

// ---- Connecting and leaving ---------------------------------------------------------------------

template <System S>
void World<S>::connect(ClientId id, core::Duration delay) {
  ClientType& host = client(id);
  ++host.attempts;
  after(delay + 2 * network_.client_delay(id), Connect{id, host.epoch, host.attempts});
}

template <System S>
void World<S>::on(const Connect& event) {
  ClientType& host = client(event.client);
  if (!host.core || host.epoch != event.epoch || host.attempts != event.attempt) return;
  const bool unreachable = network_.blocked(now_, event.client, host.node);
  if (unreachable || node(host.node).machine.power != Power::on) {
    say(name_of(event.client), "fails", "to connect to " + name_of(host.node));
    host.node = core::NodeId{1 + host.node.value % cluster_.nodes};
    core::Prng draws(network_.client_draw(event.client));
    const core::Duration back_off(draws.between(10'000, 500'000));
    return connect(event.client, unreachable ? core::Duration(1'000'000) : back_off);
  }
  const core::SessionId session{++last_session_};
  Link link;
  link.client = event.client;
  link.node = host.node;
  links_.emplace(session, std::move(link));
  host.session = session;
  show(&Seen::on_connect, event.client, session);
  say(name_of(event.client), "connects",
      "to " + name_of(host.node) + " as session " + std::to_string(session.value));
  feed(event.client, core::Connected{});
}

/// The client's side is closed at once; its node learns of it behind all that was sent before.
template <System S>
void World<S>::leave(ClientId id) {
  ClientType& host = client(id);
  if (!host.session) return;
  const core::SessionId session = *host.session;
  host.node = core::NodeId{1 + host.node.value % cluster_.nodes};
  send_up(session, std::nullopt);
  end_at_client(session);
}

/// What is unanswered is answered `unknown`, then the client is told.
template <System S>
void World<S>::end_at_client(core::SessionId session) {
  Link& link = links_.at(session);
  const ClientId id = link.client;
  link.client_open = false;
  client(id).session.reset();
  for (const core::RequestId request : link.open_at_client) {
    feed(id, core::Answer<Q>{request, std::unexpected(core::CallError::unknown)});
  }
  link.open_at_client.clear();
  feed(id, core::Disconnected{});
  forget_if_over(session);
}

template <System S>
void World<S>::end_at_node(core::SessionId session, bool tell) {
  Link& link = links_.at(session);
  if (link.node_open && tell) deliver(link.node, core::Closed{session});
  link.node_open = false;
  link.open_at_node.clear();
  forget_if_over(session);
}

template <System S>
void World<S>::on(const NodeNotices& event) {
  if (link(event.session) != nullptr) end_at_node(event.session, true);
}

template <System S>
void World<S>::on(const ClientNotices& event) {
  const Link* broken = link(event.session);
  if (broken == nullptr || !broken->client_open) return;
  const ClientId id = broken->client;
  end_at_client(event.session);
  connect(id, core::Duration(0));
}

template <System S>
void World<S>::forget_if_over(core::SessionId session) {
  const auto found = links_.find(session);
  if (!found->second.node_open && !found->second.client_open) links_.erase(found);
}

// ---- What is under way --------------------------------------------------------------------------

template <System S>
auto World<S>::link(core::SessionId session) -> Link* {
  const auto found = links_.find(session);
  return found == links_.end() ? nullptr : &found->second;
}

template <System S>
void World<S>::send_up(core::SessionId session, std::optional<core::Call<Q>> call) {
  Link& link = links_.at(session);
  link.up.push_back(std::move(call));
  link.up_last = std::max(link.up_last, now_ + network_.client_delay(link.client));
  at(link.up_last, ToNode{session});
}

template <System S>
void World<S>::on(const ToNode& event) {
  Link* link = this->link(event.session);
  if (link == nullptr || !link->node_open || link->broken) return;
  if (network_.blocked(now_, link->client, link->node)) {
    ++link->up_held;
    return count(Fault::client_partition);
  }
  auto piece = std::move(link->up.front());
  link->up.pop_front();
  if (!piece) return end_at_node(event.session, true);
  link->open_at_node.insert(piece->request);
  deliver(link->node, core::Request<P>{event.session, piece->request, std::move(piece->command)});
}

template <System S>
void World<S>::send_down(core::SessionId session, typename Link::Down piece) {
  Link& link = links_.at(session);
  const std::uint64_t bytes = std::visit(
      [this]<class T>(const T& held) -> std::uint64_t {
        if constexpr (std::same_as<T, typename Link::End>) {
          return 0;
        } else {
          return this->bytes_of(held).size();
        }
      },
      piece);
  link.down.push_back({std::move(piece), bytes});
  link.down_bytes += bytes;
  link.down_last = std::max(link.down_last, now_ + network_.client_delay(link.client));
  at(link.down_last, ToClient{session});
  tell_backlog(session, link);
}

template <System S>
void World<S>::tell_backlog(core::SessionId session, Link& link) {
  if (!link.node_open || link.broken) return;
  if (link.down_bytes > SendQueue::max_bytes) {
    link.broken = true;
    after(core::Duration(0), NodeNotices{session});
    after(network_.client_delay(link.client), ClientNotices{session});
    return;
  }
  const bool full = link.down_bytes > SendQueue::high_bytes;
  const bool drained = link.down_bytes < SendQueue::low_bytes;
  if (link.backlog_told ? !drained : !full) return;
  link.backlog_told = full;
  deliver(link.node, core::Backlog{session, static_cast<std::uint32_t>(link.down_bytes), full});
}

template <System S>
void World<S>::on(const ToClient& event) {
  Link* link = this->link(event.session);
  if (link == nullptr || !link->client_open || link->broken) return;
  if (network_.blocked(now_, link->client, link->node)) {
    ++link->down_held;
    return count(Fault::client_partition);
  }
  auto [piece, bytes] = std::move(link->down.front());
  link->down.pop_front();
  link->down_bytes -= bytes;
  tell_backlog(event.session, *link);
  const ClientId id = link->client;
  if (auto* answer = std::get_if<core::Answer<Q>>(&piece)) {
    link->open_at_client.erase(answer->request);
    feed(id, std::move(*answer));
  } else if (auto* pushed = std::get_if<core::Pushed<Q>>(&piece)) {
    feed(id, std::move(*pushed));
  } else {
    end_at_client(event.session);
    connect(id, core::Duration(0));
  }
}

}  // namespace sim
