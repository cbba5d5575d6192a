// Judged step by step: snapshots are cut when they are due, are whole, and keep the log short.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "node_log.hpp"
#include "raft_step.hpp"
#include "sim/system.hpp"

namespace raft {

/// Its laws, by the names under which a violation is reported. The weights of entries and parts are
/// estimates; all nodes make the same.
///
///   snapshot-cut-in-time    a snapshot is cut as soon as what was applied since the last weighs as
///                           much as the configuration says and the last one together, unless one
///                           is being saved, or received that is still needed; without room only
///                           when the last one was small
///   snapshot-written-whole  on the disk a snapshot has its beginning, the state behind one entry
///                           in pieces as large as they may be, the term and the vote, and its end,
///                           which covers the writes in whose place it stands and no others; of an
///                           own one each piece waits until the one before it is durable
///   log-kept-short          when a snapshot is durable, the log in memory begins so many entries
///                           before its end as the configuration says, or there if it was received
///   restart-as-written      a node starts with the term, the vote, the log, the members and the
///                           state that its disk tells of
///   snapshot-sent-in-pieces a follower that needs what its leader has no more is sent a snapshot,
///                           from its beginning and piece by piece, as it asks for them; the last
///                           one again when a time-out's worth of heartbeats brought no answer
///   snapshot-taken          a follower answers each piece by what it has, writes those that go on
///                           where it is, and when the last is durable it is in that state, keeps
///                           of its log what goes on from there, and says so
class SnapshotLaws {
 public:
  explicit SnapshotLaws(const Config& config);

  void see_step(const Step& step);

  /// The first thing that was not as it ought to be.
  const std::optional<sim::Finding>& found() const { return found_; }
  std::uint64_t digest() const;

 private:
  using Parts = std::vector<SnapshotPart>;

  /// One that the node writes of its own state.
  struct Cut {
    Parts parts;
    Index index = 0;
    core::WriteSeq covers;
    std::size_t written = 0;
    core::WriteSeq commit;  // 0: not yet
  };

  /// One that it gets from its leader.
  struct Coming {
    Term term;
    Index index = 0;
    Term index_term;
    Parts parts;
    core::WriteSeq commit;  // 0: not yet
  };

  /// One that it sends to a follower.
  struct Going {
    std::shared_ptr<const Parts> parts;  // none: it was cut in the middle of a step
    Index index = 0;
    Term index_term;
    std::uint64_t begin = 0;       // of the piece that is under way
    std::uint32_t heartbeats = 0;  // since it was sent
  };

  using Word = std::variant<Appended, SnapshotReceived, Stale>;

  /// What it says when the write `after` is durable.
  struct Due {
    core::WriteSeq after;
    core::NodeId to;
    Word word;
  };

  /// What a leader knows of a follower, as far as snapshots go.
  struct Follower {
    Index match = 0;
    std::optional<Index> next;  // to be sent, by what it was sent last
    bool lacks = false;         // what is no longer in the log
    std::optional<Going> going;
  };

  using Followers = std::map<core::NodeId, Follower>;

  struct Node {
    NodeLog log;
    Index applied = 0;
    std::uint64_t log_weight = 0;    // of what was applied since the last one was cut
    std::uint64_t saved_weight = 0;  // of that
    bool room = true;
    core::WriteSeq last_control;
    core::WriteSeq persisted;
    core::WriteSeq last_bulk;
    std::optional<Cut> saving;
    std::optional<Coming> coming;
    std::deque<Due> due;
    Term leads_in;  // 0: it does not lead
    Followers followers;
  };

  using Writes = std::vector<core::Write<Protocol>>;

  void broken(const char* law, std::string what);
  std::size_t piece_at(const Parts& parts, std::size_t begin) const;
  static Parts state_of(const Raft& raft, const Node& node);

  // What it was before, and what it has written.
  void see_start(const Step& step, const core::Start<Protocol>& start, Node& node);
  void see_state(const Step& step, const Parts& parts, const char* law, const Node& node);
  void see_log(const Step& step, Node& node);
  void see_applied(const Step& step, Node& node);

  // To its disk.
  bool is_due(const Node& node) const;
  void begin(const Step& step, Node& node, Writes& bulk);
  void see_durable(const Step& step, core::WriteSeq seq, Node& node, Writes& bulk);
  void end(const Step& step, core::WriteSeq covers, Node& node, Writes& bulk);
  static void write(core::WriteKind kind, std::vector<Record> records, Node& node, Writes& bulk);
  void compare(const Step& step, const Writes& bulk);

  // From its leader.
  void see_piece(const Step& step, core::NodeId from, const InstallSnapshot& piece, Node& node,
                 Writes& bulk);
  void take(const Step& step, const InstallSnapshot& piece, Node& node, Writes& bulk);
  void install(const Step& step, Node& node);
  static void say(const Step& step, core::NodeId to, Word word, Node& node);
  void see_said(const Step& step, Node& node);

  // To its followers.
  void see_leader(const Step& step, Node& node);
  void see_answer(const Step& step, Node& node, std::map<core::NodeId, std::uint64_t>& expected);
  void see_heartbeat(const Step& step, Node& node,
                     std::map<core::NodeId, std::uint64_t>& expected) const;
  void see_sent(const Step& step, const core::Send<Protocol>& sent, Node& node,
                std::map<core::NodeId, std::uint64_t>& expected);
  Going begin_going(const Step& step, const InstallSnapshot& piece, const Node& node);
  void see_content(const InstallSnapshot& piece, const Going& going);
  void see_lacking(const Step& step, const Followers& before, const Node& node);
  static bool is_told_to_go_back(const Step& step, core::NodeId id, const Follower& follower,
                                 Term term);

  Config config_;
  std::optional<sim::Finding> found_;
  std::map<core::NodeId, Node> nodes_;
};

}  // namespace raft
