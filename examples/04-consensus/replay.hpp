// What a cluster's log makes of its store and its sessions, told a second time and without haste:
// entry by entry, with the answer to each and all that a key has ever been.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/digest.hpp"
#include "messages.hpp"

namespace raft {

class Replay {
 public:
  explicit Replay(const Config& config) : config_(config) {}

  /// The next entry that is committed.
  void take(const Entry& entry);

  Index last() const { return results_.size(); }
  /// What whoever proposed that entry is to be told.
  const Result& result_of(Index index) const { return results_[index - 1]; }
  /// What a question is to be told by a node that has applied so much.
  kv::Answer answer_at(Index index, const std::string& key) const;
  /// Behind the last entry.
  const std::map<Session, SessionState>& sessions() const { return sessions_; }
  std::uint64_t digest() const { return digest_.value(); }

 private:
  /// A value that a key had from that entry on; none: it was not there.
  struct Value {
    Index from = 0;
    std::optional<kv::Found> found;
  };

  Result carried_out(const Payload& payload);
  Result made_once(const kv::Operation& operation, const Once& once);
  Session opened();
  kv::Answer made(const kv::Operation& operation);
  kv::Answer stored(const std::string& key, std::string value);
  const std::optional<kv::Found>& last_of(const std::string& key);

  Config config_;
  std::vector<Result> results_;
  std::map<Session, SessionState> sessions_;
  std::map<std::string, std::vector<Value>> values_;
  kv::Version version_ = 0;
  core::Digest digest_;  // of all that was taken
};

}  // namespace raft
