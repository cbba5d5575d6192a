// Whether a client does what client.hpp promises: judged step by step, by what its program asked,
// what the cluster answered, and what may have been left to chance.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "client.hpp"
#include "core/contract.hpp"
#include "sim/system.hpp"

namespace raft {

/// Of one life of one client. Its laws:
///
///   program-told  the program is told the answers, Unknown exactly of what may have been done and
///                 may not be asked again, and too_busy of what is too much; each thing once
///   client-asks   what is due is asked for as soon as it may be, one thing at a time and in order;
///                 a change with the number that it had, or the next of an open session; a node
///                 that is silent or refuses again and again is given up
///   client-pauses after a refusal it pauses, longer after each in a row, and not for ever
class ClientLaws {
 public:
  explicit ClientLaws(const ClientConfig& config);

  void see_step(const core::Now& now, const ClientInput& input, const ClientReady& ready,
                const Client& client);

  /// The first thing that was not as it ought to be.
  const std::optional<sim::Finding>& found() const { return found_; }
  std::uint64_t digest() const;

 private:
  using Answer = std::expected<Result, core::CallError>;

  /// The call that has no answer yet.
  struct Open {
    core::RequestId request;
    bool opens_session = false;  // for a change
    core::Instant give_up_at;
  };

  void broken(const char* law, std::string what);
  void see_submit(const Ask& ask);
  void see_answer(const Answer& answer, bool opened_session);
  void see_expired();
  void see_calls(const std::vector<core::Call<ClientProtocol>>& calls);
  void see_outcomes(const std::vector<Learned>& outcomes);
  void see_silence();
  void see_timeout(const Client& client);

  bool is_numbered(const Command& command) const;
  Command command_due();
  void try_again();
  void done_with(Result result);

  ClientConfig config_;
  std::optional<sim::Finding> found_;
  bool connected_ = false;
  std::deque<Ask> todo_;  // the first is being asked
  core::RequestId last_request_;
  std::optional<Open> open_;
  core::Instant earliest_;  // the next call: chance may choose a time between the two
  core::Instant latest_;
  std::uint64_t failures_ = 0;  // one after the other
  std::optional<Session> session_;
  std::uint64_t changes_ = 0;   // that were numbered in it
  std::optional<Once> number_;  // of what is being asked
  bool may_be_made_ = false;    // by an earlier call

  // Of the step that is looked at.
  core::Now now_;
  std::vector<Learned> due_;  // to be told
  bool gives_up_ = false;
};

}  // namespace raft
