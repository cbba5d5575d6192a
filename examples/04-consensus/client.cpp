#include "client.hpp"

#include <chrono>

#include "client_wire.hpp"
#include "core/backoff.hpp"
#include "core/digest.hpp"
#include "core/overloaded.hpp"
#include "wire/wire.hpp"

namespace raft {

void Client::step(const core::Now& now, const ClientInput& input, ClientReady& ready) noexcept {
  std::visit(core::Overloaded{
                 [&](const core::Submit<ClientProtocol>& submit) { on_submit(submit.work, ready); },
                 [&](const core::Connected&) { connected_ = true; },
                 [&](const core::Disconnected&) { connected_ = false; },
                 [&](const core::Answer<ClientProtocol>& answer) { on_answer(now, answer, ready); },
                 [](const core::Pushed<ClientProtocol>&) {},  // nobody tells it anything unasked
                 [](const core::Timeout&) {},                 // every step looks at the time
             },
             input);
  call_when_due(now, ready);
}

void Client::on_submit(const Ask& ask, ClientReady& ready) {
  if (asked_.size() >= config_.max_waiting) {
    ready.outcomes.push_back({ask.number, ask.command, Refused{Refusal::too_busy}});
    return;
  }
  asked_.push_back(ask);
}

void Client::on_answer(const core::Now& now, const core::Answer<ClientProtocol>& answer,
                       ClientReady& ready) {
  if (!give_up_at_ || answer.request != last_request_) return;
  give_up_at_.reset();
  if (!answer.result) {
    const bool refused = answer.result.error() == core::CallError::refused;
    return refused ? on_refused(now) : on_unknown(now, ready);
  }
  if (std::holds_alternative<Unknown>(*answer.result)) return on_unknown(now, ready);
  const Refused* refused = std::get_if<Refused>(&*answer.result);
  if (refused != nullptr && refused->reason != Refusal::invalid) return on_refused(now);
  finish(*answer.result, ready);
}

void Client::on_refused(const core::Now& now) {
  ++refusals_;
  not_before_ = now.mono + core::backoff(config_.retry_ms, config_.retry_max_ms, refusals_, prng_);
}

void Client::on_unknown(const core::Now& now, ClientReady& ready) {
  if (std::holds_alternative<ClientQuery>(asked_.front().command)) return on_refused(now);
  finish(Unknown{}, ready);
}

void Client::finish(Result result, ClientReady& ready) {
  Ask& ask = asked_.front();
  ready.outcomes.push_back({ask.number, std::move(ask.command), std::move(result)});
  asked_.pop_front();
  refusals_ = 0;
}

/// One call at a time. When it has no answer for too long, another node may have one.
void Client::call_when_due(const core::Now& now, ClientReady& ready) {
  if (!connected_) return;
  if (give_up_at_ && now.mono >= *give_up_at_) {
    ready.reconnect = true;
    give_up_at_ = now.mono + std::chrono::milliseconds(config_.call_timeout_ms);
    return;
  }
  if (give_up_at_ || asked_.empty() || now.mono < not_before_) return;
  ++last_request_.value;
  give_up_at_ = now.mono + std::chrono::milliseconds(config_.call_timeout_ms);
  ready.calls.push_back({last_request_, asked_.front().command});
}

std::optional<core::Instant> Client::next_timeout() const {
  if (!connected_) return {};
  if (give_up_at_) return give_up_at_;
  if (asked_.empty()) return {};
  return not_before_;
}

std::uint64_t Client::digest() const {
  core::Digest digest;
  digest.add(prng_.state()).add(std::uint64_t{connected_}).add(last_request_);
  digest.add(give_up_at_.value_or(core::Instant())).add(not_before_);
  digest.add(std::uint64_t{give_up_at_.has_value()}).add(std::uint64_t{refusals_});
  for (const Ask& ask : asked_) digest.add(wire::encode(ask));
  return digest.value();
}

}  // namespace raft
