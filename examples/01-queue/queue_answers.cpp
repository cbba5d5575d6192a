#include "queue_answers.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "core/digest.hpp"
#include "core/overloaded.hpp"
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

/// What a step writes before it turns to its request: leases that have ended.
bool is_expiry(const Record& record) {
  const auto expired = [](const auto* one) {
    return one != nullptr && one->reason == ReturnReason::expired;
  };
  return expired(std::get_if<TaskReturned>(&record)) || expired(std::get_if<TaskMoved>(&record)) ||
         expired(std::get_if<TaskFailed>(&record));
}

std::vector<QueueInfo*> infos_in(Result& result) {
  std::vector<QueueInfo*> infos;
  if (QueueInfo* const info = std::get_if<QueueInfo>(&result)) infos.push_back(info);
  if (Queues* const all = std::get_if<Queues>(&result)) {
    for (QueueInfo& info : all->queues) infos.push_back(&info);
  }
  return infos;
}

}  // namespace

Answers::Answers(const Config& config) : config_(config), ledger_(config), durable_(config) {}

void Answers::broken(const char* law, std::string what) {
  if (!found_) found_ = sim::Finding{law, std::move(what)};
}

// ---- What the broker does -----------------------------------------------------------------------

void Answers::see_step(const Queue& broker, const Input& input,
                       std::span<const core::Write<Protocol>> writes,
                       std::span<const Reply> replies) {
  const core::Now& now = broker.now();
  if (const auto* start = std::get_if<core::Start<Protocol>>(&input)) see_start(broker, *start);
  if (const auto* room = std::get_if<core::Room>(&input)) room_ = room->available;
  if (const auto* closed = std::get_if<core::Closed>(&input)) see_closed(closed->session);
  const auto* persisted = std::get_if<core::Persisted>(&input);
  if (persisted != nullptr && persisted->lane == core::Lane::control) see_durable(persisted->seq);

  std::vector<Record> records;
  for (const core::Write<Protocol>& write : writes) {
    if (write.lane != core::Lane::control) continue;
    undurable_.push_back({now, write});
    records.insert(records.end(), write.records.begin(), write.records.end());
  }
  const auto rest = std::ranges::find_if_not(records, is_expiry);
  for (auto next = records.begin(); next != rest; ++next) ledger_.take(now, *next);
  const auto* request = std::get_if<core::Request<Protocol>>(&input);
  if (request != nullptr) see_request(now, *request, {rest, records.end()});
  for (auto next = rest; next != records.end(); ++next) ledger_.take(now, *next);
  for (const Reply& reply : replies) see_reply(reply);
  if (request != nullptr) see_first_tasks(broker, request->request.value % 32);
  last_step_ = now.mono;
}

/// What was written and not durable may be gone. What was durable must be there.
void Answers::see_start(const Queue& broker, const core::Start<Protocol>& start) {
  const core::WriteSeq last = start.recovered.last_control;
  if (last < last_durable_) broken("survives-restart", "a restart lost what was durable");
  see_durable(last);
  undurable_.clear();
  durable_.restart(last_step_, broker);
  ledger_ = durable_;
  room_ = true;
  asked_.clear();
}

void Answers::see_durable(core::WriteSeq last) {
  while (!undurable_.empty() && undurable_.front().write.seq <= last) {
    const Write& next = undurable_.front();
    for (const Record& record : next.write.records) durable_.take(next.at, record);
    undurable_.pop_front();
  }
  last_durable_ = std::max(last_durable_, last);
}

/// Its requests get no answers. One that waited may have been counted for whoever asked since.
void Answers::see_closed(core::SessionId session) {
  std::map<std::string, std::uint64_t> gone;
  for (Asked& asked : asked_) {
    if (asked.session == session && !asked.answer) ++gone[asked.queue];
    for (const auto& [queue, count] : gone) asked.gone[queue] += count;
  }
  std::erase_if(asked_, [&](const Asked& asked) { return asked.session == session; });
}

