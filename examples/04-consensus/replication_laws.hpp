// Judged step by step: what a leader sends to the others, and when.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "raft_step.hpp"
#include "sim/system.hpp"

namespace raft {

/// Its laws:
///
///   sends-its-log      what a leader sends of its log is its log, and goes on from what it has
///                      sent before, or from where the other has said that their logs part; as
///                      much in a message as may be, and no more of them under way than may be
///   sends-at-once      a leader leaves no entry unsent for which there is room on the way
///   heartbeats-in-time a leader is heard by everyone once in each heartbeat
///   leads-a-majority   with check-quorum a leader gives up when no majority has answered for two
///                      time-outs, and not before
///   commits-in-time    a leader forgets nothing of what others have confirmed, and commits what a
///                      majority has, as soon as its own disk has all of its log
class ReplicationLaws {
 public:
  explicit ReplicationLaws(const Config& config);

  void see_step(const Step& step);

  /// The first thing that was not as it ought to be.
  const std::optional<sim::Finding>& found() const { return found_; }
  std::uint64_t digest() const;

 private:
  /// What a leader knows of another.
  struct Peer {
    Index next = 0;        // to be sent
    Index before = 0;      // the same before an answer in this step, for what is sent meanwhile
    Index match = 0;       // confirmed
    bool is_lost = false;  // where the logs part is not known
    std::deque<Index> on_the_way;  // the last entries of messages without an answer
    core::Instant heard_at;
  };

  struct Node {
    Term term;
    Role role = Role::follower;
    Index last_index = 0;
    Waiting waiting;
    core::Instant heartbeat;  // when the next is due
    OwnDisk disk;
    std::deque<std::pair<core::WriteSeq, Index>> writing;  // how far the log goes with a write
    Index durable = 0;
    std::map<core::NodeId, Peer> peers;
  };

  void broken(const char* law, std::string what);
  void see_disk(const Step& step, Node& node);
  void begin(const Step& step, Node& node) const;
  void see_members(const Step& step, Node& node) const;
  void see_received(const Step& step, const core::Receive<Protocol>& received, Node& node);
  void see_appended(const Appended& appended, Peer& peer) const;
  void see_mismatch(const Raft& raft, const Mismatch& mismatch, Peer& peer) const;
  void see_sent(const Step& step, Node& node);
  void see_entries(const Raft& raft, core::NodeId to, const AppendEntries& sent, Peer& peer);
  void see_batch(const Raft& raft, core::NodeId to, const AppendEntries& sent);
  void see_unsent(const Raft& raft, const Node& node);
  void see_timeout(const Step& step, Node& node);
  void see_committed(const Raft& raft, const Node& node);

  Config config_;
  std::optional<sim::Finding> found_;
  std::map<core::NodeId, Node> nodes_;
};

}  // namespace raft
