#include "client_laws.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "client_wire.hpp"
#include "core/digest.hpp"
#include "core/overloaded.hpp"
#include "sim/text.hpp"
#include "wire/wire.hpp"

namespace queue {

namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t most_bytes = 40;  // of a text in a finding

/// The broker says when to come again.
bool says_when(Refusal reason) {
  switch (reason) {
    case Refusal::queue_full:
    case Refusal::too_many_queues:
    case Refusal::too_many_keys:
    case Refusal::too_many_waiting:
    case Refusal::too_many_leases:
      return true;
    default:
      return false;
  }
}

bool may_be_granted_later(Refusal reason) {
  return says_when(reason) || reason == Refusal::no_room;
}

/// Nothing when the broker did not refuse.
std::optional<Refusal> refusal_in(const std::expected<Result, core::CallError>& answer) {
  const Refused* const refused = answer ? std::get_if<Refused>(&*answer) : nullptr;
  if (refused == nullptr) return {};
  return refused->reason;
}

}  // namespace

ClientLaws::ClientLaws(const ClientConfig& config) : config_(config) {}

void ClientLaws::broken(const char* law, std::string what) {
  if (!found_) found_ = sim::Finding{law, config_.name + ": " + std::move(what)};
}

void ClientLaws::see_step(const core::Now& now, const ClientInput& input, const ClientReady& ready,
                          const Client& client) {
  if (found_) return;
  now_ = now;
  std::visit(core::Overloaded{
                 [&](const core::Submit<ClientProtocol>& submit) { see_submit(submit.work); },
                 [&](const core::Connected&) { connected_ = true; },
                 [&](const core::Disconnected&) { connected_ = gives_up_ = false; },
                 [&](const core::Answer<ClientProtocol>& answer) {
                   see_answer(answer.request, answer.result);
                 },
                 [](const auto&) {},
             },
             input);
  acked_.clear();
  for (const core::Call<ClientProtocol>& call : ready.calls) see_call(call.request, call.command);
  see_outcomes(ready.outcomes);
  see_what_is_left();
  see_silence(ready.reconnect);
  see_timeout(client);
}

// ---- What its program asks ----------------------------------------------------------------------

void ClientLaws::see_submit(const Work& work) {
  const bool is_full = todo_.size() >= config_.max_unsent;
  const bool is_full_of_asks = todo_.size() >= 2 * std::size_t{config_.max_unsent};
  const Window at_once{now_.mono, now_.mono};
  std::visit(core::Overloaded{
                 [&](const Produce& produce) {
                   if (is_full) {
                     due_.push_back(NotProduced{produce.number, Refusal::queue_full});
                   } else {
                     todo_.push_back({produce, at_once, 0});
                   }
                 },
                 [&](const Finish& finish) {
                   if (at_work_.erase(finish.lease) > 0) todo_.push_back({finish, at_once, 0});
                 },
                 [&](const Rest&) { rests_ = true; },
                 [&](const Ask& ask) {
                   if (is_full_of_asks) {
                     due_.push_back(Answered{ask.number, {}, false});
                   } else {
                     todo_.push_back({ask, at_once, 0});
                   }
                 },
             },
             work);
}

// ---- What the broker answers --------------------------------------------------------------------

void ClientLaws::see_answer(core::RequestId request, const Answer& answer) {
  const auto found = open_.find(request);
  if (found == open_.end()) return;
  const Open open = std::move(found->second);
  open_.erase(found);
  std::visit(core::Overloaded{
                 [&](const Lease&) { see_leased(open, answer); },
                 [&](const Extend& extend) { see_extended(open, extend, answer); },
                 [&](const Finishes& finishes) { see_finished(open, finishes, answer); },
                 [&](const Produce& produce) { see_produced(open, produce, answer); },
                 [&](const Ask& ask) {
                   Answered answered{ask.number, {}, false};
                   if (answer) answered.result = *answer;
                   if (!answer) answered.unknown = answer.error() == core::CallError::unknown;
                   due_.push_back(std::move(answered));
                 },
             },
             open.what);
}

