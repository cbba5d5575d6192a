#include "client.hpp"

#include <algorithm>
#include <chrono>

#include "core/digest.hpp"
#include "core/overloaded.hpp"

namespace queue {

namespace {

/// Whether the same request may be granted later.
bool may_pass(Refusal reason) {
  return reason == Refusal::queue_full || reason == Refusal::no_room ||
         reason == Refusal::too_many_queues;
}

Command ack_or_nack(const std::string& queue, const Finish& finish) {
  if (finish.succeeded) return Ack{queue, finish.task, finish.lease};
  return Nack{queue, finish.task, finish.lease};
}

}  // namespace

Client::Client(const ClientConfig& config, std::uint64_t) : config_(config) {}

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
  if (std::holds_alternative<Rest>(work)) {
    resting_ = true;
    return;
  }
  const Produce* produce = std::get_if<Produce>(&work);
  if (produce != nullptr && unsent_.size() >= config_.max_unsent) {
    ready.outcomes.push_back(NotProduced{produce->number, Refusal::queue_full});
    return;
  }
  unsent_.push_back({work, now.mono});
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
  const Outstanding outstanding = found->second;
  calls_.erase(found);
  std::visit(core::Overloaded{
                 [&](const Take&) { on_leased(now, answer, ready); },
                 [&](const Produce& produce) { on_produced(now, produce, answer, ready); },
                 [&](const Finish& finish) { on_finished(now, finish, answer, ready); },
             },
             outstanding.what);
}

// ---- Answers ------------------------------------------------------------------------------------

/// When the answer was lost, tasks may have been leased to us that we know nothing of: they return
/// to the queue when those leases expire.
void Client::on_leased(const core::Now& now, const Answer& answer, ClientReady& ready) {
  leasing_ = false;
  const Leased* leased = answer ? std::get_if<Leased>(&*answer) : nullptr;
  if (leased == nullptr) {
    lease_not_before_ = after_a_pause(now);
    return;
  }
  // A wait that has ended without a task is asked again at once: the waiting is done by the broker.
  if (leased->tasks.empty() && config_.wait_ms == 0) lease_not_before_ = after_a_pause(now);
  for (const LeasedTask& task : leased->tasks) {
    ++busy_;
    ready.outcomes.push_back(Begin{task});
  }
}

/// An unknown outcome is asked again: the tasks may then be stored twice, but they are not lost.
void Client::on_produced(const core::Now& now, const Produce& produce, const Answer& answer,
                         ClientReady& ready) {
  if (!answer) return try_later(now, produce);
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
  try_later(now, produce);
}

void Client::on_finished(const core::Now& now, const Finish& finish, const Answer& answer,
                         ClientReady& ready) {
  if (!answer) return try_later(now, finish);
  --busy_;
  Ending ending = finish.succeeded ? Ending::completed : Ending::returned;
  if (!std::holds_alternative<Done>(*answer)) ending = Ending::lost;
  ready.outcomes.push_back(Finished{finish.task, finish.lease, ending});
}

// ---- Sending ------------------------------------------------------------------------------------

void Client::send_what_is_due(const core::Now& now, ClientReady& ready) {
  if (!connected_) return;
  std::erase_if(unsent_, [&](const Unsent& unsent) {
    if (now.mono < unsent.not_before) return false;
    const core::Instant give_up_at = now.mono + std::chrono::milliseconds(config_.call_timeout_ms);
    std::visit(core::Overloaded{
                   [&](const Produce& produce) {
                     call(Enqueue{produce.queue, produce.payloads}, {produce, give_up_at}, ready);
                   },
                   [&](const Finish& finish) {
                     call(ack_or_nack(config_.queue, finish), {finish, give_up_at}, ready);
                   },
                   [](const Rest&) {},  // is never sent
               },
               unsent.work);
    return true;
  });
  if (wants_to_lease() && lease_not_before_ <= now.mono) lease(now, ready);
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
  const core::Instant give_up_at = now.mono + std::chrono::milliseconds(config_.wait_ms) +
                                   std::chrono::milliseconds(config_.call_timeout_ms);
  call(command, {Take{}, give_up_at}, ready);
}

void Client::call(Command command, Outstanding outstanding, ClientReady& ready) {
  const core::RequestId request{++last_request_};
  calls_[request] = std::move(outstanding);
  ready.calls.push_back({request, std::move(command)});
}

void Client::try_later(const core::Now& now, const Work& work) {
  unsent_.push_back({work, after_a_pause(now)});
}

core::Instant Client::after_a_pause(const core::Now& now) const {
  return now.mono + std::chrono::milliseconds(config_.retry_ms);
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
  if (wants_to_lease()) consider(lease_not_before_);
  return next;
}

std::uint64_t Client::digest() const {
  core::Digest digest;
  digest.add(std::uint64_t{connected_}).add(std::uint64_t{giving_up_}).add(last_request_);
  digest.add(std::uint64_t{leasing_}).add(std::uint64_t{resting_});
  digest.add(lease_not_before_).add(std::uint64_t{busy_});
  const auto add = [&](const auto& what) {
    digest.add(std::uint64_t{what.index()});
    if (const Produce* produce = std::get_if<Produce>(&what)) digest.add(produce->number);
    if (const Finish* finish = std::get_if<Finish>(&what)) {
      digest.add(finish->lease.incarnation).add(finish->lease.number);
      digest.add(std::uint64_t{finish->succeeded});
    }
  };
  for (const Unsent& unsent : unsent_) {
    add(unsent.work);
    digest.add(unsent.not_before);
  }
  for (const auto& [request, outstanding] : calls_) {
    digest.add(request).add(outstanding.give_up_at);
    add(outstanding.what);
  }
  return digest.value();
}

}  // namespace queue
