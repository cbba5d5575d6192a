#include "replay.hpp"

#include <algorithm>
#include <ranges>
#include <variant>

#include "core/overloaded.hpp"
#include "messages_wire.hpp"
#include "wire/wire.hpp"

namespace raft {

void Replay::take(const Entry& entry) {
  digest_.add(wire::encode(entry));
  results_.emplace_back();
  results_.back() = carried_out(entry.payload);
}

kv::Answer Replay::answer_at(Index index, const std::string& key) const {
  const auto known = values_.find(key);
  if (known == values_.end()) return kv::Missing{};
  for (const auto& value : std::views::reverse(known->second)) {
    if (value.from > index) continue;
    return value.found ? kv::Answer(*value.found) : kv::Missing{};
  }
  return kv::Missing{};
}

Result Replay::carried_out(const Payload& payload) {
  return std::visit(core::Overloaded{
                        [](const Nothing&) { return Result(Done{}); },
                        [](const Members&) { return Result(Done{}); },
                        [&](const OpenSession&) { return Result(SessionOpened{opened()}); },
                        [&](const Change& change) {
                          if (change.once) return made_once(change.operation, *change.once);
                          return Result(Executed{made(change.operation)});
                        },
                    },
                    payload);
}

// ---- Sessions -----------------------------------------------------------------------------------

/// When there are too many, the one goes that was used longest ago.
Session Replay::opened() {
  if (sessions_.size() == config_.max_sessions) {
    auto oldest = sessions_.begin();
    for (auto session = sessions_.begin(); session != sessions_.end(); ++session) {
      if (session->second.used_at < oldest->second.used_at) oldest = session;
    }
    sessions_.erase(oldest);
  }
  const Session session{last()};
  sessions_[session] = {session, 0, {}, last()};
  return session;
}

Result Replay::made_once(const kv::Operation& operation, const Once& once) {
  const auto found = sessions_.find(once.session);
  if (found == sessions_.end()) return Refused{Refusal::session_expired};
  SessionState& session = found->second;
  session.used_at = last();
  if (once.sequence == session.sequence) return Executed{session.answer};
  if (once.sequence < session.sequence) return Refused{Refusal::sequence_is_old};
  session.sequence = once.sequence;
  session.answer = made(operation);
  return Executed{session.answer};
}

// ---- The store ----------------------------------------------------------------------------------

const std::optional<kv::Found>& Replay::last_of(const std::string& key) {
  std::vector<Value>& values = values_[key];
  if (values.empty()) values.push_back({});
  return values.back().found;
}

kv::Answer Replay::made(const kv::Operation& operation) {
  const std::string& key =
      std::visit([](const auto& asked) -> const std::string& { return asked.key; }, operation);
  const std::optional<kv::Found> found = last_of(key);
  const kv::Version version = found ? found->version : 0;
  const auto differs = [&](const std::optional<kv::Version>& expected) {
    return expected && *expected != version;
  };
  return std::visit(core::Overloaded{
                        [&](const kv::Put& put) -> kv::Answer {
                          if (differs(put.expected)) return kv::Conflict{version};
                          return stored(key, std::string(put.value.view()));
                        },
                        [&](const kv::Delete& erase) -> kv::Answer {
                          if (differs(erase.expected)) return kv::Conflict{version};
                          if (!found) return kv::Missing{};
                          ++version_;
                          values_[key].push_back({last(), {}});
                          return kv::Missing{};
                        },
                        [&](const kv::Append& append) -> kv::Answer {
                          std::string all(found ? found->value.view() : std::string_view());
                          all += append.value.view();
                          return stored(key, std::move(all));
                        },
                    },
                    operation);
}

kv::Answer Replay::stored(const std::string& key, std::string value) {
  std::uint64_t bytes = key.size() + value.size();
  for (const auto& [other, values] : values_) {
    if (other == key || values.empty() || !values.back().found) continue;
    bytes += other.size() + values.back().found->value.size();
  }
  const kv::Limits& limits = config_.machine;
  if (value.size() > limits.max_value_bytes) return kv::TooLarge{};
  if (bytes > limits.max_stored_bytes) return kv::TooLarge{};
  ++version_;
  values_[key].push_back({last(), kv::Found{core::Bytes(std::move(value)), version_}});
  return kv::Stored{version_};
}

}  // namespace raft
