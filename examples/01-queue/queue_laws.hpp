// The queue's promises, judged from outside: by what producers and workers were told, and when.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "client.hpp"
#include "client_laws.hpp"
#include "queue.hpp"
#include "queue_answers.hpp"
#include "queue_snapshots.hpp"
#include "sim/system.hpp"

namespace queue {

struct Options;

/// Its laws, beside those in client_laws.hpp, by the names under which a violation is reported:
///
///   no-task-lost               a task whose enqueue was acknowledged is, in the end, completed,
///                              dropped, or a dead letter
///   survives-restart           a restarted broker still has every acknowledged task that is not
///                              completed or dropped
///   completed-stays-completed  a task whose ack was acknowledged is never handed out again, nor
///                              a dropped one
///   one-live-lease             a task is handed out again only after the lease before it has
///                              ended, extensions included
///   stale-lease-refused        who holds a task no longer can neither ack, nack nor extend it
///   attempts-counted           each time a task is handed out its attempt is higher, restarts or
///                              not, until it is retried or moved
///   attempts-bounded           no task is handed out more often than was asked for
///   attempts-granted           nor is it given up before its last attempt
///   pause-kept                 a task that came back, or was delayed, is handed out only after its
///                              pause, and pauses grow
///   stored-once                what was sent under one key is one task
///   payload-kept               a task is handed out with the bytes that it was enqueued with
///   task-ids-unique            no two acknowledged tasks share an id
///   told-as-it-is              what the broker answers is what follows from what it has written
///                              down, restarts or not; so are its refusals and their reasons
///   written-as-told            each request writes down what it is answered, at once, and nothing
///                              else is written but leases that have ended
///   answered-once              each request is answered once, as soon as what its answer rests on
///                              is durable and not before
///   woken-in-time              the broker asks to be woken when the next lease, delay or wait ends
///   log-kept-short             a snapshot is begun when the log is longer than what is live by the
///                              piece that is set, is written piece by piece, and is committed
///   snapshot-as-logged         a snapshot says what the log said that it stands for
class Laws : public sim::Watcher<Queue, Client> {
 public:
  explicit Laws(const Options& options);

  void on_submit(core::Instant at, sim::ClientId client, const Work& work) override;
  void on_call(core::Instant at, sim::ClientId client,
               const core::Call<ClientProtocol>& call) override;
  void on_answer(core::Instant at, sim::ClientId client,
                 const core::Answer<ClientProtocol>& answer) override;
  void on_outcome(core::Instant at, sim::ClientId client, const Outcome& outcome) override;
  void on_client_step(core::Instant at, sim::ClientId client, const core::Now& now,
                      const ClientInput& input, const ClientReady& ready,
                      const Client& core) override;
  void on_client_crash(core::Instant at, sim::ClientId client) override;
  void on_step(core::Instant at, core::NodeId node, const core::Now& now, const Input& input,
               const Ready& ready, Cores cores) override;
  void on_ready(core::Instant at, core::NodeId node, const Ready& ready, Cores cores) override;
  std::optional<sim::Finding> after_step(core::Instant at, core::NodeId node, Cores cores) override;
  std::optional<std::string> unserved() const override;
  std::uint64_t digest() const override;
  std::optional<sim::Finding> at_end(core::Instant at, Cores cores) override;

 private:
  /// A lease, or its extension, as the broker wrote it down; times are the broker's own.
  struct Grant {
    TaskId task;
    std::uint32_t life = 0;  // how often the task had started anew
    std::uint32_t attempt = 0;
    std::uint32_t visibility_ms = 0;
    core::UnixTime at;
    core::Instant from;
    core::Instant until;
  };

  /// The lease of a task that a worker was told of last.
  struct Told {
    LeaseToken token;
    std::uint32_t max_attempts = 0;
    Grant grant;          // or its extension, which the worker was told of, too
    core::Instant until;  // by the clock of the broker that runs now
    bool nacked = false;  // its holder has asked to end it early
  };

  struct Sent {
    Command command;
    std::vector<std::optional<LeaseToken>> told;  // who held each of its tasks when it was sent
  };

  /// Since when a task may not be handed out, and how long at least.
  struct Pause {
    std::uint64_t incarnation = 0;
    core::Instant from;
    core::Duration at_least{0};
  };

  /// When a task was written down.
  struct Birth {
    core::UnixTime at;
    core::UnixTime latest_before;  // that the broker's wall clock had shown until then
  };

  static core::Duration left_of(const Grant& grant, core::UnixTime now);
  void broken(const char* law, std::string what);
  void see_restart(const Queue& broker);
  void see_record(const Queue& broker, const Record& record);
  void see_grant(const Queue& broker, const TaskLeased& record);
  void see_told(const LeasedTask& lease);
  void see_enqueued(const Enqueue& command, const Enqueued& enqueued);
  void see_stored(const core::Bytes& payload, TaskId task);
  void see_used(const std::optional<LeaseToken>& told, const Holding& held);
  void see_completed(const std::optional<LeaseToken>& told, const Holding& held);
  void see_extended(const Holding& held);
  void see_shortened(TaskId task, const LeaseToken& lease, core::Instant until);
  void see_answer(const Sent& sent, const Result& result);
  void see_given_up(TaskId task);
  core::Duration least_pause(std::uint32_t attempts) const;
  std::uint32_t last_attempt(TaskId task) const;
  bool may_be_gone(TaskId task) const;

  std::uint64_t backoff_ms_;
  std::uint64_t max_backoff_ms_;
  core::Duration key_window_;

  std::optional<sim::Finding> found_;  // the first law that was broken

  std::vector<ClientConfig> client_configs_;
  std::map<sim::ClientId, ClientLaws> clients_;  // those that run
  Answers answers_;
  Snapshots snapshots_;
  std::size_t writes_seen_ = 0;  // of this turn
  std::size_t replies_seen_ = 0;

  std::map<TaskId, NewTask> acknowledged_;     // tasks whose enqueue was answered
  std::set<TaskId> gone_;                      // tasks whose ack or drop was answered Done
  std::map<TaskId, std::uint32_t> open_ends_;  // acks and drops that may have been carried out
  std::map<std::pair<sim::ClientId, core::RequestId>, Sent> sent_;
  std::map<LeaseToken, Grant> grants_;
  std::map<LeaseToken, Grant> extensions_;  // the last of each lease
  std::map<TaskId, Told> told_;
  std::map<TaskId, Pause> pauses_;
  std::map<TaskId, std::uint32_t> lives_;
  std::map<TaskId, LeaseToken> leases_;  // of each task, the last that was written down
  std::map<TaskId, Birth> births_;
  std::map<core::Bytes, TaskId> stored_;  // every payload that is sent is another

  std::uint64_t incarnation_ = 0;  // of the broker that runs now
  core::Instant last_step_;        // by its clock
  core::UnixTime latest_;          // that its wall clock has shown

  std::set<std::pair<sim::ClientId, std::uint64_t>>
      fresh_;                     // work of the liveness phase to be done
  std::uint64_t live_tasks_ = 0;  // that the broker has, dead letters apart
};

}  // namespace queue
