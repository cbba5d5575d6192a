#include "queue_sim.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace queue {

namespace {

constexpr std::uint64_t first_fresh_number = 1'000'000'000'000;

std::uint32_t draw(core::Prng& prng, std::uint32_t low, std::uint32_t high) {
  return static_cast<std::uint32_t>(prng.between(low, high));
}

std::string queue_name(std::uint32_t index) { return "queue-" + std::to_string(index); }

/// Workers are dealt out to the queues in turn. An option in a plan written by hand may be 0.
std::uint32_t queue_count(const Options& options) {
  return std::clamp<std::uint32_t>(options.queues, 1, std::max<std::uint32_t>(options.workers, 1));
}

core::Bytes payload(std::uint64_t number, std::uint64_t index, std::uint64_t padding = 0) {
  return core::Bytes("{\"job\":\"" + std::to_string(number) + "." + std::to_string(index) +
                     std::string(padding, '.') + "\"}");
}

}  // namespace

/// A flipped bit is left out: the one broker then refuses to start, and rightly so, and nothing is
/// served.
sim::FaultSet System::faults() {
  return sim::node_faults | sim::disk_faults.without({sim::Fault::bit_flip}) | sim::client_faults;
}

Options System::draw_options(core::Prng& prng) {
  Options options;
  options.clients = draw(prng, 3, 6);
  options.workers = draw(prng, 2, options.clients);
  options.queues = draw(prng, 1, 2);
  options.concurrency = draw(prng, 1, 4);
  options.batch = draw(prng, 1, 4);
  options.visibility_ms = draw(prng, 200, 4'000);
  options.wait_ms = draw(prng, 0, 3'000);
  options.work_ms = draw(prng, 5, 200);
  options.slow_percent = draw(prng, 0, 15);
  options.fail_percent = draw(prng, 0, 20);
  options.max_queue_length = draw(prng, 10, 400);
  options.max_leases_per_worker = draw(prng, options.concurrency, 10);
  options.max_waiting = draw(prng, 1, 10);
  return options;
}

/// Two workers that also produce, one task each.
Options System::smallest() {
  Options options;
  options.clients = 2;
  options.workers = 2;
  return options;
}

sim::Cluster System::cluster(const Options& options) {
  sim::Cluster cluster;
  cluster.nodes = 1;
  cluster.clients = options.clients;
  return cluster;
}

Config System::config(const Options& options, core::NodeId) {
  Config config;
  config.max_queue_length = options.max_queue_length;
  config.max_leases_per_worker = options.max_leases_per_worker;
  config.max_waiting = options.max_waiting;
  return config;
}

Client System::client(const Options& options, sim::ClientId id, std::uint64_t seed) {
  ClientConfig config;
  config.name = "worker-" + std::to_string(id.value);
  config.queue = queue_name((id.value - 1) % queue_count(options));
  config.concurrency = id.value <= options.workers ? options.concurrency : 0;
  config.visibility_ms = options.visibility_ms;
  config.wait_ms = options.wait_ms;
  config.retry_ms = 200;
  config.call_timeout_ms = 2'000;
  return Client(config, seed);
}

Work System::draw_work(const Options& options, sim::ClientId, core::Prng& prng) {
  Produce produce;
  produce.number = prng.below(first_fresh_number);
  produce.queue = queue_name(static_cast<std::uint32_t>(prng.below(queue_count(options))));
  const std::uint32_t count = draw(prng, 1, options.batch);
  for (std::uint32_t i = 0; i < count; ++i) {
    // A few are longer than the sectors of a disk, so that a crash can tear them.
    const std::uint64_t padding = prng.below(6) == 0 ? prng.below(2'500) : 0;
    produce.payloads.push_back(payload(produce.number, i, padding));
  }
  return produce;
}

/// Three tasks from each client, in every queue.
std::optional<Work> System::fresh_work(const Options& options, sim::ClientId id,
                                       std::uint32_t number) {
  if (number >= 3) return {};
  Produce produce;
  produce.number = first_fresh_number + number;
  produce.queue = queue_name((id.value + number) % queue_count(options));
  produce.payloads.push_back(payload(produce.number, id.value));
  return produce;
}

/// The program of a worker: it does its tasks, some of them slowly and some in vain.
std::vector<sim::Reaction<Work>> System::react(const Options& options, sim::ClientId,
                                               const Outcome& outcome, core::Prng& prng) {
  const Begin* begin = std::get_if<Begin>(&outcome);
  if (begin == nullptr) return {};
  const bool slow = prng.chance({options.slow_percent, 100});
  const bool fails = prng.chance({options.fail_percent, 100});
  const std::uint32_t most_ms = slow ? 3 * options.visibility_ms : options.work_ms;
  const std::chrono::milliseconds work(prng.between(0, most_ms));
  return {{work, Finish{begin->task.task, begin->task.lease, !fails}}};
}

/// A minute, and as long as one hand needs for all the tasks that there can be, at twice the time
/// that each takes on average, and with as many again that come back from slow or failing hands.
core::Duration System::liveness_bound(const Options& options) {
  const std::int64_t tasks = 300 * options.batch + 3 * options.clients;
  const std::int64_t task_ms =
      options.work_ms + std::int64_t{options.slow_percent} * 3 * options.visibility_ms / 100;
  return std::chrono::minutes(1) + 2 * tasks * std::chrono::milliseconds(task_ms);
}

}  // namespace queue