void ClientLaws::see_leased(const Open& open, const Answer& answer) {
  takes_ = false;
  const Leased* const leased = answer ? std::get_if<Leased>(&*answer) : nullptr;
  if (leased == nullptr) {
    lease_when_ = pause(answer, ++lease_failures_);
    return;
  }
  lease_failures_ = 0;
  // Told that there is nothing before half of the wait is over, it cannot rely on being held back.
  const core::Instant may_ask_at_once =
      open.sent_at + core::Duration(milliseconds(config_.wait_ms)) / 2;
  const bool came_early = config_.wait_ms == 0 || now_.mono < may_ask_at_once;
  if (leased->tasks.empty() && came_early) lease_when_ = pause(answer, 1);
  for (const LeasedTask& task : leased->tasks) {
    ++busy_;
    at_work_[task.lease] = {task.task, half_a_lease_after(open.sent_at), 0};
    due_.push_back(Begin{task});
  }
}

void ClientLaws::see_extended(const Open& open, const Extend& extend, const Answer& answer) {
  const auto found = at_work_.find(extend.held.lease);
  if (found == at_work_.end()) return;
  AtWork& task = found->second;
  if (answer && std::holds_alternative<Done>(*answer)) {
    task.failures = 0;
    task.extend = half_a_lease_after(open.sent_at);
    return;
  }
  const std::optional<Refusal> refusal = refusal_in(answer);
  if (!answer || (refusal && may_be_granted_later(*refusal))) {
    task.extend = pause(answer, ++task.failures);
    return;
  }
  due_.push_back(LeaseLost{extend.held.task, extend.held.lease});
}

void ClientLaws::see_finished(const Open& open, const Finishes& finishes, const Answer& answer) {
  const Acked* const acked = answer ? std::get_if<Acked>(&*answer) : nullptr;
  for (const Finish& finish : finishes.tasks) {
    const auto is_it = [&](const RefusedAck& one) { return one.task == finish.task; };
    const bool refused = acked != nullptr && std::ranges::any_of(acked->refused, is_it);
    if (acked != nullptr && std::ranges::count(acked->done, finish.task) > 0) {
      end_of(finish, Ending::completed);
    } else if (!answer || (acked != nullptr && !refused)) {
      todo_.push_back({finish, pause(answer, open.failures + 1), open.failures + 1});
    } else if (std::holds_alternative<Done>(*answer)) {
      end_of(finish, finish.succeeded ? Ending::completed : Ending::returned);
    } else {
      end_of(finish, Ending::lost);
    }
  }
}

void ClientLaws::end_of(const Finish& finish, Ending ending) {
  --busy_;
  due_.push_back(Finished{finish.task, finish.lease, ending});
}

void ClientLaws::see_produced(const Open& open, const Produce& produce, const Answer& answer) {
  const Enqueued* const enqueued = answer ? std::get_if<Enqueued>(&*answer) : nullptr;
  const std::optional<Refusal> refusal = refusal_in(answer);
  if (enqueued != nullptr) {
    due_.push_back(Produced{produce.number, enqueued->tasks});
    return;
  }
  if (refusal && !may_be_granted_later(*refusal)) {
    due_.push_back(NotProduced{produce.number, *refusal});
    return;
  }
  if (refusal) due_.push_back(Delayed{produce.number, *refusal});
  todo_.push_back({produce, pause(answer, open.failures + 1), open.failures + 1});
}

/// Twice as long after each failure, up to a limit; and half of it by chance.
ClientLaws::Window ClientLaws::pause(const Answer& answer, std::uint32_t failures) const {
  std::uint64_t most = config_.retry_ms;
  for (std::uint32_t i = 1; i < failures && most < config_.retry_max_ms; ++i) most *= 2;
  most = std::min<std::uint64_t>(most, config_.retry_max_ms);
  const std::optional<Refusal> refusal = refusal_in(answer);
  const core::Instant from =
      now_.mono + milliseconds(refusal && says_when(*refusal) ? retry_after_ms : 0);
  return {from + milliseconds(most / 2), from + milliseconds(most)};
}

std::optional<ClientLaws::Window> ClientLaws::half_a_lease_after(core::Instant at) const {
  if (!config_.extend) return {};
  const core::Instant half = at + core::Duration(milliseconds(config_.visibility_ms)) / 2;
  return Window{half, half};
}

// ---- What it asks -------------------------------------------------------------------------------

