// Every order of events, from a small system at rest to a small depth: what a thousand seeds might
// miss near the start, this cannot. At each state each event that waits is tried as the next, and
// so are at each node the two ends of what a crash can do: the process alone goes and its files
// stay as they are, or the power goes and with it all that was not synced. (What lies between, torn
// writes, is left to the seeds.) Ways that lead to the same state are followed once.
//
// What has come to a node or a client it takes at once. To let something happen in between would
// show nothing: what happens elsewhere does not touch it, and a crash then is a crash before it
// came.
//
// Nothing takes time by itself here, so that the order alone tells states apart; a timer that is
// let happen early moves the clocks on, and what was under way is then late.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "sim/plan.hpp"
#include "sim/program.hpp"
#include "sim/transcript.hpp"
#include "sim/world.hpp"

namespace sim {

/// The plan of a search: every way takes no time, every batch has one input, and each client asks
/// once, when all have come to rest.
template <System S>
Plan plan_of_search(const typename S::Options& options) {
  Plan plan;
  plan.system = S::name;
  plan.options = to_text(options);
  plan.conditions = {core::Duration(0), 1,
                     core::Duration(0), core::Duration(0),
                     core::Duration(0), core::Duration(0),
                     core::Duration(0), core::Duration(0)};
  for (std::uint32_t i = 1; i <= S::cluster(options).clients; ++i) {
    core::Prng prng = core::Prng(0).fork(i);
    const core::Instant at(core::Duration(100'000));
    plan.lines.push_back(
        {at, i, Ask{ClientId{i}, to_text(S::draw_work(options, ClientId{i}, prng))}});
  }
  return plan;
}

template <System S>
class Search {
 public:
  explicit Search(typename S::Options options = S::smallest()) : options_(std::move(options)) {}

  /// Tries every order of `depth` events. `transcript` is told the way to a violation.
  SearchResult run(std::uint32_t depth, Transcript* transcript) {
    World<S> start = at_rest();
    visit(start, depth);
    if (found_) {
      tell(std::move(start), transcript);
      result_.checker = found_->checker;
      result_.what = found_->what;
    }
    return result_;
  }

 private:
  using Key = typename EventQueue<typename World<S>::Happening>::Key;
  struct Fall {
    core::NodeId node;
    bool power = false;
  };
  using Choice = std::variant<Key, Fall>;  // an event, or the end of a node

  World<S> at_rest() const {
    const Plan plan = plan_of_search<S>(options_);
    auto world = World<S>::make(plan);
    core::require(world.has_value(), "the plan of a search fits its system");
    while (world->events_.next_at() < plan.lines.front().at && world->step()) {
    }
    return std::move(*world);
  }

  static std::vector<Choice> choices(const World<S>& world) {
    std::vector<Choice> choices;
    for (const Key& key : world.events_.pending()) {
      // A disk's upkeep comes again and again, and changes nothing that a core sees.
      if (!std::holds_alternative<DiskTick>(world.events_.at(key))) choices.push_back(key);
    }
    for (std::uint32_t i = 1; i <= world.cluster_.nodes; ++i) {
      if (world.nodes_[i - 1].machine.power != Power::on) continue;
      choices.push_back(Fall{core::NodeId{i}, false});
      if (world.cluster_.disk) choices.push_back(Fall{core::NodeId{i}, true});
    }
    return choices;
  }

  static void take(World<S>& world, const Choice& choice) {
    if (const Key* key = std::get_if<Key>(&choice)) {
      world.happen(key->at, world.events_.take(*key));
    } else {
      const Fall& fall = std::get<Fall>(choice);
      world.stop_node(fall.node, {fall.power, core::Duration(0), {}},
                      fall.power ? "a loss of power" : "a crash of the process");
    }
    while (!world.over_ && take_input(world)) {
    }
  }

  /// Whether there was a node or client that had an input to take.
  static bool take_input(World<S>& world) {
    for (const Key& key : world.events_.pending()) {
      const auto takes_input = [&](const auto& event) { return Search::takes_input(world, event); };
      if (!std::visit(takes_input, world.events_.at(key))) continue;
      world.happen(key.at, world.events_.take(key));
      return true;
    }
    return false;
  }

  static bool takes_input(World<S>& world, const Wake& event) {
    const auto& node = world.node(event.node);
    const bool wakes =
        world.alive(event.node, event.epoch) && node.machine.alarm.due() == event.due;
    return wakes && !node.inbox.empty();
  }
  static bool takes_input(World<S>& world, const WakeClient& event) {
    const auto& client = world.client(event.client);
    const bool wakes = client.epoch == event.epoch && client.alarm.due() == event.due;
    return wakes && !client.inbox.empty();
  }
  template <class E>
  static bool takes_input(const World<S>&, const E&) {
    return false;
  }

  void visit(const World<S>& world, std::uint32_t depth) {
    ++result_.visited;
    if (depth == 0) return;
    for (const Choice& choice : choices(world)) {
      World<S> next = world;
      take(next, choice);
      way_.push_back(choice);
      found_ = next.finding();
      if (!found_ && is_new(next.digest(), depth - 1)) visit(next, depth - 1);
      if (found_) return;
      way_.pop_back();
    }
  }

  /// Whether the state was not yet followed as deep as `depth`.
  bool is_new(std::uint64_t digest, std::uint32_t depth) {
    const auto [known, is_first] = followed_.insert({digest, depth});
    if (!is_first && known->second >= depth) {
      ++result_.merged;
      return false;
    }
    known->second = depth;
    return true;
  }

  void tell(World<S> world, Transcript* transcript) {
    world.tell(transcript);
    for (const Choice& choice : way_) take(world, choice);
  }

  typename S::Options options_;
  std::map<std::uint64_t, std::uint32_t> followed_;  // by digest: to which depth
  std::vector<Choice> way_;
  std::optional<Finding> found_;
  SearchResult result_;
};

}  // namespace sim