/// `written` is what the request and those who wait have changed.
void Answers::see_request(const core::Now& now, const core::Request<Protocol>& request,
                          const std::vector<Record>& written) {
  if (const Lease* lease = std::get_if<Lease>(&request.command)) {
    asked_.push_back({request.session, request.request, lease->queue, {}, {}});
  }
  std::optional<Due> due = this->due(now, request.command);
  if (!due) return;
  std::vector<Record> own = written;
  std::erase_if(own, [](const Record& one) { return std::holds_alternative<TaskLeased>(one); });
  if (own != due->records) {
    broken("written-as-told", "for " + words(request.command) + " the broker wrote " + words(own) +
                                  " and not " + words(due->records));
  }
  asked_.push_back({request.session, request.request, "", std::move(due->answer), {}});
}

void Answers::see_reply(const Reply& reply) {
  const auto asked = std::ranges::find_if(asked_, [&](const Asked& one) {
    return one.session == reply.session && one.request == reply.request;
  });
  if (asked == asked_.end()) return;
  if (asked->answer) {
    Result told = reply.result;
    for (QueueInfo* info : infos_in(told)) see_waiting(asked, *info);
    if (told != *asked->answer) {
      broken("told-as-it-is",
             "the broker told " + words(told) + " and not " + words(*asked->answer));
    }
  }
  asked_.erase(asked);
}

/// The live page shows them. No request asks for them, so they are looked at when there was any.
void Answers::see_first_tasks(const Queue& broker, std::size_t most) {
  const std::vector<TaskInfo> told = broker.first_tasks(most);
  const std::vector<TaskInfo> due = ledger_.first_tasks(broker.now().mono, most);
  if (told == due) return;
  broken("told-as-it-is", "the first tasks are told as " + words(told) + " and not " + words(due));
}

/// The broker answers in the order in which it decides. So a lease request that was taken before
/// this question and is not answered before it was waiting.
void Answers::see_waiting(std::deque<Asked>::const_iterator asked, QueueInfo& told) {
  const auto waits = std::count_if(asked_.cbegin(), asked, [&](const Asked& before) {
    return !before.answer && before.queue == told.queue;
  });
  const auto least = static_cast<std::uint64_t>(waits);
  const auto gone = asked->gone.find(told.queue);
  const std::uint64_t most = least + (gone == asked->gone.end() ? 0 : gone->second);
  const std::uint64_t waiting = std::exchange(told.counts.waiting, 0);
  if (waiting >= least && waiting <= most) return;
  broken("told-as-it-is", "the broker told of " + std::to_string(waiting) +
                              " requests that wait for " + told.queue + ", and there were " +
                              std::to_string(least));
}

// ---- What it ought to answer --------------------------------------------------------------------

std::optional<Answers::Due> Answers::due(const core::Now& now, const Command& command) const {
  const auto refusal_or = [](const auto& value, Refusal reason) -> Due {
    if (!value) return {Refused{reason}, {}};
    return {*value, {}};
  };
  const auto carried_out = [](std::optional<Refusal> refusal, const Record& record) -> Due {
    if (refusal) return {Refused{*refusal}, {}};
    return {Done{}, {record}};
  };
  return std::visit(
      core::Overloaded{
          [&](const Look& look) -> std::optional<Due> {
            return refusal_or(ledger_.task(now.mono, look.queue, look.task), Refusal::no_such_task);
          },
          [&](const Inspect& inspect) -> std::optional<Due> {
            return refusal_or(ledger_.queue(now, inspect.queue), Refusal::no_such_queue);
          },
          [&](const ListQueues&) -> std::optional<Due> {
            return Due{Queues{ledger_.queues(now)}, {}};
          },
          [&](const ListDead& list) -> std::optional<Due> { return due(now, list); },
          [&](const Enqueue& enqueue) -> std::optional<Due> { return due(now, enqueue); },
          [&](const SetQueue& set) -> std::optional<Due> { return due(set); },
          [&](const RetryDead& retry) -> std::optional<Due> {
            return carried_out(refusal_of_dead(now.mono, retry.queue, retry.task),
                               TaskRetried{retry.task});
          },
          [&](const DropDead& drop) -> std::optional<Due> {
            return carried_out(refusal_of_dead(now.mono, drop.queue, drop.task),
                               TaskDropped{drop.task});
          },
          [](const auto&) -> std::optional<Due> { return {}; },
      },
      command);
}

