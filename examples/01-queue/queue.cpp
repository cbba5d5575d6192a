#include "queue.hpp"

#include <algorithm>
#include <chrono>
#include <variant>

#include "core/overloaded.hpp"
#include "core/require.hpp"

namespace queue {

Queue::Queue(const Config& config, std::uint64_t seed) : config_(config), prng_(seed) {}

// ---- Inputs -------------------------------------------------------------------------------------

void Queue::step(const core::Now& now, const Input& input, Ready& ready) noexcept {
  Decisions out;
  touched_.clear();
  now_ = now;
  // A lease ends when its time is over, not when a Timeout happens to be handled.
  on_deadlines(now, out);
  std::visit(core::Overloaded{
                 [&](const core::Start<Protocol>& start) { on_start(now, start, out); },
                 [&](const core::Request<Protocol>& request) { on_request(now, request, out); },
                 [&](const core::Closed& closed) { on_closed(closed.session); },
                 [&](const core::Persisted& persisted) { on_persisted(persisted, ready); },
                 [&](const core::Room& room) { on_room(room.available); },
                 [](const core::Timeout&) {},            // every step looks at the time
                 [](const core::Backlog&) {},            // a client gets no more than it asked for
                 [](const core::Receive<Protocol>&) {},  // a broker has no peers
                 [](const core::Loaded<Protocol>&) {},   // it loads nothing
             },
             input);
  serve_waiting(now, out);
  finish(out, ready);
}

void Queue::on_start(const core::Now& now, const core::Start<Protocol>& start, Decisions& out) {
  core::require(incarnation_ == 0, "a core starts once");
  core::require(start.incarnation > 0, "incarnations count from 1");
  incarnation_ = start.incarnation;
  last_write_ = start.recovered.last_control;
  persisted_ = last_write_;
  last_bulk_write_ = start.recovered.last_bulk;
  for (const Record& record : start.recovered.snapshot) apply(now, record);
  log_bytes_ = 0;
  for (const core::Write<Protocol>& write : start.recovered.log) {
    for (const Record& record : write.records) apply(now, record);
  }
  on_deadlines(now, out);
}

void Queue::on_request(const core::Now& now, const core::Request<Protocol>& request,
                       Decisions& out) {
  const Caller caller{request.session, request.request};
  std::visit(core::Overloaded{
                 [&](const Enqueue& command) { on_enqueue(now, caller, command, out); },
                 [&](const Lease& command) { on_lease(now, caller, command, out); },
                 [&](const Ack& command) { on_ack(now, caller, command, out); },
                 [&](const AckMany& command) { on_ack_many(now, caller, command, out); },
                 [&](const Nack& command) { on_nack(now, caller, command, out); },
                 [&](const Extend& command) { on_extend(now, caller, command, out); },
                 [&](const Look& command) { on_look(caller, command, out); },
                 [&](const Inspect& command) { on_inspect(caller, command, out); },
                 [&](const ListQueues&) { answer(caller, Queues{queue_infos()}, out); },
                 [&](const SetQueue& command) { on_set_queue(now, caller, command, out); },
                 [&](const ListDead& command) { on_list_dead(caller, command, out); },
                 [&](const RetryDead& command) { on_retry_dead(now, caller, command, out); },
                 [&](const DropDead& command) { on_drop_dead(now, caller, command, out); },
             },
             request.command);
}

/// What the client asked for is done all the same; only its answers have nowhere to go. Tasks that
/// it holds come back when their leases expire: a worker may have lost its connection and still be
/// at work.
void Queue::on_closed(core::SessionId session) {
  std::erase_if(waiting_, [&](const Waiting& wait) { return wait.caller.session == session; });
  std::erase_if(held_replies_,
                [&](const HeldReply& held) { return held.reply.session == session; });
}

void Queue::on_persisted(const core::Persisted& persisted, Ready& ready) {
  if (persisted.lane == core::Lane::control) {
    persisted_ = std::max(persisted_, persisted.seq);
  } else if (snapshot_ && persisted.seq == last_bulk_write_) {
    write_chunk(ready);
  }
}

void Queue::on_room(bool available) { room_ = available; }

// ---- Commands -----------------------------------------------------------------------------------

void Queue::on_enqueue(const core::Now& now, Caller caller, const Enqueue& command,
                       Decisions& out) {
  forget_old_keys(now, out);
  if (const auto reason = refusal_of(command)) return answer(caller, Refused{*reason}, out);
  Enqueued enqueued;
  for (const NewTask& task : command.tasks) {
    enqueued.tasks.push_back(enqueue(now, command.queue, task, out));
  }
  answer(caller, std::move(enqueued), out);
}

void Queue::on_lease(const core::Now& now, Caller caller, const Lease& command, Decisions& out) {
  if (const auto reason = refusal_of(command)) return answer(caller, Refused{*reason}, out);
  Leased leased{grant(now, command, out)};
  if (!leased.tasks.empty() || command.wait_ms == 0) {
    return answer(caller, std::move(leased), out);
  }
  if (waiting_.size() >= config_.max_waiting) {
    return answer(caller, Refused{Refusal::too_many_waiting}, out);
  }
  waiting_.push_back({caller, command, now.mono + std::chrono::milliseconds(command.wait_ms)});
}

void Queue::on_ack(const core::Now& now, Caller caller, const Ack& command, Decisions& out) {
  const auto reason = refusal_of(command.queue, command.held);
  if (reason) return answer(caller, Refused{*reason}, out);
  change(now, TaskCompleted{command.held.task, now.wall}, out);
  answer(caller, Done{}, out);
}

void Queue::on_ack_many(const core::Now& now, Caller caller, const AckMany& command,
                        Decisions& out) {
  if (command.held.empty() || command.held.size() > config_.max_batch) {
    return answer(caller, Refused{Refusal::bad_request}, out);
  }
  Acked acked;
  for (const Holding& held : command.held) {
    if (const auto reason = refusal_of(command.queue, held)) {
      acked.refused.push_back({held.task, *reason});
      continue;
    }
    change(now, TaskCompleted{held.task, now.wall}, out);
    acked.done.push_back(held.task);
  }
  answer(caller, std::move(acked), out);
}

void Queue::on_nack(const core::Now& now, Caller caller, const Nack& command, Decisions& out) {
  const auto reason = refusal_of(command.queue, command.held);
  if (reason) return answer(caller, Refused{*reason}, out);
  give_back(now, command.held.task, ReturnReason::nacked, out);
  answer(caller, Done{}, out);
}

void Queue::on_extend(const core::Now& now, Caller caller, const Extend& command, Decisions& out) {
  if (command.visibility_ms == 0 || command.visibility_ms > config_.max_visibility_ms) {
    return answer(caller, Refused{Refusal::bad_request}, out);
  }
  const auto reason = refusal_of(command.queue, command.held);
  if (reason) return answer(caller, Refused{*reason}, out);
  change(now, LeaseExtended{command.held.task, now.wall, command.visibility_ms}, out);
  answer(caller, Done{}, out);
}

void Queue::on_set_queue(const core::Now& now, Caller caller, const SetQueue& command,
                         Decisions& out) {
  if (const auto reason = refusal_of(command)) return answer(caller, Refused{*reason}, out);
  Settings settings = command.settings;
  if (settings.max_length == 0) settings.max_length = default_settings().max_length;
  if (settings.max_attempts == 0) settings.max_attempts = default_settings().max_attempts;
  change(now, QueueSet{command.queue, settings}, out);
  answer(caller, Done{}, out);
}

void Queue::on_retry_dead(const core::Now& now, Caller caller, const RetryDead& command,
                          Decisions& out) {
  const auto reason = refusal_of_dead(command.queue, command.task);
  if (reason) return answer(caller, Refused{*reason}, out);
  change(now, TaskRetried{command.task}, out);
  answer(caller, Done{}, out);
}

void Queue::on_drop_dead(const core::Now& now, Caller caller, const DropDead& command,
                         Decisions& out) {
  const auto reason = refusal_of_dead(command.queue, command.task);
  if (reason) return answer(caller, Refused{*reason}, out);
  change(now, TaskDropped{command.task}, out);
  answer(caller, Done{}, out);
}

void Queue::on_look(Caller caller, const Look& command, Decisions& out) {
  const auto live = tasks_.find(command.task);
  if (live != tasks_.end() && live->second.queue == command.queue) {
    return answer(caller, info(live->first, live->second), out);
  }
  const auto done = completed_.find(command.task);
  if (done != completed_.end() && done->second.queue == command.queue) {
    return answer(caller, info(done->first, done->second), out);
  }
  answer(caller, Refused{Refusal::no_such_task}, out);
}

void Queue::on_inspect(Caller caller, const Inspect& command, Decisions& out) {
  const std::optional<QueueInfo> found = queue_info(command.queue);
  if (!found) return answer(caller, Refused{Refusal::no_such_queue}, out);
  answer(caller, *found, out);
}

void Queue::on_list_dead(Caller caller, const ListDead& command, Decisions& out) {
  if (command.max == 0 || command.max > config_.max_batch) {
    return answer(caller, Refused{Refusal::bad_request}, out);
  }
  const auto queue = queues_.find(command.queue);
  if (queue == queues_.end()) return answer(caller, Refused{Refusal::no_such_queue}, out);
  const std::set<TaskId>& failed = queue->second.failed;
  DeadLetters letters;
  auto next = failed.upper_bound(command.after);
  for (; next != failed.end() && letters.tasks.size() < command.max; ++next) {
    letters.tasks.push_back(info(*next, tasks_.at(*next)));
  }
  letters.more = next != failed.end();
  answer(caller, std::move(letters), out);
}

// ---- Time ---------------------------------------------------------------------------------------

/// Nothing is written when a delay is over: a restart would find out by itself.
void Queue::on_deadlines(const core::Now& now, Decisions& out) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now.mono) {
    const TaskId id = deadlines_.begin()->second;
    Task& task = tasks_.at(id);
    if (std::holds_alternative<Delayed>(task.place)) {
      put(id, task, Available{});
    } else {
      give_back(now, id, ReturnReason::expired, out);
    }
  }
}

