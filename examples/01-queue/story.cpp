#include "story.hpp"

#include <variant>

#include "core/overloaded.hpp"

namespace queue {

namespace {

Teller& the_teller() {
  static Teller teller;
  return teller;
}

std::string about(TaskId task) { return "task " + std::to_string(task.value) + "  "; }

/// "1.5 s".
std::string seconds(std::uint32_t ms) {
  std::string text = std::to_string(ms / 1'000);
  if (ms % 1'000 != 0) {
    const std::string thousandths = std::to_string(1'000 + ms % 1'000).substr(1);
    text += "." + thousandths.substr(0, thousandths.find_last_not_of('0') + 1);
  }
  return text + " s";
}

std::string line_of_settings(const QueueSet& set) {
  const Settings& settings = set.settings;
  std::string line = "queue " + set.queue + "  set: up to " + std::to_string(settings.max_length) +
                     " tasks, " + std::to_string(settings.max_attempts) + " attempts";
  if (!settings.dead_letters_to.empty()) line += ", dead letters to " + settings.dead_letters_to;
  return line;
}

}  // namespace

void ToldQueue::tell(Teller teller) { the_teller() = std::move(teller); }

/// Only the control lane tells a story. What goes to disk in the other is a snapshot: what has
/// happened long ago, in other words.
void ToldQueue::step(const core::Now& now, const Input& input, Ready& ready) noexcept {
  if (const auto* start = std::get_if<core::Start<Protocol>>(&input)) {
    for (const Record& record : start->recovered.snapshot) remember(record);
    for (const core::Write<Protocol>& write : start->recovered.log) {
      for (const Record& record : write.records) remember(record);
    }
  }
  const std::size_t before = ready.writes.size();
  Queue::step(now, input, ready);
  for (std::size_t i = before; i < ready.writes.size(); ++i) {
    if (ready.writes[i].lane != core::Lane::control) continue;
    for (const Record& record : ready.writes[i].records) {
      if (auto line = line_of(record)) pages_.push_back({ready.writes[i].seq, std::move(*line)});
      remember(record);
    }
  }
  const auto* persisted = std::get_if<core::Persisted>(&input);
  if (persisted == nullptr || persisted->lane != core::Lane::control) return;
  while (!pages_.empty() && pages_.front().after <= persisted->seq) {
    if (the_teller()) the_teller()(pages_.front().line);
    pages_.pop_front();
  }
}

void ToldQueue::remember(const Record& record) {
  std::visit(core::Overloaded{
                 [&](const TaskLeased& leased) { holders_[leased.task] = leased.worker; },
                 [&](const TaskReturned& returned) { holders_.erase(returned.task); },
                 [&](const TaskCompleted& completed) { holders_.erase(completed.task); },
                 [&](const TaskFailed& failed) { holders_.erase(failed.task); },
                 [&](const TaskMoved& moved) { holders_.erase(moved.task); },
                 [](const auto&) {},  // nobody gets or gives back a task
             },
             record);
}

/// How the attempt of its holder ended.
std::string ToldQueue::in_vain(TaskId task, ReturnReason reason) const {
  return holders_.at(task) +
         (reason == ReturnReason::nacked ? " could not do it" : "'s lease expired");
}

std::optional<std::string> ToldQueue::line_of(const Record& record) const {
  using Line = std::optional<std::string>;
  return std::visit(
      core::Overloaded{
          [](const QueueSet& set) -> Line { return line_of_settings(set); },
          [](const TaskEnqueued& enqueued) -> Line {
            Line line = about(enqueued.task) + "enqueued in " + enqueued.queue;
            if (enqueued.delay_ms > 0) *line += ", not before " + seconds(enqueued.delay_ms);
            return line;
          },
          [](const TaskLeased& leased) -> Line {
            Line line = about(leased.task) + "leased to " + leased.worker;
            if (leased.attempt > 1) *line += "  attempt " + std::to_string(leased.attempt);
            return line;
          },
          [&](const LeaseExtended& extended) -> Line {
            return about(extended.task) + "extended by " + holders_.at(extended.task) +
                   ", to end in " + seconds(extended.visibility_ms);
          },
          [&](const TaskReturned& returned) -> Line {
            Line line =
                about(returned.task) + "returned: " + in_vain(returned.task, returned.reason);
            if (returned.delay_ms > 0) *line += "; again in " + seconds(returned.delay_ms);
            return line;
          },
          [&](const TaskCompleted& completed) -> Line {
            return about(completed.task) + "completed by " + holders_.at(completed.task);
          },
          [&](const TaskFailed& failed) -> Line {
            return about(failed.task) + "failed: " + in_vain(failed.task, failed.reason) +
                   "; a dead letter now";
          },
          [&](const TaskMoved& moved) -> Line {
            return about(moved.task) + "moved to " + moved.to + ": " +
                   in_vain(moved.task, moved.reason);
          },
          [](const TaskRetried& retried) -> Line {
            return about(retried.task) + "retried: a dead letter no more";
          },
          [](const TaskDropped& dropped) -> Line {
            return about(dropped.task) + "dropped: a dead letter thrown away";
          },
          [](const auto&) -> Line { return {}; },  // keys, and what only a snapshot says
      },
      record);
}

}  // namespace queue
