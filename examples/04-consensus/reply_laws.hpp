// Judged step by step: what a node answers to the messages of others.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "raft_step.hpp"
#include "sim/system.hpp"

namespace raft {

/// Its laws:
///
///   answered-by-the-rules  who asks for a vote, for a pre-vote or to append has the answer that
///                          Figure 2 gives, from what the node is and has; once, as soon as the
///                          disk has what it rests on, and in the order of the questions
///   enters-later-terms     whoever hears of a later term is in it, as a follower
class ReplyLaws {
 public:
  explicit ReplyLaws(const Config& config);

  void see_step(const Step& step);

  /// The first thing that was not as it ought to be.
  const std::optional<sim::Finding>& found() const { return found_; }
  std::uint64_t digest() const;

 private:
  /// A message that is due when the write `after` is durable, and may go before.
  struct Owed {
    core::WriteSeq after;
    core::NodeId to;
    Message message;
  };

  /// A node as it was before the step.
  struct Node {
    Term term;
    core::NodeId voted_for;
    core::NodeId leader;
    Role role = Role::follower;
    Index commit_index = 0;
    core::Instant heard_at;  // a leader of its term
    OwnDisk disk;
    bool takes_snapshots = false;  // of which the answers are not judged here
    std::deque<Owed> owed;
  };

  void broken(const char* law, std::string what);
  void see_received(const Step& step, Node& node, const core::Receive<Protocol>& received);
  std::optional<Message> answer_to(const Step& step, const Node& node, core::NodeId from,
                                   const RequestVote& request) const;
  Message answer_to(const Step& step, const Node& node, const RequestPreVote& request) const;
  Message answer_to(const Step& step, const Node& node, const AppendEntries& request);
  void see_appended(const Raft& raft, const Node& node, const AppendEntries& request);
  void see_sent(const Step& step, Node& node);
  bool hears_a_leader(const Step& step, const Node& node) const;

  Config config_;
  std::optional<sim::Finding> found_;
  std::map<core::NodeId, Node> nodes_;
};

}  // namespace raft