/// What has no key, or one that is not known, gets the next ids.
Answers::Due Answers::due(const core::Now& now, const Enqueue& command) const {
  Due due;
  const core::Duration window = std::chrono::milliseconds(config_.key_window_ms);
  const std::size_t forgotten = ledger_.keys_until(now.wall - window);
  if (forgotten > 0) due.records.push_back(KeysForgotten{forgotten});
  Enqueued enqueued;
  std::vector<Record> records;
  TaskId next = ledger_.next_task();
  const Settings settings = ledger_.settings_of(command.queue);
  for (const NewTask& task : command.tasks) {
    const auto known = ledger_.task_of_key(command.queue, task.key, forgotten);
    enqueued.tasks.push_back(known.value_or(next));
    if (known) continue;
    const std::uint32_t attempts =
        task.max_attempts == 0 ? settings.max_attempts : task.max_attempts;
    records.push_back(
        TaskEnqueued{next, command.queue, task.payload, now.wall, task.delay_ms, attempts, 0});
    if (!task.key.empty()) records.push_back(KeyUsed{command.queue, task.key, next, now.wall});
    ++next.value;
  }
  const std::uint64_t more = next.value - ledger_.next_task().value;
  const bool fits = ledger_.length(command.queue) + more <= settings.max_length;
  if (more > 0 && !room_) {
    due.answer = Refused{Refusal::no_room};
  } else if (more > 0 && !fits) {
    due.answer = Refused{Refusal::queue_full};
  } else {
    due.answer = std::move(enqueued);
    due.records.insert(due.records.end(), records.begin(), records.end());
  }
  return due;
}

Answers::Due Answers::due(const SetQueue& command) const {
  if (!room_) return {Refused{Refusal::no_room}, {}};
  Settings settings = command.settings;
  if (settings.max_length == 0) settings.max_length = config_.max_queue_length;
  if (settings.max_attempts == 0) settings.max_attempts = config_.default_attempts;
  return {Done{}, {QueueSet{command.queue, settings}}};
}

Answers::Due Answers::due(const core::Now& now, const ListDead& command) const {
  if (!ledger_.queue(now, command.queue)) return {Refused{Refusal::no_such_queue}, {}};
  DeadLetters letters;
  letters.tasks = ledger_.dead_letters(command.queue, command.after);
  letters.more = letters.tasks.size() > command.max;
  if (letters.more) letters.tasks.resize(command.max);
  return {std::move(letters), {}};
}

std::optional<Refusal> Answers::refusal_of_dead(core::Instant now, const std::string& queue,
                                                TaskId task) const {
  const std::optional<TaskInfo> info = ledger_.task(now, queue, task);
  if (!info || info->state == TaskState::completed) return Refusal::no_such_task;
  if (info->state != TaskState::failed) return Refusal::not_failed;
  return {};
}

// ---- Digest -------------------------------------------------------------------------------------

std::uint64_t Answers::digest() const {
  core::Digest digest;
  digest.add(ledger_.digest()).add(durable_.digest());
  for (const Write& write : undurable_) {
    digest.add(write.at.mono).add(write.at.wall).add(write.write.seq);
    digest.add(wire::encode(write.write.records));
  }
  digest.add(last_durable_).add(last_step_).add(std::uint64_t{room_});
  for (const Asked& asked : asked_) {
    digest.add(asked.session).add(asked.request).add(asked.queue);
    if (asked.answer) digest.add(wire::encode(*asked.answer));
    for (const auto& [queue, count] : asked.gone) digest.add(queue).add(count);
  }
  return digest.value();
}

}  // namespace queue
