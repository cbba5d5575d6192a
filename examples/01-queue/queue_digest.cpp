// The digest of the broker's state.
#include "core/digest.hpp"
#include "core/overloaded.hpp"
#include "queue.hpp"

namespace queue {

namespace {

void add(core::Digest& digest, const Queue::Period& period) {
  digest.add(period.since).add(std::uint64_t{period.ms}).add(period.until);
}

void add(core::Digest& digest, const LeaseToken& token) {
  digest.add(token.incarnation).add(token.number);
}

void add(core::Digest& digest, const Queue::Place& place) {
  digest.add(std::uint64_t{place.index()});
  std::visit(core::Overloaded{
                 [](const Queue::Available&) {},
                 [&](const Queue::Delayed& delayed) { add(digest, delayed.period); },
                 [&](const Queue::Held& held) {
                   add(digest, held.token);
                   digest.add(held.worker);
                   add(digest, held.period);
                 },
                 [&](const Queue::Failed& failed) {
                   digest.add(std::uint64_t{static_cast<std::uint8_t>(failed.reason)});
                   digest.add(failed.at);
                 },
             },
             place);
}

void add(core::Digest& digest, const Queue::Task& task) {
  digest.add(task.queue).add(task.payload).add(task.enqueued_at);
  digest.add(std::uint64_t{task.max_attempts}).add(std::uint64_t{task.attempts});
  digest.add(std::uint64_t{task.hops});
  add(digest, task.place);
}

void add(core::Digest& digest, const Queue::Completed& completed) {
  digest.add(completed.queue).add(completed.enqueued_at).add(completed.at);
  digest.add(std::uint64_t{completed.max_attempts}).add(std::uint64_t{completed.attempts});
}

void add(core::Digest& digest, const Settings& settings) {
  digest.add(std::uint64_t{settings.max_length}).add(std::uint64_t{settings.max_attempts});
  digest.add(settings.dead_letters_to);
}

}  // namespace

/// The sets and counters in a TaskQueue follow from the tasks, and need not be added.
std::uint64_t Queue::digest() const {
  core::Digest digest;
  digest.add(prng_.state()).add(incarnation_).add(now_.mono).add(now_.wall);
  digest.add(std::uint64_t{room_}).add(next_task_).add(next_lease_);
  for (const auto& [id, task] : tasks_) {
    digest.add(id);
    add(digest, task);
  }
  for (const auto& [id, completed] : completed_) {
    digest.add(id);
    add(digest, completed);
  }
  for (const auto& [name, queue] : queues_) {
    digest.add(name).add(queue.completed).add(queue.dropped);
    add(digest, queue.settings);
  }
  for (const KeyUsed& use : keys_by_age_) {
    digest.add(use.queue).add(use.key).add(use.task).add(use.at);
  }
  for (const Waiting& wait : waiting_) {
    digest.add(wait.caller.session).add(wait.caller.request).add(wait.until);
    digest.add(wait.command.queue).add(wait.command.worker).add(std::uint64_t{wait.command.max});
    digest.add(std::uint64_t{wait.command.visibility_ms});
  }
  digest.add(last_write_).add(persisted_).add(last_bulk_write_).add(log_bytes_);
  for (const HeldReply& held : held_replies_) {
    digest.add(held.after).add(held.reply.session).add(held.reply.request);
    digest.add(std::uint64_t{held.reply.result.index()});
  }
  digest.add(std::uint64_t{snapshot_.has_value()});
  if (snapshot_) digest.add(std::uint64_t{snapshot_->written}).add(snapshot_->covers);
  return digest.value();
}

}  // namespace queue
