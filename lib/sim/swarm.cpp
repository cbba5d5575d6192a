#include "sim/swarm.hpp"

#include <algorithm>
#include <utility>

namespace sim {
namespace {

using core::Duration;
using core::Instant;
using core::NodeId;

constexpr Duration ms(std::int64_t count) { return Duration(count * 1'000); }

class Weather {
 public:
  Weather(core::Prng prng, const Facts& facts, Plan& plan)
      : prng_(prng), facts_(facts), possible_(possible(facts)), plan_(plan) {}

  Instant draw() {
    draw_conditions();
    heal_ = Instant(ms(prng_.between(10'000, 15'000)));
    draw_node_faults();
    draw_disk_faults();
    draw_client_faults();
    draw_peer_faults();
    draw_short_cuts();
    draw_power_cuts();
    draw_bit_flips();
    draw_heal();
    return heal_;
  }

 private:
  /// A length between the two in which short is as likely as long: the exponent is drawn first.
  Duration stretch(Duration least, Duration most) {
    Duration high = least;
    for (std::uint64_t doublings = prng_.below(16); doublings > 0 && high < most; --doublings) {
      high *= 2;
    }
    return Duration(prng_.between(least.count(), std::min(high, most).count()));
  }

  void draw_conditions() {
    Conditions& c = plan_.conditions;
    c.turn_max = stretch(Duration(1), ms(5));
    c.batch_max = static_cast<std::uint32_t>(prng_.between(1, 32));
    c.client_min = stretch(Duration(20), ms(5));
    c.client_max = c.client_min + stretch(Duration(10), ms(50));
    c.peer_min = stretch(Duration(20), ms(5));
    c.peer_max = c.peer_min + stretch(Duration(10), ms(50));
    c.sync_min = stretch(Duration(10), ms(2));
    c.sync_max = c.sync_min + stretch(Duration(10), ms(20));
    if (facts_.cluster.pulse > Duration(0)) scatter(c);
  }

  /// What is sent together arrives in any order, long after disks are done with it.
  static void scatter(Conditions& c) {
    c.peer_min = Duration(20);
    c.peer_max = ms(30);
    c.sync_min = Duration(10);
    c.sync_max = Duration(100);
  }

  /// Whether this seed has that fault, in about half of them.
  bool has(Fault fault) {
    const bool drawn = prng_.below(2) == 0;
    return possible_.has(fault) && drawn;
  }

  void add(Instant at, Action action) { plan_.lines.push_back({at, 0, std::move(action)}); }

  Instant any_time() {
    return Instant(Duration(prng_.between(50'000, (heal_ - ms(200)).time_since_epoch().count())));
  }

  NodeId any_node() {
    return NodeId{static_cast<std::uint32_t>(1 + prng_.below(facts_.cluster.nodes))};
  }

  ClientId any_client() {
    return ClientId{static_cast<std::uint32_t>(1 + prng_.below(facts_.cluster.clients))};
  }

  /// One to `most` times: draws a time, then what `make` makes of it.
  template <class Make>
  void some(Fault fault, std::uint64_t most, Make make) {
    if (!has(fault)) return;
    for (std::uint64_t count = 1 + prng_.below(most); count > 0; --count) {
      const Instant at = any_time();
      add(at, make());
    }
  }

  void draw_node_faults() {
    some(Fault::crash, 5, [this] {
      Crash crash;
      crash.node = any_node();
      crash.power = prng_.below(4) != 0;
      crash.at_sync = facts_.cluster.disk && prng_.below(4) != 0;
      crash.down = stretch(ms(1), ms(4'000));
      return crash;
    });
    some(Fault::pause, 4, [this] {
      Pause pause;
      pause.node = any_node();
      pause.inside = prng_.below(2) == 0;
      pause.lasts = stretch(ms(1), ms(3'000));
      return pause;
    });
    some(Fault::clock_rate, 2, [this] {
      const NodeId node = any_node();
      return ClockRate{node, static_cast<std::int32_t>(prng_.between(-50'000, 50'000))};
    });
    some(Fault::clock_jump, 3, [this] {
      const NodeId node = any_node();
      const Duration by = stretch(ms(1), ms(20'000));
      return ClockJump{node, prng_.below(2) == 0 ? by : -by};
    });
  }

  void draw_disk_faults() {
    some(Fault::sync_error, 2, [this] {
      const NodeId node = any_node();
      return SyncError{node, stretch(ms(1), ms(2'000))};
    });
    some(Fault::disk_full, 2, [this] {
      const NodeId node = any_node();
      return DiskFull{node, stretch(ms(100), ms(4'000))};
    });
    some(Fault::slow_disk, 2, [this] {
      const NodeId node = any_node();
      const auto factor = static_cast<std::uint32_t>(prng_.between(2, 200));
      return SlowDisk{node, factor, stretch(ms(10), ms(2'000))};
    });
  }

  void draw_client_faults() {
    some(Fault::cut, 6, [this] { return Cut{any_client()}; });
    some(Fault::client_partition, 3, [this] {
      const ClientId client = any_client();
      const NodeId node = any_node();
      return ClientPartition{client, node, stretch(ms(10), ms(4'000))};
    });
    some(Fault::client_crash, 4, [this] {
      const ClientId client = any_client();
      return ClientCrash{client, stretch(ms(1), ms(3'000))};
    });
    some(Fault::client_pause, 4, [this] {
      const ClientId client = any_client();
      return ClientPause{client, stretch(ms(1), ms(3'000))};
    });
  }

  std::uint32_t rate() {
    return static_cast<std::uint32_t>(stretch(Duration(1'000), ms(300)).count());
  }

  /// A group that is neither none nor all.
  std::vector<NodeId> group() {
    std::vector<NodeId> nodes;
    const std::uint64_t bits = prng_.next();
    for (std::uint32_t node = 1; node <= facts_.cluster.nodes; ++node) {
      if ((bits >> (node % 64) & 1) != 0) nodes.push_back(NodeId{node});
    }
    if (nodes.empty() || nodes.size() == facts_.cluster.nodes) nodes = {any_node()};
    return nodes;
  }

  void draw_peer_faults() {
    some(Fault::loss, 3, [this] {
      const std::uint32_t ppm = rate();
      return Loss{ppm, stretch(ms(100), ms(10'000))};
    });
    some(Fault::duplicate, 3, [this] {
      const std::uint32_t ppm = rate();
      return Duplicate{ppm, stretch(ms(100), ms(10'000))};
    });
    some(Fault::reorder, 3, [this] {
      const std::uint32_t ppm = rate();
      const Duration delay = stretch(ms(1), ms(1'000));
      return Reorder{ppm, delay, stretch(ms(100), ms(10'000))};
    });
    some(Fault::partition, 3, [this] {
      const std::vector<NodeId> left = group();
      return Partition{left, stretch(ms(50), ms(5'000))};
    });
    some(Fault::one_way, 3, [this] {
      const NodeId node = any_node();
      const bool hears = prng_.below(2) == 0;
      return OneWay{node, hears, stretch(ms(50), ms(5'000))};
    });
    some(Fault::bridge, 3, [this] {
      const std::vector<NodeId> left = group();
      const NodeId middle = any_node();
      return Bridge{left, middle, stretch(ms(50), ms(5'000))};
    });
  }

  /// What keeps a cluster from agreeing for long: mostly it is one node that the others lose.
  void draw_short_cuts() {
    if (facts_.cluster.short_cuts == 0 || !possible_.has(Fault::partition)) return;
    for (auto count = 1 + prng_.below(facts_.cluster.short_cuts); count > 0; --count) {
      const Instant at = any_time();
      const Duration lasts(prng_.between(50'000, 1'000'000));
      const std::uint64_t kind = prng_.below(6);
      if (kind == 0) {
        add(at, OneWay{any_node(), prng_.below(2) == 0, lasts});
      } else {
        add(at, Partition{kind < 3 ? group() : std::vector{any_node()}, lasts});
      }
    }
  }

  /// What leaves half-written batches behind, and nodes that start from them again and again.
  void draw_power_cuts() {
    const bool can_have = facts_.cluster.disk && possible_.has(Fault::crash);
    if (facts_.cluster.power_cuts == 0 || !can_have) return;
    for (auto count = 1 + prng_.below(facts_.cluster.power_cuts); count > 0; --count) {
      const Instant at = any_time();
      Crash crash;
      crash.node = any_node();
      crash.at_sync = true;
      crash.down = stretch(ms(1), ms(500));
      add(at, crash);
    }
  }

  /// Rare, and never in a majority: a node with damaged files must stay down, and the others must
  /// do without it. A system of one node can then do no more than refuse to start.
  void draw_bit_flips() {
    const bool drawn = prng_.below(20) == 0;
    if (!possible_.has(Fault::bit_flip) || !drawn) return;
    const std::uint32_t nodes = facts_.cluster.nodes;
    const std::uint64_t most = nodes == 1 ? 1 : (nodes - 1) / 2;
    const std::uint64_t count = 1 + prng_.below(most);
    const NodeId first = any_node();
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto node = static_cast<std::uint32_t>(1 + (first.value - 1 + i) % nodes);
      const Instant at = any_time();
      add(at, BitFlip{NodeId{node}, stretch(ms(1), ms(1'000))});
    }
  }

  void draw_heal() {
    std::vector<NodeId> nodes;
    const std::uint32_t majority = facts_.cluster.nodes / 2 + 1;  // each is as likely
    std::uint64_t wanted = facts_.cluster.heal_all ? facts_.cluster.nodes : majority;
    for (std::uint32_t node = 1; node <= facts_.cluster.nodes; ++node) {
      const std::uint64_t left = facts_.cluster.nodes - node + 1;
      if (prng_.below(left) >= wanted) continue;
      nodes.push_back(NodeId{node});
      --wanted;
    }
    add(heal_, Heal{nodes, prng_.below(2) == 0});
  }

  core::Prng prng_;
  const Facts& facts_;
  FaultSet possible_;
  Plan& plan_;
  Instant heal_;
};

}  // namespace

FaultSet possible(const Facts& facts) {
  FaultSet faults = facts.faults.without(facts.cluster.without);
  if (!facts.cluster.disk) faults = faults.without(disk_faults);
  if (facts.cluster.nodes < 2) faults = faults.without(peer_faults);
  if (facts.cluster.nodes < 3) faults = faults.without({Fault::bridge});
  // Either of two is needed for a majority: see draw_bit_flips().
  if (facts.cluster.nodes == 2) faults = faults.without({Fault::bit_flip});
  return faults;
}

core::Instant draw_weather(core::Prng prng, const Facts& facts, Plan& plan) {
  return Weather(prng, facts, plan).draw();
}

void finish(Plan& plan) {
  for (std::uint64_t i = 0; i < plan.lines.size(); ++i) plan.lines[i].stream = i + 1;
  std::ranges::stable_sort(plan.lines, {}, &Line::at);
}

}  // namespace sim