/// Whoever has waited longest comes first.
void Queue::serve_waiting(const core::Now& now, Decisions& out) {
  std::erase_if(waiting_, [&](const Waiting& wait) {
    Leased leased{grant(now, wait.command, out)};
    if (leased.tasks.empty() && now.mono < wait.until) return false;
    answer(wait.caller, std::move(leased), out);
    return true;
  });
}

std::optional<core::Instant> Queue::next_timeout() const {
  std::optional<core::Instant> next;
  if (!deadlines_.empty()) next = deadlines_.begin()->first;
  for (const Waiting& wait : waiting_) {
    if (!next || wait.until < *next) next = wait.until;
  }
  return next;
}

// ---- What handlers are made of ------------------------------------------------------------------

TaskId Queue::enqueue(const core::Now& now, const std::string& queue, const NewTask& task,
                      Decisions& out) {
  if (const auto known = task_of_key(queue, task.key)) return *known;
  const TaskId id = next_task_;
  const std::uint32_t max_attempts =
      task.max_attempts != 0 ? task.max_attempts : settings_of(queue).max_attempts;
  change(now, TaskEnqueued{id, queue, task.payload, now.wall, task.delay_ms, max_attempts, 0}, out);
  if (!task.key.empty()) change(now, KeyUsed{queue, task.key, id, now.wall}, out);
  return id;
}

