#include "queue_laws.hpp"

#include <algorithm>
#include <chrono>

#include "core/digest.hpp"
#include "core/overloaded.hpp"
#include "messages_wire.hpp"
#include "queue_work.hpp"
#include "wire/wire.hpp"

namespace queue {

namespace {

std::string task_name(TaskId task) { return "task " + std::to_string(task.value); }

std::string lease_name(const LeaseToken& lease) {
  return "lease " + std::to_string(lease.incarnation) + "-" + std::to_string(lease.number);
}

/// The tasks of which a broker that carries it out knows nothing more.
std::vector<TaskId> ended_by(const Command& command) {
  if (const DropDead* drop = std::get_if<DropDead>(&command)) return {drop->task};
  std::vector<TaskId> tasks;
  if (std::holds_alternative<Ack>(command) || std::holds_alternative<AckMany>(command)) {
    for (const Holding& held : holdings_of(command)) tasks.push_back(held.task);
  }
  return tasks;
}

}  // namespace

/// At least nothing and at most the whole, for the wall clock may have jumped.
core::Duration Laws::left_of(const Grant& grant, core::UnixTime now) {
  const core::Duration whole = std::chrono::milliseconds(grant.visibility_ms);
  return std::clamp(grant.at + whole - now, core::Duration(0), whole);
}

Laws::Laws(const Options& options)
    : backoff_ms_(Workload::config(options, {}).backoff_ms),
      max_backoff_ms_(Workload::config(options, {}).max_backoff_ms),
      key_window_(std::chrono::milliseconds(Workload::config(options, {}).key_window_ms)),
      answers_(Workload::config(options, {})),
      snapshots_(Workload::config(options, {})) {
  for (std::uint32_t id = 1; id <= options.clients; ++id) {
    client_configs_.push_back(Workload::client_config(options, sim::ClientId{id}));
  }
}

/// The first is reported: what follows may only be its consequence.
void Laws::broken(const char* law, std::string what) {
  if (!found_) found_ = sim::Finding{law, std::move(what)};
}

// ---- What clients do and learn ------------------------------------------------------------------

void Laws::on_submit(core::Instant, sim::ClientId client, const Work& work) {
  const Produce* produce = std::get_if<Produce>(&work);
  if (produce == nullptr || produce->number < first_fresh_number) return;
  fresh_.insert({client, produce->number});
}

void Laws::on_call(core::Instant, sim::ClientId client, const core::Call<ClientProtocol>& call) {
  Sent sent{call.command, {}};
  for (const Holding& held : holdings_of(call.command)) {
    const auto told = told_.find(held.task);
    const bool known = told != told_.end();
    sent.told.push_back(known ? std::optional(told->second.token) : std::nullopt);
    if (known && told->second.token == held.lease && std::holds_alternative<Nack>(call.command)) {
      told->second.nacked = true;
    }
  }
  for (const TaskId task : ended_by(call.command)) ++open_ends_[task];
  sent_[{client, call.request}] = std::move(sent);
}

void Laws::on_answer(core::Instant, sim::ClientId client,
                     const core::Answer<ClientProtocol>& answer) {
  const auto found = sent_.find({client, answer.request});
  if (found == sent_.end()) return;
  const Sent sent = std::move(found->second);
  sent_.erase(found);
  if (answer.result) see_answer(sent, *answer.result);
  const bool unknown = !answer.result && answer.result.error() == core::CallError::unknown;
  if (unknown) return;
  for (const TaskId task : ended_by(sent.command)) --open_ends_[task];
}

void Laws::see_answer(const Sent& sent, const Result& result) {
  const bool done = std::holds_alternative<Done>(result);
  std::visit(core::Overloaded{
                 [&](const Enqueue& command) {
                   const Enqueued* enqueued = std::get_if<Enqueued>(&result);
                   if (enqueued != nullptr) see_enqueued(command, *enqueued);
                 },
                 [&](const Ack& command) {
                   if (done) see_completed(sent.told[0], command.held);
                 },
                 [&](const AckMany& command) {
                   const Acked* acked = std::get_if<Acked>(&result);
                   if (acked == nullptr) return;
                   for (std::size_t i = 0; i < command.held.size(); ++i) {
                     if (std::ranges::count(acked->done, command.held[i].task) == 0) continue;
                     see_completed(sent.told[i], command.held[i]);
                   }
                 },
                 [&](const Nack& command) {
                   if (done) see_used(sent.told[0], command.held);
                 },
                 [&](const Extend& command) {
                   if (!done) return;
                   see_used(sent.told[0], command.held);
                   see_extended(command.held);
                 },
                 [&](const DropDead& command) {
                   if (done) gone_.insert(command.task);
                 },
                 [](const auto&) {},
             },
             sent.command);
}

void Laws::see_enqueued(const Enqueue& command, const Enqueued& enqueued) {
  if (enqueued.tasks.size() != command.tasks.size()) {
    return broken("no-task-lost", "an enqueue was acknowledged with too few or too many tasks");
  }
  for (std::size_t i = 0; i < enqueued.tasks.size(); ++i) {
    const TaskId task = enqueued.tasks[i];
    const NewTask& sent = command.tasks[i];
    const auto [known, is_new] = acknowledged_.insert({task, sent});
    if (!is_new && known->second.key != sent.key) {
      broken("task-ids-unique", task_name(task) + " was given to two enqueues");
    }
    see_stored(sent.payload, task);
  }
}

/// A second task with the same payload is a copy. That is fair once its key may be forgotten.
void Laws::see_stored(const core::Bytes& payload, TaskId task) {
  const auto [known, is_new] = stored_.insert({payload, task});
  if (is_new || known->second == task) return;
  const auto [first, copy] = std::minmax(known->second, task);
  const core::UnixTime forgotten_at = births_[first].at + key_window_;
  if (births_[copy].latest_before >= forgotten_at) return;
  broken("stored-once", task_name(copy) + " is a copy of " + task_name(first));
}

/// A lease was of use. Nobody else may have been told before that the task is theirs.
void Laws::see_used(const std::optional<LeaseToken>& told, const Holding& held) {
  if (!told) {
    return broken("stale-lease-refused", task_name(held.task) + " was never handed out");
  }
  if (*told == held.lease) return;
  broken("stale-lease-refused", lease_name(held.lease) + " was of use for " + task_name(held.task) +
                                    " though it was held under " + lease_name(*told));
}

void Laws::see_completed(const std::optional<LeaseToken>& told, const Holding& held) {
  see_used(told, held);
  gone_.insert(held.task);
}

void Laws::see_extended(const Holding& held) {
  const auto told = told_.find(held.task);
  const auto extension = extensions_.find(held.lease);
  if (told == told_.end() || told->second.token != held.lease) return;
  if (extension == extensions_.end()) {
    return broken("one-live-lease", lease_name(held.lease) + " was extended and nothing written");
  }
  if (extension->second.until <= told->second.until) return;
  told->second.grant = extension->second;
  told->second.until = extension->second.until;
}

/// A worker may ask for less time than it has, and the task may go to another before it hears that
/// it got that.
void Laws::see_shortened(TaskId task, const LeaseToken& lease, core::Instant until) {
  const auto told = told_.find(task);
  if (told == told_.end() || told->second.token != lease) return;
  told->second.until = std::min(told->second.until, until);
}

void Laws::on_outcome(core::Instant, sim::ClientId client, const Outcome& outcome) {
  if (const Produced* produced = std::get_if<Produced>(&outcome)) {
    fresh_.erase({client, produced->number});
  }
}

void Laws::on_client_step(core::Instant, sim::ClientId client, const core::Now& now,
                          const ClientInput& input, const ClientReady& ready, const Client& core) {
  ClientLaws& laws = clients_.try_emplace(client, client_configs_[client.value - 1]).first->second;
  laws.see_step(now, input, ready, core);
  if (!found_) found_ = laws.found();
}

void Laws::on_client_crash(core::Instant, sim::ClientId client) {
  clients_.erase(client);
  std::erase_if(fresh_, [&](const auto& work) { return work.first == client; });
  // Its calls will have no answers, yet may be carried out: they stay in open_ends_. Its request
  // ids start anew.
  std::erase_if(sent_, [&](const auto& entry) { return entry.first.first == client; });
}

// ---- What the broker does -----------------------------------------------------------------------

void Laws::on_step(core::Instant, core::NodeId, const core::Now&, const Input& input,
                   const Ready& ready, Cores cores) {
  const Queue& broker = *cores.front();
  const auto writes = std::span(ready.writes).subspan(writes_seen_);
  answers_.see_step(broker, input, writes, std::span(ready.replies).subspan(replies_seen_));
  if (!answers_.found()) {
    snapshots_.see_step(answers_.ledger(), answers_.room(), broker.now(), input, writes);
  }
  writes_seen_ = ready.writes.size();
  replies_seen_ = ready.replies.size();
  if (!found_) found_ = answers_.found();
  if (!found_) found_ = snapshots_.found();
}

void Laws::on_ready(core::Instant, core::NodeId, const Ready& ready, Cores cores) {
  writes_seen_ = 0;
  replies_seen_ = 0;
  const Queue& broker = *cores.front();
  for (const core::Write<Protocol>& write : ready.writes) {
    if (write.lane != core::Lane::control) continue;
    for (const Record& record : write.records) see_record(broker, record);
  }
  for (const Reply& reply : ready.replies) {
    if (const Leased* leased = std::get_if<Leased>(&reply.result)) {
      for (const LeasedTask& lease : leased->tasks) see_told(lease);
    }
  }
}

void Laws::see_record(const Queue& broker, const Record& record) {
  const core::Instant now = broker.now().mono;
  std::visit(core::Overloaded{
                 [&](const TaskEnqueued& enqueued) {
                   births_[enqueued.task] = {enqueued.at, std::max(latest_, broker.now().wall)};
                   pauses_[enqueued.task] = {broker.incarnation(), now,
                                             std::chrono::milliseconds(enqueued.delay_ms)};
                 },
                 [&](const TaskLeased& leased) { see_grant(broker, leased); },
                 [&](const LeaseExtended& extended) {
                   const LeaseToken lease = leases_[extended.task];
                   const core::Duration whole = std::chrono::milliseconds(extended.visibility_ms);
                   Grant& extension = extensions_[lease];
                   extension = grants_[lease];
                   extension.visibility_ms = extended.visibility_ms;
                   extension.at = extended.at;
                   extension.until = now + whole;
                   see_shortened(extended.task, lease, extension.until);
                 },
                 [&](const TaskReturned& returned) {
                   pauses_[returned.task] = {broker.incarnation(), now,
                                             least_pause(last_attempt(returned.task))};
                 },
                 [&](const TaskFailed& failed) { see_given_up(failed.task); },
                 [&](const TaskMoved& moved) {
                   see_given_up(moved.task);
                   ++lives_[moved.task];
                 },
                 [&](const TaskRetried& retried) { ++lives_[retried.task]; },
                 [](const auto&) {},
             },
             record);
}

/// Half of it is by chance.
core::Duration Laws::least_pause(std::uint32_t attempts) const {
  std::uint64_t pause = backoff_ms_;
  for (std::uint32_t i = 1; i < attempts; ++i) pause = std::min(2 * pause, max_backoff_ms_);
  return std::chrono::milliseconds(static_cast<std::int64_t>(pause / 2));
}

/// 1 if it is not known: a lease that ended while the broker started may be one that was undone.
std::uint32_t Laws::last_attempt(TaskId task) const {
  const auto lease = leases_.find(task);
  return lease == leases_.end() ? 1 : grants_.at(lease->second).attempt;
}

void Laws::see_given_up(TaskId task) {
  const auto told = told_.find(task);
  if (told == told_.end() || !leases_.contains(task)) return;
  if (last_attempt(task) >= told->second.max_attempts) return;
  broken("attempts-granted", task_name(task) + " was given up before its last attempt");
}

std::optional<sim::Finding> Laws::after_step(core::Instant, core::NodeId, Cores cores) {
  if (!cores.front()) return found_;
  const Queue& broker = *cores.front();
  if (broker.incarnation() != incarnation_) see_restart(broker);
  last_step_ = broker.now().mono;
  latest_ = std::max(latest_, broker.now().wall);
  live_tasks_ = 0;
  for (const auto& [name, queue] : broker.queues()) {
    if (!is_spare(name)) live_tasks_ += queue.length() - queue.failed.size();
  }
  return found_;
}

bool Laws::may_be_gone(TaskId task) const {
  const auto open = open_ends_.find(task);
  return gone_.contains(task) || (open != open_ends_.end() && open->second > 0);
}

void Laws::see_restart(const Queue& broker) {
  incarnation_ = broker.incarnation();
  for (const auto& [task, sent] : acknowledged_) {
    if (!may_be_gone(task) && !broker.tasks().contains(task)) {
      broken("survives-restart", task_name(task) + " was acknowledged, and a restart lost it");
    }
  }
  for (const TaskId task : gone_) {
    if (broker.tasks().contains(task)) {
      broken("completed-stays-completed", task_name(task) + " came back with a restart");
    }
  }
  // A crash may have undone a lease that nobody was told of.
  leases_.clear();
  for (const auto& [task, live] : broker.tasks()) {
    const Queue::Held* held = std::get_if<Queue::Held>(&live.place);
    if (held != nullptr) leases_[task] = held->token;
  }
  // The new process has its own monotonic clock: what is left of a lease is judged by the wall
  // clock. An extension that nobody was told of may count, or may not; of some the word comes late.
  for (auto& [lease, extension] : extensions_) {
    extension.until = broker.now().mono + left_of(extension, broker.now().wall);
  }
  for (auto& [task, told] : told_) {
    if (told.until <= last_step_) {  // it had ended before
      told.until = core::Instant::min();
      continue;
    }
    core::Duration left = left_of(told.grant, broker.now().wall);
    const auto extension = extensions_.find(told.token);
    if (extension != extensions_.end()) {
      left = std::min(left, left_of(extension->second, broker.now().wall));
    }
    told.until = broker.now().mono + left;
  }
}

void Laws::see_grant(const Queue& broker, const TaskLeased& record) {
  Grant grant;
  grant.task = record.task;
  grant.life = lives_[record.task];
  grant.attempt = record.attempt;
  grant.visibility_ms = record.visibility_ms;
  grant.at = record.at;
  grant.from = broker.now().mono;
  grant.until = grant.from + std::chrono::milliseconds(record.visibility_ms);
  grants_[record.lease] = grant;
  leases_[record.task] = record.lease;
  if (gone_.contains(record.task)) {
    broken("completed-stays-completed", task_name(record.task) + " was completed and leased again");
  }
  const auto pause = pauses_.find(record.task);
  if (pause == pauses_.end() || pause->second.incarnation != broker.incarnation()) return;
  if (grant.from < pause->second.from + pause->second.at_least) {
    broken("pause-kept", task_name(record.task) + " was leased before its pause was over");
  }
}

void Laws::see_told(const LeasedTask& lease) {
  const auto granted = grants_.find(lease.lease);
  if (granted == grants_.end()) {
    return broken("survives-restart",
                  task_name(lease.task) + " was handed out and that was not written down");
  }
  const Grant& grant = granted->second;
  if (gone_.contains(lease.task)) {
    broken("completed-stays-completed",
           task_name(lease.task) + " was completed and handed out again");
  }
  if (lease.attempt > lease.max_attempts) {
    broken("attempts-bounded", task_name(lease.task) + " was handed out too often");
  }
  const auto enqueued = acknowledged_.find(lease.task);
  if (enqueued != acknowledged_.end()) {
    const NewTask& sent = enqueued->second;
    if (sent.payload != lease.payload) {
      broken("payload-kept", task_name(lease.task) + " was handed out with other bytes");
    }
    if (sent.max_attempts != 0 && sent.max_attempts != lease.max_attempts) {
      broken("attempts-bounded", task_name(lease.task) + " has other attempts than it was given");
    }
  }
  see_stored(lease.payload, lease.task);
  const auto before = told_.find(lease.task);
  if (before != told_.end()) {
    if (!before->second.nacked && grant.from < before->second.until) {
      broken("one-live-lease", task_name(lease.task) + " was handed out under " +
                                   lease_name(lease.lease) + " while " +
                                   lease_name(before->second.token) + " was running");
    }
    const Grant& last = before->second.grant;
    if (last.life == grant.life && lease.attempt <= last.attempt) {
      broken("attempts-counted", task_name(lease.task) + " was handed out as attempt " +
                                     std::to_string(lease.attempt) + " after attempt " +
                                     std::to_string(last.attempt));
    }
  }
  told_[lease.task] = Told{lease.lease, lease.max_attempts, grant, grant.until, false};
}

// ---- The end ------------------------------------------------------------------------------------

std::optional<std::string> Laws::unserved() const {
  if (!fresh_.empty()) {
    return "client " + std::to_string(fresh_.begin()->first.value) + " could not store its task " +
           std::to_string(fresh_.begin()->second);
  }
  if (live_tasks_ > 0) return std::to_string(live_tasks_) + " tasks have not come to their end";
  return {};
}

std::optional<sim::Finding> Laws::at_end(core::Instant, Cores cores) {
  if (!cores.front()) return found_;
  for (const auto& [task, sent] : acknowledged_) {
    if (may_be_gone(task)) continue;
    if (cores.front()->tasks().contains(task)) continue;  // a dead letter: nothing else is left
    broken("no-task-lost", task_name(task) + " was acknowledged and nobody completed it");
  }
  return found_;
}

std::uint64_t Laws::digest() const {
  core::Digest digest;
  const auto add_lease = [&](const LeaseToken& lease) {
    digest.add(lease.incarnation).add(lease.number);
  };
  const auto add_grants = [&](const std::map<LeaseToken, Grant>& grants) {
    for (const auto& [lease, grant] : grants) {
      add_lease(lease);
      digest.add(grant.task).add(grant.at).add(grant.from).add(grant.until);
    }
  };
  for (const auto& [task, sent] : acknowledged_) digest.add(task).add(sent.payload).add(sent.key);
  for (const TaskId task : gone_) digest.add(task);
  for (const auto& [task, count] : open_ends_) digest.add(task).add(std::uint64_t{count});
  for (const auto& [call, sent] : sent_) {
    digest.add(call.first).add(call.second).add(wire::encode(sent.command));
    for (const auto& told : sent.told) add_lease(told.value_or(LeaseToken{}));
  }
  add_grants(grants_);
  add_grants(extensions_);
  for (const auto& [task, told] : told_) {
    add_lease(told.token);
    digest.add(task).add(std::uint64_t{told.max_attempts}).add(told.grant.at).add(told.until);
    digest.add(std::uint64_t{told.nacked});
  }
  for (const auto& [task, pause] : pauses_) {
    digest.add(task).add(pause.incarnation).add(pause.from);
    digest.add(static_cast<std::uint64_t>(pause.at_least.count()));
  }
  for (const auto& [task, life] : lives_) digest.add(task).add(std::uint64_t{life});
  for (const auto& [task, lease] : leases_) {
    digest.add(task);
    add_lease(lease);
  }
  for (const auto& [task, birth] : births_) {
    digest.add(task).add(birth.at).add(birth.latest_before);
  }
  for (const auto& [payload, task] : stored_) digest.add(payload).add(task);
  for (const auto& [client, number] : fresh_) digest.add(client).add(number);
  digest.add(incarnation_).add(last_step_).add(latest_);
  digest.add(live_tasks_).add(answers_.digest());
  digest.add(snapshots_.digest());
  for (const auto& [client, laws] : clients_) digest.add(client).add(laws.digest());
  return digest.value();
}

}  // namespace queue
