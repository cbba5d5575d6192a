#include "nemesis.hpp"

#include <algorithm>
#include <chrono>

#include "core/overloaded.hpp"
#include "sim/network.hpp"

namespace torture {

namespace {

bool holds(const std::vector<core::NodeId>& nodes, core::NodeId node) {
  return std::ranges::find(nodes, node) != nodes.end();
}

}  // namespace

Nemesis::Nemesis(const Scenario& scenario, Nodes& nodes) : scenario_(scenario), nodes_(nodes) {
  for (const sim::Line& line : scenario.plan.lines) read(line);
  set_links();
}

void Nemesis::read(const sim::Line& line) {
  const core::Duration when = line.at.time_since_epoch();
  std::visit(core::Overloaded{
                 [&](const sim::Crash& one) { at(when, [this, &one] { crash(one); }); },
                 [&](const sim::Pause& one) { at(when, [this, &one] { pause(one); }); },
                 [&](const sim::Partition& one) {
                   at(when, [this, &one] { build(sim::Fault::partition, one, one.lasts); });
                 },
                 [&](const sim::Bridge& one) {
                   at(when, [this, &one] { build(sim::Fault::bridge, one, one.lasts); });
                 },
                 [&](const sim::Heal& one) { at(when, [this, &one] { heal(one); }); },
                 [](const auto&) {},  // what clients do and suffer
             },
             line.action);
}

std::expected<void, std::string> Nemesis::act(core::Duration now) {
  now_ = now;
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto next = due_.extract(due_.begin());
    next.mapped()();
  }
  nodes_.tell_links();
  if (failed_) return std::unexpected(*failed_);
  return {};
}

// ---- Nodes --------------------------------------------------------------------------------------

std::expected<void, std::string> Nemesis::start(core::NodeId id) {
  bool power = false;
  for (const sim::Line& line : scenario_.plan.lines) {
    const auto* crash = std::get_if<sim::Crash>(&line.action);
    const bool is_next =
        crash != nullptr && crash->node == id && line.at.time_since_epoch() >= now_;
    if (!is_next) continue;
    power = crash->power;
    break;
  }
  return nodes_.start(id, power);
}

void Nemesis::start_again(core::NodeId id) {
  const bool stays_down = healed_ && !holds(whole_, id);
  if (nodes_.runs(id) || stays_down) return;
  if (auto started = start(id); !started) failed_ = started.error();
}

void Nemesis::crash(const sim::Crash& crash) {
  if (!nodes_.runs(crash.node)) return;
  ++faults_[sim::Fault::crash];
  nodes_.kill(crash.node);
  at(now_ + crash.down, [this, id = crash.node] { start_again(id); });
}

void Nemesis::pause(const sim::Pause& pause) {
  if (!nodes_.runs(pause.node)) return;
  ++faults_[sim::Fault::pause];
  core::Duration& until = paused_until_[pause.node];
  until = std::max(until, now_ + pause.lasts);
  nodes_.pause(pause.node);
  at(until, [this, id = pause.node] {
    if (paused_until_[id] <= now_) nodes_.resume(id);
  });
}

// ---- Links --------------------------------------------------------------------------------------

void Nemesis::build(sim::Fault fault, const Wall& wall, core::Duration lasts) {
  ++faults_[fault];
  walls_.push_front(wall);
  at(now_ + lasts, [this, which = walls_.begin()] {
    if (healed_) return;  // which took all walls down
    walls_.erase(which);
    set_links();
  });
  set_links();
}

bool Nemesis::blocks(core::NodeId from, core::NodeId to) const {
  if (healed_ && holds(whole_, from) != holds(whole_, to)) return true;
  const auto stands = [&](const auto& wall) { return sim::blocks(wall, from, to); };
  return std::ranges::any_of(walls_, [&](const Wall& wall) { return std::visit(stands, wall); });
}

/// Every message takes as long as the plan's conditions say, at least.
void Nemesis::set_links() {
  const auto delay =
      std::chrono::floor<std::chrono::milliseconds>(scenario_.plan.conditions.peer_min);
  for (const core::NodeId id : nodes_.all()) {
    Links links;
    for (const core::NodeId other : nodes_.all()) {
      if (other == id) continue;
      if (blocks(id, other)) links.blocked.insert(other);
      if (delay.count() > 0) links.delay_ms[other] = static_cast<std::uint32_t>(delay.count());
    }
    nodes_.set_links(id, links);
  }
}

/// Ends every fault for the nodes that the plan names; the others stay cut off, or down.
void Nemesis::heal(const sim::Heal& heal) {
  healed_ = true;
  whole_ = heal.nodes;
  walls_.clear();
  for (const core::NodeId id : nodes_.all()) {
    if (holds(whole_, id)) {
      nodes_.resume(id);
      start_again(id);
    } else if (heal.rest_down) {
      nodes_.kill(id);
    }
  }
  set_links();
}

}  // namespace torture
