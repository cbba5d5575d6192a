// The cluster as the simulator sees it (lib/sim/system.hpp): nodes that all know each other, and
// clients that change and read a few keys. What must hold is in raft_laws.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client.hpp"
#include "raft.hpp"
#include "raft_laws.hpp"
#include "sim/system.hpp"
#include "wire/type.hpp"

namespace raft {

/// What a seed chooses.
struct Options {
  std::uint32_t nodes = 3;
  std::uint32_t clients = 3;
  std::uint32_t keys = 2;
  std::uint32_t read_percent = 40;    // of the work asks, and changes nothing
  std::uint32_t stale_percent = 10;   // of that may be told what is old
  std::uint32_t append_percent = 30;  // of the changes add to a value
  std::uint32_t election_timeout_ms = 300;
  std::uint32_t heartbeat_ms = 50;
  std::uint32_t pre_vote = 1;      // 0: no
  std::uint32_t check_quorum = 1;  // 0: no
  std::uint32_t lease_reads = 0;   // 1: yes, and no node is paused, for that is what they risk
  std::uint32_t request_timeout_ms = 2'000;
  std::uint32_t max_entries = 10;
  std::uint32_t max_in_flight = 4;
  std::uint32_t max_waiting = 50;
  std::uint32_t sessions = 1;      // 0: no
  std::uint32_t max_sessions = 8;  // few, so that some expire
  std::uint32_t snapshot_bytes = 2'000;
  std::uint32_t keep_entries = 10;
  std::uint32_t max_message_bytes = 2'000;
  std::uint32_t first_members = 0;      // the others join; 0: all are members
  std::uint32_t change_percent = 0;     // of the work changes who belongs to the cluster
  std::uint32_t transfer_percent = 0;   // of the work moves the leadership
  std::uint32_t short_cuts = 0;         // so many at most: see lib/sim
  std::uint32_t power_cuts = 0;         // the same
  std::uint32_t pulse_ms = 0;           // the work comes in heaps, so far apart; 0: at any time
  std::uint32_t value_bytes = 1 << 20;  // no value may be longer
  std::uint32_t store_bytes = 1 << 24;  // nor all keys and values together
};

constexpr auto describe(wire::Type<Options>) {
  return wire::record<110>("options", wire::field<1>("nodes", &Options::nodes),
                           wire::field<2>("clients", &Options::clients),
                           wire::field<3>("keys", &Options::keys),
                           wire::field<4>("read_percent", &Options::read_percent),
                           wire::field<5>("stale_percent", &Options::stale_percent),
                           wire::field<6>("append_percent", &Options::append_percent),
                           wire::field<7>("election_timeout_ms", &Options::election_timeout_ms),
                           wire::field<8>("heartbeat_ms", &Options::heartbeat_ms),
                           wire::field<9>("request_timeout_ms", &Options::request_timeout_ms),
                           wire::field<10>("max_entries", &Options::max_entries),
                           wire::field<11>("max_in_flight", &Options::max_in_flight),
                           wire::field<12>("max_waiting", &Options::max_waiting),
                           wire::field<13>("pre_vote", &Options::pre_vote),
                           wire::field<14>("check_quorum", &Options::check_quorum),
                           wire::field<15>("sessions", &Options::sessions),
                           wire::field<16>("max_sessions", &Options::max_sessions),
                           wire::field<17>("snapshot_bytes", &Options::snapshot_bytes),
                           wire::field<18>("keep_entries", &Options::keep_entries),
                           wire::field<19>("max_message_bytes", &Options::max_message_bytes),
                           wire::field<20>("first_members", &Options::first_members),
                           wire::field<21>("change_percent", &Options::change_percent),
                           wire::field<22>("transfer_percent", &Options::transfer_percent),
                           wire::field<23>("lease_reads", &Options::lease_reads),
                           wire::field<24>("short_cuts", &Options::short_cuts),
                           wire::field<25>("power_cuts", &Options::power_cuts),
                           wire::field<26>("pulse_ms", &Options::pulse_ms),
                           wire::field<30>("value_bytes", &Options::value_bytes),
                           wire::field<31>("store_bytes", &Options::store_bytes));
}

/// "key-0" and so on: the keys that clients change and read.
std::string key_name(std::uint64_t number);

/// Of the work of the liveness phase; no other has numbers so high.
inline constexpr std::uint64_t first_fresh_number = 1'000'000'000'000;

struct System {
  using Core = Raft;
  using Client = raft::Client;
  using Options = raft::Options;
  using Checker = Laws;

  static constexpr std::string_view name = "consensus";

  static sim::FaultSet faults();
  static Options draw_options(core::Prng& prng);
  static void draw_changes(Options& options, core::Prng& prng);
  static void draw_unrest(Options& options, core::Prng& prng);
  static void draw_limits(Options& options, core::Prng& prng);
  static void draw_power_cuts(Options& options, core::Prng& prng);
  static void draw_heaps(Options& options, core::Prng& prng);
  static Options smallest();
  static sim::Cluster cluster(const Options& options);
  static Config config(const Options& options, core::NodeId node);
  static ClientConfig client_config(const Options& options);
  static Client client(const Options& options, sim::ClientId id, std::uint64_t seed);
  static Ask draw_work(const Options& options, sim::ClientId id, core::Prng& prng);
  static std::optional<Ask> fresh_work(const Options& options, sim::ClientId id,
                                       std::uint32_t number);
  static std::vector<sim::Reaction<Ask>> react(const Options& options, sim::ClientId id,
                                               const Learned& learned, core::Prng& prng);
  static core::Duration liveness_bound(const Options& options);
};

}  // namespace raft
