// World, continued: what a plan's lines do, and the two phases of a run.
#pragma once

#include <algorithm>

#include "sim/world.hpp"

namespace sim {

template <System S>
void World<S>::on(const PlanLine& event) {
  const Line& line = lines_[event.index];
  if (const auto* ask = std::get_if<Ask>(&line.action)) {
    return on(DoWork<Work>{ask->client, 0, works_[event.index], false});
  }
  say("plan", "says", to_text(line.action));
  if (!std::holds_alternative<Heal>(line.action)) show(&Seen::on_fault, line);
  std::visit([&](const auto& action) { act(action, line); }, line.action);
}

// ---- Nodes and disks ----------------------------------------------------------------------------

template <System S>
void World<S>::act(const Crash& fault, const Line& line) {
  Machine& machine = node(fault.node).machine;
  if (machine.power != Power::on) return;
  const Downfall downfall{fault.power, fault.down, line.stream};
  if (fault.at_sync && cluster_.disk) {
    machine.crash_at_sync = downfall;
    return;
  }
  count(Fault::crash);
  stop_node(fault.node, downfall, fault.power ? "a loss of power" : "a crash of the process");
}

template <System S>
void World<S>::act(const Pause& fault, const Line&) {
  Machine& machine = node(fault.node).machine;
  if (machine.power != Power::on) return;
  if (fault.inside) {
    machine.pause_inside = fault.lasts;
    return;
  }
  count(Fault::pause);
  machine.alarm.pause(now_ + fault.lasts);
}

template <System S>
void World<S>::act(const ClockRate& fault, const Line&) {
  count(Fault::clock_rate);
  Machine& machine = node(fault.node).machine;
  machine.clock.set_rate(now_, fault.ppm);
  if (machine.power != Power::on) return;
  // The timer was set by the old rate.
  const auto timer = core_of(fault.node)->next_timeout();
  if (timer) wake(fault.node, machine.clock.when(*timer));
}

template <System S>
void World<S>::act(const ClockJump& fault, const Line&) {
  count(Fault::clock_jump);
  node(fault.node).machine.clock.jump(now_, fault.by);
}

template <System S>
void World<S>::act(const BitFlip& fault, const Line& line) {
  Machine& machine = node(fault.node).machine;
  if (machine.power == Power::refused || !cluster_.disk) return;
  if (machine.power == Power::on) {
    count(Fault::crash);
    stop_node(fault.node, {true, fault.down, line.stream}, "a loss of power");
  }
  const std::string file =
      machine.disk.files.flip_bit(draws_about(seed_, Topic::plan_line, line.stream).fork(1));
  if (file.empty()) return;
  say(name_of(fault.node), "damages", "a bit of " + file);
  count(Fault::bit_flip);
  machine.damaged = true;
}

template <System S>
void World<S>::act(const SyncError& fault, const Line& line) {
  Machine& machine = node(fault.node).machine;
  machine.disk.files.fail_next_sync();
  machine.after_sync_error = {true, fault.down, line.stream};
}

template <System S>
void World<S>::act(const DiskFull& fault, const Line&) {
  Machine& machine = node(fault.node).machine;
  machine.disk.files.set_full(true);
  machine.full_until = std::max(machine.full_until, now_ + fault.lasts);
  at(machine.full_until, FullEnds{fault.node});
}

template <System S>
void World<S>::on(const FullEnds& event) {
  Machine& machine = node(event.node).machine;
  if (machine.full_until <= now_) machine.disk.files.set_full(false);
}

template <System S>
void World<S>::act(const SlowDisk& fault, const Line&) {
  Machine& machine = node(fault.node).machine;
  machine.slow_factor = fault.factor;
  machine.slow_until = now_ + fault.lasts;
}

// ---- Clients ------------------------------------------------------------------------------------

/// What is under way is lost, and each side notices in its own time.
template <System S>
void World<S>::act(const Cut& fault, const Line&) {
  const auto session = client(fault.client).session;
  if (!session) return;
  count(Fault::cut);
  links_.at(*session).broken = true;
  after(network_.client_delay(fault.client), NodeNotices{*session});
  after(network_.client_delay(fault.client), ClientNotices{*session});
}

template <System S>
void World<S>::act(const ClientPartition& fault, const Line& line) {
  const core::Instant until = line.at + fault.lasts;
  network_.add(fault, until);
  at(until, WallsEnd{});
}

/// Lets go of what is held back and is not any more.
template <System S>
void World<S>::on(const WallsEnd&) {
  for (auto& [session, link] : links_) {
    if (network_.blocked(now_, link.client, link.node)) continue;
    for (; link.up_held > 0; --link.up_held) after(core::Duration(0), ToNode{session});
    for (; link.down_held > 0; --link.down_held) after(core::Duration(0), ToClient{session});
  }
}

template <System S>
void World<S>::act(const ClientCrash& fault, const Line&) {
  if (!client(fault.client).core) return;
  count(Fault::client_crash);
  crash_client(fault.client, fault.down);
}

template <System S>
void World<S>::act(const ClientPause& fault, const Line&) {
  ClientType& host = client(fault.client);
  if (!host.core) return;
  count(Fault::client_pause);
  host.alarm.pause(now_ + fault.lasts);
}

// ---- The two phases -----------------------------------------------------------------------------

/// The nodes that are to be whole: those of the plan, and for each that refuses to start another.
template <System S>
std::vector<core::NodeId> World<S>::healed_nodes(const Heal& heal) {
  std::vector<core::NodeId> nodes;
  const auto take = [&](core::NodeId id) {
    const bool known = std::ranges::find(nodes, id) != nodes.end();
    if (!known && node(id).machine.power != Power::refused) nodes.push_back(id);
  };
  for (const core::NodeId id : heal.nodes) take(id);
  for (std::uint32_t i = 1; i <= cluster_.nodes && nodes.size() < heal.nodes.size(); ++i) {
    take(core::NodeId{i});
  }
  return nodes;
}

template <System S>
void World<S>::act(const Heal& heal, const Line& line) {
  healed_ = true;
  network_.clear();
  for (std::uint32_t i = 1; i <= cluster_.nodes; ++i) try_damaged(core::NodeId{i});
  const std::vector<core::NodeId> nodes = healed_nodes(heal);
  if (nodes.size() < heal.nodes.size()) {
    say("plan", "ends", "the run: damaged disks have left no majority");
    over_ = true;
    return;
  }
  for (std::uint32_t i = 1; i <= cluster_.nodes; ++i) {
    const core::NodeId id{i};
    if (std::ranges::find(nodes, id) != nodes.end()) {
      mend(id);
      continue;
    }
    network_.isolate(id);
    for (const auto& [session, link] : links_) {
      if (link.node == id) after(network_.client_delay(link.client), ClientNotices{session});
    }
    if (!heal.rest_down) continue;
    if (node(id).machine.power == Power::on) {
      stop_node(id, {true, core::Duration(std::chrono::hours(2)), line.stream}, "and stays down");
    } else {
      ++node(id).machine.epoch;  // voids the start that waits
    }
  }
  on(WallsEnd{});
  begin_liveness(nodes);
}

/// A node that is down, and whose files were damaged meanwhile: whether it refuses to start shows
/// now.
template <System S>
void World<S>::try_damaged(core::NodeId id) {
  Machine& machine = node(id).machine;
  if (machine.power != Power::off || !machine.damaged) return;
  machine.disk.files.set_full(false);
  machine.disk.files.cancel_sync_failure();
  start_node(id);
}

/// The machine is whole from now on, as far as a person could mend it.
template <System S>
void World<S>::mend(core::NodeId id) {
  Machine& machine = node(id).machine;
  machine.disk.files.set_full(false);
  machine.disk.files.cancel_sync_failure();
  machine.slow_until = now_;
  machine.crash_at_sync.reset();
  machine.pause_inside = core::Duration(0);
  machine.alarm.end_pause(now_);
  if (machine.power == Power::on) {
    if (node(id).in_turn) after(core::Duration(0), RunSteps{id, machine.epoch, machine.turns});
    return wake(id, now_);
  }
  after(core::Duration(1'000), StartNode{id, machine.epoch});
  // It is back sooner than its clients would have learnt that it was gone.
  for (const auto& [session, link] : links_) {
    if (link.node == id) after(network_.client_delay(link.client), ClientNotices{session});
  }
}

template <System S>
void World<S>::begin_liveness(std::span<const core::NodeId> healed) {
  live_ = true;
  show(&Seen::on_heal, healed);
  for (std::uint32_t i = 1; i <= cluster_.clients; ++i) {
    const ClientId id{i};
    ClientType& host = client(id);
    host.alarm.end_pause(now_);
    if (host.core) {
      wake_client(id, now_);
    } else {
      after(core::Duration(0), StartClient{id, host.epoch});
    }
    std::uint32_t number = 0;
    // Behind the start of the client and, one by one, behind each other.
    while (auto work = S::fresh_work(options_, id, number)) {
      ++number;
      ++fresh_left_;
      after(core::Duration(1'000) * number, DoWork<Work>{id, 0, std::move(*work), true});
    }
  }
  core::require(fresh_left_ > 0, "a system has fresh work for the liveness phase");
  after(S::liveness_bound(options_), Deadline{});
}

template <System S>
void World<S>::on(const Deadline&) {
  const auto unserved = checker_.unserved();
  if (!unserved) {  // no outcome told us so
    check_everything();
    over_ = true;
    return;
  }
  checker_.on_overdue(now_);
  tell_noted();
  if (!checker_.noted().empty()) {
    over_ = true;
    return;
  }
  found({"liveness",
         to_text(S::liveness_bound(options_)) + " after the faults have stopped: " + *unserved});
}

template <System S>
void World<S>::end_if_served() {
  if (!live_ || over_ || fresh_left_ > 0 || checker_.unserved()) return;
  check_everything();
  over_ = true;
}

template <System S>
void World<S>::check_everything() {
  for (std::uint32_t i = 1; i <= cluster_.nodes; ++i) {
    const core::NodeId id{i};
    if (!core_of(id)) continue;
    const auto broken = core_of(id)->check_invariants(true);
    if (broken) found({"invariants", name_of(id) + ": " + *broken});
  }
  auto finding = checker_.at_end(now_, cores_);
  if (finding) found(std::move(*finding));
}

}  // namespace sim
