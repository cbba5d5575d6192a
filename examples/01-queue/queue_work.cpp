#include "queue_work.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

namespace queue {

namespace {

std::uint32_t draw(core::Prng& prng, std::uint32_t low, std::uint32_t high) {
  return static_cast<std::uint32_t>(prng.between(low, high));
}

std::string queue_name(std::uint32_t index) { return "queue-" + std::to_string(index); }

/// Workers are dealt out to the queues in turn. An option in a plan written by hand may be 0.
std::uint32_t queue_count(const Options& options) {
  return std::clamp<std::uint32_t>(options.queues, 1, std::max<std::uint32_t>(options.workers, 1));
}

constexpr std::string_view poison = "poison";

NewTask draw_task(const Options& options, std::uint64_t number, std::uint32_t index,
                  core::Prng& prng) {
  NewTask task;
  // A few are longer than the sectors of a disk, so that a crash can tear them.
  std::string more;
  const bool is_long = prng.below(6) == 0;
  if (is_long) more.append(prng.below(std::min(2'500U, options.max_payload_bytes - 99)), '.');
  if (prng.chance({options.poison_percent, 100})) more += poison;
  task.payload = payload(number, index, more);
  const bool is_delayed = prng.chance({options.delay_percent, 100});
  if (is_delayed) task.delay_ms = draw(prng, 1, 3'000);
  const bool has_own_attempts = prng.below(4) == 0;
  if (has_own_attempts) task.max_attempts = draw(prng, 1, 4);
  const bool is_refused = options.edge_percent > 0 && prng.below(200) == 0;
  if (is_refused) task.max_attempts = options.max_attempts + 1;
  return task;
}

/// What an operator may ask at any time, sometimes about a task or a queue that is not there.
Command draw_question(const Options& options, core::Prng& prng) {
  const std::uint32_t queues = queue_count(options);
  const auto index = static_cast<std::uint32_t>(prng.below(queues));
  const bool is_unknown = prng.below(10) == 0;
  const std::string queue = queue_name(is_unknown ? queues : index);
  const TaskId task{prng.below(200)};
  switch (prng.below(8)) {
    case 0:
    case 1:
      return Look{queue, task};
    case 2:
      return ListQueues{};
    case 3:
      return ListDead{queue, TaskId{task.value / 2}, draw(prng, 1, 10)};
    case 4:
      return Inspect{queue};
    case 5:
      return RetryDead{queue, task};
    case 6:
      return DropDead{queue, task};
    default:
      break;
  }
  Settings settings;
  settings.max_attempts = draw(prng, 0, 4);
  const bool goes_elsewhere = prng.below(2) == 0;
  if (goes_elsewhere && queues > 1) settings.dead_letters_to = queue_name((index + 1) % queues);
  // Nobody empties a spare queue: it may be full, but must not take what others need.
  const bool has_spare = queues == 1 && options.max_queues < Options().max_queues;
  if (goes_elsewhere && has_spare) settings.dead_letters_to = spare_queue(0);
  return SetQueue{queue_name(index), settings};
}

/// Every dead letter is tried again or thrown away.
std::vector<sim::Reaction<Work>> sort_out(const DeadLetters& letters, core::Prng& prng) {
  std::vector<sim::Reaction<Work>> reactions;
  for (const TaskInfo& letter : letters.tasks) {
    const std::chrono::milliseconds after(prng.between(0, 500));
    const bool again = prng.below(3) == 0;
    const Command command = again ? Command(RetryDead{letter.queue, letter.task})
                                  : Command(DropDead{letter.queue, letter.task});
    reactions.push_back({after, Ask{0, command}});
  }
  return reactions;
}

/// The queue may be full of dead letters.
std::vector<sim::Reaction<Work>> list_dead_letters(const Options& options) {
  const std::uint32_t most = std::min(100U, options.max_batch);
  std::vector<sim::Reaction<Work>> reactions;
  for (std::uint32_t index = 0; index < queue_count(options); ++index) {
    reactions.push_back({core::Duration(0), Ask{0, ListDead{queue_name(index), {}, most}}});
  }
  return reactions;
}

/// Its client had too much to do. What must be served is asked of it again.
std::vector<sim::Reaction<Work>> ask_again(const Options& options, sim::ClientId id,
                                           const NotProduced& refused) {
  if (refused.number < first_fresh_number || refused.reason != Refusal::queue_full) return {};
  const auto number = static_cast<std::uint32_t>(refused.number - first_fresh_number);
  return {{std::chrono::seconds(1), *Workload::fresh_work(options, id, number)}};
}

/// Where few queues may be, the one that is needed is there before others come.
std::vector<sim::Reaction<Work>> open_spare_queue(const Options& options, core::Prng& prng) {
  const bool opens = prng.below(50) == 0;
  if (!opens || options.max_queues == Options().max_queues) return {};
  const std::string queue = spare_queue(1 + prng.below(3));
  if (prng.below(2) == 0) return {{core::Duration(0), Ask{0, SetQueue{queue, {}}}}};
  const std::uint64_t number = prng.below(first_fresh_number);
  Enqueue fills{queue, {}};
  for (std::uint32_t i = 0; i < std::min(options.max_batch, options.max_queue_length); ++i) {
    fills.tasks.push_back(NewTask{payload(number, i)});
  }
  return {{core::Duration(0), Ask{0, fills}}};
}

}  // namespace

std::vector<Holding> holdings_of(const Command& command) {
  if (const Ack* ack = std::get_if<Ack>(&command)) return {ack->held};
  if (const AckMany* acks = std::get_if<AckMany>(&command)) return acks->held;
  if (const Nack* nack = std::get_if<Nack>(&command)) return {nack->held};
  if (const Extend* extend = std::get_if<Extend>(&command)) return {extend->held};
  return {};
}

/// A flipped bit is left out: the one broker then refuses to start, and rightly so, and nothing is
/// served.
sim::FaultSet Workload::faults() {
  return sim::node_faults | sim::disk_faults.without({sim::Fault::bit_flip}) | sim::client_faults;
}

Options Workload::draw_options(core::Prng& prng) {
  Options options;
  options.clients = draw(prng, 3, 6);
  options.workers = draw(prng, 2, options.clients);
  options.queues = draw(prng, 1, 2);
  options.concurrency = draw(prng, 1, 4);
  options.batch = draw(prng, 1, 4);
  options.visibility_ms = draw(prng, 200, 4'000);
  options.extend = draw(prng, 0, 1);
  const bool waits = prng.below(8) != 0;
  options.wait_ms = waits ? draw(prng, 0, 3'000) : 0;
  options.work_ms = draw(prng, 5, 200);
  options.slow_percent = draw(prng, 0, 15);
  options.fail_percent = draw(prng, 0, 20);
  options.poison_percent = draw(prng, 0, 5);
  options.delay_percent = draw(prng, 0, 20);
  options.ask_percent = draw(prng, 0, 40);
  options.max_queue_length = draw(prng, 10, 400);
  options.max_leases_per_worker = draw(prng, options.concurrency, 10);
  options.max_waiting = draw(prng, 1, 10);
  options.attempts = draw(prng, 1, 6);
  options.max_hops = draw(prng, 0, 3);
  options.backoff_ms = draw(prng, 0, 500);
  // Hardly ever no time at all: then a key ends in the turn in which it was used.
  const bool remembers = prng.below(32) != 0;
  options.key_window_ms = remembers ? draw(prng, 5'000, 120'000) : 0;
  options.keep_completed = draw(prng, 0, 20);
  // What is written has sizes that are multiples of 64: so sums meet these exactly, or miss them by
  // one.
  const std::uint32_t beside = draw(prng, 0, 1);
  options.snapshot_bytes = 64 * draw(prng, 8, 94) + beside;
  options.chunk_bytes = 64 * draw(prng, 3, 62) + beside;
  const bool is_tight = prng.below(2) == 0;
  if (is_tight) draw_limits(options, prng);
  return options;
}

/// Two workers that also produce, one task each.
Options Workload::smallest() {
  Options options;
  options.clients = 2;
  options.workers = 2;
  return options;
}

sim::Cluster Workload::cluster(const Options& options) {
  sim::Cluster cluster;
  cluster.nodes = 1;
  cluster.clients = options.clients;
  return cluster;
}

Config Workload::config(const Options& options, core::NodeId) {
  Config config;
  config.max_queue_length = options.max_queue_length;
  config.max_leases_per_worker = options.max_leases_per_worker;
  config.max_waiting = options.max_waiting;
  config.default_attempts = options.attempts;
  config.max_hops = options.max_hops;
  config.backoff_ms = options.backoff_ms;
  config.max_backoff_ms = 3 * options.backoff_ms;
  config.key_window_ms = options.key_window_ms;
  config.keep_completed = options.keep_completed;
  config.snapshot_bytes = options.snapshot_bytes;
  config.chunk_bytes = options.chunk_bytes;
  config.max_queues = options.max_queues;
  config.max_batch = options.max_batch;
  config.max_leases = options.max_leases;
  config.max_payload_bytes = options.max_payload_bytes;
  config.max_stored_bytes = options.max_stored_bytes;
  config.max_name_bytes = options.max_name_bytes;
  config.max_key_bytes = options.max_key_bytes;
  config.max_keys = options.max_keys;
  config.max_visibility_ms = options.max_visibility_ms;
  config.max_wait_ms = options.max_wait_ms;
  config.max_delay_ms = options.max_delay_ms;
  config.max_attempts = options.max_attempts;
  return config;
}

ClientConfig Workload::client_config(const Options& options, sim::ClientId id) {
  ClientConfig config;
  config.name = "worker-" + std::to_string(id.value);
  config.queue = queue_name((id.value - 1) % queue_count(options));
  config.concurrency = id.value <= options.workers ? options.concurrency : 0;
  config.visibility_ms = options.visibility_ms;
  config.wait_ms = options.wait_ms;
  config.extend = options.extend != 0;
  config.retry_ms = 200;
  config.retry_max_ms = 3'000;
  config.call_timeout_ms = 2'000;
  config.max_unsent = options.max_unsent;
  config.max_acks = std::min(options.max_acks, options.max_batch);
  return config;
}

Client Workload::client(const Options& options, sim::ClientId id, std::uint64_t seed) {
  return Client(client_config(options, id), seed);
}

Work Workload::draw_work(const Options& options, sim::ClientId id, core::Prng& prng) {
  const std::uint64_t number = prng.below(first_fresh_number);
  // The first worker of each queue goes on.
  const bool may_rest = id.value > queue_count(options) && id.value <= options.workers;
  if (may_rest && prng.below(200) == 0) return Rest{};
  if (prng.chance({options.edge_percent, 100})) {
    const std::string queue = queue_name(static_cast<std::uint32_t>(number % queue_count(options)));
    return Ask{number, draw_edge(options, queue, number, prng)};
  }
  if (prng.chance({options.ask_percent, 100})) return Ask{number, draw_question(options, prng)};
  Produce produce;
  produce.number = number;
  produce.queue = queue_name(static_cast<std::uint32_t>(prng.below(queue_count(options))));
  const std::uint32_t count = draw(prng, 1, options.batch);
  for (std::uint32_t i = 0; i < count; ++i) {
    produce.tasks.push_back(draw_task(options, number, i, prng));
  }
  return produce;
}

/// A few tasks from each client, in every queue.
std::optional<Work> Workload::fresh_work(const Options& options, sim::ClientId id,
                                         std::uint32_t number) {
  if (number >= fresh_pieces) return {};
  Produce produce;
  produce.number = first_fresh_number + number;
  produce.queue = queue_name((id.value + number) % queue_count(options));
  produce.tasks.push_back(NewTask{payload(produce.number, id.value)});
  return produce;
}

/// The program of a worker: it does its tasks, some of them slowly and some in vain. And that of an
/// operator, who looks after the dead letters.
std::vector<sim::Reaction<Work>> Workload::react(const Options& options, sim::ClientId id,
                                                 const Outcome& outcome, core::Prng& prng) {
  if (const Answered* answered = std::get_if<Answered>(&outcome)) {
    if (!answered->result) return {};
    const DeadLetters* letters = std::get_if<DeadLetters>(&*answered->result);
    return letters != nullptr ? sort_out(*letters, prng) : std::vector<sim::Reaction<Work>>();
  }
  if (std::holds_alternative<Delayed>(outcome)) return list_dead_letters(options);
  if (const NotProduced* refused = std::get_if<NotProduced>(&outcome)) {
    return ask_again(options, id, *refused);
  }
  if (std::holds_alternative<Produced>(outcome)) return open_spare_queue(options, prng);
  const Begin* begin = std::get_if<Begin>(&outcome);
  if (begin == nullptr) return {};
  const bool slow = prng.chance({options.slow_percent, 100});
  const bool fails =
      prng.chance({options.fail_percent, 100}) || begin->task.payload.view().contains(poison);
  const std::uint32_t most_ms = slow ? 3 * options.visibility_ms : options.work_ms;
  const std::chrono::milliseconds work(prng.between(0, most_ms));
  return {{work, Finish{begin->task.task, begin->task.lease, !fails}}};
}

/// A minute; as long as one hand needs for all the tasks that there can be, at twice the time that
/// each takes on average, and with as many again that come back from slow or failing hands; the
/// pauses of a task that fails in every queue that it comes to; and until their keys can be kept.
core::Duration Workload::liveness_bound(const Options& options) {
  const std::int64_t tasks = 300 * options.batch + 3 * options.clients;
  const std::int64_t task_ms =
      options.work_ms + std::int64_t{options.slow_percent} * 3 * options.visibility_ms / 100;
  const std::int64_t attempts = std::int64_t{6} * (1 + options.max_hops);
  const std::int64_t attempt_ms = 3 * options.visibility_ms + 4 * options.backoff_ms;
  const std::int64_t windows = 1 + tasks / options.max_keys;
  return std::chrono::minutes(1) + 2 * tasks * std::chrono::milliseconds(task_ms) +
         attempts * std::chrono::milliseconds(attempt_ms) +
         windows * std::chrono::milliseconds(options.key_window_ms);
}

}  // namespace queue
