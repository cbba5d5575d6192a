#include "client_laws.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "client_wire.hpp"
#include "core/digest.hpp"
#include "core/overloaded.hpp"
#include "sim/text.hpp"
#include "wire/wire.hpp"

namespace raft {

namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t most_bytes = 40;  // of a text in a finding

/// What another try may change.
bool passes(Refusal reason) {
  switch (reason) {
    case Refusal::no_leader:
    case Refusal::not_carried_out:
    case Refusal::too_busy:
    case Refusal::no_room:
      return true;
    default:
      return false;
  }
}

}  // namespace

ClientLaws::ClientLaws(const ClientConfig& config) : config_(config) {}

void ClientLaws::broken(const char* law, std::string what) {
  if (!found_) found_ = sim::Finding{law, "a client: " + std::move(what)};
}

void ClientLaws::see_step(const core::Now& now, const ClientInput& input, const ClientReady& ready,
                          const Client& client) {
  if (found_) return;
  now_ = now;
  gives_up_ = false;
  due_.clear();
  std::visit(core::Overloaded{
                 [&](const core::Submit<ClientProtocol>& submit) { see_submit(submit.work); },
                 [&](const core::Connected&) { connected_ = true; },
                 [&](const core::Disconnected&) { connected_ = false; },
                 [&](const core::Answer<ClientProtocol>& answer) {
                   if (!open_ || open_->request != answer.request) return;
                   see_answer(answer.result, std::exchange(open_, {})->opens_session);
                 },
                 [](const auto&) {},
             },
             input);
  see_outcomes(ready.outcomes);
  see_silence();
  see_calls(ready.calls);
  if (ready.reconnect != gives_up_) {
    broken("client-asks", gives_up_ ? "it stays with a node that is silent, or refuses all"
                                    : "it gives up a node that may still answer");
  }
  see_timeout(client);
}

// ---- What its program asks ----------------------------------------------------------------------

bool ClientLaws::is_numbered(const Command& command) const {
  return config_.sessions && std::holds_alternative<ClientRequest>(command);
}

/// A program's own numbers count only when the client has none.
void ClientLaws::see_submit(const Ask& ask) {
  if (todo_.size() >= config_.max_waiting) {
    due_.push_back({ask.number, ask.command, Refused{Refusal::too_busy}});
    return;
  }
  todo_.push_back(ask);
  Command& command = todo_.back().command;
  if (is_numbered(command)) std::get<ClientRequest>(command).once = std::nullopt;
}

// ---- What it is answered ------------------------------------------------------------------------

void ClientLaws::see_answer(const Answer& answer, bool opened_session) {
  const Command& command = todo_.front().command;
  const bool is_unknown = answer ? std::holds_alternative<Unknown>(*answer)
                                 : answer.error() == core::CallError::unknown;
  if (is_unknown) {
    const bool may_repeat = std::holds_alternative<ClientQuery>(command) || is_numbered(command);
    if (!may_repeat) return done_with(Unknown{});
    if (!opened_session && is_numbered(command)) may_be_made_ = true;
    return try_again();
  }
  if (!answer) return try_again();
  const SessionOpened* const opened = std::get_if<SessionOpened>(&*answer);
  if (opened != nullptr && opened_session) {
    session_ = opened->session;
    changes_ = 0;
    failures_ = 0;
    return;
  }
  const Refused* const refused = std::get_if<Refused>(&*answer);
  const bool is_expired = refused != nullptr && refused->reason == Refusal::session_expired;
  if (is_expired && config_.sessions) return see_expired();
  if (refused != nullptr && passes(refused->reason)) return try_again();
  done_with(*answer);
}

/// What was only refused in the old session is asked for in a new one.
void ClientLaws::see_expired() {
  session_.reset();
  if (may_be_made_) return done_with(Unknown{});
  number_.reset();
  try_again();
}

