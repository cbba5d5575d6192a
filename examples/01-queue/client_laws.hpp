// Whether a client does what client.hpp promises: judged step by step, by what its program asked,
// what the broker answered, and what may have been left to chance.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "client.hpp"
#include "core/contract.hpp"
#include "sim/system.hpp"

namespace queue {

/// Of one life of one client. Its laws:
///
///   program-told   the program is told what the answers say, each thing once and with its number
///   client-asks    what is due is asked for at once, acks together; nothing else is asked for; a
///                  broker that is silent is given up
///   client-pauses  after a failure it pauses, longer after each, and not for ever; it is woken
///                  when the next thing is due, and not before
class ClientLaws {
 public:
  explicit ClientLaws(const ClientConfig& config);

  void see_step(const core::Now& now, const ClientInput& input, const ClientReady& ready,
                const Client& client);

  /// The first thing that was not as it ought to be.
  const std::optional<sim::Finding>& found() const { return found_; }
  std::uint64_t digest() const;

 private:
  /// When something is to be asked: chance may choose a time between the two.
  struct Window {
    core::Instant earliest;
    core::Instant latest;
  };

  struct Todo {
    Work work;
    Window when;
    std::uint32_t failures = 0;
  };

  /// A task that the program works on. No `extend`: it was asked for, or is of no use.
  struct AtWork {
    TaskId task;
    std::optional<Window> extend;
    std::uint32_t failures = 0;
  };

  struct Finishes {
    std::vector<Finish> tasks;
  };

  using What = std::variant<Lease, Extend, Finishes, Produce, Ask>;

  struct Open {
    What what;
    std::uint32_t failures = 0;
    core::Instant sent_at;
    core::Instant give_up_at;
  };

  using Answer = std::expected<Result, core::CallError>;

  void broken(const char* law, std::string what);
  void see_submit(const Work& work);
  void see_answer(core::RequestId request, const Answer& answer);
  void see_leased(const Open& open, const Answer& answer);
  void see_extended(const Open& open, const Extend& extend, const Answer& answer);
  void see_finished(const Open& open, const Finishes& finishes, const Answer& answer);
  void see_produced(const Open& open, const Produce& produce, const Answer& answer);
  void see_call(core::RequestId request, const Command& command);
  void see_outcomes(std::span<const Outcome> outcomes);
  void see_silence(bool reconnects);
  void see_timeout(const Client& client);
  void see_what_is_left();

  std::optional<What> what_is_asked(const Command& command);
  std::optional<What> take(const Lease& lease);
  std::optional<What> take(const Extend& extend);
  std::optional<What> take_finishes(std::span<const Holding> held, bool succeeded);
  std::optional<What> take(const Enqueue& enqueue);
  std::optional<What> take_ask(const Command& command);
  bool is_time(const Window& when);
  bool wants_tasks() const;
  Window pause(const Answer& answer, std::uint32_t failures) const;
  std::optional<Window> half_a_lease_after(core::Instant at) const;
  void end_of(const Finish& finish, Ending ending);

  ClientConfig config_;
  std::optional<sim::Finding> found_;
  bool connected_ = false;
  bool gives_up_ = false;
  core::RequestId last_request_;
  std::vector<Todo> todo_;
  std::map<core::RequestId, Open> open_;
  std::map<LeaseToken, AtWork> at_work_;
  std::set<std::string> keys_;
  bool takes_ = false;  // a lease request is open
  bool rests_ = false;
  Window lease_when_{};
  std::uint32_t lease_failures_ = 0;
  std::uint32_t busy_ = 0;

  // Of the step that is looked at.
  core::Now now_;
  std::vector<Outcome> due_;    // to be told
  std::set<TaskId> acked_;      // in the last call that acks
  std::uint32_t failures_ = 0;  // before the call that is looked at
  bool too_soon_ = false;       // it would have been due later
};

}  // namespace queue
