// World, continued: how nodes start, take their turns, write and speak.
#pragma once

#include <algorithm>

#include "sim/world.hpp"

namespace sim {

template <System S>
bool World<S>::alive(core::NodeId id, std::uint64_t epoch) {
  const Machine& machine = node(id).machine;
  return machine.power == Power::on && machine.epoch == epoch;
}

// ---- Starts and ends ----------------------------------------------------------------------------

template <System S>
void World<S>::on(const StartNode& event) {
  const Machine& machine = node(event.node).machine;
  if (machine.epoch == event.epoch && machine.power == Power::off) start_node(event.node);
}

template <System S>
void World<S>::start_node(core::NodeId id) {
  NodeType& host = node(id);
  Machine& machine = host.machine;
  ++machine.epoch;
  ++machine.starts;
  core::Prng draws = node_draws(seed_, id, NodeTopic::start, machine.starts);
  core::Start<P> start;
  start.incarnation = machine.starts;
  if (cluster_.disk) {
    auto stood = machine.disk.open(draws.next());
    if (!stood) return cannot_start(id, stood.error());
    auto recovered = disk::from_raw<P>(std::move(stood->recovered));
    if (!recovered) return cannot_start(id, recovered.error());
    start.recovered = std::move(*recovered);
    start.incarnation = stood->incarnation;
  }
  machine.next_write[0] = core::WriteSeq{start.recovered.last_control.value + 1};
  machine.next_write[1] = core::WriteSeq{start.recovered.last_bulk.value + 1};
  machine.clock.restart(now_,
                        core::Instant(core::Duration(draws.between(1'000'000, 1'000'000'000))));
  machine.power = Power::on;
  machine.room = true;
  host.peers.clear();
  core_of(id).emplace(S::config(options_, id), draws.next());
  say(name_of(id), "starts", "incarnation " + std::to_string(start.incarnation));
  deliver(id, std::move(start));
  if (cluster_.disk) {
    tend_disk(id);
    after(core::Duration(200'000), DiskTick{id, machine.epoch});
  }
}

template <System S>
void World<S>::cannot_start(core::NodeId id, const disk::Error& error) {
  Machine& machine = node(id).machine;
  say(name_of(id), "fails", "to start: " + error.what);
  const bool sync_failed = machine.disk.files.sync_failed();
  machine.disk.close();
  const bool may_try_again = error.kind == disk::ErrorKind::no_space || sync_failed;
  if (sync_failed) {
    count(Fault::sync_error);
    machine.disk.files.lose_power(node_draws(seed_, id, NodeTopic::start, machine.starts).fork(1));
  }
  if (may_try_again) {
    after(core::Duration(500'000), StartNode{id, machine.epoch});
  } else if (machine.damaged) {
    machine.power = Power::refused;
  } else {
    found(
        {"disk", name_of(id) + " cannot start although nothing damaged its files: " + error.what});
  }
}

template <System S>
void World<S>::stop_node(core::NodeId id, const Downfall& downfall, std::string_view why) {
  NodeType& host = node(id);
  Machine& machine = host.machine;
  say(name_of(id), "stops", why);
  ++crashes_;
  ++machine.epoch;
  machine.power = Power::off;
  machine.alarm.clear();
  machine.crash_at_sync.reset();
  machine.pause_inside = core::Duration(0);
  host.in_turn.reset();
  host.inbox.clear();
  core_of(id).reset();
  machine.disk.close();
  if (downfall.power && cluster_.disk) {
    SimFileSystem& files = machine.disk.files;
    const auto loss = downfall.stream
                          ? files.lose_power(draws_about(seed_, Topic::plan_line, *downfall.stream))
                          : files.lose_all();
    count(Fault::lost_write, loss.lost);
    count(Fault::torn_write, loss.torn);
  }
  show(&Seen::on_node_down, id);
  // Without power no one says goodbye: clients learn of it when the machine is back and knows no
  // session.
  const core::Duration silence = downfall.power ? downfall.down : core::Duration(0);
  for (auto next = links_.begin(); next != links_.end();) {
    auto& [session, link] = *next++;  // end_at_node() may take it out
    if (link.node != id || !link.node_open) continue;
    core::Prng draws(network_.client_draw(link.client));
    link.broken = link.broken || (downfall.stream && draws.below(2) == 0);
    after(silence + network_.client_delay(link.client), ClientNotices{session});
    end_at_node(session, false);
  }
  after(downfall.down, StartNode{id, machine.epoch});
}

template <System S>
void World<S>::on(const CrashInSync& event) {
  if (healed_ || !alive(event.node, event.epoch)) return;
  count(Fault::crash);
  stop_node(event.node, event.downfall, "a crash during a sync");
}

// ---- Turns --------------------------------------------------------------------------------------

template <System S>
void World<S>::deliver(core::NodeId id, Input input) {
  NodeType& host = node(id);
  host.inbox.push_back(std::move(input));
  if (host.in_turn) return;
  core::Prng draws = node_draws(seed_, id, NodeTopic::turn, host.machine.turns);
  wake(id, now_ + core::Duration(draws.between(0, conditions_.turn_max.count())));
}

template <System S>
void World<S>::wake(core::NodeId id, core::Instant when) {
  Machine& machine = node(id).machine;
  const auto due = machine.alarm.set(now_, when);
  if (due) at(*due, Wake{id, machine.epoch, *due});
}

template <System S>
void World<S>::on(const Wake& event) {
  NodeType& host = node(event.node);
  Machine& machine = host.machine;
  if (!alive(event.node, event.epoch) || !machine.alarm.ring(event.due)) return;
  if (host.in_turn) return;  // the end of the turn sees to what has come meanwhile
  if (machine.alarm.paused(now_)) return wake(event.node, now_);
  const core::Now clocks = machine.clock.read(now_);
  core::Prng draws = node_draws(seed_, event.node, NodeTopic::turn, machine.turns++).fork(1);
  const std::uint64_t most = 1 + draws.below(conditions_.batch_max);
  if (machine.pause_inside == core::Duration(0)) return run_turn(event.node, clocks, most);
  host.in_turn = Turn{clocks, most};
  count(Fault::pause);
  say(name_of(event.node), "pauses", "after reading its clocks");
  after(std::exchange(machine.pause_inside, core::Duration(0)),
        RunSteps{event.node, event.epoch, machine.turns});
}

template <System S>
void World<S>::on(const RunSteps& event) {
  NodeType& host = node(event.node);
  if (!alive(event.node, event.epoch) || !host.in_turn) return;
  if (host.machine.turns != event.turn) return;
  const Turn turn = *std::exchange(host.in_turn, std::nullopt);
  run_turn(event.node, turn.now, turn.most);
}

/// One turn: steps for at most `most` inputs and for a due timer, and what they want is carried
/// out.
template <System S>
void World<S>::run_turn(core::NodeId id, const core::Now& now, std::uint64_t most) {
  NodeType& host = node(id);
  core::Ready<P> ready;
  const std::uint64_t steps_before = host.steps;
  for (; most > 0 && !host.inbox.empty(); --most) {
    const Input input = std::move(host.inbox.front());
    host.inbox.pop_front();
    if (!step_core(id, now, input, ready)) return;
  }
  step_timer(id, now, ready);
  if (over_) return;
  if (host.steps != steps_before) {
    trace(ready);
    show(&Seen::on_ready, id, ready, cores_);
    carry_out(id, ready);
  }
  if (over_ || host.machine.power != Power::on) return;
  if (!host.inbox.empty()) return wake(id, now_ + core::Duration(1));
  const auto timer = core_of(id)->next_timeout();
  if (timer) wake(id, host.machine.clock.when(*timer));
}

/// Whether the run goes on.
template <System S>
bool World<S>::step_core(core::NodeId id, const core::Now& now, const Input& input,
                         core::Ready<P>& ready) {
  constexpr std::uint64_t steps_between_sweeps = 256;
  NodeType& host = node(id);
  Core& core = *core_of(id);
  say(name_of(id), "takes", input);
  core.step(now, input, ready);
  ++host.steps;
  trace_step(id.value, now, input, core);
  const auto broken = core.check_invariants(host.steps % steps_between_sweeps == 0);
  if (broken) found({"invariants", name_of(id) + ": " + *broken});
  if (over_) return false;
  show(&Seen::on_step, id, now, input, ready, cores_);
  tell_noted();
  auto finding = checker_.after_step(now_, id, cores_);
  if (finding) found(std::move(*finding));
  return !over_;
}

template <System S>
void World<S>::step_timer(core::NodeId id, const core::Now& now, core::Ready<P>& ready) {
  const auto due = core_of(id)->next_timeout();
  if (!due || *due > now.mono) return;
  if (!step_core(id, now, core::Timeout{}, ready)) return;
  const auto next = core_of(id)->next_timeout();
  if (next && *next <= now.mono) {
    contract(id, "was told of a timeout at " + to_text(now.mono) + " and wants the next at " +
                     to_text(*next) + ", which is not later");
  }
}

// ---- What a core wants done ---------------------------------------------------------------------

template <System S>
void World<S>::carry_out(core::NodeId id, core::Ready<P>& ready) {
  if (ready.peers) {
    say(name_of(id), "connects", "to " + std::to_string(ready.peers->size()) + " peers");
    node(id).peers.clear();
    for (const core::Peer& peer : *ready.peers) node(id).peers.push_back(peer.id);
  }
  for (const core::Write<P>& wanted : ready.writes) write(id, wanted);
  for (const core::Load& load : ready.loads) {
    say(name_of(id), "reads", load);
    after(conditions_.sync_min, ReadDone{id, node(id).machine.epoch, load});
  }
  for (core::Send<P>& message : ready.messages) send(id, message);
  for (core::Reply<P>& answer : ready.replies) reply(id, answer);
  for (const core::Push<P>& event : ready.pushes) push(id, event);
  for (const core::SessionId session : ready.closes) close_session(id, session);
  if (!over_) start_sync(id);
}

template <System S>
void World<S>::write(core::NodeId id, const core::Write<P>& write) {
  Machine& machine = node(id).machine;
  core::WriteSeq& next = machine.next_write[write.lane == core::Lane::control ? 0 : 1];
  if (write.seq != next) {
    return contract(id, "numbers a write " + std::to_string(write.seq.value) + " where " +
                            std::to_string(next.value) + " comes next");
  }
  ++next.value;
  say(name_of(id), "writes", write);
  if (cluster_.disk) {
    machine.disk.commit.add(disk::to_raw(write));
  } else {
    deliver(id, core::Persisted{write.lane, write.seq});
  }
}

/// Appends what waits and begins its sync, unless one is under way.
template <System S>
void World<S>::start_sync(core::NodeId id) {
  Machine& machine = node(id).machine;
  disk::GroupCommit& commit = machine.disk.commit;
  if (machine.power != Power::on || commit.syncing() || !commit.waiting()) return;
  const auto started = commit.start(machine.disk.store());
  if (!started) return disk_failed(id, started.error());
  core::Prng draws = node_draws(seed_, id, NodeTopic::sync, machine.syncs++);
  core::Duration lasts(draws.between(conditions_.sync_min.count(), conditions_.sync_max.count()));
  if (machine.slow_until > now_) {
    lasts *= static_cast<std::int64_t>(machine.slow_factor);
    count(Fault::slow_disk);
  }
  if (machine.crash_at_sync) {
    after(core::Duration(draws.between(0, lasts.count())),
          CrashInSync{id, machine.epoch, *machine.crash_at_sync});
    machine.crash_at_sync.reset();
  }
  after(lasts, SyncDone{id, machine.epoch});
}

template <System S>
void World<S>::on(const SyncDone& event) {
  if (!alive(event.node, event.epoch)) return;
  Machine& machine = node(event.node).machine;
  const auto persisted = machine.disk.commit.finish(machine.disk.store());
  if (!persisted) return disk_failed(event.node, persisted.error());
  for (const core::Persisted& lane : *persisted) deliver(event.node, lane);
  tend_disk(event.node);
  start_sync(event.node);
}

template <System S>
void World<S>::on(const DiskTick& event) {
  if (!alive(event.node, event.epoch)) return;
  if (!node(event.node).machine.disk.commit.syncing()) tend_disk(event.node);
  after(core::Duration(200'000), event);
}

/// Makes spare space where it is missing, and tells the core when there is room no more or again.
template <System S>
void World<S>::tend_disk(core::NodeId id) {
  Machine& machine = node(id).machine;
  if (machine.power != Power::on) return;
  disk::Store& store = machine.disk.store();
  if (store.wants_prepare()) {
    const auto prepared = store.prepare();
    if (!prepared) return disk_failed(id, prepared.error());
  }
  if (store.room() == machine.room) return;
  machine.room = store.room();
  deliver(id, core::Room{machine.room});
}

template <System S>
void World<S>::disk_failed(core::NodeId id, const disk::Error& error) {
  Machine& machine = node(id).machine;
  const bool sync_failed = machine.disk.files.sync_failed();
  if (sync_failed) count(Fault::sync_error);
  if (!sync_failed && error.kind != disk::ErrorKind::no_space) {
    return found({"disk", name_of(id) + " cannot write although nothing is wrong: " + error.what});
  }
  Downfall downfall = machine.after_sync_error;
  downfall.power = true;  // what was not synced is lost or torn, as after a loss of power
  if (!sync_failed) downfall.down = core::Duration(500'000);
  stop_node(id, downfall, "its disk failed: " + error.what);
}

template <System S>
void World<S>::on(const ReadDone& event) {
  if (!alive(event.node, event.epoch)) return;
  core::Loaded<P> loaded{event.load.load, std::unexpected(core::LoadError::gone)};
  if (cluster_.disk) {
    auto raw = node(event.node)
                   .machine.disk.store()
                   .read(event.load.lane, event.load.first, event.load.last);
    if (raw) {
      std::vector<core::Write<P>> writes;
      for (disk::RawWrite& one : *raw) {
        auto decoded = disk::from_raw<P>(std::move(one));
        core::require(decoded.has_value(), "a store reads back what was written");
        writes.push_back(std::move(*decoded));
      }
      loaded.writes = std::move(writes);
    } else {
      loaded.writes = std::unexpected(raw.error());
    }
  }
  deliver(event.node, std::move(loaded));
}

// ---- Messages between nodes ---------------------------------------------------------------------

template <System S>
void World<S>::send(core::NodeId id, core::Send<P>& message) {
  const core::NodeId to = message.to;
  if (to.value < 1 || to.value > cluster_.nodes || to == id) {
    return contract(id, "sends a message to node " + std::to_string(to.value) +
                            ", which is not another node of the cluster");
  }
  say(name_of(id), "sends", message);
  const auto stays_connected_to = [&](core::NodeId one, core::NodeId other) {
    const auto& peers = node(one).peers;
    return std::ranges::find(peers, other) != peers.end();
  };
  if (!stays_connected_to(id, to) && !stays_connected_to(to, id)) {
    return say(name_of(id), "drops", "a message: it is not connected to " + name_of(to));
  }
  const Fate fate = network_.send(now_, id, to, message.lane);
  if (const auto wall = network_.blocked(now_, id, to)) {
    count(*wall);
    return say("network", "drops", "it: " + std::string(sim::name_of(*wall)));
  }
  if (fate.lost) {
    count(Fault::loss);
    return say("network", "drops", "it: loss");
  }
  if (fate.repeat) {
    count(Fault::duplicate);
    after(*fate.repeat, Arrive<P>{id, to, message.lane, fate.number, true, message.message});
  }
  after(fate.delay,
        Arrive<P>{id, to, message.lane, fate.number, false, std::move(message.message)});
}

template <System S>
void World<S>::on(const Arrive<P>& event) {
  if (const auto wall = network_.blocked(now_, event.from, event.to)) {
    count(*wall);
    return say("network", "drops",
               "a message to " + name_of(event.to) + ": " + std::string(sim::name_of(*wall)));
  }
  if (!event.repeat && network_.overtaken(event.from, event.to, event.lane, event.number)) {
    count(Fault::reorder);
  }
  if (node(event.to).machine.power != Power::on) return;
  deliver(event.to, core::Receive<P>{event.from, event.message});
}

// ---- Sessions, as a node sees them --------------------------------------------------------------

template <System S>
void World<S>::reply(core::NodeId id, core::Reply<P>& reply) {
  Link* link = this->link(reply.session);
  if (link == nullptr || link->node != id || !link->node_open) return;  // its client is gone
  if (link->open_at_node.erase(reply.request) == 0) {
    return contract(id, "answers request " + std::to_string(reply.request.value) + " of session " +
                            std::to_string(reply.session.value) +
                            ", which was not asked or is answered");
  }
  say(name_of(id), "replies", reply);
  send_down(reply.session, core::Answer<Q>{reply.request, std::move(reply.result)});
}

template <System S>
void World<S>::push(core::NodeId id, const core::Push<P>& push) {
  say(name_of(id), "pushes", push);
  for (const core::SessionId session : push.sessions) {
    const Link* link = this->link(session);
    if (link == nullptr || link->node != id || !link->node_open) continue;
    send_down(session, core::Pushed<Q>{push.event});
  }
}

/// The core wants it: no Closed tells it so.
template <System S>
void World<S>::close_session(core::NodeId id, core::SessionId session) {
  Link* link = this->link(session);
  if (link == nullptr || link->node != id || !link->node_open) return;
  say(name_of(id), "closes", "session " + std::to_string(session.value));
  link->node_open = false;
  link->open_at_node.clear();
  send_down(session, typename Link::End{});
}

}  // namespace sim
