// What lies at the ends of ranges: a limit is kept if what reaches it is granted and what goes one
// step beyond it is refused.
#include <algorithm>

#include "queue_work.hpp"

namespace queue {

namespace {

std::uint32_t draw(core::Prng& prng, std::uint32_t low, std::uint32_t high) {
  return static_cast<std::uint32_t>(prng.between(low, high));
}

template <class T, std::size_t Count>
T one_of(core::Prng& prng, const T (&values)[Count]) {
  return values[prng.below(Count)];
}

/// Good and bad ones, the characters next to those that are allowed among them. The good ones are
/// no queues that there are.
std::string draw_name(const Options& options, core::Prng& prng) {
  const std::string longest(options.max_name_bytes, 'x');
  const std::string names[] = {"",    "a",   "az",  "AZ",    "09",         "-",   "_",
                               "a.",  ".a",  "a/0", "a:9",   "a@A",        "a[Z", "a`a",
                               "a{z", "a^_", "a,-", longest, longest + "x"};
  return one_of(prng, names);
}

std::string draw_key(const Options& options, std::uint64_t number, core::Prng& prng) {
  std::string key = std::to_string(number);
  const std::uint64_t kind = prng.below(4);
  if (kind == 0) return key + one_of(prng, {"!", "~", " ", "\x7f"});
  if (kind < 3) key.resize(options.max_key_bytes + kind - 1, 'k');
  return key;
}

/// A task that is there or not; hardly ever a lease of it that runs.
Holding draw_holding(core::Prng& prng) {
  const TaskId task{prng.below(100)};
  const std::uint64_t incarnation = 1 + prng.below(2);
  return {task, LeaseToken{incarnation, prng.below(100)}};
}

Command draw_enqueue_edge(const Options& options, const std::string& queue, std::uint64_t number,
                          core::Prng& prng) {
  const auto over = static_cast<std::uint32_t>(prng.below(2));
  NewTask task;
  task.payload = payload(number, 0);
  std::uint32_t count = 1;
  switch (prng.below(6)) {
    case 0:
      count = one_of(prng, {0U, options.max_batch, options.max_batch + 1});
      break;
    case 1: {
      std::string text(task.payload.view());
      text.insert(text.size() - 2, options.max_payload_bytes + over - text.size(), '.');
      task.payload = core::Bytes(text);
      break;
    }
    case 2:
      task.delay_ms = options.max_delay_ms + over;
      break;
    case 3:
      task.max_attempts = options.max_attempts + over;
      break;
    case 4:
      task.key = draw_key(options, number, prng);
      break;
    default: {
      const std::string bad[] = {"", ".a", "a/0", std::string(options.max_name_bytes + 1, 'x')};
      return Enqueue{one_of(prng, bad), {task}};
    }
  }
  Enqueue enqueue{queue, {}};
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i > 0) task.payload = payload(number, i);
    enqueue.tasks.push_back(task);
  }
  return enqueue;
}

Command draw_lease_edge(const Options& options, const std::string& queue, core::Prng& prng) {
  const auto over = static_cast<std::uint32_t>(prng.below(2));
  Lease lease{queue, "idler", 1, std::min(options.max_visibility_ms, 300U), 0};
  switch (prng.below(5)) {
    case 0:
      lease.max = one_of(prng, {0U, options.max_batch, options.max_batch + 1});
      break;
    case 1:
      lease.visibility_ms =
          one_of(prng, {0U, 1U, options.max_visibility_ms, options.max_visibility_ms + 1});
      break;
    case 2:
      lease.wait_ms = options.max_wait_ms + over;
      break;
    case 3:
      lease.worker = draw_name(options, prng);
      break;
    default:
      lease.queue = draw_name(options, prng);
      break;
  }
  return lease;
}

