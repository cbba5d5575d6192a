#include "task_story.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/overloaded.hpp"
#include "messages_wire.hpp"
#include "words.hpp"

namespace queue {

namespace {

/// What takes longer on its way is told of.
constexpr core::Duration slow_way = std::chrono::milliseconds(200);

std::string time_of(core::Instant at) { return seconds(at.time_since_epoch()); }

/// How the task is held, where the command is about a task in hand.
std::optional<Holding> holding_of(const Command& command, TaskId task) {
  for (const Holding& held : holdings_of(command)) {
    if (held.task == task) return held;
  }
  return {};
}

bool names(const Command& command, TaskId task) {
  return std::visit(
      [&]<class T>(const T& held) {
        if constexpr (requires { held.task; }) return held.task == task;
        return holding_of(command, task).has_value();
      },
      command);
}

bool tells_of(const std::vector<Record>& records, TaskId task) {
  return std::ranges::any_of(records, [&](const Record& record) {
    return std::visit(
        [&](const auto& held) {
          if constexpr (requires { held.task; }) return held.task == task;
          return false;
        },
        record);
  });
}

std::vector<core::Bytes> payloads_of(const Enqueue& enqueue) {
  std::vector<core::Bytes> payloads;
  for (const NewTask& task : enqueue.tasks) payloads.push_back(task.payload);
  return payloads;
}

std::string refused(Refusal reason) { return "refused, " + std::string(wire::name_of(reason)); }

}  // namespace

// ---- Clients ------------------------------------------------------------------------------------

std::string TaskStory::name_of(sim::ClientId client) const {
  return (client.value <= workers_ ? "worker-" : "producer-") + std::to_string(client.value);
}

void TaskStory::see_connect(sim::ClientId client, core::SessionId session) {
  sessions_[session] = {client, lives_[client]};
}

std::string TaskStory::words_of(const Command& command) {
  const std::string name = queue::name_of(task_);
  const auto held = holding_of(command, task_);
  const std::string under = held ? " under " + queue::name_of(held->lease) : "";
  return std::visit(
      core::Overloaded{
          [&](const Enqueue& enqueue) {
            const bool again =
                !enqueue.tasks.empty() && !sent_.insert(enqueue.tasks.front().payload).second;
            return "enqueues " + name + " in " + enqueue.queue + (again ? " again" : "");
          },
          [&](const Nack&) { return "gives " + name + " back" + under; },
          [&](const Extend&) { return "asks for more time for " + name + under; },
          [&](const Look&) { return "asks about " + name; },
          [&](const RetryDead&) { return "wants " + name + ", a dead letter, tried again"; },
          [&](const DropDead&) { return "throws " + name + " away, a dead letter"; },
          [&](const auto&) { return "says that " + name + " is done," + under; },
      },
      command);
}

bool TaskStory::concerns(const Call& call) const {
  return call.gave_task || std::holds_alternative<Enqueue>(call.command) ||
         names(call.command, task_);
}

/// Which task an enqueue is about comes out when it is answered.
void TaskStory::say_of(const Call& call, core::Instant at, std::string words) {
  if (const Enqueue* enqueue = std::get_if<Enqueue>(&call.command)) {
    lines_.push_back({at, std::move(words), If::same_bytes, payloads_of(*enqueue)});
  } else if (concerns(call)) {
    say(at, std::move(words));
  }
}

void TaskStory::see_call(core::Instant at, sim::ClientId client,
                         const core::Call<ClientProtocol>& call) {
  pass(at);
  const Call& made = calls_[{client, lives_[client], call.request}] = {client, call.command, at};
  if (concerns(made)) say_of(made, at, name_of(client) + " " + words_of(call.command));
}

void TaskStory::see_answer(core::Instant at, sim::ClientId client,
                           const core::Answer<ClientProtocol>& answer) {
  pass(at);
  Call& call = calls_.at({client, lives_[client], answer.request});
  call.over = true;
  const std::string name = name_of(client);
  if (!answer.result && answer.result.error() == core::CallError::refused) {
    return say_of(call, at, name + " has no connection, and cannot say so");
  }
  if (answer.result) {
    if (!call.answered_at || at - *call.answered_at < slow_way) return;
    say_of(call, at, name + " hears only now what was answered at " + time_of(*call.answered_at));
  } else if (call.gave_task) {
    say(at, name + " never learns that it has " + queue::name_of(task_));
  } else if (call.answered_at) {
    say_of(call, at, name + " never hears what was answered at " + time_of(*call.answered_at));
  } else {
    say_of(call, at, name + " gets no answer to what it said at " + time_of(call.sent_at));
  }
}

void TaskStory::see_outcome(sim::ClientId client, const Outcome& outcome) {
  const Begin* begin = std::get_if<Begin>(&outcome);
  const Finished* finished = std::get_if<Finished>(&outcome);
  if (begin != nullptr && begin->task.task == task_) at_work_.insert(client);
  if (finished != nullptr && finished->task == task_) at_work_.erase(client);
}

/// Where it has to do with the task: it works on it, or waits for an answer about it.
void TaskStory::say_of_client(core::Instant at, sim::ClientId client, const std::string& what) {
  const std::string words = name_of(client) + " " + what;
  if (at_work_.contains(client)) {
    return say(at, words + ", with " + queue::name_of(task_) + " in hand");
  }
  const std::uint32_t life = lives_[client];
  for (const auto& [id, call] : calls_) {
    const bool waits = call.client == client && std::get<1>(id) == life && !call.over;
    if (waits) say_of(call, at, words);
  }
}

void TaskStory::see_disconnect(core::Instant at, sim::ClientId client) {
  pass(at);
  if (at_work_.contains(client)) say_of_client(at, client, "loses its connection");
}

void TaskStory::see_client_crash(core::Instant at, sim::ClientId client) {
  pass(at);
  say_of_client(at, client, "dies");
  const std::uint32_t life = lives_[client]++;
  for (auto& [id, call] : calls_) {
    if (call.client == client && std::get<1>(id) == life) call.over = true;
  }
  at_work_.erase(client);
}

// ---- The broker ---------------------------------------------------------------------------------

void TaskStory::see_input(core::Instant at, const core::Input<Protocol>& input) {
  pass(at);
  if (const auto* start = std::get_if<core::Start<Protocol>>(&input)) see_start(at, *start);
  if (const auto* request = std::get_if<core::Request<Protocol>>(&input)) see_request(at, *request);
}

void TaskStory::see_node_down(core::Instant at) {
  pass(at);
  aside(at, "the broker crashes");
}

void TaskStory::see_start(core::Instant at, const core::Start<Protocol>& start) {
  if (!std::exchange(has_started_, true)) return;
  bool is_there = tells_of(start.recovered.snapshot, task_);
  for (const auto& write : start.recovered.log) {
    is_there = is_there || tells_of(write.records, task_);
  }
  aside(at, std::string("the broker starts again; its disk ") +
                (is_there ? "tells of " : "says nothing of ") + queue::name_of(task_));
}

TaskStory::Call* TaskStory::find(core::SessionId session, core::RequestId request) {
  const auto caller = sessions_.find(session);
  if (caller == sessions_.end()) return nullptr;
  const auto& [client, life] = caller->second;
  const auto found = calls_.find({client, life, request});
  return found == calls_.end() ? nullptr : &found->second;
}

/// Whether it is about the lease under which the task is held.
bool TaskStory::is_of_holder(const Command& command) const {
  const auto held = holding_of(command, task_);
  return held && holder_ && held->lease == holder_->lease;
}

void TaskStory::see_request(core::Instant at, const core::Request<Protocol>& request) {
  Call* call = find(request.session, request.request);
  if (call == nullptr) return;
  call->reached_at = at;
  if (is_of_holder(call->command)) ++holder_->asked_of_it;
  if (at - call->sent_at < slow_way) return;
  say_of(*call, at,
         "only now the broker hears what " + name_of(call->client) + " said at " +
             time_of(call->sent_at));
}

void TaskStory::see_reply(core::Instant at, const core::Now& now,
                          const core::Reply<Protocol>& reply) {
  pass(at);
  Call* call = find(reply.session, reply.request);
  if (call == nullptr) return;
  call->answered_at = at;
  if (call->reached_at && is_of_holder(call->command) && holder_->asked_of_it > 0) {
    --holder_->asked_of_it;
  }
  if (const Enqueued* enqueued = std::get_if<Enqueued>(&reply.result)) {
    see_enqueued(at, *call, *enqueued);
  } else if (const Leased* leased = std::get_if<Leased>(&reply.result)) {
    for (const LeasedTask& task : leased->tasks) see_leased(at, now, *call, task);
  } else if (const DeadLetters* letters = std::get_if<DeadLetters>(&reply.result)) {
    return see_letters(at, *call, *letters);
  } else if (concerns(*call)) {
    say_of(*call, at,
           "the broker answers " + name_of(call->client) + ": " + see_result(*call, reply.result));
  }
  if (call->over) {
    say_of(*call, at, name_of(call->client) + " does not hear it: that connection is gone");
  }
}

/// A broker that forgets may give an id again: then two tasks have had it.
void TaskStory::see_enqueued(core::Instant at, const Call& call, const Enqueued& enqueued) {
  const Enqueue* command = std::get_if<Enqueue>(&call.command);
  if (command == nullptr) return;
  known_.insert(enqueued.tasks.begin(), enqueued.tasks.end());
  const std::size_t count = std::min(command->tasks.size(), enqueued.tasks.size());
  for (std::size_t i = 0; i < count; ++i) {
    const core::Bytes& payload = command->tasks[i].payload;
    std::string words = "the broker answers " + name_of(call.client) + ": stored as " +
                        queue::name_of(enqueued.tasks[i]);
    if (enqueued.tasks[i] == task_) {
      const bool is_new = payloads_.insert(payload).second;
      if (is_new && payloads_.size() > 1) words += ", as another task was before";
    }
    lines_.push_back({at, std::move(words), If::same_bytes, {payload}});
  }
}

void TaskStory::see_leased(core::Instant at, const core::Now& now, Call& call,
                           const LeasedTask& leased) {
  known_.insert(leased.task);
  const Lease* command = std::get_if<Lease>(&call.command);
  if (leased.task != task_ || command == nullptr) return;
  call.gave_task = true;
  told_dead_ = false;
  // The broker decided some time between the question and the answer. A wall clock that was set
  // meanwhile does not tell when.
  const core::Duration visibility = std::chrono::milliseconds(command->visibility_ms);
  const core::Instant soonest = call.reached_at.value_or(at) + visibility;
  const core::Instant until =
      std::clamp(at + (leased.expires_at - now.wall), soonest, at + visibility);
  holder_ = {call.client, leased.lease, until, 0};
  say(at, "the broker hands " + queue::name_of(task_) + " to " + name_of(call.client) +
              ": attempt " + std::to_string(leased.attempt) + " of " +
              std::to_string(leased.max_attempts) + ", " + queue::name_of(leased.lease) +
              " until " + time_of(until));
  if (payloads_.empty()) payloads_.insert(leased.payload);
  if (payloads_.contains(leased.payload)) return;
  say(at, "those are not the bytes that " + queue::name_of(task_) + " was enqueued with");
}

/// Dead letters are asked for again and again.
void TaskStory::see_letters(core::Instant at, const Call& call, const DeadLetters& letters) {
  for (const TaskInfo& letter : letters.tasks) {
    known_.insert(letter.task);
    if (letter.task != task_ || std::exchange(told_dead_, true)) continue;
    say(at, "the broker tells " + name_of(call.client) + " that " + queue::name_of(task_) +
                " is a dead letter, after " + std::to_string(letter.attempts) + " of " +
                std::to_string(letter.max_attempts) + " attempts");
  }
}

std::string TaskStory::see_done(const Call& call) {
  if (std::holds_alternative<RetryDead>(call.command)) told_dead_ = false;
  const Extend* extend = std::get_if<Extend>(&call.command);
  if (extend == nullptr) {
    holder_.reset();  // whichever lease was named: nobody has the task now
    return "done";
  }
  const core::Instant until =
      call.reached_at.value_or(call.sent_at) + std::chrono::milliseconds(extend->visibility_ms);
  if (is_of_holder(call.command)) holder_->until = until;
  return "done, until " + time_of(until);
}

/// The answer, in words.
std::string TaskStory::see_result(const Call& call, const Result& result) {
  return std::visit(
      core::Overloaded{
          [&](const Done&) { return see_done(call); },
          [&](const Acked& acked) -> std::string {
            if (std::ranges::count(acked.done, task_) > 0) return see_done(call);
            const auto other = std::ranges::find(acked.refused, task_, &RefusedAck::task);
            return other == acked.refused.end() ? "nothing of this task" : refused(other->reason);
          },
          [](const TaskInfo& info) {
            return std::string(wire::name_of(info.state)) + ", " + std::to_string(info.attempts) +
                   " of " + std::to_string(info.max_attempts) + " attempts used";
          },
          [](const Refused& refusal) { return refused(refusal.reason); },
          [](const auto&) { return std::string("something else than was asked"); },
      },
      result);
}

/// A lease ends without a word.
void TaskStory::pass(core::Instant now) {
  if (!holder_ || holder_->asked_of_it > 0 || now < holder_->until) return;
  say(holder_->until, queue::name_of(holder_->lease) + " runs out, " + name_of(holder_->client) +
                          " has it no longer");
  holder_.reset();
}

// ---- What befalls them --------------------------------------------------------------------------

void TaskStory::see_fault(core::Instant at, const sim::Line& line) {
  pass(at);
  std::visit(
      core::Overloaded{
          [&](const sim::ClientPause& pause) {
            say_of_client(at, pause.client, "is paused for " + seconds(pause.lasts));
          },
          [&](const sim::ClientPartition& wall) {
            say_of_client(at, wall.client, "is cut off from the broker for " + seconds(wall.lasts));
          },
          [&](const sim::Pause& pause) {
            aside(at, "the broker is paused for " + seconds(pause.lasts));
          },
          [&](const sim::ClockJump& jump) {
            const bool is_back = jump.by < core::Duration(0);
            aside(at, "the broker's wall clock is set " + seconds(is_back ? -jump.by : jump.by) +
                          (is_back ? " back" : " ahead"));
          },
          [](const auto&) {},  // it shows, where it matters, in what is told anyway
      },
      line.action);
}

void TaskStory::see_finding(core::Instant at, const sim::Finding& finding) {
  pass(at);
  if (finding.about == task_.value) say(at, "here " + finding.checker + " is broken");
}

// ---- Its end ------------------------------------------------------------------------------------

bool TaskStory::is_told(const Line& line) const {
  return line.when != If::same_bytes ||
         std::ranges::any_of(line.payloads,
                             [&](const core::Bytes& one) { return payloads_.contains(one); });
}

std::expected<std::vector<std::string>, std::string> TaskStory::lines() const {
  if (!known_.contains(task_)) {
    const std::string range = known_.empty() ? ""
                                             : ", " + std::to_string(known_.begin()->value) +
                                                   " to " + std::to_string(known_.rbegin()->value);
    return std::unexpected("there is no " + queue::name_of(task_) +
                           " in this run: the broker spoke of " + std::to_string(known_.size()) +
                           " tasks" + range);
  }
  std::vector<Line> told;
  std::ranges::copy_if(lines_, std::back_inserter(told),
                       [&](const Line& line) { return is_told(line); });
  std::ranges::stable_sort(told, {}, &Line::at);
  const auto is_own = [](const Line& line) { return line.when != If::amid; };
  told.erase(told.begin(), std::ranges::find_if(told, is_own));
  while (!told.empty() && !is_own(told.back())) told.pop_back();
  std::vector<std::string> lines;
  const std::size_t width = told.empty() ? 0 : time_of(told.back().at).size();
  for (const Line& line : told) {
    const std::string time = time_of(line.at);
    std::string text = std::string(width - time.size(), ' ') + time + "  " + line.words;
    if (lines.empty() || lines.back() != text) lines.push_back(std::move(text));
  }
  return lines;
}

}  // namespace queue
