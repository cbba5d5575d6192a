#include "client.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "core/backoff.hpp"
#include "core/overloaded.hpp"

namespace queue {

namespace {

using std::chrono::milliseconds;

/// Whether the broker has too much of something, and says when to come again.
bool is_overloaded(Refusal reason) {
  return reason == Refusal::queue_full || reason == Refusal::too_many_queues ||
         reason == Refusal::too_many_keys || reason == Refusal::too_many_waiting ||
         reason == Refusal::too_many_leases;
}

/// Whether the same request may be granted later.
bool may_pass(Refusal reason) { return is_overloaded(reason) || reason == Refusal::no_room; }

std::string hex_digits(std::uint64_t number) {
  std::string digits;
  for (int shift = 60; shift >= 0; shift -= 4) {
    digits += "0123456789abcdef"[number >> shift & 0xf];
  }
  return digits;
}

Holding holding(const Finish& finish) { return {finish.task, finish.lease}; }

/// How the broker judged each task of an AckMany that it names.
std::map<TaskId, Ending> endings_of(const Acked& acked) {
  std::map<TaskId, Ending> endings;
  for (const TaskId task : acked.done) endings[task] = Ending::completed;
  for (const RefusedAck& refused : acked.refused) endings[refused.task] = Ending::lost;
  return endings;
}

}  // namespace

Client::Client(const ClientConfig& config, std::uint64_t seed)
    : config_(config), prng_(seed), id_(hex_digits(prng_.next())) {}

void Client::step(const core::Now& now, const ClientInput& input, ClientReady& ready) noexcept {
  std::visit(core::Overloaded{
                 [&](const core::Submit<Protocol>& submit) { on_submit(now, submit.work, ready); },
                 [&](const core::Connected&) { on_connected(); },
                 [&](const core::Disconnected&) { on_disconnected(); },
                 [&](const core::Answer<Protocol>& answer) {
                   on_answer(now, answer.request, answer.result, ready);
                 },
                 [](const core::Pushed<Protocol>&) {},  // the broker tells nothing unasked
                 [](const core::Timeout&) {},           // every step looks at the time
             },
             input);
  send_what_is_due(now, ready);
  give_up_on_silence(now, ready);
}

// ---- Inputs -------------------------------------------------------------------------------------

void Client::on_submit(const core::Now& now, const Work& work, ClientReady& ready) {
  std::visit(core::Overloaded{
                 [&](const Produce& produce) { on_produce(now, produce, ready); },
                 [&](const Finish& finish) { on_finish(now, finish); },
                 [&](const Rest&) { resting_ = true; },
                 [&](const Ask& ask) { on_ask(now, ask, ready); },
             },
             work);
}

/// The keys are chosen here, once, so that every retry sends the same.
void Client::on_produce(const core::Now& now, Produce produce, ClientReady& ready) {
  if (unsent_.size() >= config_.max_unsent) {
    ready.outcomes.push_back(NotProduced{produce.number, Refusal::queue_full});
    return;
  }
  for (NewTask& task : produce.tasks) {
    if (task.key.empty()) task.key = new_key();
  }
  unsent_.push_back({std::move(produce), now.mono});
}

/// The broker's word on the task is waited for; its lease is not extended any more.
void Client::on_finish(const core::Now& now, const Finish& finish) {
  if (in_hand_.erase(finish.lease) == 0) return;  // was finished before
  unsent_.push_back({finish, now.mono});
}

/// There is room for it when all tasks wait: they may wait for what it asks, that dead letters go.
void Client::on_ask(const core::Now& now, const Ask& ask, ClientReady& ready) {
  if (unsent_.size() >= 2 * std::size_t{config_.max_unsent}) {
    ready.outcomes.push_back(Answered{ask.number, {}, false});
    return;
  }
  unsent_.push_back({ask, now.mono});
}

void Client::on_connected() { connected_ = true; }

void Client::on_disconnected() {
  connected_ = false;
  giving_up_ = false;
}

void Client::on_answer(const core::Now& now, core::RequestId request, const Answer& answer,
                       ClientReady& ready) {
  const auto found = calls_.find(request);
  if (found == calls_.end()) return;
  const Outstanding outstanding = std::move(found->second);
  calls_.erase(found);
  std::visit(
      core::Overloaded{
          [&](const Take&) { on_leased(now, outstanding, answer, ready); },
          [&](const Extension& extension) {
            on_extended(now, outstanding, extension.held, answer, ready);
          },
          [&](const Ended& ended) { on_ended(now, outstanding, ended, answer, ready); },
          [&](const Produce& produce) { on_produced(now, outstanding, produce, answer, ready); },
          [&](const Ask& ask) { on_answered(ask, answer, ready); },
      },
      outstanding.what);
}

// ---- Answers ------------------------------------------------------------------------------------

/// When the answer was lost, tasks may have been leased to us that we know nothing of: they return
/// to the queue when those leases expire.
void Client::on_leased(const core::Now& now, const Outstanding& outstanding, const Answer& answer,
                       ClientReady& ready) {
  leasing_ = false;
  const Leased* leased = answer ? std::get_if<Leased>(&*answer) : nullptr;
  if (leased == nullptr) {
    lease_not_before_ = next_try(now, answer, ++lease_failures_);
    return;
  }
  lease_failures_ = 0;
  if (leased->tasks.empty() && !has_waited(now, outstanding)) {
    lease_not_before_ = next_try(now, answer, 1);
  }
  for (const LeasedTask& task : leased->tasks) {
    ++busy_;
    in_hand_[task.lease] = {task.task, half_a_lease_after(outstanding.sent_at)};
    ready.outcomes.push_back(Begin{task});
  }
}

void Client::on_extended(const core::Now& now, const Outstanding& outstanding, const Holding& held,
                         const Answer& answer, ClientReady& ready) {
  const auto found = in_hand_.find(held.lease);
  if (found == in_hand_.end()) return;  // it was finished meanwhile
  InHand& in_hand = found->second;
  if (answer && std::holds_alternative<Done>(*answer)) {
    in_hand.failures = 0;
    in_hand.extend_at = half_a_lease_after(outstanding.sent_at);
    return;
  }
  const Refused* refused = answer ? std::get_if<Refused>(&*answer) : nullptr;
  if (!answer || (refused != nullptr && may_pass(refused->reason))) {
    in_hand.extend_at = next_try(now, answer, ++in_hand.failures);
    return;
  }
  ready.outcomes.push_back(LeaseLost{held.task, held.lease});
}

/// Of what the answer does not name nobody knows how it ended: that is asked again.
void Client::on_ended(const core::Now& now, const Outstanding& outstanding, const Ended& ended,
                      const Answer& answer, ClientReady& ready) {
  const Acked* acked = answer ? std::get_if<Acked>(&*answer) : nullptr;
  const std::map<TaskId, Ending> endings =
      acked != nullptr ? endings_of(*acked) : std::map<TaskId, Ending>();
  std::vector<Finish> unknown;
  for (const Finish& finish : ended.tasks) {
    const auto named = endings.find(finish.task);
    if (named != endings.end()) {
      tell_finished(finish, named->second, ready);
    } else if (!answer || acked != nullptr) {
      unknown.push_back(finish);
    } else if (std::holds_alternative<Done>(*answer)) {
      tell_finished(finish, finish.succeeded ? Ending::completed : Ending::returned, ready);
    } else {
      tell_finished(finish, Ending::lost, ready);
    }
  }
  if (unknown.empty()) return;
  // One pause for all of them: what travelled together goes together again.
  const core::Instant again = next_try(now, answer, outstanding.failures + 1);
  for (const Finish& finish : unknown) unsent_.push_back({finish, again, outstanding.failures + 1});
}

void Client::tell_finished(const Finish& finish, Ending ending, ClientReady& ready) {
  --busy_;
  ready.outcomes.push_back(Finished{finish.task, finish.lease, ending});
}

/// An unknown outcome is asked again: by the keys the broker knows the tasks that it has stored.
void Client::on_produced(const core::Now& now, const Outstanding& outstanding,
                         const Produce& produce, const Answer& answer, ClientReady& ready) {
  const std::uint32_t failures = outstanding.failures + 1;
  if (!answer) {
    unsent_.push_back({produce, next_try(now, answer, failures), failures});
    return;
  }
  if (const Enqueued* enqueued = std::get_if<Enqueued>(&*answer)) {
    ready.outcomes.push_back(Produced{produce.number, enqueued->tasks});
    return;
  }
  const Refused* refused = std::get_if<Refused>(&*answer);
  const Refusal reason = refused != nullptr ? refused->reason : Refusal::bad_request;
  if (!may_pass(reason)) {
    ready.outcomes.push_back(NotProduced{produce.number, reason});
    return;
  }
  ready.outcomes.push_back(Delayed{produce.number, reason});
  unsent_.push_back({produce, next_try(now, answer, failures), failures});
}

/// Whether to ask again is the program's decision: not everything may be done twice.
void Client::on_answered(const Ask& ask, const Answer& answer, ClientReady& ready) {
  Answered told;
  told.number = ask.number;
  if (answer) {
    told.result = *answer;
  } else {
    told.unknown = answer.error() == core::CallError::unknown;
  }
  ready.outcomes.push_back(std::move(told));
}

// ---- Sending ------------------------------------------------------------------------------------

void Client::send_what_is_due(const core::Now& now, ClientReady& ready) {
  if (!connected_) return;
  std::vector<Unsent> due;
  for (Unsent& unsent : unsent_) {
    if (unsent.not_before <= now.mono) due.push_back(std::move(unsent));  // its time stays readable
  }
  std::erase_if(unsent_, [&](const Unsent& unsent) { return unsent.not_before <= now.mono; });

  std::vector<Unsent> acks;
  for (Unsent& one : due) {
    const Finish* finish = std::get_if<Finish>(&one.work);
    if (finish != nullptr && finish->succeeded) {
      acks.push_back(std::move(one));
    } else {
      send(now, one, ready);
    }
  }
  send_acks(now, std::move(acks), ready);
  extend_leases(now, ready);
  if (wants_to_lease() && lease_not_before_ <= now.mono) lease(now, ready);
}

/// Anything but acks.
void Client::send(const core::Now& now, const Unsent& due, ClientReady& ready) {
  std::visit(core::Overloaded{
                 [&](const Produce& produce) {
                   call(now, Enqueue{produce.queue, produce.tasks}, produce, due.failures, ready);
                 },
                 [&](const Finish& finish) {
                   call(now, Nack{config_.queue, holding(finish)}, Ended{{finish}}, due.failures,
                        ready);
                 },
                 [](const Rest&) {},  // is never sent
                 [&](const Ask& ask) { call(now, ask.command, ask, due.failures, ready); },
             },
             due.work);
}

void Client::send_acks(const core::Now& now, std::vector<Unsent> acks, ClientReady& ready) {
  while (!acks.empty()) {
    Ended together;
    std::vector<Holding> held;
    std::vector<Unsent> rest;
    std::set<TaskId> tasks;
    std::uint32_t failures = 0;
    for (Unsent& ack : acks) {
      const Finish& finish = std::get<Finish>(ack.work);
      // The answer names tasks, not leases: a task that was leased to us twice must not stand in
      // one request twice.
      if (held.size() < config_.max_acks && tasks.insert(finish.task).second) {
        together.tasks.push_back(finish);
        held.push_back(holding(finish));
        failures = std::max(failures, ack.failures);
      } else {
        rest.push_back(std::move(ack));
      }
    }
    if (held.size() == 1) {
      call(now, Ack{config_.queue, held.front()}, std::move(together), failures, ready);
    } else {
      call(now, AckMany{config_.queue, std::move(held)}, std::move(together), failures, ready);
    }
    acks = std::move(rest);
  }
}

void Client::extend_leases(const core::Now& now, ClientReady& ready) {
  for (auto& [lease, in_hand] : in_hand_) {
    if (!in_hand.extend_at || now.mono < *in_hand.extend_at) continue;
    in_hand.extend_at.reset();
    const Holding held{in_hand.task, lease};
    call(now, Extend{config_.queue, held, config_.visibility_ms}, Extension{held}, in_hand.failures,
         ready);
  }
}

bool Client::wants_to_lease() const {
  return !leasing_ && !resting_ && busy_ < config_.concurrency;
}

void Client::lease(const core::Now& now, ClientReady& ready) {
  Lease command;
  command.queue = config_.queue;
  command.worker = config_.name;
  command.max = config_.concurrency - busy_;
  command.visibility_ms = config_.visibility_ms;
  command.wait_ms = config_.wait_ms;
  leasing_ = true;
  call(now, command, Take{}, lease_failures_, ready);
}

void Client::call(const core::Now& now, Command command, Asked what, std::uint32_t failures,
                  ClientReady& ready) {
  core::Instant give_up_at = now.mono + milliseconds(config_.call_timeout_ms);
  // The answer to a lease request may take as long as the broker is to wait.
  if (const Lease* lease = std::get_if<Lease>(&command)) give_up_at += milliseconds(lease->wait_ms);
  const core::RequestId request{++last_request_};
  calls_[request] = {std::move(what), failures, now.mono, give_up_at};
  ready.calls.push_back({request, std::move(command)});
}

/// A client keeps no disk on which it could count its starts, so nothing but chance tells its next
/// life from this one: each draws an id, out of so many that no two are the same.
std::string Client::new_key() { return id_ + "-" + std::to_string(++last_key_); }

/// When to ask again after the n-th failure in a row. Clients that failed together draw different
/// pauses, so that they do not come back together.
core::Instant Client::next_try(const core::Now& now, const Answer& answer, std::uint32_t failures) {
  const milliseconds pause = core::backoff(config_.retry_ms, config_.retry_max_ms, failures, prng_);
  const Refused* refused = answer ? std::get_if<Refused>(&*answer) : nullptr;
  const bool told_when = refused != nullptr && is_overloaded(refused->reason);
  return now.mono + pause + milliseconds(told_when ? retry_after_ms : 0);
}

/// A wait that has ended without a task is asked for again at once: the waiting is done by the
/// broker. One that does not wait must not be asked without a pause. Half of the time is enough: a
/// broker's clock may run faster than ours.
bool Client::has_waited(const core::Now& now, const Outstanding& outstanding) const {
  const core::Duration wait = milliseconds(config_.wait_ms);
  return wait > core::Duration(0) && now.mono - outstanding.sent_at >= wait / 2;
}

/// Half is left for the extension to be lost and asked for again. The lease began after the request
/// was sent, nobody here knows when: counted from then, it is surely not over yet.
std::optional<core::Instant> Client::half_a_lease_after(core::Instant sent_at) const {
  if (!config_.extend) return {};
  return sent_at + core::Duration(milliseconds(config_.visibility_ms)) / 2;
}

/// A broker that does not answer may be gone without a word. The host then answers all calls
/// `unknown`.
void Client::give_up_on_silence(const core::Now& now, ClientReady& ready) {
  if (!connected_ || giving_up_) return;
  for (const auto& [request, outstanding] : calls_) {
    if (now.mono < outstanding.give_up_at) continue;
    giving_up_ = true;
    ready.reconnect = true;
    return;
  }
}

std::optional<core::Instant> Client::next_timeout() const {
  if (!connected_ || giving_up_) return {};
  std::optional<core::Instant> next;
  const auto consider = [&](core::Instant at) { next = next ? std::min(*next, at) : at; };
  for (const Unsent& unsent : unsent_) consider(unsent.not_before);
  for (const auto& [request, outstanding] : calls_) consider(outstanding.give_up_at);
  for (const auto& [lease, in_hand] : in_hand_) {
    if (in_hand.extend_at) consider(*in_hand.extend_at);
  }
  if (wants_to_lease()) consider(lease_not_before_);
  return next;
}

}  // namespace queue
