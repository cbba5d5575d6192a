#include "scripted_client.hpp"

#include <algorithm>
#include <utility>

#include "net/clocks.hpp"

namespace torture {

namespace {

/// Each client begins with another node, so that some ask followers.
net::ClientOptions loop_options(const Script& script, const raft::Options& options,
                                std::vector<std::string> servers) {
  std::ranges::rotate(servers, servers.begin() + script.client.value % servers.size());
  net::ClientOptions loop;
  loop.servers = std::move(servers);
  loop.connect_timeout_ms = options.request_timeout_ms;
  loop.call_timeout_ms = 4 * options.request_timeout_ms;  // its core gives up sooner
  loop.last_retry_ms = 500;
  return loop;
}

/// Stale answers prove nothing, and the store knows nothing of members.
bool is_of_the_history(const raft::Command& command) {
  const auto* query = std::get_if<raft::ClientQuery>(&command);
  if (query != nullptr) return query->consistency == raft::Consistency::linearizable;
  return std::holds_alternative<raft::ClientRequest>(command);
}

}  // namespace

ScriptedClient::ScriptedClient(const Script& script, const Scenario& scenario,
                               const Surroundings& surroundings, Progress& progress)
    : script_(script),
      scenario_(scenario),
      surroundings_(surroundings),
      progress_(progress),
      api_(surroundings.addresses),
      loop_(loop_options(script, scenario.options, surroundings.servers), *this) {
  start();
  for (const auto& [when, ask] : script.asks) at(when, [this, &ask] { submit(ask); });
  for (const auto& [when, fault] : script.faults) {
    at(when, [this, &fault] { std::visit([this](const auto& one) { suffer(one); }, fault); });
  }
  at(scenario.heal, [this] { heal(); });
}

// ---- What the script says -----------------------------------------------------------------------

void ScriptedClient::at(core::Duration when, std::function<void()> then) {
  const core::Duration gone = net::read_clocks().mono - surroundings_.begin;
  loop_.after(std::max(when - gone, core::Duration(0)), std::move(then));
}

void ScriptedClient::start() {
  if (core_) return;
  const std::uint64_t seed = scenario_.plan.seed + script_.client.value + 1'000 * starts_++;
  core_ = raft::System::client(scenario_.options, script_.client, seed);
  if (connected_) inputs_.emplace_back(core::Connected{});
}

/// What is asked of a client that has crashed is lost.
void ScriptedClient::submit(const raft::Ask& ask) {
  if (core_) inputs_.emplace_back(core::Submit<raft::ClientProtocol>{ask});
}

void ScriptedClient::suffer(const sim::Cut&) {
  if (!connected_) return;
  ++faults_[sim::Fault::cut];
  cut_ = true;
}

/// It forgets everything; what it had asked may still be carried out.
void ScriptedClient::suffer(const sim::ClientCrash& crash) {
  if (!core_) return;
  ++faults_[sim::Fault::client_crash];
  core_.reset();
  inputs_.clear();
  asked_.clear();
  if (open_) close(net::read_clocks(), raft::Unknown{});
  cut_ = connected_;
  loop_.after(crash.down, [this] { start(); });
}

void ScriptedClient::suffer(const sim::ClientPause& pause) {
  if (!core_) return;
  ++faults_[sim::Fault::client_pause];
  ++paused_;
  loop_.after(pause.lasts, [this] { --paused_; });
}

void ScriptedClient::heal() {
  start();
  std::uint32_t number = 0;
  while (const auto work = raft::System::fresh_work(scenario_.options, script_.client, number)) {
    submit(*work);
    ++number;
  }
  fresh_left_ = number;
}

// ---- Between the loop and the core --------------------------------------------------------------

void ScriptedClient::on_connected() {
  connected_ = true;
  if (core_) inputs_.emplace_back(core::Connected{});
}

void ScriptedClient::on_disconnected() {
  connected_ = false;
  if (core_) inputs_.emplace_back(core::Disconnected{});
}

void ScriptedClient::on_response(core::RequestId request, net::Called called) {
  const auto asked = asked_.extract(request);
  if (asked.empty()) return;  // by a client that has crashed since
  core::Answer<raft::ClientProtocol> answer{request, std::unexpected(core::CallError::unknown)};
  answer.result =
      called ? api_.result(asked.mapped(), *called) : std::unexpected(called.error().error);
  const bool is_unknown = answer.result ? std::holds_alternative<raft::Unknown>(*answer.result)
                                        : answer.result.error() == core::CallError::unknown;
  const bool may_be_made =
      is_unknown && std::holds_alternative<raft::ClientRequest>(asked.mapped());
  uncertain_ = uncertain_ || (open_ && may_be_made);
  inputs_.emplace_back(std::move(answer));
}

std::optional<core::Instant> ScriptedClient::next_timeout() const {
  return awake() ? core_->next_timeout() : std::nullopt;
}

void ScriptedClient::turn(const core::Now& now, net::ClientOutbox& outbox) {
  outbox.reconnect = std::exchange(cut_, false);
  if (!awake()) return;
  for (const raft::ClientInput& input : std::exchange(inputs_, {})) core_->step(now, input, ready_);
  if (const auto due = core_->next_timeout(); due && *due <= now.mono) {
    core_->step(now, core::Timeout{}, ready_);
  }
  const raft::ClientReady ready = std::exchange(ready_, {});
  outbox.reconnect = outbox.reconnect || ready.reconnect;
  for (const raft::Learned& learned : ready.outcomes) learn(now, learned);
  for (const auto& one : ready.calls) {
    outbox.calls.push_back({one.request, api_.request(one.command)});
    call(now, one);
  }
}

// ---- The book -----------------------------------------------------------------------------------

/// One call after the other: the last one's outcome was told before. What was refused so far has
/// done nothing, so that the call begins anew.
void ScriptedClient::call(const core::Now& now, const core::Call<raft::ClientProtocol>& call) {
  asked_.emplace(call.request, call.command);
  if (!is_of_the_history(call.command)) return;
  if (!open_) {
    calls_.push_back({script_.client, call.command, now.mono, {}, Call::Outcome::open, {}});
    open_ = true;
    uncertain_ = false;
  } else if (!uncertain_) {
    calls_.back().called = now.mono;
  }
}

void ScriptedClient::learn(const core::Now& now, const raft::Learned& learned) {
  const bool was_dropped = learned.result == raft::Result(raft::Refused{raft::Refusal::too_busy});
  if (!was_dropped && open_ && is_of_the_history(learned.command)) close(now, learned.result);
  if (learned.number < raft::first_fresh_number) return;
  for (const auto& reaction :
       raft::System::react(scenario_.options, script_.client, learned, prng_)) {
    return loop_.after(reaction.after, [this, work = reaction.work] { submit(work); });
  }
  if (--fresh_left_ > 0) return;
  ++progress_.clients_done;
  loop_.stop();
}

void ScriptedClient::close(const core::Now& now, const raft::Result& result) {
  Call& call = calls_.back();
  open_ = false;
  call.ended = now.mono;
  if (const auto* executed = std::get_if<raft::Executed>(&result)) {
    call.outcome = Call::Outcome::ok;
    call.answer = executed->answer;
    ++progress_.ok;
  } else if (std::holds_alternative<raft::Refused>(result) && !uncertain_) {
    call.outcome = Call::Outcome::fail;
    ++progress_.fail;
  } else {
    call.outcome = Call::Outcome::info;
    ++progress_.info;
  }
}

}  // namespace torture
