// Judged step by step: when a node stands for election, and when it has won.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "raft_step.hpp"
#include "sim/system.hpp"

namespace raft {

/// Its laws:
///
///   election-timer     an election is due between one and two time-outs after the leader of the
///                      term was heard, a vote was given, or the last was due; nothing else puts it
///                      off, and who has a vote stands when it is due
///   stands-by-the-rules  who may stand asks everyone, for the term after its own; before that,
///                        with pre-vote, whether it would win
///   elected-by-a-majority  who leads has the votes of a majority in its term, its own among them
///                          when it is on disk; and who has them leads
///   vote-is-kept       a vote is not taken back within its term, and term and vote are written as
///                      soon as they change
class ElectionLaws {
 public:
  explicit ElectionLaws(const Config& config);

  void see_step(const Step& step);

  /// The first thing that was not as it ought to be.
  const std::optional<sim::Finding>& found() const { return found_; }
  std::uint64_t digest() const;

 private:
  /// A node as it was before the step.
  struct Node {
    Term term;
    core::NodeId voted_for;
    Role role = Role::follower;
    std::optional<core::Instant> timeout;
    Waiting waiting;

    core::Instant earliest;  // when its next election is due
    core::Instant latest;

    bool asks_before = false;  // for pre-votes
    std::set<core::NodeId> pre_votes;
    std::set<core::NodeId> votes;
    core::WriteSeq own_vote;  // in that write
    OwnDisk disk;
  };

  void broken(const char* law, std::string what);
  void see_written(const Step& step, const Node& node);
  void see_received(const Step& step, const core::Receive<Protocol>& received, Node& node);
  void see_due(const Step& step, Node& node);
  void see_stands(const Step& step, Node& node);
  void see_asks_before(const Step& step, Node& node);
  void see_votes(const Step& step, const Node& node);
  void see_timer(const Step& step, const Node& node, bool is_put_off);
  bool puts_off(const Step& step, const Node& node) const;
  void put_off(const Step& step, Node& node) const;

  Config config_;
  core::Duration timeout_;
  std::optional<sim::Finding> found_;
  std::map<core::NodeId, Node> nodes_;
};

}  // namespace raft