void ClientLaws::see_call(core::RequestId request, const Command& command) {
  if (found_) return;
  if (request.value != last_request_.value + 1 || !connected_) {
    return broken("client-asks", "a call has the wrong number, or no connection");
  }
  last_request_ = request;
  too_soon_ = false;
  failures_ = 0;
  std::optional<What> what = what_is_asked(command);
  if (!what) {
    return broken(too_soon_ ? "client-pauses" : "client-asks",
                  "it asks for " + sim::to_text(command, most_bytes) +
                      (too_soon_ ? " too soon" : ", and nothing calls for it"));
  }
  const Lease* const lease = std::get_if<Lease>(&command);
  const milliseconds patience(config_.call_timeout_ms);
  const milliseconds wait(lease != nullptr ? lease->wait_ms : 0);
  open_[request] = {std::move(*what), failures_, now_.mono, now_.mono + patience + wait};
}

/// What is asked for on behalf of the program comes first: it may ask for anything.
std::optional<ClientLaws::What> ClientLaws::what_is_asked(const Command& command) {
  if (auto ask = take_ask(command)) return ask;
  if (const Lease* lease = std::get_if<Lease>(&command)) return take(*lease);
  if (const Extend* extend = std::get_if<Extend>(&command)) return take(*extend);
  if (const Enqueue* enqueue = std::get_if<Enqueue>(&command)) return take(*enqueue);
  if (const Ack* ack = std::get_if<Ack>(&command)) return take_finishes({&ack->held, 1}, true);
  if (const Nack* nack = std::get_if<Nack>(&command)) return take_finishes({&nack->held, 1}, false);
  const AckMany* const acks = std::get_if<AckMany>(&command);
  if (acks == nullptr || acks->held.size() < 2 || acks->held.size() > config_.max_acks) return {};
  return take_finishes(acks->held, true);
}

bool ClientLaws::is_time(const Window& when) {
  too_soon_ = too_soon_ || now_.mono < when.earliest;
  return when.earliest <= now_.mono;
}

bool ClientLaws::wants_tasks() const {
  return connected_ && !takes_ && !rests_ && busy_ < config_.concurrency;
}

std::optional<ClientLaws::What> ClientLaws::take(const Lease& lease) {
  const Lease due{config_.queue, config_.name, config_.concurrency - busy_, config_.visibility_ms,
                  config_.wait_ms};
  if (!wants_tasks() || lease != due || !is_time(lease_when_)) return {};
  takes_ = true;
  failures_ = lease_failures_;
  return lease;
}

std::optional<ClientLaws::What> ClientLaws::take(const Extend& extend) {
  const auto found = at_work_.find(extend.held.lease);
  if (found == at_work_.end() || !found->second.extend) return {};
  AtWork& task = found->second;
  const Extend due{config_.queue, {task.task, extend.held.lease}, config_.visibility_ms};
  if (extend != due || !is_time(*task.extend)) return {};
  task.extend.reset();
  failures_ = task.failures;
  return extend;
}

/// Acks of one step travel together, but for those that are too many, and a second one of a task:
/// an answer names tasks, so a request must not name one twice.
std::optional<ClientLaws::What> ClientLaws::take_finishes(std::span<const Holding> held,
                                                          bool succeeded) {
  Finishes finishes;
  std::set<TaskId> here;
  const bool may_follow = acked_.empty() || acked_.size() == config_.max_acks;
  for (const Holding& one : held) {
    if (succeeded && !may_follow && !acked_.contains(one.task)) return {};
    if (!here.insert(one.task).second) return {};
    const auto found = std::ranges::find_if(todo_, [&](const Todo& todo) {
      const Finish* const finish = std::get_if<Finish>(&todo.work);
      return finish != nullptr && *finish == Finish{one.task, one.lease, succeeded} &&
             is_time(todo.when);
    });
    if (found == todo_.end()) return {};
    failures_ = std::max(failures_, found->failures);
    finishes.tasks.push_back(std::get<Finish>(found->work));
    todo_.erase(found);
  }
  if (succeeded) acked_ = std::move(here);
  return finishes;
}

/// The tasks without a key are given one the first time, and keep it.
std::optional<ClientLaws::What> ClientLaws::take(const Enqueue& enqueue) {
  const auto is_it = [&](const Todo& todo) {
    const Produce* const produce = std::get_if<Produce>(&todo.work);
    if (produce == nullptr || produce->queue != enqueue.queue) return false;
    const auto same = [](const NewTask& asked, NewTask sent) {
      if (asked.key.empty()) sent.key = "";
      return asked == sent;
    };
    return std::ranges::equal(produce->tasks, enqueue.tasks, same) && is_time(todo.when);
  };
  const auto found = std::ranges::find_if(todo_, is_it);
  if (found == todo_.end()) return {};
  Produce produce = std::get<Produce>(found->work);
  for (std::size_t i = 0; i < produce.tasks.size(); ++i) {
    std::string& key = produce.tasks[i].key;
    if (!key.empty()) continue;
    key = enqueue.tasks[i].key;
    if (key.empty() || !keys_.insert(key).second) return {};
  }
  failures_ = found->failures;
  todo_.erase(found);
  return produce;
}

