// Judged step by step: members change as they were asked to, and the lead moves as it was asked to.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/digest.hpp"
#include "raft_step.hpp"
#include "sim/system.hpp"

namespace raft {

/// Its laws:
///
///   members-as-asked    a leader that is asked to change the members appends exactly those, in the
///                       same step, or refuses with the reason that there is; it completes a change
///                       of several when it is committed, and steps down when it is no voter
///   members-as-logged   the part about single nodes: they go by what the log says last, and a
///                       leader adds to it when an entry of its term is committed
///   members-are-reached a node is connected to all other members, and to nobody else; a leader
///                       sends to all of them, and to nobody else
///   voters-stand        nobody stands for election but a voter, or who was one before a change
///                       that is not committed
///   lead-moves-as-asked a leader that is asked to go takes no change meanwhile, tells the one that
///                       is named, once, as soon as it has the whole log; that one stands at once;
///                       and who asked is told what came of it when it has
class MemberLaws {
 public:
  explicit MemberLaws(const Config& config);

  void see_step(const Step& step);

  /// The first thing that was not as it ought to be.
  const std::optional<sim::Finding>& found() const { return found_; }
  std::uint64_t digest() const;

 private:
  /// Who waits for an answer: the node that forwarded the command (0: none), and the two numbers
  /// that name it there.
  using Caller = std::tuple<core::NodeId, std::uint64_t, std::uint64_t>;

  struct Asked {
    Caller caller;
    const Command& command;
  };

  /// The lead, on its way to another.
  struct Move {
    std::optional<Caller> caller;  // none when it has gone
    core::NodeId to;
    core::Instant until;
    bool told = false;
  };

  /// What is known of one life of a node: how it was behind its last step.
  struct Node {
    Role role = Role::follower;
    Term term;
    Index commit_index = 0;
    Term commit_term;
    Index base_index = 0;
    Index last_index = 0;
    std::map<Index, Members> members;  // by the entries that say so; never empty
    std::map<Index, SnapshotHead> heads;
    std::optional<std::vector<core::Peer>> peers;       // that it was told to be connected to
    std::map<core::NodeId, std::set<ForwardId>> taken;  // commands that others forwarded to it
    std::optional<Move> move;
    Term told_in;            // it told another to stand
    std::set<Term> ordered;  // terms that it stood in because it was told to
  };

  /// The entries that a step adds to a log on its own account.
  using Added = std::vector<std::pair<Index, const Entry*>>;

  void broken(const char* law, const Step& step, const std::string& what);
  void see_start(const core::Start<Protocol>& start, core::NodeId id, Node& node) const;
  static void remember(const Step& step, Node& node);
  static void digest_of(const Node& node, core::Digest& digest);

  // What it is asked.
  std::optional<Asked> asked_in(const Step& step, Node& node) const;
  bool takes(const core::Receive<Protocol>& received, const Forward& forward, Node& node) const;
  static std::optional<Result> answer_to(const Caller& caller, const Step& step);
  static Added added_by(const Step& step);

  // Members.
  void see_change(const Step& step, const Node& node, const Asked& asked,
                  const ChangeMembers& change, const Added& added);
  std::optional<Members> members_after(const Members& members, const ChangeMembers& change) const;
  void see_added(const Step& step, Node& node, const Added& added, bool is_asked);
  static void see_log(const Step& step, Node& node);
  static void take(Index base, const LogFrom& part, std::map<Index, Members>& members);
  void see_members(const Step& step, const Node& node);
  void see_completed(const Step& step, const Node& node);
  void see_stand(const Step& step, const Node& node);
  void see_sent(const Step& step, const std::vector<core::Peer>& before, const Node& node);

  // transfer_laws.cpp
  void see_changes_refused(const Step& step, const Node& node, const Asked& asked,
                           const Added& added);
  void see_transfer(const Step& step, Node& node, const Asked& asked,
                    const TransferLeadership& transfer);
  void see_lease(const Step& step, const Node& node, const Asked& asked, const ClientQuery& query);
  static void see_closed(core::SessionId session, Node& node);
  void see_order(const Step& step, Node& node, const TimeoutNow& order);
  void see_told(const Step& step, Node& node);
  void see_move(const Step& step, Node& node);

  Config config_;
  std::optional<sim::Finding> found_;
  std::map<core::NodeId, Node> nodes_;
};

}  // namespace raft