std::optional<TaskId> Queue::task_of_key(const std::string& queue, const std::string& key) const {
  const auto found = keys_.find({queue, key});
  if (found == keys_.end()) return {};
  return found->second;
}

/// A key is remembered for its window, by the wall clock, for the window must outlive a restart.
void Queue::forget_old_keys(const core::Now& now, Decisions& out) {
  const core::Duration window = std::chrono::milliseconds(config_.key_window_ms);
  std::uint64_t count = 0;
  for (const KeyUsed& use : keys_by_age_) {
    if (now.wall < use.at + window) break;
    ++count;
  }
  if (count > 0) change(now, KeysForgotten{count}, out);
}

std::vector<LeasedTask> Queue::grant(const core::Now& now, const Lease& command, Decisions& out) {
  std::vector<LeasedTask> granted;
  const auto found = queues_.find(command.queue);
  if (found == queues_.end()) return granted;
  const TaskQueue& queue = found->second;
  const std::uint32_t most = std::min(command.max, leases_left(command.worker));
  while (granted.size() < most && !queue.available.empty()) {
    const TaskId id = *queue.available.begin();
    const Task& task = tasks_.at(id);
    const LeaseToken token{incarnation_, next_lease_++};
    const std::uint32_t attempt = task.attempts + 1;
    change(now, TaskLeased{id, token, command.worker, attempt, now.wall, command.visibility_ms},
           out);
    const core::UnixTime expires_at = now.wall + std::chrono::milliseconds(command.visibility_ms);
    granted.push_back({id, token, attempt, task.max_attempts, expires_at, task.payload});
  }
  return granted;
}

