#include "promises.hpp"

#include <algorithm>
#include <chrono>

#include "any_system.hpp"
#include "core/digest.hpp"
#include "core/overloaded.hpp"
#include "messages_wire.hpp"
#include "queue_work.hpp"
#include "wire/wire.hpp"
#include "words.hpp"

namespace queue {

namespace {

core::Duration visibility(std::uint32_t visibility_ms) {
  return std::chrono::milliseconds(visibility_ms);
}

bool is_ack(const Command& command) {
  return std::holds_alternative<Ack>(command) || std::holds_alternative<AckMany>(command);
}

}  // namespace

Promises::Promises(const AnyOptions& options)
    : judged_(options.promises), config_(AnySystem::config(options, {})) {}

/// Of each promise the first time is told: what follows may only be its consequence.
void Promises::broken(Promise promise, std::optional<TaskId> about, std::string what) {
  const std::string name(all_promises.at(static_cast<std::size_t>(promise)).name);
  const auto same = [&](const sim::Finding& finding) { return finding.checker == name; };
  if (!judges(promise) || std::ranges::any_of(noted_, same)) return;
  sim::Finding finding{name, std::move(what)};
  if (about) finding.about = about->value;
  noted_.push_back(std::move(finding));
}

/// What holds no longer dates from `incarnation`.
void Promises::broken_since(Promise promise, TaskId about, std::uint64_t incarnation,
                            std::string what) {
  if (incarnation == incarnation_) return broken(promise, about, std::move(what));
  broken(Promise::survives_restart, about,
         std::move(what) + "; that was before the broker's crash");
}

// ---- What clients do ----------------------------------------------------------------------------

void Promises::on_submit(core::Instant, sim::ClientId client, const Work& work) {
  const Produce* produce = std::get_if<Produce>(&work);
  if (produce == nullptr || produce->number < first_fresh_number) return;
  fresh_.insert({client, produce->number});
}

void Promises::on_outcome(core::Instant, sim::ClientId client, const Outcome& outcome) {
  if (const Produced* produced = std::get_if<Produced>(&outcome)) {
    fresh_.erase({client, produced->number});
  }
}

// ---- What the broker is asked -------------------------------------------------------------------

void Promises::on_step(core::Instant, core::NodeId, const core::Now& now,
                       const core::Input<Protocol>& input, const core::Ready<Protocol>& ready,
                       Cores) {
  if (const auto* start = std::get_if<core::Start<Protocol>>(&input)) {
    see_start(now, start->incarnation);
  } else if (const auto* request = std::get_if<core::Request<Protocol>>(&input)) {
    see_request(now, *request);
  } else if (const auto* closed = std::get_if<core::Closed>(&input)) {
    see_closed(closed->session);
  }
  for (; replies_seen_ < ready.replies.size(); ++replies_seen_) {
    see_reply(now, ready.replies[replies_seen_]);
  }
  last_ = now;
}

void Promises::on_ready(core::Instant, core::NodeId, const core::Ready<Protocol>&, Cores) {
  replies_seen_ = 0;
}

/// A new process has its own monotonic clock. How much time has passed is told by the wall clock.
void Promises::see_start(const core::Now& now, std::uint64_t incarnation) {
  incarnation_ = incarnation;
  for (const auto& [request, asked] : asked_) give_up(asked);
  asked_.clear();
  const core::Duration moved = (now.mono - last_.mono) - (now.wall - last_.wall);
  for (auto& [id, task] : tasks_) {
    if (!task.holder) continue;
    task.holder->until += moved;
    if (task.holder->ends_by != core::Instant::max()) task.holder->ends_by += moved;
  }
}

/// Who asks for a lease to end may have it ended from now on, whether or not the answer arrives.
void Promises::see_request(const core::Now& now, const core::Request<Protocol>& request) {
  Asked asked{request.command, now, {}};
  if (const Enqueue* enqueue = std::get_if<Enqueue>(&request.command)) {
    for (const NewTask& task : enqueue->tasks) {
      sent_[task.payload] = {enqueue->queue, task.max_attempts};
    }
  }
  const Extend* extend = std::get_if<Extend>(&request.command);
  for (const Holding& held : holdings_of(request.command)) {
    Task* task = find(held.task);
    if (task == nullptr || !task->holder || task->holder->token != held.lease) continue;
    HandOut& holder = *task->holder;
    if (holder.acked || holder.nacked || holder.ends_by < now.mono) continue;
    asked.held.push_back(held.task);
    if (std::holds_alternative<Nack>(request.command)) {
      holder.may_be_nacked = true;
      holder.until = std::min(holder.until, now.mono);
    }
    if (extend == nullptr) continue;
    holder.until = std::min(holder.until, now.mono + visibility(extend->visibility_ms));
    holder.ends_by = core::Instant::max();
  }
  asked_[{request.session, request.request}] = std::move(asked);
}

void Promises::see_closed(core::SessionId session) {
  const auto first = asked_.lower_bound({session, core::RequestId{}});
  auto last = first;
  for (; last != asked_.end() && last->first.first == session; ++last) give_up(last->second);
  asked_.erase(first, last);
}

/// No answer will come. An ack may have been carried out all the same.
void Promises::give_up(const Asked& asked) {
  if (!is_ack(asked.command)) return;
  for (const TaskId id : asked.held) {
    Task* task = find(id);
    if (task != nullptr && task->end == End::none) task->end = End::perhaps_done;
  }
}

// ---- What it answers ----------------------------------------------------------------------------

void Promises::see_reply(const core::Now& now, const core::Reply<Protocol>& reply) {
  const auto question = asked_.extract({reply.session, reply.request});
  if (question.empty()) return;
  const Asked& asked = question.mapped();
  const bool done = std::holds_alternative<Done>(reply.result);
  std::visit(core::Overloaded{
                 [&](const Enqueue& command) {
                   const Enqueued* enqueued = std::get_if<Enqueued>(&reply.result);
                   if (enqueued != nullptr) see_enqueued(command, *enqueued);
                 },
                 [&](const Lease& command) {
                   const Leased* leased = std::get_if<Leased>(&reply.result);
                   if (leased == nullptr) return;
                   for (const LeasedTask& task : leased->tasks) {
                     see_handed_out(now, asked, command, task);
                   }
                 },
                 [&](const Ack& command) {
                   if (done) see_done(asked, command.held);
                 },
                 [&](const AckMany& command) {
                   const Acked* acked = std::get_if<Acked>(&reply.result);
                   if (acked == nullptr) return;
                   for (const Holding& held : command.held) {
                     if (std::ranges::count(acked->done, held.task) > 0) see_done(asked, held);
                   }
                 },
                 [&](const Nack& command) {
                   HandOut* holder = done ? see_used(asked, command.held) : nullptr;
                   if (holder != nullptr) holder->nacked = true;
                 },
                 [&](const Extend& command) {
                   if (done) see_extended(now, asked, command);
                 },
                 [&](const ListDead&) {
                   const DeadLetters* letters = std::get_if<DeadLetters>(&reply.result);
                   if (letters == nullptr) return;
                   for (const TaskInfo& letter : letters->tasks) see_dead(letter);
                 },
                 [&](const RetryDead& command) {
                   Task* task = done ? find(command.task) : nullptr;
                   if (task == nullptr) return;
                   task->end = End::none;
                   task->handed_out = 0;
                   task->holder.reset();
                 },
                 [&](const DropDead& command) {
                   Task* task = done ? find(command.task) : nullptr;
                   if (task != nullptr) task->end = End::dropped;
                 },
                 [](const auto&) {},
             },
             asked.command);
}

Promises::Task* Promises::find(TaskId id) {
  const auto found = tasks_.find(id);
  return found == tasks_.end() ? nullptr : &found->second;
}

/// The broker speaks of a task of `queue`.
Promises::Task& Promises::hear_of(TaskId id, const std::string& queue, const core::Bytes& payload) {
  const auto sent = sent_.find(payload);
  const bool was_sent = sent != sent_.end() && sent->second.queue == queue;
  if (!was_sent) {
    broken(Promise::payload_kept, id,
           name_of(id) + " has bytes that nobody enqueued in the queue " + queue);
  }
  Task* known = find(id);
  if (known != nullptr && was_sent && known->payload != payload) {
    const bool is_older = known->heard_of != incarnation_;
    broken_since(Promise::payload_kept, id, known->heard_of,
                 name_of(id) + " has other bytes than another task of this id");
    if (is_older) *known = {};  // from here on it is the new one
  }
  const bool is_new = known == nullptr || known->heard_of == 0;
  Task& task = tasks_[id];
  task.heard_of = incarnation_;
  if (is_new) {
    task.payload = payload;
    task.sent = was_sent ? sent->second : Sent{queue, 0};
  }
  return task;
}

void Promises::see_enqueued(const Enqueue& command, const Enqueued& enqueued) {
  if (enqueued.tasks.size() != command.tasks.size()) {
    return broken(Promise::no_task_lost, {},
                  "an enqueue of " + std::to_string(command.tasks.size()) +
                      " tasks was answered with " + std::to_string(enqueued.tasks.size()) + " ids");
  }
  for (std::size_t i = 0; i < enqueued.tasks.size(); ++i) {
    hear_of(enqueued.tasks[i], command.queue, command.tasks[i].payload).owed = true;
  }
}

void Promises::see_handed_out(const core::Now& now, const Asked& asked, const Lease& command,
                              const LeasedTask& lease) {
  Task& task = hear_of(lease.task, command.queue, lease.payload);
  const std::string name = name_of(lease.task);
  if (task.holder) {
    const HandOut& before = *task.holder;
    if (task.end == End::done) {
      broken_since(Promise::one_holder, lease.task, before.incarnation,
                   name + " was done, and was handed out again");
    } else if (now.mono < before.until) {
      broken_since(Promise::one_holder, lease.task, before.incarnation,
                   name + " was handed out under " + name_of(lease.lease) + " while " +
                       name_of(before.token) + " was running");
    }
    if (task.tokens.contains(lease.lease)) {
      broken_since(Promise::stale_lease_refused, lease.task, before.incarnation,
                   name + " was handed out twice under " + name_of(lease.lease));
    }
  }
  see_attempt(now, lease.task, task, lease);
  // What a crash undid is told of above, and does not count from here on.
  const bool is_first_since = task.holder && task.holder->incarnation != incarnation_;
  if (is_first_since && lease.attempt > 0) task.handed_out = lease.attempt - 1;
  ++task.handed_out;
  task.tokens.insert(lease.lease);
  task.end = End::none;
  const core::Instant soonest = asked.seen.mono + visibility(command.visibility_ms);
  const core::Instant latest = now.mono + visibility(command.visibility_ms);
  const core::Instant told = now.mono + (lease.expires_at - now.wall);
  const bool was_set = now.wall - asked.seen.wall != now.mono - asked.seen.mono;
  HandOut holder;
  holder.token = lease.lease;
  holder.attempt = lease.attempt;
  holder.incarnation = incarnation_;
  // A wall clock that was set meanwhile does not tell when the broker decided.
  holder.until = was_set ? soonest : std::clamp(told, soonest, latest);
  holder.ends_by = latest;
  task.holder = holder;
}

void Promises::see_attempt(const core::Now& now, TaskId id, const Task& task,
                           const LeasedTask& lease) {
  if (!sent_.contains(task.payload)) return;  // nobody said how often it may be tried
  const std::string name = name_of(id);
  const std::uint32_t most = max_attempts_of(task);
  if (lease.max_attempts != most) {
    broken(Promise::attempts_bounded, id,
           name + " may be tried " + std::to_string(most) + " times, and its worker was told " +
               std::to_string(lease.max_attempts));
  }
  if (lease.attempt > most || task.handed_out >= most) {
    broken_since(
        Promise::attempts_bounded, id, task.holder ? task.holder->incarnation : incarnation_,
        name + " was handed out as attempt " + std::to_string(lease.attempt) + ", and was before " +
            std::to_string(task.handed_out) + " times, of " + std::to_string(most));
  }
  if (lease.attempt == 0) broken(Promise::attempts_bounded, id, name + " has an attempt 0");
  if (!task.holder) return;
  const HandOut& before = *task.holder;
  if (task.end == End::dead) {
    broken_since(Promise::attempts_bounded, id, before.incarnation,
                 name + " was a dead letter, and was handed out again");
  }
  if (lease.attempt <= before.attempt) {
    broken_since(Promise::attempts_bounded, id, before.incarnation,
                 name + " was handed out as attempt " + std::to_string(lease.attempt) +
                     " after attempt " + std::to_string(before.attempt));
  }
  if (now.mono >= before.until && now.mono < before.until + least_pause(before.attempt)) {
    broken_since(Promise::attempts_bounded, id, before.incarnation,
                 name + " was handed out again without a pause after attempt " +
                     std::to_string(before.attempt));
  }
}

std::uint32_t Promises::max_attempts_of(const Task& task) const {
  return task.sent.max_attempts == 0 ? config_.default_attempts : task.sent.max_attempts;
}

/// Half of it is by chance.
core::Duration Promises::least_pause(std::uint32_t attempts) const {
  std::uint64_t pause = config_.backoff_ms;
  for (std::uint32_t i = 1; i < attempts && pause < config_.max_backoff_ms; ++i) pause *= 2;
  pause = std::min<std::uint64_t>(pause, config_.max_backoff_ms);
  return std::chrono::milliseconds(static_cast<std::int64_t>(pause / 2));
}

/// A lease was of use. It must have been running when the broker was asked. Gives it back, if it is
/// the task's last.
Promises::HandOut* Promises::see_used(const Asked& asked, const Holding& held) {
  Task* task = find(held.task);
  const std::string use = name_of(held.lease) + " was of use for " + name_of(held.task);
  if (task == nullptr || !task->holder) {
    broken(Promise::stale_lease_refused, held.task, use + ", which was never handed out");
    return nullptr;
  }
  HandOut& holder = *task->holder;
  const bool is_last = holder.token == held.lease;
  if (std::ranges::count(asked.held, held.task) == 0) {
    broken_since(Promise::stale_lease_refused, held.task, holder.incarnation,
                 use + (is_last ? " though it had ended"
                                : " though that was handed out under " + name_of(holder.token)));
  }
  return is_last ? &holder : nullptr;
}

void Promises::see_done(const Asked& asked, const Holding& held) {
  HandOut* holder = see_used(asked, held);
  if (holder != nullptr) holder->acked = true;
  Task* task = find(held.task);
  if (task != nullptr) task->end = End::done;
}

void Promises::see_extended(const core::Now& now, const Asked& asked, const Extend& command) {
  HandOut* holder = see_used(asked, command.held);
  if (holder == nullptr || holder->may_be_nacked) return;
  holder->until = asked.seen.mono + visibility(command.visibility_ms);
  holder->ends_by = now.mono + visibility(command.visibility_ms);
}

void Promises::see_dead(const TaskInfo& letter) {
  Task& task = hear_of(letter.task, letter.queue, letter.payload);
  if (letter.state != TaskState::failed) return;
  const std::string name = name_of(letter.task);
  if (task.end == End::done) {
    const std::uint64_t since = task.holder ? task.holder->incarnation : incarnation_;
    return broken_since(Promise::one_holder, letter.task, since,
                        name + " was done, and is a dead letter");
  }
  if (letter.attempts < max_attempts_of(task)) {
    broken(Promise::attempts_bounded, letter.task,
           name + " is a dead letter after " + std::to_string(letter.attempts) + " of " +
               std::to_string(max_attempts_of(task)) + " attempts");
  }
  task.end = End::dead;
}

// ---- The end ------------------------------------------------------------------------------------

/// One that is tried for ever is not lost: it breaks another promise.
bool Promises::has_come_to_its_end(const Task& task) const {
  return task.end != End::none || task.handed_out > max_attempts_of(task);
}

std::optional<std::string> Promises::unserved() const {
  if (!fresh_.empty()) {
    return "client " + std::to_string(fresh_.begin()->first.value) + " could not store its task " +
           std::to_string(fresh_.begin()->second);
  }
  if (!judges(Promise::no_task_lost)) return {};
  for (const auto& [id, task] : tasks_) {
    if (task.owed && !has_come_to_its_end(task)) return name_of(id) + " has not come to its end";
  }
  return {};
}

void Promises::on_overdue(core::Instant) {
  for (const auto& [id, task] : tasks_) {
    if (!task.owed || has_come_to_its_end(task)) continue;
    broken_since(Promise::no_task_lost, id, task.heard_of,
                 name_of(id) + " was stored, and is neither done nor a dead letter");
    const bool has_attempts_left = task.handed_out < max_attempts_of(task);
    if (!has_attempts_left || !task.holder || !task.holder->nacked) continue;
    broken_since(Promise::attempts_bounded, id, task.holder->incarnation,
                 name_of(id) + " was given back and not tried again");
  }
}

std::uint64_t Promises::digest() const {
  core::Digest digest;
  const auto add_number = [&](auto number) { digest.add(static_cast<std::uint64_t>(number)); };
  const auto add_lease = [&](const LeaseToken& lease) {
    digest.add(lease.incarnation).add(lease.number);
  };
  for (const auto& [payload, sent] : sent_) {
    digest.add(payload).add(sent.queue);
    add_number(sent.max_attempts);
  }
  for (const auto& [id, task] : tasks_) {
    digest.add(id).add(task.payload).add(task.heard_of);
    add_number(task.owed);
    add_number(task.handed_out);
    add_number(task.end);
    for (const LeaseToken& token : task.tokens) add_lease(token);
    if (!task.holder) continue;
    add_lease(task.holder->token);
    add_number(task.holder->attempt);
    digest.add(task.holder->incarnation).add(task.holder->until).add(task.holder->ends_by);
    add_number(task.holder->acked);
    add_number(task.holder->nacked);
    add_number(task.holder->may_be_nacked);
  }
  for (const auto& [request, asked] : asked_) {
    digest.add(request.first).add(request.second).add(wire::encode(asked.command));
    digest.add(asked.seen.mono);
    for (const TaskId id : asked.held) digest.add(id);
  }
  for (const auto& [client, number] : fresh_) digest.add(client).add(number);
  for (const sim::Finding& finding : noted_) digest.add(finding.checker);
  digest.add(incarnation_).add(last_.mono).add(last_.wall);
  return digest.value();
}

}  // namespace queue
