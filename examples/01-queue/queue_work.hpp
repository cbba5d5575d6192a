// What the clients of the queue ask of it in the simulator (lib/sim/system.hpp), whichever core the
// broker has: some only produce, some work too. Drawn from a seed, and judged by others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client.hpp"
#include "sim/system.hpp"
#include "wire/type.hpp"

namespace queue {

struct Options;

/// The fresh work of the liveness phase has this number or a higher one, all other a lower one.
inline constexpr std::uint64_t first_fresh_number = 1'000'000'000'000;

/// So many pieces of it has each client.
inline constexpr std::uint32_t fresh_pieces = 3;

// queue_edges.cpp: what lies at the ends of ranges.

/// Limits that some requests reach. Each leaves room for what the clients do.
void draw_limits(Options& options, core::Prng& prng);

/// A request at a limit or one step beyond it, about `queue`.
Command draw_edge(const Options& options, const std::string& queue, std::uint64_t number,
                  core::Prng& prng);

/// A queue that nobody takes tasks from.
std::string spare_queue(std::uint64_t index);
bool is_spare(const std::string& queue);

/// No two tasks have the same: so a copy of a task is known by its payload. Its length is a
/// multiple of 64, so that sums of lengths meet their limit exactly now and then.
core::Bytes payload(std::uint64_t number, std::uint64_t index, std::string more = "");

/// The tasks in hand that a command is about.
std::vector<Holding> holdings_of(const Command& command);

/// What a seed chooses.
struct Options {
  std::uint32_t clients = 4;
  std::uint32_t workers = 3;  // the first of the clients take tasks, too
  std::uint32_t queues = 1;   // each has a worker: at most as many as those
  std::uint32_t concurrency = 1;
  std::uint32_t batch = 1;  // tasks of one enqueue: 1 to this
  std::uint32_t visibility_ms = 1'000;
  std::uint32_t extend = 1;  // 0: workers let their leases run out
  std::uint32_t wait_ms = 1'000;
  std::uint32_t work_ms = 100;       // most work takes up to this
  std::uint32_t slow_percent = 5;    // takes up to three times as long as its lease
  std::uint32_t fail_percent = 5;    // ends in a nack
  std::uint32_t poison_percent = 2;  // always ends in a nack
  std::uint32_t delay_percent = 10;  // of the tasks are delayed
  std::uint32_t ask_percent = 10;    // of the work is neither producing nor working
  std::uint32_t max_queue_length = 1'000;
  std::uint32_t max_leases_per_worker = 100;
  std::uint32_t max_waiting = 100;
  std::uint32_t attempts = 3;
  std::uint32_t max_hops = 2;
  std::uint32_t backoff_ms = 100;
  std::uint32_t key_window_ms = 60'000;
  std::uint32_t keep_completed = 10;
  std::uint32_t snapshot_bytes = 4'000;
  std::uint32_t chunk_bytes = 1'000;
  // The broker's other limits. Where they are close to what clients ask, some requests go up to
  // them, and one step beyond.
  std::uint32_t edge_percent = 0;  // of the work
  std::uint32_t max_queues = 1'000;
  std::uint32_t max_batch = 100;
  std::uint32_t max_leases = 100'000;
  std::uint32_t max_payload_bytes = 64 << 10;
  std::uint32_t max_stored_bytes = 256 << 20;
  std::uint32_t max_name_bytes = 100;
  std::uint32_t max_key_bytes = 200;
  std::uint32_t max_keys = 100'000;
  std::uint32_t max_visibility_ms = 3'600'000;
  std::uint32_t max_wait_ms = 30'000;
  std::uint32_t max_delay_ms = 604'800'000;
  std::uint32_t max_attempts = 100;
  std::uint32_t max_unsent = 1'000;  // a client's own, and so is the next
  std::uint32_t max_acks = 100;
};

constexpr auto describe(wire::Type<Options>) {
  return wire::record<110>(
      "options", wire::field<1>("clients", &Options::clients),
      wire::field<2>("workers", &Options::workers), wire::field<3>("queues", &Options::queues),
      wire::field<4>("concurrency", &Options::concurrency),
      wire::field<5>("batch", &Options::batch),
      wire::field<6>("visibility_ms", &Options::visibility_ms),
      wire::field<7>("extend", &Options::extend), wire::field<8>("wait_ms", &Options::wait_ms),
      wire::field<9>("work_ms", &Options::work_ms),
      wire::field<10>("slow_percent", &Options::slow_percent),
      wire::field<11>("fail_percent", &Options::fail_percent),
      wire::field<12>("poison_percent", &Options::poison_percent),
      wire::field<13>("delay_percent", &Options::delay_percent),
      wire::field<14>("ask_percent", &Options::ask_percent),
      wire::field<15>("max_queue_length", &Options::max_queue_length),
      wire::field<16>("max_leases_per_worker", &Options::max_leases_per_worker),
      wire::field<17>("max_waiting", &Options::max_waiting),
      wire::field<18>("attempts", &Options::attempts),
      wire::field<19>("max_hops", &Options::max_hops),
      wire::field<20>("backoff_ms", &Options::backoff_ms),
      wire::field<21>("key_window_ms", &Options::key_window_ms),
      wire::field<22>("keep_completed", &Options::keep_completed),
      wire::field<23>("snapshot_bytes", &Options::snapshot_bytes),
      wire::field<24>("chunk_bytes", &Options::chunk_bytes),
      wire::field<25>("edge_percent", &Options::edge_percent),
      wire::field<26>("max_queues", &Options::max_queues),
      wire::field<27>("max_batch", &Options::max_batch),
      wire::field<28>("max_leases", &Options::max_leases),
      wire::field<29>("max_payload_bytes", &Options::max_payload_bytes),
      wire::field<30>("max_stored_bytes", &Options::max_stored_bytes),
      wire::field<31>("max_name_bytes", &Options::max_name_bytes),
      wire::field<32>("max_key_bytes", &Options::max_key_bytes),
      wire::field<33>("max_keys", &Options::max_keys),
      wire::field<34>("max_visibility_ms", &Options::max_visibility_ms),
      wire::field<35>("max_wait_ms", &Options::max_wait_ms),
      wire::field<36>("max_delay_ms", &Options::max_delay_ms),
      wire::field<37>("max_attempts", &Options::max_attempts),
      wire::field<38>("max_unsent", &Options::max_unsent),
      wire::field<39>("max_acks", &Options::max_acks));
}

struct Workload {
  using Client = queue::Client;
  using Options = queue::Options;

  static constexpr std::string_view name = "queue";

  static sim::FaultSet faults();
  static Options draw_options(core::Prng& prng);
  static Options smallest();
  static sim::Cluster cluster(const Options& options);
  static Config config(const Options& options, core::NodeId node);
  static ClientConfig client_config(const Options& options, sim::ClientId id);
  static Client client(const Options& options, sim::ClientId id, std::uint64_t seed);
  static Work draw_work(const Options& options, sim::ClientId id, core::Prng& prng);
  static std::optional<Work> fresh_work(const Options& options, sim::ClientId id,
                                        std::uint32_t number);
  static std::vector<sim::Reaction<Work>> react(const Options& options, sim::ClientId id,
                                                const Outcome& outcome, core::Prng& prng);
  static core::Duration liveness_bound(const Options& options);
};

}  // namespace queue
