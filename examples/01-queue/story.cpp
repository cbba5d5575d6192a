#include "story.hpp"

#include <variant>

#include "core/overloaded.hpp"

namespace queue {

namespace {

Teller& the_teller() {
  static Teller teller;
  return teller;
}

}  // namespace

void ToldQueue::tell(Teller teller) { the_teller() = std::move(teller); }

void ToldQueue::step(const core::Now& now, const Input& input, Ready& ready) noexcept {
  if (const auto* start = std::get_if<core::Start<Protocol>>(&input)) {
    for (const core::Write<Protocol>& write : start->recovered.log) {
      for (const Record& record : write.records) remember(record);
    }
  }
  const std::size_t before = ready.writes.size();
  Queue::step(now, input, ready);
  for (std::size_t i = before; i < ready.writes.size(); ++i) {
    for (const Record& record : ready.writes[i].records) {
      pages_.push_back({ready.writes[i].seq, line_of(record)});
      remember(record);
    }
  }
  const auto* persisted = std::get_if<core::Persisted>(&input);
  while (persisted != nullptr && !pages_.empty() && pages_.front().after <= persisted->seq) {
    if (the_teller()) the_teller()(pages_.front().line);
    pages_.pop_front();
  }
}

void ToldQueue::remember(const Record& record) {
  std::visit(core::Overloaded{
                 [](const TaskEnqueued&) {},
                 [&](const TaskLeased& leased) { holders_[leased.task] = leased.worker; },
                 [&](const TaskReturned& returned) { holders_.erase(returned.task); },
                 [&](const TaskCompleted& completed) { holders_.erase(completed.task); },
             },
             record);
}

std::string ToldQueue::line_of(const Record& record) {
  const auto task = [](TaskId id) { return "task " + std::to_string(id.value) + "  "; };
  return std::visit(core::Overloaded{
                        [&](const TaskEnqueued& enqueued) {
                          return task(enqueued.task) + "enqueued in " + enqueued.queue;
                        },
                        [&](const TaskLeased& leased) {
                          std::string line = task(leased.task) + "leased to " + leased.worker;
                          if (leased.attempt > 1)
                            line += "  attempt " + std::to_string(leased.attempt);
                          return line;
                        },
                        [&](const TaskReturned& returned) {
                          const char* why = returned.reason == ReturnReason::nacked
                                                ? " could not do it"
                                                : "'s lease expired";
                          return task(returned.task) + "returned: " + holders_[returned.task] + why;
                        },
                        [&](const TaskCompleted& completed) {
                          return task(completed.task) + "completed by " + holders_[completed.task];
                        },
                    },
                    record);
}

}  // namespace queue
