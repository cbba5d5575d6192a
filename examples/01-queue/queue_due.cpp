// What the broker ought to answer, by the ledger of what it has written: the rules of queue.cpp and
// queue_limits.cpp, told a second time and without haste.
#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "queue_answers.hpp"

namespace queue {

namespace {

constexpr std::string_view name_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

bool is_visible(char c) { return c >= 0x21 && c <= 0x7e; }

}  // namespace

// ---- Tasks --------------------------------------------------------------------------------------

/// Old keys are forgotten first. What has no key, or one that is not known, gets the next ids.
std::optional<Result> Answers::answer_to(const Enqueue& command) {
  const core::Duration window = std::chrono::milliseconds(config_.key_window_ms);
  const std::size_t old = ledger_.keys_until(now_.wall - window);
  if (old > 0) expect(KeysForgotten{old});
  if (const auto refusal = refusal_of(command)) return Refused{*refusal};
  Enqueued enqueued;
  for (const NewTask& task : command.tasks) {
    const auto known = ledger_.task_of_key(command.queue, task.key);
    const TaskId id = known.value_or(ledger_.next_task());
    enqueued.tasks.push_back(id);
    if (known) continue;
    const std::uint32_t attempts = task.max_attempts == 0
                                       ? ledger_.settings_of(command.queue).max_attempts
                                       : task.max_attempts;
    expect(TaskEnqueued{id, command.queue, task.payload, now_.wall, task.delay_ms, attempts, 0});
    if (!task.key.empty()) expect(KeyUsed{command.queue, task.key, id, now_.wall});
  }
  return enqueued;
}

std::optional<Refusal> Answers::refusal_of(const Enqueue& command) const {
  if (!is_name(command.queue)) return Refusal::bad_name;
  const std::size_t count = command.tasks.size();
  if (count < 1 || count > config_.max_batch) return Refusal::bad_request;
  std::uint64_t places = 0;
  std::uint64_t bytes = 0;
  std::uint64_t keys = 0;
  for (const NewTask& task : command.tasks) {
    if (const auto refusal = refusal_of(task)) return refusal;
    if (ledger_.task_of_key(command.queue, task.key)) continue;
    places += 1;
    bytes += stored_size(task.payload);
    keys += task.key.empty() ? 0 : 1;
  }
  if (places == 0) return {};
  const std::uint64_t length = ledger_.length(command.queue) + places;
  if (!room_) return Refusal::no_room;
  if (is_one_queue_too_many(command.queue)) return Refusal::too_many_queues;
  if (length > ledger_.settings_of(command.queue).max_length) return Refusal::queue_full;
  if (ledger_.stored_bytes() + bytes > config_.max_stored_bytes) return Refusal::queue_full;
  if (ledger_.key_count() + keys > config_.max_keys) return Refusal::too_many_keys;
  return {};
}

std::optional<Refusal> Answers::refusal_of(const NewTask& task) const {
  const bool good_key =
      task.key.size() <= config_.max_key_bytes && std::ranges::all_of(task.key, is_visible);
  const bool in_range =
      task.delay_ms <= config_.max_delay_ms && task.max_attempts <= config_.max_attempts;
  if (task.payload.size() > config_.max_payload_bytes) return Refusal::payload_too_large;
  if (!in_range || !good_key) return Refusal::bad_request;
  return {};
}

// ---- Leases -------------------------------------------------------------------------------------

std::optional<Result> Answers::answer_to(const Lease& command) {
  if (const auto refusal = refusal_of(command)) return Refused{*refusal};
  Leased leased = hand_out(command);
  if (!leased.tasks.empty() || command.wait_ms == 0) return leased;
  if (waiting_.size() >= config_.max_waiting) return Refused{Refusal::too_many_waiting};
  return {};
}

std::optional<Refusal> Answers::refusal_of(const Lease& command) const {
  if (!is_name(command.queue) || !is_name(command.worker)) return Refusal::bad_name;
  const bool in_range =
      command.max >= 1 && command.max <= config_.max_batch && command.visibility_ms >= 1 &&
      command.visibility_ms <= config_.max_visibility_ms && command.wait_ms <= config_.max_wait_ms;
  if (!in_range) return Refusal::bad_request;
  if (leases_left(command.worker) == 0) return Refusal::too_many_leases;
  return {};
}

/// The oldest tasks, as many as are asked for and to be had.
Leased Answers::hand_out(const Lease& command) {
  Leased leased;
  while (leased.tasks.size() < command.max && !found_) {
    const Ledger::Task* const task = ledger_.oldest_to_be_had(now_.mono, command.queue);
    if (task == nullptr || leases_left(command.worker) == 0) break;
    const TaskInfo info = task->info;
    const LeaseToken token{incarnation_, ++last_lease_};
    const core::UnixTime end = now_.wall + std::chrono::milliseconds(command.visibility_ms);
    expect(TaskLeased{info.task, token, command.worker, info.attempts + 1, now_.wall,
                      command.visibility_ms});
    leased.tasks.push_back(
        {info.task, token, info.attempts + 1, info.max_attempts, end, info.payload});
  }
  return leased;
}

std::optional<Result> Answers::answer_to(const Ack& command) {
  if (const auto refusal = refusal_of(command.queue, command.held)) return Refused{*refusal};
  expect(TaskCompleted{command.held.task, now_.wall});
  return Done{};
}

std::optional<Result> Answers::answer_to(const AckMany& command) {
  const std::size_t count = command.held.size();
  if (count < 1 || count > config_.max_batch) return Refused{Refusal::bad_request};
  Acked acked;
  for (const Holding& held : command.held) {
    if (const auto refusal = refusal_of(command.queue, held)) {
      acked.refused.push_back({held.task, *refusal});
    } else {
      expect(TaskCompleted{held.task, now_.wall});
      acked.done.push_back(held.task);
    }
    if (found_) break;
  }
  return acked;
}

std::optional<Result> Answers::answer_to(const Nack& command) {
  if (const auto refusal = refusal_of(command.queue, command.held)) return Refused{*refusal};
  expect_end_of(command.held.task, ReturnReason::nacked);
  return Done{};
}

std::optional<Result> Answers::answer_to(const Extend& command) {
  const std::uint32_t ms = command.visibility_ms;
  if (ms < 1 || ms > config_.max_visibility_ms) return Refused{Refusal::bad_request};
  if (const auto refusal = refusal_of(command.queue, command.held)) return Refused{*refusal};
  expect(LeaseExtended{command.held.task, now_.wall, ms});
  return Done{};
}

/// Only whoever holds the task now may say anything about it.
std::optional<Refusal> Answers::refusal_of(const std::string& queue, const Holding& held) const {
  const bool was_given = held.task >= TaskId{1} && held.task < ledger_.next_task();
  if (!was_given) return Refusal::no_such_task;
  const Ledger::Task* const task = ledger_.find(held.task);
  if (task == nullptr) return Refusal::stale_lease;
  if (task->info.queue != queue) return Refusal::no_such_task;
  const bool is_held = task->info.state == TaskState::processing && task->token == held.lease;
  if (!is_held) return Refusal::stale_lease;
  return {};
}

// ---- Questions ----------------------------------------------------------------------------------

std::optional<Result> Answers::answer_to(const Look& command) {
  const auto info = ledger_.task(now_.mono, command.queue, command.task);
  if (!info) return Refused{Refusal::no_such_task};
  return *info;
}

std::optional<Result> Answers::answer_to(const Inspect& command) {
  std::optional<QueueInfo> info = ledger_.queue(now_, command.queue);
  if (!info) return Refused{Refusal::no_such_queue};
  info->counts.waiting = waiting_in(command.queue);
  return *info;
}

std::optional<Result> Answers::answer_to(const ListQueues&) {
  Queues queues{ledger_.queues(now_)};
  for (QueueInfo& info : queues.queues) info.counts.waiting = waiting_in(info.queue);
  return queues;
}

std::uint64_t Answers::waiting_in(const std::string& queue) const {
  const auto here = [&](const Waiting& wait) { return wait.command.queue == queue; };
  return static_cast<std::uint64_t>(std::ranges::count_if(waiting_, here));
}

std::optional<Result> Answers::answer_to(const ListDead& command) {
  if (command.max < 1 || command.max > config_.max_batch) return Refused{Refusal::bad_request};
  if (!ledger_.has_queue(command.queue)) return Refused{Refusal::no_such_queue};
  DeadLetters letters;
  letters.tasks = ledger_.dead_letters(command.queue, command.after);
  letters.more = letters.tasks.size() > command.max;
  if (letters.more) letters.tasks.resize(command.max);
  return letters;
}

// ---- What an operator may change ----------------------------------------------------------------

std::optional<Result> Answers::answer_to(const SetQueue& command) {
  if (const auto refusal = refusal_of(command)) return Refused{*refusal};
  Settings settings = command.settings;
  if (settings.max_length == 0) settings.max_length = config_.max_queue_length;
  if (settings.max_attempts == 0) settings.max_attempts = config_.default_attempts;
  expect(QueueSet{command.queue, settings});
  return Done{};
}

std::optional<Refusal> Answers::refusal_of(const SetQueue& command) const {
  const Settings& settings = command.settings;
  const std::string& to = settings.dead_letters_to;
  if (!is_name(command.queue)) return Refusal::bad_name;
  const bool in_range = settings.max_length <= config_.max_queue_length &&
                        settings.max_attempts <= config_.max_attempts;
  if (!in_range) return Refusal::bad_request;
  if (!to.empty() && !is_name(to)) return Refusal::bad_name;
  if (to == command.queue) return Refusal::bad_request;
  if (!room_) return Refusal::no_room;
  if (is_one_queue_too_many(command.queue)) return Refusal::too_many_queues;
  return {};
}

std::optional<Result> Answers::answer_to(const RetryDead& command) {
  if (const auto refusal = refusal_of_dead(command.queue, command.task)) return Refused{*refusal};
  expect(TaskRetried{command.task});
  return Done{};
}

std::optional<Result> Answers::answer_to(const DropDead& command) {
  if (const auto refusal = refusal_of_dead(command.queue, command.task)) return Refused{*refusal};
  expect(TaskDropped{command.task});
  return Done{};
}

std::optional<Refusal> Answers::refusal_of_dead(const std::string& queue, TaskId id) const {
  const Ledger::Task* const task = ledger_.find(id);
  if (task == nullptr || task->info.queue != queue) return Refusal::no_such_task;
  if (task->info.state != TaskState::failed) return Refusal::not_failed;
  return {};
}

// ---- Limits -------------------------------------------------------------------------------------

bool Answers::is_name(const std::string& name) const {
  const bool fits = !name.empty() && name.size() <= config_.max_name_bytes;
  return fits && name[0] != '.' && name.find_first_not_of(name_characters) == name.npos;
}

bool Answers::is_one_queue_too_many(const std::string& queue) const {
  return !ledger_.has_queue(queue) && ledger_.queue_count() + 1 > config_.max_queues;
}

std::uint64_t Answers::leases_left(const std::string& worker) const {
  const std::uint64_t of_worker = config_.max_leases_per_worker - ledger_.leases_of(worker);
  return std::min(of_worker, config_.max_leases - ledger_.leases());
}

bool Answers::may_move(const Ledger::Task& task) const {
  const std::string to = ledger_.settings_of(task.info.queue).dead_letters_to;
  if (to.empty() || is_one_queue_too_many(to)) return false;
  return task.hops < config_.max_hops &&
         ledger_.length(to) + 1 <= ledger_.settings_of(to).max_length;
}

}  // namespace queue
