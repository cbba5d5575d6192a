// From a seed to a plan.
#include <algorithm>
#include <chrono>

#include "client_wire.hpp"
#include "plan.hpp"
#include "sim/swarm.hpp"
#include "sim/text.hpp"

namespace torture {

namespace {

using core::Duration;
using core::Instant;
using core::NodeId;

constexpr Duration ms(std::int64_t count) { return std::chrono::milliseconds(count); }

std::uint32_t between(core::Prng& prng, std::uint32_t low, std::uint32_t high) {
  return static_cast<std::uint32_t>(prng.between(low, high));
}

raft::Options draw_options(core::Prng& prng) {
  raft::Options options;
  options.nodes = 5;
  options.clients = between(prng, 4, 6);
  options.keys = between(prng, 6, 12);
  options.read_percent = between(prng, 20, 50);
  options.stale_percent = between(prng, 0, 10);
  options.append_percent = between(prng, 15, 40);
  options.election_timeout_ms = between(prng, 250, 500);
  options.heartbeat_ms = between(prng, 30, 80);
  options.pre_vote = between(prng, 0, 1);
  options.check_quorum = between(prng, 0, 1);
  options.request_timeout_ms = 1'000;
  options.max_entries = between(prng, 1, 200);
  options.max_in_flight = between(prng, 1, 8);
  options.max_waiting = between(prng, 50, 500);
  options.sessions = between(prng, 0, 3) == 0 ? 0 : 1;
  options.max_sessions = between(prng, 20, 100);
  options.snapshot_bytes = between(prng, 20'000, 200'000);
  options.keep_entries = between(prng, 0, 500);
  options.max_message_bytes = between(prng, 500, 5'000);
  options.transfer_percent = between(prng, 0, 1);
  return options;
}

/// What is written can be lost for as long as a sync takes. In half of the rounds messages take
/// long.
void draw_conditions(core::Prng& prng, sim::Conditions& conditions) {
  conditions.sync_min = ms(prng.between(1, 8));
  conditions.sync_max = conditions.sync_min + ms(2);
  if (prng.below(2) == 0) return;
  conditions.peer_min = ms(prng.between(1, 20));
  conditions.peer_max = conditions.peer_min + ms(3);
}

/// HTTP has no path for a key that is empty, and nodes take none that is too long.
bool has_a_path(const raft::Ask& ask) {
  const auto* request = std::get_if<raft::ClientRequest>(&ask.command);
  if (request == nullptr) return true;
  const std::size_t bytes =
      std::visit([](const auto& change) { return change.key.size(); }, request->operation);
  return bytes > 0 && bytes <= kv::Limits().max_key_bytes;
}

class Drawing {
 public:
  Drawing(core::Prng prng, const raft::Options& options, bool power, sim::Plan& plan)
      : prng_(prng), options_(options), power_(power), plan_(plan) {}

  void draw() {
    heal_ = ms(prng_.between(8'000, 10'000));
    draw_crashes();
    draw_links();
    some(3, [this] { return sim::Pause{any_node(), false, length(ms(100), ms(2'000))}; });
    some(6, [this] { return sim::Cut{any_client()}; });
    some(2, [this] { return sim::ClientCrash{any_client(), length(ms(10), ms(1'000))}; });
    some(2, [this] { return sim::ClientPause{any_client(), length(ms(10), ms(2'000))}; });
    draw_asks();
    sim::Heal heal;
    for (std::uint32_t node = 1; node <= options_.nodes; ++node) heal.nodes.push_back({node});
    add(heal_, heal);
  }

 private:
  void add(Duration at, sim::Action action) {
    plan_.lines.push_back({Instant(at), 0, std::move(action)});
  }

  static Duration length_of(core::Prng& prng, Duration least, Duration most) {
    return Duration(prng.between(least.count(), most.count()));
  }
  Duration length(Duration least, Duration most) { return length_of(prng_, least, most); }
  Duration any_time() { return length(ms(500), heal_ - ms(500)); }
  NodeId any_node() { return NodeId{between(prng_, 1, options_.nodes)}; }
  sim::ClientId any_client() { return sim::ClientId{between(prng_, 1, options_.clients)}; }

  /// None to `most` times what `make` makes.
  template <class Make>
  void some(std::uint32_t most, Make make) {
    for (std::uint32_t count = between(prng_, 0, most); count > 0; --count) {
      const Duration at = any_time();
      add(at, make());
    }
  }

  std::vector<NodeId> some_nodes(std::uint32_t least, std::uint32_t most) {
    std::vector<NodeId> nodes;
    std::uint32_t wanted = between(prng_, least, most);
    for (std::uint32_t node = 1; node <= options_.nodes; ++node) {
      const std::uint32_t left = options_.nodes - node + 1;
      if (prng_.below(left) >= wanted) continue;
      nodes.push_back({node});
      --wanted;
    }
    return nodes;
  }

  void crash_at(Duration at, const std::vector<NodeId>& nodes, Duration longest) {
    for (const NodeId node : nodes) {
      add(at, sim::Crash{node, power_, false, length(ms(50), longest)});
    }
  }

  /// Of one node, of several, and of the whole house: what one disk has lost others may have, but
  /// what all had in memory alone is gone.
  void draw_crashes() {
    for (std::uint32_t count = between(prng_, 1, 2); count > 0; --count) {
      crash_at(any_time(), some_nodes(1, 1), ms(1'500));
    }
    for (std::uint32_t count = between(prng_, 0, 2); count > 0; --count) {
      crash_at(any_time(), some_nodes(2, options_.nodes - 1), ms(1'500));
    }
    // Far enough from each other that the cluster is at work again.
    const std::uint32_t count = power_ ? between(prng_, 3, 4) : 1;
    for (std::uint32_t i = 1; i <= count; ++i) {
      const Duration at = heal_ * i / (count + 1) + length(ms(0), ms(400));
      crash_at(at, some_nodes(options_.nodes, options_.nodes), ms(500));
      busy_.push_back(at);
    }
  }

  void draw_links() {
    const auto lasts = [this] { return length(ms(200), ms(2'500)); };
    some(2, [&] { return sim::Partition{some_nodes(1, 1), lasts()}; });
    some(3, [&] { return sim::Partition{some_nodes(2, options_.nodes - 2), lasts()}; });
    some(2, [&] {
      const std::vector<NodeId> left = some_nodes(2, options_.nodes - 2);
      return sim::Bridge{left, any_node(), lasts()};
    });
  }

  /// Before the whole house goes down all are busy: so much is written and not on disk yet.
  bool is_busy(Duration at) const {
    return std::ranges::any_of(busy_,
                               [&](Duration crash) { return at < crash && crash < at + ms(200); });
  }

  void draw_asks() {
    for (std::uint32_t client = 1; client <= options_.clients; ++client) {
      const sim::ClientId id{client};
      core::Prng own = prng_.fork(client);
      Duration at = ms(100);
      while (at < heal_) {
        core::Prng work = own.fork(static_cast<std::uint64_t>(at.count()));
        const raft::Ask ask = raft::System::draw_work(options_, id, work);
        if (has_a_path(ask)) add(at, sim::Ask{id, sim::to_text(ask)});
        at += is_busy(at) ? length_of(own, ms(1), ms(4)) : length_of(own, ms(5), ms(50));
      }
    }
  }

  core::Prng prng_;
  const raft::Options& options_;
  bool power_;
  sim::Plan& plan_;
  Duration heal_{};
  std::vector<Duration> busy_;  // crashes of the whole house
};

}  // namespace

sim::Plan draw_plan(std::uint64_t seed) {
  const core::Prng root(seed);
  core::Prng draws = root.fork(1);
  const raft::Options options = draw_options(draws);
  sim::Plan plan;
  plan.system = raft::System::name;
  plan.seed = seed;
  plan.options = sim::to_text(options);
  draw_conditions(draws, plan.conditions);
  Drawing(root.fork(2), options, seed % 2 == 0, plan).draw();
  sim::finish(plan);
  return plan;
}

}  // namespace torture
