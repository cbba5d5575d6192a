#include "queue_answers.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "core/digest.hpp"
#include "messages_wire.hpp"
#include "sim/text.hpp"
#include "wire/wire.hpp"

namespace queue {

namespace {

/// As much of a payload as a finding shows.
constexpr std::uint64_t most_bytes = 40;

template <class Told>
std::string words(const Told& told) {
  return sim::to_text(told, most_bytes);
}

std::string name_of(const Reply& reply) {
  return "request " + std::to_string(reply.request.value) + " of session " +
         std::to_string(reply.session.value);
}

}  // namespace

Answers::Answers(const Config& config) : config_(config), ledger_(config), durable_(config) {}

void Answers::broken(const char* law, std::string what) {
  if (!found_) found_ = sim::Finding{law, std::move(what)};
}

// ---- What the broker does -----------------------------------------------------------------------

/// After a finding the two have parted, and whatever follows would only be its consequence.
void Answers::see_step(const Queue& broker, const Input& input,
                       std::span<const core::Write<Protocol>> writes,
                       std::span<const Reply> replies) {
  if (found_) return;
  now_ = broker.now();
  if (const auto* start = std::get_if<core::Start<Protocol>>(&input)) see_start(broker, *start);
  if (const auto* room = std::get_if<core::Room>(&input)) room_ = room->available;
  if (const auto* closed = std::get_if<core::Closed>(&input)) see_closed(closed->session);
  const auto* persisted = std::get_if<core::Persisted>(&input);
  if (persisted != nullptr && persisted->lane == core::Lane::control) see_durable(persisted->seq);

  see_writes(writes);
  see_ended_leases();
  const auto* request = std::get_if<core::Request<Protocol>>(&input);
  if (request != nullptr) see_request({request->session, request->request}, request->command);
  see_waiting();
  see_unasked();
  see_replies(replies);
  if (request != nullptr && request->request.value % 8 == 0) {
    see_first_tasks(broker, request->request.value / 8 % 32);
  }
  see_timeout(broker);
  last_step_ = now_.mono;
}

/// What was written and not durable may be gone. What was durable must be there.
void Answers::see_start(const Queue& broker, const core::Start<Protocol>& start) {
  last_write_ = start.recovered.last_control;
  if (last_write_ < last_durable_) broken("survives-restart", "a restart lost what was durable");
  see_durable(last_write_);
  undurable_.clear();
  durable_.restart(last_step_, broker);
  ledger_ = durable_;
  room_ = true;
  incarnation_ = start.incarnation;
  last_lease_ = 0;
  waiting_.clear();
  owed_.clear();
}

void Answers::see_durable(core::WriteSeq last) {
  while (!undurable_.empty() && undurable_.front().write.seq <= last) {
    const Write& next = undurable_.front();
    for (const Record& record : next.write.records) durable_.take(next.at, record);
    undurable_.pop_front();
  }
  last_durable_ = std::max(last_durable_, last);
}

/// Its requests get no answers.
void Answers::see_closed(core::SessionId session) {
  std::erase_if(waiting_, [&](const Waiting& wait) { return wait.caller.session == session; });
  std::erase_if(owed_, [&](const Owed& owed) { return owed.reply.session == session; });
}

void Answers::see_writes(std::span<const core::Write<Protocol>> writes) {
  written_.clear();
  expected_ = 0;
  for (const core::Write<Protocol>& write : writes) {
    if (write.lane != core::Lane::control) continue;
    undurable_.push_back({now_, write});
    last_write_ = write.seq;
    written_.insert(written_.end(), write.records.begin(), write.records.end());
  }
}

void Answers::see_ended_leases() {
  while (const auto task = ledger_.ended_lease(now_.mono)) {
    expect_end_of(*task, ReturnReason::expired);
    if (found_) return;
  }
}

void Answers::see_request(Caller caller, const Command& command) {
  std::optional<Result> answer =
      std::visit([&](const auto& one) { return answer_to(one); }, command);
  if (answer) return owe(caller, std::move(*answer));
  const Lease& lease = std::get<Lease>(command);
  waiting_.push_back({caller, lease, now_.mono + std::chrono::milliseconds(lease.wait_ms)});
}

/// Whoever has waited longest comes first.
void Answers::see_waiting() {
  std::erase_if(waiting_, [&](const Waiting& wait) {
    Leased leased = hand_out(wait.command);
    if (leased.tasks.empty() && now_.mono < wait.until) return false;
    owe(wait.caller, std::move(leased));
    return true;
  });
}

void Answers::see_unasked() {
  if (expected_ == written_.size()) return;
  const auto* refused = decided_.empty() ? nullptr : std::get_if<Refused>(&decided_.front().result);
  const bool is_stale = refused != nullptr && refused->reason == Refusal::stale_lease;
  broken(is_stale ? "stale-lease-refused" : "written-as-told",
         "the broker wrote " + words(written_[expected_]) + ", and nothing called for it");
}

/// The broker answers in the order in which it decides.
void Answers::see_replies(std::span<const Reply> replies) {
  for (Reply& reply : decided_) owed_.push_back({last_write_, std::move(reply)});
  decided_.clear();
  auto told = replies.begin();
  for (; !owed_.empty() && owed_.front().after <= last_durable_; owed_.pop_front()) {
    const Reply& due = owed_.front().reply;
    if (told == replies.end() || told->session != due.session || told->request != due.request) {
      return broken("answered-once", name_of(due) + " was not answered when it could be");
    }
    if (told->result != due.result) {
      broken("told-as-it-is",
             "the broker told " + words(told->result) + " and not " + words(due.result));
    }
    ++told;
  }
  if (told != replies.end()) {
    broken("answered-once", name_of(*told) + " was answered before that was durable, or again");
  }
}

/// The live page shows them. No request asks for them, so they are looked at when there was one;
/// not at each, for that would take more time than all else.
void Answers::see_first_tasks(const Queue& broker, std::size_t most) {
  const std::vector<TaskInfo> told = broker.first_tasks(most);
  const std::vector<TaskInfo> due = ledger_.first_tasks(broker.now().mono, most);
  if (told == due) return;
  broken("told-as-it-is", "the first tasks are told as " + words(told) + " and not " + words(due));
}

void Answers::see_timeout(const Queue& broker) {
  std::optional<core::Instant> due = ledger_.next_end(now_.mono);
  for (const Waiting& wait : waiting_) due = std::min(due.value_or(wait.until), wait.until);
  if (broker.next_timeout() == due) return;
  broken("woken-in-time",
         "the broker does not ask to be woken when the next lease, delay or wait ends");
}

// ---- What it ought to write ---------------------------------------------------------------------

void Answers::expect(const Record& record) {
  if (found_) return;
  if (expected_ == written_.size()) {
    return broken("written-as-told", "the broker did not write " + words(record));
  }
  const Record& written = written_[expected_++];
  if (written != record) {
    return broken("written-as-told",
                  "the broker wrote " + words(written) + " and not " + words(record));
  }
  ledger_.take(now_, record);
}

/// An attempt was in vain: there is another after a pause, or the task is a dead letter.
void Answers::expect_end_of(TaskId id, ReturnReason reason) {
  const Ledger::Task& task = *ledger_.find(id);
  if (task.info.attempts < task.info.max_attempts) {
    expect(TaskReturned{id, reason, now_.wall, pause_of(id, task.info.attempts)});
  } else if (may_move(task)) {
    expect(TaskMoved{id, ledger_.settings_of(task.info.queue).dead_letters_to, reason});
  } else {
    expect(TaskFailed{id, reason, now_.wall});
  }
}

/// Twice as long after each attempt, up to a limit; and half of it by chance.
std::uint32_t Answers::pause_of(TaskId id, std::uint32_t attempts) {
  std::uint64_t most = config_.backoff_ms;
  for (std::uint32_t done = 1; done < attempts; ++done) {
    most = std::min<std::uint64_t>(2 * most, config_.max_backoff_ms);
  }
  const auto* written =
      expected_ < written_.size() ? std::get_if<TaskReturned>(&written_[expected_]) : nullptr;
  if (written == nullptr) return static_cast<std::uint32_t>(most);
  if (written->delay_ms < most / 2 || written->delay_ms > most) {
    broken("pause-kept", "task " + std::to_string(id.value) + " is to pause for " +
                             std::to_string(written->delay_ms) + " ms after attempt " +
                             std::to_string(attempts) + ", and not for half of " +
                             std::to_string(most) + " to the whole");
  }
  see_spread(written->delay_ms, most);
  return written->delay_ms;
}

/// Pauses that all end in the first two thirds are as likely as 60 dice without a five or a six.
void Answers::see_spread(std::uint64_t pause, std::uint64_t most) {
  if (most < 100) return;
  ++pauses_;
  if (pause - most / 2 > most / 3) ++long_pauses_;
  if (pauses_ < 60 || long_pauses_ > 0) return;
  broken("pause-kept", "60 pauses, and none that chance made long");
}

void Answers::owe(Caller caller, Result result) {
  decided_.push_back({caller.session, caller.request, std::move(result)});
}

// ---- Digest -------------------------------------------------------------------------------------

std::uint64_t Answers::digest() const {
  core::Digest digest;
  digest.add(ledger_.digest()).add(durable_.digest());
  for (const Write& write : undurable_) {
    digest.add(write.at.mono).add(write.at.wall).add(write.write.seq);
    digest.add(wire::encode(write.write.records));
  }
  digest.add(last_write_).add(last_durable_).add(last_step_).add(std::uint64_t{room_});
  digest.add(incarnation_).add(last_lease_).add(pauses_).add(long_pauses_);
  for (const Waiting& wait : waiting_) {
    digest.add(wait.caller.session).add(wait.caller.request).add(wait.until);
    digest.add(wire::encode(wait.command));
  }
  for (const Owed& owed : owed_) {
    digest.add(owed.after).add(owed.reply.session).add(owed.reply.request);
    digest.add(wire::encode(owed.reply.result));
  }
  return digest.value();
}

}  // namespace queue
