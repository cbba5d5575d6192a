// The client's core: what must be done right by whoever asks the cluster. Programs and simulator
// run the same.
//
//   refused    nothing was changed: it asks again, after a pause that grows, up to a limit
//   unknown    a question is asked again, for it changes nothing. A change may have been made, so
//              it is asked again with the number that it has in a session: then the cluster makes
//              it once. Without sessions it is not asked again: its program is told that nobody
//              knows.
//   expired    the session was forgotten, for others were used since. If all that was asked before
//              was refused, it is asked in a new one. Otherwise nobody knows.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <variant>

#include "core/client.hpp"
#include "core/prng.hpp"
#include "messages.hpp"

namespace raft {

struct ClientConfig {
  std::uint32_t retry_ms = 50;             // after the first refusal; doubled with each
  std::uint32_t retry_max_ms = 2'000;      // and never longer
  std::uint32_t call_timeout_ms = 10'000;  // then the connection is given up
  std::uint32_t max_waiting = 1'000;       // commands handed over; more are dropped
  bool sessions = true;                    // changes are numbered, and asked again

  friend bool operator==(const ClientConfig&, const ClientConfig&) = default;
};

/// Work: carry this out. With sessions the client numbers changes itself. `number` is the program's
/// own, so that it knows the outcome when it is told.
struct Ask {
  std::uint64_t number = 0;
  Command command;

  friend bool operator==(const Ask&, const Ask&) = default;
};

/// What became of it: an answer, a refusal that no repetition changes, or Unknown.
struct Learned {
  std::uint64_t number = 0;
  Command command;
  Result result;

  friend bool operator==(const Learned&, const Learned&) = default;
};

struct ClientProtocol {
  using Config = ClientConfig;
  using Command = raft::Command;
  using Result = raft::Result;
  using Event = Silence;
  using Work = Ask;
  using Outcome = Learned;
};

using ClientInput = core::ClientInput<ClientProtocol>;
using ClientReady = core::ClientReady<ClientProtocol>;

class Client {
 public:
  using Protocol = ClientProtocol;

  /// `seed` is for the pauses between attempts.
  Client(const ClientConfig& config, std::uint64_t seed) : config_(config), prng_(seed) {}

  void step(const core::Now& now, const ClientInput& input, ClientReady& ready) noexcept;
  std::optional<core::Instant> next_timeout() const;
  std::uint64_t digest() const;

 private:
  void on_submit(Ask ask, ClientReady& ready);
  void on_answer(const core::Now& now, const core::Answer<ClientProtocol>& answer,
                 ClientReady& ready);
  void on_refused(const core::Now& now, ClientReady& ready);
  void on_session_opened(const SessionOpened& opened);
  void on_expired(const core::Now& now, ClientReady& ready);
  bool needs_session() const;
  std::optional<Once>& once() { return std::get<ClientRequest>(asked_.front().command).once; }
  void on_unknown(const core::Now& now, ClientReady& ready);
  void finish(Result result, ClientReady& ready);
  void call_when_due(const core::Now& now, ClientReady& ready);

  ClientConfig config_;
  core::Prng prng_;
  bool connected_ = false;
  std::deque<Ask> asked_;  // the first is being asked
  core::RequestId last_request_;
  std::optional<core::Instant> give_up_at_;  // of the call that is under way
  core::Instant not_before_;                 // of the next
  std::uint32_t refusals_ = 0;               // one after the other
  Session session_;                          // 0: none is open
  std::uint64_t sequence_ = 0;               // of the session's last change
  bool may_be_made_ = false;                 // what is being asked, by an earlier call
};

}  // namespace raft
