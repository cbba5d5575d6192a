#include "queue_laws.hpp"

#include <algorithm>
#include <chrono>

#include "core/digest.hpp"
#include "core/overloaded.hpp"
#include "messages_wire.hpp"
#include "wire/wire.hpp"

namespace queue {

namespace {

std::string task_name(TaskId task) { return "task " + std::to_string(task.value); }

std::string lease_name(const LeaseToken& lease) {
  return "lease " + std::to_string(lease.incarnation) + "-" + std::to_string(lease.number);
}

}  // namespace

Laws::Laws(const Options&) {}

/// The first is reported: what follows may only be its consequence.
void Laws::broken(const char* law, std::string what) {
  if (!found_) found_ = sim::Finding{law, std::move(what)};
}

// ---- What clients do and learn ------------------------------------------------------------------

void Laws::on_submit(core::Instant, sim::ClientId client, const Work& work) {
  const Produce* produce = std::get_if<Produce>(&work);
  if (healed_ && produce != nullptr) fresh_.insert({client, produce->number});
}

void Laws::on_call(core::Instant, sim::ClientId client, const core::Call<ClientProtocol>& call) {
  Sent sent{call.command, {}};
  const auto holder_of = [&](TaskId task) -> std::optional<LeaseToken> {
    const auto found = told_.find(task);
    if (found == told_.end()) return {};
    return found->second.token;
  };
  if (const Ack* ack = std::get_if<Ack>(&call.command)) {
    ++open_acks_[ack->task];
    sent.told = holder_of(ack->task);
  }
  if (const Nack* nack = std::get_if<Nack>(&call.command)) {
    sent.told = holder_of(nack->task);
    const auto found = told_.find(nack->task);
    if (found != told_.end() && found->second.token == nack->lease) found->second.nacked = true;
  }
  sent_[{client, call.request}] = std::move(sent);
}

void Laws::on_answer(core::Instant, sim::ClientId client,
                     const core::Answer<ClientProtocol>& answer) {
  const auto found = sent_.find({client, answer.request});
  if (found == sent_.end()) return;
  const Sent sent = std::move(found->second);
  sent_.erase(found);
  const bool unknown = !answer.result && answer.result.error() == core::CallError::unknown;
  const bool done = answer.result && std::holds_alternative<Done>(*answer.result);
  std::visit(core::Overloaded{
                 [&](const Enqueue& command) {
                   const Enqueued* enqueued =
                       answer.result ? std::get_if<Enqueued>(&*answer.result) : nullptr;
                   if (enqueued != nullptr) see_enqueued(command, *enqueued);
                 },
                 [&](const Ack& command) {
                   if (done) completed_.insert(command.task);
                   if (done) see_acked(sent, command.task, command.lease);
                   if (!unknown) --open_acks_[command.task];
                 },
                 [&](const Nack& command) {
                   if (done) see_acked(sent, command.task, command.lease);
                 },
                 [](const auto&) {},
             },
             sent.command);
}

void Laws::see_enqueued(const Enqueue& command, const Enqueued& enqueued) {
  if (enqueued.tasks.size() != command.payloads.size()) {
    return broken("no-task-lost", "an enqueue was acknowledged with too few or too many tasks");
  }
  for (std::size_t i = 0; i < enqueued.tasks.size(); ++i) {
    const TaskId task = enqueued.tasks[i];
    if (!acknowledged_.insert({task, command.payloads[i]}).second) {
      broken("task-ids-unique", task_name(task) + " was given to two enqueues");
    }
  }
}

/// An ack or nack was carried out. Nobody else may have been told before it was sent that the task
/// is theirs.
void Laws::see_acked(const Sent& sent, TaskId task, const LeaseToken& lease) {
  if (!sent.told) return broken("stale-lease-refused", task_name(task) + " was never handed out");
  if (*sent.told == lease) return;
  broken("stale-lease-refused", task_name(task) + " was ended under " + lease_name(lease) +
                                    " though it was held under " + lease_name(*sent.told));
}

void Laws::on_outcome(core::Instant, sim::ClientId client, const Outcome& outcome) {
  if (const Produced* produced = std::get_if<Produced>(&outcome)) {
    fresh_.erase({client, produced->number});
  }
}

void Laws::on_client_crash(core::Instant, sim::ClientId client) {
  std::erase_if(fresh_, [&](const auto& work) { return work.first == client; });
  // Its calls will have no answers, yet may be carried out: acks stay in open_acks_. Its request
  // ids start anew.
  std::erase_if(sent_, [&](const auto& entry) { return entry.first.first == client; });
}

// ---- What the broker does -----------------------------------------------------------------------

void Laws::on_ready(core::Instant, core::NodeId, const Ready& ready, Cores cores) {
  const Queue& broker = *cores.front();
  for (const core::Write<Protocol>& write : ready.writes) {
    for (const Record& record : write.records) {
      if (const TaskLeased* leased = std::get_if<TaskLeased>(&record)) see_grant(broker, *leased);
    }
  }
  for (const Reply& reply : ready.replies) {
    if (const Leased* leased = std::get_if<Leased>(&reply.result)) {
      for (const LeasedTask& lease : leased->tasks) see_told(lease);
    }
  }
}

std::optional<sim::Finding> Laws::after_step(core::Instant, core::NodeId, Cores cores) {
  if (!cores.front()) return found_;
  const Queue& broker = *cores.front();
  if (broker.incarnation() != incarnation_) see_restart(broker);
  last_step_ = broker.now().mono;
  live_tasks_ = broker.tasks().size();
  return found_;
}

void Laws::see_restart(const Queue& broker) {
  incarnation_ = broker.incarnation();
  for (const auto& [task, payload] : acknowledged_) {
    const auto open = open_acks_.find(task);
    const bool may_be_completed =
        completed_.contains(task) || (open != open_acks_.end() && open->second > 0);
    if (!may_be_completed && !broker.tasks().contains(task)) {
      broken("survives-restart", task_name(task) + " was acknowledged, and a restart lost it");
    }
  }
  for (const TaskId task : completed_) {
    if (broker.tasks().contains(task)) {
      broken("completed-stays-completed", task_name(task) + " came back with a restart");
    }
  }
  // The new process has its own monotonic clock: what is left of a lease is judged by the wall
  // clock.
  for (auto& [task, told] : told_) {
    if (told.until <= last_step_) {  // it had ended before
      told.until = core::Instant::min();
      continue;
    }
    const Grant& grant = grants_[told.token];
    const core::Duration whole = std::chrono::milliseconds(grant.visibility_ms);
    const core::Duration left = grant.at + whole - broker.now().wall;
    told.until = broker.now().mono + std::clamp(left, core::Duration(0), whole);
  }
}

void Laws::see_grant(const Queue& broker, const TaskLeased& record) {
  Grant grant;
  grant.task = record.task;
  grant.visibility_ms = record.visibility_ms;
  grant.at = record.at;
  grant.from = broker.now().mono;
  grant.until = grant.from + std::chrono::milliseconds(record.visibility_ms);
  grants_[record.lease] = grant;
  if (completed_.contains(record.task)) {
    broken("completed-stays-completed", task_name(record.task) + " was completed and leased again");
  }
}

void Laws::see_told(const LeasedTask& lease) {
  const auto granted = grants_.find(lease.lease);
  if (granted == grants_.end()) {
    return broken("survives-restart",
                  task_name(lease.task) + " was handed out and that was not written down");
  }
  const Grant& grant = granted->second;
  if (completed_.contains(lease.task)) {
    broken("completed-stays-completed",
           task_name(lease.task) + " was completed and handed out again");
  }
  const auto enqueued = acknowledged_.find(lease.task);
  if (enqueued != acknowledged_.end() && enqueued->second != lease.payload) {
    broken("payload-kept", task_name(lease.task) + " was handed out with other bytes");
  }
  const auto before = told_.find(lease.task);
  if (before != told_.end()) {
    if (!before->second.nacked && grant.from < before->second.until) {
      broken("one-live-lease", task_name(lease.task) + " was handed out under " +
                                   lease_name(lease.lease) + " while " +
                                   lease_name(before->second.token) + " was running");
    }
    if (lease.attempt <= before->second.attempt) {
      broken("attempts-counted", task_name(lease.task) + " was handed out as attempt " +
                                     std::to_string(lease.attempt) + " after attempt " +
                                     std::to_string(before->second.attempt));
    }
  }
  told_[lease.task] = Told{lease.lease, lease.attempt, grant.until, false};
}

// ---- The end ------------------------------------------------------------------------------------

void Laws::on_heal(core::Instant, std::span<const core::NodeId>) { healed_ = true; }

std::optional<std::string> Laws::unserved() const {
  if (!fresh_.empty()) {
    return "client " + std::to_string(fresh_.begin()->first.value) + " could not store its task " +
           std::to_string(fresh_.begin()->second);
  }
  if (live_tasks_ > 0) return std::to_string(live_tasks_) + " tasks are not completed";
  return {};
}

std::uint64_t Laws::digest() const {
  core::Digest digest;
  const auto add = [&](const LeaseToken& lease) {
    digest.add(lease.incarnation).add(lease.number);
  };
  for (const auto& [task, payload] : acknowledged_) digest.add(task).add(payload);
  for (const TaskId task : completed_) digest.add(task);
  for (const auto& [task, count] : open_acks_) digest.add(task).add(std::uint64_t{count});
  for (const auto& [call, sent] : sent_) {
    digest.add(call.first).add(call.second).add(wire::encode(sent.command));
    add(sent.told.value_or(LeaseToken{}));
  }
  for (const auto& [lease, grant] : grants_) {
    add(lease);
    digest.add(grant.task).add(grant.at).add(grant.from).add(grant.until);
  }
  for (const auto& [task, told] : told_) {
    add(told.token);
    digest.add(task).add(std::uint64_t{told.attempt}).add(told.until);
    digest.add(std::uint64_t{told.nacked});
  }
  for (const auto& [client, number] : fresh_) digest.add(client).add(number);
  digest.add(incarnation_).add(last_step_).add(std::uint64_t{healed_}).add(live_tasks_);
  return digest.value();
}

std::optional<sim::Finding> Laws::at_end(core::Instant, Cores cores) {
  if (!cores.front()) return found_;
  for (const auto& [task, payload] : acknowledged_) {
    const auto open = open_acks_.find(task);
    const bool may_be_completed =
        completed_.contains(task) || (open != open_acks_.end() && open->second > 0);
    if (!may_be_completed) {
      broken("no-task-lost", task_name(task) + " was acknowledged and nobody completed it");
    }
  }
  return found_;
}

}  // namespace queue