std::optional<ClientLaws::What> ClientLaws::take_ask(const Command& command) {
  const auto found = std::ranges::find_if(todo_, [&](const Todo& todo) {
    const Ask* const ask = std::get_if<Ask>(&todo.work);
    return ask != nullptr && ask->command == command;
  });
  if (found == todo_.end()) return {};
  Ask ask = std::get<Ask>(found->work);
  todo_.erase(found);
  return ask;
}

// ---- After a step -------------------------------------------------------------------------------

void ClientLaws::see_outcomes(std::span<const Outcome> outcomes) {
  const std::vector<Outcome> due = std::exchange(due_, {});
  if (std::ranges::equal(outcomes, due)) return;
  const std::vector<Outcome> told(outcomes.begin(), outcomes.end());
  broken("program-told", "its program is told " + sim::to_text(told, most_bytes) + " and not " +
                             sim::to_text(due, most_bytes));
}

void ClientLaws::see_what_is_left() {
  if (!connected_) return;
  const auto is_late = [&](const Window& when) { return when.latest <= now_.mono; };
  for (const Todo& todo : todo_) {
    if (is_late(todo.when)) {
      return broken("client-asks", "it is time, and it does not ask for what its program wants");
    }
  }
  for (const auto& [lease, task] : at_work_) {
    if (task.extend && is_late(*task.extend)) {
      return broken("client-asks", "it is time, and it does not ask for more of it");
    }
  }
  if (wants_tasks() && is_late(lease_when_)) {
    broken("client-asks", "it has a hand free, and asks for no task");
  }
}

void ClientLaws::see_silence(bool reconnects) {
  const bool is_silent = std::ranges::any_of(
      open_, [&](const auto& entry) { return entry.second.give_up_at <= now_.mono; });
  const bool due = connected_ && !gives_up_ && is_silent;
  if (reconnects != due) {
    broken("client-asks", due ? "it waits for ever for a broker that is silent"
                              : "it gives up a broker that may still answer");
  }
  gives_up_ = gives_up_ || due;
}

/// It is woken for whatever comes next.
void ClientLaws::see_timeout(const Client& client) {
  std::optional<Window> next;
  const auto consider = [&](const Window& when) {
    if (!next) next = when;
    next->earliest = std::min(next->earliest, when.earliest);
    next->latest = std::min(next->latest, when.latest);
  };
  for (const Todo& todo : todo_) consider(todo.when);
  for (const auto& [request, open] : open_) consider({open.give_up_at, open.give_up_at});
  for (const auto& [lease, task] : at_work_) {
    if (task.extend) consider(*task.extend);
  }
  if (wants_tasks()) consider(lease_when_);
  if (!connected_ || gives_up_) next.reset();
  const std::optional<core::Instant> wakes = client.next_timeout();
  const bool good = wakes && next ? *wakes >= next->earliest && *wakes <= next->latest
                                  : wakes.has_value() == next.has_value();
  if (!good) broken("client-pauses", "it is to be woken at another time than it ought to be");
}

std::uint64_t ClientLaws::digest() const {
  core::Digest digest;
  const auto add = [&](const Window& when) { digest.add(when.earliest).add(when.latest); };
  digest.add(std::uint64_t{connected_}).add(std::uint64_t{gives_up_}).add(last_request_);
  digest.add(std::uint64_t{takes_}).add(std::uint64_t{rests_});
  digest.add(std::uint64_t{lease_failures_}).add(std::uint64_t{busy_});
  add(lease_when_);
  for (const Todo& todo : todo_) {
    digest.add(wire::encode(todo.work)).add(std::uint64_t{todo.failures});
    add(todo.when);
  }
  for (const auto& [request, open] : open_) {
    digest.add(request).add(std::uint64_t{open.what.index()}).add(open.sent_at);
    digest.add(open.give_up_at).add(std::uint64_t{open.failures});
  }
  for (const auto& [lease, task] : at_work_) {
    digest.add(lease.incarnation).add(lease.number).add(std::uint64_t{task.failures});
    add(task.extend.value_or(Window{}));
  }
  return digest.value();
}

}  // namespace queue