/// The pause is twice as long after each failure, up to a limit; and half of it by chance.
void ClientLaws::try_again() {
  ++failures_;
  std::uint64_t most = config_.retry_ms;
  for (std::uint64_t i = 1; i < failures_ && most < config_.retry_max_ms; ++i) most *= 2;
  most = std::min<std::uint64_t>(most, config_.retry_max_ms);
  earliest_ = now_.mono + milliseconds(most / 2);
  latest_ = now_.mono + milliseconds(most);
  constexpr std::uint64_t enough = 2;  // refusals of one node
  if (failures_ % enough == 0) gives_up_ = true;
}

void ClientLaws::done_with(Result result) {
  Ask& ask = todo_.front();
  if (number_) std::get<ClientRequest>(ask.command).once = number_;
  due_.push_back({ask.number, std::move(ask.command), std::move(result)});
  todo_.pop_front();
  number_.reset();
  may_be_made_ = false;
  failures_ = 0;
}

void ClientLaws::see_outcomes(const std::vector<Learned>& outcomes) {
  if (outcomes == due_) return;
  broken("program-told", "its program is told " + sim::to_text(outcomes, most_bytes) + " and not " +
                             sim::to_text(due_, most_bytes));
}

// ---- What it asks -------------------------------------------------------------------------------

/// When a call has no answer for too long, another node may have one.
void ClientLaws::see_silence() {
  if (!connected_ || !open_ || now_.mono < open_->give_up_at) return;
  gives_up_ = true;
  open_->give_up_at = now_.mono + milliseconds(config_.call_timeout_ms);
}

void ClientLaws::see_calls(const std::vector<core::Call<ClientProtocol>>& calls) {
  const bool may_ask = connected_ && !open_ && !todo_.empty();
  if (calls.empty()) {
    if (!may_ask || now_.mono < latest_) return;
    return broken("client-asks", "it is time, and it does not ask for what its program wants");
  }
  const core::RequestId request{last_request_.value + 1};
  if (!may_ask || calls.size() > 1 || calls.front().request != request) {
    return broken("client-asks", "it makes a call that nothing calls for, or with a wrong number");
  }
  if (now_.mono < earliest_) return broken("client-pauses", "it asks again too soon");
  last_request_ = request;
  const bool opens_session = is_numbered(todo_.front().command) && !session_;
  const Command due = command_due();
  open_ = {request, opens_session, now_.mono + milliseconds(config_.call_timeout_ms)};
  if (calls.front().command == due) return;
  broken("client-asks", "it asks " + sim::to_text(calls.front().command, most_bytes) + " and not " +
                            sim::to_text(due, most_bytes));
}

/// A change keeps the number that it was given.
Command ClientLaws::command_due() {
  Command command = todo_.front().command;
  if (!is_numbered(command)) return command;
  if (!session_) return OpenSession{};
  if (!number_) number_ = Once{*session_, ++changes_};
  std::get<ClientRequest>(command).once = number_;
  return command;
}

/// It is woken for whatever comes next.
void ClientLaws::see_timeout(const Client& client) {
  const std::optional<core::Instant> wakes = client.next_timeout();
  const bool waits = connected_ && (open_ || !todo_.empty());
  const core::Instant earliest = open_ ? open_->give_up_at : earliest_;
  const core::Instant latest = open_ ? open_->give_up_at : latest_;
  const bool good = waits ? wakes && *wakes >= earliest && *wakes <= latest : !wakes;
  if (!good) broken("client-pauses", "it is to be woken at another time than it ought to be");
}

std::uint64_t ClientLaws::digest() const {
  core::Digest digest;
  digest.add(std::uint64_t{connected_}).add(last_request_).add(earliest_).add(latest_);
  for (const Ask& ask : todo_) digest.add(wire::encode(ask));
  const Open open = open_.value_or(Open{});
  digest.add(open.request).add(std::uint64_t{open.opens_session}).add(open.give_up_at);
  digest.add(failures_).add(session_.value_or(Session{})).add(changes_);
  const Once number = number_.value_or(Once{});
  digest.add(number.session).add(number.sequence).add(std::uint64_t{may_be_made_});
  return digest.value();
}

}  // namespace raft