/// An attempt was in vain. There is another after a pause, or the task becomes a dead letter.
void Queue::give_back(const core::Now& now, TaskId id, ReturnReason reason, Decisions& out) {
  const Task& task = tasks_.at(id);
  if (task.attempts < task.max_attempts) {
    change(now, TaskReturned{id, reason, now.wall, backoff_ms(task.attempts)}, out);
  } else if (may_move(task)) {
    change(now, TaskMoved{id, settings_of(task.queue).dead_letters_to, reason}, out);
  } else {
    change(now, TaskFailed{id, reason, now.wall}, out);
  }
}

/// Doubled with each attempt, so that what is broken is not hammered; and half of it by chance, so
/// that tasks which failed together do not come back together.
std::uint32_t Queue::backoff_ms(std::uint32_t attempts) {
  std::uint64_t pause = config_.backoff_ms;
  for (std::uint32_t i = 1; i < attempts && pause < config_.max_backoff_ms; ++i) pause *= 2;
  pause = std::min<std::uint64_t>(pause, config_.max_backoff_ms);
  return static_cast<std::uint32_t>(pause / 2 + prng_.below(pause / 2 + 1));
}

Settings Queue::settings_of(const std::string& queue) const {
  const auto found = queues_.find(queue);
  return found != queues_.end() ? found->second.settings : default_settings();
}

Settings Queue::default_settings() const {
  return {config_.max_queue_length, config_.default_attempts, ""};
}

void Queue::answer(Caller caller, Result result, Decisions& out) const {
  out.replies.push_back({caller.session, caller.request, std::move(result)});
}

void Queue::change(const core::Now& now, const Record& record, Decisions& out) {
  apply(now, record);
  out.records.push_back(record);
}

/// One write holds all that the step changed, so that a crash keeps all of it or nothing. The
/// answers wait for it; even a refusal does, for what it says may rest on a change that is still
/// being written.
void Queue::finish(Decisions& out, Ready& ready) {
  if (!out.records.empty()) {
    ++last_write_.value;
    core::Write<Protocol> write;
    write.seq = last_write_;
    write.records = std::move(out.records);
    ready.writes.push_back(std::move(write));
  }
  for (Reply& reply : out.replies) held_replies_.push_back({last_write_, std::move(reply)});
  while (!held_replies_.empty() && held_replies_.front().after <= persisted_) {
    ready.replies.push_back(std::move(held_replies_.front().reply));
    held_replies_.pop_front();
  }
  if (snapshot_is_due()) begin_snapshot(ready);
}

}  // namespace queue
