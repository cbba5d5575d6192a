#include "sessions.hpp"

#include <algorithm>

#include "raft.hpp"

namespace raft {

Session Sessions::open(Index index) {
  const auto used_at = [](const auto& entry) { return entry.second.used_at; };
  if (sessions_.size() >= max_) sessions_.erase(std::ranges::min_element(sessions_, {}, used_at));
  const Session session{index};
  sessions_[session] = {session, 0, {}, index};
  return session;
}

SessionState* Sessions::find(Session session) {
  const auto found = sessions_.find(session);
  return found == sessions_.end() ? nullptr : &found->second;
}

/// A change that a session numbered, at its place in the log.
Result Raft::apply_once(Index index, const Operation& operation, const Once& once) {
  SessionState* session = sessions_.find(once.session);
  if (session == nullptr) return Refused{Refusal::session_expired};
  session->used_at = index;
  if (once.sequence < session->sequence) return Refused{Refusal::sequence_is_old};
  if (once.sequence > session->sequence) {
    session->sequence = once.sequence;
    session->answer = machine_.apply(operation);
  }
  return Executed{session->answer};
}

}  // namespace raft