Command draw_holding_edge(const Options& options, const std::string& queue, core::Prng& prng) {
  const Holding held = draw_holding(prng);
  switch (prng.below(4)) {
    case 0:
      return Ack{queue, held};
    case 1:
      return Nack{queue, held};
    case 2:
      return Extend{
          queue, held,
          one_of(prng, {0U, 1U, options.max_visibility_ms, options.max_visibility_ms + 1})};
    default:
      break;
  }
  AckMany acks{queue, {}};
  const std::uint32_t count = one_of(prng, {0U, options.max_batch, options.max_batch + 1});
  for (std::uint32_t i = 0; i < count; ++i) {
    acks.held.push_back({TaskId{held.task.value + i}, held.lease});
  }
  return acks;
}

Command draw_settings_edge(const Options& options, const std::string& queue, core::Prng& prng) {
  const auto over = static_cast<std::uint32_t>(prng.below(2));
  Settings settings;
  switch (prng.below(5)) {
    case 0:
      settings.max_length = options.max_queue_length + over;
      break;
    case 1:
      settings.max_attempts = options.max_attempts + over;
      break;
    case 2:
      settings.dead_letters_to = queue;
      break;
    case 3:
      settings.dead_letters_to = over == 0 ? ".a" : "a/0";
      break;
    default:
      return SetQueue{over == 0 ? ".a" : std::string(options.max_name_bytes + 1, 'x'), settings};
  }
  return SetQueue{queue, settings};
}

}  // namespace

core::Bytes payload(std::uint64_t number, std::uint64_t index, std::string more) {
  constexpr std::size_t grain = 64;
  const std::string front =
      "{\"job\":\"" + std::to_string(number) + "." + std::to_string(index) + " ";
  const std::string back = "\"}";
  const std::size_t length = front.size() + more.size() + back.size();
  more.append((grain - length % grain) % grain, '.');
  return core::Bytes(front + more + back);
}

std::string spare_queue(std::uint64_t index) { return "spare-" + std::to_string(index); }

bool is_spare(const std::string& queue) { return queue.starts_with("spare-"); }

/// Only one of what all tasks share is scarce at a time, lest nothing goes on.
void draw_limits(Options& options, core::Prng& prng) {
  options.edge_percent = draw(prng, 2, 10);
  options.max_batch = std::max(options.batch, options.concurrency) + draw(prng, 0, 3);
  options.max_payload_bytes = 64 * draw(prng, 3, 40);
  options.max_name_bytes = 8;
  options.max_key_bytes = draw(prng, 20, 40);
  options.max_visibility_ms = options.visibility_ms;
  options.max_wait_ms = options.wait_ms;
  options.max_delay_ms = 3'000;
  options.max_attempts = std::max(4U, options.attempts);
  options.max_acks = draw(prng, 1, 4);
  switch (prng.below(5)) {
    case 0:
      options.max_leases = draw(prng, 3, 12);
      break;
    case 1:
      options.max_stored_bytes = 64 * draw(prng, 180, 600);
      break;
    case 2:
      options.max_keys = draw(prng, 20, 100);
      options.key_window_ms = draw(prng, 2'000, 10'000);
      break;
    case 3:
      options.max_unsent = draw(prng, 1, 20);
      break;
    default:
      if (options.queues > 1) break;
      options.max_queues = draw(prng, 1, 3);
      options.max_batch = draw(prng, 10, 12);
      options.max_queue_length = options.max_batch;
      break;
  }
}

Command draw_edge(const Options& options, const std::string& queue, std::uint64_t number,
                  core::Prng& prng) {
  switch (prng.below(5)) {
    case 0:
      return draw_enqueue_edge(options, queue, number, prng);
    case 1:
      return draw_lease_edge(options, queue, prng);
    case 2:
      return draw_holding_edge(options, queue, prng);
    case 3:
      return draw_settings_edge(options, queue, prng);
    default:
      return ListDead{queue, {}, one_of(prng, {0U, options.max_batch, options.max_batch + 1})};
  }
}

}  // namespace queue
