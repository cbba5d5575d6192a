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
#include "queue.hpp"
#include "sim/system.hpp"

namespace queue {

struct Options;

/// Its laws, by the names under which a violation is reported:
///
///   no-task-lost               a task whose enqueue was acknowledged is completed in the end
///   survives-restart           a restarted broker still has every acknowledged task that is not
///                              completed
///   completed-stays-completed  a task whose ack was acknowledged is never handed out again
///   one-live-lease             a task is handed out again only after the lease before it has ended
///   stale-lease-refused        who holds a task no longer can neither ack nor nack it
///   attempts-counted           each time a task is handed out its attempt is higher, restarts or
///                              not
///   payload-kept               a task is handed out with the bytes that it was enqueued with
///   task-ids-unique            no two acknowledged tasks share an id
class Laws : public sim::Watcher<Queue, Client> {
 public:
  explicit Laws(const Options& options);

  void on_submit(core::Instant at, sim::ClientId client, const Work& work) override;
  void on_call(core::Instant at, sim::ClientId client,
               const core::Call<ClientProtocol>& call) override;
  void on_answer(core::Instant at, sim::ClientId client,
                 const core::Answer<ClientProtocol>& answer) override;
  void on_outcome(core::Instant at, sim::ClientId client, const Outcome& outcome) override;
  void on_client_crash(core::Instant at, sim::ClientId client) override;
  void on_ready(core::Instant at, core::NodeId node, const Ready& ready, Cores cores) override;
  void on_heal(core::Instant at, std::span<const core::NodeId> healed) override;
  std::optional<sim::Finding> after_step(core::Instant at, core::NodeId node, Cores cores) override;
  std::optional<std::string> unserved() const override;
  std::uint64_t digest() const override;
  std::optional<sim::Finding> at_end(core::Instant at, Cores cores) override;

 private:
  /// A lease as the broker granted it; times are the broker's own.
  struct Grant {
    TaskId task;
    std::uint32_t visibility_ms = 0;
    core::UnixTime at;
    core::Instant from;
    core::Instant until;
  };

  /// The lease of a task that a worker was told of last.
  struct Told {
    LeaseToken token;
    std::uint32_t attempt = 0;
    core::Instant until;  // by the clock of the broker that runs now
    bool nacked = false;  // its holder has asked to end it early
  };

  struct Sent {
    Command command;
    std::optional<LeaseToken> told;  // of an ack or nack: who held the task when it was sent
  };

  void broken(const char* law, std::string what);
  void see_restart(const Queue& broker);
  void see_grant(const Queue& broker, const TaskLeased& record);
  void see_told(const LeasedTask& lease);
  void see_enqueued(const Enqueue& command, const Enqueued& enqueued);
  void see_acked(const Sent& sent, TaskId task, const LeaseToken& lease);

  std::optional<sim::Finding> found_;  // the first law that was broken

  std::map<TaskId, core::Bytes> acknowledged_;  // tasks whose enqueue was answered
  std::set<TaskId> completed_;                  // tasks whose ack was answered Done
  std::map<TaskId, std::uint32_t> open_acks_;   // acks that may have been carried out, unanswered
  std::map<std::pair<sim::ClientId, core::RequestId>, Sent> sent_;
  std::map<LeaseToken, Grant> grants_;
  std::map<TaskId, Told> told_;

  std::uint64_t incarnation_ = 0;  // of the broker that runs now
  core::Instant last_step_;        // by its clock

  bool healed_ = false;
  std::set<std::pair<sim::ClientId, std::uint64_t>>
      fresh_;                     // work of the liveness phase to be done
  std::uint64_t live_tasks_ = 0;  // that the broker has
};

}  // namespace queue
