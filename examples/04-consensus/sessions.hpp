// Exactly once: sessions of clients, section 6.3 of the dissertation.
//
// A client that asks again, because it had no answer, must not change the store twice. So the
// machine that is replicated remembers, for each session, the number of its last change and the
// answer to it: a change that comes again is answered again, and not made again.
//
// All of this is computed from the log alone, and so is the same on all nodes. There are `max`
// sessions: one more, and that which was not used for longest expires. It is judged by places in
// the log; no clock is asked.
#pragma once

#include <cstdint>
#include <map>

#include "messages.hpp"

namespace raft {

class Sessions {
 public:
  explicit Sessions(std::uint32_t max) : max_(max) {}

  /// Opens a session by the entry at `index`, whose name it bears.
  Session open(Index index);
  /// Of an open session, to read and change; nullptr when it has expired, or never was.
  SessionState* find(Session session);

  const std::map<Session, SessionState>& all() const { return sessions_; }
  /// Puts one back that a snapshot kept.
  void take(const SessionState& state) { sessions_[state.session] = state; }

 private:
  std::uint32_t max_;
  std::map<Session, SessionState> sessions_;
};

}  // namespace raft
