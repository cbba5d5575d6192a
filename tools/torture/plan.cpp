#include "plan.hpp"

#include <fmt/format.h>

#include <optional>

#include "client_wire.hpp"
#include "sim/text.hpp"
#include "sim/world.hpp"

namespace torture {

namespace {

/// Why real machines cannot do it; nothing when they can.
struct Impossible {
  using Why = std::optional<std::string>;

  Why operator()(const sim::Crash& crash) const {
    if (!crash.at_sync) return {};
    return "a real disk does not tell when it is at a sync; at_sync=false can be done";
  }
  Why operator()(const sim::Pause& pause) const {
    if (!pause.inside) return {};
    return "a signal does not know where in a turn a node is; inside=false can be done";
  }
  Why operator()(const sim::ClockRate&) const { return clocks(); }
  Why operator()(const sim::ClockJump&) const { return clocks(); }
  Why operator()(const sim::BitFlip&) const { return disks(); }
  Why operator()(const sim::SyncError&) const { return disks(); }
  Why operator()(const sim::DiskFull&) const { return disks(); }
  Why operator()(const sim::SlowDisk&) const { return disks(); }
  Why operator()(const sim::Loss&) const { return messages(); }
  Why operator()(const sim::Duplicate&) const { return messages(); }
  Why operator()(const sim::Reorder&) const { return messages(); }
  Why operator()(const sim::OneWay&) const { return "a node blocks a link in both directions"; }
  Why operator()(const sim::ClientPartition&) const {
    return "nothing stands between a client and a node that could hold back what they say";
  }
  template <class Possible>
  Why operator()(const Possible&) const {
    return {};
  }

 private:
  static Why clocks() { return "all real nodes have the clock of this machine"; }
  static Why disks() { return "a real disk fails when it likes to"; }
  static Why messages() { return "TCP neither loses, nor repeats, nor reorders messages"; }
};

std::unexpected<std::string> wrong_line(const sim::Line& line, const std::string& why) {
  return std::unexpected(fmt::format("the line `{}`: {}", sim::print(line), why));
}

std::expected<void, std::string> take(const sim::Line& line, Scenario& scenario) {
  const core::Duration at = line.at.time_since_epoch();
  const auto script_of = [&](sim::ClientId client) -> Script& {
    return scenario.scripts[client.value - 1];
  };
  if (const auto* ask = std::get_if<sim::Ask>(&line.action)) {
    auto work = sim::from_text<raft::Ask>(ask->work);
    if (!work) return wrong_line(line, work.error());
    script_of(ask->client).asks.emplace_back(at, std::move(*work));
  } else if (const auto* cut = std::get_if<sim::Cut>(&line.action)) {
    script_of(cut->client).faults.emplace_back(at, *cut);
  } else if (const auto* crash = std::get_if<sim::ClientCrash>(&line.action)) {
    script_of(crash->client).faults.emplace_back(at, *crash);
  } else if (const auto* pause = std::get_if<sim::ClientPause>(&line.action)) {
    script_of(pause->client).faults.emplace_back(at, *pause);
  } else if (std::holds_alternative<sim::Heal>(line.action)) {
    scenario.heal = at;
  }
  return {};
}

}  // namespace

std::expected<Scenario, std::string> understand(sim::Plan plan) {
  if (plan.system != raft::System::name) {
    return std::unexpected("the plan is for the system " + plan.system);
  }
  const auto options = sim::from_text<raft::Options>(plan.options);
  if (!options) return std::unexpected("options: " + options.error());
  const sim::Cluster cluster = raft::System::cluster(*options);
  if (const std::string wrong = sim::misfit(cluster); !wrong.empty()) {
    return std::unexpected("options: " + wrong);
  }
  Scenario scenario{std::move(plan), *options, std::vector<Script>(options->clients), {}};
  for (std::uint32_t i = 0; i < options->clients; ++i) scenario.scripts[i].client = {i + 1};
  for (const sim::Line& line : scenario.plan.lines) {
    const std::string wrong = sim::misfit(line, cluster);
    if (!wrong.empty()) return wrong_line(line, wrong);
    if (const auto why = std::visit(Impossible(), line.action)) {
      return wrong_line(line, *why + ". Take the line out, or run the plan in the simulator.");
    }
    if (auto taken = take(line, scenario); !taken) return std::unexpected(taken.error());
  }
  return scenario;
}

std::expected<Scenario, std::string> read_scenario(std::string_view text) {
  auto plan = sim::parse_plan(text);
  if (!plan) return std::unexpected(plan.error());
  return understand(std::move(*plan));
}

}  // namespace torture
