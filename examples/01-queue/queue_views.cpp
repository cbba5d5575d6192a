// What the broker tells about its state.
#include <algorithm>
#include <chrono>

#include "core/overloaded.hpp"
#include "queue.hpp"

namespace queue {

TaskInfo Queue::info(TaskId id, const Task& task) const {
  TaskInfo info;
  info.task = id;
  info.queue = task.queue;
  info.attempts = task.attempts;
  info.max_attempts = task.max_attempts;
  info.enqueued_at = task.enqueued_at;
  info.payload = task.payload;
  std::visit(core::Overloaded{
                 [](const Available&) {},
                 [&](const Delayed& delayed) { info.not_before = delayed.period.end(); },
                 [&](const Held& held) {
                   info.state = TaskState::processing;
                   info.expires_at = held.period.end();
                   info.worker = held.worker;
                 },
                 [&](const Failed& failed) {
                   info.state = TaskState::failed;
                   info.ended_at = failed.at;
                   info.reason = failed.reason;
                 },
             },
             task.place);
  return info;
}

TaskInfo Queue::info(TaskId id, const Completed& completed) const {
  TaskInfo info;
  info.task = id;
  info.queue = completed.queue;
  info.state = TaskState::completed;
  info.attempts = completed.attempts;
  info.max_attempts = completed.max_attempts;
  info.enqueued_at = completed.enqueued_at;
  info.ended_at = completed.at;
  return info;
}

/// For a glance at what happens: first those that are held, then those that wait for their time,
/// both by when that is over; then the oldest of the others.
std::vector<TaskInfo> Queue::first_tasks(std::size_t most) const {
  std::vector<TaskInfo> infos;
  std::vector<TaskId> delayed;
  for (const auto& [at, id] : deadlines_) {
    if (infos.size() == most) return infos;
    const Task& task = tasks_.at(id);
    if (std::holds_alternative<Held>(task.place)) {
      infos.push_back(info(id, task));
    } else if (delayed.size() < most) {
      delayed.push_back(id);
    }
  }
  for (const TaskId id : delayed) {
    if (infos.size() == most) return infos;
    infos.push_back(info(id, tasks_.at(id)));
  }
  for (const auto& [id, task] : tasks_) {
    if (infos.size() == most) return infos;
    const bool at_rest =
        std::holds_alternative<Available>(task.place) || std::holds_alternative<Failed>(task.place);
    if (at_rest) infos.push_back(info(id, task));
  }
  return infos;
}

Counts Queue::counts(const TaskQueue& queue, std::uint64_t waiting) const {
  Counts counts;
  counts.pending = queue.available.size() + queue.delayed;
  counts.delayed = queue.delayed;
  counts.processing = queue.held;
  counts.completed = queue.completed;
  counts.failed = queue.failed.size();
  counts.dropped = queue.dropped;
  counts.waiting = waiting;
  if (queue.available.empty()) return counts;
  const core::Duration age = now_.wall - tasks_.at(*queue.available.begin()).enqueued_at;
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(age).count();
  counts.oldest_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(ms, 0));
  return counts;
}

std::optional<QueueInfo> Queue::queue_info(const std::string& queue) const {
  const auto found = queues_.find(queue);
  if (found == queues_.end()) return {};
  const auto waits_here = [&](const Waiting& wait) { return wait.command.queue == queue; };
  const auto waiting = std::ranges::count_if(waiting_, waits_here);
  return QueueInfo{queue, found->second.settings,
                   counts(found->second, static_cast<std::uint64_t>(waiting))};
}

std::vector<QueueInfo> Queue::queue_infos() const {
  std::map<std::string, std::uint64_t> waiting;
  for (const Waiting& wait : waiting_) ++waiting[wait.command.queue];
  std::vector<QueueInfo> infos;
  for (const auto& [name, queue] : queues_) {
    infos.push_back({name, queue.settings, counts(queue, waiting[name])});
  }
  return infos;
}

}  // namespace queue
