#include "client.hpp"

#include <chrono>

#include "core/backoff.hpp"
#include "core/overloaded.hpp"

namespace raft {

namespace {

bool is_worth_repeating(Refusal reason) {
  return reason == Refusal::no_leader || reason == Refusal::not_carried_out ||
         reason == Refusal::too_busy || reason == Refusal::no_room;
}

}  // namespace

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

void Client::on_submit(Ask ask, ClientReady& ready) {
  if (asked_.size() >= config_.max_waiting) {
    ready.outcomes.push_back({ask.number, ask.command, Refused{Refusal::too_busy}});
    return;
  }
  ClientRequest* request = std::get_if<ClientRequest>(&ask.command);
  if (request != nullptr && config_.sessions) request->once.reset();
  asked_.push_back(std::move(ask));
}

void Client::on_answer(const core::Now& now, const core::Answer<ClientProtocol>& answer,
                       ClientReady& ready) {
  if (!give_up_at_ || answer.request != last_request_) return;
  give_up_at_.reset();
  if (!answer.result) {
    const bool refused = answer.result.error() == core::CallError::refused;
    return refused ? on_refused(now, ready) : on_unknown(now, ready);
  }
  if (std::holds_alternative<Unknown>(*answer.result)) return on_unknown(now, ready);
  const SessionOpened* opened = std::get_if<SessionOpened>(&*answer.result);
  if (opened != nullptr && needs_session()) return on_session_opened(*opened);
  const Refused* refused = std::get_if<Refused>(&*answer.result);
  if (refused == nullptr) return finish(*answer.result, ready);
  const bool expired = refused->reason == Refusal::session_expired;
  if (expired && config_.sessions) return on_expired(now, ready);
  if (!is_worth_repeating(refused->reason)) return finish(*answer.result, ready);
  on_refused(now, ready);
}

/// After the second refusal another node is tried: this one may be cut off, or no member any more.
void Client::on_refused(const core::Now& now, ClientReady& ready) {
  ++refusals_;
  not_before_ = now.mono + core::backoff(config_.retry_ms, config_.retry_max_ms, refusals_, prng_);
  if (refusals_ % 2 == 0) ready.reconnect = true;
}

void Client::on_unknown(const core::Now& now, ClientReady& ready) {
  const bool changes = std::holds_alternative<ClientRequest>(asked_.front().command);
  const bool only_asks = std::holds_alternative<ClientQuery>(asked_.front().command);
  const bool can_repeat = only_asks || (changes && config_.sessions);
  if (!can_repeat) return finish(Unknown{}, ready);
  if (changes && once()) may_be_made_ = true;
  on_refused(now, ready);
}

void Client::on_session_opened(const SessionOpened& opened) {
  session_ = opened.session;
  sequence_ = 0;
  refusals_ = 0;
}

void Client::on_expired(const core::Now& now, ClientReady& ready) {
  session_ = Session{};
  if (may_be_made_) return finish(Unknown{}, ready);
  once().reset();
  on_refused(now, ready);
}

/// For the change that is to be asked next.
bool Client::needs_session() const {
  const bool changes = std::holds_alternative<ClientRequest>(asked_.front().command);
  return changes && config_.sessions && session_ == Session{};
}

void Client::finish(Result result, ClientReady& ready) {
  Ask& ask = asked_.front();
  ready.outcomes.push_back({ask.number, std::move(ask.command), std::move(result)});
  asked_.pop_front();
  refusals_ = 0;
  may_be_made_ = false;
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
  if (needs_session()) {
    ready.calls.push_back({last_request_, OpenSession{}});
    return;
  }
  Command& command = asked_.front().command;
  const bool is_numbered = std::holds_alternative<ClientRequest>(command) && config_.sessions;
  if (is_numbered && !once()) once() = Once{session_, ++sequence_};
  ready.calls.push_back({last_request_, command});
}

std::optional<core::Instant> Client::next_timeout() const {
  if (!connected_) return {};
  if (give_up_at_) return give_up_at_;
  if (asked_.empty()) return {};
  return not_before_;
}

}  // namespace raft
