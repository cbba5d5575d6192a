// The queue as the simulator sees it (lib/sim/system.hpp): one broker, and clients of which some
// only produce and some work too. What they ask is drawn here; what must hold is in queue_laws.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "client.hpp"
#include "queue.hpp"
#include "queue_laws.hpp"
#include "sim/system.hpp"
#include "wire/type.hpp"

namespace queue {

/// What a seed chooses.
struct Options {
  std::uint32_t clients = 4;
  std::uint32_t workers = 3;  // the first of the clients take tasks, too
  std::uint32_t queues = 1;   // each has a worker: at most as many as those
  std::uint32_t concurrency = 1;
  std::uint32_t batch = 1;  // tasks of one enqueue: 1 to this
  std::uint32_t visibility_ms = 1'000;
  std::uint32_t wait_ms = 1'000;
  std::uint32_t work_ms = 100;     // most work takes up to this
  std::uint32_t slow_percent = 5;  // takes up to three times as long as its lease
  std::uint32_t fail_percent = 5;  // ends in a nack
  std::uint32_t max_queue_length = 1'000;
  std::uint32_t max_leases_per_worker = 100;
  std::uint32_t max_waiting = 100;
};

constexpr auto describe(wire::Type<Options>) {
  return wire::record<80>(
      "options", wire::field<1>("clients", &Options::clients),
      wire::field<2>("workers", &Options::workers), wire::field<3>("queues", &Options::queues),
      wire::field<4>("concurrency", &Options::concurrency),
      wire::field<5>("batch", &Options::batch),
      wire::field<6>("visibility_ms", &Options::visibility_ms),
      wire::field<7>("wait_ms", &Options::wait_ms), wire::field<8>("work_ms", &Options::work_ms),
      wire::field<9>("slow_percent", &Options::slow_percent),
      wire::field<10>("fail_percent", &Options::fail_percent),
      wire::field<11>("max_queue_length", &Options::max_queue_length),
      wire::field<12>("max_leases_per_worker", &Options::max_leases_per_worker),
      wire::field<13>("max_waiting", &Options::max_waiting));
}

struct System {
  using Core = Queue;
  using Client = queue::Client;
  using Options = queue::Options;
  using Checker = Laws;

  static constexpr std::string_view name = "queue";

  static sim::FaultSet faults();
  static Options draw_options(core::Prng& prng);
  static Options smallest();
  static sim::Cluster cluster(const Options& options);
  static Config config(const Options& options, core::NodeId node);
  static Client client(const Options& options, sim::ClientId id, std::uint64_t seed);
  static Work draw_work(const Options& options, sim::ClientId id, core::Prng& prng);
  static std::optional<Work> fresh_work(const Options& options, sim::ClientId id,
                                        std::uint32_t number);
  static std::vector<sim::Reaction<Work>> react(const Options& options, sim::ClientId id,
                                                const Outcome& outcome, core::Prng& prng);
  static core::Duration liveness_bound(const Options& options);
};

}  // namespace queue
