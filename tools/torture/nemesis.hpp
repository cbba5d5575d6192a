// Does to the nodes what a plan says, when it says so.
#pragma once

#include <expected>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "nodes.hpp"
#include "plan.hpp"

namespace torture {

class Nemesis {
 public:
  Nemesis(const Scenario& scenario, Nodes& nodes);

  /// All that is due `now`, in the plan's time. The error: a node cannot be started.
  std::expected<void, std::string> act(core::Duration now);

  bool has_healed() const { return healed_; }
  /// The nodes that are whole from the heal on.
  const std::vector<core::NodeId>& whole() const { return whole_; }
  /// How often each fault had an effect.
  const std::map<sim::Fault, std::uint64_t>& faults() const { return faults_; }

  /// Starts a node, with --lose-unsynced if the next crash that the plan has for it is one of the
  /// power.
  std::expected<void, std::string> start(core::NodeId id);

 private:
  using Wall = std::variant<sim::Partition, sim::Bridge>;

  void at(core::Duration when, std::function<void()> then) { due_.emplace(when, std::move(then)); }
  void read(const sim::Line& line);
  void crash(const sim::Crash& crash);
  void pause(const sim::Pause& pause);
  void build(sim::Fault fault, const Wall& wall, core::Duration lasts);
  void heal(const sim::Heal& heal);
  void start_again(core::NodeId id);
  void set_links();
  bool blocks(core::NodeId from, core::NodeId to) const;

  const Scenario& scenario_;
  Nodes& nodes_;
  std::multimap<core::Duration, std::function<void()>> due_;
  core::Duration now_{};
  std::list<Wall> walls_;  // that stand
  std::map<core::NodeId, core::Duration> paused_until_;
  std::vector<core::NodeId> whole_;
  bool healed_ = false;
  std::optional<std::string> failed_;  // a start
  std::map<sim::Fault, std::uint64_t> faults_;
};

}  // namespace torture
