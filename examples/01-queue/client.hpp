// The client's core: what producers and workers must do right. The programs and the simulator run
// the same.
//
//   producer   keeps every task until the broker has said that it is durable. When an answer is
//              lost, nobody knows whether the task was stored; then it asks again, with the key
//              that the task had the first time, by which the broker knows a task that it has. So
//              no task is lost, and none is stored twice as long as the broker remembers keys.
//   worker     leases as many tasks as it has hands free, has the leases extended while the program
//              works, and acks or nacks each task. A lost answer to an ack does no harm: it asks
//              again, and the lease token sees to it that nothing happens twice.
//   both       wait longer after each failure, and not all of them equally long: a broker that was
//              away or overloaded is not asked by everybody at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/client.hpp"
#include "core/prng.hpp"
#include "messages.hpp"

namespace queue {

/// A broker that has too much of something says after how long one may come again. HTTP knows whole
/// seconds only: status 429 with `Retry-After: 1`.
inline constexpr std::uint32_t retry_after_ms = 1'000;

struct ClientConfig {
  std::string name;               // of the worker
  std::string queue;              // where the worker takes tasks from
  std::uint32_t concurrency = 0;  // tasks that the worker does at a time; 0: it takes none
  std::uint32_t visibility_ms = 30'000;
  bool extend = true;                     // the leases of tasks that take longer
  std::uint32_t wait_ms = 10'000;         // how long a lease request waits for a task
  std::uint32_t retry_ms = 200;           // after the first failure; doubled with each
  std::uint32_t retry_max_ms = 10'000;    // and never longer
  std::uint32_t call_timeout_ms = 5'000;  // then the connection is given up
  std::uint32_t max_unsent = 1'000;       // tasks handed over and not yet stored; and asks
  std::uint32_t max_acks = 100;           // that travel together: as many as a broker takes

  friend bool operator==(const ClientConfig&, const ClientConfig&) = default;
};

// ---- What the program asks of its client --------------------------------------------------------

/// Store these tasks. `number` is the program's own, so that it knows the outcome when it is told.
/// A task without a key is given one.
struct Produce {
  std::uint64_t number = 0;
  std::string queue;
  std::vector<NewTask> tasks;

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

/// Ask this of the broker, once: what is neither producing nor working, such as to look at a task
/// or to retry a dead letter. `number` is the program's own.
struct Ask {
  std::uint64_t number = 0;
  Command command;

  friend bool operator==(const Ask&, const Ask&) = default;
};

using Work = std::variant<Produce, Finish, Rest, Ask>;

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

/// The queue or the disk is full, or the broker has as many queues or keys as it may; the client
/// tries again later.
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

/// The lease of this task has ended, or cannot be extended: somebody else may do it, now or soon.
/// Told once, and the task is still to be Finished.
struct LeaseLost {
  TaskId task;
  LeaseToken lease;

  friend bool operator==(const LeaseLost&, const LeaseLost&) = default;
};

enum class Ending : std::uint8_t {
  completed,
  returned,
  lost,  // the lease had ended: the task is, or will be, someone else's
};

/// Told once for each Begin, after the program's Finish.
struct Finished {
  TaskId task;
  LeaseToken lease;
  Ending ending = Ending::completed;

  friend bool operator==(const Finished&, const Finished&) = default;
};

/// What the broker answered to an Ask. Without a result it was not carried out; when that is
/// `unknown`, it may have been, or may still be.
struct Answered {
  std::uint64_t number = 0;
  std::optional<Result> result;
  bool unknown = false;

  friend bool operator==(const Answered&, const Answered&) = default;
};

using Outcome = std::variant<Produced, NotProduced, Delayed, Begin, LeaseLost, Finished, Answered>;

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

  /// The seed must be another in each life of a client: from it come the keys of its tasks.
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
    std::uint32_t failures = 0;  // in a row, so far
  };

  /// A task that the program works on.
  struct InHand {
    TaskId task;
    std::optional<core::Instant> extend_at;  // none: it was asked for, or is of no use any more
    std::uint32_t failures = 0;              // in a row, of asking for it
  };

  /// A lease request.
  struct Take {};

  struct Extension {
    Holding held;
  };

  /// Acks that travel together, or one nack.
  struct Ended {
    std::vector<Finish> tasks;
  };

  using Asked = std::variant<Take, Extension, Ended, Produce, Ask>;

  struct Outstanding {
    Asked what;
    std::uint32_t failures = 0;  // before this call
    core::Instant sent_at;
    core::Instant give_up_at;
  };

  using Answer = std::expected<Result, core::CallError>;

  void on_submit(const core::Now& now, const Work& work, ClientReady& ready);
  void on_produce(const core::Now& now, Produce produce, ClientReady& ready);
  void on_finish(const core::Now& now, const Finish& finish);
  void on_ask(const core::Now& now, const Ask& ask, ClientReady& ready);
  void on_connected();
  void on_disconnected();
  void on_answer(const core::Now& now, core::RequestId request, const Answer& answer,
                 ClientReady& ready);

  void on_leased(const core::Now& now, const Outstanding& outstanding, const Answer& answer,
                 ClientReady& ready);
  void on_extended(const core::Now& now, const Outstanding& outstanding, const Holding& held,
                   const Answer& answer, ClientReady& ready);
  void on_ended(const core::Now& now, const Outstanding& outstanding, const Ended& ended,
                const Answer& answer, ClientReady& ready);
  void on_produced(const core::Now& now, const Outstanding& outstanding, const Produce& produce,
                   const Answer& answer, ClientReady& ready);
  void on_answered(const Ask& ask, const Answer& answer, ClientReady& ready);
  void tell_finished(const Finish& finish, Ending ending, ClientReady& ready);

  void send_what_is_due(const core::Now& now, ClientReady& ready);
  void send(const core::Now& now, const Unsent& due, ClientReady& ready);
  void send_acks(const core::Now& now, std::vector<Unsent> acks, ClientReady& ready);
  void extend_leases(const core::Now& now, ClientReady& ready);
  void give_up_on_silence(const core::Now& now, ClientReady& ready);
  bool wants_to_lease() const;
  void lease(const core::Now& now, ClientReady& ready);
  void call(const core::Now& now, Command command, Asked what, std::uint32_t failures,
            ClientReady& ready);

  std::string new_key();
  core::Instant next_try(const core::Now& now, const Answer& answer, std::uint32_t failures);
  bool has_waited(const core::Now& now, const Outstanding& outstanding) const;
  std::optional<core::Instant> half_a_lease_after(core::Instant sent_at) const;

  ClientConfig config_;
  core::Prng prng_;
  std::string id_;  // 16 hex digits; see new_key()
  std::uint64_t last_key_ = 0;
  bool connected_ = false;
  bool giving_up_ = false;  // has asked for another connection
  std::uint64_t last_request_ = 0;
  std::vector<Unsent> unsent_;
  std::map<core::RequestId, Outstanding> calls_;
  bool leasing_ = false;  // a lease request is outstanding
  bool resting_ = false;  // no other is to follow
  core::Instant lease_not_before_;
  std::uint32_t lease_failures_ = 0;      // in a row
  std::uint32_t busy_ = 0;                // tasks begun and not finished
  std::map<LeaseToken, InHand> in_hand_;  // those of them that the program has not ended
};

}  // namespace queue
