#include "queue.hpp"

#include <algorithm>
#include <chrono>
#include <variant>

#include "core/digest.hpp"
#include "core/overloaded.hpp"
#include "core/require.hpp"

namespace queue {

namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

}  // namespace

bool is_valid_name(const std::string& name, std::uint32_t max_bytes) {
  return !name.empty() && name.size() <= max_bytes && std::ranges::all_of(name, is_name_character);
}

Queue::Queue(const Config& config, std::uint64_t) : config_(config) {}

// ---- Inputs -------------------------------------------------------------------------------------

void Queue::step(const core::Now& now, const Input& input, Ready& ready) noexcept {
  Decisions out;
  touched_.clear();
  now_ = now;
  // A lease ends when its time is over, not when a Timeout happens to be handled.
  return_expired(now, out);
  std::visit(core::Overloaded{
                 [&](const core::Start<Protocol>& start) { on_start(now, start, out); },
                 [&](const core::Request<Protocol>& request) { on_request(now, request, out); },
                 [&](const core::Closed& closed) { on_closed(closed.session); },
                 [&](const core::Persisted& persisted) { on_persisted(persisted.seq); },
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
  core::require(start.recovered.snapshot.empty(), "the queue writes no snapshots");
  incarnation_ = start.incarnation;
  last_write_ = start.recovered.last_control;
  persisted_ = last_write_;
  for (const core::Write<Protocol>& write : start.recovered.log) {
    for (const Record& record : write.records) apply(now, record);
  }
  return_expired(now, out);
}

void Queue::on_request(const core::Now& now, const core::Request<Protocol>& request,
                       Decisions& out) {
  const Caller caller{request.session, request.request};
  std::visit(core::Overloaded{
                 [&](const Enqueue& command) { on_enqueue(now, caller, command, out); },
                 [&](const Lease& command) { on_lease(now, caller, command, out); },
                 [&](const Ack& command) { on_ack(now, caller, command, out); },
                 [&](const Nack& command) { on_nack(now, caller, command, out); },
                 [&](const Inspect& command) { on_inspect(caller, command, out); },
             },
             request.command);
}

/// What the client asked for is done all the same; only its answers have nowhere to go. Tasks that
/// it holds come back when their leases expire: a worker may have lost its connection and still be
/// at work.
void Queue::on_closed(core::SessionId session) {
  std::erase_if(waiting_, [&](const Waiting& wait) { return wait.caller.session == session; });
  std::erase_if(held_, [&](const HeldReply& held) { return held.reply.session == session; });
}

void Queue::on_persisted(core::WriteSeq seq) { persisted_ = std::max(persisted_, seq); }

void Queue::on_room(bool available) { room_ = available; }

// ---- Commands -----------------------------------------------------------------------------------

void Queue::on_enqueue(const core::Now& now, Caller caller, const Enqueue& command,
                       Decisions& out) {
  if (const auto reason = refusal_of(command)) return answer(caller, Refused{*reason}, out);
  Enqueued enqueued;
  for (const core::Bytes& payload : command.payloads) {
    const TaskId id = next_task_;
    change(now, TaskEnqueued{id, command.queue, payload, now.wall}, out);
    enqueued.tasks.push_back(id);
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
  const auto reason = refusal_of(command.queue, command.task, command.lease);
  if (reason) return answer(caller, Refused{*reason}, out);
  change(now, TaskCompleted{command.task}, out);
  answer(caller, Done{}, out);
}

void Queue::on_nack(const core::Now& now, Caller caller, const Nack& command, Decisions& out) {
  const auto reason = refusal_of(command.queue, command.task, command.lease);
  if (reason) return answer(caller, Refused{*reason}, out);
  change(now, TaskReturned{command.task, ReturnReason::nacked}, out);
  answer(caller, Done{}, out);
}

void Queue::on_inspect(Caller caller, const Inspect& command, Decisions& out) {
  const std::optional<Counts> found = counts(command.queue);
  if (!found) return answer(caller, Refused{Refusal::no_such_queue}, out);
  answer(caller, *found, out);
}

// ---- Time ---------------------------------------------------------------------------------------

void Queue::return_expired(const core::Now& now, Decisions& out) {
  while (!expiries_.empty() && expiries_.begin()->first <= now.mono) {
    const TaskId id = expiries_.begin()->second;
    change(now, TaskReturned{id, ReturnReason::expired}, out);
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
  if (!expiries_.empty()) next = expiries_.begin()->first;
  for (const Waiting& wait : waiting_) {
    if (!next || wait.until < *next) next = wait.until;
  }
  return next;
}

// ---- May it? ------------------------------------------------------------------------------------

std::optional<Refusal> Queue::refusal_of(const Enqueue& command) const {
  if (!is_valid_name(command.queue, config_.max_name_bytes)) return Refusal::bad_name;
  const std::size_t count = command.payloads.size();
  if (count == 0 || count > config_.max_batch) return Refusal::bad_request;
  std::uint64_t bytes = 0;
  for (const core::Bytes& payload : command.payloads) {
    if (payload.size() > config_.max_payload_bytes) return Refusal::payload_too_large;
    bytes += payload.size();
  }
  if (!room_) return Refusal::no_room;
  const auto found = queues_.find(command.queue);
  if (found == queues_.end() && queues_.size() >= config_.max_queues) {
    return Refusal::too_many_queues;
  }
  const std::uint64_t length =
      found == queues_.end() ? 0 : found->second.pending.size() + found->second.processing;
  if (length + count > config_.max_queue_length) return Refusal::queue_full;
  if (stored_bytes_ + bytes > config_.max_stored_bytes) return Refusal::queue_full;
  return {};
}

std::optional<Refusal> Queue::refusal_of(const Lease& command) const {
  if (!is_valid_name(command.queue, config_.max_name_bytes)) return Refusal::bad_name;
  if (!is_valid_name(command.worker, config_.max_name_bytes)) return Refusal::bad_name;
  if (command.max == 0 || command.max > config_.max_batch) return Refusal::bad_request;
  if (command.visibility_ms == 0 || command.visibility_ms > config_.max_visibility_ms) {
    return Refusal::bad_request;
  }
  if (command.wait_ms > config_.max_wait_ms) return Refusal::bad_request;
  if (leases_left(command.worker) == 0) return Refusal::too_many_leases;
  return {};
}

/// The fence: only whoever holds the task now may end it.
std::optional<Refusal> Queue::refusal_of(const std::string& queue, TaskId task,
                                         const LeaseToken& lease) const {
  if (task.value == 0 || task >= next_task_) return Refusal::no_such_task;
  const auto found = tasks_.find(task);
  if (found == tasks_.end()) return Refusal::stale_lease;  // completed
  if (found->second.queue != queue) return Refusal::no_such_task;
  if (!found->second.lease || found->second.lease->token != lease) return Refusal::stale_lease;
  return {};
}

// ---- What handlers are made of ------------------------------------------------------------------

std::vector<LeasedTask> Queue::grant(const core::Now& now, const Lease& command, Decisions& out) {
  std::vector<LeasedTask> granted;
  const auto found = queues_.find(command.queue);
  if (found == queues_.end()) return granted;
  const TaskQueue& queue = found->second;
  const std::uint32_t most = std::min(command.max, leases_left(command.worker));
  while (granted.size() < most && !queue.pending.empty()) {
    const TaskId id = queue.pending.front();
    const Task& task = tasks_.at(id);
    const LeaseToken token{incarnation_, next_lease_++};
    const std::uint32_t attempt = task.attempts + 1;
    change(now, TaskLeased{id, token, command.worker, attempt, now.wall, command.visibility_ms},
           out);
    const core::UnixTime expires_at = now.wall + std::chrono::milliseconds(command.visibility_ms);
    granted.push_back({id, token, attempt, expires_at, task.payload});
  }
  return granted;
}

std::uint32_t Queue::leases_left(const std::string& worker) const {
  const auto found = leases_of_.find(worker);
  const std::uint32_t held = found == leases_of_.end() ? 0 : found->second;
  return held < config_.max_leases_per_worker ? config_.max_leases_per_worker - held : 0;
}

std::optional<Counts> Queue::counts(const std::string& queue) const {
  const auto found = queues_.find(queue);
  if (found == queues_.end()) return {};
  Counts counts;
  counts.pending = found->second.pending.size();
  counts.processing = found->second.processing;
  counts.completed = found->second.completed;
  for (const Waiting& wait : waiting_) {
    if (wait.command.queue == queue) ++counts.waiting;
  }
  return counts;
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
  for (Reply& reply : out.replies) held_.push_back({last_write_, std::move(reply)});
  while (!held_.empty() && held_.front().after <= persisted_) {
    ready.replies.push_back(std::move(held_.front().reply));
    held_.pop_front();
  }
}

// ---- What the records say -----------------------------------------------------------------------

void Queue::apply(const core::Now& now, const Record& record) {
  std::visit(core::Overloaded{
                 [&](const TaskEnqueued& enqueued) { apply_enqueued(enqueued); },
                 [&](const TaskLeased& leased) { apply_leased(now, leased); },
                 [&](const TaskReturned& returned) { apply_returned(returned); },
                 [&](const TaskCompleted& completed) { apply_completed(completed); },
             },
             record);
}

void Queue::apply_enqueued(const TaskEnqueued& record) {
  core::require(record.task == next_task_, "task ids count up without a gap");
  ++next_task_.value;
  tasks_[record.task] = Task{record.queue, record.payload, record.at, 0, {}};
  queues_[record.queue].pending.push_back(record.task);
  stored_bytes_ += record.payload.size();
  touched_.push_back(record.task);
}

/// After a restart a lease goes on for what is left of it by the wall clock. That clock may have
/// jumped: what is left is at least nothing and at most the whole lease.
void Queue::apply_leased(const core::Now& now, const TaskLeased& record) {
  Task& task = tasks_.at(record.task);
  TaskQueue& queue = queues_.at(task.queue);
  core::require(!task.lease, "a task is leased to one worker at a time");
  core::require(queue.pending.front() == record.task, "the first in line is leased first");
  const core::Duration whole = std::chrono::milliseconds(record.visibility_ms);
  const core::Duration left = std::clamp(record.at + whole - now.wall, core::Duration(0), whole);
  queue.pending.pop_front();
  ++queue.processing;
  task.attempts = record.attempt;
  task.lease = HeldLease{record.lease, record.worker, now.mono + left};
  expiries_.insert({task.lease->expires_at, record.task});
  ++leases_of_[record.worker];
  touched_.push_back(record.task);
}

void Queue::apply_returned(const TaskReturned& record) {
  Task& task = tasks_.at(record.task);
  end_lease(record.task, task);
  queues_.at(task.queue).pending.push_back(record.task);
  touched_.push_back(record.task);
}

void Queue::apply_completed(const TaskCompleted& record) {
  Task& task = tasks_.at(record.task);
  end_lease(record.task, task);
  ++queues_.at(task.queue).completed;
  stored_bytes_ -= task.payload.size();
  tasks_.erase(record.task);
}

void Queue::end_lease(TaskId id, Task& task) {
  core::require(task.lease.has_value(), "only a leased task can be returned or completed");
  const auto worker = leases_of_.find(task.lease->worker);
  if (--worker->second == 0) leases_of_.erase(worker);
  expiries_.erase({task.lease->expires_at, id});
  --queues_.at(task.queue).processing;
  task.lease.reset();
}

// ---- Digest -------------------------------------------------------------------------------------

std::uint64_t Queue::digest() const {
  core::Digest digest;
  digest.add(incarnation_).add(std::uint64_t{room_}).add(next_task_).add(next_lease_);
  digest.add(last_write_).add(persisted_).add(now_.mono).add(now_.wall);
  for (const auto& [id, task] : tasks_) {
    digest.add(id).add(task.queue).add(task.payload).add(task.enqueued_at);
    digest.add(std::uint64_t{task.attempts}).add(std::uint64_t{task.lease.has_value()});
    if (!task.lease) continue;
    digest.add(task.lease->token.incarnation).add(task.lease->token.number);
    digest.add(task.lease->worker).add(task.lease->expires_at);
  }
  for (const auto& [name, queue] : queues_) {
    digest.add(name).add(queue.completed).add(std::uint64_t{queue.pending.size()});
    for (const TaskId id : queue.pending) digest.add(id);
  }
  for (const Waiting& wait : waiting_) {
    digest.add(wait.caller.session).add(wait.caller.request).add(wait.until);
    digest.add(wait.command.queue).add(wait.command.worker).add(std::uint64_t{wait.command.max});
    digest.add(std::uint64_t{wait.command.visibility_ms});
  }
  for (const HeldReply& held : held_) {
    digest.add(held.after).add(held.reply.session).add(held.reply.request);
    digest.add(std::uint64_t{held.reply.result.index()});
  }
  return digest.value();
}

}  // namespace queue
