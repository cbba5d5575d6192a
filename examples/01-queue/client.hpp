// The client's core: what producers and workers must do right. The programs and the simulator run
// the same.
//
//   producer   keeps every task until the broker has said that it is durable. When an answer is
//              lost, nobody knows whether the task was stored; then it asks again. So no task is
//              lost, and now and then one is stored twice.
//   worker     leases as many tasks as it has hands free, does each, and acks or nacks it. A lost
//              answer to an ack does no harm: it asks again, and the lease token sees to it that
//              nothing happens twice.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/client.hpp"
#include "messages.hpp"

namespace queue {

struct ClientConfig {
  std::string name;               // of the worker
  std::string queue;              // where the worker takes tasks from
  std::uint32_t concurrency = 0;  // tasks that the worker does at a time; 0: it takes none
  std::uint32_t visibility_ms = 30'000;
  std::uint32_t wait_ms = 10'000;         // how long a lease request waits for a task
  std::uint32_t retry_ms = 500;           // after a refusal or a lost answer
  std::uint32_t call_timeout_ms = 5'000;  // then the connection is given up
  std::uint32_t max_unsent = 1'000;       // tasks handed over and not yet stored

  friend bool operator==(const ClientConfig&, const ClientConfig&) = default;
};

// ---- What the program asks of its client --------------------------------------------------------

/// Store these tasks. `number` is the program's own, so that it knows the outcome when it is told.
struct Produce {
  std::uint64_t number = 0;
  std::string queue;
  std::vector<core::Bytes> payloads;

  friend bool operator==(const Produce&, const Produce&) = default;
};

/// The work on a task has ended, well or not.
struct Finish {
  TaskId task;
  LeaseToken lease;
  bool succeeded = true;

  friend bool operator==(const Finish&, const Finish&) = default;
};

/// Take no more tasks: the program wants to stop. Those begun are still to be finished, and one
/// that is leased just now may still come.
struct Rest {
  friend bool operator==(const Rest&, const Rest&) = default;
};

using Work = std::variant<Produce, Finish, Rest>;

// ---- What it tells its program ------------------------------------------------------------------

/// The tasks are stored.
struct Produced {
  std::uint64_t number = 0;
  std::vector<TaskId> tasks;

  friend bool operator==(const Produced&, const Produced&) = default;
};

/// Trying again would not help: the tasks are not stored.
struct NotProduced {
  std::uint64_t number = 0;
  Refusal reason = Refusal::bad_request;

  friend bool operator==(const NotProduced&, const NotProduced&) = default;
};

/// The queue or the disk is full; the client tries again later.
struct Delayed {
  std::uint64_t number = 0;
  Refusal reason = Refusal::queue_full;

  friend bool operator==(const Delayed&, const Delayed&) = default;
};

/// Do this task, and Finish it.
struct Begin {
  LeasedTask task;

  friend bool operator==(const Begin&, const Begin&) = default;
};

enum class Ending : std::uint8_t {
  completed,
  returned,
  lost,  // the lease had ended: the task is, or will be, someone else's
};

struct Finished {
  TaskId task;
  LeaseToken lease;
  Ending ending = Ending::completed;

  friend bool operator==(const Finished&, const Finished&) = default;
};

using Outcome = std::variant<Produced, NotProduced, Delayed, Begin, Finished>;

struct ClientProtocol {
  using Config = ClientConfig;
  using Command = queue::Command;
  using Result = queue::Result;
  using Event = Nothing;
  using Work = queue::Work;
  using Outcome = queue::Outcome;
};

using ClientInput = core::ClientInput<ClientProtocol>;
using ClientReady = core::ClientReady<ClientProtocol>;

class Client {
 public:
  using Protocol = ClientProtocol;

  /// The client draws nothing at random: the seed is not used.
  Client(const ClientConfig& config, std::uint64_t seed);

  void step(const core::Now& now, const ClientInput& input, ClientReady& ready) noexcept;
  std::optional<core::Instant> next_timeout() const;
  std::uint64_t digest() const;

  /// Nothing is under way or to be done: a producer that has no more to ask may stop.
  bool idle() const { return unsent_.empty() && calls_.empty(); }

 private:
  /// What is to be sent once its time has come.
  struct Unsent {
    Work work;
    core::Instant not_before;
  };

  /// A lease request.
  struct Take {};

  struct Outstanding {
    std::variant<Take, Produce, Finish> what;
    core::Instant give_up_at;
  };

  using Answer = std::expected<Result, core::CallError>;

  void on_submit(const core::Now& now, const Work& work, ClientReady& ready);
  void on_connected();
  void on_disconnected();
  void on_answer(const core::Now& now, core::RequestId request, const Answer& answer,
                 ClientReady& ready);

  void on_leased(const core::Now& now, const Answer& answer, ClientReady& ready);
  void on_produced(const core::Now& now, const Produce& produce, const Answer& answer,
                   ClientReady& ready);
  void on_finished(const core::Now& now, const Finish& finish, const Answer& answer,
                   ClientReady& ready);

  void send_what_is_due(const core::Now& now, ClientReady& ready);
  void give_up_on_silence(const core::Now& now, ClientReady& ready);
  bool wants_to_lease() const;
  void lease(const core::Now& now, ClientReady& ready);
  void try_later(const core::Now& now, const Work& work);
  void call(Command command, Outstanding outstanding, ClientReady& ready);
  core::Instant after_a_pause(const core::Now& now) const;

  ClientConfig config_;
  bool connected_ = false;
  bool giving_up_ = false;  // has asked for another connection
  std::uint64_t last_request_ = 0;
  std::deque<Unsent> unsent_;
  std::map<core::RequestId, Outstanding> calls_;
  bool leasing_ = false;  // a lease request is outstanding
  bool resting_ = false;  // no other is to follow
  core::Instant lease_not_before_;
  std::uint32_t busy_ = 0;  // tasks begun and not finished
};

}  // namespace queue
