// What the queue promises to those who use it, judged from outside alone: by what the broker was
// asked and what it answered, when, and where it was started again. So any core can be judged by
// it, in any language. The laws in queue_laws.hpp are stricter; they look into the shipped core and
// at what it writes down.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "any_queue.hpp"
#include "client.hpp"
#include "sim/system.hpp"

namespace queue {

struct AnyOptions;

/// In the order in which a queue comes to keep them: each needs those before it.
enum class Promise : std::uint8_t {
  payload_kept,
  one_holder,
  no_task_lost,
  stale_lease_refused,
  attempts_bounded,
  survives_restart,
};

inline constexpr std::array<sim::Promise, 6> all_promises = {{
    {"payload-kept",
     "A task is handed out with the bytes it was enqueued with, under an id that no other task "
     "has; "
     "and nothing is handed out that nobody enqueued."},
    {"one-holder",
     "A task is in one pair of hands at a time: it is handed out again only when the lease before "
     "has ended, and never once it is done."},
    {"no-task-lost",
     "Every task whose enqueue was answered is in the end completed or a dead letter, whoever died "
     "with it in hand."},
    {"stale-lease-refused",
     "Each hand-out has a token of its own; when the lease has ended, by time, ack or nack, it can "
     "neither ack the task nor nack it nor extend it."},
    {"attempts-bounded",
     "A task is tried as often as it may be, counted up from 1, with a pause before each new "
     "attempt; after the last one it is a dead letter."},
    {"survives-restart",
     "What the broker answered before it crashed still holds when it is back: tasks, leases, "
     "attempts, and what is done."},
}};

/// It goes on after a broken promise, so that a run tells which of them are kept. What a crash of
/// the broker undid is held against survives-restart, and against no other.
///
/// A lease ends by the broker's own clock, and from outside nobody sees when the broker decided:
/// some time between the question and the answer. In doubt the broker is right.
class Promises : public sim::Watcher<AnyQueue, Client> {
 public:
  explicit Promises(const AnyOptions& options);

  void on_submit(core::Instant at, sim::ClientId client, const Work& work) override;
  void on_outcome(core::Instant at, sim::ClientId client, const Outcome& outcome) override;
  void on_step(core::Instant at, core::NodeId node, const core::Now& now,
               const core::Input<Protocol>& input, const core::Ready<Protocol>& ready,
               Cores cores) override;
  void on_ready(core::Instant at, core::NodeId node, const core::Ready<Protocol>& ready,
                Cores cores) override;
  void on_overdue(core::Instant at) override;
  std::span<const sim::Finding> noted() const override { return noted_; }
  std::optional<std::string> unserved() const override;
  std::uint64_t digest() const override;

 private:
  /// What a task was enqueued with.
  struct Sent {
    std::string queue;
    std::uint32_t max_attempts = 0;
  };

  /// The last time that a task was handed out.
  struct HandOut {
    LeaseToken token;
    std::uint32_t attempt = 0;
    std::uint64_t incarnation = 0;
    // By the clock of the broker that runs. Nobody else may have the task before `until`, and after
    // `ends_by` this lease is surely over.
    core::Instant until;
    core::Instant ends_by;
    bool acked = false;
    bool nacked = false;
    bool may_be_nacked = false;  // that was asked for
  };

  enum class End : std::uint8_t { none, perhaps_done, done, dead, dropped };

  struct Task {
    core::Bytes payload;
    Sent sent;
    bool owed = false;              // its enqueue was answered
    std::uint64_t heard_of = 0;     // the last incarnation that spoke of it
    std::uint32_t handed_out = 0;   // how often since it had all its attempts
    std::set<LeaseToken> tokens;    // under which it was handed out
    std::optional<HandOut> holder;  // or who held it last
    End end = End::none;
  };

  /// A request that is not answered yet.
  struct Asked {
    Command command;
    core::Now seen;
    std::vector<TaskId>
        held;  // of the tasks that it is about, those that were held under its lease
  };

  void broken(Promise promise, std::optional<TaskId> about, std::string what);
  void broken_since(Promise promise, TaskId about, std::uint64_t incarnation, std::string what);

  void see_start(const core::Now& now, std::uint64_t incarnation);
  void see_request(const core::Now& now, const core::Request<Protocol>& request);
  void see_closed(core::SessionId session);
  void see_reply(const core::Now& now, const core::Reply<Protocol>& reply);
  void give_up(const Asked& asked);

  void see_enqueued(const Enqueue& command, const Enqueued& enqueued);
  void see_handed_out(const core::Now& now, const Asked& asked, const Lease& command,
                      const LeasedTask& lease);
  void see_attempt(const core::Now& now, TaskId id, const Task& task, const LeasedTask& lease);
  void see_done(const Asked& asked, const Holding& held);
  HandOut* see_used(const Asked& asked, const Holding& held);
  void see_extended(const core::Now& now, const Asked& asked, const Extend& command);
  void see_dead(const TaskInfo& letter);
  Task& hear_of(TaskId id, const std::string& queue, const core::Bytes& payload);
  Task* find(TaskId id);

  std::uint32_t max_attempts_of(const Task& task) const;
  bool has_come_to_its_end(const Task& task) const;
  core::Duration least_pause(std::uint32_t attempts) const;
  bool judges(Promise promise) const { return static_cast<std::uint32_t>(promise) < judged_; }

  std::uint32_t judged_;  // so many of the promises
  Config config_;
  std::vector<sim::Finding> noted_;  // of each promise the first

  std::map<core::Bytes, Sent> sent_;  // every payload that is sent is another
  std::map<TaskId, Task> tasks_;
  std::map<std::pair<core::SessionId, core::RequestId>, Asked> asked_;
  std::size_t replies_seen_ = 0;   // of this turn
  std::uint64_t incarnation_ = 0;  // of the broker that runs now
  core::Now last_;                 // of the last step

  std::set<std::pair<sim::ClientId, std::uint64_t>> fresh_;  // of the liveness phase, to be stored
};

}  // namespace queue
