#include "any_system.hpp"

#include <algorithm>
#include <chrono>

namespace queue {

namespace {

std::uint32_t& judged() {
  static std::uint32_t count = AnyOptions().promises;
  return count;
}

std::uint32_t draw(core::Prng& prng, std::uint32_t low, std::uint32_t high) {
  return static_cast<std::uint32_t>(prng.between(low, high));
}

/// The number of the question that is asked again and again in the liveness phase: which tasks are
/// dead letters?
constexpr std::uint64_t dead_letters_number = first_fresh_number + 1'000;

/// Of the queue that this client works on: each queue is some client's.
Ask ask_for_dead_letters(const AnyOptions& options, sim::ClientId id, TaskId after) {
  return {dead_letters_number,
          ListDead{Workload::client_config(options.queue, id).queue, after, 100}};
}

}  // namespace

void AnySystem::judge(std::uint32_t count) { judged() = count; }

sim::FaultSet AnySystem::faults() { return Workload::faults(); }

/// No limit is close, and no task is delayed. A task that always fails comes to an end only where
/// its attempts are bounded.
AnyOptions AnySystem::draw_options(core::Prng& prng) {
  AnyOptions any;
  any.promises = judged();
  queue::Options& options = any.queue;
  options.clients = draw(prng, 3, 6);
  options.workers = draw(prng, 2, options.clients);
  options.queues = draw(prng, 1, 2);
  options.concurrency = draw(prng, 1, 3);
  options.batch = draw(prng, 1, 2);
  options.visibility_ms = draw(prng, 300, 1'500);
  options.extend = draw(prng, 0, 1);
  const bool waits = prng.below(8) != 0;
  options.wait_ms = waits ? draw(prng, 200, 3'000) : 0;
  options.work_ms = draw(prng, 5, 150);
  options.slow_percent = draw(prng, 0, 5);
  options.fail_percent = draw(prng, 0, 15);
  const std::uint32_t poison_percent = draw(prng, 0, 4);
  const bool bounded = any.promises > static_cast<std::uint32_t>(Promise::attempts_bounded);
  options.poison_percent = bounded ? poison_percent : 0;
  options.delay_percent = 0;
  options.ask_percent = 0;
  options.max_queue_length = Config().max_queue_length;
  options.attempts = draw(prng, 2, 5);
  options.backoff_ms = draw(prng, 20, 500);
  options.snapshot_bytes = draw(prng, 500, 6'000);
  return any;
}

AnyOptions AnySystem::smallest() { return {judged(), Workload::smallest()}; }

/// Who keeps nothing has promised nothing about a crash. Where the broker crashes, no clock jumps:
/// a lease that has to outlive the broker's process is judged by the wall clock.
sim::Cluster AnySystem::cluster(const AnyOptions& options) {
  sim::Cluster cluster = Workload::cluster(options.queue);
  const bool may_crash = options.promises == all_promises.size();
  cluster.without = may_crash ? sim::FaultSet{sim::Fault::clock_jump}
                              : sim::disk_faults | sim::FaultSet{sim::Fault::crash};
  return cluster;
}

Config AnySystem::config(const AnyOptions& options, core::NodeId node) {
  return Workload::config(options.queue, node);
}

Client AnySystem::client(const AnyOptions& options, sim::ClientId id, std::uint64_t seed) {
  return Workload::client(options.queue, id, seed);
}

Work AnySystem::draw_work(const AnyOptions& options, sim::ClientId id, core::Prng& prng) {
  return Workload::draw_work(options.queue, id, prng);
}

std::optional<Work> AnySystem::fresh_work(const AnyOptions& options, sim::ClientId id,
                                          std::uint32_t number) {
  if (number == fresh_pieces) return ask_for_dead_letters(options, id, {});
  return Workload::fresh_work(options.queue, id, number);
}

std::vector<sim::Reaction<Work>> AnySystem::react(const AnyOptions& options, sim::ClientId id,
                                                  const Outcome& outcome, core::Prng& prng) {
  if (std::holds_alternative<Begin>(outcome)) {
    return Workload::react(options.queue, id, outcome, prng);
  }
  const Answered* answered = std::get_if<Answered>(&outcome);
  if (answered == nullptr || answered->number != dead_letters_number) return {};
  const DeadLetters* letters =
      answered->result ? std::get_if<DeadLetters>(&*answered->result) : nullptr;
  if (letters != nullptr && letters->more && !letters->tasks.empty()) {
    return {{core::Duration(0), ask_for_dead_letters(options, id, letters->tasks.back().task)}};
  }
  return {{std::chrono::seconds(1), ask_for_dead_letters(options, id, {})}};
}

/// A minute; as long as one hand needs for all the tasks that there can be; and all the attempts of
/// one of them, each with its pause. A core that loses a task is waited for that long: no longer
/// than needed.
core::Duration AnySystem::liveness_bound(const AnyOptions& any) {
  const queue::Options& options = any.queue;
  const std::int64_t tasks = 300 * options.batch + fresh_pieces * options.clients;
  const std::int64_t task_ms =
      options.work_ms + std::int64_t{options.slow_percent} * 3 * options.visibility_ms / 100;
  const std::int64_t attempt_ms = 3 * options.visibility_ms + 4 * options.backoff_ms;
  return std::chrono::minutes(1) + tasks * std::chrono::milliseconds(task_ms) +
         options.attempts * std::chrono::milliseconds(attempt_ms);
}

}  // namespace queue
